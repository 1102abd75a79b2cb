"""Numbers, lengths and colours of a drawing, parsed and bounded."""

from __future__ import annotations

import functools
import math
import re

import tinycss2.color4

from book.patterns import regex

LARGEST = 10_000_000.0
"""Largest number: more than any page needs, and small enough for every program that calculates with it."""
UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "em": 16.0, "rem": 16.0,
         "ex": 8.0, "ch": 8.0, "q": 96 / 101.6}  # fmt: skip
"""CSS pixels per unit of length."""
NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_LENGTH = regex(rf"{NUMBER}(?:%|px|pt|pc|mm|cm|in|em|rem|ex|ch|q)?", re.I)
_SPELT = {
    "viewBox": regex(rf"\s*{NUMBER}(?:[\s,]+{NUMBER}){{3}}\s*"),
    "d": regex(r"[MmZzLlHhVvCcSsQqTtAa\d\s,.eE+-]*"),
    "transform": regex(
        rf"(?:[\s,]*(?:(?:translate|scale)\(\s*{NUMBER}(?:[\s,]+{NUMBER})?\s*\)|skew[XY]\(\s*{NUMBER}\s*\)"
        rf"|rotate\(\s*{NUMBER}(?:[\s,]+{NUMBER}[\s,]+{NUMBER})?\s*\)|matrix\(\s*{NUMBER}(?:[\s,]+{NUMBER}){{5}}\s*\)))*[\s,]*"
    ),
}
"""Syntax of the attributes that are more than lengths."""
_SPELT |= dict.fromkeys(("gradientTransform", "patternTransform"), _SPELT["transform"])


def is_spelt(name: str, value: str) -> bool:
    """Return whether the numbers of the attribute *name* follow the SVG syntax."""
    return bool(_SPELT[name].fullmatch(value)) if name in _SPELT else is_lengths(value)


def is_lengths(value: str) -> bool:
    """Return whether *value* is a list of lengths."""
    return not _LENGTH.sub("", value).strip(", \t\r\n")


def is_sound(value: str) -> bool:
    """Return whether every number in *value* is valid, and none exceeds :data:`LARGEST`."""
    if re.search(r"nan|inf", value, re.I):
        return False
    if not re.search(r"\d{7}|[eE][-+]?\d", value):
        return True
    return all(
        abs(float(number)) <= LARGEST for number in re.findall(NUMBER, value) if len(number) < 400
    ) and not re.search(r"\d{400}", value)


def to_number(value: str | None) -> float | None:
    """Return a length in CSS pixels, which may be negative; None if it is not a length."""
    return to_pixels(value) if value and not value.strip().startswith("-") else _to_negative(value)


def _to_negative(value: str | None) -> float | None:
    inner = to_pixels(value.strip()[1:]) if value else None
    return None if inner is None else -inner


def to_pixels(value: str | None) -> float | None:
    """Return a length in CSS pixels; None if it is not a length (``%`` is not) or not positive.

    >>> to_pixels("72pt"), to_pixels(" 10 "), to_pixels("50%"), to_pixels("nan"), to_pixels("-1")
    (96.0, 10.0, None, None, None)
    """
    match = re.fullmatch(rf"\s*\+?({NUMBER})\s*([A-Za-z]*)\s*", value or "")
    if not match or match[2].lower() not in UNITS or len(match[1]) > 300:
        return None
    number = float(match[1]) * UNITS[match[2].lower()]
    return number if math.isfinite(number) and 0 < number <= LARGEST else None


@functools.lru_cache(1000)
def to_colour(value: str) -> tuple[str, float] | None:
    """Return a colour in a notation that every reader knows, and its opacity; None if it is not a colour.

    >>> to_colour("red"), to_colour("rgba(255, 0, 0, 0.5)"), to_colour("#abc8"), to_colour("none"), to_colour("what")
    (('red', 1.0), ('#ff0000', 0.5), ('#aabbcc', 0.533), ('none', 1.0), None)
    """
    text = value.strip()
    if text.lower() in ("none", "currentcolor", "inherit", "context-fill", "context-stroke"):
        return text, 1.0
    if text.lower() == "transparent":
        return "#000000", 0.0
    if re.fullmatch(r"#[0-9A-Fa-f]{6}|#[0-9A-Fa-f]{3}", text):
        return text, 1.0
    try:
        colour = tinycss2.color4.parse_color(text)
        if colour is None or colour == "currentcolor":
            return None
        alpha = float(colour.alpha)
        red, green, blue = (float(channel) for channel in colour.to("srgb").coordinates)
    except (ValueError, TypeError, NotImplementedError, ArithmeticError):
        return None
    if not all(map(math.isfinite, (alpha, red, green, blue))):
        return None
    if re.fullmatch(r"[A-Za-z]+", text):
        return text, 1.0
    digits = "".join(f"{max(0, min(255, round(channel * 255))):02x}" for channel in (red, green, blue))
    return f"#{digits}", max(0.0, min(1.0, round(alpha, 3)))
