"""Messages through a pipe: complete ones arrive, others do not."""

import os

import numpy as np
import pytest

from annotator.services.child_pipe import receive_message, send_message


@pytest.fixture
def ends():
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader, os.fdopen(write, "wb") as writer:
        yield reader, writer


def test_head_and_payload_arrive_as_they_were_sent(ends):
    reader, writer = ends
    values = np.arange(6, dtype=np.uint16).reshape(2, 3)
    send_message(writer, {"kind": "tile", "box": [1, 2, 3, 4]}, values.data)
    send_message(writer, {"kind": "größer"})
    head, payload = receive_message(reader)
    assert head == {"kind": "tile", "box": [1, 2, 3, 4]}
    assert np.array_equal(np.frombuffer(payload, np.uint16).reshape(2, 3), values)
    assert receive_message(reader) == ({"kind": "größer"}, bytearray())


def test_the_end_of_the_pipe_is_no_message(ends):
    reader, writer = ends
    writer.close()
    assert receive_message(reader) is None


def test_half_a_message_is_none(ends):
    reader, writer = ends
    send_message(writer, {"kind": "tile"}, bytes(100))
    writer.close()
    whole = reader.read()
    read, write = os.pipe()
    with os.fdopen(write, "wb") as half:
        half.write(whole[:-1])
    with os.fdopen(read, "rb") as rest:
        assert receive_message(rest) is None
