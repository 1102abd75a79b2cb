"""Chapters that look like copies of others, as file managers, synchronising folders and merges leave them: both would be printed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, printable

COPY = Kind("M137", Severity.WARNING, "a chapter whose name is that of a copy of another one; both are printed")

_BEHIND = regex(
    r"(?P<stem>.+?)(?:[ _]?[-–]?[ _](?:copy|kopie|copie|copia|cópia|kopia)(?:[ _]?\(?\d{1,3}\)?)?"
    r"|[ ]?\(\d{1,3}\)|[ ]?\([^()]{0,60}conflict[^()]{0,60}\)|\.sync-conflict-[\w-]+"
    r"|[._](?:local|remote|base|backup)[._]\d{1,9}|[._](?:bak|orig))",
    re.IGNORECASE,
)
_BEFORE = regex(r"(?:copy of|kopie von|copie de|copia de|copia di|cópia de|kopia) (?P<stem>.+)", re.IGNORECASE)


def copies(paths: Collection[str], meant: Collection[str] = ()) -> Iterator[Problem]:
    """Yield a warning for each of *paths* that looks like a copy of another one in its folder, except those that are *meant* to be there.

    >>> [problem.place.path for problem in copies(["a.md", "a (1).md", "a copy 2.md", "b (1).md", "Copy of a.md"])]
    ['Copy of a.md', 'a (1).md', 'a copy 2.md']
    """
    known = set(paths)
    for path in sorted(known.difference(meant)):
        name = PurePosixPath(path)
        match = _BEHIND.fullmatch(name.stem) or _BEFORE.fullmatch(name.stem)
        if match and (of := str(name.with_name(f"{match['stem']}{name.suffix}"))) in known:
            message = f"'{printable(path, 80)}' looks like a copy of '{printable(of, 80)}'; both are printed"
            fix = f'remove it, or write exclude = ["{printable(path, 200)}"] in handbound.toml'
            yield COPY.at(Place(path=printable(path, 4096)), message, fix=fix)
