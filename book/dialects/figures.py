"""Captions of pictures with markup, and ids of pictures, moved to a box around the paragraph, so that links find it even if the picture is missing."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterable, Iterator, Sequence

from book.dialects.context import Context
from book.dialects.context import words as words_of
from book.dialects.rows import Row, join, replaced
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.markdown.nodes import attribute, attributes, children, core, node, with_attributes, with_children
from book.markdown.tree import rewrite
from book.model import Manuscript, Node, Nodes
from book.patterns import regex

_ALONE = regex(
    r"(?P<indent>[ \t>]*)!\[(?P<words>(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]*\](?:\([^()\n]*\))?)+)\](?P<target>\([^()\s]+\)|\(<[^<>\n]+>\))"
    r"(?P<braces>\{[^{}\n]*\})?[ \t]*"
)
"""An image without a title, alone on its line."""
_BARE = regex(r"[ \t]*!\[(?P<words>)\]\((?:[^()\s]+|<[^<>\n]+>)\)[ \t]*")
_ALT = regex(r"[ \t]*(?<![\w-])(?:fig-)?alt=(?P<quote>[\"'])(?P<alt>.*?)(?P=quote)")
_MARKUP = regex(r"!?\[([^\[\]]*)\]\([^()]*\)|[*_`\\$]")


def captioned(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the words of an image that is a paragraph as its caption, which they are for pandoc and Quarto."""
    if any(name in manuscript.text for name in ("{#fig-", "{#tbl-", "{#fig:", "{#tbl:")):
        page = Passage(manuscript)
        manuscript = page.with_edits(_boxed(page, context))
    if "![" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits = []
    for number, row in enumerate(page.rows):
        match = _ALONE.fullmatch(row.text) if "![" in row.text else None
        around = (page.rows[other] for other in (number - 1, number + 1) if 0 <= other < len(page.rows))
        if match is None or page.source.sorts[number] is not Sort.TEXT or not all(map(_is_apart, around)):
            continue
        start = page.starts[number]
        alt = _ALT.search(match["braces"] or "")
        words = match["words"] if alt is None else alt["alt"]
        braces = _ALT.sub("", match["braces"] or "")
        image = f"![{_MARKUP.sub(lambda mark: mark[1] or '', words)}]{match['target']}{braces if braces.strip('{} ') else ''}"
        lines = caption([row.cut(*match.span("words"))], match["indent"])
        context.take(row.text)
        context.taken.subtract(words_of(f"{image} {match['words']}"))
        edits.append(
            Edit(
                start=start,
                end=start + len(row.text),
                new=(page.made(match["indent"] + image, start), *lines),
                block=True,
            )
        )
    return page.with_edits(edits)


_PICTURE = regex(
    r"[ \t]*!\[[^\[\]\n]*\]\((?:<[^<>\n]+>|(?:[^()\s]|\([^()\s]*\))+)(?P<title>[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?\)"
    r"(?P<braces>\{[^{}\n]*\})?[ \t]*"
)
"""An image alone on its line, with or without a title."""
_LINE = regex(r"[ \t]*(?P<mark>Figure:[ \t]+)(?P<words>\S.*?)(?P<braces>[ \t]*\{[^{}\n]*\})?[ \t]*")


def with_lines(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the paragraph `Figure: Words {#id}` above or below an image as its caption, as MkDocs Caption reads it."""
    if "Figure:" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    texts = [at for at, row in enumerate(page.rows) if not row.is_blank]
    free = {at for at in texts if page.source.sorts[at] is Sort.TEXT and (line := _LINE.fullmatch(page.rows[at].text))}
    edits = []
    for place, number in enumerate(texts):
        match = _PICTURE.fullmatch(page.rows[number].text) if "](" in page.rows[number].text else None
        beside = [texts[other] for other in (place + 1, place - 1) if 0 <= other < len(texts)]
        at = next((at for at in beside if at in free and abs(at - number) > 1), None) if match else None
        line = _LINE.fullmatch(page.rows[at].text) if at is not None else None
        if match is None or at is None or line is None:
            continue
        free.remove(at)
        row = page.rows[number]
        braces = page.rows[at].cut(*line.span("braces")) if line["braces"] and not match["braces"] else row.made("")
        shown = row.cut(0, len(row.text.rstrip()))
        image = replaced(shown, *match.span("title")) if match["title"] else shown
        lines = (
            join(image, braces.cut(len(braces.lead))),
            *caption([page.rows[at].cut(*line.span("words"))], row.lead),
        )
        context.take(line["mark"] + (match["title"] or "") + (line["braces"] or "" if match["braces"] else ""))
        first, last = sorted((at, number))
        end = page.starts[last] + len(page.rows[last].text)
        edits.append(Edit(start=page.starts[first], end=end, new=lines, block=True))
    return page.with_edits(edits)


_BOX = regex(r"(?P<marks>:{3,})[ \t]*\{#(?P<name>(?:fig|tbl)[-:][\w-]+)(?:[ \t][^{}]*)?\}[ \t]*")
_END = regex(r":{3,}[ \t]*")
LEAST = 2
"""The fewest images of a figure whose images have letters."""


def _boxed(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield a box of Quarto around an image, or a table, and a paragraph below it, which is the caption, without the box."""
    for number, row in enumerate(page.rows):
        box = _BOX.fullmatch(row.text) if page.source.sorts[number] is Sort.TEXT and ":::" in row.text else None
        end = (
            next((at for at in range(number + 1, len(page.rows)) if ":::" in page.rows[at].text), None) if box else None
        )
        if box is None or end is None or not _END.fullmatch(page.rows[end].text):
            continue
        inside = page.rows[number + 1 : end]
        parts = [list(lines) for blank, lines in itertools.groupby(inside, key=lambda line: line.is_blank) if not blank]
        if len(parts) > 1 and box["name"].startswith("fig") and (rows := _parted(parts, row, box["name"], context)):
            context.take(f"{row.text} {page.rows[end].text}")
            last = page.starts[end] + len(page.rows[end].text)
            yield Edit(start=page.starts[number], end=last, new=tuple(rows), block=True)
            continue
        if len(parts) != 2 or parts[1][0].text.lstrip().startswith(("![", "|", ":", "<")):
            continue
        shown, words = parts
        image = _ALONE.fullmatch(shown[0].text) or _BARE.fullmatch(shown[0].text) if len(shown) == 1 else None
        name = page.made(f"{{#{box['name']}}}", page.starts[number])
        if box["name"].startswith("fig") and image and not shown[0].text.rstrip().endswith("}"):
            new = [row.made(""), join(shown[0], name), *caption(words, ""), row.made("")]
        elif box["name"].startswith("tbl") and shown[0].text.lstrip().startswith("|"):
            new = [row.made(""), *shown, row.made(""), join(row.made(": "), words[0]), *words[1:]]
            new = [*new[:-1], join(new[-1], row.made(" "), name), row.made("")]
        else:
            continue
        context.take(f"{row.text} {page.rows[end].text}")
        context.taken.subtract(words_of(name.text))
        last = page.starts[end] + len(page.rows[end].text)
        yield Edit(start=page.starts[number], end=last, new=tuple(new), block=True)


def _parted(parts: Sequence[Sequence[Row]], row: Row, name: str, context: Context) -> list[Row]:
    """Return the lines of a figure of several images, each with a letter before its words, and one caption; none if it is not of this form."""
    images = [_ALONE.fullmatch(line.text) or _BARE.fullmatch(line.text) for part in parts[:-1] for line in part]
    lines = [line for part in parts[:-1] for line in part]
    if len(images) < LEAST or not all(images) or parts[-1][0].text.lstrip().startswith(("![", "|", ":", "<")):
        return []
    blank = row.made("")
    made = [blank, row.made(f'<figure id="{name}">'), blank]
    for letter, line, image in zip(string.ascii_lowercase, lines, images, strict=False):
        if image and image["words"]:
            # Words in the paragraph of an image are no caption of their own.
            context.taken.subtract(words_of(f"{letter} {image['words']}"))
            made += [join(line.cut(0, len(line.text.rstrip())), line.made("\\", len(line.text)))]
            made += [join(line.made(f"({letter}) ", image.start("words")), line.cut(*image.span("words"))), blank]
        else:
            made += [line, blank]
    return [
        *made,
        row.made("<figcaption>"),
        blank,
        *parts[-1],
        blank,
        row.made("</figcaption>"),
        row.made("</figure>"),
        blank,
    ]


def _is_apart(row: Row) -> bool:
    """Return whether *row* is no text of the paragraph beside it: it is blank, or the fence of a div."""
    return not row.text.strip(" \t>") or row.text.lstrip().startswith(":::")


def caption(rows: Sequence[Row], indent: str) -> list[Row]:
    """Return *rows* with their first paragraph in italics: directly below an image, that is its caption."""
    count = next((number for number, row in enumerate(rows) if row.is_blank), len(rows))
    first = [join(row.made(indent), row.cut(len(row.text) - len(row.text.lstrip()))) for row in rows[:count]]
    if not first:
        return list(rows)
    first[0] = join(first[0].made(f"{indent}<em>"), first[0].cut(len(indent)))
    first[-1] = join(first[-1], first[-1].made("</em>", len(first[-1].text)))
    return [*first, first[-1].made(indent), *rows[count:]]


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with the ids of pictures on boxes around their paragraphs."""
    if any(mark not in context.manuscript.text for mark in ("{", "#", "](")):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Para":
            return None
        names = [name for child in children(item) if (name := _name(core(child)))]
        if not names:
            return None
        box = with_children(item, [_unnamed(child) for child in children(item)])
        for name in names:
            box = node("Div", attribute((), name), [box])
        return [box]

    return rewrite(blocks, change)


def _name(item: Node) -> str:
    return attributes(item)[0] if item["t"] == "Image" else ""


def _unnamed(item: Node) -> Node:
    image = core(item)
    if not _name(image):
        return item
    _, classes, values = attributes(image)
    plain = with_attributes(image, "", classes, values)
    return plain if image is item else with_children(item, [plain])
