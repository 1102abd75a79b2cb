"""Compares two builds of a book and prints the differences between their editions: `nox -s compare -- OLD NEW`.

    python tests/compare_editions.py /tmp/before build
    python tests/compare_editions.py /tmp/before build --without pictures --without styles

OLD and NEW are folders that `book build` wrote. Files with the same bytes are equal; all others are opened, and what they hold is
compared: words, pages, links, outlines, alternative texts, pictures. Each difference is one line: file, kind, place, what it was and
what it is. What cannot be compared on this machine is named ("not compared"). Ends with status 0 when nothing differs, 1 when
something does, and 2 for a mistake on the command line.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from msgspec import Struct
from PIL import Image, ImageChops

if not __package__:  # started as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.comparing.facts import Fact, Facts, Unreadable
from tests.comparing.of_documents import epub_facts, html_facts, report_facts
from tests.comparing.of_pdf import pdf_facts

KINDS = {
    "files": "which files there are, and which parts an EPUB has",
    "words": "the words in the order of reading; of a PDF page by page",
    "pages": "number and labels of the pages of a PDF; page marks of EPUB and HTML",
    "sizes": "the boxes of each page of a PDF: media, crop, bleed, trim",
    "links": "where each link leads, and its words",
    "outline": "bookmarks of a PDF; headings and navigation of EPUB and HTML",
    "alt texts": "alternative texts of pictures and formulas",
    "elements": "the tags of a PDF; the elements of EPUB and HTML with type, role and language",
    "metadata": "title, authors, language, identifiers",
    "pictures": "the pages of a PDF as they look; pictures inside EPUB and HTML",
    "styles": "style sheets and typefaces of EPUB and HTML",
    "report": "page map, chapters, changes and problems in report.json",
}
SHOWN = 5
"""The most differences of one kind in one file that are printed; the others are counted. --all prints all."""

RESOLUTION = 72
"""Dots per inch at which pages are compared: each point of paper is one pixel."""

PAGES_AT_ONCE = 16
"""The number of pages that are drawn before they are compared, so that a long book does not fill the disk."""


class Difference(Struct, frozen=True, kw_only=True):
    """One difference between two builds."""

    path: str
    """The path of the file in the output folder."""
    kind: str
    """One of :data:`KINDS`."""
    where: str
    """The place in the file: a page, or a document with the nearest id; empty for the whole file."""
    text: str
    """The old and the new value."""

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.path, self.kind, self.where, self.text)))


class Comparison(Struct, frozen=True, kw_only=True):
    """The outcome of a comparison."""

    differences: tuple[Difference, ...]
    not_compared: tuple[str, ...]
    """What was not compared, each with the reason."""
    same_bytes: int
    """Files with the same bytes."""
    opened: int
    """Files with other bytes, whose contents were compared."""


# The comparison ------------------------------------------------------------------------------------------------------


def compare(old: Path, new: Path, *, without: Iterable[str] = (), pictures: Path | None = None) -> Comparison:
    """Compare the editions in the folders *old* and *new*.

    Args:
        old: the folder of the earlier build.
        new: the folder of the later build.
        without: kinds (of :data:`KINDS`) that are not compared.
        pictures: a folder for pictures of the pages that differ (old, new and difference side by side).

    Raises:
        ValueError: if neither folder holds an edition, or *without* names no kind.
    """
    without = frozenset(without)
    if unknown := without - KINDS.keys():
        raise ValueError(f"no such kind: {', '.join(sorted(unknown))}; there are: {', '.join(KINDS)}")
    olds, news = _editions(old), _editions(new)
    if not olds and not news:
        raise ValueError(f"neither {old} nor {new} holds an edition")
    differences = [
        Difference(path=path, kind="files", where="", text="is gone" if path in olds else "is new")
        for path in sorted(olds.keys() ^ news.keys())
    ]
    not_compared = {f"{kind} (--without)": None for kind in KINDS if kind in without}
    same = opened = 0
    for path in sorted(olds.keys() & news.keys()):
        if olds[path].read_bytes() == news[path].read_bytes():
            same += 1
            continue
        opened += 1
        differences += _compared(path, olds[path], news[path], without, pictures)
        not_compared |= dict.fromkeys(_impossible(path, without))
    return Comparison(
        differences=tuple(difference for difference in differences if difference.kind not in without),
        not_compared=tuple(not_compared),
        same_bytes=same,
        opened=opened,
    )


def _editions(folder: Path) -> dict[str, Path]:
    files = (
        path for path in folder.rglob("*") if path.is_file() and (path.suffix in FACTS or path.name == "report.json")
    )
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path for name, path in names.items() if not any(part.startswith(".") for part in name.split("/"))}


def _compared(path: str, old: Path, new: Path, without: frozenset[str], pictures: Path | None) -> Iterator[Difference]:
    facts = FACTS.get(old.suffix, report_facts)
    sides = []
    for side in (old, new):
        try:
            sides.append(facts(side))
        except Unreadable as fault:
            which = "earlier" if side is old else "later"
            yield Difference(path=path, kind="files", where="", text=f"the {which} file cannot be read: {fault}")
    if len(sides) < 2:
        return
    for kind in KINDS:
        yield from differing(path, kind, *(side.get(kind, ()) for side in sides))
    if old.suffix == ".pdf" and "pictures" not in without and shutil.which("pdftoppm"):
        pages = min(len(side["sizes"]) for side in sides)
        yield from _pages_that_look_different(path, old, new, pages, pictures)


def _impossible(path: str, without: frozenset[str]) -> Iterator[str]:
    if path.endswith(".pdf"):
        if "pictures" not in without and not shutil.which("pdftoppm"):
            yield "pictures of PDF pages: no pdftoppm (poppler-utils)"
        if not shutil.which("pdftotext"):
            yield "words of PDF pages and of their links: no pdftotext (poppler-utils)"
    elif path.endswith((".html", ".epub")) and "pictures" not in without:
        yield "EPUB and HTML as they look in a reader: compare their words, elements, styles and pictures"


def differing(path: str, kind: str, old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[Difference]:
    """Yield the differences between two sequences of facts, in the order of the later one."""
    olds, news = [fact.text for fact in old], [fact.text for fact in new]
    # Two builds are nearly equal, and it is cheap to skip the equal parts at both ends.
    start = 0
    while start < min(len(olds), len(news)) and olds[start] == news[start]:
        start += 1
    end = 0
    while end < min(len(olds), len(news)) - start and olds[-1 - end] == news[-1 - end]:
        end += 1
    matcher = SequenceMatcher(None, olds[start : len(olds) - end], news[start : len(news) - end])
    for operation, i, j, k, m in matcher.get_opcodes():
        if operation == "equal":
            continue
        before, after = olds[start + i : start + j], news[start + k : start + m]
        if operation == "delete":
            text = f"{_quoted(before)} is gone"
        elif operation == "insert":
            text = f"{_quoted(after)} is new"
        else:
            text = f"{_quoted(before)} became {_quoted(after)}"
        here = new[start + k : start + m] or old[start + i : start + j]
        yield Difference(path=path, kind=kind, where=here[0].where, text=text)


def _quoted(texts: Sequence[str]) -> str:
    joined = " ".join(texts)
    return f"“{joined}”" if len(joined) <= 160 else f"“{joined[:110]} […] {joined[-40:]}”"


def _pages_that_look_different(
    path: str, old: Path, new: Path, pages: int, pictures: Path | None
) -> Iterator[Difference]:
    for first in range(1, pages + 1, PAGES_AT_ONCE):
        last = min(first + PAGES_AT_ONCE - 1, pages)
        drawn = zip(_drawn(old, first, last), _drawn(new, first, last), strict=True)
        for number, (before, after) in enumerate(drawn, first):
            if text := _seen(before, after):
                yield Difference(path=path, kind="pictures", where=f"page {number}", text=text)
                if pictures is not None:
                    _side_by_side(before, after).save(_picture_file(pictures, path, number))


def _drawn(path: Path, first: int, last: int) -> list[Image.Image]:
    with tempfile.TemporaryDirectory() as folder:
        words = ["pdftoppm", "-r", str(RESOLUTION), "-f", str(first), "-l", str(last), str(path), f"{folder}/page"]
        subprocess.run(words, check=True, capture_output=True)
        # The numbers in the names are padded, so their order is the order of the pages.
        drawn: list[Image.Image] = [
            Image.open(io.BytesIO(picture.read_bytes())) for picture in sorted(Path(folder).iterdir())
        ]
    if len(drawn) != last - first + 1:
        raise RuntimeError(f"pdftoppm drew {len(drawn)} of the pages {first} to {last} of {path}")
    return drawn


def _seen(before: Image.Image, after: Image.Image) -> str:
    """Return how two pictures differ; empty if they do not."""
    if before.size != after.size:
        return f"{before.width} × {before.height} became {after.width} × {after.height} pixels"
    difference = ImageChops.difference(before.convert("RGBA"), after.convert("RGBA")).convert("RGBA")
    # The difference of two opaque pixels is transparent, so getbbox would see nothing without a channel of its own.
    strongest = difference.getchannel(0)
    for channel in difference.split()[1:]:
        strongest = ImageChops.lighter(strongest, channel)
    box = strongest.getbbox()
    if box is None:
        return ""
    other = strongest.width * strongest.height - strongest.histogram()[0]
    return f"{other} pixels differ, from {box[0]}, {box[1]} to {box[2]}, {box[3]}"


def _side_by_side(before: Image.Image, after: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", (before.width + 2 * after.width, max(before.height, after.height)), "white")
    sheet.paste(before, (0, 0))
    sheet.paste(after, (before.width, 0))
    if before.size == after.size:
        difference = ImageChops.difference(before.convert("RGB"), after.convert("RGB"))
        sheet.paste(ImageChops.invert(difference), (before.width + after.width, 0))
    return sheet


def _picture_file(folder: Path, path: str, number: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{path.replace('/', '-')}-{number:04}.png"


FACTS: Mapping[str, Callable[[Path], Facts]] = {".pdf": pdf_facts, ".epub": epub_facts, ".html": html_facts}
"""The reader of a file, by its extension."""


# The command ---------------------------------------------------------------------------------------------------------


def lines(comparison: Comparison, *, everything: bool = False) -> Iterator[str]:
    """Yield the printed lines of a comparison."""
    counted: Counter[tuple[str, str]] = Counter()
    for difference in comparison.differences:
        counted[difference.path, difference.kind] += 1
        if everything or counted[difference.path, difference.kind] <= SHOWN:
            yield str(difference)
    if not everything:
        yield from (
            f"{path}: {kind}: {more - SHOWN} more; --all prints them"
            for (path, kind), more in counted.items()
            if more > SHOWN
        )
    yield from (f"not compared: {what}" for what in comparison.not_compared)
    yield (
        f"{len(comparison.differences)} differences in {comparison.same_bytes + comparison.opened} files that both builds have; "
        f"{comparison.same_bytes} of them are the same byte for byte"
    )


def main(words: Sequence[str] | None = None) -> int:
    """Compare two builds according to the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        description="Compare two builds of a book.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="kinds:\n" + "\n".join(f"  {kind:<10} {what}" for kind, what in KINDS.items()) + "\n\n"
        "status: 0 nothing differs, 1 something differs, 2 a mistake on the command line",
    )
    parser.add_argument("old", type=Path, metavar="OLD", help="output folder of the earlier build")
    parser.add_argument("new", type=Path, metavar="NEW", help="output folder of the later build")
    parser.add_argument(
        "--all", action="store_true", help=f"print every difference, not the first {SHOWN} of a kind in a file"
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=KINDS,
        metavar="KIND",
        help="do not compare this kind; repeatable",
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="save pages that look different: old, new, difference"
    )
    options = parser.parse_args(words)
    for folder in (options.old, options.new):
        if not folder.is_dir():
            parser.error(f"{folder} is no folder")
    try:
        comparison = compare(options.old, options.new, without=options.without, pictures=options.pictures)
    except ValueError as fault:
        parser.error(str(fault))
    for line in lines(comparison, everything=options.all):
        print(line)
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
