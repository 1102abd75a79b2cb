"""The questions for discussion in every edition."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pikepdf
import pytest

from book import press
from book.model import Work
from book.paged import page_map
from book.proof import words
from tests.loops import some
from tests.making import write_book

CHAPTER = """---
title: The bench
discussion:
  - What do *you* stand at? See [the height](#height).
  - Which tool would you miss first?
---

A bench is a tool.[^1]

## Height

It reaches the wrist.

[^1]: A note.
"""
ALL = 'questions = "all"\n'


def build(folder: Path, settings: str, *editions: str) -> Path:
    """Build a book with *settings* and one chapter with questions; return the folder with its editions."""
    write_book(folder / "book", {"bench.md": CHAPTER}, f'slug = "book"\n{settings}')
    result = press.build(folder / "book", folder / "out", editions=editions)
    assert result.status == 0, result.report.problems
    return folder / "out"


def document(out: Path, edition: str) -> str:
    """Return the chapter in the HTML edition or in the EPUB."""
    (path,) = out.glob(f"book.{edition}")
    if edition == "html":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as package:
        (name,) = [name for name in package.namelist() if name.endswith("bench.xhtml")]
        return package.read(name).decode()


@pytest.mark.parametrize("edition", ["html", "epub"])
def test_the_questions_stand_before_the_notes_of_their_chapter(tmp_path: Path, edition: str) -> None:
    page = document(build(tmp_path, ALL, edition), edition)
    box = re.search(r'<div class="hb-discussion">(.*?)</div>', page, re.DOTALL)
    assert box is not None
    assert ">Questions for discussion</p>" in box[1]
    assert [re.sub("<[^>]+>", "", item) for item in re.findall(r"<li>(.*?)</li>", box[1], re.DOTALL)] == [
        "What do you stand at? See the height.",
        "Which tool would you miss first?",
    ]
    assert re.search('<a href="#[^"]*height">the height</a>', box[1])
    assert "It reaches the wrist." in page[: box.start()]
    assert "A note." in page[box.end() :]


@pytest.mark.parametrize("edition", ["html", "epub"])
def test_without_the_setting_only_the_handout_prints_them(tmp_path: Path, edition: str) -> None:
    assert "Which tool would you miss first?" not in document(build(tmp_path, "", edition), edition)


def test_a_lost_question_is_told(tmp_path: Path) -> None:
    out = build(tmp_path, ALL, "html")
    (path,) = out.glob("book.html")
    book = press.read(tmp_path / "book").book
    text = path.read_text(encoding="utf-8")
    for lost in (r"<li>Which tool.*?</li>", r'<div class="hb-discussion">.*?</div>'):
        path.write_text(re.sub(lost, "", text, count=1, flags=re.DOTALL), encoding="utf-8")
        check = words.html(out, Work(edition="html", path=path.name, bytes=0, digest=""), book)
        assert check.status == "failed"
        assert "questions" in check.problems[0].message


@pytest.mark.needs_pango
@pytest.mark.usefixtures("needs_pango")
def test_the_handout_is_the_same_with_either_setting(tmp_path: Path) -> None:
    pages = []
    for number, settings in enumerate(("", ALL)):
        folder = tmp_path / str(number)
        folder.mkdir()
        out = build(folder, settings, "handout")
        (path,) = out.glob("book-handout.pdf")
        with pikepdf.open(path) as file:
            pages.append(
                [pikepdf.unparse_content_stream(pikepdf.parse_content_stream(page)) for page in some(file.pages)]
            )
    assert pages[0] == pages[1]


def test_a_page_can_begin_with_the_title_of_the_questions(tmp_path: Path) -> None:
    book = press.read(write_book(tmp_path / "book", {"bench.md": CHAPTER}, ALL)).book
    (chapter,) = book.spine
    letters = page_map.folded_body(chapter.body)
    assert "wrist" + page_map.folded("Questions for discussion What do you stand at?") in letters
