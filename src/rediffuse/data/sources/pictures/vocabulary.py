"""The things that the pictures show, named once for all ten sets of drawings.

The sets name the same thing differently and in different detail (``cat-face``, ``cat``, ``catside``). The
table has a line for each thing: the words of its captions, and which drawings of each set show it.
Left out are flags, skin tones, letters, clocks, most symbols and all but the plainest faces.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rediffuse.data.sources.pictures.drawings import artist_sets


@dataclass(frozen=True)
class Thing:
    """One thing.

    Attributes:
        name: lower-case words.
        kind: animals, plants, food, activities, objects, places, people, faces or signs.
        article: what stands before the name in a caption; empty before plurals, masses and proper names.
        drawings: for each style that has it, one or two drawings by name.
    """

    name: str
    kind: str
    article: str
    drawings: dict[str, list[str]]

    @property
    def noun(self) -> str:
        """The name with its article: ``a cat``, ``an elephant``, ``scissors``."""
        return f"{self.article} {self.name}".lstrip()


@cache
def vocabulary() -> tuple[Thing, ...]:
    """All things; a thing's place here is its index everywhere."""
    rows = json.loads(Path(__file__).with_name("vocabulary.json").read_text(encoding="utf-8"))
    styles = [artist.style for artist in artist_sets()]
    things = []
    for row in rows:
        otherwise, lacking = row.get("named_otherwise", {}), row.get("lacking", ())
        drawings = {style: otherwise.get(style, row["drawings"]) for style in styles if style not in lacking}
        things.append(Thing(row["thing"], row["kind"], row["article"], drawings))
    return tuple(things)
