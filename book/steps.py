"""Pipelines of named steps, each of which takes the result of the one before: chained by type, run, timed, skipped by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

from msgspec import Struct

from book.stopwatch import used

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class Step(Struct, Generic[A, B], frozen=True, kw_only=True):
    """One step of a pipeline: a function from value to value."""

    name: str
    about: str
    """One line: its result."""
    run: Callable[[A], B]
    optional: bool = False
    """Whether it can be skipped: its result has the type of its argument, and the next steps do not need what it adds."""


class Chain(Struct, Generic[A, B], frozen=True, kw_only=True):
    """Steps in order, from a value of the type *A* to one of the type *B*.

    >>> double = Step(name="double", about="twice as much", run=lambda number: 2 * number)
    >>> spell = Step(name="spell", about="in digits", run=str)
    >>> walk(Chain.of(double).then(double).then(spell), 1)
    '4'
    """

    steps: tuple[Step[Any, Any], ...]

    @classmethod
    def of(cls, step: Step[A, B]) -> Chain[A, B]:
        """Return the chain of *step* alone."""
        return cls(steps=(step,))

    def then(self, step: Step[B, C]) -> Chain[A, C]:
        """Return the chain with one more *step*, which takes the result of the last one."""
        return Chain(steps=(*self.steps, step))


class Timing(Struct, frozen=True, kw_only=True):
    """How long one step took."""

    step: str
    about: str
    wall: float
    """Wall time in seconds."""
    cpu: float
    """Processor time in seconds, including processes that ended meanwhile."""


Timed = Callable[[Timing], None]
"""Receives the time that each step took."""


def untimed(_: Timing) -> None:
    """Ignore the timing."""


def walk(chain: Chain[A, B], value: A, *, skip: Collection[str] = (), timed: Timed = untimed) -> B:
    """Return the result of *chain* for *value*.

    Args:
        chain: the steps.
        value: argument of the first step.
        skip: names of steps to leave out; see :func:`check_skipped`.
        timed: called with the time that each step took.
    """
    result: Any = value
    for step in chain.steps:
        if step.name not in skip:
            wall, cpu = time.perf_counter(), used()
            result = step.run(result)
            timed(Timing(step=step.name, about=step.about, wall=time.perf_counter() - wall, cpu=used() - cpu))
    last: B = result
    return last


def check_skipped(skip: Collection[str], optional: Collection[str]) -> None:
    """Raise ValueError if a name in *skip* is not in *optional*."""
    for name in skip:
        if name not in optional:
            raise ValueError(f"the step {name!r} cannot be skipped; these can: {', '.join(optional)}")
