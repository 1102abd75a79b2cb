"""Marks of other dialects that a reader would see: each is reported with what to write instead.

Every kind is one entry of :data:`KINDS`. The search covers what would be printed, line by line, so a mark that some dialect has
read is never reported. Code and formulas are replaced by one letter each; escaped marks are skipped.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from book.markdown import leaves
from book.markdown.leaves import Tree
from book.markdown.nodes import attributes, literal
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Problem, Severity

LEFT = Kind("G140", Severity.WARNING, "markup of another dialect that readers would see")
MOST = 10
"""The most lines that are reported for one kind of slip in one chapter."""
SLIPS = frozenset({"footnote", "link", "picture", "reference"})
"""Marks that are each a slip of the author: reported at every line. Marks of a dialect are reported once in a chapter."""
CODE = "\ufffc"
"""Placeholder for code and formulas."""


class Mark(Struct, frozen=True):
    """One kind of mark."""

    name: str
    pattern: re.Pattern[str]
    fix: str
    hints: tuple[str, ...] = ("",)
    """Every text in which *pattern* finds something contains one of these: most chapters have none, and need no search."""


HINTS: Mapping[str, str] = {
    "footnote": "[^", "colon fence": ":::", "admonition": "!!! ???", "tab": "===", "alert": "[!", "shortcode": "{{< {{%",
    "include": "{{ 8< @include !include @import", "Liquid tag": "{%", "ERB tag": "<%", "template variable": "{{",
    "Svelte block": "{# {: {/ {@", "MDX comment": "{/*", "MDX line": "import export", "attributes": "{: {# {.", "contents": "]",
    "heading": "##",
    "wiki link": "[[", "picture": "![", "link": "[", "reference": "[", "LaTeX command": "\\", "page break": "=== <<< [",
    "citation": "@", "role": f"}}{CODE} :{CODE}", "directive": ".. )=", "grid table": "+- += +:", "comment": "%% -->",
    "bold": "**", "code": "`", "highlight": "==", "insertion": "++", "superscript": "^", "subscript": "~", "name between colons": ":",
    "icon": ":material :octicons :fontawesome :simple :fa :bi :mdi",
}  # fmt: skip
"""What a text contains, one or another, if there is a mark of a kind in it."""


def _mark(name: str, pattern: str, fix: str, flags: int = 0) -> Mark:
    return Mark(name, re.compile(pattern, flags), fix, tuple(HINTS[name].split()))


_HEADING = "write a space between the signs and the words"
_BOX = "write a box as `> [!NOTE]`, with its text in lines that start with >"
_TEXT = "write what it stands for"
_APART = "leave a blank line between it and the tag above, or write HTML"
_ATTRIBUTES = "remove it, or write it directly after its element"

KINDS: tuple[Mark, ...] = (
    _mark("footnote", r"\[\^[^\]\s][^\]\n]{0,60}\]", "define it with a line `[^name]: text`, or remove the mark"),
    _mark("colon fence", r"^:{3,}(?:\s*\{?[\w-].*)?$", _BOX),
    _mark("admonition", r"^(?:!!!|\?\?\?)\+?\s+[\w\"“].*", _BOX),
    _mark("tab", r"^===[!+]?\s+[\"“'‘].*", "write the name of the tab as a heading"),
    _mark("alert", r"^\[!\w+\].*", "write one of NOTE, TIP, IMPORTANT, WARNING and CAUTION, on a separate line"),
    _mark("shortcode", r"\{\{[<%].*?[>%]\}\}", _TEXT),
    _mark(
        "include",
        r"\{\{\s*#\w+[^}]*\}\}|^;?-+8<-+.*|^(?:@include|!include)\b.*|^@import[ \t]+(?:url\(|[\"'\w./-]*[\"'./]).*",
        "paste the text of the file here",
    ),
    _mark("Liquid tag", r"\{%.*?%\}", _TEXT),
    _mark("ERB tag", r"<%[=-]?\s.*?%>", _TEXT),
    _mark("template variable", r"\{\{(?![{#<%]).{1,200}?\}\}", _TEXT + ", or write it as code"),
    _mark(
        "Svelte block", r"\{[#:/@](?:if|else|each|await|then|catch|key|html|const|debug|snippet|render)\b[^}]*\}", _TEXT
    ),
    _mark("MDX comment", r"\{/\*.*?\*/\}", "write <!-- … -->"),
    _mark(
        "MDX line",
        r"^(?:import\s.+\sfrom\s+[\"'“‘].*|export\s+(?:const|default|function|let|async)\s.*)",
        "remove it",
    ),
    _mark("attributes", r"\{:\s*[^{}]*\}|\{[#.][A-Za-z][\w-]*(?:\s+[^{}]*)?\}", _ATTRIBUTES),
    _mark(
        "contents",
        r"\[toc\]|\[\[_?toc_?\]\]|@\[toc\]|\[\[?_TOC_\]?\]|^\[?table of contents\]\(.*",
        "remove it: every edition has a table of contents",
        re.I,
    ),
    _mark("heading", r"^#{2,6}[^\W\d_].*", _HEADING),
    _mark("wiki link", r"!?\[\[(?!_?toc_?\]\])[^\[\]\n]+\]\]", "write a link, [words](file.md)", re.I),
    _mark("picture", r"!\[[^\]\n]*\]\([^)\s]*\)", _APART),
    _mark("picture", r"!\[[^\]\n]*\]\([^)\n]*\)", "write spaces in an address as %20, a size as {width=100px}"),
    _mark("link", r"(?<!!)\[[^\]\n]+\]\([^)\s]+\)", _APART),
    _mark("link", r"(?<!!)\[[^\]\n]+\]\([^)\n]*\s[^)\n]*\)", "write spaces in an address as %20"),
    _mark(
        "link", r"\[[^\]\n]*[^\W\d_]{2}[^\]\n]*\][ \t]+\((?:https?://|www\.)[^)\n]*\)", "write no space between ] and ("
    ),
    _mark(
        "reference",
        r"(?<![\]\w])!?(?:\[[^\[\]\n^]+\]\[[^\[\]\n]*\]|\[ ?\]\[[A-Za-z][^\[\]\n]*\])",
        "define it with a line `[name]: address`",
    ),
    _mark(
        "LaTeX command",
        r"\\(?:newpage|pagebreak|clearpage|cleardoublepage|vspace|hspace|index|ref|cite|label|footnote|begin|end|includegraphics"
        r"|textbf|textit|emph|tableofcontents|noindent|centering|bigskip|medskip|smallskip)\b(?:\{[^{}]*\})?",
        'write Markdown; for a page break write <hr class="page-break">',
    ),
    _mark("page break", r"^(?:===+\s*page ?break\s*===+|<<<|\[pagebreak\])$", 'write <hr class="page-break">', re.I),
    _mark(
        "citation",
        r"\[-?@[\w:.#$%&+?<>~/-]+[^\]\n]*\]|(?<![\w/.])@(?:fig|sec|tbl|eq|lst|thm|ref)[-(:][\w(){}:.-]+",
        _TEXT,
    ),
    _mark(
        "role",
        rf"\{{[a-z][\w:+-]*\}}{CODE}|(?<![\w:]):[a-z][\w+-]*:{CODE}",
        "write a link, [words](file.md), or the words",
    ),
    _mark("directive", r"^\.\.\s+[\w-]+::.*|^\(\w[\w-]*\)=$", _TEXT),
    _mark("grid table", r"^\+(?:[-=:]{2,}\+)+$", "write a table with | between its cells"),
    _mark("comment", r"%%.+?%%|-->", "write <!-- … -->, closed on the same line"),
    _mark(
        "bold",
        r"(?<![*A-Za-z0-9])\*\*(?=[^\s*])[^*\n]+(?<=\S)\*\*(?![*A-Za-z0-9])",
        _APART.replace("HTML", "<strong>…</strong>"),
    ),
    _mark(
        "bold",
        r"(?<![*\w])\*\*(?=[^\s*])[^*\n]*\S\s+\S[^*\n]*\s\*\*(?!\*)|(?<!\*)\*\*\s(?=[^*\n]*\S\s+\S)[^*\n]+(?<=\S)\*\*(?![*\w])",
        "remove the space between the words and **",
    ),
    _mark("code", r"(?<!`)`[^`\n]+`(?!`)", _APART.replace("HTML", "<code>…</code>")),
    _mark("highlight", r"(?<![=\w])==(?=[^\s=])[^=\n]+(?<=[^\s=])==(?![=\w])", "write <mark>…</mark>"),
    _mark(
        "insertion",
        r"(?<![+\w])\+\+(?=[^\s+])[^+\n]+(?<=[^\s+])\+\+(?![+\w])",
        "write <ins>…</ins>, or <kbd>…</kbd> for a key",
    ),
    _mark("superscript", r"(?<=\w)\^(?:[\w+-]{1,12}|\([^()\n]{1,20}\))\^(?!\w)", "write <sup>…</sup>"),
    _mark("subscript", r"(?<=\w)~[\w+-]{1,12}~(?!~)", "write <sub>…</sub>"),
    _mark("icon", r"(?<![\w:]):(?:material|octicons|fontawesome|simple|fa|fas|fab|bi|mdi)-[\w-]+:", "remove it"),
    _mark(
        "name between colons",
        r"(?<!\S):[a-z][a-z_]*[a-z0-9_+-]*:(?=$|[\s.,;!?)])",
        "write the emoji itself, or remove it",
    ),
)


SIGNS: Mapping[str, re.Pattern[str]] = {
    "{{": regex(r"\{\{"),
    "{%": regex(r"\{%"),
    "{/*": regex(r"\{/\*"),
    ":::": regex(r":::"),
    "[!": regex(r"\[!\w"),
    "!!!": regex(r"!!!\+?\s+\w+(?:$|\s+[\"“])"),
    "8<": regex(r"-8<-"),
    "@ref": regex(r"\\@ref\("),
}
"""Marks that occur in no text except as markup of some dialect, anywhere in a line. Each one in a chapter is reported, and
:mod:`book.proof.raw` proves that no edition contains another."""

DISPLAY = Mark(
    "formula",
    regex(r"\$\$.*|(?<![\w$\\])\$(?=\S)(?=[^$\n]*[\\^_{])[^$\n]+(?<=\S)\$(?![\w$])"),
    "write math = true in handbound.toml",
    ("$",),
)
"""Only searched for in a book without formulas."""

_HINTS = frozenset(hint for kind in (*KINDS, DISPLAY) for hint in kind.hints)

SHOW_MARKUP = frozenset(
    "md markdown mdx mdc rmd qmd html htm xml xhtml svg vue svelte jsx tsx astro text txt plain plaintext none diff patch rst jinja "
    "jinja2 j2 django liquid twig nunjucks njk handlebars hbs mustache ejs erb eex heex pug haml slim go-html-template gotmpl "
    "gotemplate go-template go-text-template tmpl template tpl smarty php latex tex asciidoc adoc console markdoc myst".split()
)
"""Languages whose code shows markup on purpose."""
_INCLUDE = regex(r"\s*(?:\{\{\s*#\w+[^}]*\}\}|;?-+8<-+.*|\{!.*!\}|<<<\s+@/\S+)\s*")

DIRECTIVES = frozenset(
    "note tip warning danger caution important attention hint error seealso admonition versionadded versionchanged deprecated "
    "todo topic sidebar margin epigraph pull-quote figure image include literalinclude toctree tableofcontents contents "
    "list-table csv-table table grid grid-item card tab-set tab-item tabbed panels dropdown glossary bibliography eval-rst "
    "exercise solution proof theorem aside iframe embed".split()
)
"""MyST directives that are not code, although they are written as fences."""


def find(manuscript: Manuscript, tree: Tree, *, math: bool) -> Iterator[Problem]:
    """Yield a warning for each slip on each line, and one for each kind of mark of another dialect that a reader would see.

    Args:
        manuscript: the chapter.
        tree: its title and its blocks, sanitised.
        math: whether the book has formulas.
    """
    problems: list[Problem] = []
    count: Counter[str] = Counter()
    for kind, problem in _marks(manuscript, tree, math=math):
        count[kind.name] += 1
        if count[kind.name] <= (MOST if kind.name in SLIPS else 1):
            problems.append(problem)
    for problem in problems:
        name = problem.message.rpartition("(")[2].removesuffix(")")
        more = f" ({count[name]} times in this chapter)" if count[name] > 1 and name not in SLIPS else ""
        yield replace(problem, message=problem.message + more)


def signs(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names of those of :data:`SIGNS` that occur in *texts*, the pieces of one text.

    >>> signs(["a {", "{ b }} and :::"])
    ('{{', ':::')
    """
    text = "".join(texts)
    # The name is part of what the pattern finds, and is looked for much faster.
    return tuple(name for name, pattern in SIGNS.items() if name in text and pattern.search(text))


def printed_signs(tree: Tree) -> tuple[str, ...]:
    """Return the names of the signs that readers of *tree* see outside code: in its text and in the captions of its images."""
    pieces = (CODE if sort == leaves.CODE else text for _, _, text, sort in tree.leaves if sort != leaves.ALT)
    return signs((*pieces, "\n", "\n".join(tree.addresses[1::2])))


def _marks(manuscript: Manuscript, tree: Tree, *, math: bool) -> Iterator[tuple[Mark, Problem]]:
    """Yield each mark on each line, once per line, with its problem."""
    typed = manuscript.text.split("\n")
    whole = "".join([CODE if sort == leaves.CODE else text for _, _, text, sort in tree.leaves if sort != leaves.ALT])
    letters = {"", *whole}
    hints = {hint for hint in _HINTS if hint[:1] in letters and hint in whole}
    kinds = [kind for kind in (KINDS if math else (*KINDS, DISPLAY)) if not hints.isdisjoint(kind.hints)]
    possible = kinds or any(sign in whole for sign in SIGNS)
    for line, pieces in _printed(tree) if possible else ():
        text = "".join([piece for _, piece in pieces])
        if not _SUSPECT.search(text):
            continue
        starts = tuple(itertools.accumulate((len(piece) for _, piece in pieces), initial=0))
        taken = _Spans()
        for kind in kinds:
            reported = False
            for match in kind.pattern.finditer(text):
                if taken.overlap(*match.span()):
                    continue
                column = _typed_column(typed, line, _column(pieces, starts, match.start()), match[0])
                if _is_escaped(typed, line, column, match[0]) or _is_in_code(manuscript.text, line, column):
                    continue
                taken.add(*match.span())
                if not reported:
                    yield kind, _problem(manuscript, line, column, kind, match[0])
                reported = True
        for name, pattern in SIGNS.items():
            rest = (sign for sign in pattern.finditer(text) if not taken.overlap(sign.start(), sign.start() + 1))
            for sign in itertools.islice(rest, 1):
                column = _typed_column(typed, line, _column(pieces, starts, sign.start()), name)
                if not _is_escaped(typed, line, column, name):
                    kind = Mark(f"{name} markup", pattern, _TEXT + ", or write it as code")
                    yield kind, _problem(manuscript, line, column, kind, text[sign.start() : sign.start() + 40])
    for caption in tree.addresses[1::2]:
        for caption_sign in signs([caption])[:1]:
            line = next((number for number, row in enumerate(typed, 1) if caption in row), 1)
            kind = Mark(f"{caption_sign} markup", SIGNS[caption_sign], _TEXT)
            yield kind, _problem(manuscript, line, 1, kind, caption)
    if first_line := _FIRST.match(manuscript.text):
        line = manuscript.text.count("\n", 0, first_line.start("words")) + 1
        kind = Mark("heading", _FIRST, _HEADING)
        yield kind, _problem(manuscript, line, 1, kind, first_line["words"])
    for item, line, spot in tree.code:
        first = next(iter(attributes(item)[1]), "")
        rows = [row for row in literal(item).split("\n") if row.strip()]
        if rows and first not in SHOW_MARKUP and all(map(_INCLUDE.fullmatch, rows)):
            kind = Mark("include", _INCLUDE, "paste the text of the file here")
            yield kind, _problem(manuscript, line, leaves.column(spot), kind, rows[0])
        directive = re.fullmatch(r"\{([\w:-]+)\}.*", first)
        if directive is not None and directive[1].lower() in DIRECTIVES:
            kind = Mark("directive", _SUSPECT, _BOX)
            yield kind, _problem(manuscript, line, leaves.column(spot), kind, f"```{first}")


_FIRST = regex(r"(?:[ \t]*\n)*(?P<words>#[^\W\d_][^\n#]* [^\n#]+)(?:\n[ \t]*(?:\n|\Z)|\Z)")
"""A paragraph of a line that begins a chapter, meant as its title; a word with such a sign is a tag."""
_SUSPECT = regex(r"[\[{}<`$\\^~+=%!?;]|:\w|::|--|\*\*|\.\. |@\w|^import|^export|^##|<<<|:" + CODE)


_ENTITY = regex(r"&(?:#(?:123|125|37|91|93|[xX](?:7[bdBD]|25|5[bdBD]))|lbrace|lcub|percnt|lbrack|lsqb);")
"""An entity for a brace, a bracket or a percent sign: its author wanted readers to see the mark."""
_HTML_CODE = regex(r"<(pre|code|kbd|samp|tt)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
"""Code in an author's HTML."""
_CODE_SPAN = regex(r"(`+)[^`]+\1(?!`)")


def _problem(manuscript: Manuscript, line: int, column: int, kind: Mark, mark: str) -> Problem:
    mark = mark.strip().replace(CODE, "`…`")
    message = f"readers would see '{mark[:80]}{'…' if len(mark) > 80 else ''}' ({kind.name})"
    return LEFT.at(manuscript.place(max(1, line), max(1, column)), message, fix=kind.fix)


def _printed(tree: Tree) -> Iterator[tuple[int, Sequence[tuple[str, str]]]]:
    """Yield each printed line of *tree* as its line number in the file and its pieces with their spots."""
    for line, pieces in leaves.by_line(leaf for leaf in tree.leaves if leaf[3] != leaves.ALT):
        yield line, [(spot, CODE if sort == leaves.CODE else text) for _, spot, text, sort in pieces]


class _Spans:
    """Stretches of a line that do not overlap: a line may have tens of thousands of marks."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def overlap(self, start: int, end: int) -> bool:
        """Return whether one of them has a letter in common with *start* to *end*."""
        before = bisect.bisect_left(self._starts, end) - 1
        return before >= 0 and start < self._ends[before]

    def add(self, start: int, end: int) -> None:
        """Add a stretch that overlaps none of them."""
        at = bisect.bisect_left(self._starts, start)
        self._starts.insert(at, start)
        self._ends.insert(at, end)


def _column(pieces: Sequence[tuple[str, str]], starts: Sequence[int], at: int) -> int:
    """Return the column in the file of the letter *at* of a line; its *pieces* begin at *starts*."""
    number = bisect.bisect_right(starts, at) - 1
    if number == len(pieces):
        return 1
    spot, piece = pieces[number]
    return leaves.column(spot) + (at - starts[number] if len(piece) > 1 else 0)


def _typed_column(typed: Sequence[str], line: int, column: int, mark: str) -> int:
    """Return the column of *mark* in its line: the nearest to *column*, which raw tags and entities make inexact."""
    row = typed[line - 1] if 0 < line <= len(typed) else ""
    columns = [row.rfind(mark, 0, max(0, column - 1) + len(mark)) + 1, row.find(mark, max(0, column - 1)) + 1]
    return min(filter(None, columns), key=lambda other: abs(other - column), default=column)


@functools.lru_cache(maxsize=1)
def _html_code(text: str) -> tuple[Sequence[tuple[int, int]], Sequence[int]]:
    """Return the spans of code in the HTML of *text*, and the offsets of its lines; all marks of a chapter ask for it."""
    spans = [match.span() for match in _HTML_CODE.finditer(text)] if "</" in text else []
    starts = (0, *itertools.accumulate(len(line) + 1 for line in text.split("\n"))) if spans else ()
    return spans, starts


def _is_in_code(text: str, line: int, column: int) -> bool:
    """Return whether the place is in code in HTML, whose author wanted readers to see the mark."""
    spans, starts = _html_code(text)
    if not spans or not 0 < line < len(starts):
        return False
    offset = starts[line - 1] + column - 1
    at = bisect.bisect_right(spans, (offset, len(text))) - 1
    return at >= 0 and spans[at][0] <= offset < spans[at][1]


@functools.lru_cache(maxsize=1)
def _with_entities(row: str) -> str:
    """Return *row* without its code if its author wrote braces as entities, else nothing; all marks of a long line ask for it."""
    return _CODE_SPAN.sub("", row) if _ENTITY.search(row) else ""


def _is_escaped(typed: Sequence[str], line: int, column: int, mark: str) -> bool:
    """Return whether the author put a backslash before the mark, so that readers see it on purpose."""
    if not 0 < line <= len(typed) or mark.startswith("\\"):
        return False
    row = typed[line - 1]
    if (prose := _with_entities(row)) and mark not in prose:
        return True
    return row[column - 1 : column] == "\\" or row[max(0, column - 2) : column - 1] == "\\"
