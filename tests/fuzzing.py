"""Fuzz tests that end when their time is up: inputs from Hypothesis, bounds on time and memory, and a small input where one fails.

    def test_no_settings_end_in_a_traceback(fuzz: Fuzz) -> None:
        fuzz(mutated(SEEDS, WORDS), lambda text: read_settings(text))

A trial passes when it returns, or raises a BookError with at least one problem: that is how the press says no. Everything else
fails: another exception, more processor time or memory than an input may take. Hypothesis then looks for the smallest input that
fails and prints it.

The environment says how long and where to begin: HANDBOUND_FUZZ_SECONDS (0.25 for each test; `nox -s torture` says 600) and
HANDBOUND_FUZZ_SEED (0). One seed gives the same inputs in the same order on every machine; how many of them fit in the time differs.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TypeVar

import hypothesis
from hypothesis import strategies as st
from msgspec import Struct

from book.problems import BookError

SECONDS = "HANDBOUND_FUZZ_SECONDS"
SEED = "HANDBOUND_FUZZ_SEED"
ROUND = 100
"""The number of inputs that Hypothesis draws with one seed before it takes the next one."""
LEAST = 10
"""The number of inputs that are tried however slow the machine is."""

T = TypeVar("T")
Text = TypeVar("Text", str, bytes)


class TooSlow(AssertionError):
    """An input took more processor time than the limit."""


class Wordless(AssertionError):
    """An input was refused without a problem."""


class Fuzz(Struct, frozen=True, kw_only=True):
    """Tries inputs until the time is up."""

    seconds: float
    """Wall time to continue, in seconds."""
    seed: int = 0

    def __call__(
        self, inputs: st.SearchStrategy[T], trial: Callable[[T], object], *, cpu: float = 10, mebibytes: int = 512
    ) -> int:
        """Try *inputs* one after the other and return how many there were.

        Args:
            inputs: what Hypothesis draws from.
            trial: is given one input; may raise BookError.
            cpu: seconds of this process's processor time that one input may take.
            mebibytes: that one input may take beside what the process has already.

        Raises:
            TooSlow: an input took too long.
            Wordless: the press said no without a problem.
            BaseException: whatever else the trial raises, with the smallest input in a note.
        """
        ends = time.monotonic() + self.seconds
        tried = 0
        failed = False

        def once(value: T) -> None:
            nonlocal tried, failed
            # After a failure, Hypothesis searches for a smaller one, even when the time is up.
            if time.monotonic() > ends and tried >= LEAST and not failed:
                return
            tried += 1
            try:
                with bounded(cpu, mebibytes):
                    _refused(trial, value)
            except BaseException:
                failed = True
                raise

        number = self.seed
        while tried < LEAST or time.monotonic() < ends:
            settings = hypothesis.settings(
                max_examples=ROUND,
                deadline=None,
                derandomize=False,
                database=None,
                suppress_health_check=list(hypothesis.HealthCheck),
                report_multiple_bugs=False,
                print_blob=False,
            )
            hypothesis.seed(number)(settings(hypothesis.given(inputs)(once)))()
            number += 1
        return tried


def _refused(trial: Callable[[T], object], value: T) -> None:
    try:
        trial(value)
    except BookError as error:
        if not error.problems:
            raise Wordless("the press said no and did not say why") from error


@contextlib.contextmanager
def bounded(cpu: float, mebibytes: int) -> Iterator[None]:
    """Run what is inside with so many seconds of this process's processor time, and so much more memory than it has.

    Processes that it starts get the same bound of memory. Only the main thread can be stopped.

    Raises:
        TooSlow: the time is up.
        MemoryError: from inside, at the bound of memory.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"one input took more than {cpu} s of processor time")

    before = resource.getrlimit(resource.RLIMIT_DATA)
    now = re.search(r"^VmData:\s+(\d+) kB$", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    assert now
    most = (int(now[1]) << 10) + (mebibytes << 20)
    earlier = signal.signal(signal.SIGPROF, stop)
    resource.setrlimit(resource.RLIMIT_DATA, (most if before[1] < 0 else min(most, before[1]), before[1]))
    signal.setitimer(signal.ITIMER_PROF, cpu)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_DATA, before)
        signal.signal(signal.SIGPROF, earlier)


def from_environment() -> Fuzz:
    """Return the fuzz that the environment asks for."""
    return Fuzz(seconds=float(os.environ.get(SECONDS) or 0.25), seed=int(os.environ.get(SEED) or 0))


def mutated(seeds: Sequence[Text], words: Sequence[Text], *, most: int = 8) -> st.SearchStrategy[Text]:
    """Return variants of *seeds* in which pieces are cut out, repeated, moved, or replaced by one of *words*.

    Args:
        seeds: sound inputs, the simplest first.
        words: what an attacker or a slip of the hand would write; for bytes also bytes that are no text.
        most: changes of one input.
    """
    assert seeds
    assert words
    places = st.integers(0, 1 << 16)
    changes = st.tuples(
        st.sampled_from(("put", "replace", "cut", "repeat", "move", "many")), places, places, st.sampled_from(words)
    )

    def changed(seed: Text, steps: list[tuple[str, int, int, Text]]) -> Text:
        text = seed
        for kind, first, length, word in steps:
            at = first % (len(text) + 1)
            end = min(len(text), at + length % 40)
            piece = text[at:end]
            if kind == "put":
                text = text[:at] + word + text[at:]
            elif kind == "replace":
                text = text[:at] + word + text[end:]
            elif kind == "cut":
                text = text[:at] + text[end:]
            elif kind == "repeat":
                text = text[:end] + piece * (length % 7) + text[end:]
            elif kind == "many":
                text = text[:at] + word * (length % 200) + text[at:]
            else:
                text = piece + text[:at] + text[end:]
        return text

    return st.builds(changed, st.sampled_from(seeds), st.lists(changes, max_size=most))
