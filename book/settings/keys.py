"""The keys of handbound.toml: each a typed field, and what its value may be. A new key is a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from book.model import Budgets
from book.problems import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class SidebarEntry:
    """One entry of ``sidebar``: a chapter (a string) or a part (a table)."""

    chapter: str | None = None
    """Path of the chapter relative to the book, as written."""
    part: str | None = None
    """Title of the part, inline Markdown; ``None`` for a chapter."""
    chapters: tuple[SidebarEntry, ...] = ()
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """``[quotes]``: how quotation marks are set."""

    outer: Literal["as-typed", "double", "single"] = "as-typed"
    skip: tuple[str, ...] = ()
    """Globs of chapters whose marks are left as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashes:
    """``[dashes]``: how hyphens become dashes."""

    double_hyphen: Literal["em", "en"] = "em"
    """What ``--`` without spaces is in English: an em dash, or, as pandoc has it, an en dash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """``[links]``: where links lead."""

    site_url: str | None = None
    """Address that links leaving the book are joined to."""
    https_hosts: tuple[str, ...] = ()
    """Hosts known to speak https."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Address on the site -> chapter of the book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``[rules]``: house style, rule by rule."""

    spaces: bool = True
    quotes: bool = True
    dashes: bool = True
    links: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``[limits]``: what a chapter, an image or a tool may use before the build stops."""

    chapter_bytes: int = 2_000_000
    front_matter_bytes: int = 64_000
    chapters: int = 20_000
    nesting: int = 64
    image_bytes: int = 20_000_000
    image_pixels: int = 50_000_000
    svg_bytes: int = 5_000_000
    svg_nodes: int = 100_000
    footnotes: int = 10_000
    paragraph_bytes: int = 1_000_000
    paper_block: int = 10_000
    """Lines of one table, list, paragraph or block of code; with more of them the paged editions are not made, and with nearly as
    many not all of them in one build."""
    pandoc_seconds: int = 60
    pandoc_mebibytes: int = 1024
    theme_seconds: int = 30
    """Of processor time, for one page or sheet that a template makes."""
    theme_mebibytes: int = 1024
    """On top of what the press itself takes."""
    pages_seconds: int = 600
    """Of processor time, for one edition."""
    pages_mebibytes: int = 2048
    """For one edition, on top of what the press itself takes."""
    cache_bytes: int = 1_000_000_000
    """Of all that is remembered beside the editions; the oldest goes first."""
    fetch_bytes: int = 500_000_000
    """Of all images that one `book fetch` brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """``[print]``: paper."""

    trim: Literal["6x9in", "a5"] = "6x9in"
    """Size of the printed book after cutting."""
    pdf_x: bool = False
    """Whether the printed book is PDF/X-4, in black alone and without links, as printing houses want it."""
    signature: int = 40
    """Pages of a booklet that are folded into one another; longer ones are several booklets, sewn or laid one on the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """``[lint]``: what `book lint` looks for in the words of the book."""

    ignore: tuple[str, ...] = ()
    """Names of checks that are not run; see `book lint --help`."""
    words: tuple[str, ...] = ()
    """Words of the book that are in no dictionary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEntry:
    """One ``[[edition]]``: a version of the text that was published."""

    version: str
    date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """``series``: what the book is a volume of; a text alone is its name."""

    name: str
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """handbound.toml, read and checked."""

    title: str | None = None
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    illustrators: tuple[str, ...] = ()
    series: Series | None = None
    cover: str = ""
    """Path of a picture in the book, instead of the cover that the theme draws."""
    cover_alt: str = ""
    """What that picture shows, in words."""
    language: str = "en"
    """BCP 47 tag."""
    slug: str | None = None
    """Name of the files, without suffix."""
    identifier: str | None = None
    publisher: str = ""
    description: str = ""
    subjects: tuple[str, ...] = ()
    licence: str = ""
    licence_url: str = ""
    version: str = ""
    date: str | None = None
    theme: str = "folio"
    editions: tuple[str, ...] = ()
    """Names of the editions a plain build makes; empty: all."""
    math: bool = False
    page_map: Literal["pdf", "print"] = "pdf"
    """The edition whose page numbers EPUB and HTML carry."""
    number_chapters: bool = True
    sidebar: tuple[SidebarEntry, ...] | None = None
    """``None`` when handbound.toml has no list."""
    others: Literal["last", "leave out"] = "last"
    """What becomes of chapters that the list ``sidebar`` does not name."""
    exclude: tuple[str, ...] = ()
    """Globs of files and folders that are not of the book; a ``*`` stands for slashes too."""
    dialects: tuple[str, ...] | None = None
    """Names of the dialects of Markdown, or of the systems, that the chapters are written for; ``None``: recognised."""
    remote_images: Literal["address", "drop"] = "address"
    """What stands for a remote image that `book fetch` has not brought: its text and its address, or nothing."""
    quotes: Quotes = field(default_factory=Quotes)
    dashes: Dashes = field(default_factory=Dashes)
    links: Links = field(default_factory=Links)
    rules: Rules = field(default_factory=Rules)
    labels: Mapping[str, str] = field(default_factory=dict)
    """``[labels]``: words that the press prints, instead of those of :mod:`book.labels`."""
    components: Mapping[str, str] = field(default_factory=dict)
    """What stands in for a component of the author's site: ``drop``, ``children`` or a text with ``{attribute}``."""
    limits: Limits = field(default_factory=Limits)
    budgets: Budgets = field(default_factory=Budgets)
    """What an EPUB may weigh."""
    print: Print = field(default_factory=Print)
    lint: Lint = field(default_factory=Lint)
    edition: tuple[EditionEntry, ...] = ()
    """Published versions, newest first as written."""
    guessed: bool = False
    """Whether the language is only guessed; then quotation marks that it does not use are left as typed."""
    present: bool = False
    """Whether the folder has a handbound.toml at all."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Place of each key, dotted from the top, and of each item of a list: ``links.site_url``, ``editions.0``."""


SLUG = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?"
ADDRESS = r"https?://[^\s/\"'<>\\^`{|}][^\s\"<>\\^`{|}]*"
# RFC 5646 §2.1: language, script, region, variants, extensions, private use; what a library that checks tags takes.
LANGUAGE = (
    "[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    "(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})){0,4}(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8}){1,8}){0,4}"
    "(?:-[xX](?:-[A-Za-z0-9]{1,8}){1,4})?"
)
PATTERNS: Mapping[str, tuple[str, str]] = {
    # Key: what its text must match, and how that is said.
    "language": (LANGUAGE, 'a language tag such as "en", "en-GB" or "zh-Hant"'),
    "slug": (SLUG, 'letters, digits, "-", "_" and "." inside, at most 80 characters'),
    "theme": (SLUG, "the name of a theme folder"),
    "date": (r"\d{4}-\d{2}-\d{2}", "a date such as 2026-01-31"),
    "identifier": (r"[A-Za-z][A-Za-z0-9+.-]*:\S+", 'a URN such as "urn:isbn:…" or "urn:uuid:…"'),
    "authors": (r".*\S.*", "a name"),
    "editors": (r".*\S.*", "a name"),
    "translators": (r".*\S.*", "a name"),
    "illustrators": (r".*\S.*", "a name"),
    "series.name": (r".*\S.*", "a name"),
    "subjects": (r".*\S.*", "a word or two"),
    "licence_url": (f"(?:{ADDRESS})?", 'an address such as "https://creativecommons.org/licenses/by/4.0/"'),
    "lint.ignore": (
        "placeholder|next-line|twice|cut-off|web-only|doubled-word|mixed-spelling|spelling",
        "the name of a check; book lint --help lists them",
    ),
    "lint.words": (r"\S+", "a word"),
    "links.site_url": (ADDRESS, 'an address such as "https://example.org"'),
    "links.https_hosts": (r"[^\s/@?#\\]+", 'a host such as "example.org"'),
    "links.routes": (r"(?!/)(?!(?:.*/)?\.\.(?:/|$)).+", 'the path of a chapter in the book, such as "guide/start.md"'),
}
LEAST: Mapping[str, int] = {"print.signature": 4}
MOST: Mapping[str, int] = {
    "print.signature": 400,
    "limits.chapter_bytes": 2_500_000,  # the tree of a longer chapter takes all of 2 GiB
    "limits.nesting": 80,  # Python has a stack: every stage walks the tree of a chapter, level by level
    "limits.pandoc_seconds": 86_400,
    "limits.pandoc_mebibytes": 1_000_000,
}
LARGEST = 2_000_000_000
"""Of any number that has no entry in `MOST`."""
LONGEST = 10_000
"""Characters of any text."""
LONGEST_PATH = 1_000
LIMIT = 1_000_000
"""Bytes of the file."""
FIRST_YEAR = 1000
