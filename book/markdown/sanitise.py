"""Raw HTML in a chapter: what may stand, and what becomes of the rest.

The lists below are the whole policy (safety: allow lists only). They are applied twice: here to the author's own tags,
with their places, and by :mod:`book.assemble.compose` to the finished page as a second wall.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from book.html_names import SVG, VOID
from book.images import sizes, svg
from book.images.rasters import BROKEN, Refused
from book.images.svg import vocabulary
from book.markdown import repair
from book.markdown.marks import owned
from book.markdown.nodes import (
    RAW,
    attribute,
    attributes,
    children,
    core,
    is_wrapper,
    literal,
    node,
    position,
    raw_html,
    with_attributes,
    with_children,
    with_literal,
    wrapper,
)
from book.markdown.tree import plain
from book.model import Manuscript, Node, Nodes
from book.problems import Kind, Place, Problem, Severity, line_and_column, nearest
from book.schemes import SCHEMES, scheme
from book.settings import Limits

INERT = Kind("H101", Severity.WARNING, "raw HTML that could run or load something is left out")
EMBEDDED = Kind("H102", Severity.WARNING, "a frame, film or sound cannot be printed; a link stands in its place")
ATTRIBUTE = Kind("H103", Severity.WARNING, "an attribute that could run, load or disguise something is left out")
COMPONENT = Kind("H104", Severity.WARNING, "a component of the author's site is replaced by its text")
LITERAL = Kind("H105", Severity.NOTE, "a tag that HTML does not have is printed as written")
UNCLOSED = Kind("H107", Severity.WARNING, "a tag that is never closed, or nested too deeply")
STRAY = Kind("H110", Severity.WARNING, "a part of a drawing that stands outside of one")
SCRIPTING = Kind("H106", Severity.WARNING, "an import or export line of MDX is left out")

DRAWN = Kind("I118", Severity.NOTE, "a drawing in the text with blank lines in it")

SVG_TAGS = frozenset(
    name for name in vocabulary.ELEMENTS if not name.startswith("fe") and name not in ("image", "filter")
) | {
    "title",
    "desc",
}
"""What of a drawing may stand in a page itself."""
SVG_ATTRIBUTES = ((vocabulary.NUMERIC | vocabulary.WORDED | vocabulary.PRESENTED) - {"id", "filter"}) | {"viewbox"}
MATH_TAGS = frozenset(
    "math semantics annotation mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle merror mpadded mphantom mfenced "
    "menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd".split()
)
TAGS = frozenset(
    "a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup data dd del details dfn div dl dt em "
    "figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark ol p pre q rb rp rt ruby s samp "
    "section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr".split()
) | frozenset(repair.OLD)
_FOREIGN = frozenset(name.lower() for name in SVG_TAGS | MATH_TAGS)
TRANSPARENT = frozenset("font blink marquee label picture source map area".split())
"""Tags that go while everything inside them stays, without a word."""
SWALLOWED = frozenset("script style noscript template".split())
"""Tags that go with everything inside them."""
EMBEDS = frozenset("iframe video audio".split())
FORBIDDEN = frozenset(
    "applet base body button canvas dialog embed fieldset form frame frameset head html input legend link meta noframes "
    "object optgroup option output param plaintext portal progress meter datalist select slot textarea title track xmp "
    "foreignobject animate animatetransform set image annotation-xml maction".split()
)
# HTML §13.2.5.43: a comment that ends as soon as it begins; everything after it is seen.
_ABRUPT = re.compile(r"<!--(?:(-?>)|.*?(?:-->|--!>|\Z))", re.DOTALL)
_OPTIONAL = frozenset("p li dt dd tr td th thead tbody tfoot colgroup rt rp".split())
"""Elements whose end tag HTML §13.1.2.4 does not ask for."""
_OF_DRAWINGS = _FOREIGN - TAGS - {"svg", "math"}
DEEPEST = 64
_KNOWN = TAGS | _FOREIGN | TRANSPARENT | SWALLOWED | EMBEDS | FORBIDDEN
GLOBAL_ATTRIBUTES = frozenset("class id lang dir title".split())
OWN_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "name"}),
    "img": frozenset({"src", "alt", "width", "height", "align"}),
    "td": frozenset({"colspan", "rowspan", "align", "valign"}),
    "th": frozenset({"colspan", "rowspan", "align", "valign", "scope"}),
    "ol": frozenset({"start", "type", "reversed"}),
    "li": frozenset({"value"}),
    "details": frozenset({"open"}),
    "time": frozenset({"datetime"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    **dict.fromkeys("p div h1 h2 h3 h4 h5 h6 caption figure hr".split(), frozenset({"align"})),
    **dict.fromkeys("table thead tbody tfoot tr".split(), frozenset({"align", "valign"})),
    "bdo": frozenset({"dir"}),
    "data": frozenset({"value"}),
    "ins": frozenset({"datetime"}),
    "del": frozenset({"datetime"}),
    "math": frozenset({"display", "displaystyle", "alttext"}),
    "annotation": frozenset({"encoding"}),
    "mo": frozenset("stretchy fence separator form accent minsize maxsize lspace rspace largeop movablelimits".split()),
    "mi": frozenset({"mathvariant"}),
    "mn": frozenset({"mathvariant"}),
    "mtext": frozenset({"mathvariant"}),
    "mstyle": frozenset({"displaystyle", "scriptlevel"}),
    "mspace": frozenset({"width"}),
    "mpadded": frozenset({"width", "lspace", "voffset", "height", "depth"}),
    "menclose": frozenset({"notation"}),
    "munder": frozenset({"accentunder"}),
    "mtd": frozenset({"columnalign"}),
    "mtable": frozenset({"columnalign"}),
    "mover": frozenset({"accent"}),
    "mfrac": frozenset({"linethickness"}),
}
NUMBERS = frozenset("colspan rowspan width height start value span".split())
LARGEST = 1000
DANGEROUS = re.compile(
    r"on.*|style|srcdoc|srcset|formaction|xlink:.*|xmlns.*|data|background|poster|ping|target|rel|action", re.I
)
DIRECTIVE = re.compile(r"<!--\s*handbound:[\w\s-]*-->")
MDX_LINE = re.compile(r"(import\s+(?:.+\s+from\s+)?[\"'“”‘’].*[\"'“”‘’];?|export\s+(?:default|const|let|function)\s.*)")
DROP = "drop"
"""What a book says of a component that goes with everything inside it."""
NAMING = ("name", "title", "label", "slug", "alt", "children")


def tame(blocks: Nodes, manuscript: Manuscript, components: Mapping[str, str]) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* with nothing raw that could run or load, and what was done about it.

    Args:
        blocks: the tree as pandoc gives it, positions on.
        manuscript: where it comes from.
        components: what stands for a component: ``drop``, ``children``, or a text with ``{attribute}``.

    Returns:
        The tree, in which every raw node is a tag, an end tag or text of the allow list; and the problems.
    """
    if not _SUSPECT.search(json.dumps(blocks, ensure_ascii=False)):
        return blocks, ()
    tamer = _Tamer(manuscript, components)
    result = tamer.siblings(list(blocks), (1, 1))
    return tuple(result), (*tamer.problems, *tamer.summary())


# In the text of a tree: a raw node, the first word of an MDX line, or an attribute that is not a position's. A chapter
# without any of them needs no walk.
_SUSPECT = re.compile(r'"Raw(?:Inline|Block)"|"c": "(?:import|export)"|\["(?!hb:wrapper"|hb:pos")[^"]*", "')


@dataclass(slots=True)
class _Tamer:
    """Walks sibling lists, for what stands between a start and an end tag stands beside them."""

    manuscript: Manuscript
    components: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, tuple[Place, int]] = field(default_factory=dict)

    def siblings(self, items: list[Any], where: tuple[int, int]) -> list[Any]:
        result: list[Any] = []
        until, open_, nested = "", 0, False
        beyond = (0, 0)
        ends: dict[str, int] | None = None
        places: dict[int, tuple[int, int]] = {}
        for number, item in enumerate(items):
            if not isinstance(item, dict):
                result.append(self.inside(item, where))
                continue
            here = position(item) or where
            if position(item) is None and beyond != (0, 0):
                continue
            if here < beyond:
                continue  # a part of a drawing that stands already
            beyond = (0, 0)
            raw = _raw(item)
            if until:
                # Nothing is printed until the end tag of a swallowed element; a block boundary ends it too.
                open_, rest = _left_open(raw or "", until, open_, nested=nested)
                if open_:
                    continue
                until = ""
                if not rest.strip():
                    continue
                raw = rest
            if raw is None:
                if not self.is_mdx(item, here):
                    result.append(self.inside(item, here))
                continue
            block = core(item)["t"] == "RawBlock"
            if re.match(r"\s*<svg\b", raw, re.I) and (drawn := self.drawn(here, block=block)):
                made, beyond = drawn
                result.extend(made)
                continue
            if ends is None and "<" in raw:
                ends = _ends(items)
            if not block and re.match(r"<svg\b", raw, re.I) and (ends or {}).get("svg", -1) >= number:
                self.say(
                    INERT, here, "a drawing inside a line is left out", "put it on lines of its own, or into a file"
                )
                until, open_, nested = "svg", 1, True
                continue
            pieces = _Pieces(self, here, raw, block=block)
            pieces.feed(_ABRUPT.sub(_comment, raw))
            pieces.close()
            if pieces.swallowing and (ends or {}).get(pieces.swallowing, -1) > number:
                until, open_ = pieces.swallowing, pieces.deep
                # Where the ends do not pair with the beginnings, the first end is the end: nothing more is lost than must be.
                nested = until not in SWALLOWED and _closes(items[number + 1 :], until, open_)
                open_ = open_ if nested else 1
            elif pieces.swallowing and (block or pieces.swallowing not in SWALLOWED):
                self.say(
                    INERT,
                    here,
                    f"<{pieces.swallowing}> is never closed: {'its block is left out to the end' if block else 'its text stays'}",
                    "close it, or take it out",
                )
            places[len(result)] = here
            result.extend(pieces.nodes())
        return result if ends is None else self.balanced(result, places)

    def drawn(self, where: tuple[int, int], *, block: bool) -> tuple[list[Node], tuple[int, int]] | None:
        """Return the drawing that begins at *where* in the author's text, made clean, and the place behind it.

        The text itself is read, for pandoc takes stars and lines in a drawing for Markdown. None when it has no end: its tags
        are then tamed one by one.
        """
        found = _whole_drawing(self.manuscript.text, *where)
        if found is None:
            return None
        first, last = found
        text = self.manuscript.text
        after = line_and_column(text, last)
        try:
            drawing = svg.cleaned(_as_xml(text[first:last]), "<svg>", Limits())
        except Refused as refusal:
            if refusal.kind is BROKEN:
                return None  # HTML is not as strict as XML
            self.say(refusal.kind, where, f"{refusal.message}; it is left out", refusal.fix)
            return [], after
        for kind, message, fix in drawing.faults:
            self.say(kind, where, message, fix)
        source = text[first:last]
        if re.search(r"\n[ \t>]*\n", source):
            message = "this drawing has blank lines; it is read to its </svg>, not as Markdown"
            self.say(DRAWN, where, message, "nothing, or put it into a file of its own")
        head = re.match(r"<svg\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", source, re.I)
        said = head[0] if head else ""
        share = re.search(r"\swidth\s*=\s*[\"']?\s*(\d+(?:\.\d+)?%)", said, re.I)
        # A drawing without a size is as wide as the text (CSS 2.2 §10.3.2); in a line of text it is a sign.
        width = share[1] if share else "" if not block or re.search(r"\s(?:width|height)\s*=", said, re.I) else "100%"
        hidden = re.search(r"aria-hidden\s*=\s*[\"']?true|role\s*=\s*[\"']?(?:presentation|none)", said, re.I)
        size = {"width": width} if width else {}
        mark = attribute(["decorative"] if hidden else [], hb_pos=f"{where[0]}:{where[1]}", **size)
        address = f"data:image/svg+xml;base64,{base64.b64encode(drawing.data).decode('ascii')}"
        picture = node("Image", mark, [node("Str", svg.description(drawing, source))], [address, ""])
        return [node("Para", [picture]) if block else picture], after

    def balanced(self, items: list[Any], places: Mapping[int, tuple[int, int]]) -> list[Any]:
        result, unclosed, deep, stray = _balanced(items)
        for tag, number in stray[:1]:
            self.say(
                STRAY,
                places[number],
                f"<{tag}> stands outside of a drawing; its text stays",
                "write <svg> round it, or take the tag out",
            )
        for tag, number in unclosed[:1]:
            self.say(
                UNCLOSED,
                places[number],
                f"<{tag}> is never closed; it ends with its block",
                f"write </{tag}> where it ends",
            )
        if deep is not None:
            message = f"tags are nested deeper than {DEEPEST} levels; the innermost are left out, their text stays"
            self.say(UNCLOSED, places[deep], message, "nest less")
        return result

    def inside(self, value: Any, where: tuple[int, int]) -> Any:
        if isinstance(value, list):
            return self.siblings(value, where)
        if isinstance(value, dict) and "c" in value and not isinstance(value["c"], str):
            if value["t"] in ("Code", "CodeBlock", "Math"):
                return self.bare(value, where)
            content = self.siblings(value["c"], where) if isinstance(value["c"], list) else value["c"]
            return self.bare({**value, "c": content}, where)
        return value

    def bare(self, item: Node, where: tuple[int, int]) -> Node:
        """Take attributes off a Markdown node that are not on the list."""
        identifier, classes, values = attributes(item)
        if is_wrapper(item) or not values:
            return item
        kept = {}
        if mark := broken(values):
            kept[BREAK] = mark
            values = {name: value for name, value in values.items() if name != "style" or not breaks_alone(value)}
        if item["t"] == "Image":
            values = self.sized(values, where)
        for name, value in values.items():
            if (item["t"] == "Image" and name in sizes.NAMES.values()) or name in (
                "hb:pos",
                "lang",
                "dir",
                "title",
                "width",
                "height",
                "startFrom",
            ):
                kept[name] = value
            elif DANGEROUS.fullmatch(name):
                self.say(ATTRIBUTE, where, f"the attribute {name}={value!r} is left out", "take it out")
        if kept == attributes(item)[2]:
            return item
        return with_attributes(item, identifier, classes, kept)

    def is_mdx(self, item: Node, where: tuple[int, int]) -> bool:
        """Say whether *item* is a paragraph of import or export lines, and report it."""
        paragraph = core(item)
        if paragraph["t"] != "Para" or not _begins(paragraph, ("import", "export")):
            return False
        words = plain([paragraph])
        if not words.startswith(("import ", "export ")) or not MDX_LINE.fullmatch(" ".join(words.split())):
            return False
        self.say(SCRIPTING, where, f"this line is for a site's builder, not for readers: {words}", "take it out")
        return True

    def sized(self, values: Mapping[str, str], where: tuple[int, int], of: str = "") -> dict[str, str]:
        """Return the attributes of an image with the sizes among them asleep, for :mod:`book.assemble.illustrate` to make true.

        What else its ``style`` says is told.
        """
        kept = {
            key: value for key, value in values.items() if key not in (*sizes.NAMES, *sizes.NAMES.values(), "style")
        }
        said, rest = sizes.asked(values)
        if rest:
            self.say(ATTRIBUTE, where, f"the attribute style={rest!r}{of} is left out", "take it out")
        return kept | said

    def place(self, where: tuple[int, int]) -> Place:
        return self.manuscript.place(*where)

    def say(self, kind: Kind, where: tuple[int, int], message: str, fix: str) -> None:
        self.problems.append(kind.at(self.place(where), message, fix=fix))

    def component(self, name: str, values: Mapping[str, str], where: tuple[int, int]) -> str:
        """Return the text that stands for the component *name*, and count it."""
        place, count = self.seen.get(name, (self.place(where), 0))
        self.seen[name] = (place, count + 1)
        template = self.components.get(name)
        if template in {DROP, "children"}:
            return ""
        if template is not None:
            return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], ""), template)
        return next((values[key] for key in NAMING if values.get(key)), "")

    def summary(self) -> tuple[Problem, ...]:
        """Return one problem for each kind of component, at its first place."""
        found = []
        for name, (place, count) in self.seen.items():
            if name in self.components:
                continue
            times = "once" if count == 1 else f"{count} times"
            near = nearest(name, self.components)
            fix = f"did you mean {near}? or add to" if near else "say in"
            message = (
                f"<{name}> is a component this book does not know ({times} in this chapter); its text stands alone"
            )
            found.append(
                COMPONENT.at(place, message, fix=f'{fix} handbound.toml: [components] {name} = "drop" or a text')
            )
        return tuple(found)


BREAK = "hb:break"
"""Our mark of an element with which a page begins or ends: ``before``, ``after`` or ``both``."""
_BREAK = re.compile(
    r"(?:page-)?break-(before|after)\s*:\s*(?:always|page|left|right|recto|verso)\s*(?:!\s*important)?", re.I
)
_WHOLE = re.compile(r"(?:page-)?break-inside\s*:\s*[a-z-]+\s*", re.I)


def broken(values: Mapping[str, str]) -> str:
    """Return where the ``style`` among the attributes *values* breaks a page: ``before``, ``after``, ``both`` or nothing.

    >>> broken({"style": "page-break-after: always"}), broken({"style": "color: red"})
    ('after', '')
    """
    found = {match[1].lower() for one in values.get("style", "").split(";") if (match := _BREAK.fullmatch(one.strip()))}
    return "both" if len(found) > 1 else "".join(found)


def breaks_alone(style: str) -> bool:
    """Say whether *style* speaks of nothing but the breaking of pages."""
    return all(_BREAK.fullmatch(one) or _WHOLE.fullmatch(one) for one in map(str.strip, style.split(";")) if one)


def _whole_drawing(text: str, line: int, column: int) -> tuple[int, int] | None:
    """Return where the drawing that begins at *line* and *column* begins and ends in *text*; None when it does not end."""
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
        if not at:
            return None
    opened = re.compile(r"<svg\b", re.I).search(text, at + column - 1)
    if opened is None or text[at + column - 1 : opened.start()].strip():
        return None
    deep = 0
    for found in re.compile(r"<svg\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*?(/?)>|</svg\s*>", re.I).finditer(
        text, opened.start()
    ):
        deep += 0 if found[1] else -1 if found[0].startswith("</") else 1
        if deep <= 0:
            return opened.start(), found.end()
    return None


def _as_xml(drawing: str) -> bytes:
    """Return a drawing of a page as a file: HTML says the names of its vocabularies itself."""
    head = re.match(r"<svg\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", drawing, re.I)
    said = head[1] if head else ""
    names = "" if "xmlns=" in said else f' xmlns="{SVG}"'
    names += "" if "xmlns:xlink" in said else f' xmlns:xlink="{vocabulary.XLINK}"'
    return f"<svg{names}{drawing[4:]}".encode("utf-8", "replace")


def _comment(found: re.Match[str]) -> str:
    """Return a comment as every parser reads it: nothing for one that ends at once, text for one that never ends."""
    if found[1]:
        return " " * len(found[0])
    return found[0] if found[0].endswith(">") and "--" in found[0][4:] else html.escape(found[0], quote=False)


_START = r"<{}(?=[\s>])(?:[^<>\"']|\"[^\"]*\"|'[^']*')*(?<!/)>"
"""A start tag that is not closed in itself, without the name of its element."""


def _left_open(raw: str, tag: str, count: int, *, nested: bool) -> tuple[int, str]:
    """Return how many of *count* open elements *tag* are still open after *raw*, and what follows the end of the last one.

    *nested* says whether one may hold another of its name; of script and style the first end is the end.
    """
    starts = rf"|{_START.format(re.escape(tag))}" if nested else ""
    for found in re.finditer(rf"</{re.escape(tag)}\s*>{starts}", raw, re.I):
        count += -1 if found[0].startswith("</") else 1
        if not count:
            return 0, raw[found.end() :]
    return count, ""


def _closes(items: list[Any], tag: str, count: int) -> bool:
    """Say whether *items* close all *count* open elements *tag*."""
    for item in items:
        if isinstance(item, dict) and (raw := _raw(item)):
            count, _ = _left_open(raw, tag, count, nested=True)
            if not count:
                return True
    return False


def _ends(items: list[Any]) -> dict[str, int]:
    """Return for each tag the number of the last of *items* that closes it."""
    raws = ((number, _raw(item)) for number, item in enumerate(items) if isinstance(item, dict))
    return {tag: number for number, raw in raws if raw for tag in re.findall(r"</([a-z][a-z0-9.:_-]*)", raw.lower())}


def _begins(paragraph: Node, words: tuple[str, ...]) -> bool:
    """Say whether the first text of *paragraph* is one of *words*."""
    first = next(iter(children(paragraph)), None)
    while first is not None and first["t"] == "Span" and children(first):
        first = children(first)[0]
    return first is not None and first["t"] == "Str" and literal(first) in words


def _raw(item: Node) -> str | None:
    """Return the raw HTML of *item*; the empty text for another raw format; None for anything else."""
    inner = core(item)
    return (raw_html(inner) or "") if inner["t"] in RAW else None


def _balanced(items: list[Any]) -> tuple[list[Any], list[tuple[str, int]], int | None, list[tuple[str, int]]]:
    """Return sibling nodes whose raw tags are closed in order: no end without a beginning, nothing open at the end.

    What is never closed ends with its block, or with its line; a tag that stayed open would take in all that follows.
    Also returned: the tags that were never closed, where tags were nested too deeply, and the parts of drawings that stand
    outside of one and are taken out, each with the number of its node. What else may not stand alone, :mod:`repair` puts in order.
    """
    stray: list[tuple[str, int]] = []
    open_: list[tuple[str, int, bool]] = []
    count: Counter[str] = Counter()
    deep: int | None = None
    texts: dict[int, str] = {}
    for number, item in enumerate(items):
        raw = _raw(item) if isinstance(item, dict) else None
        if not raw:
            continue
        pieces: list[str] = []
        for piece in re.split(r"(</?[A-Za-z][^>]*>)", raw):
            found = re.fullmatch(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^>]*>", piece)
            tag = found[2].lower() if found else ""
            lonely = tag in _OF_DRAWINGS and not count["svg"] and not count["math"]
            if lonely and found is not None and not found[1]:
                stray.append((tag, number))
                pieces.append(" ")
            elif found is None or tag in VOID or (piece.endswith("/>") and not found[1]):
                pieces.append(piece)
            elif not found[1]:
                shown = len(open_) < DEEPEST
                deep = number if not shown and deep is None else deep
                open_.append((tag, number, shown))
                count[tag] += 1
                pieces.append(piece if shown else "")
            elif count[tag]:
                name = ""
                while name != tag:
                    name, _, shown = open_.pop()
                    count[name] -= 1
                    pieces.append(f"</{name}>" if shown else "")
        texts[number] = "".join(pieces)
    line: list[Node] = []
    for tag, number, _ in [one for one in reversed(open_) if one[2]]:
        if core(items[number])["t"] == "RawBlock":
            texts[number] += f"</{tag}>"
        else:
            line.append(node("RawInline", "html", f"</{tag}>"))
    changed = ((number, item, texts.get(number)) for number, item in enumerate(items))
    result = [*(item if text is None else _respelt(item, text) for _, item, text in changed), *line]
    return result, [(tag, number) for tag, number, _ in open_ if tag not in _OPTIONAL], deep, stray


def _respelt(item: Node, text: str) -> Node:
    """Return *item*, a raw node perhaps in a wrapper, with another text."""
    if item["t"] in ("Span", "Div"):
        return with_children(item, [_respelt(children(item)[0], text)])
    return with_literal(item, text)


class _Pieces(HTMLParser):
    """One piece of raw HTML, taken apart and put together again from allowed tags and text."""

    def __init__(self, tamer: _Tamer, where: tuple[int, int], raw: str, *, block: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.tamer, self.where, self.block = tamer, where, block
        # A drawing that is never closed would swallow the words after it.
        self.open_drawing = len(re.findall(r"<svg\b", raw, re.I)) > len(re.findall(r"</svg", raw, re.I))
        self.out: list[str] = []
        self.swallowing = ""
        self.deep = 0
        """How many elements of the name :attr:`swallowing` are open."""
        self.in_drawing = False

    def nodes(self) -> list[Node]:
        """Return the nodes that stand for the piece, none when nothing is left."""
        text = "".join(self.out)
        if not text.strip():
            return []
        if self.block:
            return [node("RawBlock", "html", text)]
        return [wrapper(f"{self.where[0]}:{self.where[1]}", _inline(text))]

    def here(self) -> tuple[int, int]:
        line, column = self.getpos()
        return self.where[0] + line - 1, (self.where[1] if line == 1 else 1) + column

    def say(self, kind: Kind, message: str, fix: str) -> None:
        self.tamer.say(kind, self.here(), message, fix)

    # The parser's own events.

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        source = self.get_starttag_text() or f"<{tag}>"
        name = re.match(r"<\s*([^\s/>]+)", source)
        written = name[1] if name else tag
        values = {key: value or "" for key, value in pairs}
        if self.swallowing:
            self.deep += tag == self.swallowing and not source.endswith("/>")
            return
        # HTML may be typed in capitals, <BR>; a component has one, or a dot.
        if (written[:1].isupper() or "." in written) and not (written.isupper() and tag in _KNOWN):
            if self.tamer.components.get(written) == DROP:
                self.tamer.component(written, values, self.here())
                self.swallowing, self.deep = ("", 0) if source.endswith("/>") else (tag, 1)
                return
            self.out.append(html.escape(self.tamer.component(written, values, self.here()), quote=False))
        elif tag in SWALLOWED:
            self.say(INERT, f"<{tag}> is left out with what it holds", "take it out of the chapter")
            self.swallowing, self.deep = tag, 1
        elif tag in EMBEDS:
            self.embed(tag, values)
        elif tag in FORBIDDEN and not (tag == "title" and self.in_drawing):
            self.say(INERT, f"<{tag}> is left out", "take it out of the chapter")
        elif tag in TAGS or (tag in _FOREIGN and not (tag == "svg" and self.open_drawing)):
            self.in_drawing = self.in_drawing or tag == "svg"
            self.out.append(self.clean(written if tag not in TAGS else tag, values))
        elif tag not in TRANSPARENT:
            self.say(LITERAL, f"{source} is printed as text", f"write `{source}` if it is code")
            self.out.append(html.escape(source, quote=False))

    def handle_startendtag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        before = self.swallowing
        self.handle_starttag(tag, pairs)
        if not before and self.swallowing == tag:
            self.swallowing, self.deep = "", 0
        written = (self.get_starttag_text() or "<").lstrip("<")
        drawn = tag in _FOREIGN and not (tag == "svg" and self.open_drawing)
        if (drawn or tag in TAGS) and tag not in VOID and not written[:1].isupper():
            # XML-style empty elements stay open in an HTML parser, and words vanish.
            self.out.append(f"</{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if self.swallowing:
            self.deep -= tag == self.swallowing
            self.swallowing = self.swallowing if self.deep else ""
        elif tag in TAGS or tag in _FOREIGN:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.swallowing:
            self.out.append(html.escape(data, quote=False))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(html.unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.handle_data(html.unescape(f"&#{name};"))

    def handle_comment(self, data: str) -> None:
        comment = f"<!--{data}-->"
        if DIRECTIVE.fullmatch(comment):
            self.out.append(comment)

    def embed(self, tag: str, values: Mapping[str, str]) -> None:
        """Put a link where a frame, film or sound stood."""
        address = values.get("src", "")
        self.say(
            EMBEDDED,
            f"<{tag}> cannot be printed: {address or 'without an address'}",
            "describe it in words with a link",
        )
        if scheme(address) in ("http", "https"):
            title = values.get("title") or address
            self.out.append(f'<a hb:href="{html.escape(address)}">{html.escape(title)}</a>')

    def clean(self, tag: str, values: Mapping[str, str]) -> str:
        """Return a start tag with its allowed attributes and its position."""
        allowed = (
            GLOBAL_ATTRIBUTES
            | OWN_ATTRIBUTES.get(tag, frozenset())
            | (SVG_ATTRIBUTES if tag in SVG_TAGS else frozenset())
        )
        kept = {}
        if mark := broken(values):
            kept[BREAK] = mark
            values = {key: value for key, value in values.items() if key != "style" or not breaks_alone(value)}
        if tag == "img":
            values = self.tamer.sized(values, self.here(), f" of <{tag}>")
            allowed |= {*sizes.NAMES.values()}
        for key, value in values.items():
            carried = tag == "img" and key == "src" and scheme(value) == "data"  # book.plates opens it
            unsafe = key in ("href", "src") and scheme(value) not in ("", *SCHEMES) and not carried
            if key == "class" and not owned(value):
                continue
            if key in allowed and not unsafe:
                kept[key] = owned(value) if key == "class" else value if tag in SVG_TAGS else _bounded(key, value)
                if key in NUMBERS and tag not in SVG_TAGS and kept[key] != value.strip() and len(value) > 3:
                    self.say(
                        ATTRIBUTE,
                        f"the attribute {key}={value!r} of <{tag}> is cut to {kept[key]}",
                        "write a smaller number",
                    )
            elif DANGEROUS.fullmatch(key) or unsafe:
                self.say(ATTRIBUTE, f"the attribute {key}={value!r} of <{tag}> is left out", "take it out")
        for key in {"href", "src"} & kept.keys():
            kept[f"hb:{key}"] = kept.pop(key)  # sleeping, see book.markup
        if tag in TAGS:
            line, column = self.here()
            kept["hb:pos"] = f"{line}:{column}"
        said = "".join(f' {key}="{html.escape(value)}"' for key, value in kept.items())
        return f"<{tag}{said}>"


def _bounded(name: str, value: str) -> str:
    """Return *value*, a number cut to what a page can hold."""
    if name not in NUMBERS:
        return value
    found = re.match(r"\s*(\d{1,9})", value)
    return str(min(int(found[1]), LARGEST if name.endswith("span") else 100_000)) if found else "1"


def _inline(text: str) -> Node:
    """Return an inline for *text*, which is escaped HTML: raw when it holds a tag, else plain."""
    if "<" in text:
        return node("RawInline", "html", text)
    return node("Str", html.unescape(text))
