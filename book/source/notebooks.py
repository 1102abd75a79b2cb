"""Notebooks of Jupyter: their cells and outputs as Markdown, each line with its place in the file. No program of a notebook is run.

nbformat 4 is read. A picture among the outputs stays in the file; its address in the Markdown, ``book.ipynb#3-1-image/png``, names it.
"""

from __future__ import annotations

import base64
import functools
import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote, unquote

from msgspec import Struct, field
from msgspec.structs import replace

from book.model import Manuscript, Origin, Piece
from book.notation import NotationError, Spot, read_json
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, Subject, place_of
from book.safe_open import Refusal

UNREAD = Kind("M140", Severity.WARNING, "a notebook that cannot be read; it is left out")

SUFFIX = ".ipynb"
COPIES = ".ipynb_checkpoints"
"""The folder in which Jupyter keeps copies of notebooks."""
MARK = f"{SUFFIX}#"
"""What the address of a picture in a notebook contains."""
PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
"""Kinds of pictures among the outputs, the best for print first."""
ATTACHED = "attachment"
DEEPEST = 60
_OPTION = regex(r"[ \t]*#\|[ \t]*(?P<key>[\w-]+):[ \t]*(?P<value>.*?)[ \t]*")
_MAGIC = regex(r"%%(?P<name>bash|sh|html|javascript|js|latex|markdown|perl|R|ruby|sql|svg|writefile)\b.*")
_ATTACHMENT = regex(r"(?<=\]\()attachment:(?P<name>[^()\s]+)(?=\))")
_COLOURS = regex(r"\x1b\[[0-9;?]*[A-Za-z]")
_OF_BROWSER = regex(r"<(?:script|iframe|canvas|object|embed|video|audio)\b", re.IGNORECASE)
_REPRESENTATION = regex(r"<(?P<words>[\w.]+[^<>]*)>")
_FENCE = regex(r"`{3,}")
HIDDEN: Mapping[str, frozenset[str]] = {
    "cell": frozenset({"remove-cell", "remove_cell", "removecell"}),
    "input": frozenset({"remove-input", "remove_input", "hide_input"}),
    "output": frozenset({"remove-output", "remove_output"}),
}
"""Tags of cells that are not printed, in whole or in part, in Jupyter Book and MyST."""
OPTIONS: Mapping[str, str] = {"include": "cell", "echo": "input", "output": "output"}
"""The options with which Quarto says the same, if they are false."""

Read = Callable[..., tuple[Manuscript | None, tuple[Problem, ...]]]


def reader(read: Read) -> Read:
    """Return *read*, which reads the text of a Markdown file, for a notebook."""

    def read_notebook(
        data: bytes, path: str, settings: object, **more: object
    ) -> tuple[Manuscript | None, tuple[Problem, ...]]:
        typed = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
        try:
            lines = [*_Cells(typed, path).lines()]
        except NotationError as fault:
            return None, (UNREAD.at(place_of(typed, fault.at, path), fault.message, fix=fault.fix),)
        manuscript, problems = read("\n".join(text for text, _ in lines).encode(), path, settings, **more)
        numbers = [number for _, number in lines] or [1]

        def placed(place: Place | Subject) -> Place | Subject:
            if not isinstance(place, Place) or place.path != path:
                return place
            return Place(path=path, line=numbers[min(max(place.line, 1), len(numbers)) - 1])

        problems = tuple(replace(problem, place=placed(problem.place)) for problem in problems)
        if manuscript is None:
            return None, problems
        count = manuscript.text.count("\n") + 1
        own = [*numbers[manuscript.first_line - 1 :], *([numbers[-1]] * count)][:count]
        pieces = (Piece(1, 1, exact=False),)
        origins = tuple(Origin(path=path, line=number, pieces=pieces) for number in own)
        places = {key: placed(place) for key, place in manuscript.front.places.items()}
        return replace(manuscript, origins=origins, front=replace(manuscript.front, places=places)), problems

    return read_notebook


def picture(data: bytes | Refusal, address: str) -> str:
    """Return the picture of the notebook in *data* that *address* names, as a ``data:`` address, which is empty if there is none."""
    name, _, kind = unquote(address.partition("#")[2]).partition("-")
    output, _, kind = kind.partition("-")
    try:
        cell = _table(_read(data)[int(name)]) if isinstance(data, bytes) else {}
        if output == ATTACHED:
            bundle = _table(_table(cell.get("attachments")).get(kind))
            kind = next((key for key in PICTURES if key in bundle), "")
        else:
            bundle = _table(_table(_list(cell.get("outputs"))[int(output)]).get("data"))
        text = "\n".join(line for line, _ in _texts(bundle.get(kind)))
        if kind == PICTURES[0]:
            return f"data:{kind},{quote(text)}"
        return f"data:{kind};base64,{base64.b64encode(base64.b64decode(text)).decode()}"
    except (NotationError, ValueError, IndexError):
        return "data:,"


@functools.lru_cache(maxsize=2)
def _read(data: bytes) -> Sequence[Spot]:
    return _cells(read_json(data.decode("utf-8-sig", "replace"), depth=DEEPEST))


class _Cells(Struct):
    """One pass through the cells of a notebook."""

    typed: str
    path: str
    starts: list[int] = field(default_factory=list)
    language: str = "python"

    def lines(self) -> Iterator[tuple[str, int]]:
        """Yield the lines of the Markdown, each with its line in the file."""
        self.starts = [0, *(match.end() for match in re.finditer("\n", self.typed))]
        root = read_json(self.typed, depth=DEEPEST)
        if "cells" not in _table(root):
            fix = "open it in Jupyter and save it, or run: jupyter nbconvert --to notebook --inplace"
            raise NotationError(UNREAD, root.at, "this is no notebook of nbformat 4: it has no list 'cells'", fix)
        about = _table(_table(root).get("metadata"))
        for key, name in (("language_info", "name"), ("kernelspec", "language")):
            self.language = _text(_table(about.get(key)).get(name)) or self.language
        for number, cell in enumerate(_cells(root)):
            table = _table(cell)
            kind = _text(table.get("cell_type"))
            source = [(text, self.line(at)) for text, at in _texts(table.get("source"))]
            if kind == "code":
                yield from self.code(number, table, source)
            elif kind == "markdown" or (kind == "raw" and _is_markdown(table, source, number)):
                yield from self.markdown(number, source)
            elif source:
                yield from _fenced(source, "", source[0][1])
            yield "", self.line(cell.end - 1)

    def line(self, at: int) -> int:
        """Return the line of an offset."""
        return bisect_right(self.starts, at)

    def address(self, cell: int, name: str) -> str:
        """Return the address of a picture of the notebook."""
        return f"{quote(self.path.rpartition('/')[2])}#{cell}-{quote(unquote(name))}"

    def markdown(self, number: int, source: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
        """Yield the lines of a cell of Markdown, with the addresses of the pictures that are attached to it."""

        def address(match: re.Match[str]) -> str:
            return self.address(number, f"{ATTACHED}-{match['name']}")

        yield from ((_ATTACHMENT.sub(address, text), line) for text, line in source)

    def code(
        self, number: int, table: Mapping[str, Spot], source: Sequence[tuple[str, int]]
    ) -> Iterator[tuple[str, int]]:
        """Yield the lines of a cell of code and of its outputs."""
        options: dict[str, str] = {}
        while source and (option := _OPTION.fullmatch(source[0][0])):
            options[option["key"]] = option["value"].strip("\"'")
            source = source[1:]
        tags = frozenset(map(_text, _list(_table(table.get("metadata")).get("tags"))))
        hidden = {part for part, names in HIDDEN.items() if names & tags}
        hidden |= {part for key, part in OPTIONS.items() if options.get(key) == "false"}
        if "cell" in hidden:
            return
        if any(text.strip() for text, _ in source) and "input" not in hidden:
            magic = _MAGIC.fullmatch(source[0][0])
            yield from _fenced(source, magic["name"] if magic else self.language, source[0][1])
        for place, output in enumerate(_list(table.get("outputs")) if "output" not in hidden else ()):
            yield from self.output(number, place, output, options)

    def output(self, cell: int, number: int, spot: Spot, options: Mapping[str, str]) -> Iterator[tuple[str, int]]:
        """Yield the lines of one output."""
        table, line = _table(spot), self.line(spot.at)
        bundle = _table(table.get("data"))
        kind = next((kind for kind in PICTURES if kind in bundle), "")
        page = "\n".join(text for text, _ in _texts(bundle.get("text/html")))
        plain = [(text, self.line(at)) for text, at in _texts(bundle.get("text/plain"))]
        if "text/markdown" in bundle:
            yield from ((text, self.line(at)) for text, at in _texts(bundle["text/markdown"]))
        elif kind:
            words = " ".join(text for text, _ in plain)
            shown = _REPRESENTATION.fullmatch(words)
            caption = options.get("fig-cap", "")
            words = options.get("fig-alt") or caption or (shown["words"] if shown else words)
            alt = re.sub(r"([\[\]\\])", r"\\\1", words)
            yield f"![{alt}](<{self.address(cell, f'{number}-{kind}')}>){_named(options)}", line
            if caption:
                yield f"*{caption}*", line
        elif page and not _OF_BROWSER.search(page):
            yield from ((text, line) for text in _without_style(page).split("\n") if text.strip())
        elif "text/latex" in bundle:
            yield from ((text, self.line(at)) for text, at in _texts(bundle["text/latex"]))
        else:
            typed = table.get("text") or table.get("traceback")
            texts = [(text, self.line(at)) for text, at in _texts(typed)] or plain
            clean = [(_COLOURS.sub("", text).rstrip("\r").rpartition("\r")[2], at) for text, at in texts]
            yield from _fenced(clean, "", line) if any(text.strip() for text, _ in clean) else ()
            return
        yield "", line


def _named(options: Mapping[str, str]) -> str:
    name = options.get("label", "")
    return f"{{#{name}}}" if re.fullmatch(r"[\w:.-]+", name) else ""


def _is_markdown(table: Mapping[str, Spot], source: Sequence[tuple[str, int]], number: int) -> bool:
    """Return whether a raw cell is Markdown, HTML, or the front matter that Quarto has in the first cell."""
    about = _table(table.get("metadata"))
    kinds = {_text(about.get(key)) for key in ("raw_mimetype", "format", "mimetype")}
    is_head = number == 0 and bool(source) and source[0][0].strip() == "---"
    return is_head or bool(kinds & {"text/markdown", "text/html"})


def _fenced(lines: Sequence[tuple[str, int]], language: str, line: int) -> Iterator[tuple[str, int]]:
    longest = max((len(mark) for text, _ in lines for mark in _FENCE.findall(text)), default=2)
    mark = "`" * (longest + 1)
    yield f"{mark}{language}", line
    yield from lines
    yield mark, lines[-1][1] if lines else line
    yield "", line


def _without_style(page: str) -> str:
    """Return HTML without its style sheets, which tables of pandas have."""
    pieces = re.split(r"<style\b", page, flags=re.IGNORECASE)
    ends = (re.search(r"</style>", piece, re.IGNORECASE) for piece in pieces[1:])
    inside = zip(pieces[1:], ends, strict=True)
    return pieces[0] + "".join(piece[end.end() :] for piece, end in inside if end)


def _cells(root: Spot) -> Sequence[Spot]:
    return _list(_table(root).get("cells"))


def _table(spot: Spot | None) -> Mapping[str, Spot]:
    return spot.value if spot is not None and isinstance(spot.value, Mapping) else {}


def _list(spot: Spot | None) -> Sequence[Spot]:
    return spot.value if spot is not None and isinstance(spot.value, tuple) else ()


def _text(spot: Spot | None) -> str:
    return spot.value if spot is not None and isinstance(spot.value, str) and not spot.bare else ""


def _texts(spot: Spot | None) -> list[tuple[str, int]]:
    """Return the lines of a text, or of a list of texts, each with the offset of the text that it is in."""
    pieces = _list(spot) or ((spot,) if spot is not None and _text(spot) else ())
    texts = [_text(piece) for piece in pieces]
    starts = [0, *itertools.accumulate(map(len, texts))]
    lines: list[tuple[str, int]] = []
    at = 0
    for line in "".join(texts).split("\n") if pieces else ():
        number = bisect_right(starts, at, hi=len(texts)) - 1
        lines.append((line, pieces[number].at))
        at += len(line) + 1
    while lines and not lines[-1][0].strip():
        lines.pop()
    return lines
