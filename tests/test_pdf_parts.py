"""What is proved of a part of a joined PDF is remembered: any fault is found as if nothing were remembered, and an edit proves one part again."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from msgspec import Struct
from msgspec.structs import replace

from book import cache, press, printing, proof
from book.model import Book, Check, Work
from book.paged import chunks, joining
from book.proof import opened, page_content, pdf_known, pdf_parts, verdicts
from tests.loops import some
from tests.making import codes, reworded
from tests.test_segments import manual

Objects = Mapping[int, bytes]


class Printed(Struct, frozen=True, kw_only=True):
    """A PDF as it was given to the proofs."""

    data: bytes
    work: Work
    book: Book


def build(source: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Build the PDF of *source*, and return it, whether or not it passes its proofs."""
    given: list[Printed] = []

    def look(folder: Path, works: tuple[Work, ...], book: Book, **words: object) -> tuple[Check, ...]:
        given.extend(Printed(data=(folder / work.path).read_bytes(), work=work, book=book) for work in works)
        return proof.prove(folder, works, book, validators=False)

    monkeypatch.setattr(printing, "prove", look)
    press.build(source, out, editions=["pdf"])
    return next(printed for printed in given if printed.work.edition == "pdf")


def checks(printed: Printed, folder: Path, memory: Path | None, data: bytes | None = None) -> tuple[Check, ...]:
    """Return the checks of *printed*, with other *data* if any are given, in a process that knows no page."""
    page_content.parsed.cache_clear()
    data = printed.data if data is None else data
    (folder / printed.work.path).write_bytes(data)
    work = replace(printed.work, bytes=len(data), digest=hashlib.sha256(data).hexdigest())
    return proof.prove(folder, (work,), printed.book, validators=False, cache=memory)


def outcome(printed: Printed, folder: Path, memory: Path | None, data: bytes) -> object:
    """Return the checks of *data*, or what a proof raised: the builder leaves such an edition out."""
    try:
        return checks(printed, folder, memory, data)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same
        return repr(error)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return manual(tmp_path_factory.mktemp("parts") / "book")


@pytest.fixture(scope="module")
def out(source: Path) -> Path:
    return source.parent / "out"


@pytest.fixture(scope="module")
def sound(source: Path, out: Path, needs_pango: None) -> Printed:
    with pytest.MonkeyPatch.context() as patch:
        return build(source, out, patch)


@pytest.fixture
def memory(sound: Printed, tmp_path: Path) -> Path:
    """A cache that knows every part of the sound file."""
    folder = tmp_path / "memory"
    assert codes(checks(sound, tmp_path, folder)) == set()
    return folder


def test_a_joined_file_is_proved_by_parts_and_says_the_same(sound: Printed, memory: Path, tmp_path: Path) -> None:
    with verdicts.remembered(memory, sound.work.path):
        known = pdf_known.known(tmp_path, sound.work)
        assert known is not None
        assert len(known.facts) == len(sound.book.spine) + 3, "a part, and what stands before and behind the chapters"
        opened.forget()
    assert checks(sound, tmp_path, memory) == checks(sound, tmp_path, None)


def test_the_text_of_a_part_is_read_once_however_many_there_are(
    sound: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, runs_of = list[str](), pdf_known._runs

    def runs(division: pdf_parts.Division, part: pdf_parts.Part, *words: Any) -> Any:
        read.append(part.digest)
        return runs_of(division, part, *words)

    monkeypatch.setattr(pdf_known, "_runs", runs)
    assert codes(checks(sound, tmp_path, tmp_path / "nothing")) == set()
    assert len(read) == len(set(read)) == len(sound.book.spine) + 3


@pytest.mark.parametrize(("parts", "most"), [(3, 0), (15, 0), (40, 2), (400, 12), (4_000, 12)])
def test_a_long_file_is_opened_as_often_as_one_of_middling_length(
    parts: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, names = Path("long.pdf"), list[Path]()
    pdf = pikepdf.new()

    def apart(path: Path) -> pikepdf.Pdf:
        names.append(path)
        return pdf

    monkeypatch.setattr(opened, "apart", apart)
    handles = pdf_parts.Handles(file, pdf, parts)
    assert all(handles.next() is pdf for _ in some(range(parts)))
    assert names == [file] * most


@pytest.mark.filterwarnings("ignore:Unexpected end of stream")
def test_a_changed_byte_anywhere_is_found_as_if_nothing_were_remembered(
    sound: Printed, memory: Path, tmp_path: Path
) -> None:
    whole, spoiled = checks(sound, tmp_path, None), 0
    for at in some(range(37, len(sound.data), len(sound.data) // 60)):
        data = bytearray(sound.data)
        data[at] ^= 4
        expected = outcome(sound, tmp_path, None, bytes(data))
        assert outcome(sound, tmp_path, memory, bytes(data)) == expected, at
        spoiled += expected != whole
    assert spoiled > 20


def another(old: bytes, new: bytes) -> Callable[[Objects], Objects]:
    """Return a change of every object that holds *old*."""
    return lambda objects: {number: re.sub(old, new, text, count=1) for number, text in objects.items()}


def turned_round(objects: Objects) -> Objects:
    """Let the document be read from its end."""

    def back(match: re.Match[bytes]) -> bytes:
        return (
            b"/K [ "
            + b" ".join(f"{number.decode()} 0 R".encode() for number in match[1].split(b" 0 R")[-2::-1])
            + b" ]"
        )

    return {
        number: re.sub(rb"/K \[ ((?:\d+ 0 R ?)+)\]", back, text) if number == chunks.DOCUMENT else text
        for number, text in objects.items()
    }


FAULTS = {
    "a link that starts a program": (another(rb"/S /URI", b"/S /Launch"), "P147"),
    "a page of another size": (another(rb"/MediaBox \[ 0 0 ", b"/MediaBox [ 9 9 "), "P148"),
    "no named places": (another(rb"/Dests", b"/Desks"), "P122"),
    "a page counted twice": (another(rb"/Type /Pages (.*?)/Count (\d)", rb"/Type /Pages \1/Count 1\2"), ""),
    "no bookmarks": (another(rb"/Outlines", b"/Outline"), "P145"),
    "no labels": (another(rb"/PageLabels", b"/PageLabel"), "P146"),
    "chapters in another order": (turned_round, ""),
    "fonts that are exchanged": (another(rb"/ToUnicode \d+ 0 R", b""), "P142"),
    "a script": (another(rb"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript >>"), "P147"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_what_the_joiner_writes_is_found_as_if_nothing_were_remembered(
    name: str, sound: Printed, memory: Path, source: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, code = FAULTS[name]
    put = joining._File.put_packed
    monkeypatch.setattr(joining._File, "put_packed", lambda file, objects, number: put(file, change(objects), number))
    shutil.copytree(out, tmp_path / "out")
    spoiled = build(source, tmp_path / "out", monkeypatch)
    assert spoiled.data != sound.data
    expected = checks(spoiled, tmp_path, None)
    assert code in codes(expected) or not code
    assert checks(spoiled, tmp_path, memory) == expected
    assert checks(spoiled, tmp_path, memory) == expected, "what is wrong is not remembered"
    assert codes(checks(sound, tmp_path, memory)) == set()


def test_a_file_that_is_opened_anew_after_each_part_proves_the_same(
    sound: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = checks(sound, tmp_path, tmp_path / "one")
    again, apart = list[Path](), opened.apart

    def counted(path: Path) -> pikepdf.Pdf:
        again.append(path)
        return apart(path)

    monkeypatch.setattr(pdf_parts, "AT_ONCE", 1)
    monkeypatch.setattr(opened, "apart", counted)
    assert checks(sound, tmp_path, tmp_path / "other") == expected
    assert len(again) > len(sound.book.spine)


def test_words_that_are_not_in_the_file_are_missed_although_its_bytes_are_known(
    sound: Printed, memory: Path, tmp_path: Path
) -> None:
    first, *others = sound.book.spine
    longer = replace(first, wording=reworded(first.wording, running=f"{first.wording.running} more"))
    book = sound.book.map_chapters(lambda chapter: longer if chapter is first else chapter)
    changed = replace(sound, book=book)
    assert others
    assert checks(changed, tmp_path, memory) == checks(changed, tmp_path, None)
    assert codes(checks(changed, tmp_path, memory)) == {"P161"}


def folios(printed: Printed) -> dict[int, bytes]:
    """Return the streams of the folios in a file, as they stand in it, by their places."""
    with pikepdf.open(io.BytesIO(printed.data)) as pdf:
        whole = pdf_parts.divided(Path(), pdf, printed.data)
        assert whole is not None
        numbers = [number for part in whole.parts for number in part.folios]
        assert len(numbers) > len(whole.parts)
        texts = [bytes(whole.bytes_of[number]) for number in numbers]
    return {printed.data.index(text): text for text in texts}


def test_a_folio_that_does_more_than_show_letters_is_found_as_if_nothing_were_remembered(
    sound: Printed, memory: Path, tmp_path: Path
) -> None:
    place, text = list(folios(sound).items())[-1]
    head, stream, rest = re.split(rb"(?s)(?<=stream\n)(.*?)(?=\nendstream)", text, maxsplit=1)
    content = zlib.decompress(stream)
    for more in (b"EMC /P <</MCID 0>> BDC", b"Q Q", b"/Nothing Do", b"0 0 9 9 re f", b"BT ( ) Tj", b"\x80", b""):
        short = zlib.compress(content[: -len(more) - 25] + b" " + more, 9)
        assert len(short) <= len(stream), more
        data = sound.data.replace(text, head + short.ljust(len(stream), b"\0") + rest)
        assert data != sound.data
        assert len(data) == len(sound.data)
        expected = outcome(sound, tmp_path, None, data)
        for _ in range(2):
            assert outcome(sound, tmp_path, memory, data) == expected, more
    for at in some(range(place, place + len(text), 3)):
        spoiled = bytearray(sound.data)
        spoiled[at] ^= 4
        assert outcome(sound, tmp_path, memory, bytes(spoiled)) == outcome(sound, tmp_path, None, bytes(spoiled)), at


@pytest.mark.parametrize(
    ("content", "is_folio"),
    [
        (
            b"1 0 0 -1 0 595.2 cm\nq\n/a1.0 gs\n0.3 0.3 0 rg\nBT\n1 0 0 -1 2 -.5 Tm\n/F 11 Tf\n[<01c2>0<01>-3.5<>] TJ\nET\nQ",
            True,
        ),
        (b"", True),
        (b"q", False),
        (b"Q q", False),
        (b"q Q Q", False),
        (b"/P BMC EMC", False),
        (b"/P <</MCID 1>> BDC", False),
        (b"/X Do", False),
        (b"0 0 1 1 re f", False),
        (b"(a) Tj", False),
        (b"[(a)] TJ", False),
        (b"BI ID EI", False),
        (b"% Q", False),
        (b"Qq", False),
        (b"\x80", False),
    ],
)
def test_a_folio_shows_letters_and_does_nothing_else(content: bytes, is_folio: bool) -> None:
    assert pdf_parts.is_folio(content) is is_folio


def test_pages_with_other_folios_are_not_proved_again(
    sound: Printed, memory: Path, source: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = joining._File.put_chunks

    def exchanged(file: joining._File, every: Any, numbers: joining.Numbers | None, pages: Any) -> None:
        assert numbers is not None
        put(file, every, replace(numbers, pages=numbers.pages[::-1]), pages)

    monkeypatch.setattr(joining._File, "put_chunks", exchanged)
    shutil.copytree(out, tmp_path / "out")
    other = build(source, tmp_path / "out", monkeypatch)
    assert other.data != sound.data
    facts, proved = pdf_known._facts, list[object]()

    def look(*words: Any) -> object:
        proved.append(words)
        return facts(*words)

    monkeypatch.setattr(pdf_known, "_facts", look)
    assert checks(other, tmp_path, memory) == checks(other, tmp_path, None)
    assert not proved


def test_an_edit_proves_one_part_again(
    sound: Printed, memory: Path, source: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(source, tmp_path / "book")
    shutil.copytree(out, tmp_path / "out")
    with (tmp_path / "book" / "02-the-glue.md").open("a", encoding="utf-8") as chapter:
        chapter.write("\nBack to the beginning.\n")
    edited = build(tmp_path / "book", tmp_path / "out", monkeypatch)
    before = cache.TALLY["verdicts"].made
    assert codes(checks(edited, tmp_path, memory)) == set()
    assert cache.TALLY["verdicts"].made - before == 2, "that nothing is wrong with it, and that nothing is lost in it"
