"""Calls that travel between processes: framed, pickled, and answered with a value, the errors of a book, or an exception.

What arrives comes from a process that this one started, or from one that it was started by: nothing else may send a pickle.
"""

from __future__ import annotations

import copyreg
import pickle
import traceback
from collections.abc import Callable
from types import MappingProxyType
from typing import IO, Any

from book.problems import BookError

ANSWER = b"a"
NOTE = b"n"
HEAD = 9
"""Bytes before the content of a frame."""
VALUE, ERROR, CRASH, DEATH = "value", "error", "crash", "death"


class Crash(RuntimeError):
    """An error in another process whose exception cannot be pickled."""


class Death(Exception):
    """A process ended before it answered."""

    def __init__(self, status: int | None, words: str) -> None:
        """Store the exit *status*, None if nobody knows it, and the last line of output."""
        self.status, self.words = status, words
        super().__init__(f"ended with status {status}: {words}" if status is not None else f"was lost: {words}")


def send(pipe: IO[bytes], kind: bytes, data: bytes) -> None:
    """Write a frame: *kind*, the size of *data*, and *data*."""
    pipe.write(kind + len(data).to_bytes(HEAD - 1, "big"))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Return kind and content of the next frame; None if the pipe has ended."""
    head = pipe.read(HEAD)
    size = int.from_bytes(head[1:], "big")
    data = pipe.read(size) if len(head) == HEAD else b""
    return (head[:1], data) if len(head) == HEAD and len(data) == size else None


def value_of(answer: bytes) -> Any:
    """Return what a call returned, or raise what it raised."""
    kind, value = pickle.loads(answer)  # noqa: S301 - from a process of ours
    if kind == ERROR:
        error, problems = value
        raise error(problems)
    if kind == DEATH:
        raise Death(*value)
    if kind == CRASH:
        fault: Exception = value[0]
        fault.add_note(f"In another process:\n{value[1]}")
        raise fault
    return value


def answer_to(call: bytes) -> bytes:
    """Return the pickled answer to a pickled *call*."""
    answer: tuple[str, object]
    try:
        function, args, kwargs = pickle.loads(call)  # noqa: S301 - from a process of ours
        answer = (VALUE, function(*args, **kwargs))
    except BookError as error:
        answer = (ERROR, (type(error), error.problems))
    except Exception as error:  # noqa: BLE001 - raised again on the other side
        answer = (CRASH, (_travelling(error), traceback.format_exc()))
    return pickled(answer)


def _travelling(error: Exception) -> Exception:
    """Return *error*, or a :class:`Crash` with the same text if it cannot be pickled and rebuilt."""
    try:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - from a process of ours
    except Exception:  # noqa: BLE001 - an exception class may do anything when it is made
        again = None
    return error if type(again) is type(error) else Crash(f"{type(error).__name__}: {error}")


def pickled(value: object) -> bytes:
    """Return *value* as a pickle, read-only tables in it too."""
    copyreg.pickle(MappingProxyType, _plain)
    return pickle.dumps(value)


def _plain(
    table: MappingProxyType[Any, Any],
) -> tuple[Callable[[dict[Any, Any]], MappingProxyType[Any, Any]], tuple[dict[Any, Any]]]:
    """Return how to rebuild a read-only table, which Python cannot pickle."""
    return _read_only, (dict(table),)


def _read_only(table: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(table)
