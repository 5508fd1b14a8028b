"""A slider over frames: what it reads, what stands in the page, and what it does in a real browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rediffuse.page.inputs import Inputs
from rediffuse.page.study import Scrubber
from rediffuse.pipeline.errors import InputError
from rediffuse.report.render import TEMPLATES, _environment
from tests.support.browser import BROWSER, seen_on_a_phone

STAGE = "any_stage"
NUMBERS = ("10", "2", "1.5", "7.5", "00")

PROBE = """
<script>
addEventListener("load", () => {
  const slider = document.querySelector("figure.scrubber input");
  const shown = () => {
    const frames = [...document.querySelectorAll("figure.scrubber .frame img")].filter((one) => one.offsetParent);
    return `${frames.map((one) => one.alt)}|${document.querySelector("output").value}|${slider.ariaValueText}`;
  };
  const seen = [shown()];
  slider.focus();
  seen.push(document.activeElement === slider && slider.offsetHeight > 40 && slider.labels[0].textContent);
  slider.stepUp();
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  seen.push(shown());
  slider.value = "0";
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  seen.push(shown());
  document.querySelector("button.enlarge").click();
  seen.push(document.querySelector("#viewer .stage img").alt);
  seen.push(document.documentElement.scrollWidth - document.documentElement.clientWidth);
  parent.postMessage(seen.join(" / "), "*");
});
</script>
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / "plots" / STAGE / "frames"
    folder.mkdir(parents=True)
    for number in NUMBERS:
        pixels = np.full((40, 900, 3), int(20 * float(number)), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return tmp_path / "run"


def scrubber(root: Path) -> Scrubber:
    frames = Inputs(root).frames(STAGE)
    values = tuple(f"s = {frame.number:g}" for frame in frames)
    pictures = tuple(frame.picture for frame in frames)
    return Scrubber("any", "scale <s>", pictures, values, 'A "strip"', "What is seen.")


def page_of(item: Scrubber) -> str:
    environment = _environment()
    figure = environment.from_string('{% from "parts.html" import scrubber %}{{ scrubber(item) }}').render(item=item)
    style, script = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    viewer = '<dialog id="viewer"><div class="stage"></div><p></p></dialog>'
    return f"<!DOCTYPE html><style>{style}</style><body>{figure}{viewer}<script>{script}</script></body>"


def test_frames_are_read_in_the_order_of_their_numbers(root: Path) -> None:
    frames = Inputs(root).frames(STAGE)
    assert [frame.number for frame in frames] == [0, 1.5, 2, 7.5, 10]
    assert frames[3].picture == Inputs(root).picture(STAGE, "frames/7.5.png")


def test_without_a_script_the_middle_frame_stands_alone(root: Path) -> None:
    page = page_of(scrubber(root))
    images = [line for line in page.splitlines() if "<img " in line]
    assert [" hidden" in line for line in images] == [True, True, False, True, True]
    assert "s = 2" in images[2] and '<div class="slider" hidden>' in page
    assert "scale &lt;s&gt;" in page and "A &#34;strip&#34;" in page


@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on this machine")
def test_the_slider_changes_the_frame_and_its_text(root: Path, tmp_path: Path) -> None:
    seen = seen_on_a_phone(page_of(scrubber(root)), PROBE, tmp_path).split(" / ")
    told = [f'A "strip": s = {value}|s = {value}|s = {value}' for value in ("2", "7.5", "0")]
    assert seen == [told[0], "scale &lt;s&gt;", *told[1:], 'A "strip": s = 0', "0"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: [path.unlink() for path in folder.iterdir()], "or no PNG in it; run the stage any_stage"),
        (lambda folder: (folder / "2.png").rename(folder / "two.png"), "found 'two' as the name of a frame"),
        (lambda folder: (folder / "2.png").write_bytes(b"no picture"), "bytes that are no PNG"),
        (
            lambda folder: Image.new("RGB", (900, 41)).save(folder / "10.png"),
            "frame 10 has 900×41 pixels, expected 900×40",
        ),
    ],
)
def test_bad_frames_are_told_in_one_line(change: object, message: str, root: Path) -> None:
    assert callable(change)
    change(root / "plots" / STAGE / "frames")
    with pytest.raises(InputError, match=message) as error:
        Inputs(root).frames(STAGE)
    assert "\n" not in str(error.value)


def test_each_frame_has_its_value(root: Path) -> None:
    good = scrubber(root)
    with pytest.raises(ValueError, match="found 5 frames and 4 values"):
        Scrubber("any", good.label, good.frames, good.values[1:], "", "")
