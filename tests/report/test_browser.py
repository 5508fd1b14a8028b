"""The page in a real browser: it lays out, enlarges a figure, and stays within a phone's width."""

from __future__ import annotations

from pathlib import Path

import pytest

from rediffuse.report.params import Params
from rediffuse.report.render import render
from tests.support.browser import BROWSER, seen_on_a_phone

# Runs in the page, and tells the page around it what it saw.
PROBE = """
<script>
addEventListener("load", () => {
  const seen = {};
  seen.images = [...document.images].filter((image) => image.naturalWidth > 0).length;
  seen.overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const viewer = document.getElementById("viewer");
  document.querySelector("button.enlarge").click();
  seen.opened = viewer.open && viewer.querySelectorAll(".stage img").length;
  const second = document.querySelectorAll("button.enlarge")[1].closest("figure");
  viewer.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"}));
  seen.next = viewer.querySelector("p").textContent === second.querySelector("figcaption").textContent;
  viewer.close();
  seen.closed = !viewer.open;
  parent.postMessage(Object.values(seen).join(" "), "*");
});
</script>
"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on this machine")
def test_in_a_browser(drawn: Path, tmp_path: Path) -> None:
    page = render(Params(title="A title", author="", note=""), drawn)
    pictures = page.count("<img ")
    assert seen_on_a_phone(page, PROBE, tmp_path) == f"{pictures} 0 1 true true"
