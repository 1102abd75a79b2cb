"""Comments with which an author silences a check."""

from __future__ import annotations

import re

from book.model import Manuscript
from book.patterns import regex

COMMENT = regex(r"<!--\s*handbound:\s*ignore\s+([\w,\s-]+?)(\s+everywhere)?\s*-->", re.I)


class Ignored:
    """The lines of a chapter on which checks are silenced."""

    def __init__(self, manuscript: Manuscript) -> None:
        """Read the comments of *manuscript*."""
        self.everywhere: set[str] = set()
        self.spans: list[tuple[str, int, int]] = []
        lines = manuscript.text.split("\n") if COMMENT.search(manuscript.text) else []
        first = manuscript.first_line
        for at, line in enumerate(lines):
            for match in COMMENT.finditer(line):
                names = re.split(r"[,\s]+", match[1].strip().lower())
                if match[2]:
                    self.everywhere.update(names)
                    continue
                begin, end = _block(lines, at)
                self.spans += ((name, begin + first, end + first) for name in names)

    def holds(self, name: str, line: int) -> bool:
        """Return whether the check *name* is silenced on *line* of the file."""
        return name in self.everywhere or any(span == name and begin <= line <= end for span, begin, end in self.spans)


def _block(lines: list[str], at: int) -> tuple[int, int]:
    """Return the first and last index of the block that the comment in line *at* is for: its own, or, alone, the next."""
    begin = end = at
    while begin > 0 and lines[begin - 1].strip():
        begin -= 1
    while end + 1 < len(lines) and lines[end + 1].strip():
        end += 1
    if COMMENT.sub("", "".join(lines[begin : end + 1])).strip():
        return begin, end
    while end + 1 < len(lines) and not lines[end + 1].strip():
        end += 1
    while end + 1 < len(lines) and lines[end + 1].strip():
        end += 1
    return at, end
