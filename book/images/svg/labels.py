"""HTML labels of a drawing (``foreignObject``): their lines and their font properties."""

from __future__ import annotations

import tinycss2
from lxml import etree

from book.images.sizes import readable
from book.images.svg.style_sheets import Styles, addresses_in, matches, value_of
from book.images.svg.vocabulary import FOLLOWED, Element, local_name, writable


def lettering(source: Element, styles: Styles) -> dict[str, str]:
    """Return the font properties that style sheets and styles give a label; the innermost wins."""
    properties: dict[str, str] = {}
    for element in [*source.iterancestors(), source, *source.iterdescendants(etree.Element)][:400]:
        if not isinstance(element.tag, str):
            continue
        declared: dict[str, str] = {}
        for rule in styles.rules:
            if matches(rule.parts, element):
                declared |= {key: value for key, value, _ in rule.declarations if key in FOLLOWED}
        style = tinycss2.parse_blocks_contents(
            readable(element.get("style", "")), skip_comments=True, skip_whitespace=True
        )
        for declaration in style:
            if (
                declaration.type == "declaration"
                and declaration.lower_name in FOLLOWED
                and not list(addresses_in(declaration.value))
            ):
                declared[declaration.lower_name] = value_of(declaration.value) or ""
        inner = element is source or source in element.iterancestors()
        if not inner:
            declared = {key: value for key, value in declared.items() if key != "fill"}
        properties |= {key: value for key, value in declared.items() if value}
    return properties


def lines_of(source: Element) -> list[str]:
    """Return the text of an HTML label, one line for each block and each break."""
    pieces: list[str] = []

    def read(element: Element) -> None:
        name = local_name(element).lower()
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
    return [writable(line) or "" for line in lines if line]


def wrapped(line: str, most: float) -> list[str]:
    """Return *line* in lines of about *most* letters."""
    lines: list[str] = []
    for word in line.split():
        if lines and len(lines[-1]) + 1 + len(word) <= max(most, 8) * 1.15:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def is_cut_short(text: Element, foreign: Element) -> bool:
    """Return whether *text* is shorter than the text of *foreign*: draw.io truncates its plain-text version."""
    short = " ".join("".join(map(str, text.itertext())).split())
    full = " ".join(lines_of(foreign))
    return short.endswith(("...", "…")) and not full.endswith(("...", "…")) and len(full) > len(short) - 3
