"""Prompts from names."""

from __future__ import annotations

from collections.abc import Sequence

from rediffuse.models.clip.shared_params import WordingSection

VOWELS = frozenset("aeiouAEIOU")


def prompt(template: str, name: str, *, underscores: bool = False, fit_article: bool = False) -> str:
    """The template with the name in its place.

    Args:
        template: holds one ``{}``.
        underscores: leave them in the name; otherwise they become spaces.
        fit_article: ``a {}`` becomes ``an {}`` where the name begins with a vowel letter.
    """
    name = name if underscores else name.replace("_", " ")
    before = template.partition("{}")[0]
    if fit_article and name[:1] in VOWELS and (before in ("a ", "A ") or before.endswith(" a ")):
        template = template.replace("a {}", "an {}").replace("A {}", "An {}")
    return template.replace("{}", name)


def prompts(wording: WordingSection, names: Sequence[str]) -> list[list[str]]:
    """For each name the prompts of all templates: K lists of M texts."""
    options = {"underscores": wording.underscores, "fit_article": wording.fit_article}
    return [[prompt(template, name, **options) for template in wording.templates] for name in names]
