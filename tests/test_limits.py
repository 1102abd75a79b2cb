"""Limits of time and memory: work that exceeds them stops, and nothing of them is left behind."""

from __future__ import annotations

import contextlib
import gc
import importlib
import signal
import sys
import threading
import time
import warnings
import weakref
from pathlib import Path

import pytest

from book import limits
from tests.making import write_files

MEBIBYTE = 1 << 20


def endless() -> None:
    while True:
        pass


def state() -> tuple[object, tuple[float, float]]:
    return signal.getsignal(signal.SIGPROF), signal.getitimer(signal.ITIMER_PROF)


def test_objects_that_the_caller_set_aside_for_the_collector_stay_aside() -> None:
    assert gc.get_freeze_count(), "those of pytest: conftest.py"
    often = gc.get_threshold()
    with limits.settled():
        assert gc.get_freeze_count()
        assert gc.get_threshold() == limits.SELDOM
    assert gc.get_freeze_count()
    assert gc.get_threshold() == often


def test_cycles_are_collected_only_where_a_process_has_grown_and_there_may_be_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory, young, collected = [100], [limits.LITTER + 1], list[int]()
    monkeypatch.setattr(limits, "_least", 0)
    monkeypatch.setattr(limits, "resident", lambda: memory[0])
    monkeypatch.setattr(gc, "get_count", lambda: (young[0], 0, 0))
    monkeypatch.setattr(gc, "collect", lambda: collected.append(1))
    for size in (100, 100 + limits.ROOM):
        memory[0] = size
        limits.tidy()
    assert not collected, "as large as it may become"
    memory[0], young[0] = 101 + limits.ROOM, limits.LITTER
    limits.tidy()
    assert not collected, "few objects"
    young[0] += 1
    limits.tidy()
    limits.tidy()
    assert len(collected) == 2


def test_what_has_no_end_is_ended_and_the_signal_is_what_it_was() -> None:
    before, began = state(), time.process_time()
    with pytest.raises(limits.Exceeded) as said, limits.within(seconds=0.2):
        endless()
    assert said.value.reason == "time"
    assert time.process_time() - began < 5
    assert state() == before


def test_an_exception_that_somebody_swallows_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATIENCE", 0.1)
    swallowed = 0
    with limits.within(seconds=0.1):
        while swallowed < 2:
            with contextlib.suppress(limits.Exceeded):
                endless()
            swallowed += 1


def test_memory_is_limited_on_top_of_what_there_is() -> None:
    before = state()
    with limits.within(seconds=60, mebibytes=300):
        assert len(b"x" * (50 * MEBIBYTE)) == 50 * MEBIBYTE
    held: list[bytearray] = []
    with pytest.raises(limits.Exceeded) as said, limits.within(seconds=60, mebibytes=100):
        held.extend(bytearray(b"x") * MEBIBYTE for _ in range(2000))
    assert said.value.reason == "memory"
    assert len(held) < 1000
    assert state() == before


def test_an_outer_limit_holds_inside_an_inner_one_and_after_it() -> None:
    with pytest.raises(limits.Exceeded) as said, limits.within(seconds=0.1), limits.within(seconds=60):
        endless()
    assert said.value.limit == "0.1 s"
    inner: list[str] = []

    def after() -> None:
        try:
            with limits.within(seconds=0.05):
                endless()
        except limits.Exceeded as error:
            inner.append(error.limit)
        endless()

    with pytest.raises(limits.Exceeded) as said, limits.within(seconds=0.2):
        after()
    assert inner == ["0.05 s"]
    assert said.value.limit == "0.2 s"


def test_a_handler_that_was_there_is_called_meanwhile_and_stays() -> None:
    calls: list[int] = []

    def count(number: int, _: object) -> None:
        calls.append(number)

    before = signal.signal(signal.SIGPROF, count)
    signal.setitimer(signal.ITIMER_PROF, 0.1)
    try:
        with pytest.raises(limits.Exceeded), limits.within(seconds=0.3):
            endless()
        assert len(calls) == 1, "as often as its own timer says"
        assert signal.getsignal(signal.SIGPROF) is count
        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
        signal.setitimer(signal.ITIMER_PROF, 30)
        with pytest.raises(limits.Exceeded), limits.within(seconds=0.1):
            endless()
        assert len(calls) == 1
        assert 20 < signal.getitimer(signal.ITIMER_PROF)[0] < 30
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def test_another_thread_is_left_alone() -> None:
    done: list[bool] = []

    def work() -> None:
        with limits.within(seconds=0.001):
            done.append(sum(range(100_000)) > 0)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_an_import_is_never_stopped_half_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end:\n    pass\nimport slow_package.part\n"
    write_files(tmp_path, {"slow_package/__init__.py": slow, "slow_package/part.py": "whole = True\n"})
    monkeypatch.syspath_prepend(tmp_path)

    def work() -> None:
        importlib.import_module("slow_package")
        endless()

    with pytest.raises(limits.Exceeded), limits.within(seconds=0.1):
        work()
    assert sys.modules.pop("slow_package").part is sys.modules.pop("slow_package.part")


def test_no_limit_is_raised_in_a_callback_of_a_weak_reference_where_python_would_forget_it() -> None:
    inside: list[bool] = []

    class Held:
        """Something that a set of weak references holds."""

    def work() -> None:
        while True:
            kept = weakref.WeakSet([Held() for _ in range(200)])
            inside.append(not kept)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(limits.Exceeded), limits.within(seconds=0.3):
            work()
    assert inside


def test_no_limit_is_raised_while_an_object_is_deleted() -> None:
    deleted: list[bool] = []

    class Slow:
        """Something that takes long to go."""

        def __del__(self) -> None:
            deleted.append(sum(range(20_000)) > 0)

    def work() -> None:
        while True:
            Slow()
            sum(range(2_000))  # one tick of the clock in ten comes here

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(limits.Exceeded), limits.within(seconds=0.3):
            work()
    assert deleted
