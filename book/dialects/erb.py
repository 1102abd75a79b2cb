"""ERB, the templates of Middleman: `<%= partial 'x' %>`, `<%= warning_text('…') %>`, `<%= current_page.data.title %>`; nothing is run.

What only running it would print is left out and reported, and the content of conditions is kept, as in :mod:`book.dialects.liquid`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from book.dialects import boxes
from book.dialects.context import Context, value_of
from book.dialects.includes import included, indented, is_there, without_front_matter
from book.dialects.rows import Row
from book.dialects.tags import UNREAD, Edit, Passage, arguments
from book.model import Manuscript
from book.patterns import regex

_TOKEN = regex(r"<%(?P<sort>%|#|==?|-)?(?P<code>.{0,2000}?)(?:-?%>)", re.S)
_CALL = regex(r"(?P<name>[a-z_]\w*)[ \t]*(?:\((?P<inside>.*)\)|[ \t](?P<bare>.*)|)", re.S)
_HASH = regex(r"\b(?:locals|data|html)[ \t]*:[ \t]*\{|[{}]")
_NAMED = regex(r":(?P<old>\w+)[ \t]*=>[ \t]*(?=[\"'\d])|(?P<new>\b\w+):[ \t]+(?=[\"'\d])")
_SYMBOL = regex(r"^[ \t]*:(?=[\w\"'])")
_KEY = regex(r"\[[ \t]*(?::|\"|')(?P<key>\w+)[\"']?[ \t]*\]")
_SAFE = regex(r"\.(?:html_safe|to_s|strip)$")
_OPENS = regex(r"(?:if|unless|case|while|until|for|begin)\b|.*\bdo\b[ \t]*(?:\|[^|]*\|)?", re.S)
_CONDITION = regex(r"(?:if|unless|case)\b")
_BRANCH = regex(r"(?:else|elsif|when|in|rescue|ensure)\b")
_END = regex(r"end\b")
_LOOP = regex(r"(?:while|until|for)\b|.*\.(?:each\w*|times|map)\b|(?:content_for|capture)\b", re.S)
"""What stands above text that is a template, not the author's words, or that is printed in another place."""
_SETS = regex(r"@?\w+[ \t]*(?:\|\|)?=(?!=)")
ENDINGS = (".md.erb", ".html.md.erb", ".markdown.erb", ".md", ".html.md", ".markdown")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* as its template would print it, as far as that is known without running it."""
    if "<%" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context, {}))


def _edits(page: Passage, context: Context, values: Mapping[str, str]) -> list[Edit]:
    """Return the edits for the tags of *page*; *values* are those that the page which includes it passes on."""
    edits: list[Edit] = []
    unread: dict[str, list[re.Match[str]]] = {}
    tokens = list(_TOKEN.finditer(page.text))
    dropped = _dropped(page, tokens, context)
    for match in tokens:
        start, end = match.span()
        if any(first <= start < last for first, last in dropped):
            continue
        if match["sort"] == "%":
            edits.append(_text(page, start, start + 3, "<%"))
            continue
        code = match["code"].strip()
        if not page.visible[start:end].strip():
            if match["sort"] != "#" and page.language(start) not in (None, "", "erb", "html", "ruby"):
                page.tell_in_code(context, start, end, "ERB tag")
            continue
        context.take(match[0])
        edit = _printed(page, match, code, context, values) if (match["sort"] or "").startswith("=") else None
        if edit is None:
            if not _is_silent(match["sort"] or "", code):
                unread.setdefault(code, []).append(match)
            edit = _text(page, start, end, "")
        edits.append(edit)
    for places in unread.values():
        times = f" ({len(places)} times in this chapter)" if len(places) > 1 else ""
        message = f"'{' '.join(places[0][0].split())[:60]}' is known only to the site; it is left out{times}"
        page.tell(context, UNREAD, places[0].start(), message, "write what it prints")
    edits += (Edit(start=start, end=end, new=(page.made("", start),)) for start, end in dropped)
    return edits


def _text(page: Passage, start: int, end: int, text: str) -> Edit:
    return Edit(start=start, end=end, new=(page.made(text, start),))


def _is_silent(sort: str, code: str) -> bool:
    """Return whether a tag that prints nothing needs no message: a comment, a condition, a value that is set."""
    if sort == "#":
        return True
    silent = _CONDITION.match(code) or _BRANCH.match(code) or _END.match(code) or _SETS.match(code)
    return not code or (not sort.startswith("=") and silent is not None)


def _dropped(page: Passage, tokens: list[re.Match[str]], context: Context) -> list[tuple[int, int]]:
    """Return the spans of loops and of what is printed elsewhere, which are left out with their content; each is reported."""
    spans: list[tuple[int, int]] = []
    stack: list[re.Match[str]] = []
    for match in tokens:
        code = match["code"].strip()
        if match["sort"] in ("%", "#") or not page.visible[slice(*match.span())].strip():
            continue
        if _END.match(code) and stack:
            first = stack.pop()
            if _LOOP.match(first["code"].strip()):
                spans = [span for span in spans if span[0] < first.start()]
                spans.append((first.start(), match.end()))
        elif _OPENS.fullmatch(code) or _CONDITION.match(code):
            stack.append(match)
    for start, end in spans:
        context.take(page.text[start:end])
        message = f"'{' '.join(page.text[start:end].split())[:40]}' is known only to the site; it is left out with its content"
        page.tell(context, UNREAD, start, message, "write what it prints")
    return spans


def _printed(
    page: Passage, match: re.Match[str], code: str, context: Context, values: Mapping[str, str]
) -> Edit | None:
    """Return the edit for an expression; None if its value is not known."""
    start, end = match.span()
    code = _SAFE.sub("", code)
    text = _value(code, context, values)
    if text is not None:
        return _text(page, start, end, text) if context.has_room(text) else None
    call = _CALL.fullmatch(code)
    if call is None or _OPENS.fullmatch(code):
        return None
    words, named = _arguments(call["inside"] or call["bare"] or "")
    first, second = (*words, "", "")[:2]
    if call["name"] in ("partial", "render") and first:
        return _partial(page, match, first, named, context)
    if call["name"] == "warning_text" and first:
        return _warning(page, match, first)
    if call["name"] == "link_to" and first and second:
        return _text(page, start, end, f"[{first}](<{second}>)")
    if call["name"] == "mail_to" and first:
        return _text(page, start, end, f"[{second or first}](mailto:{first})")
    if call["name"] == "image_tag" and first:
        address = first if "/" in first else f"/images/{first}"
        return _text(page, start, end, f"![{named.get('alt', '')}](<{address}>)")
    return None


def _value(code: str, context: Context, values: Mapping[str, str]) -> str | None:
    """Return the value of an expression that is a name; None if it is anything else, or the name is not known."""
    if re.fullmatch(r"\"[^\"#]*\"|'[^']*'", code):
        return code[1:-1]
    name = _KEY.sub(lambda match: f".{match['key']}", code)
    if re.fullmatch(r"\w+(?:\.\w+)*", name) is None:
        return None
    if name in values:
        return values[name]
    front = context.manuscript.front
    if name in ("current_page.data.title", "current_resource.data.title"):
        return front.title
    for prefix in ("current_page.data.", "current_resource.data."):
        if name.startswith(prefix):
            return value_of(name.removeprefix(prefix), front.values)
    return value_of(name.removeprefix("config."), context.library.parameters) if name.startswith("config.") else None


def _arguments(text: str) -> tuple[list[str], dict[str, str]]:
    """Return the texts that a call gets, and those that it gets by name.

    >>> _arguments("'a, b', 'c', class: 'd', :alt => 'e'")
    (['a, b', 'c'], {'class': 'd', 'alt': 'e'})
    >>> _arguments(":expires")
    (['expires'], {})
    """
    pieces = re.split(r"(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')", _SYMBOL.sub("", text))
    for at in range(0, len(pieces), 2):
        outside = _HASH.sub(" ", pieces[at])
        follows = f"{outside}'" if at + 1 < len(pieces) else outside  # a name stands before a text
        outside = _NAMED.sub(lambda name: f"{name['old'] or name['new']}=", follows)
        pieces[at] = (outside[:-1] if at + 1 < len(pieces) else outside).replace(",", " ")
    words, named = arguments("".join(pieces))
    return list(words), named


def _partial(
    page: Passage, match: re.Match[str], name: str, values: Mapping[str, str], context: Context
) -> Edit | None:
    """Return the edit that inserts a file in Markdown, whose name may begin with ``_``; None if it is a template in HTML, or missing."""
    row = page.row(match.start())
    folders = tuple(_above(posixpath.dirname(context.manuscript.path)))
    path = next((path for path in _names(name) if is_there(row, path, context, folders)), None)
    rows = included(row, path, context, folders=folders, at=page.at(match.start())[1]) if path else None
    if rows is None:
        return None
    inner = Passage(page.manuscript, without_front_matter(rows))
    new = inner.edited(_edits(inner, context, values)) or inner.rows
    blank = page.made("", match.start())
    lines = indented([blank, *new, blank], page.indent(match.start()))
    return Edit(start=match.start(), end=match.end(), new=tuple(lines), block=True)


def _names(name: str) -> Iterator[str]:
    folder, slash, file = name.rpartition("/")
    for stem in (f"{folder}{slash}_{file}", name):
        yield from (stem + ending for ending in ENDINGS)
        if stem.endswith(ENDINGS):
            yield stem


def _above(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = posixpath.dirname(folder)


def _warning(page: Passage, match: re.Match[str], words: str) -> Edit:
    """Return the edit for a box with a warning, as the Tech Docs Template has it."""
    start, end = match.span()
    indent, row = page.indent(start), page.made("", start)
    at = page.text.find(words, start, end)
    body: list[Row] = [page.piece(at, at + len(words))] if at >= 0 and "\n" not in words else []
    body = body or [page.made(line.strip(), start) for line in words.split("\n")]
    opened = boxes.opened(row, f"{boxes.CALLOUT}warning", None, indent=indent)
    lines = (*opened, *indented(body, indent), *boxes.closed(row, indent))
    return Edit(start=start, end=end, new=lines, block=True)
