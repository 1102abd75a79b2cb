"""Front matter that is not valid YAML or TOML, read as well as it can be: values that lack quotation marks, and lines that say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from book.notation import NOT_YAML, SYNTAX, TAB, NotationError, Spot, conflicts
from book.notation.yaml_words import Meant
from book.patterns import regex
from book.source.front_matter_keys import KEYS

STAND_IN = "\ufdd0"
"""A noncharacter of Unicode, in place of each character of a value while the lines around it are read."""
_RUN = regex(f"{STAND_IN}+")
_ENTRY = regex(r"^(?![ \t\n#]|-(?:[ \t\n]|\Z)|[\]}])", re.MULTILINE)
"""Where a line begins that does not continue the one above it."""
KEY = regex(r"""^(?P<key>[\w.-]+(?: [\w.-]+){0,2}|"[^"\n]+"|'[^'\n]+')[ \t]*(?::(?=[ \t\n]|\Z)|=)""", re.MULTILINE)
_TABLE = regex(r"^\[", re.MULTILINE)
_TIGHT = regex(r"(?P<key>\w+):(?P<value>[^\s/:][^\n]*[^\s])[ \t]*(?:\n|\Z)")
WITHOUT_KEY = "write `key: value`, or remove the line"
MOST = 20
"""The most faults of one block that are repaired."""

Reader = Callable[[str], Spot]


class Fault(Struct, frozen=True, kw_only=True):
    """Something in the front matter that is not valid, and what was made of it."""

    at: int
    """Its offset in the block."""
    message: str
    fix: str
    unused: bool
    """Whether it says nothing to the book; otherwise it is read as text."""


def repaired(text: str, reader: Reader) -> tuple[Spot, tuple[Fault, ...]]:
    r"""Return the front matter in *text* as *reader* reads it, and what had to be repaired for that.

    A value that lacks quotation marks is its text. If that is not enough, each key is read alone, and those that cannot be read
    are not used. Traps (aliases, tags), keys that occur twice and lines that are indented with tabs are not repaired: nobody can
    say what they mean.

    Raises:
        NotationError: *text* holds something of that kind, or not one line that looks like a key.

    >>> from book.notation import read_yaml
    >>> spot, faults = repaired("title: Work: a guide", read_yaml)
    >>> spot.plain, [(fault.at, fault.unused) for fault in faults]
    ({'title': 'Work: a guide'}, [(11, False)])
    >>> spot, faults = repaired("title: Work\nwords and words\nsidebar: 2", read_yaml)
    >>> spot.plain, [(fault.at, fault.unused) for fault in faults]
    ({'title': 'Work', 'sidebar': '2'}, [(12, True)])
    """
    try:
        spot, faults = _Attempt(text, reader).read()
        if not isinstance(spot.value, str) or not _TIGHT.match(text):
            return spot, faults
        first = NotationError(SYNTAX, 0, "front matter has a line without a key", WITHOUT_KEY)
    except NotationError as fault:
        if not _may_be_left_out(fault, text):
            raise
        first = fault
    pieces, words, repairs = [text], dict[int, Meant](), list[Fault]()
    for start, end in reversed([*_entries(text, "=" if reader.__name__ == "read_toml" else ":")]):
        alone = _Attempt(text[start:end], reader)
        alone.loosen()
        try:
            alone.read_keys()
        except NotationError as fault:
            if not _may_be_left_out(fault, text[start:end]):
                raise NotationError(fault.kind, start + fault.at, fault.message, fault.fix) from None
            repairs.append(_unused(text, start, end, fault))
            new = re.sub(r"[^\n]", " ", text[start:end])
        else:
            new = alone.text
            words.update({start + at: meant.moved(start) for at, meant in alone.words.items()})
            repairs += [replace(fault, at=start + fault.at) for fault in alone.faults]
        pieces[:1] = [pieces[0][:start], new, pieces[0][end:]]
    if not 0 < len(repairs) <= MOST or not (KEY.search(text) or words):
        raise first from None
    spot, more = _Attempt("".join(pieces), reader, words).read()
    return spot, (*more, *repairs)


class _Attempt:
    """Reads a text in which values that lack quotation marks are put aside, one after the other."""

    def __init__(self, text: str, reader: Reader, words: Mapping[int, Meant] = MappingProxyType({})) -> None:
        self.text, self.reader, self.words = text, reader, dict(words)
        self.faults: list[Fault] = []

    def loosen(self) -> None:
        """Read a key without a space behind its colon, `title:Work`, as one with a space."""
        match = _TIGHT.match(self.text)
        if match is None or match["key"] not in KEYS:
            return
        at, end = match.span("value")
        try:
            value = cast("Mapping[str, Spot]", self.reader(f"k: {match['value']}").value)["k"].value
        except NotationError:
            value = match["value"]
        if isinstance(value, str):
            self.words[at + 1] = Meant(at=at, end=end, text=value)
            self.text = f"{self.text[:at]} {STAND_IN * (end - at - 1)}{self.text[end:]}"
            message = f"there is no space behind the colon of `{match['key']}`; it is read as if there were one"
            fix = f"write {match['key']}: {match['value']}"
            self.faults.append(Fault(at=at, message=message, fix=fix, unused=False))

    def read(self) -> tuple[Spot, tuple[Fault, ...]]:
        """Return what the reader reads, with each of these values as its text.

        Raises:
            NotationError: there is another fault.
        """
        while True:
            try:
                spot = self.reader(self.text)
            except NotationError as fault:
                meant = fault.meant
                if meant is None or meant.at in self.words or len(self.faults) == MOST:
                    raise
                self.words[meant.at] = meant
                self.text = f"{self.text[: meant.at]}{meant.stand_in(STAND_IN)}{self.text[meant.end :]}"
                message = f"{fault.message.removeprefix(NOT_YAML)}; it is read as text"
                self.faults.append(Fault(at=fault.at, message=message, fix=fault.fix, unused=False))
                continue
            return (_restored(spot, self.words) if self.words else spot), tuple(self.faults)

    def read_keys(self) -> None:
        """Read a text that has to be a key with its value.

        Raises:
            NotationError: it is none.
        """
        spot, _ = self.read()
        if not isinstance(spot.value, Mapping):
            raise NotationError(SYNTAX, spot.at, "front matter has a line without a key", WITHOUT_KEY)


def _restored(spot: Spot, words: Mapping[int, Meant]) -> Spot:
    """Return *spot* with the values that were put aside, *words* under their offsets."""
    value = spot.value
    if isinstance(value, str) and (meant := words.get(spot.at)) is not None:
        text = _RUN.sub(lambda _: meant.text, value, count=1)
        return replace(spot, value=text, at=meant.at, bare=True)
    if isinstance(value, tuple):
        return replace(spot, value=tuple(_restored(item, words) for item in value))
    if isinstance(value, Mapping):
        return replace(spot, value={key: _restored(inner, words) for key, inner in value.items()})
    return spot


def _may_be_left_out(fault: NotationError, text: str) -> bool:
    return fault.kind is SYNTAX and fault.message != TAB and conflicts.first(text) is None


def _entries(text: str, sign: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of each key with its value; the tables of TOML, whose keys belong to them, are one entry."""
    tables = _TABLE.search(text) if sign == "=" else None
    last = tables.start() if tables else len(text)
    starts = [match.start() for match in _ENTRY.finditer(text, 0, last) if match.start() < last]
    yield from zip(starts, [*starts[1:], last], strict=False)
    if tables:
        yield last, len(text)


def _unused(text: str, start: int, end: int, fault: NotationError) -> Fault:
    """Return the fault of the entry between *start* and *end*, which is not used."""
    key = KEY.match(text, start, end)
    unused = f"`{key['key']}` is not used" if key else "the line is not used"
    at = min(start + fault.at, max(start, end - 1)) if key else start
    return Fault(at=at, message=f"{fault.message}; {unused}", fix=fault.fix, unused=True)
