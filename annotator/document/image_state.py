"""How far an image is: the states and who sets them."""

from enum import StrEnum
from typing import Literal


class ImageState(StrEnum):
    """State of an image. NEW and PREDICTED are set by the application, the others by the user."""

    NEW = "new"
    PREDICTED = "predicted"
    IN_PROGRESS = "in progress"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    NEEDS_WORK = "needs work"
    NO_CRACK = "no crack"


FINISHED = (ImageState.REVIEWED, ImageState.APPROVED, ImageState.NO_CRACK)
"""States in which nobody needs to look again before an export."""

Subset = Literal["auto", "train", "test"]
"""Which part of a data set an image goes to; "auto" leaves it to the seed."""
