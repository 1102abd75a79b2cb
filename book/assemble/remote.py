"""Remote images: the lock file of a book, which maps addresses to files. Nothing is downloaded here.

`book fetch` writes handbound.lock and the files; a build reads them, and uses a file only if it matches the lock file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from book.notation import toml
from book.problems import Kind, Place, Problem, Severity, place_of
from book.safe_open import Refusal, open_file
from book.seal import is_digest
from book.style.links import whatwg

LOCK = Kind("I120", Severity.WARNING, "a lock file that book fetch did not write")

FILE = "handbound.lock"
FOLDER = "images/remote"
"""Folder of the files, relative to the book's folder."""
NAME = rf"{FOLDER}/\w[\w.-]*"
VERSION = 1
LIMIT = 20_000_000
"""The most bytes of a lock file."""
HEAD = f"""\
# Written by `book fetch`: the remote images of this book, and the files that a build uses in their place.
version = {VERSION}
"""


class Locked(Struct, frozen=True, kw_only=True):
    """A remote image that is in the book."""

    address: str
    """In the form of :func:`address_of`."""
    file: str
    """Path in the book's folder."""
    media_type: str
    bytes: int
    sha256: str
    """SHA-256 of the file."""
    fetched: str
    """The day of the download, as 2026-01-31."""


Lock = dict[str, Locked]
"""The images by their address."""


def address_of(text: str) -> whatwg.Address | None:
    """Return the http or https address of an image without its fragment; None for any other address.

    >>> str(address_of("//Example.org/a b.png#x")), address_of("a.png")
    ('https://example.org/a%20b.png', None)
    """
    text = text.strip()
    text = f"https:{text}" if text.startswith("//") else text
    parts = whatwg.parse(text) if re.match(r"https?:", text, re.IGNORECASE) else None
    return replace(parts, fragment=None) if parts else None


def read(root: Path) -> tuple[Lock, tuple[Problem, ...]]:
    """Return the lock of the book in *root*, empty if there is none; and what is wrong with the file."""
    data = open_file(root, FILE, limit=LIMIT)
    if isinstance(data, Refusal):
        if data.reason == "missing":
            return {}, ()
        return {}, (_fault(Place(path=FILE), data.detail),)
    try:
        text = data.decode("utf-8")
        table = toml.read(text).table
        if table.get("version") != VERSION:
            raise ValueError(f"its version is not {VERSION}")  # noqa: TRY301 - all faults are told in one way
        rows = table.get("image", [])
        images = [_row(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    except toml.TomlError as error:
        return {}, (_fault(place_of(text, error.at, FILE), f"this is not TOML: {error.why}"),)
    except ValueError as error:
        return {}, (_fault(Place(path=FILE), str(error)),)
    return {image.address: image for image in images}, ()


def _fault(place: Place, why: str) -> Problem:
    message = f"the lock of the remote images cannot be used: {why}"
    return LOCK.at(place, message, fix="remove the file and run: book fetch")


def _row(row: dict[str, object]) -> Locked:
    """Return one table of the lock as a value.

    Raises:
        ValueError: `book fetch` does not write such a table.
    """
    texts = {key: row.get(key) for key in ("address", "file", "media_type", "sha256", "fetched")}
    size = row.get("bytes")
    if set(row) != {*texts, "bytes"} or not isinstance(size, int):
        raise ValueError("an entry has other keys than those that book fetch writes")
    strings = {key: value for key, value in texts.items() if isinstance(value, str)}
    if len(strings) < len(texts) or not is_digest(strings["sha256"]) or not re.fullmatch(NAME, strings["file"]):
        raise ValueError("an entry has a value that book fetch does not write")
    return Locked(bytes=size, **strings)


def dumped(images: Iterable[Locked]) -> bytes:
    """Return the lock file of *images*, sorted by address."""
    text = HEAD
    for image in sorted(images, key=lambda image: image.address):
        text += "\n[[image]]\n"
        for key, value in asdict(image).items():
            text += f"{key} = {toml.quoted(value) if isinstance(value, str) else value}\n"
    return text.encode()
