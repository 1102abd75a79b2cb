"""HTML as boxes in boxes: what was read of an author's tags, asked and spelled again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from book.html_names import VOID
from book.markdown import content_model as model

IN_LINES = (model.PHRASING | frozenset("acronym big font nobr rb rt rp rtc strike tt".split())) - {"br"}
"""Elements that part no words."""
CELLS = frozenset({"td", "th"})
SECTIONS = frozenset({"thead", "tbody", "tfoot"})
PIECES = SECTIONS | CELLS | {"tr", "caption", "colgroup", "col"}
"""What only a table may hold."""


@dataclass(slots=True)
class Box:
    """An element: its attributes_of as written between the quotes, and what it holds: boxes and escaped text."""

    tag: str
    pairs: dict[str, str] = field(default_factory=dict)
    inside: list[Box | str] = field(default_factory=list)

    def like(self, inside: list[Box | str], tag: str = "") -> Box:
        """Return another element with the same attributes_of."""
        return Box(tag or self.tag, self.pairs, inside)

    def again(self, inside: list[Box | str]) -> Box:
        """Return one more piece of the same element: an id stands once."""
        return Box(self.tag, {name: value for name, value in self.pairs.items() if name not in ("id", "name")}, inside)


Things = list[Box | str]


class Fits(Protocol):
    """What fits the boxes inside a box: :class:`book.markdown.repair.fitting.Fitter`."""

    def flow(self, things: Things, above: frozenset[str]) -> Things:
        """Return *things* as what may stand in a box, inside elements *above*."""

    def say(self, box: Box, message: str, fix: str) -> None:
        """Note that something at *box* was put in order."""


def spell(things: Iterable[Box | str]) -> Iterator[str]:
    """Yield the HTML of *things*."""
    for thing in things:
        if isinstance(thing, str):
            yield thing
            continue
        said = "".join(f' {name}="{value}"' for name, value in thing.pairs.items())
        yield f"<{thing.tag}{said}>"
        if thing.tag not in VOID:
            yield from spell(thing.inside)
            yield f"</{thing.tag}>"


def blank(thing: Box | str) -> bool:
    """Say whether *thing* is white space."""
    return isinstance(thing, str) and not thing.strip(" \t\r\n\f")


def in_line(thing: Box | str) -> bool:
    """Say whether *thing* may stand in a line of text."""
    if isinstance(thing, str):
        return True
    if thing.tag in model.TRANSPARENT:
        return all(in_line(inner) for inner in thing.inside)
    return thing.tag in model.PHRASING


def holds(thing: Box | str, tags: frozenset[str]) -> bool:
    """Say whether *thing* is, or holds, an element of *tags*."""
    return isinstance(thing, Box) and (thing.tag in tags or any(holds(inner, tags) for inner in thing.inside))


def says(things: Iterable[Box | str]) -> bool:
    """Say whether *things* show anything."""
    return any(
        not blank(thing) if isinstance(thing, str) else thing.tag in ("img", "svg", "math", "hr") or says(thing.inside)
        for thing in things
    )


def runs(things: Things, belongs: Callable[[Box | str], bool]) -> Iterator[tuple[bool, Things]]:
    """Yield *things* in runs of those that belong together and of the others; white space goes with its neighbour."""
    run: Things = []
    kind: bool | None = None
    for thing in things:
        if not blank(thing):
            mine = belongs(thing)
            if kind is not None and mine != kind:
                yield kind, run
                run = []
            kind = mine
        run.append(thing)
    if run:
        yield bool(kind), run


def text_of(things: Things) -> str:
    """Return the text of *things*, escaped as it stands in HTML."""
    return "".join(thing if isinstance(thing, str) else text_of(thing.inside) for thing in things)


def names_of(things: Things) -> list[str]:
    """Return the names of *things* as content models know them; text is :data:`book.markdown.content_model.TEXT`."""
    return [thing.tag if isinstance(thing, Box) else model.TEXT for thing in things if not blank(thing)]
