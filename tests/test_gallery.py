"""The gallery: every theme in pictures, those of a book included."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import cli, gallery, theme
from tests.loops import some
from tests.making import write_book


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book with a theme of its own."""
    folder = write_book(tmp_path / "book", {"one.md": "# One\n\nWords.\n"}, 'title = "One"\nlanguage = "en"\n')
    ours = folder / "themes" / "ours"
    ours.mkdir(parents=True)
    (ours / "theme.toml").write_text('title = "Ours"\ndescription = "The house style."\nextends = "field"\n', "utf-8")
    (ours / "tokens.toml").write_text('[color]\ncover = "#0b5d52"\n', "utf-8")
    return folder


def test_the_gallery_shows_a_theme_of_the_book(book: Path, tmp_path: Path, pango: bool) -> None:
    lines: list[str] = []
    shown = gallery.show(tmp_path / "gallery", book, lines.append, only=("ours",))
    assert lines == ["building the sample in the theme ours"]
    (room,) = shown.rooms
    assert (room.name, room.title, room.description) == ("ours", "Ours", "The house style.")
    assert [picture.kind for picture in room.pictures] == ["cover", "page", "page", "screen", "screen"]
    page = shown.page.read_text("utf-8")
    for picture in some(room.pictures):
        assert (picture.data or picture.reason) in page, picture.caption
        assert bool(picture.data) != bool(picture.reason), picture.caption
    assert room.pictures[0].data.startswith("data:image/webp;base64,")
    assert '<h2 id="ours">Ours</h2>' in page
    assert (tmp_path / "gallery" / "ours" / "gallery.pdf").is_file() is pango
    assert len(list(shown.missing)) == sum(1 for picture in room.pictures if picture.reason)


def test_a_picture_that_cannot_be_taken_is_replaced_by_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert gallery.screen(tmp_path / "page.html", dark=False) == gallery.NO_BROWSER
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "no-browser"))
    assert "no-browser does not run" in gallery.screen(tmp_path / "page.html", dark=True)


def test_a_theme_with_a_fault_is_reported_and_no_page_is_written(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (book / "themes" / "ours" / "tokens.toml").write_text("[color]\ncovr = 1\n", "utf-8")
    (book / "themes" / "aaa").mkdir()
    (book / "themes" / "aaa" / "theme.toml").write_text('title = "A"\nextends = "none"\n', "utf-8")
    assert cli.main(["themes", str(book), "--gallery", str(tmp_path / "gallery")]) != 0
    assert "none" in capsys.readouterr().err
    assert not (tmp_path / "gallery" / "index.html").exists()


def test_the_sample_is_a_book_that_every_theme_can_build() -> None:
    assert {path.stem for path in gallery.SAMPLE.glob("*.md")} >= {gallery.OPENER, gallery.LISTING}
    assert {"folio", "field", "almanac"} <= set(theme.available(gallery.SAMPLE))
