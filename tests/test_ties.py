"""Words that are tied for pandoc: its tree is the same as without ties, and has fewer pieces."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from book.markdown import pandoc, ties
from book.settings import Limits
from tests.loops import some

SPACES_WITH_A_MEANING = (
    "[a link](to some page) and [one more](page.md 'it's so')",
    "[a link](page(1) some words) [another](page(1) 'a title')",
    "[a page]: some where else\n\nSee [a  page], [a page] and [page].\n\n[a page]: page.md 'a title'",
    "[^a note]: not a note\n\nWords[^1] here[^a note].\n\n[^1]: some words\n    and more of them",
    '<a\nhidden class="b c">some words</a> and <b title="two words">more of them</b>',
    "<div class=some\ndata that>\nsome words\n</div>\n\nand more words",
    "```python some words\ncode of some words\n```\n\n~~~ some words\ncode, and more\n~~~",
    "::: some words\ntext of it\n:::\n\n::: {.note title=a b}\ntext of it\n:::",
    "# A title here {.some words key=two words}\n\n[some words]{.a b c}",
    "1. A list of things\n2. one more\n\n3.5 of them, 12. is no list\n12. here it is",
    "see www.example.org/a, www.example.org or mail some one.else@example.org, some.one@example.org at once",
    "see http://example.org/a_ b c, https://example.org/it's (http://example.org/some words) here",
    "mail foo bar_baz@example.org, foo bar-baz@example.org, foo bar+baz@example.org now",
    "a `code of two` and ``more ` code`` *of two words*, _some more_ foo_bar baz_qux **and so on**",
    "some &#x7cb; words and more &amp some; &copy some words; here",
    "some \u07ca words and more of them",
    "Term of two\n: its own words\n\nsome | words\n--- | ---\ntwo cells | in a row",
    "a line of words  \nand \\\nmore \\* of them\tand so on\u00a0and on http://example.org/a\u00a0b c",
    "---\ntitle: some words\n---\n\nsome more",
    "> [!NOTE]\n> some words here\n\n- [x] a task of it\n  two lines\n\n      code of two words\n",
    "prices of $5 and 6$ or $a b$, and $$some of\nit$$ here :some words: and :smile: it",
    "e\u0301 some e\u0301 words \u65e5\u672c \u30c6\u30b9\u30c8 \u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd x\u00b2 y \U0001f389 z",
)
WORDS = "a it's word Word 1 12 2,000 3.5 www http x y12 don\u2019t well-known 5% \u00c9 \u65e5\u672c html amp copy div".split()
SIGNS = (
    *(", |. |; |? |! |'|-|% |: |  |\t|_|*|**|`|(|)|[|]|](|<|>|/|\\|{|}|$|&|&#|@|://|www.|.com|'|\"|~~|::|=".split("|")),
    *(
        "\n|\n\n|\n- |\n1. |\n12. |\n> |\n    |\n: |\n::: |\n```|\n~~~ |\n# |\n|---|\n===\n|\\\n|  \n|\r|\x0c|\u00a0".split(
            "|"
        )
    ),
    *("\n\n[^1]: |[a b]: |\n\n[a b]: |[a b]|![|<a |<div |</div>|<!--|-->|{#a .b c=d}|[ ] |<b>|</b>".split("|")),
)


def made_up(numbers: random.Random) -> str:
    """Return words with signs between them, most of which have a meaning somewhere; no note refers to a note, for pandoc would not end."""
    share = numbers.random()
    signs = (numbers.choice(SIGNS) if numbers.random() < share else " " for _ in range(numbers.randint(3, 40)))
    return "Words[^1] " + "".join(numbers.choice(WORDS) + sign for sign in signs)


def trees(texts: list[str], monkeypatch: pytest.MonkeyPatch, *, math: bool) -> list[tuple[bytes | None, bytes | None]]:
    """Return pandoc's tree of each text with ties, and without."""
    with_ties = pandoc.read_many(texts, Limits(), math=math)
    with monkeypatch.context() as patch:
        patch.setattr(ties, "tied", lambda text: text)
        return list(zip(with_ties, pandoc.read_many(texts, Limits(), math=math), strict=True))


@pytest.mark.parametrize("math", [False, True])
def test_the_tree_is_the_same_as_without_ties(math: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*SPACES_WITH_A_MEANING, *(f"- {text}" for text in SPACES_WITH_A_MEANING)]
    for text, (tied, plain) in some(zip(texts, trees(texts, monkeypatch, math=math), strict=True)):
        assert plain is not None, text
        assert tied == plain, text


def test_texts_of_all_signs_have_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = random.Random(20_261_130)  # noqa: S311 - the same texts each time
    texts = [made_up(numbers) for _ in range(150)]
    assert sum(ties.tied(text) != text for text in texts) > 40
    for text, (tied, plain) in some(zip(texts, trees(texts, monkeypatch, math=False), strict=True)):
        assert tied == plain, text


def test_chapters_have_the_same_tree(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [path.read_text("utf-8").partition("\n---\n")[2] for path in sorted((root / "content").glob("*.md"))[:6]]
    for tied, plain in some(trees(texts, monkeypatch, math=False)):
        assert plain
        assert tied == plain


@pytest.mark.parametrize(
    "text",
    [
        "Some words, and more of them. It's 2,000 well-known words",
        "*some words* (and more) **of them**",
        "[^1]: the words of a note",
        "[some words](page.md) and more",
    ],
)
def test_words_are_tied_without_moving_any(text: str) -> None:
    tied = ties.tied(text)
    assert len(tied) == len(text)
    assert set(tied) & set(ties.LETTERS)
    assert ties.untied(tied) == text


def test_pandoc_is_given_one_word_for_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bytes] = []
    run = pandoc._ran

    def ran(words: tuple[str, ...], data: bytes, limits: Limits) -> tuple[bytes, bytes]:
        given.append(data)
        return run(words, data, limits)

    monkeypatch.setattr(pandoc, "_ran", ran)
    tree = pandoc.read("Some words, and more of them.", Limits())
    assert b" " not in given[0]
    assert b'"Some words, and more of them."' in tree
