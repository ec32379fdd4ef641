"""Photographs of every kind open upright, and what cannot be opened says why in one sentence."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageOps

from annotator.errors import AnnotatorError
from annotator.storage import image_io
from annotator.storage.image_io import image_size, list_images, list_images_below, load_image

RNG = np.random.default_rng(5)


def colors(height=6, width=9, dtype=np.uint8):
    return RNG.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype, endpoint=True)


def one_sentence(path):
    """Return the text with which a file is refused, having checked its form."""
    with pytest.raises(AnnotatorError) as caught:
        load_image(path)
    text = str(caught.value)
    assert path.name in text
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text.replace(str(path), "")) < 160
    return text


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp"])
def test_eight_bit_color_and_grey_are_kept(tmp_path, suffix):
    expected = colors()
    options = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(expected).save(tmp_path / f"color{suffix}", **options)
    loaded = load_image(tmp_path / f"color{suffix}")
    np.testing.assert_array_equal(loaded.pixels, expected)
    assert (loaded.width, loaded.height, loaded.orientation, loaded.notes) == (9, 6, 1, ())
    if suffix != ".webp":  # WebP has no grey
        Image.fromarray(expected[..., 0]).save(tmp_path / f"grey{suffix}")
        np.testing.assert_array_equal(
            load_image(tmp_path / f"grey{suffix}").pixels, expected[..., 0]
        )


def test_pixels_are_contiguous_and_read_only(tmp_path):
    Image.fromarray(colors()).save(tmp_path / "a.png")
    pixels = load_image(tmp_path / "a.png").pixels
    assert pixels.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".deep.tif"])
def test_exif_orientation_is_applied(tmp_path, suffix, orientation):
    stored = colors(16, 24)
    path = tmp_path / f"photo{suffix}"
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    if suffix == ".deep.tif":
        tags = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, stored.astype(np.uint16) * 257, photometric="rgb", extratags=tags)
    else:
        Image.fromarray(stored).save(path, exif=exif)
    # Pillow itself is the judge; for the 16 bit file, Pillow on the same pixels in 8 bit.
    with Image.open(BytesIO(_with_exif(stored, exif)) if "deep" in suffix else path) as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
    loaded = load_image(path)
    actual = loaded.pixels // 257 if loaded.pixels.dtype == np.uint16 else loaded.pixels
    np.testing.assert_array_equal(actual, expected)
    assert loaded.orientation == orientation
    assert image_size(path) == (loaded.width, loaded.height)
    assert (loaded.width < loaded.height) == (orientation >= 5)


def _with_exif(pixels, exif):
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


def test_sixteen_bit_grey_png_and_tiff(tmp_path):
    expected = RNG.integers(0, 65535, (5, 7), np.uint16)
    Image.fromarray(expected).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", expected)
    Image.fromarray(expected).save(tmp_path / "lzw.tif", compression="tiff_lzw")
    tifffile.imwrite(tmp_path / "big.tif", expected, bigtiff=True, compression="zlib")
    for path in tmp_path.iterdir():
        loaded = load_image(path)
        assert loaded.pixels.dtype == np.uint16
        np.testing.assert_array_equal(loaded.pixels, expected)


def test_sixteen_bit_color(tmp_path):
    expected = colors(dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", expected, photometric="rgb")
    planes = np.moveaxis(expected, -1, 0)
    tifffile.imwrite(tmp_path / "p.tif", planes, photometric="rgb", planarconfig="separate")
    for name in ("a.png", "lzw.tif"):
        _, encoded = cv2.imencode(Path(name).suffix, expected[..., ::-1])
        (tmp_path / name).write_bytes(encoded.tobytes())
    for path in tmp_path.iterdir():
        np.testing.assert_array_equal(load_image(path).pixels, expected)


def test_sixteen_bit_alpha_is_laid_over_white(tmp_path):
    layers = np.dstack([colors(dtype=np.uint16), np.full((6, 9), 65535, np.uint16)])
    tifffile.imwrite(
        tmp_path / "opaque.tif", layers, photometric="rgb", extrasamples=["unassalpha"]
    )
    opaque = load_image(tmp_path / "opaque.tif")
    np.testing.assert_array_equal(opaque.pixels, layers[..., :3])
    assert opaque.notes == ()
    layers[0, 0, 3] = 0
    _, encoded = cv2.imencode(".png", layers[..., [2, 1, 0, 3]])
    (tmp_path / "clear.png").write_bytes(encoded.tobytes())
    tifffile.imwrite(tmp_path / "clear.tif", layers, photometric="rgb", extrasamples=["unassalpha"])
    for name in ("clear.png", "clear.tif"):
        loaded = load_image(tmp_path / name)
        assert (loaded.pixels[0, 0] == 65535).all()
        np.testing.assert_array_equal(loaded.pixels[1:], layers[1:, :, :3])
        assert "transparent" in loaded.notes[0]


def test_white_is_zero_tiff_is_inverted(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 65535]], np.uint16), photometric=0)
    assert load_image(tmp_path / "a.tif").pixels.tolist() == [[65535, 0]]


def test_float_tiff_in_unit_range_is_kept(tmp_path):
    expected = RNG.random((4, 5)).astype(np.float32)
    tifffile.imwrite(tmp_path / "a.tif", expected)
    loaded = load_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(loaded.pixels, expected)
    assert loaded.notes == ()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int16, np.int32, np.uint32])
def test_other_ranges_are_scaled_with_a_note(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "a.tif", np.array([[100, 150], [300, 100]], dtype))
    loaded = load_image(tmp_path / "a.tif")
    assert loaded.pixels.dtype == np.float32
    np.testing.assert_allclose(loaded.pixels, [[0, 0.25], [1, 0]], atol=1e-6)
    assert loaded.notes == ("Values from 100 to 300 were scaled to 0 to 1.",)


def test_float_extremes_do_not_overflow(tmp_path):
    top = np.finfo(np.float64).max
    tifffile.imwrite(tmp_path / "a.tif", np.array([[-top, 0, top]]))
    np.testing.assert_allclose(load_image(tmp_path / "a.tif").pixels, [[0, 0.5, 1]])


def test_nan_and_infinity_become_the_median(tmp_path):
    values = np.array([[0.1, 0.2, 0.4], [np.nan, np.inf, -np.inf]], np.float32)
    tifffile.imwrite(tmp_path / "a.tif", values)
    loaded = load_image(tmp_path / "a.tif")
    np.testing.assert_allclose(loaded.pixels, [[0.1, 0.2, 0.4], [0.2, 0.2, 0.2]])
    assert loaded.notes[0].startswith("3 values are not finite")


def test_gdal_nodata_counts_as_nan(tmp_path):
    values = np.array([[0.25, 0.5, 0.75, -9999]], np.float32)
    tifffile.imwrite(tmp_path / "a.tif", values, extratags=[(42113, "s", 0, "-9999", True)])
    np.testing.assert_allclose(load_image(tmp_path / "a.tif").pixels, [[0.25, 0.5, 0.75, 0.5]])


def test_all_nan_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.full((3, 3), np.nan, np.float32))
    assert "no pixel has a finite value" in one_sentence(tmp_path / "a.tif")


def test_multi_page_tiff_opens_its_first_page(tmp_path):
    pages = colors(), colors()
    Image.fromarray(pages[0]).save(
        tmp_path / "a.tif", save_all=True, append_images=[Image.fromarray(pages[1])]
    )
    deep = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)
    tifffile.imwrite(tmp_path / "b.tif", deep, photometric="minisblack")
    eight_bit, sixteen_bit = load_image(tmp_path / "a.tif"), load_image(tmp_path / "b.tif")
    np.testing.assert_array_equal(eight_bit.pixels, pages[0])
    np.testing.assert_array_equal(sixteen_bit.pixels, deep[0])
    note = "The file has 2 pages; the first one was opened."
    assert eight_bit.notes == sixteen_bit.notes == (note,)


def test_animation_opens_its_first_frame(tmp_path):
    frames = [Image.new("L", (4, 4), value) for value in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    loaded = load_image(tmp_path / "a.gif")
    assert (loaded.pixels == 10).all()
    assert "first frame" in loaded.notes[0]


def test_rgba_opaque_and_transparent(tmp_path):
    layers = np.dstack([colors(), np.full((6, 9), 255, np.uint8)])
    Image.fromarray(layers).save(tmp_path / "opaque.png")
    loaded = load_image(tmp_path / "opaque.png")
    np.testing.assert_array_equal(loaded.pixels, layers[..., :3])
    assert loaded.notes == ()
    layers[2, 3] = (0, 0, 100, 128)
    Image.fromarray(layers).save(tmp_path / "clear.png")
    loaded = load_image(tmp_path / "clear.png")
    assert loaded.pixels[2, 3].tolist() == [127, 127, 177]
    assert loaded.notes == ("The image is partly transparent; it was laid over white.",)


def test_grey_with_alpha_stays_grey(tmp_path):
    layers = np.array([[[40, 255], [40, 0]]], np.uint8)
    Image.fromarray(layers).save(tmp_path / "a.png")
    assert load_image(tmp_path / "a.png").pixels.tolist() == [[40, 255]]


def test_palette_color_grey_and_transparent(tmp_path):
    palette = Image.new("P", (2, 1))
    palette.putpalette([200, 10, 20, 30, 40, 50])
    palette.putpixel((1, 0), 1)
    palette.save(tmp_path / "color.png")
    assert load_image(tmp_path / "color.png").pixels.tolist() == [[[200, 10, 20], [30, 40, 50]]]
    palette.save(tmp_path / "clear.png", transparency=0)
    assert load_image(tmp_path / "clear.png").pixels[0, 0].tolist() == [255, 255, 255]
    palette.putpalette([7, 7, 7, 90, 90, 90])
    palette.save(tmp_path / "grey.png")
    assert load_image(tmp_path / "grey.png").pixels.tolist() == [[7, 90]]


def test_cmyk_jpeg_and_tiff(tmp_path):
    for name in ("a.jpg", "a.tif"):
        Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / name)
        loaded = load_image(tmp_path / name)
        assert loaded.pixels.shape == (16, 16, 3)
        np.testing.assert_allclose(loaded.pixels[4, 4], [255, 0, 0], atol=6)
        assert "CMYK" in loaded.notes[0]


def test_cmyk_sixteen_bit_tiff(tmp_path):
    ink = np.zeros((2, 2, 4), np.uint16)
    ink[..., 0] = 65535
    tifffile.imwrite(tmp_path / "a.tif", ink, photometric="separated")
    assert load_image(tmp_path / "a.tif").pixels[0, 0].tolist() == [0, 65535, 65535]


def test_one_bit_image_is_black_and_white(tmp_path):
    for name in ("a.png", "a.tif"):
        Image.fromarray(np.array([[True, False]])).save(tmp_path / name)
        loaded = load_image(tmp_path / name)
        assert loaded.pixels.dtype == np.uint8
        assert loaded.pixels.tolist() == [[255, 0]]


def test_one_pixel_image_opens(tmp_path):
    Image.new("RGB", (1, 1), (1, 2, 3)).save(tmp_path / "a.png")
    assert load_image(tmp_path / "a.png").pixels.tolist() == [[[1, 2, 3]]]


def test_twenty_thousand_pixels_wide_opens_without_a_warning(tmp_path):
    wide = np.zeros((5000, 20_000), np.uint8)  # 100 megapixels: Pillow alone would warn
    wide[7, 19_999] = 9
    path = tmp_path / "wide.png"
    with path.open("wb") as file:
        Image.fromarray(wide).save(file, "PNG", compress_level=1)
    assert image_size(path) == (20_000, 5000)
    assert load_image(path).pixels[7, 19_999] == 9


def png_of_size(width, height):
    """Return a PNG header that promises pixels which do not follow."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(9)))


def test_more_than_the_limit_is_refused_before_decoding(tmp_path):
    (tmp_path / "huge.png").write_bytes(png_of_size(20_001, 20_000))
    text = one_sentence(tmp_path / "huge.png")
    assert "20001 x 20000" in text
    assert "400 megapixels" in text


def test_deep_tiff_over_the_limit_is_refused(tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((10, 10), np.uint16))
    monkeypatch.setattr(image_io, "MAX_PIXELS", 99)
    assert "10 x 10" in one_sentence(tmp_path / "a.tif")


def test_not_an_image(tmp_path):
    (tmp_path / "notes.jpg").write_text("a shopping list")
    assert "is not an image" in one_sentence(tmp_path / "notes.jpg")


def test_heic_and_raw_are_named(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(30))
    assert "HEIC" in one_sentence(tmp_path / "a.heic")
    tifffile.imwrite(tmp_path / "a.nef", np.zeros((4, 4), np.uint8))
    assert "raw" in one_sentence(tmp_path / "a.nef")


def test_postscript_is_not_run(tmp_path):
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert "is not an image" in one_sentence(tmp_path / "a.png")


def noisy_file(path):
    """Save noise, so that a file is long enough to be cut anywhere."""
    if path.name == "deep.tif":
        tifffile.imwrite(path, colors(64, 64, np.uint16))
    elif path.name == "deep.png":
        path.write_bytes(cv2.imencode(".png", colors(64, 64, np.uint16))[1].tobytes())
    else:
        Image.fromarray(colors(64, 64)).save(path)


NAMES = ["a.jpg", "a.png", "a.tif", "a.bmp", "a.webp", "a.gif", "deep.tif", "deep.png"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_truncated_files_are_refused(tmp_path, name, share):
    path = tmp_path / name
    noisy_file(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    text = one_sentence(path)
    if share == 0.9 and name in {"a.jpg", "a.png", "a.bmp", "a.gif"}:
        assert "ends early (truncated)" in text


@pytest.mark.filterwarnings("ignore::UserWarning")  # decoders remark on what they meet
@pytest.mark.parametrize("name", NAMES)
def test_flipped_bytes_never_raise_anything_but_a_sentence(tmp_path, name):
    path = tmp_path / name
    noisy_file(path)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    random = np.random.default_rng(1)
    for _ in range(25):
        broken = whole.copy()
        broken[random.integers(0, min(len(whole), 300), 4)] ^= random.integers(
            1, 255, 4, dtype=np.uint8
        )
        path.write_bytes(broken.tobytes())
        try:
            assert load_image(path).pixels.ndim in {2, 3}
        except AnnotatorError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is fine


def test_zero_bytes(tmp_path):
    (tmp_path / "a.jpg").touch()
    assert "zero bytes" in one_sentence(tmp_path / "a.jpg")


def test_missing_file_and_folder(tmp_path):
    assert "does not exist" in one_sentence(tmp_path / "a.jpg")
    assert "is a folder" in one_sentence(tmp_path)


def test_permission_denied(tmp_path, monkeypatch):
    Image.new("L", (3, 3)).save(tmp_path / "a.png")

    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything
    assert "permissions" in one_sentence(tmp_path / "a.png")


def test_disk_error_is_not_called_damage(tmp_path, monkeypatch):
    Image.new("L", (3, 3)).save(tmp_path / "a.png")

    def fail(*_arguments, **_options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Image, "open", fail)
    assert "Input/output error" in one_sentence(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["Rissä ß 裂缝 трещина.png", "空 白.tif", "🧱.jpg"])
def test_non_ascii_paths(tmp_path, name):
    folder = tmp_path / "Fotos é 写真"
    folder.mkdir()
    Image.fromarray(colors(8, 8)).save(folder / name)
    assert load_image(folder / name).pixels.shape == (8, 8, 3)
    assert list_images(folder) == [folder / name]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_keep_an_image_from_opening(tmp_path):
    Image.fromarray(colors(8, 8)).save(
        tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff junk"
    )
    assert load_image(tmp_path / "a.jpg").orientation == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_closed_and_unchanged(tmp_path, name):
    path = tmp_path / name
    noisy_file(path)
    before = path.read_bytes()
    load_image(path)
    image_size(path)
    assert path.read_bytes() == before
    path.replace(tmp_path / "renamed")  # Windows refuses while a handle is open
    open_files = Path("/proc/self/fd")
    if open_files.is_dir():
        assert str(path) not in {str(link.resolve()) for link in open_files.iterdir()}


def test_image_size_agrees_with_load_for_every_kind(tmp_path):
    for name in NAMES:
        noisy_file(tmp_path / name)
        loaded = load_image(tmp_path / name)
        assert image_size(tmp_path / name) == (loaded.width, loaded.height)


def test_image_size_of_a_png_does_not_decode(tmp_path):
    (tmp_path / "promise.png").write_bytes(png_of_size(3000, 2000))
    assert image_size(tmp_path / "promise.png") == (3000, 2000)


def test_list_images_sorts_naturally_and_skips_what_is_hidden(tmp_path):
    names = ["crack 10.jpg", "Crack 2.PNG", "crack 1.tiff", "Übung.JPeG", "z.webp"]
    hidden = [".hidden.jpg", "._crack 1.jpg", "notes.txt", "mask.json", "no suffix"]
    for name in names + hidden:
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    assert [path.name for path in list_images(tmp_path)] == [
        "crack 1.tiff", "Crack 2.PNG", "crack 10.jpg", "z.webp", "Übung.JPeG",
    ]  # fmt: skip


def test_list_images_leaves_out_masks_beside_their_photographs(tmp_path):
    for name in ("A.jpg", "a_mask.png", "b_mask.png", "c.png", "c_mask.jpg"):
        (tmp_path / name).write_bytes(b"x")
    names = [path.name for path in list_images(tmp_path)]
    assert names == ["A.jpg", "b_mask.png", "c.png", "c_mask.jpg"]


def test_images_below_leave_out_hidden_folders_projects_and_links(tmp_path):
    names = ["b.jpg", "east/10.jpg", "east/2.jpg", "east/2_mask.png", "a/deep/c.png"]
    hidden = [".trash/d.jpg", "old.crackproj/masks/e.png", "a/.deep/f.jpg"]
    for name in names + hidden:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    found = [path.relative_to(tmp_path).as_posix() for path in list_images_below(tmp_path)]
    assert found == ["a/deep/c.png", "b.jpg", "east/2.jpg", "east/10.jpg"]


def test_list_images_of_a_missing_folder_or_a_file(tmp_path):
    with pytest.raises(AnnotatorError, match="does not exist"):
        list_images(tmp_path / "none")
    (tmp_path / "a.txt").touch()
    with pytest.raises(AnnotatorError, match="not a folder"):
        list_images(tmp_path / "a.txt")
