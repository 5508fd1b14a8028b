"""Faces out of the package and out of a folder, written and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import lfw_subset

from rediffuse.data.faces import dataset as faces
from rediffuse.data.faces.dataset import FaceSet, load_faces, packaged_faces, read_faces, save_faces
from rediffuse.pipeline.errors import InputError


def test_the_package_s_faces_are_scikit_image_s() -> None:
    found, given = packaged_faces(), lfw_subset()
    assert found.faces.shape == found.others.shape == (100, 25, 25)
    both = np.concatenate([found.faces, found.others])
    assert both.dtype == np.uint8
    np.testing.assert_allclose(both / 255, given, atol=0.5 / 255 + 1e-9)


def test_other_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "SHA256", "0" * 64)
    with pytest.raises(
        InputError, match=r"lfw_subset\.npy: SHA-256 is 9560ec2f.*expected 0000.*; install scikit-image again$"
    ):
        packaged_faces()


def test_written_and_read_back_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save_faces(tmp_path / name, packaged_faces())
    assert (tmp_path / "a" / "faces.npz").read_bytes() == (tmp_path / "b" / "faces.npz").read_bytes()
    found = load_faces(tmp_path / "a")
    np.testing.assert_array_equal(found.faces, packaged_faces().faces)
    np.testing.assert_array_equal(found.others, packaged_faces().others)


def test_a_folder_of_one_s_own(tmp_path: Path) -> None:
    wide = np.zeros((50, 90, 3), np.uint8)
    wide[:, 20:70] = 200  # the middle square
    Image.fromarray(wide).save(tmp_path / "b.PNG")
    Image.fromarray(np.full((25, 25), 30, np.uint8)).save(tmp_path / "a.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    found = read_faces(tmp_path)
    assert found.shape == (2, 25, 25) and found.dtype == np.uint8
    assert found[0].mean() == pytest.approx(30, abs=1) and (found[1] == 200).all()


def test_phones_scanners_and_cut_outs(tmp_path: Path) -> None:
    """A face that is light above and dark below, as three kinds of file: always upright, and never clipped."""
    face = np.full((50, 50), 60, np.uint8)
    face[:25] = 190
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(face[::-1, ::-1]).save(tmp_path / "a.jpg", exif=exif, quality=95)
    Image.fromarray(face.astype(np.uint16) * 257).save(tmp_path / "b.png")
    cut = np.stack([np.where(face == 190, 0, 60)] * 3 + [np.where(face == 190, 0, 255)], axis=2)
    Image.fromarray(cut.astype(np.uint8)).save(tmp_path / "c.webp", lossless=True)
    (tmp_path / "._a.jpg").write_bytes(b"a resource fork")
    found = read_faces(tmp_path).astype(int)
    assert len(found) == 3
    for row, light in enumerate((190, 190, 255)):
        assert np.abs(found[row, :11] - light).max() <= 3, row
        assert np.abs(found[row, 14:] - 60).max() <= 3, row


def test_bad_folders_end_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder; expected pictures of faces"):
        read_faces(tmp_path / "none")
    Image.fromarray(np.zeros((25, 25), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"found 1 pictures .*, expected 2 faces or more"):
        read_faces(tmp_path)
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"b\.png: not readable as a picture") as told:
        read_faces(tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file; run the stage fetch_faces first"),
        (b"x", "not a readable npz archive"),
        (FaceSet(np.zeros((3, 24, 25), np.uint8), np.zeros((3, 25, 25), np.uint8)), r"faces are uint8\[3, 24, 25\]"),
        (FaceSet(np.zeros((3, 25, 25), np.uint8), np.zeros((3, 25, 25))), r"others are float64\[3, 25, 25\]"),
        (FaceSet(np.zeros((1, 25, 25), np.uint8), np.zeros((3, 25, 25), np.uint8)), r"faces are uint8\[1, 25, 25\]"),
    ],
)
def test_damaged_data(content: FaceSet | bytes | None, said: str, tmp_path: Path) -> None:
    if isinstance(content, FaceSet):
        save_faces(tmp_path, content)
    elif content is not None:
        (tmp_path / "faces.npz").write_bytes(content)
    with pytest.raises(InputError, match=said):
        load_faces(tmp_path)
