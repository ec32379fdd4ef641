"""The session: the open project, its images and their history; what panels and tools talk to."""

from annotator.session.session import Session

__all__ = ["Session"]
