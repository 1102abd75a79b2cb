"""The content model of HTML: our table compared with EPUBCheck's, and an author's tags repaired without losing a word."""

from __future__ import annotations

import os
import re
import time
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from lxml import etree

from book import html_names, press
from book.assemble import compose
from book.body import Body, parse_html
from book.markdown import content_model as model
from book.markdown import html_policy
from book.markdown.repair import repair
from book.model import Book, Work
from book.problems import Problem, Severity
from book.proof import epubcheck
from tests import wild_html
from tests.loops import some
from tests.making import ABOUT
from tests.math.formulas import ONE
from tests.test_marks import PNG

RIGHT = """
<p>a <em>b</em><br/></p>
<a href="x"><div>block</div></a>
<ul></ul>
<ol start="-3" type="i" reversed=""><li value="7">x</li></ol>
<dl><dt>a</dt><dd>b</dd><dd>c</dd></dl>
<dl><div><dt>a</dt><dd>b</dd></div></dl>
<table><caption>c</caption><colgroup><col span="2"/></colgroup><thead><tr><th scope="col">h</th></tr></thead><tbody><tr><td colspan="2">x</td></tr></tbody><tfoot></tfoot></table>
<table><tr><td rowspan="0">x</td></tr></table>
<details open=""><summary>s <h3>t</h3></summary>x<p>y</p></details>
<figure><p>x</p><figcaption>c</figcaption></figure>
<ruby>a<rt>b</rt>c<rp>(</rp><rt>d</rt><rp>)</rp></ruby>
<hgroup><p>a</p><h2>b</h2></hgroup>
<time datetime="2026-01-02T10:00Z"><b>x</b></time>
<time>soon</time>
<bdo dir="rtl">x</bdo>
<p lang="de-CH" dir="auto" title="t" class="a b" data-any="thing" aria-label="x">x</p>
<ins datetime="2026-01-02" cite="https://example.org/?a=b&amp;c">x</ins>
<img src="a.png" alt="" width="3" height="4"/>
""".strip().split("\n")

WRONG = """
<p>a<div>b</div></p>
<span><p>x</p></span>
<ul><p>x</p></ul>
<ul>text</ul>
<li>x</li>
<dl><dd>x</dd></dl>
<dl><dt>x</dt></dl>
<dl><div>x</div></dl>
<td>x</td>
<table><tr><p>x</p></tr></table>
<table><tbody></tbody><caption>c</caption></table>
<table><tfoot></tfoot><tbody></tbody></table>
<table>text</table>
<details>x</details>
<details><p>x</p><summary>s</summary></details>
<summary>x</summary>
<figure><p>x</p><figcaption>c</figcaption><p>y</p></figure>
<ruby>a</ruby>
<ruby>a<rp>(</rp></ruby>
<rt>x</rt>
<hgroup><h2>a</h2><h3>b</h3></hgroup>
<a href="x"><em><a href="y">z</a></em></a>
<a href="x"><details><summary>s</summary></details></a>
<dfn><em><dfn>x</dfn></em></dfn>
<h2><p>x</p></h2>
<pre><p>x</p></pre>
<bdo>x</bdo>
<img alt="x"/>
<p align="center">x</p>
<td align="center">x</td>
<img src="a.png" alt="" width="40%"/>
<ol start="x"></ol>
<ol type="disc"></ol>
<ul><li value="3">x</li></ul>
<td colspan="0">x</td>
<time datetime="2026-02-3">x</time>
<time><b>x</b></time>
<p lang="x y">x</p>
<p dir="up">x</p>
<center>x</center>
<font>x</font>
<p onclick="x">y</p>
<p epub="x">y</p>
<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mi>x</mi></mfrac></math>
<math xmlns="http://www.w3.org/1998/Math/MathML">x</math>
<math xmlns="http://www.w3.org/1998/Math/MathML"><mtable><mtd/></mtable></math>
<math xmlns="http://www.w3.org/1998/Math/MathML"><mi mathvariant="fat">x</mi></math>
""".strip().split("\n")


def faults(markup_: str) -> list[str]:
    return [fault.message for fault in model.faults(etree.fromstring(f"<div>{markup_}</div>"))]


@pytest.mark.parametrize("text", RIGHT)
def test_valid_html_is_not_reported(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize("text", WRONG)
def test_invalid_html_is_reported(text: str) -> None:
    assert faults(text)


REPAIRED = {
    "a cell in a line": ("<p>z<td>e</td></p>", "<p>z</p><div>e</div>"),
    "items without a list": ("<li>a</li> <li>b</li>", "<ul><li>a</li> <li>b</li></ul>"),
    "rows without a table": ("<tr><td>a</td></tr>", "<table><tr><td>a</td></tr></table>"),
    "a list in a list": ("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    "words in a list": ("<ul>a<li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>"),
    "ends left out": ("<ul><li>a<li>b</li></li></ul>", "<ul><li>a</li><li>b</li> </ul>"),
    "a block in a line": ("<p>a<div>b</div>c</p>", "<p>a</p><div>b</div><p>c</p>"),
    "a block in a mark": (
        '<p>u <span class="c">a<div>b</div>c</span></p>',
        '<p>u <span class="c">a</span></p><div><span class="c">b</span></div><p><span class="c">c</span></p>',
    ),
    "a centred paragraph round a block": (
        '<p align="center">t<ul><li>o</li></ul></p>',
        '<div hb:kind="align-center"><p>t</p><ul><li>o</li></ul></div>',
    ),
    "a link in a link": (
        '<p><a hb:href="x">u <a hb:href="y">z</a> w</a></p>',
        '<p><a hb:href="x">u </a><a hb:href="y">z</a><a hb:href="x"> w</a></p>',
    ),
    "a link round a block": ('<a hb:href="x"><div>o</div></a>', '<div><a hb:href="x">o</a></div>'),
    "a description first": ("<dl><dd>x</dd><dt>y</dt></dl>", "<div><div>x</div></div><dl><dt>y</dt><dd></dd></dl>"),
    "a term alone": ("<dt>x</dt>", "<dl><dt>x</dt><dd></dd></dl>"),
    "no summary": ("<details>no</details>", "<div>no</div>"),
    "a late summary": (
        "<details>a<summary>s</summary>b</details>",
        "a<details><summary>s</summary>b</details>",
    ),
    "a caption in the middle": (
        "<figure>a<figcaption>b</figcaption>c</figure>",
        "<figure>a<figcaption>b</figcaption></figure>c",
    ),
    "a late caption": (
        "<table><tr><td>a</td><td>b</td></tr><caption>c</caption></table>",
        '<table><tbody><tr><td>a</td><td>b</td></tr><tr><td colspan="2">c</td></tr></tbody></table>',
    ),
    "words in a table": (
        "<table>t<tr><td>a</td></tr></table>",
        "<table><tbody><tr><td>t</td></tr><tr><td>a</td></tr></tbody></table>",
    ),
    "a foot that comes first": (
        "<table><tfoot><tr><td>f</td></tr></tfoot><tbody><tr><td>b</td></tr></tbody></table>",
        "<table><tbody><tr><td>f</td></tr></tbody><tbody><tr><td>b</td></tr></tbody></table>",
    ),
    "a break in a table": (
        "<table><br><tr><td>a</td></tr></table>",
        "<table><tbody><tr><td>a</td></tr></tbody></table>",
    ),
    "a table in a caption": (
        "<table><caption><table><tr><td>a</td></tr></table></caption><tr><td>b</td></tr></table>",
        "<table><caption><div><div><div>a</div></div></div></caption><tr><td>b</td></tr></table>",
    ),
    "brackets of readings": ("<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp>c</ruby>", "<ruby>a<rt>b</rt></ruby>c"),
    "a block in a heading": ("<h2>a<div>b</div>c</h2>", "<h2>a b c</h2>"),
    "old elements": (
        "<center>a</center><tt>b</tt><strike>c</strike><big>d</big><nobr>e</nobr><acronym>f</acronym>",
        '<div hb:kind="align-center">a</div><code>b</code><s>c</s><span hb:kind="big">d</span><span hb:kind="nobr">e</span><abbr>f</abbr>',
    ),
    "old attributes": (
        '<table border="1" cellpadding="3" align="right"><tr valign="top"><td align="middle" width="40%" nowrap>a</td></tr></table>',
        '<table border="1" hb:kind="align-right"><tr hb:kind="valign-top"><td hb:kind="align-center">a</td></tr></table>',
    ),
    "a fraction with one part": (
        "<math><mfrac><mi>x</mi></mfrac></math>",
        "<math><mfrac><mi>x</mi><mrow></mrow></mfrac></math>",
    ),
    "a caption between what shows nothing and words": (
        "<figure><wbr><figcaption>a</figcaption><ins>b</ins></figure>",
        "<figure><figcaption>a</figcaption><wbr><ins>b</ins></figure>",
    ),
    "a caption between words and what shows nothing": (
        "<figure>a<figcaption>b</figcaption><wbr></figure>",
        "<figure>a<wbr><figcaption>b</figcaption></figure>",
    ),
    "a caption between what shows nothing": (
        "<figure><wbr><figcaption>a</figcaption><wbr></figure>",
        "<figure><figcaption>a</figcaption><wbr><wbr></figure>",
    ),
    "an odd time": ('<time datetime="yesterday"><b>x</b></time>', "<span><b>x</b></span>"),
    "words taken out of a drawing": (
        '<div>a <svg viewBox="0 0 9 9"><text>b</text><p>c</p></svg>d</div>',
        '<div>a <svg viewBox="0 0 9 9"><text>b</text></svg><p>c</p> d</div>',
    ),
    "words taken out of a drawing in a line": (
        '<h2>a <svg viewBox="0 0 9 9"><a>b</a></svg>c</h2>',
        '<h2>a <svg viewBox="0 0 9 9"></svg><a>b</a> c</h2>',
    ),
    "a direction that is none": ('<bdo dir="up">x</bdo>', "<span>x</span>"),
}


@pytest.mark.parametrize(("text", "wanted"), REPAIRED.values(), ids=REPAIRED.keys())
def test_an_authors_tags_are_put_in_order(text: str, wanted: str) -> None:
    made, _ = repair(text)
    assert made == wanted
    assert repair(made)[0] == made, "a second repair changes nothing"


def test_a_repair_is_reported_at_its_tag() -> None:
    _, (told,) = repair('<p>a<td hb:pos="3:7">b</td></p>')
    assert (told.line, told.column) == (3, 7)
    assert "<td> is outside a table" in told.message


def test_ten_thousand_cells_and_deep_marks_take_little_time() -> None:
    rows = "<tr>" + "<td>x</td>" * 10
    start = time.process_time()
    repair(f"<table>{rows * 1000}</table>")
    repair("<p>" + "<em><b>" * 30 + "x<div>y</div>" + "</b></em>" * 30 + "</p>")
    model_ = etree.fromstring(f"<div>{'<p>x</p>' * 20_000}</div>")
    assert list(model.faults(model_)) == []
    assert time.process_time() - start < 20


# The wild.

SAMPLE = 150


@pytest.mark.parametrize("seed", range(0, SAMPLE, 30))
def test_any_tags_of_an_author_are_made_valid_and_no_letter_moves(seed: int) -> None:
    known = html_policy.TAGS - {"rp"}
    for number in some(range(seed, seed + 30)):
        # As the first wall hands it on, without attributes; drawings and formulas are looked at elsewhere.
        text = re.sub(
            r"<(/?)(\w+)[^>]*>",
            lambda tag: f"<{tag[1]}{tag[2]}>" if tag[2] in known else "",
            wild_html.Wild(number).element(4),
        )
        made, _ = repair(text)
        assert _letters(made) == _letters(text), number
        assert _letters(repair(made)[0]) == _letters(made), number
        page = Body.of(Body(parse_html(compose.second_wall(made))).xhtml()).root
        assert not [one.message for one in model.faults(page) if "has no src" not in one.message], number


def _letters(text: str) -> str:
    return re.sub(r"<[^>]*>|\s", "", text)


def items_of(documents: Sequence[str]) -> tuple[str, str]:
    """Return the entries of *documents* in the manifest and in the spine of a package."""
    items = "".join(
        f'<item id="d{number}" href="d{number}.xhtml" media-type="application/xhtml+xml"{PROPERTIES if "<math" in text else ""}/>'
        for number, text in enumerate(documents)
    )
    return items, "".join(f'<itemref idref="d{number}"/>' for number in range(len(documents)))


def write_documents(archive: zipfile.ZipFile, documents: Sequence[str]) -> None:
    """Write *documents*, and the picture that they show, into an EPUB."""
    archive.writestr("EPUB/a.png", PNG)
    for number, text in enumerate(documents):
        archive.writestr(f"EPUB/d{number}.xhtml", text)


def epub_of(path: Path, documents: Sequence[str]) -> None:
    """Write an otherwise valid EPUB of *documents*."""
    items, steps = items_of(documents)
    lines = "".join(f'<li><a href="d{number}.xhtml">x</a></li>' for number in range(len(documents)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("EPUB/p.opf", PACKAGE.format(items=items + PICTURE, steps=steps))
        archive.writestr("EPUB/nav.xhtml", NAV.format(lines=lines))
        write_documents(archive, documents)


def add_to(epub: Path, path: Path, documents: Sequence[str]) -> None:
    """Write to *path* the EPUB that the press has made, with *documents* behind its chapters."""
    items, steps = items_of(documents)
    with zipfile.ZipFile(epub) as before, zipfile.ZipFile(path, "w") as archive:
        for entry in some(before.infolist()):
            data = before.read(entry)
            if entry.filename.endswith(".opf"):
                text, changes = re.subn("(?=</manifest>)", items + PICTURE, data.decode("utf-8"))
                text, more = re.subn("(?=</spine>)", steps, text)
                assert changes == more == 1
                data = text.encode("utf-8")
            archive.writestr(entry, data)
        write_documents(archive, documents)


PROPERTIES = ' properties="mathml"'
PICTURE = '<item id="a.png" href="a.png" media-type="image/png"/>'
CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="EPUB/p.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<dc:identifier id="i">urn:x</dc:identifier><dc:title>t</dc:title><dc:language>en</dc:language>'
    '<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta></metadata><manifest>'
    '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    "{items}</manifest><spine>{steps}</spine></package>"
)
NAV = (
    f'<html xmlns="{html_names.XHTML}" xmlns:epub="{html_names.EPUB}"><head><title>t</title></head>'
    '<body><nav epub:type="toc"><ol>{lines}</ol></nav></body></html>'
)


WORK = Work(edition="epub", path="wild.epub", bytes=0, digest="")
DEAD_END = f'<html xmlns="{html_names.XHTML}"><head><title>t</title></head>\n<body><p><a href="gone.xhtml">x</a></p></body></html>'
"""A document with one fault, on its second line."""


def findings(folder: Path) -> dict[str, list[Problem]]:
    """Return what EPUBCheck reports of the EPUB in *folder*, by file: errors of the documents, and anything of other files."""
    check = epubcheck.epubcheck(folder, WORK, Book(metadata=ABOUT))
    assert check.status == "failed", check.detail
    found: dict[str, list[Problem]] = defaultdict(list)
    for problem in check.problems:
        name = problem.place.path.removeprefix(f"{WORK.path}/")
        if problem.severity is Severity.ERROR or not re.fullmatch(r"EPUB/d\d+\.xhtml", name):
            found[name].append(problem)
    fatals, errors, *_ = map(int, re.findall(r"\d+", check.detail.partition("usages")[2]))
    if fatals + errors > sum(map(len, found.values())):
        found["more"] = []
    return found


def compare(seeds: range, folder: Path, made: Path | None = None) -> tuple[int, int]:
    """Compare our table with EPUBCheck over the documents of *seeds*; return how many there were, and how many were invalid.

    They are in an EPUB of their own, or behind the chapters of the EPUB *made* by the press, in which nothing else is reported.
    """
    documents = [wild_html.document(seed) for seed in seeds]
    if made:
        add_to(made, folder / WORK.path, [*documents, DEAD_END])
    else:
        epub_of(folder / WORK.path, [*documents, DEAD_END])
    found = findings(folder)
    assert [found[name] for name in found if name != "more" and not name.startswith("EPUB/d")] == []
    (dead,) = found[f"EPUB/d{len(documents)}.xhtml"]
    assert (dead.message.partition(":")[0], dead.place.line) == ("RSC-007 (error)", 2)
    wrong = 0
    for number, (seed, text) in enumerate(some(zip(seeds, documents, strict=True))):
        ours = [fault.message for fault in model.faults(etree.fromstring(text))]
        theirs = found.get(f"EPUB/d{number}.xhtml", [])
        wrong += bool(theirs)
        assert not (theirs and not ours), (seed, text, theirs)
        # EPUBCheck names 25 places of one message at most.
        assert not (ours and not theirs) or "more" in found, (seed, text, ours)
    return len(documents), wrong


def wild_book(folder: Path, seeds: range, *, validators: bool) -> press.Result:
    """Build the EPUB of a book whose chapters come from *seeds*, and one has formulas; run EPUBCheck on it if *validators* shall run."""
    home = folder / "book"
    home.mkdir(parents=True)
    (home / "handbound.toml").write_text('title = "Wild"\nlanguage = "en"\nauthors = ["A"]\nmath = true\n', "utf-8")
    (home / "formulas.md").write_text(ONE, "utf-8")
    (home / "a.png").write_bytes(PNG)
    for seed in seeds:
        (home / f"c{seed:05}.md").write_text(wild_html.chapter(seed), "utf-8")
    return press.build(home, folder / "out", editions=("epub",), validators=validators)


@pytest.mark.needs_epubcheck
def test_our_table_agrees_with_epubcheck_and_a_book_of_wild_chapters_and_of_formulas_is_a_valid_epub(
    tmp_path: Path,
) -> None:
    """In one run of EPUBCheck, which takes as long to start as to look at hundreds of documents."""
    result = wild_book(tmp_path, range(8), validators=False)
    assert [problem for check in result.report.checks for problem in check.problems] == []
    assert result.status == 0
    (made,) = (tmp_path / "out").glob("*.epub")
    documents, wrong = compare(range(80), tmp_path, made)
    assert documents == 80
    assert 20 < wrong < 70


@pytest.mark.torture
@pytest.mark.needs_epubcheck
def test_hundreds_of_wild_chapters_and_documents_are_judged_as_epubcheck_judges_them(tmp_path: Path) -> None:
    ends = time.monotonic() + float(os.environ.get("HANDBOUND_FUZZ_SECONDS", "600"))
    first = int(os.environ.get("HANDBOUND_FUZZ_SEED", "0")) * 1_000_000 + 1000
    rounds = documents = wrong = 0
    while rounds < 1 or time.monotonic() < ends:
        number = first + rounds * 100
        folder = tmp_path / str(rounds)
        result = wild_book(folder, range(number, number + 50), validators=True)
        assert "EPUBCheck" in {check.name for check in result.report.checks if check.status == "passed"}
        assert not [problem for check in result.report.checks for problem in check.problems], number
        seen, bad = compare(range(number, number + 100), folder)
        documents, wrong = documents + seen, wrong + bad
        rounds += 1
    assert documents > wrong > 0
