"""Tags in text, such as `{% x %}` and `{{< x >}}`: found, paired and replaced, without changing the lines around them."""

from __future__ import annotations

import functools
import itertools
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from book.dialects.context import Context
from book.dialects.quotations import QUOTING, begun, continued, quoted
from book.dialects.rows import Row, join, rows_of, text_of, with_rows
from book.markdown import lines, raw_marks
from book.markdown.lines import LIST_MARKER
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Place, Severity

UNREAD = Kind("G142", Severity.WARNING, "a tag of the author's site that cannot be read; it is left out")


class Tag(Struct, frozen=True, kw_only=True):
    """One tag of a text."""

    name: str
    words: tuple[str, ...] = ()
    """Its arguments without names."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Its arguments with names."""
    typed: str = ""
    start: int
    end: int
    closing: bool = False

    def first(self, *names: str) -> str:
        """Return the first argument with one of *names*, else its first one without a name."""
        named = next((self.values[name] for name in names if self.values.get(name)), "")
        return named or (self.words[0] if self.words else "")


_ARGUMENT = regex(
    r"(?:(?P<name>[\w:@.-]+)\s*=\s*)?(?:\"(?P<double>(?:\\.|[^\"\\])*)\"|'(?P<single>(?:\\.|[^'\\])*)'|`(?P<tick>[^`]*)`|"
    r"\{(?P<braces>(?:[^{}]|\{[^{}]*\})*)\}|(?P<bare>[^\s\"'`=]+))"
)


def arguments(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    r"""Return the arguments of a tag: those without names, and those with names.

    >>> arguments('include "a b" title=\'c\' n=3')
    (('include', 'a b'), {'title': 'c', 'n': '3'})
    """
    words: list[str] = []
    values: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text):
        value = next(match[key] for key in ("double", "single", "tick", "braces", "bare") if match[key] is not None)
        if match["double"] is not None or match["single"] is not None:
            value = re.sub(r"\\(.)", r"\1", value)
        elif match["braces"] is not None:
            value = _literal(value)
        if match["name"]:
            values[match["name"]] = value
        else:
            words.append(value)
    return tuple(words), values


def _literal(expression: str) -> str:
    """Return the text of an expression in braces if it is a literal, or elements without values; else an empty string. Nothing is evaluated."""
    if (element := expression.strip()).startswith("<") and element.endswith(">") and not re.search(r"[{}]", element):
        return " ".join(re.sub(r"<[^<>]*>", "", element).split())
    match = re.fullmatch(r"\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`$]*)`|(-?\d+(?:\.\d+)?|true|false))\s*", expression)
    return next((text for text in match.groups() if text is not None), "") if match else ""


def pair(tags: Sequence[Tag]) -> dict[int, int]:
    """Return for each tag that opens something the index of the one that closes it."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for number, tag in enumerate(tags):
        if not tag.closing:
            stack.append(number)
            continue
        at = next((at for at in range(len(stack) - 1, -1, -1) if tags[stack[at]].name == tag.name), None)
        if at is not None:
            pairs[stack[at]] = number
            del stack[at:]
    return pairs


FARTHEST = 400
"""The most lines above a block in which the mark of its list is looked for."""
_LEAD = regex(rf"[ \t]*(?:{LIST_MARKER}[ \t]+)*")
"""The indent of a line, and the marks of the items of lists that begin on it."""
_BEGINNING = regex(rf"{_LEAD.pattern}(?:(?<=[-*+.)][ \t])\[[ xX]\][ \t]+)?")
"""The same with the box of a task."""
LEADING = regex(rf"(?:{QUOTING.pattern})?{_BEGINNING.pattern}")
"""Everything that may stand on a line before the text of a block."""


class Edit(Struct, frozen=True, kw_only=True):
    """The replacement of a stretch of the text: nothing, a piece of a line, or several lines."""

    start: int
    end: int
    new: tuple[Row, ...] = ()
    block: bool = False
    """Whether *new* consists of whole lines, even if it is only one."""


class Passage:
    """A text whose places are offsets."""

    def __init__(self, manuscript: Manuscript, rows: Sequence[Row] | None = None) -> None:
        """Take the lines of *manuscript*, or *rows* of it."""
        self.manuscript = manuscript
        self.text = manuscript.text if rows is None else text_of(rows)
        self._rows = None if rows is None else list(rows)
        self._source: lines.Source | None = None
        self._languages: dict[int, str] | None = None

    @functools.cached_property
    def rows(self) -> list[Row]:
        """Its lines, each with its place in a file."""
        return rows_of(self.manuscript) if self._rows is None else self._rows

    @functools.cached_property
    def starts(self) -> list[int]:
        """The offset of each line."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @property
    def source(self) -> lines.Source:
        """The sort of each line."""
        if self._source is None:
            self._source = lines.read(self.text)
        return self._source

    @property
    def visible(self) -> str:
        """The text with code and comments replaced by spaces."""
        return self.source.visible

    def at(self, offset: int) -> tuple[int, int]:
        """Return the line (from 0) of an *offset* of the text, and the offset in that line."""
        number = bisect_right(self.starts, offset) - 1
        return number, offset - self.starts[number]

    def row(self, offset: int) -> Row:
        """Return the line at *offset*."""
        return self.rows[self.at(offset)[0]]

    def made(self, text: str, offset: int) -> Row:
        """Return *text*, which the author did not type, with the place of *offset*."""
        number, column = self.at(offset)
        return self.rows[number].made(text, column)

    def piece(self, start: int, end: int) -> Row:
        """Return the text from *start* to before *end*, on the line of *start*."""
        number, column = self.at(start)
        return self.rows[number].cut(column, min(column + end - start, len(self.rows[number].text)))

    def between(self, start: int, end: int) -> list[Row]:
        """Return the lines from *start* to before *end*, with the first and last cut; the last without marks of quotations that stand alone."""
        first, column = self.at(start)
        last, to = self.at(end)
        if first == last:
            return [self.rows[first].cut(column, to)]
        rest = self.rows[last].cut(0, to)
        rest = rest.cut(0, 0) if QUOTING.fullmatch(rest.text) else rest
        return [self.rows[first].cut(column), *self.rows[first + 1 : last], rest]

    def indent(self, offset: int) -> str:
        """Return the indent of the text at *offset*: that of its line, or of the item of a list that begins on it; inside its quotations."""
        number, column = self.at(offset)
        text = self.rows[number].text
        quoting = QUOTING.match(text, 0, column)
        lead = _LEAD.match(text, quoting.end() if quoting else 0, max(column, len(text) - len(text.lstrip(" \t"))))
        return re.sub(r"[^ \t]", " ", lead[0]) if lead else ""

    def begins_item(self, offset: int) -> bool:
        """Return whether only the mark of an item of a list stands before *offset* on its line."""
        number, column = self.at(offset)
        before = self.rows[number].text[:column]
        return bool(before.strip()) and _BEGINNING.fullmatch(before) is not None

    def begins_block(self, offset: int) -> bool:
        """Return whether only marks of quotations, of items of lists and of tasks stand before *offset* on its line."""
        number, column = self.at(offset)
        return LEADING.fullmatch(self.rows[number].text, 0, column) is not None

    def block_start(self, number: int) -> int:
        """Return the offset of the text of the line *number*, behind the marks of its quotations, of items and of tasks."""
        lead = LEADING.match(self.rows[number].text)
        return self.starts[number] + (lead.end() if lead else 0)

    def item_indent(self, offset: int) -> str:
        """Return the indent of the text of the item of a list that contains the block at *offset*; empty outside lists."""
        if self.begins_item(offset):
            return self.indent(offset)
        number, _ = self.at(offset)
        bound = own = self.rows[number].indent
        top = max(0, number - FARTHEST)
        while bound and number > top:
            number -= 1
            row = self.rows[number]
            if row.is_blank or row.indent >= bound:
                continue
            width = len(self.indent(self.starts[number] + len(row.text)).expandtabs(4))
            if row.indent < width <= own:
                return " " * width
            bound = row.indent
        return ""

    def is_alone(self, start: int, end: int) -> bool:
        """Return whether the lines contain nothing outside *start* to before *end*."""
        first, column = self.at(start)
        last, to = self.at(end)
        return not self.rows[first].text[:column].strip() and not self.rows[last].text[to:].strip()

    def is_block(self, start: int, end: int) -> bool:
        """Return whether the lines contain nothing outside *start* to before *end* but the marks of quotations, items and tasks."""
        last, to = self.at(end)
        return self.begins_block(start) and not self.rows[last].text[to:].strip()

    def place(self, offset: int) -> Place:
        """Return the place in the author's file of an *offset* of the text."""
        number, column = self.at(offset)
        origin = self.rows[number].origin
        return Place(path=origin.path, line=origin.line, column=origin.at(column + 1)[0])

    def language(self, offset: int) -> str | None:
        """Return the language of the block of code at *offset*, in lower case; None outside fenced code."""
        if self._languages is None:
            self._languages = {}
            for fence in self.source.fences:
                language = (re.findall(r"[\w+#-]+", fence.info) or [""])[0].casefold()
                self._languages |= dict.fromkeys(range(fence.line + 1, fence.end), language)
        return self._languages.get(self.at(offset)[0])

    def tell_in_code(self, context: Context, start: int, end: int, sort: str) -> None:
        """Report, once for each kind and chapter, a tag in code that readers see but that the author's site would replace."""
        message = f"readers would see '{self.text[start:end][:60]}' in code ({sort})"
        fix = "write what it stands for"
        context.tell_once(raw_marks.LEFT, self.place(start), f"{sort} in code", message, fix)

    def tell(self, context: Context, kind: Kind, offset: int, message: str, fix: str = "") -> None:
        """Report a problem at *offset*."""
        number, column = self.at(offset)
        context.tell_at(kind, self.rows[number], column, message, fix)

    def with_edits(self, edits: Iterable[Edit]) -> Manuscript:
        """Return the manuscript with *edits* applied; of two that overlap, the first counts."""
        made = self.edited(edits)
        return self.manuscript if made is None else with_rows(self.manuscript, made)

    def with_texts(self, context: Context, pieces: Iterable[tuple[int, int, str]]) -> Manuscript:
        """Return the manuscript with texts in place of *pieces*, start, end and text of each; their words are removed on purpose."""
        edits = []
        for start, end, text in pieces:
            context.take(self.text[start:end])
            edits.append(Edit(start=start, end=end, new=(self.made(text, start),)))
        return self.with_edits(edits)

    def edited(self, edits: Iterable[Edit]) -> list[Row] | None:
        """Return the lines with *edits* applied; None if there are none."""
        ordered = sorted(edits, key=lambda edit: (edit.start, -edit.end))
        if not ordered:
            return None
        result: list[Row] = []
        line: list[Row] = []
        lead: Row | None = None
        at, column, done = 0, 0, 0
        for edit in ordered:
            if edit.start < done:
                continue
            first, start = self.at(edit.start)
            last, end = self.at(edit.end)
            if first > at:
                result.append(join(*line, *_led(lead, self.rows[at].cut(column))))
                result += self.rows[at + 1 : first]
                line, lead, column = [], None, 0
            line += _led(lead, self.rows[first].cut(column, start))
            lead = None
            if first == last and not (edit.new and (edit.block or len(edit.new) > 1 or edit.new[0].text.isspace())):
                line += edit.new  # to join what is before each of a thousand edits of one line would take minutes
                at, column, done = last, end, edit.end
                continue
            before = join(*line)
            quoting = QUOTING.match(before.text)
            inner = before.cut(quoting.end()) if quoting else before
            begins_item = bool(inner.text.strip()) and _BEGINNING.fullmatch(inner.text) is not None
            new = list(itertools.dropwhile(lambda row: row.is_blank, edit.new)) if begins_item else list(edit.new)
            if new and (edit.block or len(edit.new) > 1):
                full = next((row for row in new if not row.is_blank), None)
                line, lead = [], None if full is None else full.cut(0, len(full.text) - len(_unindented(full).text))
                if begins_item:
                    new = begun(inner, new)
                elif inner.text.strip():
                    result.append(before)
                if quoting:
                    starts_here = begins_item or not inner.text.strip()
                    new = quoted(
                        new, before.cut(0, quoting.end()), self.rows[first : last + 1], starts_here=starts_here
                    )
                    line = [before.made(continued(quoting[0]))] if end else []
                result += new
            else:
                line += new
                if last > first and line:
                    result += [joined] if (joined := join(*line)).text.strip() else []
                    line = [before.made(continued(quoting[0]))] if quoting and end else []
            at, column, done = last, end, edit.end
        rest = join(*line, *_led(lead, self.rows[at].cut(column)))
        if not rest.is_blank or not (ordered[-1].block or len(ordered[-1].new) > 1):
            result.append(rest)
        return [*result, *self.rows[at + 1 :]]


def _led(lead: Row | None, rest: Row) -> tuple[Row, ...]:
    """Return *rest*, the words of a line below a block that was made of what is before them, in the same item of a list."""
    if lead is None or not lead.text or rest.is_blank:
        return (rest,)
    return rest.made(lead.text), _unindented(rest)


def _unindented(row: Row) -> Row:
    return row.cut(len(row.text) - len(row.text.lstrip(" \t")))


def fenced(body: Sequence[Row], language: str, row: Row, indent: str = "") -> list[Row]:
    """Return *body* as a block of code."""
    inside = list(body)
    while inside and inside[-1].is_blank:
        inside.pop()
    while inside and inside[0].is_blank:
        inside.pop(0)
    longest = max((len(match) for line in inside for match in re.findall(r"`{3,}", line.text)), default=2)
    mark = "`" * (longest + 1)
    return [row.made(f"{indent}{mark}{language}"), *inside, row.made(indent + mark)]
