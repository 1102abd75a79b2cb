"""The words of problems that count files which are left out."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping

from book.problems import printable

MOST_NAMED = 8
"""Most files that one message names."""


NOTATIONS: Mapping[str, tuple[str, str]] = {
    ".adoc": ("AsciiDoc", "npx downdoc {}"),
    ".asciidoc": ("AsciiDoc", "npx downdoc {}"),
    ".rst": ("reStructuredText", "pandoc -f rst -t gfm {} -o {}.md"),
    ".org": ("Org", "pandoc -f org -t gfm {} -o {}.md"),
    ".textile": ("Textile", "pandoc -f textile -t gfm {} -o {}.md"),
    ".ipynb": ("notebooks", "pandoc -t gfm {} -o {}.md"),
}
"""Notations of pages that are no Markdown, by the ends of their files, with a command that converts one."""


def other_notation(files: Iterable[str]) -> tuple[str, str] | None:
    """Return the name of the notation of *files*, if all of them have one that is not Markdown, and how to convert them.

    >>> other_notation(["docs/a.rst", "b.rst"])
    ('reStructuredText', 'convert them to Markdown: pandoc -f rst -t gfm docs/a.rst -o docs/a.md')
    >>> other_notation(["a.rst", "b.md"])
    """
    known = [(file, NOTATIONS.get(posixpath.splitext(file)[1].lower())) for file in files]
    names = {notation[0] if notation else "" for _, notation in known}
    if len(names) != 1 or names == {""}:
        return None
    file, notation = known[0]
    name, command = notation or ("", "")
    return (
        name,
        f"convert them to Markdown: {command.format(printable(file, 80), printable(posixpath.splitext(file)[0], 80))}",
    )


def nothing(others: Iterable[str]) -> tuple[str, str]:
    """Return message and fix for a folder without chapters; *others* are its files that may be pages in another notation."""
    if notation := other_notation(others):
        return f"the folder contains no chapters in Markdown; its pages are {notation[0]}, which is not read", notation[
            1
        ]
    return "the folder contains no chapters", "put a file that ends in .md there"


def left_out(files: tuple[str, ...]) -> tuple[str, str]:
    """Return message and fix for files that are left out."""
    if notation := other_notation(files):
        name, fix = notation
        return f"{_count(files, 'file')} left out: Handbound reads Markdown, not {name}: {_names(files)}", fix
    message = f"{_count(files, 'file')} left out because of the name, the folder or the kind of file: {_names(files)}"
    return message, "list chapters under `sidebar` in handbound.toml, and other files under `exclude`"


def elsewhere(files: tuple[str, ...], *, base: str) -> tuple[str, str]:
    """Return message and fix for pages of a site that lie outside the section that is the book."""
    message = f"{_count(files, 'page')} left out: the book is the section '{base}' of the site: {_names(files)}"
    return message, "list the chapters under `sidebar` in handbound.toml to print others"


def _count(files: tuple[str, ...], noun: str) -> str:
    return f"1 {noun} is" if len(files) == 1 else f"{len(files):,} {noun}s are"


def _names(files: tuple[str, ...]) -> str:
    return ", ".join(f"'{printable(file, 80)}'" for file in files[:MOST_NAMED]) + (
        " …" if len(files) > MOST_NAMED else ""
    )


def translated(files: tuple[str, ...], tags: Mapping[str, str]) -> tuple[str, str]:
    """Return message and fix for translations that are left out."""
    count = Counter(tags[file] for file in files)
    spoken = ", ".join(f"{tag or 'no language in the name'} ({number:,})" for tag, number in sorted(count.items()))
    files_are = "1 file in another language is" if len(files) == 1 else f"{len(files):,} files in other languages are"
    other = next(filter(None, count), "")
    fix = f'to make the book of another language, write language = "{other}" in handbound.toml' if other else ""
    return f"{files_are} left out: {spoken}", fix or "build the folder of the language"
