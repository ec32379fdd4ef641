"""A training run as another program asks for it: one file says all, one command carries it out.

The folder of such a run holds, besides what every run holds, ``assignment.json``, ``samples``,
``comparison`` and, while a process works on it, a lock. A file ``stop`` in it ends the process
after the step in progress; once that is removed, the same command goes on.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from segmentation.data.errors import DataError
from segmentation.durable_files import write_file
from segmentation.toml_records import Range, Record, read_record, to_table

ASSIGNMENT: Final = "assignment.json"
STOP: Final = "stop"
LOCK: Final = "running.lock"
COMPARED: Final = "comparison"
REPLAY: Final = "older data"
"""Name of the origin of data that is shown again so that it is not forgotten."""

How = Literal["quick", "fine", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(Record):
    """What is to be done.

    Attributes
    ----------
    run
        The values of the run as TOML text.
    start
        Model whose weights it begins with; empty for random ones.
    how
        What a user asked for, for the card.
    mines_negatives
        Whether the places in which the starting model sees cracks that are none are shown more
        often.
    compare_with
        Model that the new one is compared with on the validation images; empty for none.
    guard
        Sources on which both are compared besides, to see what was forgotten.
    name, title, licence, notes
        For the card.
    device, threads
        As for the command ``train``.
    """

    run: str
    start: str = ""
    how: How = "fine"
    mines_negatives: bool = False
    compare_with: str = ""
    guard: tuple[str, ...] = ()
    name: str = ""
    title: str = ""
    licence: str = ""
    notes: str = ""
    device: str = "auto"
    threads: Annotated[int, Range(0, 1024)] = 0

    def save(self, folder: Path) -> None:
        """Write it into the folder of the run, which is created."""
        text = json.dumps(to_table(self), ensure_ascii=False, indent=1)
        write_file(folder / ASSIGNMENT, f"{text}\n".encode())


def load_assignment(folder: Path) -> Assignment:
    """Return what is to be done in a folder; a DataError says that nothing is, or what is wrong."""
    file = folder / ASSIGNMENT
    try:
        return read_record(Assignment, json.loads(file.read_text("utf-8")))
    except OSError as error:
        raise DataError(
            f"{file} cannot be read ({error.strerror or error}); name the folder of a training "
            "that the program has begun."
        ) from error
    except (ValueError, TypeError) as error:
        raise DataError(f"{file} is damaged ({error}); begin the training anew.") from error
