"""Pages that are remembered and joined are those of one document: what readers see, follow and hear is the same."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pikepdf
import pytest
from msgspec.structs import replace

from book import cache, press, theme
from book.catalogue import EDITIONS
from book.editions import WHOLE, joined_pdf
from book.paged import joining, segments, slots
from book.paged.render import Renderer
from book.paged.segments import Glyphs, PageKind, Segment, Slot, UnjoinableError
from book.proof import page_content, pdf_text
from book.theme import pagination
from tests.loops import some
from tests.making import picture, published, write_files
from tests.told_by_pdf import outline, seen, texts

SETTINGS = 'title = "The workshop"\nlanguage = "en"\nauthors = ["A. Author"]\nslug = "shop"\nmath = true\n'
FIRST = """---
title: The bench
discussion: ["Why a *bench*?", "Which one?"]
---

See [the glue](02-the-glue.md) and [below](#the-vice); [the guild](https://guild.example.org/rules) has rules.[^1]

![A vice](vice.png)

## The vice

It holds *firmly*, `code` too: 1 2 3 and $a^2 + b$.

| tool | use |
|---|---|
| plane | smooth |
| saw | cut |

[^1]: A note with **bold** words.
"""
SECOND = """---
title: The glue
---

Back to [the beginning](01-the-bench.md). Æther, naïve façade – “quoted”.

![A vice](vice.png)

## When it sets

1. Overnight.
2. Or longer:
   - in winter

```python
def glue() -> None: ...
```
"""


def workshop(folder: Path) -> Path:
    files: dict[str, str | bytes] = {"01-the-bench.md": FIRST, "02-the-glue.md": SECOND, "vice.png": picture()}
    return write_files(folder, {"handbound.toml": SETTINGS, **files})


@pytest.fixture(scope="module")
def outs(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> tuple[Path, Path]:
    """Two output folders of the same book: joined, and as single documents."""
    root = tmp_path_factory.mktemp("segments")
    source = workshop(root / "book")
    for name, plain in (("joined", False), ("plain", True)):
        assert press.build(source, root / name, editions=["handout", "pdf"], plain=plain).status == 0
    return root / "joined", root / "plain"


PREFACE = """---
title: Preface
---

This leads to [the vice](01-the-bench.md#the-vice) and to [the last chapter](03-the-long-one.md).[^p]

[^p]: A note in front.
"""
THIRD = (
    """---
title: The long one
---

Back to [the preface](preface.md), to [the glue](02-the-glue.md#when-it-sets), and on to [the end](#the-end).

"""
    + "\n\n".join(["Words that fill a page. " * 25] * 2)
    + "\n\n| "
    + " | ".join(f"head number {number}" for number in range(9))
    + " |\n"
    + "|---" * 9
    + "|\n"
    + ("| " + " | ".join(["unbreakable"] * 9) + " |\n") * 3
    + "\n"
    + "\n\n".join(["Words that fill a page. " * 25] * 2)
    + "\n\n## The end\n\nSee [the table](#the-end), [the preface](preface.md) and *[the bench](01-the-bench.md)*.\n"
)
ORDER = """
sidebar = ["preface.md", { part = "Tools", chapters = ["01-the-bench.md", "02-the-glue.md"] }, "03-the-long-one.md"]
"""


def manual(folder: Path) -> Path:
    """Write a book with all that depends on the sides and the numbers of pages: a preface, a part, references, a turned table."""
    files: dict[str, str | bytes] = {"preface.md": PREFACE, "03-the-long-one.md": THIRD}
    workshop(folder)
    return write_files(folder, {**files, "handbound.toml": SETTINGS + ORDER})


def assert_same_words(joined: pikepdf.Pdf, plain: pikepdf.Pdf) -> None:
    assert len(joined.pages) == len(plain.pages)
    left, right = seen(joined), seen(plain)
    for key in some(left):
        assert left[key] == right[key], key


@pytest.fixture(
    scope="module",
    params=[("print", "booklet"), pytest.param(("large",), marks=pytest.mark.torture)],
    ids=lambda editions: editions[0],
)
def bound(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, needs_pango: None
) -> tuple[Path, Path]:
    """Two output folders of the same book on paper: joined, and as single documents."""
    root = tmp_path_factory.mktemp("bound")
    source = manual(root / "book")
    for name, plain in (("joined", False), ("plain", True)):
        cache.TALLY.clear()
        assert press.build(source, root / name, editions=request.param, plain=plain).status == 0
        assert (segments.STAGE in cache.TALLY) == (not plain)
    return root / "joined", root / "plain"


def test_joined_pages_of_a_printed_book_say_the_same_as_one_document(bound: tuple[Path, Path]) -> None:
    (name,) = (path.name for path in bound[0].glob("*.pdf") if "booklet" not in path.name)
    with pikepdf.open(bound[0] / name) as joined, pikepdf.open(bound[1] / name) as plain:
        assert_same_words(joined, plain)
        assert [style for _, style in seen(joined)["labels"]] == (["/r", "/D"] if "print" in name else ["/D"])
        wide = [page for page in joined.pages if page.mediabox[2] > page.mediabox[3]]
        assert bool(wide) == ("print" in name), "the table is turned"
        assert all(page.obj.get("/Rotate") == 270 for page in wide)


FILES = ("shop.pdf", "shop-handout.pdf", "shop-handout-letter.pdf", "handouts/the-bench.pdf", "handouts/the-glue.pdf")


@pytest.mark.parametrize("name", FILES)
def test_joined_pages_say_the_same_as_one_document(outs: tuple[Path, Path], name: str) -> None:
    with pikepdf.open(outs[0] / name) as joined, pikepdf.open(outs[1] / name) as plain:
        assert_same_words(joined, plain)


def assert_same_pictures(outs: tuple[Path, Path], name: str, folder: Path) -> None:
    from PIL import Image, ImageChops

    folder.mkdir(exist_ok=True)
    for number, out in enumerate(outs):
        command = ["pdftoppm", "-r", "60", "-gray", "-png", str(out / name), str(folder / str(number))]
        subprocess.run(command, check=True)
    for path in some(sorted(folder.glob("0-*.png"))):
        with Image.open(path) as left, Image.open(folder / f"1{path.name[1:]}") as right:
            difference = ImageChops.difference(left.convert("L"), right.convert("L"))
            assert left.size == right.size
            assert max(difference.tobytes()) <= 8, path.name


@pytest.mark.needs_poppler
@pytest.mark.parametrize("name", FILES[:2])
def test_joined_pages_look_the_same_as_one_document(outs: tuple[Path, Path], name: str, tmp_path: Path) -> None:
    assert_same_pictures(outs, name, tmp_path)


@pytest.mark.needs_poppler
def test_joined_pages_on_paper_look_the_same_as_one_document(bound: tuple[Path, Path], tmp_path: Path) -> None:
    for path in some(sorted(bound[0].glob("*.pdf"))):
        assert_same_pictures(bound, path.name, tmp_path / path.stem)


@pytest.mark.parametrize("name", FILES[:2])
def test_an_image_of_two_chapters_and_every_font_is_in_the_file_once(outs: tuple[Path, Path], name: str) -> None:
    with pikepdf.open(outs[0] / name) as pdf:
        streams = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream)]
        images = [stream.read_raw_bytes() for stream in streams if stream.get("/Subtype") == "/Image"]
        files = [stream.read_bytes() for stream in streams if "/Length1" in stream]
        names = {str(font.BaseFont) for page in pdf.pages for font in page.resources.Font.values()}
    assert len(images) == len(set(images)) == 1
    assert len(files) == len(set(files)) == len(names)


def made(out: Path, source: Path, edition: str) -> tuple[dict[str, bytes], int, int]:
    """Build an edition of *source*; return its files, and how many segments were made and remembered."""
    cache.TALLY.clear()
    assert press.build(source, out, editions=[edition]).status == 0
    tally = cache.TALLY[segments.STAGE]
    return {name: data for name, data in published(out).items() if name.endswith(".pdf")}, tally.made, tally.remembered


@pytest.mark.parametrize(
    ("edition", "chapters", "others"),
    # The pages of the handout stand on both papers. The others have the contents, which are laid out once, the colophon, and the page numbers.
    [("handout", 1, 0), pytest.param("pdf", 1, 3, marks=pytest.mark.torture), ("print", 1, 3)],
)
def test_an_edit_lays_out_one_chapter_and_a_cache_changes_no_byte(
    outs: tuple[Path, Path], edition: str, chapters: int, others: int, tmp_path: Path
) -> None:
    source = shutil.copytree(outs[0].parent / "book", tmp_path / "book")
    every = 2 * chapters + others
    cold, *counts = made(tmp_path / "out", source, edition)
    assert counts == [every, 0]
    before = published(outs[0])  # without the printed book
    assert all(before.get(name, data) == data for name, data in cold.items()), "the other edition changes nothing"
    warm, *counts = made(tmp_path / "out", source, edition)
    assert counts == [0, every]
    entries = sorted((tmp_path / "out" / ".cache" / segments.STAGE).iterdir())
    entries[0].unlink()
    entries[1].write_bytes(entries[1].read_bytes()[:-1])
    half, *counts = made(tmp_path / "out", source, edition)
    assert counts == [2, every - 2]
    assert cold == warm == half
    # The second chapter moves by pages and is not laid out again; the page numbers are, and the contents twice at most.
    more = FIRST.replace("## The vice", "Ω ≠ ß\n\n" * 45 + "## The vice")
    write_files(source, {"01-the-bench.md": more})
    edited, new, _ = made(tmp_path / "out", source, edition)
    assert chapters <= new <= chapters + (3 if others else 0)
    write_files(tmp_path / "again", {path.name: path.read_bytes() for path in source.iterdir()})
    assert edited == made(tmp_path / "new", tmp_path / "again", edition)[0]


def test_an_edit_that_moves_no_page_lays_out_its_chapter_alone(outs: tuple[Path, Path], tmp_path: Path) -> None:
    source = shutil.copytree(outs[0].parent / "book", tmp_path / "book")
    made(tmp_path / "out", source, "pdf")
    write_files(source, {"01-the-bench.md": FIRST.replace("firmly", "tightly")})
    assert made(tmp_path / "out", source, "pdf")[1] == 1


def test_page_numbers_are_remembered_with_what_is_said_of_them(tmp_path: Path) -> None:
    calls: list[str] = []

    class Recorder:
        versions = "1"
        log: ClassVar[list[str]] = ["before"]

        def folio_pages(self, kinds: list[PageKind], sheet: str, _: object) -> tuple[bytes, tuple[Glyphs, ...]]:
            calls.append(sheet)
            self.log.append("a complaint")
            out = io.BytesIO()
            with pikepdf.new() as pdf:
                for _kind in kinds:
                    pdf.add_blank_page(page_size=(10, 10))
                pdf.save(out)
            return out.getvalue(), ()

    renderer, look = Recorder(), theme.load("field", cache=tmp_path)
    page = PageKind(name="", side="right", blank=False, later=False, folio=True, restart=None)
    source: Any = SimpleNamespace(
        theme=look,
        book=SimpleNamespace(metadata=SimpleNamespace(language="en")),
        resources=SimpleNamespace(digests=lambda _: ()),
    )

    def folio_pages(kinds: list[PageKind], sheet: str) -> Segment:
        return joined_pdf._folio_pages(source, cast("Renderer", renderer), kinds, sheet)

    first = folio_pages([page, page], "p {}")
    assert first.findings.lines == ("a complaint",)
    assert folio_pages([page, page], "p {}") == first
    assert calls == ["p {}"]
    assert renderer.log == ["before"]
    for kinds, sheet in some(
        (([page, page], "b {}"), ([page, page, page], "p {}"), ([replace(page, restart=7)] * 2, "p {}"))
    ):
        count = len(calls)
        assert len(folio_pages(kinds, sheet).heights) == len(kinds)
        assert len(calls) == count + 1


@pytest.mark.parametrize(("look", "folio"), [("field", "{}"), ("almanac", "·\u2002{}\u2002·")])
def test_every_theme_joins_pages_that_say_the_same_as_one_document(
    look: str, folio: str, tmp_path: Path, needs_pango: None
) -> None:
    source = workshop(tmp_path / "book")
    (source / "03-parts.md").write_text(
        "---\ntitle: More\n---\n\n" + "\n\n".join(["Words of a page. " * 40] * 12), "utf-8"
    )
    for name, plain in (("joined", False), ("plain", True)):
        press.build(source, tmp_path / name, editions=["pdf"], theme_name=look, plain=plain)
    with (
        pikepdf.open(tmp_path / "joined" / "shop.pdf") as joined,
        pikepdf.open(tmp_path / "plain" / "shop.pdf") as plain_,
    ):
        assert_same_words(joined, plain_)
        last = [pdf.pages[-1] for pdf in (joined, plain_)]
        tagged = ["".join(pdf_text.painted(page).values()) for page in last]
        whole = ["".join(text for _, text in texts(page)) for page in last]
        number = folio.format(len(joined.pages))
        assert len(joined.pages) > 9
        assert tagged[0] == tagged[1]
        assert [number in words for words in (*tagged, *whole)] == [False, False, True, True]
        assert b"/Artifact BMC" in joined.pages[-1].obj.Contents[2].read_bytes()


def test_a_page_depends_only_on_its_own_chapter() -> None:
    """Joined pages are only right while built-in sheets use nothing that goes from one chapter to the next."""
    for name in some(theme.available()):
        for edition in some([edition for edition in EDITIONS.values() if edition.format in {"pdf", "booklet"}]):
            look = theme.load(name).for_edition(edition)
            sheet = look.sheet(*edition.sheets, mode=edition.mode)
            assert not pagination.dependence(sheet)
            sheet = joined_pdf.every_sheet(sheet)
            assert "target-" not in sheet
            assert {*re.findall(r"string\(([\w-]+)", sheet)} <= {"chapter", "section"}, "every chapter sets these two"
            assert {*re.findall(r"string\([\w-]+,\s*([\w-]+)", sheet)} <= {"first", "first-except"}
            assert {*re.findall(r"counters?\(\s*([\w-]+)", sheet)} <= {"page", "chapter", "section"}


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        ("p { text-indent: 2em } .hb-chapter > p:first-child { color: #333 }", ""),
        (
            '@page { @bottom-center { content: "· " counter(page) " ·" } @bottom-right { content: counter(page) "/" } }',
            "",
        ),
        (
            "@page { @bottom-center { content: string(chapter) counter(page) } }",
            "it is laid out as one document: a margin box has a page number beside something else",
        ),
        (
            "figcaption::before { counter-increment: plate; content: counter(plate) }",
            "it is laid out as one document: the style sheet screen.css of the theme mine counts “plate” through the whole book",
        ),
        (
            ".hb-chapter { break-before: auto }",
            "it is laid out as one document: a chapter does not begin on a new page",
        ),
    ],
)
def test_the_pages_of_a_theme_of_an_author_are_joined_if_no_chapter_depends_on_another(
    sheet: str, reason: str, tmp_path: Path, needs_pango: None
) -> None:
    source = workshop(tmp_path / "book")
    write_files(source / "themes" / "mine", {"theme.toml": 'extends = "folio"\n', "css/screen.css": sheet})
    write_files(source, {"handbound.toml": SETTINGS + 'theme = "mine"\n'})
    cache.TALLY.clear()
    result = press.build(source, tmp_path / "out", editions=["pdf"])
    assert result.status == 0
    if not reason:
        assert segments.STAGE in cache.TALLY
    assert [problem.message for problem in result.report.problems if problem.code == WHOLE.code] == [reason] * bool(
        reason
    )


def test_a_sheet_that_asks_for_more_of_a_target_is_not_joined() -> None:
    with pytest.raises(UnjoinableError):
        joined_pdf.every_sheet("a::after { content: target-text(attr(href url)) }")


def test_pages_that_cannot_be_joined_are_laid_out_as_one_document(
    outs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Segment:
        raise UnjoinableError

    monkeypatch.setattr(Renderer, "segment", refuse)
    press.build(outs[0].parent / "book", tmp_path / "out", editions=["handout", "pdf"])
    plain = {name: data for name, data in published(outs[1]).items() if name.endswith(".pdf")}
    assert plain == {name: data for name, data in published(tmp_path / "out").items() if name.endswith(".pdf")}


def test_a_placeholder_gets_its_number_however_its_page_is_spelled() -> None:
    slot = Slot(page=0, target="a", digits=2, glyphs=tuple(range(0x10, 0x1A)))
    page = b"BT /F 10 Tf\n/HandboundNumber MP\n[<001800180029>-3<002a>] TJ ET"
    assert slots.filled(page, [slot], {"a": 57}) == b"BT /F 10 Tf\n[<001500170029>-3<002a>] TJ ET"
    with pikepdf.new() as pdf:
        other = pikepdf.unparse_content_stream(pikepdf.parse_content_stream(pikepdf.Stream(pdf, page)))
        steps = pikepdf.parse_content_stream(pikepdf.Stream(pdf, slots.filled(other, [slot], {"a": 57})))
    ((strings,),) = [list(step.operands) for step in steps if str(step.operator) == "TJ"]
    assert bytes(strings[0]) == b"\x00\x15\x00\x17\x00\x29"
    for wrong in ([], [slot, slot]):
        with pytest.raises(UnjoinableError):
            slots.filled(page, wrong, {"a": 57})
    with pytest.raises(UnjoinableError):
        slots.filled(page, [slot], {"a": 157})


# What is used of WeasyPrint beyond its documentation.

PAGE = """<!DOCTYPE html><html lang="en"><head><title>T</title><meta name="author" content="A"></head><body>
<h1 id="a">One</h1><p><b>two</b> <a href="#a">three</a></p><h2 style="bookmark-state: closed">Four</h2><h3>Five</h3></body></html>"""


@pytest.mark.needs_pango
def test_weasyprint_embeds_the_values_of_the_fonts_of_a_document_and_finds_them_again() -> None:
    renderer = Renderer({})
    layout = renderer.lay_out(PAGE)
    segment = renderer.segment(layout)
    with pikepdf.open(io.BytesIO(segment.pdf)) as pdf:
        assert not pdf.pages[0].obj.Resources.Font.keys()
    plain = renderer.write([layout], identifier="i")
    frame = renderer.frame(segment.metadata, segment.fonts, "", identifier="i")
    with (
        pikepdf.open(io.BytesIO(plain)) as pdf,
        pikepdf.open(io.BytesIO(joining.joined(frame, [segment], renderer.outline([segment])))) as joined,
    ):
        left, right = pdf.pages[0].obj, joined.pages[0].obj
        assert left.Contents.read_bytes() == page_content.whole(joined.pages[0])
        assert set(left.Resources.Font.keys()) == set(right.Resources.Font.keys())
        for name, font in some(left.Resources.Font.items()):
            other = right.Resources.Font[name]
            assert font.ToUnicode.read_bytes() == other.ToUnicode.read_bytes()
            for family, again in ((font.DescendantFonts[0], other.DescendantFonts[0]),):
                assert repr(family.W) == repr(again.W)
                assert family.FontDescriptor.FontFile2.read_bytes() == again.FontDescriptor.FontFile2.read_bytes()
                assert repr(family.FontDescriptor.Ascent) == repr(again.FontDescriptor.Ascent)
        assert outline(pdf) == outline(joined)


@pytest.mark.needs_pango
@pytest.mark.expects_log
def test_a_font_that_is_not_found_again_and_one_without_a_glyph_cannot_be_joined() -> None:

    renderer = Renderer({})
    segment = renderer.segment(renderer.lay_out(PAGE))
    other = replace(segment, fonts=tuple(replace(font, name="ABCDEF") for font in segment.fonts))
    with pytest.raises(UnjoinableError):
        renderer.frame(other.metadata, other.fonts, "", identifier="i")
    with pytest.raises(UnjoinableError):
        renderer.segment(renderer.lay_out('<!DOCTYPE html><html lang="en"><title>T</title><p>\U000f1234'))
