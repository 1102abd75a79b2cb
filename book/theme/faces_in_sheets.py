"""The faces that a style sheet asks for, so that a page embeds these and no others."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

import tinycss2
from msgspec import Struct
from msgspec.structs import replace

from book.theme.fonts import Face
from book.theme.pagination import compounds_of, declarations_of

BOLD_ELEMENTS = frozenset(("b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"))
"""Elements that browsers set in bold (HTML Living Standard §15.3)."""
WEIGHTS = {"normal": 400, "bold": 700, "bolder": 700, "lighter": 400}
SLANTS = ("italic", "oblique")
CONDITIONS = ("media", "supports", "layer", "container")
MIDDLE = range(400, 501)
"""Goals for which regular and medium come before bolder and lighter ones (CSS Fonts 4 §5.2)."""


class FaceName(Struct, frozen=True):
    """A face as a style sheet names it."""

    family: str
    weight: int = 400
    style: str = "normal"
    """``normal`` or ``italic``."""


@functools.lru_cache(16)
def faces_named(sheet: str) -> frozenset[FaceName]:
    """Return the faces that the rules of *sheet* ask for.

    What a rule leaves open is what an earlier rule for the same last part of its selector says, or else what the rule for ``html`` says.
    A later rule with the same selector replaces an earlier one. So a face may be too many, but none is missing where an element
    inherits from nothing but ``html``.

    >>> rules = 'html { font: 400 1em/1.5 "Sans", serif } h1 { font-family: Text } .shelf h1 { font: italic 300 2em "Text" }'
    >>> [(face.family, face.weight, face.style) for face in sorted(faces_named(rules), key=str)]
    [('Sans', 400, 'normal'), ('Text', 300, 'italic'), ('Text', 700, 'normal')]
    """
    root = FaceName(family="")
    latest: dict[str, FaceName] = {}
    names: dict[str, FaceName] = {}
    for selector, declarations in _rules(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)):
        subject = selector.rpartition(" ")[2]
        bold = replace(root, weight=700) if subject in BOLD_ELEMENTS else root
        face = _with(latest.get(subject, bold), declarations)
        latest[subject] = face
        if subject in ("html", ":root"):
            root = face
        names[selector] = face
    return frozenset(face for face in names.values() if face.family)


def nearest_faces(faces: Iterable[Face], names: Iterable[FaceName]) -> frozenset[Face]:
    """Return those of *faces* that browsers show for the *names* (CSS Fonts 4 §5.2); for scripts, every face."""
    faces = tuple(faces)
    shown = {face for face in faces if face.script}
    for name in names:
        family = [face for face in faces if face.family == name.family]
        slanted = [face for face in family if face.style == name.style] or family
        if slanted:
            shown.add(min(slanted, key=lambda face: _distance(face.weight, name.weight)))
    return frozenset(shown)


def _distance(weight: int, goal: int) -> tuple[int, int]:
    """Return how far *weight* is from the *goal*; the side that browsers try first counts less."""
    if goal in MIDDLE:
        side = 0 if goal <= weight <= MIDDLE[-1] else 1 if weight < goal else 2
    else:
        first = weight <= goal if goal < MIDDLE[0] else weight >= goal
        side = 0 if first else 1
    return side, abs(weight - goal)


def _rules(nodes: Iterable[tinycss2.ast.Node], within: str = "") -> Iterator[tuple[str, Sequence[tinycss2.ast.Node]]]:
    """Yield each selector, after the conditions that it stands *within*, and the declarations for it."""
    for node in nodes:
        if node.type == "at-rule" and node.lower_at_keyword in CONDITIONS and node.content:
            condition = f"{within}@{node.lower_at_keyword}{tinycss2.serialize(node.prelude)} "
            yield from _rules(
                tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True), condition
            )
        elif node.type == "qualified-rule":
            declarations = declarations_of(node.content)
            for selector in tinycss2.serialize(node.prelude).split(","):
                if compounds := compounds_of(selector):
                    yield within + " ".join(compounds), declarations


def _with(face: FaceName, declarations: Iterable[tinycss2.ast.Node]) -> FaceName:
    """Return *face* as the *declarations* change it."""
    for declaration in declarations:
        name = declaration.lower_name
        tokens = [token for token in declaration.value if token.type not in ("whitespace", "comment")]
        if name == "font":
            sizes = (
                number for number, token in enumerate(tokens) if token.type in ("dimension", "percentage", "function")
            )
            end = next(sizes, len(tokens))
            face = FaceName(
                family=_family(tokens[end + 1 :]) or face.family,
                weight=_weight(tokens[:end]),
                style=_style(tokens[:end]),
            )
        elif name == "font-family":
            face = replace(face, family=_family(tokens))
        elif name == "font-weight":
            face = replace(face, weight=_weight(tokens))
        elif name == "font-style":
            face = replace(face, style=_style(tokens))
    return face


def _family(tokens: Sequence[tinycss2.ast.Node]) -> str:
    """Return the first family that *tokens* name: a string, or words up to the comma."""
    words = list[str]()
    for token in tokens:
        if token.type == "string" and not words:
            return str(token.value)
        if token.type == "literal" and token.value == ",":
            break
        if token.type == "ident":
            words.append(token.value)
    return " ".join(words)


def _weight(tokens: Iterable[tinycss2.ast.Node]) -> int:
    """Return the weight that *tokens* name; 400 if none."""
    for token in tokens:
        if token.type == "number":
            return int(token.value)
        if token.type == "ident" and token.lower_value in WEIGHTS:
            return WEIGHTS[token.lower_value]
    return 400


def _style(tokens: Iterable[tinycss2.ast.Node]) -> str:
    """Return ``italic`` if *tokens* name a slanted style, else ``normal``."""
    return "italic" if any(token.type == "ident" and token.lower_value in SLANTS for token in tokens) else "normal"
