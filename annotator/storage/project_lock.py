"""One writer at a time: a lock that the system drops when its process ends, however it ends."""

import json
import os
import socket
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from annotator.errors import AnnotatorError
from annotator.storage.atomic import write_bytes
from annotator.storage.project_records import ProjectLockedError, utc_now

LOCK_NAME = "project.lock"
OWNER_NAME = "project.owner.json"


class ProjectLock:
    """The right to write into a project's folder, from construction to `release`."""

    def __init__(self, folder: Path, author: str) -> None:
        self._owner = folder / OWNER_NAME
        # Any thread may release it.
        self._lock = FileLock(folder / LOCK_NAME, timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout as error:
            owner, since = self._who()
            known = f" (by {owner} since {since})" if owner else ""
            raise ProjectLockedError(
                f"{folder} is open in another window{known}; close it there, or open the project "
                "for reading only.",
                owner,
                since,
            ) from error
        except (OSError, NotImplementedError) as error:
            raise AnnotatorError(
                f"{folder} cannot be locked ({error}); open it for reading only, or move it to "
                "another disk.",
                detail=repr(error),
            ) from error
        self._sign(author)

    def release(self) -> None:
        """Let others write."""
        with suppress(OSError):
            self._owner.unlink(missing_ok=True)
        self._lock.release()

    def _sign(self, author: str) -> None:
        """Leave a note for those who find the lock taken; it is not needed for the lock."""
        note = {"author": author, "host": socket.gethostname(), "pid": os.getpid(), "at": utc_now()}
        content = json.dumps(note, ensure_ascii=False).encode(errors="replace")
        with suppress(AnnotatorError):
            write_bytes(self._owner, content)

    def _who(self) -> tuple[str, str]:
        try:
            note = json.loads(self._owner.read_bytes())
            return f"{note['author']} on {note['host']}", str(note["at"])
        except (OSError, ValueError, TypeError, KeyError):
            return "", ""
