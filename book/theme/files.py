"""The files of a theme: regular files inside its own folder, limited in size, text in UTF-8.

A theme, like a book, may come from a stranger. A link that leads out of its folder, a pipe or a device is an error
at the file. Built-in themes are trusted, wherever an installer has put their files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from book.problems import Kind, Place, Problem, Severity, ThemeError, printable
from book.safe_open import inside, open_file
from book.surroundings import THEMES

NO_FILE = Kind("T130", Severity.ERROR, "a file of a theme that cannot be read")
NO_TEXT = Kind("T131", Severity.ERROR, "a file of a theme that is not UTF-8")
CROWDED = Kind("T132", Severity.ERROR, "a theme with too many files, or with folders nested too deeply")

TEXT = 2_000_000
"""The most bytes of a template, a style sheet or a TOML file."""
FACE = 64_000_000
"""The most bytes of a typeface: the largest Chinese ones have some 25 million."""
FILES = 1_000
DEPTH = 8


class Folder(Struct, frozen=True, kw_only=True):
    """The folder of one theme."""

    path: Path
    built_in: bool = False
    """Whether it comes with Handbound."""
    _read: dict[str, str | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name of the theme."""
        return self.path.name

    def place(self, name: str, line: int = 1, column: int = 1) -> Place:
        """Return the place of its file *name*, for messages."""
        return Place(path=f"themes/{self.name}/{name}", line=line, column=column)

    def check(self) -> None:
        """Raise ThemeError if the folder itself is a link that leads out of the folder of themes."""
        home = os.path.realpath(self.path.parent)
        if not self.built_in and os.path.realpath(self.path) != f"{home}{os.sep}{self.name}":
            message = "the folder of this theme is a link"
            raise ThemeError(
                NO_FILE.at(self.place(""), message, fix="put the files of the theme into the folder itself")
            )

    def text(self, name: str) -> str | None:
        """Return the text of the file *name*, or None if it does not exist.

        Raises:
            ThemeError: it is not a regular file of the theme, is too large, or is not UTF-8.
        """
        if name not in self._read:
            data = self.data(name, limit=TEXT)
            self._read[name] = None if data is None else self._decoded(name, data)
        return self._read[name]

    def _decoded(self, name: str, data: bytes) -> str:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            place = self.place(name, data[: error.start].count(b"\n") + 1)
            raise ThemeError(NO_TEXT.at(place, "this line is not UTF-8", fix="save the file as UTF-8")) from error

    def data(self, name: str, *, limit: int) -> bytes | None:
        """Return the bytes of the file *name*, or None if it does not exist.

        Raises:
            ThemeError: see :meth:`text`.
        """
        if self.built_in:
            path = self.path / name
            return path.read_bytes() if path.is_file() else None
        content = open_file(self.path, name, limit=limit)
        if isinstance(content, bytes):
            return content
        if content.reason == "missing" and not os.path.lexists(self.path / name):
            return None
        raise ThemeError(self.refused(name, content.detail.replace("the book", "the theme")))

    def refused(self, name: str, detail: str) -> Problem:
        """Return the problem that the file *name* cannot be read."""
        return NO_FILE.at(
            self.place(name), detail, fix="replace it with a regular file of the theme's own, or remove it"
        )

    def names(self, kind: str, ending: str) -> tuple[str, ...]:
        """Return the names of the files in the folder *kind* that end with *ending*, relative to it; sorted.

        Raises:
            ThemeError: there are too many of them.
        """
        names = []
        for count, path in enumerate(self._walk(self.path / kind), 1):
            if count > FILES:
                message = f"more than {FILES} files; a theme has a few dozen"
                raise ThemeError(CROWDED.at(self.place(kind), message, fix="remove what does not belong to the theme"))
            if path.name.endswith(ending):
                names.append(path.relative_to(self.path / kind).as_posix())
        return tuple(sorted(names))

    def _walk(self, folder: Path, depth: int = 1) -> Iterator[Path]:
        """Yield the files in *folder* and its subfolders; links are not followed."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            detail = f"the folder cannot be read ({error.strerror})"
            raise ThemeError(self.refused(folder.relative_to(self.path).as_posix(), detail)) from error
        for entry in entries:
            yield Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if depth == DEPTH:
                    place = self.place(printable(Path(entry.path).relative_to(self.path).as_posix()))
                    raise ThemeError(CROWDED.at(place, f"folders deeper than {DEPTH}", fix="move the files up"))
                yield from self._walk(Path(entry.path), depth + 1)


def house() -> Path:
    """Return the folder of the built-in themes, in a wheel or in a checkout."""
    return Path(THEMES)


def folders(home: Path, *, built_in: bool = False) -> dict[str, Folder]:
    """Return the themes in the folder *home*, by name; none if the folder does not exist.

    Raises:
        ThemeError: the folder is a link that leads out of the book.
    """
    if not os.path.isdir(home):  # noqa: PTH112 - no path of a stranger raises here
        return {}
    if not built_in and not inside(os.path.realpath(home), os.path.realpath(home.parent)):
        place = Place(path=home.name)
        fix = "put the folder into the book itself"
        raise ThemeError(NO_FILE.at(place, "the themes folder is a link that points outside the book", fix=fix))
    try:
        inner = sorted(home.iterdir())
    except OSError:  # it is closed
        return {}
    return {
        folder.name: Folder(path=folder, built_in=built_in)
        for folder in inner
        if os.path.lexists(folder / "theme.toml")
    }
