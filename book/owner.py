"""Which book an output folder belongs to: the editions of two books must never mix, nor editions and chapters."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from book import report, seal
from book.images import ENDINGS
from book.model import Book
from book.problems import Kind, SettingsError, Severity, Subject, printable
from book.seal.files import is_folder, names_handbound
from book.source.manuscript import OTHER_SUFFIXES, OUTPUTS, SUFFIXES

ANOTHER_BOOK = Kind("S108", Severity.ERROR, "an output folder with the editions of another book")
IN_THE_BOOK = Kind(
    "S109", Severity.ERROR, "an output folder that is the book's own folder, or one with files of the book"
)

KEYS = ("title", "identifier", "folder")
MATERIAL = frozenset({*SUFFIXES, *OTHER_SUFFIXES, *ENDINGS})
"""Endings of files of which books are made."""
MOST = 2_000
"""The most files and folders that are visited to find such a file."""


class Owner(Struct, frozen=True, kw_only=True):
    """The book to which an output folder belongs."""

    title: str
    identifier: str
    folder: str
    """A digest of the way from the output folder to the book: a folder that is published reveals nothing about the machine."""

    @classmethod
    def of(cls, book: Book, source: Path, out: Path) -> Owner:
        """Return the *book* in the folder *source* as the owner of the folder *out*."""
        way = os.path.relpath(os.path.realpath(source), os.path.realpath(out))
        folder = seal.digest(way.encode("utf-8", "surrogateescape"))
        return cls(title=book.metadata.title, identifier=book.metadata.identifier, folder=folder)

    def is_same(self, other: Owner) -> bool:
        """Return whether *other* is this book, perhaps with another title, or in another folder."""
        return self.folder == other.folder or self.identifier == other.identifier


def keep(stage: seal.Stage, book: Book, source: Path) -> None:
    """Record that the set of *stage* is of *book*, which is in the folder *source*."""
    owner = Owner.of(book, source, stage.folder)
    with contextlib.suppress(OSError):  # without a record, only a later mistake is not noticed
        table = {key: getattr(owner, key) for key in KEYS}
        seal.write(stage.hidden / seal.OWNER, json.dumps(table).encode(), durable=False)


def check_owner(out: Path, written: Iterable[str], book: Book, source: Path, *, builds: bool) -> None:
    """Check that the output folder *out* holds no editions, or those of *book*, which is in the folder *source*.

    Without a record, as in a folder that was copied, another book is one with another title and without a chapter of this one.

    Args:
        out: the output folder.
        written: the files that builds wrote into it.
        book: the book that was read.
        source: its folder.
        builds: whether the editions are to be built, not only checked.

    Raises:
        SettingsError: it holds the editions of another book.
    """
    owner = _recorded(out)
    if owner is None:
        title = _other_title(out, book)
    else:
        title = "" if owner.is_same(Owner.of(book, source, out)) else owner.title
    if not title or not any(os.path.lexists(out / name) for name in (report.FILE, *written)):
        return
    message = f"this folder holds the editions of “{printable(title)}”, not of “{printable(book.metadata.title)}”"
    named = shlex.quote(str(out))
    if builds:
        fix = f"name another folder with -o; or remove those editions first: book clean --all -o {named}"
    else:
        fix = f"name the folder with the editions of this book with -o; or the other book: book check BOOK -o {named}"
    raise SettingsError(ANOTHER_BOOK.at(Subject(name=str(out)), message, fix=fix))


def _recorded(out: Path) -> Owner | None:
    """Return the owner that the folder *out* records; None if there is no record."""
    try:
        table = json.loads(seal.contents(out / seal.HIDDEN / seal.OWNER) or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(table, dict) or not all(isinstance(table.get(key), str) and table[key] for key in KEYS):
        return None
    return Owner(**{key: table[key] for key in KEYS})


def _other_title(out: Path, book: Book) -> str:
    """Return the title in the report in *out* if it is of another book than *book*; empty if it is not, or if there is none."""
    earlier = report.read_listing(out)
    if earlier is None or earlier.title == book.metadata.title:
        return ""
    return (
        ""
        if any(chapter.source.file in earlier.chapters for chapter in book.spine if not chapter.is_made)
        else earlier.title
    )


def check_place(source: Path, out: Path) -> None:
    """Check that editions written into the folder *out* do not get among the files of the book in *source*.

    Raises:
        SettingsError: *out* is the folder of the book, or a folder in it that holds chapters or pictures.
    """
    home, own = os.path.realpath(source), os.path.realpath(out)
    fix = f"name a folder for the editions alone: -o {shlex.quote(str(source / 'build'))}"
    if home == own:
        raise SettingsError(IN_THE_BOOK.at(Subject(name=str(out)), "this is the folder of the book itself", fix=fix))
    if not f"{own}/".startswith(f"{home}/") or os.path.lexists(out / seal.HIDDEN):
        return
    if os.path.relpath(own, home) in OUTPUTS:
        return
    if (name := next(_material(Path(own)), None)) is not None:
        message = f"this folder of the book holds files of it, such as {printable(name)}; editions would get among them"
        raise SettingsError(IN_THE_BOOK.at(Subject(name=str(out)), message, fix=fix))


def _material(folder: Path) -> Iterator[str]:
    """Yield the files in *folder* of which a book may be made, by their path in it; no build wrote them."""
    visited = 0
    for above, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and is_folder(Path(above, name)))
        for name in sorted(files):
            path = Path(above, name)
            if path.suffix.lower() in MATERIAL and not names_handbound(path):
                yield path.relative_to(folder).as_posix()
        visited += len(folders) + len(files)
        if visited > MOST:
            return
