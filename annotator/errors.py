"""Errors whose text is written for the user."""


class AnnotatorError(Exception):
    """Something the user can act on.

    ``text`` is one clear sentence saying what, where and what to do; ``detail`` is for the log
    and the error dialog's details, and is never needed to understand the text.
    """

    def __init__(self, text: str, detail: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.detail = detail


class DiskFullError(AnnotatorError):
    """Nothing more can be written; a run over many files stops here."""


class JobCancelled(Exception):  # noqa: N818 - a stop on request, not an error
    """The user or a newer job stopped this one; nothing is to be reported."""


def defect_text(error: Exception) -> str:
    """Return a clause about an error that nobody foresaw, for a list of what went wrong."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for it; close other programs."
    return f"the program met a defect ({error!r}); please report it."
