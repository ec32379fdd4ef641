"""Messages between the program and its child processes: a table as JSON, and bytes behind it."""

import json
import struct
from typing import Any, BinaryIO, Final

_LENGTHS: Final = struct.Struct("<IQ")

Content = bytes | bytearray | memoryview
Message = tuple[dict[str, Any], bytearray]


def send_message(stream: BinaryIO, head: dict[str, Any], payload: Content = b"") -> None:
    """Write a message and flush it; raises OSError where nobody reads any more."""
    text = json.dumps(head).encode()
    body = memoryview(payload).cast("B")
    stream.write(_LENGTHS.pack(len(text), len(body)))
    stream.write(text)
    stream.write(body)
    stream.flush()


def receive_message(stream: BinaryIO) -> Message | None:
    """Read a message; None where the other end is gone, be it in the middle of one."""
    lengths = _read(stream, _LENGTHS.size)
    if lengths is None:
        return None
    n_text, n_body = _LENGTHS.unpack(lengths)
    text, body = _read(stream, n_text), _read(stream, n_body)
    if text is None or body is None:
        return None
    return json.loads(text.decode()), body


def _read(stream: BinaryIO, size: int) -> bytearray | None:
    """Read exactly so many bytes, where they stay."""
    content = bytearray(size)
    rest = memoryview(content)
    while rest:
        try:
            count = stream.readinto(rest)  # pyright: ignore[reportAttributeAccessIssue]
        except (OSError, ValueError):  # closed by another thread
            return None
        if not count:
            return None
        rest = rest[count:]
    return content
