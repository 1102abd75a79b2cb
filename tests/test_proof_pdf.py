"""The proofs of the PDF: a valid one passes all of them, and each damaged one is reported."""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from book import proof
from book.markdown.nodes import attribute, node, text
from book.model import Book, Check, Draft, Metadata, Node, Work
from book.proof import page_content, pdf_text, pdf_words
from tests.making import codes, make_book, make_draft

HERE = Path(__file__).parent / "proof"

LONG = (
    "Internationalization notwithstanding, extraordinary circumstances characterize misunderstandings: "
    "a well-known self-evident office affliction of straightforward representatives."
)


def paragraph(words: str) -> Node:
    return node("Para", text(words))


def draft(slug: str, title: str, *blocks: Node) -> Draft:
    return make_draft(blocks, path=f"{slug}.md", title=title)


NOTE = node("Note", [paragraph("It is a long way.")])
ABOUT = Metadata(title="The Two Chapters", identifier="urn:x", slug="book", date="2026-01-02", modified="")


@functools.cache
def book() -> Book:
    return make_book(
        draft("one", "One", node("Para", [*text("The first chapter leads to the end and to a site."), NOTE])),
        draft(
            "two",
            "Two",
            node("BulletList", [[paragraph("a well-known list")], [paragraph("of two")]]),
            paragraph("left right"),
            node("CodeBlock", attribute(), 'print("one  two")'),
            paragraph(LONG),
            paragraph(f"Page after page of it. {LONG}"),
            paragraph("The end."),
        ),
        about=ABOUT,
    )


def compose(page: str) -> bytes:
    """Return *page* laid out, with what the PDF format adds afterwards."""
    import weasyprint

    raw = weasyprint.HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        labels = pikepdf.Array([0, pikepdf.Dictionary(S=pikepdf.Name.D)])
        pdf.Root.PageLabels = pdf.make_indirect(pikepdf.Dictionary(Nums=labels))
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


@pytest.fixture(scope="module")
def sound(needs_pango: None) -> bytes:
    return compose((HERE / "pdf.html").read_text("utf-8"))


def checks(folder: Path, data: bytes, pages: int | None = None, memory: Path | None = None) -> tuple[Check, ...]:
    (folder / "book.pdf").write_bytes(data)
    if pages is None:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pages = len(pdf.pages)
    digest = hashlib.sha256(data).hexdigest()
    work = Work(edition="pdf", path="book.pdf", bytes=len(data), digest=digest, pages=pages)
    return proof.prove(folder, (work,), book(), validators=False, cache=memory)


def test_a_sound_pdf_passes_every_own_proof(sound: bytes, tmp_path: Path) -> None:
    found = checks(tmp_path, sound)
    assert [problem for check in found for problem in check.problems] == []
    assert [check.status for check in found] == ["passed"] * 4


def test_layout_breaks_words_in_the_sound_pdf(sound: bytes) -> None:
    """Otherwise the joining of hyphens would not be tried."""
    with pikepdf.open(io.BytesIO(sound)) as pdf:
        lines = [run.text for run in pdf_text.runs(pdf)]
    assert sum(line.endswith("\u2010") for line in lines) >= 3
    assert any("self-" in line for line in lines)


def no_unicode(pdf: pikepdf.Pdf) -> None:
    for font in pdf.objects:
        if isinstance(font, pikepdf.Dictionary) and "/ToUnicode" in font:
            del font["/ToUnicode"]
            return


def empty_unicode(pdf: pikepdf.Pdf) -> None:
    for font in pdf.objects:
        if isinstance(font, pikepdf.Dictionary) and "/ToUnicode" in font:
            font["/ToUnicode"].write(b"begincmap endcmap")
            return


def font_left_out(pdf: pikepdf.Pdf) -> None:
    for descriptor in pdf.objects:
        if isinstance(descriptor, pikepdf.Dictionary) and descriptor.get("/Type") == "/FontDescriptor":
            for key in ("/FontFile", "/FontFile2", "/FontFile3"):
                if key in descriptor:
                    del descriptor[key]


def drawing_without_a_font(pdf: pikepdf.Pdf) -> None:
    resources = pdf.pages[0].obj.Resources
    name = next(iter(resources.Font.keys()))
    form = pdf.make_stream(f"BT {name} 9 Tf <0001> Tj ET".encode())
    form.stream_dict.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form, "/BBox": [0, 0, 9, 9]})
    outer = pdf.make_stream(b"/x0 Do", form.stream_dict)
    outer.stream_dict.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(x0=form))
    resources.XObject = pikepdf.Dictionary(drawing=outer)


def no_language(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/Lang"]


def another_language(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Lang = pikepdf.String("de")


def not_marked(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/MarkInfo"]


def name_of_the_file_shown(pdf: pikepdf.Pdf) -> None:
    pdf.Root.ViewerPreferences.DisplayDocTitle = False


def no_title(pdf: pikepdf.Pdf) -> None:
    del pdf.docinfo["/Title"]


def no_tags(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/StructTreeRoot"]


def no_parent_tree(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.StructTreeRoot["/ParentTree"]


def no_outline(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/Outlines"]


def no_labels(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/PageLabels"]


def labels_from_the_second_page(pdf: pikepdf.Pdf) -> None:
    pdf.Root.PageLabels.Nums[0] = 1


def script_in_the_names(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names.JavaScript = pikepdf.Dictionary(Names=[])


def script_on_opening(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def script_on_a_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = pikepdf.Dictionary()


def launching_link(pdf: pikepdf.Pdf) -> None:
    first_link(pdf).A = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="a.exe")


def link_with_a_second_action(pdf: pikepdf.Pdf) -> None:
    first_address(pdf).Next = pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.Print)


def attached_file(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.txt"] = b"hello"


def attached_note(pdf: pikepdf.Pdf) -> None:
    first_link(pdf).Subtype = pikepdf.Name.FileAttachment


def trim_wider_than_the_sheet(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.MediaBox = pikepdf.Array([0, 0, 50, 50])
    pdf.pages[1].obj.TrimBox = pikepdf.Array([0, 0, 60, 60])


def sheet_without_area(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[1].obj
    for key in ("/MediaBox", "/TrimBox", "/BleedBox", "/CropBox"):
        page[key] = pikepdf.Array([0, 0, 0, 0])


def links(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [annotation for page in pdf.pages for annotation in page.obj.get("/Annots", ())]


def first_link(pdf: pikepdf.Pdf) -> pikepdf.Object:
    return links(pdf)[0]


def first_address(pdf: pikepdf.Pdf) -> pikepdf.Object:
    return next(link.A for link in links(pdf) if "/A" in link and "/URI" in link.A)


def link_to_no_destination(pdf: pikepdf.Pdf) -> None:
    link = next(link for link in links(pdf) if "/Dest" in link or link.A.S == "/GoTo")
    if "/Dest" in link:
        link.Dest = pikepdf.String("finish")
    else:
        link.A.D = pikepdf.String("finish")


def link_to_nowhere(pdf: pikepdf.Pdf) -> None:
    link = first_link(pdf)
    for key in ("/Dest", "/A"):
        if key in link:
            del link[key]


def link_to_a_lost_page(pdf: pikepdf.Pdf) -> None:
    link = first_link(pdf)
    lost = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Page))
    link.A = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=[lost, pikepdf.Name.Fit])


def destination_on_a_lost_page(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[1]


def bookmark_to_nowhere(pdf: pikepdf.Pdf) -> None:
    mark = pdf.Root.Outlines.First
    mark.Dest = pikepdf.Array([])


def destination_that_stands_twice(pdf: pikepdf.Pdf) -> None:
    names = pdf.Root.Names.Dests.Names
    names.append(names[0])
    names.append(names[1])


def link_to_a_file(pdf: pikepdf.Pdf) -> None:
    first_address(pdf).URI = pikepdf.String("file:///etc/passwd")


def link_to_a_chapter_file(pdf: pikepdf.Pdf) -> None:
    first_address(pdf).URI = pikepdf.String("chapters/two.md#end")


def link_to_a_file_beside_it(pdf: pikepdf.Pdf) -> None:
    first_address(pdf).URI = pikepdf.String("book.epub")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (no_unicode, "P142"),
        (empty_unicode, "P142"),
        (font_left_out, "P142"),
        (drawing_without_a_font, "P142"),
        (no_language, "P143"),
        (another_language, "P143"),
        (not_marked, "P143"),
        (name_of_the_file_shown, "P143"),
        (no_title, "P143"),
        (no_tags, "P144"),
        (no_parent_tree, "P144"),
        (no_outline, "P145"),
        (no_labels, "P146"),
        (labels_from_the_second_page, "P146"),
        (script_in_the_names, "P147"),
        (script_on_opening, "P147"),
        (script_on_a_page, "P147"),
        (launching_link, "P147"),
        (link_with_a_second_action, "P147"),
        (attached_file, "P147"),
        (attached_note, "P147"),
        (trim_wider_than_the_sheet, "P148"),
        (sheet_without_area, "P148"),
        (destination_on_a_lost_page, "P149"),
        (destination_on_a_lost_page, "P122"),
        (link_to_no_destination, "P122"),
        (link_to_nowhere, "P122"),
        (link_to_a_lost_page, "P122"),
        (bookmark_to_nowhere, "P122"),
        (destination_that_stands_twice, "P121"),
        (link_to_a_file, "P124"),
        (link_to_a_chapter_file, "P124"),
        (link_to_a_file_beside_it, "P122"),
    ],
)
def test_every_fault_of_a_pdf_is_reported(
    spoil: Callable[[pikepdf.Pdf], None], code: str, sound: bytes, tmp_path: Path
) -> None:
    with pikepdf.open(io.BytesIO(sound)) as pdf:
        pages = len(pdf.pages)
        spoil(pdf)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    found = checks(tmp_path, out.getvalue(), pages)
    assert code in codes(found), found
    assert {problem.place.path for check in found for problem in check.problems} == {"book.pdf"}


def test_a_pdf_that_must_be_repaired_is_reported(sound: bytes, tmp_path: Path) -> None:
    assert "P141" in codes(checks(tmp_path, sound.replace(b"startxref\n", b"startxref\n9"), 3))


def test_a_pdf_with_a_damaged_stream_is_reported(sound: bytes, tmp_path: Path) -> None:
    start = sound.index(b"/FlateDecode")
    start = sound.index(b"stream\n", start) + 40
    damaged = sound[:start] + bytes(40) + sound[start + 40 :]
    found = checks(tmp_path, damaged, 3)
    assert codes(found) & {"P141", "P100"}


def test_a_file_that_is_not_a_pdf_is_a_problem_without_a_traceback(tmp_path: Path) -> None:
    found = checks(tmp_path, b"%PDF-1.7 and then nothing", 3)
    assert {check.status for check in found} == {"failed"}
    assert codes(found) == {"P100"}


@pytest.mark.needs_pango
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<em>first</em> ", ""),
        ("and to", "to and"),
        ("It is a long way.", ""),
        ("<li>of two</li>", ""),
        ("<th>right</th>", ""),
        ("self-evident office", "self-evident"),
        ("a well-known self", "a wellknown self"),
        ("The end.", "The"),
        ("The end.", ""),
        ("Page after page", "Page after after page"),
        ("one  two", "one three two"),
        ("<pre><code>", '<pre hidden style="display:none"><code>'),
    ],
)
def test_a_change_of_words_is_reported(old: str, new: str, tmp_path: Path) -> None:
    page = (HERE / "pdf.html").read_text("utf-8")
    assert old in page
    assert codes(checks(tmp_path, compose(page.replace(old, new)))) & {"P161", "P162"}


@pytest.mark.needs_pango
def test_a_lost_chapter_is_reported(tmp_path: Path) -> None:
    page = (HERE / "pdf.html").read_text("utf-8")
    start, end = page.index('<section id="two"'), page.index("</body>")
    page = (page[:start] + page[end:]).replace("#two", "#one").replace("#end", "#one")
    assert "P162" in codes(checks(tmp_path, compose(page)))


@pytest.mark.needs_pango
def test_a_lost_word_is_named_with_its_page(tmp_path: Path) -> None:
    page = (HERE / "pdf.html").read_text("utf-8").replace("self-evident office", "office")
    problems = [problem for check in checks(tmp_path, compose(page)) for problem in check.problems]
    assert problems[0].message.startswith(
        "two.md, page 3, after 'misunderstandings: a well-known': the book has 'self-evident office"
    )


def test_a_note_at_the_foot_of_the_page_is_read_apart(sound: bytes, tmp_path: Path) -> None:
    page = (HERE / "pdf.html").read_text("utf-8")
    foot = '<span class="note">It is a long way.</span>'
    page = page.replace(f'<p class="notes">{foot}</p>', "").replace("a site</a>.", f"a site</a>.{foot}")
    page = page.replace(
        "</style>", ".note { float: footnote } ::footnote-call, ::footnote-marker { content: none }</style>"
    )
    with pikepdf.open(io.BytesIO(compose(page))) as pdf:
        role_of_the_note(pdf)
        out = io.BytesIO()
        pdf.save(out)
    found = checks(tmp_path, out.getvalue())
    assert codes(found) == set(), found


def role_of_the_note(pdf: pikepdf.Pdf) -> None:
    """Call the box of the footnote a Note, as the PDF format does."""
    painted = pdf_text.painted(pdf.pages[1])
    mcid = next(number for number, words in painted.items() if "long way" in words)
    for element in pdf.objects:
        if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/Span" and element.get("/K") is not None:
            kids = list(element.K) if isinstance(element.K, pikepdf.Array) else [element.K]
            if mcid in kids and element.Pg.objgen == pdf.pages[1].obj.objgen:
                element.P.S = pikepdf.Name.Note


def test_letters_are_compared_composed_and_without_layout() -> None:
    assert pdf_words.letters("e\u0301 A\u00adB\n\u2011") == "\u00e9ab-"
    assert pdf_words.letters("a\u200db\u200c") == "ab"


def test_tags_in_another_order_than_the_page_are_counted_and_lose_nothing(sound: bytes, tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(sound)) as pdf:
        for element in pdf.objects:
            if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/Document":
                element.K = pikepdf.Array(reversed(list(element.K)))
        out = io.BytesIO()
        pdf.save(out)
    found = checks(tmp_path, out.getvalue())
    assert codes(found) == set()
    assert found[-1].detail.endswith("in 1 of them the tags read in another order than the page")


@pytest.mark.parametrize(
    "content",
    [b"q " + b"1.5 " * 60 + b"\x83 ", b"0.5 1.5 m " * 60 + b"\x83 ", b"[" + b"1.5 " * 60 + b"\x83 ] TJ", b"[" + b"<41> 1.5 " * 60],
    ids=["operands", "operators", "a list", "texts"],
)  # fmt: skip
def test_many_numbers_before_a_damaged_operator_are_read_once(content: bytes) -> None:
    assert page_content._plainly(content) is None  # read in all ways, they would take years


def test_numbers_are_operands_however_they_are_written() -> None:
    plain = page_content._plainly(b"1 .5 -2. +0.25 1.50 0 cm /P <</MCID 3>> BDC 1.5 .5 m 2 2 l S EMC")
    assert plain == page_content.Content((), (3,), True)
