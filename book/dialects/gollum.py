"""What wikis of Gollum (GitHub, GitLab) write: pages in pages, `[[include:page]]`, and macros, `<<Note("…")>>`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.includes import included, is_there, without_front_matter
from book.dialects.rows import Row, rows_of, with_rows
from book.dialects.tags import UNREAD, Passage, arguments
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_INCLUDE = regex(r"[ \t]*\[\[[ \t]*include:[ \t]*(?P<page>[^\[\]\n|]+?)[ \t]*\]\][ \t]*", re.IGNORECASE)
_INLINE = regex(r"(?<=\[\[)[ \t]*include:[ \t]*(?=[^\[\]\n]+\]\])", re.IGNORECASE)
_MACRO = regex(r"[ \t]*<<[ \t]*(?P<name>[A-Z]\w*)[ \t]*\((?P<values>[^()\n]*)\)[ \t]*>>[ \t]*")
BOXES = {"note": "note", "warn": "warning", "warning": "warning", "tip": "tip"}
LISTS = frozenset({"globaltoc", "allpages", "navigation", "series", "flattoc"})
"""Macros that list pages, which the contents of a book are."""
FRAMES = frozenset({"video", "audio", "vimeo", "youtube"})
ENDINGS = (".md", ".markdown", "")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the pages that it includes, and with its macros as boxes and links."""
    if "[[" not in manuscript.text and "<<" not in manuscript.text:
        return manuscript
    page = Passage(with_rows(manuscript, _read(rows_of(manuscript), context)))
    # Among other words, a page that is included is a link.
    return page.with_texts(context, ((*match.span(), "") for match in _INLINE.finditer(page.visible)))


def _read(rows: Sequence[Row], context: Context) -> list[Row]:
    sorts = boxes.structure(rows).sorts
    new: list[Row] = []
    for at, row in enumerate(rows):
        is_text = sorts[at] in (Sort.TEXT, Sort.HTML)
        if is_text and (include := _INCLUDE.fullmatch(row.text)):
            new += _included(row, include["page"], context, include.start("page"))
        elif is_text and (macro := _MACRO.fullmatch(row.text)):
            new += _macro(row, macro["name"].casefold(), macro["values"], context)
        else:
            new.append(row)
    return new


def _included(row: Row, page: str, context: Context, at: int) -> list[Row]:
    """Return the lines of the *page* that a line includes, in its folder or that of another page; its name, with a problem, if there is none."""
    names = [f"{name}{ending}" for name in dict.fromkeys((page, page.replace(" ", "-"))) for ending in ENDINGS]
    elsewhere = context.library.chapter(page, row.origin.path) or context.library.chapter(
        page.replace(" ", "-"), row.origin.path
    )
    name = next(
        (name for name in names if is_there(row, name, context, ())), f"/{elsewhere}" if elsewhere else names[0]
    )
    lines = included(row, name, context, at=at)
    if lines is None:
        context.take(row.text)
        context.taken.subtract([page.casefold()] if page.isalnum() else [])
        return [row.cut(at, at + len(page))]
    context.take(row.text)
    return [row.made(""), *_read(without_front_matter(lines), context), row.made("")]


def _macro(row: Row, name: str, typed: str, context: Context) -> list[Row]:
    """Return the lines in place of a macro."""
    values, _ = arguments(typed.replace(",", " ") if '"' not in typed else typed)
    value = next(iter(values), "")
    if name in BOXES and value:
        at = row.text.index(typed)
        start = row.text.find(value, at)
        body = row.cut(start, start + len(value)) if start >= 0 else row.made(value)
        context.take(f"{name} {typed}")
        return [
            row.made(""),
            *boxes.opened(row.made(""), boxes.CALLOUT + BOXES[name], None),
            body,
            *boxes.closed(row.made("")),
        ]
    context.take(row.text)
    if name in FRAMES and "://" in value:
        return [row.made(f"<{value}>")]
    if name not in LISTS:
        message = f"nothing answers {row.text.strip()[:60]} in a book; it is left out"
        context.tell_at(UNREAD, row, 0, message, "write what it shows")
    return [row.made("")]
