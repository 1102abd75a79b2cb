"""Chapter files and every other file of the book's folder: found, opened and read, strictly and safely.

Nothing outside the root is opened, nothing but regular files, nothing larger than the settings allow. This is the one
door of python-frontmatter: its handlers recognise, split and load the block at the head of a file, made strict here,
and made to keep the text and the line it begins on exact.
"""

from __future__ import annotations

import errno
import html
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Literal, cast
from urllib.parse import unquote_to_bytes

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler

from book.model import FrontMatter, Manuscript, Matter
from book.notation import NotationError, Spot, number, read_json, read_toml, read_yaml, truth
from book.problems import UNPRINTABLE, Kind, ManuscriptError, Place, Problem, Severity, nearest, printable
from book.settings import Settings, SidebarEntry

FOLDER = Kind("M101", Severity.ERROR, "the book's folder, or a folder in it, cannot be read")
NO_CHAPTERS = Kind("M102", Severity.ERROR, "a folder without any chapter")
BAD_NAME = Kind("M103", Severity.ERROR, "a file name that is not UTF-8 or holds control characters")
SYMLINK = Kind("M104", Severity.ERROR, "a symlink that leaves the book")
UNREADABLE = Kind("M105", Severity.ERROR, "a chapter that is no regular file or cannot be read")
TOO_BIG = Kind("M106", Severity.ERROR, "a chapter or its front matter larger than the settings allow")
NOT_UTF8 = Kind("M107", Severity.ERROR, "a chapter that is not UTF-8")
TOO_MANY = Kind("M108", Severity.ERROR, "more chapters than the settings allow")
TOO_DEEP = Kind("M119", Severity.ERROR, "folders nested deeper than the settings allow")
SAME_FILE = Kind("M109", Severity.NOTE, "a symlink to a file that is in the book under its own name")
NOT_A_TABLE = Kind("M116", Severity.ERROR, "front matter that is not made of `key: value` lines")
UNCLOSED = Kind("M117", Severity.ERROR, "front matter that is never closed")
UNKNOWN_KEY = Kind("M120", Severity.WARNING, "a key in front matter that looks like a known one")
WRONG_VALUE = Kind("M121", Severity.WARNING, "a value in front matter that its key does not take")
CONTROL = Kind("M122", Severity.WARNING, "control characters in a title or in the text")
DRAFT = Kind("M123", Severity.NOTE, "a chapter left out because it is a draft")
EMPTY = Kind("M124", Severity.WARNING, "a chapter without text")

SUFFIXES = (".md", ".markdown", ".mdx")
ORDER_KEYS = ("sidebar", "sidebar_position", "nav_order", "weight", "order")
"""The keys that may give a chapter its place, first wins (read by :mod:`book.sidebar`)."""

ROLES: Mapping[str, Matter] = MappingProxyType({
    "dedication": "front", "epigraph": "front", "foreword": "front", "preface": "front", "acknowledgments": "front",
    "introduction": "front", "appendix": "back", "afterword": "back", "glossary": "back", "bibliography": "back",
    "index": "back", "colophon": "back",
})  # fmt: skip
"""What `role` may say, with the matter it puts a chapter in (EPUB 3 Structural Semantics Vocabulary 1.1)."""


# --- opening ---------------------------------------------------------------------------------------------------------

Reason = Literal["missing", "outside", "symlink-outside", "not-a-file", "too-big", "bad-name", "unreadable"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was not read."""

    reason: Reason
    detail: str
    """One line that quotes the name, safe to print."""


def open_inside(root: Path, name: str, *, limit: int) -> bytes | Refusal:
    """Return the bytes of the file that a link of the book calls *name*.

    Args:
        root: the book's folder.
        name: POSIX path relative to *root*, percent-encoded as in a link (decoded once), without ``?`` and ``#``.
        limit: the most bytes the file may have.

    Returns:
        The bytes, or a Refusal: the file lies outside *root* (itself or through a symlink), is no regular file, is
        larger than *limit* … A symlink that stays inside is followed.
    """
    try:
        decoded = unquote_to_bytes(name.encode()).decode()
    except UnicodeError:
        return Refusal("bad-name", f"{printable(name)!r} is not UTF-8 once decoded")
    return open_file(root, decoded, limit=limit)


def open_file(root: Path, name: str, *, limit: int) -> bytes | Refusal:
    """Return the bytes of the file *name*, as :func:`open_inside` does, but for a *name* that is not encoded."""
    shown = printable(name)
    if not name or "\\" in name or any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        return Refusal("bad-name", f"'{shown}' is empty or holds a backslash or a control character")
    joined = os.path.normpath(name)
    if name.startswith("/") or joined == os.pardir or joined.startswith(os.pardir + os.sep):
        return Refusal("outside", f"'{shown}' lies outside the book")
    try:
        home = os.path.realpath(root, strict=True)
        real = os.path.realpath(f"{home}/{name}", strict=True)
        if not inside(real, home):
            return Refusal("symlink-outside", f"'{shown}' is a symlink that leads out of the book")
        # Not blocking, for a pipe that nobody writes to; no link, for one that took the file's place just now.
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError) as fault:
        return _refusal(fault, shown)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return Refusal("not-a-file", f"'{shown}' is not a regular file")
        if state.st_size <= limit:
            with open(handle, "rb", closefd=False) as file:
                data = file.read(limit + 1)
            if len(data) <= limit:
                return data
    except OSError as fault:
        return _refusal(fault, shown)
    finally:
        os.close(handle)
    return Refusal("too-big", f"'{shown}' has {max(state.st_size, limit + 1):,} bytes; {limit:,} are allowed")


def inside(real: str, home: str) -> bool:
    """Return whether the resolved path *real* is *home* or lies in it.

    >>> inside("/book/a.md", "/book"), inside("/bookshop/a.md", "/book")
    (True, False)
    """
    return real == home or real.startswith(home.rstrip(os.sep) + os.sep)


def _refusal(fault: OSError | ValueError, shown: str) -> Refusal:
    number = fault.errno if isinstance(fault, OSError) else errno.EINVAL
    if number in (errno.ENOENT, errno.ENOTDIR):
        return Refusal("missing", f"there is no '{shown}'")
    if number in (errno.ENAMETOOLONG, errno.EINVAL):
        return Refusal("bad-name", f"'{shown}' cannot be a file name")
    if number in (errno.EISDIR, errno.ENXIO):
        return Refusal("not-a-file", f"'{shown}' is not a regular file")
    return Refusal("unreadable", f"'{shown}' cannot be read ({os.strerror(number or errno.EIO)})")


# --- gathering -------------------------------------------------------------------------------------------------------

NEVER_FOLDERS = frozenset({"node_modules", "build", "_site", "_build", "dist"})
NEVER_FILES = frozenset({"SUMMARY.md", "LANGS.md"})
OF_THE_REPOSITORY = frozenset({"license", "licence", "copying", "contributing", "changelog"})
INDEX = "_index"


def gather(
    root: Path, settings: Settings, *, skip: frozenset[Path] = frozenset()
) -> tuple[tuple[Manuscript, ...], tuple[Problem, ...]]:
    """Return all files below *root* that may be chapters, by path in code point order, and what is wrong with them.

    Args:
        root: the book's folder.
        settings: its limits, and its list ``sidebar``: what it names is a chapter whatever its name.
        skip: folders that are not looked into (the output folder).

    Returns:
        The manuscripts and the problems. A file that cannot be read is an error among the problems, and so is a
        folder without chapters; a draft is left out with a note.

    Raises:
        ManuscriptError: if *root* is missing, no folder or unreadable.
    """
    try:
        home = os.path.realpath(root, strict=True)
        os.scandir(home).close()
    except (OSError, ValueError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise ManuscriptError(
            FOLDER.at(
                Place(path=str(root)), f"the book's folder cannot be read: {why}", mend="name a folder of chapters"
            )
        ) from None
    paths, problems = _paths(home, settings, frozenset(os.path.realpath(folder) for folder in skip))
    manuscripts: list[Manuscript] = []
    for path in paths:
        manuscript, found = read(Path(home), path, settings)
        problems.extend(found)
        if manuscript and not manuscript.front.draft:
            manuscripts.append(manuscript)
    if not manuscripts and not any(problem.severity is Severity.ERROR for problem in problems):
        place = Place(path=root.name or ".")
        problems.append(NO_CHAPTERS.at(place, "the folder holds no chapters", mend="put a file that ends in .md there"))
    return tuple(manuscripts), tuple(sorted(problems, key=lambda problem: problem.place))


def _paths(home: str, settings: Settings, skip: frozenset[str]) -> tuple[tuple[str, ...], list[Problem]]:
    """Return the paths of the chapters and what is wrong with the names and links on the way to them."""
    listed = frozenset(_listed(settings.sidebar or ()))
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path, real, problem in _walk(home, listed, skip, settings.limits.nesting):
        if problem:
            problems.append(problem)
        elif real in found:
            message = f"'{path}' is the same file as '{found[real]}', which is in the book"
            problems.append(SAME_FILE.at(Place(path=path), message))
        elif len(found) >= settings.limits.chapters:
            message = f"the folder holds more than {settings.limits.chapters:,} chapters"
            mend = "build a smaller folder, or raise limits.chapters in handbound.toml"
            problems.append(TOO_MANY.at(Place(path=path), message, mend=mend))
            break
        else:
            found[real] = path
    for path in sorted(listed - set(found.values())):
        real = os.path.realpath(f"{home}/{path}")
        if PurePosixPath(path).suffix.lower() in SUFFIXES and inside(real, home) and Path(real).is_file():
            found.setdefault(real, path)
    return tuple(sorted(found.values())), problems


def _listed(entries: tuple[SidebarEntry, ...]) -> Iterator[str]:
    for entry in entries:
        if entry.chapter:
            yield os.path.normpath(entry.chapter)
        yield from _listed(entry.chapters)


def _walk(
    home: str, listed: frozenset[str], skip: frozenset[str], depth: int
) -> Iterator[tuple[str, str, Problem | None]]:
    """Yield path, resolved path and perhaps a problem of every file that may be a chapter; symlinks after the files.

    Every folder is looked into once, so that links to folders cannot make the walk endless.
    """
    collections = _collections(home)
    folders, links, seen = [""], list[str](), set[str]()
    while folders or links:
        here = folders.pop() if folders else links.pop()
        real = os.path.realpath(f"{home}/{here}")
        if not inside(real, home):
            yield here, real, _leaves(here)
            continue
        if not Path(real).is_dir():
            yield here, real, None
            continue
        if here.count("/") >= depth:
            message = f"'{printable(here, 80)}' lies more than {depth} folders deep"
            mend = "move it up, or raise limits.nesting in handbound.toml"
            yield here, real, TOO_DEEP.at(Place(path=here), message, mend=mend)
            continue
        if real in seen or real in skip:
            continue
        seen.add(real)
        try:
            with os.scandir(real) as entries:
                inner = sorted(entries, key=lambda entry: entry.name, reverse=True)
        except OSError as fault:
            message = f"the folder '{here}' cannot be read: {fault.strerror}"
            yield here, real, FOLDER.at(Place(path=here), message, mend="allow it to be read")
            continue
        files = []
        for entry in inner:
            path = f"{here}/{entry.name}" if here else entry.name
            wanted = _wanted(entry, here, path, listed, collections)
            if not wanted:
                continue
            if problem := _bad_name(path):
                yield path, "", problem
            elif entry.is_symlink():
                links.append(path)
            elif wanted == "folder":
                folders.append(path)
            else:
                files.append(path)
        for path in reversed(files):
            yield path, f"{real}/{path.rpartition('/')[2]}", None


def _wanted(
    entry: os.DirEntry[str], here: str, path: str, listed: frozenset[str], collections: frozenset[str]
) -> Literal["file", "folder", ""]:
    """Return whether *entry* may be a chapter or hold some: "Never chapters" of the rules of order."""
    name = entry.name
    stem, dot, _ = name.rpartition(".")
    chapter = name.lower().endswith(SUFFIXES)
    if path in listed and chapter:
        return "file"
    if name.startswith(".") or (name.startswith("_") and stem != INDEX and path not in collections):
        return ""
    try:
        folder = entry.is_dir()
    except OSError:
        folder = False
    if folder:
        return "" if name in NEVER_FOLDERS or path == "themes" else "folder"
    of_the_repository = not here and stem.lower() in OF_THE_REPOSITORY
    return "file" if chapter and dot and name not in NEVER_FILES and not of_the_repository else ""


def _collections(home: str) -> frozenset[str]:
    """Return the folders ``_x`` that a Jekyll ``_config.yml`` declares as collections."""
    data = open_file(Path(home), "_config.yml", limit=64_000)
    if isinstance(data, Refusal):
        return frozenset()
    try:
        node = yaml.compose(data.decode("utf-8", "replace"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return frozenset()
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == "collections" and isinstance(value, yaml.MappingNode):
            return frozenset(f"_{name.value}" for name, _ in value.value if isinstance(name, yaml.ScalarNode))
    return frozenset()


def _bad_name(path: str) -> Problem | None:
    try:
        path.encode()
    except UnicodeEncodeError:
        why = "is not UTF-8"
    else:
        if not UNPRINTABLE.search(path):
            return None
        why = "holds control characters"
    shown = printable(path, 4096)
    return BAD_NAME.at(Place(path=shown), f"the file name '{shown}' {why}", mend="give the file another name")


def _leaves(path: str) -> Problem:
    message = f"'{path}' is a symlink that leads out of the book"
    return SYMLINK.at(Place(path=path), message, mend="put a copy in its place, or take it away")


# --- reading ---------------------------------------------------------------------------------------------------------

# C0 controls but for tab and line end, DEL, and what XML has no place for (XML 1.0 §2.2).
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
REFUSED: Mapping[Reason, tuple[Kind, str]] = MappingProxyType(
    {
        "missing": (UNREADABLE, "put the file back, or take the link away"),
        "outside": (SYMLINK, "put a copy inside the book"),
        "symlink-outside": (SYMLINK, "put a copy in its place, or take it away"),
        "not-a-file": (UNREADABLE, "put a text file in its place"),
        "too-big": (TOO_BIG, "split the chapter, or raise limits.chapter_bytes in handbound.toml"),
        "bad-name": (BAD_NAME, "give the file another name"),
        "unreadable": (UNREADABLE, "allow it to be read"),
    }
)


def read(root: Path, path: str, settings: Settings) -> tuple[Manuscript | None, tuple[Problem, ...]]:
    """Return the manuscript in the file *path*, relative to *root*, and what is wrong with it.

    The manuscript is None where an error is among the problems. A draft is returned, with its note: :func:`gather`
    leaves it out. Control characters in the text become U+FFFD, one for one, so that every column stays true.
    """
    data = open_file(root, path, limit=settings.limits.chapter_bytes)
    if isinstance(data, Refusal):
        kind, mend = REFUSED[data.reason]
        return None, (kind.at(Place(path=printable(path, 4096)), data.detail, mend=mend),)
    return parse(data, path, settings)


def parse(data: bytes, path: str, settings: Settings) -> tuple[Manuscript | None, tuple[Problem, ...]]:
    """Return what :func:`read` returns for a file *path* that holds *data*."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        return None, (_not_utf8(data, fault, path),)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        manuscript, problems = _taken_apart(text, path, settings)
    except NotationError as fault:
        return None, (fault.kind.at(_place(text, fault.at, path), fault.message, mend=fault.mend),)
    return manuscript, tuple(sorted(problems, key=lambda problem: problem.place))


def _taken_apart(text: str, path: str, settings: Settings) -> tuple[Manuscript, list[Problem]]:
    handler = frontmatter.detect_format(text, HANDLERS)
    problems: list[Problem] = []
    front, body = FrontMatter(), text
    if handler:
        block, body = handler.split(text)
        at = cast("Block", handler).opening(text)
        size = len(block.encode())
        if size > settings.limits.front_matter_bytes:
            message = f"the front matter has {size:,} bytes; {settings.limits.front_matter_bytes:,} are allowed"
            raise NotationError(
                TOO_BIG, at, message, "shorten it, or raise limits.front_matter_bytes in handbound.toml"
            )
        try:
            spot = cast("Spot", handler.load(block))
        except NotationError as fault:
            raise NotationError(fault.kind, fault.at + at, fault.message, fault.mend) from None
        if not isinstance(spot.value, Mapping) and spot.value is not None:
            message = "the front matter is not made of `key: value` lines"
            raise NotationError(NOT_A_TABLE, at + spot.at, message, "write `title: …`, or begin the text without `---`")
        front, problems = _Head(text=text, block=block, at=at, path=path).read(spot.value or {})
    if front.role is None and path == "GLOSSARY.md":
        front = replace(front, role="glossary")
    first = text.count("\n", 0, len(text) - len(body)) + 1
    if control := CONTROLS.search(body):
        count = len(CONTROLS.findall(body))
        place = _place(text, len(text) - len(body) + control.start(), path)
        message = f"the text holds {count} control character{'s' if count > 1 else ''}, first U+{ord(control[0]):04X}"
        problems.append(
            CONTROL.at(
                place,
                message,
                mend="take them out; \N{REPLACEMENT CHARACTER} (or a space, for a form feed) is printed instead",
            )
        )
        body = CONTROLS.sub(lambda found: " " if found[0] in "\v\f" else "\N{REPLACEMENT CHARACTER}", body)
    if front.draft:
        place = front.places.get("draft") or front.places.get("published") or Place(path=path)
        problems.append(DRAFT.at(place, f"'{path}' is a draft and is left out"))
    elif not body.strip() and PurePosixPath(path).stem.lower() not in (INDEX, "index", "readme"):
        problems.append(
            EMPTY.at(Place(path=path, line=1), f"'{path}' has no text", mend="write it, or add `draft: true`")
        )
    return Manuscript(path=path, text=body, first_line=first, front=front), problems


def _place(text: str, at: int, path: str) -> Place:
    """Return the place of the offset *at* of *text* in the file *path*."""
    return Place(path=path, line=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at))


def _not_utf8(data: bytes, fault: UnicodeDecodeError, path: str) -> Problem:
    before = data[: fault.start].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    other = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
    message = f"the file is {other}: the byte 0x{data[fault.start]:02x} cannot be read"
    return NOT_UTF8.at(_place(before, len(before), path), message, mend="save the file as UTF-8 text")


# --- front matter: recognised, split and loaded in python-frontmatter's terms -------------------------------------------

KEY_LINE = re.compile(r"""[ \t\n]*(?:[^\W\d][\w.-]*(?: [\w.-]+){0,2}|"[^"\n]+"|'[^'\n]+')[ \t]*(:(?=[ \t\n]|\Z)|=)""")


class Block(BaseHandler):
    """A handler that keeps offsets: block and text are exact pieces of the file, nothing is stripped."""

    OPEN: re.Pattern[str]
    CLOSE: re.Pattern[str]
    fence: str

    def opening(self, text: str) -> int:
        """Return the offset at which the block begins."""
        found = self.OPEN.match(text)
        return found.end() if found else 0

    def detect(self, text: str) -> bool:
        """Return whether *text* begins with front matter, closed or looking as if it should be."""
        found = self.OPEN.match(text)
        if not found:
            return False
        keys = bool(KEY_LINE.match(text, found.end()))
        if found.start(1) > 0 or not self.CLOSE.search(text, found.end()):
            return keys  # a rule that happens to stand at the head of a text
        return keys or not text.startswith("\n", found.end())

    def split(self, text: str) -> tuple[str, str]:
        """Return the block and the text after it.

        Raises:
            NotationError: if the block is never closed.
        """
        at = self.opening(text)
        found = self.CLOSE.search(text, at)
        if not found:
            message = f"the front matter that begins with {self.fence} is never closed"
            raise NotationError(
                UNCLOSED, text.index(self.fence), message, f"write a line {self.fence} after its last key"
            )
        return text[at : found.start()], text[found.end() :]


class Yaml(Block, YAMLHandler):
    """YAML between ``---`` and ``---`` or ``...``."""

    OPEN = re.compile(r"(?:[ \t]*\n)*(---)[ \t]*(?:\n|\Z)")
    CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
    fence = "---"

    def load(self, fm: str, **_kwargs: object) -> Any:
        """Return the block as a :class:`Spot`."""
        return read_yaml(fm)


class Toml(Block):
    """TOML between ``+++`` and ``+++`` (Hugo)."""

    FM_BOUNDARY = OPEN = re.compile(r"(?:[ \t]*\n)*(\+\+\+)[ \t]*(?:\n|\Z)")
    CLOSE = re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE)
    fence = "+++"

    def load(self, fm: str) -> Any:
        """Return the block as a :class:`Spot`."""
        return read_toml(fm)


class Json(Block, JSONHandler):
    """A JSON object at the head of the file (Hugo)."""

    OPEN = re.compile(r"""(?=\{\s*(?:"[^"\n]*"\s*:|\}[ \t]*(?:\n|\Z)))""")

    def detect(self, text: str) -> bool:
        """Return whether *text* begins with a JSON object."""
        return bool(self.OPEN.match(text))

    def split(self, text: str) -> tuple[str, str]:
        """Return the object and the text from the next line on."""
        end = read_json(text).end
        rest = text[end:].split("\n", 1)
        if rest[0].strip():
            return "", text  # `{"a": 1} is a way of writing …` is a sentence
        return text[: len(text) - len(rest[1])] if len(rest) > 1 else text, rest[1] if len(rest) > 1 else ""

    def load(self, fm: str, **_kwargs: object) -> Any:
        """Return the block as a :class:`Spot`."""
        return read_json(fm or "{}")


HANDLERS: tuple[Block, ...] = (Yaml(), Toml(), Json())


# --- front matter: what the keys say -----------------------------------------------------------------------------------

LABELS = ("linkTitle", "sidebar_label", "nav_title", "short_title")
ADDRESSES = ("permalink", "aliases", "redirect_from", "id")
TRUTHS = ("showTitle", "draft", "published")
AUTHORS = ("author", "authors")
KNOWN = (
    "title", *LABELS, *ORDER_KEYS, *TRUTHS, "lang", "description", "discussion", "role", *AUTHORS, "date", "slug",
    *ADDRESSES,
)  # fmt: skip
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")  # BCP 47 §2.1, its shape
NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")  # YAML 1.1, float
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Controls, line ends and the bidi controls that can make a line read otherwise than it is written.
NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
SIGNS = frozenset("<>\\`*_[]~$")
"""Signs of Markdown: an entity that stands for one is left to the Markdown reader, so that it stays a sign in print."""


class _Head:
    """The keys of one block on their way from spots to the fields of :class:`FrontMatter`."""

    def __init__(self, *, text: str, block: str, at: int, path: str) -> None:
        self.text, self.block, self.at, self.path = text, block, at, path
        self.problems: list[Problem] = []

    def read(self, table: Mapping[str, Spot]) -> tuple[FrontMatter, list[Problem]]:
        """Return the front matter and what is wrong with it."""
        self.table = table
        self.places = {
            key: _place(self.text, self.at + (spot.at if spot.value is not None else spot.key_at), self.path)
            for key, spot in table.items()
        }
        for key in table:
            self._near_a_known_key(key)
        titles = {key: self._raw(spot) for key, spot in table.items() if not isinstance(spot.value, tuple | Mapping)}
        published = self._truth("published")
        slug = self._line("slug")
        front = FrontMatter(
            title=self._line("title"),
            label=next((label for key in LABELS if (label := self._line(key)) is not None), None),
            show_title=self._truth("showTitle") is not False,
            lang=self._language(),
            description=self._line("description"),
            discussion=self._lines("discussion"),
            role=self._role(),
            draft=self._truth("draft") is True or published is False,
            authors=tuple(name for key in AUTHORS for name in self._lines(key)),
            date=self._line("date"),
            slug=slug,
            addresses=tuple(address for key in ADDRESSES for address in self._lines(key)),
            values=MappingProxyType({key: self._value(key, spot) for key, spot in table.items()}),
            places=MappingProxyType(self.places),
            titles=MappingProxyType(titles),
        )
        return front, self.problems

    def _raw(self, spot: Spot) -> str:
        """Return what stands after the colon as typed, with quotes and comment."""
        start, end = (spot.key_end, spot.key_end) if spot.value is None else (spot.at, max(spot.at, spot.end))
        if not self.block[start:end].endswith("\n"):  # all but block scalars, which end on the next line
            eol = self.block.find("\n", end)
            end = eol if eol >= 0 else len(self.block)
        raw = self.block[start:end].strip()
        raw = raw.removesuffix(",") if self.block.startswith("{") else raw
        return raw.lstrip(":= \t") if spot.value is None else raw

    @staticmethod
    def _value(key: str, spot: Spot) -> object:
        """Return the plain value; bare text is a truth or a number where *key* asks for one."""
        text = spot.value
        if not isinstance(text, str) or not spot.bare:
            return spot.plain
        if key in TRUTHS or (key in ORDER_KEYS and truth(text) is not None):
            return text if truth(text) is None else truth(text)
        if key in ORDER_KEYS:
            found = number(text)
            return float(text.replace(".", "")) if NOT_FINITE.fullmatch(text) else text if found is None else found
        return text

    def _wrong(self, key: str, wanted: str) -> None:
        spot = self.table[key]
        shown = printable(" ".join(self._raw(spot).split()), 80)
        message = f"`{key}: {shown}` is not {wanted}"
        self.problems.append(WRONG_VALUE.at(self.places[key], message, mend=f"write {wanted}, or take the key out"))

    def _near_a_known_key(self, key: str) -> None:
        if key in KNOWN:
            return
        near = min(
            ((slips, at) for at, known in enumerate(KNOWN) if (slips := _near(key, known)) is not None), default=None
        )
        if near:
            place = _place(self.text, self.at + self.table[key].key_at, self.path)
            message = f"the key `{printable(key, 80)}` is not known"
            self.problems.append(UNKNOWN_KEY.at(place, message, mend=f"write `{KNOWN[near[1]]}:` if that is meant"))

    def _line(self, key: str) -> str | None:
        """Return the value as one clean line of inline Markdown."""
        spot = self.table.get(key)
        if spot is None or spot.value is None:
            return None
        if not isinstance(spot.value, str):
            self._wrong(key, "a line of text")
            return None
        return self._clean(key, spot.value)

    def _clean(self, key: str, text: str) -> str:
        line = ENTITY.sub(lambda found: _entity(found, text), text).strip()
        if bad := NOT_IN_A_LINE.search(line):
            message = (
                f"`{key}` holds a {'line end' if bad[0] == chr(10) else 'control character'}: '{printable(line, 80)}'"
            )
            self.problems.append(CONTROL.at(self.places[key], message, mend="write it in one line of plain text"))
            line = NOT_IN_A_LINE.sub(" ", line)
        return re.sub(" +", " ", line).strip()

    def _lines(self, key: str) -> tuple[str, ...]:
        """Return the values of a key that takes one text or a list of them; tables count by their `name`."""
        spot = self.table.get(key)
        if spot is None or spot.value is None:
            return ()
        items = spot.value if isinstance(spot.value, tuple) else (spot,)
        named = (item.value.get("name", item) if isinstance(item.value, Mapping) else item for item in items)
        texts = [item.value for item in named]
        if not all(isinstance(text, str) for text in texts):
            self._wrong(key, "a text or a list of texts")
        return tuple(self._clean(key, text) for text in texts if isinstance(text, str))

    def _truth(self, key: str) -> bool | None:
        spot = self.table.get(key)
        if spot is None or spot.value is None:
            return None
        found = truth(spot.value) if isinstance(spot.value, str) else None
        if found is None:
            self._wrong(key, "true or false")
        return found

    def _language(self) -> str | None:
        tag = self._line("lang")
        if tag and not LANGUAGE.fullmatch(tag):
            self._wrong("lang", "a language tag such as en, en-GB or pt-BR")
            return None
        return tag or None

    def _role(self) -> str | None:
        role = self._line("role")
        if role and role.lower() not in ROLES:
            message = f"`role: {printable(role, 80)}` is not the role of a chapter"
            mend = f"write `role: {nearest(role, ROLES) or 'preface'}`, or another of {', '.join(ROLES)}"
            self.problems.append(WRONG_VALUE.at(self.places["role"], message, mend=mend))
            return None
        return role.lower() if role else None


def _entity(found: re.Match[str], text: str) -> str:
    sign = html.unescape(found[0])
    literal = bool(SIGNS & set(sign)) or (sign == "&" and ENTITY.match(f"&{text[found.end() :]}"))
    return found[0] if literal else sign


def _near(key: str, known: str) -> int | None:
    """Return how many slips of the pen make *key* of *known*, None for too many; case, `-` and `_` do not count.

    >>> _near("titel", "title"), _near("show_title", "showTitle"), _near("subtitle", "title"), _near("data", "date")
    (1, 0, None, None)
    """
    ours, theirs = (re.sub("[-_ ]", "", name).lower() for name in (key, known))
    if ours == theirs:
        return 0
    if len(theirs) < 4 or abs(len(ours) - len(theirs)) > 2 or ours[:1] != theirs[:1]:
        return None
    slips = _slips(ours, theirs)
    swapped = sorted(ours) == sorted(theirs) and slips == 1
    allowed = 1 if swapped else (0, 1, 1, 2)[min(len(theirs), 7) - 4]
    return slips if slips <= allowed else None


def _slips(one: str, other: str) -> int:
    """Return how many letters are added, lost, changed or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i] + [0] * len(other)
        for j, wanted in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[len(other)]
