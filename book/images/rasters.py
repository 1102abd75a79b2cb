"""Photographs and other raster images: one valid file for each, made once and used in every edition.

A file that needs no change is copied unchanged. Its metadata (Exif with the place where it was taken, XMP, further frames) is
removed without touching a pixel. Only an image that an edition would show wrongly is encoded again: rotated photographs,
16 bits per channel, CMYK or another colour profile, animations, damaged files, uncommon formats.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from book.images import metadata
from book.images.pixels import FAULTS, PLAIN, has_foreign_colours, is_transparent, normalized, on_screen, orientation_of
from book.problems import Kind, Severity
from book.settings import Limits

POINTER = b"version https://git-lfs.github.com/spec/"
"""The beginning of what stands for a picture in a checkout without Git LFS."""
BROKEN = Kind("I105", Severity.WARNING, "a file that is not an image that readers' devices can show")
TOO_LARGE = Kind("I106", Severity.WARNING, "an image beyond the limits")
MOVING = Kind("I111", Severity.WARNING, "an animation; its first frame is printed")

PRINTED = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
}
"""EPUB 3.3 §3.2: the core media types, by Pillow's names; any other format is converted to one of the first two."""
FORMATS = (
    "PNG",
    "JPEG",
    "GIF",
    "WEBP",
    "AVIF",
    "TIFF",
    "BMP",
    "DIB",
    "ICO",
    "PPM",
    "JPEG2000",
    "TGA",
    "PCX",
    "QOI",
    "SGI",
)
"""The formats that are opened. None needs another program to render it, as PostScript does."""
DEEP_PNG = 16
QUALITY = 92
LONGEST_JPEG = 65_500
"""Most pixels of a side (ITU-T T.81: 16 bits)."""
SAVE_AGAIN = "save it again as PNG or JPEG"
DRAWINGS = (".drawio", ".dio", ".excalidraw", ".vsdx", ".sketch", ".fig", ".ai", ".psd", ".xd", ".graffle")
EXPORT = "export it as SVG or PNG, and name that file"


class Refused(Exception):
    """The reason why a file cannot be used as an image."""

    def __init__(self, kind: Kind, message: str, fix: str) -> None:
        """Set the kind of the problem, its message and its fix."""
        super().__init__(message)
        self.kind, self.message, self.fix = kind, message, fix


class Raster(Struct, frozen=True, kw_only=True):
    """A picture that every edition can use."""

    media_type: str
    ending: str
    data: bytes
    width: int
    """In pixels, after turning the picture upright."""
    height: int
    clear: bool
    """Whether any pixel is transparent."""
    faults: tuple[tuple[Kind, str, str], ...] = ()
    """Kind, message and fix of each fault that was corrected."""


def sound(data: bytes, name: str, limits: Limits) -> Raster:
    """Return the picture in *data* in a form that every edition can use.

    Args:
        data: the bytes of a file; its format is detected from them.
        name: the name used in messages.
        limits: the most pixels it may have.

    Raises:
        Refused: it is not a picture, no part of it can be read, or it has too many pixels.
    """
    with _quiet():
        return _sound(data, name, limits)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow's warnings about odd files; our own problems report what matters."""
    log = logging.getLogger("PIL")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


def _sound(data: bytes, name: str, limits: Limits) -> Raster:
    image = _opened(data, name, limits)
    kind = "JPEG" if image.format == "MPO" else image.format
    faults: list[tuple[Kind, str, str]] = []
    if _frames(image) > 1 and image.format in ("GIF", "PNG", "WEBP", "AVIF"):
        message = f"{name!r} is an animation; its first frame is printed"
        faults.append((MOVING, message, "no action needed, or save the best frame as a file of its own"))
    complete = _loads(image)
    if not complete:
        faults.append((BROKEN, f"{name!r} is damaged; the readable part is printed", "save it again"))
    exact = kind == "WEBP" and any(name == b"VP8L" for name, _ in metadata.riff_chunks(data))
    lossy = kind == "JPEG" or (kind in ("WEBP", "AVIF") and not exact)
    written = _bare(data, kind) if complete and kind in PRINTED and not _to_fix(image, data) else None
    if written is None:
        try:
            image = normalized(image if complete else _readable_part(data))
            lossy = lossy and max(image.size) <= LONGEST_JPEG
            lossy = lossy and "A" not in image.getbands() and image.mode in ("L", "RGB")
            written, kind = _written(image, lossy=lossy), "JPEG" if lossy else "PNG"
        except FAULTS as error:
            raise Refused(BROKEN, f"{name!r} is damaged: {error}", SAVE_AGAIN) from error
    media_type, ending = PRINTED[kind]
    return Raster(
        media_type=media_type,
        ending=ending,
        data=written,
        width=image.width,
        height=image.height,
        clear=is_transparent(image),
        faults=tuple(faults),
    )


def _opened(data: bytes, name: str, limits: Limits) -> Any:
    """Return Pillow's image; only the header has been read."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - slow to import, and not every book has one

    try:
        image: Any = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        message = f"{name!r} has far more pixels than the limit of {limits.image_pixels}"
        raise Refused(TOO_LARGE, message, "make it smaller") from error
    except (UnidentifiedImageError, *FAULTS) as error:
        if name.lower().endswith(DRAWINGS):
            raise Refused(BROKEN, f"{name!r} is the file of a drawing program, not an image", EXPORT) from error
        if not data:
            raise Refused(BROKEN, f"{name!r} is an empty file", "save or copy the picture once more") from error
        if data.startswith(POINTER):
            raise Refused(BROKEN, f"{name!r} is a pointer of Git LFS, not the picture", "run: git lfs pull") from error
        raise Refused(BROKEN, f"{name!r} is not an image that readers' devices can show", SAVE_AGAIN) from error
    width, height = image.size
    if width < 1 or height < 1:
        raise Refused(BROKEN, f"{name!r} has no pixels", SAVE_AGAIN)
    if width * height > limits.image_pixels:
        message = f"{name!r} has {width} × {height} pixels; the limit is {limits.image_pixels}"
        raise Refused(TOO_LARGE, message, "make it smaller, or raise limits.image_pixels in handbound.toml")
    return image


def _frames(image: Any) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except FAULTS:
        return 1


def _loads(image: Any) -> bool:
    """Return whether every pixel of the first frame can be read."""
    from PIL import ImageFile  # noqa: PLC0415

    before = ImageFile.LOAD_TRUNCATED_IMAGES  # WeasyPrint sets this for the whole process
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        image.load()
    except FAULTS:
        return False
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
    return True


def _readable_part(data: bytes) -> Any:
    """Return the readable part of a damaged image."""
    from PIL import Image, ImageFile  # noqa: PLC0415

    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        image.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
    return image


def _to_fix(image: Any, data: bytes) -> bool:
    """Return whether an edition would show *image* wrongly."""
    if image.mode not in PLAIN or orientation_of(image) > 1:
        return True
    if image.format == "PNG":
        # An animated PNG is reduced to its default image by removing its animation chunks.
        return data[24] == DEEP_PNG or has_foreign_colours(image)
    return has_foreign_colours(image) or (_frames(image) > 1 and image.format != "MPO")


def _written(image: Any, *, lossy: bool) -> bytes:
    out = io.BytesIO()
    image.info = {}
    if lossy:
        image.save(out, "JPEG", quality=QUALITY, subsampling=0, optimize=max(image.size) < 10_000)
    else:
        image.save(out, "PNG")
    return out.getvalue()


def common(raster: Raster) -> Raster:
    """Return *raster* as PNG or JPEG, which every program shows; *raster* itself if it is one of them."""
    if raster.media_type in {"image/png", "image/jpeg"}:
        return raster
    from PIL import Image  # noqa: PLC0415

    image: Any = on_screen(Image.open(io.BytesIO(raster.data), formats=FORMATS), None)
    lossy = raster.media_type == "image/webp" and image.mode in ("L", "RGB") and max(image.size) <= LONGEST_JPEG
    media_type, ending = PRINTED["JPEG" if lossy else "PNG"]
    return replace(raster, media_type=media_type, ending=ending, data=_written(image, lossy=lossy))


def greyed(data: bytes, media_type: str) -> bytes:
    """Return a picture in greys of the same lightness; the same bytes if it has no colours.

    Args:
        data: from :func:`sound`.
        media_type: its media type.
    """
    from PIL import Image  # noqa: PLC0415

    image: Any = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.mode in ("1", "L", "LA"):
        return data
    image.load()
    if media_type == "image/jpeg":
        return _written(image.convert("L"), lossy=True)
    return _written(
        image.convert("RGBA").convert("LA") if is_transparent(image) else image.convert("RGB").convert("L"), lossy=False
    )


def _bare(data: bytes, kind: str) -> bytes | None:
    """Return a valid file without Exif, XMP and further frames; the same bytes if it has none.

    None if the result is no longer the same picture, because only Pillow understands the structure of the file.
    """
    if kind not in metadata.CUT:
        return data
    from PIL import Image  # noqa: PLC0415

    try:
        bare = metadata.CUT[kind](data)
        if bare == data:
            return data
        before, after = (Image.open(io.BytesIO(source), formats=FORMATS) for source in (data, bare))
        # Load first: reading Exif may make Pillow read a PNG to its end, and then it no longer notices the damage.
        same = _loads(after) and (after.format, after.size, after.mode) == (kind, before.size, before.mode)
        same = same and _frames(after) == 1 and orientation_of(after) == 1
    except FAULTS:
        return None
    return bare if same else None
