"""Books inside the folder of another book: their settings are not read, and their chapters are printed in it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from book.amounts import amount
from book.problems import Kind, Place, Problem, Severity, printable
from book.settings import FILE

NESTED = Kind(
    "M138",
    Severity.WARNING,
    "a book inside the folder of another one: its chapters are printed, its settings are not read",
)


def nested(root: Path, chapters: Collection[str]) -> Iterator[Problem]:
    """Yield a warning for each folder below *root* with settings of its own that holds some of the *chapters*, the outermost ones only."""
    below: dict[str, int] = {}
    for path in chapters:
        for above in [*PurePosixPath(path).parents][:-1]:
            below[str(above)] = below.get(str(above), 0) + 1
    books: list[str] = []
    for folder, count in sorted(below.items()):
        if folder.startswith(tuple(f"{book}/" for book in books)) or not os.path.isfile(root / folder / FILE):  # noqa: PTH113 - no path of a user raises here
            continue
        books.append(folder)
        name = printable(folder, 200)
        message = f"'{name}' is a book of its own: {amount(count, 'chapter')} of it {'is' if count == 1 else 'are'} printed here, and its settings are not read"
        fix = f'build that folder by itself; to leave it out here, write exclude = ["{name}"] in handbound.toml'
        yield NESTED.at(Place(path=printable(f"{folder}/{FILE}", 4096)), message, fix=fix)
