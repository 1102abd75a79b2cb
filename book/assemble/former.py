"""Links to files that are no chapters, but whose text is in the book: a chapter includes it, or it was joined with others into one file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from book.assemble.anchors import Index, folded
from book.model import Placed
from book.sites.finder import PAGE
from book.sites.names import COUNT, is_folder_page


def included(index: Index, readings: Iterable[str]) -> tuple[Placed, str] | None:
    """Return the chapter that includes the file to which a link refers, and the id with which its text begins there; None if none does.

    Args:
        index: the targets of links.
        readings: the paths that the link may mean.
    """
    hit = next((hit for reading in readings if (hit := index.inset_finder.at(reading))), None)
    return index.insets[hit.path] if hit else None


def joined(index: Index, chapter: Placed, path: str, fragment: str, readings: Iterable[str]) -> str | None:
    """Return the id of the chapter or the section that a file became; None if none has its name.

    Who joins files into one leaves the links between them as they were: ``02-tools.md`` is now the chapter "Tools".

    Args:
        index: the targets of links.
        chapter: the chapter with the link; only one of a file with several chapters, or the only one of a book, is asked.
        path: what the link says.
        fragment: what it says behind ``#``.
        readings: the paths that it may mean. If there is such a file, it became another chapter, or none.
    """
    siblings = {other.slug: other for other in index.paths.values() if other.source.file == chapter.source.file}
    name = _name(path)
    if not name or not (chapter.source.whole or len(index.anchors) == 1):
        return None
    is_there = any(index.file(reading) for reading in readings)
    for other in siblings.values():
        anchors = index.anchors[other.slug]
        if name in {folded(alias) for alias, where in anchors.items() if where == other.slug}:
            if is_there and other is chapter:
                return None
            return anchors.get(fragment) or index.anchors_of(chapter).get(fragment) or other.slug
    if is_there:
        return None
    several = index.loosely(chapter, f"{name}1") is not None  # a second heading with these words
    return index.anchors_of(chapter).get(fragment) or (None if several else index.loosely(chapter, name))


def _name(path: str) -> str:
    """Return the name of the page at *path*, folded as anchors are; empty for what is no page.

    >>> _name("../02-the-tools.md"), _name("the_tools/README.md"), _name("plan.png")
    ('thetools', 'thetools', '')
    """
    path = path.rstrip("/")
    stem = posixpath.basename(posixpath.dirname(path) if is_folder_page(path) else PAGE.sub("", path))
    return "" if posixpath.splitext(stem)[1] else folded(COUNT.sub("", stem))
