"""Names of files to write that come from outside: legal on every system, inside their folder."""

import os
import re
from pathlib import Path, PurePosixPath

from annotator.errors import AnnotatorError

# What Windows refuses or takes for a device, whatever the suffix; refused everywhere, so that a
# data set made on one system can be copied to another.
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def safe_mask_name(text: str) -> str:
    """Return a relative PNG name with forward slashes; an AnnotatorError says why not."""
    name = PurePosixPath(text.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or re.match(r"[A-Za-z]:", text):
        raise AnnotatorError(f"mask {text!r} points outside the output folder; give a plain name.")
    for part in name.parts:
        if _FORBIDDEN.search(part) or part[-1] in ". " or _DEVICES.fullmatch(part.split(".")[0]):
            raise AnnotatorError(f"mask {text!r} is no legal file name on Windows; rename it.")
    if name.suffix.lower() != ".png":
        raise AnnotatorError(f"mask {text!r} does not end in .png; masks are PNG files.")
    return str(name)


def legal_stem(text: str) -> str:
    """Return a stem of a file that every system takes: odd characters become underscores.

    No dots, which some readers take for the start of the suffix, nor hidden or device names.
    """
    stem = _FORBIDDEN.sub("_", text).translate({ord(mark): "_" for mark in "./\\"}).strip(" ")
    return f"{stem}_" if not stem or _DEVICES.fullmatch(stem) else stem


def is_same_file(one: Path, other: Path) -> bool:
    """Tell whether two paths name one file, also where upper and lower case do not differ."""
    try:
        if one.samefile(other):
            return True
    except OSError:
        pass  # at least one of them is not there yet
    return normal_path(one) == normal_path(other)


def natural_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return a key that sorts names with numbers as people do: "crack 2" before "crack 10"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts], name


def normal_path(path: Path) -> str:
    """Return a path in a form in which equal means one file on systems that ignore case."""
    return os.path.realpath(path).casefold()


def refuse_overwriting(output: Path, sources: dict[str, Path]) -> None:
    """Raise an AnnotatorError when an output is one of the named sources, e.g. {"image": path}."""
    for what, source in sources.items():
        if is_same_file(output, source):
            raise AnnotatorError(
                f"{output} is the {what} itself and would be overwritten; choose another name."
            )
