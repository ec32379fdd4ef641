"""Who works here, for edits made without a name given."""

import getpass


def login_name() -> str:
    """Return the name the user is logged in with, "annotator" where there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "annotator"
