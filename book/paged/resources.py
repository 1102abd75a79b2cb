"""The resources that WeasyPrint may load for one edition: the images of the book and the fonts of the theme, as bytes."""

from __future__ import annotations

import functools
import hashlib
import html
import re
from collections.abc import Collection, Mapping
from typing import Any

from lxml import etree
from msgspec import Struct

from book.images import drawings, rasters
from book.model import Book
from book.paged import coverage
from book.theme import Theme, pictures, stand_ins

SCHEME = "book"
"""The scheme of the addresses under which WeasyPrint finds them."""
FONT = "font/ttf"
"""The media type of a font."""
STYLES = ("normal", "italic")
BOXES = f"{SCHEME}:fonts/boxes.ttf"
"""The address of the font with a box for each letter that no other font has; an edit may change it, and then it moves no page without one."""
COVER = f"{SCHEME}:cover.svg"
"""The address of the cover that the theme draws."""


class Resources(Struct, frozen=True, kw_only=True, dict=True):
    """Everything that an edition is laid out with, apart from its HTML."""

    served: Mapping[str, tuple[bytes, str]]
    """Address -> bytes and media type."""
    images: Mapping[str, str]
    """Name of an asset -> its address."""
    smallest: Mapping[str, str]
    """Name of a drawing with letters -> the value of :data:`book.body.SMALLEST`."""
    faces: tuple[Mapping[str, Any], ...]
    """The values of the ``@font-face`` rules in the style sheet."""
    lacking: frozenset[str] = frozenset()
    """The letters that no other font has: those of :data:`BOXES`."""
    printed: frozenset[str] = frozenset()
    """The letters that style sheets print on any page."""

    def digests(self, page: str) -> tuple[str, ...]:
        """Return the digests of the fonts and of the images that the HTML *page* needs."""
        return self.digests_of(self.named(page))

    def named(self, page: str) -> tuple[str, ...]:
        """Return the addresses of the images in the HTML *page*, and :data:`BOXES` if it may show a letter of that font."""
        images = tuple(address for address in self.served if not address.endswith(".ttf") and f'"{address}"' in page)
        boxed = self.lacking and (self._is_boxed(page) or not self._boxed.isdisjoint(images))
        return (*images, BOXES) if boxed else images

    def digests_of(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the digests of the fonts of the theme, and of what has the addresses *names*."""
        return tuple(
            digest
            for address, digest in self._digests.items()
            if address in names or (address.endswith(".ttf") and address != BOXES)
        )

    def _is_boxed(self, markup: str) -> bool:
        """Return whether a page with *markup* may show a letter that no other font has, also as a capital or a small letter."""
        text = html.unescape(markup)
        return not self.lacking.isdisjoint((*self.printed, *text, *text.upper(), *text.lower()))

    @functools.cached_property
    def _boxed(self) -> frozenset[str]:
        """The addresses of the drawings with such a letter."""
        drawn = (address for address, (_, kind) in self.served.items() if kind == "image/svg+xml")
        return frozenset(name for name in drawn if self._is_boxed(self.served[name][0].decode("utf-8", "replace")))

    @functools.cached_property
    def _digests(self) -> Mapping[str, str]:
        return {address: hashlib.sha256(data).hexdigest() for address, (data, _) in self.served.items()}


def logo_address(book: Book) -> str:
    """Return the address of the book's logo; empty if it has none."""
    return f"{SCHEME}:{book.logo.name}" if book.logo else ""


def gather(book: Book, theme: Theme, *, grey: bool = False, cover: bytes = b"") -> Resources:
    """Return the images of *book*, the fonts of *theme*, and boxes for letters that they lack, each under an address in a scheme of its own.

    Args:
        book: a book whose images are read.
        theme: the theme.
        grey: whether images are converted for an edition that is printed in black.
        cover: the drawing of the cover, in the theme's fonts; without it, only the book's own cover is served.
    """
    served: dict[str, tuple[bytes, str]] = {}
    book = pictures.coloured(book, theme, "print" if grey else "light")
    if cover:
        served[COVER] = (drawings.greyed(cover) if grey else cover, "image/svg+xml")
    for asset in (*book.assets, *filter(None, (book.cover, book.logo))):
        drawn = asset.media_type == "image/svg+xml"
        data = in_theme_fonts(asset.data, theme) if drawn else asset.data
        if grey:
            data = drawings.greyed(data) if drawn else rasters.greyed(data, asset.media_type)
        served[f"{SCHEME}:{asset.name}"] = (data, asset.media_type)
    faces = []
    for face in theme.faces:
        url = f"{SCHEME}:fonts/{face.name}.ttf"
        # A script without italics stays upright in italic text: Pango would slant its letters.
        values = {"family": face.family, "weight": face.weight, "kind": "", "url": url}
        faces += [{**values, "style": style} for style in (STYLES if face.script else (face.style,))]
        served[url] = (face.path.read_bytes(), FONT)
    if letters := coverage.lacking(book, theme):
        faces += [
            {"family": stand_ins.FAMILY, "weight": 400, "kind": "", "url": BOXES, "style": style} for style in STYLES
        ]
        served[BOXES] = (stand_ins.font(letters), FONT)
    images = {asset.name: f"{SCHEME}:{asset.name}" for asset in book.assets}
    vectors = (asset for asset in book.assets if asset.media_type == "image/svg+xml")
    shares = {asset.name: drawings.smallest_shares(asset.data) for asset in vectors}
    smallest = {name: f"{width:.6f} {height:.6f}" for name, (width, height) in shares.items() if width}
    return Resources(
        served=served,
        images=images,
        smallest=smallest,
        faces=tuple(faces),
        lacking=letters,
        printed=frozenset(map(chr, theme.letters)) if letters else frozenset(),
    )


def in_theme_fonts(drawing: bytes, theme: Theme) -> bytes:
    """Return an SVG whose text uses the theme's sans font, so that no font of the machine gets into a PDF."""
    family = theme.stack("sans").replace('"', "'")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(drawing, parser)
    for element in root.iter(etree.Element):
        if element.get("font-family"):
            element.set("font-family", family)
        if element.get("style"):
            element.set("style", re.sub(r"font-family:[^;]*", f"font-family:{family}", element.get("style", "")))
    root.set("font-family", family)
    return etree.tostring(root)
