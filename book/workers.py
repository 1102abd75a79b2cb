"""Pools: threads that wait for external programs, and :class:`Processes`, an executor that runs each call in its own process.

Functions that take a pool accept any ``concurrent.futures.Executor``. The standard process pool would break three guarantees
(tried with Python 3.11, start method ``spawn``):

* A process that dies (out of memory, killed) breaks the whole pool: every waiting call ends with ``BrokenProcessPool``, without
  the exit status and last output of the process. Here only its own call fails, and reports both.
* The new process runs the main script of the program again, so a script that calls ``book.publish`` without the guard
  ``if __name__ == "__main__"`` fails; here it works.
* Unless ``PYTHONSAFEPATH`` is set, it imports ``pickle.py`` from the current folder, and it always inherits the search path of the
  parent. Here neither can happen.
"""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
import resource
import subprocess
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from book import surroundings
from book.problems import BookError

THREADS = 4
"""Threads that only wait: pandoc runs in processes of its own."""
CORES = min(4, os.cpu_count() or 1)
"""The number of external programs that run in parallel."""
SPARE = 60
"""Seconds of processor time that a process may take beyond the limit of its work, for its start and for reporting an error."""

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")


class Crash(RuntimeError):
    """An error in another process whose exception cannot be pickled."""


class Death(Exception):
    """A process ended before it answered."""

    def __init__(self, status: int, words: str) -> None:
        """Store the exit *status* and the last line of output."""
        self.status, self.words = status, words
        super().__init__(f"ended with status {status}: {words}")


@contextlib.contextmanager
def in_order(
    pool: Executor, call: Callable[[T], U], values: Iterable[T], stop: Callable[[], None], ahead: int | None = None
) -> Iterator[Iterator[U]]:
    """Yield the results of *call* for *values*, in order, computed in *pool*; if the block ends early, do not wait for the rest.

    Args:
        pool: the pool; it is shut down at the end.
        call: the function to call.
        values: its arguments, one per call.
        stop: ends whatever the running calls wait for.
        ahead: the most calls that are started before their results are needed; None: all of them.
    """
    try:
        yield pool.map(call, values) if ahead is None else _ahead(pool, call, values, ahead)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        stop()
        raise
    pool.shutdown()


def _ahead(pool: Executor, call: Callable[[T], U], values: Iterable[T], most: int) -> Iterator[U]:
    """Yield the results of *call* for *values*, in order, with at most *most* calls beyond the one that is wanted."""
    calls: deque[Future[U]] = deque()
    for value in values:
        calls.append(pool.submit(call, value))
        if len(calls) > most:
            yield calls.popleft().result()
    while calls:
        yield calls.popleft().result()


class Processes(Executor):
    """Runs each call in a new interpreter. Arguments and results are pickled; exceptions keep their traceback.

    Nothing is imported from the current folder, even if PYTHONPATH contains it.
    """

    def __init__(self, most: int, seconds: int) -> None:
        """Make a pool without processes: each one is started for its call.

        Args:
            most: the number of calls that run at a time.
            seconds: processor time for the work of a call; :data:`SPARE` seconds later its process is killed.
        """
        self._threads = ThreadPoolExecutor(most)  # they only wait
        self._seconds = seconds
        self._running: set[subprocess.Popen[bytes]] = set()
        self._over = threading.Event()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future result of ``fn(*args, **kwargs)``; *fn* must be a function at the top level of a module.

        Its exceptions are those of the function, with their traceback as a note, and :class:`Death`.
        """
        return self._threads.submit(self._called, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the pool; with *cancel_futures*, kill its processes, too."""
        if cancel_futures:
            self._over.set()
            for process in tuple(self._running):
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def _called(self, function: Callable[..., T], args: tuple[object, ...], kwargs: Mapping[str, object]) -> T:
        """Return the result of *function* in a process of its own."""
        # Not -m: classes pickled there would belong to a module __main__. -P: files in the current folder (a pickle.py of the book) must
        # not be imported as modules. The folder of our own package comes last, for a checkout.
        words = "import sys; sys.path.append(sys.argv[1]); from book.workers import main; main(int(sys.argv[2]))"
        command = [sys.executable, "-P", "-c", words, surroundings.HOME, str(self._seconds + SPARE)]
        with subprocess.Popen(  # noqa: S603 - this very program
            command,
            env=surroundings.safe(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            self._running.add(process)
            if self._over.is_set():
                process.kill()
            try:
                answer, log = process.communicate(_pickled((function, args, kwargs)))
            finally:
                self._running.discard(process)
        try:
            kind, value = pickle.loads(answer)  # noqa: S301 - our own words to ourselves, on this machine
        except (pickle.UnpicklingError, EOFError) as error:
            last = (log.decode("utf-8", "replace").strip().splitlines() or ["no word"])[-1]
            raise Death(process.returncode, last) from error
        if kind is Crash:
            fault: Exception = value[0]
            fault.add_note(f"In another process:\n{value[1]}")
            raise fault
        if kind is not None:
            raise kind(value)
        result: T = value
        return result


def main(seconds: int) -> None:
    """Read a call from standard input, and answer it; take at most *seconds* of processor time."""
    # Anything that a library prints must not get between the answers.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # The limit of the work stops Python code; this one ends a process that does not return from a library.
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds if most == resource.RLIM_INFINITY else min(seconds, most), most))
    answer: tuple[type | None, object]
    try:
        function, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 - as above
        answer = (None, function(*args, **kwargs))
    except BookError as error:
        answer = (type(error), error.problems)
    except Exception as error:  # noqa: BLE001 - raised again on the other side
        answer = (Crash, (_travelling(error), traceback.format_exc()))
    out.write(_pickled(answer))
    out.close()


def _travelling(error: Exception) -> Exception:
    """Return *error*, or a :class:`Crash` with the same text if it cannot be pickled and rebuilt."""
    try:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - as above
    except Exception:  # noqa: BLE001 - an exception class may do anything when it is made
        again = None
    return error if type(again) is type(error) else Crash(f"{type(error).__name__}: {error}")


def _pickled(value: object) -> bytes:
    copyreg.pickle(MappingProxyType, _plain)
    return pickle.dumps(value)


def _plain(
    table: MappingProxyType[Any, Any],
) -> tuple[Callable[[dict[Any, Any]], MappingProxyType[Any, Any]], tuple[dict[Any, Any]]]:
    """Return how to rebuild a read-only table, which Python cannot pickle."""
    return _read_only, (dict(table),)


def _read_only(table: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(table)
