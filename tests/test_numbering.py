"""Numbers of figures and tables: in captions, in references, in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from book import labels, press, theme, view
from book.images import drawings
from book.model import Book
from book.proof import pdf_text
from book.view import lists
from tests.loops import some
from tests.making import picture, published, write_book, write_files

FIRST = """# One

![A bench](a.png "The bench"){#bench}

See [Figure](#bench), [figure](two.md#vice), [this](#bench) and [Table](#sums).

| a | b |
|---|---|
| 1 | 2 |

: Sums {#sums}

![A saw](a.png "Figure 7: a saw of the author's own")

![No caption](a.png)
"""
SECOND = """# Two

![A vice](a.png "The vice"){#vice}

![A plane](a.png "The plane")
"""


def book_of(folder: Path, more: str = "", language: str = "en") -> Book:
    write_book(
        folder,
        {
            "a-preface.md": '---\nrole: preface\n---\n# Preface\n\n![x](a.png "Before")\n',
            "one.md": FIRST,
            "two.md": SECOND,
        },
    )
    (folder / "handbound.toml").write_text(
        f'title = "T"\nlanguage = "{language}"\n{more}\nsidebar = ["a-preface.md", "one.md", "two.md"]\n', "utf-8"
    )
    (folder / "a.png").write_bytes(picture())
    return press.read(folder).book


def captions(book: Book) -> list[str]:
    paths = "//figcaption | //caption"
    return [
        " ".join("".join(caption.itertext()).split())
        for chapter in book.spine
        for caption in chapter.body.root.xpath(paths)
    ]


def test_captions_are_numbered_by_chapter_and_an_author_s_own_number_stays(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    assert captions(book) == [
        "Before",
        "Figure 1.1 The bench",
        "Table 1.1 Sums",
        "Figure 7: a saw of the author’s own",
        "Figure 2.1 The vice",
        "Figure 2.2 The plane",
    ]


def test_a_link_that_says_figure_gets_the_number_and_others_keep_their_words(tmp_path: Path) -> None:
    text = book_of(tmp_path).spine[1].body.text
    assert "See Figure\u00a01.1, figure\u00a02.1, this and Table\u00a01.1." in text


def test_without_numbers_of_chapters_captions_are_counted_through_the_book(tmp_path: Path) -> None:
    book = book_of(tmp_path, "number_chapters = false")
    assert [caption for caption in captions(book) if caption.startswith(("Figure", "Table"))] == [
        "Figure 1 Before",
        "Figure 2 The bench",
        "Table 1 Sums",
        "Figure 7: a saw of the author’s own",
        "Figure 3 The vice",
        "Figure 4 The plane",
    ]


def test_the_numbers_can_be_turned_off_and_speak_the_language_of_the_book(tmp_path: Path) -> None:
    assert "Figure 1.1" not in str(book_of(tmp_path / "off", "number_captions = false").spine[1].body)
    assert "Abbildung 1.1 The bench" in captions(book_of(tmp_path / "de", language="de"))


def test_a_numbered_book_loses_no_word_in_epub_and_html(tmp_path: Path) -> None:
    book_of(tmp_path / "book")
    result = press.build(tmp_path / "book", tmp_path / "out", editions=("epub", "html"))
    assert result.status == 0, result.report.problems
    page = next(data for name, data in published(tmp_path / "out").items() if name.endswith("t.html"))
    assert b'caption-number">Figure 2.2</span>' in page


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#8F3414" stroke="#123456"/><text fill="#1f1a17">a</text></svg>'


@pytest.mark.parametrize(("theme", "accent"), [("field", b"#1d4aff"), ("almanac", b"#0b5d52")])
def test_a_drawing_in_the_marker_colours_takes_those_of_the_theme(theme: str, accent: bytes, tmp_path: Path) -> None:
    write_book(tmp_path / "book", {"one.md": "# One\n\n![A mark](mark.svg)\n"})
    (tmp_path / "book" / "mark.svg").write_bytes(SVG)
    press.build(tmp_path / "book", tmp_path / "out", editions=("html",), theme_name=theme)
    (page,) = [
        data for name, data in published(tmp_path / "out").items() if name.endswith(".html") and name != "index.html"
    ]
    assert b'fill="' + accent in page
    assert b"#123456" in page
    assert b"8f3414" not in page.partition(b"<svg")[2].lower()


def test_the_paper_of_a_drawing_is_white_where_the_page_shows_through_it(tmp_path: Path) -> None:
    drawing = SVG.replace(b"#123456", b"#ffffff")
    write_book(tmp_path / "book", {"one.md": "# One\n\n![A mark](mark.svg)\n"})
    (tmp_path / "book" / "mark.svg").write_bytes(drawing)
    press.build(tmp_path / "book", tmp_path / "out", editions=("html",), theme_name="almanac")
    page = b"".join(
        data for name, data in published(tmp_path / "out").items() if name.endswith(".html") and name != "index.html"
    )
    inlined = page.partition(b"<svg")[2]
    assert b"#ffffff" in inlined.partition(b"</svg>")[0], "twice the colour of the paper would be darker than the page"


def test_white_is_the_paper_only_where_other_markers_are_used() -> None:
    white = b'<svg><path fill="#ffffff"/></svg>'
    assert drawings.recoloured(white, {"paper": "#eee"}) == white
    both = b'<svg><path fill="#ffffff"/><path fill="#1f1a17"/></svg>'
    assert b"#eee" in drawings.recoloured(both, {"paper": "#eee", "ink": "#000"})


def test_what_is_drawn_in_the_accent_is_heavier_without_colours() -> None:
    svg = b'<svg stroke-width="2"><path stroke="#8f3414"/><path stroke="#1f1a17"/><text fill="#8f3414" font-weight="400">a</text></svg>'
    heavy = drawings.recoloured(svg, {"accent": "#000", "ink": "#000"}, heavier=True)
    assert heavy.count(b'stroke-width="3"') == 1
    assert b'font-weight="400"' in heavy


# The numbers of chapters and parts above their titles.


def kickers(folder: Path, chapters: int, language: str = "en", more: str = "", look: str = "folio") -> list[str]:
    """Return the lines above the titles of a book of two parts, the second with the last chapter."""
    names = [f"{number:02}.md" for number in range(1, chapters + 1)]
    files = {name: f"# Title {name[:2]} of it\n\nText.\n" for name in names}
    parts = f'{{ part = "P", chapters = {names[:-1]} }}, {{ part = "Q", chapters = ["{names[-1]}"] }}'
    settings = f'title = "T"\nlanguage = "{language}"\nsidebar = [{parts}]\n{more}'
    book = press.read(write_book(folder, files, settings)).book
    return [item.kicker.striptags() for item in view.items(book, theme.load(look, folder)) if item.kicker]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["Part one", "Chapter one", "Chapter two", "Part two", "Chapter three"]),
        ("de-AT", ["Teil eins", "Kapitel eins", "Kapitel zwei", "Teil zwei", "Kapitel drei"]),
        ("fr", ["Partie un", "Chapitre un", "Chapitre deux", "Partie deux", "Chapitre trois"]),
        ("zh-Hant", ["第一部", "第一章", "第二章", "第二部", "第三章"]),
        ("pl", ["Część 1", "Rozdział 1", "Rozdział 2", "Część 2", "Rozdział 3"]),  # the word would have to agree
    ],
)
def test_folio_numbers_chapters_and_parts_in_words(tmp_path: Path, language: str, lines: list[str]) -> None:
    assert kickers(tmp_path, 3, language) == lines


def test_numbers_are_in_words_all_together_or_not_at_all(tmp_path: Path) -> None:
    words = labels.label("en", "numbers").split(", ")
    assert (len(words), words[20]) == (30, "twenty-one")
    whole, more = kickers(tmp_path / "a", 30), kickers(tmp_path / "b", 31)
    assert (whole[-1], more[1], more[-1]) == ("Chapter thirty", "Chapter 1", "Chapter 31")
    assert more[0] == "Part one", "the parts have words for all of them"
    own = '[labels]\nnumbers = "the first, the second"\n'
    assert kickers(tmp_path / "c", 2, more=own)[1] == "Chapter the first"
    assert kickers(tmp_path / "d", 3, more=own)[1] == "Chapter 1"
    assert kickers(tmp_path / "e", 3, more='[labels]\nnumbers = ""\n')[0] == "Part 1"
    assert kickers(tmp_path / "f", 3, look="field")[0] == "Part 1"


def test_the_words_for_numbers_are_thirty_different_ones_or_none() -> None:
    tables = [table["numbers"].split(", ") for table in some(labels.languages().values()) if table.get("numbers")]
    assert len(tables) > 10
    assert all(len(set(words)) == len(words) == 30 for words in tables)


def test_links_that_ask_for_a_number_are_proved_in_the_editions(tmp_path: Path) -> None:
    text = """# One

See [The *bench*](#bench){.by-number}, Abbildung [The bench](#bench){.by-number} and [Words](#none){.by-number}.

![A bench](a.png "The bench"){#bench}

## None
"""
    book = write_book(tmp_path / "book", {"one.md": text}, 'title = "T"\nlanguage = "de"\n')
    (book / "a.png").write_bytes(picture())
    assert press.build(book, tmp_path / "out", editions=("html", "epub")).status == 0
    page = next(path for path in (tmp_path / "out").glob("*.html") if path.name != "index.html").read_text("utf-8")
    body = " ".join(re.sub(r"<[^<>]*>", "", page.partition("<main")[2]).split())
    assert "See Abbildung 1.1, Abbildung 1.1 and Words." in body.replace("\xa0", " ")


@pytest.mark.parametrize("name", ["folio", "field", "almanac"])
def test_a_number_of_many_digits_stands_on_one_line_of_the_contents(
    name: str, tmp_path: Path, needs_pango: None
) -> None:
    files = {"book.toml": '[book]\ntitle = "Deep"\n', "src/SUMMARY.md": "# Summary\n\n- [A](a.md)\n"}
    below = {"src/a.md": "# A\n"}
    for number in range(1, 12):
        files["src/SUMMARY.md"] += f"    - [B](b{number}.md)\n"
        below[f"src/b{number}.md"] = "# B\n"
    files["src/SUMMARY.md"] += "        - [A title that runs on over the end of its line, as some do](c.md)\n"
    below["src/c.md"] = "# C\n"
    for path, text in (files | below).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    result = press.build(tmp_path, tmp_path / "out", editions=("pdf",), theme_name=name)
    assert result.status == 0
    with pikepdf.open(tmp_path / "out" / result.report.works[0].path) as pdf:
        words = [text.strip() for page in pdf.pages[:6] for text in pdf_text.painted(page).values()]
    assert {"1", "1.1", "1.10", "1.11", "1.11.1"} <= set(words)


def deep_book(folder: Path) -> Path:
    """Return a book of mdBook with chapters 1 to 12, 12.1 to 12.10, 12.10.1 and 12.10.1.1, each with a section."""
    depths = [0] * 12 + [1] * 10 + [2, 3]
    lines = [f"{'    ' * depth}- [Matter {number}](m{number}.md)" for number, depth in enumerate(depths)]
    files = {
        f"src/m{number}.md": f"# Matter {number}\n\nWords.\n\n## Section\n\nWords.\n" for number in range(len(depths))
    }
    files |= {"book.toml": '[book]\ntitle = "Deep"\n', "src/SUMMARY.md": "# Summary\n\n" + "\n".join(lines) + "\n"}
    return write_files(folder, files)


@pytest.mark.needs_pango
def test_a_number_of_several_parts_ends_before_the_title_beside_it(tmp_path: Path) -> None:
    deep_book(tmp_path)
    result = press.build(tmp_path, tmp_path / "out", editions=("pdf",), theme_name="field")
    pages = pypdfium2.PdfDocument(tmp_path / "out" / result.report.works[0].path)
    found = []
    for page in some(pages):
        words = page.get_textpage()
        text = words.get_text_range()
        if opener := re.search(r"CHAPTER\s+(?P<number>[\d.]+)\s+Matter", text):
            title = words.get_charbox(opener.end() - len("Matter"))
            found.append(opener["number"])
            assert words.get_charbox(opener.end("number") - 1)[2] < title[0] - 4, opener["number"]
    assert {"12.1", "12.10", "12.10.1", "12.10.1.1"} <= set(found)


def test_the_sections_of_a_chapter_are_not_numbered_like_the_chapters_below_it(tmp_path: Path) -> None:
    book = press.read(deep_book(tmp_path)).book
    counted = {line.number: line.counts_sections for line in lists.contents(book, str)}
    assert counted["11"]
    assert not counted["12"]
    items = view.items(book, theme.load("field", tmp_path))
    assert {item.number: item.counts_sections for item in items} == counted


@pytest.mark.parametrize(
    ("title", "whole"),
    [
        ("3. Give them room", "3.\xa0Give them room"),
        ("2.1 *Glass*", "2.1\xa0<em>Glass</em>"),
        ("IV. The fourth", "IV.\xa0The fourth"),
        ("Give 3 rooms", "Give 3 rooms"),
        ("A room", "A room"),
    ],
)
def test_a_number_of_the_author_is_not_parted_from_its_title_in_the_contents(
    title: str, whole: str, tmp_path: Path
) -> None:
    book = press.read(write_book(tmp_path, {"one.md": f"# One\n\n## {title}\n\nWords.\n"})).book
    ((section,),) = (line.sections for line in lists.contents(book, str))
    assert section.heading == whole
