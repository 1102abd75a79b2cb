"""Heroes of home pages: the words in the front matter that VitePress, VuePress, Rspress and Starlight print with a template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from book.model import Manuscript
from book.sites.keys import is_true

MOST = 50
"""The most actions, and the most features, that are read."""


class Feature(Struct, frozen=True, kw_only=True):
    """One of the things that a home page praises, or a button that leads to a page."""

    title: str
    details: str = ""
    link: str = ""
    """Its address; empty if it has none."""


class Hero(Struct, frozen=True, kw_only=True):
    """The words of a home page, each in one line; empty where there are none."""

    name: str = ""
    """What stands in its largest letters."""
    text: str = ""
    tagline: str = ""
    actions: tuple[Feature, ...] = ()
    features: tuple[Feature, ...] = ()

    @property
    def has_text(self) -> bool:
        """Whether it says more than a name, so that its page is worth a chapter."""
        return bool(self.text or self.tagline or self.features)


def hero_of(page: Manuscript) -> Hero | None:
    """Return the hero of *page*, None if it has none.

    VuePress has its words on the outermost level, under ``home: true``; the others have a table ``hero``.
    """
    values = page.front.values
    table = values.get("hero")
    if isinstance(table, Mapping):
        hero = Hero(
            name=_text(table, "name") or _text(table, "title"),
            text=_text(table, "text"),
            tagline=_text(table, "tagline"),
            actions=_features(table.get("actions")),
            features=_features(values.get("features")),
        )
    elif is_true(page, "home"):
        action = {"text": values.get("actionText"), "link": values.get("actionLink")}
        hero = Hero(
            name=_text(values, "heroText"),
            tagline=_text(values, "tagline"),
            actions=_features(values.get("actions")) or _features([action]),
            features=_features(values.get("features")),
        )
    elif "home" in (values.get("layout"), values.get("pageType")):
        hero = Hero(features=_features(values.get("features")))
    else:
        return None
    return hero if hero != Hero() else None


def has_text(page: Manuscript) -> bool:
    """Return whether *page* has a hero that says more than a name."""
    hero = hero_of(page)
    return hero is not None and hero.has_text


def _features(items: object) -> tuple[Feature, ...]:
    tables: Iterable[object] = items[:MOST] if isinstance(items, list | tuple) else ()
    return tuple(
        Feature(title=title, details=_text(table, "details"), link=_text(table, "link"))
        for table in tables
        if isinstance(table, Mapping) and (title := _text(table, "title") or _text(table, "text"))
    )


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    return " ".join(value.split()) if isinstance(value, str) else ""
