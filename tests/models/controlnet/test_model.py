"""A fresh ControlNet changes nothing, and sketches are read as they should be."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from PIL import Image, ImageDraw

from rediffuse.models.controlnet.model import UNET, Controlled, fresh_controlnet, load_controlled
from rediffuse.models.controlnet.sketches import as_condition, read_sketch
from rediffuse.models.controlnet.training import controlled_output
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a8_sketch_to_image.params import FULL, Params
from rediffuse.studies.a8_sketch_to_image.study import ALONE, OFF, draw_subjects, key_of
from tests.support.small_text2image import load_small
from tests.support.text2image import ROOT

DRAWING = DrawingSection(num_inference_steps=2, guidance_scale=2.0)
TEXTS = ("a cat", "a dog", "a bear")


@pytest.fixture
def small(folders: dict[str, Path]) -> TextToImage:
    return load_small(folders["v_prediction"])


def fresh(model: TextToImage) -> ControlNetModel:
    depth = len(model.pipeline.vae.config.block_out_channels)
    return fresh_controlnet(model.pipeline.unet, (16,) * depth, 0).eval()


def disturbed(model: TextToImage) -> ControlNetModel:
    controlnet = fresh(model)
    with torch.no_grad():
        for weight in controlnet.parameters():
            weight.add_(0.05 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(weight.numel())))
    return controlnet


def with_another_decoder(model: TextToImage) -> UNet2DConditionModel:
    unet = copy.deepcopy(model.pipeline.unet)
    with torch.no_grad():
        unet.conv_out.weight.mul_(1.5)
    return unet


def asked(model: TextToImage) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    states = model.text_states(TEXTS)
    sketch = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0)) < 0.2
    side = model.picture_size
    x_T = model.noise(0, "x", range(3))
    return states, model.text_states([""]).expand_as(states), x_T, as_condition(sketch, side)


def test_a_fresh_controlnet_changes_nothing_but_would_learn(small: TextToImage) -> None:
    states, negative, x_T, condition = asked(small)
    plain = small.draw(states, negative, x_T, DRAWING)
    controlnet = fresh(small)
    drawn = Controlled.of(small, controlnet).draw(states, negative, x_T, condition, 1.0, DRAWING)
    assert torch.equal(drawn, plain)
    args = (small.pipeline.unet, x_T, torch.tensor([9, 99, 999]), states, condition)
    controlled_output(controlnet, *args).square().mean().backward()
    assert all(block.weight.grad.abs().max() > 0 for block in controlnet.controlnet_down_blocks)


def test_strength_0_is_off_and_a_picture_is_the_same_alone(small: TextToImage) -> None:
    states, negative, x_T, condition = asked(small)
    controlled = Controlled.of(small, disturbed(small))
    drawn = controlled.draw(states, negative, x_T, condition, 1.0, DRAWING)
    assert torch.equal(
        controlled.draw(states, negative, x_T, condition, 0.0, DRAWING), small.draw(states, negative, x_T, DRAWING)
    )
    assert not torch.equal(controlled.draw(states, negative, x_T, condition.flip(0), 1.0, DRAWING), drawn)
    alone = controlled.draw(states[2:], negative[2:], x_T[2:], condition[2:], 1.0, DRAWING)
    assert torch.equal(alone[0], drawn[2])


def test_the_words_are_pooled_as_in_the_unet_and_the_first_half_is_its_copy() -> None:
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8,
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        block_out_channels=(16, 32),
        norm_num_groups=8,
        cross_attention_dim=64,
        attention_head_dim=2,
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=2,
    )
    controlnet = fresh_controlnet(unet, (16, 16, 16), 0)
    states = torch.randn(3, 7, 64)
    assert torch.equal(controlnet.add_embedding(states), unet.add_embedding(states))
    assert controlnet.config.resnet_time_scale_shift == "scale_shift"
    for name, weight in controlnet.down_blocks.state_dict().items():
        assert torch.equal(weight, unet.down_blocks.state_dict()[name])


def test_it_is_saved_and_read_and_must_fit(small: TextToImage, tmp_path: Path) -> None:
    controlnet = disturbed(small)
    controlnet.save_pretrained(tmp_path / "one")
    controlled = load_controlled(str(tmp_path / "one"), None, small)
    again = controlled.pipeline.controlnet
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), controlnet.parameters(), strict=True))
    assert controlled.pipeline.unet is small.pipeline.unet
    with pytest.raises(InputError, match="no such folder"):
        load_controlled(str(tmp_path / "none"), None, small)
    other = UNet2DConditionModel.from_config({**small.pipeline.unet.config, "cross_attention_dim": 16})
    fresh_controlnet(other, (16, 16, 16), 0).save_pretrained(tmp_path / "other")
    with pytest.raises(InputError, match="cross_attention_dim: found 16, expected the model's"):
        load_controlled(str(tmp_path / "other"), None, small)


def test_a_unet_beside_it_draws_under_control_and_the_model_keeps_its_own(small: TextToImage, tmp_path: Path) -> None:
    states, negative, x_T, condition = asked(small)
    plain = small.draw(states, negative, x_T, DRAWING)
    unet = with_another_decoder(small)
    fresh(small).save_pretrained(tmp_path)
    unet.save_pretrained(tmp_path / UNET)
    controlled = load_controlled(str(tmp_path), None, small)
    drawn = controlled.draw(states, negative, x_T, condition, 1.0, DRAWING)
    assert torch.equal(small.draw(states, negative, x_T, DRAWING), plain) and not torch.equal(drawn, plain)
    small.pipeline.unet = unet
    assert torch.equal(drawn, small.draw(states, negative, x_T, DRAWING))


def test_a_unet_of_another_model_or_a_file_in_its_place_is_refused(small: TextToImage, tmp_path: Path) -> None:
    fresh(small).save_pretrained(tmp_path)
    unet = with_another_decoder(small)
    with torch.no_grad():
        unet.mid_block.resnets[0].conv1.bias.add_(0.1)
    unet.save_pretrained(tmp_path / UNET)
    with pytest.raises(InputError, match=r"mid_block\.resnets\.0\.conv1\.bias: differs from the model's"):
        load_controlled(str(tmp_path), None, small)
    shutil.rmtree(tmp_path / UNET)
    (tmp_path / UNET).write_bytes(b"")
    with pytest.raises(InputError, match="unet"):
        load_controlled(str(tmp_path), None, small)


def test_only_subjects_of_a_trained_decoder_are_drawn_without_a_sketch(small: TextToImage) -> None:
    section = read_yaml(ROOT / "params.yaml")["sketch_to_image"]
    params = Params.model_validate({**section, "strengths": FULL, "drawing": DRAWING.model_dump()})
    sketches = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0)) < 0.2
    unet = with_another_decoder(small)
    plain = draw_subjects(Controlled.of(small, fresh(small)), TEXTS, sketches, params)
    trained = draw_subjects(Controlled.of(small, disturbed(small), unet), TEXTS, sketches, params)
    assert ALONE not in plain and list(trained) == [OFF, ALONE, *map(key_of, FULL)]
    assert torch.equal(trained[OFF], plain[OFF])
    small.pipeline.unet = unet
    again = draw_subjects(Controlled.of(small, fresh(small)), TEXTS, sketches, params)
    assert torch.equal(trained[ALONE], again[OFF]) and not torch.equal(trained[key_of(1.0)], again[OFF])


def test_a_unet_beside_it_must_fit(small: TextToImage, tmp_path: Path) -> None:
    fresh(small).save_pretrained(tmp_path)
    other = UNet2DConditionModel.from_config({**small.pipeline.unet.config, "cross_attention_dim": 16})
    other.save_pretrained(tmp_path / UNET)
    with pytest.raises(InputError, match="cross_attention_dim: found 16, expected the model's"):
        load_controlled(str(tmp_path), None, small)


def drawing(path: Path, drawn: int, ground: int, size: tuple[int, int] = (320, 320), width: int = 1) -> Path:
    image = Image.new("L", size, ground)
    ImageDraw.Draw(image).rectangle((85, 85, 235, 235), outline=drawn, width=width)
    image.save(path)
    return path


def border(side: int) -> torch.Tensor:
    """The middle of the rectangle's border, bool [side, side]."""
    first, last = int(85.5 / 320 * side), int(234.5 / 320 * side)
    wanted = torch.zeros(side, side, dtype=torch.bool)
    wanted[first : last + 1, first : last + 1] = True
    wanted[first + 1 : last, first + 1 : last] = False
    return wanted


@pytest.mark.parametrize("side", [32, 64])
def test_dark_on_light_is_light_on_dark(side: int, tmp_path: Path) -> None:
    dark, light = (read_sketch(drawing(tmp_path / f"{value}.png", value, 255 - value), side) for value in (0, 255))
    assert torch.equal(dark, light)
    assert (dark & border(side)).sum() >= 0.9 * border(side).sum()
    assert dark.sum() <= 2.1 * border(side).sum()


def test_lines_are_of_one_width_however_thick_the_pen_and_an_area_is_its_border(tmp_path: Path) -> None:
    thin, thick, filled = (
        read_sketch(drawing(tmp_path / f"{width}.png", 0, 255, width=width), 64) for width in (1, 9, 75)
    )
    assert thin.any() and 0.7 < thick.sum() / thin.sum() < 1.1
    assert (filled & border(64)).sum() > 0.9 * border(64).sum() and not filled[20:44, 20:44].any()


def test_a_wide_drawing_is_set_in_a_square(tmp_path: Path) -> None:
    found = read_sketch(drawing(tmp_path / "wide.png", 0, 255, (640, 320)), 32)
    assert not found[:8].any() and not found[24:].any() and found[14, 4] and found[14, 11]


def test_a_sketch_of_any_kind_of_file_has_the_lines_of_a_plain_one(tmp_path: Path) -> None:
    """16 bits, turned by EXIF, dark or light on a transparent ground of any hidden colour, WEBP, very large."""
    plain = drawing(tmp_path / "plain.png", 0, 255, width=6)
    wanted = read_sketch(plain, 64)
    with Image.open(plain) as file:
        grey = np.asarray(file)
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(grey)).save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(grey).save(tmp_path / "a.webp", lossless=True)
    alpha = 255 - grey
    for name, line, hidden in (("dark", 0, 255), ("light", 255, 0), ("white", 255, 255), ("black", 0, 0)):
        colour = np.where(grey == 0, line, hidden).astype(np.uint8)
        Image.fromarray(np.stack([colour, colour, colour, alpha], 2)).save(tmp_path / f"{name}.png")
    Image.merge("LA", (Image.new("L", (320, 320), 255), Image.fromarray(alpha))).save(tmp_path / "la.png")
    faint = Image.fromarray((alpha * 0.4).astype(np.uint8))
    Image.merge("LA", (Image.new("L", (320, 320), 255), faint)).save(tmp_path / "faint.png")
    for name in (
        "faint.png",
        "deep.png",
        "turned.png",
        "a.webp",
        "dark.png",
        "light.png",
        "white.png",
        "black.png",
        "la.png",
    ):
        assert torch.equal(read_sketch(tmp_path / name, 64), wanted), name


def test_a_cut_out_of_light_areas_with_dark_contours_keeps_the_contours(tmp_path: Path) -> None:
    image = Image.new("RGBA", (320, 320), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((60, 60, 260, 260), fill=(255, 255, 255, 255), outline=(0, 0, 0, 255), width=8)
    ImageDraw.Draw(image).line((60, 160, 260, 160), fill=(0, 0, 0, 255), width=8)
    image.save(tmp_path / "sticker.png")
    found = read_sketch(tmp_path / "sticker.png", 32)
    assert found[16, 8:24].all(), "the line between the two areas"
    assert found[8:25, 6].all() and not found[10:14, 10:22].any()


@pytest.mark.parametrize("side", [5000, 9000])
def test_a_very_large_sketch_is_made_smaller_and_keeps_a_thin_line(side: int, tmp_path: Path) -> None:
    image = Image.new("L", (side, side // 2), 255)
    ImageDraw.Draw(image).line((side // 4, side // 4, 3 * side // 4, side // 4), fill=0, width=1)
    image.save(tmp_path / "large.png")
    found = read_sketch(tmp_path / "large.png", 32)
    assert found[15:17, 9:23].any(0).all() and not found[:14].any() and not found[18:].any()


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.png", "no such file"), ("bad.png", "not readable as a picture"), ("empty.png", "found no lines")],
)
def test_an_unreadable_sketch_is_one_line(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n")
    Image.new("L", (50, 50), 255).save(tmp_path / "empty.png")
    with pytest.raises(InputError, match=message) as found:
        read_sketch(tmp_path / name, 32)
    assert name in str(found.value) and "\n" not in str(found.value)


def test_strengths_are_named() -> None:
    assert key_of(0.25) == "strength_025" and key_of(1.0) == "strength_1"
