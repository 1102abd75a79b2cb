"""Drawings of a book in the colours of a theme: an author draws in the marker colours of :data:`book.images.drawings.MARKERS`."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from book.images import drawings
from book.model import Asset, Book
from book.theme.look import Theme


def coloured(book: Book, theme: Theme, mode: Literal["light", "print"] = "light", *, blends: bool = False) -> Book:
    """Return *book* with its drawings in the colours that *theme* has on screens, or for black ink on paper.

    In black, what is drawn in the accent is drawn heavier.

    Args:
        book: the book.
        theme: the theme.
        mode: which of its colours.
        blends: whether the edition multiplies a drawing with its ground: then the paper of the drawing is white, which that leaves as it is.
    """
    colours = {role: str(theme.tokens["color"][role][mode]) for role in drawings.MARKERS}
    if blends:
        colours["paper"] = drawings.MARKERS["paper"]

    def in_colours(asset: Asset) -> Asset:
        if asset.media_type != "image/svg+xml":
            return asset
        data = drawings.recoloured(asset.data, colours, heavier=mode == "print")
        return asset if data == asset.data else replace(asset, data=data)

    return replace(book, assets=tuple(map(in_colours, book.assets)))
