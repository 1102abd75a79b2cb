"""One page map: a page of the PDF is the same page in EPUB and HTML, and a wrong mark is reported."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from book import press
from book import report as reports
from book.model import Book, Check, Work
from book.paged import page_map
from book.paged.pages import Block, Context, Item, Page, Text
from book.proof.page_map import epub as epub_proof
from book.proof.page_map import html as html_proof

CHAPTER = """---
title: {title}
---
{title} begins (“here”) with words[^1] and goes on.

[^1]: A note about {title}.

{text}

| A | B |
|---|---|
{rows}

```python
{code}
```

- [ ] The end of {title}.
"""


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> tuple[Path, Book]:
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("out")
    for number, title in enumerate(("First things", "Second thoughts"), 1):
        text = "\n\n".join(
            f"Paragraph {n} of {title}, “number {n}”, says: *{'extraordinary circumstances, ' * (n % 7 + 2)}* and so on."
            for n in range(25)
        )
        rows = "\n".join(f"| row {n} | {'cell ' * (n % 9 + 1)} |" for n in range(40))
        code = "\n".join(f'{{"event": "sent", "number": {n}}}' for n in range(60))
        (source / f"{number}-chapter.md").write_text(CHAPTER.format(title=title, text=text, rows=rows, code=code))
    (source / "handbound.toml").write_text('title = "Two chapters"\nslug = "two"\n')
    result = press.build(source, out, editions=["epub", "pdf", "html"])
    assert result.status == 0
    assert [problem for problem in result.report.problems if problem.code == "E130"] == []
    where = reports.read(out).pages
    return out, replace(press.read(source).book, pages=where, paged="two.pdf")


def work(name: str) -> Work:
    return Work(edition=name.rpartition(".")[2], path=name, bytes=0, digest="")


def listed(out: Path) -> list[str]:
    with zipfile.ZipFile(out / "two.epub") as package:
        nav = etree.fromstring(package.read("EPUB/nav.xhtml"))
    return [str(link.text) for link in nav.xpath("//*[@id='pages']//*[local-name()='a']")]


def test_both_editions_mark_every_page_that_begins_in_them(bound: tuple[Path, Book]) -> None:
    out, book = bound
    wanted = [page.label for page in page_map.marked(book)]
    assert len(wanted) > 10
    assert listed(out) == wanted
    html = (out / "two.html").read_text()
    marks = re.findall(r'<span [^>]*class="hb-page-mark"[^>]*>', html)
    assert sorted(re.findall(r'id="page-(\w+)"', "".join(marks))) == sorted(wanted)
    report = json.loads((out / "report.json").read_bytes())["page_map"]
    assert report["edition"] == "pdf"
    assert [page["label"] for page in report["pages"]] == [page.label for page in book.pages]


def test_the_epub_names_the_source_of_its_page_numbers(bound: tuple[Path, Book]) -> None:
    out, book = bound
    with zipfile.ZipFile(out / "two.epub") as package:
        (name,) = (name for name in package.namelist() if name.endswith(".opf"))
        opf = package.read(name).decode()
        ncx = etree.fromstring(package.read("EPUB/toc.ncx"))
    assert f'<meta property="pageBreakSource">two.pdf, {book.metadata.identifier}</meta>' in opf
    assert all(f">{feature}<" in opf for feature in ("pageNavigation", "pageBreakMarkers"))
    assert len(ncx.xpath("//*[local-name()='pageTarget']")) == len(listed(out))


def test_the_proof_passes_what_the_press_made(bound: tuple[Path, Book]) -> None:
    out, book = bound
    for proof, name in ((epub_proof, "two.epub"), (html_proof, "two.html")):
        check = proof(out, work(name), book)
        assert (check.status, check.detail) == ("passed", f"{len(page_map.marked(book))} page marks"), check.problems


def spoilt_page(bound: tuple[Path, Book], folder: Path, pattern: str, by: str) -> Check:
    out, book = bound
    shutil.copy(out / "two.pdf", folder)
    text, count = re.subn(pattern, by, (out / "two.html").read_text(), count=1, flags=re.S)
    assert count
    (folder / "two.html").write_text(text)
    return html_proof(folder, work("two.html"), book)


def test_a_page_mark_one_word_late_is_reported(bound: tuple[Path, Book], tmp_path: Path) -> None:
    check = spoilt_page(bound, tmp_path, r'(<span [^>]*id="page-[^>]*></span>)(\w+ )(?=\w)', r"\2\1")
    assert [problem.code for problem in check.problems] == ["P182"]


def test_a_lost_page_mark_and_one_without_a_page_are_reported(bound: tuple[Path, Book], tmp_path: Path) -> None:
    check = spoilt_page(bound, tmp_path, r'id="page-5"', 'id="page-500"')
    assert sorted(problem.code for problem in check.problems) == ["P181", "P181"]


def test_a_page_list_without_one_page_is_reported(bound: tuple[Path, Book], tmp_path: Path) -> None:
    out, book = bound
    shutil.copy(out / "two.pdf", tmp_path)
    with zipfile.ZipFile(out / "two.epub") as sound, zipfile.ZipFile(tmp_path / "two.epub", "w") as spoilt:
        for name in sound.namelist():
            data = sound.read(name)
            if name.endswith("nav.xhtml"):
                data = re.sub(rb'<li><a href="[^"]*#page-6">6</a></li>', b"", data)
            spoilt.writestr(name, data)
    assert [problem.code for problem in epub_proof(tmp_path, work("two.epub"), book).problems] == ["P183"]


@pytest.mark.needs_pango
def test_the_printed_book_can_rule_the_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\n" + "Some words to fill a page.\n\n" * 60)
    (tmp_path / "handbound.toml").write_text('title = "B"\nslug = "b"\npage_map = "print"\n')
    out = tmp_path / "out"
    assert press.build(tmp_path, out, editions=["print", "html"]).status == 0
    table = json.loads((out / "report.json").read_bytes())["page_map"]
    assert table["edition"] == "print"
    labels = [page["label"] for page in table["pages"]]
    assert labels[0] == "i"
    assert "1" in labels
    assert 'id="page-1"' in (out / "b.html").read_text()
    (check,) = (one for one in json.loads((out / "report.json").read_bytes())["checks"] if one["name"] == "page map")
    assert (check["status"], check["work"]) == ("passed", "b.html")
    assert check["detail"] != "no page marks: the PDF was not made with it"


def test_an_edition_built_alone_has_no_page_numbers_and_a_note_explains_it(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\nWords.\n")
    out = tmp_path / "out"
    press.build(tmp_path, out, editions=["epub"])
    report = json.loads((out / "report.json").read_bytes())
    assert report["page_map"] == {"edition": "", "pages": []}
    (check,) = (check for check in report["checks"] if check["name"] == "page map")
    assert check["detail"] == "no page marks: the PDF was not made with it"


def laid_out_page(number: int, *blocks: tuple[int, str, str]) -> Page:
    """Return a page of a chapter with *blocks*: number in the chapter, whether it was moved, and text."""
    items: list[Item] = []
    for block, moved, words in blocks:
        context = Context(chapter="a", place="a", owner="a", block=block)
        items += [
            Block(context=context, tag="p", kinds=frozenset(), top=0.0, height=10.0, moved=moved),
            Text(text=words, context=context, cell=0, size=10.0, right=10.0),
        ]
    return Page(
        number=number,
        left=0.0,
        top=0.0,
        width=100.0,
        height=100.0,
        items=tuple(items),
        margins="",
        notes=None,
        lowest=100.0,
    )


def test_a_page_begins_where_the_text_goes_on_and_a_block_moved_onto_it_does_not_count() -> None:
    pages = (
        laid_out_page(1, (1, "no", "first "), (3, "no", "third ")),
        laid_out_page(2, (2, "yes", "figure "), (4, "no", "fourth"), (5, "no", "fifth")),
        laid_out_page(3, (5, "no", "goes on")),
    )
    found = page_map.read(pages, ("1", "2", "3"))
    assert [(page.letters, page.begins) for page in found] == [(0, "first"), (16, "fourth"), (27, "goeson")]


def test_a_page_begins_with_a_moved_block_if_the_text_goes_on_there() -> None:
    pages = (
        laid_out_page(1, (1, "no", "first ")),
        laid_out_page(2, (3, "no", "third "), (2, "yes", "table "), (4, "no", "fourth")),
        laid_out_page(3, (4, "no", "goes on")),
    )
    found = page_map.read(pages, ("1", "2", "3"))
    assert [(page.letters, page.begins) for page in found] == [(0, "first"), (5, "table"), (21, "goeson")]


@pytest.mark.parametrize(
    ("second", "begins"),
    [([(2, "yes", "table"), (3, "yes", "other ")], ""), ([(2, "yes", "table"), (4, "no", "fourth")], "fourth")],
    ids=["both-moved", "text-below"],
)
def test_a_text_as_long_as_the_table_above_it_does_not_stand_for_that_table(
    second: list[tuple[int, str, str]], begins: str
) -> None:
    pages = (
        laid_out_page(1, (1, "no", "first "), (5, "no", "short")),
        laid_out_page(2, *second),
        laid_out_page(
            3, *((number, "no", "other ") for number in (3, 4) if number not in [block for block, _, _ in second])
        ),
    )
    _, found, _ = page_map.read(pages, ("1", "2", "3"))
    assert found.begins == begins


def test_the_letters_of_a_block_that_moved_up_are_counted_where_it_stands_in_the_book() -> None:
    pages = (
        laid_out_page(1, (1, "no", "first "), (3, "yes", "table ")),
        laid_out_page(2, (2, "no", "second "), (4, "no", "fourth")),
    )
    found = page_map.read(pages, ("1", "2"))
    assert [(page.letters, page.begins) for page in found] == [(0, "first"), (5, "second")]


def test_a_page_with_nothing_but_a_moved_block_has_no_mark() -> None:
    pages = (laid_out_page(1, (1, "no", "first"), (3, "no", "third")), laid_out_page(2, (2, "yes", "figure")))
    assert [page.place for page in page_map.read(pages, ("1", "2"))] == ["a", ""]


@pytest.mark.parametrize(
    "moved", [((2, "yes", "table "), (1, "no", "first ")), ((1, "no", "first "), (2, "yes", "table "))]
)
def test_a_page_with_the_title_of_a_chapter_begins_there_whatever_moved_in_the_chapter(
    moved: tuple[tuple[int, str, str], ...],
) -> None:
    page = laid_out_page(1, *moved)
    context = Context(chapter="a", place="a", owner="a", in_body=False)
    title = Text(text="A title", context=context, cell=0, size=20.0, right=10.0)
    (found,) = page_map.read((replace(page, items=(title, *page.items)),), ("1",))
    assert (found.place, found.title, found.letters) == ("a", True, 0)
