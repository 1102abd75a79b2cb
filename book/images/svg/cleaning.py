"""Rewrites a drawing from what the lists of :mod:`book.images.svg.vocabulary` allow."""

from __future__ import annotations

import base64
import re

import tinycss2
from lxml import etree
from msgspec import Struct

from book.html_names import SVG
from book.images import rasters
from book.images.rasters import TOO_LARGE, Refused
from book.images.sizes import readable
from book.images.svg.canvas import draw_ground, measure, pin_ink
from book.images.svg.data_address import data_of
from book.images.svg.findings import UNSAFE_SVG, Fault, Findings
from book.images.svg.gradients import stop_endless
from book.images.svg.labels import is_cut_short, lettering, lines_of, wrapped
from book.images.svg.reading import is_drawing, parsed
from book.images.svg.references import URL, drop_senseless, unfolding, untangle
from book.images.svg.style_sheets import Styles, addresses_in, matches, value_of
from book.images.svg.values import NUMBER, is_lengths, is_sound, is_spelt, to_colour, to_number, to_pixels
from book.images.svg.vocabulary import (
    COLOURS,
    ELEMENTS,
    HREF,
    LINKED,
    LOUD,
    MEASURED,
    NEEDED,
    NUMERIC,
    PRESENTED,
    REFERRING,
    SPACE,
    UNMEASURED,
    WORDED,
    XLINK,
    Element,
    local_name,
    writable,
)
from book.patterns import regex
from book.settings import Limits

NESTED = 3
"""Drawings in a drawing in a drawing …"""
PLAIN = regex(r"[A-Za-z0-9 #.,%+-]*")


class Drawing(Struct, frozen=True, kw_only=True):
    """A drawing that every edition can use."""

    data: bytes
    width: int
    """In CSS pixels, at least 1."""
    height: int
    faults: tuple[Fault, ...] = ()
    """Kind, message and fix of each fault that was corrected."""


class Cleaner:
    """Cleans one drawing."""

    def __init__(self, name: str, limits: Limits, *, depth: int = 0, pixels: int = 0) -> None:
        self.name, self.limits, self.depth = name, limits, depth
        self.pixels = pixels
        """Of the pictures in it, so far."""
        self.names: dict[str, str] = {}
        """Id in the source -> id in the output."""
        self.findings = Findings(name)
        self.styles = Styles(self.findings)

    def drawing(self, data: bytes) -> Drawing:
        """Return the clean drawing."""
        if len(data) > self.limits.svg_bytes:
            message = f"{self.name!r} has {len(data)} bytes; the limit is {self.limits.svg_bytes}"
            raise Refused(TOO_LARGE, message, "simplify the drawing, or raise limits.svg_bytes in handbound.toml")
        source = parsed(data, self.name, self.limits)
        count = 0
        for element in source.iter():
            count += 1
            if count > self.limits.svg_nodes:
                raise unfolding(self.name, self.limits.svg_nodes)
            self.instruction(element)
        before = source.getprevious()
        while before is not None:
            self.instruction(before)
            before = before.getprevious()
        self.name_all(source)
        self.styles.read(source, count)
        root = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})
        self.dress(source, root, "svg")
        self.fill(source, root, 1)
        width, height = measure(source, root, self.findings)
        draw_ground(source, root, self.styles)
        pin_ink(root)
        drop_senseless(root)
        untangle(root, self.findings, self.limits.svg_nodes)
        stop_endless(root, self.findings)
        spaces: dict[str | None, str] = {None: SVG}
        if any(element.get(HREF) for element in root.iter()):
            spaces["xlink"] = XLINK
        etree.cleanup_namespaces(root, top_nsmap=spaces)
        text = etree.tostring(root, encoding="unicode")
        return Drawing(data=text.encode("utf-8"), width=width, height=height, faults=tuple(self.findings.faults()))

    def instruction(self, node: Element) -> None:
        """Report a style sheet that is loaded; remove any other processing instruction silently."""
        if isinstance(node, etree._ProcessingInstruction) and node.target == "xml-stylesheet":  # noqa: SLF001 - lxml's only name
            self.findings.drop(f"<?{node.target}?>")

    def name_all(self, source: Element) -> None:
        """Give every id of the drawing a unique name that XML and old readers accept."""
        names: set[str] = set()
        numbers: dict[str, int] = {}
        for element in source.iter(etree.Element):
            own = element.get("id")
            if own is None or own in self.names:
                continue
            name = (
                own if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", own) else "n-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", own)
            )
            base = name[:100]
            while name in names:
                numbers[base] = numbers.get(base, 1) + 1
                name = f"{base}-{numbers[base]}"
            names.add(name)
            self.names[own] = name

    def fill(self, source: Element, target: Element, level: int) -> None:
        """Add the clean children of *source* to *target*."""
        worded = local_name(target) in ("text", "tspan", "textPath")
        if worded:
            target.text = writable(source.text)
        for child in source:
            copy = self.element(child, target, level) if isinstance(child.tag, str) else None
            if worded and child.tail:
                append_text(target, copy, writable(child.tail) or "")

    def element(self, source: Element, parent: Element, level: int) -> Element | None:
        """Write one element below *parent*; return the last element written for it."""
        name = local_name(source)
        space = etree.QName(source).namespace
        if space not in (SVG, None):
            if name == "script":
                self.findings.drop("a script")
            return None
        inside = local_name(parent) in ("text", "tspan", "textPath")
        if name in LOUD:
            self.findings.drop(f"<{name}>")
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
        copy = etree.Element(f"{{{SVG}}}{name}")
        if not self.dress(source, copy, name):
            return None
        if name == "image" and not self.picture(copy):
            return None
        if name == "stop" and not copy.get("offset"):
            copy.set("offset", "0")  # as SVG 1.1 §13.2.4 requires and browsers accept
        if not NEEDED.get(name, frozenset()) <= set(map(str, copy.attrib)):
            return None
        parent.append(copy)
        if name not in {"image", "use"}:
            self.fill(source, copy, level + 1)
        return copy

    def dress(self, source: Element, copy: Element, name: str) -> bool:
        """Give *copy* the clean attributes of *source*; return False if it is useless because a reference was removed."""
        styled: dict[str, tuple[tuple[bool, int], str]] = {}
        for place, rule in enumerate(self.styles.rules):
            if matches(rule.parts, source):
                for key, value, important in rule.declarations:
                    rank = (important, place)
                    if key not in styled or styled[key][0] <= rank:
                        styled[key] = (rank, value)
        for key, value, important in self.styles.own(source):
            rank = (important, len(self.styles.rules))
            if key not in styled or styled[key][0] <= rank:
                styled[key] = (rank, value)
        for key, value in source.attrib.items():
            if not self.attribute(copy, name, str(key), value):
                return False
        for key, (_, value) in styled.items():
            if key == "background":
                continue
            self.present(copy, key, value)
        self.clamp(copy)
        return True

    def attribute(self, copy: Element, name: str, key: str, value: str) -> bool:
        """Write one attribute; return False if its element must be left out."""
        space, short = etree.QName(key).namespace, etree.QName(key).localname
        if short.lower().startswith("on") and space is None:
            self.findings.drop(f"the event attribute {short}")
        elif short == "base" and space is not None:
            self.findings.drop(f"xml:base={value!r}")
        elif key == SPACE and value == "preserve":
            copy.set(SPACE, value)
        elif short == "href" and space in (None, XLINK):
            return self.refer(copy, name, value)
        elif space is not None:
            return True
        elif short == "id":
            if self.names.get(value) and not self.names[value].startswith("\0"):
                copy.set("id", self.names[value])
                # A second element with that id would clash.
                self.names[value] = f"\0{self.names[value]}"
        elif short == "style":
            return True
        elif short == "src":
            self.findings.drop(f"src={value!r}")
        elif short in PRESENTED and PLAIN.fullmatch(value):
            if value.strip():
                self.present(copy, short, value.strip())
        elif short in PRESENTED:
            tokens = tinycss2.parse_component_value_list(readable(value))
            outside = [address for address in addresses_in(tokens) if not address.strip().startswith("#")]
            if outside:
                self.findings.drop(f"an address in {short}: {outside[0]}")
            elif (plain := value_of(tokens)) is not None:
                self.present(copy, short, plain)
        elif short in NUMERIC or short in WORDED:
            if "url(" in value.lower() or "\\" in value:
                self.findings.drop(f"an address in {short}")
            elif value.strip() == "auto":
                return True
            elif short in NUMERIC and short not in UNMEASURED and not (is_sound(value) and is_spelt(short, value)):
                self.findings.odd(short, value)
            else:
                copy.set(short, value)
        return True

    def refer(self, copy: Element, name: str, value: str) -> bool:
        """Write an ``href``; return False if nothing is left to show."""
        address = value.strip()
        if name not in LINKED:
            plain = re.sub(r"[\x00-\x20]+", "", address).lower()
            if name not in ("g", "tspan") or re.match(r"(?:javascript|vbscript|data|file):", plain):
                self.findings.drop(f"a reference that leaves it: href={address[:60]!r}")
            return True
        if copy.get(HREF):
            return True
        if address.startswith("#"):
            if name != "image" and (identifier := self.kept_name(address[1:])):
                copy.set(HREF, f"#{identifier}")
                return True
            return name not in {"use", "image"}
        if name == "image" and address[:5].lower() == "data:":
            copy.set(HREF, address)
            return True
        if address:
            self.findings.drop(f"a reference that leaves it: href={address[:60]!r}")
        return name not in {"use", "image"}

    def kept_name(self, name: str) -> str:
        """Return the output id for *name*; empty if the drawing has no such id."""
        return self.names.get(name, "").removeprefix("\0")

    def present(self, copy: Element, key: str, value: str) -> None:
        """Write a presentation attribute, with a colour that every reader knows and valid numbers."""
        if key == "transform":
            if is_sound(value) and is_spelt(key, value):
                copy.set(key, value)
            return
        if key in REFERRING and "url(" in value.lower():
            if not all(self.kept_name(identifier) for identifier in URL.findall(value)):
                if key in COLOURS:
                    copy.set(key, "none")  # SVG 2 §13.2
                return
            value = URL.sub(lambda match: f"url(#{self.kept_name(match[1])})", value)
        if key not in REFERRING and "url(" in value.lower():
            return  # the names of a typeface, not an address
        if key in MEASURED and not (is_sound(value) and (is_lengths(value) or re.fullmatch(r"[A-Za-z-]+", value))):
            self.findings.odd(key, value)
            return
        if key in COLOURS and "url(" not in value:
            colour = to_colour(value)
            if colour is None:
                return
            value, opacity = colour
            if opacity < 1 and COLOURS[key]:
                copy.set(COLOURS[key], f"{opacity:.3g}")
        copy.set(key, value)

    def clamp(self, copy: Element) -> None:
        """Limit filters that would keep a browser busy."""
        for key, most in (("stdDeviation", 200.0), ("radius", 50.0), ("order", 9.0)):
            numbers = [float(number) for number in re.findall(NUMBER, copy.get(key, ""))]
            if local_name(copy).startswith("fe") and numbers and max(numbers) > most:
                copy.set(key, " ".join(f"{min(number, most):g}" for number in numbers))

    def switch(self, source: Element, parent: Element, level: int) -> Element | None:
        """Write the branch of a ``switch`` for readers without HTML in drawings: draw.io stores its labels in two forms."""
        foreign: Element | None = None
        children = [child for child in source if isinstance(child.tag, str)]
        plain = [child for child in children if not child.get("systemLanguage")]
        for child in plain or children[:1]:
            if local_name(child) == "foreignObject":
                foreign = foreign if foreign is not None else child
                continue
            if foreign is not None and local_name(child) == "text" and is_cut_short(child, foreign):
                return self.label(foreign, parent, child)
            if foreign is None and child.get("requiredFeatures") and not len(child):
                return None  # draw.io: a notice for readers without HTML that the text is not SVG
            return self.element(child, parent, level)
        return self.label(foreign, parent, None) if foreign is not None else None

    def label(self, source: Element, parent: Element, like: Element | None) -> Element | None:
        """Write the text of a ``foreignObject`` as SVG text.

        Args:
            source: it.
            parent: to which the text is added.
            like: a shortened SVG form of the text, which gives its position.
        """
        lines = lines_of(source)
        if not lines:
            return None
        self.findings.labels += 1
        label = etree.Element(f"{{{SVG}}}text")
        properties = lettering(source, self.styles)
        size = to_pixels(properties.get("font-size", "")) or 16.0
        if like is not None:
            self.dress(like, label, "text")
            size = to_pixels(label.get("font-size", "")) or 12.0
            x, middle = to_number(like.get("x")) or 0.0, (to_number(like.get("y")) or 0.0) - 0.35 * size
        else:
            left, top, width, height = (to_number(source.get(key)) or 0.0 for key in ("x", "y", "width", "height"))
            room = max(1, round(height / (size * 1.4)))
            if len(lines) < room and width > size:
                most = max(width / (size * 0.55), sum(map(len, lines)) / room)
                lines = [piece for line in lines for piece in wrapped(line, most)]
            x, middle = left + width / 2, top + height / 2
            label.set("text-anchor", "middle")
            label.set("font-size", f"{size:g}")
            for key, value in properties.items():
                if key not in ("font-size", "color"):
                    self.present(label, key, value)
            if not label.get("fill"):
                label.set(
                    "fill",
                    (to_colour(properties["color"]) or ("#000000", 1))[0] if properties.get("color") else "#000000",
                )
            label.set("stroke", "none")
        lead = size * 1.2
        first = middle - lead * (len(lines) - 1) / 2 + 0.35 * size
        for number, line in enumerate(lines[:200]):
            piece = etree.SubElement(label, f"{{{SVG}}}tspan", {"x": f"{x:g}", "y": f"{first + number * lead:g}"})
            piece.text = line
        parent.append(label)
        return label

    def picture(self, copy: Element) -> bool:
        """Check the picture embedded in an ``image`` element like a file; return False if there is none to show."""
        address = copy.get(HREF, "")
        if not address:
            return False
        try:
            kind, sound = self.carried(data_of(address, self.limits.image_bytes))
        except Refused as refusal:
            self.findings.drop(
                "a picture that is too large" if refusal.kind is TOO_LARGE else "a picture that cannot be read"
            )
            return False
        copy.set(HREF, f"data:{kind};base64,{base64.b64encode(sound).decode('ascii')}")
        return True

    def carried(self, data: bytes) -> tuple[str, bytes]:
        """Return media type and bytes of an embedded picture after checking."""
        if is_drawing(data):
            if self.depth + 1 >= NESTED:
                raise Refused(UNSAFE_SVG, f"{self.name!r} nests drawings too deeply", "flatten it")
            inner = Cleaner(self.name, self.limits, depth=self.depth + 1, pixels=self.pixels)
            drawing = inner.drawing(data)
            self.pixels = inner.pixels
            for part in inner.findings.dropped:
                self.findings.drop(part)
            return "image/svg+xml", drawing.data
        raster = rasters.common(rasters.sound(data, self.name, self.limits))
        self.pixels += raster.width * raster.height
        if self.pixels > self.limits.image_pixels:
            raise Refused(TOO_LARGE, f"the pictures in {self.name!r} have too many pixels", "make them smaller")
        return raster.media_type, raster.data


def append_text(target: Element, last: Element | None, text: str) -> None:
    """Append *text* after *last*, or at the end of *target*."""
    if last is None:
        last = target[-1] if len(target) else None
    if last is None:
        target.text = (target.text or "") + text
    else:
        last.tail = (last.tail or "") + text
