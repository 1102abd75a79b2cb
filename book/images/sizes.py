"""The sizes that an author gives an image: read from attributes and styles, written in one form that every edition understands.

Only the width is written, and the height follows, so no picture is distorted when a page reduces its width.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import tinycss2

from book.patterns import regex

NAMES = {"width": "hb:width", "height": "hb:height", "max-width": "hb:max-width", "zoom": "hb:zoom"}
"""Property of a size -> the attribute that holds it until the size of the picture is known."""
PIXELS = {"px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pt": 96 / 72, "pc": 16.0}
"""CSS pixels per unit (CSS Values 4 §6.2)."""
OF_THE_TEXT = {"em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}
"""Units relative to the font, and their approximate size in pixels."""
LARGEST = 20_000.0
"""CSS pixels; wider than any page."""
DEEPEST = 32
"""Levels of nested brackets."""
_LENGTH = regex(r"\s*\+?(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})\s*(%|[A-Za-z]*)\s*;?\s*")


def readable(css: str) -> str:
    """Return *css*; empty if tinycss2 cannot parse and serialise it (unclosed brackets, huge numbers).

    >>> readable("a(b)"), readable("(" * 99)
    ('a(b)', '')
    """
    deep = 0
    for mark in re.findall(r"[(\[{)\]}]", css):
        deep = deep + 1 if mark in "([{" else max(0, deep - 1)
        if deep > DEEPEST:
            return ""
    return "" if re.search(r"\d{400}", css) else css


def read(values: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the sizes in the attributes of an image, by the names of :data:`NAMES`, and the rest of its ``style``.

    >>> read({"width": "50%", "alt": "x"})
    ({'hb:width': '50%'}, '')
    >>> read({"width": "9", "style": "width: 3in; float: left"})
    ({'hb:width': '3in'}, 'float: left')
    """
    sizes = {NAMES[key]: value.strip() for key, value in values.items() if key in ("width", "height") and value.strip()}
    rest: list[str] = []
    for declaration in tinycss2.parse_blocks_contents(
        readable(values.get("style", "")), skip_comments=True, skip_whitespace=True
    ):
        if declaration.type != "declaration":
            rest.append("what cannot be read")
        elif declaration.lower_name not in NAMES:
            rest.append(f"{declaration.name}: {tinycss2.serialize(declaration.value).strip()}")
        elif (value := tinycss2.serialize(declaration.value).strip()).lower() not in (
            "auto",
            "none",
            "initial",
            "unset",
            "inherit",
        ):
            sizes[NAMES[declaration.lower_name]] = value
    return sizes, "; ".join(rest)


def styled(sizes: Mapping[str, str], natural: tuple[int, int]) -> tuple[str, tuple[str, ...]]:
    """Return the style for the size that an author gave an image, and the values that are not valid sizes.

    Args:
        sizes: from :func:`read`.
        natural: width and height of the picture in CSS pixels.

    >>> styled({"hb:width": "50%"}, (400, 200))
    ('width: 50%', ())
    >>> styled({"hb:height": "1in"}, (400, 200)), styled({"hb:width": "100", "hb:height": "90"}, (400, 200))
    (('width: 2in', ()), ('width: 100px', ()))
    >>> styled({"hb:width": "abc"}, (400, 200))
    ('', ("width='abc'",))
    """
    wrong: list[str] = []
    lengths: dict[str, tuple[float, str]] = {}
    for name, key in NAMES.items():
        if key not in sizes:
            continue
        length = _zoom(sizes[key]) if name == "zoom" else _length(sizes[key])
        if length is None or (name == "height" and length[1] == "%" and "hb:width" not in sizes):
            wrong.append(f"{name}={sizes[key][:40]!r}")
        else:
            lengths[name] = length
    ratio = natural[0] / natural[1]
    width, height, most = lengths.get("width"), lengths.get("height"), lengths.get("max-width")
    if height is not None and height[1] != "%":
        by_height = (height[0] * ratio, height[1])
        if width is None or _less(by_height, width):
            width = by_height
    if width is None and "zoom" in lengths:
        width = (natural[0] * lengths["zoom"][0], "px")
    if most is not None and width is None:
        if most[1] == "%":
            return (f"max-width: {_spelt(most)}" if most[0] < 100 else ""), tuple(wrong)
        width = most if _less(most, (float(natural[0]), "px")) else None
    elif most is not None and width is not None and _less(most, width):
        width = most
    return (f"width: {_spelt(width)}" if width is not None else ""), tuple(wrong)


def _length(text: str) -> tuple[float, str] | None:
    """Return number and unit of a length that is positive and not too large; None for anything else."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        return None
    number, unit = float(match[1]), match[2].lower() or "px"
    if unit == "%":
        return (min(number, 100.0), unit) if 0 < number <= 1000 else None
    scale = PIXELS.get(unit) or OF_THE_TEXT.get(unit)
    return (number, unit) if scale is not None and 0 < number * scale <= LARGEST else None


def _zoom(text: str) -> tuple[float, str] | None:
    """Return the scale of a picture: ``50%`` or ``0.5``, as Typora writes it."""
    match = _LENGTH.fullmatch(text)
    if match is None or match[2] not in ("", "%"):
        return None
    number = float(match[1]) / (100 if match[2] else 1)
    return (number, "") if 0 < number <= 10 else None


def _less(length: tuple[float, str], other: tuple[float, str]) -> bool:
    """Return whether *length* is clearly shorter than *other*; False for lengths that cannot be compared."""
    if length[1] == other[1]:
        return length[0] < other[0] * 0.99
    if length[1] in PIXELS and other[1] in PIXELS:
        return length[0] * PIXELS[length[1]] < other[0] * PIXELS[other[1]] * 0.99
    return False


def _spelt(length: tuple[float, str]) -> str:
    return f"{round(length[0], 3):g}{length[1]}"
