"""No word is cut at the end of a line of a PDF without a hyphen; whatever may end a line there is no fault."""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path

import pytest

from book import press
from book.model import Book, Check, Metadata, Work
from book.proof import line_ends, pdf_words
from tests.making import make_book, make_draft, read_blocks, write_book
from tests.test_proof_pdf import compose
from tests.test_whole_words import WORDS as WHOLE

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The Cut</title><style>
@page { size: 90mm 250mm; margin: 12mm } h1 { bookmark-level: 1 } td, th { padding: 0 1em 0 0 } td p { margin: 0 }
"""
ABOUT = Metadata(title="The Cut", identifier="urn:x", slug="cut", date="2026-01-02", modified="")
WORDS = (
    "Particularly disproportionate consequences are understandable when experimentation is unfashionable and prevented."
)
EM = "*It has [particularly](https://example.org), [disproportionate](https://example.org) `consequences` when **experimentation** fails.*"
DOT = "%3Csvg xmlns='http://www.w3.org/2000/svg' width='4' height='4'/%3E"
LONG = "Some words and then " + "pneumono" * 12


def pdf(markdown: str, style: str = "", *, cuts: bool = False) -> bytes:
    """Return the page of a book; with *cuts*, a line may end between any two letters."""
    chapter = next(iter(book(markdown).spine))
    body = chapter.body.spell().replace('"x.png"', f'"data:image/svg+xml,{DOT}"')
    if cuts:
        body = re.sub(r"(?<=>)[^<]+", lambda text: re.sub(r"(?<=\w)(?=\w)", "\u200b", text[0]), body)
    return compose(f'{PAGE}{style}</style></head><body><section id="one"><h1>One</h1>{body}</section>')


@functools.cache
def book(markdown: str) -> Book:
    return make_book(make_draft(read_blocks(markdown), path="one.md", title="One"), about=ABOUT)


def words(folder: Path, data: bytes, markdown: str) -> Check:
    (folder / "book.pdf").write_bytes(data)
    work = Work(edition="pdf", path="book.pdf", bytes=len(data), digest=hashlib.sha256(data).hexdigest(), pages=1)
    return pdf_words.words(folder, work, book(markdown))


@pytest.mark.needs_pango
@pytest.mark.parametrize(
    "markdown",
    [
        WORDS,
        EM,
        f"> {WORDS}",
        f"- {EM}\n- {WORDS}",
        f"| A | B |\n|---|---|\n| one two | {WORDS} |\n| {EM} | two words |\n",
        f"{WORDS} {WORDS}[^1]\n\n[^1]: {WORDS}",
        "Слова непропорциональные последствия экспериментальные особенно предсказуемость понятна сегодня.",
    ],
    ids=["plain", "emphasis", "a quotation", "a list", "a table", "a note", "Cyrillic"],
)
def test_a_word_cut_at_the_end_of_a_line_is_reported(markdown: str, tmp_path: Path) -> None:
    check = words(tmp_path, pdf(markdown, cuts=True), markdown)
    assert {problem.code for problem in check.problems} == {"P164"}
    assert "page 1: a line ends with '" in check.problems[0].message
    assert check.status == "passed", "the edition is made all the same"


@pytest.mark.needs_pango
@pytest.mark.parametrize(
    ("markdown", "style"),
    [
        (f"{WORDS}\n\n{EM}\n", "p { text-align: justify }"),
        (f"{WORDS}\n\n{EM}\n", 'p { hyphens: auto; hyphenate-character: "\\2010" }'),
        (f"{LONG} and `{'verylong' * 12}` end.", "p, code { overflow-wrap: anywhere }"),
        (f"| A | B |\n|---|---|\n| two words {LONG} | and more {LONG} |\n", "table { width: 60mm } td { overflow-wrap: anywhere }"),
        (f"| A | B |\n|---|--:|\n| two words {LONG} | and more {LONG} |\n", "table { width: 60mm } td { overflow-wrap: anywhere }"),
        (f"```\nsome words {'consequences' * 12}\n```\n", "pre { white-space: pre-wrap; word-break: break-all }"),
        ("Some more words at the con<wbr>se<wbr>quen<wbr>ces of this one and the pre<wbr>dict<wbr>abil<wbr>i<wbr>ty.", ""),
        ("Words at the 10^th^ of the month and H~2~O are on one line with x^2^y of them.", "sup { vertical-align: 0.4em }"),
        ("漢字仮名交じり文の行は、どの文字の後でも終わることができる。それは誤りではない。英字wordsも。" * 2, ""),
        (f"{WORDS} " * 20, 'p { hyphens: auto; columns: 2; hyphenate-character: "\\2010" }'),
        ("A word<img src='x.png' alt='a dot'>picture <b>be</b>cause of a step-by-step either/or—dash list", "p { width: 3em }"),
    ],
    ids=["justified", "hyphens", "long words", "cells", "cells on the right", "a listing", "wbr", "raised", "Japanese", "columns", "pictures"],
)  # fmt: skip
def test_a_line_may_end_where_the_text_allows_it(markdown: str, style: str, tmp_path: Path) -> None:
    assert [problem.message for problem in words(tmp_path, pdf(markdown, style), markdown).problems] == []


@pytest.mark.parametrize(
    ("letters", "gaps", "offset", "is_long"),
    [
        ("onetwo", {3, 6}, 2, False),
        ("a" * 25, {0, 25}, 8, True),
        ("a" * 24, {0, 24}, 8, False),
        ("a" * 12 + "/" + "b" * 12, {0, 25}, 8, False),
        ("ab/" * 400, {0, 1200}, 601, True),
        ("a" * 25, {0, 10, 25}, 8, False),
    ],
)
def test_a_name_of_many_letters_may_be_divided(letters: str, gaps: set[int], offset: int, is_long: bool) -> None:
    assert line_ends.is_long(letters, frozenset(gaps), offset) is is_long


@pytest.mark.needs_pango
def test_the_fault_of_months_would_be_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the mend of :mod:`book.paged.render.even_lines`, words beside links and code in emphasis are cut."""
    from weasyprint.layout import inline

    from book.paged.render import even_lines

    rows = (", ".join(f"`{word}` and {word}" for word in [*WHOLE[at:], *WHOLE[:at]][:6]) for at in range(9))
    text = "# A\n\n| A | B |\n|---|---|\n" + "\n".join(f"| **It has {row}** | some words in here |" for row in rows)
    settings = 'title = "Cut"\nlanguage = "en"\n'
    write_book(tmp_path / "book", text, settings)
    found = {}
    for name, mended in (("mended", True), ("as before", False)):
        if not mended:
            monkeypatch.setattr(even_lines, "_splitting", lambda _, split=inline.split_text_box: split)
        result = press.build(tmp_path / "book", tmp_path / name, editions=["pdf"])
        found[name] = [problem.code for problem in result.report.problems]
    assert "P164" not in found["mended"]
    assert "P164" in found["as before"]
