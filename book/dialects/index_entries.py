r"""Marks of the index in the forms of other programs: `\index{…}` of LaTeX, `{index}` of MyST and Sphinx, `{{i:…}}` of mdBook, `{i: "…"}` of Leanpub.

All become `[words]{.index key="entry!subentry"}`, with nothing between the brackets where nothing is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from book.dialects.context import Context
from book.dialects.context import words as words_of
from book.dialects.formulas import BLOCK, INLINE
from book.dialects.rows import Row, rows_from, text_of
from book.dialects.tags import Edit, Passage
from book.markdown.marks import INDEX, NO_PLACE, without_index
from book.model import Manuscript
from book.patterns import regex

_ANY = regex(r"(?<![\w-])\.index(?![\w-])|\\(?:print|make)?indexc?\b|\{\{(?:ii?|hi):|\{i:")
"""Something in every text that has such a mark; most have none."""
_ATTRIBUTE = regex(
    r"(?:\]\((?:<[^<>\n]*>|[^()\s]*)[ \t]+|(?<![\w-])(?:alt|title)=)(?P<mark>[\"'])(?P<text>(?:(?!(?P=mark))[^\n]){1,2000})(?P=mark)"
)
"""The title of a link or an image, and the text of an image in HTML."""
_TEX = regex(
    r"(?<!\\)\\(?:(?P<make>printindex|makeindex)(?![a-zA-Z])(?:\[[^\[\]\n]*\])?|index(?P<code>c)?(?:\[[^\[\]\n]*\])?(?=\{))"
)
"""With a `c`, as some books of bookdown define it, for entries that are code."""
_MDBOOK = regex(r"\{\{(?P<kind>i|ii|hi):[ \t]*(?P<words>[^{}\n]+?)[ \t]*\}\}")
_LEANPUB = regex(r"\{i:[ \t]*\"(?P<entry>[^\"\n]+)\"[ \t]*\}")
_COMMAND = regex(r"\\(?P<name>[a-zA-Z]+)\*?[ \t]*\{(?P<words>[^{}]*)\}")
_STYLES = {"texttt": "`", "code": "`", "verb": "`", "textit": "*", "emph": "*", "textsl": "*", "textbf": "**"}
"""Commands of LaTeX, and the marks that set words in the same way."""
_SAFE = regex(r"[^\w !;,.()'-]")
"""Signs that another dialect could read: they are written as references to characters."""
_TITLED = regex(r"(?P<words>.*?)[ \t]*<(?P<target>[^<>]+)>[ \t]*$", re.S)
_KIND = regex(
    r"(?P<kind>single|pair|triple|see|seealso|module|keyword|operator|object|exception|statement|builtin):[ \t]*", re.I
)
QUOTE = '"'
"""Escapes a sign of makeindex."""


class Entry(Struct, frozen=True, kw_only=True):
    """An entry for the index."""

    levels: Sequence[str] = ()
    """The entry, with those above it before it; empty if it is what is marked."""
    sort: Sequence[str] = ()
    """What each of them is sorted by, if that is known of one."""
    see: str = ""
    also: str = ""
    range: str = ""
    """Whether a range of pages begins or ends here: ``begin``, ``end`` or empty."""

    def mark(self, words: str = "") -> str:
        """Return the mark that stands for it, around *words*.

        >>> Entry(levels=("wood", "oak `x`")).mark()
        '[]{.index key="wood!oak &#96;x&#96;"}'
        """
        values = {
            "key": "!".join(self.levels),
            "sort": "!".join(self.sort) if any(self.sort) else "",
            "see": self.see,
            "see-also": self.also,
            "range": self.range,
        }
        spelled = "".join(f' {name}="{_spelled(value)}"' for name, value in values.items() if value)
        return f"[{words}]{{.{INDEX}{spelled}}}"


def _spelled(value: str) -> str:
    return _SAFE.sub(lambda sign: f"&#{ord(sign[0])};", " ".join(value.split()))


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these marks as those of Handbound."""
    manuscript = _with_front(manuscript, context)
    if not _ANY.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    return page.with_edits([*_in_attributes(page, context), *_edits(page, context)])


def _edits(page: Passage, context: Context) -> list[Edit]:
    return [*_of_tex(page, context), *_of_mdbook(page, context), *_of_leanpub(page, context)]


def _with_front(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the marks in the titles and the questions of its front matter as those of Handbound."""
    front = manuscript.front
    texts = (front.title, front.label, *front.discussion)
    if not any(text and _ANY.search(text) for text in texts):
        return manuscript

    def read(text: str) -> str:
        page = Passage(manuscript, rows_from(text.split("\n"), manuscript.file, 1))
        rows = page.edited(_edits(page, context))
        return text_of(rows) if rows else text

    title, label = (text and read(text) for text in (front.title, front.label))
    front = replace(front, title=title, label=label, discussion=tuple(map(read, front.discussion)))
    return replace(manuscript, front=front)


def _in_attributes(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the removal of marks in texts without a place, such as the titles of links and images; their words stay."""
    for match in _ATTRIBUTE.finditer(page.visible):
        start, end = match.span("text")
        text = page.text[start:end]
        if (words := without_index(text)) != text:
            message = "the index has no entry for what the title of a link, or the text of an image in HTML, marks"
            page.tell(context, NO_PLACE, start, message, "mark the term in the text of the chapter")
            context.take(text)
            context.taken.subtract(words_of(words))
            yield Edit(start=start, end=end, new=(page.made(words, start),))


def _of_tex(page: Passage, context: Context) -> Iterator[Edit]:
    formulas = [match.span() for pattern in (BLOCK, INLINE) for match in pattern.finditer(page.visible)]
    for match in _TEX.finditer(page.visible):
        start, end = match.span()
        if any(first <= start < last for first, last in formulas):
            continue
        new = ""
        if not match["make"]:
            closing = _closing(page.text, end)
            if closing is None:
                continue
            argument = page.text[end + 1 : closing]
            code = f"`{argument}`" if "`" not in argument else argument
            new = (Entry(levels=(code,)) if match["code"] else of_tex(argument)).mark()
            end = closing + 1
        context.take(page.text[start:end])
        yield Edit(start=start, end=end, new=(page.made(new, start),))


def _closing(text: str, start: int) -> int | None:
    """Return the offset of the brace that closes the one at *start*; None if its paragraph has none."""
    depth = 0
    for at in range(start, min(len(text), start + 1000)):
        if text[at] in "{}" and text[at - 1] != "\\":
            depth += 1 if text[at] == "{" else -1
            if not depth:
                return at
        if text.startswith("\n\n", at):
            return None
    return None


def of_tex(argument: str) -> Entry:
    r"""Return the entry that `\index{argument}` makes.

    >>> of_tex(r"tools!grep@\texttt{grep}")
    Entry(levels=('tools', '`grep`'), sort=('', 'grep'), see='', also='', range='')
    >>> of_tex("Yahoo\"!|see{search}")
    Entry(levels=('Yahoo!',), sort=('',), see='search', also='', range='')
    >>> of_tex("wood|(textbf").range, of_tex("wood|)").range
    ('begin', 'end')
    """
    entry, _, form = _parted(argument, "|", 1)
    levels, sorts = [], []
    for level in _split(entry, "!"):
        before, at, shown = _parted(level, "@", 1)
        levels.append(_plain(shown if at else before))
        sorts.append(_plain(before) if at else "")
    match = re.match(r"(?P<kind>see(?:also)?)\{(?P<target>.*)\}$", form.strip(), re.S)
    target = "!".join(_plain(level) for level in re.split(r"!|,[ ]", match["target"])) if match else ""
    kind = match["kind"] if match else ""
    see, also = (target if kind == name else "" for name in ("see", "seealso"))
    ends = {"(": "begin", ")": "end"}.get(form.strip()[:1], "")
    return Entry(levels=tuple(levels), sort=tuple(sorts), see=see, also=also, range=ends)


def _split(text: str, sign: str) -> list[str]:
    """Return the parts of *text* between signs that are not escaped; the escapes stay."""
    return re.split(rf"(?<!{QUOTE}){re.escape(sign)}", text)


def _parted(text: str, sign: str, most: int) -> tuple[str, str, str]:
    parts = re.split(rf"(?<!{QUOTE}){re.escape(sign)}", text, maxsplit=most)
    return (parts[0], sign, parts[1]) if len(parts) > 1 else (text, "", "")


def _plain(words: str) -> str:
    r"""Return *words* of LaTeX as those of a mark.

    >>> _plain(r"\emph{The} \textsc{Bench} \& co~\LaTeX{}")
    '*The* Bench & co LaTeX'
    """
    words = re.sub(rf"{QUOTE}(.)", r"\1", words)
    previous = None
    while previous != words:
        previous = words
        words = _COMMAND.sub(_styled, words)
    words = re.sub(r"\\([a-zA-Z]+)[ \t]?(?:\{\})?", r"\1", words)
    words = re.sub(r"\\([^a-zA-Z\s])", r"\1", words)
    return " ".join(words.replace("{", "").replace("}", "").replace("~", " ").replace("$", "").split())


def _styled(match: re.Match[str]) -> str:
    sign, words = _STYLES.get(match["name"], ""), match["words"]
    return f"{sign}{words}{sign}" if words.strip() else match["name"]


def _of_mdbook(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _MDBOOK.finditer(page.visible):
        start, end = match.span()
        words = page.text[slice(*match.span("words"))]
        hidden, slanted = match["kind"] == "hi", match["kind"] == "ii"
        context.take(page.text[start:end] if hidden else f"{{{{{match['kind']}:")
        shown = f"*{words}*" if slanted else words
        new = Entry(levels=(words,)).mark() if hidden else f"[{shown}]{{.{INDEX}}}"
        yield Edit(start=start, end=end, new=(page.made(new, start),))


def _of_leanpub(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _LEANPUB.finditer(page.visible):
        start, end = match.span()
        context.take(page.text[start:end])
        levels = tuple(level.strip() for level in page.text[slice(*match.span("entry"))].split("!"))
        yield Edit(start=start, end=end, new=(page.made(Entry(levels=levels).mark(), start),))


def of_role(text: str) -> str:
    """Return the words of the role `{index}` as marked words.

    >>> of_role("glue"), of_role("a bench <single: bench; of wood>")
    ('[glue]{.index}', '[a bench]{.index key="bench!of wood"}')
    """
    titled = _TITLED.fullmatch(text)
    if titled is None:
        return f"[{text.removeprefix('!').strip()}]{{.{INDEX}}}"
    first, *others = of_sphinx(titled["target"]) or (Entry(),)
    return first.mark(titled["words"]) + "".join(entry.mark() for entry in others)


def of_sphinx(line: str) -> tuple[Entry, ...]:
    """Return the entries of a line of the directive `index` of Sphinx.

    >>> [entry.mark() for entry in of_sphinx("pair: loop; statement")]
    ['[]{.index key="loop!statement"}', '[]{.index key="statement!loop"}']
    >>> [entry.mark() for entry in of_sphinx("glue, ! wood")], [entry.mark() for entry in of_sphinx("see: vice; vise")]
    (['[]{.index key="glue"}', '[]{.index key="wood"}'], ['[]{.index key="vice" see="vise"}'])
    """
    line = line.strip().removeprefix("!").strip()
    match = _KIND.match(line)
    kind = match["kind"].lower() if match else ""
    parts = [
        part.strip().removeprefix("!").strip()
        for part in line[match.end() if match else 0 :].split(";" if kind else ",")
    ]
    parts = [part for part in parts if part]
    if not parts:
        return ()
    if kind in ("see", "seealso"):
        name, target = parts[0], "; ".join(parts[1:])
        return (Entry(levels=(name,), see=target) if kind == "see" else Entry(levels=(name,), also=target),)
    if kind in ("", "single"):
        return (Entry(levels=parts),) if kind else tuple(Entry(levels=(part,)) for part in parts)
    if kind == "triple" and len(parts) > 2:
        first, second, third = parts[:3]
        ways = ((first, f"{second} {third}"), (second, f"{third}, {first}"), (third, f"{first} {second}"))
        return tuple(Entry(levels=levels) for levels in ways)
    if kind != "pair":  # older kinds: a pair of the entry and its kind
        parts = [kind, *parts[:1]]
    return (Entry(levels=parts), Entry(levels=parts[::-1])) if len(parts) > 1 else (Entry(levels=parts),)


def rows(lines: Sequence[Row], row: Row, indent: str) -> list[Row]:
    """Return the marks for the *lines* of a directive that begins with *row*, in a paragraph of their own."""
    marks = "".join(entry.mark() for line in lines for entry in of_sphinx(line.text))
    return [row.made(indent + marks), row.made(indent)]
