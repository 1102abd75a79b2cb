"""The cover of the printed book: back, spine and front on one sheet, for a printing house.

The spine is as wide as the pages of the edition that the cover wraps are thick.
"""

from __future__ import annotations

import math

from msgspec import Struct
from msgspec.structs import replace

from book import view
from book.amounts import amount
from book.edition import Edition, Trim
from book.editions import inside, pdf
from book.model import Book, Made
from book.paged import finishing, frames, inks, pdf_x, resources
from book.paged.pages import Line
from book.paged.render import Layout, Renderer
from book.paged.resources import SCHEME
from book.problems import Kind, Problem, Severity, Subject
from book.theme import Theme, contrast, trusted
from book.view import barcode, cover, typefaces

UNTITLED = Kind("E211", Severity.WARNING, "a spine without its title or author")
LONG_BACK = Kind("E212", Severity.WARNING, "text that has no room on the back of a cover")
COARSE = Kind("E213", Severity.WARNING, "a cover picture that is too small for print")

LEAST_SPINE_MM = 6.0
"""The narrowest spine with text: type of 6 pt, and 1.6 mm on either side, because folding is not exact."""
SPINE_CLEAR_MM = 1.6
SPINE_ENDS_MM = 12.0
"""From the ends of the spine to its text; the template places it there."""
SPINE_SIZES = (16.0, 14.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0)
"""Sizes of its type in points."""
BACK_SIZES = (10.5, 9.5, 8.5)
"""Sizes of the text on the back, in points; the largest that has room."""
BACK_CLEAR_MM = 12.0
"""From the text on the back, and from what stands below it, to the cut."""
POINT_MM = 25.4 / 72
PIXEL_MM = 25.4 / 96
LEAST_DPI = 200
"""Pixels an inch from which a picture is sharp in print; printing houses ask for 300."""


class Spine(Struct, frozen=True, kw_only=True):
    """The spine, and what is printed on it."""

    width_mm: float
    size: float = 0.0
    """Size of its type in points; 0 without text."""
    title: str = ""
    author: str = ""


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return the cover of the printed *book*, a sheet of one page.

    Raises:
        ToolMissing: Pango is not installed.
    """
    theme = theme.for_edition(edition)
    pages = edition.pages or _count(book, edition, theme)
    name = edition.path(book.metadata.slug)
    size = edition.trim or Trim(width_mm=0, height_mm=0)
    spine, doubts = _spine(book, theme, size, thickness(edition, pages), name)
    data, problems = _drawn(book, edition, theme, size, spine, name)
    sheet = replace(size, width_mm=2 * size.width_mm + spine.width_mm)
    remark = _remark(edition, pages, sheet, spine)
    return Made(
        files={name: data}, problems=(*doubts, *_coarse(book, size, name), *problems), sheet=sheet, remark=remark
    )


def thickness(edition: Edition, pages: int) -> float:
    """Return the width of the spine in millimetres, to a tenth: what the book says, else that of its sheets.

    >>> from book.catalogue import EDITIONS
    >>> thickness(EDITIONS["cover"], 251)
    12.6
    """
    return edition.spine_mm or round(math.ceil(pages / 2) * edition.paper_um / 1000, 1)


def _count(book: Book, edition: Edition, theme: Theme) -> int:
    """Return the number of pages of the edition that the cover *edition* is folded around; they are laid out for that, or remembered."""
    _, _, where, _ = pdf.laid_out(book, inside(edition), theme)
    return len(where)


def _spine(book: Book, theme: Theme, size: Trim, width_mm: float, name: str) -> tuple[Spine, tuple[Problem, ...]]:
    """Return the spine, *width_mm* wide, with as much text as has room, and what has none."""
    about = view.about(book.metadata)
    if width_mm < LEAST_SPINE_MM:
        return Spine(width_mm=width_mm), ()
    place = Subject(name=name)
    bold = cover.face(theme, theme.tokens["cover"]["title"], 700)
    plain = cover.face(theme, "sans", 400)
    room = size.height_mm - 2 * SPINE_ENDS_MM
    high = (width_mm - 2 * SPINE_CLEAR_MM) / POINT_MM / 1.1
    sizes = [points for points in SPINE_SIZES if points <= max(high, SPINE_SIZES[-1])]
    fix = "no action needed, or give handbound.toml a shorter title"
    for author in dict.fromkeys((about.maker, "")):
        for points in sizes:
            long = cover.width(about.title, bold, points) + (
                cover.width(author, plain, points) + 2 * points if author else 0
            )
            if long * POINT_MM <= room:
                lost = about.maker and not author
                doubt = UNTITLED.at(place, "the spine has no room for the author beside the title", fix=fix)
                return Spine(width_mm=width_mm, size=points, title=about.title, author=author), (doubt,) if lost else ()
    return Spine(width_mm=width_mm), (
        UNTITLED.at(place, "the title is too long for the spine, which stays plain", fix=fix),
    )


def _remark(edition: Edition, pages: int, sheet: Trim, spine: Spine) -> str:
    """Return what a printing house has to know, in one line."""
    paper = (
        "as handbound.toml says" if edition.spine_mm else f"{amount(pages, 'page')} on paper of {edition.paper_um} µm"
    )
    plain = f", without words, which need {LEAST_SPINE_MM:g} mm" if spine.width_mm < LEAST_SPINE_MM else ""
    sides = [round(side + 2 * sheet.bleed_mm, 1) for side in (sheet.width_mm, sheet.height_mm)]
    uncut = "" if edition.marks else f", {sides[0]:g} × {sides[1]:g} mm before"
    return (
        f"spine {spine.width_mm:g} mm ({paper}){plain}; after cutting {sheet.width_mm:g} × {sheet.height_mm:g} mm, "
        f"with {sheet.bleed_mm:g} mm of bleed{uncut}"
    )


def _coarse(book: Book, size: Trim, name: str) -> tuple[Problem, ...]:
    """Return the warning that the book's own cover has too few pixels for the page; none for a drawing."""
    asset = book.cover
    if asset is None or asset.media_type == "image/svg+xml":
        return ()
    inches = ((size.width_mm + size.bleed_mm) / 25.4, (size.height_mm + 2 * size.bleed_mm) / 25.4)
    dots = math.floor(min(asset.width / inches[0], asset.height / inches[1]))
    if dots >= LEAST_DPI:
        return ()
    enough = " × ".join(f"{math.ceil(side * 300):,}" for side in inches)
    fix = f"use a picture of {enough} pixels, which is 300 per inch"
    return (COARSE.at(Subject(name=name), f"{asset.path} is printed with {dots} pixels per inch", fix=fix),)


def _drawn(
    book: Book, edition: Edition, theme: Theme, size: Trim, spine: Spine, name: str
) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the sheet, and the problems of making it."""
    shape = cover.Shape.of(size, bleed=True)
    drawing = b"" if book.cover else cover.for_pages(book, theme, shape, resources.logo_address(book))
    served = resources.gather(book, theme, cover=drawing)
    renderer = Renderer(served.served)
    sheet = theme.sheet(*edition.sheets, faces=served.faces, mode=edition.mode)
    pages = {points: _page(book, edition, theme, size, spine, points) for points in BACK_SIZES}

    def make() -> tuple[bytes, tuple[Problem, ...]]:
        for page in pages.values():
            layout = renderer.lay_out(page, sheet)
            if fits := _fits(layout, size):
                break
        data = renderer.write([layout], identifier=book.metadata.identifier)
        data = finishing.finish(data, book, layouts=[layout], marks=edition.marks)
        if edition.standard or any(theme.tokens["ink"].values()):
            data = inks.separated(data, theme.tokens["ink"], theme.tokens["color"])
        if edition.standard:
            data = pdf_x.pressed_in_colour(data, book)
        fix = "write less under description, or another text under [print] back"
        message = "the text of the back reaches into the barcode or beyond the page"
        long = () if fits else (LONG_BACK.at(Subject(name=name), message, fix=fix),)
        return data, (*renderer.complaints([layout], name), *long)

    about = (
        repr(size),
        repr((edition.standard, edition.marks)),
        repr(theme.tokens["ink"]),
        repr(theme.tokens["color"]),
    )
    stated = (finishing.stamp(book), repr(book.metadata))
    digests = served.digests_of(tuple(served.served))
    inputs = (renderer.versions, sheet, *pages.values(), *about, *stated, *digests)
    return frames.whole(theme.cache, inputs, 1, make, ())


def _page(book: Book, edition: Edition, theme: Theme, size: Trim, spine: Spine, points: float) -> str:
    """Return the HTML of the sheet; the text of its back has a size of *points*."""
    about = view.about(book.metadata)
    ground, ink = _colours(book, theme)
    return theme.page(
        edition.template,
        about=about,
        say=view.speaker(about.language),
        edition=edition.name,
        size=size,
        spine=spine,
        ends=SPINE_ENDS_MM,
        clear=BACK_CLEAR_MM,
        points=points,
        ground=ground,
        ink=ink,
        back=book.metadata.back or tuple(filter(None, (about.description,))),
        code=barcode.barcode(about.isbn) if about.isbn else None,
        drawn=book.cover is None,
        cover=resources.COVER if book.cover is None else f"{SCHEME}:{book.cover.name}",
        faces=typefaces.names(theme, book),
        sheet=trusted(""),
    )


def _colours(book: Book, theme: Theme) -> tuple[str, str]:
    """Return the colour of back and spine, and that of their text: a picture goes on in the colour of its corner."""
    colours = theme.tokens["color"]
    ground = cover.corner(book) or colours["cover"]["light"]
    return ground, max((colours[name]["light"] for name in ("ink", "paper")), key=lambda ink: contrast(ink, ground))


def _fits(layout: Layout, size: Trim) -> bool:
    """Return whether the text of the back ends above what stands at its foot."""
    lines = [item for page in layout.pages for item in page.items if isinstance(item, Line)]
    text = [line.bottom for line in lines if line.context.place == "back-text"]
    foot = [line.top for line in lines if line.context.place == "back-foot"]
    return max(text, default=0.0) <= min(foot, default=(size.height_mm - BACK_CLEAR_MM) / PIXEL_MM)
