"""What people name in place of the folder of a book: an address, an archive, a document, a single file."""

from __future__ import annotations

import re
import shlex
from itertools import islice
from pathlib import Path

from book.problems import nearest, printable

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
DOCUMENTS = (".docx", ".odt", ".rtf", ".rst", ".org", ".html", ".htm", ".tex", ".ipynb", ".epub")
"""Files that pandoc turns into Markdown."""
STREAMS = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
"""Names of standard input."""
MOST_LOOKED_AT = 1_000
"""The most files beside a folder that is not there that are looked at."""


def no_folder(folder: Path, fix: str) -> tuple[str, str, str]:
    """Return name, message and fix for what was named in place of the *folder* of a book; *fix* is the usual one.

    >>> no_folder(Path("https://example.org/docs"), "")
    ('https://example.org/docs', 'this is an address, and a book is a folder on this machine', 'download it first: git clone https://example.org/docs')
    """
    name = str(folder)
    address = re.match(r"(?P<scheme>[a-z][a-z+.-]+):/(?=[^/])", name)
    if address is not None or re.match(r"[\w.-]+@[\w.-]+:", name):
        name = name.replace(":/", "://", 1) if address else name
        message = "this is an address, and a book is a folder on this machine"
        return name, message, f"download it first: git clone {shlex.quote(name)}"
    if name in STREAMS:
        message = "a book is read from files, not from standard input"
        return name, message, "write the text into a file, such as book.md, and name that"
    suffix = folder.suffix.lower()
    if folder.is_file() and suffix in ARCHIVES:
        return name, "this is an archive, not a folder", f"unpack it first; {fix}"
    if folder.is_file() and suffix in DOCUMENTS:
        media = " --extract-media=." if suffix in (".docx", ".odt", ".epub") else ""
        command = f"pandoc -s {shlex.quote(name)} -t gfm{media} -o {shlex.quote(folder.stem)}.md"
        return (
            name,
            "this is a document, not a folder with Markdown",
            f"turn it into Markdown: {command}; then name that file",
        )
    if folder.exists():
        return name, "the book's folder is a file, not a folder", fix
    near = _near(folder)
    return name, "the book's folder is not there", f"did you mean {near}?" if near else fix


def _near(folder: Path) -> str:
    """Return the folder beside *folder*, which is not there, whose name is most similar to its own; empty if there is none."""
    try:
        names = [path.name for path in islice(folder.parent.iterdir(), MOST_LOOKED_AT) if path.is_dir()]
    except (OSError, ValueError):
        return ""
    near = nearest(folder.name, [name for name in names if not name.startswith(".")], 0.75)
    return printable(str(folder.with_name(near))) if near else ""
