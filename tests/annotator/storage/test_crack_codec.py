"""Rasters and courses come back from their bytes, and garbled bytes are noticed."""

import struct
import zlib
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from annotator.document.block_raster import BlockRaster
from annotator.storage.crack_codec import decode_path, decode_raster, encode_path, encode_raster
from tests.annotator.storage.project_samples import same_paths, straight_path


@given(
    st.integers(-300, 5000),
    st.integers(-300, 5000),
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, deadline=None)
def test_rasters_come_back(x, y, width, height, seed):
    random = np.random.default_rng(seed)
    values = random.choice(np.array([0, 1, 2, 3, 4, 128], np.uint8), (height, width))
    values[random.integers(height), random.integers(width)] = 2
    raster = BlockRaster.from_array(x, y, values)
    assert decode_raster(encode_raster(raster)).equals(raster)


def test_other_programs_read_the_codes_and_the_place():
    values = np.random.default_rng(1).integers(0, 5, (200, 300), np.uint8)
    values[0, 0] = values[-1, -1] = 128
    encoded = encode_raster(BlockRaster.from_array(1000, 77, values))
    picture = Image.open(BytesIO(encoded))
    picture.load()
    assert picture.mode == "L"
    assert np.array_equal(np.asarray(picture), values)
    place = encoded.index(b"oFFs") + 4
    assert int.from_bytes(encoded[place : place + 4], "big", signed=True) == 1000
    assert int.from_bytes(encoded[place + 4 : place + 8], "big", signed=True) == 77


def test_a_long_thin_crack_stays_small():
    values = np.zeros((2000, 2000), np.uint8)
    np.fill_diagonal(values, 1)
    assert len(encode_raster(BlockRaster.from_array(0, 0, values))) < 40_000


def test_each_garbled_or_missing_byte_of_a_raster_is_noticed():
    raster = BlockRaster.from_array(5, 6, np.random.default_rng(2).integers(0, 2, (20, 20), "u1"))
    encoded = encode_raster(raster)
    for place in range(len(encoded)):
        garbled = bytearray(encoded)
        garbled[place] ^= 0x55
        with pytest.raises(ValueError, match=r"\w"):
            decode_raster(bytes(garbled))
    for length in range(len(encoded)):
        try:
            left = decode_raster(encoded[:length])
        except ValueError:
            continue
        assert left.equals(raster)  # only the end mark is missing


def test_a_header_that_promises_too_much_takes_no_memory():
    encoded = bytearray(encode_raster(BlockRaster.from_array(0, 0, np.ones((2, 2), np.uint8))))
    header = struct.pack(">IIBBBBB", 2**31, 2**31, 8, 0, 0, 0, 0)
    encoded[16:29] = header
    encoded[29:33] = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with pytest.raises(ValueError, match="not a mask of this program"):
        decode_raster(bytes(encoded))


def test_a_png_of_another_program_is_refused():
    buffer = BytesIO()
    Image.fromarray(np.ones((4, 4), np.uint8)).save(buffer, "PNG")
    with pytest.raises(ValueError, match="not a mask of this program"):
        decode_raster(buffer.getvalue())


def test_courses_come_back_to_the_last_bit():
    path = straight_path(333, 1 / 3, 2 / 7)
    again = decode_path(encode_path(path))
    assert same_paths(path, again)
    assert again.edge_visible.dtype == np.bool_


def test_equal_courses_are_equal_bytes():
    assert encode_path(straight_path()) == encode_path(straight_path())


def test_a_garbled_course_is_a_value_error():
    encoded = encode_path(straight_path())
    random = np.random.default_rng(0)
    for _ in range(200):
        garbled = bytearray(encoded)
        garbled[random.integers(len(encoded))] ^= 1 << random.integers(8)
        try:
            decode_path(bytes(garbled))  # some bytes, such as dates, mean nothing
        except ValueError as error:
            assert "not a course" in str(error)  # noqa: PT017 - either is right
    with pytest.raises(ValueError, match="not a course"):
        decode_path(encoded[:-30])


def test_a_course_whose_arrays_do_not_match_is_refused():
    path = straight_path()
    with pytest.raises(ValueError, match="half_widths has the shape"):
        decode_path(encode_path(replace(path, half_widths=path.half_widths[:-1])))
