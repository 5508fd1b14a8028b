"""What the data sets are called on the page; the metrics know them by their keys."""

from __future__ import annotations

_SETS = {
    "mnistm": (
        "MNIST-M",
        "handwritten digits, each the absolute difference of an MNIST digit and a piece of photograph",
    ),
    "street": (
        "Street numbers",
        "a stand-in for SVHN that this project makes: digits of many typefaces on photographed surfaces, "
        "with neighbours, tilt, shadow, blur and noise",
    ),
    "svhn": ("SVHN", "house numbers cut out of photographs of streets"),
}


def set_name(key: str) -> str:
    """How a reader knows the set; an unknown set goes by its key."""
    return _SETS[key][0] if key in _SETS else key


def set_description(key: str) -> str:
    """What its images are, or nothing for an unknown set."""
    return _SETS[key][1] if key in _SETS else ""
