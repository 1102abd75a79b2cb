"""The title of a book whose settings give none: the H1 of the README or the index in its root."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from book.model import FrontMatter, Manuscript
from book.patterns import regex
from book.problems import printable
from book.sites.files import Files
from book.sites.names import FRONT_MATTER, TAG, heading_of, unescaped
from book.sites.site import Site

PAGES = (
    "README.md",
    "readme.md",
    "Readme.md",
    "index.md",
    "_index.md",
    "index.mdx",
    "README.markdown",
    "index.qmd",
    "index.Rmd",
)
"""Files of a folder that may have the title of the book, the most likely first."""
GENERIC = frozenset({
    "about", "about this book", "contents", "docs", "documentation", "foreword", "getting started", "guide", "hello", "home",
    "homepage", "index", "intro", "introduction", "overview", "preface", "prologue", "readme", "start here", "summary",
    "table of contents", "welcome",
})  # fmt: skip
"""Headings of a first page that are titles of the page, not of the book."""
LONGEST = 150
"""The most characters of a title; a longer H1 is a sentence."""

IMAGE = regex(r"!\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
LINK = regex(r"\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\})")
MARKS = regex(r"(?<!\\)(\*{1,3}|`+|~~|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w))")
EMOJI_NAME = regex(r":[a-z0-9_+-]+:")
TEMPLATE = regex(r"\{\{|\{%|<%|\$\{")


class FirstPage(Struct, frozen=True, kw_only=True):
    """What the first page of a handbook states about the whole book."""

    path: str
    """The file, relative to the root of the book."""
    title: str
    """Plain text in one line."""
    authors: tuple[str, ...] = ()
    description: str | None = None


def first_page(root: Path, site: Site | None, manuscripts: Iterable[Manuscript]) -> FirstPage | None:
    """Return the page with the title of the book, None if there is none.

    Args:
        root: the book's folder; its README counts even if it is not a chapter.
        site: the site of the handbook; None for a plain folder.
        manuscripts: the files that may be chapters.
    """
    files = Files(root)
    chapters = {manuscript.path: manuscript for manuscript in manuscripts if manuscript.sound}
    base = site.base if site else ""
    usual = (f"{folder}{name}" for folder in ("", base) for name in PAGES)
    for path in dict.fromkeys((*((site.opening,) if site and site.opening else ()), *usual)):
        chapter = chapters.get(path)
        if chapter is None and ("/" in path or not files.is_file(path)):
            continue
        front = chapter.front if chapter else FrontMatter()
        text = chapter.text if chapter else FRONT_MATTER.sub("", files.text(path) or "")
        title = words_of(front.title or heading_of(text, levels=1) or "")
        if title and title.casefold() not in GENERIC and len(title) <= LONGEST:
            return FirstPage(path=path, title=title, authors=front.authors, description=front.description or None)
    return None


def words_of(heading: str) -> str:
    """Return the plain words of a heading; empty for a heading that a template would fill.

    >>> words_of("[![The *logo*](a.png)](https://example.org) The `book` of **names**")
    'The logo The book of names'
    >>> words_of("{{ site.title }}")
    ''
    """
    if TEMPLATE.search(heading):
        return ""
    words = TAG.sub("", LINK.sub(r"\1", IMAGE.sub(r"\1", heading)))
    words = unescaped(MARKS.sub("", EMOJI_NAME.sub("", words)))
    return printable(" ".join(html.unescape(words).split()), LONGEST + 1)
