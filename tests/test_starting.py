"""`book new` and `book adopt`: the books that they write can be built, and nothing is overwritten."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from book import cli, lint, press, settings, starting
from book.problems import SettingsError, Severity
from tests.loops import some
from tests.making import write_files

ALL = lint.Choice(ignore=(), severity=Severity.WARNING)


@pytest.mark.parametrize("language", ["en", "de", "pt-BR"])
def test_a_new_book_has_no_warning(tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "our-handbook"
    words = [
        "--title",
        'The "Team" Book',
        "--author",
        "Ada Lovelace",
        "--author",
        "Charles Babbage",
        "--language",
        language,
    ]
    assert cli.main(["new", str(folder), *words]) == 0
    out = capsys.readouterr().out
    assert f"book build {folder}" in out
    read = press.read(folder, checks=ALL)
    assert [problem.message for problem in read.problems if problem.severity is not Severity.NOTE] == []
    assert "Team" in read.book.metadata.title
    assert read.book.metadata.authors == ("Ada Lovelace", "Charles Babbage")
    assert read.book.metadata.language == language
    assert [chapter.slug for chapter in read.book.spine] == ["welcome", "how-we-work"]
    assert [asset.name for asset in read.book.assets]


def test_the_title_of_a_new_book_is_the_name_of_its_folder(tmp_path: Path) -> None:
    starting.new(tmp_path / "the_team-handbook")
    assert settings.read(tmp_path / "the_team-handbook").title == "The team handbook"


@pytest.mark.parametrize("files", [{"a.md": "# A"}, {"handbound.toml": ""}])
def test_a_new_book_is_refused_where_a_book_exists(files: dict[str, str], tmp_path: Path) -> None:
    write_files(tmp_path, files)
    with pytest.raises(SettingsError) as raised:
        starting.new(tmp_path)
    assert "book adopt" in raised.value.problems[0].fix or "book build" in raised.value.problems[0].fix
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_a_new_book_may_lie_in_an_empty_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert len(starting.new(tmp_path)) == 4


def test_an_invalid_language_tag_gives_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["new", str(tmp_path / "b"), "--language", 'en"\nx = 1'])
    assert end.value.code == 2
    assert "no language tag" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


SITES: dict[str, dict[str, str]] = {
    "mkdocs": {
        "mkdocs.yml": 'site_name: "Our \\"own\\" guide"\nsite_url: https://example.org/\nnav:\n  - index.md\n  - b.md\n',
        "docs/index.md": "# Home\n", "docs/b.md": "# B\n", "docs/c.md": "# C\n",
    },
    "mdbook": {
        "book.toml": '[book]\ntitle = "T"\nauthors = ["A B"]\nlanguage = "de"\n', "src/SUMMARY.md": "# Summary\n\n- [A](a.md)\n", "src/a.md": "# A\n",
    },
    "plain": {"README.md": "# The Book of Teams\n\nWords.\n", "one.md": "# One\n"},
    "odd names": {"a\u2028b\n.md": "# A\n", "b.md": "---\nlang: fr\n---\n# B\n"},
    "front matter": {"a.md": "---\nlang: fr\ntitle: A\n---\n", "b.md": "---\nlang: fr\n---\n# B\n"},
}  # fmt: skip


@pytest.mark.parametrize("name", SITES)
def test_what_adopt_writes_changes_neither_order_nor_title(name: str, tmp_path: Path) -> None:
    book = write_files(tmp_path / "the-book", SITES[name])
    before = press.read(book, dated=False)
    assert cli.main(["adopt", str(book)]) == 0
    after = press.read(book, dated=False)
    assert [chapter.slug for chapter in after.book.spine] == [chapter.slug for chapter in some(before.book.spine)]
    text = (book / "handbound.toml").read_text("utf-8")
    written = tomllib.loads(text)
    if name in ("mkdocs", "mdbook"):
        assert after.book.metadata == before.book.metadata
    assert all("#" in line for line in some(line for line in text.splitlines() if line.partition(" =")[2]))
    assert {"title", "authors", "language", "theme", "links"} <= set(written)


def test_adopt_takes_settings_from_the_files_of_the_site(tmp_path: Path) -> None:
    text = starting.adopted(write_files(tmp_path, SITES["mkdocs"]))
    written = tomllib.loads(text)
    assert written["title"] == 'Our "own" guide'
    assert written["links"]["site_url"].rstrip("/") == "https://example.org"
    assert all(name in text for name in ("mkdocs.yml", "docs/c.md"))
    assert tomllib.loads(starting.adopted(write_files(tmp_path / "m", SITES["mdbook"])))["language"] == "de"
    assert tomllib.loads(starting.adopted(write_files(tmp_path / "p", SITES["plain"])))["title"] == "The Book of Teams"
    assert tomllib.loads(starting.adopted(write_files(tmp_path / "f", SITES["front matter"])))["language"] == "fr"


def test_adopt_shows_without_writing_and_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = write_files(tmp_path / "b", SITES["plain"])
    assert cli.main(["adopt", "--show", str(book)]) == 0
    assert tomllib.loads(capsys.readouterr().out)["title"] == "The Book of Teams"
    assert not (book / "handbound.toml").exists()
    (book / "handbound.toml").write_text("", "utf-8")
    assert cli.main(["adopt", str(book)]) == 2
    assert "handbound.toml:1:1: S140 " in capsys.readouterr().err
    assert (book / "handbound.toml").read_text("utf-8") == ""
