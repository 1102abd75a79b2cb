"""The editions that can be published, in one table. A new edition only needs an entry here.

Everything that lists editions reads this table: the help of ``-e``, the sessions of nox, the download page, the words
that readers see, the keys of handbound.toml. It only imports the standard library, so that reading it is fast.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from book.edition import Edition, Paper, Trim
from book.problems import Kind, Place, Problem, SettingsError, Severity, Subject, nearest
from book.surroundings import THEMES

UNKNOWN_EDITION = Kind("E101", Severity.ERROR, "an edition that does not exist")

FORMATS: Mapping[str, str] = {
    "epub": ".epub",
    "pdf": ".pdf",
    "booklet": ".pdf",
    "html": ".html",
    "handout": ".pdf",
    "cover": ".pdf",
}
"""Format -> suffix of its files. The module ``book.editions.<format>`` makes it; those with ``.pdf`` have pages."""
OF_OTHERS = ("cover", "booklet")
"""The formats that need the pages of another edition."""

SIX_BY_NINE = Trim(width_mm=152.4, height_mm=228.6, bleed_mm=3)
"""The page of the printed book: 6 × 9 in."""
A4 = Trim(width_mm=210, height_mm=297)
LETTER = Trim(width_mm=215.9, height_mm=279.4)
ON_BOTH = Trim(width_mm=A4.width_mm, height_mm=LETTER.height_mm)
"""What fits on A4 and on Letter."""
LARGE_TYPE = 16.0
"""Smallest size of type in large print, in points."""
MOST_MM = 2000.0
"""The longest side of a page."""
MOST_BLEED_MM = 10.0
TOKENS = "tokens.toml"
"""The file of a theme that names its pages."""


class CatalogueError(ValueError):
    """An entry of the table is not valid; the message lists everything that is wrong with it."""


def checked(editions: Iterable[Edition], themes: Path = Path(THEMES)) -> dict[str, Edition]:
    """Return *editions* by name, in their order.

    Args:
        editions: the entries of a table.
        themes: the folder with the theme ``base``, which must contain the files that they name.

    Raises:
        CatalogueError: an entry is incomplete, names a missing file, or is a duplicate.
    """
    table: dict[str, Edition] = {}
    faults: list[str] = []
    endings: dict[str, str] = {}
    base = themes / "base"
    pages = tuple(tomllib.loads((base / TOKENS).read_text(encoding="utf-8"))["page"])
    for edition in editions:
        faults += (f"edition {edition.name!r}: {fault}" for fault in _faults(edition, base, pages))
        if edition.name in table:
            faults.append(f"edition {edition.name!r}: the name is taken by another entry")
        if (owner := endings.setdefault(edition.suffix, edition.name)) != edition.name:
            faults.append(f"edition {edition.name!r}: the suffix {edition.suffix!r} is taken by {owner!r}")
        table.setdefault(edition.name, edition)
    if faults:
        raise CatalogueError("\n".join(faults))
    return table


def _faults(edition: Edition, base: Path, pages: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with one entry; *base* is the folder of the theme that all others extend, *pages* are the names of its pages."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", edition.name):
        yield "the name is not a word in small letters"
    for field in ("title", "purpose", "help"):
        if not getattr(edition, field).strip():
            yield f"it has no {field}"
    ending = FORMATS.get(edition.format)
    if ending is None:
        yield f"there is no format {edition.format!r}; the formats are: {', '.join(FORMATS)}"
    elif not re.fullmatch(rf"(?:-[a-z0-9]+)*{re.escape(ending)}", edition.suffix):
        yield f"the suffix {edition.suffix!r} is not like '{ending}' or '-{edition.name}{ending}'"
    if edition.format == "handout" and not edition.singles:
        yield "it has no folder for its single chapters (singles)"
    if not re.fullmatch(r"[a-z]*", edition.singles):
        yield f"the folder {edition.singles!r} is not a word in small letters"
    if bool(edition.of) != (edition.format in OF_OTHERS):
        yield f"the formats {' and '.join(map(repr, OF_OTHERS))} are made of another edition (of), and no other format is"
    yield from _missing_files(edition, base)
    if ending == ".pdf":
        yield from _page_faults(edition)
        if edition.page not in pages:
            yield f"there is no [page.{edition.page}] in {base / TOKENS}; there are: {', '.join(pages)}"
    elif edition.trim or edition.papers:
        yield f"the format {edition.format!r} has no pages: take the size out"


def _missing_files(edition: Edition, base: Path) -> Iterator[str]:
    """Yield the template and the style sheets of *edition* that *base* does not have."""
    if not edition.template:
        yield "it has no template"
    elif not (base / "templates" / edition.template).is_file():
        yield f"there is no template {edition.template!r} in {base / 'templates'}"
    if not edition.sheets:
        yield "it has no style sheet"
    for sheet in edition.sheets:
        if not (base / "css" / f"{sheet}.css").is_file():
            yield f"there is no style sheet '{sheet}.css' in {base / 'css'}"


def _page_faults(edition: Edition) -> Iterator[str]:
    """Yield what is wrong with the pages of *edition*."""
    if edition.trim is None:
        yield f"the format {edition.format!r} has pages: it needs a size (trim)"
    for size in (edition.trim, *(paper.size for paper in edition.papers)):
        if size is not None and not all(0 < side <= MOST_MM for side in (size.width_mm, size.height_mm)):
            yield f"a page of {size.width_mm:g} × {size.height_mm:g} mm is not a size: each side is more than 0 and at most {MOST_MM:g}"
        if size is not None and not 0 <= size.bleed_mm <= MOST_BLEED_MM:
            yield f"the bleed is {size.bleed_mm:g} mm; it is 0 to {MOST_BLEED_MM:g}"
    if edition.format in ("booklet", "handout") and not edition.papers:
        yield f"the format {edition.format!r} is printed on paper of other sizes: name them (papers)"
    ends = [paper.suffix for paper in edition.papers]
    if ends and (
        ends[0] or len(set(ends)) < len(ends) or not all(re.fullmatch(r"-[a-z0-9]+", end) for end in ends[1:])
    ):
        yield "of its papers, the first has no suffix, and each of the others has a different one, such as '-letter'"


EDITIONS: dict[str, Edition] = checked(
    (
        Edition(
            name="epub",
            format="epub",
            suffix=".epub",
            title="EPUB edition",
            purpose="EPUB for phones, tablets and e-readers: the type adapts to the screen.",
            help="for phones, tablets and e-readers",
            template="epub/chapter.xhtml.j2",
            sheets=("epub",),
        ),
        Edition(
            name="pdf",
            format="pdf",
            suffix=".pdf",
            title="Screen edition",
            purpose="PDF with fixed pages for reading on a screen: links, bookmarks and page numbers.",
            help="pages for reading on a screen",
            trim=Trim(width_mm=148, height_mm=210),
            template="pdf/screen.html.j2",
            sheets=("screen",),
            page="screen",
            covered=True,
        ),
        Edition(
            name="print",
            use="print",
            format="pdf",
            suffix="-print.pdf",
            title="Print edition",
            purpose="PDF for the printing press or paper at home: facing pages, crop marks, all addresses written out.",
            help="6 × 9 in or A5 for a printer: facing pages, bleed and crop marks",
            trim=SIX_BY_NINE,
            template="pdf/print.html.j2",
            sheets=("screen", "print"),
            page="print",
            mode="print",
            facing=True,
        ),
        Edition(
            name="cover",
            use="print",
            format="cover",
            suffix="-cover.pdf",
            title="Cover for the print edition",
            purpose="PDF for the printing press: back, spine and front on one sheet.",
            help="back, spine and front of the print edition on one sheet, with its barcode",
            trim=SIX_BY_NINE,
            template="pdf/cover.html.j2",
            sheets=("cover",),
            page="print",
            of="print",
        ),
        Edition(
            name="large",
            use="print",
            format="pdf",
            suffix="-large.pdf",
            title="Large-print edition",
            purpose="PDF on A4 in large type: nothing under 16 points, strong contrast.",
            help="large print on A4",
            trim=A4,
            template="pdf/large.html.j2",
            sheets=("screen", "print", "large"),
            page="large",
            mode="print",
            covered=True,
            least_type=LARGE_TYPE,
        ),
        Edition(
            name="booklet",
            use="print",
            format="booklet",
            suffix="-booklet.pdf",
            title="Booklet",
            purpose="PDF for printing on both sides: sheets to fold in the middle and staple.",
            help="A4 and Letter sheets to print on both sides, fold and staple",
            trim=SIX_BY_NINE,
            papers=(
                # Landscape: two pages next to each other.
                Paper(name="A4", suffix="", size=Trim(width_mm=297, height_mm=210)),
                Paper(name="Letter", suffix="-letter", size=Trim(width_mm=279.4, height_mm=215.9)),
            ),
            singles="booklets",
            template="pdf/print.html.j2",
            sheets=("screen", "print"),
            page="print",
            mode="print",
            facing=True,
            of="print",
            signature=32,
        ),
        Edition(
            name="html",
            format="html",
            suffix=".html",
            title="One-page edition",
            purpose="The whole book on one page, in one file: open it in a browser, also offline.",
            help="one page in one file, for a browser",
            template="web/book.html.j2",
            sheets=("web",),
        ),
        Edition(
            name="handout",
            use="teach",
            format="handout",
            suffix="-handout.pdf",
            title="Handout",
            purpose=(
                "PDF for workshops, to print chapter by chapter: room for notes, questions to discuss, "
                "and every link as a code to scan."
            ),
            help="each chapter for a workshop, on A4 and Letter: room for notes, links as QR codes",
            trim=ON_BOTH,
            papers=(Paper(name="A4", suffix="", size=A4), Paper(name="Letter", suffix="-letter", size=LETTER)),
            singles="handouts",
            template="pdf/handout.html.j2",
            sheets=("screen", "handout"),
            page="handout",
            mode="print",
        ),
    )
)
"""In the order in which the download page shows them."""


OTHER_FORMATS: Mapping[str, str] = {
    **dict.fromkeys(("mobi", "azw3", "kindle"), "Kindle takes the EPUB: epub"),
    **dict.fromkeys(("ebook", "e-book"), "an e-book is an EPUB: epub"),
    **dict.fromkeys(("docx", "word", "odt"), "Handbound makes no Word files; Word opens the HTML: html"),
    **dict.fromkeys(("web", "site", "website"), "html is one page for the web"),
}
"""What people ask for under other names -> what to do."""


def instead(name: str) -> str:
    """Return what to name in place of the edition *name*, which does not exist.

    >>> instead("kindle"), instead("pddf")
    ('Kindle takes the EPUB: epub', 'did you mean pdf? The editions are: epub, pdf, print, cover, large, booklet, html, handout')
    """
    near, every = nearest(name, EDITIONS), f"the editions are: {', '.join(EDITIONS)}"
    return OTHER_FORMATS.get(name.lower()) or (
        f"did you mean {near}? {every[:1].upper()}{every[1:]}" if near else every
    )


def unknown(name: str, place: Place | Subject) -> Problem:
    """Return the problem that there is no edition called *name*."""
    return UNKNOWN_EDITION.at(place, f"there is no edition {name!r}", fix=instead(name))


def select(names: Iterable[str]) -> tuple[Edition, ...]:
    """Return the editions called *names*, in the order of the table.

    Raises:
        SettingsError: there is no such edition.
    """
    choice = set(names)
    for name in sorted(choice - EDITIONS.keys()):
        raise SettingsError(unknown(name, Subject(name="-e")))
    return tuple(edition for edition in EDITIONS.values() if edition.name in choice)


def titles() -> dict[str, str]:
    """Return the English labels of the editions, by the key with which a language or a book can replace them."""
    return {
        f"{kind}_{edition.name}": words
        for edition in EDITIONS.values()
        for kind, words in (("edition", edition.title), ("purpose", edition.purpose))
    }


def folders() -> tuple[str, ...]:
    """Return the folders of the output folder in which editions keep files."""
    return tuple(dict.fromkeys(edition.singles for edition in EDITIONS.values() if edition.singles))
