"""CITATIONS: formats the citations of chapters in one run of citeproc, with links to the lists of references."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from book import labels
from book.citing import style, wording, works
from book.citing.works import Works
from book.dialects import Rewriting
from book.dialects.citations import Citation, ListPlace, citations, files, lists
from book.dialects.rows import Row
from book.dialects.tags import Edit, Passage
from book.model import Entry, FrontMatter, Manuscript, Origin, Sidebar
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, nearest, printable
from book.settings import FILE
from book.sidebar.way import paths
from book.values import Gathered, Reading

UNKNOWN = Kind("R123", Severity.WARNING, "a citation of a work that no bibliography has")

OFFERS = 20
"""The most unknown keys for which the nearest key is searched."""
_SPECIAL = regex(r"([\\`*_\[\]<>$~^#|&!{}])")
_FORMULA = regex(r"\$`([^`\n]*)`\$")
_LINK = regex(r"\]\(#ref-w(\d+)\)")
_OWN_CHAPTER = regex(r"(?:.*/)?(?:[\d._-]+)?(?:references|bibliography)\.\w+", re.IGNORECASE)


class _Chapter(Struct, kw_only=True):
    """One chapter that cites works, or lists them."""

    page: Passage
    citations: tuple[Citation, ...]
    places: tuple[ListPlace, ...]
    edits: list[Edit] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """The keys of the works that it cites."""

    @property
    def path(self) -> str:
        return self.page.manuscript.path


def cite(read: Reading[Gathered], rewriting: Rewriting) -> tuple[Reading[Gathered], Rewriting]:
    """Return *read* and the chapters of *rewriting* with their citations formatted and linked, and with a list of references.

    The list is put where a chapter asks for it; if none does, into a new chapter after all others.
    """
    by_path = {manuscript.path: manuscript for manuscript in rewriting.manuscripts}
    order = [by_path[path] for path in paths(read.value.sidebar.entries) if path in by_path]
    names = files(read.settings, order)
    if not names and not any("references" in manuscript.front.values for manuscript in order):
        return read, rewriting
    spots = read.settings.places
    place = spots.get("bibliography") or _first_place(order) or Place(path=read.site.config if read.site else FILE)
    library = works.read(read.request.source, names, order, place)
    book = _Book(read=read, works=library, place=place, math=rewriting.settings.math)
    chapters = [book.chapter(manuscript, every="quarto" in rewriting.dialects) for manuscript in order]
    manuscripts, sidebar = book.word(chapters)
    changed = {manuscript.path: manuscript for manuscript in manuscripts}
    texts = [changed.pop(manuscript.path, manuscript) for manuscript in rewriting.manuscripts]
    rewriting = replace(rewriting, manuscripts=(*texts, *changed.values()))
    value = replace(read.value, sidebar=sidebar)
    return read.to(value, (*library.problems, *book.problems)), rewriting


def _first_place(manuscripts: Iterable[Manuscript]) -> Place | None:
    """Return the place of the first front matter that names a bibliography."""
    spots = (
        manuscript.front.places.get("bibliography") or manuscript.front.places.get("bibliography.0")
        for manuscript in manuscripts
    )
    return next(filter(None, spots), None)


class _Book(Struct, kw_only=True):
    """The citations of one book."""

    read: Reading[Gathered]
    works: Works
    place: Place
    math: bool
    """Whether formulas are on."""
    problems: list[Problem] = field(default_factory=list)
    entries: Mapping[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """The id of each work's entry."""
    offers: int = 0

    def chapter(self, manuscript: Manuscript, *, every: bool) -> _Chapter:
        """Return the citations in *manuscript*; unknown keys are reported, and printed as typed."""
        page = Passage(manuscript)
        visible = page.visible if "@" in page.text else ""
        places = tuple(lists(page.text)) if "refs" in page.text or "bibliography" in page.text else ()
        if not places and _OWN_CHAPTER.fullmatch(manuscript.path) and _is_bare(page.text):
            places = (ListPlace(start=len(page.text), end=len(page.text), local=False, all=False),)
        chapter = _Chapter(page=page, citations=(), places=places)
        sound = []
        for citation in citations(visible, self.works.by_key, every=every):
            unknown = [cite.key for cite in citation.cites if cite.key not in self.works.by_key]
            for cite in citation.cites:
                if cite.key in unknown:
                    self.report(cite.key, page.place(cite.at))
            known = tuple(cite for cite in citation.cites if cite.key not in unknown)
            if known:
                sound.append(replace(citation, cites=known))
                chapter.keys += [cite.key for cite in known]
            text = "; ".join(map(_plain, unknown))
            if unknown and known:
                chapter.edits.append(_edit(page, citation.end, citation.end, f" ({text})"))
            elif unknown and not citation.in_text:
                words = "; ".join(f"{cite.prefix} {_plain(cite.key)}{cite.suffix}".strip() for cite in citation.cites)
                chapter.edits.append(_edit(page, citation.start, citation.end, f"({words})"))
            elif unknown and (any(letter.isdigit() for letter in text) or page.text[citation.start + 1] == "{"):
                chapter.edits.append(_edit(page, citation.start, citation.end, text))
        chapter.citations = tuple(sound)
        return chapter

    def report(self, key: str, place: Place) -> None:
        """Report an unknown key, with the nearest known one."""
        self.offers += 1
        near = nearest(key, self.works.by_key) if self.offers <= OFFERS else None
        message = f"'{printable(key, 60)}' is in no bibliography of this book; its key is printed"
        fix = f"did you mean {near}?" if near else "add the work to the bibliography, or write author and year"
        self.problems.append(UNKNOWN.at(place, message, fix=fix))

    def word(self, chapters: Sequence[_Chapter]) -> tuple[list[Manuscript], Sidebar]:
        """Return the changed chapters, including a new one with the list of references, and the order with it."""
        settings, request = self.read.settings, self.read.request
        csl, faults = style.read(request.source, settings.csl, settings.places.get("csl", self.place))
        every = self.works.by_key if any(place.all for chapter in chapters for place in chapter.places) else ()
        listed = [*every, *self.uncited(chapters)]
        if not listed and not any(chapter.citations for chapter in chapters):
            return self.unlisted(chapters), self.read.value.sidebar
        words = wording.word(
            [citation.cites for chapter in chapters for citation in chapter.citations],
            self.works,
            listed,
            language=settings.language,
            style=csl,
            limits=settings.limits,
            folder=request.cache,
            place=self.place,
        )
        self.problems += [*faults, *words.problems]
        self.entries = words.entries
        taken: set[str] = set()
        for key in self.entries:
            stem = f"ref-{re.sub(r'[^0-9A-Za-z_-]+', '-', key).strip('-')}"
            name = next(name for name in chain((stem,), (f"{stem}-{n}" for n in count(2))) if name not in taken)
            taken.add(name)
            self.names[key] = name
        return self.put(chapters, words)

    def uncited(self, chapters: Iterable[_Chapter]) -> Iterator[str]:
        """Yield the keys that front matter lists under `nocite`."""
        for chapter in chapters:
            value = chapter.page.manuscript.front.values.get("nocite")
            if isinstance(value, str):
                if "@*" in value:
                    yield from self.works.by_key
                yield from (key for key in re.findall(r"@\{?([^\s,;{}\[\]]+)", value) if key in self.works.by_key)

    def unlisted(self, chapters: Iterable[_Chapter]) -> list[Manuscript]:
        """Return the chapters that change although nothing is cited: their places for lists are removed."""
        for chapter in chapters:
            chapter.edits += [_edit(chapter.page, spot.start, spot.end, "") for spot in chapter.places]
        return [chapter.page.with_edits(chapter.edits) for chapter in chapters if chapter.edits]

    def put(self, chapters: Sequence[_Chapter], words: wording.Wording) -> tuple[list[Manuscript], Sidebar]:
        """Return the chapters changed by the *words* of their citations and lists, and the order."""
        homes = [chapter for chapter in chapters if chapter.places]
        whole = [chapter for chapter in homes if not all(spot.local for spot in chapter.places)]
        local = {chapter.path for chapter in homes if len(whole) != 1 or chapter is not whole[0]}
        sidebar, path = self.read.value.sidebar, ""
        if len(whole) == 1:
            path = whole[0].path
        elif any(chapter.keys for chapter in chapters if chapter.path not in local) or not homes:
            path = self.free_path()
        rest = iter(words.citations)
        for chapter in chapters:
            home = chapter.path if chapter.path in local else path
            for citation in chapter.citations:
                self.put_citation(chapter, citation, next(rest, wording.Words(text="")), home, words.numbers)
            for number, spot in enumerate(chapter.places):
                keys = chapter.keys if chapter.path in local else list(self.entries)
                self.put_list(chapter, spot, keys if not number else ())
        manuscripts = [chapter.page.with_edits(chapter.edits) for chapter in chapters if chapter.edits]
        if path and not whole:
            cited = {key for chapter in chapters if chapter.path not in local for key in chapter.keys}
            rows = self.rows(Row("", Origin(path=self.place.path, line=1)), cited if homes else self.entries)
            title = labels.label(self.read.settings.language, "references")
            manuscripts.append(
                Manuscript(
                    path=path,
                    text="\n".join(row.text for row in rows),
                    first_line=1,
                    front=FrontMatter(title=title, role="bibliography"),
                    origins=tuple(row.origin for row in rows),
                )
            )
            entry = Entry(kind="chapter", path=path, matter="back", numbered=False, source="the citations of the book")
            sidebar = replace(sidebar, entries=(*sidebar.entries, entry))
        return manuscripts, sidebar

    def free_path(self) -> str:
        """Return a path for the chapter with the list of references that no chapter has."""
        used = {manuscript.path.rpartition(".")[0] for manuscript in self.read.value.manuscripts}
        stems = ("references", *(f"references-{number}" for number in range(2, len(used) + 3)))
        return f"{next(stem for stem in stems if stem not in used)}.md"

    def put_citation(
        self, chapter: _Chapter, citation: Citation, words: wording.Words, home: str, numbers: Mapping[str, str]
    ) -> None:
        """Replace a citation by *words*, with links to the list in the chapter *home*."""
        page = chapter.page
        address = "" if home == chapter.path else _address(home, chapter.path)

        def link(match: re.Match[str]) -> str:
            name = self.names.get(numbers.get(match[1], ""))
            return f"](<{address}#{name}>)" if name and home else "]"

        text, start = self.with_formulas(_LINK.sub(link, words.text)), citation.start
        text = text or "; ".join(_plain(cite.key) for cite in citation.cites)
        notes = [(name, self.with_formulas(_LINK.sub(link, note))) for name, note in words.notes]
        if notes and page.row(start).text.lstrip().startswith("[^"):
            for name, note in notes:  # a note must not contain a note reference
                text = text.replace(f"[^{name}]", f" {note}" if text.strip() != f"[^{name}]" else note)
            notes = []
        elif text.startswith("[^"):
            start = len(page.text[:start].rstrip(" ")) if page.text[start - 1 : start] == " " else start
        if page.text[citation.end : citation.end + 1] == ".":
            text = text.removesuffix(".")
        chapter.edits.append(_edit(page, start, citation.end, text))
        end = len(page.text)
        for name, note in notes:
            rows = (page.made("", start), page.made(f"[^{name}]: {note}", start))
            chapter.edits.append(Edit(start=end, end=end, new=rows, block=True))

    def put_list(self, chapter: _Chapter, spot: ListPlace, keys: Sequence[str]) -> None:
        """Put the entries of *keys* in the place of a list."""
        rows = self.rows(chapter.page.made("", spot.start), set(keys))
        chapter.edits.append(Edit(start=spot.start, end=spot.end, new=tuple(rows), block=True))

    def with_formulas(self, text: str) -> str:
        """Return *text* with formulas as code if formulas are off."""
        return text if self.math else _FORMULA.sub(r"`\1`", text)

    def rows(self, row: Row, keys: Iterable[str]) -> list[Row]:
        """Return the entries of *keys* as lines of Markdown with their places in the bibliographies."""
        keys = frozenset(keys)
        result = [row.made(""), row.made("::: {.references}"), row.made("")]
        for key, text in self.entries.items():
            if key in keys:
                place = self.works.by_key[key].place
                entry = Row("", Origin(path=place.path, line=place.line))
                words = f'<span id="{self.names[key]}"></span>{self.with_formulas(text)}'
                result += [entry.made(words), entry.made("")]
        return [*result, row.made(":::"), row.made("")]


def _is_bare(text: str) -> bool:
    """Return whether a chapter has only headings, hidden code, and empty boxes."""
    return all(not line.strip() or line.startswith(("#", ":::", "<div", "</div", "`r ")) for line in text.split("\n"))


def _edit(page: Passage, start: int, end: int, text: str) -> Edit:
    return Edit(start=start, end=end, new=(page.made(text, start),))


def _plain(words: str) -> str:
    """Return *words* escaped for Markdown."""
    return _SPECIAL.sub(r"\\\1", words)


def _address(path: str, chapter: str) -> str:
    return quote(posixpath.relpath(path, posixpath.dirname(chapter) or "."))
