"""A plugin: what tests and builds do again and again, with nothing but the same inputs, they do once in a process.

The state of the machine, subsets of fonts, covers and answers of other programs are kept by ``conftest.py``, for other processes too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from msgspec.structs import replace

from book import theme
from book.paged import folios
from book.paged.render import Renderer
from book.paged.segments import Glyphs, PageKind
from book.settings import Limits
from book.theme import Theme, files

Served = Mapping[str, tuple[bytes, str]]
Folios = tuple[bytes, tuple[Glyphs, ...]]
CODE = frozenset(
    f"tests/test_{name}.py"
    for name in "press manual marks packaging catalogue names patterns codes structure nodes box_contract".split()
)
"""The files of tests that read all modules of the package (``sources.py``): one worker gets all of them, and reads the modules once."""
BROWSER = "tests/browser/"
"""The folder of tests that share a browser: one worker gets all of them, and starts it once."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Any:
    """With ``--dist loadfile``, which gives a worker one file after the other, give it all of :data:`CODE`, or of :data:`BROWSER`."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    scheduler = LoadFileScheduling(config, log)
    file_of = scheduler._split_scope

    def group(test: str) -> str:
        return BROWSER if test.startswith(BROWSER) else "code" if file_of(test) in CODE else file_of(test)

    scheduler._split_scope = group
    return scheduler


@pytest.fixture(scope="session", autouse=True)
def themes_once() -> Iterator[None]:
    """Load each built-in theme once for all builds; a book with themes of its own loads them, and all that they extend, again."""
    load, house = theme.load, files.house()
    themes: dict[tuple[str, Limits | None], Theme] = {}

    def loaded(name: str, book: Path | None = None, cache: Path | None = None, limits: Limits | None = None) -> Theme:
        if not cache or files.house() != house or (book and os.path.lexists(book / "themes")):
            return load(name, book, cache, limits)  # a build has a cache
        if (name, limits) not in themes:
            themes[name, limits] = load(name, limits=limits)
        return replace(themes[name, limits], root=book, cache=cache)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(theme, "load", loaded)
        yield


@pytest.fixture(scope="session", autouse=True)
def folios_once() -> Iterator[None]:
    """Lay out the folios of the same pages once: that takes a seventh of the time of a small PDF.

    The same are those of a renderer with the same fonts and pictures, for the same sheet and samples; what the press itself remembers
    depends on less.
    """
    begin, make = Renderer.__init__, Renderer.folio_pages
    shelves: WeakKeyDictionary[Renderer, Served] = WeakKeyDictionary()
    results: dict[object, tuple[Folios, list[str]]] = {}

    def begun(self: Renderer, served: Served) -> None:
        begin(self, served)
        shelves[self] = served

    def made(self: Renderer, kinds: Sequence[PageKind], sheet: str, page: Callable[[PageKind, int], str]) -> Folios:
        several = dict.fromkeys(replace(kind, restart=None) for kind in kinds if kind.folio)
        samples = [page(kind, number) for kind in several for number in (1, *folios.SAMPLES.values())]
        shelf = sorted((name, kind, hashlib.sha256(data).digest()) for name, (data, kind) in shelves[self].items())
        inputs = (self.versions, tuple(kinds), sheet, *samples, *shelf)
        if inputs not in results:
            before = len(self.log)
            results[inputs] = make(self, kinds, sheet, page), self.log[before:]
        else:
            self.log += results[inputs][1]
        return results[inputs][0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Renderer, "__init__", begun)
        patch.setattr(Renderer, "folio_pages", made)
        yield
