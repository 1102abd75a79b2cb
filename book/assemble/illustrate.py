"""The images: read inside the book, checked by content, named; an image that cannot be used is replaced by its words.

Nothing is fetched, and nothing outside the book is opened; a remote image that `book fetch` has downloaded is a file of the book.
:mod:`book.images.rasters` and :mod:`book.images.svg` make images fit for every edition; this module finds and names them, and
gives each the size that its author wants.
"""

from __future__ import annotations

import functools
import os
import posixpath
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from msgspec import Struct, field
from msgspec.structs import replace

from book import cache
from book.assemble import remote, similar_files
from book.assemble.endpoints import place_of
from book.assemble.gaps import LARGEST_ADDRESS, leave_out, targets_of, words_instead
from book.assemble.printed_pictures import Pictures
from book.assemble.spine import slug
from book.body import POS, SRC, Body, Element, kinds, mark, own
from book.images import sizes, svg
from book.images.films import FIX, PLAYED, fault, is_film
from book.images.rasters import TOO_LARGE, Refused
from book.model import Asset, Book, Chapter, Collation
from book.problems import Kind, Place, Problem, Severity, printable
from book.safe_open import Refusal, decoded, open_file
from book.schemes import UNSAFE as UNSAFE_SCHEMES
from book.schemes import scheme
from book.seal import digest
from book.settings import FILE, Limits, Settings
from book.sites import Site
from book.sites.files import leaves
from book.sites.finder import Finder
from book.source import notebooks

MISSING = Kind("I101", Severity.WARNING, "an image that does not exist")
REMOTE = Kind("I102", Severity.WARNING, "an image that is not in the book")
OUTSIDE = Kind("I103", Severity.WARNING, "an image outside the book's folder")
UNSAFE = Kind("I104", Severity.WARNING, "an image whose address is not a path in the book")
NO_TEXT = Kind("I108", Severity.WARNING, "an image without alternative text")
SIZE = Kind("I112", Severity.WARNING, "an invalid image size")
BACKSLASH = Kind("I113", Severity.WARNING, "an image path with backslashes")
CHANGED = Kind("I121", Severity.WARNING, "a downloaded image that does not match handbound.lock")
OTHER_CASE = Kind("I114", Severity.WARNING, "an image name that differs from its file in case only")

ROOTS = ("", "static", "public", "assets", "docs")
"""Folders in which sites keep files for addresses such as ``/x.png``."""
SIZES = {name: own(name.removeprefix("hb:")) for name in sizes.NAMES.values()}
"""Marks of the sizes that an author wants: :mod:`book.images.sizes` -> attributes of a tree."""
CLEAR = "see-through"
"""The kind of an image with transparent parts: it needs a light background."""


def illustrate(
    collation: Collation[Chapter],
    root: Path,
    settings: Settings,
    site: Site | None = None,
    folder: Path | None = None,
) -> tuple[Book, tuple[Problem, ...]]:
    """Return the book of the chapters in *collation* with their images, and the problems of these.

    Args:
        collation: the chapters after references are resolved; images still have the author's addresses.
        root: the book's folder.
        settings: limits of images, budgets of the book, and the treatment of remote images.
        site: the site of the handbook, for the folders of paths from its root.
        folder: the cache, or None.
    """
    lock, problems = remote.read(root)
    drops = settings.remote_images == "drop"
    pictures = Pictures(folder, root)
    collection = _Images(root=root, limits=settings.limits, pictures=pictures, site=site, lock=lock, drops=drops)
    collection.problems += problems
    book = Book(
        metadata=collation.metadata,
        front=collation.front,
        main=collation.main,
        back=collation.back,
        budgets=settings.budgets,
    )
    collection.targets = targets_of(book) if drops else frozenset()

    def chapter_set(chapter: Chapter) -> Chapter:
        def fill(body: Element) -> None:
            for image in list(body.iter("img")):
                collection.fill(image, chapter)

        return replace(chapter, body=collection.filled(chapter, fill)) if chapter.body.holds("img") else chapter

    book = book.map_chapters(chapter_set)
    pictures.close()
    return replace(book, assets=collection.assets), tuple(collection.problems)


def named_pictures(root: Path, settings: Settings) -> tuple[Asset | None, Asset | None, tuple[Problem, ...]]:
    """Return the cover and the logo that the handbound.toml in *root* names, and their problems.

    With a problem, the theme draws the cover, and there is no logo.
    """
    cover, problems = _named("cover", settings.cover, "the theme draws the cover", root, settings)
    logo, more = _named("logo", settings.logo, "the logo is left out", root, settings)
    return cover, logo, (*problems, *more)


def _named(
    key: str, path: str, otherwise: str, root: Path, settings: Settings
) -> tuple[Asset | None, tuple[Problem, ...]]:
    """Return the picture *path*, which handbound.toml names with *key*, and its problems; *otherwise* says what happens without it."""
    if not path:
        return None, ()
    place = settings.places.get(key, Place(path=FILE))
    collection = _Images(root=root, limits=settings.limits)
    image: _Image | Refused
    if is_remote(path):
        collection.lock, _ = remote.read(root)
        image = collection.fetched(path)
    else:
        image = collection.file(posixpath.normpath(path.replace("\\", "/")), path)
    if isinstance(image, Refused):
        return None, (image.kind.at(place, f"{image.message.partition(';')[0]}; {otherwise}", fix=image.fix),)
    return image.asset, tuple(kind.at(place, message, fix=fix) for kind, message, fix in image.faults)


def is_remote(address: str) -> bool:
    """Return whether *address* is the address of an image on the web."""
    return scheme(address) in ("http", "https") or address.startswith("//")


def remote_images(collation: Collation[Chapter], root: Path, site: Site | None = None) -> tuple[tuple[str, Place], ...]:
    """Return the addresses of the remote images of the chapters with their places, in reading order.

    Args:
        collation: see :func:`illustrate`.
        root: see :func:`illustrate`.
        site: see :func:`illustrate`.
    """
    collection = _Images(root=root, limits=Limits(), site=site)
    return tuple(
        (address, place_of(image, chapter.source))
        for chapter in collation.spine
        for image in chapter.body.iter("img")
        if is_remote(address := collection.local(str(image.get(SRC, "")).strip())) and not is_film(address)
    )


class _Image(Struct, kw_only=True):
    """An image of the book."""

    asset: Asset
    clear: bool
    faults: tuple[svg.Fault, ...]
    """Faults that are not yet reported."""


class _Images(Struct, kw_only=True):
    """The images read so far: each file once, and each picture once, however many files contain it."""

    root: Path
    limits: Limits
    pictures: Pictures = field(default_factory=Pictures)
    site: Site | None = None
    lock: remote.Lock = field(default_factory=dict)
    """The remote images that are in the book."""
    drops: bool = False
    """Whether a missing remote image is left out without replacement; what has one of the ids *targets* stays."""
    targets: frozenset[str] = frozenset()
    by_source: dict[str, _Image | Refused] = field(default_factory=dict)
    """By path of the file, or by digest of the data in an address."""
    by_content: dict[tuple[str, str], _Image] = field(default_factory=dict)
    """By digest and extension of the printed image."""
    names: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The images of the book, by name."""
        return tuple(sorted((image.asset for image in self.by_content.values()), key=lambda asset: asset.name))

    def filled(self, chapter: Chapter, fill: Callable[[Element], None]) -> Body:
        """Return the body of *chapter* after *fill*; if the same body had the same images before, and no problem, it is not parsed."""
        before = len(self.problems)
        entry = self._entry(chapter)
        facts = self.pictures.facts(entry) if entry and len(self.problems) == before else None
        if facts is not None:
            return Body.later(functools.partial(chapter.body.copy, fill), facts=facts)
        del self.problems[before:]  # they are reported with their places now
        body = chapter.body.changed(fill)
        if entry and len(self.problems) == before:
            self.pictures.keep_facts(entry, body.facts)
        return body

    def _entry(self, chapter: Chapter) -> str:
        """Return the key of the body of *chapter* and of its images; empty if there is something to say about one of them."""
        if not self.pictures.remembers:
            return ""
        parts: list[str] = []
        for row in chapter.body.facts.images:
            try:
                image = self.image(row.address.strip(), chapter, chapter.source.place(1))
            except Refused:
                return ""
            if image.faults:
                return ""
            asset = image.asset
            parts.append(f"{asset.name} {asset.width} {asset.height} {image.clear}")
        return cache.key("filled", chapter.body.digest, *parts)

    def fill(self, image: Element, chapter: Chapter) -> None:
        """Give *image* its asset, or replace it by its words."""
        address = str(image.attrib.pop(SRC, "")).strip()
        requested = {name: str(image.attrib.pop(key)) for name, key in SIZES.items() if key in image.attrib}
        place = place_of(image, chapter.source)
        decorative = "decorative" in kinds(image)
        alt = image.get("alt", "").strip()
        try:
            picture = self.image(address, chapter, place)
        except Refused as refusal:
            drops = self.drops and refusal.kind is REMOTE
            problem = refusal.kind.at(place, refusal.message, fix=refusal.fix)
            self.problems.append(replace(problem, severity=Severity.NOTE) if drops else problem)
            if drops:
                leave_out(image, self.targets)
            else:
                words_instead(image, alt, quoted(address))
            return
        for kind, message, fix in picture.faults:
            self.problems.append(kind.at(place, message, fix=fix))
        picture.faults = ()
        if not alt and not decorative:
            is_drawing = address.startswith("data:image/svg+xml")
            fix = "write what it shows between the square brackets, or add {.decorative}"
            fix = "write what it shows as its <title>" if is_drawing else fix
            self.problems.append(NO_TEXT.at(place, f"the image {quoted(address)!r} has no text", fix=fix))
        asset = picture.asset
        image.set("src", asset.name)
        image.set("alt", "" if decorative else alt)
        if decorative:
            image.set("role", "presentation")
        if picture.clear:
            mark(image, CLEAR)
        image.set("width", str(asset.width))
        image.set("height", str(asset.height))
        style, wrong = sizes.styled(requested, (asset.width, asset.height))
        if style:
            image.set("style", style)
        for size in wrong:
            message = f"the size {size} of the image {quoted(address)!r} is not valid; it is left out"
            self.problems.append(SIZE.at(place, message, fix="write a width: width=50%, width=300px or width=8cm"))
        image.attrib.pop(POS, None)

    def image(self, address: str, chapter: Chapter, place: Place) -> _Image:
        """Return the image to which *address* refers in *chapter*."""
        address = self.local(address)
        kind = scheme(address)
        if notebooks.MARK in address and not kind:
            data = open_file(self.root, chapter.source.file, limit=self.limits.file_bytes)
            address, kind = notebooks.picture(data, address), "data"
        if kind == "data":
            return self.from_data(address, chapter)
        if is_film(address):
            raise Refused(PLAYED, fault(address), FIX)
        if is_remote(address):
            fetched = self.fetched(address)
            if isinstance(fetched, Refused):
                raise fetched
            return fetched
        if kind in UNSAFE_SCHEMES:
            raise Refused(
                UNSAFE, f"{kind}: is not allowed for an image: {address[:LARGEST_ADDRESS]}", "write a path in the book"
            )
        if len(kind) == 1:
            message = f"the image {address!r} is outside the book: a path on one machine"
            raise Refused(OUTSIDE, message, "copy the file into the book's folder and write its path")
        if kind:
            raise Refused(REMOTE, f"the image {address!r} is not in the book", "write a path in the book")
        path = re.sub(r"\s+=\d*x\d*$", "", address.partition("#")[0].partition("?")[0])
        if "\\" in path or re.search(r"%5c", path, re.I):
            path = re.sub(r"\\|%5c", "/", path, flags=re.I)
            message = f"the path '{address}' has backslashes; they are read as slashes"
            self.problems.append(BACKSLASH.at(place, message, fix=f"write {path}"))
        if not path:
            raise Refused(MISSING, "this image has no address", "write the path of a file in the book")
        rooted = self.site.rooted(path) if self.site else path
        if rooted.startswith("/"):
            written = dict.fromkeys((path, rooted)) if path.startswith("/") else (rooted,)
            tries = [posixpath.join(base, name.lstrip("/")) for name in written for base in self.roots]
        else:
            tries = self.beside(path, chapter)
        names = [posixpath.normpath(name) for reading in tries if (name := decoded(reading)) is not None]
        if not names:
            raise Refused(UNSAFE, f"{printable(path)!r} is not UTF-8 once decoded", "write a path in the book")
        # The name of a file on disk may contain the escapes.
        names += [posixpath.normpath(reading) for reading in tries if "%" in reading]
        refusal: Refused | None = None
        for name in names:
            image = self.file(name, address)
            if isinstance(image, _Image):
                return image
            refusal = refusal or image
        if refusal is not None and refusal.kind is MISSING:
            for name in names:
                other = similar_files.same_but_case(self.root, name)
                match = self.file(other, address) if other else None
                if other and isinstance(match, _Image):
                    if unicodedata.normalize("NFC", other) != unicodedata.normalize("NFC", name):
                        message = (
                            f"there is no image {address!r}; {printable(other)!r} is used, which differs in case only"
                        )
                        self.problems.append(OTHER_CASE.at(place, message, fix=f"did you mean {printable(other)}?"))
                    return match
        raise refusal or Refused(MISSING, "no file", "")

    def beside(self, path: str, chapter: Chapter) -> list[str]:
        """Return the paths in the book to which a relative *path* in *chapter* may refer, the most likely first."""
        # Relative to the file; then as a browser reads it, relative to the page's address, which is one folder deeper.
        stem = re.sub(r"\.[^./]*$", "", chapter.source.path)
        tries = [posixpath.join(posixpath.dirname(chapter.source.path), path), posixpath.join(stem, path)]
        # A program that was run beside the book's folder, as pandoc with --extract-media, writes its name, too.
        first, _, rest = posixpath.normpath(path).partition("/")
        tries += [rest] if rest and first == self.root.resolve().name else []
        # Markua's paths begin in the folder `resources`, wherever the chapter is.
        return (
            [*tries, *(posixpath.join(base, path) for base in self.site.static if self.site.joined)]
            if self.site
            else tries
        )

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders to which a path from the root of the site may refer."""
        own = (*self.site.static, self.site.base) if self.site else ()
        return tuple(dict.fromkeys((*own, *ROOTS)))

    def local(self, address: str) -> str:
        """Return the path of an image in the book if *address* is on the site or in the repository of the book."""
        site = self.site
        if site is None or not address.startswith(("http://", "https://")):
            return address
        finder = Finder((), site_url=site.site_url, repository=site.repository)
        path = (finder.local(address) or "").partition("?")[0].partition("#")[0]
        paths = (posixpath.join(base, unquote(path.lstrip("/"))) for base in ("", *self.roots))
        lies = any(
            path.strip("/") and not leaves(file) and os.path.isfile(self.root / file)  # noqa: PTH113 - no path of a stranger raises here
            for file in paths
        )
        return path if lies else address

    def from_data(self, address: str, chapter: Chapter) -> _Image:
        """Return the picture in a ``data:`` address."""
        key = f"data:{digest(address.encode())}"
        if key not in self.by_source:
            try:
                data = svg.data_of(address, self.limits.image_bytes)
                self.by_source[key] = self.asset_of(data, quoted(address), chapter.source.path, "picture")
            except Refused as refusal:
                self.by_source[key] = refusal
        image = self.by_source[key]
        if isinstance(image, Refused):
            raise image
        return image

    def fetched(self, address: str) -> _Image | Refused:
        """Return the downloaded file of a remote image if it matches the lock file."""
        parts = remote.address_of(address)
        locked = self.lock.get(str(parts)) if parts else None
        if locked is None:
            instead = "it is left out" if self.drops else "its text is shown instead"
            message = f"the image {address!r} is not in the book; {instead}"
            return Refused(
                REMOTE, message, "run: book fetch, or put the file into the book's folder and write its path"
            )
        data = open_file(self.root, locked.file, limit=self.limits.image_bytes)
        if isinstance(data, Refusal) or digest(data) != locked.sha256:
            why = data.detail if isinstance(data, Refusal) else f"{locked.file!r} is not as {remote.FILE} says"
            message = f"the fetched image {address!r} cannot be used: {why}"
            return Refused(CHANGED, message, "run: book fetch")
        return self.file(locked.file, address)

    def file(self, name: str, address: str) -> _Image | Refused:
        """Return the image in the file *name*; each file is read once."""
        if name not in self.by_source:
            try:
                data = open_file(self.root, name, limit=self.limits.image_bytes)
                if isinstance(data, Refusal):
                    raise self.refused(data, name, address)
                stem = slug(posixpath.splitext(posixpath.basename(name))[0]) or "image"
                self.by_source[name] = self.asset_of(data, name, name, stem)
            except Refused as refusal:
                self.by_source[name] = refusal
        return self.by_source[name]

    def asset_of(self, data: bytes, name: str, path: str, stem: str) -> _Image:
        """Return the printed form of the picture *data*: the same asset for the same picture.

        Args:
            data: the content of a file, or of a ``data:`` address.
            name: its name in messages.
            path: the file that the author can open.
            stem: the beginning of the asset's name.
        """
        content, kind, ending, clear, faults = self.pictures.printed(data, name, self.limits)
        own = digest(content[0])
        if (own, ending) in self.by_content:
            earlier = self.by_content[own, ending]
            return _Image(asset=earlier.asset, clear=earlier.clear, faults=faults)
        mark = digest(data)
        length = 8
        while (called := f"images/{stem}-{mark[:length]}.{ending}") in self.names:
            length += 8  # two pictures with the same beginning of their digests
        self.names.add(called)
        sound, width, height = content
        asset = Asset(name=called, path=path, media_type=kind, data=sound, width=width, height=height)
        self.by_content[own, ending] = _Image(asset=asset, clear=clear, faults=faults)
        return self.by_content[own, ending]

    def refused(self, refusal: Refusal, name: str, address: str) -> Refused:
        """Return the problem for the *refusal* of a file."""
        if refusal.reason in ("outside", "symlink-outside"):
            return Refused(
                OUTSIDE,
                f"the image {address!r} is outside the book{'' if refusal.reason == 'outside' else f': {refusal.detail}'}",
                "copy the file into the book's folder",
            )
        if refusal.reason == "too-big":
            return Refused(
                TOO_LARGE, refusal.detail, "make the image smaller, or raise limits.image_bytes in handbound.toml"
            )
        if refusal.reason == "bad-name":
            return Refused(UNSAFE, refusal.detail, "write a path in the book")
        nearest_image = similar_files.nearest_image(self.root, name)
        fix = (
            f"did you mean {nearest_image}?" if nearest_image else "add the file, or write the path of an existing one"
        )
        return Refused(MISSING, f"there is no image {address!r}; its text is shown instead", fix)


def quoted(address: str) -> str:
    """Return *address* for messages and pages: without the data in it."""
    return f"{address.partition(',')[0][:40]},…" if scheme(address) == "data" else address
