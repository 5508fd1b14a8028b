"""Which things the text-to-image model learns."""

from __future__ import annotations

from rediffuse.data.pictures import PictureSet
from rediffuse.errors import InputError

# Named by the studies' prompts.
NAMED = ("mountain", "snowy mountain", "city", "sunset", "dragon")

# What one knows at a glance, and what the artists drew alike; the first come first. What looks like a thing before it
# (a peach like an apple, a tropical fish like a fish) comes last.
FURTHER = (
    *("panda", "koala", "octopus", "ladybug", "monkey", "sheep", "rooster", "goat", "baby chick", "glasses"),
    *("strawberry", "watermelon", "grapes", "lemon", "cherries", "chili pepper", "tomato", "eggplant", "corn"),
    *("hamburger", "pizza", "french fries", "doughnut", "birthday cake", "ferris wheel", "ice cream", "fried egg"),
    *("beer mug", "wine glass", "guitar", "trumpet", "soccer ball", "basketball", "baseball", "balloon", "gift"),
    *("crown", "bell", "book", "camera", "light bulb", "umbrella", "hammer", "scissors", "hourglass", "trophy"),
    *("top hat", "high heel", "t-shirt", "dress", "airplane", "sailboat", "car", "ambulance", "fire engine"),
    *("rainbow", "volcano", "sun", "crescent moon", "star", "snowman", "fire", "ghost", "skull", "alien"),
    *("jack o lantern", "christmas tree", "maple leaf", "cherry blossom", "lightning bolt", "tent", "church"),
    *("backpack", "wolf", "lollipop", "candy", "bread", "cocktail", "saxophone", "piano", "tennis ball", "envelope"),
    *("ring", "gem", "taxi", "fountain", "seashell", "dove"),
    *("four leaf clover", "lock", "clapper board", "magnifying glass", "statue of liberty"),
    *("sunrise", "tropical fish", "peach", "cookie", "hibiscus"),
)


def learned_things(pictures: PictureSet, count: int) -> list[int]:
    """The first ``count`` things to learn, indices into ``pictures.things``.

    They are the classes of the labelled folder, what the studies name, and what is told above; then all others
    that are not held out.

    Raises:
        InputError: there are not as many.
    """
    place = {name: index for index, name in enumerate(pictures.things)}
    first = [place[name] for name in (*pictures.classes, *NAMED, *FURTHER) if name in place]
    ordered = dict.fromkeys([*first, *range(len(pictures.things))])
    allowed = [thing for thing in ordered if thing not in pictures.held_out.things]
    if count > len(allowed):
        raise InputError(f"things: found {count}, allowed at most {len(allowed)}, those that are not held out")
    return allowed[:count]
