"""Study A6: an attribute changed by steering the latents, over many things and scales."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation.edges import edge_f1, edges
from rediffuse.evaluation.prompts import ANY_STYLE, Prompts, prompt_text
from rediffuse.evaluation.verdicts import judged
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import SceneName
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.a6_edit_attribute.editing import edit_latents, encode_edit
from rediffuse.studies.a6_edit_attribute.params import Params

STUDY = "edit_attribute"


@dataclass(frozen=True, eq=False)
class Edited:
    """N pictures under S ways to edit them, as the judge reads them.

    Attributes:
        thing: int64 [N], index into the picture set's things.
        images: uint8 [S, N, 3, H, W].
        scene: whether a source shows the scene that it was asked for, bool [N].
        known: whether a source shows its thing, bool [N].
        changed: whether the target's scene is read, bool [S, N].
        kept: whether the thing is read as asked for, as it was in the source, bool [S, N].
        edges: F1 of the edges against those of the source, float32 [S, N].
    """

    thing: Tensor
    images: Tensor
    scene: Tensor
    known: Tensor
    changed: Tensor
    kept: Tensor
    edges: Tensor

    @property
    def right(self) -> Tensor:
        """Sources that show thing and scene: only these can be changed. bool [N]."""
        return self.scene & self.known


@dataclass(frozen=True, eq=False)
class EditResult:
    """What the study measured.

    Attributes:
        scales: s of the rows of ``edited``, the first 0.
        best: place of the scale that was chosen by ``choosing``.
        equal: place of the first scale that on ``choosing`` changes the scene as often as drawing anew does there; the
            last where none does.
        edited: pictures of which is reported.
        redrawn: the same noises drawn from the target's prompts; S is 1.
        random_pair: F1 of the edges of each source and that of another thing, float32 [N].
        strip: uint8 [S, M, 3, H, W], the pictures of the strip's prompts.
    """

    scales: tuple[float, ...]
    best: int
    equal: int
    edited: Edited
    redrawn: Edited
    choosing: Edited
    random_pair: Tensor
    strip: Tensor


def run_edit(model: TextToImage, judge: PictureJudge, pictures: PictureSet, params: Params) -> EditResult:
    """Draw all sources, edit each under every scale, and read them.

    Raises:
        InputError: fewer things than asked for were learned on both scenes, or a prompt is too long.
    """
    model.check_texts([params.strip.source, params.strip.target])  # before the work of minutes
    scales, things = (0.0, *params.scales), both_scenes(pictures, params)
    choosing = _edit(model, judge, pictures, params, things.repeat(params.choosing_per_thing), "choosing")
    edited = _edit(model, judge, pictures, params, things.repeat(params.pictures_per_thing), "edited")
    source = edges(edited.images[0])
    return EditResult(
        scales,
        choose_scale(choosing),
        equal_scale(choosing, _redraw(model, judge, pictures, params, choosing, "choosing")),
        edited,
        _redraw(model, judge, pictures, params, edited, "edited"),
        choosing,
        edge_f1(source.roll(1, 0), source),
        _strip(model, params, scales),
    )


def both_scenes(pictures: PictureSet, params: Params) -> Tensor:
    """The first things that were learned on the source's scene and on the target's, int64 [params.things]."""
    learned = torch.tensor(known_things(pictures, params.model, params.words.things))
    wanted = [SCENES.index(params.source_scene), SCENES.index(params.target_scene)]
    found = learned[pictures.allowed_scenes[learned][:, wanted].all(1)]
    if len(found) < params.things:
        raise InputError(f"{STUDY}.things: found {params.things}, only {len(found)} were learned on both scenes")
    return found[: params.things]


def asked(pictures: PictureSet, thing: Tensor, scene: SceneName, params: Params) -> Prompts:
    """The prompts of things on a scene, in no style."""
    place = SCENES.index(scene)
    texts = tuple(prompt_text(pictures, one, place, ANY_STYLE, params.words) for one in thing.tolist())
    return Prompts(texts, thing, torch.full_like(thing, place), torch.full_like(thing, ANY_STYLE))


def _edit(
    model: TextToImage, judge: PictureJudge, pictures: PictureSet, params: Params, thing: Tensor, part: str
) -> Edited:
    texts = [asked(pictures, thing, scene, params).texts for scene in (params.source_scene, params.target_scene)]
    x_T = model.noise(params.seed, f"{STUDY}/{part}", range(len(thing)))
    scales = (0.0, *params.scales)
    latents = edit_latents(model, encode_edit(model, *texts), x_T, scales, params.drawing, params.warmup_steps, part)
    images = model.decode(latents.flatten(0, 1)).unflatten(0, latents.shape[:2])
    return _read(judge, pictures, params, thing, images, images[0])


def _redraw(
    model: TextToImage, judge: PictureJudge, pictures: PictureSet, params: Params, edited: Edited, part: str
) -> Edited:
    """What is drawn where nothing is edited: the target's prompts, from the noises of the sources."""
    texts = asked(pictures, edited.thing, params.target_scene, params).texts
    states = model.text_states([*texts, ""])
    x_T = model.noise(params.seed, f"{STUDY}/{part}", range(len(texts)))
    images = model.draw(states[:-1], states[-1:].expand(len(texts), -1, -1), x_T, params.drawing, "redrawn")
    return _read(judge, pictures, params, edited.thing, images[None], edited.images[0])


def _read(
    judge: PictureJudge, pictures: PictureSet, params: Params, thing: Tensor, images: Tensor, sources: Tensor
) -> Edited:
    before = judged(judge, pictures, sources, asked(pictures, thing, params.source_scene, params))
    target, edge = asked(pictures, thing, params.target_scene, params), edges(sources)
    after = [judged(judge, pictures, rows, target) for rows in images]
    return Edited(
        thing,
        images,
        scene=before.scene,
        known=before.thing,
        changed=torch.stack([verdict.scene for verdict in after]),
        kept=torch.stack([verdict.thing & before.thing for verdict in after]),
        edges=torch.stack([edge_f1(edges(rows), edge) for rows in images]),
    )


def _strip(model: TextToImage, params: Params, scales: tuple[float, ...]) -> Tensor:
    count = params.strip.pictures
    edit = encode_edit(model, [params.strip.source] * count, [params.strip.target] * count)
    x_T = model.noise(params.seed, f"{STUDY}/strip", range(count))
    latents = edit_latents(model, edit, x_T, scales, params.drawing, params.warmup_steps, "strip")
    return model.decode(latents.flatten(0, 1)).unflatten(0, latents.shape[:2])


def choose_scale(choosing: Edited) -> int:
    """The place of the scale above 0 that changes the scene and keeps the thing oftenest; the least of equals.

    Only right sources count, or all where none is right.
    """
    rows = _right_or_all(choosing)
    both = (choosing.changed & choosing.kept)[1:, rows].float().mean(1)
    return 1 + int(torch.nonzero(both == both.max())[0])


def equal_scale(choosing: Edited, redrawn: Edited) -> int:
    """The place of the least scale above 0 that changes the scene as often as drawing anew, else of the largest."""
    rows = _right_or_all(choosing)
    changed = choosing.changed[:, rows].sum(1) >= redrawn.changed[0, rows].sum()
    reached = torch.nonzero(changed[1:]).flatten().tolist()
    return 1 + reached[0] if reached else len(changed) - 1


def _right_or_all(choosing: Edited) -> Tensor:
    """The right sources, or all where none is right, bool [N]."""
    return choosing.right if choosing.right.any() else torch.ones_like(choosing.right)


def examples(result: EditResult, count: int, seed: int) -> list[int]:
    """At most ``count`` pictures of different things, drawn by chance among the right sources, or among all."""
    rows = torch.nonzero(result.edited.right).flatten()
    rows = rows if len(rows) else torch.arange(len(result.edited.thing))
    shuffled = rows[torch.randperm(len(rows), generator=generator(seed, f"{STUDY}/examples", 0))].tolist()
    first = {int(result.edited.thing[row]): row for row in reversed(shuffled)}
    return sorted(sorted(first.values(), key=shuffled.index)[:count])
