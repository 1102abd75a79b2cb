"""`book fetch`: remote images are downloaded into the book, from public machines only; builds stay offline.

A server on this machine stands for the web; the judge of addresses is told that it is a public one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from book import cli, fetching, press
from book.assemble import remote
from book.problems import PublishError, Severity
from tests.fetch.web_server import (
    DRAWING,
    LOCKED,
    PNG,
    Web,
    fetch,
    files,
    network,
    raster,
)
from tests.loops import some
from tests.making import write_book

# What comes into the book.


def test_images_of_every_kind_come_into_the_book_and_a_build_takes_them(web: Web, tmp_path: Path) -> None:
    png, jpeg = web.serve("/a/one.png?x=1&y=ä", PNG), ""
    web.pages["/a/one.png?x=1&y=%C3%A4"] = web.pages["/a/one.png?x=1&y=ä"]
    jpeg = web.serve("/two", raster("JPEG"))
    svg = web.serve("/three.svg", DRAWING)
    cover = web.serve("/cover.png", raster(colour=(1, 2, 3)))
    text = f'# A\n\n![one]({png})\n\n<p><img src="{jpeg}" alt="two"></p>\n\n![three][t] and ![one]({png}#again)\n\n[t]: {svg}\n'
    book = write_book(tmp_path, text, f'title = "T"\nlanguage = "en"\ncover = "{cover}"\ncover_alt = "A cover"\n')
    before = press.read(book)
    assert [problem.code for problem in before.problems] == ["I102"] * 5
    assert before.book.cover is None
    assert fetch(book).problems == ()
    assert sorted({path for path, _ in web.asked}) == ["/a/one.png?x=1&y=%C3%A4", "/cover.png", "/three.svg", "/two"]
    assert len(web.asked) == 4
    count = len(web.asked)
    read = press.read(book)
    assert read.problems == ()
    assert [asset.media_type for asset in read.book.assets] == ["image/png", "image/svg+xml", "image/jpeg"]
    assert read.book.cover
    assert len(web.asked) == count
    (drawing,) = (book / remote.FOLDER).glob("three-*.svg")
    assert b"script" not in drawing.read_bytes()
    assert b"onload" not in drawing.read_bytes()


def test_the_lock_names_each_image_in_the_order_of_addresses(web: Web, tmp_path: Path) -> None:
    second, first = web.serve("/b.png", PNG), web.serve("/a.png", raster(colour=(9, 9, 9)))
    book = write_book(tmp_path, f"# A\n\n![b]({second})\n\n![a]({first})\n")
    assert fetch(book).complete
    lock, problems = remote.read(book)
    assert problems == ()
    assert list(lock) == [first, second]
    assert lock[second].bytes == len(PNG)
    assert (book / lock[second].file).read_bytes() == PNG
    whole = files(book)
    assert fetch(book).reused == 2
    assert fetch(book, update=True).reused == 0
    assert files(book) == whole


def test_an_image_that_the_book_no_longer_shows_goes_unless_somebody_changed_it(web: Web, tmp_path: Path) -> None:
    one, two = web.serve("/one.png", PNG), web.serve("/two.png", raster(colour=(9, 9, 9)))
    book = write_book(tmp_path, f"# A\n\n![b]({one})\n\n![a]({two})\n")
    fetch(book)
    lock, _ = remote.read(book)
    (book / lock[two].file).write_bytes(b"mine")
    (book / "a.md").write_text("# A\n\nNo image.\n", encoding="utf-8")
    assert fetch(book).removed == (lock[one].file,)
    assert remote.read(book)[0] == {}
    assert (book / lock[two].file).read_bytes() == b"mine"


def test_check_reports_missing_files_and_uses_no_network(web: Web, tmp_path: Path) -> None:
    book = write_book(tmp_path, f"# A\n\n![b]({web.serve('/a.png', PNG)})\n")
    (problem,) = fetch(book, check=True).problems
    assert (problem.code, str(problem.place)) == ("I123", "a.md:3:1")
    assert not (book / "handbound.lock").exists()
    assert web.asked == []
    fetch(book)
    assert fetch(book, check=True).complete
    next((book / remote.FOLDER).iterdir()).write_bytes(b"other")
    assert not fetch(book, check=True).complete


def test_one_image_that_cannot_be_had_keeps_none_of_the_others(web: Web, tmp_path: Path) -> None:
    gone, good = f"{web.address}/gone.png", web.serve("/a.png", PNG)
    book = write_book(tmp_path, f"# A\n\n![b]({gone})\n\n![a]({good})\n")
    fetched = fetch(book)
    assert [str(problem.place) for problem in fetched.problems] == ["a.md:3:1"]
    assert "404" in fetched.problems[0].message
    assert len(fetched.files) == 1
    assert [problem.code for problem in press.read(book).problems] == ["I102"]


def test_the_command_prints_what_it_did(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetching, "Network", network)
    book = write_book(tmp_path, f"# A\n\n![b]({web.serve('/a.png', PNG)})\n\n![c]({web.address}/no.png)\n")
    assert cli.main(["fetch", str(book)]) == 1
    out, err = capsys.readouterr()
    assert out.endswith("2 remote images: 1 fetched, 0 already in the book, 1 not in the book\n")
    assert "I122" in err
    assert "404" in err
    assert cli.main(["fetch", str(book), "--check"]) == 1
    (book / "a.md").write_text("# A\n\nwords\n", encoding="utf-8")
    capsys.readouterr()
    assert cli.main(["fetch", str(book)]) == 0
    assert "removed" in capsys.readouterr().out


# What a build does with what is not there.


@pytest.mark.parametrize("change", ["altered", "missing", "link"])
def test_a_fetched_file_that_is_not_as_the_lock_says_is_not_used(web: Web, tmp_path: Path, change: str) -> None:
    book = write_book(tmp_path / "book", f"# A\n\n![b]({web.serve('/a.png', PNG)})\n")
    fetch(book)
    (file,) = (book / remote.FOLDER).iterdir()
    file.unlink()
    if change == "altered":
        file.write_bytes(raster(colour=(9, 9, 9)))
    if change == "link":
        (tmp_path / "out.png").write_bytes(PNG)
        file.symlink_to(tmp_path / "out.png")
    read = press.read(book)
    assert [problem.code for problem in read.problems] == ["I121"]
    assert "book fetch" in read.problems[0].fix
    assert read.book.assets == ()


def test_remote_images_that_are_dropped_leave_nothing_behind(tmp_path: Path) -> None:
    address = "https://web.example/a.png"
    text = (
        f"# A\n\nBefore.\n\n![b]({address})\n\n[![c]({address})](https://web.example/)\n\nText ![d]({address}) after.\n"
    )
    shown = press.read(write_book(tmp_path, text))
    assert address in shown.book.spine[0].body.spell()
    assert "book fetch" in shown.problems[0].fix
    book = write_book(tmp_path, text, 'title = "T"\nlanguage = "en"\nremote_images = "drop"\n')
    read = press.read(book)
    assert {problem.severity for problem in some(read.problems)} == {Severity.NOTE}
    body = read.book.spine[0].body.spell()
    assert address not in body
    assert "<figure" not in body
    assert "<a" not in body
    assert body.count("<p") == 2
    assert "Text  after." in body


@pytest.mark.parametrize(
    ("text", "shown", "gone"),
    [
        (
            "<figure>\n<img src='https://web.example/a.png' alt='a'>\n<figcaption>Words.</figcaption>\n</figure>",
            "",
            "Words",
        ),
        ("- ![a](https://web.example/a.png)\n- text", "text", ""),
        ("- ![a](https://web.example/a.png)\n- [![b](https://web.example/b.png)](https://web.example/)", "", "<ul"),
        ("::: {.box}\n![a](https://web.example/a.png)\n:::", "", "<div"),
        ("![Words](https://web.example/a.png){#plate}\n\nSee [it](#plate).", 'id="a-plate"', ""),
        ("![Words](https://web.example/a.png){#other}", "", "<figure"),
        ("| a | b |\n|---|---|\n| ![a](https://web.example/a.png) | y |", "y", ""),
    ],
)
def test_nothing_hollow_stands_where_a_dropped_image_stood(tmp_path: Path, text: str, shown: str, gone: str) -> None:
    book = write_book(
        tmp_path, f"# A\n\nBefore.\n\n{text}\n\nAfter.\n", 'title = "T"\nlanguage = "en"\nremote_images = "drop"\n'
    )
    body = press.read(book).book.spine[0].body.spell()
    assert shown in body
    assert "<li></li>" not in body
    assert not gone or gone not in body


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< ours\n",
        "version = 2\n",
        'version = 1\n[[image]]\naddress = "https://a.example/"\n',
        "version = 1\n" + "a = [" * 999,
        remote.dumped([LOCKED]).decode().replace("images/remote/a-1.png", "../../etc/passwd"),
        b"\xff\xfe",
    ],
)
def test_a_lock_file_that_book_fetch_did_not_write_is_reported_and_ignored(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / remote.FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    lock, (problem,) = remote.read(tmp_path)
    assert (lock, problem.code, problem.place.path) == ({}, "I120", remote.FILE)


def test_a_lock_that_somebody_else_wrote_is_not_overwritten(tmp_path: Path) -> None:
    book = write_book(tmp_path, {"a.md": "# A\n\n![b](https://web.example/a.png)\n", remote.FILE: "<<<<<<< ours\n"})
    assert sorted(problem.code for problem in press.read(book).problems) == ["I102", "I120"]
    with pytest.raises(PublishError):
        fetch(book)
    assert (book / remote.FILE).read_text(encoding="utf-8") == "<<<<<<< ours\n"


def test_the_lock_is_written_as_it_is_read(tmp_path: Path) -> None:
    (tmp_path / remote.FILE).write_bytes(remote.dumped([LOCKED]))
    assert remote.read(tmp_path) == ({LOCKED.address: LOCKED}, ())
