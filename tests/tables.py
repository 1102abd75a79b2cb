"""Tables of cases: files of tab-separated values, whose rows tests are made of."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path


def table(path: Path) -> Iterator[dict[str, str]]:
    r"""Yield each row of a table by the names of its columns, with its file and line as ``id``; \n, \\ and \uXXXX are escapes."""
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 2):
            yield {"id": f"{path.name}:{line}", **{key: _unescaped(value) for key, value in row.items()}}


def _unescaped(text: str) -> str:
    return re.sub(
        r"\\(n|\\|u[0-9A-Fa-f]{4})",
        lambda found: {"n": "\n", "\\": "\\"}.get(found[1]) or chr(int(found[1][1:], 16)),
        text,
    )
