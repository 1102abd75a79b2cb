"""The little book in `tests/editions/book`: its editions are built once in a run, and its page is read as a browser reads it."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from book import press
from book.problems import Severity
from tests.making import once

BOOK = Path(__file__).parent / "editions" / "book"
SLUG = "the-little-handbook"
CHAPTERS = ("preface", "start", "table", "hidden", "deutsch")
XHTML = "{http://www.w3.org/1999/xhtml}"
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
OPF = {"opf": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
NCX = {"n": "http://www.daisy.org/z3986/2005/ncx/"}


def built_in(factory: pytest.TempPathFactory, *, pango: bool) -> Path:
    """Return the folder with the EPUB, the PDF and the HTML edition of the book; nobody may change it."""

    def build(out: Path) -> None:
        result = press.build(BOOK, out, editions=["epub", "pdf", "html"])
        told = [problem for problem in result.report.problems if problem.severity is not Severity.NOTE]
        assert [problem.message for problem in told] == []
        assert result.status == (0 if pango else 3)

    return once(factory, "little-handbook", build)


class Page(HTMLParser):
    """The content of a page in a browser."""

    VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.heads: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in self.VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.heads.append((tag, ""))
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href", "data", "srcset", "poster", "action"):
                self.loads.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open):
            self.words.append(data)
        if self._open and self.heads and any(re.fullmatch("h[1-6]", tag) for tag in self._open):
            tag, said = self.heads[-1]
            self.heads[-1] = (tag, said + data)
