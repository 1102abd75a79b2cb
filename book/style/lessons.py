"""What a book teaches about its own words; gathered from all chapters before the first one is corrected.

The chapters are read as lines, without pandoc, so the result is the same in a build, which has all trees, and in `book fix`,
which may have only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from book.markdown import lines
from book.style.options import Style
from book.style.protection import protected
from book.style.rules.quotes.page import Page
from book.style.rules.ranges import labels_in
from book.style.runs import Run, plain
from book.style.words import Words

PARAGRAPH = re.compile(r"\n[ \t>]*\n")
"""Separates two paragraphs."""
BOX = re.compile(r"(?:^|(?<=\n))[ \t>]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+|#{1,6}[ \t]+)?")
"""The Markdown of quotes, lists and headings before the words of a line."""
ADDRESS = re.compile(r"\]\([^)\n]*\)|<[^<>\n]*>")
EMPHASIS = re.compile(r"\\.|[*_]+")


def learn(texts: Iterable[str], style: Style) -> Style:
    """Return *style* with what the chapters of a book teach.

    Args:
        texts: the Markdown of every chapter, in reading order.
        style: the style of the book.
    """
    visible = [lines.read(text).visible for text in texts]
    runs = [run for text in visible for run in _runs(text, style.language)]
    return replace(style, words=replace(Page(runs).teach(), labels=labels_in(visible)))


def of_runs(runs: Sequence[Run]) -> Words:
    """Return the words that *runs* teach."""
    return replace(Page(runs).teach(), labels=labels_in(run.guarded for run in runs))


def _runs(text: str, language: str) -> Iterator[Run]:
    """Yield the paragraphs of one chapter, without code, that contain marks which may teach something."""
    if "'" not in text and "’" not in text:
        return
    for paragraph in PARAGRAPH.split(text):
        if "'" in paragraph or "’" in paragraph:
            words = EMPHASIS.sub("", ADDRESS.sub("]", BOX.sub("", paragraph)))
            yield protected(plain(words.strip(), language))
