"""Drawings: what Graphviz, Inkscape, draw.io, Mermaid and their kind write, made clean: nothing in it loads or runs.

A drawing is read by our own rules and written anew from two lists, of elements and of attributes. Style sheets and ``style``
become attributes, so that every edition (a browser, an old reader, WeasyPrint) shows the same; pictures inside are checked as
files are; labels written as HTML become text. What is left out and could be missed is told; what says nothing to a reader
(metadata, an editor's own elements) goes in silence. A drawing that cannot be made safe is refused whole.
"""

from __future__ import annotations

import base64
import binascii
import functools
import html.entities
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import tinycss2
import tinycss2.color4
from lxml import etree

from book.characters import NOT_XML
from book.images import rasters
from book.images.rasters import BROKEN, TOO_LARGE, Refused
from book.images.sizes import readable
from book.problems import Kind, Severity, printable
from book.settings import Limits

UNSAFE_SVG = Kind("I107", Severity.WARNING, "a drawing that cannot be made safe and is left out")
CLEANED = Kind("I110", Severity.WARNING, "parts of a drawing that load or run something are left out")
LABELS = Kind("I115", Severity.WARNING, "labels of a drawing that are written as HTML are set as plain text")
NUMBERS = Kind("I116", Severity.WARNING, "a drawing with numbers that are none")

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XHTML = "http://www.w3.org/1999/xhtml"
HREF = f"{{{XLINK}}}href"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"

SHAPES = frozenset("path rect circle ellipse line polyline polygon".split())
ELEMENTS = SHAPES | frozenset(
    "svg g defs symbol use text tspan textPath image linearGradient radialGradient stop pattern clipPath mask marker filter "
    "feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap "
    "feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology "
    "feOffset fePointLight feSpecularLighting feSpotLight feTile".split()
)
"""Elements of a drawing that stands still and asks for nothing (SVG 1.1 and 2)."""
NEEDED = {
    "path": frozenset({"d"}),
    "rect": frozenset({"width", "height"}),
    "circle": frozenset({"r"}),
    "polyline": frozenset({"points"}),
    "polygon": frozenset({"points"}),
}
"""Attributes without which a shape draws nothing (SVG 1.1 §8.3, §9)."""
LOUD = {
    "script": "a script",
    "handler": "a script",
    "listener": "a script",
    "iframe": "a frame",
    "embed": "a frame",
    "object": "a frame",
    "audio": "a sound",
    "video": "a film",
    "canvas": "a canvas",
    "animate": "an animation",
    "animateTransform": "an animation",
    "animateMotion": "an animation",
    "animateColor": "an animation",
    "set": "an animation",
    "discard": "an animation",
    "feImage": "a filter that loads an image",
    "feTurbulence": "a filter of noise",
}
"""Elements that are left out and told."""
PRESENTED = frozenset(
    "alignment-baseline baseline-shift clip-path clip-rule color color-interpolation color-interpolation-filters direction "
    "display dominant-baseline fill fill-opacity fill-rule filter flood-color flood-opacity font-family font-size "
    "font-stretch font-style font-variant font-weight image-rendering letter-spacing lighting-color marker-end marker-mid "
    "marker-start mask opacity overflow shape-rendering stop-color stop-opacity stroke stroke-dasharray "
    "stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor "
    "text-decoration text-rendering unicode-bidi visibility word-spacing writing-mode".split()
)
"""Properties that may be said as attributes (SVG 1.1 §6.1, SVG 2 §6.6)."""
NUMERIC = frozenset(
    "x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy width height offset rotate textLength startOffset refX refY markerWidth "
    "markerHeight pathLength stdDeviation radius scale order k k1 k2 k3 k4 values tableValues slope intercept amplitude "
    "exponent seed baseFrequency elevation azimuth limitingConeAngle specularConstant specularExponent diffuseConstant "
    "surfaceScale pointsAtX pointsAtY pointsAtZ z kernelMatrix divisor bias targetX targetY d points transform "
    "gradientTransform patternTransform viewBox".split()
)
WORDED = frozenset(
    "id preserveAspectRatio lengthAdjust spacing method side gradientUnits spreadMethod patternUnits "
    "patternContentUnits clipPathUnits maskUnits maskContentUnits markerUnits orient filterUnits primitiveUnits in in2 "
    "result mode operator type edgeMode preserveAlpha xChannelSelector yChannelSelector".split()
)
MEASURED = frozenset("font-size stroke-width stroke-dasharray stroke-dashoffset stroke-miterlimit letter-spacing word-spacing opacity "
                     "fill-opacity stroke-opacity stop-opacity flood-opacity baseline-shift".split())  # fmt: skip
COLOURS = {
    "fill": "fill-opacity",
    "stroke": "stroke-opacity",
    "stop-color": "stop-opacity",
    "flood-color": "flood-opacity",
    "color": "",
    "lighting-color": "",
}
"""Properties that hold a colour -> the one that says how much is seen through it."""
LINKED = frozenset({"use", "image", "textPath", "linearGradient", "radialGradient", "pattern", "filter"})
"""Elements whose ``href`` means something to a drawing that stands still."""
REFERRING = frozenset({"clip-path", "mask", "filter", "fill", "stroke", "marker-start", "marker-mid", "marker-end"})
PAINTS = frozenset({"linearGradient", "radialGradient", "pattern"})
MEANT = {
    "clip-path": frozenset({"clipPath"}),
    "mask": frozenset({"mask"}),
    "filter": frozenset({"filter"}),
    "fill": PAINTS,
    "stroke": PAINTS,
    **dict.fromkeys(("marker-start", "marker-mid", "marker-end"), frozenset({"marker"})),
    "use": SHAPES | {"svg", "g", "symbol", "use", "text", "image"},
    "textPath": SHAPES,
    "linearGradient": PAINTS,
    "radialGradient": PAINTS,
    "pattern": frozenset({"pattern"}),
}
"""What a reference of an attribute, or the ``href`` of an element, may lead to (EPUBCheck RSC-014)."""
MARKERS = frozenset({"marker-start", "marker-mid", "marker-end"})
FOLLOWED = "color fill font-family font-size font-style font-weight".split()
"""What a label written as HTML may say of its letters."""
UNMEASURED = frozenset({"values", "rotate", "seed", "order", "kernelMatrix"})
"""Lists that mean nothing where they are wrong."""
SHORTEST_REPEATED = 1 / 50
"""Of a shape: a gradient that is shorter is not repeated."""
LARGEST = 10_000_000.0
"""Of a number: more than any page, and small enough for every program that computes with it."""
DEFAULT = (300.0, 150.0)
"""CSS 2.2 §10.3.2."""
UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "em": 16.0, "rem": 16.0,
         "ex": 8.0, "ch": 8.0, "q": 96 / 101.6}  # fmt: skip
"""CSS pixels of a unit of length."""
DEEPEST = 128
"""Levels of elements."""
NESTED = 3
"""Drawings in a drawing in a drawing …"""
ENTITIES = 64
LONGEST_ENTITY = 200
LONGEST_SHOWN = 80
RULES = 2000
COMPARED = 1_000_000
"""Rules times elements of a style sheet: more than any editor writes."""

etree.register_namespace("xlink", XLINK)

Element = etree._Element  # noqa: SLF001 - lxml's only name for the type
Fault = tuple[Kind, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A drawing that every edition takes."""

    data: bytes
    width: int
    """In CSS pixels, at least 1."""
    height: int
    faults: tuple[Fault, ...] = ()
    """Kind, message and fix of what was put right."""


def cleaned(data: bytes, name: str, limits: Limits) -> Drawing:
    """Return the drawing in *data* as every edition takes it.

    Args:
        data: an SVG file; UTF-8, or what its own first line or mark says.
        name: as messages call it.
        limits: bytes and nodes of a drawing; pixels of the pictures in it.

    Raises:
        Refused: it is no drawing, it is too large, or it cannot be made safe.

    >>> svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" onload="x()"><g style="fill: red"/></svg>'
    >>> cleaned(svg, "a.svg", Limits()).data
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" width="4" height="3"><g fill="red"/></svg>'
    """
    return _Cleaner(name=name, limits=limits).drawing(data)


def said_in(drawing: Drawing, source: str) -> str:
    """Return what a clean drawing says to those who cannot see it: the title in its *source*, and its words."""
    title = re.search(r"<title[^>]*>([^<]*)</title>", source)
    texts = etree.fromstring(drawing.data).iter(f"{{{SVG}}}text")
    said = [html.unescape(title[1]) if title else "", *("".join(map(str, text.itertext())) for text in texts)]
    return " ".join(" ".join(said).split())


def is_drawing(data: bytes) -> bool:
    """Say whether *data* looks like an SVG file."""
    head = data[:4].startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16", "replace").encode() if head else data
    return text[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in text[:100_000].lower().replace(
        b"<svg:svg", b"<svg"
    )


@dataclass(slots=True, kw_only=True)
class _Cleaner:
    """Cleans one drawing."""

    name: str
    limits: Limits
    depth: int = 0
    pixels: int = 0
    """Of the pictures in it, so far."""
    gone: dict[str, int] = field(default_factory=dict)
    """What was left out -> how often."""
    numbers: dict[str, str] = field(default_factory=dict)
    labels: int = 0
    names: dict[str, str] = field(default_factory=dict)
    """Ids as the author wrote them -> as they are written."""
    rules: list[_Rule] = field(default_factory=list)
    styles: dict[str, tuple[tuple[str, str, bool], ...]] = field(default_factory=dict)
    """What a ``style`` says, each read once."""

    def drawing(self, data: bytes) -> Drawing:
        """Return the clean drawing."""
        if len(data) > self.limits.svg_bytes:
            message = f"{self.name!r} has {len(data)} bytes; the limit is {self.limits.svg_bytes}"
            raise Refused(TOO_LARGE, message, "simplify the drawing, or raise limits.svg_bytes in handbound.toml")
        source = self.parsed(data)
        count = 0
        for element in source.iter():
            count += 1
            if count > self.limits.svg_nodes:
                raise self.unfolds()
            self.instruction(element)
        before = source.getprevious()
        while before is not None:
            self.instruction(before)
            before = before.getprevious()
        self.name_all(source)
        self.read_sheets(source, count)
        root = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})
        self.dress(source, root, "svg")
        self.fill(source, root, 1)
        width, height = self.measure(source, root)
        self.ground(source, root)
        self.pin_ink(root)
        self.lead(root)
        self.untangle(root)
        self.calm(root)
        spaces: dict[str | None, str] = {None: SVG}
        if any(element.get(HREF) for element in root.iter()):
            spaces["xlink"] = XLINK
        etree.cleanup_namespaces(root, top_nsmap=spaces)
        text = etree.tostring(root, encoding="unicode")
        return Drawing(data=text.encode("utf-8"), width=width, height=height, faults=tuple(self.faults()))

    def instruction(self, node: Element) -> None:
        """Tell a style sheet that is loaded; any other processing instruction goes in silence."""
        if isinstance(node, etree._ProcessingInstruction) and node.target == "xml-stylesheet":  # noqa: SLF001 - lxml's only name
            self.drop(f"<?{node.target}?>")

    def unfolds(self) -> Refused:
        """Return the refusal of a drawing that is drawn again and again."""
        message = f"{self.name!r} unfolds to more than {self.limits.svg_nodes} nodes, or uses itself"
        return Refused(UNSAFE_SVG, message, "simplify the drawing")

    def drop(self, what: str) -> None:
        """Keep in mind that *what* is left out."""
        what = printable(what)
        what = what if len(what) <= LONGEST_SHOWN else f"{what[: LONGEST_SHOWN - 1]}…"
        if what in self.gone or len(self.gone) < 100:
            self.gone[what] = self.gone.get(what, 0) + 1

    def odd(self, what: str, value: str) -> None:
        """Keep in mind that the number *value* of *what* is none."""
        if len(self.numbers) < 100:
            self.numbers.setdefault(what, printable(value[:40]))

    def faults(self) -> Iterator[Fault]:
        """Yield what there is to be told."""
        if self.gone:
            told = [what if times == 1 else f"{what} ({times} times)" for what, times in self.gone.items()]
            more = f" and {len(told) - 4} more" if len(told) > 4 else ""
            message = f"{self.name!r} holds {', '.join(told[:4])}{more}; the drawing is printed without"
            yield CLEANED, message, "take it out of the drawing, or embed what it loads"
        if self.numbers:
            told = [f'{what}="{value}"' for what, value in self.numbers.items()]
            more = f" and {len(told) - 3} more" if len(told) > 3 else ""
            message = (
                f"{self.name!r} has sizes or places that are no numbers: {', '.join(told[:3])}{more}; they are left out"
            )
            yield NUMBERS, message, "save the drawing again with numbers"
        if self.labels:
            times = "a label" if self.labels == 1 else f"{self.labels} labels"
            message = f"{self.name!r} has {times} written as HTML; set as plain text"
            yield LABELS, message, "look at the drawing, or export it with labels as SVG text"

    # Reading.

    def parsed(self, data: bytes) -> Element:
        """Return the root of the drawing as it was written, its document type and entities resolved by our own rules."""
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = data.decode("utf-16", "replace")
            data = re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", text).encode("utf-8", "replace")
        if b"\x00" in data:
            raise Refused(BROKEN, f"{self.name!r} is not well-formed XML: a NUL", "save the drawing again")
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
        )
        try:
            root = etree.fromstring(self.undeclared(data).lstrip(), parser)
        except (etree.XMLSyntaxError, ValueError, LookupError) as error:
            message = f"{self.name!r} is not well-formed XML: {printable(str(error))[:200]}"
            raise Refused(BROKEN, message, "save the drawing again") from error
        if _local(root) != "svg":
            raise Refused(BROKEN, f"{self.name!r} is no SVG drawing", "save it as SVG")
        deepest, stack = 0, [(root, 1)]
        while stack:
            element, level = stack.pop()
            deepest = max(deepest, level)
            stack.extend((child, level + 1) for child in element)
        if deepest > DEEPEST:
            raise Refused(
                UNSAFE_SVG, f"{self.name!r} nests {deepest} levels; {DEEPEST} are allowed", "simplify the drawing"
            )
        return root

    def undeclared(self, data: bytes) -> bytes:
        """Return *data* without its document type; the names that Illustrator declares in it are put in where they are used.

        Only entities that are plain words are read (XML 1.0 §4.2): no reference in them, none from a file, few and short.
        """
        found = re.search(rb"<!DOCTYPE\s", data, re.I)
        if re.search(rb"<!ENTITY", data[: found.start()] if found else data, re.I):
            raise Refused(UNSAFE_SVG, f"{self.name!r} has a DTD", "take the <!DOCTYPE …> line out")
        entities: dict[bytes, bytes] = {}
        if found:
            opened = re.compile(rb"<!DOCTYPE\s[^\[\]>]*(?:\[((?:[^\]\"']|\"[^\"]*\"|'[^']*')*)\]\s*)?>", re.I).match(
                data, found.start()
            )
            if opened is None:
                raise Refused(UNSAFE_SVG, f"{self.name!r} has a DTD", "take the <!DOCTYPE …> line out")
            entities = self.declared(opened[1] or b"")
            data = data[: opened.start()] + data[opened.end() :]
        size = len(data)

        def put_in(reference: re.Match[bytes]) -> bytes:
            nonlocal size
            name = reference[1]
            value = entities.get(name)
            if value is None and name not in _XML_OWN and (letters := html.entities.html5.get(f"{name.decode()};")):
                value = "".join(f"&#{ord(letter)};" for letter in letters).encode()
            size += len(value or b"")
            if size > self.limits.svg_bytes:
                raise Refused(
                    TOO_LARGE,
                    f"{self.name!r} unfolds to more than {self.limits.svg_bytes} bytes",
                    "simplify the drawing",
                )
            return reference[0] if value is None else value

        return re.sub(rb"&([A-Za-z][A-Za-z0-9_.-]*);", put_in, data)

    def declared(self, subset: bytes) -> dict[bytes, bytes]:
        """Return the entities of an internal *subset* by name.

        Raises:
            Refused: it declares anything but plain words and the attributes of elements.
        """
        refusal = Refused(
            UNSAFE_SVG, f"{self.name!r} has a DTD that declares more than names", "take the <!DOCTYPE …> part out"
        )
        found: dict[bytes, bytes] = {}
        at = 0
        while at < len(subset):
            plain = _DECLARED.match(subset, at)
            if plain is None:
                raise refusal
            if plain["name"]:
                value = plain["value"][1:-1]
                if len(value) > LONGEST_ENTITY or re.search(rb"[&%<]", value) or len(found) >= ENTITIES:
                    raise refusal
                found.setdefault(
                    plain["name"], value.replace(b'"', b"&quot;").replace(b"'", b"&apos;").replace(b">", b"&gt;")
                )
            at = plain.end()
        return found

    def name_all(self, source: Element) -> None:
        """Give every id of the drawing a name that XML and old readers take, each once."""
        taken: set[str] = set()
        for element in source.iter(etree.Element):
            own = element.get("id")
            if own is None or own in self.names:
                continue
            name = (
                own if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", own) else "n-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", own)
            )
            base, number = name[:100], 1
            while name in taken:
                number += 1
                name = f"{base}-{number}"
            taken.add(name)
            self.names[own] = name

    # Style sheets.

    def read_sheets(self, source: Element, nodes: int) -> None:
        """Read the style sheets of the drawing."""
        for sheet in source.iter(f"{{{SVG}}}style", "style"):
            if any(_local(above) == "foreignObject" for above in sheet.iterancestors()):
                continue
            text = readable("".join(sheet.itertext()))
            self.sheet(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), 0)
        if len(self.rules) * nodes > COMPARED or len(self.rules) > RULES:
            self.rules.clear()
            self.drop("a style sheet of far too many rules")
        self.rules.sort(key=lambda rule: rule.weight)

    def sheet(self, nodes: list[Any], level: int) -> None:
        """Take in the rules that are meant for a drawing that stands still on a light page."""
        for node in nodes:
            if node.type == "qualified-rule":
                said = tuple(self.declarations(node.content))
                for selector in _split(node.prelude):
                    if said and (parts := _selector(selector)):
                        self.rules.append(_Rule(parts=parts, said=said))
            elif node.type == "at-rule":
                name, prelude = node.lower_at_keyword, tinycss2.serialize(node.prelude).strip().lower()
                if name == "import":
                    self.drop(f"@import {prelude}")
                elif name == "font-face" and node.content is not None:
                    self.face(node)
                elif name == "media" and node.content is not None and level < 4:
                    light = "dark" not in prelude and not re.search(r"\bprint\b|\bnot\b|-(?:width|height)", prelude)
                    if light:
                        inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                        self.sheet(inner, level + 1)

    def face(self, rule: Any) -> None:
        """Tell a typeface that is loaded; one that is carried as data goes in silence: every edition has its own faces."""
        for address in _addresses(rule.content):
            if not address.strip().lower().startswith("data:") and not address.startswith("#"):
                self.drop(f"a typeface from {address}")

    def style(self, source: Element) -> tuple[tuple[str, str, bool], ...]:
        """Return the declarations of an element's own ``style``."""
        text = source.get("style", "")
        if text not in self.styles:
            self.styles[text] = tuple(self.declarations(readable(text)))
        return self.styles[text]

    def declarations(self, content: Any) -> Iterator[tuple[str, str, bool]]:
        """Yield name, value and importance of each declaration that may stand as an attribute."""
        for one in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
            if one.type != "declaration":
                continue
            name = one.lower_name
            outside = [address for address in _addresses(one.value) if not address.strip().startswith("#")]
            if outside and not (name.startswith("src") and outside[0].startswith("data:")):
                self.drop(f"{name}: url({outside[0]})")
                continue
            value = _value(one.value)
            if value is None:
                continue
            if name == "font":
                yield from ((key, said, one.important) for key, said in _font(value))
            elif name == "marker":
                yield from ((key, value, one.important) for key in sorted(MARKERS))
            elif name in PRESENTED:
                yield name, value, one.important
            elif name == "transform" and (turned := _TURNED.fullmatch(value)):
                yield name, re.sub(r"px|deg", "", turned[0]), one.important
            elif name in ("background", "background-color"):
                yield "background", value, one.important

    # Writing.

    def fill(self, source: Element, target: Element, level: int) -> None:
        """Put into *target* what is clean of the children of *source*."""
        worded = _local(target) in ("text", "tspan", "textPath")
        if worded:
            target.text = _words(source.text)
        for child in source:
            made = self.element(child, target, level) if isinstance(child.tag, str) else None
            if worded and child.tail:
                _say(target, made, _words(child.tail) or "")

    def element(self, source: Element, parent: Element, level: int) -> Element | None:
        """Write one element below *parent*; return the last element that stands for it."""
        name = _local(source)
        space = etree.QName(source).namespace
        if space not in (SVG, None):
            if name == "script":
                self.drop("a script")
            return None
        inside = _local(parent) in ("text", "tspan", "textPath")
        if name in LOUD:
            self.drop(f"<{name}>")
            return None
        if name == "foreignObject":
            return self.label(source, parent, None)
        if name == "switch":
            return self.switch(source, parent, level)
        if name == "a":
            name = "tspan" if inside else "g"
        if name == "tref" or name not in ELEMENTS or (inside and name not in ("tspan", "textPath")):
            return None
        if name == "tspan" and not inside:
            name = "text"
        made = etree.Element(f"{{{SVG}}}{name}")
        if not self.dress(source, made, name):
            return None
        if name == "image" and not self.picture(made):
            return None
        if name == "stop" and not made.get("offset"):
            made.set("offset", "0")  # as SVG 1.1 §13.2.4 wants it, and browsers take it
        if not NEEDED.get(name, frozenset()) <= set(map(str, made.attrib)):
            return None
        parent.append(made)
        if name not in {"image", "use"}:
            self.fill(source, made, level + 1)
        return made

    def dress(self, source: Element, made: Element, name: str) -> bool:
        """Give *made* the clean attributes of *source*; False when it would mean nothing without what it refers to."""
        styled: dict[str, tuple[tuple[bool, int], str]] = {}
        for place, rule in enumerate(self.rules):
            if _matches(rule.parts, source):
                for key, value, important in rule.said:
                    rank = (important, place)
                    if key not in styled or styled[key][0] <= rank:
                        styled[key] = (rank, value)
        for key, value, important in self.style(source):
            rank = (important, len(self.rules))
            if key not in styled or styled[key][0] <= rank:
                styled[key] = (rank, value)
        for key, value in source.attrib.items():
            if not self.attribute(made, name, str(key), value):
                return False
        for key, (_, value) in styled.items():
            if key == "background":
                continue
            self.present(made, key, value)
        self.clamp(made)
        return True

    def attribute(self, made: Element, name: str, key: str, value: str) -> bool:
        """Write one attribute; False when its element is to be left out."""
        space, short = etree.QName(key).namespace, etree.QName(key).localname
        if short.lower().startswith("on") and space is None:
            self.drop(f"the event attribute {short}")
        elif short == "base" and space is not None:
            self.drop(f"xml:base={value!r}")
        elif key == SPACE and value == "preserve":
            made.set(SPACE, value)
        elif short == "href" and space in (None, XLINK):
            return self.refer(made, name, value)
        elif space is not None:
            return True
        elif short == "id":
            if self.names.get(value) and not self.names[value].startswith("\0"):
                made.set("id", self.names[value])
                # The second of that name would be another's.
                self.names[value] = f"\0{self.names[value]}"
        elif short == "style":
            return True
        elif short == "src":
            self.drop(f"src={value!r}")
        elif short in PRESENTED and _PLAIN.fullmatch(value):
            if value.strip():
                self.present(made, short, value.strip())
        elif short in PRESENTED:
            tokens = tinycss2.parse_component_value_list(readable(value))
            outside = [address for address in _addresses(tokens) if not address.strip().startswith("#")]
            if outside:
                self.drop(f"an address in {short}: {outside[0]}")
            elif (plain := _value(tokens)) is not None:
                self.present(made, short, plain)
        elif short in NUMERIC or short in WORDED:
            if "url(" in value.lower() or "\\" in value:
                self.drop(f"an address in {short}")
            elif value.strip() == "auto":
                return True
            elif short in NUMERIC and short not in UNMEASURED and not (_sound(value) and _spelt(short, value)):
                self.odd(short, value)
            else:
                made.set(short, value)
        return True

    def refer(self, made: Element, name: str, value: str) -> bool:
        """Write an ``href``; False when nothing is left to be shown."""
        address = value.strip()
        if name not in LINKED:
            plain = re.sub(r"[\x00-\x20]+", "", address).lower()
            if name not in ("g", "tspan") or re.match(r"(?:javascript|vbscript|data|file):", plain):
                self.drop(f"a reference that leaves it: href={address[:60]!r}")
            return True
        if made.get(HREF):
            return True
        if address.startswith("#"):
            if name != "image" and (known := self.named(address[1:])):
                made.set(HREF, f"#{known}")
                return True
            return name not in {"use", "image"}
        if name == "image" and address[:5].lower() == "data:":
            made.set(HREF, address)
            return True
        if address:
            self.drop(f"a reference that leaves it: href={address[:60]!r}")
        return name not in {"use", "image"}

    def named(self, name: str) -> str:
        """Return the id *name* as it is written; empty for one that is not there."""
        return self.names.get(name, "").removeprefix("\0")

    def present(self, made: Element, key: str, value: str) -> None:
        """Write a presentation attribute, its colour in the words of every reader and its numbers sound."""
        if key == "transform":
            if _sound(value) and _spelt(key, value):
                made.set(key, value)
            return
        if key in REFERRING and "url(" in value.lower():
            if not all(self.named(one) for one in _URL.findall(value)):
                if key in COLOURS:
                    made.set(key, "none")  # SVG 2 §13.2
                return
            value = _URL.sub(lambda found: f"url(#{self.named(found[1])})", value)
        if key not in REFERRING and "url(" in value.lower():
            return  # the words of a typeface, and no address
        if key in MEASURED and not (_sound(value) and (_lengths(value) or re.fullmatch(r"[A-Za-z-]+", value))):
            self.odd(key, value)
            return
        if key in COLOURS and "url(" not in value:
            seen = _colour(value)
            if seen is None:
                return
            value, opacity = seen
            if opacity < 1 and COLOURS[key]:
                made.set(COLOURS[key], f"{opacity:.3g}")
        made.set(key, value)

    def clamp(self, made: Element) -> None:
        """Keep filters that would take a browser's whole time within bounds."""
        for key, most in (("stdDeviation", 200.0), ("radius", 50.0), ("order", 9.0)):
            numbers = [float(one) for one in re.findall(_NUMBER, made.get(key, ""))]
            if _local(made).startswith("fe") and numbers and max(numbers) > most:
                made.set(key, " ".join(f"{min(one, most):g}" for one in numbers))

    def switch(self, source: Element, parent: Element, level: int) -> Element | None:
        """Write what a ``switch`` shows to a reader without HTML in drawings: draw.io keeps its labels in two forms."""
        foreign: Element | None = None
        children = [child for child in source if isinstance(child.tag, str)]
        plain = [child for child in children if not child.get("systemLanguage")]
        for child in plain or children[:1]:
            if _local(child) == "foreignObject":
                foreign = foreign if foreign is not None else child
                continue
            if foreign is not None and _local(child) == "text" and _cut_short(child, foreign):
                return self.label(foreign, parent, child)
            if foreign is None and child.get("requiredFeatures") and not len(child):
                return None  # draw.io: here stands, for readers without HTML, that the text is not SVG
            return self.element(child, parent, level)
        return self.label(foreign, parent, None) if foreign is not None else None

    def label(self, source: Element, parent: Element, like: Element | None) -> Element | None:
        """Write the words of a ``foreignObject`` as text.

        Args:
            source: it.
            parent: to which the text is added.
            like: a shortened form of the text that says where it stands.
        """
        lines = _lines(source)
        if not lines:
            return None
        self.labels += 1
        made = etree.Element(f"{{{SVG}}}text")
        said = self.lettering(source)
        size = _pixels(said.get("font-size", "")) or 16.0
        if like is not None:
            self.dress(like, made, "text")
            size = _pixels(made.get("font-size", "")) or 12.0
            x, middle = _number(like.get("x")) or 0.0, (_number(like.get("y")) or 0.0) - 0.35 * size
        else:
            left, top, width, height = (_number(source.get(key)) or 0.0 for key in ("x", "y", "width", "height"))
            room = max(1, round(height / (size * 1.4)))
            if len(lines) < room and width > size:
                most = max(width / (size * 0.55), sum(map(len, lines)) / room)
                lines = [piece for line in lines for piece in _wrapped(line, most)]
            x, middle = left + width / 2, top + height / 2
            made.set("text-anchor", "middle")
            made.set("font-size", f"{size:g}")
            for key, value in said.items():
                if key not in ("font-size", "color"):
                    self.present(made, key, value)
            if not made.get("fill"):
                made.set("fill", (_colour(said["color"]) or ("#000000", 1))[0] if said.get("color") else "#000000")
            made.set("stroke", "none")
        lead = size * 1.2
        first = middle - lead * (len(lines) - 1) / 2 + 0.35 * size
        for number, line in enumerate(lines[:200]):
            piece = etree.SubElement(made, f"{{{SVG}}}tspan", {"x": f"{x:g}", "y": f"{first + number * lead:g}"})
            piece.text = line
        parent.append(made)
        return made

    def lettering(self, source: Element) -> dict[str, str]:
        """Return what the style sheets and the styles in a label say of its letters; the innermost counts."""
        said: dict[str, str] = {}
        for element in [*source.iterancestors(), source, *source.iterdescendants(etree.Element)][:400]:
            if not isinstance(element.tag, str):
                continue
            found: dict[str, str] = {}
            for rule in self.rules:
                if _matches(rule.parts, element):
                    found |= {key: value for key, value, _ in rule.said if key in FOLLOWED}
            style = tinycss2.parse_blocks_contents(
                readable(element.get("style", "")), skip_comments=True, skip_whitespace=True
            )
            for one in style:
                if one.type == "declaration" and one.lower_name in FOLLOWED and not list(_addresses(one.value)):
                    found[one.lower_name] = _value(one.value) or ""
            inner = element is source or source in element.iterancestors()
            if not inner:
                found = {key: value for key, value in found.items() if key != "fill"}
            said |= {key: value for key, value in found.items() if value}
        return said

    def picture(self, made: Element) -> bool:
        """Check the picture that an ``image`` element carries, as files are checked; False when there is none to show."""
        address = made.get(HREF, "")
        if not address:
            return False
        try:
            kind, sound = self.carried(data_of(address, self.limits.image_bytes))
        except Refused as refusal:
            self.drop("a picture that is too large" if refusal.kind is TOO_LARGE else "a picture that cannot be read")
            return False
        made.set(HREF, f"data:{kind};base64,{base64.b64encode(sound).decode('ascii')}")
        return True

    def carried(self, data: bytes) -> tuple[str, bytes]:
        """Return media type and bytes of a picture inside the drawing, as they are printed."""
        if is_drawing(data):
            if self.depth + 1 >= NESTED:
                raise Refused(UNSAFE_SVG, f"{self.name!r} nests drawings too deeply", "flatten it")
            inner = _Cleaner(name=self.name, limits=self.limits, depth=self.depth + 1, pixels=self.pixels)
            drawn = inner.drawing(data)
            self.pixels = inner.pixels
            for what in inner.gone:
                self.drop(what)
            return "image/svg+xml", drawn.data
        raster = rasters.common(rasters.sound(data, self.name, self.limits))
        self.pixels += raster.width * raster.height
        if self.pixels > self.limits.image_pixels:
            raise Refused(TOO_LARGE, f"the pictures in {self.name!r} have too many pixels", "make them smaller")
        return raster.media_type, raster.data

    # The whole.

    def measure(self, source: Element, root: Element) -> tuple[int, int]:
        """Give *root* its size in CSS pixels and a view box; return the size."""
        said = source.get("viewBox")
        numbers = [float(one) for one in re.findall(_NUMBER, said or "")] if said and _sound(said) else []
        box = numbers if len(numbers) == 4 and numbers[2] > 0 and numbers[3] > 0 else []
        if said is not None and not box and said.strip():
            self.odd("viewBox", said)
        sides = []
        for key in ("width", "height"):
            value = source.get(key, "").strip()
            side = _pixels(value)
            if value and side is None and not value.endswith("%") and value.lower() != "auto":
                self.odd(key, value)
            sides.append(side)
        width, height = sides
        if width is None and height is None:
            width, height = (box[2], box[3]) if box else DEFAULT
        elif width is None:
            width = (height or 1.0) * box[2] / box[3] if box else DEFAULT[0]
        elif height is None:
            height = width * box[3] / box[2] if box else DEFAULT[1]
        wide, high = (max(1, min(100_000, round(side or 1.0))) for side in (width, height))
        if not box:
            box = [0.0, 0.0, float(width or wide), float(height or high)]
        root.set("viewBox", " ".join(f"{number:.10g}" for number in box))
        for key in ("width", "height", "x", "y"):
            root.attrib.pop(key, None)
        root.set("width", str(wide))
        root.set("height", str(high))
        return wide, high

    def ground(self, source: Element, root: Element) -> None:
        """Draw the ground that a style gives the whole drawing: a drawing in a page of an EPUB or a PDF has none."""
        colour = ""
        for rule in self.rules:
            if _matches(rule.parts, source):
                colour = next((value for key, value, _ in rule.said if key == "background"), colour)
        colour = next((value for key, value, _ in self.style(source) if key == "background"), colour)
        seen = _colour(colour) or next(filter(None, map(_colour, colour.split())), None)
        if seen is None or seen[1] == 0 or seen[0] in ("none", "transparent", "inherit", "initial", "unset"):
            return
        left, top, width, height = root.get("viewBox", "").split()
        paper = etree.Element(
            f"{{{SVG}}}rect", {"x": left, "y": top, "width": width, "height": height, "fill": seen[0]}
        )
        paper.set("stroke", "none")
        root.insert(0, paper)

    def pin_ink(self, root: Element) -> None:
        """Say what ``currentColor`` is: black, whatever page the drawing stands in."""
        if root.get("color") or not any(
            "currentcolor" in str(value).lower() for one in root.iter() for value in one.attrib.values()
        ):
            return
        root.set("color", "#000000")

    def lead(self, root: Element) -> None:
        """Leave out references to what they cannot mean: a use of a clip path, a fill with a mask."""
        kinds = {str(element.get("id")): _local(element) for element in root.iter() if element.get("id")}
        for element in list(root.iter()):
            link = element.get(HREF, "")
            if link.startswith("#") and kinds.get(link[1:]) not in MEANT.get(_local(element), ()):
                del element.attrib[HREF]
                parent = element.getparent()
                if _local(element) == "use" and parent is not None and not element.tail:
                    parent.remove(element)
            for key in REFERRING.intersection(map(str, element.attrib)):
                names = _URL.findall(element.get(key, ""))
                if any(kinds.get(name) not in MEANT[key] for name in names):
                    if key in COLOURS:
                        element.set(key, "none")
                    else:
                        del element.attrib[key]

    def calm(self, root: Element) -> None:
        """Let a gradient that is repeated end with its last colour, unless it fills its shape with few repetitions.

        WeasyPrint writes each repetition out: a gradient of a millionth of its shape takes all memory.
        """
        for element in root.iter(f"{{{SVG}}}linearGradient", f"{{{SVG}}}radialGradient"):
            if element.get("spreadMethod", "pad") != "pad" and not _repeats_seldom(element):
                del element.attrib["spreadMethod"]
                self.drop("a gradient that is repeated without end")

    def untangle(self, root: Element) -> None:
        """Leave out references that lead round in a circle; refuse a drawing that unfolds to too many nodes.

        Everything that is drawn again wherever it is named counts as often: uses, patterns, masks, markers, clip paths.
        """
        named = {element.get("id"): element for element in root.iter(etree.Element) if element.get("id")}
        sizes: dict[Element, int] = {}
        open_: set[Element] = set()

        def below(element: Element) -> list[tuple[str, Element, int]]:
            found: list[tuple[str, Element, int]] = [("", child, 1) for child in element]
            link = element.get(HREF, "")
            if link.startswith("#"):
                target = named.get(link[1:])
                if target is None and _local(element) == "use":
                    return found
                if target is not None:
                    found.append((HREF, target, 1))
            for key in REFERRING:
                value = element.get(key, "")
                for name in _URL.findall(value) if "url(" in value else ():
                    target = named.get(name)
                    if target is not None:
                        times = 1 + len(re.findall(r"[A-Za-z ,]+", element.get("d", "") or element.get("points", "")))
                        found.append((key, target, times if key in MARKERS else 1))
            return found

        stack: list[tuple[Element, bool]] = [(root, False)]
        limit = self.limits.svg_nodes
        while stack:
            element, finished = stack.pop()
            if finished:
                open_.discard(element)
                total = 1 + sum(sizes.get(child, 1) * times for _, child, times in below(element))
                sizes[element] = min(limit + 1, total)
                continue
            if element in open_ or element in sizes:
                continue
            open_.add(element)
            stack.append((element, True))
            for key, child, _ in below(element):
                if child in open_:
                    if key:
                        del element.attrib[key]
                        self.drop("a reference that leads back to itself")
                elif child not in sizes:
                    stack.append((child, False))
        if sizes[root] > limit:
            raise self.unfolds()


def _repeats_seldom(gradient: Element) -> bool:
    """Say whether the colours of *gradient* are repeated at most some fifty times in any shape that it fills.

    That can be known of one along a line that is measured by the shape; all others depend on where the shape stands.
    """
    bound = gradient.get("gradientUnits", "objectBoundingBox") == "objectBoundingBox"
    if _local(gradient) != "linearGradient" or not bound or gradient.get("gradientTransform") or gradient.get(HREF):
        return False
    ends = []
    for key, otherwise in (("x1", "0"), ("x2", "1"), ("y1", "0"), ("y2", "0")):
        match = re.fullmatch(rf"({_NUMBER})(%?)", gradient.get(key, otherwise).strip())
        number = float(match[1]) / (100 if match[2] else 1) if match else math.inf
        if not 0 <= number <= 1:
            return False
        ends.append(number)
    steps = [abs(ends[0] - ends[1]), abs(ends[2] - ends[3])]
    return any(steps) and all(step == 0 or step >= SHORTEST_REPEATED for step in steps)


def data_of(address: str, limit: int) -> bytes:
    """Return what a ``data:`` address holds (RFC 2397).

    Args:
        address: the whole address; spaces and line breaks in it do not count.
        limit: the most bytes.

    Raises:
        Refused: it cannot be decoded, it holds nothing, or too much.

    >>> data_of("data:text/plain;base64,aGk=", 10), data_of("data:,a%20b", 10)
    (b'hi', b'a b')
    """
    head, comma, body = address.strip().partition(",")
    fix = "put the picture into a file in the book's folder and write its path"
    if not comma or len(body) > limit * 4:
        kind = TOO_LARGE if comma else BROKEN
        raise Refused(kind, "the picture in the address cannot be read", fix)
    raw = unquote_to_bytes(body)
    if re.search(r";\s*base64\s*$", head, re.I):
        plain = re.sub(rb"\s+", b"", raw).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        try:
            raw = base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused(BROKEN, f"the picture in the address cannot be decoded: {error}", fix) from error
    if len(raw) > limit:
        raise Refused(TOO_LARGE, f"the picture in the address has {len(raw):,} bytes; {limit:,} are allowed", fix)
    if not raw:
        raise Refused(BROKEN, "the address holds no picture", fix)
    return raw


# Style sheets: selectors of elements, classes and ids, one in another.


@dataclass(frozen=True, slots=True)
class _Part:
    """One compound selector: an element that has all of these."""

    tag: str
    name: str
    classes: frozenset[str]
    child: bool = False
    """Whether the part before it must be its parent, not any element round it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What a style sheet says of some elements."""

    parts: tuple[_Part, ...]
    said: tuple[tuple[str, str, bool], ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        """Specificity (Selectors 3 §9)."""
        return (
            sum(bool(part.name) for part in self.parts),
            sum(len(part.classes) for part in self.parts),
            sum(part.tag not in ("", "*") for part in self.parts),
        )


def _split(prelude: list[Any]) -> Iterator[list[Any]]:
    """Yield the selectors of a rule."""
    own: list[Any] = []
    for token in prelude:
        if token == ",":  # noqa: S105 - of a style sheet
            yield own
            own = []
        else:
            own.append(token)
    yield own


def _selector(tokens: list[Any]) -> tuple[_Part, ...]:
    """Return a selector as parts; empty when it asks for more than elements, classes and ids."""
    text = re.sub(r"\s*>\s*", " > ", tinycss2.serialize(tokens).strip())
    parts: list[_Part] = []
    child = False
    for piece in text.split():
        if piece == ">":
            child = True
            continue
        if not re.fullmatch(r"(?:\*|[A-Za-z][\w-]*)?(?:[.#](?:[\w-]|[^\x00-\x7f])+)*", piece):
            return ()
        tag = re.match(r"\*|[A-Za-z][\w-]*", piece)
        names = re.findall(r"#([^.#]+)", piece)
        if len(set(names)) > 1:
            return ()
        parts.append(
            _Part(
                tag[0] if tag else "",
                names[0] if names else "",
                frozenset(re.findall(r"\.([^.#]+)", piece)),
                child=child,
            )
        )
        child = False
    return tuple(parts) if len(parts) <= 8 and not child else ()


def _fits(part: _Part, element: Element) -> bool:
    return (
        (part.tag in ("", "*") or part.tag.lower() == _local(element).lower())
        and (not part.name or part.name == element.get("id"))
        and (not part.classes or part.classes <= set((element.get("class") or "").split()))
    )


def _matches(parts: tuple[_Part, ...], element: Element) -> bool:
    """Say whether a selector is that of *element*: each part is looked for once on the way up, so that no selector is slow."""
    if not _fits(parts[-1], element):
        return False
    if len(parts) == 1:
        return True
    line = [element, *element.iterancestors()]
    places = {0}
    for number in range(len(parts) - 2, -1, -1):
        if parts[number + 1].child:
            places = {place + 1 for place in places if place + 1 < len(line) and _fits(parts[number], line[place + 1])}
        else:
            first = min(places, default=len(line))
            places = {place for place in range(first + 1, len(line)) if _fits(parts[number], line[place])}
        if not places:
            return False
    return True


def _addresses(tokens: Any) -> Iterator[str]:
    """Yield every address that *tokens* of CSS name; a token that cannot be read counts as one."""
    waiting = list(tokens or ())
    while waiting:
        token = waiting.pop()
        if token.type == "url":
            yield token.value
        elif token.type == "error":
            yield "what cannot be read"
        elif token.type == "function":
            if token.lower_name in ("url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "element"):
                yield next((one.value for one in token.arguments if one.type == "string"), token.lower_name)
            waiting.extend(token.arguments)
        elif token.type in ("() block", "[] block", "{} block"):
            waiting.extend(token.content)


def _value(tokens: list[Any], level: int = 0) -> str | None:
    """Return the text of a value for a light page: the first of ``light-dark()``, what ``var()`` falls back to; None for none."""
    said: list[str] = []
    for token in tokens:
        if token.type == "function" and token.lower_name in ("light-dark", "var") and level < 8:
            pieces = list(_split(token.arguments))
            chosen = pieces[0] if token.lower_name == "light-dark" else [piece for rest in pieces[1:] for piece in rest]
            inner = _value(chosen, level + 1)
            if not inner:
                return None
            said.append(inner)
        elif token.type == "comment":
            continue
        else:
            said.append(tinycss2.serialize([token]))
    text = "".join(said).strip()
    return None if not text or "\\" in text or "<" in text or "!" in text else " ".join(text.split())


def _font(value: str) -> Iterator[tuple[str, str]]:
    """Yield the properties that the shorthand ``font`` says (CSS 2.2 §15.8).

    >>> list(_font("bold 12px/1.2 Arial, sans-serif"))
    [('font-weight', 'bold'), ('font-size', '12px'), ('font-family', 'Arial, sans-serif')]
    """
    words = value.split()
    for place, word in enumerate(words):
        if word in ("italic", "oblique"):
            yield "font-style", word
        elif word in ("bold", "bolder", "lighter") or re.fullmatch(r"[1-9]00", word):
            yield "font-weight", word
        elif re.match(r"[\d.]+[a-z%]", word) or re.fullmatch(
            r"(?:x{1,2}-)?(?:small|large)|medium|smaller|larger", word
        ):
            if place + 1 < len(words):
                yield "font-size", word.partition("/")[0]
                yield "font-family", " ".join(words[place + 1 :])
            return


# Numbers and colours.

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_URL = re.compile(r"url\(\s*['\"]?\s*#([^)'\"]+?)\s*['\"]?\s*\)", re.I)
_TURNED = re.compile(r"(?:(?:translate|rotate|scale|skewX|skewY|matrix)\((?:[\s,]|[-+.\de]|px|deg)*\)\s*)+")
_PLAIN = re.compile(r"[A-Za-z0-9 #.,%+-]*")
_XML_OWN = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_DECLARED = re.compile(
    rb"\s+|<!--(?:(?!--).)*-->"
    rb"|<!ENTITY\s+(?P<name>[A-Za-z_][\w.-]*)\s+(?P<value>\"[^\"]*\"|'[^']*')\s*>"
    rb"|<!(?:ATTLIST|ELEMENT)\s(?:[^\"'<>]|\"[^\"]*\"|'[^']*')*>",
    re.S,
)


_SPELT = {
    "viewBox": re.compile(rf"\s*{_NUMBER}(?:[\s,]+{_NUMBER}){{3}}\s*"),
    "d": re.compile(r"[MmZzLlHhVvCcSsQqTtAa\d\s,.eE+-]*"),
    "transform": re.compile(
        rf"(?:[\s,]*(?:(?:translate|scale)\(\s*{_NUMBER}(?:[\s,]+{_NUMBER})?\s*\)|skew[XY]\(\s*{_NUMBER}\s*\)"
        rf"|rotate\(\s*{_NUMBER}(?:[\s,]+{_NUMBER}[\s,]+{_NUMBER})?\s*\)|matrix\(\s*{_NUMBER}(?:[\s,]+{_NUMBER}){{5}}\s*\)))*[\s,]*"
    ),
}
"""How the attributes are spelt that are more than lengths."""
_LENGTH = re.compile(rf"{_NUMBER}(?:%|px|pt|pc|mm|cm|in|em|rem|ex|ch|q)?", re.I)
_SPELT |= dict.fromkeys(("gradientTransform", "patternTransform"), _SPELT["transform"])


def _spelt(name: str, value: str) -> bool:
    """Say whether the numbers of the attribute *name* are written as SVG writes them."""
    return bool(_SPELT[name].fullmatch(value)) if name in _SPELT else _lengths(value)


def _lengths(value: str) -> bool:
    """Say whether *value* is a list of lengths, and of nothing else."""
    return not _LENGTH.sub("", value).strip(", \t\r\n")


def _sound(value: str) -> bool:
    """Say whether every number in *value* is one, and none is beyond :data:`LARGEST`."""
    if re.search(r"nan|inf", value, re.I):
        return False
    if not re.search(r"\d{7}|[eE][-+]?\d", value):
        return True
    return all(
        abs(float(number)) <= LARGEST for number in re.findall(_NUMBER, value) if len(number) < 400
    ) and not re.search(r"\d{400}", value)


def _number(value: str | None) -> float | None:
    return _pixels(value) if value and not value.strip().startswith("-") else _negative(value)


def _negative(value: str | None) -> float | None:
    inner = _pixels(value.strip()[1:]) if value else None
    return None if inner is None else -inner


def _pixels(value: str | None) -> float | None:
    """Return a length in CSS pixels, or None when it is none or not above zero (``%`` is none).

    >>> _pixels("72pt"), _pixels(" 10 "), _pixels("50%"), _pixels("nan"), _pixels("-1")
    (96.0, 10.0, None, None, None)
    """
    found = re.fullmatch(rf"\s*\+?({_NUMBER})\s*([A-Za-z]*)\s*", value or "")
    if not found or found[2].lower() not in UNITS or len(found[1]) > 300:
        return None
    number = float(found[1]) * UNITS[found[2].lower()]
    return number if math.isfinite(number) and 0 < number <= LARGEST else None


@functools.lru_cache(1000)
def _colour(value: str) -> tuple[str, float] | None:
    """Return a colour in words that every reader knows, and its opacity; None when it is no colour.

    >>> _colour("red"), _colour("rgba(255, 0, 0, 0.5)"), _colour("#abc8"), _colour("none"), _colour("what")
    (('red', 1.0), ('#ff0000', 0.5), ('#aabbcc', 0.533), ('none', 1.0), None)
    """
    text = value.strip()
    if text.lower() in ("none", "currentcolor", "inherit", "context-fill", "context-stroke"):
        return text, 1.0
    if text.lower() == "transparent":
        return "#000000", 0.0
    if re.fullmatch(r"#[0-9A-Fa-f]{6}|#[0-9A-Fa-f]{3}", text):
        return text, 1.0
    try:
        seen = tinycss2.color4.parse_color(text)
        if seen is None or seen == "currentcolor":
            return None
        alpha = float(seen.alpha)
        red, green, blue = (float(channel) for channel in seen.to("srgb").coordinates)
    except (ValueError, TypeError, NotImplementedError, ArithmeticError):
        return None
    if not all(map(math.isfinite, (alpha, red, green, blue))):
        return None
    if re.fullmatch(r"[A-Za-z]+", text):
        return text, 1.0
    digits = "".join(f"{max(0, min(255, round(channel * 255))):02x}" for channel in (red, green, blue))
    return f"#{digits}", max(0.0, min(1.0, round(alpha, 3)))


# Words.


def _local(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _words(text: str | None) -> str | None:
    return NOT_XML.sub("", text) if text else text


def _say(target: Element, last: Element | None, text: str) -> None:
    """Put *text* behind *last*, or at the end of what *target* holds so far."""
    if last is None:
        last = target[-1] if len(target) else None
    if last is None:
        target.text = (target.text or "") + text
    else:
        last.tail = (last.tail or "") + text


def _lines(source: Element) -> list[str]:
    """Return the words of a label written as HTML, a line for each block and each break."""
    pieces: list[str] = []

    def read(element: Element) -> None:
        name = _local(element).lower()
        if name in ("style", "script", "title"):
            return
        block = name in ("p", "div", "li", "h1", "h2", "h3", "h4", "tr", "ul", "ol", "section")
        pieces.append("\n" if block or name == "br" else "")
        pieces.append(" ".join((element.text or "").split("\n")))
        for child in element:
            if isinstance(child.tag, str):
                read(child)
            pieces.append(" ".join((child.tail or "").split("\n")))
        pieces.append("\n" if block else "")

    read(source)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return [_words(line) or "" for line in lines if line]


def _wrapped(line: str, most: float) -> list[str]:
    """Return *line* in lines of about *most* letters."""
    lines: list[str] = []
    for word in line.split():
        if lines and len(lines[-1]) + 1 + len(word) <= max(most, 8) * 1.15:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _cut_short(text: Element, foreign: Element) -> bool:
    """Say whether *text* ends before the words of *foreign* do: draw.io cuts what it writes for others after a few letters."""
    short = " ".join("".join(map(str, text.itertext())).split())
    whole = " ".join(_lines(foreign))
    return short.endswith(("...", "…")) and not whole.endswith(("...", "…")) and len(whole) > len(short) - 3
