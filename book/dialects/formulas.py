"""Formulas: detected in a book that does not say whether it has any, and converted to the form that pandoc reads.

Between the dollars of a formula nothing is Markdown. If formulas are off, text that looks like one is printed as code; otherwise it
would lose its backslashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from book.dialects.context import Context
from book.dialects.rows import Row, join, with_rows
from book.dialects.tags import Edit, Passage
from book.markdown import lines
from book.markdown.lines import LIST_MARKER
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity
from book.settings import Settings

FORMULAS_ON = Kind("G145", Severity.NOTE, "formulas are read because the text has some")
UNREAD = Kind("G146", Severity.WARNING, "a formula that is not read; it is printed as TeX")

DOUBLED = regex(r"(?<![$\\])\$\$(?P<tex>[^$\n]+)\$\$(?!\$)")
"""A formula between two dollars and two dollars in a line, as kramdown and GitBook have it."""
BLOCK = regex(r"\$\$(?P<inside>(?:(?!\$\$|\n[ \t]*\n)[\s\S])+?)\$\$")
INLINE = regex(
    r"(?<![\\$\w])\$(?=[^\s$])(?P<inside>[^$\n]*?\\[A-Za-z,;:!{}>][^$\n]*?|[^$\n]*?[\^_]\{?[^$\n]*?)(?<=[^\s\\])\$(?![\w$])"
)
COMMAND = regex(r"(?<![\\$\w])\$(?=[^\s$])[^$\n]*?\\[A-Za-z]+[^$\n]*?(?<=\S)\$(?![\w$])")
ENVIRONMENT = regex(
    r"(?<!\$)\\begin\{(?P<name>equation|align|gather|multline|eqnarray|alignat|flalign|math|displaymath)(?P<star>\*?)\}(?P<inside>[\s\S]+?)\\end\{(?P=name)(?P=star)\}"
)
ROUND = regex(r"\\\\?\((?P<inside>(?:(?!\\\)|\n[ \t]*\n)[\s\S]){1,2000}?)\\\\?\)")
SQUARE = regex(r"\\\\?\[(?P<inside>(?:(?!\\\]|\n[ \t]*\n)[\s\S]){1,5000}?)\\\\?\]")
TEX = regex(r"\\[A-Za-z]|[\^_]|^\s*[A-Za-z]\s*$|[A-Za-z0-9)]\s*[=<>+]\s*[A-Za-z0-9(\\]")
_OPENING = regex(r"(?<![\\$])\$(?![\s$])")
_CLOSING = regex(r"(?:(?!\n[ \t]*\n)[^$\\]|\\.)*?(?<=\S)\$(?!\d)", re.DOTALL)
"""From behind the dollar that opens a formula to the one that ends it, in the same paragraph (pandoc, tex_math_dollars)."""
NAMES = regex(r"(?:\$\{?\\|\\\\?\(\\)((?:La|Ka|Xe)?TeX)(?:\}?\$|\\\\?\))")
"""The names of the programs, which are words."""
CODED = regex(r"^[ \t]*(?:`{3,}|~{3,})\$[ \t]*$|(?<!`)`[^`\n]+`\$(?![\w$])", re.MULTILINE)
"""The beginning of a formula of Markua."""
SHORTCODES = ("katex", "math", "latex")
SHORTCODE = regex(r"\{\{[<%][ ]*(?:katex|math|mathjax|latex)\b[^{}]*[>%]\}\}[^{}]*\S")
COMPONENTS = r"(?:Inline|Block|Display)?(?:Math|Latex|LaTeX|Tex|TeX|Katex|KaTeX|MathJax)(?:Inline|Block|Display)?|Equation|Formula"
"""Names of components of MDX that hold a formula, as a part of a pattern."""
COMPONENT = regex(rf"<(?:{COMPONENTS})(?=[\s>])")
PROSE = regex(r"[^\W\d_]{3,}[ \t]+[^\W\d_]{2,}")
"""Two words one after the other, which are no formula."""
LINK = regex(r"\]\((?:https?:|mailto:|[./#])")
SEVERAL = 2
LABEL = regex(r"[ \t]*(?:\((?P<myst>[\w:.-]+)\)|\{#(?P<quarto>[\w:.-]+)\})[ \t]*$")
_BLOCK_BEGINS = regex(rf"{LIST_MARKER}(?:[ \t]|$)|#{{1,6}}(?:[ \t]|$)|>|[=-]+[ \t]*$|[`~:]{{3}}|\|")
"""How a line begins, or what it is, that is no part of the paragraph above it."""
_COMMENT = regex(r"(?:(?<!\\)|(?<=\\\\))%")
"""The beginning of a comment of TeX; a percent sign that is printed has a backslash, the end of a row has two."""
_INSIDE = {
    "align": "aligned",
    "alignat": "aligned",
    "flalign": "aligned",
    "eqnarray": "aligned",
    "gather": "gathered",
    "multline": "gathered",
}


def settle(
    settings: Settings, manuscripts: Sequence[Manuscript], names: frozenset[str] = frozenset()
) -> tuple[Settings, tuple[Problem, ...]]:
    """Return *settings* with formulas on, if they are not set and the text has some, and a note about it.

    Args:
        settings: the settings of the book.
        manuscripts: its chapters.
        names: the dialects that are on; in GitBook's, two dollars are nothing but the marks of a formula, also inside a line.
    """
    if settings.math or "math" in settings.places:
        return settings, ()
    place = first_place(manuscripts, doubled="gitbook" in names, tagged="mdx" in names, coded="markua" in names)
    if place is None:
        return settings, ()
    message = "formulas found; math = false in handbound.toml switches this off"
    return replace(settings, math=True), (FORMULAS_ON.at(place, message),)


def first_place(manuscripts: Iterable[Manuscript], *, doubled: bool, tagged: bool, coded: bool) -> Place | None:
    """Return the offset of the first formula in a text that has formulas: displayed ones, or several with a TeX command.

    Args:
        manuscripts: the chapters.
        doubled: whether whatever stands between two dollars and two dollars is a formula, unless it is prose.
        tagged: whether components hold formulas, ``<Math>``.
        coded: whether code before a dollar is a formula, as in Markua.
    """
    count = 0
    for manuscript in manuscripts:
        own = manuscript.text  # letter by letter, because each chapter of each build is searched
        has_command = "\\" in own and ("\\begin{" in own or "\\(" in own or "\\[" in own)
        has_name = "{" in own and ("{math}" in own or ("{{" in own and any(name in own for name in SHORTCODES)))
        has_tag = tagged and "<" in own and COMPONENT.search(own) is not None
        if not (has_command or has_name or has_tag or "$" in own):
            continue
        if coded and (code := CODED.search(own)):
            return manuscript.place_at(code.start())
        text = lines.read(manuscript.text).visible
        for pattern in (BLOCK, ENVIRONMENT, SQUARE):
            for match in pattern.finditer(text):
                if _is_formula(match["inside"]) or (doubled and pattern is BLOCK and not PROSE.search(match["inside"])):
                    return manuscript.place_at(match.start())
        for pattern in (COMMAND, ROUND):
            for match in pattern.finditer(text):
                count += "\\" in match[0][2:-2]
                if count >= SEVERAL:
                    return manuscript.place_at(match.start())
        for pattern in (SHORTCODE, *((COMPONENT,) if tagged else ())):
            if match := pattern.search(text):
                return manuscript.place_at(match.start())
        if math := re.search(r"^[ \t]*(?:`{3,}|~{3,}|:{3,})[ \t]*(?:\{math\}|math[ \t]*$)", manuscript.text, re.M):
            return manuscript.place_at(math.start())
    return None


def _is_formula(inside: str) -> bool:
    """Return whether *inside*, the text between two marks, is a formula: it has a command, or a sign and no prose, and no link."""
    if LINK.search(inside):
        return False
    if re.search(r"\\[A-Za-z]{2,}", inside):
        return True
    return bool(re.search(r"[\^_=]", inside)) and not PROSE.search(inside)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with every formula between dollars, or as code if formulas are off."""
    if not any(mark in manuscript.text for mark in ("$", "\\begin{", "\\(", "\\[")):
        return manuscript
    if context.library.settings.math:
        page = Passage(_unbroken(manuscript, context))
        return page.with_edits(_read(page, context))
    page = Passage(manuscript)
    return page.with_edits(_unread(page, context))


def _read(page: Passage, context: Context) -> Iterator[Edit]:
    taken: list[tuple[int, int]] = []
    for match in NAMES.finditer(page.visible):
        yield Edit(start=match.start(), end=match.start(1), new=(page.made("", match.start()),))
        yield Edit(start=match.end(1), end=match.end(), new=(page.made("", match.end(1)),))
        taken.append(match.span())
    for match in ENVIRONMENT.finditer(page.visible):
        if page.visible[: match.start()].count("$$") % 2 or page.visible[: match.start()].rstrip().endswith("\\["):
            continue  # it is inside a formula
        taken.append(match.span())
        yield from _environment(page, match, context)
    for match in BLOCK.finditer(page.visible):
        taken.append(match.span())
        yield from _rows_ended(page, match, context)
        yield from _labelled(page, match, context)
    yield from _prices(page, taken)
    for pattern, mark in ((SQUARE, "$$"), (ROUND, "$")):
        for match in pattern.finditer(page.visible):
            if not TEX.search(match["inside"]) or any(
                start < match.end() and match.start() < end for start, end in taken
            ):
                continue
            if pattern is SQUARE and not _is_formula(match["inside"]):
                continue
            if pattern is SQUARE and page.text[match.end() : match.end() + 1] in ("(", "["):
                continue
            start, end = match.start("inside"), match.end("inside")
            inside = match["inside"]
            start += len(inside) - len(inside.lstrip()) if mark == "$" else 0
            end -= len(inside) - len(inside.rstrip()) if mark == "$" else 0
            yield Edit(start=match.start(), end=start, new=(page.made(mark, match.start()),))
            yield Edit(start=end, end=match.end(), new=(page.made(mark, end),))


def _prices(page: Passage, taken: Sequence[tuple[int, int]]) -> Iterator[Edit]:
    """Yield a backslash before each dollar that pandoc would pair with one in code, as in ``$5 for `$HOME` ``; *taken* are formulas."""
    done = 0
    for opening in _OPENING.finditer(page.visible):
        start = opening.start()
        if start < done or any(first <= start < last for first, last in taken):
            continue
        closing = _CLOSING.match(page.text, start + 1)
        if closing is None:
            continue
        if page.visible[closing.end() - 1] == "$":
            done = closing.end()
        else:
            yield Edit(start=start, end=start, new=(page.made("\\", start),))


def _unbroken(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with displayed formulas without line breaks before what would begin a list, a quotation or a heading, and without comments.

    For Markdown, blocks come first; and pandoc joins the lines of a formula, so that a comment would hide all that follows.
    """
    page = Passage(manuscript)
    joined: dict[int, int] = {}
    comments: dict[int, int] = {}
    for pattern in (ENVIRONMENT, BLOCK, SQUARE):
        for match in pattern.finditer(page.visible):
            number, column = page.at(match.start())
            before = page.rows[number].text[:column]
            alone = not before.strip("> \t") and "\n" in match["inside"][:2]
            if "\n" not in match["inside"] or not (pattern is ENVIRONMENT or alone or _is_formula(match["inside"])):
                continue
            quotes = before.count(">") if not before.strip("> \t") else 0
            for at in range(number + 1, page.at(match.end())[0] + 1):
                text = page.rows[at].text
                lead = re.match(rf"(?:[ \t]*>){{{quotes}}}[ \t]*", text)
                if lead and _BLOCK_BEGINS.match(text, lead.end()):
                    joined.setdefault(at, lead.end())
                first = column if at - 1 == number else 0
                if comment := _COMMENT.search(page.rows[at - 1].text, first):
                    comments.setdefault(at - 1, comment.start())
    if not joined and not comments:
        return manuscript
    rows: list[Row] = []
    for at, typed in enumerate(page.rows):
        row = typed.cut(0, comments.get(at))
        context.take(typed.text[len(row.text) :])
        if at in comments and row.is_blank:
            continue  # a blank line would end the formula
        if at in joined:
            rows[-1] = join(rows[-1], row.made(" "), row.cut(joined[at]))
        else:
            rows.append(row)
    return with_rows(manuscript, rows)


def _rows_ended(page: Passage, match: re.Match[str], context: Context) -> Iterator[Edit]:
    r"""Yield `\\` for each `\cr`."""
    if re.search(r"\\\\|\\cr(?![A-Za-z])", match["inside"]) and "\\begin" not in match["inside"]:
        # Rows outside any environment.
        start, end = match.start("inside"), match.end("inside")
        context.taken.subtract(["begin", "aligned", "end", "aligned"])
        yield Edit(start=start, end=start, new=(page.made("\\begin{aligned}", start),))
        yield Edit(start=end, end=end, new=(page.made("\\end{aligned}", end),))
    for row in re.finditer(r"\\cr(?![A-Za-z])", match["inside"]):
        start = match.start("inside") + row.start()
        context.take("cr")
        yield Edit(start=start, end=start + len(row[0]), new=(page.made("\\\\", start),))


def _labelled(page: Passage, match: re.Match[str], context: Context) -> Iterator[Edit]:
    """Yield the name of a formula, which follows it, as an anchor before it."""
    number, column = page.at(match.end())
    label = LABEL.match(page.rows[number].text[column:])
    if label is None:
        return
    name = label["myst"] or label["quarto"]
    context.take(label[0])
    yield Edit(start=match.end(), end=match.end() + len(label[0]), new=(page.made("", match.end()),))
    anchor = page.made(f'{page.indent(match.start())}<span id="{name}"></span>', match.start())
    if not page.row(match.start()).text[: page.at(match.start())[1]].strip():
        yield Edit(
            start=page.starts[page.at(match.start())[0]],
            end=page.starts[page.at(match.start())[0]],
            new=(anchor, anchor.made("")),
            block=True,
        )


def _environment(page: Passage, match: re.Match[str], context: Context) -> Iterator[Edit]:
    """Yield dollars around a LaTeX environment, because pandoc reads environments only between dollars."""
    name = _INSIDE.get(match["name"], "")
    context.take(f"begin {match['name']} end {match['name']}")
    inside = match.start("inside"), match.end("inside")
    for label in re.finditer(r"\\(?:label|nonumber|notag)(?:\{[^{}]*\})?", match["inside"]):
        start = inside[0] + label.start()
        context.take(label[0])
        # A blank line would end the formula.
        empty = "{}" if page.is_alone(start, start + len(label[0])) else ""
        yield Edit(start=start, end=start + len(label[0]), new=(page.made(empty, start),))
    opening = "$$" + (f"\\begin{{{name}}}" if name else "")
    closing = (f"\\end{{{name}}}" if name else "") + "$$"
    yield Edit(start=match.start(), end=inside[0], new=(page.made(opening, match.start()),))
    yield Edit(start=inside[1], end=match.end(), new=(page.made(closing, inside[1]),))


def _unread(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield text that looks like a formula as code."""
    done = 0
    matches: list[re.Match[str]] = sorted(
        (*BLOCK.finditer(page.visible), *INLINE.finditer(page.visible)), key=lambda manuscript: manuscript.start()
    )
    for match in matches:
        block = match.re.pattern == BLOCK.pattern
        if match.start() < done or (block and not re.search(r"\\[A-Za-z]|[\^_=]", match["inside"])) or "`" in match[0]:
            continue
        done = match.end()
        message = "formulas are not read in this book: this one is printed as TeX"
        context.tell_once(UNREAD, page.place(match.start()), "formula", message, "write math = true in handbound.toml")
        if block and page.is_alone(*match.span()) and "\n" in match[0]:
            indent = page.indent(match.start())
            rows: list[Row] = [
                page.made(f"{indent}```tex", match.start()),
                *page.between(*match.span()),
                page.made(f"{indent}```", match.end()),
            ]
            context.taken.subtract(["tex"])
            yield Edit(start=match.start(), end=match.end(), new=tuple(rows), block=True)
        else:
            yield Edit(start=match.start(), end=match.start(), new=(page.made("`", match.start()),))
            yield Edit(start=match.end(), end=match.end(), new=(page.made("`", match.end()),))
