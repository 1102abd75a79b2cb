"""Where the chapters of a text begin: its headings of the first two levels that stand in no list, quotation, box or code."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from book import labels
from book.markdown.lines import LIST_MARKER, Sort, Source
from book.patterns import regex
from book.sites.names import ATTRIBUTES, SPAN, TAG
from book.sites.title import words_of

_ATX = regex(r" {0,3}(?P<mark>#{1,2})(?:[ \t]+(?P<words>.*))?$")
_CLOSING = regex(r"(?:^|[ \t])#+$")
"""The signs that may end a heading."""
_UNDERLINE = regex(r" {0,3}(?:(=+)|-{2,})[ \t]*$")
_NO_PARAGRAPH = regex(rf" {{0,3}}(?:#{{1,6}}(?:[ \t]|$)|>|{LIST_MARKER}[ \t]|\||\[[^\[\]]*\]:|<|:{{3,}})")
"""What a line may begin with that no underline makes a heading."""
_TAGGED = regex(r" {0,3}<h([12])\b[^<>]*>(?P<words>.*?)</h\1>", re.IGNORECASE | re.DOTALL)
_LISTED = regex(rf"{LIST_MARKER}(?:[ \t]|$)")
_BOX = regex(
    r"<(?P<end>/?)(?P<name>div|details|section|table|blockquote|center|aside|article|figure|ul|ol|dl)\b[^<>]*?(?P<empty>/?)>",
    re.IGNORECASE,
)
_DIV = regex(r" {0,3}:{3,}[ \t]*(?P<words>[^\s:].*)?$")
_WORD = regex(r"[^\W_]+")
_ID = regex(r"\{[^{}]*#(?P<id>[\w:.-]+)[^{}]*\}[ \t]*$")

LONGEST = 1_000
"""The most letters of a heading that begins a chapter."""


class Heading(Struct, frozen=True, kw_only=True):
    """A heading of a text."""

    line: int
    """Index of its first line."""
    end: int
    """Index of the line after it."""
    level: int
    """1 or 2."""
    words: str
    """Its plain words; never empty."""
    identifier: str = ""
    """The id that its author gave it."""


def headings_of(source: Source) -> tuple[Heading, ...]:
    """Return the headings of the first two levels of a text that may begin chapters, in order."""
    starts: list[int] = []
    at = 0
    for line in source.lines:
        starts.append(at)
        at += len(line) + 1
    boxes = _boxes(source, starts)
    ends = [end for _, end in boxes]

    def is_inside(line: int) -> bool:
        place = bisect_right(ends, starts[line])
        return place < len(boxes) and boxes[place][0] <= starts[line]

    return tuple(heading for heading in _headings(source) if not is_inside(heading.line))


def _headings(source: Source) -> Iterator[Heading]:
    listed = False
    begin = 0
    """The first line of the paragraph that may become a heading."""
    for number, line in enumerate(source.lines):
        sort = source.sorts[number]
        if sort in (Sort.CODE, Sort.FENCE, Sort.COMMENT, Sort.BLANK) or source.notes[number] >= 0:
            continue
        if source.begins[number]:
            begin = number
        if line[:1] not in (" ", "\t", ""):
            listed = bool(_LISTED.match(line))
        if source.quoted[number] or (listed and line[:1] == " "):
            continue
        heading = _tagged(source, number) if sort is Sort.HTML else _marked(source, number, begin)
        if heading is not None:
            yield heading


def _marked(source: Source, number: int, begin: int) -> Heading | None:
    """Return the heading in line *number*, or that it makes of the paragraph above, which begins in line *begin*."""
    line = source.lines[number]
    if match := _ATX.match(line):
        words = (match["words"] or "").rstrip(" \t")
        return _heading(words, number, number + 1, len(match["mark"]))
    underline = _UNDERLINE.match(line)
    if underline is None or number == 0 or source.sorts[number - 1] is not Sort.TEXT:
        return None
    first = begin if begin < number else _paragraph(source, number - 1)
    if _NO_PARAGRAPH.match(source.lines[first]) or source.quoted[number - 1] or source.notes[number - 1] >= 0:
        return None
    return _heading(" ".join(source.lines[first:number]), first, number + 1, 1 if underline[1] else 2)


def _paragraph(source: Source, number: int) -> int:
    """Return the first line of the paragraph that contains line *number*."""
    while not source.begins[number]:
        number -= 1
    return number


def _tagged(source: Source, number: int) -> Heading | None:
    """Return the heading in raw HTML that begins in line *number*."""
    if not re.match(r" {0,3}<h[12]\b", source.lines[number], re.IGNORECASE):
        return None
    end = number + 1
    while end < len(source.lines) and source.sorts[end] is Sort.HTML:
        end += 1
    match = _TAGGED.match("\n".join(source.lines[number:end]))
    if match is None:
        return None
    last = number + match[0].count("\n") + 1
    return _heading(TAG.sub(" ", match["words"]), number, last, int(match[1]))


def _heading(written: str, line: int, end: int, level: int) -> Heading | None:
    """Return a heading of the *written* words; None if it has none, or if it is too long for a title."""
    if len(written) > LONGEST:
        return None
    written = _CLOSING.sub("", written)
    identifier = _ID.search(written)
    plain = SPAN.sub(r"\1", re.sub(r"\[\^[^\[\]]*\]", "", written))
    words = words_of(ATTRIBUTES.sub("", plain).strip())
    if not _WORD.search(words):
        return None
    return Heading(line=line, end=end, level=level, words=words, identifier=identifier["id"] if identifier else "")


def _boxes(source: Source, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return the offsets of what HTML elements and fenced divs enclose, in order; one that is not closed encloses nothing."""
    spans: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    names: Counter[str] = Counter()
    for match in _BOX.finditer(source.visible):
        name = match["name"].lower()
        if match["empty"]:
            continue
        if not match["end"]:
            opened.append((name, match.start()))
            names[name] += 1
        elif names[name]:
            inner, start = opened.pop()
            while inner != name:
                names[inner] -= 1
                inner, start = opened.pop()
            names[name] -= 1
            spans.append((start, match.end()))
    divs: list[int] = []
    for number, line in enumerate(source.lines):
        div = _DIV.match(line) if source.sorts[number] is Sort.TEXT else None
        if div is not None:
            if div["words"]:
                divs.append(starts[number])
            elif divs:
                spans.append((divs.pop(), starts[number]))
    outer: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if outer and start < outer[-1][1]:
            outer[-1] = (outer[-1][0], max(end, outer[-1][1]))
        else:
            outer.append((start, end))
    return outer


# --- what the words of a heading say ---------------------------------------------------------------------------------


def is_chapter(words: str, language: str) -> bool:
    """Return whether the *words* of a heading name it a chapter of a number, in the language of the book or in English.

    >>> is_chapter("Chapter 3: The glue", "en"), is_chapter("Kapitel Zwei", "de"), is_chapter("Chapters", "en")
    (True, True, False)
    """
    return bool(_named("chapter", language).match(words))


def is_part(words: str, language: str) -> bool:
    """Return whether the *words* of a heading name it a part of the book.

    >>> is_part("Part II. Tools", "en"), is_part("Teil 1", "de"), is_part("Part of it", "en")
    (True, True, False)
    """
    return bool(_named("part", language).match(words))


def is_counted(words: str, language: str) -> bool:
    """Return whether the *words* of a heading begin with its own number, so that it needs none of ours.

    >>> is_counted("1. Start", "en"), is_counted("Chapter 1", "en"), is_counted("3 things to know", "en")
    (True, True, False)
    """
    return is_chapter(words, language) or bool(re.match(r"\d{1,3}(?:\.\d+)*(?:[.:)]|[ \t]+[-–—])[ \t]", words))


def _named(name: str, language: str) -> re.Pattern[str]:
    """Return the pattern of the label *name* of the language, or of English, with any number."""
    tables = (labels.labels(tongue) for tongue in dict.fromkeys((language, labels.ENGLISH)))
    return _pattern(tuple((table[name], table["numbers"]) for table in tables))


@functools.cache
def _pattern(forms: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    r"""Return the pattern of labels such as ``Chapter {n}``, each with the words for numbers of its language.

    >>> bool(_pattern((("第{n}章", "一, 二"),)).match("第二章 道"))
    True
    """
    patterns = []
    for label, words in forms:
        counted = "".join(f"|{re.escape(word)}" for word in words.split(", ") if word)
        before, _, after = label.partition("{n}")
        gap = "[ \t]+" if before.endswith(" ") else "[ \t]*"
        end = re.escape(after.rstrip()) or r"(?!\w)"
        number = rf"(?:\d+|(?-i:[IVXLC]+|[A-Z](?!\w)){counted})"
        patterns.append(f"{re.escape(before.strip())}{gap}{number}{end}")
    return re.compile("|".join(patterns), re.IGNORECASE)
