"""Colours: their contrast, and their variants for dark mode."""

from __future__ import annotations

import re

from tinycss2.color3 import parse_color

DARK_PAPER = "#171512"
ENOUGH_IN_THE_DARK = 6.0


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lightened(colour: str) -> str:
    """Return *colour* mixed with just enough white to be readable on dark paper; unchanged if it is not a colour.

    >>> lightened("#0b5d52")
    '#6d9e97'
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return colour
    channels = [round(255 * value) for value in _channels(colour)]
    for step in range(21):
        mixed = "#" + "".join(f"{round(value + (255 - value) * step / 20):02x}" for value in channels)
        if contrast(mixed, DARK_PAPER) >= ENOUGH_IN_THE_DARK:
            return mixed
    return "#ffffff"


def readable(colour: str, ground: str, least: float) -> str:
    """Return *colour* mixed with just enough black, or white on a dark *ground*, to have a contrast of *least* : 1 with it.

    >>> readable("#ff6a00", "#ffffff", 4.5), readable("#0b5d52", "#171512", 4.5)
    ('#bf5000', '#548e86')
    """
    other = max(("#000000", "#ffffff"), key=lambda end: contrast(end, ground))
    pairs = tuple(zip(_channels(colour), _channels(other), strict=True))
    for step in range(20):
        mixed = "#" + "".join(f"{round(255 * (value + (end - value) * step / 20)):02x}" for value, end in pairs)
        if contrast(mixed, ground) >= least:
            return mixed
    return other


def _luminance(colour: str) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[float, float, float]:
    """Return red, green and blue, 0 to 1."""
    red, green, blue, _ = parse_color(colour)
    return red, green, blue
