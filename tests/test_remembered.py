"""Chapters that are remembered: the same book with a cache that is cold, warm or half empty, and nothing made that did not change."""

from __future__ import annotations

import gc
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from book import cache, facts, forms, lint, press, workers
from book.assemble import remembered, transcripts
from book.assemble.transcripts import UNREAD, Reader
from book.body import Body, Element
from book.limits import uncollected
from book.markdown import chapters, marks, reader
from book.markdown.nodes import node
from book.markdown.positions import without_positions
from book.model import Draft, Nodes
from book.settings import Settings
from book.values import Proofread
from tests.loops import some
from tests.making import make_draft, published, write_book

FILES = {
    "one.md": (
        "---\ntitle: 'One[^t] with *marks*'\ndescription: A \"short\" one\ndiscussion: ['Why \"now\"? See [two](two.md)']\n---\n"
        'He said "no" and `x`.[^1] It costs $x^2$ and $\\notacommand$.\n\n[^1]: A note -- with a [link](http://known-press.net/a).\n[^t]: Of the title.\n\n'
        "## Tables\n\n| a | b |\n|---|--:|\n| 1 | <b>2</b> |\n\n![A picture](p.png 'Its title')\n\n"
        "- [ ] open\n- [x] done\n\n> [!NOTE]\n> Mind the gap.\n\n```python\nprint('x')\n```\n\nTODO: write this.\n"
    ),
    "two.md": (
        "# Two\n\nA site: <https://known-press.net/b>. The colour of it.\n\n<div onclick='x()'><script>x()</script>kept</div>\n\n"
        "This paragraph is long enough to be compared with another one.\n\n<svg viewBox='0 0 9 9'><title>t</title><path d='M0 0h9'/></svg>\n"
    ),
    "three.md": (
        "# Three {#third}\n\nThis paragraph is long enough to be compared with another one.\n\nThe color of it.\n\n"
        "Drawing 5-3 and Drawing 5-9, pages 5-9. <kbd>a</kbd> \\* ☐\n\nterm\n:   meaning\n"
    ),
}
SETTINGS = 'title = "Three"\nlanguage = "en"\nmath = true\nsidebar = [{part = "A *part*", chapters = ["one.md", "two.md", "three.md"]}]\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book", FILES, SETTINGS)


def read(source: Path, folder: Path | None) -> Proofread:
    return press.read(source, cache=folder, dated=False)


def shown(book: Proofread) -> object:
    """Return all that the editions and the report are made from."""
    return (
        book.problems,
        book.changes,
        [
            (
                chapter.title, chapter.heading, chapter.entry, chapter.body, chapter.questions, chapter.sections, chapter.words,
                chapter.wording, chapter.description, chapter.has_html, chapter.number, chapter.lang, chapter.title_calls,
            )
            for chapter in book.book.spine
        ],
        [(part.title, part.slug) for part in book.book.parts],
    )  # fmt: skip


class Counted:
    """The chapters that were read, and the chapters that were composed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[str] = []
        self.composed: list[str] = []
        parse, kept = reader.parse, cache.keep

        def counting(*words: object) -> object:
            self.read.append(words[0].path)  # type: ignore[attr-defined]
            return parse(*words)  # type: ignore[arg-type]

        def keeping(folder: Path | None, stage: str, entry: str, data: bytes) -> None:
            if stage == "chapters" and "title" in (table := json.loads(data)):  # not the heads of all chapters
                self.composed.append(table["title"])
            kept(folder, stage, entry, data)

        monkeypatch.setattr(reader, "parse", counting)
        monkeypatch.setattr(cache, "keep", keeping)

    def __call__(self) -> tuple[list[str], list[str]]:
        """Return both, sorted, and begin anew."""
        counted = sorted(self.read), sorted(self.composed)
        self.read, self.composed = [], []
        return counted


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def test_a_cache_that_is_cold_warm_or_half_empty_changes_nothing(
    source: Path, tmp_path: Path, counted: Counted
) -> None:
    folder = tmp_path / "cache"
    without = shown(read(source, None))
    counted()
    assert shown(read(source, folder)) == without
    assert counted() == (["one.md", "three.md", "two.md"], ["One with marks", "Three", "Two"])
    assert shown(read(source, folder)) == without
    assert counted() == ([], [])
    for remainder in (0, 1):
        for number, entry in enumerate(sorted(folder.rglob("*"))):
            if entry.is_file() and number % 2 == remainder:
                entry.unlink()
        assert shown(read(source, folder)) == without
    for stage in ("excerpts", "chapters", "tree", "inlines"):
        for entry in (folder / stage).iterdir():
            entry.unlink()
        assert shown(read(source, folder)) == without


def test_neither_the_cache_nor_the_number_of_workers_changes_a_byte(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")

    def built(folder: Path) -> dict[str, bytes]:
        assert press.build(source, folder, editions=("epub", "html")).status == 0
        return published(folder)

    out = tmp_path / "out"
    cold = built(out)
    assert {Path(name).suffix for name in cold} == {".epub", ".html", ".json"}
    (out / "report.json").unlink()
    assert built(out) == cold
    entries = [
        path for path in sorted((out / ".cache").rglob("*")) if path.is_file() and path.parent.name in cache.STAGES
    ]
    for entry in entries[::2]:
        entry.unlink()
    assert built(out) == cold
    for cores in (1, 16):
        monkeypatch.setattr(chapters, "CORES", cores)
        assert built(tmp_path / f"workers-{cores}") == cold


def test_trees_that_are_packed_give_the_same_book(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = shown(read(source, None))
    monkeypatch.setattr(transcripts, "UNPACKED", 0)
    packed: list[bytes] = []
    pack = transcripts._packed

    def packing(draft: Draft) -> tuple[Draft, bytes]:
        bare, data = pack(draft)
        assert bare.blocks == ()
        packed.append(data)
        return bare, data

    monkeypatch.setattr(transcripts, "_packed", packing)
    assert shown(read(source, None)) == sound
    assert len([data for data in packed if data]) == len(FILES)
    deep = node("Str", "a")
    for _ in range(3000):
        deep = node("Emph", [deep])
    draft = replace(make_draft([deep]), label=())
    assert pack(draft) == (draft, b"")


def test_an_edit_makes_one_chapter(source: Path, tmp_path: Path, counted: Counted) -> None:
    folder = tmp_path / "cache"
    read(source, folder)
    counted()
    (source / "two.md").write_text(FILES["two.md"] + '\nIt\'s one sentence more, and the "end".\n')
    edited = read(source, folder)
    assert counted() == (["two.md"], ["Two"])
    assert shown(edited) == shown(read(source, None))


def test_a_chapter_is_made_again_when_what_it_asks_of_its_book_has_another_answer(
    source: Path, tmp_path: Path, counted: Counted
) -> None:
    folder = tmp_path / "cache"
    assert "https://known-press.net/a" in str(read(source, folder).book.spine[0].body)
    counted()
    (source / "two.md").write_text(FILES["two.md"].replace("https://known-press.net/b", "https://other-press.net/b"))
    unknown = read(source, folder)
    assert "http://known-press.net/a" in str(unknown.book.spine[0].body)
    assert counted() == (["one.md", "two.md"], ["One with marks", "Two"])
    assert shown(unknown) == shown(read(source, None))
    # What one chapter teaches of numbers is asked by the other.
    (source / "one.md").write_text(FILES["one.md"] + "\nSee Sheet 1-2.\n")
    read(source, folder)
    counted()
    (source / "two.md").write_text(FILES["two.md"] + "\nSee Sheet 2-1.\n")
    taught = read(source, folder)
    assert "Sheet 1-2" in taught.book.spine[0].body.text
    assert counted()[1] == ["One with marks", "Two"]
    assert shown(taught) == shown(read(source, None))


def test_a_chapter_is_composed_again_when_a_formula_is_converted_differently(
    source: Path, tmp_path: Path, counted: Counted
) -> None:
    folder = tmp_path / "cache"
    read(source, folder)
    counted()
    tex = press.read(source, cache=folder, dated=False, skip=("formulas",))
    assert counted() == (["one.md"], ["One with marks"])
    assert "<math" not in str(tex.book.spine[0].body)
    assert shown(tex) == shown(press.read(source, dated=False, skip=("formulas",)))


@pytest.mark.parametrize(
    ("line", "is_read"),
    [
        ('quotes = {outer = "single"}', True),
        ("rules = {links = false}", True),
        ('lint = {ignore = ["placeholder"]}', True),
        ("limits = {nesting = 70}", True),
        ('subtitle = "New"', False),
        ("number_chapters = false", False),
    ],
)
def test_the_settings_that_matter_are_part_of_the_key(
    line: str, is_read: bool, source: Path, tmp_path: Path, counted: Counted
) -> None:
    folder = tmp_path / "cache"
    read(source, folder)
    counted()
    (source / "handbound.toml").write_text(f"{line}\n{SETTINGS}")
    changed = read(source, folder)
    assert bool(counted()[0]) is is_read
    assert shown(changed) == shown(read(source, None))


def test_the_settings_outside_the_key_exist() -> None:
    assert set(Settings.__struct_fields__) >= UNREAD


def test_the_checks_that_run_are_part_of_the_key(source: Path, tmp_path: Path) -> None:
    def codes(checks: lint.Choice) -> set[str]:
        problems = press.read(source, cache=tmp_path / "cache", dated=False, checks=checks).problems
        return {problem.code for problem in problems if problem.code[0] == "N"}

    assert codes(lint.IN_A_BUILD) == {"N101", "N103", "N107"}
    assert codes(lint.Choice(only=("twice",))) == {"N103"}
    assert codes(lint.NONE) == set()


@pytest.mark.parametrize(
    ("name", "forged"),
    [
        ("body", "<p><script>x()</script></p>"),
        ("body", '<p onclick="x()">a</p>'),
        ("body", '<p style="background: url(https://x.test)">a</p>'),
        ("body", '<p><a href="java&#10;script:x()">a</a></p>'),
        ("body", '<p><img src="file:///etc/passwd"/></p>'),
        ("body", '<iframe src="https://x.test"></iframe>'),
        ("body", "<p>"),
        ("heading", "<object data='x'/>"),
        ("questions", ["<?php x ?>"]),
        ("words", None),
        ("title", ["a"]),
        ("problems", [["X"]]),
        ("problems", [["G101", 7, "a", "b", "one.md", 1, 1]]),
        ("changes", [["quotes", "one.md", "1", 1, "a", "b"]]),
        ("wording", "abc"),
        ("answers", {}),
        ("body", 1),
        ("digest", 1),
        ("counted", ["a"]),
        ("signs", "abc"),
    ],
)
def test_an_entry_that_no_chapter_can_have_given_is_not_used(
    name: str, forged: object, source: Path, tmp_path: Path, counted: Counted
) -> None:
    folder = tmp_path / "cache"
    sound = shown(read(source, folder))
    counted()
    for path in some((folder / "chapters").iterdir()):
        table = json.loads(path.read_bytes()[32:])
        rows = table if "title" not in table else {"": table}
        for row in rows.values():
            row.update({name: forged} if name in row else {})
        data = json.dumps(table).encode()
        path.write_bytes(cache._seal("chapters", path.name, data) + data)
    assert shown(read(source, folder)) == sound
    if name not in ("digest", "counted"):  # what is in the entry of each chapter is still sound
        assert len(counted()[1]) == len(FILES)


@pytest.mark.parametrize("rest", ["heads", "bodies"])
def test_either_of_the_entries_of_a_chapter_is_enough(
    rest: str, source: Path, tmp_path: Path, counted: Counted
) -> None:
    folder = tmp_path / "cache"
    sound = shown(read(source, folder))
    counted()
    for path in some((folder / "chapters").iterdir()):
        if ("title" in json.loads(path.read_bytes()[32:])) is (rest == "heads"):
            path.unlink()
    again = read(source, folder)
    composed = counted()[1]
    assert composed == (["One with marks"] if rest == "heads" else [])  # whose picture is missing, so it is looked at
    assert shown(again) == sound
    assert len(composed + counted()[1]) == (len(FILES) if rest == "heads" else 0)


def test_an_edit_parses_no_other_chapter(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, texts = tmp_path / "cache", list[str]()
    check = remembered._checked

    def counting(xhtml: str) -> Element:
        texts.append(xhtml)
        return check(xhtml)

    read(source, folder)
    monkeypatch.setattr(remembered, "_checked", counting)
    chapters = read(source, folder).book.spine
    assert not [text for text in texts if "Drawing 5" in text]
    assert [str(chapter.body) for chapter in chapters]  # what comes from the cache is checked
    assert [text for text in texts if "Drawing 5" in text]
    texts.clear()
    (source / "two.md").write_text(FILES["two.md"] + "\nOne sentence more.\n")
    chapters = read(source, folder).book.spine
    assert [chapter.body.facts.ids for chapter in chapters] == [tuple(Body.of(str(one.body)).ids()) for one in chapters]
    texts.clear()
    own = [chapter.body.facts for chapter in read(source, folder).book.spine]
    assert not [text for text in texts if "Drawing 5" in text]
    assert own == [Body.of(str(chapter.body)).facts for chapter in read(source, None).book.spine]


@pytest.mark.parametrize("forged", [1, [], [1, 2], ["", [], 1, "", [], [], [], []], [[["", "a", "b", 1]], []]])
def test_ends_of_links_that_no_chapter_can_have_given_are_not_used(
    forged: object, source: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    sound = shown(read(source, folder))
    for path in some((folder / "links").iterdir()):
        data = json.dumps(dict.fromkeys(json.loads(path.read_bytes()[32:]), forged)).encode()
        path.write_bytes(cache._seal("links", path.name, data) + data)
    assert shown(read(source, folder)) == sound


@pytest.mark.parametrize(
    "forged", ["javascript:x()", "file:///etc/passwd", "#no-such-place", "other.html", 1, ["#two"]]
)
def test_a_link_leads_nowhere_that_only_the_cache_knows(forged: object, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    sound = shown(read(source, folder))
    for path in some((folder / "links").iterdir()):
        table = json.loads(path.read_bytes()[32:])
        lists = {key: value for key, value in table.items() if isinstance(value, list)}
        hrefs = {key for key, value in lists.items() if any(str(href).startswith(("#", "https:")) for href in value)}
        data = json.dumps(table | {key: [forged for _ in lists[key]] for key in hrefs}).encode()
        path.write_bytes(cache._seal("links", path.name, data) + data)
    assert shown(read(source, folder)) == sound


def test_a_body_that_only_its_forger_calls_sound_reaches_no_edition(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    out = tmp_path / "out"
    for _ in range(2):
        assert press.build(source, out, editions=("epub", "html")).status == 0
    sound, digests, forged = published(out), dict[str, bool](), "<p><script>x()</script></p>"
    for path in some((out / ".cache/chapters").iterdir()):
        table = json.loads(path.read_bytes()[32:])
        for row in table.values() if "title" not in table else [table]:
            row["digest"] = facts.digest(forged)
            digests[cache.key(row["heading"], row["entry"], *row["questions"])] = True
            if "body" in row:
                row["body"] = forged
                digests[cache.key(row["heading"], row["entry"], row["body"], *row["questions"])] = True
        data = json.dumps(table).encode()
        path.write_bytes(cache._seal("chapters", path.name, data) + data)
    for path in some((out / ".cache/links").iterdir()):
        table = json.loads(path.read_bytes()[32:])
        ends = {key: [list[str](), list[str]()] for key, value in table.items() if isinstance(value, list)}
        data = json.dumps(table | ends | digests).encode()
        path.write_bytes(cache._seal("links", path.name, data) + data)
    (out / "report.json").unlink()
    assert press.build(source, out, editions=("epub", "html")).status == 0
    again = published(out)
    assert [name for name in sound if again[name] != sound[name]] == [
        "report.json"
    ]  # which says that the cache was wrong


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"[" * 100_000, b'{"problems": 1}', b"\xff"])
def test_an_invalid_excerpt_is_ignored(data: bytes) -> None:
    assert forms.believed(data, forms.decoder(remembered.Excerpt).decode) is None


def test_the_chapters_of_our_own_handbook_are_remembered(root: Path, tmp_path: Path, counted: Counted) -> None:
    read(root / "content", tmp_path)
    assert all(counted())
    read(root / "content", tmp_path)
    assert counted() == ([], [])


def test_titles_are_read_the_same_in_any_company(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = marks.loads

    def unreadable(data: bytes) -> Nodes:
        return tuple(block for block in loads(data) if "Emph" not in str(block))

    options = Settings()
    texts = ["A *b*", "[c]: d", "# C `d` #", "", "- <!-- e", "[^1]", "[^1]: f", "A *b*"]
    alone = [without_positions(reader.inlines([text], options, None)[0]) for text in texts]
    assert [without_positions(words) for words in reader.inlines(texts, options, None)] == alone
    monkeypatch.setattr(marks, "loads", unreadable)  # as if no text with a star were a heading
    assert without_positions(reader.inlines(texts, options, None)[2]) == alone[2]


def test_few_batches_are_read_ahead() -> None:
    begun: list[int] = []

    def call(number: int) -> int:
        begun.append(number)
        return number

    with workers.in_order(ThreadPoolExecutor(2), call, range(20), lambda: None, ahead=chapters.AHEAD) as results:
        for number in results:  # may be empty: the last line below counts the calls
            assert len(begun) <= number + 1 + chapters.AHEAD
    assert begun == sorted(begun)
    assert len(begun) == 20


def test_the_collector_of_cycles_rests_while_a_book_is_read(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[bool] = []
    read_chapters = Reader.transcripts

    def watched(*words: object) -> object:
        states.append(gc.isenabled())
        return read_chapters(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(Reader, "transcripts", watched)
    read(source, None)
    assert states == [False]
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        1 / 0  # noqa: B018
    assert gc.isenabled()
