"""Directives of MyST and Sphinx, ```` ```{note} Title ````, and their forms on paper: boxes, panels, figures, code, formulas, files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from book.dialects import boxes, directive_tables, figures, index_entries, restructured
from book.dialects.citations import list_mark
from book.dialects.context import Context
from book.dialects.definitions import DRAWN, LANGUAGES_OF_CELLS, SINCE, definition, glossary
from book.dialects.file_lines import chosen, shifted
from book.dialects.includes import LANGUAGES, included, indented, without_front_matter
from book.dialects.quotations import begun, unquoted
from book.dialects.roles import reference
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import UNREAD, fenced
from book.markdown.callouts import is_known
from book.markdown.lines import LIST_MARKER
from book.model import Manuscript
from book.patterns import regex
from book.problems import Place

_OPEN = regex(
    r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,}|:{3,})[ \t]*\{(?P<name>[A-Za-z][\w:.+-]*)\}[ \t]*(?P<argument>.*?)[ \t]*$"
)
_ITEM = regex(
    rf"(?P<marks>[ \t]*(?:{LIST_MARKER}[ \t]+)+)(?:\[[ xX]\][ \t]+)?(?=`{{3,}}|~{{3,}}|:{{3,}}\{{)"
)  # of a list, with a fence
_FENCE = regex(r"[ \t]*(`{3,}|~{3,})(.*)$")
_OPTION = regex(r"[ \t]*:([\w-]+):[ \t]*(.*?)[ \t]*$")
_ICON = regex(r"\{(?:octicon|material-\w+|fa[brs]?)\}`[^`]*`")


class Directive(Struct, frozen=True):
    """One directive of a chapter."""

    name: str
    row: Row
    """Its first line."""
    indent: str
    argument: Row
    options: Mapping[str, str]
    body: Sequence[Row]
    marks: str
    context: Context


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with directives in the forms that they have on paper."""
    if not re.search(r"(?:```|~~~|:::)[ \t]*\{[A-Za-z]", manuscript.text):
        return manuscript
    return with_rows(manuscript, _read(rows_of(manuscript), context))


def _read(rows: Sequence[Row], context: Context) -> list[Row]:
    """Return *rows* with the directives among and inside them in the forms that they have on paper."""
    result: list[Row] = []
    at = 0
    fence = ""
    while at < len(rows):
        row = rows[at]
        item = _ITEM.match(row.text) if not fence else None
        if item is not None:  # a fence on the line of an item stands where the text of the item does
            row = join(row.made(" " * item.end("marks")), row.cut(item.end()))
        code = _FENCE.match(row.text)
        if fence:
            fence = "" if code and code[1].startswith(fence) and not code[2].strip() else fence
            result.append(row)
            at += 1
            continue
        if not code and (quotation := unquoted(rows, at)) is not None:
            result += quotation.with_lines(_read(quotation.inside, context))
            at += len(quotation.typed)
            continue
        match = _OPEN.match(row.text)
        form = FORMS.get(match["name"].casefold()) if match else None
        if match is not None and form is None and not _is_box(match["name"]):
            form = _form_of_unknown(row, match, context)
        if match is None or (form is None and not _is_box(match["name"])):
            fence = code[1] if code else ""
            result.append(rows[at])
            at += 1
            continue
        end = _end(rows, at, match["mark"])
        lines = _form(row, match, rows[at + 1 : end], context, form)
        result += begun(rows[at].cut(0, item.end()), lines) if item else lines
        at = end + 1
    return result


def _form_of_unknown(row: Row, match: re.Match[str], context: Context) -> Callable[[Directive], list[Row]] | None:
    """Return how a directive that is not known is shown: its text as Markdown, or None for code and for boxes of other dialects."""
    name, at = match["name"], match.start("name") - 1
    if _is_cell(name, context):
        return None
    if restructured.GENERATED.match(name.casefold()):
        return _generated
    if ":" in name:
        return _described
    if match["mark"][0] == ":":
        return _described if name.casefold().startswith("myst-") else None
    is_code = DRAWN.fullmatch(name.casefold())
    message = f"the directive {{{name}}} is not known; its text is printed{' as code' if is_code else ''}"
    context.tell_once(UNREAD, row.place(at), f"directive {name}", message, "write it as Markdown")
    return None if is_code else _described


def _is_cell(name: str, context: Context) -> bool:
    """Return whether a fence ``{name}`` is code: only books of MyST have directives."""
    return "myst" not in context.library.names or name.casefold() in LANGUAGES_OF_CELLS


def _is_box(name: str) -> bool:
    return is_known(name.rpartition(":")[2])


def _end(rows: Sequence[Row], start: int, mark: str) -> int:
    """Return the index of the line that closes the block opened by line *start*; if none does, the one after the last line."""
    depth = 0
    inner = ""
    for number in range(start + 1, len(rows)):
        text = rows[number].text.strip()
        run = re.match(rf"{re.escape(mark[0])}{{3,}}", text)
        other = re.match(r"`{3,}|~{3,}", text)
        if inner:
            inner = "" if other and other[0].startswith(inner) and text == other[0] else inner
            continue
        if run is None:
            if mark[0] == ":" and other is not None:
                inner = other[0]
            continue
        if text == run[0] and len(run[0]) >= len(mark):
            if not depth or len(run[0]) > len(mark):
                return number
            depth -= 1
        elif text != run[0] and len(run[0]) == len(mark) and mark[0] == ":":
            depth += 1
    return len(rows)


def _form(
    row: Row,
    match: re.Match[str],
    inside: Sequence[Row],
    context: Context,
    form: Callable[[Directive], list[Row]] | None,
) -> list[Row]:
    options: dict[str, str] = {}
    at = 0
    if inside and inside[0].text.strip() == "---":
        end = next((number for number, line in enumerate(inside[1:], 1) if line.text.strip() == "---"), 0)
        for line in inside[1:end]:
            key, _, value = line.text.strip().partition(":")
            options[key] = value.strip().strip("\"'")
        at = end + 1 if end else 0
    else:
        while at < len(inside) and (option := _OPTION.match(inside[at].text)) is not None:
            options[option[1]] = re.sub(r"^([\"'])((?:(?!\1).)*)\1$", r"\2", option[2])
            at += 1
    context.take(" ".join((match["name"], *(line.text for line in inside[:at]))))
    argument = row.cut(match.start("argument"), match.end("argument"))
    if icon := _ICON.match(argument.text):
        context.take(icon[0])
        argument = argument.cut(
            len(icon[0]) + len(argument.text[len(icon[0]) :]) - len(argument.text[len(icon[0]) :].lstrip())
        )
    directive = Directive(
        match["name"].casefold(), row, match["indent"], argument, options, list(inside[at:]), match["mark"], context
    )
    name = options.get("name") or options.get("label")
    rows = form(directive) if form is not None else _box(directive)
    if name and directive.name not in ("figure", "image", "math"):
        rows = [row.made(f'{match["indent"]}<span id="{name}"></span>'), row.made(match["indent"]), *rows]
    return rows


def _text(directive: Directive) -> list[Row]:
    """Return the content of a directive, with the directives in it converted."""
    return boxes.body(_read(directive.body, directive.context))


def _opened(directive: Directive, name: str, title: Row | None) -> list[Row]:
    row, indent = directive.row, directive.indent
    return [*boxes.opened(row, name, title, indent=indent), *_text(directive), *boxes.closed(row, indent)]


def _box(directive: Directive) -> list[Row]:
    kind = directive.name.rpartition(":")[2]
    classes = directive.options.get("class", "").split()
    if directive.name == "admonition":
        kind = next((name for name in classes if is_known(name)), "note")
    if directive.name.startswith("version") or directive.name == "deprecated":
        return _opened(
            directive, boxes.CALLOUT + kind, join(directive.row.made(SINCE.get(directive.name, "")), directive.argument)
        )
    title = directive.argument
    if is_known(kind) and title.text and directive.name != "admonition" and not directive.body:
        # A short note has all of its text on its first line.
        row, indent = directive.row, directive.indent
        lines = [join(row.made(indent), title)]
        return [*boxes.opened(row, boxes.CALLOUT + kind, None, indent=indent), *lines, *boxes.closed(row, indent)]
    return _opened(directive, boxes.CALLOUT + kind, title)


def _generated(directive: Directive) -> list[Row]:
    """Return the author's words in a directive whose text a program would make; without any, nothing, which is reported."""
    if any(not row.is_blank for row in directive.body):
        return _described(directive)
    message = f"what a program makes is left out (`{directive.name}`): no program is run"
    directive.context.tell_once(UNREAD, _place(directive), "generated", message, "write it in Markdown")
    return _gone(directive)


def _described(directive: Directive) -> list[Row]:
    """Return a directive that is not known: the definition of what it names if it belongs to a domain, else its text."""
    row, indent = directive.row, directive.indent
    term = directive.argument.text.strip()
    if ":" not in directive.name or not term or "`" in term:
        line = [join(row.made(indent), directive.argument), row.made(indent)] if term else []
        return [row.made(indent), *line, *_text(directive), row.made(indent)]
    if directive.name.endswith(":option"):
        term, _, group = term.partition(" ")
        directive.context.take(group)
    return definition(term, directive.options, _read(directive.body, directive.context), row, indent)


def _panel(directive: Directive) -> list[Row]:
    return _opened(directive, boxes.PANEL, directive.argument)


def _card(directive: Directive) -> list[Row]:
    """Return a card as a panel; what stands above ``^^^`` is its heading, what stands below ``+++`` its foot."""
    row, options = directive.row, directive.options
    body = [line.made("") if line.text.strip() == "+++" else line for line in directive.body]
    if header := options.get("header"):
        body = [row.made(header), row.made(""), *body]
    if footer := options.get("footer"):
        body += [row.made(""), row.made(footer)]
    at = next((number for number, row in enumerate(body) if row.text.strip() == "^^^"), None)
    if at is None:
        return _panel(replace(directive, body=body))
    head = boxes.body(body[:at])
    if directive.argument.text or len(head) != 1:
        return _panel(replace(directive, body=[*head, directive.row.made(""), *body[at + 1 :]]))
    return _panel(replace(directive, argument=head[0], body=body[at + 1 :]))


def _solution(directive: Directive) -> list[Row]:
    """Return a solution as a box; its argument is the name of the exercise."""
    directive.context.take(directive.argument.text)
    return _opened(directive, boxes.CALLOUT + "solution", None)


def _glossary(directive: Directive) -> list[Row]:
    return _holder(replace(directive, body=glossary(directive.body)))


def _holder(directive: Directive) -> list[Row]:
    if directive.name in ("only", "ifconfig"):
        directive.context.take(directive.argument.text)
    if not re.search(r"[^\W\d_]", directive.argument.text):
        directive.context.take(directive.argument.text)  # numbers of columns
    row, indent = directive.row, directive.indent
    title = directive.argument.text.strip() if directive.name in ("rubric", "centered") else ""
    heading = [row.made(f"{indent}**{title}**"), row.made(indent)] if title else []
    return [row.made(indent), *heading, *_text(directive), row.made(indent)]


def _aside(directive: Directive) -> list[Row]:
    return _opened(directive, boxes.CALLOUT + "note", directive.argument)


def _quote(directive: Directive) -> list[Row]:
    return _opened(directive, boxes.CALLOUT + "quote", None)


def _bibliography(directive: Directive) -> list[Row]:
    if not directive.context.library.cites:
        return _gone(directive)
    row, indent = directive.row, directive.indent
    directive.context.take(directive.argument.text)
    marks = (list_mark(directive.options), ":::")
    return [row.made(indent), *(row.made(indent + mark) for mark in marks), row.made(indent)]


def _gone(directive: Directive) -> list[Row]:
    directive.context.take("\n".join((directive.argument.text, *(row.text for row in directive.body))))
    return [directive.row.made(directive.indent)]


def _raw(directive: Directive) -> list[Row]:
    """Return nothing for a passage of another format; HTML, which readers of the site see, is reported."""
    if directive.argument.text.strip().casefold() in ("html", "html5") and any(
        not row.is_blank for row in directive.body
    ):
        message = "a block of raw HTML between the marks of a directive is left out"
        directive.context.tell(UNREAD, _place(directive), message, "write it as Markdown, or as HTML without {raw}")
    return _gone(directive)


def _code(directive: Directive) -> list[Row]:
    options, row, indent = directive.options, directive.row, directive.indent
    tags = options.get("tags", "")
    if "remove-cell" in tags or "remove-input" in tags:
        return _gone(directive)
    language = directive.argument.text.strip().strip("{}").split(" ")[0]
    if directive.name in ("mermaid", "graphviz", "blockdiag", "plantuml", "literalinclude"):
        language = options.get("language", "") if directive.name == "literalinclude" else directive.name
    language = {"ipython3": "python", "ipython": "python", "python3": "python"}.get(language, language)
    directive.context.take(directive.argument.text)
    title = options.get("caption") or options.get("filename") or ""
    heading = [row.made(f"{indent}**{title}**"), row.made(indent)] if title else []
    return [row.made(indent), *heading, *fenced(directive.body, language, row, indent), row.made(indent)]


def _figure(directive: Directive) -> list[Row]:
    row, indent, options = directive.row, directive.indent, directive.options
    path = directive.argument.text.strip()
    caption = _text(directive)
    words = " ".join(line.text.strip() for line in caption)
    name = options.get("name") or options.get("label")
    sizes = [
        f"{key}={value}" for key in ("width", "height") if re.fullmatch(r"\d+(?:px|%)?", value := options.get(key, ""))
    ]
    braces = " ".join(([f"#{name}"] if name else []) + sizes)
    plain = bool(words) and not re.search(r"[\[\]*_`\"<$\\{]", words) and all(not line.is_blank for line in caption)
    title = f' "{words}"' if plain else ""
    alt = options.get("alt") or (words if plain else "")
    image = row.made(f"{indent}![{alt}](<{path}>{title}){'{' + braces + '}' if braces else ''}")
    return [row.made(indent), image, *([] if plain else figures.caption(caption, indent)), row.made(indent)]


def _figure_in_markdown(directive: Directive) -> list[Row]:
    """Return a figure whose picture is the first paragraph of its text, and whose argument is its name."""
    row, indent, name = directive.row, directive.indent, directive.argument.text.strip()
    directive.context.take(name)
    anchor = [row.made(f'{indent}<span id="{name}"></span>'), row.made(indent)] if name else []
    return [row.made(indent), *anchor, *_text(directive), row.made(indent)]


def _math(directive: Directive) -> list[Row]:
    row, indent = directive.row, directive.indent
    name = directive.options.get("label") or directive.options.get("name")
    named = [row.made(f'{indent}<span id="{name}"></span>'), row.made(indent)] if name else []
    lines = [line for line in (directive.argument, *directive.body) if line.text.strip()]
    return [row.made(indent), *named, row.made(f"{indent}$$"), *lines, row.made(f"{indent}$$"), row.made(indent)]


def _include(directive: Directive) -> list[Row]:
    options, row = directive.options, directive.row
    name = directive.argument.text.strip()
    directive.context.take(name)
    rows = included(row, name, directive.context, at=len(directive.indent))
    if rows is None:
        return [join(row.made(directive.indent), directive.argument)]
    rows = chosen(rows, options)
    if directive.name == "literalinclude" or "literal" in options or "code" in options:
        suffix = name.rpartition(".")[2].lower()
        language = (
            options.get("language") or options.get("lang") or options.get("code") or LANGUAGES.get(suffix, suffix)
        )
        title = options.get("caption") or ""
        heading = [row.made(f"{directive.indent}**{title}**"), row.made("")] if title else []
        code = indented(shifted(rows, options.get("dedent")), directive.indent)
        return [row.made(""), *heading, *fenced(code, language, row, directive.indent), row.made("")]
    whole = without_front_matter(rows) if not set(options) & {"start-line", "start-after", "lines"} else rows
    return [row.made(""), *indented(_read(whole, directive.context), directive.indent), row.made("")]


def _link(directive: Directive) -> list[Row]:
    row, indent = directive.row, directive.indent
    address = directive.argument.text.strip()
    words = directive.options.get("text") or " ".join(line.text.strip() for line in directive.body) or address
    if directive.name in ("youtube", "vimeo"):
        address = (
            f"https://www.youtube.com/watch?v={address}"
            if directive.name == "youtube"
            else f"https://vimeo.com/{address}"
        )
    refers = directive.name in ("link-button", "button-ref") or address.startswith("#")
    link = reference(address.lstrip("#"), words.removeprefix("#"), directive.context) if refers else None
    return [row.made(indent), row.made(indent + (link or f"[{words}](<{address}>)")), row.made(indent)]


def _table(directive: Directive) -> list[Row]:
    return _captioned(directive, _text(directive))


def _captioned(directive: Directive, rows: list[Row]) -> list[Row]:
    return directive_tables.captioned(rows, directive.argument, directive.row, directive.indent)


def _list_table(directive: Directive) -> list[Row]:
    body = _read(directive.body, directive.context)
    return _captioned(directive, directive_tables.listed(body, directive.options, directive.row, directive.indent))


def _csv(directive: Directive) -> list[Row]:
    body: Sequence[Row] = directive.body
    if name := directive.options.get("file"):
        body = included(directive.row, name, directive.context, at=len(directive.indent)) or ()
    rows = directive_tables.separated(body, directive.options, directive.row, directive.indent)
    return _captioned(directive, rows)


def _rst(directive: Directive) -> list[Row]:
    row, indent = directive.row, directive.indent
    reading = restructured.read(directive.body, indent)
    if reading.generated:
        names = ", ".join(f"`{name}`" for name in reading.generated[: restructured.MOST_NAMES])
        message = f"what a program makes is left out ({names}): no program is run"
        directive.context.tell_once(UNREAD, _place(directive), "generated", message, "write it in Markdown")
    directive.context.take(reading.left_out)
    return [row.made(indent), *_read(reading.rows, directive.context), row.made(indent)]


def _place(directive: Directive) -> Place:
    return directive.row.place(len(directive.indent))


FORMS: Mapping[str, Callable[[Directive], list[Row]]] = {
    **dict.fromkeys("dropdown tab-item tab details".split(), _panel),
    **dict.fromkeys("card grid-item-card".split(), _card),
    **dict.fromkeys("tab-set tabs tabbed grid grid-item card-carousel panels div container only ifconfig rubric "
                    "hlist centered compound topic-body".split(), _holder),
    **dict.fromkeys("margin sidebar aside topic".split(), _aside),
    **dict.fromkeys("epigraph pull-quote highlights quote".split(), _quote),
    **dict.fromkeys("toctree tableofcontents contents toc meta tags currentmodule module default-role role highlight".split(), _gone),
    "index": lambda of: [*_gone(of), *index_entries.rows((of.argument, *of.body), of.row, of.indent)],
    "raw": _raw,
    **dict.fromkeys("code code-block sourcecode code-cell mermaid graphviz plantuml blockdiag parsed-literal literal myst prompt".split(), _code),
    **dict.fromkeys("figure image".split(), _figure),
    **dict.fromkeys("include literalinclude".split(), _include),
    **dict.fromkeys("youtube vimeo iframe video button link-button button-link button-ref embed".split(), _link),
    "glossary": _glossary,
    "solution": _solution,
    "figure-md": _figure_in_markdown,
    "math": _math,
    "bibliography": _bibliography,
    "table": _table,
    "csv-table": _csv,
    "list-table": _list_table,
    "eval-rst": _rst,
}  # fmt: skip
"""The conversion of each directive that is not a callout."""
