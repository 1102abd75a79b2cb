"""Collates: chapters and reading order -> Collation, with front, body and back matter, parts, numbers and names."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from book.markdown.marks import without_index
from book.markdown.reader import inlines
from book.model import Collation, Composed, Entry, Metadata, Nodes, Part, Placed, Release, Sidebar, Title
from book.patterns import regex
from book.seal import EPOCH
from book.settings import Settings, languages
from book.sidebar.way import walk
from book.sites.names import MARK_OF_NOTION
from book.style import text
from book.style.house_style import style_of

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:handbound:book")
RESERVED = regex(
    r"(?:page|part|note|cover|title|contents|colophon|imprint)(?:-|$)|(?:font|creator|contributor)-\d+$|(?:nav|ncx|style|text|id|subtitle|series)$"
)
"""Ids of Handbound's own pages; no name of a chapter begins with one."""
LONGEST = 80


def slug(words: str) -> str:
    """Return *words* as a name for files and ids: at most 80 ASCII letters, digits and hyphens.

    >>> slug("Über uns: 2. Teil"), slug("日本")
    ('uber-uns-2-teil', '')
    """
    folded = unicodedata.normalize("NFKD", words.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", folded)).strip("-")[:LONGEST].strip("-")


def names(paths: Iterable[str]) -> dict[str, str]:
    """Return a name for each chapter path: its stem without a leading number, longer only if two would be the same.

    >>> names(["01-intro.md", "guides/02-pricing.md", "a/index.md", "b/pricing.md"])
    {'01-intro.md': 'intro', 'guides/02-pricing.md': 'guides-pricing', 'a/index.md': 'a', 'b/pricing.md': 'b-pricing'}
    """
    paths = tuple(paths)
    parts = {path: _name_parts(path) for path in paths}
    short = Counter(pieces[-1] for pieces in parts.values())
    result: dict[str, str] = {}
    used: set[str] = set()
    for path, pieces in parts.items():
        name = pieces[-1] if short[pieces[-1]] == 1 else "-".join(pieces)
        name = name[-LONGEST:].strip("-")
        if not name or not name[0].isalpha() or RESERVED.match(name):
            name = f"chapter-{name}".rstrip("-")
        if name in used or name == "chapter":
            name = f"{name}-{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
        used.add(name)
        result[path] = name
    return result


NUMBER = regex(r"^(?!(?:19|20)\d\d(?!\d))\d+(?:[.\s_-]+(?=\D)|[.\s_-]+(?=\d+\D))")
"""A number before the name of a file; a year is none."""


def _name_parts(path: str) -> tuple[str, ...]:
    pieces = re.sub(r"[^/]*\.[A-Za-z]+#(?=[^/]+$)|(?:\.html)?\.md\.erb$|\.html\.md$|\.[A-Za-z]+$", "", path).split("/")
    if len(pieces) > 1 and pieces[-1].lower() in ("index", "_index", "readme"):
        pieces = pieces[:-1]
    pieces = [MARK_OF_NOTION.sub("", piece) for piece in pieces]
    slugs = tuple(slug(NUMBER.sub("", piece)) for piece in pieces)
    return tuple(piece for piece in slugs if piece) or ("",)


def name_of_folder(name: str) -> str:
    """Return the title of a book that has none, made from the *name* of its folder.

    >>> name_of_folder("team_hand-book"), name_of_folder("API-guide"), name_of_folder("--")
    ('Team hand book', 'API guide', 'Handbook')
    """
    words = re.sub(r"[-_]+", " ", name).strip()
    return words[:1].upper() + words[1:] or "Handbook"


COMMON_FOLDERS = frozenset({"content", "contents", "doc", "docs", "documentation", "site", "source", "src", "website"})
"""Names of folders, in lower case, that say nothing of the book in them."""


def folder_that_names(source: Path) -> str:
    """Return the name of the folder after which a book in *source* is called if it has no title.

    Inside a git repository, a folder such as ``docs`` leaves that to the folder around it; that of a language, ``content/en``, always.
    """
    folder = source.resolve()
    in_language = folder.parent.name.lower() in COMMON_FOLDERS and languages.doubt(folder.name) is None
    outer = folder.parent if in_language else folder
    owner = next((path for path in (outer, *outer.parents) if path.name.lower() not in COMMON_FOLDERS), folder)
    trees = (owner, *owner.parents)
    versioned = in_language or any(os.path.exists(path / ".git") for path in trees)  # noqa: PTH110 - no path of a stranger raises here
    return owner.name if versioned and owner.name else folder.name


def metadata(settings: Settings, name: str, when: datetime, title: str | None = None) -> Metadata:
    """Return the book's metadata, with its words in house style.

    Args:
        settings: the settings.
        name: the name of the book's folder, for a book without a title.
        when: the date of the edition, UTC.
        title: a title from a navigation file, used if the settings give none.
    """
    words = without_index(settings.title or title or name_of_folder(name))
    name_ = settings.slug or slug(settings.title or title or "") or slug(name) or "handbook"
    newest = settings.edition[0] if settings.edition else None
    style = style_of(settings)
    about = Metadata(
        title=text(words, style),
        subtitle=text(without_index(settings.subtitle.strip()), style),
        authors=settings.authors,
        editors=settings.editors,
        translators=settings.translators,
        illustrators=settings.illustrators,
        series=settings.series.name if settings.series else "",
        volume=(settings.series.number or 0) if settings.series else 0,
        language=settings.language,
        identifier=settings.identifier or uuid.uuid5(NAMESPACE, f"{name_}\n{words}\n{settings.language}").urn,
        slug=name_,
        publisher=settings.publisher,
        description=text(without_index(settings.description), style),
        subjects=settings.subjects,
        licence=settings.licence,
        licence_url=settings.licence_url,
        version=settings.version or (newest.version if newest else ""),
        # A book without a known date prints none, but the package requires one.
        date=settings.date or ("" if when.timestamp() <= EPOCH else when.strftime("%Y-%m-%d")),
        modified=when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        releases=tuple(Release(version=entry.version, date=entry.date, note=entry.note) for entry in settings.edition),
        cover_alt=settings.cover_alt,
        logo_alt=settings.logo_alt,
        back=tuple(text(paragraph, style) for paragraph in settings.print.back),
        labels=settings.labels,
    )
    # As pandoc composes the letters of chapters: who searches for a name types é as one character.
    return replace(about, **{name: _composed(getattr(about, name)) for name in COMPOSED})


COMPOSED = tuple(
    "title subtitle authors editors translators illustrators series publisher description subjects licence cover_alt logo_alt back".split()
)
"""The fields that readers see, and search for."""


def _composed(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Return one text or several with letters and their accents as one character each."""
    if isinstance(value, tuple):
        return tuple(unicodedata.normalize("NFC", text) for text in value)
    return unicodedata.normalize("NFC", value)


def part_titles(sidebar: Sidebar, settings: Settings, cache: Path | None) -> dict[str, Nodes]:
    """Return the inlines of the title of each part in house style, by the title as written.

    A title is Markdown; house style is applied before it is parsed, so that no tree is needed for that.
    """
    names = [entry.title for entry in walk(sidebar.entries) if entry.kind == "part" and entry.title]
    style = style_of(settings)
    return dict(zip(names, inlines([text(name, style) for name in names], settings, cache), strict=True))


def collate(
    chapters: Mapping[str, Composed],
    sidebar: Sidebar,
    about: Metadata,
    titles: Mapping[str, Title],
    *,
    number: bool = True,
) -> Collation[Placed]:
    """Return *chapters* in the order of *sidebar*.

    Args:
        chapters: by path; a chapter that the sidebar does not name is left out.
        sidebar: the reading order.
        about: the metadata.
        titles: the titles of the parts, by their words as written in *sidebar*.
        number: whether chapters of the main matter are numbered.
    """
    gathering = _Collator(chapters=chapters, titles=titles, names=names(chapters), number=number)
    main = tuple(node for entry in sidebar.entries for node in gathering.take(entry))
    return Collation(metadata=about, front=tuple(gathering.front), main=main, back=tuple(gathering.back))


class _Collator(Struct, kw_only=True):
    """The state of collating: what has its place so far."""

    chapters: Mapping[str, Composed]
    titles: Mapping[str, Title]
    names: Mapping[str, str]
    number: bool
    front: list[Placed] = field(default_factory=list)
    back: list[Placed] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """Number of a chapter -> how many chapters nested in it are counted so far; the empty string for top-level chapters."""
    appendices: int = 0
    part_numbers: int = 0
    part_names: Counter[str] = field(default_factory=Counter)

    def take(
        self, entry: Entry, depth: int = 0, part_depth: int = 0, above: str = ""
    ) -> Iterator[Part[Placed] | Placed]:
        """Yield the part or chapter of *entry* if it is main matter, and everything below it; put front and back matter in their places.

        Args:
            entry: an entry of the sidebar.
            depth: the number of chapters that contain it.
            part_depth: the number of parts that contain it.
            above: the number of the chapter that contains it.
        """
        parted = entry.kind == "part" or any(child.kind == "part" and child.title for child in walk(entry.children))
        if parted and (part := self.part(entry, part_depth, above)):
            yield part
            return
        chapter = self.placed(entry, depth, above) if entry.path else None
        if chapter is not None:
            yield from self.main_matter(chapter)
        number = (chapter.number if chapter else None) or above
        for child in entry.children:
            yield from self.take(child, depth + 1 if entry.kind == "chapter" else depth, part_depth, number)

    def part(self, entry: Entry, depth: int, above: str) -> Part[Placed] | None:
        """Return the part of *entry*; None if it has neither a title nor a page in the main matter."""
        counted = replace(entry, numbered=entry.numbered and entry.kind == "chapter")
        opening = self.placed(counted, 0, above) if entry.path and entry.matter == "main" else None
        title = self.titles.get(entry.title or "") or (_title_of(opening) if opening else None)
        if title is None:
            return None
        number = None
        if depth == 0 and entry.kind == "part" and entry.numbered:
            self.part_numbers += 1
            number = self.part_numbers
        name = opening.slug if opening else self.name_of_part(title)
        inner = (opening.number if opening else None) or above
        children = tuple(node for child in entry.children for node in self.take(child, 0, depth + 1, inner))
        return Part(title=title, slug=name, number=number, opening=opening, children=children)

    def name_of_part(self, title: Title) -> str:
        """Return a name for a part without a page of its own."""
        name = f"part-{slug(title.text) or self.part_numbers or 1}"
        self.part_names[name] += 1
        return f"{name}-{self.part_names[name]}" if self.part_names[name] > 1 else name

    def placed(self, entry: Entry, depth: int, above: str) -> Placed | None:
        """Return the chapter of *entry* with its number and name; None if there is none."""
        chapter = self.chapters.get(entry.path or "")
        if chapter is None:
            return None
        counts = self.number and entry.numbered and entry.matter == "main" and chapter.role is None
        number = self.next_number(above, letter=entry.appendix and not above) if counts else None
        return Placed(
            slug=self.names[entry.path or ""], matter=entry.matter, number=number, depth=depth, composed=chapter
        )

    def next_number(self, above: str, *, letter: bool) -> str:
        """Return the number of the next chapter in the chapter *above*, or of the next top-level chapter."""
        if letter:
            self.appendices += 1
            return _letters(self.appendices)
        self.counts[above] += 1
        return f"{above}.{self.counts[above]}" if above else str(self.counts[above])

    def main_matter(self, placed: Placed) -> Iterator[Placed]:
        """Yield a chapter of the main matter; put any other chapter in its place."""
        if placed.matter == "front":
            self.front.append(placed)
        elif placed.matter == "back":
            self.back.append(placed)
        else:
            yield placed


def _title_of(chapter: Placed) -> Title:
    """Return the title of the part that *chapter* opens."""
    return Title(text=chapter.composed.title, heading=chapter.composed.entry)


def _letters(number: int) -> str:
    """Return the letter of an appendix.

    >>> _letters(1), _letters(26), _letters(27)
    ('A', 'Z', 'AA')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
