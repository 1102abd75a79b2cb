"""`book fix`: writes the house style into the author's files, changing only the characters that must change.

A build applies the house style without touching the chapters; this module writes the same changes into them. A file is
replaced only after proving that the new text prints exactly as the old one, and that a second run would change nothing; an
edit that breaks this is left out and reported as a note. At any moment the disk holds either the old file or the new one.
"""

from __future__ import annotations

import difflib
import functools
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from book import dialects, safe_open, seal, settings, sidebar, sites
from book.fix import source_edits
from book.fix.positions import moved, without_positions
from book.fix.source_edits import Edit, Text, Value
from book.markdown import reader, sanitise
from book.markdown.nodes import node
from book.markdown.tree import unwrap
from book.model import Change, Draft, FrontMatter, Manuscript, Nodes
from book.problems import BookError, Kind, Place, Problem, SettingsError, Severity, printable, strict, worst
from book.settings import Settings
from book.sidebar.way import paths
from book.sites.site import Site
from book.source import language, manuscript
from book.style import Correction, Style
from book.style.house_style import Styled, book_style, styled
from book.style.links import gather as evidence_of
from book.style.links.addresses import PLAIN_HTTP, Evidence
from book.workers import THREADS

NOT_HERE = Kind("C101", Severity.NOTE, "a change that the build makes but that cannot be written into the file")
UNPROVED = Kind("C102", Severity.ERROR, "a file that would not print the same once fixed; it is unchanged")
MOVED = Kind(
    "C103", Severity.ERROR, "a file that somebody else changed while it was being fixed; their version is kept"
)
NO_CHAPTER = Kind("C104", Severity.ERROR, "something to fix that is not a chapter")
CANNOT_WRITE = Kind("C105", Severity.ERROR, "a fixed file cannot be written; it is unchanged")

MOST_READINGS = 24
"""Most readings of a text to find out which edits break it."""
MOST_ROUNDS = 3
"""Most rounds of fixing a text until a round changes nothing."""

PLAIN_HOST = re.compile(r"http(?::|%3a)(?://|%2f%2f)(?:[^\s/@<>]*@)?([^\s/:?#%<>\"')\]]+)")
# Redirectors that encode the host of their target, and hosts with two spellings.
VEILED = re.compile(r"bing\.com/ck|urldefense|://[^\s/]*[^\x00-\x7f]|xn--")
PLAIN_WORDS = re.compile(r"(?:[^\W\d_]|[ ,])*")
"""Text in which no rule can change anything."""

BLANKS = {ord(blank): f"\\u{ord(blank):04x}" for blank in "\u00a0\u202f"}
"""How special spaces are shown in messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
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
    books: dict[Path, _Book] = {}
    names: dict[tuple[Path, str], str] = {}
    for file in files:
        if not file.exists():
            place = Place(path=str(file))
            raise SettingsError(
                NO_CHAPTER.at(place, "no such file or folder", fix="name a chapter, or a folder of chapters")
            )
        root = _root(file)
        book = books.get(root) or books.setdefault(root, _Book(root, settings.read(root), whole=file.is_dir()))
        for path in book.below(file) if file.is_dir() else (_relative(file, root),):
            name = (
                os.path.relpath(root / path, Path.cwd())
                if file.is_dir() and not file.is_absolute()
                else str(root / path)
            )
            names.setdefault((root, path), name if file.is_dir() else str(file))
    results: list[Fixed] = []
    with ThreadPoolExecutor(THREADS) as threads:
        jobs = [threads.submit(books[root].fixed, path, name) for (root, path), name in names.items()]
        for number, job in enumerate(jobs, 1):
            progress(f"reading chapter {number} of {len(jobs)}")
            results.append(job.result())
    return tuple(results)


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


def _relative(file: Path, root: Path) -> str:
    return Path(os.path.abspath(file)).relative_to(root).as_posix()  # noqa: PTH100 - as in _root


# One book.


class _Book:
    """The settings of a book, and facts from all its chapters; used by several threads."""

    def __init__(self, root: Path, settings: Settings, *, whole: bool) -> None:
        self.root, self.settings = root, settings
        self.whole = whole or settings.present
        self.lock = threading.Lock()
        self.hosts: dict[str, frozenset[str]] = {}
        """Chapter -> hosts that it links to with https, for chapters read so far."""

    def below(self, folder: Path) -> tuple[str, ...]:
        """Return the paths of the chapters in *folder*, in reading order."""
        inside = _relative(folder, self.root)
        return tuple(item.path for item in self.listed if inside == "." or item.path.startswith(inside + "/"))

    @functools.cached_property
    def site(self) -> Site | None:
        """The site that the book is written for."""
        return sites.recognise(self.root)[0]

    @functools.cached_property
    def spoken(self) -> Settings:
        """The settings, with the language of the site or the chapters, as in a build."""
        over = settings.over(self.settings, **self.site.about) if self.site else self.settings
        return language.settled(over, self.neighbours, is_set=sites.says_language(self.site, over))[0]

    @functools.cached_property
    def listed(self) -> tuple[Manuscript, ...]:
        """The chapters in the book's reading order."""
        site = self.site
        manuscripts, problems = manuscript.gather(self.root, self.settings, sites.scope(site, self.settings))
        manuscripts = tuple(item for item in manuscripts if item.sound)
        if not manuscripts and worst(problems) is Severity.ERROR:
            raise BookError(problem for problem in problems if problem.severity is Severity.ERROR)
        order, _ = sidebar.order(self.root, self.settings, manuscripts, (), site)
        by_path = {item.path: item for item in manuscripts}
        return tuple(by_path[path] for path in dict.fromkeys(paths(order.entries)) if path in by_path)

    @functools.cached_property
    def style(self) -> Style:
        """The house style, with what the whole book teaches about its words, as in a build."""
        with self.lock:
            return book_style((item.text for item in self.neighbours), self.spoken)

    @functools.cached_property
    def neighbours(self) -> tuple[Manuscript, ...]:
        """The chapters that may have evidence about hosts or words."""
        if self.whole:
            return self.listed
        # A file outside a book: the files next to it.
        names = sorted(file.name for file in self.root.iterdir() if file.suffix.lower() in manuscript.SUFFIXES)
        read = (manuscript.read(self.root, name, self.settings)[0] for name in names)
        return tuple(file for file in read if file is not None)

    def evidence(self, text: str, own: Evidence) -> Evidence:
        """Return what the book knows about the hosts of the http addresses in *text*, and what is known as its *own*.

        Only chapters that name one of these hosts are read, each once.
        """
        hosts = frozenset(PLAIN_HOST.findall(text.lower()))
        with self.lock:
            for item in self.neighbours:
                words = item.text.lower()
                if item.path not in self.hosts and (VEILED.search(words) or any(host in words for host in hosts)):
                    chapter, _ = self.chapter(item)
                    self.hosts[item.path] = evidence_of((chapter,)).https_hosts if chapter else frozenset()
            return Evidence(https_hosts=own.https_hosts.union(*self.hosts.values()))

    def chapter(self, source: Manuscript) -> tuple[Draft | None, tuple[Problem, ...]]:
        """Return the text of *source* as pandoc reads it and the build sanitises it, with its headings unchanged."""
        reading = dialects.read((source,), self.root, self.settings, self.site)
        (source,) = reading.manuscripts
        blocks, problems = reader.tree(source, reading.settings, None)
        if blocks is None:
            return None, problems
        blocks, _, _ = reading.after(source, blocks)
        tamed, _ = sanitise.tame(blocks, source, self.settings.components)
        return self.bound(source, tamed), ()

    def bound(self, source: Manuscript, blocks: Nodes) -> Draft:
        return Draft(title=(), label=(), lang=source.front.lang or self.spoken.language, source=source, blocks=blocks)

    def styled(self, chapter: Draft) -> Styled:
        """Return *chapter* in house style, and what that changes."""
        own = evidence_of((chapter,), self.settings.links.https_hosts)
        draft = styled(chapter, own, self.settings, self.style)
        if any(problem.code == PLAIN_HTTP.code for problem in draft.problems):
            draft = styled(chapter, self.evidence(chapter.source.text, own), self.settings, self.style)
        return draft

    def lines(self, source: Manuscript, values: Sequence[Value]) -> Iterator[Styled]:
        """Yield each of *values*, read as one line of Markdown, in house style."""
        read = reader.inlines([value.words for value in values], self.settings, None)
        for number, (value, words) in enumerate(zip(values, read, strict=True)):
            # They were read as headings with a blank line between; a # at either end was escaped, which shifts the columns.
            inlines = (
                unwrap(words) if value.words[0] == "#" or value.words[-1] == "#" else moved(words, -2 * number, -2)
            )
            line = Manuscript(path=source.path, text=value.words, first_line=1, front=source.front)
            yield self.styled(self.bound(line, (node("Plain", list(inlines)),)))

    def fixed(self, path: str, name: str) -> Fixed:
        """Return one file as it is and as it should be."""
        real = Path(os.path.realpath(self.root / path))
        if real.suffix.lower() not in manuscript.SUFFIXES:
            fault = NO_CHAPTER.at(
                Place(path=name),
                "this is not a Markdown file",
                fix=f"name a file that ends in {', '.join(manuscript.SUFFIXES)}",
            )
            return Fixed(path=name, real=real, before=b"", after=b"", problems=(fault,))
        data = safe_open.open_file(self.root, path, limit=self.settings.limits.chapter_bytes)
        if isinstance(data, safe_open.Refusal):
            # A build leaves out such a file; here it was named explicitly.
            problems = strict(manuscript.read(self.root, path, self.settings)[1])
            return Fixed(path=name, real=real, before=b"", after=b"", problems=_renamed(problems, name))
        _, problems = manuscript.parse(data, path, self.settings)
        errors = tuple(problem for problem in problems if problem.severity is Severity.ERROR)
        if errors:
            return Fixed(path=name, real=real, before=data, after=data, problems=_renamed(errors, name))
        after, edits, problems = _Desk(self, path).fix(data)
        return Fixed(path=name, real=real, before=data, after=after, edits=edits, problems=_renamed(problems, name))


def _renamed(problems: Iterable[Problem], path: str) -> tuple[Problem, ...]:
    """Return *problems* with *path*, the name of the file as given."""
    return tuple(
        replace(problem, place=replace(problem.place, path=path)) if isinstance(problem.place, Place) else problem
        for problem in problems
    )


# One file.


@dataclass(slots=True)
class _Desk:
    """The state of one call of :meth:`fix`."""

    book: _Book
    path: str
    readings: int = 0
    notes: dict[Change, Problem] = field(default_factory=dict)

    def fix(self, data: bytes) -> tuple[bytes, int, tuple[Problem, ...]]:
        """Return the fixed file, the number of replaced pieces, and the problems."""
        text, count = data.decode("utf-8"), 0
        source = self.read(text)
        chapter, problems = self.book.chapter(source) if source else (None, ())
        if source is None or chapter is None:
            return data, 0, problems
        draft = self.book.styled(chapter)
        for _ in range(MOST_ROUNDS):
            self.notes.clear()
            apart = source_edits.taken_apart(text)
            corrections, changes, elsewhere = self.own(draft)
            edits, rest = source_edits.edits_of(apart.lines, corrections, changes)
            front, left = self.front(apart, source)
            self.tell((*elsewhere, *rest, *left))
            if not edits and not front:
                break
            accepted, draft = self.proved(apart, edits, front, draft)
            if not accepted:
                break
            text, count = apart.with_edits(accepted), count + len(accepted)
            source = self.read(text) or source
        else:
            fault = UNPROVED.at(
                Place(path=self.path),
                "this file would change again on every run; it is left unchanged",
                fix="fix it by hand",
            )
            return data, 0, (fault,)
        return text.encode("utf-8"), count, tuple(sorted(self.notes.values(), key=lambda note: note.place.spot))

    def own(self, draft: Styled) -> tuple[list[Correction], list[Change], list[Change]]:
        """Return the corrections and changes of this file, and the changes of files that it includes."""
        corrections = [correction for correction in draft.corrections() if correction.change.place.path == self.path]
        changes = [change for change in draft.changes if change.place.path == self.path]
        every = (*(correction.change for correction in draft.corrections()), *draft.changes)
        return corrections, changes, [change for change in every if change.place.path != self.path]

    def read(self, text: str) -> Manuscript | None:
        return manuscript.parse(text.encode("utf-8"), self.path, self.book.settings)[0]

    def tell(self, changes: Iterable[Change]) -> None:
        for change in changes:
            before, after = (printable(words, 80).translate(BLANKS) for words in (change.before, change.after))
            message = f"not fixed here: '{before}', printed as '{after}' ({change.rule})"
            self.notes[change] = NOT_HERE.at(change.place, message)

    def proved(
        self, apart: Text, edits: Mapping[Edit, Change], front: Mapping[Edit, Change], draft: Styled
    ) -> tuple[list[Edit], Styled]:
        """Return those of *edits* and *front* with which the text still prints the same, and the resulting text in house style.

        The edits are tried together; if the result differs, in halves, down to single lines.
        """
        goal = _tree(draft)
        accepted = list(front)
        now: Styled | None = None
        groups = [list(edits)]
        while groups:
            group = groups.pop()
            tried = self.reads_as(goal, apart.with_edits((*accepted, *group)))
            if tried is not None:
                accepted += group
                now = tried
            elif len(group) > 1 and self.readings < MOST_READINGS:
                groups += reversed(_halves(group))
            else:
                self.tell(edits[edit] for edit in group)
        if now is None:
            now = self.reads_as(goal, apart.with_edits(accepted))
        return (accepted, now) if now is not None else ([], draft)

    def reads_as(self, goal: Nodes, text: str) -> Styled | None:
        """Return *text* in house style if it is printed as *goal*, else None."""
        self.readings += 1
        source = self.read(text)
        chapter = self.book.chapter(source)[0] if source else None
        if chapter is None:
            return None
        draft = self.book.styled(chapter)
        return draft if _tree(draft) == goal else None

    def front(self, apart: Text, source: Manuscript) -> tuple[dict[Edit, Change], list[Change]]:
        """Return the edits of the front matter that parse as intended, and the changes that cannot be made there."""
        values = tuple(value for value in source_edits.values(apart.lines) if not PLAIN_WORDS.fullmatch(value.words))
        edits_in_file: dict[Edit, Change] = {}
        rest: list[Change] = []
        for value, draft in zip(values, self.book.lines(source, values), strict=True):
            edits, left = source_edits.edits_of((value.words,), draft.corrections(), draft.changes)
            place = source.front.places.get(value.key, Place(path=self.path))
            placed: dict[Edit, Change] = {}
            written: list[Edit] = []
            for edit, change in edits.items():
                edit_in_file = value.edit(edit.start, edit.end, edit.new)
                if edit_in_file is None:
                    left.append(change)
                else:
                    written.append(edit)
                    placed[edit_in_file] = replace(
                        change, place=Place(path=self.path, line=edit_in_file.line, column=edit_in_file.start + 1)
                    )
            words = source_edits.taken_apart(value.words).with_edits(written)
            if placed and self.means(apart.with_edits(placed), value, words, source.front):
                edits_in_file |= placed
            else:
                left += (edits[edit] for edit in written)
            rest += (replace(change, place=place) for change in left)
        return edits_in_file, rest

    def means(self, text: str, value: Value, words: str, before: FrontMatter) -> bool:
        """Return whether *text* has *words* for *value*, and otherwise the same front matter as *before*."""
        source = self.read(text)
        if source is None:
            return False
        old, new = source_edits.contents(before), source_edits.contents(source.front)
        if old.keys() != new.keys() or any(old[key] != new[key] for key in old if key != value.key):
            return False
        was, now = old[value.key], new[value.key]
        if isinstance(was, list) and isinstance(now, list):
            return [words if item == value.words else item for item in was] == now
        return now == words


def _tree(draft: Styled) -> Nodes:
    """Return the printed text of a chapter, without positions."""
    return without_positions(draft.printed().blocks)


def _halves(edits: list[Edit]) -> list[list[Edit]]:
    """Return two halves of *edits*, keeping those of one line together if there are several lines."""
    lines = sorted({edit.line for edit in edits})
    if len(lines) == 1:
        middle = len(edits) // 2
        return [edits[:middle], edits[middle:]]
    border = lines[len(lines) // 2]
    return [[edit for edit in edits if edit.line < border], [edit for edit in edits if edit.line >= border]]
