"""What a build composes is not checked by the next one, which reads it from the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import press
from book.assemble import remembered
from book.body import Element
from tests.making import write_book

FILES = {
    "one.md": "# One *marked*\n\nText.[^1]\n\n[^1]: A note with [a link](two.md).\n",
    "two.md": "---\ntitle: Two\ndiscussion: ['Why *now*?']\n---\n\n## A head\n\nMore.\n",
}


def test_what_was_composed_by_the_last_build_is_not_checked_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, folder, checks = write_book(tmp_path / "book", FILES), tmp_path / "cache", list[str]()
    check = remembered._checked

    def counted(xhtml: str) -> Element:
        checks.append(xhtml)
        return check(xhtml)

    monkeypatch.setattr(remembered, "_checked", counted)

    def checked() -> list[str]:
        """Return what is checked while the book is read."""
        checks.clear()
        press.read(source, cache=folder, dated=False)
        return list(checks)

    assert not checked()
    assert checked() == checked()
