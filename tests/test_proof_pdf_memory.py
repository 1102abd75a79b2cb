"""What a page of a PDF shows is remembered by its bytes: a fault is found as if nothing were remembered."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from book import cache
from book.proof import page_content, pdf_text, verdicts
from tests.loops import some
from tests.making import codes
from tests.test_proof_pdf import HERE, checks, compose

PAGE = (HERE / "pdf.html").read_text("utf-8")


@pytest.fixture(scope="module")
def sound(needs_pango: None) -> bytes:
    return compose(PAGE)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """The folder of the cache, in a process that knows no page."""
    page_content.parsed.cache_clear()
    return tmp_path / "memory"


def changed(data: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def runs(data: bytes, memory: Path | None = None) -> tuple[pdf_text.Run, ...]:
    with verdicts.remembered(memory, "book.pdf"), pikepdf.open(io.BytesIO(data)) as pdf:
        return pdf_text.runs(pdf)


def pages_read() -> int:
    return cache.TALLY.get("verdicts", cache.Tally()).made


def without_a_word(pdf: pikepdf.Pdf) -> None:
    """Paint one text less on the last page that has a tagged one."""
    for page in reversed(pdf.pages):
        instructions = list(pikepdf.parse_content_stream(page))
        shown = [at for at, step in enumerate(instructions) if str(step.operator) == "TJ"]
        if len(shown) > 2:
            del instructions[shown[len(shown) // 2]]
            page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(instructions))
            return
    raise AssertionError("no page has texts")


def with_another_letter(pdf: pikepdf.Pdf) -> None:
    """Let the fonts say x for each e."""
    maps = [font.ToUnicode for font in pdf.objects if isinstance(font, pikepdf.Dictionary) and "/ToUnicode" in font]
    for stream in some(maps):
        stream.write(re.sub(rb"(<[0-9A-Fa-f]+>\s*)<0065>", rb"\1<0078>", stream.read_bytes()))


def turned_round(pdf: pikepdf.Pdf) -> None:
    tree = pdf.Root.Pages
    tree.Kids = pikepdf.Array(reversed(list(tree.Kids)))


@pytest.mark.parametrize("spoil", [without_a_word, with_another_letter])
def test_a_fault_is_found_each_time_after_a_sound_file(
    spoil: Callable[[pikepdf.Pdf], None], sound: bytes, tmp_path: Path, memory: Path
) -> None:
    assert codes(checks(tmp_path, sound, memory=memory)) == set()
    spoiled = changed(sound, spoil)
    expected = checks(tmp_path, spoiled)
    assert "P161" in codes(expected)
    for _ in range(2):
        assert checks(tmp_path, spoiled, memory=memory) == expected
    assert codes(checks(tmp_path, sound, memory=memory)) == set()


def test_only_a_changed_page_is_read_again(sound: bytes, tmp_path: Path, memory: Path) -> None:
    before = pages_read()
    checks(tmp_path, sound, memory=memory)
    with pikepdf.open(io.BytesIO(sound)) as pdf:
        contents = {page_content.whole(page) for page in pdf.pages}
    assert pages_read() - before == len(contents) > 1
    before = pages_read()
    page_content.parsed.cache_clear()
    checks(tmp_path, changed(sound, without_a_word), memory=memory)
    assert pages_read() - before == 1


def test_another_font_map_gives_other_letters(sound: bytes, memory: Path) -> None:
    first = "".join(run.text for run in runs(sound, memory))
    before = pages_read()
    again = "".join(run.text for run in runs(changed(sound, with_another_letter), memory))
    assert "e" in first
    assert again == first.replace("e", "x")
    assert pages_read() == before, "the pages themselves are the same"


def test_a_page_in_another_place_is_counted_there(sound: bytes, memory: Path) -> None:
    first = runs(sound, memory)
    moved = changed(sound, turned_round)
    again = runs(moved, memory)
    assert again == runs(moved)
    with pikepdf.open(io.BytesIO(sound)) as pdf:
        last = len(pdf.pages) - 1
    assert last > 0
    assert [last - run.page for run in again] == [run.page for run in first]


@pytest.mark.parametrize(
    "value",
    [
        1,
        [[], []],
        [[1], [], True],
        [[[0, "/F"]], [], True],
        [[[0, "/F", "0g"]], [], True],
        [[[True, "/F", "00"]], [], True],
        [[[0, 1, "00"]], [], True],
        [[], ["0"], True],
        [[], 0, True],
    ],
)
def test_a_page_remembered_in_another_form_is_read_again(value: object, sound: bytes, memory: Path) -> None:
    first = runs(sound, memory)
    (entry,) = (memory / "verdicts").iterdir()
    table = json.loads(entry.read_bytes()[32:])
    cache.keep(memory, "verdicts", entry.name, json.dumps(dict.fromkeys(table, value)).encode())
    before = pages_read()
    assert runs(sound, memory) == first
    assert pages_read() - before == len(table)


CONTENTS = (
    b"",
    b"q 1 0 0 -1 0 595.2 cm /Span <</MCID 0>> BDC BT /F1 14 Tf [<0034>14<002a>-4.5<>] TJ ET EMC Q",
    b"/Span\n<</MCID 7>>\nBDC\n/P /Name BDC\n.5 0 0 rg\n0 0 1 1 re f\nEMC\nEMC\n/Artifact BMC\n<01>Tj\n/X0 Do\nEMC\n",
    b"BT/F 9 Tf<00ff>Tj[<0a>]TJ ET 1 0 0 RG 0 0 m 1 1 l S* W* n b*",
    b"EMC EMC BT [<0a>] TJ ET [1 2] 0 d 0 w",
)
OTHER_CONTENTS = (
    b"/Span <</MCID 1/ActualText (a)>> BDC /F 9 Tf (text \\( [<00>] TJ) Tj EMC",
    b"% /F 9 Tf <00> Tj\n/G 9 Tf <01> Tj",
    b"BT /F 9 Tf <0> Tj <0A> Tj [<0 1>] TJ ET",
    b"BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI /F 9 Tf <01> '",
    b"/Artifact <</Type /Pagination>> BDC <01> Tj EMC",
    b"/F#41 9 Tf <01> Tj",
)


@pytest.mark.parametrize("content", CONTENTS + OTHER_CONTENTS)
def test_a_usual_page_reads_as_pikepdf_reads_it(content: bytes) -> None:
    plain = page_content._plainly(content)
    assert (plain is not None) is (content in CONTENTS and b"S*" not in content)
    known = page_content._with_pikepdf(content)
    assert plain is None or plain == known._replace(plain=True)
    assert page_content.parsed(content)[:2] == known[:2]
