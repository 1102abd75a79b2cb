"""Pictures in ``data:`` addresses (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from book.images.rasters import BROKEN, TOO_LARGE, Refused


def data_of(address: str, limit: int) -> bytes:
    """Return the bytes in a ``data:`` address (RFC 2397).

    Args:
        address: the whole address; spaces and line breaks in it do not count.
        limit: the most bytes.

    Raises:
        Refused: it cannot be decoded, is empty, or is too large.

    >>> data_of("data:text/plain;base64,aGk=", 10), data_of("data:,a%20b", 10)
    (b'hi', b'a b')
    """
    head, comma, body = address.strip().partition(",")
    fix = "save the picture as a file in the book's folder and write its path"
    if not comma or len(body) > limit * 4:
        kind = TOO_LARGE if comma else BROKEN
        raise Refused(kind, "the picture in the address cannot be read", fix)
    raw = unquote_to_bytes(body)
    if re.search(r";\s*base64\s*$", head, re.I):
        plain = re.sub(rb"\s+", b"", raw).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        try:
            raw = base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused(BROKEN, f"the picture in the address cannot be decoded: {error}", fix) from error
    if len(raw) > limit:
        raise Refused(TOO_LARGE, f"the picture in the address has {len(raw):,} bytes; {limit:,} are allowed", fix)
    if not raw:
        raise Refused(BROKEN, "the address contains no picture", fix)
    return raw
