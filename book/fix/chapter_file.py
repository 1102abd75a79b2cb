"""One chapter file: finds the edits to make, and proves that the fixed file still reads as before."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import TypeVar

from msgspec import Struct, field

from book.fix import source_edits
from book.fix.source_edits import Edit, Text, Value
from book.fix.whole_book import Read, WholeBook
from book.markdown.positions import without_positions
from book.model import Change, FrontMatter, Manuscript, Nodes
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, printable
from book.source import manuscript
from book.style import Correction
from book.style.house_style import Styled

NOT_HERE = Kind("C101", Severity.NOTE, "a change that the build makes but that cannot be written into the file")
UNPROVED = Kind("C102", Severity.ERROR, "a file that would not print the same once fixed; it is unchanged")

MOST_READINGS = 24
"""Most readings of a text to find out which edits break it."""
MOST_ROUNDS = 3
"""Most rounds of fixing a text until a round changes nothing."""

PLAIN_WORDS = regex(r"(?:[^\W\d_]|[ ,])*")
"""Text in which no rule can change anything."""

BLANKS = {ord(blank): f"\\u{ord(blank):04x}" for blank in "\u00a0\u202f"}
"""How special spaces are shown in messages."""


T = TypeVar("T")
Reading = Generator[Manuscript, Read, T]
"""Work on a chapter that yields each text that pandoc must read for it, and gets what that is: the texts of many chapters are read together."""


class ChapterFile(Struct, kw_only=True):
    """The state of one call of :meth:`fix`."""

    book: WholeBook
    path: str
    readings: int = 0
    notes: dict[Change, Problem] = field(default_factory=dict)

    def fix(self, data: bytes) -> Reading[tuple[bytes, int, tuple[Problem, ...]]]:
        """Return the fixed file, the number of replaced pieces, and the problems."""
        text, count = data.decode("utf-8"), 0
        source = self.read(text)
        chapter, problems = (yield source) if source else (None, ())
        if source is None or chapter is None:
            return data, 0, problems
        draft = self.book.styled(chapter)
        for _ in range(MOST_ROUNDS):
            self.notes.clear()
            apart = source_edits.taken_apart(text)
            corrections, changes, elsewhere = self.own(draft)
            edits, rest = source_edits.edits_of(apart.lines, corrections, changes)
            front, left = self.front(apart, source)
            self.tell((*elsewhere, *rest, *left))
            if not edits and not front:
                break
            accepted, draft = yield from self.proved(apart, edits, front, draft)
            if not accepted:
                break
            text, count = apart.with_edits(accepted), count + len(accepted)
            source = self.read(text) or source
        else:
            fault = UNPROVED.at(
                Place(path=self.path),
                "this file would change again on every run; it is left unchanged",
                fix="fix it by hand",
            )
            return data, 0, (fault,)
        return text.encode("utf-8"), count, tuple(sorted(self.notes.values(), key=lambda note: note.place.spot))

    def own(self, draft: Styled) -> tuple[list[Correction], list[Change], list[Change]]:
        """Return the corrections and changes of this file, and the changes of files that it includes."""
        corrections = [correction for correction in draft.corrections() if correction.change.place.path == self.path]
        changes = [change for change in draft.changes if change.place.path == self.path]
        every = (*(correction.change for correction in draft.corrections()), *draft.changes)
        return corrections, changes, [change for change in every if change.place.path != self.path]

    def read(self, text: str) -> Manuscript | None:
        """Return the file with *text*, None when it cannot be read."""
        return manuscript.parse(text.encode("utf-8"), self.path, self.book.settings)[0]

    def tell(self, changes: Iterable[Change]) -> None:
        """Note *changes* that the build makes and the file does not get."""
        for change in changes:
            before, after = (printable(words, 80).translate(BLANKS) for words in (change.before, change.after))
            message = f"not fixed here: '{before}', printed as '{after}' ({change.rule})"
            self.notes[change] = NOT_HERE.at(change.place, message)

    def proved(
        self, apart: Text, edits: Mapping[Edit, Change], front: Mapping[Edit, Change], draft: Styled
    ) -> Reading[tuple[list[Edit], Styled]]:
        """Return those of *edits* and *front* with which the text still prints the same, and the resulting text in house style.

        The edits are tried together; if the result differs, in halves, down to single lines.
        """
        goal = _tree(draft)
        accepted = list(front)
        now: Styled | None = None
        groups = [list(edits)]
        while groups:
            group = groups.pop()
            tried = yield from self.reads_as(goal, apart.with_edits((*accepted, *group)))
            if tried is not None:
                accepted += group
                now = tried
            elif len(group) > 1 and self.readings < MOST_READINGS:
                groups += reversed(_halves(group))
            else:
                self.tell(edits[edit] for edit in group)
        if now is None:
            now = yield from self.reads_as(goal, apart.with_edits(accepted))
        return (accepted, now) if now is not None else ([], draft)

    def reads_as(self, goal: Nodes, text: str) -> Reading[Styled | None]:
        """Return *text* in house style if it is printed as *goal*, else None."""
        self.readings += 1
        source = self.read(text)
        chapter = (yield source)[0] if source else None
        if chapter is None:
            return None
        draft = self.book.styled(chapter)
        return draft if _tree(draft) == goal else None

    def front(self, apart: Text, source: Manuscript) -> tuple[dict[Edit, Change], list[Change]]:
        """Return the edits of the front matter that parse as intended, and the changes that cannot be made there."""
        values = tuple(value for value in source_edits.values(apart.lines) if not PLAIN_WORDS.fullmatch(value.words))
        edits_in_file: dict[Edit, Change] = {}
        rest: list[Change] = []
        for value, draft in zip(values, self.book.lines(source, values), strict=True):
            edits, left = source_edits.edits_of((value.words,), draft.corrections(), draft.changes)
            place = source.front.places.get(value.key, Place(path=self.path))
            placed: dict[Edit, Change] = {}
            written: list[Edit] = []
            for edit, change in edits.items():
                edit_in_file = value.edit(edit.start, edit.end, edit.new)
                if edit_in_file is None:
                    left.append(change)
                else:
                    written.append(edit)
                    placed[edit_in_file] = change.at(
                        Place(path=self.path, line=edit_in_file.line, column=edit_in_file.start + 1)
                    )
            words = source_edits.taken_apart(value.words).with_edits(written)
            if placed and self.means(apart.with_edits(placed), value, words, source.front):
                edits_in_file |= placed
            else:
                left += (edits[edit] for edit in written)
            rest += (change.at(place) for change in left)
        return edits_in_file, rest

    def means(self, text: str, value: Value, words: str, before: FrontMatter) -> bool:
        """Return whether *text* has *words* for *value*, and otherwise the same front matter as *before*."""
        source = self.read(text)
        if source is None:
            return False
        old, new = source_edits.contents(before), source_edits.contents(source.front)
        if old.keys() != new.keys() or any(old[key] != new[key] for key in old if key != value.key):
            return False
        was, now = old[value.key], new[value.key]
        if isinstance(was, list) and isinstance(now, list):
            return [words if item == value.words else item for item in was] == now
        return now == words


def _tree(draft: Styled) -> Nodes:
    """Return the printed text of a chapter, without positions."""
    return without_positions(draft.printed().blocks)


def _halves(edits: list[Edit]) -> list[list[Edit]]:
    """Return two halves of *edits*, keeping those of one line together if there are several lines."""
    lines = sorted({edit.line for edit in edits})
    if len(lines) == 1:
        middle = len(edits) // 2
        return [edits[:middle], edits[middle:]]
    border = lines[len(lines) // 2]
    return [[edit for edit in edits if edit.line < border], [edit for edit in edits if edit.line >= border]]
