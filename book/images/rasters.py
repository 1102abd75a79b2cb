"""Photographs and other pictures made of pixels: one sound file of each, made once, that every edition takes.

A file that needs nothing goes in byte for byte. What it says beside its pixels (Exif with the place where it was taken, XMP,
further frames) is cut off without touching a pixel. Only what an edition would show wrongly is written again: turned
photographs, 16 bits, the colours of a printer or of another screen, animations, damaged files, formats of few programs.
"""

from __future__ import annotations

import contextlib
import io
import logging
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from book.problems import Kind, Severity
from book.settings import Limits

BROKEN = Kind("I105", Severity.WARNING, "a file that is not an image that readers' devices can show")
TOO_LARGE = Kind("I106", Severity.WARNING, "an image beyond the limits")
MOVING = Kind("I111", Severity.WARNING, "an animation; its first frame is printed")

KEPT = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
}
"""EPUB 3.3 §3.2: the core media types, by Pillow's names; any other format is written again as one of the first two."""
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
"""What is opened at all: no format that another program has to draw, as PostScript."""
PLAIN = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
"""Pillow's names of pixels that every edition shows as they are: a screen's colours, 8 bits or fewer."""
DEEP_PNG = 16
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Exif orientation (Exif 3.0 §4.6.5.1.6) -> Pillow's number of what sets the picture upright."""
QUALITY = 92
LONGEST_JPEG = 65_500
"""Pixels of a side (ITU-T T.81: 16 bits)."""
LONGEST_PROFILE = 4_000_000
SAVE_AGAIN = "save it again as PNG or JPEG"


class Refused(Exception):
    """Why a file does not become a plate."""

    def __init__(self, kind: Kind, message: str, fix: str) -> None:
        """Say what kind of problem it is, in which words, and how to fix it."""
        super().__init__(message)
        self.kind, self.message, self.fix = kind, message, fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """A picture that every edition takes."""

    media_type: str
    ending: str
    data: bytes
    width: int
    """In pixels, upright."""
    height: int
    clear: bool
    """Whether something behind the picture can be seen through it."""
    faults: tuple[tuple[Kind, str, str], ...] = ()
    """Kind, message and fix of what was wrong and could be put right."""


def sound(data: bytes, name: str, limits: Limits) -> Raster:
    """Return the picture in *data* as every edition takes it.

    Args:
        data: a file, known by its content.
        name: as messages call it.
        limits: the most pixels it may have.

    Raises:
        Refused: it is no picture, nothing of it can be read, or it has too many pixels.
    """
    with _quiet():
        return _sound(data, name, limits)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Pillow has to say of odd files from the terminal: what matters is told by our own rules."""
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
        faults.append((MOVING, message, "nothing, or save the frame that says most as a file of its own"))
    complete = _loads(image)
    if not complete:
        faults.append((BROKEN, f"{name!r} is damaged; the readable part is printed", "save it again"))
    exact = kind == "WEBP" and any(name == b"VP8L" for name, _ in _riff(data))
    lossy = kind == "JPEG" or (kind in ("WEBP", "AVIF") and not exact)
    written = _bare(data, kind) if complete and kind in KEPT and not _to_fix(image, data) else None
    if written is None:
        try:
            image = _normalized(image if complete else _readable_part(data))
            lossy = lossy and max(image.size) <= LONGEST_JPEG
            lossy = lossy and "A" not in image.getbands() and image.mode in ("L", "RGB")
            written, kind = _written(image, lossy=lossy), "JPEG" if lossy else "PNG"
        except _FAULTS as error:
            raise Refused(BROKEN, f"{name!r} is damaged: {error}", SAVE_AGAIN) from error
    media_type, ending = KEPT[kind]
    return Raster(
        media_type=media_type,
        ending=ending,
        data=written,
        width=image.width,
        height=image.height,
        clear=_clear(image),
        faults=tuple(faults),
    )


_FAULTS = (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, TypeError, LookupError, ArithmeticError,
           AttributeError, struct.error, RuntimeError)  # fmt: skip
"""What Pillow 13 raises over files that are damaged on purpose (found by mutating real ones)."""


def _opened(data: bytes, name: str, limits: Limits) -> Any:
    """Return Pillow's image, of which no more than the head is read."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - slow to import, and not every book has one

    try:
        image: Any = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        message = f"{name!r} has far more pixels than the limit of {limits.image_pixels}"
        raise Refused(TOO_LARGE, message, "make it smaller") from error
    except (UnidentifiedImageError, *_FAULTS) as error:
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
    except _FAULTS:
        return 1


def _loads(image: Any) -> bool:
    """Say whether every pixel of the first frame can be read."""
    from PIL import ImageFile  # noqa: PLC0415

    before = ImageFile.LOAD_TRUNCATED_IMAGES  # WeasyPrint sets it for the whole process
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        image.load()
    except _FAULTS:
        return False
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
    return True


def _readable_part(data: bytes) -> Any:
    """Return a damaged image, as far as it can be read."""
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
    """Say whether an edition would show *image* wrongly."""
    if image.mode not in PLAIN or _turn(image) > 1:
        return True
    if image.format == "PNG":
        # A PNG that also moves shows what players without animations show: its chunks are cut off.
        return data[24] == DEEP_PNG or _foreign(image)
    return _foreign(image) or (_frames(image) > 1 and image.format != "MPO")


def _turn(image: Any) -> int:
    """Return the Exif orientation: 1 for upright, to 8."""
    with contextlib.suppress(*_FAULTS):
        orientation = image.getexif().get(0x0112, 1)
        return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
    return 1


def _foreign(image: Any) -> bool:
    """Say whether the colours of *image* are those of another screen than sRGB, which a PDF would not know."""
    profile = image.info.get("icc_profile")
    if not profile or len(profile) > LONGEST_PROFILE or image.mode not in ("RGB", "RGBA", "P", "PA"):
        return False
    with contextlib.suppress(*_FAULTS):
        return profile[16:20] == b"RGB " and "srgb" not in _described(profile).lower()
    return False


def _described(profile: bytes) -> str:
    from PIL import ImageCms  # noqa: PLC0415

    try:
        return str(ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))))
    except (ImageCms.PyCMSError, *_FAULTS):
        return "srgb"  # it cannot be read: the colours stay as they are


def _normalized(image: Any) -> Any:
    """Return *image* upright, in the colours of a screen, with 8 bits."""
    profile = image.info.get("icc_profile")
    from PIL import Image  # noqa: PLC0415

    turn = _turn(image)
    image = _on_screen(_eight_bits(image), profile)
    return image if turn == 1 else image.transpose(Image.Transpose(TURNS[turn]))


def _eight_bits(image: Any) -> Any:
    """Return *image* with 8 bits a channel: greys of 16 or 32 bits and real numbers are scaled, not cut."""
    from PIL import Image, ImageMath  # noqa: PLC0415

    if image.mode == "F" or image.mode.startswith("I"):
        clear = image.info.get("transparency")
        deep = image if image.mode == "F" else image.convert("I")
        low, high = deep.getextrema()
        if not (-1e30 < low <= high < 1e30):  # not a number, or without an end
            raise ValueError("its grey values are not numbers")
        if image.mode == "F" and low >= 0 and high <= 1:
            low, high = 0.0, 1.0
        elif low >= 0 and high <= 255 and image.mode in ("I", "F"):
            low, high = 0, 255
        elif low >= 0 and high <= 65_535:
            low, high = 0, 65_535
        scale = 255 / ((high - low) or 1)
        grey = deep.convert("F").point(lambda value: value * scale + (0.5 - low * scale)).convert("L")
        if isinstance(clear, int):
            mask = ImageMath.lambda_eval(lambda own: (own["deep"] != clear) * 255, deep=deep).convert("L")
            return Image.merge("LA", (grey, mask))
        return grey
    return image


def _on_screen(image: Any, profile: bytes | None) -> Any:
    """Return *image* as grey or as sRGB, with its holes."""
    if image.mode in ("CMYK", "RGB", "RGBA", "P", "PA", "LAB", "YCbCr", "HSV", "RGBX", "RGBa", "La") and (
        image.mode == "CMYK" or image.mode not in PLAIN or _foreign(image)
    ):
        return _converted(image, profile)
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if _clear(image) else "RGB")
    if image.mode in ("1", "L", "RGB"):
        return (
            image.convert("RGBA")
            if "transparency" in image.info
            else image.convert("L")
            if image.mode == "1"
            else image
        )
    return image if image.mode in PLAIN else image.convert("RGBA" if "A" in image.getbands() else "RGB")


def _converted(image: Any, profile: bytes | None) -> Any:
    """Return *image* in sRGB, by its own profile where it has one that fits."""
    from PIL import ImageCms  # noqa: PLC0415

    holes = None
    if image.mode != "CMYK":
        holes = image.convert("RGBA").getchannel("A") if _clear(image) else None
        image = image if image.mode == "LAB" else image.convert("RGB")
    converted = None
    space = {"CMYK": b"CMYK", "RGB": b"RGB "}.get(image.mode)
    if profile and len(profile) <= LONGEST_PROFILE and profile[16:20] == space:
        with contextlib.suppress(ImageCms.PyCMSError, *_FAULTS):
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if converted is None and image.mode == "LAB":
        with contextlib.suppress(ImageCms.PyCMSError, *_FAULTS):
            lab, screen = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, lab, screen, outputMode="RGB")
    converted = image.convert("RGB") if converted is None else converted
    converted.info.pop("icc_profile", None)
    if holes is not None:
        converted.putalpha(holes)
    return converted


def _clear(image: Any) -> bool:
    """Say whether something can be seen through *image*."""
    if "transparency" not in image.info and not {"A", "a"}.intersection(image.getbands()):
        return False
    alpha = image.convert("RGBA").getchannel("A") if image.mode != "LA" else image.getchannel("A")
    return bool(alpha.getextrema()[0] < 255)


def _written(image: Any, *, lossy: bool) -> bytes:
    out = io.BytesIO()
    image.info = {}
    if lossy:
        image.save(out, "JPEG", quality=QUALITY, subsampling=0, optimize=max(image.size) < 10_000)
    else:
        image.save(out, "PNG")
    return out.getvalue()


def common(raster: Raster) -> Raster:
    """Return *raster* as PNG or JPEG, which every program shows; itself when it is one of them."""
    if raster.media_type in {"image/png", "image/jpeg"}:
        return raster
    from PIL import Image  # noqa: PLC0415

    image: Any = _on_screen(Image.open(io.BytesIO(raster.data), formats=FORMATS), None)
    lossy = raster.media_type == "image/webp" and image.mode in ("L", "RGB") and max(image.size) <= LONGEST_JPEG
    media_type, ending = KEPT["JPEG" if lossy else "PNG"]
    return replace(raster, media_type=media_type, ending=ending, data=_written(image, lossy=lossy))


def greyed(data: bytes, media_type: str) -> bytes:
    """Return a picture without colours, as light as it was; itself when it has none.

    Args:
        data: from :func:`sound`.
        media_type: its own.
    """
    from PIL import Image  # noqa: PLC0415

    image: Any = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.mode in ("1", "L", "LA"):
        return data
    image.load()
    if media_type == "image/jpeg":
        return _written(image.convert("L"), lossy=True)
    return _written(
        image.convert("RGBA").convert("LA") if _clear(image) else image.convert("RGB").convert("L"), lossy=False
    )


# What a file says beside its pixels is cut off.


def _bare(data: bytes, kind: str) -> bytes | None:
    """Return a sound file without Exif, XMP and further frames; the very same bytes when it has none.

    None when what is left is not the picture that was there: the file is made in a way that only Pillow can follow.
    """
    cut = {"JPEG": _bare_jpeg, "PNG": _bare_png, "WEBP": _bare_webp}.get(kind)
    if cut is None:
        return data
    from PIL import Image  # noqa: PLC0415

    try:
        bare = cut(data)
        if bare == data:
            return data
        before, after = (Image.open(io.BytesIO(source), formats=FORMATS) for source in (data, bare))
        # Read first: Pillow may read a PNG to its end for its Exif, and would not find it damaged a second time.
        same = _loads(after) and (after.format, after.size, after.mode) == (kind, before.size, before.mode)
        same = same and _frames(after) == 1 and _turn(after) == 1
    except _FAULTS:
        return None
    return bare if same else None


def _bare_jpeg(data: bytes) -> bytes:
    """Return the first image of a JPEG file, from its SOI to its EOI, without APP1, APP13 and the index of further images."""
    pieces = [data[:2]]
    at = 2
    while data[at] == 0xFF:
        mark = data[at + 1]
        if mark == 0xFF:
            at += 1
            continue
        if mark == 0xDA:
            break
        size = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        piece = data[at : at + size]
        private = mark in (0xE1, 0xED) or (mark == 0xE2 and piece[4:8] == b"MPF\0")
        if not private:
            pieces.append(piece)
        at += size
    end = _end_of_jpeg(data, at)
    joined = b"".join((*pieces, data[at:end]))
    return data if len(joined) == len(data) else joined


def _end_of_jpeg(data: bytes, at: int) -> int:
    """Return where the image ends whose first scan begins at *at*: behind its EOI."""
    while True:
        at = data.index(b"\xff", at)
        mark = data[at + 1]
        if mark == 0xD9:
            return at + 2
        if mark in (0x00, 0xFF, 0x01) or 0xD0 <= mark <= 0xD7:
            at += 1 if mark == 0xFF else 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


PRIVATE_CHUNKS = frozenset({b"eXIf", b"acTL", b"fcTL", b"fdAT", b"tIME"})


def _bare_png(data: bytes) -> bytes:
    """Return a PNG without Exif, XMP and the frames of an animation.

    Raises:
        ValueError: its chunks do not lead to an end. Pillow reads such a file or not, depending on a switch of the process.
    """
    pieces, at, name = [data[:8]], 8, b""
    while at < len(data):
        size = 12 + int.from_bytes(data[at : at + 4], "big")
        piece = data[at : at + size]
        name = piece[4:8]
        if not name.isalpha() or len(piece) < size:
            break
        xmp = name in (b"iTXt", b"tEXt", b"zTXt") and piece[8:25].startswith(
            (b"XML:com.adobe.xmp", b"Raw profile type")
        )
        if name not in PRIVATE_CHUNKS and not xmp:
            pieces.append(piece)
        at += size
        if name == b"IEND":
            break
    if name != b"IEND":
        raise ValueError("no end")
    joined = b"".join(pieces)
    return data if len(joined) == len(data) else joined


def _bare_webp(data: bytes) -> bytes:
    """Return a WebP without Exif and XMP."""
    pieces = []
    for name, piece in _riff(data):
        if name == b"VP8X":
            pieces.append(piece[:8] + bytes([piece[8] & ~0b1100]) + piece[9:])
        elif name not in (b"EXIF", b"XMP "):
            pieces.append(piece)
    body = b"WEBP" + b"".join(pieces)
    joined = b"RIFF" + len(body).to_bytes(4, "little") + body
    return data if len(joined) == len(data) else joined


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        yield data[at : at + 4], data[at:end]
        at = end
