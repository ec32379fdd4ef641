"""How long a step of training takes here: measured once in another process, then remembered."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.retraining import BATCH, CROP, Choice, card_of
from annotator.storage.atomic import write_bytes

_FILE: Final = "step_times.json"
_PATIENCE_S: Final = 180.0
_POLL_S: Final = 0.1
LOADING_SHARE: Final = 1.15
"""A step takes this much longer than its arithmetic, for reading and changing the images."""


def known_step_time(choice: Choice) -> float | None:
    """Return the seconds that a step takes, None where that was not measured here."""
    return _remembered().get(_key(choice))


def measured_step_time(choice: Choice, is_cancelled: Callable[[], bool]) -> float:
    """Return the seconds that a step takes; takes seconds itself where it must be measured."""
    known = known_step_time(choice)
    if known is not None:
        return known
    command = [sys.executable, "-m", "segmentation", "step-time", choice.start or "default"]
    command += ["--device", choice.device, "--crop", str(CROP), "--batch", str(BATCH)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + _PATIENCE_S
    try:
        while process.poll() is None:
            if is_cancelled():
                raise JobCancelled
            if time.monotonic() > end:
                raise AnnotatorError("This machine takes too long for a step of training.")
            time.sleep(_POLL_S)
        output = process.communicate()[0]
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    try:
        seconds = float(output) * LOADING_SHARE
    except ValueError as error:
        raise AnnotatorError("The time of a step could not be measured.") from error
    remember_step_time(choice, seconds)
    return seconds


def remember_step_time(choice: Choice, seconds: float) -> None:
    """Keep what was measured; where that cannot be written, it is measured again."""
    known = {**_remembered(), _key(choice): seconds}
    with suppress(AnnotatorError, OSError):
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_bytes(_file(), json.dumps(known, indent=1).encode())


def _key(choice: Choice) -> str:
    card = card_of(choice.start or "default")
    network = card.model.name if card else ""
    return f"{network} {choice.device} {CROP} px x {BATCH}, {os.cpu_count()} processors"


def _remembered() -> dict[str, float]:
    try:
        table = json.loads(_file().read_bytes())
        return {str(key): float(value) for key, value in table.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _file() -> Path:
    return user_cache_path("crack-annotator", appauthor=False) / _FILE
