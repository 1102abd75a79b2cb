"""Images that every e-reader supports: within the budgets of the book, in sRGB, as PNG, JPEG or GIF.

Only the EPUB needs this; print uses every pixel. An image within its budget is copied unchanged.
"""

from __future__ import annotations

import io
import math
import posixpath
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from book.body import Element
from book.model import Asset, Book, Budgets
from book.problems import Kind, Place, Problem, Severity

SMALLER = Kind("E141", Severity.NOTE, "an image that is scaled down in the EPUB")

SUPPORTED: Mapping[str, tuple[str, str]] = {"image/png": ("PNG", ".png"), "image/jpeg": ("JPEG", ".jpg")}
"""Media type -> Pillow's name of the format and the file extension, for images that keep their format."""
QUALITY = 88
STEP = 0.8
"""Factor by which the sides of an image shrink in each round, until the file is small enough."""
SMALLEST = 64


def fitted(book: Book) -> tuple[Book, tuple[Problem, ...]]:
    """Return *book* with images that every device accepts, and a note for each image that lost pixels.

    Drawings are unchanged: :mod:`book.proof.preflight` checks them. :mod:`book.images.rasters` has already converted
    colours and bit depth.
    """
    changed: dict[str, Asset] = {}
    problems: list[Problem] = []
    for asset in book.pictures:
        new = _fitted(asset, book.budgets)
        if new is not asset:
            changed[asset.name] = new
        if new.width < asset.width:
            message = (
                f"{asset.path!r} has {asset.width} × {asset.height} pixels, in the EPUB {new.width} × {new.height}"
            )
            fix = "no action needed, or raise budgets.image_pixels and budgets.image_bytes in handbound.toml"
            problems.append(SMALLER.at(Place(path=asset.path), message, fix=fix))
    if not changed:
        return book, ()

    def rename(body: Element) -> None:
        for image in body.iter("img"):
            if (new := changed.get(image.get("src", ""))) is not None:
                image.set("src", new.name)

    book = book.map_chapters(lambda chapter: replace(chapter, body=chapter.body.changed(rename)))
    logo = book.logo and changed.get(book.logo.name, book.logo)
    assets = tuple(changed.get(asset.name, asset) for asset in book.assets)
    return replace(book, assets=assets, logo=logo), tuple(problems)


def _fitted(asset: Asset, budgets: Budgets) -> Asset:
    """Return *asset* in a form that every device accepts; *asset* itself if it is one already."""
    if asset.media_type == "image/svg+xml":
        return asset
    from PIL import Image  # noqa: PLC0415 - slow to import, and not every book has one

    if (
        len(asset.data) <= budgets.image_bytes
        and asset.width * asset.height <= budgets.image_pixels
        and asset.media_type in (*SUPPORTED, "image/gif")
    ):
        return asset
    image: Any = Image.open(io.BytesIO(asset.data))
    profile = image.info.get("icc_profile")
    image = _on_screen(image)
    # An opaque picture in a lossy format stays lossy; everything else is kept exactly.
    lossy = asset.media_type == "image/jpeg" or (asset.media_type == "image/webp" and "A" not in image.getbands())
    kind, ending = SUPPORTED["image/jpeg" if lossy else "image/png"]
    scale = min(1.0, math.sqrt(budgets.image_pixels / (image.width * image.height)))
    while True:
        size = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
        resized = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
        out = io.BytesIO()
        resized.info = {"icc_profile": profile} if profile else {}
        resized.save(out, kind, **({"quality": QUALITY, "optimize": True} if lossy else {"optimize": True}))
        if out.tell() <= budgets.image_bytes or min(size) <= SMALLEST:
            break
        scale *= STEP
    stem = posixpath.splitext(asset.name)[0]
    return replace(
        asset,
        name=f"{stem}{ending}",
        media_type="image/jpeg" if lossy else "image/png",
        data=out.getvalue(),
        width=size[0],
        height=size[1],
    )


def _on_screen(image: Any) -> Any:
    """Return *image* as RGB, with its transparency."""
    if "A" in image.getbands() or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")
