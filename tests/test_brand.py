"""A brand as a theme: its colours, its typefaces, and a line of its own on every page."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from book import press, theme
from book.problems import ThemeError
from tests.loops import some
from tests.making import write_book, write_files

PARTS = """title = "Lamps"
language = "en"
slug = "lamps"
sidebar = [{ part = "The light", chapters = ["one.md"] }, { part = "The oil", chapters = ["two.md"] }]
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book with two parts."""
    return write_book(
        tmp_path / "book", {"one.md": "# Keeping watch\n\nAll night.\n", "two.md": "# Oil\n\nClear.\n"}, PARTS
    )


def read(file: Path) -> str:
    """Return the text of the pages of a PDF."""
    command = ["pdftotext", "-layout", str(file), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def load(book: Path, tokens: str, **files: str) -> list[tuple[str, str]]:
    """Load the theme of *book* with these *tokens*; return message and fix of each fault."""
    write_files(book / "themes" / "ours", {"theme.toml": 'extends = "folio"\n', "tokens.toml": tokens, **files})
    try:
        theme.load("ours", book)
    except ThemeError as error:
        return [(fault.message, fault.fix) for fault in error.problems]
    return []


def test_a_colour_that_others_take_over_is_reported_once(book: Path) -> None:
    wrong = "color.accent.light is 'orange', not a colour such as #1a1a1a"
    assert [message for message, _ in load(book, '[color]\naccent = "orange"\n')] == [wrong]
    assert len(load(book, '[color]\naccent = "orange"\nlink = "red"\n')) == 2


def test_a_pale_colour_is_reported_with_one_that_can_be_read(book: Path) -> None:
    message = "accent on paper (light) has a contrast of 2.9 : 1; 4.5 : 1 is needed"
    fix = 'make accent darker, such as "#bf5000", or paper lighter'
    assert load(book, '[color]\naccent = "#ff6a00"\n') == [(message, fix)]
    assert load(book, '[color]\naccent = "#bf5000"\n') == []
    dark = load(book, '[color]\nlink = { light = "#0b5d52", dark = "#0b5d52" }\n')
    assert 'make link lighter, such as "#548e86", or paper darker' in dark[0][1]


def test_a_typeface_with_a_name_alone_is_refused(book: Path) -> None:
    told = load(book, '[font.serif]\nfamily = "Roboto"\n')
    assert [message for message, _ in told] == ["font.serif is called 'Roboto', and no folder has its fonts"]
    sound = '[font.serif]\nfallback = "serif"\n[font.sans]\nfamily = "Ours"\nfolder = "inter"\n'
    assert load(book, sound) == []


def test_a_font_of_another_kind_is_named(book: Path) -> None:
    told = load(book, '[font.serif]\nfamily = "Ours"\nfolder = "ours"\n', **{"fonts/ours/Ours-Regular.woff2": "x"})
    assert [fix for _, fix in told] == ["only TTF files are read: convert Ours-Regular.woff2 to TTF"]


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
@pytest.mark.parametrize("name", ["folio", "field", "almanac"])
def test_a_line_at_the_foot_of_all_pages_is_not_on_those_without_a_margin(
    name: str, book: Path, tmp_path: Path
) -> None:
    sheets = {
        "css/screen.css": '@page { @bottom-left { content: "Ours alone"; } }',
        "css/print.css": "@page :right { @bottom-center { content: 'On the right'; } }",
    }
    write_files(book / "themes" / "ours", {"theme.toml": f'extends = "{name}"\n', **sheets})
    out = tmp_path / "out"
    press.build(book, out, editions=("pdf", "print"), theme_name="ours")
    for file, words in (("lamps.pdf", "Ours alone"), ("lamps-print.pdf", "On the right")):
        pages = read(out / file).split("\f")
        assert any(words in page for page in pages)
        parts = [page for page in pages if "The oil" in page and "Contents" not in page]
        assert len(parts) == 1
        bare = [*pages[:2], *parts]
        assert not any(words in page for page in bare)


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
def test_the_colophon_of_every_edition_lists_the_versions(book: Path, tmp_path: Path) -> None:
    settings = '[[edition]]\nversion = "1.1"\ndate = "2026-11-02"\nnote = "A chapter on oil."\n\n[[edition]]\nversion = "1.0"\n'
    (book / "handbound.toml").write_text(PARTS + settings, "utf-8")
    out = tmp_path / "out"
    assert press.build(book, out, editions=("html", "epub", "pdf", "print")).status == 0
    with zipfile.ZipFile(out / "lamps.epub") as epub:
        texts = [epub.read("EPUB/colophon.xhtml").decode(), (out / "lamps.html").read_text("utf-8")]
    for name in ("lamps.pdf", "lamps-print.pdf"):
        texts += [read(out / name)]
    for text in some(texts):
        words = " ".join(re.sub(r"<[^>]+>", "", text).split())
        assert "What changed Version 1.1 · November 2, 2026 · A chapter on oil. Version 1.0 Set with Handbound" in words
