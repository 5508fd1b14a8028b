"""The reader of picture files: right pixels of every kind of file, and one line of whatever is no picture."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageOps

from rediffuse.data.picture_files import Ground, picture_files, read_image, read_layers, read_picture
from rediffuse.pipeline.errors import InputError

RED, GREEN = (200, 40, 40), (40, 150, 60)
GREY = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)))


in_time = settings(deadline=10_000)  # ms; a busy machine writes files slowly


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def pixels(path: Path, ground: Ground = "white") -> np.ndarray:
    return np.asarray(read_image(path, ground))


def three(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@in_time
@given(grey=GREY)
def test_grey_of_16_bits_is_the_grey_of_8_bits_that_it_stands_for(grey: np.ndarray, place: Path) -> None:
    path = saved(Image.fromarray(grey.astype(np.uint16) * 257), place / "deep.png")
    np.testing.assert_array_equal(pixels(path), three(grey))


def test_grey_of_16_bits_is_rounded_to_the_nearest(tmp_path: Path) -> None:
    deep = np.array([[0, 128, 129, 65535, 65406, 65407]], np.uint16)
    found = pixels(saved(Image.fromarray(deep), tmp_path / "deep.png"))
    assert found[0, :, 0].tolist() == [0, 0, 1, 255, 254, 255]


@in_time
@given(orientation=st.integers(1, 8), rgb=arrays(np.uint8, (5, 7, 3)), ending=st.sampled_from(["png", "webp"]))
def test_every_orientation_is_undone_as_pillow_does(
    orientation: int, rgb: np.ndarray, ending: str, place: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(Image.fromarray(rgb), place / f"turned.{ending}", exif=exif, lossless=True)
    with Image.open(path) as file:
        np.testing.assert_array_equal(pixels(path), np.asarray(ImageOps.exif_transpose(file)))


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270)],
)
def test_a_phone_s_jpeg_stands_upright(orientation: int, stored: Image.Transpose, tmp_path: Path) -> None:
    image = Image.new("RGB", (80, 60), GREEN)
    image.paste(RED, (0, 0, 80, 20))  # the upper third
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = pixels(saved(image.transpose(stored), tmp_path / "1.jpg", exif=exif, quality=95)).astype(int)
    assert found.shape == (60, 80, 3)
    assert np.abs(found[4:16] - RED).mean() < 4 and np.abs(found[24:] - GREEN).mean() < 4


def test_a_damaged_exif_tag_makes_no_picture_unreadable(tmp_path: Path) -> None:
    path = saved(Image.new("RGB", (16, 16), RED), tmp_path / "1.jpg", exif=b"Exif\0\0MM\0*\xff\xff", quality=95)
    assert np.abs(pixels(path).astype(int) - RED).max() < 6


@pytest.mark.parametrize(("ground", "level"), [("white", 255), ("grey", 128), ("black", 0)])
@pytest.mark.parametrize("hidden", [(0, 0, 0), (255, 0, 255)])
def test_what_lies_under_transparency_is_not_seen(
    hidden: tuple[int, int, int], ground: Ground, level: int, tmp_path: Path
) -> None:
    image = Image.new("RGBA", (8, 8), (*hidden, 0))
    image.paste((10, 20, 30, 255), (2, 2, 6, 6))
    wanted = np.full((8, 8, 3), level)
    wanted[2:6, 2:6] = (10, 20, 30)
    for ending in ("png", "webp"):
        path = saved(image, tmp_path / f"a.{ending}", lossless=True)
        np.testing.assert_array_equal(pixels(path, ground), wanted)


@in_time
@given(rgba=arrays(np.uint8, (4, 5, 4)))
def test_half_transparent_pixels_are_mixed_with_white(rgba: np.ndarray, place: Path) -> None:
    found = pixels(saved(Image.fromarray(rgba), place / "mixed.png"))
    alpha = rgba[..., 3:] / 255
    assert np.abs(found - (rgba[..., :3] * alpha + 255 * (1 - alpha))).max() <= 1


def test_every_way_to_say_transparent(tmp_path: Path) -> None:
    """Grey with alpha, a palette's entry, a key colour of RGB, of grey, of grey of 16 bits, of one bit."""
    grey = Image.fromarray(np.array([[7, 90]], np.uint8))
    marked = Image.fromarray(np.array([[0, 255]], np.uint8))
    files = [
        saved(Image.merge("LA", (grey, marked)), tmp_path / "la.png"),
        saved(grey.convert("P"), tmp_path / "p.png", transparency=7),
        saved(grey.convert("RGB"), tmp_path / "rgb.png", transparency=(7, 7, 7)),
        saved(grey, tmp_path / "l.png", transparency=7),
        saved(Image.fromarray(np.array([[7, 90 * 257]], np.uint16)), tmp_path / "deep.png", transparency=7),
    ]
    for path in files:
        assert pixels(path)[0, :, 0].tolist() == [255, 90], path.name
        assert pixels(path, "black")[0, :, 0].tolist() == [0, 90], path.name
    bits = saved(Image.fromarray(np.array([[True, False]])), tmp_path / "1.png", transparency=0)
    assert pixels(bits)[0, :, 0].tolist() == [255, 255]


@in_time
@given(rgb=arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_opaque_pictures_keep_their_pixels(rgb: np.ndarray, place: Path) -> None:
    for name, image in (("rgb.png", Image.fromarray(rgb)), ("rgba.png", Image.fromarray(rgb).convert("RGBA"))):
        np.testing.assert_array_equal(pixels(saved(image, place / name)), rgb)
    found = read_picture(place / "rgb.png")
    assert found.dtype == torch.uint8 and torch.equal(found, torch.from_numpy(rgb).permute(2, 0, 1))
    np.testing.assert_array_equal(pixels(saved(Image.fromarray(rgb), place / "a.webp", lossless=True)), rgb)


def test_layers_tell_whether_anything_is_transparent(tmp_path: Path) -> None:
    assert read_layers(saved(Image.new("L", (2, 2)), tmp_path / "a.png")).mode == "RGB"
    assert read_layers(saved(Image.new("LA", (2, 2)), tmp_path / "b.png")).mode == "RGBA"


def good_files() -> list[bytes]:
    found = []
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 9, 4), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind, mode in (("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("WEBP", "RGBA")):
        content = io.BytesIO()
        image.convert(mode).save(content, kind, exif=exif)
        found.append(content.getvalue())
    return found


GOOD = good_files()


@settings(max_examples=300, deadline=10_000)
@given(
    content=st.sampled_from(GOOD),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
    kept=st.floats(0, 1),
)
def test_a_damaged_file_is_a_picture_or_one_line(
    content: bytes, changes: list[tuple[float, int]], kept: float, place: Path
) -> None:
    spoiled = bytearray(content)
    for where, value in changes:
        spoiled[int(where * (len(spoiled) - 1))] = value
    path = place / "damaged.png"
    path.write_bytes(spoiled[: int(kept * len(spoiled)) + 1])
    try:
        found = read_picture(path)
    except InputError as error:
        assert str(path) in str(error) and "\n" not in str(error)
    else:
        assert found.dtype == torch.uint8 and found.shape[0] == 3


@settings(max_examples=100, deadline=10_000)
@given(content=st.binary(max_size=40))
def test_other_bytes_are_one_line(content: bytes, place: Path) -> None:
    (place / "noise.jpg").write_bytes(content)
    with pytest.raises(InputError) as told:
        read_picture(place / "noise.jpg")
    assert str(told.value) == f"{place / 'noise.jpg'}: not readable as a picture: expected PNG, JPEG or WEBP"


def test_no_file_a_folder_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "gone.png")
    for name, said in (
        ("none.png", "no such file"),
        ("link.png", "no such file"),
        ("folder.png", "found no regular file"),
        ("pipe.png", "found no regular file"),
    ):
        with pytest.raises(InputError, match=f"{name}: {said}"):
            read_picture(tmp_path / name)


def test_a_decompression_bomb_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(Image.new("L", (40, 40)), tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with warnings.catch_warnings(action="error"):
        assert pixels(path).shape == (40, 40, 3), "up to twice the limit is read, without a warning"
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 700)
    with pytest.raises(InputError, match=r"bomb\.png: not readable as a picture: .*decompression bomb"):
        read_picture(path)


@pytest.mark.parametrize("name", ["3.HEIC", "3.heif"])
def test_heic_says_what_it_needs(name: str, tmp_path: Path) -> None:
    saved(Image.new("RGB", (2, 2)), tmp_path / "1.jpg")
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(InputError, match=rf"{name}: HEIC cannot be read here; convert it to JPEG or PNG"):
        picture_files(tmp_path)
    (tmp_path / name).rename(tmp_path / "3.jpg")
    with pytest.raises(InputError, match=r"3\.jpg: not readable as a picture: HEIC cannot be read here"):
        [read_picture(path) for path in picture_files(tmp_path)]


@pytest.mark.parametrize("ending", ["gif", "bmp", "TIFF", "avif", "svg", "dng"])
def test_pictures_of_other_formats_are_refused(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"a.{ending}").write_bytes(b"")
    with pytest.raises(InputError, match=rf"a\.{ending}: expected PNG, JPEG or WEBP; convert it"):
        picture_files(tmp_path)


def test_a_folder_is_listed_by_name_and_what_is_left_out_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("b.PNG", "a.webp", "c.jpe", "d.JFIF", "e.jpeg", "._b.PNG", ".DS_Store", "README.md", "Thumbs.db"):
        (tmp_path / name).touch()
    assert [path.name for path in picture_files(tmp_path)] == ["a.webp", "b.PNG", "c.jpe", "d.JFIF", "e.jpeg"]
    assert capsys.readouterr().err == ""
    (tmp_path / "more").mkdir()
    for name in ("labels.json", "notes.txt", "photo"):
        (tmp_path / name).touch()
    assert len(picture_files(tmp_path, known=("labels.json",))) == 5
    told = capsys.readouterr().err
    assert told == f"{tmp_path}: not read: 'more', 'notes.txt', 'photo'; pictures are PNG, JPEG or WEBP\n"
