"""What differs between two pages of the same book: whole chapters, which the browser puts in the place of the old ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from itertools import pairwise

from msgspec import Struct

OPENING = re.compile(rb'^<section class="hb-(?:chapter|part)" id="([^"]+)"|^</main>', re.M)
"""Where a chapter or a part begins, and where the last one has ended: lines of the template of the page."""
MOST = 0.25
"""The most of a page that is sent in pieces, as a share; if more differs, the browser had better load it."""


class Page(Struct, frozen=True, kw_only=True):
    """A page, cut into its chapters and what stands around them."""

    data: bytes
    spans: Mapping[str, slice]
    """Id of a chapter or part -> where it stands."""
    digests: Mapping[str, bytes]
    """Id -> digest of its text; the empty string for all that stands around them."""


def cut(data: bytes) -> Page:
    r"""Return the page *data*, cut into its chapters. A page without the lines of our template has none.

    >>> cut(b'<p>\n<section class="hb-chapter" id="one">\nA</section>\n</main>').spans
    {'one': slice(4, 54, None)}
    """
    openings = list(OPENING.finditer(data))
    spans = {start[1].decode(): slice(start.start(), end.start()) for start, end in pairwise(openings) if start[1]}
    around, last = hashlib.sha256(), 0
    for span in spans.values():
        around.update(data[last : span.start])
        around.update(b"\0")
        last = span.stop
    around.update(data[last:])
    digests = {name: hashlib.sha256(data[span]).digest() for name, span in spans.items()}
    return Page(data=data, spans=spans, digests={"": around.digest(), **digests})


def changed(old: Mapping[str, bytes], new: Page) -> dict[str, str] | None:
    """Return the chapters and parts of *new* that are not the same in an earlier page, as id -> HTML.

    Args:
        old: the digests of the earlier page.
        new: the page that is current.

    Returns:
        None if they do not tell everything: the chapters are others, or in another order, or something around them differs;
        also if they are more than :data:`MOST` of the page.
    """
    if list(old) != list(new.digests) or old[""] != new.digests[""]:
        return None
    names = [name for name, digest in new.digests.items() if old[name] != digest]
    if sum(new.spans[name].stop - new.spans[name].start for name in names) > MOST * len(new.data):
        return None
    return {name: new.data[new.spans[name]].decode("utf-8") for name in names}
