"""Steps: a pipeline as a tuple of named functions from value to value, walked, timed, and cut short by name."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[V]):
    """One step of a pipeline."""

    name: str
    about: str
    """One line: what comes of it."""
    run: Callable[[V], V]
    optional: bool = False
    """Whether it can be skipped: what comes of it is an addition, and the steps that follow do without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long one step took."""

    step: str
    about: str
    wall: float
    """Seconds by the clock."""
    cpu: float
    """Seconds of processor time, those of processes that ended meanwhile included."""


Timed = Callable[[Timing], None]
"""Is told how long each step took."""


def untimed(_: Timing) -> None:
    """Keep no time."""


def walk(
    steps: Iterable[Step[V]],
    value: V,
    *,
    skip: Collection[str] = (),
    timed: Timed = untimed,
    done: Callable[[V], bool] = lambda _: False,
) -> V:
    """Return what comes of *value* when it has gone through *steps*.

    Args:
        steps: in order.
        value: what the first takes.
        skip: names of steps that are left out; see :func:`check_skipped`.
        timed: told how long each step took.
        done: says of a value that the steps which are left have nothing to do.

    >>> double = Step(name="double", about="twice as much", run=lambda number: 2 * number)
    >>> walk((double, double), 1)
    4
    """
    for step in steps:
        if done(value):
            break
        if step.name not in skip:
            wall, cpu = time.perf_counter(), _cpu()
            value = step.run(value)
            timed(Timing(step=step.name, about=step.about, wall=time.perf_counter() - wall, cpu=_cpu() - cpu))
    return value


def until(steps: tuple[Step[V], ...], name: str) -> tuple[Step[V], ...]:
    """Return *steps* up to the one called *name*; all of them when it is empty.

    Raises:
        ValueError: there is none called so.
    """
    names = [step.name for step in steps]
    if name and name not in names:
        raise ValueError(f"there is no step {name!r}; the steps are: {', '.join(names)}")
    return steps[: names.index(name) + 1] if name else steps


def check_skipped(skip: Collection[str], optional: Collection[str]) -> None:
    """Raise ValueError when a name of *skip* is not that of an *optional* step."""
    for name in skip:
        if name not in optional:
            raise ValueError(f"the step {name!r} cannot be skipped; these can: {', '.join(optional)}")


def _cpu() -> float:
    """Return the seconds of processor time that this process and those that it waited for have taken."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
