"""The handout: every chapter for itself on A4 and Letter, with room for notes, its questions, and its links as QR codes."""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from book import view
from book.body import Element
from book.edition import Edition
from book.editions import pdf
from book.labels import label, labels
from book.model import Book, Chapter, Made
from book.paged import code_lines, layout_warnings, math_svg, measure, on_paper
from book.problems import Kind, Place, Problem, Severity
from book.schemes import SCHEMES, scheme
from book.scripts import counted
from book.style.links.whatwg import spelt
from book.theme import Theme, trusted
from book.view import markup

UNCODED = Kind("I117", Severity.NOTE, "an address that is too long for a QR code")
LONGEST_CODED = 1000
"""Bytes of an address in a QR code: more make squares that no telephone tells apart on a page."""
WORDS_A_MINUTE = 230
LETTERS_A_MINUTE = 500
"""For scripts that are written without spaces."""
NO_GLYPH = re.compile(r"\.notdef glyph rendered .*\"\S\"")
"""What WeasyPrint says of a letter without a glyph; that is told before, at the letter's line."""
HARDLY = 0.34
"""A last page that is emptier than two thirds is avoided: by a little less room to write, else the questions go there too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One address of the list at the end of a chapter."""

    number: int
    address: str
    code: str
    """Where the drawing of its QR code is found; empty when it is too long for one."""

    shown: str
    """The address in readable letters, with places where a line may end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One chapter as the template sees it."""

    item: view.Item
    """Its chapter is the one with links that can be followed on paper."""
    minutes: int
    description: str
    questions: tuple[str, ...]
    links: tuple[Link, ...]
    address: str
    """Of the chapter on the book's site, empty when it is not known."""
    code: str


@dataclass(slots=True)
class Needs:
    """What the tables and listings of a chapter need so that they fit on one paper; it only grows."""

    steps: dict[str, int] = field(default_factory=dict)
    """Number of a table -> which of :data:`book.paged.on_paper.STEPS` it needs."""
    tall: dict[str, str] = field(default_factory=dict)
    """Number of a table that goes on over the page -> its class."""
    codes: dict[str, int] = field(default_factory=dict)
    """Number of a listing with long lines -> columns of a line."""

    def grow(self, found: measure.Pages) -> bool:
        """Take in what was *found* on the pages; say whether anything is new."""
        tight = {table for _, table in found.wide() if self.steps.get(table, 0) + 1 < len(on_paper.STEPS)}
        tall = {
            table: name for (_, table), name in found.tall.items() if self.tall.get(table) not in (name, on_paper.TALL)
        }
        long = {code.code: code.columns for code in found.codes if code.columns < self.codes.get(code.code, math.inf)}
        self.steps |= {table: self.steps.get(table, 0) + 1 for table in tight}
        self.tall |= tall
        self.codes |= long
        return bool(tight or tall or long)


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return the handout of *book* on each paper, and one file for each chapter.

    Args:
        book: composed, references resolved, images taken in.
        edition: names the files, the template, the style sheet and the colours.
        theme: its look.

    Raises:
        ToolMissing: Pango is not installed.
    """
    theme = theme.for_edition(edition)
    book, undrawn = math_svg.on_paper(book, theme)
    about = view.about(book.metadata)
    shelf = pdf.furnish(book, theme, grey=edition.mode == "print")
    leaves, codes = _leaves(book, shelf)
    shelf = replace(shelf, served={**shelf.served, **codes})
    sheet = trusted(theme.sheet(*edition.sheets, faces=shelf.faces, mode=edition.mode))
    layout = pdf.Layout(shelf)

    def laid_out(leaf: Leaf, on: str, needs: Needs, way: str) -> pdf.Sheets:
        say = view.speaker(leaf.item.lang)
        while True:
            one = _set(leaf, shelf, needs)
            sheets = layout.lay_out(
                theme.page(edition.template, about=about, say=say, leaf=one, paper=on, way=way, sheet=sheet)
            )
            if not needs.grow(measure.pages(sheets.document)):
                return sheets

    files: dict[str, bytes] = {}
    problems: list[Problem] = [*undrawn, *_uncoded(leaves)]
    squeezed: dict[str, float] = {}
    for number, paper in enumerate(edition.papers):
        on = paper.name.lower()
        needs = {leaf.item.slug: Needs() for leaf in leaves}
        sheets = [_fitted(leaf, functools.partial(laid_out, leaf, on, needs[leaf.item.slug])) for leaf in leaves]
        name = edition.path(book.metadata.slug, paper)
        # Before writing, which names what is added another way. Of the second paper only what is off the page is told again.
        told = _told(book, edition, name, sheets, needs)
        problems += told if number == 0 else (one for one in told if one.severity is not Severity.NOTE)
        files[name] = layout.written(sheets, book, name=name, title=about.title)
        squeezed |= {tex: left for one in sheets for tex, left in math_svg.squeezed(one.document).items()}
        for leaf, one in zip(leaves, sheets, strict=True) if number == 0 else ():
            name = edition.single(leaf.item.slug)
            files[name] = layout.written([one], book, name=name)
    fix = "look at the page; a theme's style sheet or an image of the book is what it does not like"
    place = Place(path=next(iter(files)))
    said = (
        pdf.COMPLAINT.at(place, f"WeasyPrint says: {line}", fix=fix)
        for line in layout.complaints
        if not NO_GLYPH.match(line)
    )
    return Made(files=files, problems=(*problems, *math_svg.told(squeezed, book, place.path), *said))


def _set(leaf: Leaf, shelf: pdf.Shelf, needs: Needs) -> Leaf:
    """Return *leaf* with its body in type: its tables as narrow as they *need* to be, its long lines divided."""

    def shape(fragment: Element) -> None:
        on_paper.narrow(fragment, needs.steps, needs.tall)
        code_lines.dress(fragment, needs.codes)

    assert leaf.item.chapter is not None  # noqa: S101 - a leaf is a chapter
    body = pdf.paged_body(leaf.item.chapter, shelf.images, shape)
    return replace(leaf, item=replace(leaf.item, body=trusted(body)))


def _uncoded(leaves: Sequence[Leaf]) -> Iterator[Problem]:
    """Yield a note for each address that stands without its QR code."""
    for leaf in leaves:
        for link in leaf.links:
            if not link.code and leaf.item.chapter is not None:
                message = f"the address {link.address[:80]}… has {len(link.address)} letters; the handout prints it without a QR code"
                yield UNCODED.at(
                    leaf.item.chapter.source.place(1), message, fix="nothing, or link to a shorter address"
                )


def _told(
    book: Book, edition: Edition, name: str, sheets: Sequence[pdf.Sheets], needs: Mapping[str, Needs]
) -> Iterator[Problem]:
    """Yield what is to be said of the pages of all chapters, by the numbers they have in the file *name*, the whole handout."""
    first = 0
    for one, (slug, taken) in zip(sheets, needs.items(), strict=True):
        found = measure.pages(one.document)
        moved = tuple(replace(blemish, page=blemish.page + first) for blemish in found.blemishes)
        cut = frozenset(
            (slug, table) for table, step in taken.steps.items() if on_paper.DIVIDED in on_paper.STEPS[step]
        )
        yield from layout_warnings.told(replace(found, blemishes=moved), book, edition, name, cut=cut)
        first += one.count


def _fitted(leaf: Leaf, laid_out: Callable[[str], pdf.Sheets]) -> pdf.Sheets:
    """Return the pages of *leaf*, laid out in the first way whose last page is not two thirds empty, if there is one."""
    sheets = laid_out("")
    if sheets.count == 1 or sheets.fill >= HARDLY or not (leaf.questions or leaf.links):
        return sheets
    tight = laid_out("tight")
    if tight.count < sheets.count or not leaf.questions:
        return min(sheets, tight, key=lambda one: one.count)
    gathered = laid_out("gathered")
    return gathered if gathered.count == sheets.count and gathered.fill > sheets.fill else sheets


def minutes(chapter: Chapter) -> int:
    """Return how long it takes to read *chapter*, in whole minutes, at least 1."""
    words, letters = counted(view.text_of(chapter.body))
    return max(1, math.ceil(words / WORDS_A_MINUTE + letters / LETTERS_A_MINUTE))


def addresses(chapter: Chapter) -> tuple[str, ...]:
    """Return the addresses that *chapter* links to outside of the book, each once, in reading order."""
    found = [_outside(link) for body in (chapter.body, *chapter.questions) for link in body.iter("a")]
    return tuple(dict.fromkeys(address for address in found if address))


def _outside(link: Element) -> str:
    """Return the address of *link* when it leads out of the book, else nothing."""
    address = str(link.get("href", "")).strip()
    return address if scheme(address) in SCHEMES else ""


def code(address: str) -> bytes | None:
    """Return the QR code of *address* as an SVG without a margin; a quarter of it may be spoilt and it still reads.

    The level is M or better: where a better one needs no more squares, it is taken. None for an address that is too long
    for a code that a telephone reads.
    """
    import segno  # noqa: PLC0415 - only a handout needs it

    if len(address.encode()) > LONGEST_CODED:
        return None
    out = io.BytesIO()
    made = segno.make_qr(address, error="m")
    made.save(out, kind="svg", border=0, xmldecl=False, nl=False, svgclass=None, lineclass=None, omitsize=True)
    return out.getvalue()


def _leaves(book: Book, shelf: pdf.Shelf) -> tuple[tuple[Leaf, ...], dict[str, tuple[bytes, str]]]:
    """Return the chapters with their links, and the QR codes under the addresses where they are found."""
    codes: dict[str, tuple[bytes, str]] = {}
    places: dict[str, str] = {"": ""}

    def drawn(address: str) -> str:
        if address not in places:
            drawing = code(address)
            places[address] = f"{pdf.SCHEME}:codes/{len(places)}.svg" if drawing is not None else ""
            if drawing is not None:
                codes[places[address]] = (drawing, "image/svg+xml")
        return places[address]

    owners = _owners(book)
    leaves = []
    for item in view.items(book, lambda _: ""):
        chapter = item.chapter
        if chapter is None:
            continue
        known = addresses(chapter)
        numbers = {address: number for number, address in enumerate(known, 1)}
        follow = functools.partial(_on_paper, chapter=chapter, numbers=numbers, owners=owners)
        body = replace(chapter, body=chapter.body.changed(follow))
        leaf = Leaf(
            item=replace(item, chapter=body),
            minutes=minutes(chapter),
            description=chapter.description,
            questions=tuple(trusted(one.xhtml(follow)) for one in chapter.questions),
            links=tuple(
                Link(
                    number=number,
                    address=address,
                    code=drawn(address),
                    shown=on_paper.breakable(spelt(address, chapter.lang)),
                )
                for address, number in numbers.items()
            ),
            address=chapter.address,
            code=drawn(chapter.address),
        )
        leaves.append(_set(leaf, shelf, Needs()))
    return tuple(leaves), codes


def _owners(book: Book) -> Mapping[str, Chapter]:
    """Return for each id of the book the chapter it is in."""
    found: dict[str, Chapter] = {}
    for chapter in book.spine:
        found[chapter.slug] = chapter
        found |= dict.fromkeys(markup.ids(chapter), chapter)
    return found


def _on_paper(body: Element, chapter: Chapter, numbers: Mapping[str, int], owners: Mapping[str, Chapter]) -> None:
    """Let the links of *body* be followed on paper: a number for the list, a page, or the name of a chapter.

    What is added is of class ``added``.
    """
    for link in list(body.iter("a")):
        if link.get("class") in ("noteref", "backlink"):
            continue
        address, inside = _outside(link), str(link.get("href", "")).removeprefix("#")
        if address:
            _after(link, "added link-number", f"[{numbers[address]}]")
        elif inside in owners and owners[inside].slug != chapter.slug:
            link.tag = "span"
            link.attrib.pop("href")
            if name := _name(owners[inside], chapter.lang, said="".join(link.itertext())):
                said = label(chapter.lang, "aside", text=name)
                _after(link, "added aside", said, space=not said.startswith("（"))
        elif inside in owners and inside != chapter.slug:
            before, _, after = labels(chapter.lang)["page_reference"].partition("{n}")
            added = _after(link, "added page-reference", before, space=not before.startswith("（"))
            added.attrib.update({"data-to": f"#{inside}", "data-after": after})
        elif inside not in owners:
            link.tag = "span"
            link.attrib.pop("href", None)


def _after(link: Element, kind: str, text: str, *, space: bool = False) -> Element:
    """Put an addition of the class *kind* behind *link*, before what follows it."""
    added = etree.Element("span", {"class": kind})
    added.text, added.tail = text, link.tail
    link.tail = " " if space else None
    parent = link.getparent()
    assert parent is not None  # noqa: S101 - a link stands in the body
    parent.insert(parent.index(link) + 1, added)
    return added


def _name(target: Chapter, language: str, *, said: str) -> str:
    """Return how a reference names the chapter *target* to somebody who holds another one; nothing that is *said*."""
    title, kicker = view.text_of(target.heading), label(language, "chapter", n=target.number) if target.number else ""
    words = said.casefold()
    return ": ".join(one for one in (kicker, title) if one and one.casefold() not in words)
