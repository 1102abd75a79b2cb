"""The names in an output folder: of what a build publishes, and of what it keeps for itself."""

from __future__ import annotations

import re

from book.catalogue import folders

HIDDEN = ".handbound"
CACHE = ".cache"
JOURNAL = "journal.json"
DOWNLOAD = "index.html"
"""The download page: it is of the set, and no edition."""
LEDGER = "written.json"
LAST_BUILD = "last-build.json"
"""What the last build was made of; see :mod:`book.manifest`."""
LOCK = "lock"
OLD = "old"
"""Where the earlier files of the set are kept while it changes."""
SET = "set"
"""The link that says which set counts while it changes."""
LINK = "link"
"""A link that is about to be renamed to its place."""
NEW = ".new-"
"""How the names of temporary files begin."""
NAME = rf"(?:{''.join(f'{folder}/|' for folder in folders())})\w[\w.-]*\.(?:epub|pdf|html)|report\.json"
"""The names of what a build writes into the output folder."""


def ours(name: object) -> bool:
    """Return whether *name* can be that of a file which a build writes into the output folder.

    >>> [ours(name) for name in ("a-print.pdf", "handouts/größe.pdf", "index.html", "report.json")]
    [True, True, True, True]
    >>> [ours(name) for name in ("../a.pdf", "/a.pdf", "x/a.pdf", ".a.pdf", "notes.txt", "a.json", 3)]
    [False, False, False, False, False, False, False]
    """
    return isinstance(name, str) and len(name) <= 255 and re.fullmatch(NAME, name) is not None


def link_target(name: str) -> str:
    """Return what the link at *name* says while the set changes.

    >>> link_target("handouts/a.pdf")
    '../.handbound/set/handouts/a.pdf'
    """
    return f"{'../' * name.count('/')}{HIDDEN}/{SET}/{name}"
