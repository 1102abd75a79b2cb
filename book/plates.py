"""The images: read inside the book, checked by content, named; what cannot be had gives way to its words.

Nothing is fetched and nothing outside the book is opened (safety §3.3, §3.7).
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree

from book import markup
from book.model import Asset, Book, Chapter
from book.opening import Refusal, open_inside
from book.problems import Kind, Place, Problem, Severity, nearest, printable
from book.rawhtml import scheme
from book.references import UNSAFE_SCHEMES
from book.settings import Limits
from book.spine import slug

MISSING = Kind("I101", Severity.WARNING, "an image that is not there")
REMOTE = Kind("I102", Severity.WARNING, "an image that is not in the book")
OUTSIDE = Kind("I103", Severity.ERROR, "an image outside the book's folder")
UNSAFE = Kind("I104", Severity.ERROR, "an image whose address is not a path in the book")
BROKEN = Kind("I105", Severity.WARNING, "a file that is no image readers can show")
TOO_LARGE = Kind("I106", Severity.ERROR, "an image beyond the limits")
UNSAFE_SVG = Kind("I107", Severity.ERROR, "a drawing that loads, runs or unfolds something")
NO_TEXT = Kind("I108", Severity.WARNING, "an image without words for those who cannot see it")

ROOTS = ("", "static", "public", "assets", "docs")
"""Where a site keeps what its pages call ``/x.png``."""
RASTERS = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
}
"""EPUB 3.3 §3.2: the core media types, by Pillow's names."""
SVG_FORBIDDEN = frozenset({"script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler", "listener",
                           "animate", "animatetransform", "animatemotion", "set", "discard"})  # fmt: skip
LARGEST_MESSAGE = 120

Element = markup.Element


def illustrate(book: Book, root: Path, limits: Limits) -> tuple[Book, tuple[Problem, ...]]:
    """Return *book* with its images taken in, and what was wrong with them.

    Args:
        book: references resolved; its images still say what the author typed.
        root: the book's folder.
        limits: bytes, pixels and nodes an image may have.
    """
    shelf = _Shelf(root=root, limits=limits)

    def chapter_set(chapter: Chapter) -> Chapter:
        if "<img" not in chapter.body:
            return chapter
        body = markup.restore(chapter.body)
        for image in list(body.iter("img")):
            shelf.hang(image, chapter)
        return replace(chapter, body=markup.spell(body))

    book = book.each(chapter_set)
    assets = sorted((asset for asset in shelf.taken.values() if isinstance(asset, Asset)), key=lambda asset: asset.name)
    return replace(book, assets=tuple(assets)), tuple(shelf.problems)


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """Why a file does not become a plate."""

    kind: Kind
    message: str
    mend: str


@dataclass(slots=True, kw_only=True)
class _Shelf:
    """The images taken in so far, each file once."""

    root: Path
    limits: Limits
    taken: dict[str, Asset | Refused] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    """Paths of the files that could be read in part only."""
    problems: list[Problem] = field(default_factory=list)

    def hang(self, image: Element, chapter: Chapter) -> None:
        """Give *image* its asset, or its words."""
        address = str(image.attrib.pop("data-src", "")).strip()
        place = _place(image, chapter)
        classes = set(image.get("class", "").split())
        alt = image.get("alt", "").strip()
        try:
            asset = self.asset(address, chapter)
        except Refused as refusal:
            self.problems.append(refusal.kind.at(place, refusal.message, mend=refusal.mend))
            _words_instead(image, alt, address)
            return
        if asset.path in self.damaged:
            self.problems.append(
                BROKEN.at(
                    place, f"the image {address!r} is damaged; what can be read of it is printed", mend="save it again"
                )
            )
        if not alt and "decorative" not in classes:
            mend = "write what it shows between the square brackets, or add {.decorative}"
            self.problems.append(NO_TEXT.at(place, f"the image {address!r} has no text", mend=mend))
        image.set("src", asset.name)
        image.set("alt", "" if "decorative" in classes else alt)
        if "decorative" in classes:
            image.set("role", "presentation")
        if not (image.get("width") or image.get("height")):
            image.set("width", str(asset.width))
            image.set("height", str(asset.height))
        image.attrib.pop("data-pos", None)

    def asset(self, address: str, chapter: Chapter) -> Asset:
        """Return the image that *address* means in *chapter*."""
        kind = scheme(address)
        if kind in ("http", "https") or address.startswith("//"):
            message = f"the image {address!r} is not in the book; its text stands in its place"
            raise Refused(REMOTE, message, "put the file into the book's folder and write its path")
        if kind in UNSAFE_SCHEMES:
            raise Refused(
                UNSAFE, f"{kind}: is not allowed for an image: {address[:LARGEST_MESSAGE]}", "write a path in the book"
            )
        if kind:
            raise Refused(REMOTE, f"the image {address!r} is not in the book", "write a path in the book")
        path = re.sub(r"\s+=\d*x\d*$", "", address.partition("#")[0].partition("?")[0])
        if not path:
            raise Refused(MISSING, "this image has no address", "write the path of a file in the book")
        if path.startswith("/"):
            tries = [posixpath.join(base, path.lstrip("/")) for base in ROOTS]
        else:
            # Beside the file; then as a browser reads it, from the page's own address one folder deeper.
            stem = re.sub(r"\.[^./]*$", "", chapter.source.path)
            tries = [posixpath.join(posixpath.dirname(chapter.source.path), path), posixpath.join(stem, path)]
        refusal: Refused | None = None
        for name in tries:
            found = self.file(name, address)
            if isinstance(found, Asset):
                return found
            refusal = refusal or found
        raise refusal or Refused(MISSING, "no file", "")

    def file(self, name: str, address: str) -> Asset | Refused:
        """Return the image in the file *name*, read once."""
        name = posixpath.normpath(name)
        if name not in self.taken:
            try:
                self.taken[name] = self.read(name, address)
            except Refused as refusal:
                self.taken[name] = refusal
        return self.taken[name]

    def read(self, name: str, address: str) -> Asset:
        """Read and check the file *name*."""
        data = open_inside(self.root, name, limit=self.limits.image_bytes)
        if isinstance(data, Refusal):
            raise self.refused(data, name, address)
        shown = unquote(name)
        stem = slug(posixpath.splitext(posixpath.basename(shown))[0]) or "image"
        mark = hashlib.sha256(data).hexdigest()[:8]
        kind, ending, sound, (width, height) = _picture(data, shown, self.limits)
        if sound is not data and data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF")):
            self.damaged.add(shown)
        return Asset(
            name=f"images/{stem}-{mark}.{ending}", path=shown, media_type=kind, data=sound, width=width, height=height
        )

    def refused(self, refusal: Refusal, name: str, address: str) -> Refused:
        """Return the problem that the refusal of a file is."""
        if refusal.reason in ("outside", "symlink-outside"):
            return Refused(
                OUTSIDE,
                f"the image {address!r} lies outside the book: {refusal.detail}",
                "copy the file into the book's folder",
            )
        if refusal.reason == "too-big":
            return Refused(
                TOO_LARGE, refusal.detail, "make the image smaller, or raise limits.image_bytes in handbound.toml"
            )
        if refusal.reason == "bad-name":
            return Refused(UNSAFE, refusal.detail, "write a path in the book")
        near = self.near(name)
        mend = f"did you mean {near}?" if near else "put the file there, or write the path of one that is there"
        return Refused(MISSING, f"there is no image {address!r}; its text stands in its place", mend)

    def near(self, name: str) -> str | None:
        """Return the file whose name looks most like *name*, in the same folder."""
        folder = self.root / posixpath.dirname(unquote(name))
        try:
            if not folder.resolve().is_relative_to(self.root.resolve()):
                return None
            # By the name without its ending, which would make any two short names look alike.
            known = {entry.stem: entry.name for entry in sorted(folder.iterdir()) if entry.is_file()}
        except OSError:
            return None
        return known.get(nearest(posixpath.splitext(posixpath.basename(unquote(name)))[0], known) or "")


def _place(image: Element, chapter: Chapter) -> Place:
    for near in (image, *image.iterancestors()):
        if found := re.match(r"(\d+):(\d+)", near.get("data-pos", "")):
            return chapter.source.place(int(found[1]), int(found[2]))
    return chapter.source.place(1)


def _words_instead(image: Element, alt: str, address: str) -> None:
    """Put the alternative text and the address where the image would be."""
    image.tag = "span"
    image.attrib.clear()
    image.set("class", "missing-image")
    shown = address if len(address) <= LARGEST_MESSAGE else address[: LARGEST_MESSAGE - 1] + "…"
    image.text = f"{alt} " if alt else ""
    inner = etree.SubElement(image, "span", {"class": "missing-address"})
    inner.text = f"[{printable(shown)}]"


def _picture(data: bytes, name: str, limits: Limits) -> tuple[str, str, bytes, tuple[int, int]]:
    """Return media type, ending, bytes and size of an image, known by its content, never by its name."""
    if data[:2] == b"\x1f\x8b":
        raise Refused(UNSAFE_SVG, f"{name!r} is packed with gzip", "unpack it")
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<") and b"<svg" in data[:100_000].lower():
        return "image/svg+xml", "svg", data, drawing(data, name, limits)
    return _raster(data, name, limits)


def _raster(data: bytes, name: str, limits: Limits) -> tuple[str, str, bytes, tuple[int, int]]:
    from PIL import Image, ImageFile, UnidentifiedImageError  # noqa: PLC0415 - slow to import, and not every book has one

    mend = "save it again as PNG or JPEG"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is checked next
            image = Image.open(io.BytesIO(data))
    except Image.DecompressionBombError as error:
        message = f"{name!r} has far more pixels than the limit of {limits.image_pixels}"
        raise Refused(TOO_LARGE, message, "make it smaller") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused(BROKEN, f"{name!r} is no image readers can show", mend) from error
    width, height = image.size
    frames = getattr(image, "n_frames", 1)
    if width * height * frames > limits.image_pixels:
        message = f"{name!r} has {width} × {height} pixels; the limit is {limits.image_pixels}"
        raise Refused(TOO_LARGE, message, "make it smaller, or raise limits.image_pixels in handbound.toml")
    whole = _loads_whole(image)
    if whole and image.format in RASTERS:
        kind, ending = RASTERS[image.format]
        return kind, ending, data, (width, height)
    # A damaged file, as far as it can be read, and any other format that Pillow reads, written again as a sound one.
    out = io.BytesIO()
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        image = Image.open(io.BytesIO(data))
        image.load()
        image.convert("RGBA" if "A" in image.getbands() else "RGB").save(out, "PNG", optimize=False)
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError) as error:
        raise Refused(BROKEN, f"{name!r} is damaged: {error}", mend) from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    return "image/png", "png", out.getvalue(), (width, height)


def _loads_whole(image: Any) -> bool:
    """Say whether every pixel can be read."""
    try:
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError):
        return False
    return True


def drawing(data: bytes, name: str, limits: Limits) -> tuple[int, int]:
    """Check an SVG and return its size in user units.

    Raises:
        Refused: not XML, a DTD, a script, a reference that leaves the drawing, or too many nodes once every ``use``
            is unfolded.
    """
    if len(data) > limits.svg_bytes:
        message = f"{name!r} has {len(data)} bytes; the limit is {limits.svg_bytes}"
        raise Refused(TOO_LARGE, message, "simplify the drawing, or raise limits.svg_bytes in handbound.toml")
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", data, re.I) or b"\x00" in data:
        raise Refused(UNSAFE_SVG, f"{name!r} has a DTD", "take the <!DOCTYPE …> line out")
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused(BROKEN, f"{name!r} is not well-formed XML: {error}", "save the drawing again") from error
    if etree.QName(root).localname != "svg":
        raise Refused(BROKEN, f"{name!r} is no SVG drawing", "save it as SVG")
    for element in root.iter():
        fault = _fault(element)
        if fault:
            raise Refused(UNSAFE_SVG, f"{name!r} holds {fault}", "take it out of the drawing")
    if (count := _unfolded(root, limits.svg_nodes)) > limits.svg_nodes:
        message = f"{name!r} unfolds to more than {min(count, limits.svg_nodes)} nodes, or uses itself"
        raise Refused(UNSAFE_SVG, message, "simplify the drawing")
    return _size(root)


def _fault(element: Element) -> str | None:
    """Return what is unsafe about one node of a drawing."""
    if not isinstance(element.tag, str):
        return "a processing instruction" if isinstance(element, etree._ProcessingInstruction) else None  # noqa: SLF001
    name = etree.QName(element).localname.lower()
    if name in SVG_FORBIDDEN:
        return f"<{name}>"
    if name == "style" and _loads(element.text or ""):
        return "a style sheet that loads something"
    for key, value in element.attrib.items():
        short = etree.QName(key).localname.lower()
        if short.startswith("on"):
            return f"the event attribute {short}"
        if (
            short in ("href", "src")
            and not value.strip().startswith("#")
            and not (name == "a" and scheme(value) in ("http", "https"))
        ):
            if name == "image" and re.match(r"data:image/(?:png|jpeg|gif|webp);base64,", value.strip()):
                continue
            return f"a reference that leaves it: {short}={value[:LARGEST_MESSAGE]!r}"
        if _loads(value):
            return f"an address in {short}"
    return None


def _loads(text: str) -> bool:
    """Say whether CSS *text* reaches outside."""
    plain = re.sub(r"\\[0-9A-Fa-f]{1,6}\s?|\\|/\*.*?\*/", "", text)
    return "\\" in text or "@import" in plain.lower() or bool(re.search(r"url\((?!\s*[\"']?\s*#)", plain, re.I))


def _unfolded(root: Element, limit: int) -> int:
    """Return the number of nodes when every ``use`` is replaced by what it names; more than *limit* for a cycle."""
    named = {element.get("id"): element for element in root.iter(etree.Element) if element.get("id")}
    sizes: dict[Element, int] = {}
    open_: set[Element] = set()
    stack: list[tuple[Element, bool]] = [(root, False)]
    links = ("href", "{http://www.w3.org/1999/xlink}href")

    def below(element: Element) -> list[Element]:
        target = next((named.get(element.get(key, "").strip()[1:]) for key in links if element.get(key)), None)
        uses = etree.QName(element).localname == "use" and target is not None
        return [
            *(child for child in element if isinstance(child.tag, str)),
            *([target] if uses and target is not None else []),
        ]

    while stack:
        element, finished = stack.pop()
        if finished:
            open_.discard(element)
            sizes[element] = min(limit + 1, 1 + sum(sizes.get(child, 1) for child in below(element)))
            continue
        if element in open_:
            return limit + 1
        if element in sizes:
            continue
        open_.add(element)
        stack.append((element, True))
        for child in below(element):
            if child in open_:
                return limit + 1
            stack.append((child, False))
    return sizes[root]


def _size(root: Element) -> tuple[int, int]:
    """Return width and height of a drawing: its own, else those of its view box, else 300 × 150 (CSS 2.2 §10.3.2)."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", root.get("viewBox", ""))
    box = tuple(float(number) for number in numbers[2:4]) if len(numbers) == 4 else (300.0, 150.0)

    def side(name: str, otherwise: float) -> float:
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*", root.get(name, ""))
        return float(found[1]) if found else otherwise

    width, height = side("width", box[0]), side("height", box[1])
    return max(1, min(100_000, round(width))), max(1, min(100_000, round(height)))
