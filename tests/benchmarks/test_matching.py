"""Study A8's blind test: a picture stands beside its own sketch and rivals of the same thing."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from benchmarks.naming.__main__ import main
from benchmarks.naming.keys import read_key
from benchmarks.naming.matching import controlled_pictures, fingerprint_of, write_matching_sheet
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.controlnet.model import Controlled, fresh_controlnet
from rediffuse.models.text2image.model import TextToImage
from rediffuse.pipeline.arrays import save_arrays
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a8_sketch_to_image import params as sketch_to_image
from tests.support.blind_tests import ROOT, a_test, results
from tests.support.small_text2image import load_small, save_small_pipeline


@pytest.fixture(scope="module")
def model(pictures: PictureSet, tmp_path_factory: pytest.TempPathFactory) -> TextToImage:
    folder = tmp_path_factory.mktemp("pipeline")
    save_small_pipeline(folder, pictures)
    return load_small(folder)


def a_matching_test(count: int = 9) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures of one grey each, sketches with one line each at a place of its own, and three other lines beside."""
    images = torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 16, 16).clone()
    sketches = torch.eye(count)[:, :, None].expand(-1, -1, count).clone()
    return images, sketches, torch.stack([sketches.roll(step, 0) for step in (1, 2, 3)], dim=1)


def test_each_picture_stands_beside_its_own_sketch_and_three_others(tmp_path: Path) -> None:
    key = write_matching_sheet(*a_matching_test(), 4, tmp_path / "out", prompts=[str(n) for n in range(9)])
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == {"sheet-1.png", "sheet-2.png"}
    shown = [int(item.prompt or "") for item in key.pictures.values()]
    assert sorted(shown) == list(range(9)) and shown != sorted(shown)
    assert key.choices == ("1", "2", "3", "4") and len({item.candidate for item in key.pictures.values()}) > 1
    with Image.open(tmp_path / "out" / "sheet-1.png") as sheet:
        assert sheet.size[0] > 5 * 160 and sheet.size[1] > 6 * 160
        for row, place in enumerate(shown[:6]):
            top, left, step = 12 + row * (212 + 12) + 12 + 28, 12 + 12, (sheet.size[0] - 12) // 5
            # each picture is of the grey that is its index, and its own sketch has its line at that height
            assert sheet.getpixel((left + 80, top + 80)) == (place,) * 3
            candidate = key.pictures[row + 1].candidate or 0
            heights = [
                min(
                    range(9),
                    key=lambda h, x=left + n * step + 80: sheet.getpixel((x, top + round((h + 0.5) * 160 / 9)))[0],
                )
                for n in range(1, 5)
            ]
            assert heights.index(place) + 1 == candidate and heights.count(place) == 1


def test_the_own_sketch_is_no_rival_of_itself(tmp_path: Path) -> None:
    images, sketches, rivals = a_matching_test()
    for wrong in ((images.float(), sketches, rivals), (images, sketches[:3], rivals), (images[:, 0], sketches, rivals)):
        with pytest.raises(InputError, match="expected"):
            write_matching_sheet(*wrong, 4, tmp_path / "wrong")
    with pytest.raises(InputError, match=r"^rivals: found \[9, 9, 9\], expected \[9, R, h, w\]"):
        write_matching_sheet(images, sketches, sketches, 4, tmp_path / "wrong")
    rivals[5, 1] = sketches[5]
    with pytest.raises(InputError, match="equal to the picture's own sketch"):
        write_matching_sheet(images, sketches, rivals, 4, tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()


def test_uncontrolled_pictures_are_counted_apart(tmp_path: Path) -> None:
    key = write_matching_sheet(*a_matching_test(), 4, tmp_path / "out", uncontrolled=3, guidance_scales=(2.0,))
    assert key.guidance_scales == (2.0,)
    wrong = {number for number, item in key.pictures.items() if item.kind == "uncontrolled"}
    lines = [f"{n}: {item.candidate if n not in wrong else 1 + item.candidate % 4}" for n, item in key.pictures.items()]
    main(a_test(tmp_path / "a", key, anna=";".join(lines)))
    found = results(tmp_path)["matching"]
    assert (found["share"], found["n"]) == (1, 6)
    assert (found["uncontrolled"]["share"], found["uncontrolled"]["n"]) == (0, 3)


def test_matching_is_scored_from_an_npz(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images, sketches, rivals = a_matching_test()
    lines = {"sketches": (255 * sketches).byte().numpy(), "rivals": (255 * rivals).byte().numpy()}
    save_arrays(tmp_path / "drawn.npz", {"images": images.numpy(), **lines})
    main(["matching", "--npz", str(tmp_path / "drawn.npz"), "--seed", "4", "--out", str(tmp_path / "out")])
    key = read_key(tmp_path / "out" / "key.json")
    lines = [f"{number}: {item.candidate}" for number, item in key.pictures.items()]
    lines[0] = f"1: {1 + (key.pictures[1].candidate or 0) % 4}"
    (tmp_path / "anna.txt").write_text("\n".join(lines))
    main(["score", str(tmp_path / "out"), str(tmp_path / "anna.txt"), "--kept", str(tmp_path / "kept")])
    found = results(tmp_path)["matching"]
    assert found["share"] == pytest.approx(8 / 9, abs=1e-4) and found["n"] == 9
    assert (tmp_path / "kept" / "matching-4-anna.txt").is_file() and "8 of 9 right" in capsys.readouterr().out
    (tmp_path / "anna.txt").write_text("\n".join([*lines[:-1], "9: 5"]))
    with pytest.raises(SystemExit):
        main(["score", str(tmp_path / "out"), str(tmp_path / "anna.txt"), "--kept", str(tmp_path / "kept")])


def test_controlled_pictures_follow_sketches_of_held_out_artists(model: TextToImage, pictures: PictureSet) -> None:
    section = read_yaml(ROOT / "params.yaml")["sketch_to_image"]
    section["words"]["things"], section["drawing"]["num_inference_steps"] = 8, 2
    params = sketch_to_image.Params.model_validate(section)
    network = fresh_controlnet(model.pipeline.unet, (16, 16, 16), 0)
    controlled = Controlled.of(model, network.eval())
    images, sketches, rivals, texts = controlled_pictures(controlled, pictures, params, 5, 2, 3)
    assert images.dtype == torch.uint8 and len(images) == len(sketches) == len(rivals) == len(texts) == 7
    assert rivals.shape == (7, 3, *sketches.shape[1:])
    again = controlled_pictures(controlled, pictures, params, 5, 2, 4)
    assert not torch.equal(sketches, again[1]), "another seed has other sketches"
    before = fingerprint_of(controlled)
    with torch.no_grad():
        network.controlnet_mid_block.bias.add_(1)
    assert fingerprint_of(controlled) != before
    unet = copy.deepcopy(model.pipeline.unet)
    same = fingerprint_of(Controlled.of(model, network, unet))
    with torch.no_grad():
        unet.conv_out.bias.add_(1)
    assert fingerprint_of(Controlled.of(model, network, unet)) != same, "the U-Net under control counts, too"
    changed = controlled_pictures(controlled, pictures, params, 5, 2, 3)[0]
    assert all(not torch.equal(a, b) for a, b in zip(images[:5], changed[:5], strict=True))
    assert torch.equal(images[5:], changed[5:]), "the last ones are drawn without control"
