"""The barcode of a book: the EAN-13 symbol of its ISBN, drawn at 100 % (ISO/IEC 15420; ISBN Users' Manual, section 16)."""

from __future__ import annotations

import re

from msgspec import Struct

from book.settings.identifiers import check_digit

MODULE_MM = 0.33
"""Width of the narrowest bar at 100 %."""
QUIET = (11, 7)
"""Modules without a bar before and behind the symbol."""
WIDTH_MM, HEIGHT_MM = 37.29, 25.93
"""Size of the symbol with its quiet zones and digits."""
BAR_MM, GUARD_MM = 22.85, 24.5
"""Height of a bar, and of those that guard the two halves: five modules more."""
LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
"""The modules of a digit in the left half, of odd parity; 1 is a bar."""
PARITIES = ("OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE", "OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO")
"""The parities of the left half, which stand for the first digit: odd or even."""
GUARD, CENTRE = "101", "01010"
GUARDS = frozenset({0, 1, 2, 45, 46, 47, 48, 49, 92, 93, 94})
"""The modules of the guards."""


class Bar(Struct, frozen=True, kw_only=True):
    """One bar, in millimetres from the upper left corner of the symbol with its quiet zones."""

    x: float
    width: float
    height: float


class Digits(Struct, frozen=True, kw_only=True):
    """Digits under the bars, one after the other from *x*, each *step* wide."""

    text: str
    x: float
    step: float


class Barcode(Struct, frozen=True, kw_only=True):
    """A symbol, ready to be drawn."""

    isbn: str
    """As the author wrote it, with its hyphens."""
    bars: tuple[Bar, ...]
    digits: tuple[Digits, ...]
    width: float = WIDTH_MM
    height: float = HEIGHT_MM


def ean(isbn: str) -> str:
    """Return the 13 digits of an *isbn* of 10 or 13 digits, with or without hyphens.

    >>> ean("978-3-16-148410-0"), ean("3-16-148410-X")
    ('9783161484100', '9783161484100')
    """
    digits = re.sub(r"[^0-9Xx]", "", isbn)
    return digits if len(digits) == 13 else f"978{digits[:9]}{check_digit(f'978{digits[:9]}')}"


def modules(digits: str) -> str:
    """Return the 95 modules of an EAN-13 symbol: 1 is a bar.

    Args:
        digits: 13 digits, the last one a check digit.

    >>> modules("9783161484100")[:10], len(modules("9783161484100"))
    ('1010111011', 95)
    """
    left = (
        LEFT[int(digit)] if parity == "O" else _right(digit)[::-1]
        for digit, parity in zip(digits[1:7], PARITIES[int(digits[0])], strict=True)
    )
    return f"{GUARD}{''.join(left)}{CENTRE}{''.join(map(_right, digits[7:]))}{GUARD}"


def _right(digit: str) -> str:
    """Return the modules of *digit* in the right half: those of the left half with bars and spaces exchanged."""
    return LEFT[int(digit)].translate(str.maketrans("01", "10"))


def barcode(isbn: str) -> Barcode:
    """Return the symbol of *isbn*."""
    digits = ean(isbn)
    bars = []
    for run in re.finditer("1+", modules(digits)):
        guard = run.start() in GUARDS
        bars.append(
            Bar(
                x=round((QUIET[0] + run.start()) * MODULE_MM, 3),
                width=round(len(run[0]) * MODULE_MM, 3),
                height=GUARD_MM if guard else BAR_MM,
            )
        )
    half = 7 * MODULE_MM
    return Barcode(
        isbn=isbn,
        bars=tuple(bars),
        digits=(
            Digits(text=digits[0], x=0.6, step=half),
            Digits(text=digits[1:7], x=round((QUIET[0] + 3) * MODULE_MM, 3), step=round(half, 3)),
            Digits(text=digits[7:], x=round((QUIET[0] + 50) * MODULE_MM, 3), step=round(half, 3)),
        ),
    )
