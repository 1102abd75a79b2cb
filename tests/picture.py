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


def scaled(image: Image.Image | str, width: int) -> Image.Image:
    """Return *image* in another width; the reason is raised if there is none."""
    if isinstance(image, str):
        raise SystemExit(image)
    return image.convert("RGB").resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def row(images: list[Image.Image], top: int, sheet: Image.Image) -> int:
    """Paste *images* in a row at *top* of the *sheet*, and return where the next row begins."""
    left = GAP
    for image in images:
        sheet.paste("#bdb8b0", (left + 3, top + 3, left + image.width + 3, top + image.height + 3))
        sheet.paste(image, (left, top))
        left += image.width + GAP
    return top + max(image.height for image in images) + GAP


def main() -> int:
    """Build the sample book, and write the picture."""
    out = Path(sys.argv[1]) if sys.argv[1:] else OUT
    with TemporaryDirectory() as scratch:
        folders = {name: Path(scratch, name) for name in THEMES}
        for name, folder in folders.items():
            press.build(
                SAMPLE, folder, editions=("pdf", "html", "handout") if name == "field" else ("pdf",), theme_name=name
            )
        third = (WIDTH - 4 * GAP) // 3
        spreads = [scaled(spread_of(folder / f"{SLUG}.pdf", OPENER), third) for folder in folders.values()]
        web = scaled(screen(folders["field"] / f"{SLUG}.html", dark=False), 700)
        sheets = [drawn(folders["folio"] / f"{SLUG}.pdf", 0), drawn(folders["field"] / f"{SLUG}-handout.pdf", 0)]
        cards = [scaled(page, (WIDTH - 700 - 4 * GAP) // 2) for page in sheets]
        height = GAP + spreads[0].height + GAP + max(image.height for image in (web, *cards)) + GAP
        sheet = Image.new("RGB", (WIDTH, height), PAPER)
        row([web, *cards], row(spreads, GAP, sheet), sheet)
    sheet.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, optimize=True)
    sys.stdout.write(f"{out}: {out.stat().st_size / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
