"""The pixels of a picture as every edition shows them: upright, 8 bits a channel, in grey or in sRGB."""

from __future__ import annotations

import contextlib
import io
import struct
from typing import Any

PLAIN = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
"""Pillow's names of the pixel modes that every edition shows unchanged: sRGB or grey, at most 8 bits."""
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Exif orientation (Exif 3.0 §4.6.5.1.6) -> Pillow's transposition that turns the picture upright."""
LONGEST_PROFILE = 4_000_000
FAULTS = (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, TypeError, LookupError, ArithmeticError,
           AttributeError, struct.error, RuntimeError)  # fmt: skip
"""Exceptions that Pillow 13 raises for deliberately damaged files (found by mutating real ones)."""


def orientation_of(image: Any) -> int:
    """Return the Exif orientation: 1 for upright, to 8."""
    with contextlib.suppress(*FAULTS):
        orientation = image.getexif().get(0x0112, 1)
        return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
    return 1


def has_foreign_colours(image: Any) -> bool:
    """Return whether *image* has a colour profile other than sRGB, which a PDF would ignore."""
    profile = image.info.get("icc_profile")
    if not profile or len(profile) > LONGEST_PROFILE or image.mode not in ("RGB", "RGBA", "P", "PA"):
        return False
    with contextlib.suppress(*FAULTS):
        return profile[16:20] == b"RGB " and "srgb" not in _described(profile).lower()
    return False


def _described(profile: bytes) -> str:
    from PIL import ImageCms  # noqa: PLC0415

    try:
        return str(ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))))
    except (ImageCms.PyCMSError, *FAULTS):
        return "srgb"  # an unreadable profile: the colours stay as they are


def normalized(image: Any) -> Any:
    """Return *image* upright, in sRGB or grey, with 8 bits per channel."""
    profile = image.info.get("icc_profile")
    from PIL import Image  # noqa: PLC0415

    turn = orientation_of(image)
    image = on_screen(_eight_bits(image), profile)
    return image if turn == 1 else image.transpose(Image.Transpose(TURNS[turn]))


def _eight_bits(image: Any) -> Any:
    """Return *image* with 8 bits per channel: 16-bit, 32-bit and floating-point greys are scaled, not clipped."""
    from PIL import Image, ImageMath  # noqa: PLC0415

    if image.mode == "F" or image.mode.startswith("I"):
        clear = image.info.get("transparency")
        deep = image if image.mode == "F" else image.convert("I")
        low, high = deep.getextrema()
        if not (-1e30 < low <= high < 1e30):  # NaN, or infinite
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


def on_screen(image: Any, profile: bytes | None) -> Any:
    """Return *image* in grey or sRGB, with its transparency."""
    if image.mode in ("CMYK", "RGB", "RGBA", "P", "PA", "LAB", "YCbCr", "HSV", "RGBX", "RGBa", "La") and (
        image.mode == "CMYK" or image.mode not in PLAIN or has_foreign_colours(image)
    ):
        return _converted(image, profile)
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if is_transparent(image) else "RGB")
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
    """Return *image* in sRGB, converted with its own profile if it has a usable one."""
    from PIL import ImageCms  # noqa: PLC0415

    holes = None
    if image.mode != "CMYK":
        holes = image.convert("RGBA").getchannel("A") if is_transparent(image) else None
        image = image if image.mode == "LAB" else image.convert("RGB")
    converted = None
    space = {"CMYK": b"CMYK", "RGB": b"RGB "}.get(image.mode)
    if profile and len(profile) <= LONGEST_PROFILE and profile[16:20] == space:
        with contextlib.suppress(ImageCms.PyCMSError, *FAULTS):
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if converted is None and image.mode == "LAB":
        with contextlib.suppress(ImageCms.PyCMSError, *FAULTS):
            lab, screen = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, lab, screen, outputMode="RGB")
    converted = image.convert("RGB") if converted is None else converted
    converted.info.pop("icc_profile", None)
    if holes is not None:
        converted.putalpha(holes)
    return converted


def is_transparent(image: Any) -> bool:
    """Return whether any pixel of *image* is transparent."""
    if "transparency" not in image.info and not {"A", "a"}.intersection(image.getbands()):
        return False
    alpha = image.convert("RGBA").getchannel("A") if image.mode != "LA" else image.getchannel("A")
    return bool(alpha.getextrema()[0] < 255)
