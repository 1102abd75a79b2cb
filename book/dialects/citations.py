"""Citations as authors write them: `[see @key, p. 3; @other]`, `@key`, `[-@key]`, ``{cite:p}`key` ``; and the places of lists of references."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from book.model import Manuscript
from book.patterns import regex
from book.settings import Settings

_KEY = r"\w(?:\w|[:.#$%&+?<>~/-](?=\w))*"
_CITE = rf"(?P<minus>-)?@(?:\{{(?P<braced>[^{{}}\n]+)\}}|(?P<key>{_KEY}))"
_GROUP = regex(
    r"\[(?P<inside>(?:[^\[\]\n@]|\n(?![ \t]*\n))*?(?<![\w.])-?@(?=[\w{])(?:[^\[\]\n]|\n(?![ \t]*\n))*)\](?![\[(:])"
)
_IN_TEXT = regex(rf"(?<![\w.@/\\{{\[-]){_CITE}(?:[ \t]\[(?P<locator>[^\[\]@\n]+)\](?![\[(:]))?")
_PIECE = regex(rf"(?P<prefix>.*?)(?<![\w.]){_CITE}(?P<suffix>.*)", re.DOTALL)
_LIST = regex(
    r"^[ \t]*:{3,}[ \t]*\{(?P<braces>[^{}\n]*#refs\b[^{}\n]*)\}[ \t]*:*[ \t]*\n(?:[ \t]*\n)*[ \t]*:{3,}[ \t]*$"
    r"|^[ \t]*<div[ \t]+id=[\"']refs[\"'][^<>\n]*>\s*</div>[ \t]*$"
    r"|^[ \t]*\\(?P<macro>bibliography|full_bibliography|printbibliography)(?:\{[^{}\n]*\})?[ \t]*$",
    re.MULTILINE,
)
_ROLE_WORK = regex(r"(?:\{(?P<prefix>[^{}]*)\})?(?P<key>[^{},]+)(?:\{(?P<suffix>[^{}]*)\})?")
_IN_TEXT_ROLES = frozenset({"t", "ts", "ct", "cts", "alt", "author", "authors", "authorpar"})
_YEAR_ROLES = frozenset({"year", "yearpar"})
LONGEST = 2_000
"""The most letters of a citation."""

Mode = Literal["NormalCitation", "AuthorInText", "SuppressAuthor"]


class Cite(Struct, frozen=True, kw_only=True):
    """One work of a citation."""

    key: str
    at: int
    """The offset of the key in the text."""
    prefix: str = ""
    suffix: str = ""
    mode: Mode = "NormalCitation"


class Citation(Struct, frozen=True, kw_only=True):
    """One citation in a text, from *start* to before *end*."""

    start: int
    end: int
    cites: tuple[Cite, ...]

    @property
    def in_text(self) -> bool:
        """Whether it is a part of the sentence and has no brackets."""
        return self.cites[0].mode == "AuthorInText"


class ListPlace(Struct, frozen=True, kw_only=True):
    """A place for a list of references in a text, from *start* to before *end*."""

    start: int
    end: int
    local: bool
    """Whether it lists only the works that its own chapter cites."""
    all: bool
    """Whether it also lists the works that no chapter cites."""


def files(settings: Settings, manuscripts: Iterable[Manuscript]) -> Mapping[str, tuple[str, ...]]:
    """Return the bibliographies that the settings and the front matter of chapters name.

    Each name maps to the paths at which to look for the file: one for a file from the settings, several for one from a chapter.
    """
    names: dict[str, tuple[str, ...]] = {name: (name,) for name in settings.bibliography}
    for manuscript in manuscripts:
        value = manuscript.front.values.get("bibliography")
        folder = posixpath.dirname(manuscript.path)
        for name in value if isinstance(value, list | tuple) else (value,):
            if isinstance(name, str) and name.strip():
                beside = posixpath.normpath(posixpath.join(folder, name.strip()))
                names.setdefault(beside, tuple(dict.fromkeys((beside, posixpath.normpath(name.strip())))))
    return names


def is_citing(settings: Settings, manuscripts: Iterable[Manuscript]) -> bool:
    """Return whether a book has works that its chapters can cite."""
    names = ("bibliography", "references")
    return bool(settings.bibliography) or any(
        name in manuscript.front.values for manuscript in manuscripts for name in names
    )


def in_role(name: str, text: str) -> str | None:
    """Return the citation for a role of Sphinx or MyST; None for a role that cites nothing.

    >>> in_role("cite:p", "a, b"), in_role("cite:t", "a"), in_role("cite", "{see}a{p. 3}"), in_role("cite:year", "a")
    ('[@{a}; @{b}]', '@{a}', '[see @{a}, p. 3]', '[-@{a}]')
    """
    first, _, kind = name.partition(":")
    if first not in ("cite", "footcite", "citep", "citet"):
        return None
    kind = kind or first.removeprefix("foot").removeprefix("cite")
    works = []
    for match in _ROLE_WORK.finditer(text):
        if match["key"].strip():
            prefix = f"{match['prefix'].strip()} " if match["prefix"] else ""
            suffix = f", {match['suffix'].strip()}" if match["suffix"] else ""
            works.append((prefix, match["key"].strip(), suffix))
    if not works:
        return None
    if kind in _IN_TEXT_ROLES:
        return "; ".join(f"@{{{key}}}" + (f" [{suffix[2:]}]" if suffix else "") for _, key, suffix in works)
    minus = "-" if kind in _YEAR_ROLES else ""
    return f"[{'; '.join(f'{prefix}{minus}@{{{key}}}{suffix}' for prefix, key, suffix in works)}]"


def citations(text: str, known: Iterable[str], *, every: bool) -> tuple[Citation, ...]:
    """Return the citations in *text*, in which code is replaced by spaces.

    Args:
        text: a chapter in the form in which pandoc reads it.
        known: the keys of the works.
        every: whether a word after ``@`` is a citation even if it is not a known key and has no brackets.
    """
    keys = frozenset(known)
    result = [
        Citation(start=match.start(), end=match.end(), cites=cites)
        for match in _GROUP.finditer(text)
        if len(match["inside"]) <= LONGEST and (cites := _cites(match["inside"], match.start("inside")))
    ]
    blank = list(text)
    for citation in result:
        blank[citation.start : citation.end] = " " * (citation.end - citation.start)
    for match in _IN_TEXT.finditer("".join(blank)):
        key = match["braced"] or match["key"]
        if every or key in keys or match["braced"]:
            mode: Mode = "SuppressAuthor" if match["minus"] else "AuthorInText"
            at = match.start("braced") if match["braced"] else match.start("key")
            suffix = f", {match['locator']}" if match["locator"] else ""
            cite = Cite(key=key, at=at, suffix=suffix, mode=mode)
            result.append(Citation(start=match.start(), end=match.end(), cites=(cite,)))
    return tuple(sorted(result, key=lambda citation: citation.start))


def _cites(inside: str, offset: int) -> tuple[Cite, ...]:
    """Return the works in the brackets of a citation; a piece between semicolons without a key belongs to the work before it."""
    cites: list[Cite] = []
    at = offset
    for piece in inside.split(";"):
        match = _PIECE.match(piece)
        if match is None:
            if not cites:
                return ()
            cites[-1] = replace(cites[-1], suffix=f"{cites[-1].suffix};{piece}")
        else:
            group = "braced" if match["braced"] else "key"
            mode: Mode = "SuppressAuthor" if match["minus"] else "NormalCitation"
            prefix, suffix = (" ".join(match[name].split()) for name in ("prefix", "suffix"))
            cites.append(Cite(key=match[group], at=at + match.start(group), prefix=prefix, suffix=suffix, mode=mode))
        at += len(piece) + 1
    return tuple(cites)


def lists(text: str) -> Iterator[ListPlace]:
    """Yield the places in *text* for lists of references."""
    for match in _LIST.finditer(text):
        words = (match["braces"] or "").split()
        whole = ".all" in words or match["macro"] == "full_bibliography"
        yield ListPlace(start=match.start(), end=match.end(), local=".local" in words, all=whole)


def list_mark(options: Mapping[str, str]) -> str:
    """Return the mark for the list of references of a directive with *options*.

    >>> list_mark({}), list_mark({"filter": "docname in docnames"}), list_mark({"all": ""})
    ('::: {#refs}', '::: {#refs .local}', '::: {#refs .all}')
    """
    local = " .local" if "filter" in options else ""
    whole = " .all" if "all" in options else ""
    return f"::: {{#refs{local}{whole}}}"
