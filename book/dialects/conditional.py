"""Quarto's conditional content, `{.content-visible when-format="html"}`: text for some formats only, or, as `{.hidden}`, for none.

A book has editions for the screen and for paper, all with the same text, so text for any format of theirs is in all of them. Of
alternatives next to each other, those for paper are printed: they need nothing that only a browser has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.tags import Edit, Passage, arguments
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity

ONE_FORMAT = Kind("G150", Severity.NOTE, "text for other formats, profiles or settings of the site; it is left out")

_ATTRIBUTES = r"\{(?P<attributes>[^{}\n]*\.(?:content-(?:visible|hidden)|hidden)(?![\w-])[^{}\n]*)\}"
_OPEN = regex(rf"[ \t>]*:{{3,}}[ \t]*{_ATTRIBUTES}[ \t]*:*[ \t]*$")
_FENCE = regex(r"[ \t>]*:{3,}[ \t]*(?P<rest>\S.*)?$")
_SPAN = regex(rf"\[(?P<inside>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]{_ATTRIBUTES}")
_COMMAND = regex(r"\\(?:newcommand|renewcommand|providecommand|DeclareMathOperator|def)\b")
"""The definition of a command of TeX: it stands in a `.hidden` div, but formulas need it."""

EDITIONS = ("pdf", "epub", "html")
"""The formats of Handbound's editions as Quarto names them; of alternatives, those for the first one are printed."""
FORMATS = {
    **dict.fromkeys(("pdf", "latex", "typst", "context"), frozenset({"pdf"})),
    **dict.fromkeys(("epub", "epub2", "epub3"), frozenset({"epub"})),
    **dict.fromkeys(("html4", "html5", "html:js"), frozenset({"html"})),
    "html": frozenset({"html", "epub"}),
}
"""The editions for which each format of Quarto stands; its other formats are slides, word processors and wikis."""


class _Part(Struct, frozen=True, kw_only=True):
    """A part of a chapter with a condition."""

    start: int
    inside: int
    """Where its content begins."""
    close: int
    """Where its content ends."""
    end: int
    formats: frozenset[str]
    """The editions that would show it."""
    typed: str


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the conditional parts that are printed as plain text, and without the others."""
    if not any(mark in manuscript.text for mark in (".content-visible", ".content-hidden", ".hidden")):
        return manuscript
    page = Passage(manuscript)
    values = {**context.library.parameters, **manuscript.front.values}
    divs = [div for div in _divs(page, values) if not _COMMAND.search(page.text, div.inside, div.close)]
    spans = [
        _Part(
            start=match.start(),
            inside=match.start("inside"),
            close=match.end("inside"),
            end=match.end(),
            formats=formats(match["attributes"], values),
            typed=match["attributes"].strip(),
        )
        for match in _SPAN.finditer(page.visible)
    ]
    return page.with_edits([*_edits(page, divs, context), *_edits(page, spans, context)])


def formats(attributes: str, values: Mapping[str, object] | None = None) -> frozenset[str]:
    """Return the editions that show a part with *attributes*, in a book with *values* as its metadata.

    >>> sorted(formats('.content-visible when-format="html"'))
    ['epub', 'html']
    >>> sorted(formats('.content-hidden unless-format="pdf"')), sorted(formats(".content-hidden"))
    (['pdf'], [])
    >>> sorted(formats(".hidden"))
    []
    >>> len(formats(".content-visible when-meta=a.b", {"a": {"b": True}}))
    3
    """
    every = met = frozenset(EDITIONS)
    for key, value in arguments(attributes)[1].items():
        condition, _, subject = key.partition("-")
        if condition not in ("when", "unless"):
            continue
        if subject == "format":
            own = FORMATS.get(value.casefold(), frozenset())
        else:
            own = every if _is_set(subject, value, values or {}) else frozenset()
        met &= own if condition == "when" else every - own
    return met if ".content-visible" in attributes else every - met


def _is_set(subject: str, name: str, values: Mapping[str, object]) -> bool:
    """Return whether *name* is a profile of the site's own choice, or a value of its metadata that is true."""
    level: object = values
    for piece in ("profile", "default") if subject == "profile" else name.split("."):
        level = level.get(piece) if isinstance(level, Mapping) else None
    if subject == "profile":
        return level == name or (isinstance(level, list) and name in level)
    return str(level).casefold() == "true"


def _divs(page: Passage, values: Mapping[str, object]) -> list[_Part]:
    """Return the conditional divs in the order of their first lines."""
    divs: list[_Part] = []
    stack: list[tuple[int, str | None]] = []

    def add(first: int, attributes: str, last: int) -> None:
        end = page.starts[last] + len(page.rows[last].text)
        divs.append(
            _Part(
                start=page.starts[first],
                inside=page.starts[first] + len(page.rows[first].text),
                close=page.starts[last],
                end=end,
                formats=formats(attributes, values),
                typed=attributes.strip(),
            )
        )

    for number, row in enumerate(page.rows):
        fence = _FENCE.match(row.text) if ":::" in row.text and boxes.is_text(page.source, number) else None
        if fence is None:
            continue
        if fence["rest"] is not None:
            opening = _OPEN.match(row.text)
            stack.append((number, opening["attributes"] if opening else None))
        elif stack:
            first, attributes = stack.pop()
            if attributes is not None:
                add(first, attributes, number)
    return sorted(divs, key=lambda div: div.start)


def _edits(page: Passage, parts: Sequence[_Part], context: Context) -> Iterator[Edit]:
    for part, printed in _choices(page, parts):
        stretches = ((part.start, part.inside), (part.close, part.end)) if printed else ((part.start, part.end),)
        for start, end in stretches:
            context.take(page.text[start:end])
            yield Edit(start=start, end=end, new=(page.made("", start),))
        # What Quarto leaves out of every format needs no message.
        if not printed and part.typed != ".content-hidden":
            reason = "the text for paper beside it is printed" if part.formats else "it is for no edition of this book"
            message = f"text with {{{part.typed[:60]}}} is left out: {reason}"
            fix = "remove the condition to print it"
            context.tell_once(ONE_FORMAT, page.place(part.start), part.typed, message, fix)


def _choices(page: Passage, parts: Sequence[_Part]) -> Iterator[tuple[_Part, bool]]:
    """Yield each of *parts*, and whether it is printed: of alternatives next to each other, only those for one edition."""
    levels: list[list[_Part]] = []  # parts next to each other, those that contain the next one first
    for part in parts:
        while len(levels) > 1 and levels[-2][-1].end <= part.start:
            yield from _chosen(levels.pop())
        if not levels or part.start < levels[-1][-1].end:
            levels.append([part])
        elif page.text[levels[-1][-1].end : part.start].strip(" \t\n>"):
            yield from _chosen(levels[-1])
            levels[-1] = [part]
        else:
            levels[-1].append(part)
    for group in levels:
        yield from _chosen(group)


def _chosen(group: Sequence[_Part]) -> Iterator[tuple[_Part, bool]]:
    edition = next((name for name in EDITIONS if any(name in part.formats for part in group)), None)
    for part in group:
        yield part, edition in part.formats
