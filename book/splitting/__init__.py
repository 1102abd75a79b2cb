"""SPLITTING: a file that holds a whole book becomes its chapters, each a manuscript of its own.

It comes after all dialects, so that substitutions, includes and abbreviations have the whole file; and before pandoc, so that each
chapter is read, remembered and printed alone. Every line keeps its place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from book import settings
from book.assemble import spine
from book.dialects import Rewriting
from book.markdown import lines
from book.model import Entry, FrontMatter, Manuscript, Matter
from book.problems import Kind, Problem, Severity, printable
from book.settings import PATTERNS, Settings
from book.sidebar import natural
from book.sidebar.way import paths
from book.sites.names import escaped, heading_of, is_unnumbered, title_from_path
from book.sites.title import GENERIC, LONGEST, words_of
from book.source.front_matter_keys import ROLES
from book.splitting.headings import headings_of, is_counted, is_part
from book.splitting.pieces import Piece, begins_with_heading, cut
from book.splitting.plan import planned
from book.splitting.roles import roles_of
from book.values import Gathered, Reading


class _File(Struct, frozen=True, kw_only=True):
    """A file that is split."""

    pieces: tuple[Piece, ...]
    """Its chapters, and what stands before them."""
    first: int
    """The number of the first chapter, from 0."""
    title: str | None
    """The title in its front matter."""


CONTENTS = Kind("M136", Severity.NOTE, "a table of contents in a file that is split, which is left out")

MATTERS: tuple[Matter, ...] = ("front", "main", "back")


def split(read: Reading[Gathered], rewriting: Rewriting) -> tuple[Reading[Gathered], Rewriting]:
    """Return *read* and *rewriting* with the chapters of each file that has several.

    Which files have several is said by ``split_files``; without it, only the single file of a book may, unless its site names pages by
    their files: then headings are sections. The front matter of that file is the book's, as far as nothing else says it.
    """
    how = read.settings.split_files
    typed = {manuscript.path: manuscript for manuscript in read.value.manuscripts}
    files = [path for path in dict.fromkeys(paths(read.value.sidebar.entries)) if path in typed]
    alone = typed[files[0]] if len(files) == 1 else None
    by_itself = alone is not None and not (read.site and read.site.named_by_file)
    only = read.request.only
    name = title_from_path(only) if only else spine.name_of_folder(spine.folder_that_names(read.request.source))
    splitter = _Splitter(settings=rewriting.settings, alone=alone, title=_title(read, alone), name=name)
    if how != "never" and (how != "auto" or by_itself):
        for manuscript in rewriting.manuscripts:
            if manuscript.path in files and manuscript.front.role is None:
                splitter.take(manuscript)
    if only and alone is not None:
        heading = "" if splitter.files else words_of(heading_of(alone.text, levels=1) or "")
        splitter.title = splitter.title or ("" if heading.casefold() in GENERIC else heading[:LONGEST]) or name
    elif not splitter.files and (read.site or not (alone and alone.front.title)):
        return read, rewriting
    if not (only or splitter.files or read.settings.title):
        splitter.slug = spine.slug(spine.folder_that_names(read.request.source))
    contexts = dict(rewriting.contexts)
    for path, file in splitter.files.items():
        if (context := contexts.get(path)) is not None:
            contexts |= {piece.manuscript.path: replace(context, manuscript=piece.manuscript) for piece in file.pieces}
    rewriting = replace(
        rewriting,
        manuscripts=splitter.instead(rewriting.manuscripts),
        contexts=contexts,
        settings=splitter.about_the_book(rewriting.settings),
    )
    sidebar = read.value.sidebar
    by_headings = alone is not None and splitter.files and sidebar.source.startswith((natural.SOURCE, natural.ALONE))
    source = f"the headings of '{printable(files[0])}'" if by_headings else sidebar.source
    value = Gathered(
        manuscripts=splitter.instead(read.value.manuscripts),
        sidebar=replace(sidebar, entries=splitter.in_order(sidebar.entries), source=source),
    )
    read = replace(read, settings=splitter.about_the_book(read.settings), order=source)
    return read.to(value, splitter.problems), rewriting


def _title(read: Reading[Gathered], alone: Manuscript | None) -> str:
    """Return the title that the settings, the site or the front matter of the single file give to the book; empty if none does."""
    if "title" in read.settings.places:
        return read.settings.title or ""
    return (read.site and read.site.title) or words_of((alone and alone.front.title) or "")


class _Splitter(Struct, kw_only=True):
    """The files that are split so far."""

    settings: Settings
    alone: Manuscript | None
    """The single file of the book; None if it has several."""
    title: str
    """The title of the book, if something other than its text gives it."""
    name: str = ""
    """The title of a book that nothing gives one."""
    slug: str = ""
    """The name of the files of the book, if that is not made from its title: with a second chapter it stays the same."""
    files: dict[str, _File] = field(default_factory=dict)
    """The files that are split, by path."""
    problems: list[Problem] = field(default_factory=list)

    def take(self, manuscript: Manuscript) -> None:
        """Split a file if it has several chapters."""
        source, language, how = lines.read(manuscript.text), self.settings.language, self.settings.split_files
        is_alone = self.alone is not None
        plan = planned(source, headings_of(source), how, language, self.title, alone=is_alone)
        if plan is None or len(plan.heads) > self.settings.limits.chapters:
            return
        if plan.title is not None:
            self.title = self.title or plan.title.words
        if plan.contents:
            message = "a table of contents is left out: every edition has its own, with the right pages"
            place = manuscript.place(min(plan.contents) + 1)
            self.problems.append(CONTENTS.at(place, message, fix="nothing needs to be done; or remove it"))
        pieces = list(cut(manuscript, source, plan))
        for number, piece in enumerate(pieces):
            if piece.is_bare and _opens_part(pieces, number, language):
                pieces[number] = _as_part(piece)
        first = next(number for number, piece in enumerate(pieces) if piece.head in plan.heads)
        own = replace(manuscript.front, title=None, label=None, show_title=True)
        if is_alone:
            own = replace(own, authors=(), date=None, description=None)
        if not pieces[first].is_bare:
            pieces[first] = _with_front(pieces[first], own)
        for number, role in roles_of([piece.head for piece in pieces[first:]]).items() if is_alone else ():
            piece = pieces[first + number]
            pieces[first + number] = _with_front(piece, replace(piece.manuscript.front, role=role))
        if is_alone and pieces[0].head is None and not begins_with_heading(pieces[0].manuscript):
            title = escaped(self.title or self.settings.title or self.name)
            pieces[0] = _with_front(pieces[0], replace(pieces[0].manuscript.front, title=title, show_title=False))
        self.files[manuscript.path] = _File(pieces=tuple(pieces), first=first, title=manuscript.front.title)

    def instead(self, manuscripts: Iterable[Manuscript]) -> tuple[Manuscript, ...]:
        """Return *manuscripts* with the chapters of those that are split."""
        result: list[Manuscript] = []
        for manuscript in manuscripts:
            file = self.files.get(manuscript.path)
            result += [piece.manuscript for piece in file.pieces] if file else [manuscript]
        return tuple(result)

    def about_the_book(self, options: Settings) -> Settings:
        """Return *options*, with what the single file says of the book."""
        if self.alone is None:
            return options
        front = self.alone.front
        options = settings.over(options, title=self.title, authors=front.authors, description=front.description or None)
        subtitle = front.values.get("subtitle")
        if isinstance(subtitle, str) and "subtitle" not in options.places:
            options = replace(options, subtitle=words_of(subtitle))
        if front.date and "date" not in options.places and re.fullmatch(PATTERNS["date"][0], front.date):
            options = replace(options, date=front.date)
        return replace(options, slug=options.slug or self.slug or None)

    def in_order(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Return *entries* with the chapters of the files that are split, front matter first."""
        every = [new for entry in entries for new in self.entries_of(entry)]
        return tuple(entry for matter in MATTERS for entry in every if entry.matter == matter)

    def entries_of(self, entry: Entry) -> tuple[Entry, ...]:
        """Return *entry*, or those of its chapters if its file is split."""
        children = tuple(new for child in entry.children for new in self.entries_of(child))
        file = self.files.get(entry.path or "")
        if file is None:
            return (replace(entry, children=children),)
        made = [self.entry(piece, entry) for piece in file.pieces]
        if self.alone is not None:
            before = (replace(new, matter="front", numbered=False) for new in made[: file.first])
            return (*before, *self.in_parts(file.pieces[file.first :], made[file.first :]), *children)
        title = entry.title or file.title
        if not title and entry.kind == "chapter":
            return (*self.in_parts(file.pieces, made), *children)
        opens = 1 if file.pieces[0].head is None or entry.kind == "part" else 0
        rest = (*self.in_parts(file.pieces[opens:], made[opens:]), *children)
        path = made[0].path if opens else None
        return (replace(entry, kind="part", title=title, path=path, children=rest),)

    def entry(self, piece: Piece, entry: Entry) -> Entry:
        """Return the entry of one chapter of the file of *entry*."""
        place = piece.manuscript.place(1)
        role = piece.manuscript.front.role
        counted = role or (piece.head is not None and is_counted(piece.head.words, self.settings.language))
        return replace(
            entry,
            kind="chapter",
            title=None,
            path=piece.manuscript.path,
            matter=ROLES[role] if role else entry.matter,
            numbered=entry.numbered and not counted and not is_unnumbered(piece.manuscript),
            place=place,
            source=f"{place.path}:{place.line}",
            children=(),
        )

    def in_parts(self, pieces: Sequence[Piece], made: Sequence[Entry]) -> tuple[Entry, ...]:
        """Return the entries *made* of *pieces*, in the parts that some of them open."""
        result: list[Entry] = []
        above: int | None = None
        """A heading of a lower level than this is in the part that is open; None if none is."""
        for number, (piece, entry) in enumerate(zip(pieces, made, strict=True)):
            own = piece.head.level if piece.head else 0
            if _opens_part(pieces, number, self.settings.language):
                result.append(replace(entry, kind="part"))
                above = own if _level(pieces, number + 1) > own else own - 1
            elif above is not None and own > above and entry.matter == result[-1].matter:
                result[-1] = replace(result[-1], children=(*result[-1].children, entry))
            else:
                result.append(entry)
                above = None
        return tuple(result)


def _opens_part(pieces: Sequence[Piece], number: int, language: str) -> bool:
    """Return whether a chapter of *pieces* opens a part: it stands above lower ones, or has only the title of a part."""
    piece, below = pieces[number], _level(pieces, number + 1)
    if piece.head is None or not below:
        return False
    return below > piece.head.level or (piece.is_bare and is_part(piece.head.words, language))


def _level(pieces: Sequence[Piece], number: int) -> int:
    """Return the level of the heading of a chapter of *pieces*; 0 if there is none."""
    head = pieces[number].head if number < len(pieces) else None
    return head.level if head else 0


def _as_part(piece: Piece) -> Piece:
    """Return *piece*, the title of a part, as a page without text: nothing is missing below it."""
    words = piece.head.words if piece.head else ""
    return _with_front(
        replace(piece, manuscript=replace(piece.manuscript, text="", origins=piece.manuscript.origins[:1])),
        FrontMatter(title=escaped(words)),
    )


def _with_front(piece: Piece, front: FrontMatter) -> Piece:
    return replace(piece, manuscript=replace(piece.manuscript, front=front))
