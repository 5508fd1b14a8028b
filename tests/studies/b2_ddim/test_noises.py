"""Noises of users: any dense float tensor of a noise is read, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b2_ddim.noises import read_noises, write_noises

SHAPE = (1, 8, 8)
NOISE = torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(0))
ONE = NOISE[1][None]


def read_with(content: object, folder: Path) -> Tensor:
    write_noises(folder / "noises", NOISE)
    torch.save(content, folder / "noises" / "01.pt")
    return read_noises(folder / "noises", SHAPE)


@pytest.mark.parametrize(
    ("content", "tolerance"),
    [
        (torch.nn.Parameter(ONE), 0),
        (ONE.clone().requires_grad_(), 0),
        (ONE[0], 0),
        (ONE.double(), 0),
        (ONE.half(), 2e-3),
        (ONE.bfloat16(), 2e-2),
        (ONE.to(torch.float8_e4m3fn), 0.2),
        (ONE.transpose(2, 3).contiguous().transpose(2, 3), 0),
    ],
)
def test_the_noise_is_read_as_plain_float32(content: Tensor, tolerance: float, tmp_path: Path) -> None:
    found = read_with(content, tmp_path)
    assert found.dtype == torch.float32 and not found.requires_grad and type(found[1]) is Tensor
    torch.testing.assert_close(found[1], NOISE[1], rtol=0, atol=tolerance)
    found.numpy()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: torch.zeros(1, *SHAPE), "found numbers up to 0, expected a sample of the standard normal"),
        (lambda: -NOISE[0], "found the opposite of 00.pt"),
        (lambda: -3 * NOISE[0], "found the opposite of 00.pt"),
        (ONE.to_sparse, "sparse, nested, quantized or without data"),
        (ONE[0, 0].to_sparse_csr, "sparse, nested, quantized or without data"),
        (lambda: ONE.to("meta"), "sparse, nested, quantized or without data"),
        (lambda: torch.nested.nested_tensor([NOISE[0], NOISE[1]]), "sparse, nested, quantized or without data"),
        (lambda: torch.quantize_per_tensor(ONE, 0.1, 0, torch.qint8), "sparse, nested, quantized or without data"),
        (lambda: ONE.double() * 1e300, "expected finite floats"),
        (lambda: ONE * torch.nan, "expected finite floats"),
        (lambda: ONE.to(torch.complex64), "expected finite floats"),
        (lambda: ONE > 0, "expected finite floats"),
        (lambda: ONE * 1e30, "expected a sample of the standard normal"),
        (lambda: ONE * 1e-30, "expected a sample of the standard normal"),
        (lambda: torch.empty(0), "found a tensor of shape [0]"),
        (lambda: torch.tensor(1.0), "found a tensor of shape []"),
        (lambda: [ONE], "found list"),
        (lambda: {"noise": ONE}, "found dict"),
        (lambda: None, "found NoneType"),
    ],
)
def test_what_is_no_noise_is_told_in_one_line(make: Callable[[], object], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_with(make(), tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "noises" / "01.pt")) and said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.write_bytes(b"PK\x03\x04")])
def test_what_is_no_file_of_a_tensor(make: Callable[[Path], object], tmp_path: Path) -> None:
    write_noises(tmp_path / "noises", NOISE)
    (tmp_path / "noises" / "00.pt").unlink()
    make(tmp_path / "noises" / "00.pt")
    with pytest.raises(InputError, match=r"00\.pt: (found a|not readable as a tensor)"):
        read_noises(tmp_path / "noises", SHAPE)
