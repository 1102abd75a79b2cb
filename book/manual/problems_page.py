"""The page with every problem that Handbound reports: what it means, an example, and the fix."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import resources

from msgspec import Struct, field

from book.manual.markdown import fence, page
from book.manual.sources import Declared, kinds
from book.problems import UNPRINTABLE

BUG_UNLESS = "names your file or your theme, such a failure is a bug in Handbound: please report it."
ROOMS: Mapping[str, tuple[str, str]] = {
    "S": ("Settings", "About `handbound.toml`, the command line, and the folder of the book."),
    "M": ("Files and front matter", "About the files of the book, and the block at their top."),
    "O": ("Order", "About the order of the chapters. `book order` shows the order and where it comes from."),
    "G": ("Markdown", "About the text of the chapters."),
    "H": ("Raw HTML", "About HTML and components inside chapters."),
    "Q": ("Quotation marks and lists", "About marks that the house style cannot settle."),
    "L": ("Addresses", "About links that lead out of the book."),
    "R": ("Links and citations", "About links inside the book, and works that chapters cite."),
    "F": ("Formulas", "About formulas."),
    "I": ("Images", "About pictures and drawings."),
    "N": (
        "An editor's checks",
        "What an editor would mark. `book lint` reports it as warnings, `book build` as notes.",
    ),
    "C": ("Fixing files", "About `book fix`."),
    "E": ("Editions", "About the pages of an edition. Notes are printed with `-v`."),
    "T": ("Themes", "About a theme of your own."),
    "P": (
        "Checks of finished editions",
        "Handbound opens each file again that it has made, and checks it. An edition that fails is not published. Unless the message "
        + BUG_UNLESS,
    ),
    "W": ("Writing", "About the output folder."),
    "V": ("Preview", "About `book serve`."),
    "X": ("Other programs", "About programs and libraries that Handbound uses."),
}
"""The letter of a code -> the title of its group, and a sentence about it; in the order of the page."""
EXAMPLES = "problems.toml"
FILLER = "# The bench\n\nWords.\n"
"""A chapter that an example needs and that says nothing; it is not shown."""


class Example(Struct, frozen=True, kw_only=True):
    """Files that cause a problem, and what Handbound prints."""

    printed: str
    """The line of the problem and the line of its fix."""
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    """Symbolic links, with what they lead to."""
    encoding: str = "utf-8"
    """In which the files are saved."""
    command: str = ""
    """The command that prints the lines, run in the folder of the files; `book lint` if it is empty."""


def examples() -> Mapping[str, Example]:
    """Return the examples by code."""
    text = resources.files("book.manual").joinpath(EXAMPLES).read_text(encoding="utf-8")
    return {code: Example(**entry) for code, entry in tomllib.loads(text).items()}


def problems_page() -> str:
    """Return the page."""
    opening = (
        "Each problem is one line with its place and its code, and a second line with the fix. `book manual CODE` prints an entry of "
        "this page in the terminal: `book manual R101`."
    )
    severities = (
        "A **note** is only listed in `report.json` and with `-v`. A **warning** has a safe fallback: the edition is built, and shows "
        "the fallback. An **error** stops the build, and earlier editions stay as they are; `--strict` turns warnings into errors."
    )
    return page("Problems and their fixes", opening, severities, *_groups())


def entry(code: str) -> str:
    """Return the entry of *code* on the page."""
    return "\n\n".join(_entry(kinds()[code], examples()[code]))


def _files(example: Example) -> Iterator[str]:
    """Yield the files of *example*; those that say nothing only where there are no others."""
    saved = f", saved as {example.encoding.capitalize()}" if example.encoding != "utf-8" else ""
    shown = {path: text for path, text in example.files.items() if text not in ("", FILLER)}
    for path, text in (shown or ({} if example.links else example.files)).items():
        if not text.strip():
            yield f"`{_visible(path)}`{saved}, an empty file."
            continue
        yield f"`{_visible(path)}`{saved}:"
        yield fence(
            _visible(text), "toml" if path.endswith(".toml") else "markdown" if path.endswith(".md") else "text"
        )
    for path, target in example.links.items():
        yield f"`{path}` is a link to `{target}`."


def _visible(text: str) -> str:
    """Return *text* with escapes for control characters, and for letters that no typeface of the paged editions has."""
    return "".join(map(_shown, text))


def _shown(sign: str) -> str:
    r"""Return *sign*, or an escape for it.

    >>> _shown("é"), _shown("\u05d0"), _shown("\U0001d54f"), _shown("\u00a0")
    ('é', '\\u05d0', '\\U0001d54f', '\\u00a0')
    """
    foreign = unicodedata.bidirectional(sign) in ("R", "AL") or unicodedata.east_asian_width(sign) in ("W", "F")
    foreign = foreign or (sign != " " and unicodedata.category(sign) in ("Cf", "Zs"))
    if ord(sign) > 0xFFFF:
        return f"\\U{ord(sign):08x}"
    return f"\\u{ord(sign):04x}" if foreign or (sign != "\n" and UNPRINTABLE.match(sign)) else sign


def _groups() -> Iterator[str]:
    known = examples()
    for letter, (title, about) in ROOMS.items():
        yield f"## {letter}: {title}"
        yield about
        for kind in kinds().values():
            if kind.code.startswith(letter):
                yield from _entry(kind, known[kind.code])


def _entry(kind: Declared, example: Example) -> Iterator[str]:
    yield f"### {kind.code}"
    meaning = (
        kind.meaning if kind.meaning.startswith("handbound.toml") else f"{kind.meaning[:1].upper()}{kind.meaning[1:]}"
    )
    yield f"{meaning}. *{kind.severity.capitalize()}.*"
    yield from _files(example)
    printed = _visible(example.printed)
    yield fence(f"$ {example.command}\n{printed}" if example.command else printed, "text")
