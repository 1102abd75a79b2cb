r"""Commands of TeX that a book defines itself: `\newcommand{\R}{\mathbb{R}}` in a chapter, `math:` in front matter, tables of a site.

Each use in a formula is replaced by what it stands for, because pandoc and readers know only the commands of TeX. As in MathJax, a
definition counts in the whole chapter, wherever it stands, and is not printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from book.dialects.context import Context
from book.dialects.formulas import BLOCK, INLINE
from book.dialects.tags import Edit, Passage
from book.model import Manuscript
from book.patterns import regex

KEY = "math"
"""The table of commands in the front matter of MyST."""
DEEPEST = 20
"""The most commands that may stand for one another in turn."""

_NAME = regex(r"\\(?:[A-Za-z]+|[^A-Za-z\s])")
_DEFINITION = regex(
    r"\\(?:(?:re)?new|provide)command\*?\s*(?:\{\s*(?P<braced>\\[A-Za-z]+)\s*\}|(?P<bare>\\[A-Za-z]+))\s*(?:\[\d\]\s*)?(?:\[(?P<default>[^\[\]\n]*)\]\s*)?(?=\{)"
    r"|\\def\s*(?P<plain>\\[A-Za-z]+)(?:#\d)*\s*(?=\{)"
    r"|\\DeclareMathOperator(?P<star>\*?)\s*(?:\{\s*(?P<operator>\\[A-Za-z]+)\s*\}|(?P<bare_operator>\\[A-Za-z]+))\s*(?=\{)"
)
_PARAMETER = regex(r"#(\d)")


class Macro(Struct, frozen=True):
    """What a command of TeX stands for."""

    body: str
    """TeX, with ``#1`` to ``#9`` in the places of its arguments."""
    default: str | None = None
    """The first argument where none is written in brackets; None if it has no argument in brackets."""

    @property
    def arguments(self) -> int:
        """The number of its arguments."""
        return max((int(number) for number in _PARAMETER.findall(self.body)), default=0)


class _Definition(Struct, frozen=True):
    """A definition in a text, from *start* to before *end*."""

    name: str
    macro: Macro
    start: int
    end: int


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with its own commands of TeX replaced by what they stand for, if formulas are on."""
    if not context.library.settings.math or "\\" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    definitions = list(_definitions(page.visible))
    macros = {**_table(context.library.parameters), **_table(context.manuscript.front.values.get(KEY))}
    macros |= {definition.name: definition.macro for definition in definitions}
    if not macros:
        return manuscript
    formulas = [*BLOCK.finditer(page.visible), *INLINE.finditer(page.visible)]
    removed = _removed(page, formulas, definitions, context)
    return page.with_edits([*removed, *_expanded(page, formulas, definitions, macros, context)])


def _table(table: object) -> dict[str, Macro]:
    """Return the macros in a *table* of a site or of front matter: a text each, or a list that begins with it."""
    pairs = table.items() if isinstance(table, Mapping) else ()
    macros = {}
    for key, value in pairs:
        first = value[0] if isinstance(value, list | tuple) and value else value
        body = first.get("macro") if isinstance(first, Mapping) else first
        if isinstance(body, str) and (match := _NAME.fullmatch(str(key))):
            macros[match[0]] = Macro(body)
    return macros


def _definitions(text: str) -> Iterator[_Definition]:
    """Yield the definitions in *text*; one without the end of its body is left alone."""
    done = 0
    for match in _DEFINITION.finditer(text):
        end = _closed(text, match.end())
        if match.start() < done or end is None:
            continue
        done = end
        body = text[match.end() + 1 : end - 1].strip()
        if operator := match["operator"] or match["bare_operator"]:
            body = f"\\operatorname{match['star']}{{{body}}}"
        name = operator or match["braced"] or match["bare"] or match["plain"]
        yield _Definition(name, Macro(body, match["default"]), match.start(), end)


def _closed(text: str, start: int) -> int | None:
    """Return the end of the group in braces that opens at *start*; None if it does not end before the next paragraph."""
    depth = 0
    for mark in re.compile(r"\\.|[{}]|\n[ \t]*\n", re.S).finditer(text, start):
        if mark[0].isspace():
            return None
        depth += (mark[0] == "{") - (mark[0] == "}")
        if not depth and mark[0] == "}":
            return mark.end()
    return None


def _removed(
    page: Passage, formulas: list[re.Match[str]], definitions: list[_Definition], context: Context
) -> Iterator[Edit]:
    """Yield the edits that remove *definitions*, and the dollars around a formula that contains nothing else."""
    ends = [(definition.start, definition.end) for definition in definitions]
    for formula in formulas:
        inner = [(start, end) for start, end in ends if formula.start() < start and end <= formula.end("inside")]
        rest = page.text[formula.start("inside") : formula.end("inside")]
        for start, end in inner:
            rest = rest.replace(page.text[start:end], "", 1)
        if inner and not rest.strip():
            ends = [*(pair for pair in ends if pair not in inner), formula.span()]
    for start, end in ends:
        context.take(page.text[start:end])
        # Its line goes, too: a blank line would end a formula.
        blank = re.compile(r"[ \t]*\n?" if page.is_alone(start, end) else "").match(page.text, end)
        yield Edit(start=start, end=blank.end() if blank else end, new=(page.made("", start),))


def _expanded(
    page: Passage,
    formulas: list[re.Match[str]],
    definitions: list[_Definition],
    macros: Mapping[str, Macro],
    context: Context,
) -> Iterator[Edit]:
    """Yield an edit for each use of *macros* in a formula."""
    for formula in formulas:
        at, last = formula.span("inside")
        while match := _NAME.search(page.text, at, last):
            start, at = match.span()
            inside = next(
                (definition for definition in definitions if definition.start <= start < definition.end), None
            )
            if inside is not None:
                at = inside.end
            elif match[0] in macros:
                tex, at = expand(page.text, start, last, macros)
                if tex is not None and context.has_room(tex):
                    context.take(page.text[start:at])
                    yield Edit(start=start, end=at, new=(page.made(tex, start),))


def expand(
    text: str, start: int, last: int, macros: Mapping[str, Macro], depth: int = DEEPEST
) -> tuple[str | None, int]:
    r"""Return what the command at *start* of *text* stands for, and where it ends with its arguments, before *last*.

    The text is None if the commands stand for one another without end, or for more than a formula can hold.

    >>> expand(r"\v{x}+1", 0, 7, {r"\v": Macro(r"\mathbf{#1}")})
    ('\\mathbf{x}', 5)
    >>> expand(r"\a", 0, 2, {r"\a": Macro(r"\a")})
    (None, 2)
    """
    at = next(match.end() for match in _NAME.finditer(text, start, last))
    macro = macros[text[start:at]]
    arguments: list[str] = []
    if macro.default is not None:
        bracketed = re.compile(r"\s*\[([^\[\]]*)\]").match(text, at, last)
        arguments.append(bracketed[1] if bracketed else macro.default)
        at = bracketed.end() if bracketed else at
    while len(arguments) < macro.arguments:
        argument = re.compile(r"\s*(\{|\\[A-Za-z]+|\\?\S)").match(text, at, last)
        end = _closed(text, argument.start(1)) if argument and argument[1] == "{" else None
        if argument is None or (end is None and argument[1] == "{") or (end or 0) > last:
            break  # it is incomplete: what is there is used, as TeX would report it
        arguments.append(text[argument.start(1) + 1 : end - 1] if end else argument[1])
        at = end or argument.end()
    tex = _PARAMETER.sub(
        lambda match: arguments[int(match[1]) - 1] if 0 < int(match[1]) <= len(arguments) else "", macro.body
    )
    if not depth or len(tex) > LARGEST:
        return None, at
    return _all(tex, macros, depth - 1), at


LARGEST = 10_000
"""The most characters that one command may stand for."""


def _all(tex: str, macros: Mapping[str, Macro], depth: int) -> str | None:
    """Return *tex* with all *macros* in it replaced; None as in :func:`expand`."""
    made, at = "", 0
    for_name = _NAME.search(tex)
    while for_name:
        start = for_name.start()
        if for_name[0] in macros:
            inner, end = expand(tex, start, len(tex), macros, depth)
            if inner is None:
                return None
        else:
            inner, end = for_name[0], for_name.end()
        made, at = f"{made}{tex[at:start]}{inner}", end
        if len(made) > LARGEST:
            return None
        for_name = _NAME.search(tex, at)
    return made + tex[at:]
