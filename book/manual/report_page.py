"""The page about report.json: every value, with its meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from book.manual.markdown import item, page

OPENING = """\
Each build writes `report.json` next to the editions, for programs: a CI job, an editor, a page of your own. Its keys stay; new
ones may come. Lists are in reading order."""

LISTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "book": (
        "What everything depends on; `null` if the book could not be read.",
        {
            "title": "The title of the book.",
            "language": "Its language, a tag.",
            "order": "The source of the reading order, in one line, as `book order` prints it.",
        },
    ),
    "problems": (
        "Everything that was reported, notes too.",
        {
            "code": "A letter and three digits; see [Problems](problems.md).",
            "severity": '`"note"`, `"warning"` or `"error"`.',
            "message": "What happened, in one line.",
            "fix": "What to write or do; may be empty.",
            "path": "The file, relative to the folder of the book; or the option or program that it is about.",
            "line": "The line, from 1.",
            "column": "The column, from 1, in characters.",
            "edition": "The edition that it is about; empty if it is about the book.",
        },
    ),
    "changes": (
        "What the house style changed in the editions. `book fix` writes the same into your files.",
        {
            "rule": "The rule: `quotes`, `dashes`, `spaces`, or one for links.",
            "path": "The file.",
            "line": "The line of the first replaced character.",
            "column": "Its column.",
            "before": "The text as typed.",
            "after": "The text as printed.",
        },
    ),
    "chapters": (
        "The chapters in reading order.",
        {
            "path": "The file.",
            "line": "The line of that file with which the chapter begins, from 1; a file may hold several chapters.",
            "title": "The title as printed.",
            "part": "The title of its part; empty if it is in none.",
            "words": "The number of words.",
        },
    ),
    "works": (
        "The files of the editions, those that could not be made included.",
        {
            "edition": "The name that `-e` takes.",
            "path": "The file, relative to OUT.",
            "status": '`"made"` or `"not made"`.',
            "bytes": "The size.",
            "sha256": "The checksum, 64 hexadecimal digits.",
            "pages": "The number of pages; `null` for EPUB and HTML.",
            "words": "The number of words; `null` where they are not counted.",
            "made_from": "A checksum of the text, sizes and page numbers that it was made from.",
            "evenness": "How even the lines of a paged edition are: numbers of lines, gaps and hyphens; `null` for other files.",
            "remark": "What a printing house has to know, such as the width of the spine of a cover; else empty.",
            "reason": 'Why it was not made; only if the status is `"not made"`.',
            "fix": "How to get it; only if it was not made.",
        },
    ),
    "checks": (
        "The checks of the finished files.",
        {
            "name": "The check.",
            "version": "The version of the program, if it is an external one.",
            "status": '`"passed"`, `"failed"` or `"not run"`. A check that did not run, or had nothing to look at, is never called passed.',
            "detail": "Figures, or why it did not run.",
            "work": "The file that was checked.",
        },
    ),
    "page_map": (
        "The page numbers that EPUB and HTML show.",
        {
            "edition": "The edition whose pages these are; empty if there are none.",
            "pages": "A list of pages.",
            "pages.label": "The number as printed: `37`, `iv`.",
            "pages.place": "The chapter with whose text the page begins, or one of Handbound's own pages.",
            "pages.letters": "How many letters of that chapter are on earlier pages.",
            "pages.title": "Whether the chapter begins on this page.",
            "pages.begins": "The first letters of the text on the page.",
        },
    ),
}
"""Key of the report -> what it holds, and the keys of its items."""


def report_page() -> str:
    """Return the page."""
    return page("The report: report.json", OPENING, *_blocks())


def _blocks() -> Iterator[str]:
    for name, (about, keys) in LISTS.items():
        yield f"## `{name}`"
        yield about
        yield from (item(f"`{key}`", words) for key, words in keys.items())
