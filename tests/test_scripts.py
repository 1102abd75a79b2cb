"""Scripts: what paper can show, the direction of pages, and the fonts that a session downloads."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from msgspec.structs import replace

from book import press, scripts, theme
from book import report as reports
from book.body import Body
from book.catalogue import EDITIONS
from book.labels import labels
from book.model import NotMade
from book.problems import ThemeError
from book.proof import prove
from book.view import typefaces
from tests.loops import some
from tests.making import reworded, write_book

FONTS = theme.house() / "_fonts"
LATIN = "The light is lit at sunset and put out at sunrise, and whoever keeps the watch writes down what was seen. " * 3
HEBREW = "אבגדהוזחטיכלמנסעפצקרשתםןךףץ"
ARABIC = "السلامعليكمهذكتابجر"
KANA = "これはともしびのほんですよるにてらしあさけまもるひとがいるあいうえお、。「」漢字日本語"
KEEPER = "これはともしびのほんです。よるにてらし、あさにけします。まもるひとがいます。「日本語」のほんです。"


def face(path: Path, letters: str, family: str, *, weight: int = 400) -> None:
    """Write a TTF that has a square for each of *letters* and for nothing else but a blank."""
    pen = TTGlyphPen(None)
    for step, point in enumerate(((100, 0), (100, 700), (900, 700), (900, 0))):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    codes = sorted({0x20, *map(ord, letters)})
    names = {code: f"u{code:04X}" for code in codes}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupGlyf(
        {name: TTGlyphPen(None).glyph() if name == "u0020" else square for name in (".notdef", *names.values())}
    )
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", *names.values()), (1000, 0)))
    builder.setupHorizontalHeader(ascent=1036, descent=-335)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family.replace(" ", "")})
    builder.setupOS2(usWeightClass=weight, sTypoAscender=1036, sTypoDescender=-335, usWinAscent=1036, usWinDescent=335)
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)


def dressed(root: Path, letters: str, *, before: tuple[str, ...] = ("serif", "sans")) -> None:
    """Give the book in *root* a theme with a typeface that has *letters*."""
    home = root / "themes" / "ours"
    home.mkdir(parents=True, exist_ok=True)
    tables = []
    for role in before:
        face(home / "fonts" / f"own-{role}" / "Regular.ttf", letters, f"Own {role.title()}")
        tables.append(f'[font.own-{role}]\nfamily = "Own {role.title()}"\nfolder = "own-{role}"\nbefore = "{role}"\n')
    (home / "theme.toml").write_text('extends = "folio"\n', "utf-8")
    (home / "tokens.toml").write_text("\n".join(tables), "utf-8")


def book(root: Path, body: str, *, language: str = "en", more: str = "", title: str = "Keeping watch") -> Path:
    settings = f'title = "{title}"\nslug = "watch"\nlanguage = "{language}"\nauthors = ["A"]\n{more}'
    return write_book(root, {"01-watch.md": f"---\ntitle: {title}\n---\n\n{body}\n"}, settings)


def built(source: Path, *editions: str, **words: Any) -> press.Result:
    return press.build(source, source.parent / "out", editions=editions, **words)


def codes(result: press.Result) -> list[str]:
    return [problem.code for problem in result.report.problems]


# The table of scripts.


def test_blocks_stand_in_order_and_every_letter_has_one() -> None:
    assert list(scripts.STARTS) == sorted(set(scripts.STARTS))
    assert [scripts.script(letter) for letter in "aжαあ漢한שحह"] == [
        "", "", "", "Japanese", "Han", "Korean", "Hebrew", "Arabic", "Devanagari",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "way"),
    [("fa", "rtl"), ("he-IL", "rtl"), ("pa-Arab-PK", "rtl"), ("ar-Latn", "ltr"), ("az", "ltr"), ("en-GB", "ltr")],
)
def test_a_language_determines_the_writing_direction(language: str, way: str) -> None:
    assert scripts.direction(language) == way


def test_every_script_that_is_named_to_an_author_can_be_fetched() -> None:
    known = {one["name"] for one in tomllib.loads((FONTS / "scripts.toml").read_text("utf-8"))["script"]}
    named = {scripts.session("Han", language) for language in ("ja", "ko", "zh", "zh-TW")} | set(
        scripts.SESSIONS.values()
    )
    assert named == known


# What paper cannot set.

WRONG = {
    "a chapter from right to left": (f"{HEBREW} {HEBREW} {LATIN[:100]}", "is written in Hebrew letters"),
    "a paragraph from right to left": (
        f"{LATIN * 4}\n\n> {HEBREW} {HEBREW[:5]}\n\n{LATIN}",
        "has a paragraph in Hebrew",
    ),
    "words of which some are marked": (f"{LATIN * 2} and שלום *עולם* too.", "of which only some are marked"),
    "words with a figure": (f"{LATIN * 2} and שלום 42 too.", "with a figure or a bracket"),
    "words with a bracket": (f"{LATIN * 2} and שלום (עולם) too.", "with a figure or a bracket"),
    "letters that join": (f"{LATIN * 2} यह पुस्तक एक छोटी टीम के लिए है।", "letters in Devanagari, of which only 12 can"),
    "a chapter of letters that join": (
        f"{LATIN[:20]} {'यह पुस्तक एक छोटी टीम के लिए है। ' * 4}",
        "is written in Devanagari",
    ),
}


@pytest.mark.parametrize("case", WRONG, ids=list(WRONG))
def test_a_pdf_that_would_be_wrong_is_not_made_and_the_line_is_named(case: str, tmp_path: Path) -> None:
    body, told = WRONG[case]
    source = book(tmp_path / "book", body)
    dressed(source, HEBREW + "यहपुस्तकएछोटीमेलिहै।ािीुेैो्ं", before=("serif",))
    result = built(source, "pdf", "html", theme_name="ours")
    assert result.status == 0
    (problem,) = (one for one in result.report.problems if one.code == "E106")
    assert told in problem.message
    assert problem.place.path == "01-watch.md"
    assert problem.place.line >= 5
    assert [work.path for work in result.report.works] == ["watch.html"]
    assert [(one.edition, one.path) for one in result.report.unmade] == [("pdf", "watch.pdf")]


def test_the_report_lists_what_was_not_made_and_the_download_page_does_not_offer_it(tmp_path: Path) -> None:
    source = book(tmp_path / "book", HEBREW * 2, language="he")
    built(source, "epub", "pdf", "handout")
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert [(work["path"], work["status"]) for work in report["works"]] == [
        ("watch.epub", "made"), ("watch.pdf", "not made"), ("watch-handout.pdf", "not made"),
    ]  # fmt: skip
    assert "right to left" in report["works"][1]["reason"]
    assert ".pdf" not in (tmp_path / "out" / "index.html").read_text("utf-8")
    assert not list((tmp_path / "out").glob("*.pdf"))
    # A later check tells the same.
    assert [one.path for one in reports.read(tmp_path / "out").unmade] == ["watch.pdf", "watch-handout.pdf"]
    assert isinstance(reports.read(tmp_path / "out").unmade[0], NotMade)


def test_strictly_a_book_that_paper_cannot_set_is_an_error(tmp_path: Path) -> None:
    result = built(book(tmp_path / "book", HEBREW * 2), "pdf", "html", be_strict=True)
    assert result.status == 1
    assert not (tmp_path / "out" / "watch.html").exists()


def test_only_paged_editions_check_what_paper_can_set(tmp_path: Path) -> None:
    assert codes(built(book(tmp_path / "book", HEBREW * 2), "html")) == []


@pytest.mark.needs_pango
def test_a_few_words_from_right_to_left_are_printed_and_read_in_their_order(tmp_path: Path) -> None:
    source = book(
        tmp_path / "book",
        f"{LATIN * 2} They say שלום עולם there, and *שלום* again.\n\n| a | b |\n|-|-|\n| שלום | x |\n\n"
        "[English](https://example.org) | [שלום](https://example.org) | *or* **שלום**, `code`",
    )
    dressed(source, HEBREW)
    result = built(source, "pdf", theme_name="ours")
    assert codes(result) == []
    (work,) = result.report.works
    read = press.read(source).book
    (chapter,) = read.spine
    # The proof sees a word whose letters stand the other way round.
    turned = Body.of(str(chapter.body).replace("שלום עולם", "םולש םלוע"))
    words = " ".join({"שלום": "םולש", "עולם": "םלוע"}.get(word, word) for word in chapter.wording.running.split())
    other = replace(chapter, body=turned, wording=reworded(chapter.wording, running=words))
    wrong = replace(read, main=(other,))
    (lost,) = (one for one in prove(tmp_path / "out", (work,), wrong, validators=False) if one.name == "nothing lost")
    assert lost.status == "failed"


@pytest.mark.needs_pango
def test_a_few_joined_letters_are_printed_with_a_warning(tmp_path: Path) -> None:
    source = book(tmp_path / "book", f"{LATIN * 2} They say سلام there.")
    dressed(source, ARABIC)
    result = built(source, "pdf", theme_name="ours")
    assert codes(result) == ["E108"]
    assert [work.path for work in result.report.works] == ["watch.pdf"]


# Letters without a glyph.


def test_pages_of_boxes_are_not_made_and_the_session_is_named(tmp_path: Path) -> None:
    source = book(tmp_path / "book", KEEPER, language="ja", title="ほん")
    result = built(source, "pdf", "html")
    (problem,) = (one for one in result.report.problems if one.code == "E107")
    assert "of the letters have no glyph in the theme folio: " in problem.message
    assert problem.fix == f"fetch fonts as in `book manual fonts-and-scripts`: nox -s scripts -- {source} ja"
    assert (problem.place.path, problem.place.line) == ("01-watch.md", 5)
    assert [one.path for one in result.report.unmade] == ["watch.pdf"]


@pytest.mark.needs_pango
def test_one_word_without_glyphs_is_reported_and_printed(tmp_path: Path) -> None:
    result = built(book(tmp_path / "book", f"{LATIN}\n\nThe word 漢字 is Han."), "pdf")
    (problem,) = (problem for problem in result.report.problems if problem.code != "E201")
    assert problem.code == "E102"
    assert "字 (U+5B57) 漢 (U+6F22); a box stands in place of each on paper" in problem.message
    assert problem.fix.endswith(" zh-Hans")
    assert (problem.place.line, problem.place.column) == (7, 10)


@pytest.mark.needs_pango
def test_a_name_without_glyphs_is_reported_where_it_stands(tmp_path: Path) -> None:
    result = built(book(tmp_path / "book", LATIN, more='publisher = "漢字"\n'), "pdf", "handout")
    (problem,) = (problem for problem in result.report.problems if problem.code != "E201")
    assert (problem.code, problem.place.path) == ("E102", "handbound.toml")
    assert problem.fix.endswith(" zh-Hans")


@pytest.mark.needs_pango
def test_with_a_typeface_in_its_theme_the_same_book_is_printed_upright_and_even(tmp_path: Path) -> None:
    source = book(
        tmp_path / "book",
        f"{KEEPER}*ともしび*です[^1]。Watch and wait.\n\n> {KEEPER}\n\n[^1]: よる。",
        language="ja",
        title="ほん",
    )
    dressed(source, KANA + KEEPER + "".join(labels("ja").values()))
    result = built(source, "pdf", "html", theme_name="ours")
    assert set(codes(result)) <= {"E201"}
    with pikepdf.open(tmp_path / "out" / "watch.pdf") as pdf:
        fonts = {str(font.BaseFont) for page in pdf.pages for font in page.resources.get("/Font", {}).values()}
        assert pdf.Root.Lang == "ja"
    # No face of the machine, and none that was slanted: Pango would name it.
    assert {name.partition("+")[2].partition("-")[0] for name in fonts} <= {
        "Own",
        "OwnSerif",
        "OwnSans",
        "HandboundSerif",
        "HandboundSans",
        "Handbound",
    }
    assert not any("Oblique" in name for name in fonts)
    page = (tmp_path / "out" / "watch.html").read_text("utf-8")
    assert page.count('font-family: "Own Serif"; font-weight: 400') == 1


# Themes with the typeface of a script.


def test_the_face_of_a_script_comes_before_that_of_its_role_and_after_the_mono(tmp_path: Path) -> None:
    dressed(tmp_path, KANA)
    look = theme.load("ours", tmp_path)
    assert look.stack("serif").startswith('"Own Serif", "Handbound Serif", ')
    assert look.stack("sans").startswith('"Own Sans", "Handbound Sans", ')
    assert look.stack("mono").startswith('"Handbound Code", "Own Sans", ')
    assert {one.role for one in look.faces if one.script} == {"serif", "sans"}
    shown = typefaces.letters(KANA + "watch")
    roles = ("serif", "sans")
    assert not any("Own" in name for name, _, _ in typefaces.faces(look, shown, roles=roles))
    assert sum("Own" in name for name, _, _ in typefaces.faces(look, shown, roles=roles, scripts=True)) == 2


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ('[font.own]\nfamily = "Own"\n', "T102 font.own has no folder"),
        ('[font.own]\nfamily = "Own"\nfolder = "own"\nbefor = "serif"\n', "T104 unknown token 'font.own.befor'"),
        ('[font.own]\nfamily = "Own"\nfolder = "own"\nbefore = "mono"\n', "T102 font.own.before is 'mono'"),
        ('[font.own]\nfamily = "Own"\nfolder = "own"\n', "T104 nothing uses the font font.own"),
    ],
)
def test_a_typeface_that_could_not_be_used_is_an_error_of_the_theme(tokens: str, told: str, tmp_path: Path) -> None:
    dressed(tmp_path, KANA, before=())
    (tmp_path / "themes" / "ours" / "tokens.toml").write_text(tokens, "utf-8")
    with pytest.raises(ThemeError) as caught:
        theme.load("ours", tmp_path)
    (problem,) = caught.value.problems
    assert f"{problem.code} {problem.message}".startswith(told)
    assert problem.place.path == "themes/ours/tokens.toml"


# Which way pages run.


def test_a_book_from_right_to_left_says_so_in_epub_and_html(tmp_path: Path) -> None:
    source = book(tmp_path / "book", f"{HEBREW} `git commit`\n\n```\nprint()\n```", language="he")
    (source / "02-latin.md").write_text(f"---\ntitle: Latin\nlang: en\n---\n\n{LATIN} `code`\n", "utf-8")
    assert built(source, "epub", "html").status == 0
    with zipfile.ZipFile(tmp_path / "out" / "watch.epub") as epub:
        package = epub.read("EPUB/content.opf").decode()
        chapters = {name: epub.read(name).decode() for name in epub.namelist() if name.endswith(".xhtml")}
        sheet = epub.read("EPUB/style.css").decode()
    assert '<spine toc="ncx" page-progression-direction="rtl">' in package
    hebrew = next(text for text in chapters.values() if "git commit" in text)
    latin = next(text for text in chapters.values() if "sunset" in text)
    assert 'lang="he" dir="rtl"' in hebrew
    assert re.search(r'<code dir="ltr"[^>]*>git commit', hebrew)
    assert re.search(r'<pre[^>]* dir="ltr"', hebrew)
    assert 'dir="' not in latin
    assert "direction:" not in sheet  # EPUB 3.3 §6.3.1.1 leaves that to the documents
    page = (tmp_path / "out" / "watch.html").read_text("utf-8")
    assert '<html lang="he" dir="rtl">' in page
    assert page.count('lang="en" dir="ltr"') == 1


# The session.


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program of the session."""
    monkeypatch.syspath_prepend(str(FONTS))
    for name in ("scripts", "merge", "drawn"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("scripts")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('title = "A"  # mine\n', 'title = "A"  # mine\ntheme = "folio-ja"\n'),
        ('title = "A"\n\n[print]\ntrim = "a5"\n', 'title = "A"\ntheme = "folio-ja"\n\n[print]\ntrim = "a5"\n'),
        ("theme = 'folio'   # nice\r\ntitle = \"A\"\r\n", 'theme = "folio-ja"   # nice\r\ntitle = "A"\r\n'),
        ('description = """\ntheme = "x"\n"""\n', None),
        (None, None),
    ],
)
def test_the_settings_are_changed_in_one_line_or_not_at_all(
    tool: Any, before: str | None, after: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "handbound.toml"
    if before is not None:
        path.write_bytes(before.encode())
    assert tool.choose(tmp_path, "folio-ja") is (after is not None)
    if before is not None:
        assert path.read_bytes().decode() == (after or before)


def test_faces_go_into_a_child_of_the_house_theme_and_then_into_the_same(tool: Any, tmp_path: Path) -> None:
    script = {"name": "ja", "type": {"lead": "17pt", "indent": "1em", "handout": "19pt", "large": "29pt"}}
    families = {"ja-serif": "Own Serif", "he-serif": "Other Serif"}
    face(tmp_path / "own.ttf", KANA, "Own Serif")
    data = (tmp_path / "own.ttf").read_bytes()
    folder = tool.home(tmp_path, "folio", ["ja"])
    tool.write(
        folder, "folio", "Japanese", {"ja-serif": {"Regular.ttf": data}}, families, tool.lines(script, "ja-JP", "folio")
    )
    look = theme.load("folio-ja", tmp_path)
    assert (look.title, look.tokens["type"]["lead"], look.tokens["type"]["indent"]) == (
        "Folio, Japanese",
        "17pt",
        "1em",
    )
    assert look.for_edition(EDITIONS["large"]).tokens["type"]["lead"] == "29pt"
    assert tool.home(tmp_path, "folio-ja", ["he"]) == folder
    tool.write(folder, "folio-ja", "Hebrew", {"he-serif": {"Regular.ttf": data}}, families, "")
    assert theme.load("folio-ja", tmp_path).stack("serif").startswith('"Own Serif", "Other Serif", "Handbound Serif"')
    # A book in another language keeps its lines, a theme of blocks its paragraphs.
    assert tool.lines(script, "en", "folio") == ""
    assert "indent" not in tool.lines(script, "ja", "field")


def test_a_face_takes_the_measures_of_the_one_it_stands_beside(tool: Any, tmp_path: Path) -> None:
    face(tmp_path / "own.ttf", KANA, "Own Serif")
    for parent, folder in (("folio", "source-serif-4"), ("field", "literata"), ("almanac", "alegreya")):
        assert tool.beside(tmp_path, parent, "serif") == FONTS / folder / "Regular.ttf"
    made = tool.fitted((tmp_path / "own.ttf").read_bytes(), FONTS / "inter" / "Regular.ttf")
    (tmp_path / "fitted.ttf").write_bytes(made)
    with TTFont(tmp_path / "fitted.ttf") as font, TTFont(FONTS / "inter" / "Regular.ttf") as inter:
        scale = font["head"].unitsPerEm / inter["head"].unitsPerEm
        assert font["hhea"].ascent == round(inter["OS/2"].sTypoAscender * scale) == font["OS/2"].sTypoAscender
        assert font["hhea"].descent == round(inter["OS/2"].sTypoDescender * scale)


def test_a_hundred_files_become_one_face_with_the_letters_that_are_kept(tool: Any, tmp_path: Path) -> None:
    files = []
    for number, letters in enumerate(("、。あい", "いう漢", "字A")):
        face(tmp_path / f"{number}.ttf", letters, "Own")
        files.append((tmp_path / f"{number}.ttf").read_bytes())
    keep = frozenset(map(ord, " 、。あいう漢字"))
    font = tool.joined(files, keep)
    assert "".join(map(chr, sorted(font.getBestCmap()))) == "".join(sorted(map(chr, keep)))
    out = tmp_path / "joined.ttf"
    font.save(out)
    with TTFont(out) as again:
        assert all(
            again["glyf"][name].numberOfContours == 1 for code, name in again.getBestCmap().items() if code != 0x20
        )


def test_every_face_of_every_script_has_its_digest_and_keeps_no_latin(tool: Any) -> None:
    sources = tomllib.loads((FONTS / "scripts.toml").read_text("utf-8"))
    for script in some(sources["script"]):
        assert {"OFL.txt", "Regular.ttf", "Bold.ttf"} == set(script["serif"]["files"]) == set(script["sans"]["files"])
        assert not tool.wanted(script) & set(map(ord, "aZ09.,'’"))
        assert all(re.fullmatch("[0-9a-f]{64}", script[kind]["sha256"]) for kind in ("serif", "sans"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere", "ja"], "nowhere: the book's folder is not there"),
        (["BOOK", "xx"], "no script 'xx'; there are: ja (Japanese)"),
        (["BOOK", "ka"], "npm is missing"),
    ],
)
def test_what_the_session_cannot_do_is_one_line(words: list[str], said: str, tmp_path: Path) -> None:
    source = book(tmp_path / "book", LATIN)
    done = subprocess.run(
        [sys.executable, str(FONTS / "scripts.py"), *(word.replace("BOOK", str(source)) for word in words)],
        capture_output=True, text=True, check=False, env={**os.environ, "PATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert not (source / "themes").exists()


def test_a_note_in_a_text_without_spaces_ties_one_letter_to_its_number(tmp_path: Path) -> None:
    from book.editions import pages

    source = book(tmp_path / "book", f"{KEEPER}[^1]\n\n[^1]: よる。", language="ja", title="ほん")
    (chapter,) = press.read(source).book.spine
    body = pages.body(chapter, {}, lambda _: None)
    tied = re.search(r'<span class="hb-tied">([^<]*)<', body)
    assert tied
    assert tied[1] == "す。"
