"""The names in an output folder: of the files that a build publishes, and of those that it keeps for itself."""

from __future__ import annotations

import re

from book.catalogue import folders

HIDDEN = ".handbound"
CACHE = ".cache"
JOURNAL = "journal.json"
DOWNLOAD = "index.html"
"""The download page: it belongs to the set, and is not an edition."""
LEDGER = "written.json"
LAST_BUILD = "last-build.json"
"""The record of what the last build depended on; see :mod:`book.manifest`."""
LOCK = "lock"
OWNER = "book.json"
"""The record of the book to which the folder belongs; see :mod:`book.owner`."""
OLD = "old"
"""The folder of the earlier files while the set changes."""
SET = "set"
"""The link to the current set while it changes."""
LINK = "link"
"""A link that is about to be renamed to its place."""
NEW = ".new-"
"""The beginning of the names of temporary files."""
NAME = rf"(?:{''.join(f'{folder}/|' for folder in folders())})\w[\w.-]*\.(?:epub|pdf|html)|report\.json"
"""The form of the names of files that a build writes into the output folder."""


def ours(name: object) -> bool:
    """Return whether *name* may be the name of a file that a build writes into the output folder.

    >>> [ours(name) for name in ("a-print.pdf", "handouts/größe.pdf", "index.html", "report.json")]
    [True, True, True, True]
    >>> [ours(name) for name in ("../a.pdf", "/a.pdf", "x/a.pdf", ".a.pdf", "notes.txt", "a.json", 3)]
    [False, False, False, False, False, False, False]
    """
    return isinstance(name, str) and len(name) <= 255 and re.fullmatch(NAME, name) is not None


def link_target(name: str) -> str:
    """Return the target of the link at *name* while the set changes.

    >>> link_target("handouts/a.pdf")
    '../.handbound/set/handouts/a.pdf'
    """
    return f"{'../' * name.count('/')}{HIDDEN}/{SET}/{name}"
