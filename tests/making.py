"""Makes the inputs of tests: books in folders, chapters, pictures."""

from __future__ import annotations

import fcntl
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from book import press
from book.assemble import compose, references
from book.body import EMPTY_BODY, Body
from book.markdown import marks, pandoc
from book.markdown.nodes import text
from book.model import (
    Book,
    Chapter,
    Check,
    Collation,
    Draft,
    FrontMatter,
    Manuscript,
    Metadata,
    Node,
    Nodes,
    Placed,
    Wording,
)
from book.settings import Limits, Links

SETTINGS = 'title = "Tiny"\nlanguage = "en"\n'
"""Settings for a book whose settings do not matter."""
ABOUT = Metadata(title="T", identifier="urn:x", slug="t", date="", modified="1980-01-01T00:00:00Z")
"""A book whose content does not matter."""


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write *files*, by their path in *folder*, with the folders above them; return *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return folder


def write_book(folder: Path, files: Mapping[str, str | bytes] | str, settings: str = SETTINGS) -> Path:
    """Write a book and return its folder.

    Args:
        folder: where; made with the folders above it.
        files: chapters and what lies beside them, by path; or the text of the only chapter, ``a.md``.
        settings: the text of handbound.toml.
    """
    files = {"a.md": files} if isinstance(files, str) else files
    return write_files(folder, {"handbound.toml": settings, **files})


def build_book(
    folder: Path, files: Mapping[str, str | bytes], editions: Sequence[str], *, be_strict: bool = False
) -> Path:
    """Write a book of *files* into *folder* and build its *editions*, all of which must be published; return the output folder."""
    result = press.build(write_files(folder / "book", files), folder / "out", editions=editions, be_strict=be_strict)
    assert result.status == 0, result.report.problems
    return folder / "out"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder that *make* has filled: once in a run, even if several processes run its tests; nobody may change it.

    Args:
        factory: the fixture ``tmp_path_factory``.
        name: the folder's, which no other folder may have.
        make: is given the folder, which is empty.
    """
    home = factory.getbasetemp()
    home = home.parent if home.name.startswith("popen-") else home
    folder, done = home / name, home / f"{name}.done"
    with (home / f"{name}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def cut_letters(book: Path, out: Path, editions: Sequence[str] = ("html",)) -> None:
    """Put the subsets of fonts that *editions* of *book* need into the cache of *out*, for a build in another process.

    A test in this process need not do so: all tests of a run share their subsets.
    """
    with tempfile.TemporaryDirectory() as folder:
        press.build(book, Path(folder), editions=editions)
        shutil.copytree(Path(folder, ".cache", "fonts"), out / ".cache" / "fonts", dirs_exist_ok=True)


def read_blocks(markdown: str) -> Nodes:
    """Return the blocks of *markdown* from pandoc, with positions as Handbound's marks."""
    return marks.loads(pandoc.read(markdown, Limits()))


def reworded(wording: Wording, *, running: str | None = None, questions: str | None = None) -> Wording:
    """Return *wording* with other words of its text, or of its questions."""
    return Wording(
        running=wording.running if running is None else running,
        notes=wording.notes,
        questions=wording.questions if questions is None else questions,
        signs=wording.signs,
    )


def make_draft(
    blocks: Iterable[Node] = (),
    *,
    path: str = "a.md",
    title: str | Nodes = (),
    language: str = "en",
    markdown: str = "",
    first_line: int = 1,
    front: FrontMatter | None = None,
    role: str | None = None,
) -> Draft:
    """Return a chapter as the Markdown reader returns it.

    Args:
        blocks: its tree; see also :func:`read_blocks`.
        path: its file.
        title: words or inlines; they are its label too.
        language: its language.
        markdown: the text of its file below the front matter.
        first_line: the line of the file at which *markdown* begins.
        front: its front matter.
        role: its role in the book.
    """
    source = Manuscript(path=path, text=markdown, first_line=first_line, front=front or FrontMatter())
    words = tuple(text(title)) if isinstance(title, str) else title
    return Draft(title=words, label=words, lang=language, source=source, blocks=tuple(blocks), role=role)


def make_chapter(body: str = "", *, path: str = "a.md", language: str = "en") -> Chapter:
    """Return a chapter in the form for formats: without a title, with *body* in the form of :meth:`book.body.Body.spell`."""
    source = Manuscript(path=path, text="", first_line=1, front=FrontMatter())
    return Chapter(
        slug=path.removesuffix(".md"), source=source, lang=language, title="", heading=EMPTY_BODY, entry=EMPTY_BODY,
        body=Body.of(body), words=0, wording=Wording(running=""),
    )  # fmt: skip


def place(*drafts: Draft, about: Metadata = ABOUT) -> Collation[Placed]:
    """Return *drafts*, composed and in order, each named after its file."""
    composed, _, _ = compose.compose(drafts, {}, Limits())
    placed = tuple(
        Placed(slug=chapter.source.path.removesuffix(".md"), matter="main", number=None, depth=0, composed=chapter)
        for chapter in composed
    )
    return Collation(metadata=about, main=placed)


def make_book(*drafts: Draft, about: Metadata = ABOUT) -> Book:
    """Return the book of *drafts* in the order of :func:`place`, without images."""
    collation, _ = references.resolve(place(*drafts, about=about), Links())
    return Book(metadata=about, main=collation.main)


def codes(checks: Iterable[Check]) -> set[str]:
    """Return the codes of the problems that *checks* found."""
    return {problem.code for check in checks for problem in check.problems}


def published(folder: Path) -> dict[str, bytes]:
    """Return the files in *folder* by path, except those in hidden folders."""
    paths = ((path.relative_to(folder), path) for path in sorted(folder.rglob("*")) if path.is_file())
    return {name.as_posix(): path.read_bytes() for name, path in paths if not name.parts[0].startswith(".")}


def picture(
    kind: str = "PNG", size: tuple[int, int] = (2, 2), mode: str = "RGB", colour: Any = 0, **options: Any
) -> bytes:
    """Return the bytes of a picture of one colour; *options* are Pillow's for its *kind*."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)
    return file.getvalue()
