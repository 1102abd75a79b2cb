"""Themes: the three built-in ones, themes of a few lines, and every fault that a theme may have."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from book import press, theme
from book.catalogue import EDITIONS
from book.problems import Severity, ThemeError
from book.theme import checks, colour, fonts, tokens
from book.view import cover, typefaces
from tests.making import write_book

STARTERS = ("folio", "field", "almanac")
FACES = sorted(
    path for folder in ("literata", "inter", "jetbrains-mono", "alegreya", "alegreya-sans")
    for path in (theme.house() / "_fonts" / folder).glob("*.ttf")
)  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One output folder for all: fonts are cut once."""
    return tmp_path_factory.mktemp("themes") / "out"


CHAPTER = """---
title: Keeping watch
---

A light at sunset, since 1823.[^1]

> [!TIP]
> Look *before* you touch.

## Three habits

| Month | Nights |
|:--|--:|
| May | 31 |

```python
def order(nights): return sum(nights)  # -> litres
```

## When fog comes

Ring the bell.

[^1]: Written down.
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book with a preface and two numbered chapters."""
    chapters = {
        "preface.md": "---\nrole: preface\n---\n\n# Preface\n\nBefore all.\n\n## A head\n\nText.\n",
        "one.md": CHAPTER,
        "two.md": "# Oil\n\n## Glass\n\nClear.\n",
    }
    settings = 'title = "Lamps"\nlanguage = "en"\nslug = "lamps"\nsidebar = ["preface.md", { part = "The light", chapters = ["one.md", "two.md"] }]\n'
    return write_book(tmp_path / "book", chapters, settings)


Theme = Callable[..., str]


@pytest.fixture
def house(book: Path) -> Theme:
    """Write a theme of the book's own: ``house(tokens="…", **{"css/web.css": "…"})``; returns its name."""

    def write(tokens: str = "", about: str = 'extends = "folio"', name: str = "ours", **files: str) -> str:
        folder = book / "themes" / name
        for path, text in {"theme.toml": about, "tokens.toml": tokens, **files}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        return name

    return write


def told(book: Path, name: str = "ours") -> tuple[tuple[str, str, str, str], ...]:
    """Load a faulty theme; return code, place, message and fix of each fault."""
    with pytest.raises(ThemeError) as caught:
        theme.load(name, book)
    return tuple((fault.code, str(fault.place), fault.message, fault.fix) for fault in caught.value.problems)


def built(book: Path, out: Path, name: str, *editions: str) -> dict[str, str]:
    """Build; return the text of every XHTML and CSS file of the EPUB, and of the page."""
    result = press.build(book, out, editions=editions or ("html",), theme_name=name)
    assert not [problem for problem in result.report.problems if problem.severity.name == "ERROR"]
    if "epub" not in editions:
        return {"html": (out / "lamps.html").read_text("utf-8")}
    with zipfile.ZipFile(out / "lamps.epub") as epub:
        found = {
            entry: epub.read(entry).decode("utf-8") for entry in epub.namelist() if entry.endswith((".xhtml", ".css"))
        }
    return {**found, "html": (out / "lamps.html").read_text("utf-8")}


# The starters.


def test_the_house_has_three_starters_each_with_a_description_of_its_own() -> None:
    looks = [theme.load(name) for name in STARTERS]
    assert set(STARTERS) == set(theme.available()) - {theme.BASE}
    assert (
        len({look.description for look in looks})
        == 3
        == len({look.tokens["color"]["accent"]["light"] for look in looks})
    )
    assert len({look.tokens["font"]["serif"]["family"] for look in looks}) == 3


@pytest.mark.parametrize("name", STARTERS)
def test_every_file_and_block_of_a_starter_has_one_in_a_parent(name: str) -> None:
    look = theme.load(name)
    own, *parents = look.chain
    assert list(checks.misfits(own, parents, look.environment)) == []
    assert list(checks.misfits(own, (), look.environment)), "without its parents, it has a file that nothing uses"


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_is_proved_in_every_edition(name: str, book: Path, out: Path, pango: bool) -> None:
    editions = ("epub", "html", *(("pdf",) if pango else ()))
    result = press.build(book, out, editions=editions, theme_name=name)
    assert [check.name for check in result.report.checks if check.status == "failed"] == []
    assert [problem for problem in result.report.problems if problem.severity is not Severity.NOTE] == []
    with zipfile.ZipFile(out / "lamps.epub") as epub:
        data = epub.read("EPUB/images/cover.png")
    assert data[16:24] == cover.WIDTH.to_bytes(4, "big") + cover.HEIGHT.to_bytes(4, "big")


@pytest.mark.parametrize("name", STARTERS)
def test_a_sheet_for_epub_holds_plain_values_only(name: str) -> None:
    sheet = theme.load(name).sheet("epub", mode="light")
    assert not re.search(r"var\(|:root|light-dark\(|\{\{|[0-9]px", sheet)
    assert not re.search(r"(?<!-)color:\s*#", sheet), "the reader chooses the colours"


@pytest.mark.parametrize("name", STARTERS)
def test_what_a_sheet_prints_has_a_glyph(name: str) -> None:
    look = theme.load(name)
    known = frozenset().union(*(fonts.covered(face) for face in look.faces))
    assert [hex(code) for code in look.letters if code not in known] == []
    carried = typefaces.faces(look, frozenset(map(ord, "a")), roles=("symbols",))
    assert bool(carried) == bool(look.letters - frozenset(range(0x2000, 0x2070)) - frozenset(range(0x100)))


def test_field_numbers_the_sections_of_numbered_chapters(book: Path, out: Path) -> None:
    pages = built(book, out, "field", "epub", "html")
    assert '<span class="hb-numeral">2</span>' in pages["EPUB/two.xhtml"]
    assert 'numbered" data-label="Oil" style="counter-reset: chapter 2 section"' in pages["EPUB/two.xhtml"]
    assert "numbered" not in pages["EPUB/preface.xhtml"]
    assert "counter(chapter)" in pages["EPUB/style.css"]
    assert "counter(chapter)" in pages["html"]


def test_sections_that_the_author_numbered_are_not_numbered_again(book: Path, out: Path) -> None:
    (book / "two.md").write_text("# Oil\n\n## 1. Glass\n\nClear.\n", "utf-8")
    page = built(book, out, "field")["html"]
    assert 'numbered" data-label="Keeping watch"' in page
    assert 'numbered" data-label="Oil"' not in page


@pytest.mark.needs_pango
def test_field_prints_its_numbers_on_paper(book: Path, out: Path) -> None:
    import pikepdf

    from book.proof import pdf_text

    press.build(book, out, editions=("pdf",), theme_name="field")
    with pikepdf.open(out / "lamps.pdf") as pdf:
        printed = " ".join(run.text.strip() for run in pdf_text.runs(pdf))
    for number, head in (("1.1", "Three habits"), ("1.2", "When fog comes"), ("2.1", "Glass")):
        assert re.search(rf"{re.escape(number)}\s*{head}", printed)


# A house theme.


def test_three_lines_of_tokens_are_a_house_theme(book: Path, house: Theme, out: Path) -> None:
    house('color.accent = "#5b2a86"\ncolor.link = "#5b2a86"\ntype.align = "left"\n')
    pages = built(book, out, "ours")
    assert "--color-accent: #5b2a86" in pages["html"]
    assert "--color-mark: #5b2a86" in pages["html"], "the mark follows the accent"
    look = theme.load("ours", book)
    assert look.tokens["type"]["align"] == "left"
    assert colour.contrast(look.tokens["color"]["accent"]["dark"], look.tokens["color"]["paper"]["dark"]) >= 4.5


def test_one_block_is_a_house_theme(book: Path, house: Theme, out: Path) -> None:
    kitchen = '{% extends "folio:web/book.html.j2" %}{% block colophon %}{{ super() }}<section aria-label="Printer"><p>Printed in our kitchen.</p></section>{% endblock %}'
    house(**{"templates/web/book.html.j2": kitchen})
    page = built(book, out, "ours")["html"]
    assert "Printed in our kitchen." in page
    assert "Set with Handbound" in page


@pytest.mark.parametrize(
    ("given", "lost"),
    [
        ('color.accent = "#0b5d52"\ncolor.link = "#0b5d52"\n', {"accent", "cover"}),
        ('color.cover = "#0b5d52"\n', {"cover"}),
        ('color.accent = "#0b5d52"\ncolor.link = "#0b5d52"\nink.accent = "90 30 60 20"\n', {"cover"}),
        ('color.accent = "#8f3414"\n', set()),
        ('type.align = "left"\n', set()),
    ],
)
def test_a_colour_that_a_theme_changes_is_not_printed_with_the_inks_of_its_parent(
    given: str, lost: set[str], book: Path, house: Theme
) -> None:
    house(given)
    folio, ours = (theme.load(name, book).tokens["ink"] for name in ("folio", "ours"))
    assert {name for name in folio if folio[name] and not ours[name]} == lost
    assert {name for name in folio if ours[name] not in ("", folio[name])} == ({"accent"} if "ink." in given else set())


def test_the_cover_of_the_readme_is_drawn_in_the_colours_of_the_theme(book: Path, house: Theme) -> None:
    readme = (theme.house() / "README.md").read_text("utf-8")
    (drawing,) = re.findall(r"^  ```jinja\n(  {% extends .folio:cover.svg.j2.*?)^  ```", readme, re.M | re.S)
    house('color.paper = "#fdfbf5"\n', **{"templates/cover.svg.j2": drawing})
    text = cover.svg(press.read(book).book, theme.load("ours", book)).decode("utf-8")
    assert re.search(r'<circle [^>]* fill="#fdfbf5"', text)
    assert text.count("<rect ") == 4, "the ground, and the label of folio with its two rules"


def test_a_sheet_comes_after_its_parents_or_takes_their_place(book: Path, house: Theme) -> None:
    house(**{"css/web.css": ".ours { margin: 0; }"})
    after = theme.load("ours", book).sheet("web")
    house(about='extends = "folio"\nreplace = ["web"]', name="alone", **{"css/web.css": ".ours { margin: 0; }"})
    alone = theme.load("alone", book).sheet("web")
    assert ".hb-masthead" in after
    assert after.rstrip().endswith(".ours { margin: 0; }")
    assert ".hb-masthead" not in alone
    assert ".hb-callout" in alone or ".hb-align-left" in alone, "what all formats share is still there"


# What a theme may say wrongly.


@pytest.mark.parametrize(
    ("tokens", "code", "message", "fix"),
    [
        ('[color]\nacent = "#000000"\n', "T104", "unknown token 'color.acent'", "write accent"),
        ('[colour]\nink = "#000000"\n', "T104", "unknown token 'colour'", "write color"),
        ('[type]\nlead = "{type.laed}"\n', "T104", "no token 'type.laed'", "name a token"),
        ('[color]\nlink = "#888888"\n', "T105", "link on paper (light) has a contrast of 3.5 : 1; 4.5 : 1", "make link darker"),
        ('[color]\nmark = "#ffa500"\n', "T105", "mark on paper (light) has a contrast of 2.0 : 1; 3.0 : 1", "more contrast"),
        ('[color]\nink = "black"\n', "T102", "color.ink.light is 'black'", "six hexadecimal digits"),
        ("[color\n", "T102", "this is not TOML: the name of the table is not closed", "write ] behind it"),
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_used_is_refused(
    book: Path, house: Theme, tokens: str, code: str, message: str, fix: str
) -> None:
    house(tokens)
    fault = told(book)[0]
    assert fault[0] == code
    assert fault[1].startswith("themes/ours/tokens.toml")
    assert message in fault[2]
    assert fix in fault[3]


@pytest.mark.parametrize(
    ("about", "code", "message", "fix"),
    [
        ('extends = "ours"', "T103", "ours extends itself", "base"),
        ('extends = "foliio"', "T101", "there is no theme 'foliio'", "did you mean folio?"),
        ('extend = "folio"', "T109", "unknown key 'extend'", "write extends"),
        ("title = 3", "T102", "title is 3", "write a text"),
        ('replace = "web"', "T102", "replace is 'web'", "a list of names"),
        ('replace = ["wep"]', "T108", "no sheet 'wep'", "write web"),
    ],
)
def test_a_theme_toml_that_cannot_be_used_is_refused(
    book: Path, house: Theme, about: str, code: str, message: str, fix: str
) -> None:
    house(about=about)
    fault = told(book)[0]
    assert fault[0] == code
    assert message in fault[2]
    assert fix in fault[3]


def test_a_cycle_of_two_is_refused(book: Path, house: Theme) -> None:
    house(about='extends = "theirs"')
    house(about='extends = "ours"', name="theirs")
    assert told(book)[0][0] == "T103"


@pytest.mark.parametrize(
    ("path", "text", "code", "message", "fix"),
    [
        ("templates/web/book.html.j2", '{% extends "base:web/book.html.j2" %}\n{% block colofon %}x{% endblock %}', "T106", "no block 'colofon'", "write colophon"),
        ("templates/cover.svg.j2", '<svg xmlns="http://www.w3.org/2000/svg">{% block paper %}{% endblock %}{% block lettering %}{% endblock %}</svg>', "T107", "block 'ornament' is missing", 'extends "folio:cover.svg.j2"'),
        ("templates/web/bok.html.j2", "x", "T108", "nothing uses web/bok.html.j2", "call it web/book.html.j2"),
        ("css/scren.css", "a { color: red }", "T108", "nothing uses scren.css", "call it screen.css"),
        ("templates/web/book.html.j2", "{% block", "T102", "the template cannot be used", "compare the template"),
    ],
)  # fmt: skip
def test_a_template_with_a_mistake_is_refused_with_a_fix(
    book: Path, house: Theme, path: str, text: str, code: str, message: str, fix: str
) -> None:
    house(**{path: text})
    fault = told(book)[0]
    assert fault[0] == code
    assert message in fault[2]
    assert fix in fault[3]


def test_a_misspelt_block_is_reported_with_its_line(book: Path, house: Theme) -> None:
    house(
        **{"templates/web/book.html.j2": '{% extends "base:web/book.html.j2" %}\n\n{% block colofon %}x{% endblock %}'}
    )
    assert told(book)[0][1] == "themes/ours/templates/web/book.html.j2:3:1"


def test_a_new_block_inside_a_known_one_and_a_template_to_include_are_fine(book: Path, house: Theme) -> None:
    nested = '{% extends "base:web/book.html.j2" %}{% block colophon %}{% include "_kitchen.j2" %}{% block ours %}{% endblock %}{% endblock %}'
    house(**{"templates/web/book.html.j2": nested, "templates/_kitchen.j2": "<p>Kitchen.</p>"})
    assert theme.load("ours", book).name == "ours"


# The faces of field and almanac.


@pytest.mark.parametrize("path", FACES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_face_has_the_letters_of_europe_and_no_name_that_is_not_ours(path: Path) -> None:
    font = TTFont(path)
    cmap, names = font.getBestCmap(), font["name"]
    wanted = "“”‘’«»„…–—†‡·×€£§¶½‰‐‑\u00a0\u2009\u202fAaÀčĐłőŞạỆßœæΑαΆωςЖжЇїҐ"
    fixed = {"‰"} if path.parent.name == "jetbrains-mono" else set()  # three glyphs do not fit into one cell
    assert [letter for letter in wanted if ord(letter) not in cmap and letter not in fixed] == []
    assert all(
        str(names.getDebugName(number)).startswith("Handbound") for number in (1, 4, 16) if names.getDebugName(number)
    )
    assert (path.parent / "OFL.txt").is_file()


@pytest.mark.parametrize(
    "path",
    [path for path in FACES if path.parent.name in {"inter", "jetbrains-mono"}],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_no_face_draws_an_arrow_that_nobody_wrote(path: Path) -> None:
    features = {record.FeatureTag for record in TTFont(path)["GSUB"].table.FeatureList.FeatureRecord}
    assert "calt" not in features


@pytest.mark.parametrize(
    "path",
    [path for path in FACES if path.parent.name.startswith("alegreya")],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_almanac_has_oldstyle_figures_and_lining_ones_for_tables(path: Path) -> None:
    font = TTFont(path)
    features = {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    assert {"lnum", "tnum"} <= features
    cmap, glyf = font.getBestCmap(), font["glyf"]
    assert glyf[cmap[ord("7")]].yMin < -50 < glyf[cmap[ord("1")]].yMin, "seven hangs below the line, one stands on it"


def test_the_command_lists_the_themes_with_their_descriptions(
    book: Path, house: Theme, capsys: pytest.CaptureFixture[str]
) -> None:
    from book import cli

    house(about='title = "Ours"\ndescription = "The house style of our team."\nextends = "field"')
    assert cli.main(["themes", str(book)]) == 0
    said = capsys.readouterr().out
    assert "The house style of our team." in said
    assert all(theme.load(name).description in said for name in STARTERS)
    assert "base " not in said


def test_a_logo_of_the_theme_stands_above_the_title_in_every_edition(book: Path, house: Theme, out: Path) -> None:
    logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" role="img" aria-label="Bench"><rect width="9" height="9"/></svg>'
    house(**{"templates/_logo.svg": logo})
    pages = built(book, out, "ours", "html", "epub")
    (title,) = (text for name, text in pages.items() if name.endswith("title.xhtml"))
    for page in (title, pages["html"]):
        assert re.search(r'<div class="hb-logo">\s*<svg[^>]*aria-label="Bench"', page)
        assert page.index("hb-logo") < page.index("<h1")


# What makes the themes three.


@pytest.mark.parametrize(("name", "size"), {"folio": (140, 216), "field": (170, 240), "almanac": (148, 210)}.items())
def test_each_theme_has_its_page_for_screens(name: str, size: tuple[int, int]) -> None:
    look = theme.load(name)
    trim = tokens.sized(EDITIONS["pdf"], look.tokens, look.chain).trim
    assert trim is not None
    assert (trim.width_mm, trim.height_mm) == size


PARTS = """title = "Lamps"
language = "en"
slug = "lamps"
sidebar = ["preface.md", { part = "The light", chapters = ["one.md"] }, { part = "The oil", chapters = ["two.md"] }]
"""


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
@pytest.mark.parametrize("name", STARTERS)
def test_the_page_of_a_part_lists_its_chapters_in_pdf_and_epub(book: Path, out: Path, name: str) -> None:
    (book / "handbound.toml").write_text(PARTS, "utf-8")
    pages = built(book, out, name, "pdf", "epub", "html")
    parts = {entry: page for entry, page in pages.items() if entry.endswith(".xhtml") and 'epub:type="part"' in page}
    lists = [re.findall(r"<li>.*?</span> (.*?)</a></li>", page) for page in parts.values()]
    assert sorted(lists) == [["Keeping watch"], ["Oil"]]
    assert sorted(re.findall(r'data-turn="(\d)"', "".join(parts.values()))) == ["0", "1"]
    text = subprocess.run(
        ["pdftotext", "-layout", out / "lamps.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    (page,) = (page for page in text.split("\f") if "The oil" in page and "Contents" not in page)
    assert re.search(r"2\s+Oil", page)
    assert "Keeping watch" not in page


@pytest.mark.needs_pango
def test_the_page_of_a_part_lists_the_parts_in_it_and_not_their_chapters(book: Path, out: Path) -> None:
    inner = '{ part = "The wick", chapters = ["one.md"] }'
    settings = PARTS.replace('"The light", chapters = ["one.md"]', f'"The light", chapters = [{inner}, "last.md"]')
    (book / "handbound.toml").write_text(settings, "utf-8")
    (book / "last.md").write_text("# Night\n\nIt is dark.\n", "utf-8")
    pages = built(book, out, "folio", "epub", "html")
    parts = [page for entry, page in pages.items() if entry.endswith(".xhtml") and 'epub:type="part"' in page]
    lists = {tuple(re.findall(r"<li><a[^>]*>(?:<span.*?</span> )?(.*?)</a></li>", page)) for page in parts}
    assert lists == {("The wick", "Night"), ("Keeping watch",), ("Oil",)}
