"""B3a: the numbers of the study, checked."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.page.inputs import Estimate, Metrics


@dataclass(frozen=True)
class Row:
    """One accuracy and its trivial baseline on the same pictures."""

    label: str
    ours: Estimate
    baseline: Estimate | None  # 1-nearest neighbour on pixels, or the nearest mean picture
    lead: Estimate | None  # ours less the baseline's, paired
    drawings: int


@dataclass(frozen=True)
class Things:
    """Things read among the words of all things."""

    row: Row
    acc5: float
    things: int


@dataclass(frozen=True)
class Numbers:
    """metrics/zeroshot_accuracy.json, checked."""

    labelled: Row
    acc5: float
    recall: float
    classes: int
    clip_score: Estimate
    wordings: dict[str, Estimate]
    changes: dict[str, Estimate]  # of each wording against the reported one, paired
    candidates: int
    all_things: Things
    unseen_things: Things
    scenes: Row
    pairs: int
    without_thing: Estimate
    naming: Estimate  # what naming the thing adds to the scene's accuracy, paired
    rows: list[Row]  # of the table, the artists' own among them


def read(metrics: Metrics) -> Numbers:
    """The numbers of the study."""

    def share(*keys: str, last: str = "acc1") -> Estimate:
        metrics.fraction(*keys, last)
        return metrics.estimate((*keys, last), keys, (*keys, "n"))

    def moved(*keys: str) -> Estimate:
        return metrics.estimate((*keys, "mean"), keys)

    def row(label: str, *keys: str, baseline: str = "baseline_1nn", last: str = "acc1") -> Row:
        has = baseline in metrics.names(*keys)
        return Row(
            label,
            share(*keys, last=last),
            share(*keys, baseline) if has else None,
            moved(*keys, baseline, "lead") if has else None,
            metrics.count(*keys, "drawings"),
        )

    def artists(label: str, *keys: str) -> list[Row]:
        if "by_style" not in metrics.names(*keys):
            return []
        has = "baseline_1nn" in metrics.names(*keys)
        return [
            Row(
                f"{label}, {name} alone",
                share(*keys, "by_style", name),
                share(*keys, "baseline_1nn", "by_style", name) if has else None,
                None,
                metrics.count(*keys, "by_style", name, "drawings"),
            )
            for name in metrics.names(*keys, "by_style")
        ]

    def things(label: str, key: str) -> Things:
        return Things(row(label, key), metrics.fraction(key, "acc5"), metrics.count(key, "things"))

    classes = metrics.count("classes")
    labelled = row(f"{classes} classes, labelled pictures")
    all_things = things("all things, held-out artists", "all_things")
    unseen = things("ten things held out of everything", "unseen_things")
    white = [
        ("the same things, drawings on white", ("on_white", "all_things")),
        ("classes of the set, drawings on white", ("on_white", "classes")),
    ]
    scenes = row("scene of held-out pairs", "unseen_pairs", baseline="baseline_mean_picture", last="scene_accuracy")
    return Numbers(
        labelled=labelled,
        acc5=metrics.fraction("acc5"),
        recall=metrics.fraction("mean_per_class_recall"),
        classes=classes,
        clip_score=metrics.estimate(("clip_score", "mean"), ("clip_score",), ("clip_score", "n")),
        wordings={name: share("wordings", name) for name in metrics.names("wordings")},
        changes={name: moved("wordings", name, "change") for name in metrics.names("wordings")},
        candidates=metrics.count("candidates"),
        all_things=all_things,
        unseen_things=unseen,
        scenes=scenes,
        pairs=metrics.count("unseen_pairs", "pairs"),
        without_thing=share("unseen_pairs", "without_thing"),
        naming=moved("unseen_pairs", "naming"),
        rows=[
            labelled,
            *artists("labelled pictures"),
            all_things.row,
            *artists("all things", "all_things"),
            *(part for label, keys in white for part in (row(label, *keys), *artists(label, *keys))),
            unseen.row,
            scenes,
        ],
    )
