"""One node of raw HTML in a chapter: parsed, and rebuilt from the tags and attributes that :mod:`book.markdown.html_policy` allows."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser

from msgspec import Struct, field

from book.amounts import times
from book.html_names import VOID
from book.images import sizes
from book.images.films import FIX, PLAYED, fault, is_linked
from book.markdown.html_policy import (
    BREAK,
    DANGEROUS,
    EMBEDS,
    FORBIDDEN,
    FOREIGN,
    GLOBAL_ATTRIBUTES,
    KNOWN,
    LARGEST,
    NUMBERS,
    OWN_ATTRIBUTES,
    SVG_ATTRIBUTES,
    SVG_TAGS,
    SWALLOWED,
    TAGS,
    TRANSPARENT,
    broken,
    is_no_loss,
)
from book.markdown.marks import index_of, owned
from book.markdown.nodes import node, wrapper
from book.markdown.raw_tags import COMMENT, as_parsers_read
from book.model import Manuscript, Node
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, nearest, offset_of
from book.schemes import SCHEMES, scheme

INERT = Kind("H101", Severity.WARNING, "raw HTML that could run or load something is left out")
EMBEDDED = Kind("H102", Severity.WARNING, "a frame, video or audio cannot be printed; a link replaces it")
ATTRIBUTE = Kind("H103", Severity.WARNING, "an attribute that could run, load or disguise something is left out")
COMPONENT = Kind("H104", Severity.WARNING, "a component of the author's site is replaced by its text")
LITERAL = Kind("H105", Severity.NOTE, "a tag that is not HTML, printed as typed")

DIRECTIVE = regex(r"<!--\s*handbound:[\w\s-]*-->")
DROP = "drop"
"""The setting for a component that is removed with its content."""
WITHOUT_TEXT = frozenset({DROP, "children", "callout", "block"})
"""The setting for a component without text of its own: its content is printed, except for :data:`DROP`."""
INDEXED = frozenset({"a", "span"})
"""Tags that may mark a term for the index."""
TICKED = frozenset({"checkbox", "radio"})
"""Types of an input that readers tick, on paper too."""
LONGEST = 10_000
"""The most characters of a video or audio element in which its address is searched."""
NAMING = ("name", "title", "label", "slug", "alt", "text", "children")


class Findings(Struct):
    """The problems in the raw HTML of one chapter, and the components that its book defines."""

    manuscript: Manuscript
    components: Mapping[str, str]
    """Name of a component -> its replacement: ``drop``, ``children``, or a text with ``{attribute}``."""
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, tuple[Place, int]] = field(default_factory=dict)

    def say(self, kind: Kind, spot: tuple[int, int], message: str, fix: str) -> None:
        """Report a problem at *spot*, a line and a column of the chapter."""
        self.problems.append(kind.at(self.manuscript.place(*spot), message, fix=fix))

    def component(self, name: str, values: Mapping[str, str], spot: tuple[int, int]) -> str:
        """Return the replacement for the component *name*, and count it."""
        place, count = self.counts.get(name, (self.manuscript.place(*spot), 0))
        self.counts[name] = (place, count + 1)
        template = self.components.get(name)
        if template is not None and (template in WITHOUT_TEXT or template.startswith("callout:")):
            return ""
        if template is not None and template != "text":
            return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], ""), template)
        words = next((values[key] for key in NAMING if values.get(key)), ""), values.get("description", "")
        return ": ".join(filter(None, words))

    def summary(self) -> tuple[Problem, ...]:
        """Return one problem for each kind of component, at its first place."""
        problems = []
        for name, (place, count) in self.counts.items():
            if name in self.components:
                continue
            near = nearest(name, self.components)
            fix = f"did you mean {near}? or add to" if near else "say in"
            message = f"<{name}> is a component that this book does not define ({times(count)} in this chapter); only its text is printed"
            key = f'"{name}"' if "." in name else name
            problems.append(
                COMPONENT.at(place, message, fix=f'{fix} handbound.toml: [components] {key} = "drop" or a text')
            )
        return tuple(problems)

    def sized(self, values: Mapping[str, str], spot: tuple[int, int], of: str = "") -> dict[str, str]:
        """Return the attributes of an image with its sizes as marks, which :mod:`book.assemble.illustrate` applies.

        Other declarations in its ``style`` are reported.
        """
        attributes_left = {
            key: value for key, value in values.items() if key not in (*sizes.NAMES, *sizes.NAMES.values(), "style")
        }
        size, rest = sizes.read(values)
        if rest:
            self.say(ATTRIBUTE, spot, f"the attribute style={rest!r}{of} is left out", "remove it")
        return attributes_left | size


class Rebuilt(Struct, frozen=True, kw_only=True):
    """The replacement of a piece of raw HTML."""

    nodes: tuple[Node, ...]
    """The nodes; empty if nothing is left."""
    removed: str
    """The element that is removed with its content and is still open at the end of the piece; empty if there is none."""
    depth: int
    """The number of open elements with that name."""


def rebuild(findings: Findings, spot: tuple[int, int], raw: str, *, block: bool) -> Rebuilt:
    """Return the replacement of the piece *raw*, which begins at *spot*; *block* is whether it stands between blocks."""
    piece = _Piece(findings, spot, raw)
    piece.feed(COMMENT.sub(as_parsers_read, raw))
    piece.close()
    text = "".join(piece.out)
    if block and text.strip() and "<" not in text:
        text = f"<p>{text.strip()}</p>"  # the text of a component between blocks is one of its own
    nodes: tuple[Node, ...] = ()
    if text.strip():
        line, column = spot
        nodes = (node("RawBlock", "html", text) if block else wrapper(f"{line}:{column}", _inline(text)),)
    return Rebuilt(nodes=nodes, removed=piece.swallowing, depth=piece.deep)


class _Piece(HTMLParser):
    def __init__(self, findings: Findings, spot: tuple[int, int], raw: str) -> None:
        super().__init__(convert_charrefs=False)
        self.findings, self.start = findings, spot
        # A drawing that is never closed would hide the words after it.
        self.open_drawing = len(re.findall(r"<svg\b", raw, re.I)) > len(re.findall(r"</svg", raw, re.I))
        self.out: list[str] = []
        self.swallowing = ""
        self.deep = 0
        """The number of open elements with the name in :attr:`swallowing`."""
        self.in_drawing = False

    def position(self) -> tuple[int, int]:
        line, column = self.getpos()
        return self.start[0] + line - 1, (self.start[1] if line == 1 else 1) + column

    def say(self, kind: Kind, message: str, fix: str) -> None:
        self.findings.say(kind, self.position(), message, fix)

    # Events of HTMLParser.

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        source = self.get_starttag_text() or f"<{tag}>"
        name = re.match(r"<\s*([^\s/>]+)", source)
        written = name[1] if name else tag
        if written[:1].isupper():
            written = written.replace("--", ".")  # as book.dialects.mdx writes it for pandoc
        values = {key: value or "" for key, value in pairs}
        if self.swallowing:
            self.deep += tag == self.swallowing and not source.endswith("/>")
            return
        # HTML may be in capitals (<BR>); the name of a component has one capital or a dot.
        if (written[:1].isupper() or "." in written) and not (written.isupper() and tag in KNOWN):
            if self.findings.components.get(written) == DROP:
                self.findings.component(written, values, self.position())
                self.swallowing, self.deep = ("", 0) if source.endswith("/>") else (tag, 1)
                return
            words = self.findings.component(written, values, self.position())
            # Its content follows, unless the author's own text says what stands before it.
            is_apart = bool(words) and written not in self.findings.components and not source.endswith("/>")
            self.out.append(html.escape(words + " " * is_apart, quote=False))
        elif tag in SWALLOWED:
            self.say(INERT, f"<{tag}> is left out with its contents", "remove it from the chapter")
            self.swallowing, self.deep = tag, 1
        elif tag in EMBEDS:
            self.embed(tag, values)
        elif tag == "img" and is_linked(address := values.get("src", "")):
            self.say(PLAYED, fault(address), FIX)
            self.link(address, values.get("alt", ""))
        elif tag == "input" and values.get("type", "").casefold() in TICKED:
            self.out.append("☒ " if "checked" in values else "☐ ")
        elif tag in FORBIDDEN and not (tag == "title" and self.in_drawing):
            self.say(INERT, f"<{tag}> is left out", "remove it from the chapter")
        elif tag in TAGS or (tag in FOREIGN and not (tag == "svg" and self.open_drawing)):
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
        is_drawing = tag in FOREIGN and not (tag == "svg" and self.open_drawing)
        if (is_drawing or tag in TAGS) and tag not in VOID and not written[:1].isupper():
            # XML-style empty elements stay open in an HTML parser, which would hide words.
            self.out.append(f"</{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if self.swallowing:
            self.deep -= tag == self.swallowing
            self.swallowing = self.swallowing if self.deep else ""
        elif tag in TAGS or tag in FOREIGN:
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
        """Replace a frame, video or audio element by a link."""
        address = values.get("src", "") or self.source(tag)
        if tag != "iframe":
            self.swallowing, self.deep = tag, 1  # its content is for browsers that cannot play it
        self.say(
            EMBEDDED,
            f"<{tag}> cannot be printed: {address or 'without an address'}",
            "describe it in words with a link",
        )
        if scheme(address) in ("http", "https"):
            self.link(address, values.get("title", ""))

    def link(self, address: str, words: str) -> None:
        """Print a link, which has its address for words if it has no others."""
        self.out.append(f'<a hb:href="{html.escape(address)}">{html.escape(words.strip() or address)}</a>')

    def source(self, tag: str) -> str:
        """Return the address of the first ``<source>`` of the video or audio element that begins here; empty if there is none."""
        text = self.findings.manuscript.text
        start = offset_of(text, *self.position()) if tag != "iframe" else None
        if start is None:
            return ""
        inner = text[start : start + LONGEST].partition(f"</{tag}")[0]
        match = re.search(r"<source\b[^<>]*?\ssrc\s*=\s*[\"']?([^\s\"'<>]+)", inner, re.I)
        return html.unescape(match[1]) if match else ""

    def clean(self, tag: str, values: Mapping[str, str]) -> str:
        """Return a start tag with its allowed attributes and its position."""
        allowed = (
            GLOBAL_ATTRIBUTES
            | OWN_ATTRIBUTES.get(tag, frozenset())
            | (SVG_ATTRIBUTES if tag in SVG_TAGS else frozenset())
        )
        clean = {}
        if mark := broken(values):
            clean[BREAK] = mark
        if tag in INDEXED and (entry := index_of(values)):
            clean["hb:index"] = entry
            values = {key: value for key, value in values.items() if key != "class"}
        if is_no_loss(values.get("style", "")):
            values = {key: value for key, value in values.items() if key != "style"}
        if tag == "img":
            values = self.findings.sized(values, self.position(), f" of <{tag}>")
            allowed |= {*sizes.NAMES.values()}
        for key, value in values.items():
            carried = tag == "img" and key == "src" and scheme(value) == "data"  # book.assemble.illustrate opens it
            unsafe = key in ("href", "src") and scheme(value) not in ("", *SCHEMES) and not carried
            if key == "class" and not owned(value):
                continue
            if key in allowed and not unsafe:
                clean[key] = owned(value) if key == "class" else value if tag in SVG_TAGS else _bounded(key, value)
                if key in NUMBERS and tag not in SVG_TAGS and clean[key] != value.strip() and len(value) > 3:
                    self.say(
                        ATTRIBUTE,
                        f"the attribute {key}={value!r} of <{tag}> is cut to {clean[key]}",
                        "write a smaller number",
                    )
            elif DANGEROUS.fullmatch(key) or unsafe:
                self.say(ATTRIBUTE, f"the attribute {key}={value!r} of <{tag}> is left out", "remove it")
        for key in {"href", "src"} & clean.keys():
            clean[f"hb:{key}"] = clean.pop(key)  # as a mark, until book.assemble.references resolves it
        if tag in TAGS:
            line, column = self.position()
            clean["hb:pos"] = f"{line}:{column}"
        attributes = "".join(f' {key}="{html.escape(value)}"' for key, value in clean.items())
        return f"<{tag}{attributes}>"


def _bounded(name: str, value: str) -> str:
    """Return *value*, a number, limited to what fits on a page."""
    if name not in NUMBERS:
        return value
    match = re.match(r"\s*(\d{1,9})", value)
    return str(min(int(match[1]), LARGEST if name.endswith("span") else 100_000)) if match else "1"


def _inline(text: str) -> Node:
    """Return an inline for *text*, which is escaped HTML: raw if it contains a tag, else plain text."""
    if "<" in text:
        return node("RawInline", "html", text)
    return node("Str", html.unescape(text))
