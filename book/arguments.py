"""What the command line names: the folder of the book, and the output folder."""

from __future__ import annotations

import argparse
import errno
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from book.problems import SettingsError

CONTENT = "content"
"""The folder of the book where none is named and the current one is no book."""
OUT = Path("build")
"""The output folder where none is named."""


def complete(options: argparse.Namespace) -> argparse.Namespace:
    """Return *options*, with the default folder where a command takes a book, or several, and none is named."""
    if "book" in options and options.book is None:
        options.book = default_book()
        options.is_named = False
    for several in ("books", "files"):
        if several in options and not getattr(options, several):
            setattr(options, several, [default_book()])
            options.is_named = False
    if getattr(options, "book", None):
        options.book = _whole(options.book)
    if "books" in options:
        options.books = [_whole(book) for book in options.books]
    return options


def _whole(folder: Path) -> Path:
    """Return the folder of the whole book, of which *folder* may be a part: the settings of its site, or its chapters."""
    if os.path.lexists(folder / "handbound.toml") or not os.path.isdir(folder):  # noqa: PTH112 - no path of a stranger raises here
        return folder
    try:
        is_versioned = any(os.path.exists(path / ".git") for path in folder.resolve().parents)  # noqa: PTH110 - no path of a stranger raises here
    except OSError:
        return folder
    if not is_versioned:
        return folder
    from book.sites.around import around  # noqa: PLC0415 - most books have settings of their own

    return around(folder)


def default_book() -> Path:
    """Return the folder of the book where none is named: the current one with its settings, or with chapters or a site and no ``content``."""
    current, content = Path(), Path(CONTENT)
    if Path("handbound.toml").exists():
        return current
    if content.is_dir():
        return content
    try:
        chapters = any(path.suffix in (".md", ".mdx", ".qmd", ".Rmd", ".markdown") for path in current.iterdir())
    except OSError:
        return content
    if chapters:
        return current
    from book import sites  # noqa: PLC0415 - --help must be quick

    return current if sites.recognise(current)[0] or _whole(current) != current else content


def path(text: str) -> Path:
    """Return the path *text*, as of a variable that a script has set; argparse reports the error otherwise."""
    if not text.strip():
        raise argparse.ArgumentTypeError("its name is empty")
    try:
        os.lstat(text)
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EACCES):
            from book.problems import printable  # noqa: PLC0415 - --help must be quick

            raise argparse.ArgumentTypeError(f"{printable(text)}: {error.strerror}") from None
    return Path(text)


def out_of(options: argparse.Namespace) -> Path:
    """Return the output folder from the command line.

    The author may name a link to a folder. But the default folder, `build` beside a stranger's book, must not be a link.
    """
    if options.out is None and OUT.is_symlink():
        from book.problems import PublishError, Subject  # noqa: PLC0415
        from book.seal import NOT_A_FOLDER  # noqa: PLC0415

        fix = f"remove it, or name the folder that it leads to: -o {OUT}"
        raise PublishError(NOT_A_FOLDER.at(Subject(name=str(OUT)), "the output folder is a link", fix=fix))
    out: Path = options.out or OUT
    file = next((path for path in (out, *out.parents) if os.path.lexists(path)), out)
    if file.exists() and not file.is_dir():
        from book.problems import SettingsError, Subject  # noqa: PLC0415
        from book.seal import CANNOT_WRITE  # noqa: PLC0415

        fault = CANNOT_WRITE.at(Subject(name=str(file)), "this is a file, not a folder", fix="name a folder: -o OUT")
        raise SettingsError(fault)
    from book.catalogue import EDITIONS  # noqa: PLC0415 - --help must be quick

    suffix = out.suffix.lower()
    names = [name for name, edition in EDITIONS.items() if edition.suffix == suffix]
    if (names or suffix == ".md") and not out.exists():
        from book.problems import SettingsError, Subject  # noqa: PLC0415
        from book.seal import CANNOT_WRITE  # noqa: PLC0415

        kind = f" -e {names[0]}" if names else ""
        fix = f"-o names the folder of the editions, which have the name of the book: -o {shlex.quote(out.stem)}{kind}"
        raise SettingsError(
            CANNOT_WRITE.at(Subject(name=str(out)), "this is the name of a file, not of a folder", fix=fix)
        )
    return out


def check_words(options: argparse.Namespace) -> None:
    """Raise :class:`SettingsError` if editions stand among the books, as in ``book build docs epub``, or files among several books."""
    from book.catalogue import EDITIONS  # noqa: PLC0415
    from book.source.named import is_file  # noqa: PLC0415

    whole = " ".join(map(str, options.books))
    if len(options.books) > 1 and os.path.lexists(whole) and not all(map(os.path.lexists, options.books)):
        fix = f"write quotes around a name with spaces: book build {shlex.quote(whole)}"
        raise _no_book(str(options.books[0]), "this is only the first word of a name", fix)
    if len(options.books) > 1 and (files := [book for book in options.books if is_file(book)]):
        fix = f"name their folder: book build {shlex.quote(str(files[0].parent))}; or build one file after the other"
        raise _no_book(str(files[0]), "a single file is a whole book, and cannot be one of several", fix)
    if words := [str(book) for book in options.books if str(book) in EDITIONS and not book.is_dir()]:
        fix = f"editions are named with -e, several with commas: -e {','.join((*options.edition, *words))}"
        raise _no_book(words[0], "this is an edition, not the folder of a book", fix)


def check_book(options: argparse.Namespace, folder: Path, *, may_be_file: bool = True) -> None:
    """Raise :class:`SettingsError` if the *folder* of a book does not exist.

    A Markdown file in its place is a whole book, unless it is a chapter: of a folder with settings, or of a site.
    """
    check_named(options, folder)
    if not folder.is_dir():
        from book.source.named import is_file  # noqa: PLC0415 - for a file only

        if is_file(folder):
            home = shlex.quote(str(folder.parent))
            if may_be_file and not _is_chapter(folder):
                return
            fix = f"build the folder: book {options.command} {home}; or give a book of this file a folder of its own"
            raise _no_book(str(folder), f"this is a chapter of the book in {home}", fix)
        from book.source.no_folder import no_folder  # noqa: PLC0415 - for an error only

        raise _no_book(*no_folder(folder, f"name the folder that holds the chapters: book {options.command} FOLDER"))


def _is_chapter(file: Path) -> bool:
    """Return whether *file* is a chapter among others: its folder has settings of its own, or belongs to a site."""
    from book.source.named import SUFFIXES  # noqa: PLC0415 - --help must be quick

    home = file.parent
    try:
        files = [path for path in home.iterdir() if path.suffix.lower() in SUFFIXES]
    except OSError:
        return False
    if len(files) == 1:
        return False
    if os.path.lexists(home / "handbound.toml"):
        return True
    from book import sites  # noqa: PLC0415 - --help must be quick

    return sites.recognise(home)[0] is not None or _whole(home) != home


def check_named(options: argparse.Namespace, folder: Path) -> None:
    """Raise :class:`SettingsError` if no book is named, and *folder*, the default one, does not exist."""
    if not getattr(options, "is_named", True) and not folder.exists():
        fix = f"name the folder of the book: book {options.command} FOLDER; to start a book: book new FOLDER"
        raise _no_book(str(Path()), "this folder holds no Markdown", fix)


def _no_book(name: str, message: str, fix: str) -> SettingsError:
    from book.problems import SettingsError, Subject  # noqa: PLC0415
    from book.settings import NO_BOOK  # noqa: PLC0415

    return SettingsError(NO_BOOK.at(Subject(name=name), message, fix=fix))
