"""Headings that most chapters of a site share: the name of the project, above the title of each page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from book.model import Manuscript
from book.sites.names import folded, heading_of, is_folder_page, second_heading_of

LEAST = 3
"""The least chapters that share such a heading."""


def marked(manuscripts: Sequence[Manuscript]) -> tuple[Manuscript, ...]:
    """Return *manuscripts*; those whose H1 is also that of most others have it as their banner.

    The title of such a chapter is that in its front matter, else its first H2; without either it keeps its H1, as does the page of
    the whole book.
    """
    headings = {chapter.path: heading for chapter in manuscripts if (heading := heading_of(chapter.text, levels=1))}
    (shared, count), *_ = (*Counter(map(folded, headings.values())).most_common(1), ("", 0))
    if count < LEAST or count * 2 <= len(manuscripts):
        return tuple(manuscripts)
    depth = min(chapter.path.count("/") for chapter in manuscripts)
    return tuple(
        replace(chapter, banner=headings[chapter.path])
        if folded(headings.get(chapter.path, "")) == shared
        and _has_another(chapter, shared)
        and not (is_folder_page(chapter.path) and chapter.path.count("/") == depth)
        else chapter
        for chapter in manuscripts
    )


def _has_another(chapter: Manuscript, shared: str) -> bool:
    """Return whether *chapter* has another title than the heading that it shares: in its front matter, else its first H2."""
    title = chapter.front.title or second_heading_of(chapter.text)
    return bool(title) and folded(title or "") != shared
