"""Convolutions that compute weight gradients by a matrix product give the outputs and gradients of torch."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rediffuse.models import convolution
from rediffuse.models.convolution import ProductConv2d, set_convolutions, unfold_windows
from tests.support.small_text2image import load_small

CPU = torch.device("cpu")


def pair_of(plain: nn.Conv2d) -> tuple[nn.Conv2d, nn.Conv2d]:
    """The layer, and a copy of it that takes the product."""
    by_product = copy.deepcopy(plain)
    set_convolutions(by_product, CPU)
    assert type(by_product) is ProductConv2d
    return plain, by_product


def gradients(layer: nn.Conv2d, x: Tensor, of_output: Tensor) -> list[Tensor]:
    """The answer, and its gradients of x, weight and bias."""
    x = x.detach().requires_grad_()
    output = layer(x)
    wanted = [x, *layer.parameters()]
    return [output.detach(), *torch.autograd.grad(output, wanted, of_output)]


def is_by_product(layer: nn.Conv2d, x: Tensor) -> bool:
    return type(layer(x).grad_fn).__name__ == "_ConvolutionBackward"


@settings(deadline=None, max_examples=60)
@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    sides=st.tuples(st.integers(4, 9), st.integers(4, 9)),
    bias=st.booleans(),
    channels_last=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_answers_and_gradients_are_torchs(
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    sides: tuple[int, int],
    bias: bool,
    channels_last: bool,
    seed: int,
) -> None:
    torch.manual_seed(seed)
    plain, by_product = pair_of(nn.Conv2d(3, 5, kernel, stride, padding, bias=bias).double())
    x = torch.randn(2, 3, *sides, dtype=torch.float64)
    x = x.contiguous(memory_format=torch.channels_last) if channels_last else x
    of_output = torch.randn_like(plain(x))
    expected = gradients(plain, x, of_output)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ProductConv2d, "_is_faster", lambda *_: True)
        assert is_by_product(by_product, x)
        found = gradients(by_product, x, of_output)
    assert torch.equal(found[0], expected[0])
    torch.testing.assert_close(found[1:], expected[1:], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("layer", "side", "expected"),
    [
        (nn.Conv2d(2, 3, 3, padding=1), 4, True),
        (nn.Conv2d(2, 3, 3, padding=1), 5, False),
        (nn.Conv2d(2, 3, 3, stride=2, padding=1), 8, True),
        (nn.Conv2d(2, 3, 4, stride=4), 64, True),  # patches
        (nn.Conv2d(2, 3, 1), 64, True),
        (nn.Conv2d(2, 3, 4, stride=4, padding=2), 64, False),
        (nn.Conv2d(2, 3, 3, padding="same"), 4, False),
        (nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), 4, False),
    ],
)
def test_the_product_is_taken_for_few_places_and_for_patches(layer: nn.Conv2d, side: int, expected: bool) -> None:
    plain, by_product = pair_of(layer)
    x = torch.randn(2, 2, side, side)
    assert is_by_product(by_product, x) == expected
    assert torch.equal(by_product(x), plain(x))


def unwanted(*_: object) -> None:
    raise AssertionError("computed for nothing")


def test_what_is_not_trained_is_torchs(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = pair_of(nn.Conv2d(2, 3, 3, padding=1))[1]
    x = torch.randn(1, 2, 4, 4, requires_grad=True)
    assert is_by_product(layer, x)
    monkeypatch.setattr(convolution._Convolution, "apply", unwanted)
    with torch.no_grad():
        layer(x)
    layer.weight.requires_grad_(False)
    layer(x)


def test_a_first_layer_computes_no_gradient_of_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = pair_of(nn.Conv2d(2, 3, 4, stride=4))[1]
    monkeypatch.setattr(convolution, "_gradient_of_input", unwanted)
    layer(torch.randn(1, 2, 8, 8)).sum().backward()
    assert layer.weight.grad is not None and bool(layer.weight.grad.any())


@pytest.mark.parametrize("layer", [nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 3, dilation=2), nn.Conv1d(4, 4, 3)])
def test_other_convolutions_stay(layer: nn.Module) -> None:
    kind = type(layer)
    set_convolutions(layer, CPU)
    assert type(layer) is kind


def test_another_device_keeps_its_convolutions() -> None:
    layer = nn.Conv2d(2, 3, 3)
    set_convolutions(layer, torch.device("cuda"))
    assert type(layer) is nn.Conv2d


def test_in_bfloat16_the_gradients_are_as_exact_as_torchs() -> None:
    torch.manual_seed(0)
    exact, by_product = pair_of(nn.Conv2d(32, 48, 3, padding=1))
    x, of_output = torch.randn(16, 32, 4, 4), torch.randn(16, 48, 4, 4).bfloat16()
    expected = gradients(exact, x, of_output.float())

    def error(layer: nn.Conv2d) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            found = gradients(layer, x, of_output)
        assert [part.dtype for part in found] == [torch.bfloat16, *3 * [torch.float32]]
        norms = [(one - other).norm() / other.norm() for one, other in zip(found, expected, strict=True)]
        return torch.stack(norms)

    assert is_by_product(by_product, x)
    assert bool((error(by_product) <= 1.2 * error(exact) + 1e-4).all())


def test_a_network_keeps_names_weights_and_file(folders: dict[str, Path], tmp_path: Path) -> None:
    unet = load_small(folders["v_prediction"]).pipeline.unet
    before = {name: value.clone() for name, value in unet.state_dict().items()}
    set_convolutions(unet, CPU)
    assert any(type(layer) is ProductConv2d for layer in copy.deepcopy(unet).modules())
    unet.save_pretrained(tmp_path)
    again = type(unet).from_pretrained(tmp_path)
    assert not any(type(layer) is ProductConv2d for layer in again.modules())
    for state in (unet.state_dict(), again.state_dict()):
        torch.testing.assert_close(dict(state), before, rtol=0, atol=0)


def test_unfold_windows_shows_the_kernel_its_window() -> None:
    x = torch.arange(2 * 3 * 5 * 6.0).reshape(2, 3, 5, 6)
    windows = unfold_windows(x, (3, 2), (2, 3), (1, 0))
    expected = nn.functional.unfold(x, (3, 2), padding=(1, 0), stride=(2, 3))  # [B, C · kh · kw, places]
    expected = expected.unflatten(1, (3, 6)).permute(0, 3, 2, 1).flatten(2).flatten(0, 1)
    assert torch.equal(windows, expected)
