"""Markdoc, as Redocly and others write it: tags `{% callout type="note" %}` … `{% /callout %}` as the components of other sites, and its tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from book.dialects.context import Context, value_of, words
from book.dialects.directive_tables import made_of
from book.dialects.includes import included, indented, is_there, without_front_matter
from book.dialects.rows import Row
from book.dialects.tags import UNREAD, Edit, Passage, pair
from book.dialects.tags import Tag as Named
from book.markdown import lines
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_REST = r"(?:\"(?:\\.|[^\"\\\n])*\"|(?!/?\s*%\}|\{%)[^\"])*?"
_TAG = regex(
    rf"\{{%-?\s*(?:(?P<slash>/)\s*)?(?P<name>[a-zA-Z][\w-]*(?![\w-]*\s*=))?(?P<rest>{_REST})(?P<self>/)?\s*-?%\}}"
)
_VALUE = regex(
    r"(?<![\w.$-])(?P<key>[a-zA-Z][\w-]*)\s*=\s*(?:\"(?P<text>(?:\\.|[^\"\\])*)\"|(?P<bare>-?\d[\d.]*|true))"
)
_PRIMARY = regex(r"\s*\"(?P<text>[^\"]*)\"")
_ID = regex(r"(?:(?<=\s)|^)#(?P<id>[\w-]+)|\bid\s*=\s*\"(?P<named>[\w-]+)\"")
_ITEM = regex(r"(?P<lead>[ \t]*)[*-][ \t]+(?P<text>.*)")
_SIGN = regex(r"(?<!\{)\{%\s*/\w|(?<=[\s\"])/%\}(?!\})")
NAMES: Mapping[str, str] = {
    "quick-link": "LinkCard", "link-card": "LinkCard", "button": "LinkButton", "img": "Image", "figure": "Image", "tab-item": "TabItem",
    "accordion-item": "AccordionItem",
}  # fmt: skip
FOLDERS = ("partials", "_partials", "markdoc/partials", "src/partials", "components")
DEEPEST = 10


def is_of(text: str) -> bool:
    """Return whether a chapter shows that it is Markdoc: the templates of no other system have such ends of tags.

    >>> is_of("{% note %}a{% /note %}"), is_of("{% image src='a' /%}"), is_of("{% if a %}b{% endif %}{{% /x %}} `{% /x %}`")
    (True, True, False)
    """
    return "{%" in text and _SIGN.search(text) is not None and _SIGN.search(lines.read(text).visible) is not None


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with its tags as components, its annotations as attributes of headings or nothing, and its tables as tables."""
    for _ in range(DEEPEST):
        if "{%" not in manuscript.text:
            return manuscript
        page = Passage(manuscript)
        made = page.with_edits([*_outer(page, context)])
        if made is manuscript:
            break
        manuscript = made
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _tags(page: Passage) -> list[re.Match[str]]:
    return [match for match in _TAG.finditer(page.text) if page.visible[match.start()] == "{"]


def _outer(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits for what stands between two tags as a whole: comments, conditions, tables; and for files that are included."""
    matches = _tags(page)
    named = [
        Named(name=match["name"] or "", start=match.start(), end=match.end(), closing=bool(match["slash"]))
        for match in matches
    ]
    opened = [at for at, match in enumerate(matches) if match["name"] and not match["self"]]
    pairs = {opened[at]: opened[end] for at, end in pair([named[at] for at in opened]).items()}
    done = 0
    for at, match in enumerate(matches):
        name, start = match["name"], match.start()
        end = matches[pairs[at]] if at in pairs else None
        if start < done or match["slash"]:
            continue
        if name == "partial" and (file := _values(match["rest"]).get("file")):
            yield _partial(page, match, file, context)
            done = match.end()
        elif name in ("comment", "table", "if") and end is not None:
            done = end.end()
            context.take(page.text[start:done] if name == "comment" else f"{match[0]} {end[0]}")
            if name == "comment":
                yield Edit(start=start, end=done, new=(page.made("", start),))
            elif name == "if":
                inner = [other for other in matches[at + 1 : pairs[at]] if other["name"] == "else"]
                other = inner[0] if inner else None
                message = f"the condition {match[0][:60]} is never evaluated; what depends on it is printed"
                page.tell(context, UNREAD, start, message, "remove the condition, or what depends on it")
                yield Edit(start=start, end=match.end(), new=(page.made("", start),))
                first = other.start() if other else end.start()
                context.take(page.text[first : end.start()])
                yield Edit(start=first, end=end.end(), new=(page.made("", first),))
            else:
                rows = _table(page, match.end(), end.start(), context)
                yield Edit(start=start, end=end.end(), new=tuple(rows), block=True)


def _partial(page: Passage, match: re.Match[str], file: str, context: Context) -> Edit:
    """Return the edit for a file that is included."""
    row, column = page.row(match.start()), page.at(match.start())[1]
    folder = next((folder for folder in FOLDERS if is_there(row, f"/{folder}/{file}", context, ())), "")
    rows = included(row, f"/{folder}/{file}" if folder else file, context, at=column)
    context.take(match[0])
    shown = without_front_matter(rows) if rows else [page.made("" if rows == [] else file, match.start())]
    new = indented(shown, page.indent(match.start()))
    return Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()), *new), block=True)


def _table(page: Passage, start: int, end: int, context: Context) -> list[Row]:
    """Return the lines of a table whose rows are lists, parted by `---`; the first one is its head."""
    inside = [row for row in page.between(start, end) if not row.is_blank]
    if not any(_ITEM.fullmatch(row.text) for row in inside):
        return page.between(start, end)
    first = page.made("", start)
    cells: list[list[list[Row]]] = []
    for is_rule, group in itertools.groupby(inside, key=lambda row: row.text.strip() == "---"):
        if is_rule:
            continue
        cells.append([])
        lead: int | None = None
        for row in group:
            item = _ITEM.fullmatch(row.text)
            if item and (lead is None or row.indent <= lead):
                lead = row.indent if lead is None else lead
                cells[-1].append([_unmarked(row.cut(item.start("text")), context)])
            elif cells[-1]:
                cells[-1][-1].append(_unmarked(row.dedented((lead or 0) + 2), context))
    return [first, *made_of(cells, 1, first, ""), first]


def _unmarked(row: Row, context: Context) -> Row:
    """Return a line of a cell without its annotations."""
    match = re.search(r"\{%\s*(?:[#.][^{}%]*|[\w-]+\s*=[^{}%]*)%\}", row.text)
    if match is None:
        return row
    context.take(match[0])
    words_before = row.text[: match.start()].rstrip()
    words_behind = row.text[match.end() :].lstrip()
    return row.cut(0, len(words_before)) if words_before else row.cut(len(row.text) - len(words_behind))


def _edits(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits for each tag by itself."""
    for match in _tags(page):
        start, end = match.span()
        name, rest = match["name"], match["rest"]
        context.take(match[0])
        if not name and rest.lstrip().startswith("$"):
            value = _variable(rest.strip().lstrip("$"), context)
            if value is None:
                message = f"'{match[0][:60]}' is known only to the site; it is left out"
                page.tell(context, UNREAD, start, message, "write what it prints")
            context.taken.subtract(words(value or ""))
            yield Edit(start=start, end=end, new=(page.made(value or "", start),))
        elif not name:
            row = page.row(start)
            identity = _ID.search(rest.strip())
            text = (
                f"{{#{identity['id'] or identity['named']}}}" if identity and row.text.lstrip().startswith("#") else ""
            )
            context.taken.subtract(words(text))
            yield Edit(start=start, end=end, new=(page.made(text, start),))
        else:
            tag = _tag(match)
            context.taken.subtract(words(tag))
            alone = page.is_alone(start, end) and page.source.sorts[page.at(start)[0]] is not Sort.CODE
            made, blank = page.made(page.indent(start) + tag if alone else tag, start), page.made("", start)
            yield Edit(start=start, end=end, new=(blank, made, blank) if alone else (made,), block=alone)


def _values(rest: str) -> dict[str, str]:
    values = {
        match["key"]: match["bare"] or re.sub(r"\\(.)", r"\1", match["text"] or "") for match in _VALUE.finditer(rest)
    }
    primary = _PRIMARY.match(rest)
    return {"title": primary["text"], **values} if primary else values


def _tag(match: re.Match[str]) -> str:
    """Return a tag of a component for a tag of Markdoc."""
    name = NAMES.get(match["name"]) or "".join(
        piece[:1].upper() + piece[1:] for piece in re.split("[-_]", match["name"])
    )
    if match["slash"]:
        return f"</{name}>"
    values = _values(match["rest"])
    if match["name"] in ("admonition", "callout") and "name" in values:
        values["title"] = values.pop("name")
    typed = "".join(f' {key}="{value}"' for key, value in values.items() if '"' not in value)
    return f"<{name}{typed}{' /' if match['self'] else ''}>"


def _variable(name: str, context: Context) -> str | None:
    """Return the value of a variable, if the front matter of the chapter has it."""
    stem, _, rest = name.partition(".")
    if stem not in ("frontmatter", "markdoc") or not rest:
        return None
    return value_of(rest.removeprefix("frontmatter."), context.manuscript.front.values)
