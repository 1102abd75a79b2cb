"""Names of files and titles of chapters: how they are compared, sorted, and made readable."""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import PurePosixPath

from book.model import Manuscript

Key = tuple[object, ...]
FOLDER_PAGES = ("_index", "index", "readme")
"""The page of a folder, by its name without suffix in lower case; the first that is there."""

HEADING = re.compile(r"^ {0,3}(#{1,2})[ \t]+(.*)$", re.MULTILINE)
PART = re.compile(r"\((?:PART|APPENDIX)\*?\)")
"""Of bookdown: a heading that opens a part, and is none of its chapter."""
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


def title_of(manuscript: Manuscript) -> str:
    """Return what the contents call this chapter: label, title, first H1, first H2, or its file name made readable."""
    if title := manuscript.front.label or manuscript.front.title or heading_of(manuscript.text):
        return title
    path = PurePosixPath(manuscript.path)
    return readable(path.parent.name if is_folder_page(manuscript.path) and path.parent.name else path.stem)


def heading_of(text: str) -> str | None:
    """Return the words of the first heading of level 1, else of level 2, of a Markdown *text*."""
    headings = HEADING.findall(FENCE.sub("", text[:20_000]))
    for level in ("#", "##"):
        for hashes, words in headings:
            title = words.strip().rstrip("#").strip()
            if title.endswith("}") and "{" in title:  # attributes: {#id}, {.unnumbered}
                title = title[: title.rindex("{")].strip()
            if hashes == level and title and not PART.match(title):
                return str(title)
    return None


def is_folder_page(path: str) -> bool:
    """Return whether *path* is the page of its folder.

    >>> is_folder_page("guide/README.md"), is_folder_page("guide/start.md")
    (True, False)
    """
    return PurePosixPath(path).stem.lower() in FOLDER_PAGES


def readable(name: str) -> str:
    """Return a file or folder name as words: number prefix off, hyphens to spaces, a capital in front.

    >>> readable("02-getting-started"), readable("Employment Policies"), readable("2024")
    ('Getting started', 'Employment Policies', '2024')
    """
    words = re.sub(r"[-_\s]+", " ", re.sub(r"^[0-9]+\s*[-_. ]+\s*(?=\S)", "", name)).strip() or name
    return words[:1].upper() + words[1:]


def folded(title: str) -> str:
    """Return what two titles share that differ in case, spaces, entities and the shape of quotes only.

    >>> folded("The  engineer’s role") == folded("the engineer's role")
    True
    """
    straight = html.unescape(title).translate(str.maketrans("‘’“”", "''\"\""))
    return " ".join(straight.casefold().split())


def stem_of(name: str) -> str:
    """Return the name of a file without its suffix, of a folder (``name/``) without its slash."""
    return name[:-1] if name.endswith("/") else PurePosixPath(name).stem


def natural_key(text: str) -> Key:
    """Return the key that puts 10 after 9 and does not see case.

    >>> sorted(["b10", "B9", "a"], key=natural_key)
    ['a', 'B9', 'b10']
    """
    folded_text = unicodedata.normalize("NFC", text).casefold()
    pieces = re.split(r"([0-9]+)", folded_text)
    return tuple(
        (0, int(piece), "") if piece.isdigit() and piece.isascii() else (1, 0, piece) for piece in pieces if piece
    )


def path_key(path: str) -> Key:
    """Return the key of a whole path, folder by folder, suffix ignored."""
    return (tuple(natural_key(stem_of(step)) for step in path.split("/")), path)
