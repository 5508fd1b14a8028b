"""A page in a real browser, without a network."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

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

# A headless window is never narrower than 500 pixels, a frame can be; --dump-dom prints the title.
PHONE = """<!DOCTYPE html><title>nothing</title>
<script>addEventListener("message", (event) => { document.title = event.data; });</script>
<iframe src="index.html" style="border: 0; width: 360px; height: 800px"></iframe>
"""


def seen_on_a_phone(page: str, probe: str, folder: Path) -> str:
    """What ``probe``, a script in the page, posts to the window around it."""
    (folder / "index.html").write_text(page.replace("</body>", probe + "</body>"), encoding="utf-8")
    (folder / "phone.html").write_text(PHONE, encoding="utf-8")
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000", "--dump-dom",
         (folder / "phone.html").as_uri()],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title is not None
    return title[1]
