"""House style for other programs: paragraphs of plain text, without Markdown and without pandoc."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from book.style import Style, settled
from book.style.lessons import of_runs
from book.style.options import Doubt
from book.style.protection import protected
from book.style.runs import Run, edited, plain


class Typeset(Struct, frozen=True, kw_only=True):
    """Paragraphs in house style."""

    paragraphs: tuple[str, ...]
    doubts: tuple[tuple[int, Doubt], ...]
    """Places that the author should check: the index of a paragraph, and the doubt, with offsets in the text as given."""


def typeset(
    paragraphs: Sequence[str],
    language: str = "en",
    *,
    outer: Literal["as-typed", "double", "single"] = "as-typed",
    double_hyphen: Literal["em", "en"] = "em",
    follows: Sequence[bool] | None = None,
) -> Typeset:
    r"""Return *paragraphs* with quotation marks, dashes, ellipses and spaces in the house style of *language*.

    >>> typeset(['"It\'s late," he said. "But wait.', '"Pages 5-9 are missing!"']).paragraphs
    ('“It’s late,” he said. “But wait.', '“Pages 5–9 are missing!”')

    Args:
        paragraphs: all the text of a book, in order, because its paragraphs teach each other the words of its dialect. A line
            break inside a paragraph is ``\
        ``; ``\\ufffc`` replaces code, a formula or a picture.
        language: a BCP 47 tag.
        outer: the kind of the outermost marks.
        double_hyphen: what ``--`` without spaces becomes in English.
        follows: for each paragraph whether it directly follows the one before, so that a quotation may continue in it;
            by default all but the first do.
    """
    style = Style(language=language, outer=outer, double_hyphen=double_hyphen)
    runs: list[Run] = []
    for index, text in enumerate(paragraphs):
        goes_on = index > 0 and (follows is None or follows[index])
        runs.append(
            replace(protected(plain(text.replace("\n", "\v"), language)), before=index - 1 if goes_on else None)
        )
    edits, doubts = settled(runs, "", replace(style, words=of_runs(runs)))
    texts = tuple(edited(run.text, edits.get(index, ())).replace("\v", "\n") for index, run in enumerate(runs))
    return Typeset(
        paragraphs=texts,
        doubts=tuple((index, doubt) for index, group in sorted(doubts.items()) for doubt in group),
    )
