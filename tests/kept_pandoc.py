"""One process of pandoc that answers the questions of all tests: to start one takes longer than most answers."""

from __future__ import annotations

import os
import select
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from book.markdown import pandoc
from book.settings import Limits

PROGRAM = Path(__file__).with_name("pandoc.lua")
USUAL = Limits()
BATCH = ("lua", "-E", os.fspath(pandoc.BATCH))
TREE = ("-t", "json", "--preserve-tabs")
PAGE = ("-t", pandoc.WRITER, "--wrap=none", "--syntax-highlighting=none")
FORMATS = {TREE: "json", PAGE: pandoc.WRITER}
"""What this process can write, by the words that ask for it."""


def _is_usual(seconds: int) -> bool:
    return seconds == USUAL.pandoc_seconds


def _texts(data: bytes) -> Iterator[bytes]:
    """Yield the texts of a batch; see ``batch.lua``."""
    while data:
        length, _, rest = data.partition(b"\n")
        yield rest[: int(length)]
        data = rest[int(length) :]


class KeptPandoc:
    """A process that stays until :meth:`end`. What it does not answer, a process of its own does."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._path = pandoc.door()[0]
        self._owner, self._lock = os.getpid(), threading.Lock()

    def answer(self, words: tuple[str, ...], data: bytes, limits: Limits) -> bytes | None:
        """Return what pandoc prints when it is started with *words* and given *data*; None if this process cannot tell.

        It can if *words* ask for the tree of a text, for the trees of many, or for the HTML of a tree, within the usual *limits*.
        A question that nobody waits for any more, or that pandoc cannot answer, ends the process; the next one starts another.
        """
        # A test may put another program in pandoc's place.
        if limits.pandoc_mebibytes != USUAL.pandoc_mebibytes or pandoc.door()[0] != self._path:
            return None
        # A copy of this process would read the answers to the original's questions.
        if os.getpid() != self._owner or pandoc._over.is_set():
            return None
        if words[:1] == ("-f",) and words[2:] in FORMATS:
            return self._asked(words[1], FORMATS[words[2:]], data, limits) if _is_usual(limits.pandoc_seconds) else None
        if words[:3] == BATCH and _is_usual(limits.pandoc_seconds * 4):
            trees = [self._asked(words[3], "json", text, limits) for text in _texts(data)]
            return b"".join(b"%d\n%b" % (len(tree) - 1, tree[:-1]) for tree in trees if tree) if all(trees) else None
        return None

    def end(self) -> None:
        """End the process if there is one."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.communicate()

    def _asked(self, source: str, wanted: str, text: bytes, limits: Limits) -> bytes | None:
        question = b"%d %b %b\n%b" % (len(text), source.encode(), wanted.encode(), text)
        with self._lock:
            try:
                answer = self._talk(question, limits)
            except BaseException:
                self.end()
                raise
            if answer is None:
                self.end()
            return answer

    def _talk(self, question: bytes, limits: Limits) -> bytes | None:
        self._process = self._process or subprocess.Popen(
            [self._path, "+RTS", *pandoc.YOUNG, "-RTS", "lua", "-E", os.fspath(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        out = self._process.stdout
        try:
            self._process.stdin.write(question)
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        if not select.select([out], [], [], limits.pandoc_seconds)[0]:
            return None
        length = int(out.readline() or b"-1")
        answer = out.read(max(0, length))
        return answer if 0 <= length == len(answer) else None
