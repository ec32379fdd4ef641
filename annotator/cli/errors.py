"""What can be wrong with a command line."""

from annotator.errors import AnnotatorError


class UsageError(AnnotatorError):
    """The command line contradicts itself or lacks something; exit status 2."""
