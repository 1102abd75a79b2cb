"""The pipeline as named steps: listed, timed, stopped early, and skipped by name."""

from __future__ import annotations

import ast
import inspect
import re
from itertools import pairwise
from pathlib import Path

import pytest

from book import cli, press, reading, steps
from book.problems import SettingsError
from book.steps import Chain, Step, Timing
from tests.loops import some

FORMULA = "# One\n\nThe sum $a+b$ and ![a dot](dot.svg).\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "handbound.toml").write_text('title = "Steps"\nslug = "steps"\nmath = true\ncover = "dot.svg"\n', "utf-8")
    (folder / "dot.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="3"/></svg>', "utf-8"
    )
    (folder / "one.md").write_text(FORMULA, "utf-8")
    return folder


def test_every_step_is_a_function_with_a_sentence_and_a_name_of_its_own() -> None:
    names = [step.name for step in press.STEPS]
    assert len(names) == len(set(names))
    for step in press.STEPS:
        assert step.run.__module__ == ("book.reading" if step in press.READING.steps else "book.press")
        assert (inspect.getdoc(step.run) or "").endswith(".")
        assert 0 < len(step.about) < 80
    assert press.OPTIONAL == ("formulas", "lint", "cover", "coverage")


def test_the_press_reads_from_top_to_bottom() -> None:
    """The functions of the steps are in the two files in the order in which they run."""
    trees = [ast.parse(Path(inspect.getfile(module)).read_text("utf-8")) for module in (reading, press)]
    written = [node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    ran = [step.run.__name__ for step in press.STEPS]
    assert [name for name in written if name in ran] == ran


def add(number: int) -> Step[int, int]:
    return Step(name=f"add {number}", about="", run=lambda value: value + number)


def test_a_chain_is_walked_from_value_to_value() -> None:
    chain = Chain.of(add(1)).then(add(2)).then(Step(name="spell", about="", run=str))
    timings: list[Timing] = []
    assert steps.walk(chain, 0, timed=timings.append) == "3"
    assert [timing.step for timing in timings] == ["add 1", "add 2", "spell"]
    assert all(timing.wall >= 0 and timing.cpu >= 0 for timing in timings)
    assert steps.walk(chain, 0, skip=("add 2",)) == "1"


def test_each_step_takes_what_the_previous_step_returns() -> None:
    for chain in (press.READING, press.CHOOSING, press.PRINTING):
        hints = [inspect.get_annotations(step.run) for step in chain.steps]
        for before, after in some(pairwise(hints)):
            (taken,) = (hint for name, hint in after.items() if name != "return")
            assert before["return"] == taken
    for step in press.STEPS:
        if step.optional:
            assert len(set(inspect.get_annotations(step.run).values())) == 1


def test_a_step_that_is_skipped_is_done_without(source: Path) -> None:
    whole = press.read(source)
    bare = press.read(source, skip=("formulas", "cover"))
    assert whole.problems == bare.problems == ()
    assert whole.book.cover is not None
    assert bare.book.cover is None
    spelled = [read.book.spine[0].body.spell() for read in (whole, bare)]
    assert ["<math" in text for text in spelled] == [True, False]
    assert "a+b" in spelled[1]


@pytest.mark.parametrize("name", ["compose", "prove", "publish", "nothing"])
def test_what_must_not_be_skipped_is_refused(name: str, source: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=f"the step '{name}' cannot be skipped; these can: formulas, lint, cover, coverage"
    ):
        press.build(source, tmp_path / "out", skip=(name,))


def test_a_verbose_build_prints_how_long_each_step_took(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["build", str(source), "-o", str(tmp_path / "out"), "-e", "html"]
    assert cli.main(words) == 0
    assert "of CPU" not in capsys.readouterr().err
    assert cli.main([*words, "-v", "--force"]) == 0
    lines = re.findall(r"(?m)^(\w+) +\d+\.\d\d s, +\d+\.\d\d s of CPU  (.+)$", capsys.readouterr().err)
    assert lines == [(step.name, step.about) for step in press.STEPS]
    assert "CPU" not in (tmp_path / "out" / "report.json").read_text("utf-8")


def test_a_book_with_errors_ends_before_anything_is_made(source: Path, tmp_path: Path) -> None:
    (source / "one.md").write_text("# One\n\n[run](javascript:alert(1))\n", "utf-8")
    timings: list[Timing] = []
    result = press.build(source, tmp_path / "out", editions=["html"], timed=timings.append, be_strict=True)
    assert result.status == 1
    assert timings[-1].step == "coverage"


def test_the_command_lists_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["build", "--steps"])
    assert stop.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [step.name for step in press.STEPS]
    assert [line.split()[0] for line in lines if line.endswith("(optional)")] == list(press.OPTIONAL)


def test_an_unknown_edition_is_reported_before_the_book_is_read(source: Path, tmp_path: Path) -> None:
    timings: list[Timing] = []
    with pytest.raises(SettingsError, match="there is no edition 'pfd'"):
        press.build(source, tmp_path / "out", editions=["pfd"], timed=timings.append)
    assert timings == []
