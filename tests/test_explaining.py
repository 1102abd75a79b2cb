"""What --explain prints: reasons in words, true ones, and what each stage made and from what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from book import cache, cli, explaining, manifest
from book.cache import Tally
from tests.making import write_files
from tests.test_manifest import FILES, Built

SETTINGS = 'title = "T"\nauthors = ["A"]\n[labels]\ncontents = "Inside"\n[print]\ntrim = "a5"\n'


def test_every_stage_says_what_it_makes_and_from_what(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(explaining.STAGES) == set(cache.STAGES) - {cache.TOTAL}
    explaining.explain_cache({"tree": Tally(remembered=2, made=1), "fonts": Tally(remembered=3)})
    assert capsys.readouterr().err.splitlines() == [
        "fonts: 3 from the cache, 0 made: typefaces with the letters of the book",
        "tree: 2 from the cache, 1 made: chapters, as pandoc reads them; made again after a change of: the text of the chapter, formulas on or off, pandoc",
    ]


def swap(before: str, after: str) -> Callable[[str], str]:
    return lambda text: text.replace(before, after)


@pytest.mark.parametrize(
    ("edit", "reasons"),
    [
        (swap('"T"', '"Other"'), ["title has changed in handbound.toml"]),
        (swap('authors = ["A"]\n', ""), ["authors is gone from handbound.toml"]),
        (swap("Inside", "In it"), ["labels.contents has changed in handbound.toml"]),
        (
            swap('"a5"\n', '"letter"\nmarks = false\n'),
            ["print.marks is new in handbound.toml", "print.trim has changed in handbound.toml"],
        ),
        (
            swap("[labels]", "# Words.\n[labels]"),
            ["handbound.toml has changed, but none of its keys has another value"],
        ),
        (swap('"T"', '"T'), ["handbound.toml has changed"]),
    ],
    ids=["a value", "a key that is gone", "a key of a table", "two keys", "a remark", "no TOML"],
)
def test_a_change_of_the_settings_is_named_by_its_keys(
    edit: Callable[[str], str], reasons: list[str], tmp_path: Path
) -> None:
    built = Built(tmp_path)
    write_files(built.book, {"handbound.toml": SETTINGS})
    built.build()
    assert built.reasons() == ()
    place = built.book / "handbound.toml"
    place.write_text(edit(place.read_text("utf-8")), "utf-8")
    assert built.reasons() == tuple(reasons)


def test_settings_that_appear_or_vanish_are_a_file(tmp_path: Path) -> None:
    built = Built(tmp_path)
    (built.book / "handbound.toml").unlink(missing_ok=True)
    built.build()
    write_files(built.book, {"handbound.toml": SETTINGS})
    assert built.reasons() == ("handbound.toml is new",)
    built.build()
    (built.book / "handbound.toml").unlink()
    assert built.reasons() == ("handbound.toml is gone",)


def test_a_manifest_says_no_value_of_a_setting(tmp_path: Path) -> None:
    built = Built(tmp_path)
    write_files(built.book, {"handbound.toml": SETTINGS.replace("Inside", "Unspoken")})
    built.build()
    assert "labels.contents" in (built.out / ".handbound" / "last-build.json").read_text("utf-8")
    assert "Unspoken" not in (built.out / ".handbound" / "last-build.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("environment SOURCE_DATE_EPOCH is new", "the environment variable SOURCE_DATE_EPOCH is set now"),
        ("environment TZ is gone", "the environment variable TZ is no longer set"),
        ("environment LC_ALL has changed", "the environment variable LC_ALL has another value"),
        ("option -e has changed", "option -e has changed"),
        (
            "option whether tools are required (CI) has changed",
            "whether tools are required (CI) has changed",
        ),
        ("commit has changed", "the last commit of the book has changed"),
        ("package weasyprint-70.1.dist-info is new", "the package weasyprint 70.1 is new"),
        ("package ours.pth has changed", "the package ours has changed"),
        ("library libpango-1.0.so.0 has changed", "the library libpango-1.0.so.0 has changed"),
        ("tool pandoc has changed", "the program pandoc has changed"),
        ("program book/press.py has changed", "the file of Handbound book/press.py has changed"),
        ("output t.html has changed since it was written", "output t.html has changed since it was written"),
        (
            "output .handbound/written.json has changed since it was written",
            "the record of what was built here has changed since it was written",
        ),
        ("program notes.md is gone", "the file of Handbound notes.md is gone"),
    ],
)
def test_a_reason_is_in_words(reason: str, words: str) -> None:
    assert list(explaining.in_words([reason])) == [words]


def test_many_reasons_of_one_kind_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    packages = [f"package p{number}-1.dist-info has changed" for number in range(9)]
    files = [f"{number}.md has changed" for number in range(4)]
    lines = list(explaining.in_words([*files, *packages, "package q-1.dist-info is new", *packages[:3]]))
    assert lines == [
        *files,
        "p0 1, p1 1 and 7 more packages have changed",
        "the package q 1 is new",
        *(f"the package p{number} 1 has changed" for number in range(3)),
    ]
    explaining.explain([f"{number}.md is new" for number in range(30)], "books/ash", 3)
    assert capsys.readouterr().err.splitlines() == [
        "books/ash: 0.md is new",
        "books/ash: 1.md is new",
        "books/ash: 2.md is new",
        "books/ash: and 27 more",
    ]


def test_the_command_names_the_key_and_the_stages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    book, out = write_files(tmp_path / "book", {**FILES, "handbound.toml": SETTINGS}), tmp_path / "out"
    words = ["build", str(book), "-o", str(out), "-e", "html"]
    assert cli.main(words) == 0
    write_files(book, {"handbound.toml": SETTINGS.replace('"T"', '"Other"')})
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    capsys.readouterr()
    assert cli.main([*words, "--explain"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "build: the environment variable SOURCE_DATE_EPOCH is set now",
        "build: title has changed in handbound.toml",
    ]
    assert any(line.startswith("spelled: ") and "made again after a change of: " in line for line in lines)
    options = manifest.options(["html"], None, "", be_strict=False, must_run=False)
    assert manifest.compare(book, out, options).reasons in ((), ("option whether tools are required (CI) has changed",))
