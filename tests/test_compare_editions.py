"""The comparison of two builds: every kind of difference in small editions, and what is not a difference."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, OutlineItem, String
from PIL import Image

from tests.compare_editions import compare, main

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>A book</title><style>p { margin: 0 }</style></head>
<body><h1 id="first">First</h1><p>One <em>word</em>, an<b>o</b>ther and <a href="#first">a link</a>.</p>
<p><span role="doc-pagebreak" aria-label="page 2"></span><img alt="A bench" src="bench.png"></p></body></html>
"""
REPORT: dict[str, Any] = {
    "page_map": {"edition": "pdf", "pages": [{"label": "1", "place": "title-page"}]},
    "chapters": [{"path": "a.md", "title": "A"}],
    "changes": [{"path": "a.md", "line": 1, "rule": "quotes", "before": '"', "after": "“"}],
    "problems": [
        {"code": "H103", "path": "a.md", "line": 2, "column": 1, "severity": "warning", "message": "left out"}
    ],
    "works": [{"path": "b.pdf", "status": "made", "pages": 2, "words": 9, "bytes": 1000}],
}
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>A book</dc:title><meta property="dcterms:modified">2026-01-01T00:00:00Z</meta></metadata>
<manifest><item id="a" href="a.xhtml"/><item id="b" href="b.xhtml"/></manifest>
<spine><itemref idref="a"/><itemref idref="b"/></spine></package>"""
CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OPS/package.opf"/></rootfiles></container>"""
CHAPTER = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en"><head><title>A</title></head>
<body><section epub:type="chapter"><h1>A</h1><p>Words of A.</p><img alt="A bench" src="bench.png"/></section></body></html>"""
NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>A</text></navLabel>
<content src="a.xhtml"/></navPoint></navMap></ncx>"""


# Editions made here --------------------------------------------------------------------------------------------------


def bench(colour: str = "black", *, compress_level: int = 6) -> bytes:
    file = BytesIO()
    Image.new("RGB", (4, 4), colour).save(file, "png", compress_level=compress_level)
    return file.getvalue()


def epub(path: Path, **changed: str | bytes) -> None:
    """Write an EPUB; *changed* gives other contents to parts, by the part's name without its ending."""
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/package.opf": PACKAGE,
        "OPS/toc.ncx": NCX,
        "OPS/a.xhtml": CHAPTER,
        "OPS/b.xhtml": CHAPTER.replace("of A", "of B"),
        "OPS/bench.png": bench(),
        "OPS/style.css": "p { margin: 0 }",
    }
    parts = {name: changed.pop(Path(name).stem, content) for name, content in parts.items()}
    assert not changed, f"the EPUB has no part {changed}"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def pdf(path: Path, change: Callable[[pikepdf.Pdf], Any] = lambda _: None) -> None:
    """Write a tagged PDF of two pages with words, a link, a bookmark, labels and a figure; *change* spoils it."""
    with pikepdf.new() as book:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        for words in ("The first page", "The second page"):
            page = book.add_blank_page(page_size=(200, 100))
            page.obj.Contents = book.make_stream(f"BT /F 12 Tf 20 50 Td ({words}) Tj ET".encode())
            page.obj.Resources = Dictionary(Font=Dictionary(F=font))
        first, second = (page.obj for page in book.pages)
        link = Dictionary(
            Type=Name.Annot, Subtype=Name.Link, Rect=[40, 45, 70, 65], Dest=Array([second, Name.XYZ, 0, 100, None])
        )
        first.Annots = Array([book.make_indirect(link)])
        figure = Dictionary(Type=Name.StructElem, S=Name.Figure, Alt=String("A bench"), Pg=second)
        document = Dictionary(Type=Name.StructElem, S=Name.Document, K=Array([figure]))
        book.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=document)
        book.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D)]))
        with book.open_outline() as outline:
            outline.root.append(OutlineItem("Second", 1))
        book.docinfo["/Title"] = "A book"
        change(book)
        book.save(path, deterministic_id=True)


def build(folder: Path) -> Path:
    """Write one edition of each format and a report."""
    folder.mkdir()
    (folder / "b.html").write_text(PAGE, encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(REPORT), encoding="utf-8")
    epub(folder / "b.epub")
    pdf(folder / "b.pdf")
    return folder


@pytest.fixture
def builds(tmp_path: Path) -> tuple[Path, Path]:
    """Two equal builds."""
    return build(tmp_path / "old"), build(tmp_path / "new")


def told(builds: tuple[Path, Path]) -> list[str]:
    return [str(difference) for difference in compare(*builds).differences]


# What is equal -------------------------------------------------------------------------------------------------------


def test_equal_builds_have_no_difference(builds: tuple[Path, Path]) -> None:
    comparison = compare(*builds)
    assert (comparison.differences, comparison.same_bytes, comparison.opened) == ((), 4, 0)


def test_what_is_packed_otherwise_is_equal(builds: tuple[Path, Path]) -> None:
    _, new = builds
    pdf(new / "b.pdf", lambda book: book.docinfo.update({"/Producer": "another"}))
    epub(new / "b.epub", bench=bench(compress_level=0), package=PACKAGE.replace("2026", "2027"))
    (new / "b.html").write_text(PAGE.replace("<p>", '<p class="other">').replace(" and ", "\n  and "), encoding="utf-8")
    (new / "report.json").write_text(json.dumps(REPORT, indent=2), encoding="utf-8")
    comparison = compare(*builds)
    assert (comparison.differences, comparison.same_bytes, comparison.opened) == ((), 0, 4)


def test_caches_and_other_files_are_not_compared(builds: tuple[Path, Path]) -> None:
    old, _ = builds
    (old / ".cache").mkdir()
    (old / ".cache" / "x.html").write_text("<p>x</p>", encoding="utf-8")
    (old / "notes.txt").write_text("mine", encoding="utf-8")
    assert not told(builds)


# What differs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("One", "Two", "b.html: words: #first: “One” became “Two”"),
        ("an<b>o</b>ther", "another", "b.html: elements: #first: “b” is gone"),
        ("another", "another", None),
        ("<em>word</em>", "<em>word</em> more", "b.html: words: #first: “word,” became “word more,”"),
        ('href="#first"', 'href="#last"', "b.html: links: #first: “a link → #first” became “a link → #last”"),
        (">a link<", ">the link<", "b.html: links: #first: “a link → #first” became “the link → #first”"),
        ("<h1 id", '<h1 lang="fr" id', "b.html: elements: #first: “h1” became “h1 lang=fr”"),
        (">First<", ">Last<", "b.html: outline: #first: “h1 First” became “h1 Last”"),
        ("page 2", "page 3", "b.html: pages: #first: “page page 2” became “page page 3”"),
        ("A bench", "A table", "b.html: alt texts: #first: “img A bench” became “img A table”"),
        ("bench.png", "table.png", "b.html: pictures: #first: “bench.png” became “table.png”"),
        ("margin: 0", "margin: 1em", "b.html: styles: “p { margin: 0 }” became “p { margin: 1em }”"),
        ("A book", "The book", "b.html: metadata: “title A book” became “title The book”"),
    ],
)
def test_a_page_of_html_that_differs_is_reported(
    builds: tuple[Path, Path], before: str, after: str, line: str | None
) -> None:
    _, new = builds
    (new / "b.html").write_text(PAGE.replace(before, after), encoding="utf-8")
    assert (line in told(builds)) if line else not told(builds)


@pytest.mark.parametrize(
    ("part", "before", "after", "line"),
    [
        ("a", "Words", "Letters", "b.epub: words: OPS/a.xhtml: “Words” became “Letters”"),
        ("a", "chapter", "part", "b.epub: elements: OPS/a.xhtml: “section type=chapter” became “section type=part”"),
        ("a", "A bench", "A table", "b.epub: alt texts: OPS/a.xhtml: “img A bench” became “img A table”"),
        ("toc", "a.xhtml", "b.xhtml", "b.epub: outline: OPS/toc.ncx: “1 A → a.xhtml” became “1 A → b.xhtml”"),
        ("package", "A book", "The book", "b.epub: metadata: OPS/package.opf: “title A book” became “title The book”"),
        ("package", '<itemref idref="b"/>', "", "b.epub: outline: OPS/package.opf: “spine: OPS/b.xhtml” is gone"),
        ("style", "margin: 0", "margin: 1em", "b.epub: styles: OPS/style.css: “p { margin: 0 }” became “p { margin: 1em }”"),
    ],
)  # fmt: skip
def test_a_part_of_an_epub_that_differs_is_reported(
    builds: tuple[Path, Path], part: str, before: str, after: str, line: str
) -> None:
    content = {"a": CHAPTER, "toc": NCX, "package": PACKAGE, "style": "p { margin: 0 }"}[part]
    epub(builds[1] / "b.epub", **{part: content.replace(before, after)})
    assert line in told(builds)


def test_a_picture_of_an_epub_is_compared_by_its_pixels(builds: tuple[Path, Path]) -> None:
    epub(builds[1] / "b.epub", bench=bench("white"))
    (line,) = told(builds)
    assert line.startswith("b.epub: pictures: OPS/bench.png: “4 × 4 pixels ")


def _without_second_page(book: pikepdf.Pdf) -> None:
    del book.pages[1]


def _rename(book: pikepdf.Pdf) -> None:
    with book.open_outline() as outline:
        outline.root[0].title = "Third"


def _lead_to_first_page(book: pikepdf.Pdf) -> None:
    book.pages[0].obj.Annots[0].Dest[0] = book.pages[0].obj


PDF_FAULTS: list[tuple[Callable[[pikepdf.Pdf], Any], str]] = [
    (_without_second_page, "b.pdf: pages: “2 pages” became “1 pages”"),
    (lambda book: book.Root.PageLabels.Nums[1].update({"/P": String("A-")}), "“label 1 label 2” became “label A-1 label A-2”"),
    (lambda book: book.pages[1].obj.update({"/TrimBox": Array([5, 5, 195, 95])}),
     "b.pdf: sizes: page 2: “MediaBox 0 0 200 100” became “MediaBox 0 0 200 100 TrimBox 5 5 195 95”"),
    (_rename, "b.pdf: outline: “1 Second → page 2 /Fit” became “1 Third → page 2 /Fit”"),
    (lambda book: book.Root.StructTreeRoot.K.K[0].update({"/Alt": String("A table")}),
     "b.pdf: alt texts: page 2: “Figure A bench” became “Figure A table”"),
    (lambda book: book.Root.StructTreeRoot.K.K[0].update({"/S": Name.Formula}), "b.pdf: elements: page 2: “Figure” became “Formula”"),
    (lambda book: book.docinfo.update({"/Title": "The book"}), "b.pdf: metadata: “/Title A book” became “/Title The book”"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "line"), PDF_FAULTS)
def test_a_pdf_that_differs_is_reported(
    builds: tuple[Path, Path], change: Callable[[pikepdf.Pdf], Any], line: str
) -> None:
    pdf(builds[1] / "b.pdf", change)
    assert any(line in difference for difference in told(builds))


def _other_words(book: pikepdf.Pdf) -> None:
    book.pages[1].obj.Contents = book.make_stream(b"BT /F 12 Tf 20 50 Td (The last page) Tj ET")


def _moved_words(book: pikepdf.Pdf) -> None:
    book.pages[1].obj.Contents = book.make_stream(b"BT /F 12 Tf 23 50 Td (The second page) Tj ET")


@pytest.mark.needs_poppler
def test_a_link_in_a_pdf_is_reported_with_its_words_and_its_page(builds: tuple[Path, Path]) -> None:
    pdf(builds[1] / "b.pdf", _lead_to_first_page)
    line = "b.pdf: links: page 1: “first → page 2 /XYZ 0 100 null” became “first → page 1 /XYZ 0 100 null”"
    assert told(builds) == [line.replace("null", "None")]


@pytest.mark.needs_poppler
def test_words_of_a_pdf_are_reported_with_their_page(builds: tuple[Path, Path]) -> None:
    pdf(builds[1] / "b.pdf", _other_words)
    words, picture = told(builds)
    assert words == "b.pdf: words: page 2: “second” became “last”"
    assert picture.startswith("b.pdf: pictures: page 2: ")


@pytest.mark.needs_poppler
def test_words_that_moved_are_seen_in_the_picture_alone(builds: tuple[Path, Path], tmp_path: Path) -> None:
    pdf(builds[1] / "b.pdf", _moved_words)
    (difference,) = compare(*builds, pictures=tmp_path / "seen").differences
    assert (difference.kind, difference.where) == ("pictures", "page 2")
    with Image.open(tmp_path / "seen" / "b.pdf-0002.png") as sheet:
        assert sheet.size == (600, 100)


@pytest.mark.parametrize(
    ("key", "entry", "line"),
    [
        ("page_map", {"edition": "print", "pages": REPORT["page_map"]["pages"]}, "“edition: pdf” became “edition: print”"),
        ("page_map", {"edition": "pdf", "pages": []}, '“{"label": "1", "place": "title-page"}” is gone'),
        ("chapters", [], 'report.json: report: chapters: “{"path": "a.md", "title": "A"}” is gone'),
        ("changes", [], "report.json: report: changes: "),
        ("problems", [], "report.json: report: problems: “warning H103 a.md 2 1” is gone"),
        ("works", [], "report.json: report: works: “b.pdf made: 2 pages, 9 words” is gone"),
    ],
)  # fmt: skip
def test_a_report_that_differs_is_reported(builds: tuple[Path, Path], key: str, entry: object, line: str) -> None:
    (builds[1] / "report.json").write_text(json.dumps(REPORT | {key: entry}), encoding="utf-8")
    (difference,) = told(builds)
    assert line in difference


def test_a_different_wording_of_a_problem_does_not_count(builds: tuple[Path, Path]) -> None:
    problem = {**REPORT["problems"][0], "message": "not printed"}
    (builds[1] / "report.json").write_text(json.dumps(REPORT | {"problems": [problem]}), encoding="utf-8")
    assert not told(builds)


def test_a_file_that_only_one_build_has_is_reported(builds: tuple[Path, Path]) -> None:
    old, new = builds
    (old / "b.epub").unlink()
    (new / "b.pdf").rename(new / "c.pdf")
    assert told(builds) == ["b.epub: files: is new", "b.pdf: files: is gone", "c.pdf: files: is new"]


@pytest.mark.parametrize("name", ["b.epub", "b.pdf", "report.json"])
def test_a_damaged_file_is_a_difference(builds: tuple[Path, Path], name: str) -> None:
    (builds[1] / name).write_bytes(b"\x00damaged")
    (line,) = told(builds)
    assert line.startswith(f"{name}: files: the later file cannot be read: ")


# The command ---------------------------------------------------------------------------------------------------------


def test_the_exit_status_shows_whether_builds_differ(
    builds: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = map(str, builds)
    assert main([old, new]) == 0
    (builds[1] / "b.html").write_text(PAGE.replace("One", "Two"), encoding="utf-8")
    assert main([old, new]) == 1
    assert main([old, new, "--without", "words"]) == 0
    assert "not compared: words (--without)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [[], ["OLD"], ["OLD", "nowhere"], ["OLD", "EMPTY"], ["OLD", "OLD", "--without", "letters"]]
)
def test_a_mistake_on_the_command_line_is_status_2(
    builds: tuple[Path, Path], tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    folders = {"OLD": str(tmp_path / "empty") if "EMPTY" in words else str(builds[0]), "EMPTY": str(tmp_path / "empty")}
    with pytest.raises(SystemExit) as stop:
        main([folders.get(word, word) for word in words])
    assert (stop.value.code, capsys.readouterr().out) == (2, "")


def test_many_differences_of_a_kind_are_counted(builds: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    old, new = builds
    for folder, joint in ((old, " "), (new, " new ")):
        body = joint.join(f"word{number}" for number in range(20))
        (folder / "b.html").write_text(f"<p>{body}</p>", encoding="utf-8")
    assert main([str(old), str(new)]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert "b.html: words: 14 more; --all prints them" in shown
    assert len([line for line in shown if line.startswith("b.html: words: “new” is new")]) == 5
    main([str(old), str(new), "--all"])
    assert capsys.readouterr().out.count("“new” is new") == 19


def test_what_this_machine_cannot_compare_is_named(
    builds: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pdf(builds[1] / "b.pdf", _moved_words)
    monkeypatch.setenv("PATH", "")
    assert main([str(folder) for folder in builds]) == 0
    shown = capsys.readouterr().out
    assert "not compared: pictures of PDF pages: no pdftoppm" in shown
    assert "not compared: words of PDF pages and of their links: no pdftotext" in shown
