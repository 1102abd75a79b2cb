"""Syntax of Python-Markdown and PyMdown other than boxes: `/// note` blocks, abbreviations, icons, CriticMarkup and `[TOC]`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.quotations import begun, in_quotations, inside_item
from book.dialects.rows import Row, rows_of, with_rows
from book.dialects.tags import UNREAD, Edit, Passage
from book.markdown.callouts import is_known
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity

COMMENTS = Kind("G153", Severity.NOTE, "reviewers' comments, which are not printed")

_OPEN = regex(r"(?P<indent>[ \t]*)(?P<mark>/{3,})[ \t]*(?P<name>[a-z][\w-]*)[ \t]*(?:\|[ \t]*(?P<title>\S.*?))?[ \t]*$")
_ITEM = regex(rf"[ \t]*(?:{LIST_MARKER}[ \t]+)+(?=/{{3}})")
_CLOSE = regex(r"[ \t]*(/{3,})[ \t]*$")
_OPTION = regex(r"[ \t]{4,}([\w-]+):[ \t]*(.*?)[ \t]*$")
_ABBREVIATION = regex(r"(?m:^)[ ]{0,3}\*\[(?P<name>[^\]\n]+)\]:[ \t]*(?P<text>[^\n]+)$", re.MULTILINE)
_ICON = regex(
    r"(?<![\w:]):(?:material|octicons|fontawesome-(?:solid|regular)|fontawesome|simple)-(?P<name>[a-z0-9-]+?)(?:-(?:12|16|24))?:(?:\{[^{}\n]*\})?[ ]?"
)
SIGNS = {
    ("check", "check-bold", "check-all", "check-circle", "check-circle-outline", "checkbox-marked", "checkbox-marked-circle",
     "checkbox-marked-circle-outline", "check-decagram", "check-circle-fill", "circle-check", "square-check"): "✓",
    ("close", "close-thick", "close-circle", "close-circle-outline", "close-box", "close-outline", "cancel", "x",
     "x-circle", "x-circle-fill", "xmark", "circle-xmark", "square-xmark", "times", "times-circle"): "✗",
}  # fmt: skip
"""Icons that say yes or no, mostly alone in a cell of a table -> the sign in their place."""
_CONTENTS = regex(
    r"^[ \t]*(?:\[TOC\]|\[\[_?toc_?\]\]|@\[toc\](?:\([^()\n]*\))?|\$\{toc\}|\{\{toc(?::[\d-]+)?\}\}|(?P<tags>\[TAGS\]))[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_CRITIC = regex(
    r"\{\+\+(?P<added>[^{}\n]+?)\+\+\}|\{--(?P<removed>[^{}\n]+?)--\}|\{==(?P<marked>[^{}\n]+?)==\}|\{>>(?P<comment>[^{}\n]*?)<<\}"
    r"|\{~~(?P<old>[^{}\n]*?)~>(?P<new>[^{}\n]*?)~~\}"
)
_PROGRESS = regex(
    r"\[=[ \t]*(?P<value>\d+(?:\.\d+)?(?:%|/\d+))(?:[ \t]+\"(?P<words>[^\"\n]*)\")?[ \t]*\](?:\{[^{}\n]*\})?"
)
_INSERTED = regex(r"(?<![\w^\\])\^\^(?=[^\s^])(?P<added>[^^\n]+)(?<=[^\s^])\^\^(?![\w^])")
KEY = "abbreviations"
"""The table of abbreviations in front matter, and among the parameters of a MyST site."""
LONGEST = 2_000
"""The columns of a line in which abbreviations are searched."""
_SUSPECT = regex(
    r"\*\[|:(?:material|octicons|fontawesome|simple)-|\{(?:\+\+|--|==|>>|~~)|\^\^|\[=|\[TOC\]|\[\[_?toc|@\[toc|\$\{toc\}|\{\{toc|\[TAGS\]",
    re.IGNORECASE,
)
_HIGHLIGHTED = regex(r"(?<!`)`(?P<mark>#![\w+-]+[ ]+)(?=[^`\n]+`(?!`))")
SYMBOLIC = "smartsymbols"
"""The name of the extension that writes signs for letters: ``(c)``, ``-->``."""
SYMBOLS = {
    "(c)": "©", "(tm)": "™", "(r)": "®", "c/o": "℅", "+/-": "±", "=/=": "≠", "-->": "→", "<--": "←", "<-->": "↔",
    "1/4": "¼", "1/2": "½", "3/4": "¾", "1/3": "⅓", "2/3": "⅔", "1/8": "⅛", "3/8": "⅜", "5/8": "⅝", "7/8": "⅞",
}  # fmt: skip
_SYMBOL = regex(
    r"(?<![\w\]/=<-])(?:\((?:c|tm|r)\)|c/o|\+/-|=/=|<-->|-->|<--(?!>)|(?:1/[2348]|2/3|3/4|[357]/8))(?![\w/=>-])|(?<=\w)\((?:c|tm|r)\)(?!\w)"
)
_TAGS = {"added": "ins", "removed": "del", "marked": "mark", "old": "del", "new": "ins"}


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with this syntax as boxes and HTML; icons and tables of contents are left out."""
    if "///" in manuscript.text:
        manuscript = with_rows(manuscript, _blocks(rows_of(manuscript), context))
    if "mkdocs" in context.library.names and "`#!" in manuscript.text:
        manuscript = _without_languages(manuscript, context)
    if SYMBOLIC in context.library.names:
        manuscript = _with_symbols(manuscript, context)
    if not _SUSPECT.search(manuscript.text) and not _in_settings(context):
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(
        [
            *_progress(page, context),
            *_icons(page, context),
            *_contents(page, context),
            *_marks(page, context),
            *_abbreviations(page, context),
        ]
    )


def _with_symbols(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with signs for the letters that stand for them."""
    if not _SYMBOL.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    lines = page.source.sorts
    matches = (match for match in _SYMBOL.finditer(page.visible) if lines[page.at(match.start())[0]] is Sort.TEXT)
    return page.with_texts(context, [(*match.span(), SYMBOLS[match[0]]) for match in matches])


def _without_languages(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without the languages of code in sentences, `` `#!python x` ``."""
    page = Passage(manuscript)
    spans = (
        match.span("mark")
        for match in _HIGHLIGHTED.finditer(page.text)
        if page.source.sorts[page.at(match.start())[0]] is Sort.TEXT
    )
    return page.with_texts(context, ((start, end, "") for start, end in spans))


def _blocks(typed: Sequence[Row], context: Context) -> list[Row]:
    """Return the lines *typed* with blocks between slashes as boxes; one that is never closed stays as it is."""
    rows = in_quotations(typed, "///", lambda inside: _blocks(inside, context))
    source = boxes.structure(rows)
    ends = _ends(rows, [boxes.is_text(source, number) for number in range(len(rows))])
    result: list[Row] = []
    closing: dict[int, tuple[str, bool]] = {}
    skip = 0
    for number, row in enumerate(rows):
        if number < skip:
            continue
        if number in closing:
            indent, is_box = closing.pop(number)
            result += boxes.closed(row, indent) if is_box else [row.made(indent)]
        elif number in ends and (match := _OPEN.match((inner := inside_item(row, _ITEM)).text)) is not None:
            options: dict[str, str] = {}
            skip = number + 1
            while skip < len(rows) and (option := _OPTION.match(rows[skip].text)) is not None:
                options[option[1]] = option[2]
                context.take(rows[skip].text)
                skip += 1
            context.take(match["name"])
            name = _name(match["name"], options)
            closing[ends[number]] = match["indent"], bool(name)
            title = inner.cut(*match.span("title")) if match["title"] else None
            if name:
                opening = boxes.opened(inner, name, title, indent=match["indent"])
            else:
                context.take(match["title"] or "")
                opening = [inner.made(match["indent"])]
            result += opening if inner is row else begun(row.cut(0, len(match["indent"])), opening)
        else:
            result.append(row)
    return result


def _ends(rows: Sequence[Row], is_text: list[bool]) -> dict[int, int]:
    """Return for each line that opens a block the line that closes it."""
    stack: list[tuple[int, str]] = []
    ends: dict[int, int] = {}
    for number, row in enumerate(rows):
        if not is_text[number] or "///" not in row.text:
            continue
        if (close := _CLOSE.match(row.text)) is not None:
            if stack and stack[-1][1] == close[1]:
                ends[stack.pop()[0]] = number
        elif (match := _OPEN.match(inside_item(row, _ITEM).text)) is not None:
            stack.append((number, match["mark"]))
    return ends


def _name(name: str, options: dict[str, str]) -> str:
    """Return the class of the box for a block called *name*; empty for one that only contains others."""
    if name == "tab":
        return boxes.PANEL
    kind = options.get("type", "") if name in ("admonition", "details") else name
    if name == "details" and not is_known(kind):
        return boxes.PANEL
    return boxes.CALLOUT + kind if is_known(kind) else boxes.CALLOUT + "note" if name == "admonition" else ""


def _icons(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _ICON.finditer(page.visible):
        context.take(match[0])
        if sign := next((sign for names, sign in SIGNS.items() if match["name"] in names), ""):
            blank = " " if match[0].endswith(" ") else ""
            yield Edit(start=match.start(), end=match.end(), new=(page.made(sign + blank, match.start()),))
            continue
        message = f"'{match[0].split('{')[0].strip()}' is an icon of the author's site; icons are left out"
        context.tell_once(UNREAD, page.place(match.start()), "icon", message, "write what it says in words")
        yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))


def _progress(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield bars of progress as their words, else as their value."""
    for match in _PROGRESS.finditer(page.visible):
        context.take(match[0])
        words = page.text[slice(*match.span("words"))] if match["words"] else match["value"]
        yield Edit(start=match.start(), end=match.end(), new=(page.made(words, match.start()),))


def _contents(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the removal of placeholders for a table of contents, which every edition has, and for a list of tags."""
    for match in _CONTENTS.finditer(page.visible):
        if match["tags"] and "mkdocs" not in context.library.names:
            continue
        context.take(match[0])
        yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))


def _marks(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield insertions, deletions and highlights as HTML; reviewers' comments are not printed, and counted in one message."""
    comments: list[int] = []
    for match in (*_CRITIC.finditer(page.visible), *_INSERTED.finditer(page.visible)):
        if page.source.sorts[page.at(match.start())[0]] is not Sort.TEXT:
            continue
        groups = {name: match.span(name) for name, text in match.groupdict().items() if text and name in _TAGS}
        context.take((match.groupdict().get("comment") or "") if not groups else "")
        if (match.groupdict().get("comment") or "").strip():
            comments.append(match.start())
        at, tags = match.start(), ""
        for name, (start, end) in groups.items():
            yield Edit(start=at, end=start, new=(page.made(f"{tags}<{_TAGS[name]}>", at),))
            at, tags = end, f"</{_TAGS[name]}>"
        yield Edit(start=at, end=match.end(), new=(page.made(tags, at),))
    if comments:
        times = f" ({len(comments)} in this chapter)" if len(comments) > 1 else ""
        message = f"reviewers' comments between {{>> and <<}} are left out{times}"
        context.tell(COMMENTS, page.place(comments[0]), message, "answer and remove it, or write it as text or a note")


def _abbreviations(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the removal of definitions of abbreviations, and the expansion of each at its first use; the chapter's own come before the site's."""
    meanings: dict[str, str] = {}
    lines = set()
    for match in _ABBREVIATION.finditer(page.visible):
        context.take(page.text[slice(*match.span())])
        text = page.text[slice(*match.span("text"))].replace("`", "")
        meanings.setdefault(match["name"], html.escape(text.strip()))
        lines.add(page.at(match.start())[0])
        yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))
    meanings = {**_in_settings(context), **meanings}
    if not meanings:
        return
    names = "|".join(map(re.escape, sorted(meanings, key=len, reverse=True)))
    for use in re.finditer(rf"(?<![\w\[/.-])(?:{names})(?![\w\]/-])", page.visible):
        number, column = page.at(use.start())
        if use[0] not in meanings or number in lines or page.source.sorts[number] is not Sort.TEXT or column > LONGEST:
            continue
        left = page.text[page.starts[number] : use.start()]
        is_inside = any(left.count(mark) != left.count(end) for mark, end in ("[]", "()", "<>"))
        if is_inside or left.lstrip().startswith("#"):
            continue
        meaning = meanings.pop(use[0])
        yield Edit(start=use.start(), end=use.start(), new=(page.made(f'<abbr title="{meaning}">', use.start()),))
        yield Edit(start=use.end(), end=use.end(), new=(page.made("</abbr>", use.end()),))
        if not meanings:
            return


def _in_settings(context: Context) -> dict[str, str]:
    """Return the meanings of the abbreviations in the settings of a MyST site and in the front matter of a chapter, as HTML."""
    if "myst" not in context.library.names:
        return {}
    front = context.manuscript.front.values
    tables = (values.get(KEY) for values in (context.library.parameters, front))
    meanings = {name: value for table in tables if isinstance(table, Mapping) for name, value in table.items()}
    return {
        name: html.escape(" ".join(value.split()))
        for name, value in meanings.items()
        if isinstance(value, str)
        and value.strip()
        and len(name) > 1  # without a value, one of the site is switched off
    }
