"""A verdict is remembered only for the same bytes: nothing wrong passes because something else was right before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from book import cache, proof
from book.model import Chapter, Check, Work
from book.proof import cuts, opened
from tests.loops import some
from tests.making import codes, reworded
from tests.test_proof import HERE, assert_told, book, faults, files, lay, pack

PAGE = (HERE / "book.html").read_text("utf-8")


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """The folder of the cache, in a process that keeps nothing from build to build, even after a test of the preview."""
    cache.stay(0)
    cache._SHELF.clear()
    return tmp_path / "memory"


def proved(folder: Path, work: Work, memory: Path) -> tuple[Check, ...]:
    checks = proof.prove(folder, (work,), book(), validators=False, cache=memory)
    return tuple(check for check in checks if check.status != "not run")


def counts() -> tuple[int, int]:
    tally = cache.TALLY.get("verdicts", cache.Tally())
    return tally.remembered, tally.made


def spoiled(case: dict[str, Any]) -> dict[str, bytes]:
    content = files()
    content[case["file"]] = content[case["file"]].decode().replace(case["old"], case["new"]).encode()
    return content


def path_of(case: dict[str, Any]) -> str:
    if case["code"] == "P106":
        return "book.epub/EPUB/content.opf" if "content.opf" in case["new"] else "book.epub/EPUB/package.opf"
    return f"book.epub/{case.get('at', case['file'])}"


@pytest.mark.parametrize("case", faults("epub-faults.toml"))
def test_a_fault_of_an_epub_is_found_each_time_after_a_sound_one(
    case: dict[str, Any], tmp_path: Path, memory: Path
) -> None:
    assert codes(proved(tmp_path, pack(tmp_path, files()), memory)) == set()
    for _ in range(2):
        assert_told(proved(tmp_path, pack(tmp_path, spoiled(case)), memory), case, path_of(case))
    assert codes(proved(tmp_path, pack(tmp_path, files()), memory)) == set()


@pytest.mark.parametrize("case", faults("html-faults.toml"))
def test_a_fault_of_a_page_is_found_each_time_after_a_sound_one(
    case: dict[str, Any], tmp_path: Path, memory: Path
) -> None:
    assert codes(proved(tmp_path, lay(tmp_path, PAGE), memory)) == set()
    for _ in range(2):
        page = PAGE.replace(case["old"], case["new"], 1)
        assert_told(proved(tmp_path, lay(tmp_path, page), memory), case, "book.html")
    assert codes(proved(tmp_path, lay(tmp_path, PAGE), memory)) == set()


def test_what_is_remembered_gives_the_same_checks(tmp_path: Path, memory: Path) -> None:
    for work in some((pack(tmp_path, files()), lay(tmp_path, PAGE))):
        first = proved(tmp_path, work, memory)
        before = counts()
        again = proved(tmp_path, work, memory)
        assert again == first
        assert counts()[1] == before[1], "nothing was looked at again"
        assert counts()[0] > before[0]
        assert again == proof.prove(tmp_path, (work,), book(), validators=False)[: len(again)]


def test_a_verdict_on_other_words_does_not_hold(tmp_path: Path, memory: Path) -> None:
    work = pack(tmp_path, files())
    proved(tmp_path, work, memory)
    changed = book().map_chapters(lambda chapter: chapter if chapter.slug != "one" else _with_another_word(chapter))
    checks = proof.prove(tmp_path, (work,), changed, validators=False, cache=memory)
    assert "P161" in codes(checks)


def _with_another_word(chapter: Chapter) -> Chapter:
    return replace(chapter, wording=reworded(chapter.wording, running=f"{chapter.wording.running} more"))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}'])
def test_a_broken_memory_is_made_again(content: bytes, tmp_path: Path, memory: Path) -> None:
    work = pack(tmp_path, files())
    first = proved(tmp_path, work, memory)
    (entry,) = (memory / "verdicts").iterdir()
    sound = entry.read_bytes()
    entry.write_bytes(content)
    assert proved(tmp_path, work, memory) == first
    assert entry.read_bytes() == sound


def test_values_of_another_form_are_not_believed(memory: Path) -> None:
    bundle = cache.Bundle(memory, "verdicts", "a" * 64)
    bundle.keep("key", ["text", 1])
    bundle.close()
    again = cache.Bundle(memory, "verdicts", "a" * 64)
    assert again.recall("key", list[str]) is None
    assert again.recall("key", tuple[str, int]) == ("text", 1)


def test_a_result_that_nobody_asks_for_is_forgotten(memory: Path) -> None:
    bundle = cache.Bundle(memory, "verdicts", "b" * 64)
    bundle.keep("one", 1)
    bundle.keep("two", 2)
    bundle.close()
    later = cache.Bundle(memory, "verdicts", "b" * 64)
    assert later.recall("two", int) == 2
    later.close()
    last = cache.Bundle(memory, "verdicts", "b" * 64)
    assert last.recall("one", int) is None
    assert last.recall("two", int) == 2


@pytest.fixture
def staying(memory: Path) -> Iterator[None]:
    """Let bundles stay, after *memory* has let none stay."""
    assert not memory.exists()
    cache.stay(2)
    yield
    cache.stay(0)
    cache._SHELF.clear()


def bundle_of(memory: Path, letter: str) -> cache.Bundle:
    return cache.Bundle(memory, "verdicts", letter * 64)


def test_a_process_that_stays_reads_a_result_once(memory: Path, staying: None) -> None:
    first, value = bundle_of(memory, "d"), ("text", 1)
    first.keep("key", value)
    first.close()
    assert bundle_of(memory, "d").recall("key", tuple[str, int]) is value
    assert bundle_of(memory, "d").recall("key", tuple[str, int]) == value  # the one before was not closed


@pytest.mark.parametrize(
    "change", [Path.unlink, lambda path: path.write_bytes(b"{}"), os.utime], ids=["removed", "written", "touched"]
)
def test_what_another_process_does_to_a_memory_is_seen(
    change: Callable[[Path], object], memory: Path, staying: None
) -> None:
    first, value = bundle_of(memory, "e"), ("text", 1)
    first.keep("key", value)
    first.close()
    (entry,) = (memory / "verdicts").iterdir()
    sound = entry.read_bytes()
    change(entry)
    second = bundle_of(memory, "e")
    again = second.recall("key", tuple[str, int])
    assert again is not value
    assert again == (value if entry.exists() and entry.read_bytes() == sound else None)


def test_only_the_latest_memories_stay(memory: Path, staying: None) -> None:
    values = {letter: ("text", ord(letter)) for letter in "abc"}
    for letter, value in values.items():
        one = bundle_of(memory, letter)
        one.keep("key", value)
        one.close()
    stayed = [bundle_of(memory, letter).recall("key", tuple[str, int]) is value for letter, value in values.items()]
    assert stayed == [False, True, True]


def test_a_name_that_has_no_form_in_utf_8_is_no_obstacle_to_other_results(memory: Path) -> None:
    first = bundle_of(memory, "f")
    first.keep("bad", "\udc80.md")
    first.keep("good", "a.md")
    first.close()
    second = bundle_of(memory, "f")
    assert (second.recall("bad", str), second.recall("good", str)) == (None, "a.md")


def test_without_a_cache_nothing_is_written(tmp_path: Path) -> None:
    assert codes(proof.prove(tmp_path, (pack(tmp_path, files()),), book(), validators=False)) == set()
    assert [path.name for path in tmp_path.iterdir()] == ["book.epub"]


def test_half_of_the_memory_gives_the_same_checks(tmp_path: Path, memory: Path) -> None:
    pages = (pack(tmp_path, files()), lay(tmp_path, PAGE))
    first = [proved(tmp_path, work, memory) for work in pages]
    entries = sorted((memory / "verdicts").iterdir())
    assert len(entries) == 2
    entries[0].unlink()
    assert [proved(tmp_path, work, memory) for work in pages] == first
    shutil.rmtree(memory)
    assert [proved(tmp_path, work, memory) for work in pages] == first


# Cutting a page.


def test_a_page_is_cut_into_its_chapters() -> None:
    cut = cuts.cut(PAGE.encode(), "book.html", ("one", "two"))
    assert cut is not None
    whole = cuts.parsed(PAGE.encode())
    for slug, chapter in some(cut.chapters.items()):
        (box,) = whole.xpath(f"//*[@id='{slug}']")
        assert ["".join(chapter.root.itertext())] == ["".join(box.itertext())]
        assert [element.tag for element in chapter.root.iter()] == [element.tag for element in box.iter()]


@pytest.mark.parametrize(
    "stray",
    ["</section>", "</main></section>", "</body>", "<section>", "<div>", "</div></div>", "<script>", "<!--", "<textarea>", "<p><table>"],
)  # fmt: skip
def test_a_chapter_whose_elements_do_not_end_within_it_is_not_cut_out(stray: str) -> None:
    """What a stray tag does to the rest of the page is only seen in the whole page."""
    page = "<!DOCTYPE html><html><body><main>{}</main></body></html>"
    boxes = '<section id="one"><h2>One</h2>{}<p>x</p></section><section id="two"><p>Two</p></section>'
    assert cuts.cut(page.format(boxes.format("")).encode(), "book.html", ("one", "two")) is not None
    cut = cuts.cut(page.format(boxes.format(stray)).encode(), "book.html", ("one", "two"))
    whole = cuts.parsed(page.format(boxes.format(stray)).encode())
    if cut is not None:  # the parser passes over the tag: then the pieces are those of the whole page
        for slug, chapter in some(cut.chapters.items()):
            (box,) = whole.xpath(f"//section[@id='{slug}']")
            assert [element.tag for element in chapter.root.iter()] == [element.tag for element in box.iter()]
            assert "".join(chapter.root.itertext()) == "".join(box.itertext())


def test_a_page_without_a_box_for_each_chapter_is_not_cut() -> None:
    assert cuts.cut(PAGE.encode(), "book.html", ("one", "three")) is None
    assert cuts.cut(PAGE.encode(), "book.html", ()) is None
    hidden = PAGE.replace('id="two"', 'id="second"', 1) + '<!-- <section id="two"></section> -->'
    assert cuts.cut(hidden.encode(), "book.html", ("one", "two")) is None


def test_an_id_in_two_chapters_is_found_although_each_is_sound(tmp_path: Path, memory: Path) -> None:
    work = lay(tmp_path, PAGE)
    assert opened.cut(tmp_path, work, book()) is not None
    opened.forget()
    assert codes(proved(tmp_path, work, memory)) == set()
    again = PAGE.replace("</section>", '<i id="same">a</i></section>')
    assert again.count('id="same"') > 1
    assert "P121" in codes(proved(tmp_path, lay(tmp_path, again), memory))


def test_a_few_new_results_are_written_beside_the_others(memory: Path) -> None:
    def opened() -> cache.Bundle:
        return cache.Bundle(memory, "verdicts", "c" * 64)

    def asked(bundle: cache.Bundle, keys: range) -> list[int | None]:
        return [bundle.recall(str(key), int) for key in keys]

    bundle = opened()
    for key in range(40):
        bundle.keep(str(key), key)
    bundle.close()
    place = memory / "verdicts"
    first, before = place / ("c" * 64), (place / ("c" * 64)).read_bytes()
    bundle = opened()
    assert asked(bundle, range(40)) == list(range(40))
    bundle.keep("40", 40)
    bundle.close()
    assert first.read_bytes() == before
    (later,) = (path for path in place.iterdir() if path != first)
    assert asked(opened(), range(41)) == list(range(41))
    beside = later.read_bytes()
    for broken in (b"", b"[", beside[:-1]):
        later.write_bytes(broken)
        assert asked(opened(), range(41)) == [*range(40), None]
    later.write_bytes(beside)
    first.unlink()
    assert asked(opened(), range(39, 41)) == [None, 40]
    first.write_bytes(before)
    bundle = opened()
    assert asked(bundle, range(1, 41)) == list(range(1, 41))
    for key in range(41, 60):
        bundle.keep(str(key), key)
    bundle.close()  # so many are written together, and what nobody asked for is gone
    assert asked(opened(), range(60)) == [None, *range(1, 60)]
    later.unlink()
    assert asked(opened(), range(60)) == [None, *range(1, 60)]


def test_a_byte_changed_in_an_archive_that_is_known_gives_the_verdict_of_no_memory(
    tmp_path: Path, memory: Path
) -> None:
    work = pack(tmp_path, files())
    path = tmp_path / work.path
    sound = path.read_bytes()
    proved(tmp_path, work, memory)
    failed = 0
    for at in some(range(5, len(sound), len(sound) // 200)):
        data = bytearray(sound)
        data[at] ^= 1 << at % 8
        path.write_bytes(data)
        outcome = proof.prove(tmp_path, (work,), book(), validators=False)
        assert proof.prove(tmp_path, (work,), book(), validators=False, cache=memory) == outcome
        failed += any(check.status == "failed" for check in outcome)
    assert failed > 100


def test_a_verdict_on_a_package_is_not_that_on_the_same_package_with_other_files(tmp_path: Path, memory: Path) -> None:
    work = pack(tmp_path, files())
    expected = proved(tmp_path, work, memory)
    for name in some([name for name in files() if name.endswith((".ncx", ".css", "nav.xhtml", ".opf"))]):
        others = {other: data for other, data in files().items() if other != name}
        pack(tmp_path, others)
        outcome = proved(tmp_path, work, memory)
        assert outcome == proof.prove(tmp_path, (work,), book(), validators=False)[: len(outcome)]
        assert outcome != expected
