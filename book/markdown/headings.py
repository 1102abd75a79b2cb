"""The headings of a chapter: one title, levels from 2 without gaps, words in each."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from book.markdown.nodes import (
    BOXES,
    attribute,
    attributes,
    children,
    core,
    level,
    literal,
    node,
    position,
    text,
    with_children,
    with_level,
)
from book.markdown.tree import plain, rewrite, unwrap, walk
from book.model import Manuscript, Node, Nodes
from book.problems import Kind, Place, Problem, Severity
from book.sites.names import readable

TWO_TITLES = Kind("G109", Severity.NOTE, "title and first heading differ")
NO_TITLE = Kind("G110", Severity.WARNING, "a chapter has no title")
SKIPPED_LEVEL = Kind("G111", Severity.NOTE, "a heading skips a level")
WORDLESS = Kind("G116", Severity.WARNING, "a heading without words")

_H1 = re.compile(r"\s*<h1\b[^>]*>(.*?)</h1>\s*", re.DOTALL | re.IGNORECASE)


def take_title(
    blocks: Nodes, title: Nodes, manuscript: Manuscript
) -> tuple[Nodes, Nodes, tuple[str, ...], tuple[Problem, ...]]:
    """Return the blocks without the chapter's own heading, its title, the ids of that heading, and problems."""
    blocks = _pictured(blocks)
    first = blocks[0] if blocks else None
    if first is not None and first["t"] == "Header" and (level(first) == 1 or not title):
        identifier, _, _ = attributes(first)
        anchors = (identifier,) if identifier else ()
        printed = tuple(children(first))
        heading_words, typed = plain(unwrap(printed)).strip(), plain(unwrap(title)).strip()
        if title and heading_words.casefold() != typed.casefold():
            place = manuscript.place(*(position(first) or (1, 1)))
            fault = TWO_TITLES.at(place, f"the title is {typed!r}, the heading {heading_words!r}")
            return blocks[1:], printed, anchors, (fault,)
        return blocks[1:], printed, anchors, ()
    if title:
        return blocks, title, (), ()
    heading = next((block for block in blocks if block["t"] == "Header"), None)
    if heading is not None:
        return blocks, tuple(children(heading)), (), ()
    name = readable(PurePosixPath(manuscript.path).stem)
    if not manuscript.text.strip():  # that it has no text was already reported
        return blocks, (node("Str", name),), (), ()
    fault = NO_TITLE.at(
        Place(path=manuscript.path),
        f"no title; {name!r} is made from the file name",
        fix="write title: in the front matter",
    )
    return blocks, (node("Str", name),), (), (fault,)


def with_heading_of_html(blocks: Nodes) -> Nodes:
    """Return *blocks* with the first one, if it is ``<h1>…</h1>``, as a Markdown heading."""
    first = blocks[0] if blocks else None
    inner = core(first) if first is not None else None
    if inner is None or inner["t"] != "RawBlock" or (match := _H1.match(literal(inner))) is None:
        return blocks
    words: list[Node] = []
    for piece in re.split(r"(<[^<>]*>)", " ".join(match[1].split())):
        words += [node("RawInline", "html", piece)] if piece.startswith("<") else text(html.unescape(piece))
    rest = literal(inner)[match.end() :].strip()
    heading = node("Header", 1, attribute(), words)
    return (heading, *((node("RawBlock", "html", rest),) if rest else ()), *blocks[1:])


def _pictured(blocks: Nodes) -> Nodes:
    """Return *blocks* with the first heading, if it is nothing but an image, replaced by the image's description; the image follows."""
    first = blocks[0] if blocks else None
    if first is None or first["t"] != "Header" or level(first) != 1:
        return blocks
    if plain(rewrite(unwrap(children(first)), lambda item: [] if item["t"] == "Image" else None)).strip():
        return blocks
    description = ""
    for item, _ in walk(children(first)):
        if item["t"] == "Image":
            description = description or plain(unwrap(children(item))).strip()
        elif item["t"] == "RawInline" and (match := re.search(r"<img\b[^>]*\balt=\"([^\"]*)\"", literal(item))):
            description = description or html.unescape(match[1]).strip()
    if not description:
        return blocks
    return (with_children(first, text(description)), node("Para", children(first)), *blocks[1:])


def without_empty_headings(blocks: Nodes, manuscript: Manuscript) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* without headings that have no words, and a warning for each: nothing could link to it."""
    problems: list[Problem] = []

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Header" or _has_words(children(item)):
            return None
        place = manuscript.place(*(position(item) or (1, 1)))
        fix = "write what it is about, or remove the #"
        problems.append(WORDLESS.at(place, "this heading has no words; it is left out", fix=fix))
        identifier = attributes(item)[0]
        inside = [node("Para", children(item))] if children(item) else []
        return [node("Div", attribute((), identifier), inside)] if identifier else inside

    return rewrite(blocks, change, within=BOXES), tuple(problems)


def _has_words(heading: list[Node]) -> bool:
    """Say whether *heading* has words, a formula, or an image with a description."""
    if plain(unwrap(heading)).strip():
        return True
    nodes = [item for item, _ in walk(heading)]
    pictures = (plain(children(item)).strip() for item in nodes if item["t"] == "Image")
    raw = (
        re.search(r"<img\b[^>]*\balt\s*=\s*[\"']?[^\"'\s>]", literal(item))
        for item in nodes
        if item["t"] == "RawInline"
    )
    return any(pictures) or any(raw)


def with_levels(blocks: Nodes, manuscript: Manuscript) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* with headings from level 2 on and no level skipped, and a note for each that did."""
    problems: list[Problem] = []
    above: list[tuple[int, int]] = []
    sunk = 0

    def change(item: Node) -> Iterable[Node] | None:
        nonlocal sunk
        if item["t"] != "Header":
            return None
        # A second H1 cannot be a title: it moves down one level, with everything below it.
        sunk = 1 if level(item) == 1 else sunk
        typed = level(item) + sunk
        while above and above[-1][0] >= typed:
            above.pop()
        printed = min(6, (above[-1][1] if above else 1) + 1)
        if above and typed > above[-1][0] + 1:
            place = manuscript.place(*(position(item) or (1, 1)))
            words = plain(unwrap(children(item)))
            problems.append(
                SKIPPED_LEVEL.at(place, f"the heading {words!r} is {typed - above[-1][0]} levels below the one above")
            )
        above.append((typed, printed))
        return [with_level(item, printed)]

    return rewrite(blocks, change, within=BOXES), tuple(problems)
