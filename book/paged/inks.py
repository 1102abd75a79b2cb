"""Process colours: the colours of a PDF for a coloured cover as cyan, magenta, yellow and black, as its theme gives them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from book.paged import pdf_x

OPERATORS = {"rg": "k", "RG": "K", "g": "k", "G": "K"}
"""Operators that set a colour in RGB or grey -> those that set process colours (PDF 2.0 §8.6.8)."""
Ink = tuple[Decimal, Decimal, Decimal, Decimal]


def separated(data: bytes, inks: Mapping[str, str], colours: Mapping[str, Mapping[str, str]]) -> bytes:
    """Return the PDF *data* with process colours.

    A colour that the theme uses gets the inks that the theme gives for it, any other those of :func:`ink`. Pictures stay in RGB.

    Args:
        data: a finished PDF in RGB.
        inks: name of a colour -> its inks in percent, such as ``"25 85 100 20"``; empty: none.
        colours: name of a colour -> its values by mode, such as ``{"light": "#8f3414"}``.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    known = {colours[name]["light"].lower(): _percent(value) for name, value in inks.items() if value}
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for stream in list(pdf_x.streams(pdf)):
            if stream.get("/Subtype") != "/Image":
                _separate(stream, known)
        pdf_x.blend_in(pdf, pikepdf.Name.DeviceCMYK)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _percent(value: str) -> Ink:
    cyan, magenta, yellow, black = (Decimal(part) / 100 for part in value.split())
    return cyan, magenta, yellow, black


def ink(red: Decimal, green: Decimal, blue: Decimal) -> Ink:
    """Return the inks of a colour that a theme does not give: as much black as the colour has grey. All values are from 0 to 1.

    >>> [str(part) for part in ink(Decimal(0), Decimal(0), Decimal(0))]
    ['0.000', '0.000', '0.000', '1.000']
    """
    black = 1 - max(red, green, blue)
    if black == 1:
        parts = (Decimal(0), Decimal(0), Decimal(0), Decimal(1))
    else:
        cyan, magenta, yellow = ((1 - part - black) / (1 - black) for part in (red, green, blue))
        parts = (cyan, magenta, yellow, black)
    cyan, magenta, yellow, black = (part.quantize(Decimal("0.001")) for part in parts)
    return cyan, magenta, yellow, black


def _separate(stream: Any, known: Mapping[str, Ink]) -> None:
    """Replace the colours of one content stream by their inks."""

    def inked(operands: Any) -> Sequence[Decimal]:
        values = [Decimal(str(value)) for value in operands]
        red, green, blue = values * 3 if len(values) == 1 else values
        name = "#" + "".join(f"{round(value * 255):02x}" for value in (red, green, blue))
        return known.get(name) or ink(red, green, blue)

    pdf_x.recolour(stream, OPERATORS, inked)
