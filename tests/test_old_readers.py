"""The EPUB on e-readers whose engines are simple or old: fonts, conditions in the style sheet, signs, hidden lists."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tinycss2
from fontTools.ttLib import TTFont
from lxml import etree

from book import press
from book.theme import conditions
from tests.making import write_book

CHAPTER = """\
# Things to do

- [ ] Sweep the bench
- [x] Sharpen the plane

A sign 🙂︎ and a note.[^1] [Bench]{.index} <https://example.org/a/long/address>

[^1]: Of no use.

| Tool | Where it hangs when nobody works | For what it is used on most days |
|---|---|---|
| Plane | On the wall behind the bench, by the window | To make boards level and smooth |
"""
SILENT = "---\nshowTitle: false\n---\n# Two\n\nWords.[^1]\n\n## A section\n\nMore.\n\n[^1]: Of no use.\n"


@pytest.fixture(scope="module", params=["folio", "field", "almanac"])
def epub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("old-readers")
    settings = f'title = "Old readers"\nlanguage = "en"\ntheme = "{request.param}"\n'
    files = {"one.md": CHAPTER, "two.md": SILENT}
    made = press.build(write_book(folder / "book", files, settings), folder / "out", editions=("epub",))
    assert made.status == 0
    with zipfile.ZipFile(next((folder / "out").glob("*.epub"))) as package:
        yield package


def sheet(epub: zipfile.ZipFile) -> str:
    return epub.read("EPUB/style.css").decode("ascii")


def rules(css: str) -> dict[str, str]:
    """Return the rules outside of all conditions, as an engine that knows none reads them."""
    found = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    assert {rule.lower_at_keyword for rule in found if rule.type == "at-rule"} <= {"font-face", "supports"}
    return {
        tinycss2.serialize(rule.prelude).strip(): tinycss2.serialize(rule.content)
        for rule in found
        if rule.type == "qualified-rule"
    }


def test_the_fonts_are_of_kinds_that_every_e_reader_opens(epub: zipfile.ZipFile) -> None:
    names = {name for name in epub.namelist() if name.startswith("EPUB/fonts/")}
    assert names
    assert all(name.endswith(".ttf") for name in names)
    for name in names:
        font = TTFont(io.BytesIO(epub.read(name)), checkChecksums=2)
        assert (font.flavor, font.sfntVersion) == (None, "\x00\x01\x00\x00")
        font.ensureDecompiled()
    addresses = re.findall(r'src: url\("([^"]+)"\)(.*?);', sheet(epub))
    assert {f"EPUB/{address}" for address, _ in addresses} == names
    assert {rest for _, rest in addresses} == {""}, "a format() that is not known hides the font"


def test_an_engine_without_tolerance_finds_nothing_that_it_does_not_know(epub: zipfile.ZipFile) -> None:
    plain = rules(sheet(epub))
    assert len(plain) > 100
    assert not [selector for selector, content in plain.items() if conditions.FATAL.search(content)]
    assert not [selector for selector in plain if re.search(r":(?:is|where|has)\(", selector)]
    assert not [content for content in plain.values() if re.search(r"content: *none", content)], (
        "simple engines print the word"
    )


def test_a_selector_that_simple_engines_do_not_know_only_concerns_what_they_do_not_draw(epub: zipfile.ZipFile) -> None:
    """MuPDF drops a rule if one of its selectors has a tilde or a negation; it draws no pseudo-element and counts nothing."""
    strange = {text: content for text, content in rules(sheet(epub)).items() if "~" in text or ":not(" in text}
    costly = [
        text
        for text, content in strange.items()
        if "counter-" not in content and not all("::" in one for one in text.split(","))
    ]
    assert costly == []


def test_a_section_below_a_title_that_is_not_shown_looks_like_a_section(epub: zipfile.ZipFile) -> None:
    heads = etree.fromstring(epub.read("EPUB/two.xhtml")).iterfind(".//{*}h1")
    assert [(head.text, head.get("class")) for head in heads] == [("A section", "hb-raised")]
    assert "font-size: 1.25em" in rules(sheet(epub))["h1.hb-raised"]


def test_the_number_that_calls_a_note_is_raised_without_a_style_sheet(epub: zipfile.ZipFile) -> None:
    for name in ("one", "two"):
        chapter = etree.fromstring(epub.read(f"EPUB/{name}.xhtml"))
        (call,) = chapter.iterfind(".//{*}a[@role='doc-noteref']")
        assert [(str(inner.tag).partition("}")[2], inner.text) for inner in call] == [("sup", "1")]
        assert not (call.text or "").strip()


def test_an_emoji_has_a_font_only_where_the_e_reader_has_none(epub: zipfile.ZipFile) -> None:
    chapter = etree.fromstring(epub.read("EPUB/one.xhtml"))
    assert [run.text for run in chapter.iterfind(".//{*}span[@class='hb-emoji']")] == ["🙂\ufe0e"]
    assert rules(sheet(epub))[".hb-emoji"].strip() == 'font-family: "Handbound Emoji";'
    assert "@supports (display: block) { .hb-emoji { font-family: inherit; } }" in sheet(epub)
    font = TTFont(io.BytesIO(epub.read("EPUB/fonts/HandboundEmoji-400.ttf")))
    assert {0x1F642, 0xFE0E} <= set(font.getBestCmap())


def test_boxes_of_html_5_are_boxes_in_engines_that_do_not_know_them(epub: zipfile.ZipFile) -> None:
    boxes = next(
        text for text, content in rules(sheet(epub)).items() if content.strip() == "display: block;" and "," in text
    )
    assert {"aside", "details", "figcaption", "figure", "header", "section"} <= set(boxes.split(", "))


def test_an_address_may_be_divided_at_its_punctuation(epub: zipfile.ZipFile) -> None:
    chapter = etree.fromstring(epub.read("EPUB/one.xhtml"))
    (link,) = chapter.iterfind(".//{*}a[@class='hb-external']")
    pieces = [link.text, *(wbr.tail for wbr in link.iterfind("{*}wbr"))]
    assert pieces == ["https://", "example", ".org/", "a/", "long/", "address"]


def test_lists_for_the_menus_of_e_readers_are_quiet_where_they_are_shown(epub: zipfile.ZipFile) -> None:
    plain = rules(sheet(epub))
    assert "display: none" in plain["#landmarks"]
    assert "font-weight: normal" in plain["nav[hidden] > ol > li"]


def test_the_box_of_a_task_stands_in_its_line(epub: zipfile.ZipFile) -> None:
    tasks = [text for selector, text in re.findall(r"(\.hb-task) \{([^}]*)\}", sheet(epub))]
    assert ["inline-block" in text for text in tasks] == [True, False, True]
    assert "display: inline;" in rules(sheet(epub))[".hb-task"]
    assert "inline-block" not in rules(sheet(epub)).get(".hb-part-chapters .hb-contents-number", "")


def test_a_sign_and_its_selector_are_in_one_font(epub: zipfile.ZipFile) -> None:
    symbols = next(name for name in epub.namelist() if "Symbols" in name)
    assert {0x21A9, 0xFE0E} <= set(TTFont(io.BytesIO(epub.read(symbols))).getBestCmap())
    assert 'font-family: "Handbound Symbols"' in rules(sheet(epub))[".hb-backlink"]


def test_page_numbers_take_a_few_lines_where_hidden_lists_are_shown(epub: zipfile.ZipFile) -> None:
    assert "display: inline" in rules(sheet(epub))["#pages ol, #pages li, #pages a"]
    assert 'id="pages"' in (Path(press.__file__).parents[1] / "themes/base/templates/epub/nav.xhtml.j2").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("css", "safe"),
    [
        ("p { margin: 50vh 0 }", "@supports (margin: 50vh 0) { p { margin: 50vh 0; } }"),
        (
            "img { width: 9em; width: min(9em, 30vw) !important; color: red }",
            "img { width: 9em; color: red; } @supports (width: min(9em, 30vw)) { img { width: min(9em, 30vw) !important; } }",
        ),
        ("p { width: -webkit-calc(1em + 1px); width: 2em }", "p { width: 2em; }"),
        ("@media print { } p { margin: 0 }", "p { margin: 0 }"),
        ("@media (min-width: 9em) { p { margin: 0 } }", "@supports (display: block) { @media (min-width: 9em) { p { margin: 0 } } }"),
        ("@supports (display: grid) { p { width: calc(1em) } }", "@supports (display: grid) { p { width: calc(1em) } }"),
        ('p::after { content: "❦1" }', r'p::after { content: "\0027661" }'),
        (".max-9vh { margin: 0 }", ".max-9vh { margin: 0 }"),
    ],
)  # fmt: skip
def test_what_old_engines_do_not_survive_stands_under_a_condition(css: str, safe: str) -> None:
    assert " ".join(conditions.guarded(css).split()) == safe
    assert conditions.guarded(conditions.guarded(css)) == conditions.guarded(css)


def test_the_style_sheet_of_a_theme_of_ones_own_is_guarded_too(tmp_path: Path) -> None:
    files = {
        "one.md": CHAPTER,
        "themes/mine/theme.toml": 'extends = "folio"\n',
        "themes/mine/css/epub.css": "h1 { margin-top: calc(1em + 2%); }\n@media (min-width: 9em) { h1 { margin: 0; } }\n",
    }
    book = write_book(tmp_path / "book", files, 'title = "Old readers"\nlanguage = "en"\ntheme = "mine"\n')
    assert press.build(book, tmp_path / "out", editions=("epub",)).status == 0
    with zipfile.ZipFile(next((tmp_path / "out").glob("*.epub"))) as package:
        css = sheet(package)
    assert "@supports (margin-top: calc(1em + 2%))" in css
    assert not [text for text in rules(css).values() if "calc" in text]


def test_formulas_can_be_read_without_mathml_and_are_left_alone_where_it_is_known(epub: zipfile.ZipFile) -> None:
    css = sheet(epub)
    plain = {
        selector: text
        for selector, text in rules(css).items()
        if re.match(r"m(?:su|over|under|frac|sqrt|root|t[rd] )", selector)
    }
    shown = {one.strip(): text.strip() for selector, text in plain.items() for one in selector.split(",")}
    assert shown["msup > * + *"] == shown["msubsup > * + * + *"] == "vertical-align: super;"
    assert shown["msub > * + *"] == shown["msubsup > * + *"] == "vertical-align: sub;"
    assert [
        shown[f"mfrac > {rest}"] for rest in ("* + *::before", "mrow::before", "* + mrow::before", "mrow::after")
    ] == [f'content: "{sign}";' for sign in ("/", "(", "/(", ")")]
    conditions_of = (
        rule.content for rule in tinycss2.parse_stylesheet(css, skip_whitespace=True) if rule.type == "at-rule"
    )
    (block,) = (text for text in map(tinycss2.serialize, conditions_of) if "msup" in text)
    reset = {
        one.strip(): tinycss2.serialize(rule.content).strip()
        for rule in tinycss2.parse_rule_list(block, skip_whitespace=True)
        for one in tinycss2.serialize(rule.prelude).split(",")
    }
    assert reset == {
        one: "vertical-align: baseline;" if "vertical" in text else "content: none;" for one, text in shown.items()
    }
