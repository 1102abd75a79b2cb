"""An edition is one entry of the table: pages, sheets, help and download page follow from it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from msgspec.structs import replace

from book import cli, labels, press, theme
from book.catalogue import EDITIONS, FORMATS, CatalogueError, checked, folders
from book.edition import Edition, Paper, Trim
from book.editions import adapted, maker
from book.problems import ThemeError
from book.settings import Settings
from tests.loops import some
from tests.making import write_book
from tests.sources import SOURCES, nodes

POINTS = 72 / 25.4
POCKET = Edition(
    name="pocket",
    format="pdf",
    suffix="-pocket.pdf",
    title="Pocket edition",
    purpose="PDF on A6 for a coat.",
    help="A6 for a coat",
    trim=Trim(width_mm=105, height_mm=148),
    template="pdf/print.html.j2",
    sheets=("screen", "print"),
    page="a5",
    mode="print",
    facing=True,
)


@pytest.fixture
def pocket(monkeypatch: pytest.MonkeyPatch) -> Edition:
    """An edition that is one more entry of the table."""
    monkeypatch.setitem(EDITIONS, "pocket", checked((*EDITIONS.values(), POCKET))["pocket"])
    monkeypatch.setattr(labels, "_printed", labels._printed.__wrapped__)  # which remembers the titles of the table
    return POCKET


def book(folder: Path, settings: str = "") -> Path:
    chapters = {
        f"{name}.md": f"# On {name}\n\nSee [the site](https://example.org/{name}).\n" for name in ("wood", "glue")
    }
    return write_book(folder, chapters, f'title = "The bench"\nslug = "bench"\n{settings}')


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.needs_pango
def test_one_entry_makes_an_edition(pocket: Edition, language: str, tmp_path: Path) -> None:
    source = book(tmp_path / "book", f'language = "{language}"\neditions = ["pocket"]\n')
    result = press.build(source, tmp_path / "out")
    assert result.status == 0, result.report.problems
    assert [(work.edition, work.path) for work in result.report.works] == [("pocket", "bench-pocket.pdf")]
    with pikepdf.open(tmp_path / "out" / "bench-pocket.pdf") as pdf:
        sizes = {tuple(round(float(side) / POINTS, 1) for side in page.trimbox[2:]) for page in pdf.pages}
        assert sizes == {(105, 148)}
        # No bleed: no room for crop marks. The sheet of the printed book: front matter has roman numbers.
        assert all(page.mediabox == page.trimbox for page in pdf.pages)
        assert str(pdf.Root.PageLabels.Nums[1].S) == "/r"
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert '<a href="bench-pocket.pdf">Pocket edition</a>' in page
    assert '<p class="hb-purpose">PDF on A6 for a coat.</p>' in page


def test_the_command_accepts_the_new_edition(
    pocket: Edition, tmp_path: Path, pango: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["build", "--help"])
    shown = capsys.readouterr().out
    assert "pocket" in re.sub(r"\s+", " ", shown).partition("build only this edition: ")[2].partition(";")[0]
    assert re.search(r"^  pocket +A6 for a coat$", shown, re.MULTILINE)
    source = book(tmp_path / "book")
    status = cli.main(["build", str(source), "-o", str(tmp_path / "out"), "-e", "pocket"])
    assert status == (0 if pango else 3)
    assert (tmp_path / "out" / "bench-pocket.pdf").is_file() is pango


def test_its_words_are_english_until_a_language_or_a_book_has_its_own(
    pocket: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert labels.label("pl", "edition_pocket") == "Pocket edition"
    assert "edition_pocket" in labels.unspoken("tlh")
    monkeypatch.setattr(labels, "own", type(labels.own)("own", default={"edition_pocket": "Taschenbuch"}))
    assert labels.label("de", "edition_pocket") == "Taschenbuch"


WRONG = {
    "there is no format 'scroll'": replace(POCKET, format="scroll"),
    "it needs a size (trim)": replace(POCKET, trim=None),
    "a page of 0 × 148 mm is not a size": replace(POCKET, trim=Trim(width_mm=0, height_mm=148)),
    "the bleed is 30 mm; it is 0 to 10": replace(POCKET, trim=Trim(width_mm=105, height_mm=148, bleed_mm=30)),
    "there is no template 'pdf/pocket.html.j2' in ": replace(POCKET, template="pdf/pocket.html.j2"),
    "it has no template": replace(POCKET, template=""),
    "there is no style sheet 'pocket.css' in ": replace(POCKET, sheets=("screen", "pocket")),
    "it has no style sheet": replace(POCKET, sheets=()),
    "there is no [page.pocket] in ": replace(POCKET, page="pocket"),
    "it has no title": replace(POCKET, title=" "),
    "it has no purpose": replace(POCKET, purpose=""),
    "it has no help": replace(POCKET, help=""),
    "the suffix 'pocket.pdf' is not like '.pdf' or '-pocket.pdf'": replace(POCKET, suffix="pocket.pdf"),
    "the suffix '-pocket.epub' is not like": replace(POCKET, suffix="-pocket.epub"),
    "the suffix '-print.pdf' is taken by 'print'": replace(POCKET, suffix="-print.pdf"),
    "edition 'print': the name is taken by another entry": replace(POCKET, name="print"),
    "the name is not a word in small letters": replace(POCKET, name="Pocket Book"),
    "it has no folder for its single chapters": replace(POCKET, format="handout"),
    "is printed on paper of other sizes: name them (papers)": replace(POCKET, format="booklet", of="print"),
    "the first has no suffix, and each of the others has a different one": replace(
        POCKET, papers=(Paper(name="A4", suffix="-a4", size=Trim(width_mm=210, height_mm=297)),)
    ),
    "the format 'html' has no pages: take the size out": replace(POCKET, format="html", suffix="-pocket.html"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_an_incomplete_edition_is_an_error_that_names_what_is_missing(fault: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(fault)) as error:
        checked((*EDITIONS.values(), WRONG[fault]))
    assert all(line.startswith(f"edition {WRONG[fault].name!r}: ") for line in str(error.value).splitlines())


def test_the_table_is_sound_and_every_format_has_a_maker(pango: bool) -> None:
    assert checked(EDITIONS.values()) == EDITIONS
    assert {edition.format for edition in EDITIONS.values()} == set(FORMATS)
    assert all(callable(maker(edition)) for edition in EDITIONS.values())


def test_an_edition_knows_its_files_and_the_size_of_their_pages() -> None:
    handout, booklet, screen = (EDITIONS[name] for name in ("handout", "booklet", "pdf"))
    names = handout.paths("bench", ["wood", "glue-letter"])
    assert names == (
        "bench-handout.pdf", "bench-handout-letter.pdf", "handouts/wood.pdf", "handouts/glue-letter.pdf",
    )  # fmt: skip
    assert [size.width_mm for name in names if (size := handout.size(name))] == [210, 215.9, 210, 210]
    assert [paper.name for name in booklet.paths("b", ["wood"]) if (paper := booklet.paper(name))] == [
        "A4",
        "Letter",
        "A4",
    ]
    assert screen.paths("b", ["wood"]) == ("b.pdf",)
    assert (screen.paper("b.pdf"), screen.size("b.pdf")) == (None, screen.trim)
    assert EDITIONS["epub"].size("b.epub") is None
    assert folders() == ("booklets", "handouts")


def test_a_theme_may_size_the_pages_of_an_edition_and_only_of_that_one(tmp_path: Path) -> None:
    ours = tmp_path / "themes" / "ours"
    ours.mkdir(parents=True)
    (ours / "theme.toml").write_text('title = "Ours"\n', "utf-8")
    (ours / "tokens.toml").write_text('[page.print]\nwidth = "5.5in"\nbleed = "2mm"\n', "utf-8")
    look = theme.load("ours", tmp_path)
    sized = adapted(EDITIONS["print"], Settings(), look)
    assert sized.trim == Trim(width_mm=5.5 * 25.4, height_mm=228.6, bleed_mm=2)
    assert "139.7mm 228.6mm" in look.for_edition(sized).sheet(*sized.sheets, mode="print")
    # Another edition on the same page has the margins alone from there.
    other = replace(POCKET, page="print")
    assert adapted(other, Settings(), look).trim == other.trim


@pytest.mark.parametrize("width", ["0mm", "5em", "3000mm", "broad", "-5mm", "12"])
def test_an_invalid_size_is_reported_at_its_line(width: str, tmp_path: Path) -> None:
    ours = tmp_path / "themes" / "ours"
    ours.mkdir(parents=True)
    (ours / "theme.toml").write_text('title = "Ours"\n', "utf-8")
    (ours / "tokens.toml").write_text(f'[page.print]\nwidth = "{width}"\n', "utf-8")
    look = theme.load("ours", tmp_path)
    with pytest.raises(ThemeError, match=re.escape(f"page.print.width is '{width}'")) as error:
        look.sized(EDITIONS["print"])
    (problem,) = error.value.problems
    assert str(problem.place) == "themes/ours/tokens.toml:2:1"


def test_reading_the_table_imports_no_library() -> None:
    words = "import sys; import book.catalogue; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-I", "-c", words], capture_output=True, text=True, check=True)
    assert not {"lxml", "jinja2", "fontTools", "PIL", "pikepdf", "yaml"}.intersection(done.stdout.split())


def test_no_other_file_lists_the_editions() -> None:
    """Everything that lists editions reads the table: no other list in the program has three of its names."""
    for path in some(SOURCES):
        if path.name == "catalogue.py":
            continue
        for node in some(nodes(path)):
            items = getattr(node, "elts", None) or getattr(node, "keys", None) or ()
            names = {item.value for item in items if isinstance(item, ast.Constant)} & (
                EDITIONS.keys() - FORMATS.keys()
            )
            assert len(names) < 2, f"{path}:{getattr(node, 'lineno', 0)} lists editions: {names}"
