"""Checks that no word is lost between the author's file and the finished tree.

:mod:`book.markdown.lines` reads the file independently of pandoc. Each of its words must occur in pandoc's tree: as text,
as code, or in an address or an attribute; and every visible word of that tree must occur in the finished chapter.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from msgspec import Struct

from book.markdown import footnotes, leaves
from book.markdown.leaves import Leaf, Tree
from book.markdown.lines import TAB, Fence, Sort, Source
from book.markdown.positions import line_ranges
from book.model import Manuscript, Nodes
from book.patterns import regex
from book.problems import Kind, Problem, Severity

LOST = Kind("G121", Severity.WARNING, "words of a chapter that are not in the book")
OPEN_CODE = Kind("G124", Severity.WARNING, "a code block that is never closed, or not before the next one begins")
OPEN_COMMENT = Kind("G125", Severity.WARNING, "a comment that is never closed")
ACCIDENT = Kind("G126", Severity.WARNING, "a paragraph that becomes a heading because of the line below it")
BEHIND_FENCE = Kind("G127", Severity.WARNING, "words after the fence of a code block")
TITLED_CODE = Kind("G128", Severity.NOTE, "the title of a code block, which is not printed")
UNUSED = Kind("G129", Severity.NOTE, "a link definition that no link uses")
TWO_ADDRESSES = Kind("G130", Severity.WARNING, "two link definitions with the same name")

WORD = regex(r"[^\W_]+")
ENTITY = regex(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
REFERENCE = regex(r"\[((?:[^\[\]\\\n]|\\.)+)\]:[ \t]*(<[^<>\n]*>|\S+)?")
FULL = regex(r"(?<=\])\[((?:[^\[\]\\]|\\.){1,1000})\]")
BRACKETS = regex(r"\[((?:[^\[\]\\]|\\.){1,1000})\]")
TASK = regex(r"\[[ xX]\](?=\s)")
BRACES = regex(r"\{[^{}\n]*\}")
MOST = 20
"""The most problems of one kind that are reported in one chapter."""
PROSE = 100
"""A heading of more letters than this is taken for an accident."""


def find(manuscript: Manuscript, source: Source, tree: Nodes, problems: Iterable[Problem] = ()) -> tuple[Problem, ...]:
    """Return problems for the words of *manuscript* that pandoc's *tree* lacks, and for other constructs that hide words.

    Args:
        manuscript: the chapter.
        source: its lines.
        tree: pandoc's tree, with the notes in their places.
        problems: those about notes that are not printed.
    """
    lines = {manuscript.line_at(problem.place) - 1 for problem in problems if problem.code in footnotes.UNPRINTED}
    silent = frozenset(number for number, note in enumerate(source.notes) if note in lines)
    definitions = tuple(_definitions(source))
    leaves_of_tree = leaves.read(tree)
    return (
        *_limited(_fences(manuscript, source)),
        *(
            OPEN_COMMENT.at(
                manuscript.place(number + 1),
                "this comment is never closed; it is printed as typed",
                fix="write --> where it ends",
            )
            for number in source.unclosed
        ),
        *_limited(_accidents(manuscript, source, leaves_of_tree)),
        *_limited(_addresses(manuscript, source, definitions)),
        *_lost(manuscript, source, leaves_of_tree, definitions, silent),
    )


def find_dropped(
    manuscript: Manuscript, before: Nodes, after: Tree, problems: Iterable[Problem], taken: Counter[str]
) -> tuple[Problem, ...]:
    """Return problems for the visible words of *before* that *after* lacks, unless a problem at their line was already reported.

    Args:
        manuscript: the chapter.
        before: pandoc's tree.
        after: the title and the blocks of the finished chapter.
        problems: those reported so far.
        taken: words that a dialect removed on purpose.
    """
    typed = leaves.read(before).leaves
    text, printed = _joined(typed), _joined(after.leaves)
    if text == printed:  # true of most chapters
        return ()
    have = Counter(_words(printed))
    if Counter(_words(text)) <= have:
        return ()
    reported = sorted(
        (problem.place.line, NEAR.get(problem.code, 0)) for problem in problems if problem.place.path == manuscript.file
    )
    starts = [line for line, _ in reported]
    lines: dict[int, list[str]] = {}
    excused = Counter(taken)
    for at, pieces in leaves.by_line(typed):
        words = _words(_joined(pieces))
        line = manuscript.place(max(1, at)).line
        index = bisect_right(starts, line)
        if index and any(line - start <= near for start, near in reported[max(0, index - 5) : index]):
            excused.update(words)
        for word in words:
            if have[word]:
                have[word] -= 1
            else:
                lines.setdefault(at, []).append(word)
    result = []
    for line, words in sorted(lines.items()):
        # If one of several equal words is missing, assume it is the one that was already reported.
        lost = []
        for word in words:
            if excused[word]:
                excused[word] -= 1
            else:
                lost.append(word)
        if lost:
            message = f"words of this line are not in the book: '{_quoted(lost)}'"
            fix = "write them in Markdown, outside of raw HTML"
            result.append(LOST.at(manuscript.place(max(1, line)), message, fix=fix))
    return tuple(_limited(result))


NEAR = {"H101": 200, "H102": 12, "H104": 3, "H106": 3, "G115": 0, "G116": 1, "I118": 40}
"""Problems that explain missing words -> how many lines below the reported line the words may be; a script is reported at its tag."""


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower()) if text.isascii() else [word.casefold() for word in _typed(text)]


def _joined(pieces: Iterable[Leaf]) -> str:
    """Return the text of *pieces*, separated by spaces: a word never continues in the next piece."""
    return "\n".join([text for _, _, text, _ in pieces])


def _typed(text: str) -> list[str]:
    """Return the words of *text* in composed form (NFC), because pandoc composes letters and their marks."""
    return WORD.findall(text if text.isascii() else unicodedata.normalize("NFC", text))


def _quoted(words: Sequence[str], most: int = 12) -> str:
    return " ".join(words[:most]) + (" …" if len(words) > most else "")


def _limited(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the first :data:`MOST` of each kind of *problems*."""
    count: Counter[str] = Counter()
    for problem in problems:
        count[problem.code] += 1
        if count[problem.code] <= MOST:
            yield problem


# Words that pandoc's tree lacks.


class _Definition(Struct, frozen=True):
    """A line that defines a link reference."""

    line: int
    label: str
    target: str


def _definitions(source: Source) -> Iterator[_Definition]:
    offset = 0
    for number, line in enumerate(source.lines):
        if source.sorts[number] is Sort.TEXT and "]:" in line:
            match = REFERENCE.match(line[max(0, source.starts[number] - offset) :])
            if match is not None and not match[1].startswith("^"):
                yield _Definition(number, footnotes.folded(match[1]), (match[2] or "").strip("<>"))
        offset += len(line) + 1


def _lost(
    manuscript: Manuscript,
    source: Source,
    tree: Tree,
    definitions: Sequence[_Definition],
    silent: frozenset[int],
) -> Iterator[Problem]:
    texts: dict[int, list[str]] = {}
    for line, _, text, _ in tree.leaves:
        texts.setdefault(line, []).append(text)
    surplus: Counter[str] = Counter()
    pending: list[tuple[int, str, str]] = []
    for number, text in _source_text(source, definitions):
        if number in silent:
            continue
        pieces = texts.pop(number + 1, [])
        if text.isascii() and "".join(pieces) == text:  # true of most lines without marks
            continue
        words = _words(text)
        if words == (printed := _words("\n".join(pieces))):
            continue
        rest = Counter(printed)
        for word, typed in zip(words, _typed(text), strict=True):
            if rest[word] > 0:
                rest[word] -= 1
            else:
                pending.append((number, word, typed))
        surplus.update(rest)
    if not pending:
        return
    for pieces in texts.values():
        surplus.update(_words("\n".join(pieces)))
    apart = _apart(tree)
    lost: dict[int, list[str]] = {}
    for number, word, typed in pending:
        if surplus[word] > 0:
            surplus[word] -= 1
        elif word not in apart:
            lost.setdefault(number, []).append(typed)
    for number in [number for number in lost if "&" in source.lines[number]]:
        # In an address an entity is part of a word; in text it is a piece of its own.
        unescaped = " ".join(word for word in _words(html.unescape(source.lines[number])) if word in apart)
        lost[number] = [word for word in lost[number] if word.casefold() not in unescaped]
    for number, words in lost.items():
        # Text in braces is read as attributes, even where they apply to nothing.
        braces = frozenset(word for braced in BRACES.findall(source.lines[number]) for word in _words(braced))
        lost[number] = [word for word in words if word.casefold() not in braces] if braces else words
    yield from _limited(_of_line(manuscript, source, number, words) for number, words in sorted(lost.items()) if words)


def _of_line(manuscript: Manuscript, source: Source, number: int, words: list[str]) -> Problem:
    """Return the problem for *words* that were lost in one line."""
    place = manuscript.place(number + 1)
    if (columns := _columns(source, number)) and (cells := _cells(source.lines[number])) > columns:
        surplus = re.split(r"(?<!\\)\|", source.lines[number].strip(" \t>").strip("|"))[columns:]
        message = f"this row has {cells} cells, its head {columns}: '{' | '.join(map(str.strip, surplus))}' is left out"
        return LOST.at(place, message, fix="write \\| for a bar inside a cell, or give the head another cell")
    message = f"words of this line are not in the book: '{_quoted(words)}'"
    return LOST.at(
        place, message, fix="put a backslash before the character that hides them, or leave a blank line above"
    )


def _columns(source: Source, number: int) -> int:
    """Return the number of cells in the head of the table that contains the line; 0 outside tables."""
    line = number
    while line > 0 and "|" in source.lines[line]:
        bare = source.lines[line].strip(" \t>")
        if "-" in bare and not bare.strip("|:- \t"):
            return _cells(source.lines[line])
        line -= 1
    return 0


def _cells(line: str) -> int:
    bare = re.sub(r"\\.", "", line).strip(" \t>")
    return bare.removeprefix("|").removesuffix("|").count("|") + 1


def _source_text(source: Source, definitions: Sequence[_Definition]) -> Iterator[tuple[int, str]]:
    """Yield each line number with its text, without the words of markup that is never printed."""
    labels = {definition.label for definition in definitions}

    def unnamed(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0]) if footnotes.folded(match[1]) in labels else match[0]

    text = source.text
    if labels and "][" in text:
        text = FULL.sub(unnamed, text)
    if "[^" in text:
        text = footnotes.CALL.sub(lambda match: " " * len(match[0]), text)
    rows = text.split("\n")
    named = {definition.line for definition in definitions}
    offset = 0
    for number, line in enumerate(source.lines):
        sort = source.sorts[number]
        start = source.starts[number] - offset
        offset += len(line) + 1
        if sort in (Sort.BLANK, Sort.COMMENT, Sort.FENCE) or number in named:
            continue
        if sort is Sort.TEXT:
            text = rows[number][max(0, start) :]
            text = TASK.sub("", text, count=1) if text.startswith("[") else text
            if "&" in text:
                text = ENTITY.sub(lambda match: f" {html.unescape(match[0])} ", text)
            yield number, text
        else:
            yield number, line


def _apart(tree: Tree) -> frozenset[str]:
    """Return the words in addresses, attributes and tags."""
    raw = "\n".join(tree.raw)
    texts = (
        *tree.attributes,
        *tree.addresses,
        *(unquote(text) for text in tree.addresses if "%" in text),
        raw,
        html.unescape(raw),
    )
    return frozenset(_words("\n".join(texts)))


# Constructs that hide words or change their meaning.


def _fences(manuscript: Manuscript, source: Source) -> Iterator[Problem]:
    for fence in source.fences:
        place = manuscript.place(fence.line + 1)
        if not fence.closed and any(line.strip() for line in source.lines[fence.line + 1 : fence.end]):
            last = manuscript.place(fence.end).line
            message = f"the code that begins here is never closed; it ends at line {last}"
            yield OPEN_CODE.at(place, message, fix=f"write {fence.mark} on a line of its own where it ends")
        elif (number := _second_start(source, fence)) is not None:
            start, last = source.lines[number].strip(" \t>"), manuscript.place(number + 1).line
            message = (
                f"the code that begins here is still open at line {last}, so “{start}” and the text above it are code"
            )
            more = f"fences that are part of the code need a longer one around it: {fence.mark}{fence.mark[0]}"
            yield OPEN_CODE.at(place, message, fix=f"write {fence.mark} where this code ends; {more}")
        yield from _behind(manuscript, fence)


_START = regex(r"[\s>]*(`{3,}|~{3,})[ \t]*((?:\{.*\}|\w[\w.+#-]*)(?:[ \t]*\{.*\}|[ \t]+[\w-]+=.*)?)[ \t]*")
"""A fence with a language, in a line of code."""
_ABOUT_MARKDOWN = frozenset({"markdown", "md", "mdx", "gfm", "commonmark", "rmd", "rmarkdown", "qmd", "myst", "pandoc"})
"""Languages of code in which fences are normal."""


def _second_start(source: Source, fence: Fence) -> int | None:
    """Return the index of the line in *fence* that begins another block of code: the first was not meant to be open there."""
    language = re.match(r"[{.\s]*([\w-]*)", fence.info)
    if language and language[1].lower() in _ABOUT_MARKDOWN:
        return None
    column = source.lines[fence.line].find(fence.mark)
    for number in range(fence.line + 1, fence.end):
        match = _START.fullmatch(source.lines[number])
        if match and match[1].startswith(fence.mark) and "`" not in match[2] and match.start(1) - column < TAB:
            return number
    return None


_PIECE = regex(r"\{[^{}]*\}|[\w.:-]+=(?:\"[^\"]*\"|'[^']*'|\S*)|\"[^\"]*\"|\S+")
_TITLE = regex(r"""(?:title|caption|filename|file)=["']?([^"'{}]+)""")


def _behind(manuscript: Manuscript, fence: Fence) -> Iterator[Problem]:
    """Yield problems for the words after an opening fence: the first names the language, the others are not printed."""
    place = manuscript.place(fence.line + 1)
    rest = fence.info.partition(" ")[2] if not fence.info.startswith("{") else ""
    if (title := _TITLE.search(fence.info)) is not None:
        message = f"the title '{title[1].strip()}' of this code is not printed"
        yield TITLED_CODE.at(place, message, fix="write it in a paragraph above the code")
        return
    free = [piece for piece in _PIECE.findall(rest) if re.fullmatch(r"[^\W\d_]+[.,:;!?]?", piece)]
    if len(free) > 1:
        message = f"words after a code fence are not printed: '{rest.strip()}'"
        yield BEHIND_FENCE.at(place, message, fix="write them on the line below, or above the code")


_ANCHOR = regex(r"(?:<a\s[^<>]*>\s*</a>\s*)+", re.IGNORECASE)
"""A line with nothing but anchors."""


def _accidents(manuscript: Manuscript, source: Source, tree: Tree) -> Iterator[Problem]:
    """Yield problems for the paragraphs that a line of hyphens or equals signs turns into headings."""
    for item in tree.headers:
        # For such a heading, pandoc gives the position of its first line, then that of the whole.
        ranges = line_ranges(item)
        if len(ranges) < len(("line", "whole")):
            continue
        first, last = ranges[-1]
        under = source.lines[last - 1].strip(" \t>") if 0 < last <= len(source.lines) else ""
        if last <= first or not under or set(under) not in ({"-"}, {"="}):
            continue
        text = [line.strip() for line in source.lines[first - 1 : last - 1]]
        if len(text) > 1 and _ANCHOR.fullmatch(text[0]):
            del text[0]
        above = source.lines[first - 2].strip() if first > 1 else ""
        if above == "---" and all(re.match(r"[\w-]+:(\s|$)|[-\s]", line) for line in text):
            message = f"this looks like front matter, but it is a heading here: '{_quoted(text, 3)}'"
            fix = "front matter belongs at the beginning of the file; for a horizontal rule, put a blank line above ---"
        elif len(text) > 1 or len(text[0]) > PROSE or text[0].endswith((".", ",", ";", ":")):
            message = (
                f"this paragraph is a heading because of the {under[:3]} below it: '{_quoted(text[0].split(), 6)}'"
            )
            fix = f"put a blank line above {under[:3]}"
        else:
            continue
        yield ACCIDENT.at(manuscript.place(first), message, fix=fix)


def _addresses(manuscript: Manuscript, source: Source, definitions: Sequence[_Definition]) -> Iterator[Problem]:
    """Yield problems for link references that are defined twice or never used; comments in this form do not count."""
    if not definitions:
        return
    used = Counter(footnotes.folded(match[1]) for match in BRACKETS.finditer(source.text))
    first: dict[str, _Definition] = {}
    count = Counter(definition.label for definition in definitions)
    for definition in definitions:
        place = manuscript.place(definition.line + 1)
        if definition.label in ("//", "comment") or definition.target in ("#", ""):
            continue
        if (before := first.setdefault(definition.label, definition)) is not definition:
            if before.target != definition.target:
                line = manuscript.place(before.line + 1).line
                message = f"[{definition.label}] has two addresses; links lead to the first, in line {line}"
                yield TWO_ADDRESSES.at(place, message, fix="rename the second one, or remove it")
        elif used[definition.label] <= count[definition.label] and place.path == manuscript.file:
            # A file that several chapters include may define more than each of them needs.
            yield UNUSED.at(place, f"no link uses [{definition.label}]", fix="remove it, or write the link")
