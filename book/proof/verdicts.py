"""What the proofs found in a document before: a verdict is remembered only if nothing was wrong, under the digest of exactly these bytes.

The key of a verdict also contains the digest of this program, and whatever else the proof compares the document with. What concerns
several documents, such as links between them, is proved each time, from the small facts that a verdict carries.

What costs much to read, such as the operators of a page, is remembered apart from any verdict, under the digest of its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

from book import cache
from book.problems import Problem
from book.proof.document import Document

STAGE = "verdicts"
SHORT = 160
"""Letters of a part of a key that costs less than a digest."""
T = TypeVar("T")
M = TypeVar("M")

_bundle: ContextVar[cache.Bundle | None] = ContextVar("verdicts", default=None)


@contextmanager
def remembered(folder: Path | None, *names: str) -> Iterator[None]:
    """Remember verdicts in the cache *folder* while this context lasts; *names* tell one set of files from another."""
    if folder is None:
        yield
        return
    bundle = cache.Bundle(folder, STAGE, cache.key(cache.program(), *names))
    token = _bundle.set(bundle)
    try:
        yield
    finally:
        _bundle.reset(token)
        bundle.close()


def are_remembered() -> bool:
    """Return whether verdicts are remembered."""
    return _bundle.get() is not None


def remember(
    name: str,
    inputs: Iterable[str | bytes],
    make: Callable[[], M],
    form: type[T],
    *,
    holds: Callable[[T], bool] | None = None,
) -> T | M:
    """Return what *make* returns, from the last time or from now; None, for something with which anything is wrong, is not remembered.

    Args:
        name: what is asked, and the version of the library that answers, if it is not ours alone.
        inputs: all on which the answer depends, or digests of it.
        make: returns the answer; what raises an exception is not remembered.
        form: its type.
        holds: as for :meth:`book.cache.Bundle.recall`.
    """
    bundle = _bundle.get()
    if bundle is None:
        return make()
    return bundle.remember(f"{name} {cache.key(*inputs)}", make, form, holds=holds)


def holds(proof: str, document: Document, look: Callable[[Document], bool]) -> bool:
    """Return what *look* returns for *document*; True is remembered."""
    bundle = _bundle.get()
    if bundle is None or not document.digest:
        return look(document)
    key = _key(proof, document)
    if bundle.recall(key, bool):
        return True
    true = look(document)
    if true:
        bundle.keep(key, True)
    return true


def facts(
    proof: str,
    document: Document,
    look: Callable[[Document], tuple[T, Iterable[Problem]]],
    form: type[T],
    *more: str,
) -> tuple[T, tuple[Problem, ...]]:
    """Return the facts of *document*, and its problems: from the last time if it had none then.

    Args:
        proof: the name of the proof.
        document: the document.
        look: returns facts and problems.
        form: the type of the facts.
        more: what the proof compares the document with.
    """
    bundle = _bundle.get()
    if bundle is None or not document.digest:
        value, problems = look(document)
        return value, tuple(problems)
    key = _key(proof, document, *more)
    known = bundle.recall(key, form)
    if known is not None:
        return known, ()
    value, problems = look(document)
    problems = tuple(problems)
    if not problems:
        bundle.keep(key, value)
    return value, problems


def _key(proof: str, document: Document, *more: str) -> str:
    """Return the key of a verdict; there are ten for each chapter, so what is short is in it as it is, and no digest."""
    shown = repr(more) if more else ""
    return f"{proof} {document.digest} {shown if len(shown) < SHORT else cache.key(shown)}"


def problems(
    proof: str, document: Document, look: Callable[[Document], Iterable[Problem]], *more: str
) -> tuple[Problem, ...]:
    """Return the problems that *look* finds in *document*; see :func:`facts`."""
    return facts(proof, document, lambda page: (True, look(page)), bool, *more)[1]


def tag(document: Document) -> str:
    """Return the tag of the root of *document*."""
    return facts("root", document, lambda page: (str(page.root.tag), ()), str)[0]
