"""The search of `book manual WORD`: the places of the manual that are about a word which is no key, command or code."""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

SYNONYMS: Mapping[str, str] = {
    "author": "authors",
    "beginner": "ten minutes",
    "book size": "page size",
    "bookmark": "contents",
    "box": "callouts",
    "cache": "book clean",
    "chapter number": "numbered",
    "ci": "continuous integration",
    "cleaning": "book clean",
    "citation": "cite",
    "color": "colour",
    "cover image": "cover picture",
    "cover art": "cover picture",
    "debian": "install",
    "diagram": "mermaid",
    "docker": "container",
    "double sided": "both sides",
    "duplex": "both sides",
    "ebook": "e-readers",
    "equation": "formulas",
    "format": "editions",
    "folio": "running heads and page numbers",
    "footer": "running heads and page numbers",
    "getting started": "ten minutes",
    "gitignore": "continuous integration",
    "gutter": "margins",
    "header": "running heads and page numbers",
    "hyphen": "hyphens",
    "hyphenation": "hyphens",
    "image": "figures",
    "ipad": "tablets",
    "kobo": "e-readers",
    "latex": "formulas",
    "line spacing": "size of the text",
    "link": "links",
    "locale": "language",
    "mac": "macos",
    "math": "formulas",
    "night": "dark mode",
    "numbering": "numbered",
    "page break": "page",
    "paper": "page sizes",
    "paper size": "page sizes",
    "photo": "figures",
    "picture": "figures",
    "printer": "print shop",
    "publish": "github",
    "quickstart": "ten minutes",
    "reference": "citations",
    "remove handbound": "update or remove",
    "running head": "running heads and page numbers",
    "section": "headings",
    "style": "themes",
    "template": "themes",
    "start": "ten minutes",
    "toc": "contents",
    "tutorial": "ten minutes",
    "two sided": "both sides",
    "uninstall": "update or remove",
    "upgrade": "update or remove",
    "table of contents": "contents",
    "translation": "language",
    "typeface": "fonts",
    "watch": "see the book while you write",
}
"""What people call a thing -> what the manual calls it; without the s of the plural."""
LISTS = ("settings", "front-matter")
"""Pages whose lists have a key for each item."""
PLACES = 3
"""The most places that an answer names."""
REFERENCE = ("problems", "report")
"""Pages whose sections come last: they mention every word."""
CODE = re.compile(r"^(`{3,}).*?^\1$", re.DOTALL | re.MULTILINE)
WHOLE = ("windows",)
"""Names that end in an s."""
WORD = re.compile(r"[\w.-]*\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page that can be printed by itself."""

    page: str
    """The name of the page."""
    title: str
    """Its heading, or the key that it is about."""
    text: str
    """As Markdown, with its heading."""

    @property
    def first(self) -> str:
        """Its first sentence, or as much of it as fits a line; empty if it begins with something else than a paragraph."""
        body = re.sub(r"\A(?:#+ .*|`.*)\n+(?::   )?", "", self.text)
        line = " ".join(re.split(r"\n[ \t]*\n", body, maxsplit=1)[0].split())
        sentence = re.split(r"(?<=\w[.:]) (?=[A-Z*])", line)[0]
        plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", sentence).replace("*", "")
        return "" if re.match(r"[`|$<-]{2}|[-|>#]", plain) else plain if len(plain) <= 90 else f"{plain[:88]} …"


def sections(pages: Mapping[str, str]) -> Iterator[Section]:
    """Yield every section of *pages*, a text for each name: what stands below a heading, and each key of a list of keys."""
    for name, text in pages.items():
        body = re.sub(r"\A---\n.*?^---\n", "", text, flags=re.DOTALL | re.MULTILINE)
        hidden = CODE.sub(lambda code: re.sub("^[#`]", " ", code[0], flags=re.MULTILINE), body)
        begin = r"#{1,6} |`[\w`, ]+`\n:   " if name in LISTS else "#{1,6} "
        begins = [match.start() for match in re.finditer(f"^(?:{begin})", hidden, re.MULTILINE)]
        for start, end in itertools.pairwise([*begins, len(body)]):
            part = body[start:end].strip()
            line = part.split("\n", 1)[0]
            title = line.lstrip("#").strip() if line.startswith("#") else line.split(", ")[0]
            title = title.replace("`", "").strip("[]")
            yield Section(page=name, title=title, text=part)


def named(title: str, among: Iterable[Section]) -> Iterator[Section]:
    """Yield the sections whose heading is *title*, in small or capital letters, except the keys of a list."""
    for section in among:
        if section.text.startswith("#") and section.title.casefold() == title.casefold():
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
    head, first, all_ = (_counts(text) for text in (section.title, section.first, section.text))
    shares = [12.0 * (word in head) + 4.0 * (word in first) + min(all_.get(word, 0), 3) for word in words]
    if not words or not any(shares):
        return 0.0
    rank = sum(shares) / len(words) - 6.0 * (len(words) - sum(map(bool, shares))) / len(words)
    rank += 6.0 if set(words) == set(head) else 0.0
    return rank / (4.0 if section.page in REFERENCE else 1.0)


@functools.lru_cache(maxsize=4096)
def _counts(text: str) -> Mapping[str, int]:
    return Counter(_stems(text))


def _stems(text: str) -> tuple[str, ...]:
    """Return the words of *text* in small letters, without the s of the plural."""
    words = (word.casefold() for word in WORD.findall(text.replace("_", " ").replace("-", " ")))
    return tuple(word if word in WHOLE or not re.fullmatch(r"\w{3,}[^s]s", word) else word[:-1] for word in words)
