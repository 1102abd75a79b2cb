"""File names and titles of chapters: compared, sorted, and made readable."""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from pathlib import PurePosixPath

from book.model import Manuscript
from book.patterns import regex

Key = tuple[object, ...]
BEGINNING = 20_000
"""The letters of a chapter in which its headings are looked for."""
FOLDER_PAGES = ("_index", "index", "readme")
"""The page of a folder, by its name without extension in lower case; the first that exists."""

NUMBER_BEFORE = regex(r"^(?P<number>\d+)\s*[-_.]+\s*(?=[^-_.\s])")
"""The number before a name, which sites leave out of addresses."""
# Docusaurus, numberPrefix.ts: names that begin like a date or a version have no such number.
NO_NUMBER = regex(r"^\d+[-_.]\d+|^\d{4}[-_.]\d\d?[-_.]\d\d?")

# Both begin with a line end, for which Python searches faster than for the beginning of a line: see _headings.
HEADING = regex(r"\n {0,3}(#{1,2})[ \t]+([^\n]*)")
FIRST = regex(r"\n*#[ \t]+([^\n]*)")
"""A heading of level 1 before everything else, as most chapters have it."""
UNDERLINED = regex(
    r"\n\n(?: {0,3}(?:<a\s[^<>\n]*></a>\s*?)+\n)? {0,3}(\S[^\n]*)\n {0,3}(=+|-{2,})[ \t]*$", re.MULTILINE
)
"""A heading with a line of ``=`` or ``-`` below it, after a blank line, or a line of anchors after one."""
UNDERLINE = regex(r"\n {0,3}(?:=|--)")
TAGGED = regex(r"<h([12])\b[^<>]*>(.*?)</h\1>", re.IGNORECASE | re.DOTALL)
"""A heading in raw HTML."""
TAG = regex(r"</?[A-Za-z][^<>]*>")
PICTURE = regex(r"</?(?:img|picture|source)\b[^<>]*>", re.IGNORECASE)
SPAN = regex(r"\[([^\[\]]*)\]\{[^{}]*\}")
"""Words with attributes."""
ATTRIBUTES = regex(r"[ \t]*\{:?[ \t]*(?:-|[#.][^{}]*|[\w-]+=[^{}]*)\}$")
"""``{#id}``, ``{.unnumbered}``, ``{-}`` after the words of a heading."""
PART = regex(r"\((?:PART|APPENDIX)(?:\\?\*)?\)")
"""A heading in bookdown that opens a part, and does not belong to its chapter."""
TITLE = regex(r"^#[ \t]+(?!\((?:PART|APPENDIX)(?:\\?\*)?\))(\S.*)$", re.MULTILINE)
"""The first H1 that may be a title."""
FENCE = regex(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
FRONT_MATTER = regex(r"\A---[ \t]*\n.*?^---[ \t]*$", re.MULTILINE | re.DOTALL)
ESCAPED = regex(r"\\([!-/:-@\[-`{-~])")
"""A backslash before punctuation, which Markdown does not print (CommonMark 0.31 §2.4)."""
MEANT = regex(r"([\\`*_\[\]<>])")
"""Signs that mean something in a line of Markdown."""


COUNT = regex(r"^(?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]+\s*[-_. ]+\s*(?=\S)")
"""The number before a name; a year is none."""
DATE = regex(r"(?:19|20)[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?(?![0-9])")
ENCODED = regex(r"%(2[0-9A-F]|3[A-F]|5[B-F]|7[B-E])", re.IGNORECASE)
"""A sign that a name of a file cannot have, or would mean something else in it, as wikis of Azure DevOps write it: ``%2D``."""
TEMPLATE = regex(r"(?:\.html)?\.(?:md|markdown)(?:\.erb)?$", re.IGNORECASE)
"""The extensions of a page that is a template of its site: ``hosting.html.md.erb``."""
MARK_OF_NOTION = regex(r"(?<=\S) [0-9a-f]{32}$")
"""What Notion writes after the name of a page or a folder that it exports."""


def escaped(words: str) -> str:
    r"""Return plain *words* as Markdown in one line.

    >>> print(escaped("a_b [c]"), unescaped(escaped("a_b [c]")))
    a\_b \[c\] a_b [c]
    """
    return MEANT.sub(r"\\\1", words)


def unescaped(words: str) -> str:
    """Return *words* without the backslashes before punctuation, as Markdown prints them."""
    return ESCAPED.sub(r"\1", words)


def title_of(manuscript: Manuscript) -> str:
    """Return the name of the chapter in the contents: label, title, first H1, first H2, or its file name made readable."""
    front, text = manuscript.front, manuscript.text
    own = second_heading_of(text) if manuscript.banner else heading_of(text)
    return front.label or front.title or own or title_from_path(manuscript.path)


def title_from_path(path: str) -> str:
    """Return the name of a file as a title; the page of a folder has the name of the folder.

    >>> title_from_path("a/02-second-step.md"), title_from_path("01-start/README.md")
    ('Second step', 'Start')
    """
    file = PurePosixPath(path)
    return readable(file.parent.name if is_folder_page(path) and file.parent.name else stem_of(file.name))


def heading_of(text: str, levels: int = 2) -> str | None:
    r"""Return the words of the first heading of level 1, else of a lower level down to *levels*, in a Markdown *text*.

    >>> heading_of("Words.\n\n## A\n\n# B {#b}\n"), heading_of("Title\n=====\n"), heading_of("## A\n", levels=1)
    ('B', 'Title', None)
    >>> heading_of('<a name="a"></a>\nTitle\n=====\n'), heading_of("# A [bench]{.index}\n")
    ('Title', 'A bench')
    """
    first = FIRST.match(text, 0, BEGINNING)
    if first and (title := _words(first[1])) and not PART.match(title):
        return title
    headings = _headings(text)
    for level in range(1, levels + 1):
        for depth, title in headings:
            if depth == level and title and not PART.match(title):
                return title
    return None


def has_one_title(text: str) -> bool:
    r"""Return whether a Markdown *text* has just one heading of level 1: several are sections.

    >>> has_one_title("# A\n\n## B"), has_one_title("# A\n\n# B"), has_one_title("Words.")
    (True, False, False)
    >>> has_one_title("# A\n\n" + "Words. " * 4000 + "\n\n# B")
    False
    """
    return sum(depth == 1 and bool(title) for depth, title in _headings(text, len(text))) == 1


def second_heading_of(text: str) -> str | None:
    r"""Return the words of the first heading of level 2 in a Markdown *text*.

    >>> second_heading_of("# Project\n\n## Start\n\n## End")
    'Start'
    """
    return next((title for depth, title in _headings(text) if depth == 2 and title), None)


def _headings(text: str, end: int = BEGINNING) -> list[tuple[int, str]]:
    """Return level and words of the headings of the first two levels of a Markdown *text* up to *end*, in order."""
    text = text[:end]
    text = FENCE.sub("", text) if "```" in text or "~~~" in text else text
    text = f"\n\n{text}"
    headings = [(match.start() + 1, len(match[1]), match[2]) for match in HEADING.finditer(text)]
    if UNDERLINE.search(text):
        headings += [
            (match.start() + 2, 1 if match[2][0] == "=" else 2, match[1]) for match in UNDERLINED.finditer(text)
        ]
    if "<h" in text or "<H" in text:
        headings += [
            (match.start(), int(match[1]), " ".join(TAG.sub(" ", match[2]).split())) for match in TAGGED.finditer(text)
        ]
    return [(depth, _words(words)) for _, depth, words in sorted(headings)]


def _words(line: str) -> str:
    """Return the words of a heading, without its marks."""
    words = SPAN.sub(r"\1", line) if "]{" in line else line
    return ATTRIBUTES.sub("", PICTURE.sub("", words).strip().rstrip("#").strip())


def is_unnumbered(chapter: Manuscript | None) -> bool:
    """Return whether the title of a chapter marks it as unnumbered: ``# Preface {-}``."""
    title = TITLE.search(FENCE.sub("", chapter.text)) if chapter else None
    return bool(title and re.search(r"\{(?:-|[^{}]*\.unnumbered[^{}]*|[^{}]*\s-)\}\s*$", title[1]))


def is_folder_page(path: str) -> bool:
    """Return whether *path* is the page of its folder.

    >>> is_folder_page("guide/README.md"), is_folder_page("guide/start.md")
    (True, False)
    """
    return stem_of(PurePosixPath(path).name).lower() in FOLDER_PAGES


def readable(name: str) -> str:
    """Return a file or folder name as words: without its number, with spaces for hyphens, and with a capital.

    A year and a date belong to the words, and the mark by which Notion tells pages apart does not.

    >>> readable("02-getting-started"), readable("Employment Policies"), readable("2024"), readable("2024 goals")
    ('Getting started', 'Employment Policies', '2024', '2024 goals')
    >>> readable("2024-01-31-all-hands"), readable("Holidays 0123456789abcdef0123456789abcdef")
    ('2024-01-31 all hands', 'Holidays')
    >>> readable("Follow%2Dup-calls"), readable("Who-decides%3F")
    ('Follow-up calls', 'Who decides?')
    """
    name = MARK_OF_NOTION.sub("", name)
    date = DATE.match(name)
    rest = name[date.end() :] if date else COUNT.sub("", name)
    words = re.sub(r"[-_\s]+", " ", rest).strip() or ("" if date else name)
    words = ENCODED.sub(lambda match: chr(int(match[1], 16)), words)
    return f"{date[0]} {words}".strip() if date else words[:1].upper() + words[1:]


def folded(title: str) -> str:
    """Return the same text for two titles that differ only in case, spaces, entities and the shape of quotation marks.

    >>> folded("The  engineer’s role") == folded("the engineer's role")
    True
    """
    straight = html.unescape(title).translate(str.maketrans("‘’“”", "''\"\""))
    return " ".join(straight.casefold().split())


@functools.lru_cache(maxsize=16_384)
def stem_of(name: str) -> str:
    """Return the name of a file without its extensions, or of a folder (``name/``) without its slash.

    >>> stem_of("v1.2.md"), stem_of("hosting.html.md.erb"), stem_of("guide/")
    ('v1.2', 'hosting', 'guide')
    """
    template = TEMPLATE.search(name)
    return name[:-1] if name.endswith("/") else name[: template.start()] if template else PurePosixPath(name).stem


@functools.lru_cache(maxsize=16_384)
def natural_key(text: str) -> Key:
    """Return the sort key that puts 10 after 9 and ignores case.

    >>> sorted(["b10", "B9", "a"], key=natural_key)
    ['a', 'B9', 'b10']
    """
    folded_text = unicodedata.normalize("NFC", text).casefold()
    pieces = re.split(r"([0-9]+)", folded_text)
    return tuple(
        (0, int(piece), "") if piece.isdigit() and piece.isascii() else (1, 0, piece) for piece in pieces if piece
    )


def path_key(path: str) -> Key:
    """Return the sort key of a whole path, folder by folder, without its extension."""
    return (tuple(natural_key(stem_of(step)) for step in path.split("/")), path)


def glob_of(glob: str) -> re.Pattern[str]:
    """Return the pattern of a glob in which ``*`` matches within a folder and ``**`` across folders.

    >>> bool(glob_of("a/*.md").fullmatch("a/b.md")), bool(glob_of("a/*.md").fullmatch("a/b/c.md"))
    (True, False)
    >>> bool(glob_of("a/**/*.md").fullmatch("a/c.md")), bool(glob_of("**").fullmatch("a/b/c.md"))
    (True, True)
    """
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[!?[^\[\]]+\]|\{[^{}]*\})", glob)
    simple = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    made = []
    for piece in pieces:
        if piece in simple:
            made.append(simple[piece])
        elif piece.startswith("[") and piece.endswith("]"):
            made.append(
                f"[{'^' if piece[1] == '!' else ''}{re.escape(piece[1:-1].lstrip('!')).replace(chr(92) + '-', '-')}]"
            )
        elif piece.startswith("{") and piece.endswith("}"):
            made.append(f"(?:{'|'.join(re.escape(word) for word in piece[1:-1].split(','))})")
        else:
            made.append(re.escape(piece))
    return re.compile("".join(made))


def number_before(name: str) -> re.Match[str] | None:
    """Return the match of the number before a name; None if it has none, or begins like a date or a version."""
    return None if NO_NUMBER.match(name) else NUMBER_BEFORE.match(name)


def without_number(name: str) -> str:
    """Return a name without the number before it.

    >>> without_number("02-guide"), without_number("2024-01-02-news"), without_number("1.2-version")
    ('guide', '2024-01-02-news', '1.2-version')
    """
    match = number_before(name)
    return name[match.end() :] if match else name
