"""What a book teaches about its own words; gathered from all chapters before the first one is corrected.

The chapters are read as lines, without pandoc, so the result is the same in a build, which has all trees, and in `book fix`,
which may have only one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from book import cache, forms
from book.markdown import lines
from book.patterns import regex
from book.style.options import Style
from book.style.protection import protected
from book.style.rules.quotes.page import Page
from book.style.rules.ranges import labels_in
from book.style.runs import Run, plain
from book.style.words import Words

PARAGRAPH = regex(r"\n[ \t>]*\n")
"""Separates two paragraphs."""
BOX = regex(rf"(?:^|(?<=\n))[ \t>]*(?:(?:{lines.LIST_MARKER}|#{{1,6}})[ \t]+)?")
"""The Markdown of quotes, lists and headings before the words of a line."""
ADDRESS = regex(r"\]\([^)\n]*\)|<[^<>\n]*>")
EMPHASIS = regex(r"\\.|[*_]+")


class Sample(Struct, frozen=True, kw_only=True):
    """What a chapter may teach."""

    paragraphs: tuple[str, ...]
    """The words of its paragraphs with apostrophes."""
    labels: frozenset[str]
    """The names before its numbers: see :func:`book.style.rules.ranges.labels_in`."""


def sample(text: str) -> Sample:
    """Return what the Markdown *text* of a chapter may teach."""
    visible = lines.read(text).visible
    return Sample(paragraphs=tuple(_paragraphs(visible)), labels=labels_in([visible]))


def learn(texts: Iterable[str], style: Style) -> Style:
    """Return *style* with what the chapters of a book teach.

    Args:
        texts: the Markdown of every chapter, in reading order.
        style: the style of the book.
    """
    return learn_from(map(sample, texts), style)


def learn_from(samples: Iterable[Sample], style: Style) -> Style:
    """Return *style* with what the chapters with these *samples* teach."""
    samples = tuple(samples)
    runs = [protected(plain(words, style.language)) for chapter in samples for words in chapter.paragraphs]
    labels = frozenset[str]().union(*(chapter.labels for chapter in samples))
    return replace(style, words=replace(Page(runs).teach(), labels=labels))


def remembered(samples: Iterable[Sample], style: Style, folder: Path | None) -> Style:
    """Return what :func:`learn_from` returns, from the cache *folder* if the same *samples* have taught the same style before."""
    samples = tuple(samples)
    taught = [(chapter.paragraphs, sorted(chapter.labels)) for chapter in samples]
    entry = cache.key(cache.program(), repr(style), forms.ENCODER.encode(taught)) if folder else ""
    words = cache.recall(folder, STAGE, entry, _words)
    if words is not None:
        return replace(style, words=words)
    new = learn_from(samples, style)
    if new.words is not None:
        table = [*(sorted(getattr(new.words, name)) for name in _SETS), new.words.dialect]
        cache.keep(folder, STAGE, entry, forms.ENCODER.encode(table))
    return new


STAGE = "lessons"
_SETS = ("heads", "tails", "whole", "labels")


def _words(data: bytes) -> Words:
    """Return the words in *data*."""
    *sets, dialect = forms.decoder(tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str], float]).decode(
        data
    )
    return Words(**dict(zip(_SETS, sets, strict=True)), dialect=dialect)


def of_runs(runs: Sequence[Run]) -> Words:
    """Return the words that *runs* teach."""
    return replace(Page(runs).teach(), labels=labels_in(run.guarded for run in runs))


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the words of the paragraphs of one chapter, without code, that contain marks which may teach something."""
    if "'" not in text and "’" not in text:
        return
    for paragraph in PARAGRAPH.split(text):
        if "'" in paragraph or "’" in paragraph:
            yield EMPHASIS.sub("", ADDRESS.sub("]", BOX.sub("", paragraph))).strip()
