"""Components of Nuxt Content (MDC): `::card{title="…"}` … `::`, `:badge[words]{…}`; as the components of other sites, in tags.

Properties may stand in braces or as YAML between two lines of `---`; lines `#name` begin slots, which are printed one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from book.dialects import boxes
from book.dialects.context import Context, words
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_OPENING = regex(
    r"(?P<indent>[ \t]*)(?P<colons>:{2,})(?P<name>[a-zA-Z][\w-]*)(?P<label>\[[^\[\]\n]*\])?(?:\{(?P<values>[^\n]*)\})?[ \t]*"
)
_CLOSING = regex(r"[ \t]*(?P<colons>:{2,})[ \t]*")
_INLINE = regex(
    r"(?<![\w:/\\]):(?P<name>[a-z][\w-]*)(?:(?P<label>\[[^\[\]\n]*\])(?P<more>\{[^{}\n]*\})?|(?P<values>\{[^{}\n]*\})|(?P<bare>(?<=:br)(?![\w-])))"
)
_SLOT = regex(r"[ \t]*#(?P<name>[a-z][\w-]*)[ \t]*")
_RULE = regex(r"[ \t]*---[ \t]*")
_VALUE = regex(
    r"(?<![\w.:#-]):?(?P<key>[a-zA-Z][\w-]*)(?:=(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'{}]+)))?"
)
_LINE = regex(
    r"[ \t]*(?P<key>[a-zA-Z][\w-]*):[ \t]*(?P<quote>[\"']?)(?P<value>[^\n\"'{}\[\]|>][^\n]*?)(?P=quote)[ \t]*"
)
NAMES: Mapping[str, str] = {
    "tabs-item": "TabItem", "tab-item": "TabItem", "accordion-item": "AccordionItem", "field": "ParamField", "read-more": "LinkCard",
    "button-link": "LinkButton", "button": "LinkButton", "page-card": "Card", "page-feature": "Card", "code-block": "Panel",
    "code-tree": "CodeGroup", "card": "Card",
}  # fmt: skip
"""Components by the names under which other dialects know them."""
PREFIX = regex(r"(?:u|prose|content|docs|ui)-(?=[a-z])")
COLOURS: Mapping[str, str] = {"warning": "warning", "error": "danger", "success": "tip", "info": "note", "red": "danger", "amber": "warning",
                              "green": "tip", "yellow": "warning", "orange": "warning", "blue": "note"}  # fmt: skip
"""Kinds of boxes by the colours that authors give them."""
WITHOUT_WORDS = frozenset({"icon", "color-mode", "color-mode-button", "avatar"})


class _Open(Struct, frozen=True):
    """A component that is not closed yet."""

    colons: str
    name: str
    indent: int


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these components as tags, and those inside lines as links and words."""
    if ":" not in manuscript.text:
        return manuscript
    if "::" in manuscript.text:
        manuscript = with_rows(manuscript, list(_blocks(rows_of(manuscript), context)))
    page = Passage(manuscript)
    return page.with_edits(_inline(page, context))


def _blocks(rows: Sequence[Row], context: Context) -> Iterator[Row]:
    """Yield *rows* with the lines that open and close components as tags, and the lines inside them shifted to the outermost one."""
    sorts = boxes.structure(rows).sorts
    stack: list[_Open] = []
    at = 0
    while at < len(rows):
        row = rows[at]
        is_text = sorts[at] not in (Sort.CODE, Sort.FENCE, Sort.COMMENT)
        opening = (
            _OPENING.fullmatch(row.text)
            if "::" in row.text and (is_text or stack) and sorts[at] is not Sort.FENCE
            else None
        )
        closing = _CLOSING.fullmatch(row.text) if "::" in row.text and opening is None else None
        shift = stack[-1].indent - stack[0].indent if stack else 0
        at += 1
        if opening:
            values = _values(opening["values"] or "")
            if at < len(rows) and _RULE.fullmatch(rows[at].text):
                end = next((n for n in range(at + 1, len(rows)) if _RULE.fullmatch(rows[n].text)), None)
                if end is not None:
                    lines = [_LINE.fullmatch(line.text) for line in rows[at + 1 : end]]
                    values |= {line["key"]: line["value"] for line in lines if line}
                    context.take("\n".join(line.text for line in rows[at:end]))
                    at = end + 1
            label = (opening["label"] or "").strip("[]")
            name = _name(opening["name"])
            outer = stack[0].indent if stack else row.indent
            stack.append(_Open(opening["colons"], name, row.indent))
            typed = _tag(name, values, context)
            context.take(row.text)
            context.taken.subtract(words(typed))
            yield from (row.made(""), row.made(" " * outer + typed), row.made(""))
            if label:
                yield row.cut(opening.start("label") + 1, opening.end("label") - 1)
        elif closing and (depth := _closed(stack, closing["colons"])) is not None:
            while len(stack) > depth:
                name = stack.pop().name
                outer = stack[0].indent if stack else row.indent
                context.taken.subtract([name.casefold()])
                yield from (row.made(""), row.made(f"{' ' * outer}</{name}>"), row.made(""))
        elif stack and is_text and _SLOT.fullmatch(row.text):
            context.take(row.text)
            yield row.made("")
        else:
            yield row.dedented(shift) if shift else row
    for left in reversed(stack):
        yield rows[-1].made("")
        yield rows[-1].made(f"</{left.name}>")


def _closed(stack: Sequence[_Open], colons: str) -> int | None:
    """Return how many components stay open after a line of *colons*; None if it closes none."""
    return next((at for at in range(len(stack) - 1, -1, -1) if stack[at].colons == colons), None)


def _name(name: str) -> str:
    """Return the name of a component as other sites write it.

    >>> _name("u-tabs-item"), _name("card-group")
    ('TabItem', 'CardGroup')
    """
    plain = PREFIX.sub("", name)
    return NAMES.get(plain) or "".join(piece[:1].upper() + piece[1:] for piece in plain.split("-"))


def _values(text: str) -> dict[str, str]:
    return {
        match["key"]: next((match[key] for key in ("double", "single", "bare") if match[key] is not None), "")
        for match in _VALUE.finditer(re.sub(r"(?<!\S)[.#][\w:.-]+", "", text))
    }


def _tag(name: str, values: dict[str, str], context: Context) -> str:
    """Return the opening tag of a component with *values*."""
    if "type" not in values and (kind := COLOURS.get(values.get("color", "")) or values.get("kind", "")):
        values = {**values, "type": kind}
    if name not in context.library.settings.components:
        values = {key: value for key, value in values.items() if key not in ("icon", "color", "class")}
    typed = "".join(f' {key}="{value}"' if value else f" {key}" for key, value in values.items() if '"' not in value)
    return f"<{name}{typed}>"


def _inline(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits for components inside lines."""
    for match in _INLINE.finditer(page.visible):
        start, end = match.span()
        if page.source.sorts[page.at(start)[0]] is not Sort.TEXT:
            continue
        values = _values((match["more"] or match["values"] or "").strip("{}"))
        name = PREFIX.sub("", match["name"])
        label = page.piece(match.start("label") + 1, match.end("label") - 1) if match["label"] else None
        shown = label or page.made(
            next((values[key] for key in ("label", "title", "value", "text") if values.get(key)), ""), start
        )
        target = values.get("to") or values.get("href")
        if name in WITHOUT_WORDS:
            shown = page.made("", start)
        elif name == "br":
            shown = page.made("<br>", start)
        elif name == "kbd":
            shown = join(page.made("<kbd>", start), shown, page.made("</kbd>", start))
        elif target and shown.text:
            shown = join(page.made("[", start), shown, page.made(f"](<{target}>)", start))
        elif target:
            shown = page.made(f"[](<{target}>)", start)
        context.take(match[0])
        context.taken.subtract(words(shown.text))
        yield Edit(start=start, end=end, new=(shown,))
