"""Repairs an author's tags: misplaced elements are moved no further than necessary, and every word is kept.

Tags are read as written, not as a browser would: a browser moves the words of a broken table
before the table, and joins the words on both sides of a tag that it drops. The rules are the table of
:mod:`book.markdown.content_model`.
"""

from __future__ import annotations

from book.markdown.repair.attributes import OLD
from book.markdown.repair.boxes import spell
from book.markdown.repair.fitting import Fitter, Repair
from book.markdown.repair.reading import read

__all__ = ["OLD", "Repair", "repair"]


def repair(fragment: str) -> tuple[str, tuple[Repair, ...]]:
    """Return *fragment*, HTML that contains an author's tags, as valid HTML for a chapter, and the repairs.

    >>> repair('<p>a<td>b</td></p>')[0]
    '<p>a</p><div>b</div>'
    """
    fitter = Fitter()
    nodes = fitter.flow(read(fragment), frozenset())
    return "".join(spell(nodes)), tuple(fitter.repairs)
