"""Chapter files: found in the book's folder and read, strictly and safely."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal

import yaml

from book.head import CONTROL, TOO_BIG, place_of, taken_off
from book.model import Manuscript
from book.notation import NotationError
from book.opening import Reason, Refusal, inside, open_file
from book.problems import UNPRINTABLE, Kind, ManuscriptError, Place, Problem, Severity, printable
from book.settings import Settings, SidebarEntry

FOLDER = Kind("M101", Severity.ERROR, "the book's folder, or a folder in it, cannot be read")
NO_CHAPTERS = Kind("M102", Severity.ERROR, "a folder without any chapter")
BAD_NAME = Kind("M103", Severity.ERROR, "a file name that is not UTF-8 or holds control characters")
SYMLINK = Kind("M104", Severity.ERROR, "a symlink that leaves the book")
UNREADABLE = Kind("M105", Severity.ERROR, "a chapter that is no regular file or cannot be read")
NOT_UTF8 = Kind("M107", Severity.ERROR, "a chapter that is not UTF-8")
TOO_MANY = Kind("M108", Severity.ERROR, "more chapters than the settings allow")
TOO_DEEP = Kind("M119", Severity.ERROR, "folders nested deeper than the settings allow")
SAME_FILE = Kind("M109", Severity.NOTE, "a symlink to a file that is in the book under its own name")
DRAFT = Kind("M123", Severity.NOTE, "a chapter left out because it is a draft")
EMPTY = Kind("M124", Severity.WARNING, "a chapter without text")

SUFFIXES = (".md", ".markdown", ".mdx")


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
        return None, (fault.kind.at(place_of(text, fault.at, path), fault.message, mend=fault.mend),)
    return manuscript, tuple(sorted(problems, key=lambda problem: problem.place))


def _taken_apart(text: str, path: str, settings: Settings) -> tuple[Manuscript, list[Problem]]:
    front, body, problems = taken_off(text, path, settings.limits.front_matter_bytes)
    if front.role is None and path == "GLOSSARY.md":
        front = replace(front, role="glossary")
    first = text.count("\n", 0, len(text) - len(body)) + 1
    if control := CONTROLS.search(body):
        count = len(CONTROLS.findall(body))
        place = place_of(text, len(text) - len(body) + control.start(), path)
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


def _not_utf8(data: bytes, fault: UnicodeDecodeError, path: str) -> Problem:
    before = data[: fault.start].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    other = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
    message = f"the file is {other}: the byte 0x{data[fault.start]:02x} cannot be read"
    return NOT_UTF8.at(place_of(before, len(before), path), message, mend="save the file as UTF-8 text")
