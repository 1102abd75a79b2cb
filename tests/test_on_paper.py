"""The look of pages: no heading without text, task boxes as wide as their indent."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from lxml import etree
from msgspec.structs import replace

from book import press, theme
from book.assemble import gaps
from book.body import AFTER, MARKS, TABLE, Body, kinds
from book.editions import EDITIONS, leaves
from book.editions.pages import Source
from book.model import Chapter
from book.paged import footnotes, on_paper, page_body, tables
from book.paged.fit import Fitting
from book.problems import Severity
from book.proof import pdf_text
from tests.making import build_book, write_book
from tests.told_by_pdf import texts

NOTED = "---\ntitle: One\n---\n\nA word[^a].\n\n[^a]: Said at the foot.\n"
TASKS = "---\ntitle: Two\n---\n\n- [ ] write it down\n- [x] ask\n\n* [ ] loose\n\n* [x] and *done*\n"


@pytest.fixture(scope="module")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> tuple[Chapter, ...]:
    """The two chapters, composed."""
    folder: Path = tmp_path_factory.mktemp("paper")
    (folder / "handbound.toml").write_text('title = "A book"\n', encoding="utf-8")
    (folder / "01.md").write_text(NOTED, encoding="utf-8")
    (folder / "02.md").write_text(TASKS, encoding="utf-8")
    return press.read(folder).book.spine


def test_a_chapter_whose_notes_all_stand_at_the_foot_keeps_no_empty_head_of_notes(
    chapters: tuple[Chapter, ...],
) -> None:
    body = chapters[0].body.root
    assert [element for element in body.iter() if "footnotes" in kinds(element)]
    footnotes.lower(body)
    assert [element for element in body.iter("span") if footnotes.CLASS in kinds(element)]
    assert not [element for element in body.iter() if "footnotes" in kinds(element)]


def test_the_numbers_of_two_notes_in_a_row_are_not_read_as_one(tmp_path: Path) -> None:
    text = "One[^a][^b], two[^a] [^b] and *three*[^a]*four*.\n\n[^a]: A.\n\n[^b]: B.\n"
    (chapter,) = press.read(write_book(tmp_path, text)).book.spine
    line = re.sub(r"</?(?:em|a)\b[^>]*>", "", chapter.body.html().partition("</p>")[0])
    assert line.replace("\u202f", "_").endswith("One1_2, two1 2 and three1four.")


def test_the_space_behind_the_box_of_a_task_stands_in_the_box(chapters: tuple[Chapter, ...]) -> None:
    marks = chapters[1].body.root.xpath("//span[starts-with(@hb:kind, 'task ')]", namespaces={"hb": MARKS})
    assert [mark.text for mark in marks] == ["☐ ", "☒ ", "☐ ", "☒ "]
    assert all(not (mark.tail or "").startswith((" ", "\n")) for mark in marks)


@pytest.mark.needs_pango
def test_lists_on_paper_bear_the_numbers_that_their_author_gave_them() -> None:
    import weasyprint

    body = Body.of(
        '<ol start="7"><li>seven</li><li>eight</li></ol><ol><li>one<ol><li>within</li></ol></li><li>two</li></ol>'
        '<ol type="a" start="3" reversed=""><li>see</li><li value="9">eye</li><li>aitch</li></ol>'
    ).root
    on_paper.count(body)
    pages = (
        weasyprint.HTML(string=f"<style>ol {{ list-style-position: inside }}</style>{Body(body).spell()}")
        .render()
        .pages
    )
    said = "".join(getattr(box, "text", "") for page in pages for box in page._page_box.descendants())
    assert said.replace(" ", "") == "7.seven8.eight1.one1.within2.twoc.seei.eyeh.aitch"


@pytest.mark.needs_pango
def test_a_mark_for_a_new_page_begins_one_on_paper_and_is_nothing_elsewhere(tmp_path: Path) -> None:
    text = '# One\n\nFirst.\n\n<hr class="page-break">\n\nSecond.\n\n<div style="page-break-after: always"></div>\n\nThird.\n'
    (tmp_path / "handbound.toml").write_text('title = "A book"\nsidebar = ["01.md"]\n', encoding="utf-8")
    (tmp_path / "01.md").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    report = press.build(tmp_path, out, editions=("pdf", "epub")).report
    assert not [problem for problem in report.problems if problem.severity > Severity.NOTE]
    with pikepdf.open(out / "a-book.pdf") as pdf:
        begins = {run.text.strip(): run.page for run in pdf_text.runs(pdf)}
    assert begins["Second."] == begins["First."] + 1
    assert begins["Third."] == begins["Second."] + 1
    with zipfile.ZipFile(out / "a-book.epub") as book:
        assert not [name for name in book.namelist() if name.endswith(".xhtml") and b"<hr" in book.read(name)]
    # A page that its author ended is not told as half empty.
    assert not [problem for problem in report.problems if problem.code == "E127"]


@pytest.mark.parametrize("line", ["_" * 30, ". " + "." * 20, "–" * 16])
def test_a_paragraph_with_a_line_to_write_on_is_ragged(line: str) -> None:
    root = Body.of(f"<p>Employed by {line} <em>(name)</em></p><p>Wait … or ___ or --- or ……</p>").root
    on_paper.ease(root)
    assert ["ragged" in kinds(block) for block in root.iter("p")] == [True, False]


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("<ul><li>How did you get round it?</li></ul>", ["round it?"]),
        ("<ul><li>How did you get <em>well</em> over all of it.</li></ul>", ["of it."]),
        ("<blockquote><p>Someone had seen it before that day</p></blockquote>", ["that day"]),
        ("<ul><li>Someone had seen it <em>all</em></li><li>it is</li><li>long before</li></ul>", []),
        ("<p>How did you get round it?</p>", []),
        ("<h2>What is done in part 2</h2>", ["part 2"]),
        ("<h3>Whatever is done by <em>all</em></h3>", []),
    ],
)
def test_a_short_last_word_of_a_ragged_text_stays_with_the_word_before_it(text: str, tied: list[str]) -> None:
    body = Body.of(text)
    root = body.copy(lambda element: page_body.prepare(element, lambda _: None))
    assert [element.text for element in root.iter("span") if "tied" in kinds(element)] == tied
    assert "".join(root.itertext()) == "".join(body.root.itertext())


def test_no_page_ends_between_a_paragraph_with_a_colon_and_what_it_introduces() -> None:
    text = "<p>Such as:</p><ul><li>one</li></ul><p>As here:</p><p>Text.</p><pre>code</pre><p>再见：</p><pre>code</pre><p>End:</p>"
    root = Body.of(text).copy(lambda element: page_body.prepare(element, lambda _: None))
    assert [block.text for block in root.iter("p") if "introduction" in kinds(block)] == ["Such as:", "再见："]
    text = "<ol><li><p>Run:</p><pre>code</pre></li></ol><dl><dd><p>See:</p><figure/></dd></dl><blockquote><p>No:</p><ul><li>x</li></ul></blockquote>"
    root = Body.of(text).copy(lambda element: page_body.prepare(element, lambda _: None))
    assert [block.text for block in root.iter("p") if "introduction" in kinds(block)] == ["Run:", "See:"]
    text = '<p>In the file:</p><p xmlns:hb="urn:handbound:marks" hb:kind="label"><strong>book.toml</strong></p><pre>code</pre>'
    root = Body.of(text).copy(lambda element: page_body.prepare(element, lambda _: None))
    assert [block.text for block in root.iter("p") if "introduction" in kinds(block)] == ["In the file:"]


def test_no_page_ends_within_introductions_or_a_sentence_that_goes_on_in_a_listing() -> None:
    label = '<p hb:kind="label"><strong>book.toml</strong></p><pre>code</pre>'
    ends = (
        '<p>If you run this,</p><pre>code</pre><p>which gives</p><div hb:kind="formula"/><p>It ends.</p><pre>code</pre>'
    )
    more = "<p>a picture</p><figure/><p>Answers</p><div><p>Questions</p></div><p>words</p><ul><li>a</li></ul>"
    text = f"<p>Write it in this file:</p><p>The settings:</p>{label}{ends}{more}"
    text = text.replace("hb:kind", 'xmlns:hb="urn:handbound:marks" hb:kind')
    root = Body.of(text).copy(lambda element: page_body.prepare(element, lambda _: None))
    assert [block.text for block in root.iter("p") if "introduction" in kinds(block)] == [
        "Write it in this file:",
        "The settings:",
        "If you run this,",
        "which gives",
    ]


def test_no_line_ends_between_the_dashes_of_an_option_and_its_name() -> None:
    text = "<p>Run <code>jupyter book init --write-toc -v</code>, or <code>a - b</code> and <code>--</code>.</p>"
    root = Body.of(text).copy(on_paper.ease)
    assert (
        "".join(root.itertext()).replace(on_paper.TIE, "_")
        == "Run jupyter book init --_write-toc -_v, or a - b and --."
    )


LONG = "An introduction to the Accessibility Guild and accessibility as it relates to our work at all times."
FIVE = ("Accessibility<br/>101", LONG, "Conference", "Recommended", "presentation")


@pytest.mark.parametrize(
    ("cells", "kind", "room", "shrunk"),
    [
        (FIVE, "table", 32.1, True),
        (FIVE, "table", 0, False),
        (FIVE, "table turned", 32.1, False),
        (FIVE, "table", 60, False),
        ((*FIVE[:3], FIVE[0]), "table", 32.1, False),
        (("a", 9 * LONG), "table", 32.1, False),
    ],
)
def test_a_table_with_a_word_a_line_in_a_column_is_set_smaller(
    cells: tuple[str, ...], kind: str, room: float, shrunk: bool
) -> None:
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    body = Body.of(f'<div hb:kind="{kind}"><table><tbody><tr>{row}</tr></tbody></table></div>').root
    body[0].set(TABLE, "1")
    tables.shrink_cramped(body, room)
    assert ("shrunk" in kinds(body[0])) is shrunk


def test_the_room_of_a_table_is_that_of_the_text_and_large_print_never_shrinks() -> None:
    folio = theme.load("folio")
    assert round(tables.room_on(folio), 1) == 32.1
    large = {**folio.tokens, "type": {**folio.tokens["type"], "table_size": "16pt"}}
    assert tables.room_on(replace(folio, tokens=large)) == 0


def test_the_title_of_a_chapter_or_a_section_that_a_link_names_is_marked_on_paper(tmp_path: Path) -> None:
    (tmp_path / "handbound.toml").write_text('title = "A book"\n', encoding="utf-8")
    text = "See [Glue](02.md), [boiling glue](02.md#boiling-glue), [another chapter](02.md) and [Boiling](02.md#boiling-glue)."
    (tmp_path / "01.md").write_text(f"# One\n\n{text}\n", encoding="utf-8")
    (tmp_path / "02.md").write_text("# Glue\n\n## Boiling glue\n\nIt ends.\n", encoding="utf-8")
    book = press.read(tmp_path).book
    named = []

    def source(name: str) -> Source:
        edition = EDITIONS[name]
        return Source(press.read(tmp_path).book, edition, theme.load("folio").for_edition(edition))

    for name in ("print", "pdf"):
        page, _ = source(name).page(Fitting())
        named.append(re.findall(r'class="[^"]*hb-named[^"]*"[^>]*>([^<]+)', page))
    assert named == [["Glue", "boiling glue"], []]
    (leaf, _), _ = leaves.gather(book, theme.load("folio"))
    assert leaf.item.chapter is not None
    first = book.spine[0].slug
    keys = [source(name).key(first) for name in ("print", "pdf")]
    (tmp_path / "02.md").write_text("# Paste\n\n## Boiling glue\n\nIt ends.\n", encoding="utf-8")
    assert all(keys)
    assert [source(name).key(first) == key for name, key in zip(("print", "pdf"), keys, strict=True)] == [False, True]
    spans = [link for link in leaf.item.chapter.body.iter("span") if "named" in kinds(link)]
    assert ["".join(link.itertext()) for link in spans] == ["Glue", "boiling glue"]


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("blog.bindery.example", True),
        ("https://blog.bindery.example/glue/", True),
        ("blog.bindery.example/glue", True),
        ("bindery.example", False),
        ("The blog", False),
        ("blog", False),
    ],
)
def test_words_of_a_link_that_begin_its_address_are_divided_like_one(words: str, address: bool) -> None:
    body = Body.of(f'<p><a href="https://blog.bindery.example/glue/">{words}</a></p>').root
    on_paper.ease(body)
    assert ("address" in kinds(next(body.iter("a")))) is address


@pytest.mark.parametrize("around", ["p", "dd", "aside"])
def test_the_address_of_a_missing_image_is_divided_like_one(around: str) -> None:
    body = Body.of(f"<{around}><img/> Words.</{around}>").root
    (image,) = body.iter("img")
    gaps.words_instead(image, "avatar", "https://avatars.bindery.example/a-face?size=180")
    on_paper.ease(body)
    alone, outer = list(body.iter("span"))[-1], body[0]
    assert "address" in kinds(alone)
    assert len((alone.text or "").split("\u200b")) > 5
    assert ("ragged" in kinds(outer)) is (around != "aside")


@pytest.mark.parametrize(
    ("paragraph", "on_page"),
    [
        ("as [Two](#two) has it", "as Two (page *) has it"),
        ("once ([Two](#two)) and [Two](#two)", "once (Two, page *) and Two (page *)"),
        ("if 2) one *(or [Two](#two), (b) [Two](#two))*", "if 2) one (or Two, page *, (b) Two, page *)"),
        ("(a) [Two](#two)", "(a) Two (page *)"),
    ],
)
def test_no_page_number_stands_in_brackets_within_brackets(tmp_path: Path, paragraph: str, on_page: str) -> None:
    (tmp_path / "handbound.toml").write_text('title = "A book"\n', encoding="utf-8")
    (tmp_path / "01.md").write_text(f"---\ntitle: One\n---\n\n{paragraph}\n\n## Two\n\nIt ends.\n", encoding="utf-8")
    (chapter,) = press.read(tmp_path).book.spine
    body = chapter.body.root
    on_paper.annotate(body, chapter, frozenset())
    for number in body.xpath("//*[@hb:after]", namespaces={"hb": MARKS}):
        number.text = f"{number.text}*{number.get(AFTER)}"
    assert "".join(next(body.iter("p")).itertext()) == on_page


@pytest.mark.parametrize(
    ("paragraph", "words"),
    [
        ("<p>On a cold day in May.</p>", "On a cold"),
        ("<p>“Would you\nuse it?”</p>", "“Would you\nuse"),
        ("<p>On <b>a</b> cold day.</p>", "On"),
        ("<p>Chap<b>ter</b> one.</p>", ""),
        ("<p><b>On</b> a cold day.</p>", ""),
        ("<p>Rain.</p>", ""),
        ("<p>Из искры возгорится пламя.</p>", "Из искры возгорится"),
        ("<p>Καλώς ήρθατε στην ομάδα.</p>", ""),
        ("<p>On Ὀλυμπίας day.</p>", ""),
        ("<p>在寒冷的 五月 一天 里。</p>", ""),
        ("<p>في يوم بارد من مايو.</p>", ""),
        ("<ul><li>On a cold day.</li></ul>", ""),
        ("<pre>On a cold day.</pre><p>On a cold day.</p>", ""),
        ("", ""),
    ],
)
def test_first_words_are_whole_words_of_a_paragraph_in_a_script_with_capitals(paragraph: str, words: str) -> None:
    body = etree.fromstring(f"<div>{paragraph}</div>")
    before = "".join(body.itertext())
    page_body.set_off_first_words(body, 3)
    assert "".join(body.itertext()) == before
    assert "".join(span.text or "" for span in body.iter("span") if "first-words" in kinds(span)) == words


@pytest.mark.needs_pango
@pytest.mark.parametrize("sentence", ["On a cold Day in May.", "Καλώς ήρθατε στις ομάδες μας."])
def test_the_first_words_in_small_capitals_are_read_as_they_were_written(sentence: str, tmp_path: Path) -> None:
    text = f"# One\n\n{sentence}\n"
    book = write_book(tmp_path / "book", {"one.md": text}, 'title = "T"\ntheme = "folio"\n')
    assert press.build(book, tmp_path / "out", editions=("pdf",)).status == 0
    pdf = pypdfium2.PdfDocument(next((tmp_path / "out").glob("*.pdf")))
    assert any(sentence in page.get_textpage().get_text_range() for page in pdf)


BOXES = "> [!WARNING]\n> Outer words.\n>\n> > Quoted words.\n>\n> > [!TIP]\n> > Inner words.\n"


@pytest.mark.needs_pango
def test_a_box_or_a_quotation_in_a_box_has_a_distance_and_the_sign_of_its_own_kind(tmp_path: Path) -> None:
    files = {"handbound.toml": 'title = "T"\nslug = "t"\ntheme = "field"\n', "one.md": f"# One\n\n{BOXES}"}
    path = build_book(tmp_path, files, ("print",)) / "t-print.pdf"
    with pikepdf.open(path) as pdf:
        painted = "".join(part for page in pdf.pages for _, part in texts(page))
    lines: list[float] = []
    for page in pypdfium2.PdfDocument(path):
        for word in ("Outer", "Quoted", "Inner"):
            found_at = page.get_textpage().search(word).get_next()
            lines += [page.get_textpage().get_charbox(found_at[0], loose=True)[1]] if found_at else []
    outer, quoted, inner = lines
    assert outer - quoted > 16
    assert quoted - inner > 40
    assert [painted.count(sign) for sign in "\u26a0\u261e"] == [1, 1]
