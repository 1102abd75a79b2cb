"""The words of problems that count files which are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from book.problems import printable

MOST_NAMED = 8
"""Most files that one message names."""


def left_out(files: tuple[str, ...]) -> tuple[str, str]:
    """Return message and fix for files that are left out."""
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
