"""Colours: their contrast, and their variants for dark mode."""

from __future__ import annotations

import re

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
    channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    for step in range(21):
        mixed = "#" + "".join(f"{round(value + (255 - value) * step / 20):02x}" for value in channels)
        if contrast(mixed, DARK_PAPER) >= ENOUGH_IN_THE_DARK:
            return mixed
    return "#ffffff"


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
