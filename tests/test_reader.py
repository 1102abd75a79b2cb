"""Markdown -> Chapter: loops, limits, titles. Prose cases: `tests/books/galley.md` and `hostile.md`."""

from __future__ import annotations

import gc
import time
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_limits
from hypothesis import strategies as st
from msgspec.structs import replace

from book.markdown import chapters as book_chapters
from book.markdown import footnotes, lines, pandoc, reader
from book.markdown.tree import plain
from book.model import FrontMatter, Manuscript
from book.settings import Limits, Settings
from book.sites.names import readable
from tests.kept_pandoc import BATCH as KEPT_BATCH
from tests.kept_pandoc import PAGE, TREE, KeptPandoc
from tests.loops import some

pytestmark = pytest.mark.usefixtures("own_pandoc")


def manuscript(text: str, first_line: int = 1, path: str = "a.md") -> Manuscript:
    return Manuscript(path=path, text=text, first_line=first_line, front=FrontMatter())


def noted(text: str) -> footnotes.Notes:
    return footnotes.read(manuscript(text), lines.read(text))


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("[^1]: x", False),
        ("[^1]: [^1]", True),
        ("[^1]: [^2]\n\n[^2]: [^1]", True),
        ("[^1]: [^2]\n\n[^2]: [^3]\n\n[^3]: x", False),
        ("[^A]: x [^a]", True),
        ("> [^1]: x [^1]", True),
        ("[^1]: x\n    more [^1]", True),
        ("[^1]: [^9]", False),
        ("[^1]: a\n[^2]: [^1]", False),
        ("text [^1] [^1]", False),
    ],
)
def test_a_note_that_calls_itself_is_found_before_pandoc_is_asked(text: str, loop: bool) -> None:
    found = noted(text)
    assert bool(found.loops) is loop
    # No call of a note stands in another note for pandoc to see: it would unfold a loop without end.
    assert not found.hidden or "[^" not in found.text[found.hidden[0].at : found.hidden[0].at + found.hidden[0].length]


@pytest.mark.parametrize(
    "text",
    [
        "```\n[^1]: a [^1]\n```\n",
        "~~~ md\n[^1]: a [^1]\n",
        "    [^1]: a [^1]\n",
        "- x\n\n      [^1]: a [^1]\n",
        "> ```\n> [^1]: a [^1]\n> ```\n",
        "<!--\n[^1]: a [^1]\n-->\n",
        "x `[^1]: a [^1]` and `` [^2] ` ``\n",
    ],
)
def test_code_that_shows_notes_has_none(text: str) -> None:
    found = noted(text)
    assert (found.count, found.hidden, found.problems, found.text) == (0, (), (), text)


def test_a_long_chain_of_notes_is_read_quickly_and_is_not_a_loop() -> None:
    begun = time.process_time()
    text = "\n\n".join(f"[^{number}]: [^{number + 1}]" for number in range(5_000))
    assert not noted(text).loops
    assert len(noted(text + "\n\n[^5000]: [^0]").loops) == 1
    assert [problem.code for problem in noted(text).problems] == ["G113"] * 5_000
    assert time.process_time() - begun < 60


def test_the_place_of_a_fault_counts_the_front_matter() -> None:
    chapter = reader.prepare(manuscript("x[^1]\n\n[^1]: [^1]\n", first_line=5), Settings())
    (problem,) = reader.tree(chapter, Settings(), None)[1]
    assert (problem.place.line, problem.code) == (7, "G106")


@pytest.mark.parametrize(
    ("limits", "text", "reason"),
    [
        (Limits(pandoc_mebibytes=8), "*a **b " * 14_000, {"memory"}),
        (Limits(pandoc_seconds=1), "*a_ " * 30_000, {"time", "memory"}),
    ],
)
def test_pandoc_has_a_limit_of_time_and_memory(limits: Limits, text: str, reason: set[str]) -> None:
    with pytest.raises(pandoc.Failure) as failed:
        pandoc.read(text, limits)
    assert failed.value.reason in reason


def test_pandoc_opens_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("CANARY")
    text = f"![x]({tmp_path}/secret)\n\n<img src='{tmp_path}/secret'>\n\n---\ncss: {tmp_path}/secret\n---\n"
    assert b"CANARY" not in pandoc.read(text, Limits())
    assert b"CANARY" not in b"".join(pandoc.read_many([text, text], Limits()))  # type: ignore[arg-type]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=4))
@hypothesis_limits(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_each_title_comes_back_as_one_line_of_inlines(texts: list[str]) -> None:
    found = reader.inlines(texts, Settings(), None)
    assert len(found) == len(texts)


def test_titles_without_words_need_no_pandoc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pandoc, "_run", None)
    assert reader.inlines(("", " \n\t"), Settings(), None) == ((), ())
    assert reader.inlines((), Settings(), None) == ()


@pytest.mark.parametrize(
    "words",
    [
        "1. One",
        "- dash",
        "> quote",
        "# Hash #",
        "***",
        "Title\n=====",
        "a | b",
        "```",
        "    code",
        "<div>",
        "Is it \\#1?",
    ],
)
def test_a_title_that_looks_like_a_block_is_still_a_title(words: str) -> None:
    (found,) = reader.inlines([words], Settings(), None)
    said = plain(found)
    assert said.replace("\\", "").split() == words.replace("\\", "").replace("```", "```").split() or said


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("02-first_steps.md", "First steps"),
        ("a/10.md", "10"),
        ("a/README.md", "README"),
        ("Über uns.md", "Über uns"),
        ("1_2.x.md", "2.x"),
    ],
)
def test_a_file_name_is_made_readable(path: str, title: str) -> None:
    assert readable(PurePosixPath(path).stem) == title


BATCH = ("A *word*[^1]\n\n[^1]: note\n", "", "$a$ and\ttab\n\n- one\n- two", "| a |\n|---|\n| ☃ |\n\n<b>x</b>")


@pytest.mark.parametrize("math", [True, False])
def test_a_batch_gives_what_each_chapter_gives_alone(math: bool) -> None:
    alone = [pandoc.read(text, Limits(), math=math).rstrip() for text in BATCH]
    assert pandoc.read_many(BATCH, Limits(), math=math) == alone


def test_the_process_that_answers_most_tests_gives_what_a_process_of_its_own_gives(root: Path) -> None:
    kept, asked = KeptPandoc(), []
    texts = [path.read_bytes() for path in sorted((root / "tests" / "everything" / "book").glob("*.md"))]
    for reader_ in some((pandoc.READER, pandoc.READER_MATH)):
        words: tuple[str, ...] = ("-f", reader_, *TREE)
        trees = [pandoc._ran(words, text, Limits())[0] for text in some(texts)]
        assert [kept.answer(words, text, Limits()) for text in texts] == trees
        batch = b"".join(b"%d\n%b" % (len(text), text) for text in texts)
        words, limits = (*KEPT_BATCH, reader_), replace(Limits(), pandoc_seconds=Limits().pandoc_seconds // 4)
        assert kept.answer(words, batch, limits) == pandoc._ran(words, batch, limits)[0]
        asked += trees
    words = ("-f", "json", *PAGE)
    assert [kept.answer(words, tree, Limits()) for tree in asked] == [
        pandoc._ran(words, tree, Limits())[0] for tree in asked
    ]
    assert kept.answer(words, b"{}", Limits()) is None
    assert kept.answer(words, asked[0], replace(Limits(), pandoc_seconds=1)) is None
    kept.end()


def test_a_chapter_that_breaks_a_batch_is_read_alone_and_reported(tmp_path: Path) -> None:
    settings = replace(Settings(), limits=Limits(pandoc_mebibytes=8, pandoc_seconds=8))
    texts = ("first", "*a **b " * 20_000, "third", "fourth")
    chapters = [reader.prepare(manuscript(text, path=f"{number}.md"), settings) for number, text in enumerate(texts)]
    answers = reader.ahead(chapters, settings, tmp_path)
    assert [answer is not None for answer in answers] == [True, False, True, True]
    outcomes = [reader.tree(*pair) for pair in zip(chapters, [settings] * 4, [tmp_path] * 4, answers, strict=True)]
    assert [blocks is not None for blocks, _ in outcomes] == [True, False, True, True]
    ((told,),) = (problems for blocks, problems in outcomes if blocks is None)
    assert told.code in ("G102", "G103")
    assert told.place.path == "1.md"
    assert reader.ahead([chapters[0], *chapters[2:]], settings, tmp_path) == (None, None, None)  # they are remembered


def test_reading_that_ends_early_leaves_pandoc_usable() -> None:
    trees = book_chapters.trees([manuscript(f"Words {number}.\n") for number in range(9)], Settings(), None)
    next(trees)
    del trees
    gc.collect()
    assert b"Later" in pandoc.read("Later", Limits())
