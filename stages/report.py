"""Bind the studies into one page that needs no network: report/index.html."""

from __future__ import annotations

from pathlib import Path

from rediffuse.pipeline import stage
from rediffuse.pipeline.text import as_shown
from rediffuse.report.params import Params
from rediffuse.report.render import render


def main(params: Params) -> None:
    """Read the measuring stages' metrics and plots, write the page, tell where it lies."""
    html = render(params, Path())
    out = Path("report/index.html")
    with stage.new_file(out) as part:
        part.write_text(html, encoding="utf-8", errors="xmlcharrefreplace", newline="\n")
    print(f"report: {as_shown(str(out.resolve()))}")


if __name__ == "__main__":
    stage.run("report", Params, main)
