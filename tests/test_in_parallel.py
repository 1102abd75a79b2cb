"""Chapters laid out in several processes: the same bytes, whoever lays them out, and whatever happens to the others."""

from __future__ import annotations

import functools
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from book import cache, press, printing, workers
from book.calls import Death
from book.editions import in_parallel
from book.editions.in_parallel import Share
from tests.loops import some
from tests.making import write_book

NAMES = ("bench", "glue", "saw")
EDITIONS = ("print", "handout")
TEXT = """---
title: The {name}
discussion: ["Why a {name}?"]
---

See [the next one]({other}.md#{other}-parts), and its note.[^1] {words}

## Parts of it {{#{name}-parts}}

| part | use |
|---|---|
| {name} | {words:.60} |

```python
print("{name}", 1 + 1)
```

[^1]: A note on the *{name}*.
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    chapters = {
        f"{number}-{name}.md": TEXT.format(
            name=name, other=f"{(number + 1) % 3}-{NAMES[(number + 1) % 3]}", words="Some “words” of a page. " * 20
        )
        for number, name in enumerate(NAMES)
    }
    return write_book(tmp_path_factory.mktemp("source"), chapters, 'title = "The workshop"\nslug = "shop"\n')


def made(source: Path, out: Path, editions: tuple[str, ...] = EDITIONS) -> dict[str, bytes]:
    assert press.build(source, out, editions=editions).status == 0
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.pdf")}


@pytest.fixture(scope="module")
def alone(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The editions, made in one process."""
    return made(source, tmp_path_factory.mktemp("alone"))


class Inline(Executor):
    """Runs each call at once, as if another process had been quicker."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Dying(Executor):
    """Takes a chapter, or all of them, and dies."""

    def __init__(self, most: int) -> None:
        self.most = most

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        (share,) = args
        assert isinstance(share, Share)
        assert fn is in_parallel.lay_out_share
        for number in list(in_parallel._free(share.names, share.claims))[: self.most]:
            assert (share.claims / str(number)).exists()
        future.set_exception(Death(-9, "killed"))
        return future


@pytest.mark.parametrize(("pool", "count"), [(Inline(), 5), (Dying(99), 2)], ids=["five", "dying"])
def test_whoever_lays_out_a_chapter_its_bytes_are_the_same(
    pool: Executor,
    count: int,
    source: Path,
    alone: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(in_parallel, "lay_out", functools.partial(in_parallel.lay_out, pool=pool, count=count))
    before = cache.TALLY.get("segments", cache.Tally()).made
    assert made(source, tmp_path) == alone
    # In each edition the front, the chapters, the back and the page numbers.
    counted = cache.TALLY["segments"].made - before
    assert counted >= len(EDITIONS) * len(NAMES)
    assert made(source, tmp_path) == alone


def test_other_processes_are_asked_if_there_are_cores_and_much_to_lay_out(
    source: Path, alone: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results: list[int] = []

    def counted(calls: list[Future[int]]) -> None:
        results.extend(call.result() for call in calls)

    monkeypatch.setattr(in_parallel, "_await", counted)
    monkeypatch.setattr(printing, "CORES", 2)
    assert made(source, tmp_path / "short", EDITIONS[:1]).items() <= alone.items()
    assert not results, "a short book is not worth another process"
    monkeypatch.setattr(in_parallel, "LEAST", 1)
    monkeypatch.setattr(in_parallel, "_take", lambda *_: 0)  # in this process only
    assert made(source, tmp_path / "long") == alone
    assert len(results) == len(EDITIONS)
    assert sum(results) >= len(EDITIONS) * len(NAMES)
    results.clear()
    assert made(source, tmp_path / "long") == alone
    assert not results, "nothing is left to lay out"


KILLED = """
import os, signal, sys, time
from pathlib import Path
from book import press, printing, workers
from book.editions import in_parallel

def kill_after_the_first_claim(chapters, share):
    while not any(share.claims.iterdir()):
        time.sleep(0.001)
    print(share.claims, len(share.names), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

interpreter = workers.Interpreter.__init__

def noted(self, *words):
    interpreter(self, *words)
    print(self._process.pid, flush=True)

workers.Interpreter.__init__ = noted
in_parallel.LEAST, in_parallel._take, printing.CORES = 1, kill_after_the_first_claim, 2
press.build(Path(sys.argv[1]), Path(sys.argv[2]), editions=("print",))
"""


def is_running(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks for processes in /proc")
def test_whoever_is_killed_leaves_no_process_that_goes_on_and_the_next_build_is_right(
    source: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    words = [sys.executable, "-c", KILLED, str(source), str(tmp_path / "out")]
    killed = subprocess.run(words, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    *pids, last = killed.stdout.split("\n")[:-1]
    folder, _, count = last.rpartition(" ")
    assert pids
    for pid in some(map(int, pids)):
        while is_running(pid):
            time.sleep(0.01)
    assert not Path(folder).exists()
    laid_out = len(list((tmp_path / "out" / ".cache" / "segments").iterdir()))
    assert 1 <= laid_out < int(count), "it ends with the chapter that it has begun"
    assert made(source, tmp_path / "out") == alone


@pytest.mark.torture
def test_sixteen_processes_give_the_same_bytes(
    source: Path, alone: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workers.Processes(16) as pool:
        monkeypatch.setattr(in_parallel, "lay_out", functools.partial(in_parallel.lay_out, pool=pool, count=16))
        assert made(source, tmp_path) == alone
