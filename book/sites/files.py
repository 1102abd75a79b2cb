"""The settings files of site generators, read tolerantly; a file that cannot be read is reported and ignored."""

from __future__ import annotations

import os
import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from book.notation import NotationError, Spot, conflicts, javascript, read_json, read_loose_yaml, read_toml, toml, truth
from book.notation.javascript import Module
from book.problems import Kind, Place, Problem, Severity, printable
from book.safe_open import Refusal, inside, open_file

BROKEN_NAV = Kind("O110", Severity.WARNING, "a nav file that cannot be read")
NOT_LITERAL = Kind("O118", Severity.WARNING, "a nav file that is a program: what only running it would show")

LIMIT = 2_000_000
"""The most bytes of a navigation file."""
MOST_NAMES = 20_000
"""The most names of a folder that are read."""
DEPTH = 32
PROGRAMS = (".ts", ".js", ".mts", ".mjs", ".cjs", ".json")


class Ruler(Struct, frozen=True):
    """Finds the places of offsets without counting from the top each time."""

    path: str
    text: str
    starts: list[int] = field(default_factory=list)

    def place(self, at: int) -> Place:
        """Return the place of the offset *at*."""
        if not self.starts:
            self.starts.extend([0, *(line.end() for line in re.finditer("\n", self.text))])
        line = bisect_right(self.starts, at)
        return Place(path=self.path, line=line, column=at - self.starts[line - 1] + 1)


def text_of(spot: Spot | None) -> str | None:
    """Return the text of a value, None if it is not text."""
    return spot.value if spot and isinstance(spot.value, str) else None


def texts_of(spot: Spot | None) -> tuple[str, ...]:
    """Return the texts of a value that is a text or a list of texts; for a table, the text under ``name``."""
    items = spot.value if spot and isinstance(spot.value, tuple) else (spot,)
    named = (item.value.get("name", item) if item and isinstance(item.value, Mapping) else item for item in items)
    return tuple(text for item in named if (text := text_of(item)))


def items_of(spot: Spot | None) -> tuple[Spot, ...]:
    """Return the items of a list, none for any other value."""
    return spot.value if spot and isinstance(spot.value, tuple) else ()


def table_of(spot: Spot | None) -> Mapping[str, Spot]:
    """Return a table, an empty one for any other value."""
    return spot.value if spot and isinstance(spot.value, Mapping) else {}


class Document(Struct, frozen=True, kw_only=True):
    """A settings file as a value in which every part has its place."""

    path: str
    root: Spot
    ruler: Ruler
    left_out: tuple[tuple[int, str], ...] = ()
    """For a program: offset and code of everything that only running it would show."""

    def get(self, *keys: str) -> Spot | None:
        """Return the value under *keys*, each in the one before."""
        spot: Spot | None = self.root
        for key in keys:
            spot = table_of(spot).get(key)
        return spot

    def text(self, *keys: str) -> str | None:
        """Return the text under *keys*, stripped; None if there is none."""
        return (text_of(self.get(*keys)) or "").strip() or None

    def texts(self, *keys: str) -> tuple[str, ...]:
        """Return the texts under *keys*."""
        return texts_of(self.get(*keys))

    def truth(self, *keys: str) -> bool | None:
        """Return the boolean under *keys*, None if there is none."""
        return truth(self.text(*keys) or "")

    def place(self, spot: Spot, *, key: bool = False) -> Place:
        """Return the place of *spot*, or of its *key*."""
        return self.ruler.place(spot.key_at if key and spot.key_at >= 0 else spot.at)


class Files:
    """The files of a book's folder, each read once."""

    def __init__(self, root: Path) -> None:
        """Read files of *root*."""
        self.root = root
        self.problems: list[Problem] = []
        self.texts: dict[str, str | None] = {}
        self.documents: dict[str, Document | None] = {}
        self.listings: dict[str, frozenset[str]] = {}
        """The names in each folder that was listed."""
        self.pages: tuple[str, ...] | None = None

    def exists(self, path: str) -> bool:
        """Return whether *path* is a file or folder inside the book; nothing is opened."""
        steps = path.strip("/").split("/")
        plain = path not in ("", ".") and not {"", ".", ".."} & set(steps)
        if plain and not self.is_named(steps):
            return False  # for thousands of missing names, the disk is slow
        home = os.path.realpath(self.root)
        real = os.path.realpath(f"{home}/{path}") if "\0" not in path else ""
        return inside(real, home) and os.path.exists(real)  # noqa: PTH110 - no path of a stranger raises here

    def is_named(self, steps: list[str]) -> bool:
        """Return whether the listings of the folders, each read once, contain all *steps* of a path."""
        folder = ""
        for step in steps:
            if folder not in self.listings:
                try:
                    self.listings[folder] = frozenset(os.listdir(f"{self.root}/{folder}"))  # noqa: PTH208 - no path of a stranger raises here
                except (OSError, ValueError):
                    self.listings[folder] = frozenset()
            if step not in self.listings[folder]:
                return False
            folder = f"{folder}{step}/"
        return True

    def is_file(self, path: str) -> bool:
        """Return whether *path* is a file inside the book; nothing is opened."""
        return self.exists(path) and os.path.isfile(f"{self.root}/{path}")  # noqa: PTH113 - the same

    def is_folder(self, path: str) -> bool:
        """Return whether *path* is a folder inside the book."""
        return self.exists(path) and os.path.isdir(f"{self.root}/{path}")  # noqa: PTH112 - the same

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in *folder*; none if it is not a folder of the book."""
        if not self.is_folder(folder or "."):
            return ()
        try:
            return tuple(sorted(os.listdir(f"{self.root}/{folder}"))[:MOST_NAMES])  # noqa: PTH208 - the same
        except OSError:
            return ()

    def fitting(self, glob: str) -> tuple[str, ...]:
        """Return the sorted files of the book whose paths match a *glob* with one ``*`` for a folder."""
        before, _, after = glob.partition("*")
        folder = before.rpartition("/")[0]
        names = (f"{folder}/{name}".lstrip("/") for name in self.names(folder))
        return tuple(path for name in names if name.startswith(before) and self.is_file(path := f"{name}{after}"))

    def markdown(self) -> tuple[str, ...]:
        """Return the Markdown files of the book's folder except hidden ones; for a very large folder, the first ones."""
        if self.pages is None:
            pages: list[str] = []
            for where, folders, names in os.walk(self.root):
                folders[:] = sorted(
                    name for name in folders if not name.startswith((".", "_")) and name != "node_modules"
                )
                inside = os.path.relpath(where, self.root)
                pages += (
                    name if inside == "." else f"{inside}/{name}"
                    for name in sorted(names)
                    if name.lower().endswith((".md", ".mdx", ".markdown"))
                    and (not name.startswith((".", "_")) or name == "_index.md")
                )
                if len(pages) > MOST_NAMES:
                    break
            self.pages = tuple(pages)
        return self.pages

    def holds(self, folder: str, suffixes: tuple[str, ...]) -> bool:
        """Return whether *folder* or a folder below it contains a file whose name ends in one of *suffixes*."""
        if not self.is_folder(folder or "."):
            return False
        looked_at = 0
        for _, folders, names in os.walk(f"{self.root}/{folder}"):
            folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
            if any(name.lower().endswith(suffixes) for name in names):
                return True
            looked_at += len(names)
            if looked_at > MOST_NAMES:
                break
        return False

    def text(self, path: str) -> str | None:
        """Return the text of the file *path*, None if there is none; a file that cannot be read is reported."""
        if path not in self.texts:
            self.texts[path] = self._text(path)
        return self.texts[path]

    def _text(self, path: str) -> str | None:
        data = open_file(self.root, path, limit=LIMIT)
        if isinstance(data, Refusal):
            # Neither a folder that is closed nor one with a strange name tells that a file is missing in it.
            is_there = data.reason not in ("bad-name", "unreadable") or self.is_named(path.split("/"))
            if data.reason != "missing" and is_there:
                self.tell(Place(path=printable(path)), data.detail, "replace it with a text file")
            return None
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as fault:
            line = data.count(b"\n", 0, fault.start) + 1
            self.tell(Place(path=path, line=line), "it is not UTF-8", "save the file as UTF-8")
            return None

    def yaml(self, path: str) -> Document | None:
        """Return a YAML file."""
        return self._document(path, read_loose_yaml)

    def json(self, path: str) -> Document | None:
        """Return a JSON file."""
        return self._document(path, lambda text: read_json(text, depth=DEPTH))

    def toml(self, path: str) -> Document | None:
        """Return a TOML file."""
        return self._document(path, _read_toml)

    def javascript(self, path: str) -> Document | None:
        """Return what a JavaScript file exports; only literals are read, and nothing runs."""
        left_out: list[tuple[int, str]] = []

        def read(text: str) -> Spot:
            root, rest = javascript.read(text, imported=self._module(path).imported)
            left_out.extend(rest)
            return root

        document = self._document(path, read)
        if document and left_out:
            self.documents[path] = document = replace(document, left_out=tuple(left_out))
        return document

    def _module(self, path: str) -> Module:
        """Return the JavaScript file *path*, with access to those that it imports, if they are in the book."""

        def imported(target: str) -> Module | None:
            whole = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            stem = re.sub(r"\.[cm]?js$", "", whole)  # TypeScript names the compiled file
            tries = (whole, *(start + ending for start in (whole, stem, f"{whole}/index") for ending in PROGRAMS))
            name_there = next((name for name in tries if not leaves(name) and self.is_file(name)), None)
            return self._module(name_there) if name_there else None

        return Module(self.text(path) or "", imported)

    def tell_left_out(self, document: Document, spot: Spot) -> None:
        """Report the parts of the order in *spot* that only running the file would show."""
        end = (
            spot.end if spot.end > spot.at else len(document.ruler.text)
        )  # a name refers to something written elsewhere
        inside = [(at, code) for at, code in document.left_out if spot.at <= at < end]
        if inside:
            at, code = inside[0]
            more = f", and {len(inside) - 1} more" if len(inside) > 1 else ""
            shown = printable(" ".join(code.split()), 60)
            message = f"'{document.path}' is a program, which is not run: `{shown}` is left out{more}"
            fix = "check the order with `book order`; list the chapters in handbound.toml where it is not right"
            self.problems.append(NOT_LITERAL.at(document.ruler.place(at), message, fix=fix))

    def data(self, path: str) -> Document | None:
        """Return a file in the notation of its extension."""
        readers = {".json": self.json, ".toml": self.toml, ".yml": self.yaml, ".yaml": self.yaml}
        return readers.get(posixpath.splitext(path)[1], self.javascript)(path)

    def first_file(self, *paths: str) -> str | None:
        """Return the first of *paths* that is a file; None if none is."""
        return next((path for path in paths if self.is_file(path)), None)

    def first(self, *paths: str) -> Document | None:
        """Return the first of *paths* that is a file and can be read, in the notation of its extension; None if there is none."""
        return next((document for path in paths if self.is_file(path) and (document := self.data(path))), None)

    def _document(self, path: str, read: Callable[[str], Spot]) -> Document | None:
        if path not in self.documents:
            self.documents[path] = self._read(path, read)
        return self.documents[path]

    def _read(self, path: str, read: Callable[[str], Spot]) -> Document | None:
        text = self.text(path)
        if text is None:
            return None
        ruler = Ruler(path, text)
        try:
            return Document(path=path, root=read(text), ruler=ruler)
        except NotationError as fault:
            self.tell(ruler.place(fault.at), fault.message, fault.fix)
            return None

    def tell(self, place: Place, why: str, fix: str) -> None:
        """Report that a file is not used."""
        self.problems.append(BROKEN_NAV.at(place, f"'{place.path}' is not used: {why}", fix=fix))

    def leaves(self, place: Place, target: str) -> None:
        """Report that a setting leads out of the book."""
        message = f"'{place.path}' is not followed out of the book: '{printable(target)}'"
        fix = "build the folder that holds both, or put the files into the book"
        self.problems.append(BROKEN_NAV.at(place, message, fix=fix))

    def folder(self, document: Document, home: str, spot: Spot | None, default: str) -> str:
        """Return the folder that a setting names, relative to the root of the book, with a slash at its end.

        Args:
            document: the settings file.
            home: the folder to which the setting is relative.
            spot: the setting.
            default: the value if the setting is absent or leads out of the book.
        """
        text = text_of(spot)
        for name in (text, default):
            if name is None:
                continue
            path = posixpath.normpath(posixpath.join(home, name.replace("\\", "/").lstrip("/")))
            if leaves(path):
                self.leaves(document.place(spot) if spot else Place(path=document.path), name)
                continue
            return "" if path == "." else f"{path}/"
        return home


def in_folder(folder: str, *names: str) -> tuple[str, ...]:
    """Return the paths, relative to the root of the book, of files that a setting in *folder* names.

    >>> in_folder("docs/", "refs.bib", "./more/x.bib")
    ('docs/refs.bib', 'docs/more/x.bib')
    """
    return tuple(posixpath.normpath(posixpath.join(folder, name.strip())) for name in names if name.strip())


def leaves(target: str) -> bool:
    """Return whether *target* leads out of the book.

    >>> leaves("../a.md"), leaves("/etc/passwd"), leaves("a/../b.md")
    (True, True, False)
    """
    path = posixpath.normpath(target)
    return path.startswith(("/", "../", "file:")) or path == ".."


def _read_toml(text: str) -> Spot:
    try:
        toml.read(text)
    except toml.TomlError as fault:
        fix = conflicts.FIX if fault.why == conflicts.WHY else "fix the TOML"
        raise NotationError(BROKEN_NAV, fault.at, f"this is not TOML: {fault.why}", fix) from None
    return read_toml(text, depth=DEPTH)
