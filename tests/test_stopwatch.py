"""Times of pieces of work: taken only while somebody asks, and added up by kind and name."""

from __future__ import annotations

import pytest

from book import stopwatch


def test_work_is_added_up_by_kind_and_name() -> None:
    with stopwatch.timed("reading", "a.md"):
        pass
    with stopwatch.watching() as times:
        for name in ("a.md", "b.md", "a.md"):
            with stopwatch.timed("reading", name):
                sum(range(1000))
        stopwatch.add("edition", "pdf", 3.0, 2.0)
    with stopwatch.timed("reading", "a.md"):
        pass
    assert {key: time.calls for key, time in times.items()} == {
        ("reading", "a.md"): 2,
        ("reading", "b.md"): 1,
        ("edition", "pdf"): 1,
    }
    assert (times["edition", "pdf"].wall, times["edition", "pdf"].cpu) == (3.0, 2.0)
    assert all(time.wall > 0 and time.cpu >= 0 for time in times.values())


def test_work_that_fails_is_timed_too() -> None:
    with stopwatch.watching() as times, pytest.raises(ValueError, match="no"), stopwatch.timed("reading", "a.md"):
        raise ValueError("no")
    assert times["reading", "a.md"].calls == 1


def test_what_is_measured_is_returned() -> None:
    value, wall, cpu = stopwatch.measured(lambda: sum(range(1000)))
    assert value == 499500
    assert wall > 0
    assert cpu >= 0
