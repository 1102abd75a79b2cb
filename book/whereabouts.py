"""The paths of problems as the command prints them: from the folder where the user is, so that a terminal or an editor can open them.

Inside the press, and in `report.json`, the path of an author's file starts at the book's folder, and that of an edition at the output
folder.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from book.manifest import Summary
from book.problems import BookError, Place, Problem, Subject
from book.source.named import home_of

THEMES = "themes"
"""The folder of a book with its own themes."""


def shown(
    problems: Iterable[Problem], source: Path, out: Path | None = None, works: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Return *problems* with paths to be printed; options and tools stay as they are.

    Args:
        problems: with places in the book or in its editions.
        source: the book's folder, or its only file, as the user named it, absolute or relative to the current folder.
        out: the output folder as the user named it; None if no edition is concerned.
        works: the paths of the editions in *out*.

    >>> from book.problems import Severity
    >>> one = Problem(code="R101", severity=Severity.WARNING, message="", place=Place(path="a.md", line=3))
    >>> two = replace(one, place=Place(path="b.epub/EPUB/a.xhtml"))
    >>> [str(problem.place) for problem in shown([one, two], Path("docs"), Path("out"), ["b.epub"])]
    ['docs/a.md:3:1', 'out/b.epub/EPUB/a.xhtml:1:1']
    >>> str(shown([one], Path("."))[0].place)
    'a.md:3:1'
    """
    paths: dict[str, str] = {}
    home = home_of(source)

    def path_of(path: str) -> str:
        first, *rest = path.split("/", 2)
        if out is not None and first in works:
            return str(out / path)
        # The themes of Handbound itself are in no book.
        ours = first == THEMES and len(rest) > 0 and not os.path.lexists(home / THEMES / rest[0])
        return path if ours else str(home / path)

    def of(problem: Problem) -> Problem:
        place = problem.place
        if isinstance(place, Place):
            if place.path not in paths:
                paths[place.path] = path_of(place.path)
            return replace(problem, place=replace(place, path=paths[place.path]))
        return replace(problem, place=Subject(name=str(out / place.name))) if out and place.name in works else problem

    return tuple(map(of, problems))


def placed(summary: Summary, source: Path, out: Path) -> Summary:
    """Return *summary* with the paths of its problems as :func:`shown`."""
    works = {work[0] for work in summary.works} | {work[0] for work in summary.unmade}
    return replace(summary, problems=shown(summary.problems, source, out, works))


@contextlib.contextmanager
def within(source: Path | None) -> Iterator[None]:
    """Give the problems of a :class:`BookError` that is raised meanwhile paths as :func:`shown`; None: leave them as they are."""
    try:
        yield
    except BookError as error:
        if source is not None:
            error.problems = shown(error.problems, source)
        raise
