"""An author's tags made fit: what stands where HTML does not let it stand is moved no further than it must, and every word stays.

The tags of a chapter are read as they are written, not as a browser would: a browser moves the words of a broken table
before it and joins the words on both sides of a tag that it leaves out. What may stand where is the table of
:mod:`book.markdown.content_model`.
"""

from __future__ import annotations

from book.markdown.repair.attributes import OLD
from book.markdown.repair.boxes import spell
from book.markdown.repair.fitting import Fitter, Repair
from book.markdown.repair.reading import read

__all__ = ["OLD", "Repair", "repair"]


def repair(fragment: str) -> tuple[str, tuple[Repair, ...]]:
    """Return *fragment*, HTML with an author's tags in it, as HTML that may stand in a chapter, and what was put in order.

    >>> repair('<p>a<td>b</td></p>')[0]
    '<p>a</p><div>b</div>'
    """
    fitter = Fitter()
    nodes = fitter.flow(read(fragment), frozenset())
    return "".join(spell(nodes)), tuple(fitter.repairs)
