"""Sanitises raw HTML in a chapter: the author's tags, with their places, against the allow lists of :mod:`book.markdown.html_policy`."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from book.html_names import VOID
from book.images import sizes
from book.markdown.drawings_in_text import picture
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
    breaks_alone,
    broken,
)
from book.markdown.marks import owned
from book.markdown.nodes import (
    BREAKS,
    LEAVES,
    RAW,
    attributes,
    children,
    core,
    has_children,
    is_wrapper,
    literal,
    node,
    pairs,
    placed,
    position,
    with_attributes,
    with_children,
    wrapper,
)
from book.markdown.raw_tags import COMMENT, DEEPEST, as_parsers_read, balance, closes, html_of, last_ends, left_open
from book.markdown.tree import plain
from book.model import Manuscript, Node, Nodes
from book.problems import Kind, Place, Problem, Severity, nearest
from book.schemes import SCHEMES, scheme

INERT = Kind("H101", Severity.WARNING, "raw HTML that could run or load something is left out")
EMBEDDED = Kind("H102", Severity.WARNING, "a frame, video or audio cannot be printed; a link replaces it")
ATTRIBUTE = Kind("H103", Severity.WARNING, "an attribute that could run, load or disguise something is left out")
COMPONENT = Kind("H104", Severity.WARNING, "a component of the author's site is replaced by its text")
LITERAL = Kind("H105", Severity.NOTE, "a tag that is not HTML, printed as typed")
UNCLOSED = Kind("H107", Severity.WARNING, "a tag that is never closed, or nested too deeply")
STRAY = Kind("H110", Severity.WARNING, "a part of a drawing that is outside of one")
SCRIPTING = Kind("H106", Severity.WARNING, "an import or export line of MDX is left out")

DIRECTIVE = re.compile(r"<!--\s*handbound:[\w\s-]*-->")
MDX_LINE = re.compile(r"(import\s+(?:.+\s+from\s+)?[\"'“”‘’].*[\"'“”‘’];?|export\s+(?:default|const|let|function)\s.*)")
DROP = "drop"
"""The setting for a component that is removed with its content."""
WITHOUT_TEXT = frozenset({DROP, "children", "callout", "block"})
"""The setting for a component without text of its own: its content is printed, except for :data:`DROP`."""
NAMING = ("name", "title", "label", "slug", "alt", "children")


def tame(blocks: Nodes, manuscript: Manuscript, components: Mapping[str, str]) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* without raw HTML that could run or load anything, and the problems.

    Args:
        blocks: the tree from pandoc, with positions.
        manuscript: the chapter.
        components: name of a component -> its replacement: ``drop``, ``children``, or a text with ``{attribute}``.

    Returns:
        The tree, in which every raw node is an allowed start tag, an end tag or text; and the problems.
    """
    if not _suspect(blocks):
        return blocks, ()
    tamer = _Tamer(manuscript, components)
    result = tamer.siblings(list(blocks), (1, 1))
    return tuple(result), (*tamer.problems, *tamer.summary())


def _suspect(blocks: Nodes) -> bool:
    """Return whether *blocks* may need sanitising: a raw node, the start of an MDX line, or an attribute that is no position."""
    stack: list[Any] = [blocks]
    while stack:
        for item in stack.pop():
            if isinstance(item, list):
                stack.append(item)
            elif isinstance(item, dict):
                if item["t"] == "Span" and (pair := placed(item)) is not None:
                    item = pair[1]  # noqa: PLW2901 - nearly every node is a word or a space in its wrapper
                tag = item["t"]
                if tag in RAW or (tag == "Str" and item["c"] in ("import", "export")):
                    return True
                if any(name not in ("hb:wrapper", "hb:pos") for name, _ in pairs(item)):
                    return True
                if has_children(item):
                    stack.append(children(item))
                elif tag not in LEAVES and isinstance(content := item.get("c"), list):
                    stack.append(content)
    return False


@dataclass(slots=True)
class _Tamer:
    """Walks lists of siblings: the content of a raw element stands beside its tags, not inside them."""

    manuscript: Manuscript
    components: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, tuple[Place, int]] = field(default_factory=dict)

    def siblings(self, items: list[Any], start: tuple[int, int]) -> list[Any]:
        result: list[Any] = []
        until, open_, nested = "", 0, False
        beyond = (0, 0)
        ends: dict[str, int] | None = None
        places: dict[int, tuple[int, int]] = {}
        for number, item in enumerate(items):
            if not isinstance(item, dict):
                result.append(self.inside(item, start))
                continue
            if not until and beyond == (0, 0) and _is_word(item):
                result.append(item)
                continue
            spot = position(item) or start
            if position(item) is None and beyond != (0, 0):
                continue
            if spot < beyond:
                continue  # a part of a drawing that is already in place
            beyond = (0, 0)
            raw = html_of(item)
            if until:
                # Nothing is printed up to the end tag of a removed element; the end of the block ends it too.
                open_, rest = left_open(raw or "", until, open_, nested=nested)
                if open_:
                    continue
                until = ""
                if not rest.strip():
                    continue
                raw = rest
            if raw is None:
                if not self.is_mdx(item, spot):
                    result.append(self.inside(item, spot))
                continue
            block = core(item)["t"] == "RawBlock"
            if re.match(r"\s*<svg\b", raw, re.I) and (
                drawing := picture(self.manuscript.text, spot, self.say, block=block)
            ):
                nodes, beyond = drawing
                result.extend(nodes)
                continue
            if ends is None and "<" in raw:
                ends = last_ends(items)
            if not block and re.match(r"<svg\b", raw, re.I) and (ends or {}).get("svg", -1) >= number:
                self.say(
                    INERT, spot, "a drawing inside a line is left out", "put it on lines of its own, or into a file"
                )
                until, open_, nested = "svg", 1, True
                continue
            pieces = _Pieces(self, spot, raw, block=block)
            pieces.feed(COMMENT.sub(as_parsers_read, raw))
            pieces.close()
            if pieces.swallowing and (ends or {}).get(pieces.swallowing, -1) > number:
                until, open_ = pieces.swallowing, pieces.deep
                # Where start and end tags do not match, the first end tag counts, so that as little as possible is lost.
                nested = until not in SWALLOWED and closes(items[number + 1 :], until, open_)
                open_ = open_ if nested else 1
            elif pieces.swallowing and (block or pieces.swallowing not in SWALLOWED):
                rest = "its block is left out to the end" if block else "its text stays"
                message = f"<{pieces.swallowing}> is never closed: {rest}"
                self.say(INERT, spot, message, "close it, or remove it")
            places[len(result)] = spot
            result.extend(pieces.nodes())
        return result if ends is None else self.balanced(result, places)

    def balanced(self, items: list[Any], places: Mapping[int, tuple[int, int]]) -> list[Any]:
        result, unclosed, deep, stray = balance(items)
        for tag, number in stray[:1]:
            self.say(
                STRAY,
                places[number],
                f"<{tag}> is outside a drawing; its text stays",
                "write <svg> around it, or remove the tag",
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

    def inside(self, value: Any, spot: tuple[int, int]) -> Any:
        if isinstance(value, list):
            return self.siblings(value, spot)
        if isinstance(value, dict) and "c" in value and not isinstance(value["c"], str):
            if value["t"] in ("Code", "CodeBlock", "Math"):
                return self.bare(value, spot)
            if has_children(value):
                return self.bare(with_children(value, self.siblings(children(value), spot)), spot)
            content = self.siblings(value["c"], spot) if isinstance(value["c"], list) else value["c"]
            return self.bare({**value, "c": content}, spot)
        return value

    def bare(self, item: Node, spot: tuple[int, int]) -> Node:
        """Remove the attributes of a Markdown node that are not allowed."""
        identifier, classes, values = attributes(item)
        if is_wrapper(item) or not values:
            return item
        attributes_kept = {}
        if mark := broken(values):
            attributes_kept[BREAK] = mark
            values = {name: value for name, value in values.items() if name != "style" or not breaks_alone(value)}
        if item["t"] == "Image":
            values = self.sized(values, spot)
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
                attributes_kept[name] = value
            elif DANGEROUS.fullmatch(name):
                self.say(ATTRIBUTE, spot, f"the attribute {name}={value!r} is left out", "remove it")
        if attributes_kept == attributes(item)[2]:
            return item
        return with_attributes(item, identifier, classes, attributes_kept)

    def is_mdx(self, item: Node, spot: tuple[int, int]) -> bool:
        """Return whether *item* is a paragraph of import or export lines, and report it."""
        paragraph = core(item)
        if paragraph["t"] != "Para" or not _begins(paragraph, ("import", "export")):
            return False
        words = plain([paragraph])
        if not words.startswith(("import ", "export ")) or not MDX_LINE.fullmatch(" ".join(words.split())):
            return False
        self.say(SCRIPTING, spot, f"this line is for the site generator, not for readers: {words}", "remove it")
        return True

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

    def place(self, spot: tuple[int, int]) -> Place:
        return self.manuscript.place(*spot)

    def say(self, kind: Kind, spot: tuple[int, int], message: str, fix: str) -> None:
        self.problems.append(kind.at(self.place(spot), message, fix=fix))

    def component(self, name: str, values: Mapping[str, str], spot: tuple[int, int]) -> str:
        """Return the replacement for the component *name*, and count it."""
        place, count = self.counts.get(name, (self.place(spot), 0))
        self.counts[name] = (place, count + 1)
        template = self.components.get(name)
        if template is not None and (template in WITHOUT_TEXT or template.startswith("callout:")):
            return ""
        if template is not None and template != "text":
            return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], ""), template)
        return next((values[key] for key in NAMING if values.get(key)), "")

    def summary(self) -> tuple[Problem, ...]:
        """Return one problem for each kind of component, at its first place."""
        problems = []
        for name, (place, count) in self.counts.items():
            if name in self.components:
                continue
            times = "once" if count == 1 else f"{count} times"
            near = nearest(name, self.components)
            fix = f"did you mean {near}? or add to" if near else "say in"
            message = f"<{name}> is a component that this book does not define ({times} in this chapter); only its text is printed"
            problems.append(
                COMPONENT.at(place, message, fix=f'{fix} handbound.toml: [components] {name} = "drop" or a text')
            )
        return tuple(problems)


def _is_word(item: Node) -> bool:
    """Return whether *item* is the wrapper of a word or of a space. Fast."""
    pair = placed(item) if item["t"] == "Span" else None
    return pair is not None and (pair[1]["t"] == "Str" or pair[1]["t"] in BREAKS)


def _begins(paragraph: Node, words: tuple[str, ...]) -> bool:
    """Return whether the first text of *paragraph* is one of *words*."""
    first = next(iter(children(paragraph)), None)
    while first is not None and first["t"] == "Span" and children(first):
        first = children(first)[0]
    return first is not None and first["t"] == "Str" and literal(first) in words


class _Pieces(HTMLParser):
    """One piece of raw HTML, parsed and rebuilt from allowed tags and text."""

    def __init__(self, tamer: _Tamer, spot: tuple[int, int], raw: str, *, block: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.tamer, self.start, self.block = tamer, spot, block
        # A drawing that is never closed would hide the words after it.
        self.open_drawing = len(re.findall(r"<svg\b", raw, re.I)) > len(re.findall(r"</svg", raw, re.I))
        self.out: list[str] = []
        self.swallowing = ""
        self.deep = 0
        """The number of open elements with the name in :attr:`swallowing`."""
        self.in_drawing = False

    def nodes(self) -> list[Node]:
        """Return the nodes that replace the piece; empty if nothing is left."""
        text = "".join(self.out)
        if not text.strip():
            return []
        if self.block:
            return [node("RawBlock", "html", text)]
        return [wrapper(f"{self.start[0]}:{self.start[1]}", _inline(text))]

    def position(self) -> tuple[int, int]:
        line, column = self.getpos()
        return self.start[0] + line - 1, (self.start[1] if line == 1 else 1) + column

    def say(self, kind: Kind, message: str, fix: str) -> None:
        self.tamer.say(kind, self.position(), message, fix)

    # Events of HTMLParser.

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        source = self.get_starttag_text() or f"<{tag}>"
        name = re.match(r"<\s*([^\s/>]+)", source)
        written = name[1] if name else tag
        values = {key: value or "" for key, value in pairs}
        if self.swallowing:
            self.deep += tag == self.swallowing and not source.endswith("/>")
            return
        # HTML may be in capitals (<BR>); the name of a component has one capital or a dot.
        if (written[:1].isupper() or "." in written) and not (written.isupper() and tag in KNOWN):
            if self.tamer.components.get(written) == DROP:
                self.tamer.component(written, values, self.position())
                self.swallowing, self.deep = ("", 0) if source.endswith("/>") else (tag, 1)
                return
            self.out.append(html.escape(self.tamer.component(written, values, self.position()), quote=False))
        elif tag in SWALLOWED:
            self.say(INERT, f"<{tag}> is left out with its contents", "remove it from the chapter")
            self.swallowing, self.deep = tag, 1
        elif tag in EMBEDS:
            self.embed(tag, values)
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
        clean = {}
        if mark := broken(values):
            clean[BREAK] = mark
            values = {key: value for key, value in values.items() if key != "style" or not breaks_alone(value)}
        if tag == "img":
            values = self.tamer.sized(values, self.position(), f" of <{tag}>")
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
