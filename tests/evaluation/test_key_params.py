"""A number that passes is read back from its key, also after the metrics have rounded it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediffuse.evaluation.intervals import rounded
from rediffuse.evaluation.key_params import check_key
from rediffuse.studies.a7_sweep_guidance.study import scale_key
from rediffuse.studies.b1_conditional_ddpm.metrics import scale_of
from rediffuse.studies.b2_ddim.measures import eta_key
from rediffuse.studies.b2_ddim.metrics import eta_of

NUMBERS = st.floats(0, 1e7) | st.integers(0, 10**7).map(lambda whole: whole / 10**6) | st.integers(0, 10**7).map(float)


@given(NUMBERS)
def test_a_number_that_passes_is_read_back_from_its_key(number: float) -> None:
    try:
        check_key(number)
    except ValueError:
        return
    assert float(f"{number:g}") == number == rounded({"number": number})["number"]
    assert scale_of(scale_key(number)) == number
    if number <= 1:
        assert eta_of(eta_key(number)) == number


@pytest.mark.parametrize("number", [0, 0.0001, 0.012345, 0.25, 1, 1.5, 3.33333, 50, 999999.0])
def test_numbers_that_people_write_pass(number: float) -> None:
    assert check_key(number) == number


@pytest.mark.parametrize("number", [1e-5, 0.0123456, 0.0001234, 3.3333333, 1e6, 1 / 3, -0.0, -1])
def test_a_number_that_its_key_does_not_hold(number: float) -> None:
    with pytest.raises(ValueError, match="a number that names a metric must be 0, or from"):
        check_key(number)
