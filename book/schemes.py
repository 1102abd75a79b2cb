"""Schemes of addresses: those allowed in links, and those that could run something or open a file."""

from __future__ import annotations

import re

from book.patterns import regex

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
"""Schemes that a link of a book may have."""
UNSAFE = frozenset({"javascript", "vbscript", "data", "file", "blob", "filesystem", "about"})
"""Schemes that no link may have: they run something, or open a file on the reader's machine."""


NAME = regex(r"([A-Za-z][A-Za-z0-9+.-]*):")
"""The scheme at the beginning of an address (RFC 3986 §3.1)."""


def scheme(address: str) -> str:
    r"""Return the scheme of *address* in lower case, as a browser reads it; empty if it has none.

    >>> scheme(" java\nscript:alert(1)"), scheme("a/b.md")
    ('javascript', '')
    """
    squeezed = re.sub(r"[\x00-\x20\u200b\ufeff]+", "", address)
    match = NAME.match(squeezed)
    return match[1].lower() if match else ""
