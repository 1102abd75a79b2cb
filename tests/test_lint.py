"""An editor's checks that the cases in tests/books/lint.md cannot show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from book import cache, cli, lint, press, seal
from book.lint.spelling import misspelt
from book.lint.variants import pairs
from book.markdown import pandoc
from book.problems import Problem, Severity
from book.settings import PATTERNS
from tests.making import write_book

EVERY = lint.Choice(ignore=(), severity=Severity.WARNING)


def found(book: Path, choice: lint.Choice = EVERY) -> list[Problem]:
    return [
        problem for problem in press.read(book, dated=False, checks=choice).problems if problem.code.startswith("N")
    ]


SLIPS = (
    "recieve seperate definately occured untill accomodate goverment enviroment neccessary begining concious "
    "publically suprise wierd acheive beleive existance foriegn freind gaurd happend immediatly independant "
    "knowlege occassion persue posession prefered recomend refered succesful truely unfortunatly writting"
).split()


def test_most_typing_errors_are_reported_with_the_intended_word(tmp_path: Path) -> None:
    book = write_book(tmp_path / "b", "# One\n\n" + "\n".join(f"We {word} it here.\n" for word in SLIPS))
    told = {re.findall(r"“(\w+)”", problem.message)[0] for problem in found(book)}
    assert told <= set(SLIPS)
    assert len(told) >= 0.8 * len(SLIPS), sorted(set(SLIPS) - told)
    (first,) = [problem for problem in found(book) if "recieve" in problem.message]
    assert first.fix.startswith('did you mean receive? Else put it into words = ["recieve"]')
    assert (first.place.line, first.place.column) == (3, 4)


def test_jargon_names_code_and_british_words_are_not_reported(tmp_path: Path) -> None:
    text = (
        "The onboarding of frontend and backend teams, their roadmap, analytics and learnings; repo, config, async, linter, siloed. "
        "We organise, analyse and prioritise the behaviour, colour and modelling of its organisations. `recieve` is code. "
        "Recieve is a name at Recieve Ltd, www.recieve.com and recieve@example.org are addresses."
    )
    assert found(write_book(tmp_path / "b", f"# One\n\n{text}\n")) == []


def test_a_word_that_the_book_defines_is_not_a_spelling_mistake(tmp_path: Path) -> None:
    text = "# One\n\nA seperate one. A gaurd.\n\nA recieve, a recieve, a recieve.\n"
    settings = 'title = "T"\n[lint]\nwords = ["seperate"]\n'
    assert [problem.message for problem in found(write_book(tmp_path / "b", text, settings))] == [
        "“gaurd” is in no dictionary"
    ]


def test_words_are_looked_up_in_the_language_of_their_chapter(tmp_path: Path) -> None:
    files = {
        "a.md": "---\nlang: de\n---\n# Eins\n\nDas ist eine Herausforderung, und zwar wirklich zusätzlich. Das ist zusätzlcih.\n"
    }
    assert ["zusätzlcih" in problem.message for problem in found(write_book(tmp_path / "b", files))] == [True]
    files = {"a.md": "---\nlang: fi\n---\n# Yksi\n\nTämä on seperate.\n"}
    assert found(write_book(tmp_path / "c", files)) == []


def test_a_build_reports_slips_as_notes_and_opens_no_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        pytest.fail("a dictionary was opened")

    monkeypatch.setattr("book.lint.spelling._dictionary", opened)
    book = write_book(tmp_path / "b", "# One\n\nTODO: seperate.\n")
    assert [(problem.code, problem.severity) for problem in found(book, lint.IN_A_BUILD)] == [("N101", Severity.NOTE)]


def test_only_and_ignore_choose_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = write_book(tmp_path / "b", "# One\n\nTODO: click here here.\n")
    every = {"N101", "N105", "N106"}
    for words, codes in (
        ([], every),
        (["--only", "placeholder"], {"N101"}),
        (["--only", "placeholder", "--only", "web-only"], {"N101", "N105"}),
        (["--ignore", "web-only"], every - {"N105"}),
    ):
        assert cli.main(["lint", str(book), *words]) == 0
        assert set(re.findall(r": (N\d+) ", capsys.readouterr().out)) == codes
    assert cli.main(["lint", str(book), "--only", "placeholders"]) == 2
    assert "did you mean placeholder?" in capsys.readouterr().err
    assert cli.main(["lint", str(book), "--strict"]) == 1


def test_lint_uses_the_cache_of_a_build_and_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '# One\n\nTODO: click here here, seperate.[^9] "Quotes" [gone](gone.md)\n'
    book = write_book(tmp_path / "b", {"a.md": text, "b.md": "# Two\n\nHello.\n"})
    monkeypatch.chdir(tmp_path)

    def told(*words: str) -> str:
        assert cli.main(["lint", "b", *words]) == 0
        return capsys.readouterr().out

    first = told()
    assert "N101" in first
    assert not Path("build").exists()
    (tmp_path / "strange" / ".cache").mkdir(parents=True)
    assert told("-o", "strange") == first
    assert list((tmp_path / "strange" / ".cache").iterdir()) == []
    assert press.build(book, Path("build"), editions=["html"]).status == 0
    assert told() == first
    with monkeypatch.context() as patch:
        patch.setattr(pandoc, "_ran", lambda *_: pytest.fail("pandoc read a chapter again"))
        assert told() == told("-o", "build") == first
    (book / "b.md").write_text("# Two\n\nTODO: more.\n", "utf-8")
    assert "b/b.md:3:1: N101" in told()
    for path in Path("build", seal.CACHE, "tree").iterdir():
        forged = b'{"blocks": [{"t": "Para"}, 3]}'
        path.write_bytes(cache._seal("tree", path.name, forged) + forged)
    (book / "b.md").write_text("# Two\n\nHello.\n", "utf-8")
    for stage in ("excerpts", "chapters"):
        shutil.rmtree(Path("build", seal.CACHE, stage))
    assert told() == first


def test_help_and_settings_know_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["lint", "--help"])
    text = capsys.readouterr().out
    assert re.findall(r"^  ([a-z-]+)  +\S", text.partition("checks:")[2].partition("exit status")[0], re.M) == list(
        lint.NAMES
    )
    assert PATTERNS["lint.ignore"][0].split("|") == list(lint.NAMES)


def test_every_pair_of_spellings_is_found_in_both_and_is_two_words() -> None:
    for language in ("en", "de", "fr", "es", "pt", "nl"):
        assert pairs(language)
        for one, other, pattern in pairs(language):
            assert [bool(match[1]) for match in pattern.finditer(f"{one} {other}")] == [True, False], (one, other)
    assert pairs("fi") == ()


def test_an_empty_text_has_no_spelling_mistakes(tmp_path: Path) -> None:
    assert list(misspelt((), press.read(write_book(tmp_path / "b", "# One\n")).settings.lint)) == []
