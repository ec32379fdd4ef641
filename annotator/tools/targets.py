"""Which cracks a brush, an eraser or a region changes, and how they let go of them."""

from annotator.document.crack import Crack
from annotator.session import Session

LOCKED = "This crack is locked; unlock it first (L), or press Esc to paint a new one."
LOCKED_LEFT = "What is locked was left as it is; unlock it first (L)."


def seen_cracks(session: Session) -> list[Crack]:
    """Return the cracks of the current image that are not hidden."""
    cracks = session.current.cracks if session.current else ()
    return [crack for crack in cracks if not session.selection.is_hidden(crack.identifier)]


def erasable_cracks(session: Session) -> list[Crack]:
    """Return the cracks that erasing is meant for: those selected, else all that can be seen.

    Locked ones are among them; whoever erases leaves those out.
    """
    return session.selection.cracks or seen_cracks(session)


def let_go(session: Session) -> bool:
    """Give up the running traces, else the selection; tell whether there was any."""
    if session.traces.running:
        session.traces.cancel_all()
    elif session.selection.names:
        session.selection.select(())
    else:
        return False
    return True
