"""What is measured along a ribbon, in words."""

from collections.abc import Sequence

import numpy as np

from annotator.services.live_trace import LivePath


def reading_of(ribbons: Sequence[LivePath | None]) -> str:
    """Return length, median width and mean confidence; empty while a part is not known."""
    known = [ribbon for ribbon in ribbons if ribbon is not None and len(ribbon.points) > 1]
    if not known or None in ribbons:
        return ""
    length = sum(ribbon.length for ribbon in known)
    if len(known) == 1:
        width = known[0].median_width
    else:
        widths = [np.hypot(*(ribbon.left - ribbon.right).T) for ribbon in known]
        width = float(np.median(np.concatenate(widths)))
    sure = float(np.concatenate([ribbon.confidence for ribbon in known]).mean())
    about = "about " if any(ribbon.is_coarse for ribbon in known) else ""
    return f"{about}{length:,.0f} px long · {width:.1f} px wide · confidence {sure:.2f}"
