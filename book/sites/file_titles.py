"""Titles of notes and of pages of a wiki: the names of their files, where they have no other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote

from msgspec.structs import replace

from book.model import Manuscript
from book.sites.hierarchies import levels_of
from book.sites.names import escaped, folded, has_one_title, readable, title_from_path
from book.sites.site import Site


def named(manuscripts: Sequence[Manuscript], site: Site | None) -> tuple[Manuscript, ...]:
    """Return *manuscripts*; where the *site* names pages by their files, those without a title and without an H1, or with several, have that name as their title."""
    if site is None or not site.named_by_file:
        return tuple(manuscripts)
    return tuple(
        _levelled(chapter, site.levels)
        if site.levels
        else chapter
        if chapter.front.title or has_one_title(chapter.text)
        else replace(chapter, front=replace(chapter.front, title=_title(chapter.path)))
        for chapter in manuscripts
    )


def _title(path: str) -> str:
    """Return the name of a file as Markdown in one line."""
    return escaped(title_from_path(path))


def _levelled(chapter: Manuscript, separators: Sequence[str]) -> Manuscript:
    """Return a chapter whose name has levels: its title is the last one, and links may name all of them, with slashes between."""
    front = chapter.front
    levels = levels_of(PurePosixPath(chapter.path).stem, separators)
    whole = "/".join(map(unquote, levels))
    title = front.title or (None if has_one_title(chapter.text) else escaped(readable(levels[-1])))
    if title and folded(title) == folded(whole):
        title = escaped(title.rpartition("/")[2])
    return replace(chapter, front=replace(front, title=title, addresses=(*front.addresses, whole)))
