"""An ICC profile of four process inks on coated paper, by the Neugebauer model: what the colours of a printed cover mean.

The solids are those that ISO 12647-2 aims at on coated paper, overprints included; tints grow by the Yule-Nielsen factor. A printing
house measures its own press; the profile tells it and a screen what was meant (ICC.1:2001 §6.3.4, §6.5.7).
"""

from __future__ import annotations

import functools
import itertools
import struct
from collections.abc import Iterable

CONDITION = "Handbound process colours on coated paper"
WHITE = (0.9642, 1.0, 0.8249)
"""D50, the white point of the profile connection space."""
SOLIDS = {
    "": (95.0, 0.0, -2.0),
    "C": (55.0, -37.0, -50.0),
    "M": (48.0, 74.0, -3.0),
    "Y": (89.0, -5.0, 93.0),
    "CM": (24.0, 22.0, -46.0),
    "CY": (50.0, -65.0, 27.0),
    "MY": (47.0, 68.0, 48.0),
    "CMY": (23.0, 0.0, 0.0),
}
"""CIE L*a*b* of paper, inks and overprints without black (ISO 12647-2:2004, table 2)."""
BLACK = (16.0, 0.0, 0.0)
UNDER_BLACK, BLACK_LEFT = 0.06, 0.3
"""Of a solid black over a colour: the shares of the light of the colour, and of the black alone."""
YULE_NIELSEN = 1.7
GRID_INKS, GRID_LAB = 5, 9
"""Points on each side of the tables."""
Lab = tuple[float, float, float]


def _xyz(lab: Iterable[float]) -> Lab:
    """Return the XYZ of a CIE L*a*b* colour."""
    light, a, b = lab
    y = (light + 16) / 116
    parts = (y + a / 500, y, y - b / 200)
    x, y, z = (
        white * (part**3 if part > 6 / 29 else 3 * (6 / 29) ** 2 * (part - 4 / 29))
        for part, white in zip(parts, WHITE, strict=True)
    )
    return max(x, 0.0), max(y, 0.0), max(z, 0.0)


def _lab(xyz: Iterable[float]) -> Lab:
    x, y, z = (
        ratio ** (1 / 3) if ratio > (6 / 29) ** 3 else ratio / (3 * (6 / 29) ** 2) + 4 / 29
        for ratio in (value / white for value, white in zip(xyz, WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _mixed(under: Lab, black: Lab) -> Lab:
    """Return the XYZ of *black* over the colour *under*."""
    x, y, z = (part * UNDER_BLACK + other * BLACK_LEFT for part, other in zip(under, black, strict=True))
    return x, y, z


@functools.cache
def _primaries() -> tuple[tuple[tuple[bool, ...], Lab], ...]:
    """Return the sixteen combinations of solid inks, with their XYZ to the power of 1 / n."""
    result = []
    for inks in itertools.product((False, True), repeat=4):
        name = "".join(letter for letter, on in zip("CMY", inks, strict=False) if on)
        xyz = _xyz(SOLIDS[name])
        if inks[3]:
            # A black over an overprint is a little darker than the black alone.
            light = _xyz(BLACK)
            xyz = _mixed(xyz, light) if name else light
        x, y, z = (part ** (1 / YULE_NIELSEN) for part in xyz)
        result.append((inks, (x, y, z)))
    return tuple(result)


def colour(inks: tuple[float, float, float, float]) -> Lab:
    """Return the CIE L*a*b* of four *inks*, each from 0 to 1.

    >>> [round(part) for part in colour((0.0, 0.0, 0.0, 0.0))], [round(part) for part in colour((0.0, 1.0, 1.0, 0.0))]
    ([95, 0, -2], [47, 68, 48])
    """
    total = [0.0, 0.0, 0.0]
    for solids, xyz in _primaries():
        share = 1.0
        for on, amount in zip(solids, inks, strict=True):
            share *= amount if on else 1 - amount
        if share:
            total = [part + share * other for part, other in zip(total, xyz, strict=True)]
    return _lab(part**YULE_NIELSEN for part in total)


@functools.cache
def profile() -> bytes:
    """Return the profile: version 2, from inks to CIE L*a*b* and back.

    >>> data = profile()
    >>> len(data) == int.from_bytes(data[:4], "big"), data[12:24]
    (True, b'prtrCMYKLab ')
    """
    steps = [at / (GRID_INKS - 1) for at in range(GRID_INKS)]
    to_lab = bytes(itertools.chain.from_iterable(_encoded(colour(inks)) for inks in itertools.product(steps, repeat=4)))  # type: ignore[arg-type]
    lut_to = _lut(4, 3, GRID_INKS, to_lab)
    lut_from = _lut(3, 4, GRID_LAB, _inverse())
    inside = _lut(3, 1, 2, bytes(8))
    tags = {
        b"cprt": b"text\0\0\0\0No copyright: use freely\0",
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(CONDITION) + 1) + CONDITION.encode() + b"\0" + bytes(78),
        b"wtpt": b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in _xyz(SOLIDS[""])),
        **dict.fromkeys((b"A2B0", b"A2B1", b"A2B2"), lut_to),
        **dict.fromkeys((b"B2A0", b"B2A1", b"B2A2"), lut_from),
        b"gamt": inside,
    }
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    places: dict[bytes, int] = {}
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", places[data], len(data))
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4sQI12s4s44x",
        start + len(body), b"\0\0\0\0", 0x02400000, b"prtr", b"CMYK", b"Lab ", 2026, 1, 1, 0, 0, 0, b"acsp", b"\0\0\0\0", 0,
        b"\0\0\0\0", b"\0\0\0\0", 0, 0, b"".join(struct.pack(">i", round(value * 65536)) for value in WHITE), b"\0\0\0\0",
    )  # fmt: skip
    return header + table + body


def _lut(inputs: int, outputs: int, grid: int, cells: bytes) -> bytes:
    """Return an 8-bit table with straight curves (ICC.1:2001 §6.5.7)."""
    straight = bytes(range(256))
    matrix = b"".join(struct.pack(">i", 65536 if at % 4 == 0 else 0) for at in range(9))
    return b"mft1\0\0\0\0" + bytes((inputs, outputs, grid, 0)) + matrix + straight * inputs + cells + straight * outputs


def _encoded(lab: Lab) -> tuple[int, int, int]:
    light, a, b = lab
    return _byte(light * 2.55), _byte(a + 128), _byte(b + 128)


def _byte(value: float) -> int:
    return min(255, max(0, round(value)))


def _inverse() -> bytes:
    """Return the inks of the points of a grid in CIE L*a*b*: the nearest of a grid of inks, with as much black as a colour is dark."""
    steps = [at / 10 for at in range(11)]
    samples = []
    for cyan, magenta, yellow in itertools.product(steps, repeat=3):
        black = round(max(0.0, min(cyan, magenta, yellow) * 2 - 1), 2)
        inks = (cyan, magenta, yellow, black)
        samples.append((colour(inks), inks))
    cells = bytearray()
    for at in itertools.product(range(GRID_LAB), repeat=3):
        light, a, b = (
            at[0] * 100 / (GRID_LAB - 1),
            at[1] * 255 / (GRID_LAB - 1) - 128,
            at[2] * 255 / (GRID_LAB - 1) - 128,
        )
        # Spelled out: it is asked half a million times.
        _, inks = min(
            samples,
            key=lambda sample: (sample[0][0] - light) ** 2 + (sample[0][1] - a) ** 2 + (sample[0][2] - b) ** 2,
        )
        cells += bytes(_byte(amount * 255) for amount in inks)
    return bytes(cells)
