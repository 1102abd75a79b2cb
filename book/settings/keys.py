"""The keys of handbound.toml: each a typed field, with the values that it takes. A new key is a line here."""

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
    """``[quotes]``: how quotation marks are printed."""

    outer: Literal["as-typed", "double", "single"] = "as-typed"
    skip: tuple[str, ...] = ()
    """Globs of chapters whose quotation marks are left as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashes:
    """``[dashes]``: how hyphens become dashes."""

    double_hyphen: Literal["em", "en"] = "em"
    """What ``--`` without spaces becomes in English: an em dash, or an en dash as in pandoc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """``[links]``: the targets of links."""

    site_url: str | None = None
    """Base address for links such as ``/pricing``."""
    https_hosts: tuple[str, ...] = ()
    """Hosts known to support https."""
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
    """``[limits]``: the most that a chapter, an image or a tool may use."""

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
    """Most lines of one table, list, paragraph or block of code; with more, no paged edition is made, and with nearly as many,
    not all of them in one build."""
    pandoc_seconds: int = 60
    pandoc_mebibytes: int = 1024
    theme_seconds: int = 30
    """Processor time for one page or style sheet that a template makes."""
    theme_mebibytes: int = 1024
    """Memory for it, in addition to Handbound's own."""
    pages_seconds: int = 600
    """Processor time for one edition."""
    pages_mebibytes: int = 2048
    """Memory for one edition, in addition to Handbound's own."""
    cache_bytes: int = 1_000_000_000
    """Most bytes of the cache; the oldest entries are removed first."""
    fetch_bytes: int = 500_000_000
    """Most bytes of all images that one `book fetch` downloads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """``[print]``: the printed editions."""

    trim: Literal["6x9in", "a5"] = "6x9in"
    """Size of the printed book after cutting."""
    pdf_x: bool = False
    """Whether the printed book is PDF/X-4: black only, without links, as printing houses require."""
    signature: int = 40
    """Pages per signature of a booklet; a longer book has several signatures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """``[lint]``: the checks of `book lint`."""

    ignore: tuple[str, ...] = ()
    """Names of checks that are not run; see `book lint --help`."""
    words: tuple[str, ...] = ()
    """Words of the book that no dictionary contains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEntry:
    """One ``[[edition]]``: a published version of the text."""

    version: str
    date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """``series``: the series that the book belongs to; a string is its name."""

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
    """Path of a picture in the book that replaces the cover of the theme."""
    cover_alt: str = ""
    """Text alternative of that picture."""
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
    """Names of the editions that a build without ``-e`` makes; empty: all."""
    math: bool = False
    page_map: Literal["pdf", "print"] = "pdf"
    """The edition whose page numbers EPUB and HTML show."""
    number_chapters: bool = True
    sidebar: tuple[SidebarEntry, ...] | None = None
    """``None`` if handbound.toml has no list."""
    others: Literal["last", "leave out"] = "last"
    """What happens to chapters that the list ``sidebar`` does not name."""
    exclude: tuple[str, ...] = ()
    """Globs of files and folders that are not part of the book; a ``*`` matches slashes too."""
    dialects: tuple[str, ...] | None = None
    """Names of the dialects of Markdown, or of the systems, that the chapters are written for; ``None``: detected."""
    bibliography: tuple[str, ...] = ()
    """Files of the book, BibTeX or CSL JSON or YAML, with the works that chapters cite; front matter can name others."""
    csl: str = ""
    """The CSL style of citations, a file of the book; empty: Chicago, author and date."""
    remote_images: Literal["address", "drop"] = "address"
    """What is printed for a remote image that was not downloaded: its text and its address, or nothing."""
    quotes: Quotes = field(default_factory=Quotes)
    dashes: Dashes = field(default_factory=Dashes)
    links: Links = field(default_factory=Links)
    rules: Rules = field(default_factory=Rules)
    labels: Mapping[str, str] = field(default_factory=dict)
    """``[labels]``: labels that replace those of :mod:`book.labels`."""
    components: Mapping[str, str] = field(default_factory=dict)
    """Replacement of a component of the author's site: ``drop``, ``children`` or a text with ``{attribute}``."""
    limits: Limits = field(default_factory=Limits)
    budgets: Budgets = field(default_factory=Budgets)
    """Limits of e-readers."""
    print: Print = field(default_factory=Print)
    lint: Lint = field(default_factory=Lint)
    edition: tuple[EditionEntry, ...] = ()
    """Published versions, newest first as written."""
    guessed: bool = False
    """Whether the language is only guessed; then quotation marks of other languages are left as typed."""
    present: bool = False
    """Whether the folder has a handbound.toml at all."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Place of the value of each key, dotted from the top, and of each item of a list: ``links.site_url``, ``editions.0``."""


SLUG = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?"
ADDRESS = r"https?://[^\s/\"'<>\\^`{|}][^\s\"<>\\^`{|}]*"
# RFC 5646 §2.1: language, script, region, variants, extensions, private use.
LANGUAGE = (
    "[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    "(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})){0,4}(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8}){1,8}){0,4}"
    "(?:-[xX](?:-[A-Za-z0-9]{1,8}){1,4})?"
)
PATTERNS: Mapping[str, tuple[str, str]] = {
    # Key -> pattern of its text, and the pattern in words.
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
    "limits.chapter_bytes": 2_500_000,  # the tree of a longer chapter would need more than 2 GiB
    "limits.nesting": 80,  # limited by Python's stack: every stage walks the tree of a chapter recursively
    "limits.pandoc_seconds": 86_400,
    "limits.pandoc_mebibytes": 1_000_000,
}
LARGEST = 2_000_000_000
"""Greatest number for keys without an entry in `MOST`."""
LONGEST = 10_000
"""Most characters of a text."""
LONGEST_PATH = 1_000
LIMIT = 1_000_000
"""Most bytes of the file."""
FIRST_YEAR = 1000
