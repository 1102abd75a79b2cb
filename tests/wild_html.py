"""Generates bad HTML: every element and attribute in every place, reproducible from a seed.

``chapter(seed)`` is Markdown with such tags in it, for the press; ``document(seed)`` is one XHTML document, right or wrong, for
the proofs.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Sequence

from book import html_names
from book.markdown import content_model as model
from book.markdown import html_table, math_table

WORDS = "alpha beta gamma delta epsilon zeta eta theta".split()
TAGS = (
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup data dd del details "
    "dfn dir div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label "
    "legend li main mark menu nobr ol option p pre q rb rp rt rtc ruby s samp section small span strike strong sub summary sup table "
    "tbody td tfoot th thead time tr tt u ul var wbr svg math button textarea select"
).split()
FORMING = (
    "p div ul ol li dl dt dd table tr td th tbody thead tfoot caption a em strong span details summary figure figcaption ruby rt h2 "
    "h3 blockquote"
).split()
"""Elements whose content has an order; they are drawn more often."""
VOID = frozenset("br col hr img input wbr".split())
ATTRIBUTES: dict[str, list[str]] = {
    "align": ["left", "center", "right", "middle", "justify", "foo", ""],
    "valign": ["top", "middle", "baseline", "x"],
    "width": ["40%", "100", "3em", "-1", "0", "abc"],
    "height": ["10", "50%"],
    "border": ["0", "1", "2"],
    "cellpadding": ["3"],
    "bgcolor": ["red"],
    "start": ["3", "-2", "x", "0"],
    "type": ["a", "i", "disc", "1"],
    "reversed": ["", "reversed", "yes"],
    "value": ["2", "x", ""],
    "colspan": ["2", "0", "-1", "99999", "x"],
    "rowspan": ["2", "0", "70000"],
    "scope": ["row", "col", "foo"],
    "headers": ["h1 h2"],
    "lang": ["en", "de-DE", "x y", "", "toolonglanguage", "_"],
    "xml:lang": ["fr"],
    "dir": ["ltr", "RTL", "up", "auto"],
    "datetime": ["2026-02-31", "2026-01-02", "yesterday", "10:00", "P3D", ""],
    "cite": ["http://a b", "http://example.org/"],
    "role": ["doc-footnote", "button", "foo", "presentation", "listitem"],
    "aria-hidden": ["true"],
    "aria-label": ["x"],
    "epub:type": ["footnote"],
    "id": ["a b", "1", "x", "é", ""],
    "class": [
        "kicker skip",
        "a  b",
        "said",
        "align-center",
        "note-number",
        "callout callout-zzz",
        "callout callout-tip",
    ],
    "title": ['t"x', "<b>"],
    "open": ["", "open", "no"],
    "span": ["2", "0", "x"],
    "name": ["n"],
    "href": [
        "#a",
        "http://x y/",
        "https://example.org/?a=1&b=2",
        "mailto:a@b.c",
        "x.md",
        "",
        "https://exa mple.org/%zz",
        "//example.org/x",
    ],
    "src": ["a.png", "b.png", ""],
    "alt": ["an image", ""],
    "usemap": ["#m"],
    "srcset": ["a.png 2x"],
    "loading": ["lazy"],
    "hidden": [""],
    "tabindex": ["1"],
    "style": ["color:red"],
    "nowrap": [""],
    "noshade": [""],
    "size": ["3"],
    "color": ["blue"],
    "summary": ["s"],
    "data-x": ["y"],
    "wrapper": ["1"],
    "contenteditable": ["true"],
    "translate": ["no"],
    "display": ["block", "foo"],
    "mathvariant": ["bold", "foo"],
}
MATH = (*sorted(math_table.MATH_CONTENT), "foo", "p")
SVG = "g path rect circle text tspan defs title desc line polygon use a".split()


class Wild:
    """Draws from one seed."""

    def __init__(self, seed: int) -> None:
        """Begin with *seed*."""
        self.dice = random.Random(seed)  # noqa: S311 - no secret

    def word(self) -> str:
        return self.dice.choice(WORDS)

    def attributes(self) -> str:
        pieces = []
        for _ in range(self.dice.choice([0, 0, 0, 1, 1, 2, 3])):
            name = self.dice.choice(list(ATTRIBUTES))
            pieces.append(f' {name}="{html.escape(self.dice.choice(ATTRIBUTES[name]))}"')
        return "".join(pieces)

    def formula(self, depth: int) -> str:
        tag = self.dice.choice(MATH)
        inside = "".join(
            self.formula(depth - 1) if depth > 0 and self.dice.random() < 0.6 else self.word()[:1]
            for _ in range(self.dice.randint(0, 3))
        )
        return f"<{tag}{self.attributes()}>{inside}</{tag}>"

    def drawing(self) -> str:
        shapes = (
            f"<{shape}{self.attributes()}>{self.word()}</{shape}>" if self.dice.random() < 0.8 else self.element(0)
            for shape in self.dice.choices(SVG, k=self.dice.randint(1, 3))
        )
        return f'<svg viewBox="0 0 9 9"{self.attributes()}>{"".join(shapes)}</svg>'

    def element(self, depth: int) -> str:
        tag = self.dice.choice(TAGS if self.dice.random() < 0.6 else FORMING)
        if tag == "math":
            return f"<math{self.attributes()}>{self.formula(2)}{self.formula(1)}</math>"
        if tag == "svg":
            return self.drawing()
        if tag in VOID:
            return f"<{tag}{self.attributes()}>"
        inside = "".join(
            self.element(depth - 1)
            if depth > 0 and self.dice.random() < 0.6
            else self.word() + self.dice.choice(["", " "])
            for _ in range(self.dice.randint(0, 4))
        )
        end = f"</{tag}>" if self.dice.random() < 0.9 else ""
        return f"<{tag}{self.attributes()}>{inside}{end}"

    def block(self) -> str:
        word, element, dice = self.word, self.element, self.dice
        forms = (
            lambda: f"Para {word()} {element(1)} {word()} *{word()} {element(1)}* {word()}.",
            lambda: f"- item {element(1)}\n- {word()}\n\n    {element(2)}\n",
            lambda: f"| a | b |\n|:-:|--:|\n| {element(0)} | {word()} |\n",
            lambda: f"> {element(2)}\n>\n> {word()}\n",
            lambda: f"## {word()} {element(0)}\n",
            lambda: f"[{word()}[^n{dice.randint(1, 3)}]](https://example.org) {element(1)}",
            lambda: (
                f"::: {{.{dice.choice(['kicker', 'column', 'footnotes', 'warm'])} #id{dice.randint(1, 5)} role=doc-footnote width=40% lang=xx}}\n{element(2)}\n:::\n"
            ),
            lambda: (
                f"<{dice.choice(FORMING)}{self.attributes()}>\n\n{word()} *{word()}*\n\n</{dice.choice(FORMING)}>\n"
            ),
            lambda: f"![{word()}](a.png){{width={dice.choice(['40%', '3in', '200'])} .{word()}}}\n",
            lambda: f"- [ ] task {element(0)}\n- [x] done\n",
        )
        return dice.choice(forms)() if dice.random() < 0.5 else element(3)

    def chapter(self) -> str:
        body = "\n\n".join(self.block() for _ in range(self.dice.randint(4, 10)))
        notes = f"[^n1]: note {self.element(1)}\n[^n2]: two\n[^n3]: three\n"
        return f"# Chapter {self.word()}\n\n{body}\n\nEnd {self.word()}.[^n1]\n\n{notes}"

    # One document, more often right than wrong in each place.

    def attribute_of(self, tag: str) -> str:
        needed = {"img": ' src="a.png" alt="x"', "bdo": ' dir="ltr"', "data": ' value="1"'}.get(tag, "")
        needed = needed if self.dice.random() < 0.9 else ""
        names = re.findall(r" ([\w:-]+)=", needed)
        if self.dice.random() < 0.25:
            own = [name for name in html_table.ATTRIBUTES.get(tag, {}) if name in ATTRIBUTES] or ["class"]
            name = self.dice.choice(
                own if self.dice.random() < 0.7 else [one for one in ATTRIBUTES if one not in _NOT_IN_DOCUMENTS]
            )
            if name not in names and name not in _NOT_IN_DOCUMENTS:
                needed += f' {name}="{html.escape(self.dice.choice(ATTRIBUTES[name]))}"'
        return needed

    def markup(self, tag: str, depth: int) -> str:
        row = html_table.CONTENT.get(tag, "PHRASING*")
        said = self.attribute_of(tag)
        if not row:
            return f"<{tag}{said}/>"
        inside: list[str] = []
        for _ in range(self.dice.choice([0, 1, 1, 2, 2, 3])):
            parts = [name for name in re.findall(r"[a-z]\w*", row) if name != "nav"]
            if depth > 0 and self.dice.random() < 0.7:
                pool: Sequence[str] = ELEMENTS
                if parts and self.dice.random() < 0.9:
                    pool = parts
                elif self.dice.random() < 0.87:
                    pool = LINES if "PHRASING" in row else BOXES if "FLOW" in row else ELEMENTS
                inside.append(self.markup(self.dice.choice(pool), depth - 1))
            elif "PHRASING" in row or "FLOW" in row or "#" in row or self.dice.random() < 0.2:
                inside.append("x")
        return f"<{tag}{said}>{''.join(inside)}</{tag}>"

    def math(self, tag: str, depth: int) -> str:
        said = ""
        if (own := math_table.MATH_ATTRIBUTES.get(tag)) and self.dice.random() < 0.4:
            said = f' {self.dice.choice(list(own))}="{self.dice.choice(MATH_VALUES)}"'
        row = math_table.MATH_CONTENT[tag]
        if not row:
            return f"<{tag}{said}/>"
        if row == "#*" or tag == "mtext":
            return f"<{tag}{said}>x</{tag}>"
        count = math_table.ARITY.get(tag) or self.dice.randint(0, 3)
        count += self.dice.choice([-1, 1]) if self.dice.random() < 0.1 else 0
        part = {"mtable": "mtr", "mtr": "mtd"}.get(tag)
        inside = (
            self.math(
                part if part and self.dice.random() < 0.9 else self.dice.choice(MATH[:-2]) if depth > 0 else "mi",
                depth - 1,
            )
            if self.dice.random() < 0.95
            else "y"
            for _ in range(count)
        )
        return f"<{tag}{said}>{''.join(inside)}</{tag}>"

    def document(self) -> str:
        if self.dice.random() < 0.2:
            formula = self.math(self.dice.choice(sorted(model.KINDS["MATH"])), 3)
            body = f'<p><math xmlns="{html_names.MATH}">{formula}</math></p>'
        else:
            body = self.markup(self.dice.choice(BOXES), 3)
        return f'<html xmlns="{html_names.XHTML}" xmlns:epub="{html_names.EPUB}"><head><title>t</title></head><body>{body}</body></html>'


LINES = sorted(html_table.PHRASING - {"svg", "math"})
BOXES = sorted(html_table.FLOW - {"svg", "math"})
ELEMENTS = sorted(
    (set(html_table.CONTENT) | html_table.TRANSPARENT) - {"html", "head", "body", "title", "meta", "link"}
)
MATH_VALUES = "true|false|1|1em|left|left right|bold|foo|thick|-2|block|infinity|+0.2em|infix|solid".split("|")
# Not of the content model: ids and addresses are for proof/ids, roles are never an author's.
_NOT_IN_DOCUMENTS = frozenset(
    "role aria-hidden aria-label epub:type wrapper usemap href src contenteditable id headers".split()
)


def chapter(seed: int) -> str:
    """Return a chapter of Markdown with tags in wrong places."""
    return Wild(seed).chapter()


def document(seed: int) -> str:
    """Return an XHTML document, right or wrong."""
    return Wild(seed).document()
