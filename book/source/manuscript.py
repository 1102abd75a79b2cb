"""Chapter files: found in the book's folder and read, strictly and safely."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from book.cache import Last
from book.model import FrontMatter, Manuscript
from book.notation import NotationError
from book.patterns import regex
from book.problems import (
    UNPRINTABLE,
    Kind,
    ManuscriptError,
    Omission,
    Place,
    Problem,
    Severity,
    Subject,
    place_of,
    printable,
    worst,
)
from book.safe_open import Folders, Reason, Refusal, inside, open_file
from book.settings import Settings
from book.source import notebooks, omissions
from book.source.controls import cleaned
from book.source.front_matter import CONTROL, TOO_BIG, Unfenced, draft_at, taken_off
from book.source.translations import others

FOLDER = Kind("M101", Severity.ERROR, "the book's folder cannot be read")
NO_CHAPTERS = Kind("M102", Severity.ERROR, "a folder without any chapter")
BAD_NAME = Kind("M103", Severity.ERROR, "a file name that is not UTF-8 or contains control characters")
SYMLINK = Kind("M104", Severity.WARNING, "a symlink that points outside the book")
NO_FILE = Kind("M105", Severity.WARNING, "a chapter that is not a regular file, or a broken symlink")
NOT_UTF8 = Kind("M107", Severity.ERROR, "a chapter that is not UTF-8")
TOO_MANY = Kind("M108", Severity.ERROR, "more chapters than the settings allow")
SAME_FILE = Kind("M109", Severity.NOTE, "a symlink to a file that is in the book under its own name")
TOO_DEEP = Kind("M119", Severity.WARNING, "folders nested deeper than the settings allow")
DRAFT = Kind("M123", Severity.NOTE, "a chapter left out because it is a draft")
EMPTY = Kind("M124", Severity.WARNING, "a chapter without text")
LEFT_OUT = Kind("M130", Severity.WARNING, "files that may be chapters, left out because of their names or folders")
ASIDE = Kind("M131", Severity.NOTE, "files that are probably not chapters, left out because of their names or folders")
CLOSED = Kind("M132", Severity.WARNING, "a folder that cannot be read")
ELSEWHERE = Kind("M135", Severity.NOTE, "pages of the site outside the section that is the book; they are left out")
TRANSLATIONS = Kind("M134", Severity.WARNING, "translations of pages of the book, left out: one language is the book")
UNREADABLE = Kind("M133", Severity.ERROR, "a chapter that cannot be read")

SUFFIXES = (".md", ".markdown", ".mdx")
TEMPLATES = (".html.md.erb", ".md.erb", ".markdown.erb")
"""Pages in Markdown that are templates of Ruby, as in Middleman."""
OTHER_SUFFIXES = (
    *TEMPLATES, ".qmd", ".rmd", ".rst", ".adoc", ".asciidoc", ".mdown", ".mkd", ".mkdn", ".textile", ".ipynb", ".mdoc", ".topic", ".org",
)  # fmt: skip
"""Text files of other kinds, which are not read."""
OUTPUTS = frozenset({"build", "_site", "_build", "dist"})
"""Folders that other tools write into, in the root of a book."""
THEMES = "themes"
NAV_FILES = frozenset({"SUMMARY.md", "LANGS.md"})
"""Files that are not chapters if they contain a list of links."""
NAV_LINK = regex(r"^[ \t]*[-*+][ \t]+\[[^\]\n]*\]\((?![A-Za-z]+:)", re.MULTILINE)
NAV_NAMES = frozenset({"_sidebar.md", "_navbar.md", "_coverpage.md"})
FORMS = frozenset({"node_modules", "issue_template", "pull_request_template"})  # of no handbook, wherever they are
ERROR_PAGES = frozenset({"404", "404.html"})
"""Pages that a site shows instead of one that is not there."""
GUESTS = frozenset({"contributing"})
"""Files in the root of a repository that may be chapters of its handbook."""
OF_THE_REPOSITORY = frozenset({"license", "licence", "copying", "changelog"})
INDEX = "_index"
MOST_LOOKED_AT = 20_000
"""Most files and folders that are visited to count omissions."""


class Scope(Struct, frozen=True, kw_only=True):
    """Which files of a folder may be chapters, according to its site generator."""

    base: str = ""
    """The folder that contains them, with a slash at its end; empty for the book's folder."""
    content: str = ""
    """The folder of all pages of the site, if *base* is a section of it; the others are counted."""
    versions: tuple[str, ...] = ()
    """Folders with other versions and translations of the book, which are counted, each with a slash at its end."""
    suffixes: tuple[str, ...] = SUFFIXES
    """Suffixes of their names, in lower case."""
    underscored: frozenset[str] = frozenset()
    """Files and folders that are included although their names begin with ``_``."""
    listed: frozenset[str] = frozenset()
    """Files that a nav file names; always chapters."""
    excluded: tuple[str, ...] = ()
    """Globs of files that are left out; a ``*`` matches slashes too."""
    unfenced: Unfenced = ""
    """What stands between key and value in lines without fences at the head of a file that are its front matter; empty if there are none."""
    guests: bool = False
    """Whether files of a repository (``CONTRIBUTING.md``, ``CHANGELOG.md`` …) are chapters like others, also in the root."""


WHOLE = Scope()
"""All Markdown files of a folder without a site generator."""


def gather(root: Path, settings: Settings, scope: Scope = WHOLE) -> tuple[tuple[Manuscript, ...], tuple[Problem, ...]]:
    """Return all files below *root* that may be chapters, by path in code point order, and what is wrong with them.

    Args:
        root: the book's folder.
        settings: its limits, its globs ``exclude``, and its list ``sidebar``, whose entries are always chapters.
        scope: which files may be chapters.

    Returns:
        The manuscripts and the problems. A file that cannot be read still has a manuscript, which is not ``sound``:
        :func:`book.sidebar.order` decides whether it is in the book, and only then reports its fault. Drafts and files
        that are skipped because of their names are left out, with a note. If the folder has more chapters than the limit,
        nothing is read.

    Raises:
        ManuscriptError: *root* is missing, not a folder, or unreadable.
    """
    try:
        home = os.path.realpath(root, strict=True)
        os.scandir(home).close()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ManuscriptError(
            FOLDER.at(
                Subject(name=str(root)), f"the book's folder cannot be read: {why}", fix="name a folder of chapters"
            )
        ) from None
    walk = _Walk(home, settings, scope)
    walk.look()
    if walk.has_too_many:
        return (), tuple(walk.problems)  # nothing of it is published, and reading it may take hours
    manuscripts: list[Manuscript] = []
    problems: list[Problem] = []
    folders = Folders(Path(home))
    stated = "language" in settings.places
    # Pages that a nav file names are in the book, in any language; the others are compared with them.
    tags = others(walk.files, scope.base, settings.language, stated=stated)
    translations = {path: tag for path, tag in tags.items() if path not in walk.listed}
    for path, fault in sorted(walk.files.items()):
        if path in translations:
            continue
        manuscript, faults = (
            (None, (fault,)) if fault else read(Path(home), path, settings, unfenced=scope.unfenced, folders=folders)
        )
        if manuscript and PurePosixPath(path).name in NAV_FILES and NAV_LINK.search(manuscript.text):
            walk.passed_over[ASIDE].append(path)
            continue
        problems.extend(faults)
        if manuscript and not manuscript.front.draft:
            manuscripts.append(manuscript)
        elif worst(faults) is not Severity.NOTE:
            manuscripts.append(Manuscript(path=path, text="", first_line=1, front=FrontMatter(), sound=False))
    problems += [*walk.problems, *walk.skipped()]
    if translations:
        problems.append(
            Omission.of(TRANSLATIONS, translations, lambda files: omissions.translated(files, translations))
        )
    if not manuscripts and worst(problems) is not Severity.ERROR:
        problems.append(no_chapters(file for path in walk.passed_over[LEFT_OUT] for file in walk.chapters_in(path)))
    return tuple(manuscripts), tuple(sorted(problems, key=lambda problem: problem.place.spot))


def no_chapters(others: Iterable[str] = ()) -> Problem:
    """Return the problem of a folder without chapters; *others* are its files that may be pages in another notation."""
    message, fix = omissions.nothing(others)
    return NO_CHAPTERS.at(Place(path="."), message, fix=fix)


class _Walk:
    """Visits every folder of a book once, symlinks after files, so that a file keeps its own name."""

    def __init__(self, home: str, settings: Settings, scope: Scope) -> None:
        self.home, self.limits, self.scope = home, settings.limits, scope
        self.listed = frozenset(settings.named_chapters) | scope.listed
        globs = [f"{glob.rstrip('/')}{end}" for glob in (*settings.exclude, *scope.excluded) for end in ("", "/*")]
        self.excluded = re.compile("|".join(map(fnmatch.translate, globs))) if globs else None
        self.files: dict[str, Problem | None] = {}
        """Every file that may be a chapter, and the problem that prevents reading it."""
        self.real: dict[str, str] = {}
        """Every file by its resolved path, so that none is in the book twice."""
        self.problems: list[Problem] = []
        self.passed_over: dict[Kind, list[str]] = {LEFT_OUT: [], ASIDE: []}
        """Files and folders that are skipped."""
        self.looked_at = 0

    def look(self) -> None:
        """Find the chapters."""
        folders, links, visited = [self.scope.base.rstrip("/")], list[str](), set[str]()
        while folders or links:
            path = folders.pop() if folders else links.pop(0)
            real = os.path.realpath(f"{self.home}/{path}")
            if not inside(real, self.home):
                self.files[path] = _points_outside(path)
            elif not os.path.exists(real):  # noqa: PTH110 - no path of a stranger raises here
                self.files[path] = _broken_link(path)
            elif not os.path.isdir(real):  # noqa: PTH112 - no path of a stranger raises here
                self.take(path, real)
            elif path.count("/") >= self.limits.nesting:
                message = (
                    f"'{printable(path, 80)}' is nested more than {self.limits.nesting} folders deep and is left out"
                )
                fix = "move it up, or raise limits.nesting in handbound.toml"
                self.problems.append(TOO_DEEP.at(Place(path=path), message, fix=fix))
            elif real not in visited:
                visited.add(real)
                self.add_folder(path, real, folders, links)
        for path in sorted(self.listed - set(self.files)):
            real = os.path.realpath(f"{self.home}/{path}")
            chapter = PurePosixPath(path).suffix.lower() in self.scope.suffixes
            if chapter and inside(real, self.home) and os.path.isfile(real):  # noqa: PTH113 - the same
                self.take(path, real)

    @property
    def has_too_many(self) -> bool:
        """Whether there are more chapters than the settings allow."""
        return any(problem.code == TOO_MANY.code for problem in self.problems)

    def add_folder(self, folder: str, real: str, folders: list[str], links: list[str]) -> None:
        """Add the files of one folder, and queue its folders and symlinks."""
        try:
            with os.scandir(real) as entries:
                inner = sorted(entries, key=lambda entry: entry.name)
        except OSError as fault:
            message = f"the folder '{printable(folder)}' cannot be read and is left out: {fault.strerror}"
            self.problems.append(CLOSED.at(Place(path=printable(folder)), message, fix="allow it to be read"))
            return
        if folder and folder != self.scope.base.rstrip("/") and any(entry.name == ".git" for entry in inner):
            self.passed_over[ASIDE].append(folder)  # a checkout of another repository
            return
        deeper: list[str] = []
        for entry in inner:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if self.excluded and self.excluded.match(path):
                continue
            role = self.role_of(entry, folder, path)
            if isinstance(role, Kind):
                self.leave_out(entry, path, role)
            elif role and entry.is_symlink():
                links.append(path)
            elif role == "folder":
                deeper.append(path)
            elif role:
                self.take(path, f"{real}/{entry.name}")
        folders += reversed(deeper)

    def take(self, path: str, real: str) -> None:
        """Add one file as a chapter."""
        if len(self.files) >= self.limits.chapters:
            message = f"the folder contains more than {self.limits.chapters:,} chapters"
            fix = "build a smaller folder, or raise limits.chapters in handbound.toml"
            if not self.has_too_many:
                self.problems.append(TOO_MANY.at(Place(path=path), message, fix=fix))
        elif (first := self.real.setdefault(real, path)) != path:
            message = f"'{path}' is the same file as '{first}', which is in the book"
            self.problems.append(SAME_FILE.at(Place(path=path), message))
        else:
            self.files[path] = _bad_name(path)

    def role_of(self, entry: os.DirEntry[str], folder_path: str, path: str) -> Literal["file", "folder", ""] | Kind:
        """Return whether *entry* is a chapter file or a folder of chapters, or the kind of the note on why it is skipped."""
        name = entry.name
        stem, _, _ = name.lower().rpartition(".")
        chapter = name.lower().endswith(self.scope.suffixes) and bool(stem)
        if path in self.listed and chapter:
            return "file"
        if name.startswith("."):
            return "" if name == notebooks.COPIES else ASIDE
        try:
            folder = entry.is_dir()
        except OSError:
            folder = False
        hidden = name.startswith("_") and stem != INDEX and path not in self.scope.underscored
        if hidden and (folder or chapter):
            return "" if name in NAV_NAMES else LEFT_OUT
        if (name if folder else stem).lower() in FORMS or (chapter and stem in ERROR_PAGES):
            return ASIDE
        if folder and not folder_path and name in OUTPUTS | {THEMES}:
            chapters = name == THEMES and not any(Path(self.home, path).glob("*/theme.toml"))
            return "folder" if chapters else LEFT_OUT
        if folder:
            return "folder"
        if chapter and not folder_path and stem in GUESTS | OF_THE_REPOSITORY and not self.scope.guests:
            return LEFT_OUT if stem in GUESTS else ASIDE
        return "file" if chapter else LEFT_OUT if name.lower().endswith(OTHER_SUFFIXES) else ""

    def leave_out(self, entry: os.DirEntry[str], path: str, kind: Kind) -> None:
        """Record a file or folder that is left out."""
        if not entry.is_symlink():
            self.passed_over[kind].append(path)

    def chapters_in(self, path: str) -> Iterator[str]:
        """Yield the files in *path*, a file or folder, that may be chapters; not files of themes."""
        if not os.path.isdir(f"{self.home}/{path}"):  # noqa: PTH112 - no path of a stranger raises here
            if path.lower().endswith((*self.scope.suffixes, *OTHER_SUFFIXES)):
                yield path
            return
        for where, inner, files in os.walk(f"{self.home}/{path}"):
            self.looked_at += len(inner) + len(files)
            theme = path == THEMES and "theme.toml" in files
            if self.looked_at > MOST_LOOKED_AT or theme:
                inner.clear()
                continue
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in sorted(files):
                if name.lower().endswith(self.scope.suffixes) and os.path.realpath(f"{where}/{name}") not in self.real:
                    yield os.path.relpath(f"{where}/{name}", self.home)

    def skipped(self) -> Iterator[Problem]:
        """Yield one problem of each kind that names and counts the skipped files."""
        for kind, passed_over in self.passed_over.items():
            files = [file for path in sorted(passed_over) for file in self.chapters_in(path)]
            if files:
                yield Omission.of(kind, files, omissions.left_out)
        folders = [folder for folder in (self.scope.content, *self.scope.versions) if folder]
        pages = {
            page for folder in folders for page in self.chapters_in(folder.rstrip("/")) if page != folder.rstrip("/")
        }
        if elsewhere := sorted(path for path in pages if not path.startswith(self.scope.base)):
            yield Omission.of(ELSEWHERE, elsewhere, partial(omissions.elsewhere, base=self.scope.base))


def _bad_name(path: str) -> Problem | None:
    try:
        path.encode()
    except UnicodeEncodeError:
        why = "is not UTF-8"
    else:
        if not UNPRINTABLE.search(path):
            return None
        why = "contains control characters"
    text = printable(path, 4096)
    return BAD_NAME.at(Place(path=text), f"the file name '{text}' {why}", fix="rename the file")


def _broken_link(path: str) -> Problem:
    text = printable(path, 4096)
    message = f"'{text}' is a broken symlink; it is left out"
    return NO_FILE.at(Place(path=text), message, fix="put the file back, or remove the link")


def _points_outside(path: str) -> Problem:
    text = printable(path, 4096)
    message = f"'{text}' is a symlink that points outside the book; it is left out"
    return SYMLINK.at(Place(path=text), message, fix="replace it with a copy, or remove it")


# --- reading ---------------------------------------------------------------------------------------------------------

ZEROS = 4
"""A file of which more than one byte in so many is zero is no text in UTF-8, although each of them could stand in it."""
REFUSED: Mapping[Reason, tuple[Kind, str]] = MappingProxyType(
    {
        "missing": (NO_FILE, "put the file back, or remove the link"),
        "outside": (SYMLINK, "put a copy inside the book"),
        "symlink-outside": (SYMLINK, "replace it with a copy, or remove it"),
        "not-a-file": (NO_FILE, "replace it with a text file"),
        "too-big": (TOO_BIG, "split the file, or raise limits.chapter_bytes: a file may have five times as much"),
        "bad-name": (BAD_NAME, "rename the file"),
        "unreadable": (UNREADABLE, "allow it to be read"),
    }
)


def read(
    root: Path, path: str, settings: Settings, *, unfenced: Unfenced = "", folders: Folders | None = None
) -> tuple[Manuscript | None, tuple[Problem, ...]]:
    """Return the manuscript in the file *path*, relative to *root*, and what is wrong with it; *folders* as for :func:`book.safe_open.open_file`.

    The manuscript is None if a problem is an error; a draft is returned with its note. Control characters become U+FFFD, one for one.
    """
    data = open_file(root, path, limit=settings.limits.file_bytes, folders=folders)
    if isinstance(data, Refusal):
        kind, fix = REFUSED[data.reason]
        return None, (kind.at(Place(path=printable(path, 4096)), data.detail, fix=fix),)
    most = settings.limits.front_matter_bytes
    reader = notebooks.reader(parse) if path.lower().endswith(notebooks.SUFFIX) else parse
    return _LAST.of((root, path), (data, most, unfenced), lambda: reader(data, path, settings, unfenced=unfenced))


_LAST = Last(5_000)


def parse(
    data: bytes, path: str, settings: Settings, *, unfenced: Unfenced = ""
) -> tuple[Manuscript | None, tuple[Problem, ...]]:
    """Return what :func:`read` returns for a file *path* that holds *data*."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        return None, (_not_utf8(data, fault, path),)
    if (zeros := data.count(0)) * ZEROS > len(data):
        message = f"the file is UTF-16 without a mark, or no text: {zeros:,} of its {len(data):,} bytes are zero"
        return None, (NOT_UTF8.at(Place(path=path), message, fix="save the file as UTF-8 text"),)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        manuscript, problems = _taken_apart(text, path, settings, len(data), unfenced=unfenced)
    except NotationError as fault:
        if draft := draft_at(text):
            return None, (_draft(place_of(text, draft, path), path),)
        return None, (fault.kind.at(place_of(text, fault.at, path), fault.message, fix=fault.fix),)
    if manuscript.front.draft:  # other problems of a draft do not matter yet
        problems = [problem for problem in problems if problem.code == DRAFT.code]
    return manuscript, tuple(sorted(problems, key=lambda problem: problem.place.spot))


def _draft(place: Place, path: str) -> Problem:
    return DRAFT.at(place, f"'{printable(path)}' is a draft and is left out")


def _taken_apart(
    text: str, path: str, settings: Settings, size: int, *, unfenced: Unfenced = ""
) -> tuple[Manuscript, list[Problem]]:
    front, body, problems = taken_off(text, path, settings.limits.front_matter_bytes, unfenced=unfenced)
    if front.role is None and path == "GLOSSARY.md":
        front = replace(front, role="glossary")
    first = text.count("\n", 0, len(text) - len(body)) + 1
    before = len(text) - len(body)
    body, strange = cleaned(body)
    problems += (
        CONTROL.at(place_of(text, before + finding.at, path), finding.message, fix=finding.fix) for finding in strange
    )
    if front.draft:
        place = front.places.get("draft") or front.places.get("published") or Place(path=path)
        problems.append(_draft(place, path))
    elif (
        not body.strip()
        and PurePosixPath(path).stem.lower() not in (INDEX, "index", "readme")
        and "openapi" not in front.values  # the endpoint that it names is printed
    ):
        problems.append(
            EMPTY.at(Place(path=path, line=1), f"'{path}' has no text", fix="write it, or add `draft: true`")
        )
    return Manuscript(path=path, text=body, first_line=first, front=front, size=size), problems


def _not_utf8(data: bytes, fault: UnicodeDecodeError, path: str) -> Problem:
    before = data[: fault.start].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    other = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
    message = f"the file is {other}: the byte 0x{data[fault.start]:02x} cannot be read"
    return NOT_UTF8.at(place_of(before, len(before), path), message, fix="save the file as UTF-8 text")
