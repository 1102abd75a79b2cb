"""An author's tags made fit: what stands where HTML does not let it stand is moved no further than it must, and every word stays.

The tags of a chapter are read as they are written, not as a browser would: a browser moves the words of a broken table
before it and joins the words on both sides of a tag that it leaves out. What may stand where is the table of
:mod:`book.markdown.content_model`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from book.html_names import HEADINGS, VOID
from book.markdown import content_model as model

OLD: Mapping[str, tuple[str, str]] = {
    "acronym": ("abbr", ""),
    "big": ("span", "big"),
    "center": ("div", "align-center"),
    "dir": ("ul", ""),
    "menu": ("ul", ""),
    "nobr": ("span", "nobr"),
    "rb": ("span", ""),
    "rtc": ("rt", ""),
    "strike": ("s", ""),
    "tt": ("code", ""),
}
"""Elements that HTML no longer has (HTML §16.2), what says the same, and the kind that keeps their look."""
OLD_ATTRIBUTES = frozenset({"align", "valign"})
"""Attributes of old HTML that live on as a kind."""
IN_LINES = (model.PHRASING | frozenset("acronym big font nobr rb rt rp rtc strike tt".split())) - {"br"}
"""Elements that part no words."""
INTERACTIVE = frozenset({"a", "details"})
CELLS = frozenset({"td", "th"})
SECTIONS = frozenset({"thead", "tbody", "tfoot"})
PIECES = SECTIONS | CELLS | {"tr", "caption", "colgroup", "col"}
"""What only a table may hold."""


@dataclass(slots=True)
class Box:
    """An element: its attributes as written between the quotes, and what it holds: boxes and escaped text."""

    tag: str
    pairs: dict[str, str] = field(default_factory=dict)
    inside: list[Box | str] = field(default_factory=list)

    def like(self, inside: list[Box | str], tag: str = "") -> Box:
        """Return another element with the same attributes."""
        return Box(tag or self.tag, self.pairs, inside)

    def again(self, inside: list[Box | str]) -> Box:
        """Return one more piece of the same element: an id stands once."""
        return Box(self.tag, {name: value for name, value in self.pairs.items() if name not in ("id", "name")}, inside)


Things = list[Box | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One thing that was put in order."""

    line: int
    column: int
    """Of the author's tag; both 0 where it is not known."""
    message: str
    fix: str


def repair(fragment: str) -> tuple[str, tuple[Repair, ...]]:
    """Return *fragment*, HTML with an author's tags in it, as HTML that may stand in a chapter, and what was put in order.

    >>> repair('<p>a<td>b</td></p>')[0]
    '<p>a</p><div>b</div>'
    """
    fitter = _Fitter()
    things = fitter.flow(_read(fragment), frozenset())
    return "".join(_spell(things)), tuple(fitter.repairs)


# Reading: tags as they are written, with the end tags that HTML §13.1.2.4 lets an author leave out.

_TOKEN = re.compile(
    r"<!--.*?-->|<(/?)([A-Za-z][\w:.-]*)((?:\s+[^\s=>\"'/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)\s*(/?)>",
    re.DOTALL,
)
_PAIR = re.compile(r"([^\s=>\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
# A start tag on the left ends an open element on the right, but not one outside of a scope.
_SPECIAL_BOXES = model.BLOCKS - {"address", "div", "p"}
_ENDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), _SPECIAL_BOXES | CELLS | {"menu", "dir", "dt", "dd"}),
    **dict.fromkeys(("dt", "dd"), (frozenset({"dt", "dd"}), _SPECIAL_BOXES | CELLS | {"menu", "dir", "li"})),
    **dict.fromkeys(CELLS, (CELLS, frozenset({"table", "tr"}))),
    "tr": (frozenset({"tr", "td", "th", "caption", "colgroup"}), frozenset({"table", *SECTIONS})),
    **dict.fromkeys(SECTIONS, (SECTIONS | {"tr", "td", "th", "caption", "colgroup"}, frozenset({"table"}))),
    **dict.fromkeys(
        ("rt", "rp", "rb"), (frozenset({"rt", "rp", "rb"}), model.BLOCKS | PIECES | {"ruby", "rtc", "center"})
    ),
}
# An end tag that an author may leave out closes nothing outside of these.
_SCOPE: Mapping[str, frozenset[str]] = {
    "li": frozenset({"ul", "ol", "menu", "dir"}),
    **dict.fromkeys(("dt", "dd"), frozenset({"dl"})),
    **dict.fromkeys(PIECES, frozenset({"table"})),
    "p": frozenset("td th caption li dd dt div blockquote section article figure figcaption".split()),
}


def _read(fragment: str) -> Things:
    root = Box("")
    open_ = [root]
    at = 0
    foreign = 0
    for found in _TOKEN.finditer(fragment):
        if found.start() > at:
            open_[-1].inside.append(fragment[at : found.start()])
        at = found.end()
        if found[2] is None:
            continue  # a comment
        tag = found[2] if foreign else found[2].lower()
        if found[1]:
            ended = _close(open_, tag)
            foreign -= max(ended, 0)
            if ended < 0 and tag not in IN_LINES:
                open_[-1].inside.append(" ")  # it ends nothing, and parts the words beside it
            continue
        pairs = {
            pair[1] if foreign or tag in ("svg", "math") else pair[1].lower(): next(
                (value for value in (pair[2], pair[3], pair[4]) if value is not None), ""
            ).replace('"', "&quot;")
            for pair in _PAIR.finditer(found[3])
        }
        if not foreign:
            _end_before(open_, tag)
        box = Box(tag, pairs)
        open_[-1].inside.append(box)
        if (tag in VOID and not foreign) or (found[4] and (foreign or tag in ("svg", "math"))):
            continue
        foreign += tag.lower() in ("svg", "math")
        open_.append(box)
    if at < len(fragment):
        open_[-1].inside.append(fragment[at:])
    return root.inside


def _close(open_: list[Box], tag: str) -> int:
    """Close the innermost element *tag* and return how many drawings and formulas end with it; -1 when none is open."""
    scope = _SCOPE.get(tag, frozenset())
    for number in range(len(open_) - 1, 0, -1):
        if open_[number].tag.lower() == tag.lower():
            ended = sum(box.tag.lower() in ("svg", "math") for box in open_[number:])
            del open_[number:]
            return ended
        if open_[number].tag in scope:
            break
    return -1


def _end_before(open_: list[Box], tag: str) -> None:
    """Close what the start tag *tag* ends."""
    if tag == "p" and open_[-1].tag == "p":
        open_.pop()
        return
    ended, scope = _ENDS.get(tag, (frozenset(), frozenset()))
    if not ended:
        return
    last = 0
    for number in range(len(open_) - 1, 0, -1):
        if open_[number].tag in scope:
            break
        if open_[number].tag in ended:
            last = number
    if last:
        del open_[last:]


def _spell(things: Iterable[Box | str]) -> Iterator[str]:
    for thing in things:
        if isinstance(thing, str):
            yield thing
            continue
        said = "".join(f' {name}="{value}"' for name, value in thing.pairs.items())
        yield f"<{thing.tag}{said}>"
        if thing.tag not in VOID:
            yield from _spell(thing.inside)
            yield f"</{thing.tag}>"


# Fitting.


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


def _holds(thing: Box | str, tags: frozenset[str]) -> bool:
    return isinstance(thing, Box) and (thing.tag in tags or any(_holds(inner, tags) for inner in thing.inside))


def _says(things: Iterable[Box | str]) -> bool:
    """Say whether *things* show anything."""
    return any(
        not blank(thing) if isinstance(thing, str) else thing.tag in ("img", "svg", "math", "hr") or _says(thing.inside)
        for thing in things
    )


def _runs(things: Things, belongs: Callable[[Box | str], bool]) -> Iterator[tuple[bool, Things]]:
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


class _Fitter:
    """Goes through what was read, from outside to inside, and keeps what it puts in order."""

    def __init__(self) -> None:
        self.repairs: list[Repair] = []

    def say(self, box: Box, message: str, fix: str) -> None:
        place = re.match(r"(\d+):(\d+)", box.pairs.get("hb:pos", ""))
        line, column = (int(place[1]), int(place[2])) if place else (0, 0)
        self.repairs.append(Repair(line=line, column=column, message=message, fix=fix))

    # What stands where text and boxes may stand.

    def flow(self, things: Things, above: frozenset[str]) -> Things:
        """Return *things* as what may stand in a box, inside elements *above*."""
        result: Things = []
        for thing in self.gathered(things, above):
            result += [thing] if isinstance(thing, str) else self.fit(thing, above)
        return result

    def gathered(self, things: Things, above: frozenset[str]) -> Things:
        """Return *things* with the pieces of lists and tables that stand alone in a list or a table of their own."""
        if not any(isinstance(thing, Box) and thing.tag in _STRAYS for thing in things):
            return things
        result: Things = []
        number = 0
        while number < len(things):
            thing = things[number]
            tag = thing.tag if isinstance(thing, Box) else ""
            home, kin = _STRAYS.get(tag, ("", frozenset()))
            if not isinstance(thing, Box) or not home:
                result.append(thing)
                number += 1
                continue
            end = number + 1
            for later in range(number + 1, len(things)):
                one = things[later]
                if isinstance(one, Box) and one.tag in kin:
                    end = later + 1
                elif not blank(one):
                    break
            run = things[number:end]
            number = end
            if home == "table" and (
                "caption" in above or not any(isinstance(one, Box) and one.tag in SECTIONS | {"tr"} for one in run)
            ):
                home = "div"
            self.say(thing, f"<{tag}> {_OUTSIDE[tag]}", _WRITE[tag])
            if home in ("div", "span"):
                result += (_alone(one, home) if isinstance(one, Box) else one for one in run)
            else:
                result.append(Box(home, {}, run))
        return result

    def fit(self, box: Box, above: frozenset[str]) -> Things:
        """Return *box* as what may stand in a box, inside elements *above*."""
        box = self.dressed(box, above)
        tag = box.tag
        if tag == "svg":
            drawing, after = _drawing(box)
            return [drawing, *self.flow(after, above), *_gap(after)]
        if tag == "math":
            return [_formula(box)]
        if tag in VOID:
            return [box] if tag in model.FLOW else [" "]
        if special := _SPECIAL.get(tag):
            return special(self, box, above)
        if tag in HEADINGS:
            return [box.like(self.line(box.inside, above | {tag}))]
        inside = self.flow(box.inside, above | {tag})
        if tag not in ("p", "pre") and tag not in model.PHRASING:
            return [box.like(inside)]
        return self.split(box, inside)

    def split(self, box: Box, inside: Things) -> Things:
        """Return *box*, which may hold lines alone, in pieces round the boxes among *inside*."""

        def mine(thing: Box | str) -> bool:
            return in_line(thing) and not (box.tag == "a" and _holds(thing, INTERACTIVE))

        if all(mine(thing) for thing in inside):
            return [box.like(inside)]
        blocks = [thing for thing in inside if isinstance(thing, Box) and not mine(thing)]
        shown = next(
            (tag for tag in ("a", "details") if box.tag == "a" and _holds(blocks[0], frozenset({tag}))), blocks[0].tag
        )
        if "hb:pos" in box.pairs and not _is_call(blocks[0]):
            message = f"<{box.tag}> cannot hold <{shown}>; it is set in pieces round it"
            self.say(box, message, f"close <{box.tag}> before <{shown}>")
        # A paragraph with attributes of its own says something of all that it holds: it becomes a box.
        if box.tag == "p" and box.pairs.keys() - {"hb:pos"}:
            pieces = [Box("p", {}, run) if kind and _says(run) else run for kind, run in _runs(inside, mine)]
            flat: Things = []
            for piece in pieces:
                flat += piece if isinstance(piece, list) else [piece]
            return [box.like(flat, "div")]
        return self.wrapped(inside, box, mine)

    def wrapped(self, things: Things, box: Box, mine: Callable[[Box | str], bool]) -> Things:
        """Return *things* with *box* round each run of lines, however deep it stands."""
        result: Things = []
        first = True

        def wrap(things: Things) -> Things:
            nonlocal first
            found: Things = []
            for kind, run in _runs(things, mine):
                if kind and _says(run):
                    found.append(box.like(run) if first else box.again(run))
                    first = False
                    continue
                for thing in run:
                    inner = (
                        isinstance(thing, Box)
                        and box.tag not in ("p", "pre")
                        and thing.tag not in (*INTERACTIVE, "svg", "math")
                    )
                    if isinstance(thing, Box) and inner and thing.inside and thing.tag not in VOID:
                        found.append(thing.like(wrap(thing.inside)))
                    else:
                        found.append(thing)
            return found

        result += wrap(things)
        return result

    # What stands where lines alone may stand, and no box may split them.

    def line(self, things: Things, above: frozenset[str], *, keep: frozenset[str] = frozenset()) -> Things:
        """Return *things* as one line: boxes give way to what they hold, with spaces where they began and ended."""
        result: Things = []
        for thing in things:
            if isinstance(thing, str):
                result.append(thing)
                continue
            box = self.dressed(thing, above)
            tag = box.tag
            if tag in keep:
                result.append(box.like(self.line(box.inside, above | {tag})))
            elif tag == "svg":
                drawing, after = _drawing(box)
                result += [drawing, *self.line(after, above), *_gap(after)]
            elif tag == "math":
                result.append(_formula(box))
            elif tag in VOID:
                result += [box] if tag in model.PHRASING else [" "]
            elif tag == "ruby":
                result += self.ruby(box, above)
            elif tag == "a" and "a" in above:
                result += self.line(box.inside, above)
            elif tag in model.PHRASING:
                inner = self.line(box.inside, above | {tag}, keep=keep if tag in model.TRANSPARENT else frozenset())
                result.append(box.like(inner))
            elif tag == "rp" and not _is_bracketless(box):
                continue
            elif tag in ("rt", "rp"):
                result.append(Box("span", box.pairs, self.line(box.inside, above)))
            else:
                if tag != "p" and "hb:pos" in box.pairs:
                    self.say(box, f"<{tag}> cannot stand here; its text stays", f"take <{tag}> out")
                inner = self.line(box.inside, above)
                result += [" ", *inner, " "]
        return result

    # Attributes, and elements that HTML no longer has.

    def dressed(self, box: Box, above: frozenset[str]) -> Box:
        """Return *box* under the name that HTML has for it, with the attributes that it may have there."""
        tag, added = OLD.get(box.tag, (box.tag, ""))
        if tag in ("svg", "math"):
            return box
        if (tag in above and tag in ("dfn", "time")) or (tag == "bdo" and "dir" not in box.pairs):
            tag = "span"
        if tag == "address" and ("address" in above or any(_holds(one, _UNADDRESSED) for one in box.inside)):
            tag = "div"
        if tag in ("header", "footer", "main"):
            tag = "div"
        pairs = {
            name: value
            for name, value in box.pairs.items()
            if not (tag == "bdo" and name == "dir" and not fitting(tag, name, value))
        }
        if tag == "bdo" and "dir" not in pairs:
            tag = "span"
        pairs = attributes(tag, pairs)
        if added:
            pairs["hb:kind"] = f"{pairs.get('hb:kind', '')} {added}".strip()
        if tag == "time" and not pairs.get("datetime") and any(isinstance(one, Box) for one in box.inside):
            tag = "span"
            pairs.pop("datetime", None)
        if tag == "data" and "value" not in pairs:
            tag = "span"
        return Box(tag, pairs, box.inside)

    # Elements with an order of their own.

    def list(self, box: Box, above: frozenset[str]) -> Things:
        """Return a list of items alone: what stands between them is of the item before."""
        items: Things = []
        last: Box | None = None
        for is_item, run in _runs(box.inside, lambda thing: isinstance(thing, Box) and thing.tag == "li"):
            if is_item:
                items += run
                last = next(thing for thing in reversed(run) if isinstance(thing, Box))
                continue
            lists = frozenset({"ul", "ol", "dir", "menu"})
            nested = all(blank(thing) or (isinstance(thing, Box) and thing.tag in lists) for thing in run)
            if _says(run):
                first = next((thing for thing in run if isinstance(thing, Box)), box)
                self.say(first, f"<{box.tag}> holds something that is no item", "write it in <li>…</li>")
                if nested and last is not None:
                    last.inside = [*last.inside, *run]
                else:
                    last = Box("li", {}, run)
                    items.append(last)
        if last is None:
            return [" "]
        fitted: Things = []
        for item in items:
            if isinstance(item, str):
                fitted.append(item)
                continue
            pairs = attributes("li", item.pairs)
            if box.tag != "ol" or not model.fits("value", pairs.get("value", ""), "integer"):
                pairs.pop("value", None)
            fitted.append(Box("li", pairs, self.flow(item.inside, above | {"li"})))
        return [box.like(fitted)]

    def terms(self, box: Box, above: frozenset[str]) -> Things:
        """Return a list of terms, each with a description; what comes before the first term stands before the list."""
        before: Things = []
        rows: list[Box] = []
        for thing in _opened(box.inside):
            if isinstance(thing, Box) and thing.tag in ("dt", "dd"):
                if thing.tag == "dd" and not rows:
                    self.say(thing, "<dd> describes no term", "write a <dt> before it")
                    before.append(Box("div", attributes("div", thing.pairs), self.flow(thing.inside, above)))
                    continue
                if thing.tag == "dt" and rows and rows[-1].tag == "dd":
                    pass
                rows.append(
                    Box(thing.tag, attributes(thing.tag, thing.pairs), self.flow(thing.inside, above | {thing.tag}))
                )
            elif not blank(thing) and _says([thing]):
                self.say(
                    thing if isinstance(thing, Box) else box,
                    "<dl> holds something that is no term",
                    "write it in <dt> or <dd>",
                )
                fitted = self.flow([thing], above)
                if not rows:
                    before += fitted
                elif rows[-1].tag == "dd":
                    rows[-1] = rows[-1].like([*rows[-1].inside, " ", *fitted])
                else:
                    rows.append(Box("dd", {}, fitted))
            elif isinstance(thing, Box) and thing.tag not in IN_LINES:
                (rows[-1].inside if rows else before).append(" ")  # it parts the words beside it
        if rows and rows[-1].tag == "dt":
            rows.append(Box("dd"))
        if not rows:
            return [box.like(before, "div")] if before else [" "]
        return [*([Box("div", {}, before)] if before else []), box.like([*rows])]

    def table(self, box: Box, above: frozenset[str]) -> Things:
        """Return a table in the order of HTML: caption, columns, head, bodies, foot; nothing moves, and rows keep their order."""
        if "caption" in above:
            return self.flow([_leveled(box)], above)
        inside = above | {"table"}
        worded = any(isinstance(thing, Box) and thing.tag == "colgroup" and _says(thing.inside) for thing in box.inside)
        if model.holds("table", _names(box.inside)) and not worded:
            return [box.like([self.part(thing, inside) if isinstance(thing, Box) else thing for thing in box.inside])]
        caption: list[Box] = []
        columns: list[Box] = []
        sections: list[Box] = []
        wide = _width(box)

        def body() -> Box:
            if not sections or sections[-1].tag != "tbody" or sections[-1].pairs.get("\0") is None:
                sections.append(Box("tbody", {"\0": ""}))
            return sections[-1]

        def odd(things: Things, message: str, fix: str, *, span: bool = False) -> None:
            first = next((thing for thing in things if isinstance(thing, Box)), box)
            self.say(first, message, fix)
            pairs = {"colspan": str(wide)} if span and wide > 1 else {}
            body().inside.append(Box("tr", {}, [Box("td", pairs, self.flow(things, inside | {"td"}))]))

        for kind, run in _runs(box.inside, lambda thing: isinstance(thing, Box) and thing.tag in PIECES):
            if not kind:
                if _says(run):
                    odd(run, "<table> holds something that is no row", "write it in <tr><td>…</td></tr>", span=True)
                continue
            cells: Things = []

            def flush(cells: Things = cells) -> None:
                if cells:
                    body().inside.append(self.row(Box("tr", {}, [*cells]), inside))
                    cells.clear()

            for piece in run:
                if not isinstance(piece, Box):
                    continue
                if piece.tag in CELLS:
                    cells.append(piece)
                    continue
                flush()
                if piece.tag == "caption":
                    if not caption and not sections:
                        caption.append(self.part(piece, inside))
                    elif _says(piece.inside):
                        odd(
                            piece.inside,
                            "the caption stands behind rows of its table",
                            "write <caption> first",
                            span=True,
                        )
                elif piece.tag in ("col", "colgroup"):
                    if not sections:
                        columns += _columns(piece)
                    if _says(piece.inside):
                        words = [thing for thing in piece.inside if not (isinstance(thing, Box) and thing.tag == "col")]
                        odd(words, "<colgroup> holds words", "write them in <tr><td>…</td></tr>", span=True)
                elif piece.tag == "tr":
                    body().inside.append(self.row(piece, inside))
                else:
                    tag = piece.tag
                    if tag == "thead" and sections:
                        self.say(piece, "a second <thead>, or one behind rows", "write <thead> once and first")
                        tag = "tbody"
                    sections.append(Box(tag, attributes(tag, piece.pairs), self.rows(piece, inside)))
            flush()
        for number, section in enumerate(sections):
            if section.tag == "tfoot" and number < len(sections) - 1:
                self.say(
                    section, "<tfoot> stands before other rows; they are printed in this order", "write <tfoot> last"
                )
                section.tag = "tbody"
            section.pairs.pop("\0", None)
        if not sections:
            return [Box("div", {}, caption[0].inside)] if caption and _says(caption) else [" "]
        return [box.like([*caption, *columns, *sections])]

    def part(self, piece: Box, above: frozenset[str]) -> Box:
        """Return *piece*, which stands in its place in a table."""
        if piece.tag == "tr":
            return self.row(piece, above)
        if piece.tag == "colgroup":
            return _columns(piece)[0]
        pairs = attributes(piece.tag, piece.pairs)
        if piece.tag == "caption":
            return Box("caption", pairs, self.flow(piece.inside, above | {"caption"}))
        return Box(piece.tag, pairs, self.rows(piece, above))

    def rows(self, section: Box, above: frozenset[str]) -> Things:
        """Return what *section* of a table holds as rows."""
        result: Things = []
        for kind, run in _runs(section.inside, lambda thing: isinstance(thing, Box) and thing.tag == "tr"):
            if kind:
                result += (self.row(thing, above) if isinstance(thing, Box) else thing for thing in run)
            elif _says(run):
                result.append(self.row(Box("tr", {}, run), above))
        return result

    def row(self, row: Box, above: frozenset[str]) -> Box:
        """Return *row* of a table with cells alone."""
        cells: Things = []
        for kind, run in _runs(row.inside, lambda thing: isinstance(thing, Box) and thing.tag in CELLS):
            if kind:
                cells += (
                    Box(cell.tag, attributes(cell.tag, cell.pairs), self.flow(cell.inside, above | {cell.tag}))
                    if isinstance(cell, Box)
                    else cell
                    for cell in run
                )
            elif _says(run):
                first = next((thing for thing in run if isinstance(thing, Box)), row)
                self.say(first, "<tr> holds something that is no cell", "write it in <td>…</td>")
                cells.append(Box("td", {}, self.flow(run, above | {"td"})))
        return Box("tr", attributes("tr", row.pairs), cells)

    def details(self, box: Box, above: frozenset[str]) -> Things:
        """Return a box that opens; what stands before its summary stands before it, and without one it is a plain box."""
        at = next((n for n, thing in enumerate(box.inside) if isinstance(thing, Box) and thing.tag == "summary"), None)
        if at is None or "a" in above:
            if at is None:
                self.say(
                    box, "<details> has no <summary>; it is printed open", "write <summary>…</summary> first in it"
                )
            plain = [_as(thing, "summary", "div") for thing in box.inside]
            return self.flow([box.like(plain, "div")], above)
        before, summary = box.inside[:at], box.inside[at]
        assert isinstance(summary, Box)  # noqa: S101 - it was looked for
        if _says(before):
            self.say(summary, "<summary> does not stand first", "write it first in <details>")
        inside = above | {"details"}
        after = [_as(thing, "summary", "div") for thing in box.inside[at + 1 :]]
        keep = frozenset(HEADINGS)
        head = summary.like(self.line(summary.inside, inside | {"summary"}, keep=keep))
        head.pairs = attributes("summary", summary.pairs)
        return [*self.flow(before, above), box.like([head, *self.flow(after, inside)])]

    def figure(self, box: Box, above: frozenset[str]) -> Things:
        """Return a figure with one caption, first or last in it; what comes after a caption in the middle follows the figure."""
        inside = above | {"figure"}
        captions = [n for n, thing in enumerate(box.inside) if isinstance(thing, Box) and thing.tag == "figcaption"]
        if not captions:
            return [box.like(self.flow(box.inside, inside))]
        at = captions[0]
        before = self.flow(box.inside[:at], inside)
        after = self.flow([_as(thing, "figcaption", "div") for thing in box.inside[at + 1 :]], inside)
        caption = box.inside[at]
        assert isinstance(caption, Box)  # noqa: S101 - it was looked for
        made = Box("figcaption", attributes("figcaption", caption.pairs), self.flow(caption.inside, inside))
        if _says(before) and _says(after):
            self.say(caption, "<figcaption> stands in the middle of its figure", "write it first or last")
            return [box.like([*before, made]), *after]
        return [box.like([*before, made, *after])]

    def ruby(self, box: Box, above: frozenset[str]) -> Things:
        """Return words with their readings; words without one stand behind.

        Brackets for browsers that set no readings go: all of them do by now, and EPUBCheck advises against them (HTM-055).
        """
        inside = above | {"ruby"}
        groups: list[tuple[Things, Things]] = []
        base: Things = []
        marks: Things = []
        for thing in box.inside:
            tag = OLD.get(thing.tag, (thing.tag, ""))[0] if isinstance(thing, Box) else ""
            if isinstance(thing, Box) and tag == "rp" and not _is_bracketless(thing):
                continue
            if isinstance(thing, Box) and tag == "rt":
                marks.append(Box("rt", attributes("rt", thing.pairs), self.line(thing.inside, inside | {"rt"})))
            elif blank(thing) and (marks or not base):
                continue
            else:
                if marks:
                    groups.append((base, marks))
                    base, marks = [], []
                base += self.line([thing], inside)
        groups.append((base, marks))
        held: Things = []
        rest: Things = []
        for words, readings in groups:
            if not readings:
                rest += words
            elif _says(words):
                held += [*rest, *words, *readings]
                rest = []
            else:
                rest += (Box("span", one.pairs, one.inside) for one in readings if isinstance(one, Box))
        if not held:
            return [Box("span", box.pairs, rest)] if rest else []
        return [box.like(held), *rest]

    def hgroup(self, box: Box, above: frozenset[str]) -> Things:
        """Return a heading with the lines beside it, or a plain box."""
        tags = _names(box.inside)
        sound = sum(tag in HEADINGS for tag in tags) == 1 and all(tag in HEADINGS or tag == "p" for tag in tags)
        inside = self.flow(box.inside, above | {"hgroup"})
        kept = all(
            blank(thing) or (isinstance(thing, Box) and (thing.tag == "p" or thing.tag in HEADINGS)) for thing in inside
        )
        return [box.like(inside, "hgroup" if sound and kept else "div")]

    def link(self, box: Box, above: frozenset[str]) -> Things:
        """Return a link; one inside another stands alone, and the outer goes on after it."""
        return self.split(box, self.flow(box.inside, above | {"a"}))


def _names(things: Things) -> list[str]:
    return [thing.tag if isinstance(thing, Box) else model.TEXT for thing in things if not blank(thing)]


def _is_call(thing: Box) -> bool:
    """Say whether *thing* is, or holds, the call of a footnote: it stands in links, and is none of an author's tags."""
    return "hb:note" in thing.pairs or any(isinstance(inner, Box) and _is_call(inner) for inner in thing.inside)


_STRAYS: Mapping[str, tuple[str, frozenset[str]]] = {
    "li": ("ul", frozenset({"li"})),
    **dict.fromkeys(("dt", "dd"), ("dl", frozenset({"dt", "dd"}))),
    **dict.fromkeys(PIECES, ("table", PIECES)),
    **dict.fromkeys(("summary", "figcaption"), ("div", frozenset())),
    **dict.fromkeys(("rt", "rb", "rtc"), ("span", frozenset())),
    "rp": ("span", frozenset()),
}
"""Pieces that may not stand alone: what they are put into, and what goes into it with them."""
_OUTSIDE: Mapping[str, str] = {
    "li": "stands outside a list; a list is made for it",
    **dict.fromkeys(("dt", "dd"), "stands outside <dl>; a list of terms is made for it"),
    **dict.fromkeys(PIECES, "stands outside a table"),
    "summary": "stands outside <details>; its text is a paragraph",
    "figcaption": "stands outside <figure>; its text is a paragraph",
    **dict.fromkeys(("rt", "rb", "rp", "rtc"), "stands outside <ruby>; its text stays in the line"),
}
_WRITE: Mapping[str, str] = {
    "li": "write it inside <ul> or <ol>",
    **dict.fromkeys(("dt", "dd"), "write it inside <dl>"),
    **dict.fromkeys(PIECES, "write it inside <table>"),
    "summary": "write it inside <details>",
    "figcaption": "write it inside <figure>",
    **dict.fromkeys(("rt", "rb", "rp", "rtc"), "write it inside <ruby>"),
}
_UNADDRESSED = HEADINGS | frozenset("address article aside footer header hgroup nav section".split())
_SPECIAL: Mapping[str, Callable[[_Fitter, Box, frozenset[str]], Things]] = {
    "ul": _Fitter.list,
    "ol": _Fitter.list,
    "dl": _Fitter.terms,
    "table": _Fitter.table,
    "details": _Fitter.details,
    "figure": _Fitter.figure,
    "ruby": _Fitter.ruby,
    "hgroup": _Fitter.hgroup,
    "a": _Fitter.link,
}


def fitting(tag: str, name: str, value: str) -> bool:
    """Say whether *tag* may have the attribute *name* with *value*, as it stands between quotes."""
    form = model.form_of(tag, name)
    return form is not None and model.fits(name, html.unescape(value), form)


# Not of HTML, or not yet as HTML has it: later stages make them true.
_ASLEEP = frozenset({"id", "name"})
_LATER = {("li", "value"), ("img", "width"), ("img", "height"), ("img", "src"), ("a", "href")}


def attributes(tag: str, pairs: Mapping[str, str]) -> dict[str, str]:
    """Return *pairs* as the attributes that *tag* may have; an old one that has a kind becomes it."""
    kept: dict[str, str] = {}
    kinds: list[str] = []
    for name, value in pairs.items():
        if name in OLD_ATTRIBUTES:
            kinds += _side(tag, name, value.strip().lower())
        elif name in ("open", "reversed") and model.form_of(tag, name):
            kept[name] = ""
        elif name in ("dir", "scope", "lang"):
            said = value.strip().lower() if name != "lang" else value.strip()
            if fitting(tag, name, said):
                kept[name] = said
        elif name.startswith("hb:") or name in _ASLEEP or (tag, name) in _LATER or fitting(tag, name, value):
            kept[name] = value
    if kinds:
        kept["hb:kind"] = " ".join(kinds)
    return kept


def _side(tag: str, name: str, value: str) -> list[str]:
    """Return the kind that says what the old attribute *name* said; none for a value that it never had."""
    if name == "align" and tag == "img" and value in ("top", "middle", "absmiddle", "bottom"):
        return [f"valign-{value.removeprefix('abs')}"]  # of an image in a line it said how high it stands
    if name == "align":
        value = "center" if value == "middle" else value
        return [f"align-{value}"] if value in ("left", "right", "center", "justify") else []
    return [f"valign-{value}"] if value in ("top", "middle", "bottom", "baseline") else []


def _as(thing: Box | str, tag: str, instead: str) -> Box | str:
    return thing.like(thing.inside, instead) if isinstance(thing, Box) and thing.tag == tag else thing


def _alone(box: Box, tag: str) -> Box | str:
    """Return *box*, a piece of something that is not there, as an element *tag*; a space where it only parted words."""
    if box.tag == "rp" and not _is_bracketless(box):
        return ""
    return " " if box.tag in ("col", "colgroup") and not _says(box.inside) else box.like(box.inside, tag)


def _is_bracketless(box: Box) -> bool:
    """Say whether *box*, a bracket for browsers that set no readings over signs, holds words."""
    return any(letter.isalnum() for letter in html.unescape(_text(box.inside)))


def _opened(things: Things) -> Iterator[Box | str]:
    """Yield what a list of terms holds, its groups opened (HTML §4.4.9 lets a div stand round a term and its descriptions)."""
    for thing in things:
        if (
            isinstance(thing, Box)
            and thing.tag == "div"
            and any(isinstance(inner, Box) and inner.tag in ("dt", "dd") for inner in thing.inside)
        ):
            yield from _opened(thing.inside)
        else:
            yield thing


def _leveled(table: Box) -> Box:
    """Return *table* as boxes in boxes."""

    def level(thing: Box | str) -> Things:
        if isinstance(thing, str):
            return [thing]
        if thing.tag in ("col", "colgroup"):
            return []
        inside = [inner for held in thing.inside for inner in level(held)]
        return [Box("div", {}, inside)] if thing.tag in PIECES or thing.tag == "table" else [thing.like(inside)]

    made = level(table)[0]
    assert isinstance(made, Box)  # noqa: S101 - a table makes a box
    return made


def _width(table: Box) -> int:
    """Return how many columns the widest row of *table* has."""
    rows = [thing for thing in table.inside if isinstance(thing, Box) and thing.tag == "tr"]
    for section in table.inside:
        if isinstance(section, Box) and section.tag in SECTIONS:
            rows += (thing for thing in section.inside if isinstance(thing, Box) and thing.tag == "tr")

    def span(cell: Box) -> int:
        found = re.fullmatch(r"\s*(\d{1,4})\s*", cell.pairs.get("colspan", "1"))
        return max(1, min(1000, int(found[1]))) if found else 1

    return max(
        (sum(span(cell) for cell in row.inside if isinstance(cell, Box) and cell.tag in CELLS) for row in rows),
        default=1,
    )


def _columns(piece: Box) -> list[Box]:
    """Return *piece*, a column or a group of columns, as a group."""
    pairs = attributes(piece.tag, piece.pairs)
    if piece.tag == "col":
        return [Box("colgroup", {}, [Box("col", pairs)])]
    inside: Things = [
        Box("col", attributes("col", thing.pairs))
        for thing in piece.inside
        if isinstance(thing, Box) and thing.tag == "col"
    ]
    if inside:
        pairs.pop("span", None)
    return [Box("colgroup", pairs, inside)]


def _text(things: Things) -> str:
    return "".join(thing if isinstance(thing, str) else _text(thing.inside) for thing in things)


# Drawings and formulas: islands in another language.


def _drawing(box: Box) -> tuple[Box, Things]:
    """Return a drawing without HTML in it, and what followed the first HTML: HTML, and the words of the drawing.

    A browser too ends a drawing where HTML begins (HTML §13.2.6.5).
    """
    after: Things = []

    def clean(box: Box, tag: str) -> Box:
        pairs = {
            name: value for name, value in box.pairs.items() if _of_drawing(tag, name.lower(), html.unescape(value))
        }
        held = model.SVG_HELD.get(tag, model.SVG_BOXED)
        inside: Things = []
        for thing in box.inside:
            if after:
                after.extend(_worded(thing, seen=tag in model.SVG_DRAWN))
                continue
            if isinstance(thing, str):
                inside += [thing] if tag in model.SVG_WORDS or blank(thing) else []
                continue
            inner = thing.tag.lower()
            if inner == "a" and tag in model.SVG_DRAWN:  # a drawing in a line of text leads nowhere
                inner = "tspan"
                thing = Box(inner, {}, thing.inside)  # noqa: PLW2901
            if inner == "a" or inner in NOT_DRAWN:
                after.append(thing)
            elif inner in held and model.SVG_NEEDED.get(inner, frozenset()) <= {name.lower() for name in thing.pairs}:
                inside.append(clean(thing, inner))
            elif _says(words := _worded(thing, seen=False)):
                after.extend(words)
        return Box(box.tag, pairs, inside)

    return clean(box, "svg"), after


def _gap(after: Things) -> Things:
    """Return the space that parts *after*, what stood in a drawing, from what follows the drawing."""
    return [" "] if after else []


def _worded(thing: Box | str, *, seen: bool) -> Things:
    """Return what is to be read in *thing*, a piece of a drawing: HTML, and the words that the drawing would show."""
    if isinstance(thing, str):
        return [thing] if seen else []
    tag = thing.tag.lower()
    if tag == "a" or tag in NOT_DRAWN:
        return [thing]
    drawn = tag in model.SVG_DRAWN
    return [" ", *(word for inner in thing.inside for word in _worded(inner, seen=drawn)), " "]


def _of_drawing(tag: str, name: str, value: str) -> bool:
    """Say whether *tag* of a drawing may have the attribute *name* with *value*."""
    if name in model.SVG_ATTRIBUTES.get(tag, frozenset()):
        return model.fits(name, value, model.SVG_FORMS.get(name, "any"))
    return name in model.SVG_LOOKS and model.fits(name, value, model.SVG_LOOKS[name])


NOT_DRAWN = (model.FLOW | PIECES | {"li", "dt", "dd", "figcaption", "summary"}) - {"a", "svg"}
"""Elements of HTML that no drawing holds: they are taken out of it."""


def _formula(box: Box) -> Box:
    """Return a formula in which each element has as many parts as MathML gives it."""
    return _math(box)


def _math(box: Box) -> Box:
    tag = box.tag
    pairs = {
        name: value
        for name, value in box.pairs.items()
        if name.startswith("hb:")
        or name == "xmlns"
        or ((form := model.form_of(tag, name, math=True)) is not None and model.fits(name, html.unescape(value), form))
    }
    row = model.MATH_CONTENT.get(tag)
    if row is None:  # HTML in a formula, or nothing that is known: its text
        return Box("mtext", {}, [_text(box.inside)])
    if row == "#*":
        return Box(tag, pairs, [_text(box.inside)])
    if tag == "mtext":
        return Box(tag, pairs, [_text(box.inside)])
    if row == "":
        return Box(tag, pairs, [])
    inside: Things = []
    for thing in box.inside:
        if isinstance(thing, Box):
            # A formula in a formula is a part of it.
            inside.append(_math(Box("mrow", {}, thing.inside) if thing.tag == "math" else thing))
        elif not blank(thing):
            inside.append(Box("mtext", {}, [thing]))
    return Box(tag, pairs, _parts(tag, inside))


def _parts(tag: str, inside: Things) -> Things:
    """Return *inside* as the parts that *tag* has: what is too much goes into the last, what is missing is empty."""
    if count := model.ARITY.get(tag):
        parts = [_loose(thing) for thing in inside]
        if len(parts) > count:
            parts = [*parts[: count - 1], Box("mrow", {}, parts[count - 1 :])]
        return [*parts, *(Box("mrow") for _ in range(count - len(parts)))]
    if tag == "mtable":
        return [
            thing if isinstance(thing, Box) and thing.tag == "mtr" else Box("mtr", {}, _parts("mtr", [thing]))
            for thing in inside
        ]
    if tag == "mtr":
        return [
            thing if isinstance(thing, Box) and thing.tag == "mtd" else Box("mtd", {}, [_loose(thing)])
            for thing in inside
        ]
    if tag == "semantics":
        parts = [thing for thing in inside if not (isinstance(thing, Box) and thing.tag == "annotation")]
        first = _loose(parts[0]) if len(parts) == 1 else Box("mrow", {}, [_loose(thing) for thing in parts])
        return [first, *(thing for thing in inside if isinstance(thing, Box) and thing.tag == "annotation")]
    if tag == "mmultiscripts":
        return _scripts([thing for thing in inside if isinstance(thing, Box)])
    return [_loose(thing) for thing in inside]


def _loose(thing: Box | str) -> Box | str:
    """Return *thing*, which may be a piece of a table or of another element's, as a thing of its own."""
    if isinstance(thing, Box) and thing.tag in ("mtr", "mtd", "none", "mprescripts", "annotation"):
        inside = (
            [] if thing.tag == "annotation" else [_loose(inner) for inner in thing.inside if isinstance(inner, Box)]
        )
        return Box("mrow", {}, inside)
    return thing


def _scripts(parts: list[Box]) -> Things:
    """Return base, pairs of scripts, and the pairs before the base."""
    base = parts[0] if parts and parts[0].tag not in ("none", "mprescripts") else Box("mrow")
    result: Things = [_loose(base)]
    run: Things = []
    seen = False
    for part in parts[1:] if base in parts[:1] else parts:
        if part.tag == "mprescripts" and not seen:
            seen = True
            result += [*run, *([Box("none")] if len(run) % 2 else []), part]
            run = []
        elif part.tag != "mprescripts":
            run.append(part if part.tag == "none" else _loose(part))
    return [*result, *run, *([Box("none")] if len(run) % 2 else [])]
