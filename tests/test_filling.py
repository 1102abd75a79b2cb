"""How pages are filled: figures that stay, white space that is reported, heads cut at a word, lists of figures and tables."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from book import press, theme
from book.editions import EDITIONS
from book.labels import labels, languages
from book.paged import fit, inspection, layout_warnings, running_heads
from book.paged.fit import Fitting
from book.paged.render import Renderer
from book.problems import Severity
from book.proof import pdf_text
from tests.loops import some
from tests.making import build_book, write_book

WORDS = "Glue holds the back of a book together, and a book that is opened flat shows how well it was bound. "
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="{height}"><rect width="300" height="{height}"/></svg>'
)
LONG = "A very long title that says everything about what its chapter says, and then says a little more"
TEXT = {
    "handbound.toml": """
title = "The Bindery"
authors = ["A. Binder"]
language = "de"
slug = "bindery"
date = "2026-01-31"
sidebar = ["one.md", "two.md"]
""",
    "low.svg": DRAWING.format(height=60),
    "tall.svg": DRAWING.format(height=300),
    "huge.svg": DRAWING.format(height=9000).replace('width="300"', 'width="9000"', 1),
    "one.md": f"""# {LONG}

{WORDS}

![A drawing](low.svg "The first figure")

| A | B |
|---|---|
| 1 | 2 |

: The only table

## {LONG} of all

{WORDS * 30}

![A drawing](huge.svg "The <second> figure")
""",
    "two.md": f"""# Two

<{"https://example.org/" + "long-path/" * 30}>

{WORDS} `{"codewithoutanyspace" * 12}`

```
{"a line of code that is longer than any measure, " * 4}
{"x" * 200}
```

![A drawing](low.svg "The third figure")
""",
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    return build_book(tmp_path_factory.mktemp("bindery"), TEXT, ("epub", "pdf", "print"))


@pytest.fixture(scope="module", params=["bindery.pdf", "bindery-print.pdf"])
def printed(request: pytest.FixtureRequest, out: Path) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(out / request.param) as found:
        yield found


def test_nothing_stands_beyond_the_margin_however_long_or_large_it_is(out: Path) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert not [one for one in report["problems"] if one["code"] in {"E120", "E121"}]


def test_three_figures_are_listed_with_their_pages_and_one_table_is_not(printed: pikepdf.Pdf) -> None:
    pages = dict(enumerate(" ".join(pdf_text.painted(page).values()) for page in printed.pages))
    listed = next(text for text in pages.values() if "Abbildungen" in text)
    assert "Tabellen" not in " ".join(pages.values())
    for caption in ("The first figure", "The <second> figure", "The third figure"):
        where = next(page for page, text in pages.items() if caption in text and text is not listed)
        line = listed[listed.index(caption) + len(caption) :].lstrip(" .\u2002")
        assert line.startswith(str(printed.pages[where].label)), (caption, listed)


def test_the_list_of_figures_is_in_the_navigation_of_the_epub(out: Path) -> None:
    with zipfile.ZipFile(out / "bindery.epub") as package:
        name = next(name for name in package.namelist() if name.endswith("nav.xhtml"))
        nav = package.read(name).decode()
        assert 'epub:type="loi"' in nav
        assert 'epub:type="lot"' not in nav
        assert "The &lt;second&gt; figure</a>" in nav
        target = nav.split(">The third figure<")[0].rpartition('href="')[2].split('"')[0]
        chapter, _, anchor = target.partition("#")
        assert f'<figure id="{anchor}"' in package.read(name.replace("nav.xhtml", chapter)).decode()


def test_the_words_of_the_lists_are_there_in_every_language() -> None:
    for language in some(languages()):
        assert labels(language)["figures"] != labels(language)["tables"]


def test_a_long_running_head_is_cut_after_a_word() -> None:
    assert running_heads.head("Short", 24) == "Short"
    assert running_heads.head("Working with product managers, and designers", 31) == "Working with product managers…"
    assert running_heads.head("x" * 40, 24) == "x" * 23 + "…"
    assert all(len(running_heads.head(LONG, most)) <= most for most in range(2, len(LONG)))


def test_a_head_is_as_long_as_its_page_is_broad(tmp_path: Path) -> None:
    look = theme.load("folio", tmp_path, tmp_path)
    one, two = (look.for_edition(EDITIONS[name]) for name in ("print", "pdf"))
    assert running_heads.letters(one) > 1.5 * running_heads.letters(two) > 40
    two.tokens["type"]["head_size"] = "0.8em"
    assert running_heads.letters(two) == running_heads.UNCUT


def test_a_short_head_leaves_its_room_to_the_one_beside_it() -> None:
    long = "Working with product managers, designers and others"
    assert running_heads.rooms("Trust", [long, "Short"], 30) == (30, 52)
    assert running_heads.rooms(long, ["Trust", "Money"], 30) == (52, 30)
    assert running_heads.rooms(long, [], 30) == (57, 30)
    assert running_heads.rooms(long, [long], 30) == (30, 30)


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
def test_a_long_title_is_whole_above_a_page_where_its_sections_are_short(tmp_path: Path) -> None:
    long = "A title that needs more than half of the line above its page"
    text = f"# {long}\n\n{'Words of the chapter. ' * 300}\n\n## Short\n\n{'More of them. ' * 200}\n"
    folder = write_book(tmp_path / "b", {"handbound.toml": 'theme = "field"', "one.md": text})
    press.build(folder, tmp_path / "out", editions=["pdf"])
    (pdf,) = (tmp_path / "out").glob("*.pdf")
    assert sum(long in page[0] for page in lines_of(pdf)) > 1


@pytest.mark.needs_poppler
@pytest.mark.parametrize("name", ["bindery.pdf", "bindery-print.pdf"])
def test_the_running_heads_of_a_long_title_end_with_a_word(out: Path, name: str) -> None:
    said = {line for page in lines_of(out / name) for line in page if line.endswith("…")}
    assert said
    for text in said:
        assert LONG.startswith(text.removesuffix("…"))
        assert not LONG.removeprefix(text.removesuffix("…"))[0].isalnum()


def lines_of(pdf: Path) -> list[list[str]]:
    """Return the lines on each page of *pdf* that has some, also those that no tag names."""
    text = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    return [page.strip().split("\n") for page in text.split("\f") if page.strip()]


# White.


def laid(body: str) -> inspection.Inspection:
    sheet = (
        "@page { size: 220px 240px; margin: 20px } body { margin: 0 } p { margin: 0; font: 16px/20px serif }"
        "figure { margin: 20px 0; break-inside: avoid } svg { display: block }"
    )
    page = f'<html lang="en"><style>{sheet}</style><section class="hb-chapter" id="a">{body}</section></html>'
    return inspection.inspect(Renderer({}).lay_out(page).pages)


def figure(height: int) -> str:
    return (
        f'<figure data-figure="1"><svg xmlns="http://www.w3.org/2000/svg" width="50" height="{height}"></svg></figure>'
    )


def lines(count: int) -> str:
    return "<p>" + "<br>".join(f"word {number}" for number in range(count)) + "</p>"


def kinds(found: inspection.Inspection) -> set[str]:
    return {one.kind for one in found.defects}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (lines(4) + figure(140) + lines(6), "white space"),
        (lines(13), "short page"),
    ],
)
@pytest.mark.needs_pango
def test_a_page_that_is_not_filled_is_reported(body: str, kind: inspection.DefectKind) -> None:
    assert kind in kinds(laid(body))
    assert not {"white space", "short page"} & kinds(laid(lines(18)))
    assert layout_warnings.MESSAGES[kind][0].severity is Severity.NOTE


@pytest.mark.needs_pango
def test_the_end_of_a_chapter_may_be_white_and_a_short_chapter_short() -> None:
    assert not kinds(laid(lines(2)))


@pytest.mark.needs_pango
def test_a_figure_that_went_to_the_next_page_stays_when_it_is_a_little_smaller() -> None:
    body = lines(4) + figure(110) + lines(6)
    found = laid(body)
    assert [(one.chapter, one.figure, one.image) for one in found.pushed_figures] == [("a", "1", 110.0)]
    assert found.pushed_figures[0].room == pytest.approx(200 - 80 - 20, abs=2)
    taken = fit.improve(Fitting(), found, {})
    assert taken.figures == {("a", "1"): found.pushed_figures[0].room}
    assert fit.changed(Fitting(), taken) == {"a"}
    assert laid(body.replace('height="110"', f'height="{int(found.pushed_figures[0].room)}"')).pushed_figures == ()
    assert fit.improve(taken, found, {}).figures == taken.figures  # once is enough
    assert fit.improve(Fitting(scale=False), found, {}).figures == {}


@pytest.mark.needs_pango
@pytest.mark.parametrize(
    ("size", "is_sized"),
    [("width: 120px", True), ("width: 40%", True), ("width: 9000px; max-width: 100%", False), ("width: 100%", False)],
)
def test_a_figure_as_wide_as_its_author_wants_it_is_not_made_smaller(size: str, is_sized: bool) -> None:
    body = lines(4) + figure(110).replace("<svg", f'<svg style="{size}; height: 110px"') + lines(6)
    (pushed,) = laid(body).pushed_figures or (None,)
    assert (pushed is None) is is_sized


@pytest.mark.needs_pango
def test_a_figure_that_would_become_too_small_goes_to_the_next_page() -> None:
    found = laid(lines(6) + figure(100) + lines(6))
    assert found.pushed_figures
    assert fit.improve(Fitting(), found, {}).figures == {}
