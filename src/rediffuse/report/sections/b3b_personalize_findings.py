"""B3b: what follows from the numbers."""

from __future__ import annotations

from rediffuse.evaluation.metrics import Estimate
from rediffuse.page.shares import paired_difference, paired_points
from rediffuse.page.study import Finding
from rediffuse.page.wording import decimal, difference, direction, interval, listing, percent, with_interval
from rediffuse.studies.b3b_personalization.metrics import Metrics, Way, Word

KINDS = {"thing": "the thing’s word", "style": "the style’s word"}
AS = {"naive": "In one prompt", "composed": "Composed"}
NOT_SHOWN = "so being detected does not show that the style was learned"


def findings(numbers: Metrics) -> list[Finding]:
    """What follows from the numbers, whichever way they fall."""
    words = [_word(kind, numbers.words[kind], numbers) for kind in KINDS]
    return [*words, _kept(numbers), _asked(numbers), _pair(numbers)]


def _word_changes(word: Word) -> dict[str, Estimate]:
    """Learned less initial word, by measure; of shares as the page reads them."""
    shares = {key: paired_difference(word.change[key], word.final[key], word.initial[key]) for key in ("judge", "kept")}
    return {"clip_i": word.change.clip_i, "clip_t": word.change.clip_t, **shares}


def _gains(way: Way) -> dict[str, Estimate]:
    """What the style's word changes in the shares detected, by what is detected."""
    found = {"thing": way.thing_gain, "style": way.style_gain, "both": way.both_gain}
    return {key: paired_difference(gain, way.both[key], way.alone[key]) for key, gain in found.items()}


def _pair_change(numbers: Metrics) -> Estimate:
    """Composed less one prompt, in how often both are detected."""
    return paired_difference(numbers.pair_change, numbers.pair.composed, numbers.pair.naive)


def _word(kind: str, word: Word, numbers: Metrics) -> Finding:
    moved = _word_changes(word)
    verbs = {"CLIP-I": direction(moved["clip_i"]), "the share detected": direction(moved["judge"])}
    seen = "the pictures that it was learned from" if kind == "thing" else "real pictures in the style"
    text = (
        f"CLIP-I, the similarity to {seen}, goes from {decimal(word.initial.clip_i.value, 3)} to "
        f"{decimal(word.final.clip_i.value, 3)}, {_signed(moved['clip_i'])} "
        f"{'noise' if kind == 'thing' else 'object'} by {'noise' if kind == 'thing' else 'object'}. The {kind} is "
        f"detected in {with_interval(word.initial.judge)} of the pictures before and in "
        f"{with_interval(word.final.judge)} after, {paired_points(moved['judge'])}; in real pictures of it in "
        f"{with_interval(word.real)}{'' if word.real.n is None else f', from pictures of {word.real.n} drawings'}."
    )
    if kind == "style":
        beside = {
            1: "the learned word’s share is above this false-positive rate",
            0: f"the learned word’s share is not distinguishable from this false-positive rate, {NOT_SHOWN}",
            -1: f"the learned word’s share is below this false-positive rate, {NOT_SHOWN}",
        }[direction(difference(word.final.judge, numbers.style_false))]
        text += (
            f" The pictures are of {numbers.objects} objects that the word was not learned from. In real pictures by "
            f"other artists the style is detected in {with_interval(numbers.style_false)}; {beside}."
        )
    return Finding(f"Against its initial word, the learned word of the {kind} {_does(verbs)}", text)


def _does(verbs: dict[str, int]) -> str:
    """What a word does to two measures: ``raises A and lowers B``, ``raises A; no change in B is distinguishable``."""
    moved = [f"{'raises' if sign > 0 else 'lowers'} {name}" for name, sign in verbs.items() if sign]
    still = [name for name, sign in verbs.items() if not sign]
    if not moved:
        return f"changes neither {' nor '.join(still)} distinguishably"
    if len({*verbs.values()}) == 1:
        return f"{'raises' if min(verbs.values()) > 0 else 'lowers'} {listing([*verbs])}"
    return listing(moved) + (f"; no change in {still[0]} is distinguishable" if still else "")


def _kept(numbers: Metrics) -> Finding:
    thing, style = (numbers.words[kind] for kind in KINDS)
    moved = {kind: _word_changes(numbers.words[kind])["kept"] for kind in KINDS}
    clip_t = [f"{_signed(word.change.clip_t)} for the {kind}" for kind, word in zip(KINDS, (thing, style), strict=True)]
    beside = {
        1: "the learned word’s share is higher",
        0: "the learned word’s share is not distinguishable from this",
        -1: "the learned word’s share is lower",
    }[direction(difference(style.final.kept, numbers.kept_real))]
    text = (
        f"The judge reads the scene of the thing’s prompts in {with_interval(thing.initial.kept)} of the pictures "
        f"of the initial word and in {with_interval(thing.final.kept)} of those of the learned word: "
        f"{paired_points(moved['thing'])}. It reads scene and object of the style’s prompts in "
        f"{with_interval(style.initial.kept)} and {with_interval(style.final.kept)}: {paired_points(moved['style'])}. "
        f"In real pictures in that style it reads them in {with_interval(numbers.kept_real)}; {beside}."
        f"{_towards(style, numbers)} CLIP-T, the similarity to the prompt without the word, moves by {listing(clip_t)}."
    )
    return Finding(_keeps({kind: direction(found) for kind, found in moved.items()}), text)


def _towards(style: Word, numbers: Metrics) -> str:
    """Say that a fall ends at the level of real pictures, where it does."""
    above, reached = (difference(share, numbers.kept_real) for share in (style.initial.kept, style.final.kept))
    if direction(above) <= 0 or direction(reached) != 0:
        return ""
    return " That of the initial word is above it, so the fall is one towards the level of real pictures."


def _keeps(signs: dict[str, int]) -> str:
    """Which learned word keeps more or less of the rest of the prompt than its initial word."""
    amount = {1: "more", -1: "less"}
    if not any(signs.values()):
        return (
            "Between the learned and the initial words no difference in how often the rest of the prompt is kept is "
            "distinguishable"
        )
    if signs["thing"] == signs["style"]:
        return (
            f"The learned words of the thing and the style keep {amount[signs['thing']]} of the rest of the prompt "
            "than their initial words"
        )
    first, other = sorted(signs, key=lambda kind: signs[kind] if signs[kind] else 2)
    rest = f"that of the {other} keeps more" if signs[other] else f"for the {other} no difference is distinguishable"
    return (
        f"The learned word of the {first} keeps {amount[signs[first]]} of the rest of the prompt than its initial "
        f"word; {rest}"
    )


def _asked(numbers: Metrics) -> Finding:
    said = {way: _detected(part) for way, part in numbers.ways.items()}
    if said["naive"] == said["composed"]:
        lead = f"With the style’s word beside the thing’s, in one prompt and composed, {said['naive']}"
    else:
        lead = f"With the style’s word beside the thing’s, in one prompt {said['naive']}; composed, {said['composed']}"
    texts = [
        f"{AS[way]}, the style is detected in {with_interval(part.both.style)} of the pictures with its word and in "
        f"{with_interval(part.alone.style)} of those of the thing alone, from the same noises: "
        f"{paired_points(_gains(part)['style'])}; the thing in {with_interval(part.both.thing)} and "
        f"{with_interval(part.alone.thing)}: {paired_points(_gains(part)['thing'])}."
        for way, part in numbers.ways.items()
    ]
    texts.append(_false_detections(numbers))
    texts.append("No other style was named for comparison: any further word may change the shares as well.")
    return Finding(lead, " ".join(texts))


def _false_detections(numbers: Metrics) -> str:
    """How often the style is detected where nothing asked for it, against real pictures in the style."""
    real = numbers.words["style"].real
    ways = {AS[way].lower(): direction(difference(part.alone.style, real)) for way, part in numbers.ways.items()}
    words = {1: "more often", 0: "not distinguishably less often", -1: "less often"}
    clauses = [
        f"{listing(found)} {words[sign]}"
        for sign in words
        if (found := [way for way, own in ways.items() if own == sign])
    ]
    text = f"Without its word the style is detected {listing(clauses)} than in real pictures in the style "
    text += f"({percent(real.value)})."
    if max(ways.values()) >= 0:
        where = listing([way for way, own in ways.items() if own >= 0])
        text += f" So {where} a detection does not show that the style came."
    return text


def _detected(way: Way) -> str:
    """What the style's word does to how often style and thing are detected."""
    signs = {name: direction(_gains(way)[name]) for name in ("style", "thing")}
    often = {1: "more often", -1: "less often"}
    moved, still = ([name for name, sign in signs.items() if bool(sign) is kind] for kind in (True, False))
    if not moved:
        return "no change in how often style or thing is detected is distinguishable"
    if still:
        return (
            f"the {moved[0]} is detected {often[signs[moved[0]]]}, and no change in the {still[0]} is distinguishable"
        )
    if signs["style"] == signs["thing"]:
        return f"the style and the thing are detected {often[signs['style']]}"
    return f"the style is detected {often[signs['style']]} and the thing {often[signs['thing']]}"


def _pair(numbers: Metrics) -> Finding:
    naive, composed = numbers.ways["naive"], numbers.ways["composed"]
    changed = _pair_change(numbers)
    lead = {
        1: "At the scales chosen, both are detected more often composed than in one prompt",
        0: "At the scales chosen, composed sampling and one prompt are not distinguishable in how often both are "
        "detected",
        -1: "At the scales chosen, both are detected less often composed than in one prompt",
    }[direction(changed)]
    rarer = [AS[way].lower() for way, part in numbers.ways.items() if direction(_gains(part)["both"]) < 0]
    if rarer:
        lead += f"; {listing(rarer)}, both are detected less often than without the style’s word"
    moved = [paired_points(_gains(part)["both"]) for part in (naive, composed)]
    text = (
        f"Both are detected in {with_interval(naive.both.both)} of the pictures of one prompt at guidance scale "
        f"{naive.scales[0]:g} and in {with_interval(composed.both.both)} of the composed ones at scales "
        f"{listing([f'{scale:g}' for scale in composed.scales])}: {paired_points(changed)} from the same noises. "
        f"Without the style’s word it is {with_interval(naive.alone.both)} and {with_interval(composed.alone.both)}; "
        f"its word changes this by {listing(moved)}. {_independent(numbers)} {_choice(numbers)}"
    )
    return Finding(lead, text)


def _independent(numbers: Metrics) -> str:
    """How often both would be detected if thing and style were detected independently."""
    pairs = [*(way.both for way in numbers.ways.values()), *(way.alone for way in numbers.ways.values())]
    products = [pair.thing.value * pair.style.value for pair in pairs]
    shown = [percent(product) for product in products]
    text = (
        f"If thing and style were detected independently, it would be {shown[0]} and {shown[1]} with the style’s word, "
        f"{shown[2]} and {shown[3]} without"
    )
    inside = all(
        pair.both.low is not None and pair.both.high is not None and pair.both.low <= product <= pair.both.high
        for pair, product in zip(pairs, products, strict=True)
    )
    return f"{text}, which the intervals contain." if inside else f"{text}."


def _choice(numbers: Metrics) -> str:
    """What the choice of the scales rests on, and whether it shows a best one."""
    naive, composed = numbers.ways["naive"], numbers.ways["composed"]
    text = (
        f"The scales were chosen on other noises, by the pictures in which both were detected: in one prompt "
        f"{_hits(naive)}, composed {_hits(composed)}."
    )
    unsure = [AS[way].lower() for way, part in numbers.ways.items() if not _is_best(part)]
    if unsure:
        text += f" {listing(unsure).capitalize()}, no scale tried is shown to be best."
    lowest = [AS[way].lower() for way, part in numbers.ways.items() if _is_lowest(part)]
    if lowest:
        text += f" {listing(lowest).capitalize()}, the scales chosen are the lowest that were tried."
    return text


def _ordered(way: Way) -> list[Estimate]:
    return sorted(way.choosing.values(), key=lambda share: -share.value)


def _hits(way: Way) -> str:
    """How many pictures the choice of the scales rests on."""
    counts = [round(share.value * (share.n or 0)) for share in _ordered(way)]
    against = f" against at most {counts[1]}" if len(counts) > 1 else ""
    return f"{counts[0]} of {_ordered(way)[0].n}{against}"


def _is_best(way: Way) -> bool:
    """Whether the first of the scales is distinguishable from the second."""
    ordered = _ordered(way)
    return len(ordered) > 1 and direction(difference(ordered[0], ordered[1])) > 0


def _is_lowest(way: Way) -> bool:
    tried = [[float(part) for part in scales.split(" and ")] for scales in way.choosing]
    return len(tried) > 1 and all(
        chosen <= other for scales in tried for chosen, other in zip(way.scales, scales, strict=True)
    )


def _signed(found: Estimate) -> str:
    return f"{'+' if found.value > 0 else ''}{decimal(found.value, 3)} {interval(found, 1, 3)}"
