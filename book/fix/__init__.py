"""`book fix`: writes the house style into the author's files, changing only the characters that must change.

A build applies the house style without touching the chapters; this module writes the same changes into them. A file is
replaced only after proving that the new text prints exactly as the old one, and that a second run would change nothing; an
edit that breaks this is left out and reported as a note. At any moment the disk holds either the old file or the new one.
"""

from __future__ import annotations

import difflib
import itertools
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from book import safe_open, seal, settings, whereabouts
from book.fix.chapter_file import NOT_HERE, ChapterFile, Reading
from book.fix.whole_book import WholeBook, relative
from book.model import Manuscript
from book.problems import Kind, Place, Problem, SettingsError, Severity, Subject, strict
from book.source import manuscript

__all__ = ["NOT_HERE", "Fixed", "difference", "fix", "write"]

MOVED = Kind(
    "C103", Severity.ERROR, "a file that somebody else changed while it was being fixed; their version is kept"
)
NO_CHAPTER = Kind("C104", Severity.ERROR, "something to fix that is not a chapter")
CANNOT_WRITE = Kind("C105", Severity.ERROR, "a fixed file cannot be written; it is unchanged")
TOGETHER = 64
"""The most chapters that are fixed side by side, so that pandoc reads many texts in one process."""


class Fixed(Struct, frozen=True, kw_only=True):
    """One file, as it is and as it should be."""

    path: str
    """Its name as given, or as found in the given folder."""
    real: Path
    """The real path, with symlinks resolved."""
    before: bytes
    after: bytes
    """The same as *before* if nothing changes."""
    edits: int = 0
    """Number of pieces of the text that are replaced."""
    problems: tuple[Problem, ...] = ()
    """Changes that cannot be made here (notes), or why none can (errors)."""

    @property
    def changed(self) -> bool:
        """Whether the file needs changes."""
        return self.before != self.after


def fix(files: Sequence[Path], *, progress: Callable[[str], None] = lambda _: None) -> tuple[Fixed, ...]:
    """Return each of *files* as it is and as it should be; nothing is written.

    Args:
        files: chapters, or folders, which stand for all chapters in them. A file belongs to the book in the nearest parent
            folder with a handbound.toml; without one, its own folder is the book.
        progress: called with a text for each step.

    Returns:
        One entry for each file, once, in the order named; chapters of a folder in reading order.

    Raises:
        SettingsError: a file does not exist, or a handbound.toml is not valid.
        ManuscriptError: a folder cannot be read.
        ToolMissing: pandoc is missing.
    """
    books: dict[Path, WholeBook] = {}
    names: dict[tuple[Path, str], str] = {}
    for file in files:
        if not file.exists():
            place = Subject(name=str(file))
            raise SettingsError(
                NO_CHAPTER.at(place, "no such file or folder", fix="name a chapter, or a folder of chapters")
            )
        root = _root(file)
        home = root if file.is_absolute() else Path(os.path.relpath(root))
        with whereabouts.within(home):
            book = books.get(root) or books.setdefault(root, WholeBook(root, settings.read(root), whole=file.is_dir()))
            for path in book.below(file) if file.is_dir() else (relative(file, root),):
                names.setdefault((root, path), str(home / path if file.is_dir() else file))
    results: list[Fixed] = []
    for root, every in itertools.groupby(names.items(), key=lambda item: item[0][0]):
        while some := list(itertools.islice(every, TOGETHER)):
            progress(f"reading chapters {len(results) + 1} to {len(results) + len(some)} of {len(names)}")
            results += _side_by_side([_fixed(books[root], path, name) for (_, path), name in some], books[root])
    return tuple(results)


def _side_by_side(works: Sequence[Reading[Fixed]], book: WholeBook) -> list[Fixed]:
    """Return the results of *works* on chapters of *book*; what they ask for at the same time is read together."""
    results: dict[int, Fixed] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(works)))
    while answers:
        requests: dict[int, Manuscript] = {}
        for number, answer in answers.items():
            try:
                requests[number] = works[number].send(answer)
            except StopIteration as end:
                results[number] = end.value
        answers = dict(zip(requests, book.chapters(requests.values()), strict=True))
    return [results[number] for number in range(len(works))]


def write(fixed: Fixed) -> Problem | None:
    """Write a fixed file in one step; return the problem that prevented it, or None.

    The file keeps its mode. It is not replaced if it has changed since it was read.
    """
    place = Place(path=fixed.path)
    try:
        if seal.digest(fixed.real.read_bytes()) != seal.digest(fixed.before):
            return MOVED.at(
                place, "the file has changed since it was read; it is left as it is", fix="run book fix again"
            )
        seal.write(fixed.real, fixed.after, mode=stat.S_IMODE(fixed.real.stat().st_mode))
        if fixed.real.read_bytes() != fixed.after:
            return MOVED.at(
                place,
                "the file was changed by somebody else at the same time",
                fix="check it, and run book fix again",
            )
    except OSError as error:
        message = f"the file cannot be written: {error.strerror or error}; it is unchanged"
        return CANNOT_WRITE.at(place, message, fix="make its folder writable, or free some disk space")
    return None


def difference(fixed: Fixed) -> str:
    """Return a unified diff, which ``git apply`` and ``patch`` take; empty if nothing changes."""
    old, new = (data.decode("utf-8").split("\n") for data in (fixed.before, fixed.after))
    name = fixed.path.lstrip("/")
    pieces: list[str] = []
    for number, line in enumerate(difflib.unified_diff(_ended(old), _ended(new), f"a/{name}", f"b/{name}")):
        # The first two lines name the files; of the others, one without an end is the last of its file.
        pieces.append(line if number < 2 or line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(pieces)


def _ended(lines: list[str]) -> list[str]:
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _root(file: Path) -> Path:
    """Return the folder of the book to which *file* belongs."""
    absolute = Path(os.path.abspath(file))  # noqa: PTH100 - resolve() would follow symlinks out of the book
    home = absolute if file.is_dir() else absolute.parent
    return next((folder for folder in (home, *home.parents) if (folder / settings.FILE).is_file()), home)


def _fixed(book: WholeBook, path: str, name: str) -> Reading[Fixed]:
    """Return one file as it is and as it should be."""
    real = Path(os.path.realpath(book.root / path))
    if real.suffix.lower() not in manuscript.SUFFIXES:
        fault = NO_CHAPTER.at(
            Place(path=name),
            "this is not a Markdown file",
            fix=f"name a file that ends in {', '.join(manuscript.SUFFIXES)}",
        )
        return Fixed(path=name, real=real, before=b"", after=b"", problems=(fault,))
    data = safe_open.open_file(book.root, path, limit=book.settings.limits.file_bytes)
    if isinstance(data, safe_open.Refusal):
        # A build leaves out such a file; here it was named explicitly.
        problems = strict(manuscript.read(book.root, path, book.settings)[1])
        return Fixed(path=name, real=real, before=b"", after=b"", problems=_renamed(problems, name))
    _, problems = manuscript.parse(data, path, book.settings)
    errors = tuple(problem for problem in problems if problem.severity is Severity.ERROR)
    if errors:
        return Fixed(path=name, real=real, before=data, after=data, problems=_renamed(errors, name))
    after, edits, problems = yield from ChapterFile(book=book, path=path).fix(data)
    return Fixed(path=name, real=real, before=data, after=after, edits=edits, problems=_renamed(problems, name))


def _renamed(problems: Iterable[Problem], path: str) -> tuple[Problem, ...]:
    """Return *problems* with *path*, the name of the file as given."""
    return tuple(
        replace(problem, place=replace(problem.place, path=path)) if isinstance(problem.place, Place) else problem
        for problem in problems
    )
