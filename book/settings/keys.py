"""The keys of handbound.toml: each a typed field, with the values that it takes. A new key is a line here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from book.model import Budgets
from book.problems import Place

EntryMatter = Literal["front", "main", "back", "appendix"]
SplitFiles = Literal["auto", "never", "h1", "h2"]


class SidebarEntry(Struct, frozen=True, kw_only=True):
    """One entry of ``sidebar``: a chapter (a string, or a table if chapters belong to it) or a part (a table)."""

    chapter: str | None = None
    """Path of the chapter, or of the page that opens the part, relative to the book, as written."""
    part: str | None = None
    """Title of the part, inline Markdown; ``None`` for a chapter."""
    chapters: tuple[SidebarEntry, ...] = ()
    """The chapters of the part, or below the chapter."""
    title: str = ""
    """Title of the chapter in the contents and in running heads, inline Markdown; empty: its own."""
    matter: EntryMatter | None = None
    """Where the chapter, and those below it, belong; ``None`` is where the entry that contains it belongs."""
    numbered: bool = True
    """Whether this entry itself is numbered."""
    place: Place

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that it and the entries below it name, without ``./`` and ``..`` inside."""
        own = (os.path.normpath(self.chapter),) if self.chapter else ()
        return (*own, *(path for entry in self.chapters for path in entry.paths))


class Quotes(Struct, frozen=True, kw_only=True):
    """``[quotes]``: how quotation marks are printed."""

    outer: Literal["as-typed", "double", "single"] = "as-typed"
    """Whether outer quotations get double or single marks, or each the kind that you typed."""
    skip: tuple[str, ...] = ()
    """Globs of chapters whose quotation marks are left as typed."""


class Dashes(Struct, frozen=True, kw_only=True):
    """``[dashes]``: how hyphens become dashes."""

    double_hyphen: Literal["em", "en"] = "em"
    """What ``--`` without spaces becomes in English: an em dash, or an en dash as in pandoc."""


class Links(Struct, frozen=True, kw_only=True):
    """``[links]``: the targets of links."""

    site_url: str | None = None
    """Base address for links such as ``/pricing``."""
    https_hosts: tuple[str, ...] = ()
    """Hosts that support https: links to them that begin with `http:` get `https:`."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Address on the site -> chapter of the book."""


class Rules(Struct, frozen=True, kw_only=True):
    """``[rules]``: house style, rule by rule."""

    spaces: bool = True
    """Whether spaces are corrected: one between words, no-break spaces where a line must not break; and pasted ligatures and characters without width."""
    quotes: bool = True
    """Whether straight quotes and apostrophes become those of the language."""
    dashes: bool = True
    """Whether hyphens and dots that stand for a dash or an ellipsis become one."""
    links: bool = True
    """Whether addresses lose redirects and tracking parameters, and become canonical."""


class Limits(Struct, frozen=True, kw_only=True):
    """``[limits]``: the most that a chapter, an image or a tool may use."""

    chapter_bytes: int = 2_000_000
    """Maximum size of a chapter, in bytes; a file with several chapters may have five times as much."""
    front_matter_bytes: int = 64_000
    """Maximum size of the front matter of a chapter, in bytes."""
    chapters: int = 20_000
    """Maximum number of chapters."""
    nesting: int = 64
    """Maximum number of lists, quotations and boxes inside one another, and of folders."""
    image_bytes: int = 20_000_000
    """Maximum size of an image file, in bytes; a larger image is left out, with a warning."""
    image_pixels: int = 50_000_000
    """Maximum size of an image, width times height in pixels; a larger one is left out, with a warning."""
    svg_bytes: int = 5_000_000
    """Maximum size of a drawing (SVG), in bytes."""
    svg_nodes: int = 100_000
    """Maximum number of elements of a drawing (SVG)."""
    footnotes: int = 10_000
    """Maximum number of footnotes of a chapter."""
    paragraph_bytes: int = 1_000_000
    """Maximum size of a paragraph, in bytes."""
    paper_block: int = 10_000
    """Maximum number of lines of one table, list, paragraph or block of code on paper; with more, no paged edition is made (E190)."""
    pandoc_seconds: int = 60
    """Maximum time in which pandoc reads a chapter, in seconds."""
    pandoc_mebibytes: int = 1024
    """Maximum memory of pandoc, in MiB."""
    theme_seconds: int = 30
    """Maximum processor time for a page or style sheet that a template makes, in seconds."""
    theme_mebibytes: int = 1024
    """Maximum memory for a page or style sheet that a template makes, in MiB, in addition to Handbound's own."""
    pages_seconds: int = 600
    """Maximum processor time for a paged edition, in seconds."""
    pages_mebibytes: int = 2048
    """Maximum memory for a paged edition, in MiB, in addition to Handbound's own."""
    cache_bytes: int = 1_000_000_000
    """Maximum size of the cache, in bytes; the oldest entries are removed first."""
    fetch_bytes: int = 500_000_000
    """Maximum size of all images that one `book fetch` downloads, in bytes."""

    @property
    def file_bytes(self) -> int:
        """The most bytes of a file with several chapters."""
        return 5 * self.chapter_bytes


class Print(Struct, frozen=True, kw_only=True):
    """``[print]``: the printed editions."""

    trim: Literal["6x9in", "a5"] = "6x9in"
    """Size of the printed book after cutting."""
    pdf_x: bool = False
    """Whether the printed book is PDF/X-4: black only, without links, as printing houses require."""
    marks: bool = True
    """Whether bleed and crop marks surround the pages. Print services on the web want neither: with `false`, the pages have the size of
    the book after cutting, and the cover has its bleed without the marks."""
    isbn: str = ""
    """ISBN of the printed book, in its imprint and in the barcode of its cover, if it has another one than `identifier`."""
    signature: int = 32
    """Pages per signature of a booklet; a longer book has several signatures, and each sheet says which it belongs to."""
    paper: Literal[
        "offset-80",
        "offset-90",
        "offset-100",
        "book-80",
        "book-90",
        "coated-115",
        "coated-135",
        "kdp-white",
        "kdp-cream",
        "kdp-colour",
    ] = "offset-80"
    """Paper of the printed book: its thickness decides how wide the spine of the cover is. Offset paper, bulky book paper, or coated
    paper with its weight in g/m², or that of Kindle Direct Publishing."""
    paper_um: int | None = None
    """Thickness of one sheet in micrometres, in place of that of `paper`."""
    spine: float = 0.0
    """Width of the spine in millimetres, if the printing house gives one; it is then not computed."""
    back: tuple[str, ...] = ()
    """Paragraphs on the back of the cover, in place of the description."""


class Lint(Struct, frozen=True, kw_only=True):
    """``[lint]``: the checks of `book lint`."""

    ignore: tuple[str, ...] = ()
    """Names of checks that are not run: `placeholder`, `next-line`, `twice`, `cut-off`, `web-only`, `doubled-word`, `mixed-spelling`, `spelling`."""
    words: tuple[str, ...] = ()
    """Words of the book that no dictionary contains."""


class EditionEntry(Struct, frozen=True, kw_only=True):
    """One ``[[edition]]``: a published version of the text."""

    version: str
    """The version, as in "2.1"; required."""
    date: str = ""
    """When it was published, as in "2026-01-31"."""
    note: str = ""
    """What is new in it, in a sentence or two."""


class Series(Struct, frozen=True, kw_only=True):
    """``series``: the series that the book belongs to; a string is its name."""

    name: str
    """The name of the series; required."""
    number: int | None = None
    """The number of the book in it."""


class Settings(Struct, frozen=True, kw_only=True):
    """handbound.toml, read and checked."""

    title: str | None = None
    """The title of the book. Without it, the first heading of a README or index, or else the name of the folder; in a
    repository, that of the folder around it if its own is one such as ``docs``."""
    subtitle: str = ""
    """Printed below the title, on the cover and the title page."""
    authors: tuple[str, ...] = ()
    """The names of the authors, in order."""
    editors: tuple[str, ...] = ()
    """The names of the editors."""
    translators: tuple[str, ...] = ()
    """The names of the translators."""
    illustrators: tuple[str, ...] = ()
    """The names of the illustrators."""
    series: Series | None = None
    """The series that the book belongs to: a name, or a table with a name and a number."""
    cover: str = ""
    """Path of a picture in the book, JPEG, PNG or SVG, that replaces the cover of the theme."""
    cover_alt: str = ""
    """Text alternative of that picture."""
    logo: str = ""
    """Path of a picture in the book that stands above the title, on the title page of every edition, the cover, the download page and the
    head of each handout."""
    logo_alt: str = ""
    """Text alternative of the logo. Without it, the name of the publisher, or else of the authors."""
    language: str = "en"
    """The language of the book, as a tag (BCP 47): quotes, hyphenation and labels follow it. Without the key, the language is detected."""
    slug: str | None = None
    """The name of the files, without the ending. Without it, the name is made from the title."""
    identifier: str | None = None
    """The identifier of the book: its ISBN as a URN, or any other URN. Without it, one is derived from the title and the authors."""
    publisher: str = ""
    """The name of the publisher, on the cover, in the imprint and in the metadata."""
    description: str = ""
    """A few sentences about the book, for the download page and for catalogues."""
    subjects: tuple[str, ...] = ()
    """Subjects of the book for catalogues, in words of your choice."""
    licence: str = ""
    """The licence of the text, printed in the imprint."""
    licence_url: str = ""
    """The address of the licence."""
    version: str = ""
    """The version of the text, printed in the imprint."""
    date: str | None = None
    """The date of the edition, as in "2026-01-31", with or without quotes. Without the key, the date of the last commit in the folder of the book."""
    theme: str = "folio"
    """The theme: `folio`, `field`, `almanac`, or the name of a folder in `themes/` of the book."""
    editions: tuple[str, ...] = ()
    """The editions that `book build` makes if `-e` names none; empty: all. No others are then on the download page."""
    math: bool = False
    """Whether `$…$` and `$$…$$` are formulas. Without the key, formulas are read if the text clearly has some."""
    page_map: Literal["pdf", "print"] = "pdf"
    """The edition whose page numbers EPUB and HTML show."""
    number_chapters: bool = True
    """Whether chapters are numbered. A book without a `handbound.toml` has only the numbers that its own site shows."""
    number_captions: bool = True
    """Whether figures and tables with captions are numbered, as in "Figure 1.1"; not in a book without a `handbound.toml`."""
    index: bool = True
    """Whether the book gets an index, if its chapters mark terms for one, see [An index](../how-to/index-of-terms.md)."""
    questions: Literal["handout", "all"] = "handout"
    """Which editions print the questions for discussion of a chapter: the handout, with room to write, or all, at the end of the chapter."""
    sidebar: tuple[SidebarEntry, ...] | None = None
    """The reading order: chapters, and parts with chapters. A part may have an opening page: `{ part = "Tools", page = "tools.md",
    chapters = […] }`; chapters stand below another one with `{ chapter = "a.md", chapters = […] }`. Such a table may have three keys more:
    `title`, of a chapter in the contents and in running heads; `matter`, which is "front", "back" or "appendix" for it and what is below
    it; and `numbered = false`. Without the list, the order comes from the files of your site generator, from front matter or from the
    names of the files."""
    others: Literal["last", "leave out"] = "last"
    """What happens to chapters that the list ``sidebar`` does not name."""
    split_files: SplitFiles = "auto"
    """Whether a file becomes several chapters: "h1", each of its headings of the first level begins one; "h2", also each of the second
    level, below parts; "never". Without the key, only a book of a single file is split, see [One file](../how-to/one-file.md)."""
    exclude: tuple[str, ...] = ()
    """Globs of files and folders that are not part of the book, relative to its folder; a ``*`` matches slashes too."""
    dialects: tuple[str, ...] | None = None
    """The dialects of Markdown, or the site generators, that the chapters are written for. Without it, they are detected."""
    bibliography: tuple[str, ...] = ()
    """Files of the book, BibTeX or CSL JSON or YAML, with the works that chapters cite; front matter can name others."""
    csl: str = ""
    """The CSL style of citations, a file of the book; empty: Chicago, author and date."""
    remote_images: Literal["address", "drop"] = "address"
    """What is printed for a remote image that was not downloaded: its text and its address, or nothing, also of its caption."""
    quotes: Quotes = field(default_factory=Quotes)
    """Quotation marks."""
    dashes: Dashes = field(default_factory=Dashes)
    """Dashes."""
    links: Links = field(default_factory=Links)
    """The targets of links."""
    rules: Rules = field(default_factory=Rules)
    """The rules of the house style, each on or off."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Words that Handbound prints, such as "Contents", in your wording."""
    components: Mapping[str, str] = field(default_factory=dict)
    """What replaces a component of your site, by its name: `"drop"`, `"children"` (what is inside it), or a text in which
    `{attribute}` is one of its attributes."""
    limits: Limits = field(default_factory=Limits)
    """Limits that protect a build from files that are too large; see [Safety](../explanation/safety.md)."""
    budgets: Budgets = field(default_factory=Budgets)
    """Limits of e-readers: a larger image is scaled down in the EPUB."""
    print: Print = field(default_factory=Print)
    """The printed editions."""
    lint: Lint = field(default_factory=Lint)
    """An editor's checks."""
    edition: tuple[EditionEntry, ...] = ()
    """The versions published so far, listed in the colophon in the order of the file."""
    guessed: bool = False
    """Whether the language is only guessed; then quotation marks of other languages are left as typed."""
    present: bool = False
    """Whether the folder has a handbound.toml at all."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Place of the value of each key, dotted from the top, and of each item of a list: ``links.site_url``, ``editions.0``."""

    @property
    def named_chapters(self) -> tuple[str, ...]:
        """The paths that the list ``sidebar`` names."""
        return tuple(path for entry in self.sidebar or () for path in entry.paths)


SLUG = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?"
ADDRESS = r"https?://[^\s/\"'<>\\^`{|}][^\s\"<>\\^`{|}]*"
# RFC 5646 §2.1: language, script, region, variants, extensions, private use.
LANGUAGE = (
    "[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    "(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})){0,4}(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8}){1,8}){0,4}"
    "(?:-[xX](?:-[A-Za-z0-9]{1,8}){1,4})?"
)
CHECKS = (
    "placeholder",
    "next-line",
    "twice",
    "cut-off",
    "web-only",
    "doubled-word",
    "mixed-spelling",
    "spelling",
)
"""The names of an editor's checks, as of :data:`book.lint.CHECKS`."""
PATTERNS: Mapping[str, tuple[str, str]] = {
    # Key -> pattern of its text, and the pattern in words.
    "title": (r".*\S.*", "a title"),
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
        "|".join(CHECKS),
        "the name of a check; book lint --help lists them",
    ),
    "lint.words": (r"\S+", "a word"),
    "links.site_url": (ADDRESS, 'an address such as "https://example.org"'),
    "links.https_hosts": (r"[^\s/@?#\\]+", 'a host such as "example.org"'),
    "links.routes": (r"(?!/)(?!(?:.*/)?\.\.(?:/|$)).+", 'the path of a chapter in the book, such as "guide/start.md"'),
}
LEAST: Mapping[str, int] = {"print.signature": 4, "print.paper_um": 30}
MOST: Mapping[str, int] = {
    "print.signature": 400,
    "print.paper_um": 1000,
    "print.spine": 150,
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
