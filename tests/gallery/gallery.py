"""The gallery: one page with pictures of every theme, taken from a short book that is built in each.

    python tests/gallery/gallery.py [OUT] [BOOK]       writes OUT/index.html (the nox session `gallery`; OUT is build/gallery)

With BOOK, the themes of that book stand first.

Pages are drawn by pdftoppm, else by pypdfium2; screens are taken by a Chromium. What is missing is left out, and the page says so.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import jinja2
import pikepdf
from PIL import Image

from book import press, theme
from book.problems import BookError
from book.proof import pdf_links

HERE = Path(__file__).resolve().parent
BOOK = HERE / "book"
SLUG = "gallery"
OPENER, LISTING = "keeping-watch", "oil-and-glass"
"""The number of chapters whose first pages are shown."""
DOTS = 120
"""An inch, in pictures of pages."""
SCREEN = (1280, 860)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of a theme, or the reason why there is none."""

    kind: str
    """``cover``, ``page`` or ``screen``."""
    caption: str
    alt: str = ""
    data: str = ""
    """Its address; empty if it was not made."""
    width: int = 0
    height: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One theme of the gallery."""

    name: str
    title: str
    description: str
    pictures: tuple[Picture, ...]


def picture(kind: str, caption: str, alt: str, image: Image.Image, width: int) -> Picture:
    """Return *image*, no wider than *width*, as a data address for the page."""
    image = image.convert("RGB")
    if image.width > width:
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=82, method=4)
    data = "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode("ascii")
    return Picture(kind=kind, caption=caption, alt=alt, data=data, width=image.width, height=image.height)


def drawn(pdf: Path, index: int) -> Image.Image | str:
    """Return the page *index* of *pdf*, from 0, or why it cannot be drawn."""
    if program := shutil.which("pdftoppm"):
        number = str(index + 1)
        words = [program, "-r", str(DOTS), "-f", number, "-l", number, "-png", str(pdf)]
        done = subprocess.run(words, check=True, capture_output=True)
        return Image.open(io.BytesIO(done.stdout))
    try:
        import pypdfium2  # type: ignore[import-not-found,unused-ignore]  # the second way; not a need
    except ModuleNotFoundError:
        return "neither pdftoppm (apt-get install poppler-utils) nor pypdfium2 is here"
    shown: Image.Image = pypdfium2.PdfDocument(pdf)[index].render(scale=DOTS / 72).to_pil()
    return shown


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Return two pages as they lie open."""
    both = Image.new("RGB", (left.width + right.width + 2, max(left.height, right.height)), "#8c8c8c")
    both.paste(left, (0, 0))
    both.paste(right, (left.width + 2, 0))
    return both


def browser() -> str | None:
    """Return a Chromium of this machine."""
    return os.environ.get("CHROMIUM") or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def screen(page: Path, *, dark: bool) -> Image.Image | str:
    """Return a picture of *page* in a browser, or the reason why there is none."""
    program = browser()
    if program is None:
        return "no Chromium is here (apt-get install chromium, or name it in CHROMIUM)"
    with TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        size = ",".join(map(str, SCREEN))
        words = [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/p",
        ]
        words += [f"--window-size={size}", f"--screenshot={shot}", "--force-prefers-reduced-motion"]
        words += [f"--blink-settings=preferredColorScheme={0 if dark else 1}", page.as_uri()]
        done = subprocess.run(words, check=False, capture_output=True, timeout=120)
        if not shot.is_file():
            return f"the browser took no picture (exit status {done.returncode})"
        image = Image.open(shot)
        image.load()
        return image


def pictures(folder: Path, title: str) -> Iterator[Picture]:
    """Yield the pictures of the book that was built into *folder*."""
    with zipfile.ZipFile(folder / f"{SLUG}.epub") as epub:
        cover = Image.open(io.BytesIO(epub.read("EPUB/images/cover.png")))
    yield picture("cover", "Cover", f"Cover of the book in the theme {title}", cover, 480)
    pdf = folder / f"{SLUG}.pdf"
    if pdf.is_file():
        with pikepdf.open(pdf) as opened:
            pages = pdf_links.pages(opened)
        for caption, first in (("A chapter opens", OPENER), ("A table, a listing and a notice", LISTING)):
            shown = [drawn(pdf, pages[first] + step) for step in (0, 1)]
            left, right = shown
            if isinstance(left, str) or isinstance(right, str):
                yield Picture(kind="page", caption=caption, reason=str(left))
            else:
                alt = f"Two pages of the PDF in the theme {title}: the chapter that opens with its title, and the page after it"
                yield picture("page", caption, alt, beside(left, right), 1240)
    else:
        yield Picture(kind="page", caption="Pages", reason="the PDF was not made: Pango is not here")
    for caption, dark in (("On a screen, light", False), ("On a screen, dark", True)):
        image = screen(folder / f"{SLUG}.html", dark=dark)
        if isinstance(image, str):
            yield Picture(kind="screen", caption=caption, reason=image)
        else:
            mode = "dark" if dark else "light"
            yield picture("screen", caption, f"The one-page edition in the theme {title}, {mode}", image, 1000)


def sample(folder: Path, own: Path | None) -> Path:
    """Return the sample book with the themes of the book *own*, if there is one; a copy in *folder*."""
    if own is None:
        return BOOK
    if not (own / "themes").is_dir():
        sys.exit(f"gallery: there is no folder themes in {own}")
    copy = shutil.copytree(BOOK, folder / "book")
    shutil.copytree(own / "themes", copy / "themes")
    return copy


def main() -> int:
    """Build the sample book in every theme, and write the page; return 1 if a theme could not be built."""
    out = Path(sys.argv[1] if sys.argv[1:] else "build/gallery")
    with TemporaryDirectory() as folder:
        return show(out, sample(Path(folder), Path(sys.argv[2]) if sys.argv[2:] else None))


def show(out: Path, book: Path) -> int:
    """Build *book* in every theme that it can have into *out*, and write the page; return 1 if a theme could not be built."""
    rooms = []
    for name in theme.available(book):
        if name == theme.BASE:
            continue
        try:
            look = theme.load(name, book)
            press.build(book, out / name, editions=("epub", "pdf", "html"), theme_name=name)
        except BookError as fault:
            sys.stderr.write(f"gallery: {name}: {fault}\n")
            return 1
        shown = tuple(pictures((out / name).resolve(), look.title))
        rooms.append(Room(name=name, title=look.title, description=look.description, pictures=shown))
        for one in shown:
            if one.reason:
                sys.stdout.write(f"gallery: {name}: not made: {one.caption}: {one.reason}\n")
    loader = jinja2.FileSystemLoader(HERE)
    frame = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    (out / "index.html").write_text(frame.get_template("page.html.j2").render(rooms=rooms), encoding="utf-8")
    sys.stdout.write(f"{out / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
