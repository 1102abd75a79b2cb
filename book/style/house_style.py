"""House style of a chapter, links first and then marks: for the build, which prints it, and for `book fix`, which writes it to the files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from book.model import Change, Draft
from book.problems import Problem
from book.settings import Settings
from book.style import Correction, Style, apply, corrections, learn, text
from book.style.links import gather, links
from book.style.links.addresses import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Styled:
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


def in_house_style(
    chapters: Iterable[Draft], settings: Settings
) -> tuple[tuple[Draft, ...], tuple[Problem, ...], tuple[Change, ...]]:
    """Return all *chapters* of a book in house style, with their problems and changes, chapter by chapter."""
    chapters = tuple(chapters)
    style = book_style((chapter.source.text for chapter in chapters), settings)
    evidence = gather(chapters, settings.links.https_hosts)
    printed: list[Draft] = []
    problems: list[Problem] = []
    changes: list[Change] = []
    for chapter in chapters:
        draft = styled(chapter, evidence, settings, style)
        marked, doubts, edits = apply(draft.linked, style)
        problems += (*draft.problems, *doubts)
        changes += (*draft.changes, *edits)
        printed.append(replace(marked, description=text(chapter.description, style)))
    return tuple(printed), tuple(problems), tuple(changes)
