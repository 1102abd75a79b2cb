"""Applies the house style to each chapter and composes it, and caches the result, so that only changed chapters are composed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from book import cache, forms
from book.assemble import compose, formulas, remembered
from book.assemble.remembered import Head, Result, Sound, Whole
from book.assemble.transcripts import Reader, Transcript
from book.cache import Bundle
from book.model import Change, Composed, Nodes, Sidebar, Title
from book.problems import Problem
from book.stopwatch import timed
from book.style.house_style import Knowledge, in_house_style

BATCH = 120
"""The most chapters whose trees are in memory together: those that one pandoc process writes."""


class Composition(Struct, frozen=True, kw_only=True):
    """The composed chapters of a book."""

    results: tuple[Result, ...]
    titles: Mapping[str, Title]
    """The titles of the parts, by the title as written."""
    sidebar: Sidebar
    """The reading order."""

    @property
    def chapters(self) -> tuple[Composed, ...]:
        """The chapters."""
        return tuple(result.chapter for result in self.results)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of house style, then notes on repaired tags."""
        doubts = (problem for result in self.results for problem in result.problems)
        return (*doubts, *(problem for result in self.results for problem in result.misplaced))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of house style."""
        return tuple(change for result in self.results for change in result.changes)


class Setter(Struct, frozen=True, kw_only=True):
    """Composes the chapters of one book."""

    reader: Reader
    known: Knowledge
    mathml: formulas.Formulas

    def compose(self, transcripts: Sequence[Transcript], titles: Mapping[str, Nodes], sidebar: Sidebar) -> Composition:
        """Return the chapters of *transcripts* and the *titles* of the parts, composed; *sidebar* is their order.

        Raises:
            ManuscriptError: pandoc cannot write a chapter; the error names it.
        """
        checked = cache.Bundle(self.cache, "links", cache.key(cache.program(), "checked", self.reader.book))

        def sound(entry: str, check: Callable[[], object]) -> None:
            if not checked.recall(entry, bool):
                check()
                checked.keep(entry, value=True)

        heads = cache.Bundle(self.cache, "chapters", self.reader.bundle("composed"))
        results = {transcript.path: self._remembered(transcript, heads, sound) for transcript in transcripts}
        unset = [transcript for transcript in transcripts if results[transcript.path] is None]
        headings: Mapping[str, Title] = {}
        for start in range(0, max(len(unset), bool(titles)), BATCH):
            batch = unset[start : start + BATCH]
            composed, own = self._composed(batch, {} if start else titles)
            headings = own or headings
            results |= {result.chapter.source.path: result for result in composed}
            for transcript, result in zip(batch, composed, strict=True):
                head = remembered.head_of(result)
                heads.keep(self._entry(transcript), head)
                checked.keep(cache.key(*head.lines), value=True)  # what is composed here is not read from anywhere
        heads.close()
        checked.close()
        chapters = tuple(result for result in results.values() if result)
        return Composition(results=chapters, titles=headings, sidebar=sidebar)

    def _composed(
        self, transcripts: Sequence[Transcript], titles: Mapping[str, Nodes]
    ) -> tuple[tuple[Result, ...], Mapping[str, Title]]:
        """Return *transcripts* and *titles*, composed in one run of pandoc."""
        reader = self.reader
        styled = []
        for draft in reader.drafts(transcripts):
            known = self.known.traced()
            with timed("house style", draft.source.path):
                styled.append((*in_house_style(draft, reader.settings, known), known.answers()))
        drafts = [draft for draft, *_ in styled]
        chapters, headings, misplaced = compose.compose(drafts, titles, reader.settings.limits, self.mathml, self.cache)
        results = tuple(
            Result(chapter=chapter, problems=problems, changes=changes, misplaced=repairs, answers=answers)
            for chapter, repairs, (_, problems, changes, answers) in zip(chapters, misplaced, styled, strict=True)
        )
        for transcript, result in zip(transcripts, results, strict=True):
            data = forms.ENCODER.encode(remembered.whole_of(result))
            cache.keep(self.cache, "chapters", self._entry(transcript), data)
        return results, headings

    @property
    def cache(self) -> Path | None:
        """The folder in which chapters are cached."""
        return self.reader.cache

    def _remembered(self, transcript: Transcript, heads: Bundle, sound: Sound) -> Result | None:
        """Return the chapter as composed before with the same text, the same formulas and the same answers of its book; None if there is none.

        Its body and its words are in an entry of their own, which is read when something needs them; mostly, nothing does.
        """
        entry, source = self._entry(transcript), transcript.manuscript

        def holds(head: Head) -> bool:
            return self.known.agrees(head.answers) and remembered.is_sound(head, sound)

        def cached() -> Whole | None:
            return cache.recall(self.cache, "chapters", entry, forms.decoder(Whole).decode)

        def whole(head: Head) -> Result:
            """Return the whole chapter; if its entry is gone, or is not that of *head*, compose it again."""
            known = cached()
            result = None if known is None else remembered.of_whole(known, source)
            if result is None or remembered.head_of(result) != head:
                result = self._composed([transcript], {})[0][0]
            return result

        head = heads.recall(entry, Head, holds=holds, last=False)
        if head is not None:
            return remembered.of_head(head, source, functools.cache(functools.partial(whole, head)))
        known = cached()
        if known is None or not forms.believed(known, holds):
            return None
        result = remembered.of_whole(known, source)
        heads.keep(entry, remembered.head_of(result))
        return result

    def _entry(self, transcript: Transcript) -> str:
        mathml = sorted({(*formula.key, self.mathml.get(formula.key, "")) for formula in transcript.formulas})
        return cache.key(transcript.entry, self.known.other, repr(mathml))
