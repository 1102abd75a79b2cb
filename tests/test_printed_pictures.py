"""Pictures that are remembered: the same bytes with and without a memory, and nothing from a memory that no picture can have given."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import Mock

import pytest

from book import cache
from book.assemble import printed_pictures
from book.assemble.printed_pictures import Pictures, picture
from book.images import svg
from book.settings import Limits
from tests.loops import some
from tests.making import picture as photograph

DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"><style>g { fill: red }</style>'
    b'<defs><linearGradient id="a"><stop offset="0" stop-color="#123"/></linearGradient></defs>'
    b'<g onload="x()" style="stroke: url(#a)"><path d="M0 0h9"/><use xlink:href="#b"/></g><circle id="b" r="2"/><text x="1">words</text></svg>'
)
BARE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g style="fill: red"><path d="M0 0h9"/></g></svg>'
LEANING = BARE.replace(b"<g ", b'<defs><linearGradient id="a"/></defs><g stroke="url(#a)" ')


def seen(folder: Path, data: bytes) -> printed_pictures.Picture:
    pictures = Pictures(folder, folder)
    printed = pictures.printed(data, "x", Limits())
    pictures.close()
    return printed


@pytest.mark.parametrize("data", [photograph(), BARE, LEANING], ids=["photograph", "drawing", "with a reference"])
def test_a_picture_is_opened_once(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = picture(data, "x", Limits())
    assert sound.faults == ()
    assert seen(tmp_path, data) == sound
    opened = Mock(side_effect=picture)
    monkeypatch.setattr(printed_pictures, "picture", opened)
    assert seen(tmp_path, data) == sound
    opened.assert_not_called()
    seen(tmp_path, data + b"\n")  # other bytes
    opened.assert_called_once()


def test_a_picture_with_a_fault_is_told_every_time(tmp_path: Path) -> None:
    faults = picture(DRAWING, "x", Limits()).faults
    assert faults
    for _ in range(2):
        assert seen(tmp_path, DRAWING).faults == faults


@pytest.mark.parametrize(
    "data",
    [DRAWING, BARE, LEANING, BARE.replace(b"<path", b'<image width="1" height="1" href="data:image/svg+xml,x"/><path')],
)
def test_what_is_cleaned_is_clean(data: bytes) -> None:
    assert svg.is_clean(svg.cleaned(data, "x", Limits()).data)


@pytest.mark.parametrize(
    "drawing",
    [
        "<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><g onclick='x()'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><g fill='url( https://x.test/a)'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:l='http://www.w3.org/1999/xlink'><use l:href='https://x.test/a'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><style>@import 'x'</style></svg>",
        "<?xml-stylesheet href='x'?><svg xmlns='http://www.w3.org/2000/svg'><?x y?></svg>",
        "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>",
        "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        "<svg",
    ],
)
def test_a_drawing_that_no_cleaning_gave_is_not_believed(drawing: str, tmp_path: Path) -> None:
    assert not svg.is_clean(drawing.encode())
    sound = seen(tmp_path, BARE)
    for path in some((tmp_path / "drawings").iterdir()):
        table = json.loads(path.read_bytes()[32:])
        forged = json.dumps({key: ["image/svg+xml", "svg", drawing, 0, 9, 9] for key in some(table)}).encode()
        path.write_bytes(cache._seal("drawings", path.name, forged) + forged)
    assert seen(tmp_path, BARE) == sound


@pytest.mark.parametrize(
    "row",
    [["text/html", "html", "", 0, 1, 1], ["image/svg+xml", "svg", "", 0, 1, 1], ["image/png", "png", "", 0, 0, 1], 1],
)
def test_a_photograph_of_another_kind_is_not_believed(row: object, tmp_path: Path) -> None:
    sound = seen(tmp_path, photograph())
    for path in some((tmp_path / "drawings").iterdir()):
        forged = json.dumps(dict.fromkeys(some(json.loads(path.read_bytes()[32:])), row)).encode()
        path.write_bytes(cache._seal("drawings", path.name, forged) + forged)
    assert seen(tmp_path, photograph()) == sound
