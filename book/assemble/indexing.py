"""The index at the back of the book: the entries that chapters mark, in alphabetical order, with links to their places.

It is a chapter like any other, so that contents, navigation and bookmarks have it too. A link is named by the section in which its
place stands; paged editions put the page number there instead (:mod:`book.paged.index_pages`).
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lxml import etree
from msgspec.structs import replace

from book.assemble import alphabets, index_marks
from book.assemble.wording import IN_A_WORD, words
from book.body import Body, Element, kinds
from book.labels import label
from book.model import Chapter, Collation, FrontMatter, IndexMark, Manuscript, Wording, changed
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, nearest
from book.settings import Settings
from book.style import Style, text
from book.style.house_style import style_of

NO_ENTRY = Kind("R131", Severity.WARNING, "a reference of the index to an entry that it does not have")
SPELLED = Kind("R132", Severity.NOTE, "two entries of the index that may be the same")
UNREAD = Kind("R135", Severity.NOTE, "an entry of the index whose reading is not known")
HALF = Kind("R133", Severity.WARNING, "a range of the index that has one end")

ROLE = "index"
"""The role of the chapter that holds the index; the author may write one, which says what stands above it."""
FEWEST = 20
"""The fewest entries that are grouped below their letters."""
NO_NAME = regex(r"[^\w.]+")
"""What does not stand in an id."""
LEVELS = regex(r"(?<=[^!\s])\s*!\s*(?=[^!\s])")
"""Parts an entry from its subentry."""
MARKUP = regex(r"`([^`]+)`|\*\*([^*\s](?:[^*]*[^*\s])?)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*")
"""Code, strong words and emphasis in an entry that an author wrote as an attribute."""

Path = tuple[str, ...]
"""An entry and what it stands below, in plain words."""


class Entry:
    """An entry of the index while it is gathered."""

    def __init__(self, path: Path, shown: str, place: Place) -> None:
        self.path, self.shown, self.place = path, shown, place
        """Its plain words; the same as XHTML; where it was marked first."""
        self.sort = path[-1]
        self.spots: dict[str, str] = {}
        """The id of each place that it names, and the title of the section in which that stands, or else of the chapter."""
        self.ends: dict[str, tuple[str, str]] = {}
        """The id of a place with which a range begins -> that with which it ends, and the title of its section."""
        self.references: dict[str, dict[Path, str]] = {"see": {}, "see_also": {}}
        """By the name of their label: the entries that it refers to, as XHTML."""
        self.below: dict[str, Entry] = {}
        self.name = ""
        """What its id ends with: its words, so that it stays when other entries come and go."""


def indexed(collation: Collation[Chapter], settings: Settings) -> tuple[Collation[Chapter], tuple[Problem, ...]]:
    """Return *collation* with an index at the back, and the problems of its entries; the same if no chapter marks any.

    Args:
        collation: the chapters, with references resolved.
        settings: of the book; ``index = false`` leaves the index out.
    """
    if not settings.index or not any(chapter.marks for chapter in collation.spine):
        return collation, ()
    language = collation.metadata.language
    gathering = _Gathering(collation, style_of(settings), language)
    own = next((chapter for chapter in collation.spine if chapter.role == ROLE), None)
    slug = own.slug if own else _free(collation)
    listing = _Listing(gathering, slug, language)
    body, problems = listing.body(), (*gathering.doubts(), *gathering.halves, *listing.problems)
    if own is None:
        made = _chapter(slug, language, body)
        ends = [number for number, chapter in enumerate(collation.back) if chapter.role == "colophon"]
        at = ends[-1] if ends else len(collation.back)
        return replace(collation, back=(*collation.back[:at], made, *collation.back[at:])), problems

    def with_index(chapter: Chapter) -> Chapter:
        return _appended(chapter, body) if chapter is own else chapter

    front, back = (tuple(map(with_index, matter)) for matter in (collation.front, collation.back))
    return replace(collation, front=front, main=changed(collation.main, with_index), back=back), problems


def _free(collation: Collation[Chapter]) -> str:
    """Return a name for the chapter that nothing in the book has."""
    taken = {part.slug for part in collation.parts}
    for chapter in collation.spine:
        taken |= {chapter.slug, *chapter.body.ids()}
    names = (ROLE, *(f"{ROLE}-{number}" for number in range(2, len(taken) + 3)))
    return next(
        name for name in names if name not in taken and not any(id_.startswith(f"{name}-entry-") for id_ in taken)
    )


def _chapter(slug: str, language: str, body: Body) -> Chapter:
    title = label(language, "index")
    line = Body.text_line(title)
    spoken = " ".join((*words(title), *_words(body.root)))
    return Chapter(
        slug=slug,
        source=Manuscript(path=ROLE, text="", first_line=1, front=FrontMatter()),
        lang=language,
        role=ROLE,
        matter="back",
        title=title,
        heading=line,
        entry=line,
        body=body,
        words=0,
        wording=Wording(running=spoken),
        is_made=True,
    )


def _appended(chapter: Chapter, index: Body) -> Chapter:
    """Return *chapter* with the *index* at its end, in front of its notes."""

    def append(root: Element) -> None:
        inner = index.copy()
        notes = next((element for element in root if "footnotes" in kinds(element)), None)
        for element in inner:
            root.append(element) if notes is None else notes.addprevious(element)

    own = chapter.wording
    running = " ".join(filter(None, (own.running, " ".join(_words(index.root)))))
    wording = Wording(running=running, notes=own.notes, questions=own.questions, signs=own.signs)
    return replace(chapter, body=chapter.body.changed(append), wording=wording)


def _words(root: Element) -> tuple[str, ...]:
    """Return the words of the entries below *root*, without what Handbound adds to them."""
    pieces: list[str] = []

    def gather(element: Element) -> None:
        if "added" in kinds(element):
            return
        space = "" if element.tag in IN_A_WORD else " "
        pieces.append(space + (element.text or ""))
        for child in element.iterchildren(etree.Element):
            gather(child)
            pieces.append(child.tail or "")
        pieces.append(space)

    gather(root)
    return words("".join(pieces))


class _Gathering:
    """The entries of a book, from the marks of its chapters."""

    def __init__(self, collation: Collation[Chapter], style: Style, language: str) -> None:
        self.style, self.language = style, language
        self.top: dict[str, Entry] = {}
        self.every: dict[Path, Entry] = {}
        self.begun: dict[Path, tuple[str, Place]] = {}
        """The entries with a range that has no end yet -> the id of the place with which it began."""
        self.halves: list[Problem] = []
        titles = Counter(section.heading.text for chapter in collation.spine for section in chapter.sections)
        self.ambiguous = {title for title, times in titles.items() if times > 1}
        for chapter in collation.spine:
            sections = _Sections(chapter, self.ambiguous) if chapter.marks else None
            for mark in chapter.marks:
                self.take(mark, chapter, sections)
        self.halves += [self._half(path, place, "begins", "end") for path, (_, place) in self.begun.items()]

    def take(self, mark: IndexMark, chapter: Chapter, sections: _Sections | None) -> None:
        """Enter the *mark* of a *chapter*."""
        place = chapter.source.place(mark.line, mark.column) if mark.line else chapter.source.place(1)
        levels = self.levels(mark.key) if mark.key else [(_plain(mark.words), mark.words)]
        sorts = LEVELS.split(mark.sort)
        sorts = sorts if len(sorts) == len(levels) else [*[""] * (len(levels) - 1), mark.sort]
        below, entry = self.top, None
        for number, (plain, shown) in enumerate(levels):
            path = (*(entry.path if entry else ()), plain)
            if plain not in below:
                below[plain] = self.every[path] = Entry(path, shown, place)
            entry = below[plain]
            entry.sort = sorts[number] or entry.sort
            below = entry.below
        if entry is None:
            return
        if index_marks.is_place(mark) and sections is not None:
            self._enter(entry, mark, sections.of(mark.identifier), place)
        for name, targets in (("see", mark.see), ("see_also", mark.also)):
            for target in targets:
                named = self.levels(target)
                shown = ", ".join(xhtml for _, xhtml in named)
                entry.references[name][tuple(plain for plain, _ in named)] = shown

    def _enter(self, entry: Entry, mark: IndexMark, section: str, place: Place) -> None:
        """Enter the place of *mark*, in *section*, for its *entry*."""
        if mark.range == "end":
            begun, _ = self.begun.pop(entry.path, ("", place))
            if begun:
                entry.ends[begun] = mark.identifier, section
                return
            self.halves.append(self._half(entry.path, place, "ends", "begin"))
        entry.spots.setdefault(mark.identifier, section)
        if mark.range == "begin":
            if (earlier := self.begun.get(entry.path)) is not None:
                self.halves.append(self._half(entry.path, earlier[1], "begins", "end"))
            self.begun[entry.path] = mark.identifier, place

    def _half(self, path: Path, place: Place, have: str, want: str) -> Problem:
        message = f"a range of the entry '{', '.join(path)}' {have} here and does not {want}; it is one place"
        return HALF.at(place, message, fix=f'mark where it {want}s: []{{.index key="{"!".join(path)}" range="{want}"}}')

    def levels(self, key: str) -> list[tuple[str, str]]:
        """Return the words of an entry and of those above it, from the text of an attribute: each plain and as XHTML."""
        pieces = (text(piece.strip(), self.style) for piece in LEVELS.split(key))
        return [(_plain(xhtml), xhtml) for xhtml in map(_marked_up, pieces)]

    def doubts(self) -> Iterator[Problem]:
        """Yield a note for each entry that differs from an earlier one in capitals, or in the number of English nouns, alone; and for each without a reading."""
        known: dict[str, Entry] = {}
        if self.language.partition("-")[0].lower() == "ja":  # a character has several readings there
            for entry in self.every.values():
                if alphabets.IDEOGRAPHS.search(entry.sort):
                    message = f"the reading of '{entry.path[-1]}' is not known: it stands behind the kana"
                    yield UNREAD.at(entry.place, message, fix='write its reading, as in sort="とうきょう"')
        for entry in self.top.values():
            folded = entry.path[0].casefold()
            forms = [folded, f"{folded}s", folded.removesuffix("s")] if self.language.startswith("en") else [folded]
            other = next((known[form] for form in forms if form and form in known), None)
            known.setdefault(folded, entry)
            if other is not None:
                message = f"'{entry.path[0]}' and '{other.path[0]}' ({other.place}) are two entries of the index"
                yield SPELLED.at(entry.place, message, fix=f'write key="{other.path[0]}" here if they are the same')


def _plain(xhtml: str) -> str:
    """Return the words of a line of XHTML, by which two entries are the same."""
    return unicodedata.normalize("NFC", " ".join(Body.of(xhtml).text.split()))


def _marked_up(words: str) -> str:
    """Return the *words* of an entry as XHTML.

    >>> _marked_up("`grep -r` & *co*")
    '<code>grep -r</code> &amp; <em>co</em>'
    """

    def element(match: re.Match[str]) -> str:
        tag, inner = next((tag, match[n]) for n, tag in enumerate(("code", "strong", "em"), 1) if match[n] is not None)
        return f"<{tag}>{inner}</{tag}>"

    return MARKUP.sub(element, html.escape(words, quote=False))


class _Sections:
    """Where the places of a chapter stand in it."""

    def __init__(self, chapter: Chapter, ambiguous: set[str]) -> None:
        self.chapter = chapter
        self.names = tuple(chapter.body.ids())
        self.order = {name: at for at, name in enumerate(self.names)}
        known = [section for section in chapter.sections if section.identifier in self.order]
        self.begins = [self.order[section.identifier] for section in known]
        title = chapter.entry.text
        self.titles = [
            f"{title}: {words}" if words in ambiguous else words for words in (s.heading.text for s in known)
        ]
        self.notes = sorted(at for name, at in self.order.items() if self._called(name))

    def of(self, name: str) -> str:
        """Return the title of the section in which the element *name* stands; that of the chapter before its first section."""
        at = self.order.get(name, -1)
        note = bisect_right(self.notes, at)
        if note:  # it stands where the note is called
            at = self.order.get(self._called(self.names[self.notes[note - 1]]), at)
        section = bisect_right(self.begins, at)
        return self.titles[section - 1] if section else self.chapter.entry.text

    def _called(self, name: str) -> str:
        """Return the id of the first call of the note *name*; empty if it is none."""
        number = name.removeprefix(f"{self.chapter.slug}-note-")
        return f"{self.chapter.slug}-noteref-{number}" if number != name and number.isdecimal() else ""


def _locator(identifier: str, title: str) -> str:
    """Return a link to a place, named by its section."""
    return f'<a hb:kind="locator" epub:type="index-locator" href="#{identifier}">{html.escape(title, quote=False)}</a>'


class _Listing:
    """The index as XHTML."""

    def __init__(self, gathering: _Gathering, slug: str, language: str) -> None:
        self.gathering, self.slug, self.language = gathering, slug, language
        self.alphabet = alphabets.alphabet(language)
        self.problems: list[Problem] = []
        taken: set[str] = set()
        for entry in self._walk(gathering.top.values()):
            name = "-".join(NO_NAME.sub("-", words.casefold()).strip("-") or "sign" for words in entry.path)
            names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
            entry.name = next(name for name in names if name not in taken)
            taken.add(entry.name)

    def _sorted(self, entries: Iterable[Entry]) -> list[Entry]:
        return sorted(entries, key=lambda entry: (self.alphabet.key(entry.sort), entry.path))

    def _walk(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in self._sorted(entries):
            yield entry
            yield from self._walk(entry.below.values())

    def body(self) -> Body:
        """Return all of it."""
        entries = self._sorted(self.gathering.top.values())
        groups: list[tuple[str, list[Entry]]] = []
        for entry in entries:
            head = self.alphabet.head(entry.sort) if len(entries) >= FEWEST else ""
            if not groups or groups[-1][0] != head:
                groups.append((head, []))
            groups[-1][1].append(entry)
        lists = (
            (f'<h2 hb:kind="index-letter">{html.escape(head)}</h2>\n' if head else "") + self._list(group)
            for head, group in groups
        )
        return Body.of(f'\n<div hb:kind="index-list">\n{"".join(lists)}</div>\n')

    def _list(self, entries: Sequence[Entry]) -> str:
        items = "".join(self._item(entry) for entry in entries)
        return f'<ul hb:kind="index-entries" epub:type="index-entry-list">\n{items}</ul>\n'

    def _item(self, entry: Entry) -> str:
        term = f'<span epub:type="index-term">{entry.shown}</span>'
        references = "".join(self._references(entry, name, targets) for name, targets in entry.references.items())
        below = "\n" + self._list(self._sorted(entry.below.values())) if entry.below else ""
        return (
            f'<li id="{self._id(entry)}" epub:type="index-entry">{term}{self._places(entry)}{references}{below}</li>\n'
        )

    def _id(self, entry: Entry) -> str:
        return f"{self.slug}-entry-{entry.name}"

    def _places(self, entry: Entry) -> str:
        """Return the links of *entry* to its places; those in one section are one link, which keeps all of them for page numbers."""
        links: dict[str, str] = {}
        for identifier, section in entry.spots.items():
            end, last = entry.ends.get(identifier, (identifier, section))
            if last != section:
                ends = f"{_locator(identifier, section)}\u2013{_locator(end, last)}"
                links[identifier] = f'<span epub:type="index-locator-range">{ends}</span>'
            else:
                links.setdefault(section, _locator(identifier, section))
        every = " ".join(f"{name}|{entry.ends[name][0]}" if name in entry.ends else name for name in entry.spots)
        return (
            f'<span hb:kind="added locators" hb:places="{every}">, {"; ".join(links.values())}</span>' if links else ""
        )

    def _references(self, entry: Entry, name: str, targets: Mapping[Path, str]) -> str:
        """Return the references of *entry* to other entries, in the words of the language."""
        if not targets:
            return ""
        links = []
        for path, shown in targets.items():
            other = self.gathering.every.get(path)
            if other is None:
                self._tell(entry, path)
            href = f' href="#{self._id(other)}"' if other else ""
            tag = "a" if other else "span"
            links.append(f'<{tag} hb:kind="cross-reference"{href}>{shown}</{tag}>')
        before, _, after = label(self.language, name, names="\0").partition("\0")
        around = "; " if name == "see_also" and entry.spots else ", "
        words_after = f'<span hb:kind="added">{html.escape(after)}</span>' if after else ""
        separator = '<span hb:kind="added">; </span>'
        first = (
            f'<span hb:kind="added">{around}<i>{html.escape(before)}</i></span>'
            if before.strip()
            else f'<span hb:kind="added">{around}</span>'
        )
        return f"{first}{separator.join(links)}{words_after}"

    def _tell(self, entry: Entry, path: Path) -> None:
        names = {", ".join(known): known for known in self.gathering.every}
        near = nearest(", ".join(path), names)
        fix = f'did you mean "{"!".join(names[near])}"?' if near else "name an entry that is marked somewhere"
        message = f"the entry '{', '.join(entry.path)}' refers to '{', '.join(path)}', which the index does not have"
        self.problems.append(NO_ENTRY.at(entry.place, message, fix=fix))
