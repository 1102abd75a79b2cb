"""The library WeasyPrint: loaded when the first PDF is made, served with the resources of the book and nothing else, and its log kept.

It is loaded late because it needs Pango: EPUB and HTML are made without it.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import functools
import importlib
import io
import logging
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

from msgspec import Struct

from book.images import svg
from book.paged.render import own_pages
from book.paged.resources import SCHEME
from book.problems import Kind, Severity, Subject, ToolMissing

NO_PANGO = Kind("X101", Severity.ERROR, "WeasyPrint cannot start without Pango")

INSTALL = "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
CARRIED = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "svg+xml"))
"""The start of the address of an image inside a drawing."""
LARGEST_CARRIED = 1 << 30
"""The most bytes of such an image; :mod:`book.images.svg` has read and rewritten it."""


class Sheet(Struct, frozen=True, kw_only=True):
    """A style sheet, parsed once for all documents that share it."""

    parsed: list[Any]
    faces: list[Any]
    """The typefaces that it declares."""
    counters: Any
    """Its own styles of counters."""
    profiles: Mapping[str, Any]
    """Its own colour profiles."""
    lines: tuple[str, ...]
    """WeasyPrint's log lines while it was parsed."""


@contextlib.contextmanager
def log() -> Iterator[list[str]]:
    """Yield a list that collects WeasyPrint's log lines; none of them reach the terminal."""
    logger, lines = logging.getLogger("weasyprint"), list[str]()
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(listener)
    before = logger.propagate
    logger.propagate = False
    try:
        yield lines
    finally:
        logger.removeHandler(listener)
        logger.propagate = before


def weasyprint() -> Any:
    """Return the module weasyprint.

    Raises:
        ToolMissing: Pango or HarfBuzz cannot be loaded; the message says what to install.
    """
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            _sonames(),
            _without_font_tools(),
        ):  # without Pango it prints a message of its own
            import weasyprint  # noqa: PLC0415 - slow, and it needs Pango
    except OSError as error:
        place = Subject(name="pdf")
        message = "the PDF editions need Pango, which is not installed; EPUB and HTML are built without it"
        raise ToolMissing(NO_PANGO.at(place, message, fix=INSTALL)) from error
    return weasyprint


def harfbuzz_version() -> str:
    """Return the version of the HarfBuzz that Pango shapes words with; empty if it cannot be asked."""
    for name in ("libharfbuzz.so.0", "libharfbuzz.0.dylib"):
        with contextlib.suppress(OSError, AttributeError):
            ask = ctypes.CDLL(name).hb_version_string
            ask.restype = ctypes.c_char_p
            return str(ask().decode())
    return ""


@contextlib.contextmanager
def _sonames() -> Iterator[None]:
    """Let WeasyPrint load its libraries by the name that the loader knows; asking gcc and ldconfig for others first takes a quarter of its import."""
    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda _: None  # type: ignore[assignment]
    try:
        yield
    finally:
        ctypes.util.find_library = search


class Later(ModuleType):
    """A module that is imported when something of it is called."""

    def __getattr__(self, name: str) -> Any:
        """Return a function that calls *name* of the module."""
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **words: Any) -> Any:
            return getattr(importlib.import_module(self.__name__), name)(*args, **words)

        return call


RARE = ("fontTools.subset", "fontTools.varLib.instancer")
"""What WeasyPrint imports for machines without HarfBuzz and for variable fonts: a quarter of the time of its import."""


@contextlib.contextmanager
def _without_font_tools() -> Iterator[None]:
    """Let WeasyPrint import :data:`RARE` when it needs them."""
    parts = [name for name in RARE if name not in sys.modules]
    for name in parts:
        sys.modules[name] = Later(name)
    try:
        yield
    finally:
        for name in parts:
            del sys.modules[name]


@functools.lru_cache(maxsize=8)
def parse(sheet: str, resources: Any = None) -> Sheet:
    """Return *sheet* as parsed by WeasyPrint, which takes as long as laying out two pages: many books have the same one."""
    from weasyprint.css.counters import CounterStyle  # noqa: PLC0415 - as weasyprint

    counters, profiles, faces = CounterStyle(), dict[str, Any](), list[Any]()
    with log() as lines:
        parsed = weasyprint().CSS(
            string=sheet,
            base_url=f"{SCHEME}:",
            url_fetcher=resources or fetcher({}),
            font_config=SimpleNamespace(add_font_face=lambda face, _: faces.append(face)),
            counter_style=counters,
            color_profiles=profiles,
        )
    return Sheet(parsed=[parsed], faces=faces, counters=counters, profiles=profiles, lines=tuple(lines))


def html(page: str, resources: Any) -> Any:
    """Return the HTML *page* as read by WeasyPrint, or by :mod:`~book.paged.render.own_pages`; its *resources* come from a fetcher."""
    library, base = weasyprint(), f"{SCHEME}:"
    tree = own_pages.tree(page)
    if tree is None:
        return library.HTML(string=page, base_url=base, url_fetcher=resources)
    source = library.HTML.__new__(library.HTML)
    source.base_url, source.url_fetcher, source.media_type = base, resources, "print"
    source.wrapper_element = library.cssselect2.ElementWrapper.from_html_root(tree, content_language=None)
    source.etree_element = tree
    return source


def fetcher(served: Mapping[str, tuple[bytes, str]]) -> Any:
    """Return a fetcher that serves the resources of the book only: no files, no network."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415 - as weasyprint

    class Shelf(URLFetcher):  # type: ignore[misc]
        def __init__(self) -> None:  # the parent would open handlers for http, ftp and file
            pass

        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ARG002 - the library's signature
            if url.startswith(CARRIED):
                data = svg.data_of(url, LARGEST_CARRIED)
                return URLFetcherResponse(url, data, {"Content-Type": url[5:].partition(";")[0]})
            if url not in served:
                raise FatalURLFetchingError(f"the book did not hand in {url[:200]!r}")
            data, kind = served[url]
            return URLFetcherResponse(url, data, {"Content-Type": kind})

    return Shelf()


def page(box: Any) -> Any:
    """Return a page of WeasyPrint's with *box*."""
    from weasyprint.document import Page  # noqa: PLC0415 - as weasyprint

    return Page(box)


def line(text: str, style: Any) -> tuple[Any, float]:
    """Return Pango's layout of *text* in *style*, and its width."""
    from weasyprint.text.line_break import split_first_line  # noqa: PLC0415 - as weasyprint

    layout, _, _, width, _, _ = split_first_line(text, style, context=None, max_width=None, justification_spacing=0)
    return layout, float(width)
