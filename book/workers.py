"""Pools: threads that wait for external programs, and executors whose calls run in another interpreter.

Functions that take a pool accept any ``concurrent.futures.Executor``. :class:`Processes` runs calls on this machine;
:class:`Elsewhere` passes them on to another executor, such as that of a Dask cluster. Either way, each call runs in an interpreter that
runs nothing else meanwhile. The standard process pool would break three guarantees (tried with Python 3.11, start method ``spawn``):

* A process that dies (out of memory, killed) breaks the whole pool: every waiting call ends with ``BrokenProcessPool``, without
  the exit status and last output of the process. Here only its own call fails, and reports both.
* The new process runs the main script of the program again, so a script that calls ``book.publish`` without the guard
  ``if __name__ == "__main__"`` fails; here it works.
* Unless ``PYTHONSAFEPATH`` is set, it imports ``pickle.py`` from the current folder, and it always inherits the search path of the
  parent. Here neither can happen.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import pickle
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from types import FrameType
from typing import IO, Any, NoReturn, ParamSpec, TypeVar

from book import limits, stopping, surroundings
from book.calls import ANSWER, DEATH, NOTE, Death, answer_to, pickled, receive, send, value_of

THREADS = 4
"""Threads that only wait: pandoc runs in processes of its own."""
CORES = min(4, os.cpu_count() or 1)
"""The number of external programs that run in parallel; in a process of a pool, its share, set before other modules are imported."""
SPARE = 60
"""Seconds of processor time that a process may take beyond the limit of its work, for its start and for reporting an error."""
CALLS = 60
"""The number of calls after which a process is replaced, so that the memory that its libraries keep does not grow without end."""
GRACE = 3
"""Seconds that a process has to clean up when it is asked to end."""

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")

Hear = Callable[[object], None]
"""Receives the values that a running call passes to :func:`tell`; called in a thread of the pool."""


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
    """Runs its calls in other interpreters. Arguments and results are pickled; exceptions keep their traceback.

    Nothing is imported from the current folder, even if PYTHONPATH contains it.
    """

    def __init__(
        self,
        most: int,
        seconds: int | None = None,
        *,
        hear: Hear | None = None,
        interpreters: Interpreters | None = None,
    ) -> None:
        """Make a pool without processes: they are started when they are needed.

        Args:
            most: the number of calls that run at a time; each has its share of the cores.
            seconds: processor time for the work of a call; :data:`SPARE` seconds later its process is killed. With a limit, each
                call has a new process; without one, a process runs one call after the other.
            hear: receives the values that calls :func:`tell`.
            interpreters: what runs the calls, if the caller keeps it for another pool; else it ends with this one.
        """
        self._threads = ThreadPoolExecutor(most)  # they only wait
        self._seconds, self._hear = seconds, hear
        self._cores = max(1, CORES // most)
        self._interpreters, self._kept = interpreters or Interpreters(), interpreters is not None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future result of ``fn(*args, **kwargs)``; *fn* must be a function at the top level of a module.

        Its exceptions are those of the function, with their traceback as a note, and :class:`Death`.
        """
        return self._threads.submit(self._called, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the pool; with *cancel_futures* the processes are ended too."""
        if cancel_futures:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._interpreters.end()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if wait and not self._kept:
            self._interpreters.release()

    def _called(self, *call: object) -> Any:
        return value_of(self._interpreters.answer(pickled(call), self._seconds, self._cores, self._hear))


class Elsewhere(Executor):
    """Runs its calls in another executor, which passes each of them on to an interpreter of its own.

    Only :func:`relay` and bytes are sent, so that any executor can carry them. Shutting this one down does not shut down the other.
    """

    def __init__(self, pool: Executor, seconds: int | None = None) -> None:
        """Prepare to pass calls on to *pool*; *seconds* is as for :class:`Processes`."""
        self._pool, self._seconds = pool, seconds
        self._waiting: set[Future[bytes]] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future result of ``fn(*args, **kwargs)``, as :meth:`Processes.submit` does.

        It ends with :class:`Death` if the other executor lost the call.
        """
        result: Future[T] = Future()

        def settle(done: Future[bytes]) -> None:
            self._waiting.discard(done)
            try:
                answer = _answer_of(done)
                result.set_result(value_of(answer))
            except Exception as error:  # noqa: BLE001 - what the function raised, for whoever asks for the result
                result.set_exception(error)

        # Dask runs calls with equal arguments only once; the last argument is always different.
        inner = self._pool.submit(relay, pickled((fn, args, kwargs)), self._seconds, secrets.token_hex(8))
        self._waiting.add(inner)
        inner.add_done_callback(settle)
        return result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - as every executor
        """With *cancel_futures*, cancel the calls that have not ended."""
        for future in tuple(self._waiting) if cancel_futures else ():
            future.cancel()


def _answer_of(done: Future[bytes]) -> bytes:
    """Return the answer to a call in another executor.

    Raises:
        Death: the executor lost the call.
    """
    try:
        return done.result()
    except CancelledError as error:
        raise Death(None, "it was cancelled") from error
    except Exception as error:
        # Errors of the function are part of its answer, so this is an error of the executor.
        last = (str(error).strip().splitlines() or [""])[-1]
        raise Death(None, f"{type(error).__name__}: {last}") from error


def relay(call: bytes, seconds: int | None, _: str) -> bytes:
    """Return the answer to a pickled *call*, which runs in another interpreter on this machine.

    The workers of other executors run calls in threads, or one after the other in a process that must not die.
    """
    try:
        return _RELAYED.answer(call, seconds, 1)
    except Death as death:
        return pickled((DEATH, (death.status, death.words)))


class Interpreters:
    """Interpreters that run calls; one without a time limit is kept for the next call."""

    def __init__(self) -> None:
        """Begin without any."""
        self._idle: list[Interpreter] = []
        self._running: set[Interpreter] = set()
        self._ended = False
        self._lock = threading.Lock()

    def answer(self, call: bytes, seconds: int | None, cores: int, hear: Hear | None = None) -> bytes:
        """Return the answer to a pickled *call*; there are as many processes as threads that wait in here.

        Raises:
            Death: the process ended before it answered.
        """
        with self._lock:
            interpreter = self._idle.pop() if self._idle and seconds is None else None
            if interpreter is None:
                interpreter = Interpreter(seconds, cores)
            self._running.add(interpreter)
            if self._ended:
                interpreter.end()
        try:
            answer = interpreter.answer(call, hear)
        except BaseException:
            interpreter.end()
            interpreter.release()
            raise
        finally:
            with self._lock:
                self._running.discard(interpreter)
        with self._lock:
            reusable = seconds is None and not self._ended and interpreter.calls < CALLS
            if reusable:
                self._idle.append(interpreter)
        if not reusable:
            interpreter.release()
        return answer

    def release(self) -> None:
        """End the interpreters that wait for a call."""
        with self._lock:
            idle, self._idle = self._idle, []
        for interpreter in idle:
            interpreter.release()

    def end(self) -> None:
        """End all of them, and those that are started from now on."""
        with self._lock:
            self._ended = True
            running = tuple(self._running)
        for interpreter in running:
            interpreter.end()
        limit = time.monotonic() + GRACE
        for interpreter in running:
            interpreter.kill(limit - time.monotonic())
        self.release()


class Interpreter:
    """Another Python process, which runs one call after the other."""

    def __init__(self, seconds: int | None, cores: int) -> None:
        """Start it; *seconds* is as for :class:`Processes`, *cores* its share."""
        words = "from book.workers import main; main(*map(int, sys.argv[2:]))"
        numbers = [cores, *([] if seconds is None else [seconds + SPARE])]
        self.calls = 0
        """How many it has answered."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - this very program
            surroundings.interpreter(words, *map(str, numbers)),
            env=surroundings.safe(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def answer(self, call: bytes, hear: Hear | None = None) -> bytes:
        """Return the answer to a pickled *call*; *hear* receives what it tells meanwhile.

        Raises:
            Death: the process ended before it answered.
        """
        words, answers = self._process.stdin, self._process.stdout
        assert words and answers  # noqa: PT018, S101 - both are pipes
        with contextlib.suppress(BrokenPipeError):  # it has ended: there is no answer either
            send(words, ANSWER, call)
        while (frame := receive(answers)) is not None:
            kind, data = frame
            if kind == ANSWER:
                self.calls += 1
                return data
            if hear is not None:
                hear(pickle.loads(data))  # noqa: S301 - our own words to ourselves, on this machine
        status = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        raise Death(status, (lines or ["no word"])[-1])

    def end(self) -> None:
        """Ask it to clean up and end."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self, seconds: float) -> None:
        """Kill it if it is still running after *seconds*."""
        try:
            self._process.wait(max(0, seconds))
        except subprocess.TimeoutExpired:
            self._process.kill()

    def release(self) -> None:
        """End it; there are no more calls."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()
        self._log.close()


_RELAYED = Interpreters()
"""The interpreters of :func:`relay`; they end with this process."""
atexit.register(_RELAYED.release)

# Messages are frames: a kind, a length, and as many bytes. An answer is a pickle of its kind and a value.

_pipe: IO[bytes] | None = None
"""The pipe for answers, if this process runs the calls of another one."""


def tell(value: object) -> None:
    """Send *value* to the process that made this call; in any other process, do nothing."""
    if _pipe is not None:
        send(_pipe, NOTE, pickled(value))


def main(cores: int, seconds: int | None = None) -> None:
    """Run the calls that arrive on standard input.

    Args:
        cores: the number of external programs that this process may run in parallel.
        seconds: the most processor time for this process.
    """
    global CORES, _pipe  # noqa: PLW0603 - of this process
    CORES = cores
    # Output of a library must not get between the answers.
    _pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Ctrl-C reaches all processes of a terminal; the first of them ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    if seconds is not None:
        # A limit of the work itself stops what is written in Python; this one ends a process that does not come back from a library.
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(
            resource.RLIMIT_CPU, (seconds if most == resource.RLIM_INFINITY else min(seconds, most), most)
        )
    gc.disable()  # what lays out pages turns it on
    while (frame := receive(sys.stdin.buffer)) is not None:
        limits.tidy()
        send(_pipe, ANSWER, answer_to(frame[1]))
    gc.freeze()  # Python looks through all objects once more before it ends


def _end(number: int, _: FrameType | None) -> NoReturn:
    gc.freeze()
    stopping.hear(number)
    raise SystemExit(128 + number)
