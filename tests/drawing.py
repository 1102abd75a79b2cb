"""Pages as drawings made of letters: the layout of a page, small enough to read and to review."""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pikepdf
from PIL import Image

CELL = 36
"""Size of a cell in points: half an inch."""

SHADES = ((254, "_"), (150, "."), (-1, "#"))
"""The letter of a cell by its mean grey, from 0 (black) to 255: paper, text and lines, solid areas."""

Drawing = tuple[str, ...]
"""One page, one string per row."""


def drawings(path: Path) -> tuple[Drawing, ...]:
    """Return the pages of a PDF inside their trim, drawn by poppler: a letter for each cell of half an inch."""
    with pikepdf.open(path) as pdf:
        boxes = [
            ([float(edge) for edge in page.mediabox], [float(edge) for edge in page.trimbox]) for page in pdf.pages
        ]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", "72", "-gray", str(path), f"{folder}/page"], check=True, capture_output=True)
        # The numbers in the names are padded, so their order is the order of the pages.
        pictures = [Image.open(io.BytesIO(file.read_bytes())) for file in sorted(Path(folder).iterdir())]
    return tuple(_drawn(picture, *box) for picture, box in zip(pictures, boxes, strict=True))


def _drawn(picture: Image.Image, media: Sequence[float], trim: Sequence[float]) -> Drawing:
    left, top = round(trim[0] - media[0]), round(media[3] - trim[3])
    page = picture.crop((left, top, left + round(trim[2] - trim[0]), top + round(trim[3] - trim[1])))
    size = (round(page.width / CELL), round(page.height / CELL))
    greys = page.resize(size, Image.Resampling.BOX).tobytes()
    letters = "".join(next(letter for least, letter in SHADES if grey > least) for grey in greys)
    return tuple(letters[start : start + size[0]] for start in range(0, len(letters), size[0]))


def in_rows(pages: Iterable[tuple[str, Drawing]], across: int) -> str:
    """Return *pages*, each with its name above it, as text: *across* of them side by side."""
    return "\n".join(_rows(pages, across))


def _rows(pages: Iterable[tuple[str, Drawing]], across: int) -> Iterator[str]:
    named = list(pages)
    for start in range(0, len(named), across):
        row = named[start : start + across]
        yield "  ".join(name.ljust(len(drawing[0])) for name, drawing in row).rstrip()
        yield from ("  ".join(cells) for cells in zip(*(drawing for _, drawing in row), strict=True))
        yield ""
