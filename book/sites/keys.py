"""Keys of front matter by which site generators sort pages."""

from __future__ import annotations

from collections.abc import Iterable

from book.model import Manuscript
from book.notation import number, truth
from book.sites.names import Key


def number_of(chapter: Manuscript | None, *keys: str) -> int | float | None:
    """Return the number under the first of *keys* that has one; it may be written as text."""
    for key in keys:
        value = chapter.front.values.get(key) if chapter else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and (result := number(value)) is not None:
            return result
    return None


def is_true(chapter: Manuscript | None, key: str) -> bool:
    """Return whether the value under *key* in the front matter is true."""
    value = chapter.front.values.get(key) if chapter else None
    return value is True or (isinstance(value, str) and truth(value) is True)


def text_under(chapter: Manuscript, key: str) -> str | None:
    """Return the text under *key*, None if there is none."""
    value = chapter.front.values.get(key)
    return value.strip() or None if isinstance(value, str) else None


def latest_first(chapter: Manuscript | None) -> Key:
    """Return the sort key that puts later dates first, and pages without a date last."""
    date = chapter.front.date if chapter else None
    return tuple(-ord(sign) for sign in date) if date else (1,)


def by_number(number_: float | None, *, zero_last: bool = False) -> Key:
    """Return the sort key for numbers; items without one come last."""
    return (1, 0) if number_ is None or (zero_last and number_ == 0) else (0, number_)


def addresses(chapters: Iterable[Manuscript]) -> dict[str, str]:
    """Return the addresses that pages give themselves (``permalink``, ``aliases``, ``redirect_from``, ``slug``), with their paths."""
    routes: dict[str, str] = {}
    for chapter in chapters:
        for address in chapter.front.own_addresses:
            if address.strip("/"):
                routes.setdefault(address, chapter.path)
    return routes
