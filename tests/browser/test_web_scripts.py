"""The one-page edition and the pages of an EPUB in a browser, in other scripts: mirrored, upright, and with whole words."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import press
from tests.making import write_book

ARABIC = "هذا الكتاب لمن يكتبون البرمجيات ويريدون أن يكونوا أنفع لمن يستخدمونها.\n\n"
HEBREW = "הספר הזה מיועד למי שכותבים תוכנה ורוצים להועיל יותר.\n\n"
ENGLISH = "At the beginning somebody wrote a sentence that fills a line of a narrow screen, " * 4 + "and so on.\n\n"
BOOKS = {
    "ar": ("دليل مهندس المنتج", f"# التحدث إلى المستخدمين\n\n{ARABIC * 9}## جدول\n\n{ARABIC * 20}> [!WARNING]\n> {ARABIC}"),
    "he": ("מדריך", f"# שיחה עם משתמשים\n\n{HEBREW * 9}## טבלה\n\n{HEBREW * 20}> [!WARNING]\n> {HEBREW}"),
    "en": ("A guide", f"# Users\n\n{ENGLISH * 9}## A table\n\n{ENGLISH * 9}> [!NOTE]\n> {ENGLISH}"),
    "ja": ("プロダクトエンジニアの手引き", "# 利用者と話す\n\n" + "この本は、ソフトウェアを書く人のためのものです。\n\n" * 9),
}  # fmt: skip
LETTER = """() => {
  const paragraph = document.querySelector('.hb-opener + p'), letter = getComputedStyle(paragraph, '::first-letter');
  return [letter.float, letter.initialLetter, letter.fontSize === getComputedStyle(paragraph).fontSize];
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    folder = tmp_path_factory.mktemp("scripts")

    def build(language: str, theme: str) -> Path:
        """Return the folder with the page and the files of the EPUB, built once."""
        out = folder / f"{language}-{theme}"
        if not out.exists():
            title, text = BOOKS[language]
            write_book(
                folder / language, {"a.md": text}, f'title = "{title}"\nlanguage = "{language}"\ntheme = "{theme}"\n'
            )
            assert press.build(folder / language, out, editions=("html", "epub")).status == 0
            with zipfile.ZipFile(next(out.glob("*.epub"))) as epub:
                epub.extractall(out / "epub")
        return out

    return build


@pytest.fixture
def phone(window: Callable[..., Any]) -> Any:
    return window(bypass_csp=False, viewport={"width": 390, "height": 800}, reduced_motion="reduce")


def page_of(out: Path) -> str:
    return next(file for file in out.glob("*.html") if file.name != "index.html").as_uri()


@pytest.mark.parametrize("language", ["ar", "he"])
def test_no_letter_is_torn_from_its_word_where_letters_join(
    language: str, phone: Any, made: Callable[[str, str], Path]
) -> None:
    out = made(language, "almanac")
    for address in (page_of(out), (out / "epub/EPUB/a.xhtml").as_uri()):
        phone.goto(address)
        assert phone.evaluate(LETTER) == ["none", "normal", True], address


def test_a_first_letter_is_two_lines_high_in_every_line_spacing(phone: Any, made: Callable[[str, str], Path]) -> None:
    phone.goto((made("en", "almanac") / "epub/EPUB/a.xhtml").as_uri())
    for spacing in ("normal", "1.3", "1.8"):
        phone.evaluate(f"document.body.style.lineHeight = '{spacing}'")
        lefts = phone.evaluate(
            """() => {
              const range = document.createRange(), text = document.querySelector('.hb-opener + p').firstChild;
              range.setStart(text, 1);
              range.setEnd(text, text.length);
              return [...range.getClientRects()].map(box => Math.round(box.left));
            }"""
        )
        assert [left > lefts[-1] + 5 for left in lefts[:3]] == [True, True, False], spacing


@pytest.mark.parametrize(("language", "theme"), [("ar", "folio"), ("he", "field")])
def test_letters_that_join_are_not_slanted_and_the_contents_are_mirrored(
    language: str, theme: str, phone: Any, made: Callable[[str, str], Path]
) -> None:
    phone.goto(page_of(made(language, theme)))
    slanted = phone.evaluate(
        """() => [...document.querySelectorAll('main *')].map(one => getComputedStyle(one))
          .filter(style => style.fontStyle !== 'normal' && style.fontSynthesisStyle !== 'none').length"""
    )
    assert slanted == 0
    phone.evaluate("document.querySelector('.hb-bar button').click()")
    close = phone.locator(".hb-drawer .hb-close").bounding_box()
    drawer = phone.locator(".hb-drawer").bounding_box()
    assert drawer["x"] + drawer["width"] == pytest.approx(390, abs=1)
    words = phone.locator(".hb-drawer summary").evaluate(
        "summary => { const range = document.createRange(); range.selectNodeContents(summary); return range.getBoundingClientRect().left; }"
    )
    assert close["x"] + close["width"] < words


@pytest.mark.parametrize(("language", "theme"), [("en", "folio"), ("ar", "folio"), ("en", "field"), ("en", "almanac")])
def test_the_words_of_a_notice_begin_below_its_title(
    language: str, theme: str, phone: Any, made: Callable[[str, str], Path]
) -> None:
    phone.goto(page_of(made(language, theme)))
    indents = phone.locator(".hb-callout > p").evaluate_all("all => all.map(one => getComputedStyle(one).textIndent)")
    assert indents[:2] == ["0px", "0px"]


def test_a_japanese_title_breaks_between_words(phone: Any, made: Callable[[str, str], Path]) -> None:
    phone.goto(page_of(made("ja", "folio")))
    assert phone.locator("h1").evaluate("title => getComputedStyle(title).wordBreak") == "auto-phrase"
