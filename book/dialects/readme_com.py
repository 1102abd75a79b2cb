"""What ReadMe (readme.com) adds: blocks of JSON, `[block:callout]`, quotations that begin with a sign, `> 📘 Title`, and links to pages by their slugs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.context import words as words_of
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import UNREAD, Edit, Passage, fenced
from book.markdown.lines import Sort
from book.model import Manuscript
from book.notation import NotationError, read_json
from book.patterns import regex

_BLOCK = regex(
    r"^[ \t]*\[block:(?P<name>[\w-]+)\][ \t]*\n(?P<json>.*?)^[ \t]*\[/block\][ \t]*$", re.MULTILINE | re.DOTALL
)
_SIGN = regex(r"(?P<quote> {0,3}> ?)(?P<sign>[📘ℹ👍✅🚧⚠❗🛑⁉‼])\ufe0f?[ \t]*(?P<title>\S.*)?")
_QUOTED = regex(r" {0,3}> ?")
_KINDS = {
    **dict.fromkeys("📘ℹ", "note"),
    **dict.fromkeys("👍✅", "tip"),
    **dict.fromkeys("🚧⚠", "warning"),
    **dict.fromkeys("❗🛑⁉‼", "danger"),
}
_LINK = regex(r"(?:(?<=\]\()|(?<=\bhref=[\"']))(?P<kind>doc|ref|page):(?P<slug>[\w.-]+)(?P<rest>#[^\s()\"']*)?")
_TERM = regex(r"<<glossary:(?P<words>[^<>\n]+)>>|<Glossary>(?P<inside>[^<>\n]+)</Glossary>")
_MARKUP = regex(r"[*_`]|<[^<>]*>")
_INFO = regex(
    r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+#.-]+)[ \t]+(?P<title>[^`\s{=][^`{=\n]*?)[ \t]*"
)
"""A block of code with the words of its tab."""


def is_of(text: str) -> bool:
    r"""Return whether a chapter shows that it is written for ReadMe.

    >>> is_of("[block:callout]\n{}\n[/block]"), is_of("[a](doc:first-week)"), is_of("[a](doc.md)")
    (True, True, False)
    """
    return ("[block:" in text and _BLOCK.search(text) is not None) or "](doc:" in text


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with blocks, boxes and links of ReadMe in Markdown."""
    if "[block:" in manuscript.text:
        page = Passage(manuscript)
        manuscript = page.with_edits(_blocks(page, context))
    manuscript = with_rows(manuscript, list(_boxes(manuscript, context)))
    page = Passage(manuscript)
    return page.with_edits([*_links(page, context), *_terms(page, context)])


def _blocks(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield Markdown for each block of JSON; one that cannot be read stays as code."""
    for match in _BLOCK.finditer(page.text):
        if page.source.sorts[page.at(match.start())[0]] is not Sort.TEXT:
            continue
        start, end = match.span()
        row = page.row(start)
        made = _made(match["name"], match["json"])
        if made is None:
            message = f"the block '{match['name']}' cannot be read; it is printed as code"
            page.tell(context, UNREAD, start, message, "write what it shows in Markdown")
            first, last = page.at(match.start("json"))[0], page.at(end)[0]
            new = fenced(page.rows[first:last], "json", row)
            context.take(f"block {match['name']} block")
        else:
            new = [row.made(line) for line in made]
            context.take(page.text[start:end])
            context.taken.subtract(words_of("\n".join(made)))
        yield Edit(start=start, end=end, new=(row.made(""), *new, row.made("")), block=True)


def _made(name: str, text: str) -> list[str] | None:
    """Return the lines of Markdown for the block *name*; None if its JSON cannot be read, or nobody knows it."""
    read = _BLOCKS.get(name)
    try:
        value = read_json(text).plain if read else None
    except NotationError:
        value = None
    return read(value) if read and isinstance(value, dict) else None


def _text(table: object, key: str) -> str:
    value = table.get(key) if isinstance(table, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _items(table: Mapping[str, object], key: str) -> list[object]:
    value = table.get(key)
    return value if isinstance(value, list) else []


def _header(table: Mapping[str, object]) -> list[str]:
    return [f"## {_line(_text(table, 'title'))}"]


def _line(text: str) -> str:
    return " ".join(text.split())


def _callout(table: Mapping[str, object]) -> list[str]:
    kind = {"success": "tip", "warning": "warning", "danger": "danger"}.get(_text(table, "type"), "note")
    title = _line(_text(table, "title"))
    heading = [boxes.HEADING + title, ""] if title else []
    return [f"::: {{.{boxes.CALLOUT}{kind}}}", *heading, *_text(table, "body").split("\n"), "", ":::"]


def _codes(table: Mapping[str, object]) -> list[str]:
    lines: list[str] = []
    for code in _items(table, "codes"):
        name, text = _line(_text(code, "name")), _text(code, "code")
        mark = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
        language = re.sub(r"[^\w+#-]", "", _text(code, "language"))
        lines += [*([f"**{name}**", ""] if name else []), mark + language, *text.split("\n"), mark, ""]
    return lines


def _table(table: Mapping[str, object]) -> list[str]:
    """Return a table with the cells ``h-0`` of the head and ``0-0`` of the body."""
    cells = table.get("data")
    cells = cells if isinstance(cells, dict) else {}
    places = [
        (key.partition("-")[0], int(key.partition("-")[2]))
        for key in cells
        if re.fullmatch(r"(?:h|\d{1,4})-\d{1,3}", key)
    ]
    columns = max((column for _, column in places), default=0) + 1
    rows = max((int(row) for row, _ in places if row != "h"), default=-1) + 1

    def line(row: str) -> str:
        texts = (_text(cells, f"{row}-{column}") for column in range(columns))
        return (
            "| " + " | ".join(re.sub(r"\s*\n\s*", "<br>", re.sub(r"(?<!\\)\|", r"\\|", text)) for text in texts) + " |"
        )

    return [line("h"), "|" + " --- |" * columns, *(line(str(row)) for row in range(rows))]


def _images(table: Mapping[str, object]) -> list[str]:
    lines: list[str] = []
    for image in _items(table, "images"):
        parts = image.get("image") if isinstance(image, dict) else None
        address = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], str) else ""
        others = parts[2:3] if isinstance(parts, list) else []
        alt = next((part for part in others if isinstance(part, str) and not part.isdecimal()), "") or _text(
            image, "alt"
        )
        words = _line(_text(image, "caption"))
        if address:
            # Directly below an image, words in italics are its caption.
            caption = [f"<em>{words}</em>"] if words else []
            lines += [f"![{_line(alt or _MARKUP.sub('', words))}](<{address}>)", *caption, ""]
    return lines


def _embed(table: Mapping[str, object]) -> list[str]:
    address = _text(table, "url") or _text(table, "link") or _text(table, "href")
    return [f"[{_line(_text(table, 'title')) or address}](<{address}>)"] if address else []


def _html(table: Mapping[str, object]) -> list[str]:
    return [line for line in _text(table, "html").split("\n") if line.strip()]


def _words(table: Mapping[str, object]) -> list[str]:
    return _text(table, "text").split("\n")


_BLOCKS: Mapping[str, Callable[[Mapping[str, object]], list[str]]] = {
    "api-header": _header,
    "callout": _callout,
    "code": _codes,
    "parameters": _table,
    "image": _images,
    "embed": _embed,
    "tutorial-tile": _embed,
    "html": _html,
    "textarea": _words,
}


def _boxes(manuscript: Manuscript, context: Context) -> Iterator[Row]:
    """Yield the lines with each quotation that begins with a sign as a box, and the words of a tab above its code."""
    rows = rows_of(manuscript)
    source = boxes.structure(rows)
    openings = {fence.line for fence in source.fences}
    open_box = False
    for number, row in enumerate(rows):
        quoted = _QUOTED.match(row.text)
        if open_box and not quoted and (row.is_blank or number in openings):
            yield from boxes.closed(row)
            open_box = False
        if open_box:
            yield row.cut(quoted.end()) if quoted else row
            continue
        above = rows[number - 1].text if number else ""
        is_first = quoted and boxes.is_text(source, number) and not _QUOTED.match(above)
        sign = _SIGN.match(row.text) if is_first else None
        info = _INFO.fullmatch(row.text) if number in openings else None
        if sign is not None:
            open_box = True
            yield from _opened(row, sign, rows[number + 1 : number + 2], context)
        elif info is not None:
            start, end = info.span("title")
            yield from (
                row.made(""),
                join(row.made(f"{info['indent']}**"), row.cut(start, end), row.made("**")),
                row.made(""),
            )
            yield row.cut(0, info.end("language"))
        else:
            yield row
    if open_box:
        yield from boxes.closed(rows[-1])


def _opened(row: Row, sign: re.Match[str], below: Sequence[Row], context: Context) -> Iterator[Row]:
    """Yield the lines that open a box; its first line is its title if nothing, or a blank line, is below it."""
    context.take(sign["sign"])
    words = row.cut(*sign.span("title")) if sign["title"] else None
    rest = _QUOTED.sub("", below[0].text).strip() if below else ""
    is_title = words is not None and (bool(below) and _QUOTED.match(below[0].text) is not None and not rest)
    yield from boxes.opened(row, boxes.CALLOUT + _KINDS[sign["sign"]], words if is_title else None)
    if words is not None and not is_title:
        yield words


def _links(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the address of the chapter for each link to a page by its slug."""
    matches = [*_LINK.finditer(page.visible)]
    chapters = context.library.manuscripts.items() if matches else ()
    by_slug = {chapter.front.slug: path for path, chapter in chapters if chapter.front.slug}
    for match in matches:
        address = context.address(f"/{by_slug[match['slug']]}" if match["slug"] in by_slug else match["slug"])
        if address is not None:
            context.take(match[0])
            new = page.made(f"{address}{match['rest'] or ''}", match.start())
            context.taken.subtract(words_of(new.text))
            yield Edit(start=match.start(), end=match.end(), new=(new,))


def _terms(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield terms of the glossary as their words."""
    for match in _TERM.finditer(page.visible):
        start, end = match.span("words" if match["words"] else "inside")
        context.take("glossary" if match["words"] else "glossary glossary")
        for first, last in ((match.start(), start), (end, match.end())):
            yield Edit(start=first, end=last, new=(page.made("", first),))
