"""A book in one file: its chapters, its order, its report, its cache; `tests/books/one-file.md` shows what readers get of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from book import cache, fix, press
from book.cli import main
from book.markdown import lines
from book.model import FrontMatter, Manuscript
from book.serve.builder import Builder
from book.serve.preview import Preview
from book.sidebar import natural, tree
from book.splitting.definitions import BLANK, shared
from book.splitting.headings import headings_of
from book.splitting.pieces import cut
from book.splitting.plan import planned
from tests.making import published, write_files

BOOK = """\
---
title: Letters
author: [Ann Author, Ben]
lang: de
date: 2026-01-31
description: What it is.
---

# One

He said "one".[^both] Then [two](#two).

## Inside

Words.

# Two

Back to [one](#one) and [inside](#inside).[^both]

# Three

Last words.

[^both]: Of "both".
"""


def order_of(folder: Path) -> list[str]:
    """Return the lines of `book order` without what they say of the source."""
    read = press.reading_order(folder)
    return [line.partition("  [")[0] for line in tree(read.value.sidebar, read.value.manuscripts)[1:]]


def test_the_front_matter_of_the_only_file_is_that_of_the_book(tmp_path: Path) -> None:
    book = press.read(write_files(tmp_path / "book", {"a.md": BOOK})).book
    about = book.metadata
    assert (about.title, about.authors, about.language, about.date, about.description) == (
        "Letters", ("Ann Author", "Ben"), "de", "2026-01-31", "What it is.",
    )  # fmt: skip
    assert [chapter.title for chapter in book.spine] == ["One", "Two", "Three"]
    assert {chapter.source.front.authors for chapter in book.spine} == {()}


def test_the_front_matter_of_the_only_file_counts_also_if_it_is_one_chapter(tmp_path: Path) -> None:
    text = "---\ntitle: My story\nauthor: Ann\n---\n\nWords.\n"
    about = press.read(write_files(tmp_path / "book", {"a.md": text})).book.metadata
    assert (about.title, about.authors) == ("My story", ("Ann",))
    about = press.read(write_files(tmp_path / "book", {"b.md": "# B\n"})).book.metadata
    assert (about.title, about.authors) == ("Book", ())


def test_a_second_chapter_renames_no_files(tmp_path: Path) -> None:
    text = "---\ntitle: {}\n---\n\nWords.\n"
    book = write_files(tmp_path / "my-book", {"a.md": text.format("My story")})
    abouts = [press.read(book).book.metadata, press.read(book / "a.md").book.metadata]
    (book / "b.md").write_text(text.format("Another"), "utf-8")
    abouts += [press.read(book).book.metadata, press.read(book / "a.md").book.metadata]
    files = [("My story", "my-book"), ("My story", "my-story"), ("My book", "my-book"), ("My story", "my-story")]
    assert [(about.title, about.slug) for about in abouts] == files
    (book / "README.md").write_text("# Our stories\n\nWords.\n", "utf-8")
    about = press.read(book).book.metadata
    for name in "ab":
        (book / f"{name}.md").unlink()
    assert press.read(book).book.metadata.slug == about.slug == "our-stories"


def test_the_settings_are_above_the_front_matter(tmp_path: Path) -> None:
    settings = 'title = "Ours"\nauthors = ["Cy"]\nlanguage = "en"\ndate = "2020-02-02"\n'
    about = press.read(write_files(tmp_path / "book", {"a.md": BOOK, "handbound.toml": settings})).book.metadata
    assert (about.title, about.authors, about.language, about.date) == ("Ours", ("Cy",), "en", "2020-02-02")


def test_the_report_names_the_file_and_the_line_and_no_change_twice(tmp_path: Path) -> None:
    press.build(write_files(tmp_path / "book", {"a.md": BOOK}), tmp_path / "out", editions=("html",))
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert [(row["path"], row["line"], row["title"]) for row in report["chapters"]] == [
        ("a.md", 9, "One"), ("a.md", 17, "Two"), ("a.md", 21, "Three"),
    ]  # fmt: skip
    changes = [(row["path"], row["line"], row["column"]) for row in report["changes"]]
    assert changes
    assert len(set(changes)) == len(changes)
    assert {path for path, _, _ in changes} == {"a.md"}
    assert {line for _, line, _ in changes} == {11, 25}


def test_what_a_build_changes_book_fix_writes_into_the_file(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "book", {"a.md": BOOK, "handbound.toml": 'language = "de"\n'})
    (fixed,) = fix.fix([folder])
    assert "Er" not in fixed.after.decode()
    assert "„both“" in fixed.after.decode()
    assert fix.write(fixed) is None
    assert press.read(folder).changes == ()


def test_parts_are_in_the_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "# Part 1\n\n# Oak\n\nA.\n\n# Ash {-}\n\nA.\n\n# Part 2\n\n# **Iron**\n\nA.\n"
    folder = write_files(tmp_path / "book", {"a.md": text})
    assert order_of(folder) == ["├─ Part 1", "│  ├─ Oak", "│  └─ Ash", "└─ Part 2", "   └─ **Iron**"]
    assert main(["order", str(folder)]) == 0
    assert "a.md:3" in capsys.readouterr().out


def test_a_chapter_with_a_number_of_its_own_gets_no_second_one(tmp_path: Path) -> None:
    text = "# Preface {.unnumbered}\n\nA.\n\n# Chapter 1: Oak\n\nA.\n\n# 2. Ash\n\nA.\n\n# Iron\n\nA.\n"
    book = press.read(write_files(tmp_path / "book", {"a.md": text, "handbound.toml": 'title = "T"\n'})).book
    assert [chapter.number for chapter in book.spine] == [None, None, None, "1"]


def test_a_preface_and_a_glossary_have_their_roles_and_others_stay_in_place(tmp_path: Path) -> None:
    names = ("Vorwort", "Part 1", "Oak", "Dedication", "Part 2", "Ash", "Glossary")
    text = "".join(f"# {name}\n\n{'' if name[:4] == 'Part' else 'Words.'}\n\n" for name in names)
    book = press.read(write_files(tmp_path / "book", {"a.md": text, "handbound.toml": 'title = "T"\n'})).book
    assert [(chapter.title, chapter.matter, chapter.number) for chapter in book.spine] == [
        ("Vorwort", "front", None), ("Part 1", "main", None), ("Oak", "main", "1"), ("Dedication", "main", "2"),
        ("Part 2", "main", None), ("Ash", "main", "3"), ("Glossary", "back", None),
    ]  # fmt: skip
    assert [chapter.role for chapter in book.spine if chapter.role] == ["preface", "glossary"]


@pytest.mark.parametrize(("words", "chapters"), [(40, 1), (4000, 4)])
def test_the_sections_of_a_file_are_chapters_only_if_it_is_long(words: int, chapters: int, tmp_path: Path) -> None:
    text = "# Handbook\n\nAbout.\n" + "".join(f"\n## Topic {name}\n\n{'word ' * words}\n" for name in "abc")
    book = press.read(write_files(tmp_path / "book", {"README.md": text})).book
    assert len(book.spine) == chapters
    assert book.metadata.title == "Handbook"


@pytest.mark.parametrize(
    "files",
    [
        {"a.md": "# One\n\n# Two\n", "b.md": "# Three\n\n# Four\n"},
        {"a.md": "# One\n\nA.\n\n# Two\n\nA.\n", "handbound.toml": 'split_files = "never"\n'},
        {"a.md": "---\nrole: preface\n---\n# One\n\nA.\n\n# Two\n\nA.\n"},
    ],
    ids=["several files", "never", "a role"],
)
def test_other_files_stay_whole(files: dict[str, str], tmp_path: Path) -> None:
    spine = press.read(write_files(tmp_path / "book", files)).book.spine
    assert all("#" not in chapter.source.path for chapter in spine)


def test_a_note_of_the_title_says_where_a_second_heading_may_begin_a_chapter(tmp_path: Path) -> None:
    read = press.read(write_files(tmp_path / "book", {"a.md": "# A\n\nA.\n\n# B\n\nB.\n", "b.md": "# C\n\nC.\n"}))
    assert ['split_files = "h1"' in problem.fix for problem in read.problems if problem.code == "G190"] == [True]


EDITS: dict[str, Callable[[str], str]] = {
    "a sentence": lambda text: text.replace("Last words", "Other words"),
    "a line more": lambda text: text.replace("# One\n", "# One\n\nMore.\n"),
    "a new chapter": lambda text: text.replace("# Two\n", "# Zwischen\n\nMore.\n\n# Two\n"),
    "a chapter that is gone": lambda text: text.replace("# Three\n", ""),
    "another title": lambda text: text.replace("# Two\n", "# Second\n"),
    "the note": lambda text: text.replace('Of "both"', 'Of "all"'),
    "the same heading again": lambda text: text.replace("Last words.", "## Inside\n\nLast words."),
    "the title of the book": lambda text: text.replace("title: Letters", "title: Cards"),
    "words before the first chapter": lambda text: text.replace("# One\n", "Before.\n\n# One\n", 1),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_gives_what_a_build_from_nothing_gives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    book, out = write_files(tmp_path / "book", {"a.md": BOOK, "handbound.toml": 'slug = "b"\n'}), tmp_path / "out"

    def built(where: Path) -> dict[str, bytes]:
        assert press.build(book, where, editions=("epub", "html")).status == 0
        return published(where)

    before = built(out)
    (book / "a.md").write_text(EDITS[name](BOOK), "utf-8")
    edited = built(out)
    assert edited != before
    assert edited == built(tmp_path / "fresh")


def test_an_edit_of_one_chapter_reads_no_other(tmp_path: Path) -> None:
    book, out = write_files(tmp_path / "book", {"a.md": BOOK}), tmp_path / "out"
    press.build(book, out, editions=("html",))
    (book / "a.md").write_text(BOOK.replace("Back to", "Return to"), "utf-8")
    _, tallies = cache.counted(lambda: press.build(book, out, editions=("html",)))
    assert (tallies["excerpts"].remembered, tallies["excerpts"].made) == (2, 1)
    assert (tallies["tree"].remembered, tallies["tree"].made) == (0, 1)


def test_a_block_of_the_page_is_found_in_its_chapter(tmp_path: Path) -> None:
    text = "# One\n\nThe same words.\n\n# Two\n\nThe same words.[^1]\n\n[^1]: A note at the end.\n"
    folder = write_files(tmp_path / "book", {"a.md": text})
    builder = Builder(folder, folder, theme=None, system="")
    preview = Preview(folder, builder, builder, print)
    preview._chapters = [("a.md", 1), ("a.md", 5)]
    lines_ = [preview.place_of_block(number, "The same words.", 0.5) for number in (0, 1)]
    assert [place and place[1] for place in lines_] == [3, 7]
    found = preview.place_of_block(0, "A note at the end.", 0.9)
    assert found
    assert found[1] == 9


def heads(text: str) -> list[tuple[int, int, str]]:
    return [(head.level, head.line, head.words) for head in headings_of(lines.read(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# A #\n## *B* {#c}\n### D\n", [(1, 0, "A"), (2, 1, "B")]),
        ("Two\nlines\n===\n\nWords\n---\n", [(1, 0, "Two lines"), (2, 4, "Words")]),
        ("Words\n\n---\n\n- a\n---\n\n| a |\n---\n", []),
        ("#no\n\n#\n\n# ![](a.png)\n\n\\# no\n", []),
        ("- a\n\n   # in it\n\nb\n\n  # out of it\n", [(1, 6, "out of it")]),
        ("[^1]: Note\n\n    # in it\n\n> # quoted\n", []),
        ("<div>\n\n# in it\n\n<div>\n\n</div>\n</div>\n\n# out\n", [(1, 9, "out")]),
        ("<div>\n\n# never closed\n", [(1, 2, "never closed")]),
        ("::: {.box}\n\n# in it\n\n:::\n\n# out\n", [(1, 6, "out")]),
        ('<h1 align="center">\n  A <b>B</b>\n</h1>\n\n<h2>C</h2>\n', [(1, 0, "A B"), (2, 4, "C")]),
        ("~~~\n# code\n~~~\n\n    # code\n\n<!-- \n# no\n-->\n", []),
        ("# A[^1]\n\n[^1]: N.\n", [(1, 0, "A")]),
    ],
)  # fmt: skip
def test_headings_that_may_begin_chapters(text: str, found: list[tuple[int, int, str]]) -> None:
    assert heads(text) == found


def parted(text: str) -> list[str]:
    """Return *text*, chapters with a line `==` between them, each with the definitions that it needs."""
    rows = text.split("\n")
    cuts = [-1, *(number for number, row in enumerate(rows) if row == "=="), len(rows)]
    chapters = [range(start + 1, end) for start, end in pairwise(cuts)]
    found = shared(lines.read(text.replace("==", "")), chapters)
    return ["\n".join("" if line == BLANK else rows[line] for line in chapter) for chapter in found]


@pytest.mark.parametrize(
    ("text", "chapters"),
    [
        ("a[^1]\n==\nb[^1]\n\n[^1]: N.", ["a[^1]\n\n[^1]: N.", "b[^1]\n\n[^1]: N."]),
        ("a[^1]\n==\nb\n\n[^1]: N.\n    More.\n\nc", ["a[^1]\n\n[^1]: N.\n    More.\n", "b\n\nc"]),
        ("a[^1]\n==\nb\n\n[^1]: N[^2].\n[^2]: M [x].\n\n[x]: y", ["a[^1]\n\n[^1]: N[^2].\n\n[^2]: M [x].\n\n\n[x]: y", "b\n"]),
        ("`[^1]`\n==\nb[^1]\n\n[^1]: N.", ["`[^1]`", "b[^1]\n\n[^1]: N."]),
        ("a [T][Ref  b]\n==\nb\n\n[ref B]: y\n  'T'\n[c]: z", ["a [T][Ref  b]\n\n[ref B]: y\n  'T'", "b\n\n[c]: z"]),
        ("[a]: x\n\n[a]\n==\n[a]\n\n[a]: y", ["[a]: x\n\n[a]", "[a]\n\n[a]: y"]),
        ("[Note]\n==\nb\n\n[Note]: these are words.", ["[Note]", "b\n\n[Note]: these are words."]),
    ],
)  # fmt: skip
def test_a_chapter_has_the_definitions_that_it_uses(text: str, chapters: list[str]) -> None:
    assert parted(text) == chapters


# A file that is named in place of its folder.


def test_a_file_in_place_of_a_folder_is_the_whole_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = write_files(
        tmp_path, {"a-story.md": "One\n===\n\nA [b](c.md).\n\n# Two\n\nB.\n", "notes.md": "# Notes\n\nN.\n"}
    )
    out = tmp_path / "out"
    file = home / "a-story.md"
    assert main(["build", str(file), "-o", str(out), "-e", "html"]) == 0
    told = capsys.readouterr()
    assert f"{file}:4:3: R101" in told.err
    assert sorted(published(out)) == ["a-story.html", "index.html", "report.json"]
    assert main(["build", str(file), "-o", str(out), "-e", "html"]) == 0
    assert "nothing has changed" in capsys.readouterr().out
    assert main(["check", str(file), "-o", str(out)]) == 0
    assert main(["order", str(file)]) == 0
    assert "notes" not in capsys.readouterr().out
    assert main(["order", "--toml", str(file)]) == 0
    assert '"a-story.md"' in capsys.readouterr().out
    assert main(["lint", str(file)]) == 0
    # The folder is another book, and so is another file of it.
    assert main(["build", str(home / "notes.md"), "-o", str(out), "-e", "html"]) == 2
    assert "holds the editions of “A story”, not of “Notes”" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"handbound.toml": "", "a.md": "# A\n\nA.\n", "b.md": "# B\n\nB.\n"}, "this is a chapter of the book in "),
        ({"mkdocs.yml": "site_name: S\ndocs_dir: .\n", "a.md": "# A\n\nA.\n", "b.md": "# B\n"}, "this is a chapter of "),
        ({"handbound.toml": 'title = "T"\n', "a.md": "# A\n\nA.\n"}, ""),
        ({"a.md": "# A\n\nA.\n", "b.md": "# B\n"}, ""),
    ],
    ids=["settings", "a site", "settings of its own", "a folder of notes"],
)  # fmt: skip
def test_a_chapter_among_others_is_no_book(
    files: dict[str, str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_files(tmp_path / "home", files) / "a.md"
    assert main(["lint", str(file)]) == (2 if words else 0)
    assert words in capsys.readouterr().err


def test_files_are_not_several_books(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = write_files(tmp_path, {"a.md": "# A\n\nA.\n", "b.md": "# B\n\nB.\n"})
    assert main(["build", str(home / "a.md"), str(home / "b.md"), "-o", str(tmp_path / "out")]) == 2
    assert "a single file is a whole book, and cannot be one of several" in capsys.readouterr().err
    assert main(["adopt", str(home / "a.md")]) == 2


def test_the_settings_beside_a_named_file_are_its_own(tmp_path: Path) -> None:
    settings = 'title = "Ours"\nsidebar = ["b.md", "a.md"]\n'
    home = write_files(tmp_path, {"handbound.toml": settings, "a.md": BOOK, "b.md": "# B\n\nB.\n"})
    book = press.read(home / "a.md").book
    assert book.metadata.title == "Ours"
    assert [chapter.title for chapter in book.spine] == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    ("text", "title"),
    [("# A title\n\nWords.\n", "A title"), ("# Introduction\n\nWords.\n", "My story"), ("Words.\n", "My story"),
     ("---\ntitle: In *front*\n---\nWords.\n", "In front"), ("# One\n\nA.\n\n# Two\n\nB.\n", "My story")],
)  # fmt: skip
def test_the_title_of_a_named_file_is_what_it_says_or_its_name(text: str, title: str, tmp_path: Path) -> None:
    home = write_files(tmp_path, {"my-story.md": text, "README.md": "# Another\n"})
    assert press.read(home / "my-story.md").book.metadata.title == title


# Files that are written to take long, or to lose a chapter.


def test_chapters_with_the_same_words_or_ids_are_all_there(tmp_path: Path) -> None:
    text = "# A\n\n1.\n\n# A\n\n2.\n\n# B {#a-1}\n\n3.\n\n# A\n\n4.\n\n# C {#a}\n\n5.\n"
    book = press.read(write_files(tmp_path / "book", {"a.md": text})).book
    assert [chapter.title for chapter in book.spine] == ["A", "A", "B", "A", "C"]
    assert len({chapter.source.path for chapter in book.spine}) == 5


def test_a_file_with_more_headings_than_chapters_are_allowed_stays_whole(tmp_path: Path) -> None:
    files = {"a.md": "# A\n\nA.\n\n# B\n\nB.\n\n# C\n\nC.\n", "handbound.toml": "[limits]\nchapters = 2\n"}
    assert len(press.read(write_files(tmp_path / "book", files)).book.spine) == 1


@pytest.mark.parametrize(
    "text",
    [
        "# a" + " " * 50_000 + "b\n\n# c\n\n# d\n",
        "# a {" + "#a" * 50_000 + "\n\n# c\n\n# d\n",
        "[a]: b" + " " * 50_000 + "x\n\n# c\n\n# d\n",
        "[a](#a) " + "." * 50_000 + "x\n\n# c\n\n# d\n",
        "<div>\n\n" * 10_000 + "</table>\n\n" * 10_000 + "# c\n\n# d\n",
        "".join(f"# {n}a\n\n[^{n}]\n\n" for n in range(1000)) + "".join(f"[^{n}]: N.\n\n" for n in range(1000)),
    ],
    ids=["spaces", "ids", "a definition", "dots", "boxes", "notes"],
)
def test_no_text_takes_long(text: str) -> None:
    source = lines.read(text)
    begin = time.process_time()
    plan = planned(source, headings_of(source), "auto", "en", "", alone=True)
    assert plan
    assert len(list(cut(Manuscript(path="a.md", text=text, first_line=1, front=FrontMatter()), source, plan))) > 0
    assert time.process_time() - begin < 10


def test_the_order_of_a_book_in_one_file_is_that_of_its_headings(tmp_path: Path) -> None:
    split, whole = write_files(tmp_path / "a", {"book.md": BOOK}), write_files(tmp_path / "b", {"book.md": "# One\n"})
    several = write_files(tmp_path / "c", {"a.md": "# A\n", "b.md": "# B\n"})
    sources = [read.value.sidebar.source for read in map(press.reading_order, (split, whole, several))]
    assert sources == ["the headings of 'book.md'", "the only file, 'book.md'", natural.SOURCE]
