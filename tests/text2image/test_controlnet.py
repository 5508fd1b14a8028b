"""A fresh ControlNet changes nothing, and sketches are read as they should be."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from PIL import Image, ImageDraw

from rediffuse.errors import InputError
from rediffuse.params.text2image import DrawingSection
from rediffuse.text2image.controlnet import Controlled, fresh_controlnet, load_controlnet
from rediffuse.text2image.controlnet_training import controlled_output, early_timesteps
from rediffuse.text2image.model import TextToImage
from rediffuse.text2image.sketch_study import edge_iou, key_of
from rediffuse.text2image.sketches import as_condition, ink, lines, read_sketch
from tests.text2image_small import load_small

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


def asked(model: TextToImage) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    states = model.text_states(TEXTS)
    sketch = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0)) < 0.2
    side = model.shape[-1] * model.pipeline.vae_scale_factor
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
    again = load_controlnet(str(tmp_path / "one"), None, small)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), controlnet.parameters(), strict=True))
    with pytest.raises(InputError, match="no such folder"):
        load_controlnet(str(tmp_path / "none"), None, small)
    other = UNet2DConditionModel.from_config({**small.pipeline.unet.config, "cross_attention_dim": 16})
    fresh_controlnet(other, (16, 16, 16), 0).save_pretrained(tmp_path / "other")
    with pytest.raises(InputError, match="cross_attention_dim: found 16, expected the model's"):
        load_controlnet(str(tmp_path / "other"), None, small)


def drawing(path: Path, drawn: int, ground: int, size: tuple[int, int] = (320, 320)) -> Path:
    image = Image.new("L", size, ground)
    ImageDraw.Draw(image).rectangle((85, 85, 235, 235), outline=drawn, width=1)
    image.save(path)
    return path


def test_dark_on_light_is_light_on_dark(tmp_path: Path) -> None:
    dark, light = (read_sketch(drawing(tmp_path / f"{value}.png", value, 255 - value)) for value in (0, 255))
    wanted = torch.zeros(32, 32, dtype=torch.bool)  # ten pixels of the file to a cell
    wanted[8:24, 8:24] = True
    wanted[9:23, 9:23] = False
    assert torch.equal(dark, wanted) and torch.equal(light, wanted)


def test_a_wide_drawing_is_set_in_a_square(tmp_path: Path) -> None:
    found = read_sketch(drawing(tmp_path / "wide.png", 0, 255, (640, 320)))
    assert not found[:8].any() and not found[24:].any() and found[12, 4] and found[12, 11]


@pytest.mark.parametrize(
    ("name", "message"), [("none.png", "No such file"), ("bad.png", "no readable PNG"), ("empty.png", "found no lines")]
)
def test_an_unreadable_sketch_is_one_line(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n")
    Image.new("L", (50, 50), 255).save(tmp_path / "empty.png")
    with pytest.raises(InputError, match=message) as found:
        read_sketch(tmp_path / name)
    assert name in str(found.value) and "\n" not in str(found.value)


def test_lines_ink_and_overlap() -> None:
    images = torch.full((2, 3, 32, 32), 255, dtype=torch.uint8)
    images[0, :, 8:24, 8:24] = 0
    found = lines(images)
    assert found[0].any() and not found[0, 12:20, 12:20].any() and not found[1].any()
    assert torch.equal(ink(images)[0], images[0, 0] == 0)
    a, b = torch.zeros(2, 1, 32, 32, dtype=torch.bool)
    a[0, 3, 3:6] = b[0, 3, 4:8] = True
    assert edge_iou(a, b).item() == pytest.approx(2 / 5)
    assert key_of(0.25) == "strength_025" and key_of(1.0) == "strength_1"


def test_early_timesteps_are_the_cubic_law() -> None:
    found = early_timesteps(1000, 1000, torch.Generator().manual_seed(0)).double()
    assert found.min() >= 0 and found.max() <= 999
    assert found.mean().item() == pytest.approx(750, abs=3)  # of (1 − u³) T
    assert (found > 875).double().mean().item() == pytest.approx(0.5, abs=0.01)
