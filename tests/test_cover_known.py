"""The cover and the letters of drawings are remembered: they are made again when something changes on which they depend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from book import press
from book.view import cover, typefaces
from tests.making import published, write_book

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text x="1" y="5">{}</text></svg>'
LOGO = DRAWING.format("logo").replace("viewBox", 'width="90" height="90" viewBox')
SETTINGS = 'title = "{title}"\nlanguage = "en"\nslug = "known"\nlogo = "logo.svg"\ndate = "{date}"\n'


def test_the_cover_and_the_letters_of_drawings_are_made_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    calls: list[str] = []

    def count(module: Any, name: str) -> None:
        make = getattr(module, name)

        def counted(*words: Any) -> object:
            calls.append(name)
            return make(*words)

        monkeypatch.setattr(module, name, counted)

    count(cover, "_drawn")
    count(typefaces, "_text_of")
    known = {"title": "One", "date": "2026-01-01"}
    files = {"a.md": "# A\n\n![Letters](a.svg)\n", "a.svg": DRAWING.format("one"), "logo.svg": LOGO}
    book = write_book(tmp_path / "book", files, SETTINGS.format(**known))

    def made() -> list[str]:
        """Return what a build makes, whose files are those of a build from nothing."""
        calls.clear()
        assert press.build(book, tmp_path / "out", editions=("epub", "html")).status == 0
        names = list(calls)
        cold = tmp_path / f"cold-{len(list(tmp_path.iterdir()))}"
        assert press.build(book, cold, editions=("epub", "html")).status == 0
        assert published(tmp_path / "out") == published(cold)
        return sorted({*names})

    assert made() == ["_drawn", "_text_of"]
    (book / "a.md").write_text(files["a.md"] + "\nOne sentence more.\n")
    assert made() == []
    (book / "a.svg").write_text(DRAWING.format("Ωmega"))
    assert made() == ["_text_of"]
    for key, value in (("title", "Another"), ("date", "2026-02-02")):
        known[key] = value
        (book / "handbound.toml").write_text(SETTINGS.format(**known))
        assert made() == ["_drawn"]
    (book / "logo.svg").write_text(LOGO.replace("logo", "mark"))
    assert made() == ["_drawn"]
    (book / "handbound.toml").write_text(SETTINGS.format(**known) + 'theme = "field"\n')
    assert made() == ["_drawn"]
