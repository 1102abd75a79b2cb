"""The search of `book manual WORD`: the places of the manual that are about a word which is no key, command or code."""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from book.patterns import regex

SYNONYMS: Mapping[str, str] = {
    "a11y": "what is proved",
    "accent": "a colour",
    "accessibility": "what is proved",
    "address": "links",
    "amazon": "print services",
    "apple book": "e-readers",
    "arabic": "what a pdf cannot show",
    "author": "authors",
    "avif": "formats of pictures",
    "azw3": "editions and where they are",
    "barcode": "the cover",
    "beginner": "ten minutes",
    "bilingual": "the same book in two languages",
    "bleed": "a print shop",
    "bold": "emphasis",
    "bom": "files that cannot be read",
    "book size": "page size",
    "bookmark": "contents",
    "box": "callouts",
    "build folder": "editions and where they are",
    "cache": "book clean",
    "caption": "figures",
    "caption of a figure": "figures",
    "chapter number": "numbered",
    "chapter without number": "numbers of chapters",
    "checkbox": "lists",
    "checklist": "lists",
    "ci": "continuous integration",
    "citation": "cite",
    "cleaning": "book clean",
    "color": "a colour",
    "colour": "a colour",
    "conflict": "files that cannot be read",
    "copyright": "licence",
    "cover art": "cover picture",
    "cover image": "cover picture",
    "crlf": "files that cannot be read",
    "crop": "print services",
    "crop mark": "print services",
    "css": "a colour",
    "debian": "install",
    "default output folder": "editions and where they are",
    "deploy": "publish the editions",
    "destination": "editions and where they are",
    "diagram": "mermaid",
    "docker": "container",
    "docx": "editions and where they are",
    "double sided": "both sides",
    "dpi": "the cover",
    "drm": "sell it",
    "duplex": "both sides",
    "ebook": "e-readers",
    "encoding": "files that cannot be read",
    "epub": "editions and where they are",
    "equation": "formulas",
    "fast": "large books",
    "feedback": "handouts",
    "folio": "running heads and page numbers",
    "font": "a typeface of your own",
    "footer": "running heads and page numbers",
    "format": "editions",
    "front matter": "front matter of a chapter",
    "getting started": "ten minutes",
    "gif": "formats of pictures",
    "git checkout": "undo",
    "github page": "publish the editions",
    "gitignore": "continuous integration",
    "gitlab": "publish the editions",
    "google doc": "a book in one file",
    "gutter": "margins",
    "header": "running heads and page numbers",
    "hebrew": "Chinese, Japanese, Korean, Hebrew, Armenian, Georgian",
    "heic": "formats of pictures",
    "html": "editions and where they are",
    "hyphen": "hyphens",
    "hyphenation": "hyphens",
    "image": "figures",
    "ingramspark": "print services",
    "ipad": "tablets",
    "italic": "emphasis",
    "jpeg": "formats of pictures",
    "jpg": "formats of pictures",
    "kdp": "print services",
    "kindle": "e-readers",
    "kobo": "e-readers",
    "landscape": "tables",
    "latex": "formulas",
    "leave a file out": "leave files out",
    "license": "licence",
    "line spacing": "size of the text",
    "link": "links",
    "link between chapter": "links",
    "links between chapter": "links",
    "locale": "language",
    "lulu": "print services",
    "mac": "macos",
    "math": "formulas",
    "merge conflict": "files that cannot be read",
    "mobi": "editions and where they are",
    "monorepo": "many books",
    "multilingual": "the same book in two languages",
    "netlify": "publish the editions",
    "night": "dark mode",
    "numbering": "numbered",
    "out": "editions and where they are",
    "output": "editions and where they are",
    "output folder": "editions and where they are",
    "page break": "page",
    "paper": "page sizes",
    "paper size": "page sizes",
    "pdf": "editions and where they are",
    "performance": "large books",
    "photo": "figures",
    "picture": "figures",
    "picture format": "formats of pictures",
    "png": "formats of pictures",
    "powershell": "windows",
    "print on demand": "print services",
    "print with bleed": "a print shop",
    "printer": "print shop",
    "publish": "publish the editions",
    "qr": "handouts",
    "qr code": "handouts",
    "quickstart": "ten minutes",
    "reference": "citations",
    "remove handbound": "update or remove",
    "repository with several book": "many books",
    "resolution": "the cover",
    "revert": "undo",
    "right to left": "what a pdf cannot show",
    "rtl": "what a pdf cannot show",
    "running head": "running heads and page numbers",
    "screen reader": "what is proved",
    "section": "headings",
    "sell": "sell it",
    "server": "publish the editions",
    "shop": "sell it",
    "site": "publish the editions",
    "slow": "large books",
    "snippet": "includes",
    "speed": "large books",
    "spell": "book lint",
    "spelling": "book lint",
    "start": "ten minutes",
    "store": "sell it",
    "strong": "emphasis",
    "style": "themes",
    "svg": "formats of pictures",
    "table of contents": "contents",
    "task": "lists",
    "task list": "lists",
    "template": "themes",
    "tiff": "formats of pictures",
    "toc": "contents",
    "todo": "lists",
    "translation": "the same book in two languages",
    "tutorial": "ten minutes",
    "two book": "many books",
    "two language": "the same book in two languages",
    "two sided": "both sides",
    "typeface": "a typeface of your own",
    "undo": "undo",
    "uninstall": "update or remove",
    "unnumbered": "numbers of chapters",
    "upgrade": "update or remove",
    "utf-8": "files that cannot be read",
    "utf8": "files that cannot be read",
    "watch": "see the book while you write",
    "webp": "formats of pictures",
    "website": "publish the editions",
    "where is the epub": "editions and where they are",
    "wide table": "tables",
    "windows-1252": "files that cannot be read",
    "word": "a book in one file",
    "word document": "editions and where they are",
    "wsl": "windows",
}
"""What people call a thing -> what the manual calls it; without the s of the plural."""
LISTS = ("settings", "front-matter")
"""Pages whose lists have a key for each item."""
PLACES = 3
"""The most places that an answer names."""
BEHIND: Mapping[str, float] = {"house-style": 1.5, "problems": 4.0, "report": 4.0}
"""Pages whose sections come later, by so many times: they mention every word, or explain what another page tells how to do."""
EXACT: Mapping[str, float] = {"markdown": 8.0, "settings": 4.0}
"""How much more a heading counts that has just the words that are looked for; elsewhere 6."""
BOUNDS = ("limits", "budgets", "labels")
"""Tables of handbound.toml whose keys come last: few readers look for them."""
CODE = regex(r"^(`{3,}).*?^\1$", re.DOTALL | re.MULTILINE)
LINK = regex(r"^(`{3,}).*?^\1$|(`+)[^`]+\2|\[(?P<words>[^\]\[]+)\]\((?P<address>[^()\s]+)\)", re.DOTALL | re.MULTILINE)
"""Code, of which nothing is read, or a link."""
WHOLE = ("windows",)
"""Names that end in an s."""
WORD = regex(r"[\w.-]*\w")


class Section(Struct, frozen=True, kw_only=True):
    """A part of a page that can be printed by itself."""

    page: str
    """The name of the page."""
    title: str
    """Its heading, or the key that it is about."""
    text: str
    """As Markdown, with its heading; below a heading without words of its own stand the sections under it."""
    under: str = ""
    """The heading of the section that it belongs to."""

    @property
    def first(self) -> str:
        """Its first sentence, or as much of it as fits a line; empty if it begins with something else than a paragraph."""
        body = re.sub(r"\A(?:#+ .*|`.*)\n+(?::   )?", "", self.text)
        line = " ".join(re.split(r"\n[ \t]*\n", body, maxsplit=1)[0].split())
        sentence = re.split(r"(?<=\w[.:]) (?=[A-Z*])", line)[0]
        words = re.sub(r"(`[^`]*`)|\*+", r"\1", plain(sentence))
        return "" if re.match(r"[`|$<-]{2}|[-|>#]", words) else words if len(words) <= 90 else f"{words[:88]} …"


def plain(text: str) -> str:
    """Return the Markdown *text* for a terminal, where links to other pages lead nowhere; code stays as it is.

    >>> plain("See [The report](../reference/report.md) and `[x](y.md)`, [pandoc](https://pandoc.org).")
    'See The report and `[x](y.md)`, pandoc (https://pandoc.org).'
    """

    def short(match: re.Match[str]) -> str:
        words, address = match["words"], match["address"]
        return match[0] if words is None else f"{words} ({address})" if "://" in address else words

    return LINK.sub(short, text)


def sections(pages: Mapping[str, str]) -> Iterator[Section]:
    """Yield every section of *pages*, a text for each name: what stands below a heading, and each key of a list of keys."""
    for name, text in pages.items():
        body = re.sub(r"\A---\n.*?^---\n", "", text, flags=re.DOTALL | re.MULTILINE)
        hidden = CODE.sub(lambda code: re.sub("^[#`]", " ", code[0], flags=re.MULTILINE), body)
        begin = r"#{1,6} |`[\w`, ]+`\n:   " if name in LISTS else "#{1,6} "
        begins = [match.start() for match in re.finditer(f"^(?:{begin})", hidden, re.MULTILINE)]
        above = ""
        for number, (start, end) in enumerate(itertools.pairwise([*begins, len(body)])):
            part = body[start:end].strip()
            line = part.split("\n", 1)[0]
            title = line.lstrip("#").strip() if line.startswith("#") else line.split(", ")[0]
            title = title.replace("`", "").strip("[]")
            if part == line and line.startswith("#"):
                depth = _depth(line)
                after = (place for place in begins[number + 1 :] if 0 < _depth(body[place:]) <= depth)
                part = body[start : next(after, len(body))].strip()
            yield Section(page=name, title=title, text=part, under=above)
            if line.startswith("#"):
                above = title


def _depth(text: str) -> int:
    """Return the level of the heading that *text* begins with, or 0."""
    return len(text) - len(text.lstrip("#"))


def named(title: str, among: Iterable[Section]) -> Iterator[Section]:
    """Yield the sections whose heading is *title*, in small or capital letters, except keys and tables of keys."""
    for section in among:
        if re.match(r"#+ [^`]", section.text) and section.title.casefold() == title.casefold():
            yield section


def places(words: str, among: Iterable[Section]) -> list[Section]:
    """Return the best sections about *words*, the best one first: those that have all of them, or else any of them."""
    among = tuple(among)
    typed, other = _names(words)
    ranks = {number: max(_rank(typed, part), _rank(other, part)) for number, part in enumerate(among)}
    best = sorted((number for number in ranks if ranks[number] > 0), key=lambda number: -ranks[number])
    return [among[number] for number in best[:PLACES]]


def best(words: str, among: Iterable[Section]) -> Section | None:
    """Return the best section about *words* if its heading has all of them, or all that the manual calls them by."""
    section = next(iter(places(words, among)), None)
    if section is None or not any(set(names) <= set(_counts(section.title)) for names in _names(words)):
        return None
    return section


def _names(words: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the stems of *words*, and those of what the manual calls the thing."""
    typed = _stems(words)
    return typed, _stems(SYNONYMS.get(" ".join(typed), " ".join(SYNONYMS.get(word, word) for word in typed)))


def _rank(words: tuple[str, ...], section: Section) -> float:
    """Return how much *section* is about *words*: above all its heading, then its first sentence, then the rest."""
    text = section.title if re.match(r"#.*(?:\n+#|\n+`.*\n:|\Z)", section.text) else section.text
    head, first, all_ = (_counts(words) for words in (section.title, section.first, text))
    shares = [12.0 * (word in head) + 4.0 * (word in first) + min(all_.get(word, 0), 3) for word in words]
    if not words or not any(shares):
        return 0.0
    rank = sum(shares) / len(words) - 6.0 * (len(words) - sum(map(bool, shares))) / len(words)
    rank += EXACT.get(section.page, 6.0) if set(words) == set(head) else 0.0
    behind = (
        2.0 if section.text.startswith("## `[") else BEHIND.get(section.page, 1.0)
    )  # the head of a table of keys says little
    return rank / (4.0 if section.under in BOUNDS else behind)


@functools.lru_cache(maxsize=4096)
def _counts(text: str) -> Mapping[str, int]:
    return Counter(_stems(text))


def _stems(text: str) -> tuple[str, ...]:
    """Return the words of *text* in small letters, without the s of the plural."""
    words = (word.casefold() for word in WORD.findall(text.replace("_", " ").replace("-", " ")))
    return tuple(word if word in WHOLE or not re.fullmatch(r"\w{3,}[^s]s", word) else word[:-1] for word in words)
