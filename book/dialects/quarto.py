r"""Quarto and bookdown: code cells and their options, `@sec-x`, `\@ref(x)`, `(PART)`, `{-}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from book import labels
from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.roles import NUMBERED, reference
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import UNREAD, Edit, Passage
from book.markdown.callouts import is_known
from book.markdown.lines import Sort
from book.markdown.nodes import BY_NUMBER
from book.model import Manuscript
from book.patterns import regex

_CELL = regex(
    r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*\{(?P<language>[A-Za-z]\w*)(?P<rest>[ ,][^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}[ \t]*$"
)
_OPTION = regex(r"[ \t]*(?:#\||//\||--\||%%\|)(?P<blank>[ \t]*)(?P<text>.*?)[ \t]*$")
_VALUE = regex(r"(?P<key>[\w.-]+)[ \t]*:(?:[ \t]+(?P<value>.*)|$)")
_ARGUMENT = regex(r"(?P<key>[\w.]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^,]+))")
_GRAPHICS = regex(r"include_graphics\(\s*(?:path\s*=\s*)?[\"']([^\"']+)[\"']")
_PART = regex(r"#[ \t]+\\?\((?:PART|APPENDIX)(?:\\?\*)?\\?\)[ \t]*(?P<title>.*?)[ \t]*(?:\{[^{}]*\})?[ \t]*$")
_UNNUMBERED = regex(r"(?P<head>#{1,6}[ \t].*)\{(?P<before>[^{}]*?)(?<![\w-])-(?![\w-])(?P<after>[^{}]*)\}[ \t]*$")
_TEXT_REFERENCE = regex(r"\(ref:(?P<name>[\w-]+)\)[ \t]+(?P<text>\S.*)$")
_REF = regex(r"\\@ref\((?P<name>[\w:.-]+)\)")
_NAMED = regex(r"[ \t]*\(\\#(?P<name>[\w:.-]+)\)")
_INDEX = regex(r"\\(?:index|label)\w*\{(?:[^{}\n]|\{[^{}\n]*\})*\}")
_LAYOUT = regex(
    r"(?m:^)[ \t]*(?:\\(?:(?:front|main|back)matter|appendix|(?:clear|cleardouble|new)page|pagebreak|bigskip|medskip|smallskip|"
    r"noindent|begingroup|endgroup|printindex|tableofcontents|listof\w+|[vh]space\*?\{[^{}\n]*\}|pagestyle\{\w*\}|"
    r"thispagestyle\{\w*\}|setcounter\{\w*\}\{[^{}\n]*\}|addcontentsline\{\w*\}\{\w*\}\{[^{}\n]*\}|"
    r"(?:begin|end)\{(?:center|flushleft|flushright|footnotesize|small|samepage)\})[ \t]*)+(?m:$)"
)
"""Commands of LaTeX for its layout, alone on a line; HTML editions of these books show nothing for them."""
_LAYOUT_INSIDE = regex(
    r"[ \t]*\\(?:(?:clear|cleardouble|new)page|pagebreak|noindent|bigskip|medskip|smallskip)(?![A-Za-z{])"
)
_WRAPPED = regex(
    r"`r if \(knitr::is_(?:html|epub)_output\([^()\n]*\)\)[ \t]*(?P<quote>[\"'])\n(?P<inside>[^`]*?)\n?(?P=quote)[ \t]*`"
)
"""Words that a program prints in some editions only, as at the end of the template of bookdown."""
_CAPTION = regex(
    r"(?m:^)(?P<head>[ \t]*(?:Table)?:[ \t]*)\(\\#(?P<name>tab:[\w:.-]+)\)[ \t]*(?P<text>[^\n]*?)[ \t]*(?m:$)"
)
_KABLE = regex(r"\bcaption\s*=\s*(?P<quote>[\"'])(?P<text>.+?)(?P=quote)")
_CROSS = regex(
    r"(?P<open>\[)?-?(?<![\w.@/])@(?P<name>(?:(?:[Ss]ec|[Ff]ig|[Tt]bl|[Tt]ab|[Ee]q|[Ll]st|[Tt]hm|[Ll]em|[Cc]or|[Pp]rp|[Cc]nj|[Dd]ef|[Ee]x[mr]|[Nn]te|[Tt]ip|"
    r"[Ww]rn|[Ii]mp|[Cc]au|[Aa]lg)-|(?:[Ff]ig|[Tt]bl|[Ee]q|[Ss]ec|[Ll]st):)[\w:.-]*\w)(?(open)\])"
)
"""A reference, as Quarto or pandoc-crossref writes it; with a capital it begins a sentence."""
KINDS: Mapping[str, str] = {
    "fig": "Figure", "tab": "Table", "tbl": "Table", "eq": "Equation", "thm": "Theorem", "lst": "Listing", "lem": "Lemma", "cor": "Corollary",
    "prp": "Proposition", "cnj": "Conjecture", "def": "Definition", "exm": "Example", "exr": "Exercise", "alg": "Algorithm",
}  # fmt: skip
"""The words for targets without a title, by the beginnings of their names."""
CALLOUTS: Mapping[str, str] = {"nte": "note", "tip": "tip", "wrn": "warning", "imp": "important", "cau": "caution"}
"""The labels for boxes without a title."""
_LOCAL = regex(r"(?<=\]\()#(?P<name>[\w:.-]+)(?=\))")
_BRACKETED = regex(r"\[[^\[\]\n]*@[^\[\]\n]*\](?![(\[{])")
_CITATION = regex(r"\[(?P<inside>[^\[\]\n]*?-?@[A-Za-z0-9_][\w:.#$%&+?<>~/-]*[^\[\]\n]*)\](?!\()")
_KEY = regex(r"(?<![\w.@/\\])-?@(?P<name>[A-Za-z0-9_][\w:./-]*\w)")
_EXPRESSION = regex(r"(?<!`)`(?:r|\{(?:r|python|julia|ojs)\})[ ]+(?P<code>[^`\n]+?)[ ]*`(?!`)")
_FORMULA = regex(
    r"\\begin\{(?P<name>equation|align|gather|multline)\*?\}.*?\\end\{(?P=name)\*?\}|\$\$.*?\$\$", re.DOTALL
)
_DEFAULT = regex(r"\bopts_chunk\$set\([^()]*\becho\s*=\s*(?P<echo>\w+)")
"""What a chapter of knitr says for all of its cells."""
HIDDEN = frozenset({"false", "FALSE", "F"})
LANGUAGES: Mapping[str, str] = {
    "r": "r",
    "python": "python",
    "ojs": "javascript",
    "bash": "bash",
    "sh": "bash",
    "dot": "dot",
}
BLOCKS = frozenset({"block", "block2"})
"""Cells of bookdown that hold Markdown."""
THEOREMS = frozenset(boxes.THEOREMS.values())


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with cells, parts and references in the forms that they have on paper."""
    if "quarto" in context.library.names and "knitr::is_" in manuscript.text:
        manuscript = _unwrapped(manuscript, context)
    manuscript = _unnumbered(manuscript)
    if "quarto" not in context.library.names:
        return manuscript
    rows = rows_of(manuscript)
    manuscript = with_rows(manuscript, _cells(rows, context))
    page = Passage(manuscript)
    return page.with_edits(_references(page, context))


def _unwrapped(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the words that a program prints in HTML and EPUB, as in the template of bookdown: `# References {-}`."""
    page = Passage(manuscript)
    edits = []
    for match in _WRAPPED.finditer(page.text):
        for start, end in ((match.start(), match.start("inside")), (match.end("inside"), match.end())):
            context.take(page.text[start:end])
            edits.append(Edit(start=start, end=end, new=(page.made("", start),)))
    return page.with_edits(edits)


def _unnumbered(manuscript: Manuscript) -> Manuscript:
    """Return *manuscript* with `{-}` after headings, which pandoc's GitHub reader does not know, as a class."""
    if "-}" not in manuscript.text and "{-" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits = []
    for number, row in enumerate(page.rows):
        match = _UNNUMBERED.match(row.text) if row.text.startswith("#") and boxes.is_text(page.source, number) else None
        if match is None:
            continue
        start = page.starts[number] + match.start("before") - 1
        words = (
            " ".join(("{" + match["before"].strip(), ".unnumbered", match["after"].strip())).strip().replace("{ ", "{")
        )
        edits.append(
            Edit(start=start, end=page.starts[number] + len(row.text), new=(page.made(words.rstrip() + "}", start),))
        )
    return page.with_edits(edits)


def _cells(rows: Sequence[Row], context: Context) -> list[Row]:
    """Return *rows* with code cells as blocks of code, or as the figures that they show."""
    result: list[Row] = []
    captions = {match["name"]: match["text"] for row in rows if (match := _TEXT_REFERENCE.match(row.text))}
    at = 0
    plain = ""
    while at < len(rows):
        row = rows[at]
        fence = re.match(r"[ \t]*(`{3,}|~{3,})", row.text)
        cell = None if plain else _CELL.match(row.text)
        if cell is None:
            if fence is not None:
                plain = (
                    fence[1]
                    if not plain
                    else ("" if fence[1].startswith(plain) and row.text.strip() == fence[1] else plain)
                )
            elif not plain and (_PART.match(row.text) or _TEXT_REFERENCE.match(row.text)):
                context.take(row.text)
                at += 1
                continue
            result.append(row)
            at += 1
            continue
        end = next(
            (n for n in range(at + 1, len(rows)) if re.match(rf"[ \t]*{re.escape(cell['mark'])}[ \t]*$", rows[n].text)),
            len(rows),
        )
        result += _cell(row, cell, rows[at + 1 : end], captions, context)
        at = end + 1
    return result


def _cell(
    row: Row, match: re.Match[str], inside: Sequence[Row], captions: Mapping[str, str], context: Context
) -> list[Row]:
    """Return the lines of one cell: its code, unless it is hidden, and the picture that it shows."""
    rest = (match["rest"] or "").strip(" ,")
    options = {
        argument["key"]: next(filter(None, (argument["double"], argument["single"], argument["bare"])), "").strip()
        for argument in _ARGUMENT.finditer(rest)
    }
    name = re.match(r"([\w.-]+)(?=,|$)", rest)
    own, code = _options(inside, context)
    options |= own
    context.take(" ".join((match["language"], rest)))
    indent, language = match["indent"], match["language"].casefold()
    if language in BLOCKS:
        kind = re.sub(r"^(?:rmd|book|box|info)[-_]?", "", options.get("type", "").strip("\"'").casefold()) or "note"
        kind = kind if is_known(kind) else "note"
        return [*boxes.opened(row, boxes.CALLOUT + kind, None, indent=indent), *code, *boxes.closed(row, indent)]
    if language in THEOREMS:
        title = row.made(options.get("name", ""))
        return [*boxes.opened(row, boxes.CALLOUT + language, title, indent=indent), *code, *boxes.closed(row, indent)]
    caption = next((options[key] for key in CAPTIONS if options.get(key)), "")
    if not caption and (table := _KABLE.search("\n".join(line.text for line in code))):
        caption = table["text"]
    caption = captions.get(caption.removeprefix("(ref:").removesuffix(")"), caption)
    label = options.get("label") or options.get("lst-label") or (name[1] if name else "")
    shown: list[Row] = []
    hidden = _echo(options, context) in HIDDEN or options.get("include") in HIDDEN or not code
    for line in code:
        if (picture := _GRAPHICS.search(line.text)) is not None and options.get("include") not in HIDDEN:
            plain = boxes.MARKS.sub("", caption)  # a title is no Markdown
            words = f' "{plain}"' if caption and '"' not in caption else ""
            alt = options.get("fig-alt") or options.get("fig.alt") or caption
            braces = f"{{#{label}}}" if label else ""
            shown += [row.made(indent), row.made(f"{indent}![{alt}](<{picture[1]}>{words}){braces}"), row.made(indent)]
    alt = options.get("fig-alt") or options.get("fig.alt") or ""
    if not shown and (caption or alt) and options.get("include") not in HIDDEN:
        words, kind = (caption, "caption") if caption else (rf"\[{alt}\]", "description")
        shown = _instead(row, label, words, indent, context, kind=kind)
    if hidden:
        context.take("\n".join(line.text for line in code))
        return shown or [row.made(indent)]
    opening = join(row.made(f"{indent}{match['mark']}{LANGUAGES.get(language, language)}"))
    return [opening, *code, row.made(indent + match["mark"]), *shown]


def _echo(options: Mapping[str, str], context: Context) -> str:
    """Return whether a cell shows its code, as its *options*, else its chapter, else the settings of the book say; empty if none does."""
    if "echo" in options:
        return options["echo"]
    for values in (context.manuscript.front.values, context.library.parameters):
        execute = values.get("execute")
        if isinstance(execute, Mapping) and "echo" in execute:
            return str(execute["echo"]).casefold()
    default = _DEFAULT.search(context.manuscript.text)
    return default["echo"] if default else ""


CAPTIONS = ("fig-cap", "fig.cap", "tbl-cap", "lst-cap")


def _options(inside: Sequence[Row], context: Context) -> tuple[dict[str, str], list[Row]]:
    """Return the options at the beginning of a cell, YAML in comments, and the lines of its code."""
    options: dict[str, str] = {}
    code = list(inside)
    key = ""
    while code and (option := _OPTION.match(code[0].text)) is not None:
        context.take(code.pop(0).text)
        value = _VALUE.fullmatch(option["text"]) if len(option["blank"]) < DEEPER or not key else None
        if value is not None:
            key = value["key"]
            options[key] = re.sub(r"^[>|][-+]?$", "", (value["value"] or "").strip("\"'"))
        elif key:
            options[key] = f"{options[key]} {option['text'].removeprefix('- ')}".strip().strip("\"'")
    while options and code and code[0].is_blank:
        code.pop(0)
    return options, code


DEEPER = 2
"""The least indent of a line that continues a value."""


def _instead(row: Row, label: str, caption: str, indent: str, context: Context, *, kind: str) -> list[Row]:
    """Return the caption, or other words, of what only running the code would show; *kind* names them."""
    message = f"the figure or table of this code is not there, because no program is run; its {kind} is printed"
    place = row.place(len(indent))
    context.tell_once(UNREAD, place, "cell", message, "save it as an image in the book, and show that")
    anchor = f'<span id="{label}"></span>' if label else ""
    return [row.made(indent), row.made(f"{indent}{anchor}{caption}"), row.made(indent)]


def _references(page: Passage, context: Context) -> Iterator[Edit]:
    yield from _expressions(page, context)
    formulas = (
        [match.span() for match in _FORMULA.finditer(page.visible)]
        if "(\\#" in page.text or "\\label" in page.text
        else []
    )
    for match in _REF.finditer(page.visible):
        yield _reference(page, match, context)
    for match in _CROSS.finditer(page.visible):
        yield _reference(page, match, context)
    for match in _LOCAL.finditer(page.visible) if "bookdown" in context.library.names else ():
        label = context.library.labels.get(match["name"].casefold())
        if label is not None and label.path != context.manuscript.path:  # for pandoc, all chapters are one document
            at = match.start()
            yield Edit(start=at, end=at, new=(page.made(context.address("/" + label.path) or "", at),))
    for match in _BRACKETED.finditer(page.visible):
        if _CROSS.search(match[0]) and not _CROSS.fullmatch(match[0]):
            yield from (Edit(start=at, end=at + 1, new=(page.made("", at),)) for at in (match.start(), match.end() - 1))
    for match in _CAPTION.finditer(page.visible):
        context.take(match["name"])
        yield Edit(start=match.end("head"), end=match.start("text"), new=(page.made("", match.end("head")),))
        yield Edit(
            start=match.end("text"), end=match.end(), new=(page.made(f" {{#{match['name']}}}", match.end("text")),)
        )
    for match in _NAMED.finditer(page.visible):
        if _CAPTION.fullmatch(page.row(match.start()).text):
            continue
        context.take(match[0])
        anchor = f'<span id="{match["name"]}"></span>'
        home = next((start for start, end in formulas if start <= match.start() < end), None)
        if home is not None:  # nothing but TeX may stand in a formula
            new = (page.made(anchor, home), page.made("", home))
            yield Edit(start=home, end=home, new=new, block=True)
            anchor = "{}" if page.is_alone(match.start(), match.end()) else ""  # a blank line would end the formula
        yield Edit(start=match.start(), end=match.end(), new=(page.made(anchor, match.start()),))
    for pattern in (_INDEX, _LAYOUT, _LAYOUT_INSIDE):
        for match in pattern.finditer(page.visible):
            if any(start <= match.start() < end for start, end in formulas):
                continue
            context.take(match[0])
            yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))
    if context.library.cites:
        return
    for match in _CITATION.finditer(page.visible):
        if not _CROSS.search(match[0]):
            yield from _cited(page, match.start(), match.end(), match["inside"], context)
    for match in _KEY.finditer(page.visible):
        if not _CROSS.match(page.visible, match.start()):
            yield from _cited(page, match.start(), match.end(), match[0], context)


def _expressions(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield code in sentences, which is never run: alone on its line it is left out, elsewhere it is printed without its language."""
    for match in _EXPRESSION.finditer(page.text):
        start, end = match.span()
        if page.visible[start:end].strip(" `") or page.source.sorts[page.at(start)[0]] is not Sort.TEXT:
            continue
        alone = page.is_alone(start, end)
        message = (
            f"'{match[0][:60]}' is a program, which is not run: {'it is left out' if alone else 'its text is printed'}"
        )
        context.tell_once(UNREAD, page.place(start), "expression", message, "write its result")
        context.take(match[0])
        yield Edit(start=start, end=end, new=(page.made("" if alone else f"`{match['code']}`", start),))


def _cited(page: Passage, start: int, end: int, inside: str, context: Context) -> Iterator[Edit]:
    message = "works that are cited are not looked up; their keys are printed"
    context.tell_once(UNREAD, page.place(start), "citation", message, "write the author and the year")
    for key in re.finditer(r"(?<![\w.])-?@(?=\w)|@\{", inside):
        at = page.visible.index(inside, start, end) + key.start()
        yield Edit(start=at, end=at + len(key[0]), new=(page.made("", at),))


def _reference(page: Passage, match: re.Match[str], context: Context) -> Edit:
    """Return the edit that replaces a reference by a link, or by words."""
    name = match["name"]
    if "open" in match.re.groupindex:  # Quarto's own form, which may begin a sentence
        name = name[:1].lower() + name[1:]
    plain = re.sub(r"^(?:fig|tab|eq|sec|thm|lst|tbl)[:-]", "", name)
    prefix = re.split(r"[:-]", name, maxsplit=1)[0]
    language = context.manuscript.front.lang or context.library.settings.language
    kind = labels.label(language, CALLOUTS[prefix]) if prefix in CALLOUTS else KINDS.get(prefix, "")
    link = reference(name, "", context) or reference(plain, "", context)
    context.take(match[0])
    if link is None:
        message = f"the reference '{match[0][:60]}' has no target in this book; its name is printed"
        context.tell_once(
            UNREAD, page.place(match.start()), name, message, "refer to something in the book, or write its name"
        )
        link = plain.replace("-", " ")
    elif link.startswith("[(ref:"):
        link = f"[{kind or plain}{link[link.index(']') :]}"
    elif link.startswith((f"[{name}]", f"[{plain}]")):
        link = link.replace(f"[{name}]", f"[{kind or plain}]", 1).replace(f"[{plain}]", f"[{kind or plain}]", 1)
    if kind in NUMBERED and link.endswith(
        ")"
    ):  # the number of its caption, if it has one, takes the place of its words
        return Edit(start=match.start(), end=match.end(), new=(page.made(f"{link}{{.{BY_NUMBER}}}", match.start()),))
    start = match.start()
    if kind and link.startswith(f"[{kind}]") and page.text[:start].casefold().endswith(f"{kind.casefold()} "):
        start -= len(kind) + 1  # the author writes the word, the site the number
    return Edit(start=start, end=match.end(), new=(page.made(link, start),))
