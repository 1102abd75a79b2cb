"""The cover: lines broken by the widths of the theme's glyphs, drawn by its template, and rendered as a picture for shops."""

from __future__ import annotations

import base64
import functools
import io
import itertools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from book import cache, forms, packages, view
from book.edition import Trim
from book.html_names import SVG
from book.model import Asset, Book, Budgets
from book.patterns import regex
from book.seal import digest
from book.theme import Theme, foreign_scripts
from book.theme.fonts import Face, file_digest, opened, until_changed

WIDTH, HEIGHT = 1600, 2560
"""Size that shops recommend: 1 : 1.6, at least 2,500 pixels on the longer side."""
TEMPLATE = "cover.svg.j2"
ROLES = ("serif", "sans")
TOP = 420
"""Position of the baseline of the first line."""
SIZES = (190, 170, 150, 130, 112, 96)
"""Sizes of the title."""
SCALES = (1.0, 0.85, 0.7, 0.6, 0.5, 0.42, 0.36)
"""Scale factors that are tried in turn until all text fits."""
RATIOS = (1.2, 1.9)
"""Ratios of height to width at which a picture is used as a cover unchanged."""
CLEAR = 90
"""What a theme draws stays this far from text: 8 mm on a page of A5."""
LOGO = "hb-logo"
"""The id of the logo in the drawing."""
LOGO_TOP, LOGO_HEIGHT, LOGO_GAP = 330, 190, 130
"""Top and height of the logo, and its distance from the base line of the names."""
FOOT = 220
"""Distance of the base line of the last line from the lower edge."""
FOOT_SIZE = 48


class Shape(Struct, frozen=True, kw_only=True):
    """The proportions of a cover, in units of which its width has :data:`WIDTH`."""

    height: int = HEIGHT
    bleed: int = 0
    """Drawn beyond every edge, to be cut off."""

    @classmethod
    def of(cls, size: Trim, *, bleed: bool = False) -> Shape:
        """Return the shape of a cover that fills a page of the given *size*, with its bleed if it has *bleed*.

        >>> Shape.of(Trim(width_mm=148, height_mm=210, bleed_mm=3), bleed=True)
        Shape(height=2270, bleed=33)
        """
        unit = WIDTH / size.width_mm
        return cls(height=round(size.height_mm * unit), bleed=math.ceil(size.bleed_mm * unit) if bleed else 0)


SHOP = Shape()
"""The picture for shops and readers."""


class Row(Struct, frozen=True, kw_only=True):
    """One line of type on the cover."""

    text: str
    y: int
    """Position of the baseline from the top."""


class Box(Struct, frozen=True, kw_only=True):
    """Where the logo stands."""

    x: int
    y: int
    width: int
    height: int


class Block(Struct, frozen=True, kw_only=True):
    """Lines in one size."""

    size: int = 0
    lines: tuple[Row, ...] = ()


def svg(book: Book, theme: Theme, shape: Shape = SHOP) -> bytes:
    """Return the cover as an SVG drawing, 1600 units wide; its text stays text."""
    return _drawing(book, theme, shape)[0]


def for_pages(book: Book, theme: Theme, shape: Shape, logo: str) -> bytes:
    """Return the cover that *theme* draws, for a page of a PDF: its text has the fallbacks of the theme's typefaces.

    Args:
        book: the book.
        theme: the theme.
        shape: the proportions of the page.
        logo: the address under which the PDF finds the book's logo.
    """
    root = etree.fromstring(svg(book, theme, shape), etree.XMLParser(resolve_entities=False, no_network=True))
    families = {theme.tokens["font"][role]["family"]: theme.stack(role).replace('"', "'") for role in ROLES}
    for element in root.iter(etree.Element):
        if (family := element.get("font-family")) in families:
            element.set("font-family", families[family])
        if element.get("id") == LOGO:
            element.set("href", logo)
    return etree.tostring(root)


def lost(book: Book, theme: Theme) -> str:
    """Return the words that do not fit on the cover even in the smallest size; empty if all fit."""
    return "" if book.cover is not None else _drawing(book, theme, SHOP)[1]


def _drawing(book: Book, theme: Theme, shape: Shape) -> tuple[bytes, str]:
    """Return the drawing and the words for which it has no room, as remembered or new.

    Only with a theme that comes with Handbound: what templates of others depend on is not known.
    """
    folder, logo = None if theme.foreign else theme.cache, book.logo
    entry = cache.key(
        *(cache.program(), packages.version("uharfbuzz"), packages.version("Babel")),
        *(repr(replace(book.metadata, modified="")), repr(shape), repr(theme.tokens), *theme.texts("templates", ".j2")),
        *(file_digest(face.path) for face in theme.faces),
        *((logo.media_type, f"{logo.width} {logo.height}", digest(logo.data)) if logo else ()),
    )
    known = cache.recall(folder, "drawings", entry, forms.decoder(tuple[str, str]).decode)
    if known is None:
        drawing, lost = _drawn(book, theme, shape)
        cache.keep(folder, "drawings", entry, forms.ENCODER.encode((drawing.decode("utf-8"), lost)))
        return drawing, lost
    return known[0].encode("utf-8"), known[1]


def _drawn(book: Book, theme: Theme, shape: Shape) -> tuple[bytes, str]:
    about = view.about(book.metadata)
    say = view.speaker(about.language)
    tokens = theme.tokens["cover"]
    logo = _logo_box(book, tokens, shape.height / HEIGHT)
    display, words = face(theme, tokens["title"], 700), face(theme, tokens["words"], 400)
    part = shape.height / HEIGHT
    room, bottom, first = WIDTH - 2 * tokens["margin"], round(tokens["bottom"] * part), round(TOP * part)
    if logo:
        first = logo.y + logo.height + LOGO_GAP
    for scale in SCALES:
        maker = _block(about.maker, words, round(64 * scale), room, top=first)
        # One line has its fixed place; more lines push down what follows.
        under = _under(maker, first) + round(260 * scale)
        title = _fitted(
            about.title, display, tuple(round(size * scale) for size in SIZES), room, top=max(under, first + 260)
        )
        subtitle = _block(about.subtitle, words, round(76 * scale), room, top=_under(title, under) + round(150 * scale))
        if max(_under(block, 0) for block in (maker, title, subtitle)) <= bottom:
            break
    blocks = [_cut(block, bottom) for block in (maker, title, subtitle)]
    version = say("version", n=about.version) if about.version else ""
    foot = " · ".join(filter(None, (about.house, version) if about.house else (version, about.date)))
    below = max(_under(block, first) + block.size // 4 for block, _ in blocks) + CLEAR
    drawing, root = theme.document(
        TEMPLATE,
        t=theme.values("light"),
        height=shape.height,
        bleed=shape.bleed,
        free=(below, shape.height - FOOT - FOOT_SIZE - CLEAR),
        alt=say("cover_of", title=about.title),
        logo=logo,
        maker=blocks[0][0],
        title=blocks[1][0],
        subtitle=blocks[2][0],
        foot=Block(size=FOOT_SIZE, lines=(Row(text=foot, y=shape.height - FOOT),)),
    )
    foreign_scripts.check_cover(root, drawing, TEMPLATE, theme)
    if logo and book.logo:
        drawing = _with_logo(root, logo, book.logo)
    return drawing.encode("utf-8"), " ".join(words for _, words in blocks if words)


def _logo_box(book: Book, tokens: Mapping[str, Any], part: float) -> Box | None:
    """Return where the book's logo stands: above the names, at the left margin or on the middle line of the cover."""
    if book.logo is None:
        return None
    room, high = WIDTH - 2 * tokens["margin"], LOGO_HEIGHT * part
    scale = min(high / book.logo.height, room / book.logo.width)
    width, height = round(book.logo.width * scale), round(book.logo.height * scale)
    x = (WIDTH - width) // 2 if tokens["axis"] == "middle" else tokens["margin"]
    return Box(x=x, y=round(LOGO_TOP * part), width=width, height=height)


def _with_logo(root: etree._Element, box: Box, asset: Asset) -> str:
    """Return the drawing *root* with the logo on top; added here, because a theme's own drawing may load nothing."""
    data = base64.b64encode(asset.data).decode("ascii")
    image = etree.SubElement(root, f"{{{SVG}}}image", id=LOGO, href=f"data:{asset.media_type};base64,{data}")
    for name in ("x", "y", "width", "height"):
        image.set(name, str(getattr(box, name)))
    return etree.tostring(root, encoding="unicode")


def _under(block: Block, top: int) -> int:
    """Return the baseline of the last line of *block*, or *top* if it has no lines."""
    return block.lines[-1].y if block.lines else top


def _cut(block: Block, bottom: int) -> tuple[Block, str]:
    """Return *block* with the lines below *bottom* replaced by an ellipsis, and the words of these lines."""
    rows = tuple(row for row in block.lines if row.y <= bottom)
    words = " ".join(row.text for row in block.lines[len(rows) :])
    if words and rows:
        rows = (*rows[:-1], replace(rows[-1], text=f"{rows[-1].text} …"))
    return replace(block, lines=rows), words


def own(book: Book) -> tuple[bytes, str, int, int] | None:
    """Return the book's own cover in a form that shops accept: bytes, media type, width and height; None if it has none.

    A picture that is large enough and has the ratio of a cover is unchanged; any other is centred on a page in the colour of
    its corner.
    """
    asset = book.cover
    if asset is None:
        return None
    from PIL import Image  # noqa: PLC0415 - slow to import, and not every book has one

    data = asset.data
    if asset.media_type == "image/svg+xml":
        import resvg_py  # noqa: PLC0415 - as below

        scale = min(WIDTH / asset.width, HEIGHT / asset.height)
        drawing = data.decode("utf-8")
        wide = max(1, round(asset.width * scale))
        data = bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=wide, skip_system_fonts=True))
    elif _is_sound(asset, book.budgets.for_cover()):
        return data, asset.media_type, asset.width, asset.height
    image: Any = Image.open(io.BytesIO(data))
    profile = image.info.get("icc_profile")
    image = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    scale = min(WIDTH / image.width, HEIGHT / image.height)
    fitted = image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS
    )
    ground = (255, 255, 255) if "A" in fitted.getbands() else fitted.getpixel((0, 0))
    page = Image.new("RGB", (WIDTH, HEIGHT), ground)
    place = ((WIDTH - fitted.width) // 2, (HEIGHT - fitted.height) // 2)
    page.paste(fitted, place, fitted if "A" in fitted.getbands() else None)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=90, optimize=True, **({"icc_profile": profile} if profile else {}))
    return out.getvalue(), "image/jpeg", WIDTH, HEIGHT


def corner(book: Book) -> str:
    """Return the colour in which the book's own cover goes on beyond its edges, ``#rrggbb``; empty if it has none."""
    picture = own(book)
    if picture is None:
        return ""
    from PIL import Image  # noqa: PLC0415 - slow to import

    with Image.open(io.BytesIO(picture[0])) as image:
        pixel: Any = image.convert("RGB").getpixel((0, image.height // 2))
    return "#{:02x}{:02x}{:02x}".format(*pixel)


def _is_sound(asset: Asset, budgets: Budgets) -> bool:
    """Return whether shops accept the picture unchanged."""
    long, ratio = max(asset.width, asset.height), asset.height / asset.width
    return (
        asset.media_type in {"image/jpeg", "image/png"}
        and long >= budgets.cover_pixels
        and RATIOS[0] <= ratio <= RATIOS[1]
        and asset.width * asset.height <= budgets.image_pixels
        and len(asset.data) <= budgets.image_bytes
    )


def png(book: Book, theme: Theme, width: int = WIDTH) -> bytes:
    """Return the cover that *theme* draws as a PNG, *width* pixels wide, in the theme's own fonts."""
    drawing = svg(book, theme).decode("utf-8")
    fonts = [face.path for face in theme.faces]
    entry = cache.key(cache.program(), _renderer(), str(width), drawing, *map(file_digest, fonts))

    def render() -> bytes:
        with foreign_scripts.drawing(TEMPLATE, theme):
            return _rendered(drawing, width, [str(path) for path in fonts])

    return cache.remember(theme.cache, "drawings", entry, render, lambda data: data.startswith(PNG))


PNG = b"\x89PNG\r\n\x1a\n"


@functools.cache
def _renderer() -> str:
    return f"resvg_py {packages.version('resvg_py')}"


def _rendered(drawing: str, width: int, fonts: list[str]) -> bytes:
    """Return *drawing* as a PNG, *width* pixels wide, in the fonts of the files *fonts*."""
    import resvg_py  # noqa: PLC0415 - a compiled module that only a cover needs

    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=width, skip_system_fonts=True, font_files=fonts))


EAST = regex("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


def face(theme: Theme, role: str, weight: int) -> Face:
    """Return the upright face of *role* whose weight is nearest to *weight*."""
    faces = [face for face in theme.faces if face.role == role and face.style == "normal" and not face.script]
    return min(faces, key=lambda face: abs(face.weight - weight))


@until_changed
def _font(path: Path) -> Any:
    """Return the font in the file *path*, for HarfBuzz, which measures in its units per em."""
    import uharfbuzz  # noqa: PLC0415 - a book with a picture for its cover needs none

    return uharfbuzz.Font(opened(path))


class _Advances(dict[str, int]):
    """The width of each letter of a font in units of its design; the size of the type for one that it lacks."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._font = _font(path)

    def __missing__(self, letter: str) -> int:
        glyph = self._font.get_nominal_glyph(ord(letter))
        self[letter] = int(self._font.face.upem if glyph is None else self._font.get_glyph_h_advance(glyph))
        return self[letter]


_advances = until_changed(_Advances)


def _units(text: str, face: Face) -> int:
    return sum(map(_advances(face.path).__getitem__, text))


def width(text: str, face: Face, size: float) -> float:
    """Return the width of *text* in *face* at *size*, without kerning, so slightly too large."""
    return float(_units(text, face) * size / _font(face.path).face.upem)


def broken(text: str, face: Face, size: float, room: float) -> tuple[str, ...]:
    """Return *text* in lines no wider than *room*, as even as possible; a word that is too wide is divided.

    Fewest lines first, then the smallest spread of their widths: a title should not end in one short word.
    """
    words = text.split() or []
    pieces: list[str] = []
    for word in words:
        while width(word, face, size) > room and len(word) > 1:
            cut = next(at for at in range(len(word), 0, -1) if at == 1 or width(f"{word[:at]}-", face, size) <= room)
            # Chinese, Japanese and Korean lines break between any two characters.
            mark = "-" if word[cut - 1].isalpha() and word[cut].isalpha() and not EAST.match(word[cut]) else ""
            pieces.append(f"{word[:cut]}{mark}")
            word = word[cut:]  # noqa: PLW2901 - the rest of the word
        pieces.append(word)
    return _even(tuple(pieces), face, size, room)


def _even(words: tuple[str, ...], face: Face, size: float, room: float) -> tuple[str, ...]:
    upem, space = _font(face.path).face.upem, _units(" ", face)
    sums = tuple(itertools.accumulate((_units(word, face) for word in words), initial=0))
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, len(words) + 1):
        choices = []
        for start in range(max(0, end - 20), end):
            length = (sums[end] - sums[start] + (end - start - 1) * space) * size / upem
            if length <= room or end - start == 1:
                lines, slack, _ = best[start]
                choices.append((lines + 1, slack + (room - length) ** 2, start))
        best.append(min(choices))
    result: list[str] = []
    end = len(words)
    while end:
        start = best[end][2]
        result.append(" ".join(words[start:end]))
        end = start
    return tuple(reversed(result))


def _fitted(text: str, face: Face, sizes: tuple[int, ...], room: float, *, top: int) -> Block:
    """Return *text* in the largest of *sizes* that needs at most five lines and divides no word."""
    for size in sizes:
        lines = broken(text, face, size, room)
        unbroken = all(width(word, face, size) <= room for word in text.split())
        if unbroken and len(lines) <= 5:
            return _rows(lines, size, top)
    return _rows(broken(text, face, sizes[-1], room), sizes[-1], top)


def _block(text: str, face: Face, size: int, room: float, *, top: int) -> Block:
    return _rows(broken(text, face, size, room), size, top)


def _rows(lines: tuple[str, ...], size: int, top: int) -> Block:
    step = math.ceil(size * 1.16)
    return Block(size=size, lines=tuple(Row(text=line, y=top + number * step) for number, line in enumerate(lines)))
