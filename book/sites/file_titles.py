"""Titles of notes and of pages of a wiki: the names of their files, where they have no other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from book.model import Manuscript
from book.sites.names import has_one_title, title_from_path
from book.sites.site import Site


def named(manuscripts: Sequence[Manuscript], site: Site | None) -> tuple[Manuscript, ...]:
    """Return *manuscripts*; where the *site* names pages by their files, those without a title and without an H1, or with several, have that name as their title."""
    if site is None or not site.named_by_file:
        return tuple(manuscripts)
    return tuple(
        chapter
        if chapter.front.title or has_one_title(chapter.text)
        else replace(chapter, front=replace(chapter.front, title=_title(chapter.path)))
        for chapter in manuscripts
    )


def _title(path: str) -> str:
    """Return the name of a file as Markdown in one line."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", title_from_path(path))
