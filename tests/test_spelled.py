"""Chapters that an edition spelled before: whatever is edited, the files are those of a build without a cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import cache, forms, press
from book.theme import Theme, load
from book.view import typefaces
from tests.making import published, write_files

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20" viewBox="0 0 60 20"><text x="2" y="14">{}</text></svg>'
FILES = {
    "handbound.toml": 'title = "Three"\nlanguage = "en-GB"\n',
    "one.md": "# One\n\n## A head\n\nText with a [link](three.md#a-tail).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![A sign](sign.svg)\n",
    "two.md": "# Two\n\nSee [one](one.md).\n\n| c | d |\n|---|---|\n| 1 | 2 |\n\n```python\nprint(1)\n```\n\n$$a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q+r+s+t$$\n",
    "three.md": "# Three\n\n## A tail\n\nBack to [the head](one.md#a-head).\n\n```sh\nls\n```\n\n![A sign](sign.svg)\n",
    "sign.svg": DRAWING.format("abc"),
}


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(source: Path) -> None:
        text = (source / name).read_text("utf-8")
        assert old in text
        (source / name).write_text(text.replace(old, new), "utf-8")

    return change


EDITS: dict[str, Callable[[Path], None]] = {
    "a sentence": replaced("two.md", "See", "Another sentence. See"),
    "a heading that is linked": replaced("one.md", "## A head", "## A head\n\n## Another {#a-head}"),
    "a table before others": replaced("one.md", "Text", "| x |\n|---|\n| y |\n\nText"),
    "a listing before others": replaced("one.md", "Text", "```\nx\n```\n\nText"),
    "a drawing": replaced("sign.svg", "abc", "xyz"),
    "a title": replaced("one.md", "# One", "# The first"),
    "a title that another chapter has": replaced("one.md", "# One", "# Two"),
    "parts": replaced(
        "handbound.toml", 'en-GB"', 'en-GB"\nsidebar = [{part = "A", chapters = ["one.md", "two.md"]}, "three.md"]'
    ),
    "a chapter in another language": replaced("two.md", "# Two", "---\nlang: de\n---\n# Two"),
    "the language": replaced("handbound.toml", "en-GB", "de"),
    "the description of the book": replaced(
        "handbound.toml", 'title = "Three"', 'title = "Three"\ndescription = "One more"'
    ),
    "a numbered book": replaced("handbound.toml", 'title = "Three"', 'title = "Three"\nnumber_chapters = false'),
    "the theme": replaced("handbound.toml", 'title = "Three"', 'title = "Three"\ntheme = "almanac"'),
    "a chapter less": lambda source: (source / "two.md").unlink(),
}


def build(source: Path, out: Path) -> dict[str, bytes]:
    assert press.build(source, out, editions=("epub", "html")).status == 0
    return published(out)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book that was built."""
    home = tmp_path_factory.mktemp("spelled")
    write_files(home / "book", FILES)
    with pytest.MonkeyPatch.context() as context:
        context.setenv("SOURCE_DATE_EPOCH", "1767225600")
        build(home / "book", home / "out")
    return home


@pytest.mark.parametrize("edit", EDITS)
def test_after_an_edit_the_files_are_those_of_a_build_without_a_cache(
    edit: str, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    home = tmp_path / "home"
    shutil.copytree(sound, home)
    EDITS[edit](home / "book")
    cold = build(home / "book", tmp_path / "cold")
    cache.TALLY.clear()
    warm = build(home / "book", home / "out")
    assert [name for name in {**cold, **warm} if warm.get(name) != cold.get(name)] == []
    assert not any(b"\0" in data for name, data in warm.items() if name.endswith(".html"))
    if edit == "a sentence":
        assert (cache.TALLY["spelled"].remembered, cache.TALLY["spelled"].made) == (6, 2)
        # What is looked at again is the one chapter, in EPUB and in HTML, once by each proof, and what its file in the EPUB unpacks to.
        assert (cache.TALLY["verdicts"].remembered, cache.TALLY["verdicts"].made) == (139, 17)


def test_epub_and_html_have_fonts_for_the_same_letters(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter that only a drawing has is in both, so that each font is cut once."""
    home = tmp_path / "home"
    shutil.copytree(sound / "book", home)
    replaced("sign.svg", "abc", "∇")(home)
    cuts: dict[str, set[frozenset[int]]] = {}
    faces = typefaces.faces

    def watching(theme: Theme, letters: frozenset[int], **options: Any) -> Any:
        cuts.setdefault(",".join(options["roles"]), set()).add(letters)
        return faces(theme, letters, **options)

    monkeypatch.setattr(typefaces, "faces", watching)
    build(home, tmp_path / "out")
    (epub,), (html,) = cuts["sans,mono,symbols,emoji"], cuts["serif,sans,mono,symbols,emoji"]
    assert epub == html
    assert ord("∇") in epub


def test_a_theme_of_the_book_remembers_nothing(sound: Path, tmp_path: Path) -> None:
    """What its templates depend on is not known."""
    home = tmp_path / "home"
    shutil.copytree(sound, home)
    write_files(home / "book" / "themes" / "mine", {"theme.toml": 'title = "Mine"\nextends = "folio"\n'})
    replaced("handbound.toml", 'title = "Three"', 'title = "Three"\ntheme = "mine"')(home / "book")
    assert load("mine", home / "book").foreign
    cache.TALLY.clear()
    build(home / "book", home / "out")
    assert "spelled" not in cache.TALLY


@pytest.mark.parametrize("value", [None, "text", [], ["a"], ["a", 1], [1, "a"], ["a", "b", "c"], {"a": "b"}])
def test_a_row_of_another_form_is_not_believed(value: object) -> None:
    row = forms.decoder(tuple[str, str])
    assert forms.believed(forms.ENCODER.encode(value), row.decode) is None
    assert row.decode(b'["a", "b"]') == ("a", "b")
