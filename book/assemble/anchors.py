"""Targets of links: chapters by path and address, headings by every anchor that a dialect of Markdown derives from them."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections import ChainMap, Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from msgspec import Struct, field
from msgspec.structs import replace

from book import cache
from book.assemble import slugs
from book.assemble.endpoints import HEADING, IN_DRAWING, TERM, Endpoints, Target
from book.model import Placed
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity
from book.safe_open import inside
from book.settings import Links
from book.sites import Site
from book.sites.finder import Finder, finder_of, trimmed
from book.source.manuscript import SUFFIXES

DOCS = "docs"
"""The folder of a site in which its pages most often are."""
TWICE = Kind("R107", Severity.WARNING, "a duplicate id")
SAME_ADDRESS = Kind("R114", Severity.WARNING, "an address that two chapters give themselves")

OURS = regex(r"(?:note(?:ref)?|plate(?:-table)?|indexed)-\d+")
"""Ids that every chapter has of its own."""
OF_GITHUB = "user-content-"
"""What GitHub writes before the ids of headings."""
# XML 1.0 §2.3: the characters of a name, without the colon.
NOT_IN_A_NAME = regex(r"[^\w.\u00b7-]")


class FileAnchors(Struct, kw_only=True):
    """The anchors of a file with several chapters: to its author it is one text, in which ``#id`` leads to any of them."""

    ids: dict[str, str] = field(default_factory=dict)
    """Every anchor in it that is not ours -> id; of headings with the same words, the later ones have a number."""
    counts: Counter[str] = field(default_factory=Counter)
    """Alias of headings -> how many it has."""
    typed: set[str] = field(default_factory=set)
    """The ids that the author gave in it."""


class Index(Struct, kw_only=True):
    """All targets of links."""

    links: Links
    ids: set[str]
    numbers: dict[str, int] = field(default_factory=dict)
    """Base of an id -> the last number that was added to make an id unique."""
    paths: dict[str, Placed] = field(default_factory=dict)
    addresses: dict[str, Placed] = field(default_factory=dict)
    anchors: dict[str, dict[str, str]] = field(default_factory=dict)
    """Slug of a chapter -> every anchor that leads into it -> id."""
    _loose: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same with anchors folded, by file, of the chapters for which they were asked."""
    files: dict[str, FileAnchors] = field(default_factory=dict)
    """The anchors of each file with several chapters."""
    typed: set[str] = field(default_factory=set)
    """The ids that the author gave in the current chapter, or so far in its file."""
    problems: list[Problem] = field(default_factory=list)
    bases: tuple[str, ...] = ("",)
    root: Path | None = None
    site: Site | None = None
    whole_addresses: dict[str, Placed] = field(default_factory=dict)
    """Address in front matter, with the folder of its page if it begins there -> chapter."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Address on the site of the handbook, or id -> chapter."""
    broken: Collection[str] = ()
    """The files that were reported as errors."""
    looks: int = 0
    """How often it was asked whether a file is there, which may change without any chapter."""
    finder: Finder = field(default_factory=lambda: Finder(()))
    insets: dict[str, tuple[Placed, str]] = field(default_factory=dict)
    """A file whose lines a chapter includes -> the first such chapter, and the id with which they begin there."""
    inset_finder: Finder = field(default_factory=lambda: Finder(()))

    def enter(self, chapter: Placed, targets: Sequence[Target], aliases: Iterable[str]) -> tuple[str, ...]:
        """Return an id for each of the *targets* of *chapter*, and record the anchors that lead to them; terms get theirs from :meth:`terms`.

        Args:
            chapter: the chapter.
            targets: its targets.
            aliases: the ids by which its title may be linked, by :func:`book.assemble.slugs.dialects`.
        """
        self.paths[chapter.source.path] = chapter
        self.paths.setdefault(chapter.source.file, chapter)
        anchors: dict[str, str] = {}
        shared = self.files.setdefault(chapter.source.file, FileAnchors()) if chapter.source.whole else FileAnchors()
        counts = shared.counts
        own = {chapter.slug: chapter.slug, **dict.fromkeys(chapter.composed.anchors, chapter.slug)}
        self.typed = shared.typed.union(chapter.composed.anchors)
        for alias in aliases:
            _count(alias, chapter.slug, own, counts)
        names = []
        for target in targets:
            if target.kind == IN_DRAWING:
                names.append(self.free(f"{chapter.slug}-{target.typed}"))
            elif target.kind == HEADING:
                names.append(self.heading(chapter, target, anchors, counts))
            elif target.kind == TERM and not target.typed:
                names.append("")
            else:
                names.append(self.name(chapter, target, anchors))
        self.anchors[chapter.slug] = {**own, **anchors}
        if chapter.source.whole:
            shared.typed |= {typed for typed in self.typed if not OURS.fullmatch(typed)}
            for alias, name in self.anchors[chapter.slug].items():
                if not OURS.fullmatch(alias):
                    shared.ids.setdefault(alias, name)
        self._enter_addresses(chapter)
        self._enter_insets(chapter, targets, names)
        return tuple(names)

    def terms(
        self, chapters: Iterable[Placed], ends: Mapping[str, Endpoints], names: Mapping[str, tuple[str, ...]]
    ) -> dict[str, tuple[str, ...]]:
        """Return *names* with ids for the terms of definitions to which a link may lead, and record their anchors.

        Call it when all chapters are entered: anything else with the id of a term comes first, and of several terms with the same words the first.

        Args:
            chapters: the chapters in order.
            ends: their targets and links, by slug.
            names: the ids of their targets, from :meth:`enter`.
        """
        if not any(target.kind == TERM for end in ends.values() for target in end.targets):
            return dict(names)
        fragments = (link.address.partition("#")[2] for end in ends.values() for link in end.links)
        anchors = {folded(unquote(fragment).removeprefix(OF_GITHUB)) for fragment in fragments if fragment}
        return {
            chapter.slug: tuple(
                self._term(chapter, target, name, anchors) if target.kind == TERM else name
                for target, name in zip(ends[chapter.slug].targets, names[chapter.slug], strict=True)
            )
            for chapter in chapters
        }

    def _term(self, chapter: Placed, target: Target, name: str, anchors: Collection[str]) -> str:
        """Return the id of a term, which is *name* if it has one; each of its slugs to which a link may lead, which is one of *anchors*, leads to it, unless it leads elsewhere."""
        shared = self.files.get(chapter.source.whole)
        for alias in target.aliases:
            if folded(alias) in anchors and alias not in self.anchors_of(chapter):
                name = name or self.free(f"{chapter.slug}-{alias}")
                self.anchors[chapter.slug][alias] = name
                if shared:
                    shared.ids[alias] = name
        return name

    def anchors_of(self, chapter: Placed) -> Mapping[str, str]:
        """Return every anchor that a link to *chapter* may have -> id: those of all chapters of its file, if that has several."""
        own, shared = self.anchors[chapter.slug], self.files.get(chapter.source.whole)
        return ChainMap(shared.ids, own) if shared else own

    def loosely(self, chapter: Placed, anchor: str) -> str | None:
        """Return the id to which *anchor* leads in *chapter* if case and punctuation are ignored; None if there is none."""
        key = chapter.source.file
        if key not in self._loose:
            self._loose[key] = {folded(alias): name for alias, name in reversed([*self.anchors_of(chapter).items()])}
        return self._loose[key].get(folded(anchor))

    def _enter_addresses(self, chapter: Placed) -> None:
        """Record the addresses that the front matter of *chapter* gives it."""
        front, folder = chapter.source.front, posixpath.dirname(chapter.source.path)
        for address in front.own_addresses:
            self.addresses.setdefault(trimmed(address), chapter)
            # A site reads an address without a slash in front as a name inside the folder of its page.
            whole = address if address.startswith("/") or "://" in address else f"{folder}/{address}"
            first = self.whole_addresses.setdefault(trimmed(whole), chapter)
            if first is not chapter:
                written = (
                    front.places[key]
                    for key, value in front.values.items()
                    if value == address or (isinstance(value, list | tuple) and address in value)
                )
                message = f"'{address}' is also the address of '{first.source.file}'; links lead to that chapter"
                self.problems.append(
                    SAME_ADDRESS.at(
                        next(written, Place(path=chapter.source.file)), message, fix="give this chapter another address"
                    )
                )

    def _enter_insets(self, chapter: Placed, targets: Sequence[Target], names: Sequence[str]) -> None:
        """Record the files whose lines *chapter* includes: they begin at their first heading, or else with the chapter."""
        source = chapter.source
        if not any(origin.path != source.file for origin in source.origins):
            return
        rows = zip(source.text.split("\n"), source.origins, strict=False)
        begins = {next((origin.path for line, origin in rows if line.strip()), ""): chapter.slug}
        for target, name in zip(targets, names, strict=True):
            if target.kind == HEADING and target.spot.line:
                begins.setdefault(target.spot.place(source).path, name)
        for path in dict.fromkeys(origin.path for origin in source.origins):
            if path.endswith(SUFFIXES) and path != source.file:
                self.insets.setdefault(path, (chapter, begins.get(path, chapter.slug)))

    def heading(self, chapter: Placed, target: Target, anchors: dict[str, str], counts: Counter[str]) -> str:
        """Return the id of a heading, ``chapter-heading``; its slug in every dialect leads to it, and so does the author's own id."""
        name = self.free(f"{chapter.slug}-{slugs.github(target.words) or 'section'}")
        for alias in target.aliases:
            _count(alias, name, anchors, counts)
        if target.typed:
            self.own(chapter, target, name, anchors)
        return name

    def name(self, chapter: Placed, target: Target, anchors: dict[str, str]) -> str:
        """Return the id of an element that is not a heading."""
        name = self.free(f"{chapter.slug}-{target.typed}")
        self.own(chapter, target, name, anchors)
        return name

    def own(self, chapter: Placed, target: Target, name: str, anchors: dict[str, str]) -> None:
        """Make the id that the author gave the *target* an alias of *name*."""
        typed = target.typed
        if typed in self.typed:
            message = f"the id '{typed}' is used twice; links lead to the first"
            place = target.spot.place(chapter.source)
            self.problems.append(TWICE.at(place, message, fix="give the second one another id"))
            return
        anchors[typed] = name
        self.typed.add(typed)

    def free(self, base: str) -> str:
        """Return *base* as a valid XML name, with a number if the book already has it."""
        base = NOT_IN_A_NAME.sub("-", base)
        name, number = base, self.numbers.get(base, 2)
        while name in self.ids:
            name, number = f"{base}-{number}", number + 1
        self.ids.add(name)
        self.numbers[base] = number
        return name

    def close(self) -> None:
        """Finish the tables that need all chapters."""
        common = posixpath.commonpath([posixpath.dirname(path) or "." for path in self.paths]) if self.paths else ""
        steps = [] if common in ("", ".") else common.split("/")
        self.bases = ("", *("/".join(steps[: count + 1]) for count in range(len(steps))))
        bases = [f"{base}/" for base in self.bases if base]
        self.finder = finder_of(self.paths, self.site, self.routes, bases)
        self.inset_finder = finder_of(self.insets, self.site, {}, bases)

    def digest(self) -> str:
        """Return the digest of all that decides where a link leads, but for files that are not chapters; call it after :meth:`close`."""
        tables = [
            {address: chapter.slug for address, chapter in table.items()}
            for table in (self.paths, self.addresses, self.whole_addresses)
        ]
        insets = {path: name for path, (_, name) in self.insets.items()}
        own = self.root.resolve().name if self.root is not None else ""
        site = self.site and (replace(self.site, listed=frozenset()), sorted(self.site.listed))
        parts = (self.links, site, self.routes, sorted(self.broken), self.anchors, self.bases, own, *tables, insets)
        return cache.key(*map(repr, parts))

    def find(self, path: str) -> tuple[Placed | None, bool]:
        """Return the chapter at *path*, in any form that a link may have, and whether its case was wrong."""
        hit = self.finder.at(path)
        return (self.paths[hit.path], not hit.exact) if hit else (None, False)

    def first_inside(self, folders: Iterable[str]) -> Placed | None:
        """Return the first chapter of the book inside the first of *folders* that has one: the nearest thing to a folder without a page."""
        insides = ((f"{folder}/" if folder not in ("", ".") else "") for folder in folders)
        chapters = (chapter for inside in insides for path, chapter in self.paths.items() if path.startswith(inside))
        return next(chapters, None)

    def without_own_folder(self, path: str) -> str:
        """Return a *path* from the root of a repository or a site as a path in the book, if it begins with the book's folder; else nothing.

        A book without settings of a site, but with numbers before its names, may be the `docs` of one.
        """
        first, _, rest = path.strip("/").partition("/")
        is_own = self.root is not None and first == self.root.resolve().name
        is_bare = (self.site is None or self.site.system == "readme") and bool(self.finder.unnumbered)
        is_docs = first == DOCS and is_bare and not any(known.startswith(f"{DOCS}/") for known in self.paths)
        return rest if is_own or is_docs else ""

    def file(self, path: str) -> str | None:
        """Return *path* if the book's folder contains this file, else None; the file is not opened."""
        if self.root is None or not path or path.startswith("/"):
            return None
        self.looks += 1
        home = os.path.realpath(self.root)
        for name in dict.fromkeys((path, composed_form(path), unicodedata.normalize("NFD", path))):
            real = os.path.realpath(f"{home}/{name}") if "\0" not in name else home
            if inside(real, home) and os.path.isfile(real):  # noqa: PTH113 - no path of a stranger raises here
                return name
        return None


def _count(alias: str, name: str, anchors: dict[str, str], counts: Counter[str]) -> None:
    """Let *alias* lead to *name* in *anchors*, or *alias* with a number if *counts* has headings with these words before it."""
    earlier = counts[alias]
    counts[alias] += 1
    if not earlier:
        anchors.setdefault(alias, name)
    else:  # the second heading with these words: GitHub and kramdown write -1, Python-Markdown _1
        anchors.setdefault(f"{alias}-{earlier}", name)
        anchors.setdefault(f"{alias}_{earlier}", name)


def composed_form(path: str) -> str:
    """Return *path* with its letters composed (UAX 15)."""
    return unicodedata.normalize("NFC", path)


def folded(anchor: str) -> str:
    """Return *anchor* in lower case and without punctuation."""
    return re.sub(r"[\W_]+", "", composed_form(anchor).casefold())
