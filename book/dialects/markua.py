"""Markua and the older Markdown of Leanpub: asides (`A> text`), blurbs, attribute lists above blocks, code from files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from book.dialects import boxes
from book.dialects.context import Context, words
from book.dialects.includes import LANGUAGES, included
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import Edit, Passage, fenced
from book.markdown.callouts import is_known
from book.markdown.lines import Sort
from book.model import Manuscript
from book.notation import count
from book.patterns import regex

_ASIDE = regex(r"(?P<kind>[ABCDEGIQTWX])>(?:[ ](?P<text>.*)|$)")
_MORE_ASIDE = regex(r"(?P<kind>[ABCDEGIQTWX])>")
"""The start of a further line, which may do without the space."""
_LIST = regex(
    r"\{:?(?P<inside>(?:[\w-]+[ \t]*[:=][ \t]*(?:\"[^\"\n]*\"|'[^'\n]*'|[^,{}\n]+)(?:,[ \t]*)?)+|pagebreak|\{pagebreak\}|sample|book|backmatter|frontmatter|mainmatter)\}[ \t]*$"
)
_BLOCK = regex(r"\{(?P<end>/)?(?P<name>blurb|aside|quiz|exercise|index|discussion)(?:,(?P<rest>[^{}]*))?\}[ \t]*$")
_PAIR = regex(r"(?P<key>[\w-]+)[ \t]*[:=][ \t]*(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^,{}\n]+))")
_FILE = regex(r"(?:<<|!)\[?(?P<title>(?<=\[)[^\]\n]*)?\]?\((?P<name>[^()\s]+\.\w+)\)[ \t]*$")
_IMAGE = regex(r"!\[(?P<alt>[^\[\]\n]*)\]\((?P<source>[^()\s]+)(?:[ \t]+\"(?P<title>[^\"\n]*)\")?\)[ \t]*$")
_FILM = regex(r"https?://(?:[\w.-]+\.)?(?:youtube\.com|youtu\.be|vimeo\.com)/")
_CHANGE = regex(r"[^\w\n]*leanpub-(?:start|end)-(?:insert|delete)\b[^\w\n]*$", re.IGNORECASE)
"""A line of code that begins or ends a passage that was added or removed."""
_CODE_MATH = regex(r"(?<!`)`(?P<inside>[^`\n]+)`\$(?![\w$])")
_INDEX = regex(r"[ \t]?\{i:[ \t]*(?:\"[^\"\n]*\"|[^{}\n]*)\}")
_MATH = regex(r"\{\$\$\}(?P<inside>.*?)\{/\$\$\}", re.S)
_COMMENT = regex(r"%%(?!%).*$")
KINDS: Mapping[str, str] = {
    "A": "aside", "B": "blurb", "C": "", "D": "discussion", "E": "error", "G": "", "I": "info", "Q": "question", "T": "tip", "W": "warning",
    "X": "exercise",
}  # fmt: skip
"""The box for each letter; for none, the text stands as it is."""
CLASSES: Mapping[str, str] = {"information": "info", "center": ""}
"""The boxes for classes of blurbs whose names are not those of boxes."""
FRAMED = frozenset({"iframe", "video", "audio"})
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
    for match in _CODE_MATH.finditer(page.text):
        if page.visible[match.end() - 1] == "$":
            edits.append(Edit(start=match.start(), end=match.start("inside"), new=(page.made("$", match.start()),)))
            edits.append(Edit(start=match.end("inside"), end=match.end(), new=(page.made("$", match.end("inside")),)))
    return page.with_edits(edits)


def _read(rows: Sequence[Row], context: Context) -> list[Row]:
    source = boxes.structure(rows)
    result: list[Row] = []
    attributes: dict[str, str] = {}
    at = 0
    while at < len(rows):
        row = rows[at]
        if source.sorts[at] is Sort.FENCE and (attributes or row.text.rstrip().endswith("$")):
            last = next((fence.end - fence.closed for fence in source.fences if fence.line == at), at + 1)
            result += [*_titled(row, attributes), *_cropped(rows[at + 1 : last], attributes, context)]
            attributes = {}
            at = last
            continue
        if source.sorts[at] is Sort.CODE and _CHANGE.match(row.text):
            context.take(row.text)
            at += 1
            continue
        if not boxes.is_text(source, at):
            result.append(row)
            at += 1
            continue
        end = _end_of_aside(rows, at)
        if end > at:
            result += _aside(rows[at:end], attributes.get("class", ""), context)
            attributes = {}
        elif (match := _LIST.match(row.text)) is not None:
            context.take(row.text)
            attributes = {pair["key"]: _value(pair) for pair in _PAIR.finditer(match["inside"])}
            result.append(row.made(_alone(match["inside"], attributes, rows[at + 1 : at + 2])))
            at, result, attributes = _indented_code(rows, at, result, attributes)
            continue
        elif (block := _BLOCK.match(row.text)) is not None:
            context.take(row.text)
            result += _boundary(row, block)
        elif (file := _FILE.match(row.text)) is not None and file["name"].rpartition(".")[2].lower() not in PICTURES:
            result += _code(row, file, attributes, context)
            attributes = {}
        elif attributes and (image := _IMAGE.match(row.text)) is not None:
            result += _image(row, image, attributes, context)
            attributes = {}
        elif _COMMENT.match(row.text):
            context.take(row.text)
            result.append(row.made(""))
        else:
            result += _table_title(row, attributes, context)
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


def _alone(inside: str, attributes: Mapping[str, str], below: Sequence[Row]) -> str:
    """Return the line that stands for attributes on a line of their own: the end of a page, or the id of the heading *below*."""
    if "pagebreak" in inside:
        return '<hr class="page-break">'
    names_heading = "id" in attributes and any(re.match(r"#{1,6}[ \t]", row.text) for row in below)
    return f"{{#{attributes['id']}}}" if names_heading else ""


def _cropped(rows: Sequence[Row], attributes: Mapping[str, str], context: Context) -> list[Row]:
    """Return the lines of a block of code that its attributes select, without marks of changes."""
    first = count(attributes.get("crop-start-line") or attributes.get("crop-start") or "") or 1
    last = count(attributes.get("crop-end-line") or attributes.get("crop-end") or "") or len(rows)
    chosen = []
    for number, row in enumerate(rows, 1):
        if first <= number <= last and not _CHANGE.match(row.text):
            chosen.append(row)
        else:
            context.take(row.text)
    return chosen


def _image(row: Row, image: re.Match[str], attributes: Mapping[str, str], context: Context) -> list[Row]:
    """Return an image with the words and the size from the list above it; a film as a link."""
    alt = attributes.get("alt") or image["alt"]
    title = attributes.get("title") or attributes.get("caption") or image["title"] or ""
    context.take(row.text)
    if attributes.get("type") in FRAMED or _FILM.match(image["source"]):
        text = f"[{title or alt or image['source']}](<{image['source']}>)"
    else:
        shown = f' "{title}"' if title and '"' not in title else ""
        size = f"{{width={width}}}" if (width := attributes.get("width", "")) and re.fullmatch(r"\d+%?", width) else ""
        text = f"![{alt}]({image['source']}{shown}){size}"
    context.taken.subtract(words(text))
    return [row.made(text)]


def _table_title(row: Row, attributes: Mapping[str, str], context: Context) -> list[Row]:
    """Return the caption of the table that begins with *row*, from the list above it."""
    title = attributes.get("caption") or attributes.get("title") or ""
    if not title or not row.text.lstrip().startswith("|"):
        return []
    context.taken.subtract(words(title))
    return [row.made(f"Table: {title}"), row.made("")]


def _aside(rows: Sequence[Row], name: str, context: Context) -> list[Row]:
    """Return an aside or a blurb as a box of the class *name*, else of that for its letter."""
    kind = CLASSES.get(name, name) if name else KINDS[rows[0].text[0]]
    inside = [row.cut(3 if row.text[2:3] in ("", " ") else 2) for row in rows]
    context.take(" ".join(row.text[:2] for row in rows))
    blank = rows[0].made("")
    inside = _read(inside, context)
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
    kind = CLASSES.get(pairs.get("class", ""), pairs.get("class", "")) if block["name"] == "blurb" else "aside"
    return [
        row.made(""),
        *boxes.opened(row, boxes.CALLOUT + (kind if is_known(kind) else "note"), row.made(pairs.get("title", ""))),
    ]


def _titled(row: Row, attributes: Mapping[str, str]) -> list[Row]:
    """Return the line that opens a block of code with the language and title from the list above it."""
    if row.text.rstrip().endswith("$"):
        dollar = row.text.rindex("$")
        return [join(row.cut(0, dollar), row.made("math", dollar))]
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
    rows = _cropped(rows, attributes, context)
    context.taken.subtract(title.casefold().split())
    suffix = posixpath.splitext(name)[1].lstrip(".").lower()
    language = attributes.get("lang") or attributes.get("format") or LANGUAGES.get(suffix, suffix)
    heading = [row.made(f"**{title}**"), row.made("")] if title else []
    return [row.made(""), *heading, *fenced(rows, language, row), row.made("")]
