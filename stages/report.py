"""Bind the studies into one page that needs no network: report/index.html."""

from __future__ import annotations

from pathlib import Path

from rediffuse import stage
from rediffuse.params.report import Params
from rediffuse.report import page


def main(params: Params) -> None:
    """Read the measuring stages' metrics and plots, write the page, tell where it lies."""
    html = page.render(params, Path())
    out = Path("report/index.html")
    with stage.new_file(out) as part:
        part.write_text(html, encoding="utf-8", newline="\n")
    print(f"report: {out.resolve()}")


if __name__ == "__main__":
    stage.run("report", Params, main)
