"""The page in a real browser: it lays out, enlarges a figure, and stays within a phone's width."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rediffuse.params.report import Params
from rediffuse.report.page import render

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

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
  viewer.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"}));
  seen.next = viewer.querySelector("p").textContent === document.querySelectorAll("figcaption")[1].textContent;
  viewer.close();
  seen.closed = !viewer.open;
  parent.postMessage(Object.values(seen).join(" "), "*");
});
</script>
"""

# A headless window is never narrower than 500 pixels, a frame can be; --dump-dom prints the title.
PHONE = """<!DOCTYPE html><title>nothing</title>
<script>addEventListener("message", (event) => { document.title = event.data; });</script>
<iframe src="index.html" style="border: 0; width: 360px; height: 800px"></iframe>
"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on this machine")
def test_in_a_browser(drawn: Path, tmp_path: Path) -> None:
    page = render(Params(title="A title", author="", note=""), drawn)
    pictures = page.count("<img ")
    (tmp_path / "index.html").write_text(page.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    (tmp_path / "phone.html").write_text(PHONE, encoding="utf-8")
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000", "--dump-dom",
         (tmp_path / "phone.html").as_uri()],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title is not None
    assert title[1] == f"{pictures} 0 1 true true"
