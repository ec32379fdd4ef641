"""Words that several commands print."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as in "1 crack" and "2 cracks"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
