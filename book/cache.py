"""Remembered results: content digest -> file; a damaged entry is noticed and made again.

An entry is a file ``<folder>/<stage>/<key>`` that begins with the digest of what follows. Nothing breaks when the folder
is deleted, read-only or full.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

from book import seal


def key(*parts: str | bytes) -> str:
    """Return the digest of *parts*, in which no two different lists of parts agree.

    >>> key("ab", "c") == key("a", "bc")
    False
    """
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def remember(folder: Path | None, stage: str, entry: str, make: Callable[[], bytes]) -> bytes:
    """Return what *make* gave the last time for *entry*, or call it now and keep what it gives.

    Args:
        folder: the cache; None switches it off.
        stage: name of the stage, a folder name.
        entry: a :func:`key` over everything the result depends on.
        make: computes the result; whatever it raises is passed on and nothing is kept.
    """
    if folder is None:
        return make()
    path = folder / stage / entry
    with contextlib.suppress(OSError):
        data = path.read_bytes()
        if data[:32] == hashlib.sha256(data[32:]).digest():
            return data[32:]
    data = make()
    with contextlib.suppress(OSError):  # a cache that cannot be written is only slower
        path.parent.mkdir(parents=True, exist_ok=True)
        seal.write(path, hashlib.sha256(data).digest() + data, durable=False)
    return data
