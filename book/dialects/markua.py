"""Markua and the older Markdown of Leanpub: asides (`A> text`), blurbs, attribute lists above blocks, code from files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.includes import LANGUAGES, included
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import Edit, Passage, fenced
from book.markdown.callouts import is_known
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_ASIDE = regex(r"(?P<kind>[ABCDEGIQTWX])>(?:[ ](?P<text>.*)|$)")
_MORE_ASIDE = regex(r"(?P<kind>[ABCDEGIQTWX])>")
"""The start of a further line, which may do without the space."""
_LIST = regex(
    r"\{(?P<inside>(?:[\w-]+[ \t]*[:=][ \t]*(?:\"[^\"\n]*\"|'[^'\n]*'|[^,{}\n]+)(?:,[ \t]*)?)+|pagebreak|sample|book|backmatter|frontmatter|mainmatter)\}[ \t]*$"
)
_BLOCK = regex(r"\{(?P<end>/)?(?P<name>blurb|aside|quiz|exercise|index|discussion)(?:,(?P<rest>[^{}]*))?\}[ \t]*$")
_PAIR = regex(r"(?P<key>[\w-]+)[ \t]*[:=][ \t]*(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^,{}\n]+))")
_FILE = regex(r"(?:<<|!)\[?(?P<title>(?<=\[)[^\]\n]*)?\]?\((?P<name>[^()\s]+\.\w+)\)[ \t]*$")
_INDEX = regex(r"[ \t]?\{i:[ \t]*(?:\"[^\"\n]*\"|[^{}\n]*)\}")
_MATH = regex(r"\{\$\$\}(?P<inside>.*?)\{/\$\$\}", re.S)
_COMMENT = regex(r"%%(?!%).*$")
KINDS: Mapping[str, str] = {
    "A": "aside", "B": "", "C": "", "D": "discussion", "E": "error", "G": "", "I": "info", "Q": "question", "T": "tip", "W": "warning",
    "X": "exercise",
}  # fmt: skip
"""The box for each letter; for none, the text stands as it is."""
PICTURES = frozenset("png jpg jpeg gif svg webp bmp tif tiff pdf mp4 mp3 m4a mov".split())


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these blocks in the forms that they have on paper."""
    manuscript = with_rows(manuscript, _read(rows_of(manuscript), context))
    page = Passage(manuscript)
    edits = []
    for match in _INDEX.finditer(page.visible):
        context.take(match[0])
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
    for match in _MATH.finditer(page.visible):
        mark = "$$" if page.is_alone(*match.span()) else "$"
        for start, end in ((match.start(), match.start("inside")), (match.end("inside"), match.end())):
            edits.append(Edit(start=start, end=end, new=(page.made(mark, start),)))
    return page.with_edits(edits)


def _read(rows: Sequence[Row], context: Context) -> list[Row]:
    source = boxes.structure(rows)
    result: list[Row] = []
    attributes: dict[str, str] = {}
    at = 0
    while at < len(rows):
        row = rows[at]
        if source.sorts[at] is Sort.FENCE and attributes:
            result += _titled(row, attributes)
            attributes = {}
            at += 1
            continue
        if not boxes.is_text(source, at):
            result.append(row)
            at += 1
            continue
        end = _end_of_aside(rows, at)
        if end > at:
            result += _aside(rows[at:end], context)
        elif (match := _LIST.match(row.text)) is not None:
            context.take(row.text)
            attributes = {pair["key"]: _value(pair) for pair in _PAIR.finditer(match["inside"])}
            result.append(row.made('<hr class="page-break">' if match["inside"] == "pagebreak" else ""))
            at, result, attributes = _indented_code(rows, at, result, attributes)
            continue
        elif (block := _BLOCK.match(row.text)) is not None:
            context.take(row.text)
            result += _boundary(row, block)
        elif (file := _FILE.match(row.text)) is not None and file["name"].rpartition(".")[2].lower() not in PICTURES:
            result += _code(row, file, attributes, context)
            attributes = {}
        elif _COMMENT.match(row.text):
            context.take(row.text)
            result.append(row.made(""))
        else:
            attributes = {} if not row.is_blank else attributes
            result.append(row)
        at = max(end, at + 1)
    return result


def _value(pair: re.Match[str]) -> str:
    return next(filter(None, (pair["double"], pair["single"], pair["bare"])), "").strip()


def _end_of_aside(rows: Sequence[Row], at: int) -> int:
    """Return the number of the line after an aside that begins on line *at*; *at* if none does."""
    match = _ASIDE.match(rows[at].text)
    end = at
    while match and end < len(rows) and (line := _MORE_ASIDE.match(rows[end].text)) and line["kind"] == match["kind"]:
        end += 1
    return end


def _aside(rows: Sequence[Row], context: Context) -> list[Row]:
    kind = KINDS[rows[0].text[0]]
    inside = [row.cut(3 if row.text[2:3] in ("", " ") else 2) for row in rows]
    context.take(" ".join(row.text[:2] for row in rows))
    blank = rows[0].made("")
    if not kind:
        return [blank, *inside, blank]
    return [blank, *_titled_box(rows[0], kind, inside), *boxes.closed(rows[-1])]


def _titled_box(row: Row, kind: str, inside: list[Row]) -> list[Row]:
    """Return the beginning of a box and its text; a heading at its beginning is its title."""
    heading = re.match(r"#{1,6}[ \t]+", inside[0].text)
    title = inside[0].cut(heading.end()) if heading else None
    name = boxes.CALLOUT + (kind if is_known(kind) else "note")
    return [*boxes.opened(row, name, title), *(inside[1:] if heading else inside)]


def _boundary(row: Row, block: re.Match[str]) -> list[Row]:
    """Return what stands for the line that opens or closes a box."""
    if block["name"] not in ("blurb", "aside"):
        return [row.made("")]
    if block["end"]:
        return boxes.closed(row)
    pairs = {pair["key"]: _value(pair) for pair in _PAIR.finditer(block["rest"] or "")}
    kind = pairs.get("class", "") if block["name"] == "blurb" else "aside"
    return [
        row.made(""),
        *boxes.opened(row, boxes.CALLOUT + (kind if is_known(kind) else "note"), row.made(pairs.get("title", ""))),
    ]


def _titled(row: Row, attributes: Mapping[str, str]) -> list[Row]:
    """Return the line that opens a block of code with the language and title from the list above it."""
    language = attributes.get("lang") or attributes.get("format") or ""
    title = attributes.get("title") or attributes.get("caption") or ""
    bare = row.text.strip(" \t") in ("`" * len(row.text.strip()), "~" * len(row.text.strip()))
    opening = join(row, row.made(language, len(row.text))) if bare and re.fullmatch(r"[\w+#-]+", language) else row
    return [*([row.made(f"**{title}**"), row.made("")] if title else []), opening]


def _indented_code(
    rows: Sequence[Row], at: int, result: list[Row], attributes: dict[str, str]
) -> tuple[int, list[Row], dict[str, str]]:
    """Return the lines with an indented block of code directly below the list on line *at* as a fence, and where it ends."""
    end = at + 1
    while end < len(rows) and (rows[end].indent >= 4 or (rows[end].is_blank and end > at + 1)):
        end += 1
    if end == at + 1 or not attributes:
        return at + 1, result, attributes
    language = attributes.get("lang") or attributes.get("format") or ""
    title = [rows[at].made(f"**{attributes['title']}**"), rows[at].made("")] if attributes.get("title") else []
    code = fenced([row.dedented(4) for row in rows[at + 1 : end]], language, rows[at])
    return end, [*result, *title, *code, rows[at].made("")], {}


def _code(row: Row, file: re.Match[str], attributes: Mapping[str, str], context: Context) -> list[Row]:
    """Return the code of a file of the book, with its title above it."""
    name = file["name"]
    rows = included(
        row, name, context, folders=("manuscript", "manuscript/resources", "resources"), at=file.start("name")
    )
    context.take(row.text)
    title = file["title"] or attributes.get("title") or ""
    if rows is None:
        return [row.made(title or posixpath.basename(name))]
    context.taken.subtract(title.casefold().split())
    suffix = posixpath.splitext(name)[1].lstrip(".").lower()
    language = attributes.get("lang") or attributes.get("format") or LANGUAGES.get(suffix, suffix)
    heading = [row.made(f"**{title}**"), row.made("")] if title else []
    return [row.made(""), *heading, *fenced(rows, language, row), row.made("")]
