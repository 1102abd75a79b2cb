"""House style of a chapter, links first and then marks: for the build, which prints it, and for `book fix`, which writes it to the files."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from book.model import Change, Draft
from book.problems import Problem
from book.settings import Settings
from book.style import Correction, Style, apply, corrections, learn, text
from book.style.lessons import Sample, remembered
from book.style.links import known_hosts, links
from book.style.links.addresses import Evidence
from book.style.traced import Traced, still_true
from book.style.words import NO_WORDS


class Styled(Struct, frozen=True, kw_only=True):
    """A chapter with its links in house style; its marks follow on request."""

    linked: Draft
    problems: tuple[Problem, ...]
    """Problems of its links."""
    changes: tuple[Change, ...]
    """Changes of its links."""
    style: Style

    def corrections(self) -> tuple[Correction, ...]:
        """Return the corrections of the marks, for `book fix`."""
        return corrections(self.linked, self.style)

    def printed(self) -> Draft:
        """Return the chapter as it is printed."""
        return apply(self.linked, self.style)[0]


def style_of(settings: Settings) -> Style:
    """Return the house style of a book with these *settings*."""
    return Style(
        language=settings.language,
        guessed=settings.guessed,
        outer=settings.quotes.outer,
        double_hyphen=settings.dashes.double_hyphen,
        skip=settings.quotes.skip,
        quotes=settings.rules.quotes,
        dashes=settings.rules.dashes,
        spaces=settings.rules.spaces,
    )


def book_style(texts: Iterable[str], settings: Settings) -> Style:
    """Return the house style of a book with these *settings*, and what the *texts* of all its chapters teach."""
    return learn(texts, style_of(settings))


def styled(chapter: Draft, evidence: Evidence, settings: Settings, style: Style) -> Styled:
    """Return *chapter* with its links in house style.

    With the rule off, links are left as typed; unsafe ones are still rejected.
    """
    linked, problems, changes = links(chapter, evidence, fix=settings.rules.links)
    return Styled(linked=linked, problems=problems, changes=changes, style=style)


class Knowledge(Struct, frozen=True, kw_only=True):
    """What the house style of a chapter is told of the rest of its book."""

    style: Style
    """With the words that the book teaches."""
    hosts: Container[str]
    """The hosts known to speak https."""

    def traced(self) -> Knowledge:
        """Return the same, in which every question can be counted: its :meth:`answers`."""
        words = self.style.words or NO_WORDS
        watched = replace(
            words,
            heads=Traced(words.heads),
            tails=Traced(words.tails),
            whole=Traced(words.whole),
            labels=Traced(words.labels),
        )
        return replace(self, style=replace(self.style, words=watched), hosts=Traced(self.hosts))

    def answers(self) -> dict[str, dict[str, bool]]:
        """Return the questions that were asked of what :meth:`traced` returned, each with its answer."""
        return {name: words.answers for name, words in self._sets() if isinstance(words, Traced)}

    def agrees(self, answers: Mapping[str, Mapping[str, bool]]) -> bool:
        """Return whether *answers*, from another day, are those of this knowledge."""
        return all(still_true(answers[name], words) for name, words in self._sets())

    def _sets(self) -> Iterator[tuple[str, Container[str]]]:
        words = self.style.words or NO_WORDS
        yield "hosts", self.hosts
        yield from (
            ("heads", words.heads),
            ("tails", words.tails),
            ("whole", words.whole),
            ("labels", words.labels),
        )

    @property
    def other(self) -> str:
        """What is not asked for word by word, for the key of a cache."""
        words = self.style.words or NO_WORDS
        return repr((replace(self.style, words=None), words.dialect))


def knowledge(
    samples: Iterable[Sample], hosts: Iterable[frozenset[str]], settings: Settings, folder: Path | None
) -> Knowledge:
    """Return what a book teaches: by the *samples* of its chapters, and by the *hosts* to which each has an https link.

    What it taught before is remembered in the cache *folder*; None: nothing is remembered.
    """
    style = remembered(samples, style_of(settings), folder)
    return Knowledge(style=style, hosts=known_hosts(hosts, settings.links.https_hosts))


def in_house_style(
    chapter: Draft, settings: Settings, known: Knowledge
) -> tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]:
    """Return a *chapter* of a book in house style, its problems and its changes."""
    draft = styled(chapter, Evidence(https_hosts=known.hosts), settings, known.style)
    marked, doubts, edits = apply(draft.linked, known.style)
    printed = replace(marked, description=text(chapter.description, known.style))
    return printed, (*draft.problems, *doubts), (*draft.changes, *edits)
