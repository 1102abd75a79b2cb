"""Formulas: TeX -> MathML for a whole book in one run of pandoc; a formula that pandoc cannot convert is reported and shown as code.

A formula is never half converted: it is MathML with its TeX in ``alttext``, or it is its TeX.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from lxml import etree
from msgspec import Struct

from book import cache
from book.assemble import operators
from book.assemble.fractions import with_frac
from book.body import KIND, Element, kinds
from book.characters import NOT_XML
from book.html_names import MATH
from book.markdown import pandoc, tree
from book.markdown.nodes import attribute, literal, math_kind, node
from book.model import Draft, Node, Nodes
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, Subject
from book.settings import Limits

UNCONVERTED = Kind("F101", Severity.WARNING, "a formula that cannot be converted is shown as code")
PARTLY = Kind("F102", Severity.WARNING, "a formula with a part that is not shown")

TEX = "tex"
"""Kind of the code that replaces a formula that cannot be converted."""
CLASS = "math"
"""Kind of every formula, in every format."""
BY_HAND = "by-hand"
"""Class of MathML for which its author gave no ``alttext``: Handbound reads it aloud, but the count of words ignores it."""

# What pandoc 3.9 accepts and omits silently (measured).
SILENT: Mapping[str, str] = {
    r"\\tag\b\*?": r"the number of \tag",
    r"\\(?:text)?color\b": "the colour",
    r"\\[hc]line\b": r"the line of \hline",
    r"\\(?:label|ref|eqref)\b": "the label",
}


GREEK = (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon "
    "varphi chi psi omega partial epsilon vartheta varkappa phi varrho varpi"
).split()
"""The commands for small Greek letters, in the order of the mathematical letters from U+1D6C2 on."""
CAPITALS: Mapping[str, int] = {
    "Gamma": 0x1D6AA, "Delta": 0x1D6AB, "Theta": 0x1D6AF, "Lambda": 0x1D6B2, "Xi": 0x1D6B5, "Pi": 0x1D6B7, "Sigma": 0x1D6BA,
    "Upsilon": 0x1D6BC, "Phi": 0x1D6BD, "Psi": 0x1D6BF, "Omega": 0x1D6C0,
}  # fmt: skip
BOLD_GREEK: Mapping[str, str] = {
    name: chr(code) for name, code in (*((name, 0x1D6C2 + at) for at, name in enumerate(GREEK)), *CAPITALS.items())
}
_LETTER = rf"\\(?:{'|'.join(sorted(BOLD_GREEK, reverse=True))})(?![A-Za-z])"
BOLD = regex(
    rf"\\(?:mathbf|mathbfup|symbf)(?:\s*\{{(?P<group>(?:[^\\{{}}]|{_LETTER}|\{{(?:[^\\{{}}]|{_LETTER})*\}})*)\}}|\s+(?P<letter>[A-Za-z]))"
)
"""Bold letters, which are upright; pandoc would make them italic, as those of ``\\boldsymbol``."""

Formulas = Mapping[tuple[str, str], str]
"""``InlineMath`` or ``DisplayMath``, and the TeX -> a ``math`` element; a formula that is missing is shown as code."""
NO_FORMULAS: Formulas = MappingProxyType({})
PARTS = Subject(name="parts")
"""The place of formulas in titles of parts, which any source of the order may give."""


class Formula(Struct, frozen=True, kw_only=True):
    """A formula where it stands."""

    key: tuple[str, str]
    """As in :data:`Formulas`."""
    place: Place | Subject


def convert(
    formulas: Iterable[Formula], titles: Iterable[Nodes], limits: Limits, folder: Path | None
) -> tuple[Formulas, tuple[Problem, ...]]:
    """Return the MathML of every formula of a book, and a warning for each formula without MathML.

    Args:
        formulas: the formulas of the chapters, in order, from :func:`formulas_of`.
        titles: the titles of the parts.
        limits: limits for pandoc; a formula with parts nested deeper than ``limits.nesting`` is not converted.
        folder: the cache folder, or None.

    Raises:
        ToolMissing: pandoc is not installed.
    """
    formulas = (*formulas, *_of_titles(titles))
    keys = tuple(sorted({formula.key for formula in formulas}))
    if not keys:
        return NO_FORMULAS, ()
    entry = cache.key(cache.program(), pandoc.version(), str(limits), json.dumps(keys))

    def make() -> bytes:
        return json.dumps(
            [_judged(key, *written, limits) for key, written in zip(keys, _written(keys, limits), strict=True)]
        ).encode()

    by_key = dict(zip(keys, json.loads(cache.remember(folder, "formulas", entry, make)), strict=True))
    problems = []
    for formula in formulas:
        mathml, reason = by_key[formula.key]
        tex = " ".join(formula.key[1].split())
        excerpt = tex if len(tex) <= 80 else f"{tex[:80]}…"
        if not mathml:
            message = f"the formula {excerpt} is shown as code: {reason}"
            problems.append(UNCONVERTED.at(formula.place, message, fix="write it with other commands of TeX"))
            continue
        if silent := [name for pattern, name in SILENT.items() if re.search(pattern, tex)]:
            message = f"of the formula {excerpt} {' and '.join(silent)} is not shown"
            problems.append(PARTLY.at(formula.place, message, fix="explain it in the text next to the formula"))
    return {key: mathml for key, (mathml, _) in by_key.items() if mathml}, tuple(problems)


def placed(nodes: Nodes, formulas: Formulas) -> Nodes:
    """Return *nodes* with MathML in place of each formula, or with code if there is none.

    >>> tex = node("Math", {"t": "InlineMath"}, "x")
    >>> placed((tex,), {("InlineMath", "x"): "<math>…</math>"})[0]["c"]
    ['html', '<math>…</math>']
    >>> placed((tex,), {})[0]["c"]
    [['', [], [['hb:kind', 'tex']]], 'x']
    """

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Math":
            return None
        kind, tex = math_kind(item), literal(item)
        mathml = formulas.get((kind, tex))
        return [
            node("RawInline", "html", mathml) if mathml else node("Code", attribute(hb_kind=TEX), " ".join(tex.split()))
        ]

    return tree.rewrite(nodes, change)


OPERATORS = frozenset("=+−±×÷<>≤≥≠≈≡→⇒∈")
LINEAR = frozenset("math mrow mi mn mo mtext mspace".split())


def plainly(math: etree._Element) -> str:
    r"""Return *math* as plain text, for a bookmark or a name: its letters if they express all of it, else its TeX.

    >>> plainly(etree.fromstring(r'<math alttext="a=\\lambda"><mi>a</mi><mo>=</mo><mi>λ</mi></math>'))
    'a = λ'
    >>> plainly(etree.fromstring('<math alttext="x^2"><msup><mi>x</mi><mn>2</mn></msup></math>'))
    'x^2'
    """
    if any(etree.QName(element).localname not in LINEAR for element in math.iter(etree.Element)):
        return spoken(math)
    pieces = (
        f" {element.text} " if (element.text or "") in OPERATORS else element.text or "" for element in math.iter()
    )
    return " ".join("".join(pieces).split())


def spoken(math: etree._Element) -> str:
    """Return the TeX of *math*; for MathML without TeX, its content in one line.

    >>> spoken(etree.fromstring('<math alttext="x^2"><mi>x</mi></math>'))
    'x^2'
    >>> spoken(etree.fromstring("<math><mfrac><mn>1</mn><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow></mfrac></math>"))
    '1/(a+b)'
    """
    return " ".join(str(math.get("alttext", "")).split()) or _read(math)


BETWEEN: Mapping[str, tuple[str, ...]] = {
    "mfrac": ("", "/"),
    "msup": ("", "^"),
    "msub": ("", "_"),
    "msubsup": ("", "_", "^"),
    "munder": ("", "_"),
    "mover": ("", "^"),
    "munderover": ("", "_", "^"),
    "mtr": ("", *[", "] * 20),
    "mtable": ("", *["; "] * 20),
}
"""Text before each part of an element; the parts of all other elements follow one another."""
ROOTS: Mapping[str, str] = {"msqrt": "√", "mroot": "√"}


def _read(element: etree._Element) -> str:
    """Return *element* of MathML as one line of text."""
    name = etree.QName(element).localname
    children = list(element.iterchildren(etree.Element))
    if not children:
        return "".join(str(element.text or "").split())
    signs = BETWEEN.get(name, ())
    parts = []
    for number, child in enumerate(children):
        part = _read(child)
        bare = name in ("mtr", "mtable") or name not in BETWEEN or len(part) < 2 or part.isalnum()
        parts.append((signs[number] if number < len(signs) else "") + (part if bare else f"({part})"))
    text = "".join(parts)
    return f"{ROOTS[name]}({text})" if name in ROOTS else text


# Finding formulas.


def formulas_of(chapter: Draft) -> Iterator[Formula]:
    """Yield each formula of *chapter* with its place.

    Its tree still carries every position: house style joins the words of a line.
    """
    # A label that is the title is no second formula.
    label = chapter.label if chapter.label is not chapter.title else ()
    for nodes in (chapter.title, label, chapter.blocks, *chapter.discussion):
        yield from _of(nodes, chapter)


def _of_titles(titles: Iterable[Nodes]) -> Iterator[Formula]:
    """Yield each formula in the *titles* of parts."""
    for title in titles:
        for item, _ in tree.walk(title):
            if item["t"] == "Math":
                yield Formula(key=(math_kind(item), literal(item)), place=PARTS)


def _of(nodes: Nodes, chapter: Draft) -> Iterator[Formula]:
    for item, where in tree.walk(nodes):
        if item["t"] == "Math":
            kind, tex = math_kind(item), literal(item)
            # Titles are read separately from the text, so their positions count differently.
            place = chapter.source.place(*where) if where and nodes is chapter.blocks else _titled(chapter, tex)
            yield Formula(key=(kind, tex), place=place)


def _titled(chapter: Draft, tex: str) -> Place:
    """Return the place of a formula in a title: in the text if it is found there, else in the front matter."""
    at = chapter.source.text.find(tex)
    if at < 0:
        return next(iter(chapter.source.front.places.values()), Place(path=chapter.source.file))
    return chapter.source.place_at(at)


# Conversion by pandoc.


def _written(keys: Sequence[tuple[str, str]], limits: Limits) -> list[tuple[str, str]]:
    """Return for each of *keys* the output of pandoc, and why it has no formula; one run, halved if it fails."""
    blocks = tuple(node("Para", [node("Math", {"t": kind}, _readable(tex))]) for kind, tex in keys)
    mark = "handbound-" + cache.key(*(part for key in keys for part in key))
    marked = [
        piece
        for number, block in enumerate(blocks)
        for piece in (node("RawBlock", "html", f"<!--{mark}-{number}-->"), block)
    ]
    try:
        page, log = pandoc.formulas(tuple(marked), limits)
    except pandoc.Failure as failure:
        if len(keys) == 1:
            return [("", failure.detail)]
        half = len(keys) // 2
        return [*_written(keys[:half], limits), *_written(keys[half:], limits)]
    pieces = re.split(rf"<!--{mark}-\d+-->\n?", page)[1:]
    return [(piece, _reason(log, _readable(tex))) for piece, (_, tex) in zip(pieces, keys, strict=True)]


def _readable(tex: str) -> str:
    return upright(with_frac(tex))


def upright(tex: str) -> str:
    r"""Return *tex* with the letters of ``\mathbf`` as the mathematical letters that are bold and upright; commands within it stay.

    >>> upright(r"\mathbf{A_i}x + \boldsymbol{y} + \mathbf{v2}") == r"{𝐀_𝐢}x + \boldsymbol{y} + {𝐯\mathbf{2}}"
    True
    >>> upright(r"\mathbf{\alpha x} + \mathbf{\hat y}") == r"{𝛂𝐱} + \mathbf{\hat y}"
    True
    """

    def letters(match: re.Match[str]) -> str:
        text = match["letter"] or match["group"]
        text = re.sub(rf"{_LETTER}\s*", lambda command: BOLD_GREEK[command[0][1:].rstrip()], text)
        text = re.sub(r"[A-Z]", lambda letter: chr(0x1D400 + ord(letter[0]) - ord("A")), text)
        text = re.sub(r"[a-z]", lambda letter: chr(0x1D41A + ord(letter[0]) - ord("a")), text)
        return "{" + re.sub(r"[0-9]+", r"\\mathbf{\g<0>}", text) + "}"

    return BOLD.sub(letters, tex)


def _reason(log: str, tex: str) -> str:
    """Return why pandoc did not convert *tex*, from its warning."""
    _, _, after = log.partition(f"Could not convert TeX math {tex}, rendering as TeX:")
    match = re.search(r"^\s*unexpected (.*)$", after.partition("[WARNING]")[0], re.MULTILINE)
    token = " ".join(match[1].split())[:60] if match else ""
    return f"pandoc does not know {token.removeprefix('control sequence ')} there" if token else "pandoc cannot read it"


def _judged(key: tuple[str, str], written: str, reason: str, limits: Limits) -> tuple[str, str]:
    """Return the ``math`` element in *written*, ready for every format; an empty string and the reason if there is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        page = etree.fromstring(written.strip().encode(), parser)
    except etree.XMLSyntaxError:
        return "", reason
    math = page.find(f"{{{MATH}}}math")
    if math is None or not key[1].strip():
        return "", reason
    deepest = max(sum(1 for _ in element.iterancestors()) for element in math.iter())
    if deepest > limits.nesting:
        return "", f"its parts are nested deeper than {limits.nesting} levels"
    math.tail = None
    math.set("alttext", " ".join(NOT_XML.sub("\ufffd", key[1]).split()))
    ready(math)
    if not "".join(str(text) for text in math.itertext()).strip() and math.find(f".//{{{MATH}}}mspace") is None:
        return "", "it shows nothing"
    return etree.tostring(math, encoding="unicode"), ""


FLUSH = regex(r"padding-(?:left|right):\s*0")


def ready(math: etree._Element) -> None:
    """Prepare *math*, from pandoc or an author, for every format: kind, ``alttext``, nothing but the formula.

    Pandoc's annotation with the TeX is removed: software that does not know it would print it.
    """
    for annotation in list(math.iter(f"{{{MATH}}}annotation")):
        parent = annotation.getparent()
        if parent is not None:
            parent.remove(annotation)
    for wrapper in list(math.iter(f"{{{MATH}}}semantics")):
        parent = wrapper.getparent()
        if parent is not None and len(wrapper) == 1:
            parent.replace(wrapper, wrapper[0])
        else:
            wrapper.tag = f"{{{MATH}}}mrow"
    for cell in math.iter(f"{{{MATH}}}mtd"):
        side = cell.get("columnalign")
        tight = "flush" if FLUSH.search(cell.attrib.pop("style", "")) else ""
        if name := f"{f'align-{side}' if side in ('left', 'right', 'center') else ''} {tight}".strip():
            cell.set(KIND, name)
    for over in math.iter(f"{{{MATH}}}mover"):
        # A bar over several letters must stretch; pandoc writes the accent of one letter.
        if len(over) == 2 and over[1].text in ("¯", "‾") and len(over[0]) > 1:
            over[1].text = "‾"
            over[1].set("stretchy", "true")
    operators.space_out(math)
    text = spoken(math)
    math.set(KIND, CLASS if math.get("alttext") else f"{CLASS} {BY_HAND}")
    math.set("alttext", text)


# Preparation for layout.

FLOW = frozenset(
    "div li td th dd dt blockquote section figure figcaption article aside details header footer main".split()
)
"""HTML elements that may contain a block."""


def box(body: etree._Element) -> None:
    """Move each display formula of *body* out of its paragraph into a box of its own (``<div hb:kind="formula">``).

    Where no block is allowed (in a heading, inside emphasis), it stays in the line.
    """
    for math in list(body.iter(f"{{{MATH}}}math")):
        if CLASS not in kinds(math) or not math.get("alttext"):
            ready(math)  # the author's own MathML
        if math.get("display") != "block":
            continue
        parent = math.getparent()
        if parent is not None and parent.tag == "p":
            _split(parent, math)
        elif parent is not None and parent.tag in FLOW and parent.tag != "dt":
            frame = etree.Element("div", {KIND: "formula"})
            frame.tail, math.tail = math.tail, None
            parent.replace(math, frame)
            frame.append(math)
        else:
            math.set("display", "inline")
            math.set("displaystyle", "true")


def _split(paragraph: etree._Element, math: etree._Element) -> None:
    """Move *math* between what precedes it and what follows it in its *paragraph*."""
    frame = etree.Element("div", {KIND: "formula"})
    rest = etree.Element("p")
    rest.text, math.tail = (math.tail or "").lstrip(), None
    for later in list(math.itersiblings()):
        rest.append(later)
    rest.tail, paragraph.tail = paragraph.tail, None
    paragraph.remove(math)
    frame.append(math)
    paragraph.addnext(frame)
    if len(rest) or rest.text:
        frame.addnext(rest)
        frame.tail = "\n"
    else:
        frame.tail = rest.tail
    if not len(paragraph) and not (paragraph.text or "").strip():
        for name, value in paragraph.attrib.items():
            if name not in ("class", "align", KIND):
                frame.set(name, value)
        parent = paragraph.getparent()
        if parent is not None:
            parent.remove(paragraph)
    else:
        if len(paragraph):
            paragraph[-1].tail = (paragraph[-1].tail or "").rstrip() or None
        else:
            paragraph.text = (paragraph.text or "").rstrip()
        paragraph.tail = "\n"


LONGEST_MARKS = 24
"""The most letters that are kept on one line with a formula before or after them."""


def keep_all_marks(body: Element) -> None:
    """Call :func:`keep_marks` for the MathML in *body*."""
    for formula in list(body.iter(f"{{{MATH}}}math")):
        keep_marks(formula)


def keep_marks(formula: Element) -> None:
    """Keep *formula*, a drawing or MathML, on one line with the punctuation around it: WeasyPrint 70 and browsers would let a comma begin a line."""
    parent, before = formula.getparent(), formula.getprevious()
    if parent is None or "formula" in kinds(parent):
        return
    ahead = (parent.text if before is None else before.tail) or ""
    behind = formula.tail or ""
    left = re.search(rf"\S{{0,{LONGEST_MARKS}}}$", ahead)
    right = re.match(rf"\S{{0,{LONGEST_MARKS}}}", behind)
    if left is None or right is None or not (left[0] or right[0]):
        return
    tied = etree.Element("span", {KIND: "tied"})
    tied.text = left[0]
    tied.tail, formula.tail = behind[right.end() :], right[0]
    if before is None:
        parent.text = ahead[: left.start()]
    else:
        before.tail = ahead[: left.start()]
    parent.replace(formula, tied)
    tied.append(formula)
