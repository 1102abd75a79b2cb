"""The text of citations and of the list of references, from one run of pandoc's citeproc for the whole book; cached."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from book import cache
from book.citing.works import BAD_WORK, NO_FILE, Work, Works
from book.dialects.citations import Cite
from book.markdown import pandoc
from book.markdown.nodes import citation, node
from book.markdown.pandoc import Failure
from book.patterns import regex
from book.problems import Place, Problem, printable
from book.settings import Limits

_BREAK = "\ue000"
"""A paragraph that separates two citations; no bibliography can contain it."""
_ENTRY = regex(r'<div id="ref-w(\d+)" class="csl-entry">\n\n(.*?)\n\n</div>', re.DOTALL)
_LEFT = regex(r'<span class="csl-left-margin">(.*?)</span>')
_RIGHT = regex(r'<span class="csl-right-inline">(.*)</span>(?=\s*$)', re.DOTALL)
"""A number or a label to the left of an entry, and the text to its right."""
_NOTE = regex(r"\[\^(\d+)\](?!:)")
_DEFINITION = regex(r"^\[\^(\d+)\]:[ ]*", re.MULTILINE)
MOST_RUNS = 40
"""The most runs of pandoc in search of works that it cannot read."""


class Words(Struct, frozen=True, kw_only=True):
    """One formatted citation: Markdown whose links lead to ``#ref-wN`` for the work number N."""

    text: str
    notes: tuple[tuple[str, str], ...] = ()
    """Name and text of its notes."""


class Wording(Struct, frozen=True, kw_only=True):
    """All formatted citations and works of a book."""

    citations: tuple[Words, ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    """The entries of the list of references, Markdown, by key, in the order of the list."""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """The key of each work by the number in links to it."""
    problems: tuple[Problem, ...] = ()


def word(
    citations: Sequence[Sequence[Cite]],
    works: Works,
    listed: Iterable[str],
    *,
    language: str,
    style: str,
    limits: Limits,
    folder: Path | None,
    place: Place,
) -> Wording:
    """Return *citations* formatted, and the entries of the works that they cite.

    Args:
        citations: each has at least one work; all of these are in *works*.
        works: the works of the book.
        listed: keys of further works for the list of references.
        language: BCP 47 tag.
        style: a CSL style; empty for pandoc's default.
        limits: limits of time and memory.
        folder: the cache folder, or None.
        place: the place of problems that concern all citations.
    """
    keys = list(dict.fromkeys([*(cite.key for cites in citations for cite in cites), *listed]))
    chosen = works.chosen(keys)
    calls = [[(keys.index(cite.key), cite.prefix, cite.suffix, cite.mode) for cite in cites] for cites in citations]
    texts = [work.text for work in chosen]
    parts = json.dumps([keys, calls, texts, works.strings, language, style])
    try:
        data = cache.remember(
            folder,
            "citations",
            cache.key(cache.program(), pandoc.version(), parts),
            lambda: json.dumps(_run(calls, keys, works, chosen, language, style, limits)).encode(),
            _is_sound,
        )
    except Failure as failure:
        message = f"citations are not worded, and keys are printed: {printable(failure.detail, 120)}"
        fix = "check the bibliography and the citation style"
        return Wording(problems=(NO_FILE.at(place, message, fix=fix),))
    answer = json.loads(data)
    return _taken_apart(answer["text"], keys, tuple(_problems(answer["unread"], chosen)))


def _is_sound(data: bytes) -> bool:
    try:
        answer = json.loads(data)
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("text"), str) and isinstance(answer.get("unread"), list)


def _problems(unread: Iterable[object], chosen: Iterable[Work]) -> Iterable[Problem]:
    by_key = {work.key: work for work in chosen}
    for key in unread:
        if isinstance(key, str) and key in by_key:
            message = f"'{printable(key, 60)}' is left out: pandoc cannot read this entry"
            yield BAD_WORK.at(by_key[key].place, message, fix="look for a missing comma, brace or quotation mark")


def _run(
    calls: Sequence[Sequence[tuple[int, str, str, Any]]],
    keys: Sequence[str],
    works: Works,
    chosen: Sequence[Work],
    language: str,
    style: str,
    limits: Limits,
) -> dict[str, Any]:
    """Return the output of citeproc, and the keys of the works that it cannot read."""
    reading = _Reading(works, limits)
    references = [
        work for form in ("biblatex", "csljson") for work in reading.read([w for w in chosen if w.form == form])
    ]
    numbers = {key: number for number, key in enumerate(keys)}
    numbered = []
    for reference in references:
        key = reference.get("id", {}).get("c")
        if key in numbers:
            numbered.append({**reference, "id": {"t": "MetaString", "c": f"w{numbers[key]}"}})
    known = {reference["id"]["c"] for reference in numbered}
    blocks = []
    for call in calls:
        cites = [citation(f"w{number}", *words) for number, *words in call if f"w{number}" in known]
        unread = "; ".join(keys[number] for number, *_ in call if f"w{number}" not in known)
        inside = [node("Cite", cites, [node("Str", "?")])] if cites else [node("Str", f"({unread})")]
        blocks += [node("Para", inside), node("Para", [node("Str", _BREAK)])]
    return {"text": pandoc.cite(tuple(blocks), numbered, language, style, limits), "unread": reading.unread}


class _Reading(Struct):
    """Reads works, as many at a time as pandoc can read."""

    works: Works
    limits: Limits
    unread: list[str] = field(default_factory=list)
    runs: int = 0

    def read(self, group: Sequence[Work]) -> list[dict[str, Any]]:
        """Return the works of *group* in citeproc's form, without those that pandoc cannot read."""
        if not group:
            return []
        self.runs += 1
        form = group[0].form
        texts = [work.text for work in self.works.chosen(work.key for work in group)]
        text = f"[{','.join(texts)}]" if form == "csljson" else "\n\n".join([*self.works.strings, *texts])
        try:
            return pandoc.works(text.replace(_BREAK, ""), form, self.limits)
        except Failure as failure:
            if len(group) == 1 or failure.reason != "failed" or self.runs > MOST_RUNS:
                self.unread += [work.key for work in group]
                return []
        half = len(group) // 2
        return [*self.read(group[:half]), *self.read(group[half:])]


def _taken_apart(text: str, keys: Sequence[str], problems: tuple[Problem, ...]) -> Wording:
    """Return the citations and the entries in the output of citeproc."""
    *pieces, rest = text.split(_BREAK)
    entries = {}
    for number, entry in _ENTRY.findall(rest):
        words = _LEFT.sub(r"\1 ", entry)
        words = _RIGHT.sub(r"\1", re.sub(r"</?div[^<>]*>", " ", words))
        entries[keys[int(number)]] = " ".join(words.split())
    numbers = {str(number): key for number, key in enumerate(keys)}
    return Wording(citations=tuple(map(_words, pieces)), entries=entries, numbers=numbers, problems=problems)


def _words(piece: str) -> Words:
    """Return one citation, with its notes separate."""
    body, *notes = re.split(r"^(?=\[\^\d+\]:)", piece.strip(), flags=re.MULTILINE)
    called = []
    for note in notes:
        match = _DEFINITION.match(note)
        if match:
            called.append((f"cite-{match[1]}", " ".join(note[match.end() :].split())))
    return Words(text=_NOTE.sub(r"[^cite-\1]", " ".join(body.split())), notes=tuple(called))
