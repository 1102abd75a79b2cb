"""The works that chapters can cite: the entries of BibTeX, CSL JSON and CSL YAML files, each with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from book.model import Manuscript
from book.notation import NotationError, read_json, read_loose_yaml
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, printable
from book.safe_open import Refusal, open_file
from book.sites.files import Ruler, items_of

NO_FILE = Kind("R120", Severity.WARNING, "a bibliography that cannot be read")
BAD_WORK = Kind("R121", Severity.WARNING, "a work of a bibliography that cannot be read")
TWICE = Kind("R124", Severity.WARNING, "two works with one key; the first is used")

LIMIT = 10_000_000
"""Most bytes of a bibliography."""
LARGEST = 50_000
"""Most letters of one work."""
DEEPEST = 40
"""Most braces within braces."""
MOST = 50_000
"""Most works of one file."""

_ENTRY = regex(r"(?:^|(?<=\}))[ \t]*@(?P<type>\w+)[ \t]*[{(][ \t\n]*(?P<key>[^\s,{}()\"=]*)", re.MULTILINE)
_PARENTS = regex(r"\b(?:crossref|xdata)\s*=\s*[{\"]([^{}\"\n]*)", re.IGNORECASE)

Form = Literal["biblatex", "csljson"]


class Work(Struct, frozen=True, kw_only=True):
    """One entry of a bibliography."""

    key: str
    text: str
    """The entry as written in its file."""
    form: Form
    place: Place
    parents: tuple[str, ...] = ()
    """Keys of the entries from which it inherits."""


class Works(Struct):
    """The entries of all bibliographies of a book."""

    by_key: dict[str, Work] = field(default_factory=dict)
    strings: list[str] = field(default_factory=list)
    """Abbreviations, ``@string{…}``."""
    problems: list[Problem] = field(default_factory=list)

    def add(self, work: Work) -> None:
        """Add one work, unless its key is already used."""
        first = self.by_key.setdefault(work.key, work)
        if first is not work and first.text != work.text:
            message = f"two works have the key '{printable(work.key, 60)}'; the one at {first.place} is used"
            self.problems.append(TWICE.at(work.place, message, fix="give one of the two another key"))

    def chosen(self, keys: Iterable[str]) -> tuple[Work, ...]:
        """Return the works with *keys*, preceded by those from which they inherit."""
        chosen: dict[str, Work] = {}
        waiting = [key for key in keys if key in self.by_key]
        while waiting:
            key = waiting.pop(0)
            if key not in chosen:
                chosen[key] = self.by_key[key]
                waiting += [parent for parent in self.by_key[key].parents if parent in self.by_key]
        return tuple(chosen.values())


def read(root: Path, files: Mapping[str, Sequence[str]], manuscripts: Iterable[Manuscript], place: Place) -> Works:
    """Return the works in *files* and in the front matter of *manuscripts*.

    Args:
        root: the book's folder.
        files: the names of bibliographies, each with the paths at which to look for it.
        manuscripts: chapters, whose front matter may contain works under `references`.
        place: the place that names the bibliographies, for missing ones.
    """
    works = Works()
    for name, paths in files.items():
        answers = {path: open_file(root, path, limit=LIMIT) for path in paths}
        path = next((path for path, data in answers.items() if isinstance(data, bytes)), None)
        if path is None:
            refusal = answers[paths[0]]
            why = refusal.detail if isinstance(refusal, Refusal) else f"there is no '{name}'"
            fix = "put the file there; only files of the book are read"
            works.problems.append(NO_FILE.at(place, f"the bibliography is not read: {why}", fix=fix))
        elif isinstance(data := answers[path], bytes):
            _read_file(works, path, data)
    for manuscript in manuscripts:
        entries = manuscript.front.values.get("references")
        if isinstance(entries, list | tuple) and entries and all(isinstance(entry, Mapping) for entry in entries):
            spot = manuscript.front.places.get("references", Place(path=manuscript.path))
            for entry in entries[:MOST]:
                _add_csl(works, entry, spot)
    return works


def _read_file(works: Works, path: str, data: bytes) -> None:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        message = f"'{path}' is not read: it is not UTF-8"
        works.problems.append(NO_FILE.at(Place(path=path, line=line), message, fix="save the file as UTF-8"))
        return
    if path.lower().endswith((".json", ".yaml", ".yml")):
        _read_csl(works, path, text)
    else:
        _read_bibtex(works, path, text)


def _read_bibtex(works: Works, path: str, text: str) -> None:
    """Add the entries of a BibTeX file; comments and the preamble are ignored."""
    entries = list(_ENTRY.finditer(text))[:MOST]
    ends = [entry.start() for entry in entries[1:]] + [len(text)] * bool(entries)
    ruler = Ruler(path, text)
    for entry, end in zip(entries, ends, strict=True):
        kind, chunk = entry["type"].casefold(), text[entry.start() : end].strip()
        start = entry.start() + len(entry[0]) - len(entry[0].lstrip())
        place = ruler.place(start)
        if kind in ("comment", "preamble"):
            continue
        if fault := _too_much(chunk):
            name = entry["key"] or kind
            message = f"'{printable(name, 60)}' is left out: {fault}"
            works.problems.append(BAD_WORK.at(place, message, fix="shorten it"))
        elif kind == "string":
            works.strings.append(chunk)
        elif entry["key"]:
            parents = tuple(key.strip() for match in _PARENTS.finditer(chunk) for key in match[1].split(","))
            works.add(Work(key=entry["key"], text=chunk, form="biblatex", place=place, parents=parents))


def _too_much(chunk: str) -> str:
    """Return why pandoc would take too long for an entry; empty if it would not."""
    if len(chunk) > LARGEST:
        return f"it has {len(chunk):,} letters; {LARGEST:,} are allowed"
    deepest = depth = 0
    for letter in chunk:
        depth += (letter == "{") - (letter == "}")
        deepest = max(deepest, depth)
    return f"its braces are {deepest} deep; {DEEPEST} are allowed" if deepest > DEEPEST else ""


def _read_csl(works: Works, path: str, text: str) -> None:
    """Add the entries of a CSL JSON file, or of a YAML file with a list under `references`."""
    try:
        root = read_json(text, depth=16) if path.lower().endswith(".json") else read_loose_yaml(text)
    except NotationError as fault:
        place = Ruler(path, text).place(fault.at)
        works.problems.append(NO_FILE.at(place, f"'{path}' is not read: {fault.message}", fix=fault.fix))
        return
    spot = root.value.get("references", root) if isinstance(root.value, Mapping) else root
    ruler = Ruler(path, text)
    for entry in items_of(spot)[:MOST]:
        if isinstance(entry.value, Mapping):
            _add_csl(works, entry.plain, ruler.place(entry.at))


def _add_csl(works: Works, entry: Mapping[str, Any], place: Place) -> None:
    key = entry.get("id")
    if not isinstance(key, str | int) or not str(key).strip():
        message = "a work without `id` cannot be cited; it is left out"
        works.problems.append(BAD_WORK.at(place, message, fix="give it an id"))
        return
    text = json.dumps({**{str(name): value for name, value in entry.items()}, "id": str(key)}, default=str)
    if len(text) > LARGEST:
        message = f"'{printable(str(key), 60)}' is left out: it has {len(text):,} letters; {LARGEST:,} are allowed"
        works.problems.append(BAD_WORK.at(place, message, fix="shorten it"))
        return
    works.add(Work(key=str(key), text=text, form="csljson", place=place))
