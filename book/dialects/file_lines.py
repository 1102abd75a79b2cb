"""The lines of a file that the options of an include of MyST or Sphinx select."""

from __future__ import annotations

import re
from collections.abc import Mapping

from book.dialects import boxes
from book.dialects.includes import dedented
from book.dialects.rows import Row
from book.notation import count

MOST_LINES = 100_000
"""The most lines that the option ``lines`` selects, because it may name the same lines again and again."""


def shifted(rows: list[Row], width: str | None) -> list[Row]:
    """Return *rows* shifted left by *width*: by a number, as far as possible if it is empty, not at all if it is None."""
    if width is None:
        return rows
    columns = count(width)
    return dedented(rows) if columns is None else [row.dedented(columns) for row in rows]


def _python_object(rows: list[Row], name: str) -> list[Row]:
    """Return the lines of the function or class *name*, perhaps `Class.method`, in a Python file; all lines if there is none."""
    inside = rows
    for piece in name.split("."):
        opening = re.compile(rf"[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+{re.escape(piece)}\b")
        first = next((number for number, row in enumerate(inside) if opening.match(row.text)), None)
        if first is None:
            return rows
        width = inside[first].indent
        after = range(first + 1, len(inside))
        last = next((at for at in after if not inside[at].is_blank and inside[at].indent <= width), len(inside))
        while first and inside[first - 1].text.lstrip().startswith("@"):
            first -= 1
        inside = inside[first:last]
    return boxes.body(inside)


def _line(value: str, default: int) -> int:
    """Return the line number *value*, which counts from the end if it begins with ``-``; *default* if it is not one."""
    number = count(value.removeprefix("-"))
    return default if number is None else -number if value.startswith("-") else number


def chosen(rows: list[Row], options: Mapping[str, str]) -> list[Row]:
    """Return the lines of a file that the options of its include select."""
    if options.get("pyobject"):
        rows = _python_object(rows, options["pyobject"])
    if options.get("lines"):
        numbers: list[int] = []
        for piece in options["lines"].split(","):
            head, dash, tail = piece.strip().partition("-")
            if (first := count(head)) is not None:
                last = count(tail) if dash else first
                numbers += range(max(first, 1), min(len(rows) if last is None else last, len(rows)) + 1)
            if len(numbers) > MOST_LINES:
                break
        rows = [rows[number - 1] for number in numbers[:MOST_LINES]]
    rows = rows[_line(options.get("start-line", ""), 0) : _line(options.get("end-line", ""), len(rows))]
    after, until = (
        options.get("start-after") or options.get("start-at"),
        options.get("end-before") or options.get("end-at"),
    )
    if after:
        at = next((number for number, row in enumerate(rows) if after in row.text), -1)
        rows = rows[at + (0 if "start-at" in options else 1) :]
    if until:
        at = next((number for number, row in enumerate(rows) if until in row.text), len(rows))
        rows = rows[: at + (1 if "end-at" in options else 0)]
    return rows
