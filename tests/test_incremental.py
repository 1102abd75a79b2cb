"""Every edit of a book, built with what the build before it left in its cache, gives the bytes of a build from nothing.

Each case changes one thing that a chapter which is not edited depends on: a stale page is worse than a slow one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from book import cache, press
from tests.making import picture, published, write_book

pytestmark = pytest.mark.usefixtures("one_date")

SETTINGS = 'title = "Edits"\nslug = "edits"\nlanguage = "en"\nmath = true\n[components]\nAside = "children"\n[links]\nsite_url = "https://press.example/book/"\n'
FILES: Mapping[str, str | bytes] = {
    "01-one.md": (
        "# One\n\nSee [two](02-two.md), [its part](02-two.md#a-part), [three](03-three.md) [its address](/second), and <https://press.example/book/03-three>.\n\n"
        "{{#include shared.inc}}\n\n![A picture](p.png)\n\n<Aside>Beside it.</Aside>\n\nIt costs $x^2$, and 'tis so.\n\n"
        "A link to [a place](http://known.example/a).\n"
    ),
    "02-two.md": (
        "---\ndescription: The second\n---\n# Two\n\n## A part\n\nText of the part.[^n]\n\n[^n]: A note of two.\n\n"
        "![Another](q.svg)\n\nSee <https://known.example/b>.\n"
    ),
    "03-three.md": (
        "# Three\n\n{{#include part.inc:5:6}}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n```python\nprint(1)\n```\n\nBack to [one](01-one.md). %%A remark.%%\n"
    ),
    "GLOSSARY.md": "# Glossary\n\nWord\n:   Its meaning.\n",
    "shared.inc": "Shared words, which two chapters may have.\n",
    "part.inc": "1\n2\n3\n4\nfive\nsix\n",
    "p.png": picture(),
    "q.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>',
}

Edit = Callable[[Path], object]


def put(name: str, text: str | bytes) -> Edit:
    """Return the edit that writes a file."""
    return lambda book: (book / name).write_bytes(text.encode() if isinstance(text, str) else text)


def swap(name: str, before: str, after: str) -> Edit:
    """Return the edit that replaces *before*, which the file must contain."""

    def edit(book: Path) -> None:
        text = (book / name).read_text("utf-8")
        assert before in text
        (book / name).write_text(text.replace(before, after), "utf-8")

    return edit


def more(name: str, text: str) -> Edit:
    """Return the edit that adds *text* to a file."""

    def edit(book: Path) -> None:
        with (book / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return edit


EDITS: Mapping[str, Edit] = {
    "a sentence": more("02-two.md", "\nOne more sentence.\n"),
    "an included file": put("shared.inc", "Other words.\n"),
    "an included file that includes another": put("shared.inc", "Words and {{#include part.inc:1:2}}\n"),
    "a file of which lines are included": put("part.inc", "1\n2\n3\n4\nfifth\nsixth\n"),
    "an included file that is gone": lambda book: (book / "shared.inc").unlink(),
    "the title of a linked chapter": swap("02-two.md", "# Two", "# Second"),
    "the heading of a linked section": swap("02-two.md", "## A part", "## Another part"),
    "a second heading of the same words": swap("02-two.md", "Text of", "## A part\n\nText of"),
    "the name of a linked chapter": lambda book: (book / "03-three.md").rename(book / "03-third.md"),
    "a linked chapter that is gone": lambda book: (book / "02-two.md").unlink(),
    "a new chapter before the others": put("00-zero.md", "# Zero\n\nSee [one](01-one.md).\n"),
    "an address of its own": swap("02-two.md", "---\ndesc", "---\npermalink: /second\ndesc"),
    "the language of a chapter": swap("02-two.md", "---\ndesc", "---\nlang: de\ndesc"),
    "a role": swap("02-two.md", "---\ndesc", "---\nrole: appendix\ndesc"),
    "the order of the chapters": swap(
        "handbound.toml", "math", 'sidebar = ["03-three.md", "02-two.md", "01-one.md"]\nmath'
    ),
    "a part": swap(
        "handbound.toml", "math", 'sidebar = ["01-one.md", {part = "P", chapters = ["02-two.md", "03-three.md"]}]\nmath'
    ),
    "no numbers": swap("handbound.toml", "math", "number_chapters = false\nmath"),
    "the title of the book": swap("handbound.toml", '"Edits"', '"Other edits"'),
    "the language of the book": swap("handbound.toml", '"en"', '"de"'),
    "a label": more("handbound.toml", '[labels]\nchapter = "Lesson {n}"\n'),
    "formulas off": swap("handbound.toml", "math = true", "math = false"),
    "what a component becomes": swap("handbound.toml", '"children"', '"drop"'),
    "a component that has no meaning": swap("handbound.toml", 'Aside = "children"\n', ""),
    "the address of the site": swap("handbound.toml", "press.example", "elsewhere.example"),
    "a rule of the house style": more("handbound.toml", "[rules]\nquotes = false\n"),
    "a dialect": swap("handbound.toml", "math", 'dialects = ["obsidian"]\nmath'),
    "the file of a site": put("SUMMARY.md", "# Summary\n\n- [Three](03-three.md)\n- [One](01-one.md)\n"),
    "a picture": put("p.png", picture(size=(7, 7))),
    "a picture that is gone": lambda book: (book / "p.png").unlink(),
    "a drawing": swap("q.svg", "h9", "v9"),
    "a word of the glossary": swap("GLOSSARY.md", "Word", "Words"),
    "a host that is known to be safe": swap("02-two.md", "https://known.example/b", "https://other.example/b"),
    "words that lack a letter": more("02-two.md", "\nThe 'tis is 'tis, and 'tis again.\n"),
    "a note": swap("02-two.md", "A note of two", "Another note"),
    "a row that is too long": swap("03-three.md", "| 1 | 2 |", "| 1 | 2 | 3 |"),
    "a mark of a dialect": more("03-three.md", "\nSome ==marked== words, and [[02-two]].\n"),
    "the target of a wiki link": put("02-two.md", "# Two\n\nSee [[03-three]].\n"),
    "an empty chapter": put("02-two.md", ""),
    "the theme": swap("handbound.toml", "math", 'theme = "almanac"\nmath'),
    "an id that is used twice": swap("02-two.md", "## A part", "## A part {#spot}\n\n## A place {#spot}"),
    "a caption": swap("02-two.md", "![Another](q.svg)", '![Another](q.svg "A drawing")'),
    "letters that no chapter had": more("03-three.md", "\nŁódź, Σ and ½.\n"),
    "words in capitals in a heading": swap("02-two.md", "## A part", "## A PART & 1/2"),
    "a mark for the index": more("02-two.md", '\nA [term]{.index} and [another]{.index key="term!another"}.\n'),
    "a draft": swap("02-two.md", "---\ndesc", "---\ndraft: true\ndesc"),
}


def built(book: Path, out: Path) -> dict[str, bytes]:
    """Return the editions, or nothing if the book has errors."""
    result = press.build(book, out, editions=("epub", "html"))
    return published(out) if result.status == 0 else {}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the book and its build, to be copied."""
    home = tmp_path_factory.mktemp("edits")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        assert built(write_book(home / "book", FILES, SETTINGS), home / "out")
    return home


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_gives_what_a_build_from_nothing_gives(name: str, before: Path, tmp_path: Path) -> None:
    book, out = tmp_path / "book", tmp_path / "out"
    shutil.copytree(before / "book", book)
    shutil.copytree(before / "out", out)
    EDITS[name](book)
    edited = built(book, out)
    assert edited == built(book, tmp_path / "fresh")
    assert edited != published(before / "out")


def test_edits_one_after_the_other_in_one_process_give_what_builds_from_nothing_give(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache._SHELF, "most", 64)
    book, out = tmp_path / "book", tmp_path / "out"
    for name in sorted(EDITS)[::6]:
        shutil.rmtree(book, ignore_errors=True)
        shutil.copytree(before / "book", book)
        EDITS[name](book)
        edited = built(book, out)
        with monkeypatch.context() as patch:
            patch.setattr(cache._SHELF, "most", 0)
            assert edited == built(book, tmp_path / f"fresh {name}"), name
    cache._SHELF.clear()


def headed(*headings: str) -> dict[str, str]:
    """Return chapters with these headings, each above a heading of its own."""
    return {f"{number}.md": f"# {words}\n\n## Topic {number}\n\nText.\n" for number, words in enumerate(headings, 1)}


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (("Acme", "Acme", "Acme", "Else"), ("Acme", "Other", "Third", "Else")),
        (("Acme", "Acme", "Other", "Else"), ("Acme", "Acme", "Acme", "Else")),
        (("Acme", "Acme", "Acme", "Else"), ("Else", "Else", "Acme", "Else")),
    ],
    ids=["that most chapters shared", "that most chapters share now", "that others share now"],
)
def test_a_heading_is_no_title_only_while_most_chapters_share_it(
    first: tuple[str, ...], then: tuple[str, ...], tmp_path: Path
) -> None:
    book, out = write_book(tmp_path / "book", headed(*first)), tmp_path / "out"
    before = built(book, out)
    for name, text in headed(*then).items():
        (book / name).write_text(text, "utf-8")
    after = built(book, out)
    assert after == built(book, tmp_path / "fresh")
    assert before
    assert after != before
