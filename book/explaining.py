"""The output of ``--explain``: why a book is built, and what of each stage was made again, in words for whoever waits for it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from book.patterns import regex

if TYPE_CHECKING:
    from book.cache import Tally
    from book.problems import Problem

MOST = 20
"""The most reasons that are printed."""
FEW = 3
"""The most reasons of one kind, such as packages, that are printed one by one."""


class Stage(NamedTuple):
    """What a stage of the cache makes, and from what: its results are made again when one of these, or Handbound, has changed."""

    makes: str
    needs: str


STAGES: Mapping[str, Stage] = {
    "tree": Stage("chapters, as pandoc reads them", "the text of the chapter, formulas on or off, pandoc"),
    "inlines": Stage("titles and labels, as pandoc reads them", "these titles, formulas on or off, pandoc"),
    "formulas": Stage("formulas", "all formulas of the book, pandoc"),
    "citations": Stage(
        "citations and their list", "the citations, their works, the citation style, the language, pandoc"
    ),
    "dialects": Stage(
        "chapters without anything that other tools read in another way",
        "the text of the chapter, the settings, the names of files, snippets and variables of the site",
    ),
    "excerpts": Stage(
        "what the book has to know of each chapter",
        "the text of the chapter and what it includes, its title, the settings, pandoc",
    ),
    "lessons": Stage("what the chapters teach the house style", "the text of all chapters, the language, the settings"),
    "chapters": Stage(
        "chapters in house style",
        "the text of the chapter and what it includes, its formulas, the settings, what the chapters teach the house style, pandoc",
    ),
    "links": Stage(
        "links and headings of chapters", "the text of the chapter, its place in the book, where links can lead"
    ),
    "listings": Stage("colours of code", "the code, its language"),
    "drawings": Stage(
        "pictures, covers and QR codes, prepared", "the picture or address, the titles on the cover, the theme"
    ),
    "fonts": Stage("typefaces with the letters of the book", "the typeface, the letters that occur"),
    "paper": Stage(
        "what is known of chapters on pages: long blocks, where pages begin",
        "the printed text of the chapter, its pages, the theme",
    ),
    "fits": Stage(
        "tables, code and notes, fitted to the page",
        "the printed text of the chapter, its pictures, the theme, the size of pages",
    ),
    "segments": Stage(
        "pages of a chapter in one edition",
        "the printed text of the chapter, its pictures, titles of the book, the theme, the size of pages, letters, the machine's layout libraries",
    ),
    "frames": Stage(
        "page numbers and typefaces of a PDF",
        "the number and kinds of its pages, the letters that occur, the title, the theme",
    ),
    "chunks": Stage("pages of a chapter, ready to be joined", "these pages, room for those before them"),
    "spelled": Stage(
        "chapters of EPUB and HTML",
        "the printed text of the chapter, what the book says of itself, labels, page numbers, the theme",
    ),
    "packed": Stage("compressed files of an EPUB", "these files"),
    "verdicts": Stage("checks of finished files", "the file, the words that it must have"),
}
"""By the name of a stage in the cache."""

CHANGE = regex(
    r"^(?P<kind>environment|option|output|package|library|tool|program) (?P<name>.+?) (?P<verb>is new|is gone|has changed\b.*)$"
)
"""The form of a reason that begins with the kind of an entry in a manifest."""
SUFFIX = regex(r"-(?=\d)|\.(?:dist-info|egg-info|egg-link|pth)$")
SET = {"is new": "is set now", "is gone": "is no longer set", "has changed": "has another value"}
MANY = {"package": "packages", "library": "libraries", "program": "files of Handbound"}


def explain(reasons: Sequence[str], book: str = "build", most: int = MOST) -> None:
    """Print to stderr why *book* is built: at most so many *reasons*."""
    from book.problems import printable  # noqa: PLC0415

    lines = tuple(in_words(reasons))
    for line in lines[:most]:
        print(f"{book}: {printable(line, 400)}", file=sys.stderr)
    if len(lines) > most:
        print(f"{book}: and {len(lines) - most} more", file=sys.stderr)


def in_words(reasons: Iterable[str]) -> Iterator[str]:
    """Yield *reasons*, as :func:`book.manifest.compare` returns them, in words; many of one kind are one line.

    >>> list(in_words(["a.md has changed", "environment TZ is new", "package lxml-6.0.dist-info has changed"]))
    ['a.md has changed', 'the environment variable TZ is set now', 'the package lxml 6.0 has changed']
    """

    def kind(reason: str) -> tuple[str, str]:
        change = CHANGE.match(reason)
        return (change["kind"], change["verb"]) if change and change["kind"] in MANY else (reason, "")

    for (name, verb), group in groupby(reasons, kind):
        alike = tuple(group)
        if len(alike) > FEW:
            names = ", ".join(_name(reason) for reason in alike[: FEW - 1])
            yield f"{names} and {len(alike) - FEW + 1} more {MANY[name]} {verb.replace('is ', 'are ').replace('has', 'have')}"
        else:
            yield from map(_worded, alike)


def _worded(reason: str) -> str:
    change = CHANGE.match(reason)
    if change is None:
        return {"commit has changed": "the last commit of the book has changed"}.get(reason, reason)
    kind, verb = change["kind"], change["verb"]
    if kind == "environment":
        return f"the environment variable {change['name']} {SET.get(verb, verb)}"
    if kind == "output" and change["name"].startswith("."):
        return f"the record of what was built here {verb}"
    if kind == "option" and not change["name"].startswith("-"):
        return f"{change['name']} {verb}"
    nouns = {
        "package": "the package ",
        "library": "the library ",
        "tool": "the program ",
        "program": "the file of Handbound ",
    }
    return f"{nouns.get(kind, f'{kind} ')}{_name(reason)} {verb}"


def _name(reason: str) -> str:
    change = CHANGE.match(reason)
    assert change is not None  # noqa: S101 - only of such reasons
    name = change["name"]
    return SUFFIX.sub(lambda match: " " if match[0] == "-" else "", name) if change["kind"] == "package" else name


def explain_cache(tally: Mapping[str, Tally], problems: Iterable[Problem] = ()) -> None:
    """Print to stderr how many results of each stage came from the cache, how many were made and why, and which editions remember no chapters.

    Args:
        tally: the counts by stage.
        problems: of the build; a note says why an edition was laid out as one document.
    """
    from book.editions import WHOLE  # noqa: PLC0415 - slow to import

    for name, counts in sorted(tally.items()):
        stage = STAGES[name]
        why = f"; made again after a change of: {stage.needs}" if counts.made else ""
        print(f"{name}: {counts.remembered} from the cache, {counts.made} made: {stage.makes}{why}", file=sys.stderr)
    for problem in problems:
        if problem.code == WHOLE.code:
            print(f"{problem.place}: {problem.message}", file=sys.stderr)
