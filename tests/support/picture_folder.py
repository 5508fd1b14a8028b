"""A folder as fetch_pictures writes it."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.pipeline.arrays import save_arrays


def write_pictures(folder: Path, pictures: PictureSet) -> None:
    folder.mkdir(parents=True)
    rgba = pictures.rgba.permute(0, 2, 3, 1).numpy()
    rows = {"thing": pictures.thing.short().numpy(), "style": pictures.style.short().numpy()}
    save_arrays(folder / "drawings.npz", {"rgba": rgba, **rows})
    sides = {side: part.permute(0, 1, 3, 4, 2).numpy() for side, part in pictures.backgrounds.items()}
    save_arrays(folder / "backgrounds.npz", dict(sides))
    held = pictures.held_out
    told = {
        "things": pictures.things,
        "nouns": pictures.nouns,
        "styles": pictures.styles,
        "scenes": SCENES,
        "classes": pictures.classes,
        "animals": pictures.animals,
        "held_out": {
            "styles": {who: [pictures.styles[index] for index in styles] for who, styles in held.styles.items()},
            "things": [pictures.things[index] for index in held.things - held.showing],
            "showing": [pictures.things[index] for index in held.showing],
            "pairs": [[pictures.things[thing], SCENES[scene]] for thing, scene in sorted(held.pairs)],
        },
    }
    (folder / "pictures.json").write_text(json.dumps(told))
    Image.new("RGB", (224, 224), (200, 150, 90)).save(folder / "cat.png")
