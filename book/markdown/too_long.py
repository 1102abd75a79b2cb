"""What is too long in a chapter for pandoc to read it."""

from __future__ import annotations

import re

from book.model import Manuscript
from book.problems import Kind, Problem, Severity
from book.settings import Limits
from book.source.front_matter import TOO_BIG

TOO_MANY_NOTES = Kind("G107", Severity.ERROR, "a chapter has too many footnotes")
LONG_PARAGRAPH = Kind("G108", Severity.ERROR, "a paragraph is too long")
UNFOLDED = Kind("G114", Severity.ERROR, "a long address used so often that the chapter grows a hundredfold")


def refused(manuscript: Manuscript, limits: Limits, count: int) -> Problem | None:
    """Return why pandoc must not read *manuscript*, which has *count* footnotes; None if it may."""
    text = manuscript.text
    if manuscript.size > limits.chapter_bytes:
        size = _own_bytes(manuscript) if manuscript.whole else manuscript.size
        if size > limits.chapter_bytes:
            name = "this chapter" if manuscript.whole else f"'{manuscript.path}'"
            message = f"{name} has {size:,} bytes; {limits.chapter_bytes:,} are allowed"
            fix = "split the chapter, or raise limits.chapter_bytes in handbound.toml"
            return TOO_BIG.at(manuscript.place(1), message, fix=fix)
    if count > limits.footnotes:
        message = f"{count} footnotes; the limit is {limits.footnotes}"
        return TOO_MANY_NOTES.at(manuscript.place(1), message, fix="split the chapter, or raise limits.footnotes")
    unfolded = 0
    for match in re.finditer(r"^ {0,3}\[([^\]\n]+)\]:(.*(?:\n(?!\s*$| {0,3}\[).*)*)", text, re.MULTILINE):
        if len(match[2]) > 500:  # short addresses cannot expand to much
            unfolded += len(match[2]) * text.count(f"[{match[1]}]")
        if unfolded > 10 * limits.chapter_bytes:
            line = text.count("\n", 0, match.start()) + 1
            message = f"the address of [{match[1][:50]}] is {len(match[2])} characters long and used too often"
            return UNFOLDED.at(manuscript.place(line), message, fix="shorten the address")
    if len(text) > limits.paragraph_bytes:
        line = 1
        for paragraph in re.split(r"(\n[ \t]*\n)", text):
            if len(paragraph.encode("utf-8", "replace")) > limits.paragraph_bytes:
                message = f"a paragraph of {len(paragraph)} characters; the limit is {limits.paragraph_bytes} bytes"
                line += len(paragraph) - len(paragraph.lstrip("\n"))
                return LONG_PARAGRAPH.at(
                    manuscript.place(line), message, fix="split it, or raise limits.paragraph_bytes"
                )
            line += paragraph.count("\n")
    return None


def _own_bytes(manuscript: Manuscript) -> int:
    """Return the bytes of one chapter of a file, without what it includes."""
    rows = zip(manuscript.text.split("\n"), manuscript.origins, strict=False)
    return sum(len(line.encode("utf-8", "replace")) + 1 for line, origin in rows if origin.path == manuscript.file)
