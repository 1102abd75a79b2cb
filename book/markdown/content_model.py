"""The content model of HTML: elements, their content and their attributes, in the XHTML of EPUB 3.3.

One table for two readers: :mod:`book.markdown.repair` makes an author's tags fit it, and :mod:`book.proof.content` holds every
document of an EPUB against it. Sources: HTML Living Standard §3.2.5 (content models), §4 (elements), §2.3 (values) and §16
(what is obsolete); EPUB 3.3 §6.1 (XHTML content documents); MathML 3 §3; WAI-ARIA 1.2 and DPUB-ARIA 1.1 (roles).
The file is long because the table is; it is one table so that the two readers cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from book.html_names import HEADINGS

XHTML = "http://www.w3.org/1999/xhtml"
SVG = "http://www.w3.org/2000/svg"
MATHML = "http://www.w3.org/1998/Math/MathML"
EPUB = "http://www.idpf.org/2007/ops"
XML = "http://www.w3.org/XML/1998/namespace"

TRANSPARENT = frozenset("a del ins".split())
"""Elements that may hold what their parent may hold (HTML §3.2.5.3)."""
PHRASING = TRANSPARENT | frozenset(
    "abbr b bdi bdo br cite code data dfn em i img kbd mark q ruby s samp small span strong sub sup time u var wbr math "
    "svg".split()
)
"""Phrasing content (HTML §3.2.5.2.5)."""
BLOCKS = HEADINGS | frozenset(
    "address article aside blockquote details div dl figure footer header hgroup hr main nav ol p pre section table ul".split()
)
"""Flow content that is not phrasing content."""
FLOW = PHRASING | BLOCKS

TEXT = "#"
"""The name for text in a list of children; white space alone does not count as text."""

# HTML §4, "Content model" of each element, as a row of names: what stands beside each other, | or, ? * + as in a regular
# expression. PHRASING and FLOW take in text.
CONTENT: Mapping[str, str] = {
    **dict.fromkeys(
        "abbr b bdi bdo cite code data dfn em i kbd mark p pre q rt rb s samp small span strong sub sup time u var "
        "h1 h2 h3 h4 h5 h6".split(),
        "PHRASING*",
    ),
    **dict.fromkeys(
        "address article aside blockquote body caption dd div dt figcaption footer header li main nav section td th".split(),
        "FLOW*",
    ),
    **dict.fromkeys("br col hr img wbr link meta".split(), ""),
    **dict.fromkeys("title rp".split(), "#*"),
    "html": "head body",
    "head": "(title | meta | link)*",
    "ul": "li*",
    "ol": "li*",
    "dl": "(dt+ dd+)* | div+",
    "table": "caption? colgroup* thead? (tbody* | tr+) tfoot?",
    "colgroup": "col*",
    "thead": "tr*",
    "tbody": "tr*",
    "tfoot": "tr*",
    "tr": "(td | th)*",
    "details": "summary FLOW*",
    "summary": "(PHRASING | HEADING)*",
    "figure": "figcaption? FLOW* | FLOW* figcaption",
    "ruby": "((PHRASING | rb)* (rt | rp (rt rp)+))+",
    "hgroup": "p* HEADING p*",
}

# MathML 3 §3 and §5.1: how many children an element takes.
_TOKENS = frozenset("mi mn mo mtext mspace ms".split())
_EXPRESSIONS = _TOKENS | frozenset(
    "mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose msub msup msubsup munder mover munderover "
    "mmultiscripts mtable semantics".split()
)
MATH_CONTENT: Mapping[str, str] = {
    **dict.fromkeys("math mrow msqrt mstyle merror mpadded mphantom mfenced menclose mtd".split(), "MATH*"),
    **dict.fromkeys("mi mn mo ms annotation".split(), "#*"),
    "mtext": "PHRASING*",
    **dict.fromkeys("mspace none mprescripts".split(), ""),
    **dict.fromkeys("mfrac mroot msub msup munder mover".split(), "MATH MATH"),
    **dict.fromkeys("msubsup munderover".split(), "MATH MATH MATH"),
    "mmultiscripts": "MATH (SCRIPT SCRIPT)* (mprescripts (SCRIPT SCRIPT)*)?",
    "mtable": "mtr*",
    "mtr": "mtd*",
    "semantics": "MATH annotation*",
}
ARITY: Mapping[str, int] = {name: row.count("MATH") for name, row in MATH_CONTENT.items() if "MATH MATH" in row}
"""Elements of MathML that take a fixed number of children."""

KINDS: Mapping[str, frozenset[str]] = {
    "PHRASING": PHRASING | {TEXT},
    "FLOW": FLOW | {TEXT},
    "HEADING": HEADINGS,
    "MATH": _EXPRESSIONS,
    "SCRIPT": _EXPRESSIONS | {"none"},
}

EXCLUDED: Mapping[str, frozenset[str]] = {
    "a": frozenset({"a"}),
    "details": frozenset({"a"}),
    "dfn": frozenset({"dfn"}),
    "table": frozenset({"caption"}),
    "address": frozenset({"address"}),
    "header": frozenset({"address", "header", "footer"}),
    "footer": frozenset({"address", "header", "footer"}),
}
"""Elements that must not be descendants of others (HTML §4.5.1, §4.11.1, §4.5.8, §4.9.2, §4.3.8–10)."""

# Values (HTML §2.3; XML Schema for what EPUB takes from it).
_LENGTH = r"\s*(?:-?\d*(?:\d\.?|\.\d)\d*(?:e[mx]|in|cm|mm|p[xtc]|%)?|(?:negative)?(?:(?:very){0,2}thi(?:n|ck)|medium)mathspace)\s*"
_DATE = r"\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?"
_ZONE = r"(?:Z|[+-]\d\d:?\d\d)"
_MOMENT = rf"{_DATE}[T ]{_TIME}{_ZONE}?"
_LASTING = (
    r"P(?:\d+D|(?:\d+D)?T(?:\d+H(?:\d+M)?(?:\d+(?:\.\d{1,3})?S)?|\d+M(?:\d+(?:\.\d{1,3})?S)?|\d+(?:\.\d{1,3})?S))"
)
VALUES: Mapping[str, str] = {
    "any": r"(?s:.*)",
    "filled": r"(?s:\s*\S.*)",
    "token": r"\S+",
    "tokens": r"(?s:.*)",
    "kind": r"[a-zA-Z0-9!#$&+\-^_]+/[a-zA-Z0-9!#$&+\-^_]+.*",
    "yes": r"|{name}",
    "integer": r"\s*[+-]?\d+\s*",
    "count": r"\s*\+?\d+\s*",
    "positive": r"\s*\+?0*[1-9]\d*\s*",
    "truth": "true|false",
    "language": r"|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "direction": "ltr|rtl|auto",
    "moment": rf"{_MOMENT}|{_DATE}",
    "time": rf"{_MOMENT}|{_DATE}|\d{{4}}|\d{{4,}}-(?:0[1-9]|1[0-2])|(?:--)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])|{_TIME}"
    rf"|\d{{4,}}-W\d\d|{_LASTING}",
    "length": _LENGTH,
    "size": rf"{_LENGTH}|infinity",
    "thickness": rf"{_LENGTH}|thin|medium|thick",
    "padding": r"\s*[+-]?\d*(?:\d\.?|\.\d)\d*\s*(?:%?\s*(?:height|depth|width)?|e[mx]|in|cm|mm|p[xtc]"
    r"|(?:negative)?(?:(?:very){0,2}thi(?:n|ck)|medium)mathspace)\s*",
    "variant": "normal|bold|italic|bold-italic|double-struck|bold-fraktur|script|bold-script|fraktur|sans-serif"
    "|bold-sans-serif|sans-serif-italic|sans-serif-bold-italic|monospace|initial|tailed|looped|stretched",
    "sides": r"\s*(?:left|center|right)(?:\s+(?:left|center|right))*\s*",
    "address": r"\s*(?:[^\s%\\^`{}|<>\"]|%(?=[0-9A-Fa-f]{2}))*\s*",
    "colour": r"\s*#(?:[0-9a-fA-F]{3}){1,2}\s*|(?i:\s*(?:aqua|black|blue|fuchsia|gray|green|lime|maroon|navy|olive|purple|red"
    r"|silver|teal|white|yellow)\s*)",
}
"""Forms of values by name; the whole value must fit. In ``yes`` the attribute's own name stands for ``{name}``."""

LONGEST = 100
"""The most letters that a number, a date or a word may have."""

GLOBAL: Mapping[str, str] = {
    "id": "token",
    "class": "tokens",
    "title": "any",
    "lang": "language",
    "dir": "direction",
    "translate": "|yes|no",
    "tabindex": "integer",
    "style": "any",
    "hidden": "|hidden|until-found",
    "accesskey": "tokens",
    f"{{{XML}}}lang": "language",
    f"{{{XML}}}space": "preserve|default",
}
_OF_LINKS = frozenset({"hreflang", "rel", "type", "download"})
_CELL = {"colspan": "positive", "rowspan": "count", "headers": "tokens"}
_EDIT = {"cite": "address", "datetime": "moment"}
ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "a": {"href": "address", "hreflang": "language", "rel": "tokens", "type": "kind", "download": "any"},
    "img": {
        "src": "filled",
        "alt": "any",
        "width": "count",
        "height": "count",
        "loading": "lazy|eager",
        "srcset": "any",
    },
    "td": _CELL,
    "th": {**_CELL, "scope": "row|col|rowgroup|colgroup", "abbr": "any"},
    "ol": {"start": "integer", "type": "1|a|A|i|I", "reversed": "yes"},
    "details": {"open": "yes"},
    "time": {"datetime": "time"},
    "data": {"value": "any"},
    "col": {"span": "positive"},
    "colgroup": {"span": "positive"},
    "table": {"border": "|1"},
    "ins": _EDIT,
    "del": _EDIT,
    "blockquote": {"cite": "address"},
    "q": {"cite": "address"},
    "link": {"rel": "filled", "href": "filled", "type": "any", "media": "any", "title": "any"},
    "meta": {"charset": "(?i:utf-8)", "name": "filled", "content": "any", "http-equiv": "filled"},
    "html": {"xmlns": "any", f"{{{EPUB}}}prefix": "any"},
    "body": {},
}
"""Attributes of single elements beside :data:`GLOBAL` ones; a value is a name of :data:`VALUES` or a regular expression."""

NEEDED: Mapping[str, str] = {"bdo": "dir", "img": "src", "data": "value"}
"""Attributes that an element must have."""

_MATH_ALL = {
    "mathcolor": "colour",
    "mathbackground": "colour",
    "href": "address",
    "id": "token",
    "class": "tokens",
    "style": "any",
}
_MATH_TOKEN = {"mathvariant": "variant", "mathsize": rf"small|normal|big|{_LENGTH}", "dir": "ltr|rtl"}
_MATH_STYLE = {"displaystyle": "truth", "scriptlevel": "integer"}
_SHIFT = {"subscriptshift": "length", "superscriptshift": "length"}
_OVER = {"accent": "truth", "accentunder": "truth", "align": "left|right|center"}
MATH_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "math": {"display": "block|inline", "alttext": "any", "dir": "ltr|rtl", **_MATH_STYLE},
    **dict.fromkeys(("mi", "mn", "mtext", "ms"), _MATH_TOKEN),
    "mo": {
        **_MATH_TOKEN,
        **dict.fromkeys("fence separator stretchy symmetric largeop movablelimits accent".split(), "truth"),
        **dict.fromkeys("lspace rspace minsize".split(), "length"),
        "maxsize": "size",
        "form": "prefix|infix|postfix",
        "linebreak": "auto|newline|nobreak|goodbreak|badbreak",
    },
    "mspace": {
        **_MATH_TOKEN,
        **dict.fromkeys("width height depth".split(), "length"),
        "linebreak": "auto|newline|nobreak|goodbreak|badbreak|indentingnewline",
    },
    "mrow": {"dir": "ltr|rtl"},
    "mfrac": {
        "linethickness": "thickness",
        "numalign": "left|center|right",
        "denomalign": "left|center|right",
        "bevelled": "truth",
    },
    "mstyle": {**_MATH_STYLE, **_MATH_TOKEN, "linethickness": "thickness"},
    "mpadded": dict.fromkeys("width height depth lspace voffset".split(), "padding"),
    "mfenced": dict.fromkeys("open close separators".split(), "any"),
    "menclose": {"notation": "any"},
    "msub": _SHIFT,
    "msup": _SHIFT,
    "msubsup": _SHIFT,
    "mmultiscripts": _SHIFT,
    "munder": {name: form for name, form in _OVER.items() if name != "accent"},
    "mover": {name: form for name, form in _OVER.items() if name != "accentunder"},
    "munderover": _OVER,
    "mtable": {
        **dict.fromkeys("displaystyle equalrows equalcolumns".split(), "truth"),
        "columnalign": "sides",
        "rowalign": "any",
        "width": rf"auto|{_LENGTH}",
        "columnspacing": rf"(?:{_LENGTH})(?:\s+(?:{_LENGTH}))*",
        "rowspacing": rf"(?:{_LENGTH})(?:\s+(?:{_LENGTH}))*",
        "columnlines": "any",
        "rowlines": "any",
        "frame": "none|solid|dashed",
    },
    "mtr": {"columnalign": "sides"},
    "mtd": {"columnalign": r"left|center|right", "rowspan": "positive", "columnspan": "positive"},
    "annotation": {"encoding": "any"},
    "semantics": {"encoding": "any"},
}
"""Attributes of MathML by element, beside those that all of them have."""

# SVG 1.1 §5–16: drawings inside a chapter. Names in lower case, as HTML reads them.
_PLACED, _BOX = "x y", "x y width height"
SVG_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    name: frozenset(listed.split())
    for name, listed in {
        "svg": f"{_BOX} viewbox preserveaspectratio",
        "g": "transform",
        "defs": "transform",
        "symbol": "viewbox preserveaspectratio",
        "marker": "viewbox preserveaspectratio",
        "clippath": "transform",
        "mask": _BOX,
        "pattern": f"{_BOX} viewbox preserveaspectratio",
        "path": "d transform",
        "rect": f"{_BOX} rx ry transform",
        "circle": "cx cy r transform",
        "ellipse": "cx cy rx ry transform",
        "line": "x1 y1 x2 y2 transform",
        "polyline": "points transform",
        "polygon": "points transform",
        "text": f"{_PLACED} dx dy transform",
        "tspan": f"{_PLACED} dx dy",
        "lineargradient": "x1 y1 x2 y2 gradientunits gradienttransform",
        "radialgradient": "cx cy r gradientunits gradienttransform",
        "stop": "offset",
        "title": "",
        "desc": "",
    }.items()
}
"""Elements of a drawing and their own attributes, beside :data:`SVG_LOOKS`."""
SVG_NEEDED: Mapping[str, frozenset[str]] = {
    "path": frozenset({"d"}),
    "rect": frozenset({"width", "height"}),
    "circle": frozenset({"r"}),
    "ellipse": frozenset({"rx", "ry"}),
    "polyline": frozenset({"points"}),
    "polygon": frozenset({"points"}),
    "stop": frozenset({"offset"}),
}
"""Attributes without which an element of a drawing draws nothing."""
_FRACTION = r"\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*"
SVG_LOOKS: Mapping[str, str] = {
    **dict.fromkeys("fill stroke stroke-width stroke-dasharray font-size font-family stop-color".split(), "filled"),
    **dict.fromkeys("opacity fill-opacity stroke-opacity stop-opacity".split(), _FRACTION),
    "stroke-linecap": "butt|round|square|inherit",
    "stroke-linejoin": "miter|round|bevel|inherit",
    "fill-rule": "nonzero|evenodd|inherit",
    "font-style": "normal|italic|oblique|inherit",
    "font-weight": "normal|bold|bolder|lighter|[1-9]00|inherit",
    "text-anchor": "start|middle|end|inherit",
    "dominant-baseline": "auto|use-script|no-change|reset-size|ideographic|alphabetic|hanging|mathematical|central|middle"
    "|text-after-edge|text-before-edge|inherit",
    "id": "token",
    "class": "tokens",
}
"""Attributes of all elements of a drawing, with the form of their values."""
SVG_FORMS: Mapping[str, str] = {
    "preserveaspectratio": r"\s*(?:none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max))(?:\s+(?:meet|slice))?\s*",
    "gradientunits": "userSpaceOnUse|objectBoundingBox",
}
SVG_WORDS = frozenset({"text", "tspan", "title", "desc"})
"""Elements of a drawing that may contain text."""
SVG_DRAWN = frozenset({"text", "tspan"})
"""Elements of a drawing whose text is visible."""
SVG_SHAPES = frozenset("path rect circle ellipse line polyline polygon".split())
SVG_HELD: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(SVG_SHAPES, frozenset({"title", "desc"})),
    "text": frozenset({"tspan", "title", "desc"}),
    "tspan": frozenset({"tspan", "title", "desc"}),
    **dict.fromkeys(("lineargradient", "radialgradient"), frozenset({"stop", "title", "desc"})),
    **dict.fromkeys(("stop", "title", "desc"), frozenset()),
    "clippath": SVG_SHAPES | {"text", "title", "desc"},
}
"""The children of some elements of a drawing; all other elements may contain shapes, text and groups."""
SVG_BOXED = frozenset(SVG_ATTRIBUTES) - {"tspan", "stop"}

ARIA = frozenset(
    "aria-atomic aria-busy aria-checked aria-colcount aria-colindex aria-colspan aria-controls aria-current aria-describedby "
    "aria-details aria-expanded aria-haspopup aria-hidden aria-label aria-labelledby aria-level aria-live aria-modal "
    "aria-multiselectable aria-orientation aria-owns aria-posinset aria-pressed aria-readonly aria-required aria-rowcount "
    "aria-rowindex aria-rowspan aria-selected aria-setsize aria-sort aria-valuemax aria-valuemin aria-valuenow "
    "aria-valuetext aria-roledescription".split()
)


def content(row: str) -> re.Pattern[str]:
    """Return *row*, in the notation of :data:`CONTENT`, as a pattern over names that each end in a semicolon.

    >>> bool(content("(dt+ dd+)*").fullmatch("dt;dd;dd;")), bool(content("(dt+ dd+)*").fullmatch("dt;"))
    (True, False)
    """

    def name(match: re.Match[str]) -> str:
        names = KINDS.get(match[0], (match[0],))
        return f"(?:(?:{'|'.join(map(re.escape, sorted(names)))});)"

    return re.compile(
        re.sub(r"[A-Za-z][A-Za-z0-9]*|#", name, row).replace(" ", "").replace("(?:", "(").replace("(", "(?:")
    )


def _row_of(row: str) -> re.Pattern[str] | frozenset[str]:
    """Return the pattern of *row*; the names alone where they may stand in any order, as often as they like."""
    return KINDS[row[:-1]] if row[:-1] in KINDS else content(row)


_CONTENT = {name: _row_of(row) for name, row in CONTENT.items()}
_MATH = {name: _row_of(row) for name, row in MATH_CONTENT.items()}
_FLOW, _PHRASING = KINDS["FLOW"], KINDS["PHRASING"]
_GROUP = content("dt+ dd+")


def _holds(allowed: re.Pattern[str] | frozenset[str], names: list[str]) -> bool:
    if isinstance(allowed, frozenset):
        return allowed.issuperset(names)
    return allowed.fullmatch("".join(f"{name};" for name in names)) is not None


def holds(tag: str, names: list[str]) -> bool:
    """Say whether *tag*, an element of HTML, may hold elements *names*, ``#`` for text, in this order.

    >>> holds("tr", ["td", "th"]), holds("ul", ["p"])
    (True, False)
    """
    return _holds(_CONTENT[tag], names)


def fits(name: str, value: str, form: str) -> bool:
    """Say whether *value* of the attribute *name* has *form*, a name of :data:`VALUES` or a regular expression.

    >>> fits("start", "-3", "integer"), fits("open", "yes", "yes"), fits("datetime", "yesterday", "time")
    (True, False, False)
    """
    pattern = VALUES.get(form)
    if len(value) > LONGEST and form not in ("any", "filled", "token", "tokens", "address"):
        return False  # no number is that long, and matching some forms would take long
    return re.fullmatch(form if pattern is None else pattern.replace("{name}", name), value) is not None


def form_of(tag: str, name: str, *, math: bool = False) -> str | None:
    """Return the form of the attribute *name* of *tag*; None when the element has no such attribute."""
    if math:
        return MATH_ATTRIBUTES.get(tag, {}).get(name) or _MATH_ALL.get(name)
    return ATTRIBUTES.get(tag, {}).get(name) or GLOBAL.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One violation of the content model."""

    element: etree._Element
    message: str


def faults(root: etree._Element) -> Iterator[Fault]:
    """Yield what HTML does not allow in *root*, a document or a part of one, in its order.

    Elements of XHTML may be in their namespace or in none.
    """
    stack: list[tuple[etree._Element, frozenset[str], frozenset[str]]] = [(root, _FLOW, frozenset())]
    while stack:
        element, around, above = stack.pop()
        space, tag = _name(element)
        if space == SVG:
            if tag == "title":
                continue  # it may contain any HTML
            stack.extend((child, around, above) for child in reversed(element) if isinstance(child.tag, str))
            continue
        if space == MATHML:
            yield from _math_faults(element, tag)
            inside = _PHRASING
        else:
            yield from _html_faults(element, tag, around, above)
            # What a, ins and del may hold is what the nearest other element may hold.
            inside = around if tag in TRANSPARENT else _PHRASING if "PHRASING" in CONTENT.get(tag, "") else _FLOW
            above = above | {tag}
        stack.extend((child, inside, above) for child in reversed(element) if isinstance(child.tag, str))


def _name(element: etree._Element) -> tuple[str, str]:
    space, brace, tag = str(element.tag).rpartition("}")
    return (space[1:] if brace else XHTML), tag


def _row(element: etree._Element) -> list[str]:
    """Return the children of *element* as the names that :func:`content` reads."""
    names = [TEXT] if (element.text or "").strip() else []
    for child in element:
        if isinstance(child.tag, str):
            names.append(_name(child)[1])
        if (child.tail or "").strip():
            names.append(TEXT)
    return names


def _html_faults(element: etree._Element, tag: str, around: frozenset[str], above: frozenset[str]) -> Iterator[Fault]:
    allowed = around if tag in TRANSPARENT else _CONTENT.get(tag)
    if allowed is None:
        yield Fault(element=element, message=f"<{tag}> is no element of XHTML that a book may have")
        return
    row = _row(element)
    parent = element.getparent()
    inside = _name(parent)[1] if parent is not None else ""
    if (tag, inside) == ("div", "dl"):
        allowed = _GROUP
    if not _holds(allowed, row):
        yield Fault(element=element, message=f"<{tag}> may not contain this, or not in this order: {_listed(row)}")
    for outer in EXCLUDED.get(tag, frozenset()) & above:
        yield Fault(element=element, message=f"<{tag}> is not allowed inside <{outer}>")
    if tag == "time" and element.get("datetime") is None and any(name != TEXT for name in row):
        yield Fault(element=element, message="<time> without datetime contains more than text")
    if (
        tag == "a"
        and element.get("href") is None
        and (loose := sorted({str(name) for name in element.attrib} & _OF_LINKS))
    ):
        yield Fault(element=element, message=f"<a> has no href, and {loose[0]}")
    needed = NEEDED.get(tag)
    if needed and element.get(needed) is None:
        yield Fault(element=element, message=f"<{tag}> has no {needed}")
    if tag == "li":
        value = element.get("value")
        if value is not None and (inside != "ol" or not fits("value", value, "integer")):
            yield Fault(element=element, message="<li value> is no number, or not in <ol>")
    yield from _attribute_faults(element, tag)


def _attribute_faults(element: etree._Element, tag: str) -> Iterator[Fault]:
    for key, value in element.attrib.items():
        name, text = str(key), str(value)
        if (
            name.startswith("data-")
            or name in ARIA
            or name in ("role", f"{{{EPUB}}}type")
            or (tag, name) == ("li", "value")
        ):
            continue
        form = form_of(tag, name)
        if form is None:
            yield Fault(element=element, message=f"<{tag}> has no attribute {name}")
        elif not fits(name, text, form):
            yield Fault(element=element, message=f"{name}={text!r} is no value for <{tag}>")
    lang, xml_lang = element.get("lang"), element.get(f"{{{XML}}}lang")
    if lang is not None and xml_lang is not None and lang.casefold() != xml_lang.casefold():
        yield Fault(element=element, message="lang and xml:lang differ")


def _math_faults(element: etree._Element, tag: str) -> Iterator[Fault]:
    allowed = _MATH.get(tag)
    if allowed is None:
        yield Fault(element=element, message=f"<{tag}> is no element of MathML that a book may have")
        return
    row = _row(element)
    if not _holds(allowed, row):
        yield Fault(element=element, message=f"<{tag}> may not contain this, or not in this order: {_listed(row)}")
    for key, value in element.attrib.items():
        name, text = str(key), str(value)
        if name.startswith(("data-", "{")) or name in ARIA:
            continue
        form = form_of(tag, name, math=True)
        if form is None:
            yield Fault(element=element, message=f"<{tag}> has no attribute {name}")
        elif not fits(name, text, form):
            yield Fault(element=element, message=f"{name}={text!r} is no value for <{tag}>")


def _listed(row: list[str], most: int = 8) -> str:
    names = ["text" if name == TEXT else f"<{name}>" for name in row]
    return " ".join(names[:most]) + (" …" if len(names) > most else "") or "nothing"
