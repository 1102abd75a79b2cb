"""The cover: lines broken by the widths of the theme's own letters, drawn by its template, and as a picture for shelves."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path

from book.editions import view
from book.faces import Face
from book.model import Book
from book.theme import Theme

WIDTH, HEIGHT = 1600, 2560
"""The ideal of stores: 1 : 1.6, at least 2,500 pixels on the longer side."""
MARGIN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of type on the cover."""

    text: str
    y: int
    """Of the base line, from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines of one size."""

    size: int = 0
    lines: tuple[Row, ...] = ()


def svg(book: Book, theme: Theme) -> bytes:
    """Return the cover as a drawing of 1600 × 2560 units; its text is text."""
    about = view.about(book.metadata)
    say = view.speaker(about.language)
    display, sans = _face(theme, theme.tokens["cover"]["title"], 700), _face(theme, "sans", 400)
    room = WIDTH - 2 * MARGIN
    maker = _block(about.maker, sans, 64, room, top=420, most=2)
    title = _fitted(about.title, display, (190, 170, 150, 130, 112, 96), room, top=760)
    under = (title.lines[-1].y if title.lines else 760) + 150
    subtitle = _block(about.subtitle, sans, 76, room, top=under, most=4)
    foot = " · ".join(filter(None, (say("version", n=about.version) if about.version else "", about.date)))
    drawing = theme.page(
        "cover.svg.j2",
        alt=say("cover_of", title=about.title),
        maker=maker,
        title=title,
        subtitle=subtitle,
        foot=Block(size=48, lines=(Row(text=foot, y=HEIGHT - 220),)),
    )
    return drawing.encode("utf-8")


def png(book: Book, theme: Theme, width: int = WIDTH) -> bytes:
    """Return the cover as a picture, *width* pixels wide, set in the theme's own faces."""
    import resvg_py  # noqa: PLC0415 - a compiled module that only a cover needs

    picture = resvg_py.svg_to_bytes(
        svg_string=svg(book, theme).decode("utf-8"),
        width=width,
        skip_system_fonts=True,
        font_files=[str(face.path) for face in theme.faces],
    )
    return bytes(picture)


def _face(theme: Theme, role: str, weight: int) -> Face:
    """Return the upright face of *role* whose weight is nearest to *weight*."""
    found = [face for face in theme.faces if face.role == role and face.style == "normal" and not face.script]
    return min(found, key=lambda face: abs(face.weight - weight))


@functools.cache
def _widths(path: Path) -> tuple[dict[int, int], int]:
    """Return the advance width of every code point, and the units of an em."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    with TTFont(path, lazy=True) as font:
        metrics = font["hmtx"].metrics
        return {code: metrics[name][0] for code, name in font.getBestCmap().items()}, font["head"].unitsPerEm


def width(text: str, face: Face, size: float) -> float:
    """Return how wide *text* is, set in *face* at *size*; kerning is left out, so it is rather too wide."""
    table, em = _widths(face.path)
    return sum(table.get(ord(letter), em) for letter in text) * size / em


def broken(text: str, face: Face, size: float, room: float) -> tuple[str, ...]:
    """Return *text* in lines no wider than *room*, as even as can be; a word that is too wide is cut.

    Fewest lines first, then the smallest spread of their widths: a title should not end in one short word.
    """
    words = text.split() or []
    pieces: list[str] = []
    for word in words:
        while width(word, face, size) > room and len(word) > 1:
            cut = next(at for at in range(len(word), 0, -1) if at == 1 or width(word[:at], face, size) <= room)
            pieces.append(word[:cut])
            word = word[cut:]  # noqa: PLW2901 - the rest of the word
        pieces.append(word)
    return _even(tuple(pieces), face, size, room)


def _even(words: tuple[str, ...], face: Face, size: float, room: float) -> tuple[str, ...]:
    lengths = {
        (i, j): width(" ".join(words[i:j]), face, size)
        for i in range(len(words))
        for j in range(i + 1, min(len(words), i + 20) + 1)
    }
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, len(words) + 1):
        choices = []
        for start in range(max(0, end - 20), end):
            length = lengths[start, end]
            if length <= room or end - start == 1:
                lines, slack, _ = best[start]
                choices.append((lines + 1, slack + (room - length) ** 2, start))
        best.append(min(choices))
    result: list[str] = []
    end = len(words)
    while end:
        start = best[end][2]
        result.append(" ".join(words[start:end]))
        end = start
    return tuple(reversed(result))


def _fitted(text: str, face: Face, sizes: tuple[int, ...], room: float, *, top: int) -> Block:
    """Return *text* in the largest of *sizes* that needs no more than five lines and cuts no word."""
    for size in sizes:
        lines = broken(text, face, size, room)
        whole = all(width(word, face, size) <= room for word in text.split())
        if whole and len(lines) <= 5:
            return _rows(lines, size, top)
    return _rows(broken(text, face, sizes[-1], room)[:8], sizes[-1], top)


def _block(text: str, face: Face, size: int, room: float, *, top: int, most: int) -> Block:
    return _rows(broken(text, face, size, room)[:most], size, top)


def _rows(lines: tuple[str, ...], size: int, top: int) -> Block:
    step = math.ceil(size * 1.16)
    return Block(size=size, lines=tuple(Row(text=line, y=top + number * step) for number, line in enumerate(lines)))
