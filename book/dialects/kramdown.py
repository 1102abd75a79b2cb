"""Attributes of kramdown and Python-Markdown: `{: .warning }`, `{:toc}`, `{ .annotate }`, and HTML with `markdown="1"`.

The attributes of a block are on the line below it, or above it after a blank line. A class that names a callout makes the
block a callout; an id is kept; attributes for appearance only are removed silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from book.dialects import boxes, kramdown_lines, markdown_in_html
from book.dialects.attribute_values import ENDS
from book.dialects.context import Context
from book.dialects.formulas import DOUBLED
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import Edit, Passage
from book.markdown.callouts import is_known
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex

_LINE = regex(r"[ \t>]*\{(?::(?P<kramdown>[^{}]*)|[ \t]*(?P<plain>[.#][^{}]*))\}[ \t]*$")
_INLINE = regex(r"(?<=[^\s{])[ \t]?\{:(?![:/])(?P<inside>[^{}\n]*)\}")
_PLACED = regex(
    r"(?<=[)\]`*_\"'])\{[ \t]+(?P<inside>(?:[.#:]?[\w:-]+(?:=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s{}]+))?[ \t]*)+)\}"
)
_ATTRIBUTE = r"(?:[.#][\w:-]+|[\w:-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s{}\"']+))"
_APART = regex(
    rf"(?<=(?P<end>[)\]`*_]))[ \t]+(?P<braces>\{{[ \t]*(?P<inside>{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*)[ \t]*\}})"
)
"""Attributes after a space, where an element ends."""
_OWNED = regex(r"[ \t]*(?:#{1,6}[ \t]|:|Table:|Figure:|[-*+][ \t]*\{)|[^\n]*\n[ ]{0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)
"""Lines that may end with attributes: headings, captions, the fences of divs."""
_TAG = regex(r"\{::(?:/?(?:nomarkdown|options|comment)|/)[^{}]*\}|\{:/(?:nomarkdown)?\}")
_COMMENT = regex(r"\{::comment\}.*?\{:/(?:comment)?\}", re.S)
_CONTENTS = regex(
    r"[ \t]{0,3}#{1,6}[ \t]+(?:table of contents|contents|toc|in this (?:page|article|guide|document)|on this page|inhalt\w*|sommaire|índice)\b",
    re.IGNORECASE,
)
"""A heading of a table of contents."""
_ATTRIBUTES = regex(r"[ \t>]*\{[^{}]*\}[ \t]*$")
_BOX = regex(r"[ \t]*:{3,}[ \t]*\{?[\w.]")
"""A line that opens a box: attributes below it belong to the first block inside."""
_HEADING = regex(r"[ \t]{0,3}#{1,6}[ \t]")
_CLOSED = regex(
    r"^[ ]{0,3}#{1,6}[ \t][^\n]*?[^\s#](?P<end>[ \t]+#+[ \t]*)(?=\{:?[ \t]*[#.][^{}\n]*\}[ \t]*$)", re.MULTILINE
)
"""A heading with signs at its end, and attributes behind them: ``## Words ## {: #id }``."""
_EMPTY_HEADING = regex(r"[ \t]{0,3}#{1,6}[ \t]*")
_ID = regex(r"#([\w:.-]+)")
_CLASS = regex(r"\.([\w-]+)")
_IMAGE = regex(r"\b(width|height)\s*[=:]\s*[\"']?(\d+(?:px|%)?)")
_ALT = regex(r"(?<![\w-])alt=\"(?:[^\"\n\\]|\\.)*\"")
_LANGUAGE = regex(r"\.language-([\w+#-]+)")
_BARE_FENCE = regex(r"[ \t>]*(?:`{3,}|~{3,})")
DEEPEST = 12
"""How deep boxes may be in boxes."""
_NO_CALLOUTS = frozenset("highlight new code label alert proof math secondary primary default light info-icon".split())
"""Classes that are styles of kramdown's themes, not callouts."""


_SPAN = regex(
    r"^[ ]{0,3}<(?:span|small|strong|em|b|i|a|kbd|mark|u|s|abbr|cite|q)(?:[ \t][^<>\n]*)?>[ \t]*$", re.MULTILINE
)
_ELEMENT_END = regex(r"[ ]{0,3}</(?:div|details|section|aside|figure|table|p|dl|ul|ol|center)>[ \t]*$")
_FENCE = regex(r"[ ]{0,3}(?:`{3,}|~{3,})")
_SPAN_END = regex(r"[ ]{0,3}</(?:span|small|strong|em|b|i|a|kbd|mark|u|s|abbr|cite|q)>")


def spans(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with what kramdown reads inside lines: formulas between two dollars, and Markdown after a tag alone on its line."""
    if "$$" in manuscript.text:
        page = Passage(manuscript)
        inside = (match for match in DOUBLED.finditer(page.visible) if not page.is_alone(*match.span()))
        manuscript = page.with_texts(context, [(*match.span(), f"${match['tex'].strip()}$") for match in inside])
    if not _SPAN.search(manuscript.text):
        return manuscript
    rows = rows_of(manuscript)
    source = boxes.structure(rows)
    result: list[Row] = []
    pending: list[Row] = []
    for number, row in enumerate(rows):
        follows = (
            number + 1 < len(rows) and not rows[number + 1].is_blank and not _SPAN_END.match(rows[number + 1].text)
        )
        alone = not result or result[-1].is_blank or bool(pending)
        if _SPAN.match(row.text) and alone and follows and source.sorts[number] is Sort.HTML:
            pending.append(row.cut(0, len(row.text.rstrip())))
            continue
        result.append(join(*pending, row) if pending else row)
        pending = []
    return with_rows(manuscript, result) if len(result) != len(rows) else manuscript


def _with_ends(manuscript: Manuscript) -> Manuscript:
    """Return *manuscript* with a blank line between the end of an element and the code directly below it.

    In kramdown that is code; in CommonMark, HTML goes on to the next blank line.
    """
    rows = rows_of(manuscript)
    number = 0
    while number + 1 < len(rows):
        if not (_ELEMENT_END.match(rows[number].text) and _FENCE.match(rows[number + 1].text)):
            number += 1
            continue
        if boxes.structure(rows).sorts[number] is Sort.HTML:  # which depends on the lines that were added above
            rows.insert(number + 1, rows[number].made(""))
        number += 1
    return with_rows(manuscript, rows) if len(rows) > manuscript.text.count("\n") + 1 else manuscript


def _unclosed(manuscript: Manuscript) -> Manuscript:
    """Return *manuscript* with headings without closing signs before their attributes, where pandoc takes them for words."""
    if not _CLOSED.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    ends = [
        match.span("end")
        for match in _CLOSED.finditer(page.text)
        if page.source.sorts[page.at(match.start())[0]] is Sort.TEXT
    ]
    return page.with_edits(Edit(start=start, end=end, new=(page.made(" ", start),)) for start, end in ends)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with attributes where pandoc reads them, or removed."""
    if "liquid" in context.library.names and "</" in manuscript.text:
        manuscript = _with_ends(manuscript)
    if "markdown" in manuscript.text:
        manuscript = markdown_in_html.before(manuscript, context)
    if not any(mark in manuscript.text for mark in ("{:", "{ .", "{ #", "){ ", "]{ ", "{.", "{#")):
        return manuscript
    manuscript = _inline(_unclosed(manuscript), context)
    # Each time, the quotations that are boxes become boxes, and what is inside them comes next.
    for _ in range(DEEPEST):
        manuscript, again = _blocks(manuscript, context)
        if not again:
            break
    return manuscript


def _blocks(manuscript: Manuscript, context: Context) -> tuple[Manuscript, bool]:
    """Return *manuscript* with the attributes of blocks read, and whether some were left, inside boxes."""
    rows = rows_of(manuscript)
    source = boxes.structure(rows)
    marks = {
        number: match
        for number, row in enumerate(rows)
        if source.sorts[number] in (Sort.TEXT, Sort.HTML) and "{" in row.text and (match := _LINE.match(row.text))
    }
    if not marks:
        return manuscript, False
    later = _inner(rows, marks, source.sorts)
    new: list[Row | None] = list(rows)
    around: list[tuple[int, int, str, bool]] = []
    for number, match in marks.items():
        if number in later:
            continue
        inside = (match["kramdown"] if match["kramdown"] is not None else match["plain"]) or ""
        if match["plain"] and number + 1 < len(rows) and _EMPTY_HEADING.fullmatch(rows[number + 1].text):
            continue  # the id of a heading without words, which pandoc reads only above it
        context.take(inside)
        new[number] = None
        if match["kramdown"] is not None and "toc" in inside.split():
            _without_contents(rows, new, number, context)
            continue
        kind = _kind(inside)
        target = _target(rows, number, marks, source.sorts)
        if target is None:
            continue
        first, last = target
        if (language := _LANGUAGE.search(inside)) and source.sorts[last] is Sort.FENCE:
            row = rows[first]
            new[first] = join(row, row.made(language[1])) if _BARE_FENCE.fullmatch(row.text) else row
        elif kind:
            around.append((first, last, kind.removesuffix("-title"), kind.endswith("-title")))
        elif (name := _ID.search(inside)) is not None:
            _named(new, first, name[1])
    return with_rows(manuscript, _boxed(rows, new, around)), bool(later)


def _kind(inside: str) -> str:
    """Return the class among attributes that names a box; empty if there is none."""
    classes = sorted(_CLASS.findall(inside), key=lambda name: name == "callout")  # any other name says more
    return next((name for name in classes if is_known(name.removesuffix("-title")) and name not in _NO_CALLOUTS), "")


def _inner(rows: list[Row], marks: dict[int, re.Match[str]], sorts: list[Sort]) -> frozenset[int]:
    """Return the marks inside quotations that are boxes: they are read when these are."""
    later: set[int] = set()
    for number, match in marks.items():
        target = _target(rows, number, marks, sorts) if _kind(match[0]) else None
        if target:
            inside = range(target[0], target[1] + 1)
            later.update(at for at in inside if at in marks and _depth(rows[at]) > _depth(rows[number]))
    return frozenset(later)


def _depth(row: Row) -> int:
    """Return the number of quotations in which a line is."""
    return row.text[: len(row.text) - len(row.text.lstrip(" \t>"))].count(">")


def _is_gap(row: Row, depth: int) -> bool:
    """Return whether a line is blank in a quotation of *depth*."""
    return row.is_blank or (_depth(row) <= depth and not row.text.strip(" \t>"))


def _target(rows: list[Row], number: int, marks: dict[int, re.Match[str]], sorts: list[Sort]) -> tuple[int, int] | None:
    """Return the first and last line of the block to which the attributes on line *number* belong."""
    depth = _depth(rows[number])
    above = number - 1
    while above in marks and _depth(rows[above]) <= depth:
        above -= 1
    if above >= 0 and not _is_gap(rows[above], depth) and not _BOX.match(rows[above].text):
        first = above
        if sorts[above] is Sort.FENCE:
            fences = (at for at in range(above - 1, -1, -1) if sorts[at] is Sort.FENCE)
            return next(fences, above), above
        while (
            first > 0
            and not _is_gap(rows[first - 1], depth)
            and not _HEADING.match(rows[first].text)
            and (first - 1 not in marks or _depth(rows[first - 1]) > depth)
        ):
            first -= 1
        return first, above
    first = number + 1
    while first in marks and _depth(rows[first]) <= depth:
        first += 1
    if first >= len(rows) or rows[first].is_blank:
        return None
    last = first
    if sorts[first] is Sort.FENCE:
        last = next((at for at in range(first + 1, len(rows)) if sorts[at] is Sort.FENCE), len(rows) - 1)
        return first, last
    while (
        last + 1 < len(rows)
        and not rows[last + 1].is_blank
        and (last + 1 not in marks or _depth(rows[last + 1]) > depth)
    ):
        last += 1
    return first, last


def _boxed(rows: list[Row], new: list[Row | None], around: list[tuple[int, int, str, bool]]) -> list[Row]:
    """Return the lines with the blocks that are callouts in boxes."""
    begins = {first: (last, kind, titled) for first, last, kind, titled in around}
    result: list[Row] = []
    at = 0
    while at < len(rows):
        if at not in begins:
            row = new[at]
            if row is not None:
                result.append(row)
            at += 1
            continue
        last, kind, titled = begins[at]
        inside = [row for row in new[at : last + 1] if row is not None]
        indent = inside[0].text[: len(inside[0].text) - len(inside[0].text.lstrip(" \t"))] if inside else ""
        if inside and all(row.text.lstrip().startswith(">") for row in inside):
            inside = [join(row.made(indent), _unquoted(row)) for row in inside]
        title: Row | None = None
        if titled and inside:
            end = next((number for number, row in enumerate(inside) if row.is_blank), len(inside))
            stripped = [row.cut(len(row.text) - len(row.text.lstrip())) for row in inside[:end]]
            title, inside = join(*stripped) if len(stripped) == 1 else stripped[0], [*stripped[1:], *inside[end:]]
        result += boxes.opened(rows[at], boxes.CALLOUT + kind, title, indent=indent)
        result += [*inside, *boxes.closed(rows[last], indent)]
        at = last + 1
    return result


def _unquoted(row: Row) -> Row:
    at = row.text.index(">") + 1
    return row.cut(at + 1 if row.text[at : at + 1] == " " else at)


_MARKER = regex(rf"[ \t]*{LIST_MARKER}[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)")
"""The marker of an item of a list."""


def _named(new: list[Row | None], first: int, name: str) -> None:
    """Give the heading on a line an id, or insert an anchor before another block."""
    row = new[first]
    if row is None:
        return
    if _HEADING.match(row.text):
        end = re.search(r"(?:[ \t]+#+)?[ \t]*$", row.text)
        bare = row.cut(0, end.start()) if end else row
        new[first] = (
            row if re.search(r"\{[^{}]*\}\s*$", row.text) else join(bare, row.made(f" {{#{name}}}", len(bare.text)))
        )
    elif not row.text.lstrip().startswith((">", "|", "<", "`", "~")):
        mark = _MARKER.match(row.text)
        blank = mark.end() if mark else len(row.text) - len(row.text.lstrip())
        new[first] = join(row.cut(0, blank), row.made(f'<span id="{name}"></span>', blank), row.cut(blank))


def _is_last(rows: list[Row], number: int, at: int) -> bool:
    """Return whether line *at* is a heading with nothing below it but the placeholder that ends on line *number*."""
    after = next((row for row in rows[number + 1 :] if not row.is_blank), None)
    return bool(_HEADING.match(rows[at].text)) and (
        after is None or bool(re.match(r"[ \t]{0,3}(?:#{1,6}[ \t]|[-*_]{3,}[ \t]*$)", after.text))
    )


def _parts(row: Row, after: Row) -> bool:
    """Return whether *row* ends with attributes, and *after* is indented below it."""
    return bool(_ATTRIBUTES.match(row.text)) and not after.is_blank and after.indent - row.indent >= 4


def apart(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with a blank line between attributes and indented code, which pandoc refuses to read below them."""
    if "{" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    if not any(_parts(row, after) for row, after in pairwise(rows)):
        return manuscript
    source = boxes.structure(rows)
    result: list[Row] = []
    for number, row in enumerate(rows):
        result.append(row)
        if number + 1 < len(rows) and source.sorts[number] is not Sort.CODE and _parts(row, rows[number + 1]):
            result.append(row.made(""))
    return with_rows(manuscript, result) if len(result) > len(rows) else manuscript


def _without_contents(rows: list[Row], new: list[Row | None], number: int, context: Context) -> None:
    """Remove the list that is a placeholder for a table of contents, and a heading or a `<details>` only for it: every edition has its own."""
    at = number - 1
    while at >= 0 and re.match(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]", rows[at].text):
        context.take(rows[at].text)
        new[at] = None
        at -= 1
    at = _left(new, at)
    _without_heading(rows, new, at, number, context)
    folded = kramdown_lines.folded(rows, new, at, number) or range(0)
    for line in folded:
        context.take(rows[line].text)
        new[line] = None
    if folded:
        _without_heading(rows, new, _left(new, folded.start), folded.stop - 1, context)


def _without_heading(rows: list[Row], new: list[Row | None], at: int, number: int, context: Context) -> None:
    """Remove line *at* if it is a heading only for the placeholder that ends on line *number*."""
    if at >= 0 and (_CONTENTS.match(rows[at].text) or _is_last(rows, number, at)):
        context.take(rows[at].text)
        new[at] = None


def _left(new: list[Row | None], at: int) -> int:
    """Return the last line with words, from line *at* upwards, that is not removed; -1 if there is none."""
    return next((line for line in range(at, -1, -1) if (row := new[line]) is not None and not row.is_blank), -1)


def _inline(manuscript: Manuscript, context: Context) -> Manuscript:
    page = Passage(manuscript)
    edits: list[Edit] = []
    for match in (*_COMMENT.finditer(page.visible), *_TAG.finditer(page.visible)):
        context.take(page.text[match.start() : match.end()])
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
    for match in (*_INLINE.finditer(page.text), *_PLACED.finditer(page.text)):
        # The last letter of inline code is hidden there, but its attributes are not.
        if page.visible[match.end() - 1] != "}":
            continue
        row, column = page.row(match.start()), page.at(match.start())[1]
        if not row.text[:column].strip(" \t>"):
            continue
        context.take(match[0])
        left = row.text[:column].rstrip()
        of_heading = bool(_HEADING.match(left)) and not row.text[column + len(match[0]) :].strip()
        values = [f"#{name}" for name in _ID.findall(match["inside"])[:1] if of_heading or left.endswith(ENDS)]
        if left.endswith(")") and not of_heading:
            values += [f"{key}={value}" for key, value in _IMAGE.findall(match["inside"])]
            values += _ALT.findall(match["inside"])
        text = (" {" if of_heading else "{") + " ".join(values) + "}" if values else ""
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made(text, match.start()),)))
    edits += _apart(page, context)
    return page.with_edits(edits)


def _apart(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits that join ids and sizes after a space to the element before them; others belong to nothing."""
    for match in _APART.finditer(page.text):
        start, end = match.span("braces")
        if page.visible[start:end] != match["braces"] or _OWNED.match(page.text, page.starts[page.at(start)[0]]):
            continue
        values = [f"#{name}" for name in _ID.findall(match["inside"])[:1]]
        values += [f"{key}={value}" for key, value in _IMAGE.findall(match["inside"]) if match["end"] == ")"]
        if values:
            context.take(match[0])
            new = page.made("{" + " ".join(values) + "}", start)
            yield Edit(start=match.start(), end=end, new=(new,))
