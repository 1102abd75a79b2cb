"""Includes on a line of their own: those of VuePress, VitePress, DocFX, Markdown-Include and others, and code fences with `file=`.

Each form of include is an entry of :data:`FORMS`. They are read in every book, because nothing else looks like them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from msgspec import Struct

from book.dialects import embeds
from book.dialects.context import Context
from book.dialects.includes import LANGUAGES, dedented, included, indented, is_there, without_front_matter
from book.dialects.rows import Row
from book.dialects.tags import LEADING, Edit, Passage, arguments, fenced
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex


class Form(Struct, frozen=True):
    """One form of include."""

    pattern: re.Pattern[str]
    """Matches the whole line after its indent; the group `name` is the file; `part`, `language` and `title` are optional."""
    code: bool = False
    """Whether the file is printed as code."""
    comment: bool = False
    """Whether it is written as an HTML comment."""
    within_code: bool = False
    """Whether the system also reads it inside blocks of code."""


_PART = r"(?P<part>#[\w.-]+)?(?:\{(?P<lines>[\d,\s-]*)\})?"
FORMS: tuple[Form, ...] = (
    # VitePress and VuePress.
    Form(regex(rf"<!--\s*@include:\s*(?P<name>[^\s{{}}#]+?){_PART}\s*-->"), comment=True),
    Form(
        regex(
            r"<<<\s+(?P<name>[^\s{}#]+)(?P<part>#[\w.-]+)?\s*(?:\{[\d,\s-]*(?P<language>[a-z][\w+-]*)?[^{}]*\})?\s*(?:\[(?P<title>[^\]]*)\])?"
        ),
        code=True,
    ),
    Form(
        regex(
            r"@\[code(?:\{(?P<lines>[\d,\s-]*)\})?(?:\s+(?P<language>[\w+-]+))?[^\]]*\]\((?P<name>[^()\s#]+)(?P<part>#[\w.-]+)?\)"
        ),
        code=True,
    ),
    # DocFX, Microsoft Learn.
    Form(regex(r"\[!INCLUDE\s*\[[^\]]*\]\s*\((?P<name>[^()\s]+)\)\]", re.IGNORECASE)),
    Form(
        regex(
            r"\[!code(?:-(?P<language>[\w+-]+))?\s*\[(?P<title>[^\]]*)\]\((?P<name>[^()\s#?]+)"
            r"(?P<part>#[\w.-]+)?(?:\?(?:name=(?P<region>[\w.-]+)|range=(?P<lines>[\d,-]+)|[^()]*))?\)\]",
            re.IGNORECASE,
        ),
        code=True,
    ),
    # Fumadocs.
    Form(regex(r"<include(?:\s[^<>]*)?>\s*(?P<name>[^\s<>#]+)(?P<part>#[\w.-]+)?\s*</include>")),
    # Markdown-Include and FastAPI's way to include code.
    Form(regex(r"\{!+\s*(?P<name>[^\s{}!]+)\s*(?:!(?P<lines>[\d,\s-]*))?!\}"), within_code=True),
    Form(regex(r"\{\*\s+(?P<name>[^\s{}*]+\.\w+)(?:\s+ln\[(?P<lines>[\d:,\s]*)\])?[^{}*]*\*\}"), code=True),
    # Others: markdown-it-include, MarkdownPP, pandoc-include, Markdown Preview Enhanced, PostHTML.
    Form(regex(r"!!!\s*include\s*\(\s*(?P<name>[^()\s]+)\s*\)\s*!!!")),
    Form(
        regex(
            r"[!@](?:include|INCLUDE|import)(?:\s+|\s*\(\s*)(?P<quote>[\"']?)(?P<name>[\w./@~ -]+\.(?:md|mdx|markdown|txt))(?P=quote)\s*\)?;?"
        )
    ),
)
_PLUGIN = regex(
    rf"(?m:^)(?:{LEADING.pattern})(?P<tag>\{{%-?\s*include(?P<markdown>-markdown)?\s+(?P<quote>[\"'])(?P<name>[^\"'\n]+)(?P=quote)(?P<rest>[^{{}}%]*)%\}})(?m:[ \t]*$)"
)
"""The include plugin of MkDocs, whose options may be on lines of their own."""
_SUSPECT = regex(
    r"<include[ >]|@(?i:include|import|\[code)|<<<|\[!(?i:include|code)|\{!|\{\*|\{%-?\s*(?i:include)|!(?i:include)|f(?i:ile=)|F(?i:ile=)"
)
_FILE = regex(r"\s*(?<![\w-])file=(?:\"(?P<double>[^\"]+)\"|'(?P<single>[^']+)'|(?P<bare>[^\s\"'{},]+))")
_HASH = regex(r"(?P<name>[^#]+)#L(?P<first>\d+)(?P<dash>-)?(?:L?(?P<last>\d+))?")
_REGION = regex(r"#\s*(?P<end>end)?region\b[ \t]*(?P<name>[\w.-]*)|</?(?P<tag>[\w.-]+)>\s*(?:-->|\*/)?\s*$")
TEXTS = (".md", ".mdx", ".markdown", ".txt")
FOLDERS = ("", "docs", "src", "includes", "snippets")
"""Folders of the book in which these systems look, besides the folder of the chapter."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with includes of these forms resolved."""
    if not _SUSPECT.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _edits(page: Passage, context: Context) -> list[Edit]:
    edits: list[Edit] = []
    for number, row in enumerate(page.rows):
        if not _SUSPECT.search(row.text):
            continue
        sort = page.source.sorts[number]
        start = page.block_start(number)
        typed = row.text[start - page.starts[number] :].strip()
        for form in FORMS:
            if sort is Sort.CODE and not (form.within_code and "mkdocs" in context.library.names):
                continue
            if sort is Sort.FENCE or (sort is Sort.COMMENT and not form.comment):
                continue
            if (match := form.pattern.fullmatch(typed)) is not None:
                edits.append(_edit(page, start, form, match, context))
                break
    edits += _plugin_edits(page, context)
    for fence in page.source.fences:
        match = _FILE.search(fence.info)
        inside = page.rows[fence.line + 1 : fence.end - 1 if fence.closed else fence.end]
        if match is not None and all(row.is_blank for row in inside):
            edits += _filled(page, fence.line, fence.line + 1 + len(inside), match, context)
    return edits


def _edit(page: Passage, start: int, form: Form, match: re.Match[str], context: Context) -> Edit:
    """Return the edit that inserts the file at the offset *start*, up to the end of the line."""
    number, column = page.at(start)
    row, groups = page.rows[number], match.groupdict()
    end = page.starts[number] + len(row.text)
    name = match["name"].strip()
    context.take(match[0])
    rows = _file(row, name, context, column)
    if rows is None:
        indent = page.indent(start)
        return Edit(start=start, end=end, new=(row.made(f"{indent}{posixpath.basename(name)}"),), block=True)
    region = (groups.get("part") or "").lstrip("#") or groups.get("region") or ""
    rows = chosen(rows, groups.get("lines") or "", region)
    indent = page.indent(start)
    if form.code:
        suffix = posixpath.splitext(name)[1].lstrip(".").lower()
        language = groups.get("language") or LANGUAGES.get(suffix, suffix)
        title = f' title="{groups["title"]}"' if groups.get("title") else ""
        body = indented(dedented(rows), indent)
        new = [row.made(indent), *fenced(body, language + title, row, indent), row.made(indent)]
    elif page.source.sorts[number] is Sort.CODE or not name.lower().endswith(TEXTS):
        new = indented(rows, indent)
    else:
        whole = rows if region or groups.get("lines") else without_front_matter(rows)
        inner = Passage(page.manuscript, whole)
        read = inner.edited(_edits(inner, context)) or whole
        new = [row.made(indent), *indented(read, indent), row.made(indent)]
    return Edit(start=start, end=end, new=tuple(new), block=True)


def _plugin_edits(page: Passage, context: Context) -> list[Edit]:
    """Return the edits for the include plugin of MkDocs; outside MkDocs, its plain `include` is another system's tag."""
    edits = []
    for match in _PLUGIN.finditer(page.text):
        in_code = not page.visible[slice(*match.span("tag"))].strip()
        gitbook = ".gitbook/includes/" in match["name"] and not in_code
        if (not match["markdown"] or in_code) and not gitbook and "mkdocs" not in context.library.names:
            continue
        if match["markdown"] and in_code:
            continue
        at = match.start("name")
        number, column = page.at(at)
        if in_code and not is_there(page.rows[number], match["name"], context, FOLDERS):
            continue  # an example
        rows = included(page.rows[number], match["name"], context, folders=FOLDERS, at=column)
        context.take(match[0])
        if rows is None:
            new = [page.made(page.indent(match.start("tag")) + posixpath.basename(match["name"]), match.start("tag"))]
        else:
            _, options = arguments(match["rest"])
            rows = _between(rows, options.get("start", ""), options.get("end", ""))
            if match["markdown"] or gitbook:
                inner = Passage(page.manuscript, without_front_matter(rows))
                rows = inner.edited(_edits(inner, context)) or inner.rows
            new = indented(rows, page.indent(match.start("tag")))
        edits.append(
            Edit(start=match.start("tag"), end=match.end(), new=tuple(new) or (page.made("", at),), block=True)
        )
    return edits


def _between(rows: Sequence[Row], start: str, end: str) -> list[Row]:
    """Return the lines after the one that contains *start*, and before the one that contains *end*; empty strings select all."""
    first = next((number for number, row in enumerate(rows, 1) if start and start in row.text), 0)
    last = next((number for number in range(first, len(rows)) if end and end in rows[number].text), len(rows))
    return list(rows[first:last])


def _file(row: Row, name: str, context: Context, at: int) -> list[Row] | None:
    """Return the lines of the file *name*, included at the offset *at* of *row*; `@/` and `~/` refer to the folder of the site."""
    name = re.sub(r"^(?:@|~|<rootDir>|\{\{.*\}\})/", "/", name)
    folders = [*FOLDERS]
    if name.startswith("../"):  # FastAPI's paths begin in the folder of mkdocs.yml, above that of the pages
        steps = posixpath.dirname(row.origin.path).split("/")
        folders += ["/".join(steps[:count]) for count in range(len(steps) - 1, 0, -1)]
    return included(row, name, context, folders=folders, at=at)


def _filled(page: Passage, opening: int, closing: int, match: re.Match[str], context: Context) -> list[Edit]:
    """Return the edits that insert the file of an empty block of code into it."""
    row = page.rows[opening]
    name = next(match[key] for key in ("double", "single", "bare") if match[key])
    hashed = _HASH.fullmatch(name)
    rows = _file(row, hashed["name"] if hashed else name, context, len(row.lead))
    if rows is None:
        return []
    context.take(match[0])
    lines = ""
    if hashed:
        lines = f"{hashed['first']}-{hashed['last'] or ('' if hashed['dash'] else hashed['first'])}"
    rows = chosen(rows, lines, "")
    at = page.starts[opening] + row.text.rindex(match[0])
    body = indented(dedented(rows), page.indent(page.starts[opening]))
    first = page.starts[opening + 1] if opening + 1 < len(page.rows) else len(page.text)
    last_ = page.starts[closing] if closing < len(page.rows) else len(page.text)
    return [
        Edit(start=at, end=at + len(match[0]), new=(page.made("", at),)),
        Edit(start=first, end=last_, new=tuple(body), block=True),
    ]


def chosen(rows: Sequence[Row], lines: str, region: str) -> list[Row]:
    """Return the lines of a file that a range such as `2-5`, `3,` or `2,4-6`, or the name of a region, selects.

    VitePress writes a range with a comma, `{1,10}`. Marks of regions are removed.
    """
    rest = list(rows)
    if region:
        rest = _region(rest, region)
    if (span := re.fullmatch(r"(\d*)([-,])(\d*)", "".join(lines.split()))) is not None:
        rest = rest[max(0, int(span[1] or 1) - 1) : int(span[3]) if span[3] else None]
    elif lines.strip():
        numbers: list[int] = []
        for piece in lines.split(","):
            first, dash, last = (text.strip() for text in piece.replace(":", "-").partition("-"))
            start = int(first or 1)
            numbers += range(start, (int(last) if last else len(rest) if dash else start) + 1)
        rest = [rest[number - 1] for number in dict.fromkeys(numbers) if 0 < number <= len(rest)]
    return [row for row in rest if not re.search(r"#\s*(?:end)?region\b", row.text)]


def _region(rows: Sequence[Row], name: str) -> list[Row]:
    """Return the lines between the marks of the region *name*, else the section of that name; all lines if there is neither."""
    inside: list[Row] = []
    depth = 0
    for row in rows:
        mark = _REGION.search(row.text)
        if depth and mark is not None and (mark["end"] or (mark["tag"] == name and "</" in row.text)):
            if not mark["name"] or mark["name"] == name or mark["tag"] == name:
                return inside
        elif not depth and mark is not None and name in (mark["name"], mark["tag"]):
            depth = 1
            continue
        if depth:
            inside.append(row)
    return inside or list(embeds.section(rows, name)) or list(rows)
