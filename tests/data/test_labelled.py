"""A labelled folder is read as it was written, and whatever is wrong with one is told in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rediffuse.data.labelled import copy_labelled, read_labelled, write_labelled
from rediffuse.pipeline.errors import InputError

NAMES = ("cat", "pine_tree", "hot dog")


def picture(path: Path, colour: tuple[int, int, int] = (9, 99, 199), size: tuple[int, int] = (5, 4)) -> None:
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "id2label.json").write_text('{"0": "cat", "2": "pine_tree", "10": "hot dog"}')
    for index, name in enumerate(("cat_0", "2_017", "hot_dog_1", "10_3", "0_9", "pine_tree_2")):
        picture(tmp_path / f"{name}.png", (index, 0, 0), (5 + index, 4))
    return tmp_path


def test_numbers_and_labels_are_both_classes(folder: Path) -> None:
    found = read_labelled(folder)
    assert found.names == NAMES
    told = {file: (NAMES[label], image.shape, int(image[0, 0, 0])) for file, label, image in zip(
        found.files, found.labels.tolist(), found.images, strict=True
    )}  # fmt: skip
    assert told == {
        "cat_0.png": ("cat", (3, 4, 5), 0),
        "2_017.png": ("pine_tree", (3, 4, 6), 1),
        "hot_dog_1.png": ("hot dog", (3, 4, 7), 2),
        "10_3.png": ("hot dog", (3, 4, 8), 3),
        "0_9.png": ("cat", (3, 4, 9), 4),
        "pine_tree_2.png": ("pine_tree", (3, 4, 10), 5),
    }
    assert list(found.files) == sorted(found.files) and len(found) == 6


def test_drawings_are_read_where_the_folder_says_them(folder: Path) -> None:
    found = read_labelled(folder)
    assert found.drawings == found.files and set(found.artists) == {""}, "each picture by itself"
    table = {file: f"twemoji/{place // 2}" for place, file in enumerate(found.files)}
    (folder / "drawings.json").write_text(json.dumps(table))
    found = read_labelled(folder)
    assert found.drawings == tuple(table.values()) and set(found.artists) == {"twemoji"}


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not readable as JSON"), ("[]", "expected an object"), ('{"a.png": 3}', "found other than names"),
     ('{"a.png": "x/1"}', "no drawing of '0_9.png'")],
)  # fmt: skip
def test_a_faulty_table_of_drawings_is_told(folder: Path, text: str, said: str) -> None:
    (folder / "drawings.json").write_text(text)
    with pytest.raises(InputError, match=r"drawings\.json") as error:
        read_labelled(folder)
    assert said in str(error.value)


def test_a_copy_holds_the_same_bytes_and_nothing_else(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (folder / "notes.txt").write_text("not a picture")
    (folder / "train.csv").write_text("a,b")
    copy = tmp_path_factory.mktemp("copy")
    copy_labelled(folder, copy)
    files = {path.name for path in folder.iterdir()} - {"notes.txt", "train.csv"}
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == {
        name: (folder / name).read_bytes() for name in files
    }


def test_a_folder_with_a_fault_is_not_copied(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (folder / "wolf_1.png").write_bytes(b"")
    copy = tmp_path_factory.mktemp("copy")
    with pytest.raises(InputError, match="wolf"):
        copy_labelled(folder, copy)
    assert not list(copy.iterdir())


def test_a_number_is_a_number_even_where_a_label_is_one(tmp_path: Path) -> None:
    (tmp_path / "id2label.json").write_text('{"0": "1", "1": "0"}')
    for name in ("0_0", "1_0"):
        picture(tmp_path / f"{name}.png")
    assert read_labelled(tmp_path).labels.tolist() == [0, 1]


def test_other_files_are_named_and_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "README.md").write_text("made by hand")
    (folder / "drawings.json").write_text(json.dumps({path.name: "a/1" for path in folder.glob("*.png")}))
    (folder / ".cat_7.png").write_text("of an editor")
    assert len(read_labelled(folder)) == 6 and capsys.readouterr().err == ""
    (folder / "more").mkdir()
    assert len(read_labelled(folder)) == 6 and "not read: 'more'" in capsys.readouterr().err


def test_jpeg_and_webp_beside_png_are_read_and_copied(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    Image.new("RGB", (16, 16), (50, 60, 70)).save(folder / "cat_5.JPG", quality=95)
    Image.new("RGB", (16, 16), (70, 60, 50)).save(folder / "2_018.webp", lossless=True)
    copy = tmp_path_factory.mktemp("copy")
    copy_labelled(folder, copy)
    found = read_labelled(copy)
    told = dict(zip(found.files, zip(found.labels.tolist(), found.images, strict=True), strict=True))
    assert len(found) == 8 and told["cat_5.JPG"][0] == 0 and told["2_018.webp"][0] == 1
    assert told["2_018.webp"][1][:, 3, 3].tolist() == [70, 60, 50]
    assert (told["cat_5.JPG"][1][:, 3, 3].int() - torch.tensor([50, 60, 70])).abs().max() <= 3


def course(root: Path) -> Path:
    """As the course ships it: the table lies above the pictures."""
    (root / "clip_zeroshot/val").mkdir(parents=True)
    (root / "clip_zeroshot/id2label.json").write_text('{"0": "apple", "1": "pine_tree"}')
    for index, name in enumerate(("0_450", "1_450", "1_451")):
        picture(root / f"clip_zeroshot/val/{name}.png", (index, 0, 0))
    return root / "clip_zeroshot"


@pytest.mark.parametrize("named", [".", "val"])
def test_the_course_s_own_folder(named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, copy = course(tmp_path), tmp_path / "copy"
    copy.mkdir()
    copy_labelled(source / named, copy)
    found = read_labelled(copy)
    assert found.names == ("apple", "pine_tree") and found.labels.tolist() == [0, 1, 1]
    assert found.files == ("0_450.png", "1_450.png", "1_451.png")
    assert {path.name for path in copy.iterdir()} == {*found.files, "id2label.json"}
    assert capsys.readouterr().err == ""


def test_of_several_folders_val_is_read_and_the_others_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, copy = course(tmp_path), tmp_path / "copy"
    copy.mkdir()
    (source / "train").mkdir()
    picture(source / "train/0_1.png")
    copy_labelled(source, copy)
    assert len(read_labelled(copy)) == 3
    assert capsys.readouterr().err.startswith(f"{source}: not read: 'train'")
    (source / "val").rename(source / "more")
    with pytest.raises(InputError, match="pictures lie in more, train; name one of these folders"):
        copy_labelled(source, copy)


@given(st.lists(st.integers(0, 2), min_size=3, max_size=12).filter(lambda labels: set(labels) == {0, 1, 2}))
def test_written_and_read_again(tmp_path_factory: pytest.TempPathFactory, labels: list[int]) -> None:
    folder = tmp_path_factory.mktemp("written")
    images = torch.randint(256, (len(labels), 3, 6, 7), dtype=torch.uint8)
    write_labelled(folder, images, torch.tensor(labels), NAMES)
    found = read_labelled(folder)
    assert found.names == NAMES
    for name in range(3):
        wanted = [image for image, label in zip(images, labels, strict=True) if label == name]
        order = sorted(range(len(wanted)), key=str)  # files are read in the order of their names
        read = [image for image, label in zip(found.images, found.labels.tolist(), strict=True) if label == name]
        assert all(torch.equal(read[place], wanted[index]) for place, index in enumerate(order))
        assert len(read) == len(wanted)


def no_file_of_a_class(folder: Path) -> None:
    for name in ("2_017", "pine_tree_2"):
        (folder / f"{name}.png").unlink()


def truncated(folder: Path) -> None:
    content = (folder / "cat_0.png").read_bytes()
    (folder / "cat_0.png").write_bytes(content[:48])


def text_in_the_table(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "id2label.json").write_text(text) and None


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_file_of_a_class, "no file of class 'pine_tree'"),
        (lambda folder: picture(folder / "wolf_1.png"), "wolf_1.png: class 'wolf' is neither a number nor a label"),
        (lambda folder: picture(folder / "7_1.png"), "7_1.png: class '7' is neither"),
        (lambda folder: picture(folder / "cat.png"), "cat.png: no class in its name"),
        (lambda folder: picture(folder / "cat_.png"), "cat_.png: no class in its name"),
        (truncated, "cat_0.png: not readable as a picture"),
        (lambda folder: (folder / "cat_0.png").write_text("no picture"), "cat_0.png: not readable as a picture"),
        (lambda folder: [path.unlink() for path in folder.glob("*.png")], "holds no PNG, JPEG or WEBP"),
        (lambda folder: (folder / "id2label.json").unlink(), "id2label.json: no such file"),
        (text_in_the_table("{"), "id2label.json: not readable as JSON"),
        (text_in_the_table("[]"), "found no object"),
        (text_in_the_table("{}"), "found no object, or an empty one"),
        (text_in_the_table('["cat"]'), "found no object"),
        (text_in_the_table("3"), "found no object"),
        (text_in_the_table('{"0": "cat", "1": "cat"}'), "'0' and '1' are both 'cat'"),
        (text_in_the_table('{"0": "hot dog", "1": "hot_dog"}'), "'0' and '1' are both 'hot_dog'"),
        (text_in_the_table('{"0": "cat", "0": "dog"}'), "'0' and '0' are one number twice"),
        (text_in_the_table('{"0": "cat", "00": "dog"}'), "'0' and '00' are one number twice"),
        (text_in_the_table('{"0": "cat"}'), "id2label.json: found one class, 'cat'; expected 2 or more"),
        (text_in_the_table('{"%s": "cat", "1": "dog"}' % ("1" * 5000)), "expected an object of numbers"),
        (lambda folder: (folder / "cat_1.HEIC").write_bytes(b""), "cat_1.HEIC: HEIC cannot be read here"),
        (lambda folder: picture(folder / "wolf_1.jpg"), "wolf_1.jpg: class 'wolf' is neither"),
        (text_in_the_table('{"zero": "cat"}'), "found 'zero': 'cat'"),
        (text_in_the_table('{"0": 3}'), "found '0': '3'"),
        (text_in_the_table('{"0": " "}'), "expected an object of numbers and labels"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(folder: Path, spoil: Callable[[Path], None], message: str) -> None:
    spoil(folder)
    with pytest.raises(InputError) as caught:
        read_labelled(folder)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def test_no_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "file"):
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match="no such folder"):
            read_labelled(path)
        with pytest.raises(InputError, match="no such folder"):
            copy_labelled(path, tmp_path)


def test_the_table_is_written_for_people(tmp_path: Path) -> None:
    write_labelled(tmp_path, torch.zeros(1, 3, 2, 2, dtype=torch.uint8), torch.tensor([0]), ("café",))
    assert json.loads((tmp_path / "id2label.json").read_text(encoding="utf-8")) == {"0": "café"}
    assert "café" in (tmp_path / "id2label.json").read_text(encoding="utf-8")
