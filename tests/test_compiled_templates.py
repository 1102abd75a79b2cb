"""Templates that come with Handbound are compiled once, beside the program; those of authors in every run."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType

import jinja2
import pytest

from book import theme
from book.settings import Limits
from book.theme import compiled, templates
from tests.making import write_book

KEY = "0" * 40


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the empty folder in which compiled templates are kept during a test, as in a fresh process."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(templates.COMPILED, "codes", {})
    return tmp_path / "kept"


@pytest.fixture
def compilings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the templates that Jinja compiles during a test."""
    names: list[str] = []
    compile_ = jinja2.Environment.compile

    def record(self: jinja2.Environment, source: str, name: str, path: str) -> CodeType:
        names.append(name)
        code = compile_(self, source, name, path)
        assert isinstance(code, CodeType)
        return code

    monkeypatch.setattr(jinja2.Environment, "compile", record)
    return names


def page(source: Path, name: str | None = None) -> str:
    """Return a sheet of the theme *name*, as a new process renders it."""
    templates.COMPILED.codes.clear()
    return theme.load(name or "folio", source, None, Limits()).sheet("web")


def test_what_is_kept_is_not_compiled_again_and_gives_the_same(
    tmp_path: Path, kept: Path, compilings: list[str]
) -> None:
    first = page(tmp_path)
    count = len(compilings)
    assert count > 1
    assert page(tmp_path) == first
    assert len(compilings) == count
    assert len([*kept.rglob("*.jinja")]) == count


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 300])
def test_what_is_damaged_or_of_another_version_is_compiled_again(
    tmp_path: Path, kept: Path, compilings: list[str], damage: bytes
) -> None:
    first = page(tmp_path)
    count = len(compilings)
    for file in kept.rglob("*.jinja"):
        head, _, data = file.read_bytes().partition(b"\n")
        file.write_bytes(head + b"\n" + data[: len(data) // 2] if damage == b"x" else damage)
    assert page(tmp_path) == first
    assert len(compilings) == 2 * count
    assert page(tmp_path) == first
    assert len(compilings) == 2 * count


def test_code_of_another_text_is_not_taken(kept: Path) -> None:
    code = compile("1", "x", "eval")
    compiled.keep(KEY, "a", code)
    assert compiled.recall(KEY, "a") == code
    assert compiled.recall(KEY, "b") is None
    assert compiled.recall("1" * 40, "a") is None
    assert [*kept.rglob("*.jinja")]


def test_what_is_no_code_is_not_taken(kept: Path) -> None:
    compiled.keep(KEY, "a", 3)  # type: ignore[arg-type]
    assert [*kept.rglob("*.jinja")]
    assert compiled.recall(KEY, "a") is None


def test_python_that_writes_no_code_keeps_none(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    page(tmp_path)
    assert not [*kept.rglob("*")]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, kept: Path) -> None:
    kept.write_text("in the way", encoding="utf-8")
    assert ":root" in page(tmp_path)
    assert kept.read_text("utf-8") == "in the way"


def test_a_template_of_an_author_is_never_kept(tmp_path: Path, kept: Path, compilings: list[str]) -> None:
    source = write_book(tmp_path / "book", {"01-a.md": "# A\n"})
    mine = source / "themes" / "mine"
    (mine / "css").mkdir(parents=True)
    (mine / "theme.toml").write_text('extends = "folio"\ntitle = "Mine"\n', encoding="utf-8")
    (mine / "css" / "web.css").write_text("p { color: red }\n", encoding="utf-8")
    assert "color: red" in page(source, "mine")
    before = len(compilings)
    assert "color: red" in page(source, "mine")
    assert compilings[before:] == ["mine:css/web.css"]
    assert b"mine:css" not in b"".join(file.read_bytes() for file in kept.rglob("*.jinja"))
