"""`book fetch`: downloads the remote images of a book into the book, so that builds need no network.

Each image is checked before it is written, as in a build: by its content, within the limits, with drawings cleaned. An image that
cannot be downloaded is reported at its place, and the others are still fetched. A file is written whole or not at all, and
handbound.lock (see :mod:`book.assemble.remote`) names only files that exist.
"""

from __future__ import annotations

import contextlib
import functools
import posixpath
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from msgspec import Struct

from book import press, seal, workers
from book.assemble import illustrate, remote
from book.assemble.printed_pictures import picture
from book.assemble.spine import slug
from book.fetching.download import Network, NotFetched
from book.images.rasters import Refused
from book.printing import Progress
from book.problems import Kind, Place, Problem, PublishError, Severity, Subject, printable, worst
from book.safe_open import Refusal, open_file
from book.settings import FILE as SETTINGS
from book.settings import Limits
from book.style.links.whatwg import Address

NOT_FETCHED = Kind("I122", Severity.WARNING, "a remote image that was not fetched")
NOT_LOCKED = Kind("I123", Severity.WARNING, "a remote image that is not in the lock file")
UNWRITABLE = Kind("I124", Severity.ERROR, "fetched images that cannot be written")
LONGEST_NAME = 40
BATCH = 16
"""The most images that are fetched before they are written: they are all kept in memory."""


class Fetched(Struct, frozen=True, kw_only=True):
    """The result of `book fetch`."""

    files: tuple[str, ...] = ()
    """Files that were written, in the order of the book."""
    reused: int = 0
    """The number of images that were already in the book."""
    removed: tuple[str, ...] = ()
    """Files of images that the book no longer shows, which were removed."""
    problems: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every remote image of the book is now in the book."""
        return not self.problems


class _RemoteImage(Struct, frozen=True, kw_only=True):
    """A remote image of the book."""

    address: Address | None
    """None if no browser could read it."""
    typed: str
    place: Place


class _Image(Struct, frozen=True, kw_only=True):
    """A picture, ready to be written."""

    data: bytes
    media_type: str
    ending: str


def fetch(
    source: Path,
    *,
    system: str = "",
    update: bool = False,
    check: bool = False,
    progress: Progress = press.silent,
    network: Network | None = None,
) -> Fetched:
    """Download the remote images of the book in *source* into its folder, and write the lock file.

    Args:
        source: the book.
        system: the site generator that gives the order; empty: the best match.
        update: whether to fetch images again that are already there.
        check: whether only to report missing images; nothing is fetched or written.
        progress: receives a line for each piece of work that begins.
        network: the network settings; None for the defaults.

    Raises:
        BookError: the book cannot be read, or its folder cannot be written.
    """
    read = press.resolved(source, system, progress)
    source = read.request.source
    lock, faults = remote.read(source)
    if faults and not check:
        raise PublishError(faults)
    limits = read.settings.limits
    images = tuple(_once_each(illustrate.remote_images(read.value, source, read.site)))
    for key, address in (("logo", read.settings.logo), ("cover", read.settings.cover)):
        if illustrate.is_remote(address):
            place = read.settings.places.get(key, Place(path=SETTINGS))
            images = tuple(_once_each([(address, place), *((image.typed, image.place) for image in images)]))
    stands = {str(image.address) for image in images if _stands(source, lock.get(str(image.address)), limits)}
    missing = [image for image in images if update or str(image.address) not in stands]
    if check:
        return Fetched(reused=len(images) - len(missing), problems=(*faults, *map(_not_locked, missing)))
    with _disk_errors_as_problems(source):
        fetching = _Fetching(source, lock, limits, progress)
        fetching.fetch(missing, network or Network())
        complete = worst(read.problems) is not Severity.ERROR  # a chapter that cannot be read may show some, too
        removed = fetching.tidy({str(image.address) for image in images}) if complete else ()
    return Fetched(
        files=tuple(fetching.files),
        reused=len(images) - len(missing),
        removed=removed,
        problems=tuple(fetching.problems),
    )


def _once_each(images: Sequence[tuple[str, Place]]) -> Iterator[_RemoteImage]:
    """Yield each remote image once, at its first place."""
    addresses: set[str] = set()
    for typed, place in images:
        address = remote.address_of(typed)
        name = str(address) if address else typed
        if name not in addresses:
            addresses.add(name)
            yield _RemoteImage(address=address, typed=typed, place=place)


def _stands(source: Path, locked: remote.Locked | None, limits: Limits) -> bool:
    """Return whether the file of an image matches the lock."""
    data = open_file(source, locked.file, limit=limits.image_bytes) if locked else b""
    return locked is not None and not isinstance(data, Refusal) and seal.digest(data) == locked.sha256


def _not_locked(image: _RemoteImage) -> Problem:
    return NOT_LOCKED.at(image.place, f"the image {image.typed!r} is not in the book", fix="run: book fetch")


class _Fetching:
    """The images of one run, written as they arrive."""

    def __init__(self, source: Path, lock: remote.Lock, limits: Limits, progress: Progress) -> None:
        self.source = source
        self.lock = dict(lock)
        self.limits = limits
        self.progress = progress
        self.files: list[str] = []
        self.problems: list[Problem] = []
        self._bytes = 0

    def fetch(self, images: Sequence[_RemoteImage], network: Network) -> None:
        """Fetch and write *images*, in batches."""
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH]
            pool = ThreadPoolExecutor(workers.THREADS)
            call = functools.partial(self._fetched, network)
            with workers.in_order(pool, call, batch, network.stop) as answers:
                for number, (image, answer) in enumerate(zip(batch, answers, strict=True), start + 1):
                    self.progress(f"fetching image {number} of {len(images)}")
                    self._take(image, answer)
            self._write_lock()

    def _fetched(self, network: Network, image: _RemoteImage) -> _Image | NotFetched:
        """Return the checked image at an address, or why there is none."""
        if image.address is None:
            return NotFetched("this is no address", "correct it")
        if self._bytes >= self.limits.fetch_bytes:
            allowed = f"{self.limits.fetch_bytes:,}"
            return NotFetched(
                f"the images before it have the {allowed} bytes that are allowed", "raise limits.fetch_bytes"
            )
        try:
            data, media_type = network.fetch(image.address, self.limits.image_bytes)
            self._bytes += len(data)
            return _checked(data, image.typed, media_type, self.limits)
        except NotFetched as refusal:
            return refusal

    def _take(self, image: _RemoteImage, answer: _Image | NotFetched) -> None:
        """Write an image, or report why there is none."""
        if isinstance(answer, NotFetched):
            message = f"the image {image.typed!r} was not fetched: {answer.message}"
            self.problems.append(NOT_FETCHED.at(image.place, message, fix=answer.fix))
            return
        address, digest = str(image.address), seal.digest(answer.data)
        before = self.lock.get(address)
        stem = posixpath.splitext(posixpath.basename(unquote(image.address.path if image.address else "")))[0]
        name = f"{remote.FOLDER}/{slug(stem)[:LONGEST_NAME].strip('-') or 'image'}-{digest[:12]}.{answer.ending}"
        folder = _own_folder(self.source)
        seal.write(folder / posixpath.basename(name), answer.data)
        unchanged = before is not None and before.sha256 == digest
        self.lock[address] = remote.Locked(
            address=address,
            file=name,
            media_type=answer.media_type,
            bytes=len(answer.data),
            sha256=digest,
            fetched=before.fetched if before and unchanged else datetime.now(UTC).date().isoformat(),
        )
        self.files.append(name)

    def tidy(self, addresses: set[str]) -> tuple[str, ...]:
        """Forget images that the book does not show, and remove their files if they are unchanged since they were fetched."""
        unused = [locked for address, locked in self.lock.items() if address not in addresses]
        self.lock = {address: locked for address, locked in self.lock.items() if address in addresses}
        self._write_lock()
        needed = {locked.file for locked in self.lock.values()}
        removed = []
        for locked in unused:
            if locked.file not in needed and _stands(self.source, locked, self.limits):
                (_own_folder(self.source) / posixpath.basename(locked.file)).unlink()
                removed.append(locked.file)
        return tuple(removed)

    def _write_lock(self) -> None:
        """Write the lock file if it has changed."""
        data = remote.dumped(self.lock.values())
        path = self.source / remote.FILE
        if not self.lock and not path.exists():
            return
        if open_file(self.source, remote.FILE, limit=remote.LIMIT) != data:
            seal.write(path, data)


def _checked(data: bytes, name: str, media_type: str, limits: Limits) -> _Image:
    """Return the picture *data* as it is written into the book: drawings cleaned, others unchanged.

    Raises:
        NotFetched: a build could not print it.
    """
    try:
        (clean, _, _), kind, ending, _, _ = picture(data, name, limits)
    except Refused as refusal:
        label = f" (the server calls it {printable(media_type, 60)})" if media_type else ""
        raise NotFetched(f"{refusal.message}{label}", refusal.fix) from refusal
    return _Image(data=clean if kind == "image/svg+xml" else data, media_type=kind, ending=ending)


def _own_folder(source: Path) -> Path:
    """Return the folder of the fetched images, created if necessary; no link leads out of the book."""
    folder = source
    for name in remote.FOLDER.split("/"):
        folder /= name
        if folder.is_symlink():
            message = "this is a link; fetched images are written only into a folder of the book"
            raise PublishError(UNWRITABLE.at(Subject(name=str(folder)), message, fix="replace it with a folder"))
        folder.mkdir(exist_ok=True)
    return folder


@contextlib.contextmanager
def _disk_errors_as_problems(source: Path) -> Iterator[None]:
    """Turn an error of the system into a :class:`PublishError` with a place."""
    try:
        yield
    except OSError as error:
        place = Subject(name=str(error.filename or source))
        message = f"cannot write here: {error.strerror or error}"
        fix = "make the book's folder writable, or free some disk space"
        raise PublishError(UNWRITABLE.at(place, message, fix=fix)) from error
