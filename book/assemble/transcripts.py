"""Reads chapters for their book, cached; the tree of a chapter is read again only if something needs it.

A tree takes a hundred times the memory of the chapter's file. So after a chapter is read, its :class:`Excerpt` is kept and its tree is
packed until it is composed; an unchanged chapter is not read at all.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from book import cache, lint
from book.assemble.formulas import Formula, formulas_of
from book.assemble.remembered import Excerpt
from book.cache import Bundle
from book.dialects import Rewriting
from book.markdown import chapters, pandoc
from book.model import Draft, Manuscript, Sidebar
from book.problems import Problem
from book.settings import Settings
from book.sidebar.way import walk
from book.style.lessons import Sample, sample
from book.style.links import hosts

UNREAD = frozenset(
    "title subtitle authors editors translators illustrators series cover cover_alt logo logo_alt slug identifier publisher description subjects licence "
    "licence_url version date theme editions page_map number_chapters questions sidebar others exclude remote_images budgets print edition present "
    "places".split()
)
"""Settings that change nothing in a composed chapter; all others are part of its key."""


class Transcript(Struct, frozen=True, kw_only=True):
    """A chapter that was read now, or whose excerpt comes from the cache."""

    manuscript: Manuscript
    """The chapter, rewritten by its dialects."""
    entry: str
    """The key of everything on which reading it depended; empty without a cache."""
    excerpt: Excerpt
    draft: Draft | None = None
    """The draft without its tree, which is in :attr:`packed`; None if it was not read."""
    packed: bytes = b""

    @property
    def path(self) -> str:
        """The path of its file."""
        return self.manuscript.path

    @property
    def sample(self) -> Sample:
        """What it may teach the house style of the book."""
        return self.excerpt.sample

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems in its text."""
        return self.excerpt.problems

    @property
    def findings(self) -> lint.Findings:
        """The findings of the editor's checks."""
        return self.excerpt.findings

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts to which it has an https link."""
        return self.excerpt.hosts

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """Its formulas."""
        return self.excerpt.formulas


UNPACKED = 300_000
"""Letters of the chapters whose trees stay as they are: packing saves memory, but taking and giving back that memory costs a third more time."""
_TREES = ("title", "label", "blocks", "discussion")
"""The fields of a draft that are packed."""


class Reader(Struct, frozen=True, kw_only=True):
    """Reads the chapters of one book."""

    rewriting: Rewriting
    manuscripts: tuple[Manuscript, ...]
    """The chapters in reading order."""
    labels: Mapping[str, str | None]
    """The titles in the reading order, by path."""
    checks: lint.Choice
    cache: Path | None
    progress: Callable[[str], None]
    book: str = ""
    """Tells what is remembered of one book from what is remembered of another."""

    @classmethod
    def of(
        cls,
        rewriting: Rewriting,
        order: Sidebar,
        checks: lint.Choice,
        folder: Path | None,
        progress: Callable[[str], None],
        book: str = "",
    ) -> Reader:
        """Return the reader for the chapters of *rewriting* that are in *order*; *folder* is the cache, *book* as for the field."""
        labels = {entry.path: entry.title for entry in walk(order.entries) if entry.path}
        by_path = {manuscript.path: manuscript for manuscript in rewriting.manuscripts}
        manuscripts = tuple(by_path[path] for path in labels if path in by_path)
        return cls(
            rewriting=rewriting,
            manuscripts=manuscripts,
            labels=labels,
            checks=checks,
            cache=folder,
            progress=progress,
            book=book,
        )

    @property
    def settings(self) -> Settings:
        """The settings of the book; formulas are on if its text has some."""
        return self.rewriting.settings

    def transcripts(self) -> tuple[Transcript, ...]:
        """Return the transcripts of the chapters, in reading order.

        Raises:
            ToolMissing: pandoc is not installed.
        """
        shared = self._shared_entry() if self.cache else ""
        entries = {manuscript.path: (manuscript, self._entry(manuscript, shared)) for manuscript in self.manuscripts}
        memory = cache.Bundle(self.cache, "excerpts", self.bundle("excerpts"))
        known = {
            path: excerpt
            for path, (_, entry) in entries.items()
            if (excerpt := memory.recall(entry, Excerpt)) is not None
        }
        try:
            read = {
                transcript.manuscript.path: transcript
                for transcript in self._read([pair for path, pair in entries.items() if path not in known], memory)
            }
        finally:
            memory.close()  # what is read stays known, also if a later chapter cannot be read
        return tuple(
            read.get(path) or Transcript(manuscript=manuscript, entry=entry, excerpt=known[path])
            for path, (manuscript, entry) in entries.items()
        )

    def drafts(self, transcripts: Sequence[Transcript]) -> Iterator[Draft]:
        """Yield the chapters of *transcripts* as drafts; a chapter whose excerpt was cached is read now."""
        unread = [transcript.manuscript for transcript in transcripts if transcript.draft is None]
        again = (draft for draft, _ in self._drafts(unread))
        for transcript in transcripts:
            yield next(again) if transcript.draft is None else _unpacked(transcript.draft, transcript.packed)
        next(again, None)  # lets it finish

    def bundle(self, name: str) -> str:
        """Return the key of the bundle *name* for these chapters; empty without a cache."""
        return cache.key(cache.program(), name, self.book, repr(self.checks)) if self.cache else ""

    def _read(self, chapters: Sequence[tuple[Manuscript, str]], memory: Bundle) -> Iterator[Transcript]:
        settings, length = self.settings, 0
        drafts = self._drafts([manuscript for manuscript, _ in chapters])
        for (manuscript, entry), (draft, problems) in zip(chapters, drafts, strict=True):
            excerpt = Excerpt(
                problems=problems,
                findings=lint.inspect(draft, settings.lint, self.checks),
                hosts=hosts(draft),
                sample=sample(manuscript.text),
                formulas=tuple(formulas_of(draft)) if settings.math else (),
            )
            memory.keep(entry, excerpt)
            length += len(manuscript.text)
            bare, packed = _packed(draft) if length > UNPACKED else (draft, b"")
            yield Transcript(manuscript=manuscript, entry=entry, excerpt=excerpt, draft=bare, packed=packed)

    def _drafts(self, manuscripts: Sequence[Manuscript]) -> Iterator[tuple[Draft, tuple[Problem, ...]]]:
        return chapters.read(manuscripts, self.labels, self.settings, self.cache, self.progress, self.rewriting.after)

    def _shared_entry(self) -> str:
        """Return the key of what all chapters depend on."""
        values = (getattr(self.settings, name) for name in Settings.__struct_fields__ if name not in UNREAD)
        return cache.key(cache.program(), pandoc.version(), *map(repr, values), repr(self.checks))

    def _entry(self, manuscript: Manuscript, shared: str) -> str:
        """Return the key of everything on which a chapter depends until the rest of its book is known."""
        if self.cache is None:
            return ""
        context = self.rewriting.contexts.get(manuscript.path)
        typed = context.manuscript if context else manuscript
        return cache.key(
            shared,
            repr(self.labels.get(manuscript.path)),
            repr((sorted(context.library.names), sorted(context.reported)) if context else None),
            manuscript.digest,
            typed.digest,
        )


def _packed(draft: Draft) -> tuple[Draft, bytes]:
    """Return *draft* without its trees, and the packed trees; if they are too deep to be packed, *draft* keeps them."""
    try:
        packed = marshal.dumps([getattr(draft, name) for name in _TREES])
    except ValueError:
        return draft, b""
    return replace(draft, title=(), label=(), blocks=(), discussion=()), packed


def _unpacked(draft: Draft, packed: bytes) -> Draft:
    """Return the argument of :func:`_packed`."""
    if not packed:
        return draft
    title, label, blocks, discussion = marshal.loads(packed)  # noqa: S302 - our own words to ourselves
    return replace(draft, title=title, label=label, blocks=blocks, discussion=discussion)
