"""The gallery: one page with pictures of every theme, taken from a short book that is built in each.

Pages are drawn by pdftoppm; screens are taken by a Chromium. A picture that cannot be taken is replaced by the reason.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from book import press, seal, theme
from book.proof import pdf_targets
from book.seal import scratch

SAMPLE = Path(__file__).resolve().parent / "sample"
"""The book that is shown."""
SLUG = "gallery"
TEMPLATE = "base:web/gallery.html.j2"
OPENER, LISTING = "keeping-watch", "oil-and-glass"
"""The chapters whose first pages are shown."""
DOTS = 120
"""Dots per inch in pictures of pages."""
SCREEN = (1280, 860)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 120
"""How long a program may take for one picture."""
NO_DRAWER = "pdftoppm is not installed (apt-get install poppler-utils)"
NO_BROWSER = "there is no Chromium (apt-get install chromium, or name it in CHROMIUM)"


class Picture(Struct, frozen=True, kw_only=True):
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


class Room(Struct, frozen=True, kw_only=True):
    """One theme of the gallery."""

    name: str
    title: str
    description: str
    pictures: tuple[Picture, ...]


class Gallery(Struct, frozen=True, kw_only=True):
    """The page that was written."""

    page: Path
    rooms: tuple[Room, ...]

    @property
    def missing(self) -> Iterator[str]:
        """Yield a line for each picture that could not be taken."""
        for room in self.rooms:
            for picture in room.pictures:
                if picture.reason:
                    yield f"{room.name}: no picture of {picture.caption!r}: {picture.reason}"


def show(
    out: Path, book: Path | None = None, progress: Callable[[str], None] = lambda _: None, only: tuple[str, ...] = ()
) -> Gallery:
    """Build the sample in every theme, and write a page with pictures of all of them.

    Args:
        out: the folder of the page, ``index.html``, and of the sample's editions in each theme.
        book: a book whose themes are shown, too.
        progress: receives a line for each theme.
        only: names of themes; empty: all.

    Raises:
        BookError: a theme has a fault, or the folder cannot be written.
    """
    with scratch.folder() as folder:
        sample = _sample(folder, book)
        rooms = []
        for name in theme.available(sample):
            if name != theme.BASE and (not only or name in only):
                progress(f"building the sample in the theme {name}")
                look = theme.load(name, sample)
                press.build(sample, out / name, editions=("epub", "pdf", "html"), theme_name=name)
                pictures = tuple(_pictures((out / name).resolve(), look.title))
                rooms.append(Room(name=name, title=look.title, description=look.description, pictures=pictures))
    with seal.Stage(out) as stage:
        stage.put(seal.DOWNLOAD, theme.load("folio").page(TEMPLATE, rooms=tuple(rooms)).encode("utf-8"))
        stage.publish()
    return Gallery(page=out / seal.DOWNLOAD, rooms=tuple(rooms))


def _sample(folder: Path, book: Path | None) -> Path:
    """Return the sample with the themes of *book*, if it has any: a copy in *folder*."""
    own = book / "themes" if book else None
    if own is None or not own.is_dir():
        return SAMPLE
    copy = Path(shutil.copytree(SAMPLE, folder / "book"))
    # Links stay links: a theme may not lead out of its folder.
    shutil.copytree(own, copy / "themes", symlinks=True)
    return copy


def _pictures(folder: Path, title: str) -> Iterator[Picture]:
    """Yield the pictures of the sample that was built into *folder*."""
    from PIL import Image  # noqa: PLC0415 - slow to import

    with zipfile.ZipFile(folder / f"{SLUG}.epub") as epub:
        cover = Image.open(io.BytesIO(epub.read("EPUB/images/cover.png")))
    yield _picture("cover", "Cover", f"Cover of the book in the theme {title}", cover, 480)
    pdf = folder / f"{SLUG}.pdf"
    for caption, slug in (("A chapter opens", OPENER), ("A table, a listing and a notice", LISTING)):
        spread: Any = spread_of(pdf, slug) if pdf.is_file() else "the PDF was not made, because Pango is not installed"
        alt = f"Two facing pages of the PDF in the theme {title}: a chapter opens"
        yield _taken("page", caption, alt, spread, 1240)
    for caption, mode in (("On a screen, light", "light"), ("On a screen, dark", "dark")):
        image = screen(folder / f"{SLUG}.html", dark=mode == "dark")
        yield _taken("screen", caption, f"The one-page edition in the theme {title}, {mode}", image, 1000)


def _taken(kind: str, caption: str, alt: str, image: Any, width: int) -> Picture:
    """Return *image* as a picture, or the reason that stands in its place."""
    if isinstance(image, str):
        return Picture(kind=kind, caption=caption, reason=image)
    return _picture(kind, caption, alt, image, width)


def _picture(kind: str, caption: str, alt: str, image: Any, width: int) -> Picture:
    """Return *image*, no wider than *width*, as a data address for the page."""
    from PIL import Image  # noqa: PLC0415 - as above

    image = image.convert("RGB")
    if image.width > width:
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=82, method=4)
    data = "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode("ascii")
    return Picture(kind=kind, caption=caption, alt=alt, data=data, width=image.width, height=image.height)


def spread_of(pdf: Path, slug: str) -> Any:
    """Return a picture of the page on which the chapter *slug* opens and the next one, as they lie open, or why there is none."""
    import pikepdf  # noqa: PLC0415 - slow to import

    with pikepdf.open(pdf) as opened:
        first = pdf_targets.pages(opened)[slug]
        last = len(opened.pages) - 1
    sides = [drawn(pdf, index) for index in (first, min(first + 1, last))]
    return next((side for side in sides if isinstance(side, str)), None) or beside(*sides)


def drawn(pdf: Path, index: int) -> Any:
    """Return the page *index* of *pdf*, from 0, as a Pillow image, or why it cannot be drawn."""
    from PIL import Image  # noqa: PLC0415 - as above

    if program := shutil.which("pdftoppm"):
        number = str(index + 1)
        words = [program, "-r", str(DOTS), "-f", number, "-l", number, "-png", str(pdf)]
        run = subprocess.run(words, check=False, capture_output=True, timeout=SECONDS)  # noqa: S603 - our own words
        return Image.open(io.BytesIO(run.stdout)) if run.returncode == 0 else "pdftoppm cannot draw the page"
    return NO_DRAWER


def beside(left: Any, right: Any) -> Any:
    """Return two pages as they lie open."""
    from PIL import Image  # noqa: PLC0415 - as above

    both = Image.new("RGB", (left.width + right.width + 2, max(left.height, right.height)), "#8c8c8c")
    both.paste(left, (0, 0))
    both.paste(right, (left.width + 2, 0))
    return both


def screen(page: Path, *, dark: bool) -> Any:
    """Return a picture of *page* in a browser as a Pillow image, or the reason why there is none."""
    from PIL import Image  # noqa: PLC0415 - as above

    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        return NO_BROWSER
    with scratch.folder() as folder:
        shot = folder / "shot.png"
        words = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        words += [f"--user-data-dir={folder}/profile", "--force-prefers-reduced-motion"]
        words += [f"--window-size={SCREEN[0]},{SCREEN[1]}", f"--screenshot={shot}"]
        words += [f"--blink-settings=preferredColorScheme={0 if dark else 1}", page.as_uri()]
        try:
            run = subprocess.run(words, check=False, capture_output=True, timeout=SECONDS)  # noqa: S603 - our own words
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{program} does not run: {error}"
        if not shot.is_file():
            return f"the browser took no picture (exit status {run.returncode})"
        image = Image.open(shot)
        image.load()
        return image
