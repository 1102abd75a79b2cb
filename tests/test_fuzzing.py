"""The fuzz framework: it runs until its time is up, finds failures, and reports them with a small input."""

from __future__ import annotations

import re
import resource

import hypothesis
import pytest
from hypothesis import strategies as st

from book.problems import BookError, Kind, Place, Severity
from tests.fuzzing import LEAST, Fuzz, TooSlow, Wordless, bounded, from_environment, mutated

FAULT = Kind("S199", Severity.ERROR, "a fault for this test")


def short() -> Fuzz:
    return Fuzz(seconds=0.2)


def test_inputs_that_pass_are_counted() -> None:
    seen: list[str] = []
    assert short()(mutated(["a = 1\n"], ["[", '"']), seen.append) == len(seen) >= LEAST
    assert len(set(seen)) > 1


def test_the_same_seed_gives_the_same_inputs() -> None:
    def drawn(seed: int) -> list[str]:
        seen: list[str] = []
        Fuzz(seconds=0, seed=seed)(mutated(["title = 1\n"], ["[", '"']), seen.append)
        return seen

    assert drawn(3) == drawn(3)


def test_a_problem_is_an_answer() -> None:
    def refuse(_: str) -> None:
        raise BookError(FAULT.at(Place(path="a"), "no"))

    assert short()(st.text(), refuse) > 0


def test_a_refusal_without_a_problem_fails() -> None:
    def refuse(_: str) -> None:
        raise BookError(())

    with pytest.raises(Wordless, match="did not say why"):
        short()(st.text(), refuse)


def test_any_other_exception_fails_with_the_smallest_input() -> None:
    def trip(text: str) -> None:
        if "[[" in text:
            raise KeyError(text)

    with pytest.raises(KeyError) as raised:
        Fuzz(seconds=20)(mutated(["some words\nand more\n"], ["[", "x"]), trip)
    assert len(raised.value.args[0]) <= len("some words\nand more\n[[")
    assert any("[[" in note for note in raised.value.__notes__)


def test_an_endless_input_is_stopped() -> None:
    def endless(number: int) -> None:
        while number >= 0:
            pass

    with pytest.raises(TooSlow, match=r"more than 0\.1 s"):
        short()(st.just(1), endless, cpu=0.1)


def test_an_endless_regular_expression_is_stopped() -> None:
    with pytest.raises(TooSlow), bounded(0.2, 64):
        re.match(r"(a+)+$", "a" * 60 + "b")


def test_a_greedy_input_is_stopped() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(MemoryError):
        short()(
            st.just(1), lambda _: bytearray(2 << 30), mebibytes=50
        )  # more than the process has, and could give back
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_the_environment_sets_the_time_to_fuzz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDBOUND_FUZZ_SECONDS", "600")
    monkeypatch.setenv("HANDBOUND_FUZZ_SEED", "7")
    assert from_environment() == Fuzz(seconds=600, seed=7)
    monkeypatch.setenv("HANDBOUND_FUZZ_SECONDS", "")
    assert from_environment().seconds == 0.25


def test_bytes_are_mutated_too() -> None:
    assert isinstance(hypothesis.find(mutated([b"abc"], [b"\xff"]), lambda data: b"\xff" in data), bytes)
