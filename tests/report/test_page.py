"""The page: whole, self-contained, escaped, and equal to the metrics in every number."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rediffuse.plotting.figures import write_strip
from rediffuse.report.params import Params
from rediffuse.report.render import render
from rediffuse.report.sections.registry import STUDIES
from tests.studies.b2_ddim.synthetic import face_metrics

HOSTILE = '<script>alert("x")</script>&\'"</title><img src=x onerror=alert(1)>'
VOID = {"meta", "link", "img", "br", "hr", "input"}
PLAIN = Params(title="A title", author="", note="")


class Reader(HTMLParser):
    """Collects what the tests ask of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(drawn: Path) -> str:
    return render(PLAIN, drawn)


@pytest.fixture(scope="module")
def reader(page: str) -> Reader:
    return Reader(page)


def scalars(content: Any) -> Iterator[float]:
    for value in content.values():
        if isinstance(value, dict):
            yield from scalars(value)
        else:
            yield value


def test_every_tag_is_closed_and_every_id_is_single(reader: Reader) -> None:
    assert reader.open == []
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_anchors_resolve(reader: Reader) -> None:
    ids = {attrs.get("id") for _, attrs in reader.tags}
    anchors = [href[1:] for attrs in reader.all("a") if (href := attrs["href"] or "").startswith("#")]
    assert len(anchors) > 10
    assert set(anchors) <= ids
    labels = {attrs["aria-labelledby"] for _, attrs in reader.tags if "aria-labelledby" in attrs}
    assert labels <= ids


def test_nothing_comes_from_the_network(page: str, reader: Reader) -> None:
    for tag, attrs in reader.tags:
        for name in ("src", "srcset", "data", "action", "poster"):
            assert (attrs.get(name) or "data:").startswith("data:"), (tag, name)
        if tag != "a":
            assert (attrs.get("href") or "data:").startswith("data:"), tag
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style and "@import" not in style
    assert page.count("http") == sum(1 for attrs in reader.all("a") if (attrs["href"] or "").startswith("https://")) + (
        page.count("http-equiv") + style.count("http")
    )


def test_images_are_the_files_and_have_words(drawn: Path, reader: Reader) -> None:
    files = {path.read_bytes() for path in drawn.glob("plots/**/*.png")}
    shown = [
        base64.b64decode((attrs["src"] or "").removeprefix("data:image/png;base64,")) for attrs in reader.all("img")
    ]
    assert set(shown) == files
    for attrs in reader.all("img"):
        assert len(attrs["alt"] or "") > 20
        assert int(attrs["width"] or 0) > 0 and int(attrs["height"] or 0) > 0
    assert len(reader.all("caption")) == len(reader.all("table")) > 4


def test_every_study_has_its_strip_beside_its_headline(page: str, drawn: Path) -> None:
    briefs = page[page.index('<section id="summary"') : page.index("</section>")].split('<div class="brief">')[1:]
    assert len(briefs) == len(STUDIES)
    for study, brief in zip(STUDIES, briefs, strict=True):
        (image,) = Reader(brief.split("<dl")[0]).all("img")
        content = (drawn / "plots" / study.stages[-1] / "summary.png").read_bytes()
        assert base64.b64decode((image["src"] or "").partition(",")[2]) == content
        assert (image["alt"] or "").startswith(f"{study.strip.alt}: {study.number} <new0>, {study.number} <new1>")
        assert study.strip.caption.endswith(".") and "Enlarged 8 times, bicubic." in brief
    assert "<new0>" not in page and "&lt;new0&gt;" in page


def test_a_sheet_says_how_its_pixels_are_enlarged_and_a_plot_does_not(reader: Reader, page: str) -> None:
    assert page.count("Enlarged 3 times, pixels repeated.") > 20
    assert "Shaded: 95 % interval.</figcaption>" in page
    kinds = {attrs["data-kind"] for attrs in reader.all("button") if "data-kind" in attrs}
    assert kinds <= {"grid", "plot", "smooth"}


def test_headings_do_not_skip_a_level(reader: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in reader.tags if tag in {"h1", "h2", "h3", "h4"}]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_number_of_the_metrics_is_shown(drawn: Path, page: str, reader: Reader) -> None:
    shown = {float(attrs["value"] or "nan") for attrs in reader.all("data")}
    for path in sorted((drawn / "metrics").rglob("*.json")):
        values = list(scalars(json.loads(path.read_text())))
        words = [value for value in values if isinstance(value, str)]
        assert all(word in page for word in words), path.name
        missing = [value for value in values if not isinstance(value, str) and float(value) not in shown]
        assert missing == [], path.name


def test_size(page: str) -> None:
    assert len(page.encode()) < 8e6


def test_same_inputs_same_page(page: str, drawn: Path) -> None:
    assert render(PLAIN, drawn) == page


def test_hostile_words_are_escaped(run_folder: Path, rewrite: Any, digits: dict, ddim: dict) -> None:
    rewrite(json.loads(json.dumps(digits).replace("street", "<b>set")), ddim)
    image = np.zeros((1, 3, 8, 8), np.uint8)
    write_strip(run_folder / "plots" / "personalize" / "summary.png", image, [HOSTILE])
    for path in sorted((run_folder / "plots").glob("*/*street.png")):
        path.rename(path.with_name(path.name.replace("street", "<b>set")))
    page = render(Params(title=HOSTILE, author=HOSTILE, note=HOSTILE), run_folder)
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>set" not in page
    assert "&lt;script&gt;alert" in page and "&lt;b&gt;set" in page
    assert Reader(page).open == []


def test_another_set_by_its_name(run_folder: Path, rewrite: Any, digits: dict, ddim: dict) -> None:
    rewrite(json.loads(json.dumps(digits).replace("street", "svhn")), ddim)
    for path in sorted((run_folder / "plots").glob("*/*street.png")):
        path.rename(path.with_name(path.name.replace("street", "svhn")))
    page = render(PLAIN, run_folder)
    assert "Street" not in page and "stand in for" not in page
    assert "house numbers cut out of photographs" in page


def test_a_second_subject_is_iterated(run_folder: Path, rewrite: Any, digits: dict, ddim: dict) -> None:
    rewrite(digits, ddim | {"faces": face_metrics()})
    page = render(PLAIN, run_folder)
    assert "<h4>Digits: η</h4>" in page and "<h4>Faces: η</h4>" in page
    assert "Faces: at η = 0 a second run from the same noise gives the same image." in page


def test_misread_samples_may_be_none(run_folder: Path) -> None:
    (run_folder / "plots" / "evaluate_digits" / "misread_street.png").unlink()
    assert "Misclassified" not in render(PLAIN, run_folder)


def test_author_and_note_are_shown_where_there_are_any(page: str, drawn: Path) -> None:
    assert 'class="author"' not in page and 'class="note"' not in page
    said = render(Params(title="T", author="Ada", note="Half the data."), drawn)
    assert ">Ada<" in said and ">Half the data.<" in said
