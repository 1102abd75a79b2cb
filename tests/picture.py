"""Makes the picture of the README: two pages in each theme, the one-page edition a cover and a handout, all of the sample book.

    python tests/picture.py [OUT]       writes OUT (book/manual/images/editions.png)

It needs pdftoppm and a Chromium. Run it after a change that shows in the editions, and look at the picture.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from book import press
from book.gallery import OPENER, SAMPLE, SLUG, drawn, screen, spread_of

THEMES = ("folio", "field", "almanac")
OUT = Path("book/manual/images/editions.png")
PAPER = "#e9e6e1"
WIDTH, GAP = 1500, 36
COLOURS = 96


def row(images: list[Image.Image | str]) -> list[Image.Image]:
    """Return *images* in one height, so that they fill the width; the reason is raised if there is none."""
    drawn = [image for image in images if not isinstance(image, str)]
    if len(drawn) != len(images):
        raise SystemExit(next(image for image in images if isinstance(image, str)))
    height = (WIDTH - (len(drawn) + 1) * GAP) / sum(image.width / image.height for image in drawn)
    sizes = [(round(height * image.width / image.height), round(height)) for image in drawn]
    return [
        image.convert("RGB").resize(size, Image.Resampling.LANCZOS) for image, size in zip(drawn, sizes, strict=True)
    ]


def pasted(images: list[Image.Image], top: int, sheet: Image.Image) -> None:
    """Paste *images* in a row at *top* of the *sheet*."""
    left = GAP
    for image in images:
        sheet.paste("#bdb8b0", (left + 3, top + 3, left + image.width + 3, top + image.height + 3))
        sheet.paste(image, (left, top))
        left += image.width + GAP


def main() -> int:
    """Build the sample book, and write the picture."""
    out = Path(sys.argv[1]) if sys.argv[1:] else OUT
    with TemporaryDirectory() as scratch:
        folders = {name: Path(scratch, name) for name in THEMES}
        for name, folder in folders.items():
            press.build(
                SAMPLE, folder, editions=("pdf", "html", "handout") if name == "field" else ("pdf",), theme_name=name
            )
        spreads = row([spread_of(folder / f"{SLUG}.pdf", OPENER) for folder in folders.values()])
        web = screen(folders["field"] / f"{SLUG}.html", dark=False)
        sheets = [drawn(folders["folio"] / f"{SLUG}.pdf", 0), drawn(folders["field"] / f"{SLUG}-handout.pdf", 0)]
        cards = row([web, *sheets])
        sheet = Image.new("RGB", (WIDTH, 3 * GAP + spreads[0].height + cards[0].height), PAPER)
        pasted(spreads, GAP, sheet)
        pasted(cards, 2 * GAP + spreads[0].height, sheet)
    sheet.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, optimize=True)
    sys.stdout.write(f"{out}: {out.stat().st_size / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
