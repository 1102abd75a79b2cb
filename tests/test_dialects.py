"""The source map of a manuscript; the cases of the dialects are in `tests/books/dialects.md`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from book import press
from book.dialects import context, crowded
from book.dialects.context import Context, Library
from book.dialects.rows import Row, join, replaced, rows_of, text_of, with_rows
from book.model import FrontMatter, Manuscript, Origin
from book.safe_open import open_file
from book.settings import Settings
from tests.making import SETTINGS, build_book, published, write_files

TEXTS = st.text("ab \t#", max_size=20)


@given(TEXTS, st.integers(0, 20), st.integers(0, 20))
def test_a_part_of_a_line_keeps_its_columns(text: str, start: int, end: int) -> None:
    row = Row(text, Origin(path="a.md", line=3)).cut(start, end)
    for column, letter in enumerate(row.text, 1):
        typed, exact = row.origin.at(column)
        assert exact
        assert text[typed - 1] == letter


@given(TEXTS, st.integers(0, 20), st.integers(0, 20), TEXTS)
def test_what_is_put_into_a_line_stands_where_it_replaces_something(text: str, start: int, end: int, new: str) -> None:
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    row = replaced(Row(text, Origin(path="a.md", line=3)), start, end, new)
    assert row.text == text[:start] + new + text[end:]
    for column in range(1, len(row.text) + 1):
        typed, exact = row.origin.at(column)
        inside = start < column <= start + len(new)
        assert exact is not inside
        assert typed == start + 1 if inside else text[typed - 1] == row.text[column - 1]


def test_a_line_that_is_moved_to_the_left_keeps_its_place_through_tabs() -> None:
    row = Row("\t\tx", Origin(path="a.md", line=3))
    assert (row.dedented(4).text, row.dedented(4).origin.at(2)) == ("\tx", (3, True))
    assert (row.dedented(6).text, row.dedented(6).origin.at(1)) == ("  x", (1, False))


def test_the_place_of_an_included_line_is_in_its_own_file() -> None:
    manuscript = Manuscript(path="a.md", text="one\ntwo", first_line=5, front=FrontMatter())
    rows = rows_of(manuscript)
    other = Row("    inside", Origin(path="parts/b.md", line=9)).cut(4)
    new = with_rows(manuscript, [rows[0], other, rows[1]])
    assert new.text == text_of([rows[0], other, rows[1]])
    assert [str(new.place(line, 2)) for line in (1, 2, 3)] == ["a.md:5:2", "parts/b.md:9:6", "a.md:6:2"]
    assert [new.is_typed(line, 1) for line in (1, 2, 3)] == [True, False, True]
    assert [new.line_at(new.place(line)) for line in (1, 2, 3)] == [1, 2, 3]


def test_lines_of_two_files_are_joined_at_the_place_of_the_first() -> None:
    row = join(Row("a", Origin(path="a.md", line=1)), Row("b", Origin(path="b.md", line=7)))
    assert (row.text, row.origin.path, row.origin.at(2)) == ("ab", "a.md", (1, False))


OPTION = """# Title

```{{literalinclude}} code.py
:{name}: {value}
```

```{{list-table}}
:{name}: {value}

* - one
  - two
```

```{{csv-table}}
:{name}: {value}

one,two
```

Last words.
"""


STRANGE_NUMBERS = ("²", "--5", "9" * 5000, "1-9999999999", ",".join(["1-"] * 2000))


def test_no_number_in_an_option_stops_or_delays_a_build(tmp_path: Path) -> None:
    names = ("lines", "start-line", "end-line", "dedent", "header-rows", "stub-columns")
    chapters = {
        f"{at}-{name}.md": OPTION.format(name=name, value=value)
        for at, value in enumerate(STRANGE_NUMBERS)
        for name in names
    }
    files = {"handbound.toml": SETTINGS, "code.py": "a = 1\nb = 2\n", **chapters}
    page = next(
        data
        for path, data in published(build_book(tmp_path, files, ["html"])).items()
        if path.endswith(".html") and path != "index.html"
    )
    assert page.count(b"Last words.") == len(chapters)


def test_a_paragraph_with_thousands_of_links_is_divided_and_reported(tmp_path: Path) -> None:
    links = " ".join(f"[a{n}](https://example.org/{n})" for n in range(2_400))
    quoted = "\n".join(f"> [b{n}](https://example.org/{n})" for n in range(1_100))
    listed = "\n".join(f"- [c{n}](https://example.org/{n})" for n in range(1_100))
    manuscript = Manuscript(path="a.md", text=f"{links}\n\n{quoted}\n\n{listed}\n", first_line=1, front=FrontMatter())
    library = Library(root=tmp_path, settings=Settings(), names=frozenset(), manuscripts={"a.md": manuscript})
    context = Context(manuscript, library)
    divided = crowded.before(manuscript, context)
    paragraphs = divided.text.split("\n")
    assert max(line.count("](") for line in paragraphs) <= crowded.PIECE
    assert paragraphs.count(">") == 2
    assert " ".join(divided.text.split()).replace("> ", "") == " ".join(manuscript.text.split()).replace("> ", "")
    assert [(problem.code, problem.place.line) for problem in context.problems] == [("G180", 1), ("G180", 3)]


def test_an_included_file_is_read_as_a_chapter_is_whatever_its_encoding(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "handbound.toml": SETTINGS,
        "one.md": "# One\n\n{{#include a.txt}}\n\n{{#include b.txt}}\n\n{{#include c.txt}}\n\n{{#include a.txt}}\n",
        "a.txt": b"\ncaf\xe9 and \x93so\x94\r\n",
        "b.txt": "Über uns\n".encode("utf-16"),
        "c.txt": "nothing \0 there\n",
        "book.toml": "",
        "SUMMARY.md": "# Summary\n\n- [One](one.md)\n",
    }
    result = press.build(write_files(tmp_path / "book", files), tmp_path / "out", editions=["html"])
    assert result.status == 0, result.report.problems
    told = [(str(problem.place), problem.message) for problem in result.report.problems if problem.code == "M122"]
    lost = "U+FFFD in place of a letter: the original was lost when the file was saved in another encoding"
    assert sorted(told) == [
        ("a.txt:2:4", f"{lost} (3 on this line)"),
        ("c.txt:1:9", "the control character U+0000"),
    ]
    (page,) = (text.decode() for name, text in published(tmp_path / "out").items() if name.startswith("t"))
    assert "Über uns" in page
    assert "nothing � there" in page


def test_variables_of_variables_neither_grow_nor_end_in_themselves(tmp_path: Path) -> None:
    levels = [f"a{level}: '{'{% data variables.a.a' + str(level + 1) + ' %} ' * 10}'\n" for level in range(9)]
    book = write_files(
        tmp_path / "book",
        {
            "content/index.md": "---\ntitle: Boats\nchildren:\n  - b\n---\n",
            "content/b.md": "---\ntitle: B\n---\n\n{% data variables.a.a0 %}\n\nOne {% data variables.a.own %} and {% data variables.a.a9 %}.\n",
            "data/variables/a.yml": "own: '{% data variables.a.own %} x'\na9: 'tug'\n" + "".join(levels),
        },
    )
    result = press.build(book, tmp_path / "out", editions=["html"])
    assert result.status == 0
    assert "and tug." in (tmp_path / "out" / result.report.works[0].path).read_text("utf-8")
    assert {problem.code for problem in result.report.problems} >= {"G142"}


def test_a_definition_that_is_no_chapter_is_opened_once_for_all_chapters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    term = '{{< glossary_tooltip term_id="quay" >}}'
    files = {
        "hugo.toml": 'title = "Boats"\n',
        "content/docs/a.md": f"---\ntitle: A\n---\nA {term}, a {term}.\n",
        "content/docs/b.md": f"---\ntitle: B\n---\nA {term}, a {term}.\n",
        "content/docs/reference/glossary/quay.md": "---\ntitle: Quay\nbuild: { list: never }\n---\nWords.\n",
    }
    opened: list[str] = []

    def counted(root: Path, path: str, *, limit: int) -> object:
        opened.append(path)
        return open_file(root, path, limit=limit)

    monkeypatch.setattr(context, "open_file", counted)
    result = press.build(write_files(tmp_path / "book", files), tmp_path / "out", editions=["html"])
    assert (result.status, opened.count("content/docs/reference/glossary/quay.md")) == (0, 1)
    assert (tmp_path / "out" / "boats.html").read_text("utf-8").count("A Quay, a Quay.") == 2
