"""Painted animals: each alone the same, none like another, told apart by what they are and not by their colours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from rediffuse.animals.canvas import Canvas, Ink
from rediffuse.animals.painting import paint, painted
from rediffuse.animals.shapes import ellipse
from rediffuse.data.splits import ANIMALS

Pictures = npt.NDArray[np.float64]
EACH = 120


@pytest.fixture(scope="module")
def pictures() -> dict[str, Pictures]:
    return {name: np.stack(list(painted(name, EACH, 5))).astype(float) / 255 for name in ANIMALS}


def test_more_pictures_leave_the_first_as_they_are(pictures: dict[str, Pictures]) -> None:
    for name in ANIMALS:
        first = np.stack(list(painted(name, 3, 5)))
        assert first.dtype == np.uint8 and first.shape == (3, 64, 64, 4)
        np.testing.assert_array_equal(first, (pictures[name][:3] * 255).round())
        assert (first != np.stack(list(painted(name, 3, 6)))).any(axis=(1, 2, 3)).all(), "another seed"


def test_no_two_are_alike(pictures: dict[str, Pictures]) -> None:
    every = [picture.tobytes() for found in pictures.values() for picture in found]
    assert len(set(every)) == len(every) == EACH * len(ANIMALS)


@settings(max_examples=40, deadline=None)
@given(animal=st.sampled_from(ANIMALS), seed=st.integers(0, 10**6))
def test_an_animal_fills_its_square_and_is_cut_off_nowhere(animal: str, seed: int) -> None:
    alpha = paint(animal, np.random.default_rng(seed), 64)[..., 3]
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert not border.any()
    rows, columns = (np.flatnonzero(alpha.any(axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) >= 54
    assert 0.05 < (alpha > 127).mean() < 0.85


def spread(features: Callable[[Pictures], Pictures], pictures: dict[str, Pictures], names: tuple[str, ...]) -> float:
    """Accuracy of a logistic regression on the second half after learning from the first."""
    x = {name: features(pictures[name]).reshape(EACH, -1) for name in names}
    half = EACH // 2
    model = LogisticRegression(max_iter=500)
    labels = np.repeat(np.arange(len(names)), half)
    model.fit(np.concatenate([x[name][:half] for name in names]), labels)
    return float(model.score(np.concatenate([x[name][half:] for name in names]), labels))


def test_outlines_tell_the_animals_apart(pictures: dict[str, Pictures]) -> None:
    def outlines(found: Pictures) -> Pictures:
        return found[..., 3].reshape(EACH, 16, 4, 16, 4).mean((2, 4))

    assert spread(outlines, pictures, ANIMALS) > 0.6, "where chance gives 0.2"


def test_colours_do_not_tell_cats_dogs_and_horses_apart(pictures: dict[str, Pictures]) -> None:
    def colours(found: Pictures) -> Pictures:
        return (found[..., :3] * found[..., 3:]).sum((1, 2)) / found[..., 3:].sum((1, 2))

    assert spread(colours, pictures, ("cat", "dog", "horse")) < 0.5, "where chance gives 0.33"


def test_edges_keep_their_colour_and_ink_lies_outside() -> None:
    canvas, red = Canvas(), np.array([200.0, 40, 30])
    canvas.add(red, ellipse((0, 0), 1, 0.5))
    plain = canvas.drawn(64, Ink(None, 0))
    assert (plain[plain[..., 3] > 0][:, :3] == red).all()
    assert set(np.unique(plain[..., 3])) > {0, 255}, "soft edges"
    inked = canvas.drawn(64, Ink(np.zeros(3), 0.03))
    inside = (inked[..., :3] == red).all(-1) & (inked[..., 3] == 255)
    outline = (inked[..., :3] == 0).all(-1) & (inked[..., 3] == 255)
    assert np.ptp(np.flatnonzero(inside.any(0))) == pytest.approx(64 * (1 - 2 * (0.03 + 0.03)), abs=2)
    assert np.ptp(np.flatnonzero(inked[..., 3].any(0))) == pytest.approx(64 * (1 - 2 * 0.03), abs=2)
    assert outline.sum() > 100 and not outline[inside.any(1)][:, 31:33].all(), "around it alone"
    unmarked = Canvas()
    unmarked.add(red, ellipse((0, 0), 1, 0.5), outlined=False)
    marked = unmarked.drawn(64, Ink(np.zeros(3), 0.03))
    assert (marked[marked[..., 3] > 0][:, :3] == red).all(), "a mark has no outline"


def test_a_canvas_placed_on_another_is_shrunk_and_moved() -> None:
    face, body = Canvas(), Canvas()
    face.add(np.zeros(3), ellipse((0, 0), 1, 1))
    body.place(face, 0.25, (2, -1))
    np.testing.assert_allclose(body.layers[0].shapes[0], ellipse((2, -1), 0.25, 0.25), atol=1e-12)
