"""The headings of a chapter: one title, levels from 2 without gaps, no heading without words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from book.markdown.nodes import (
    BOXES,
    attribute,
    attributes,
    children,
    core,
    is_wrapper,
    level,
    literal,
    node,
    position,
    target,
    text,
    with_attributes,
    with_children,
    with_level,
)
from book.markdown.tree import plain, rewrite, unwrap, walk
from book.model import Manuscript, Node, Nodes
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity
from book.sites.names import title_from_path

TWO_TITLES = Kind("G109", Severity.NOTE, "title and first heading differ")
NO_TITLE = Kind("G110", Severity.WARNING, "a chapter has no title")
SKIPPED_LEVEL = Kind("G111", Severity.NOTE, "a heading skips a level")
SECOND_TITLE = Kind("G190", Severity.NOTE, "a second heading of the first level, which becomes a section")
BANNER = Kind("G191", Severity.NOTE, "a first heading that most chapters share, which is not printed")
LINKED = Kind("G117", Severity.NOTE, "a link in the title of a chapter, which is printed without its address")
WORDLESS = Kind("G116", Severity.WARNING, "a heading without words")

_H1 = regex(
    r"(?P<before>(?:\s*<(?:div|center|header|section|a|br|img|picture|source|/a|/picture)\b[^<>]*>)*)\s*"
    r"<h1\b[^>]*>(?P<words>.*?)</h1>\s*",
    re.DOTALL | re.IGNORECASE,
)
"""A heading in raw HTML, and what may precede it in the same node."""
_ADDRESS = regex(r"<a\b[^<>]*?\s(?:hb:)?href\s*=\s*[\"']?(?P<address>[^\"'<>\s]+)", re.IGNORECASE)
_ID = regex(r"(?<=[\w\"'])\s+(?:id|name)\s*=\s*([\"'])(?P<id>[^\"'<>]*)\1", re.IGNORECASE)
"""An id in an HTML tag of an author, after it was made safe."""

SPLIT = 'if each of them begins a chapter, write split_files = "h1" in handbound.toml'

WRITING_LINES = 3
"""Fewest rules in a row that are lines to write on, as in a form, and not breaks between scenes."""


def take_title(
    blocks: Nodes, title: Nodes, manuscript: Manuscript, label: Nodes
) -> tuple[Nodes, Nodes, tuple[str, ...], tuple[Problem, ...]]:
    """Return the blocks without the chapter's own heading, its title, the ids of that heading, and problems.

    What precedes that heading (badges, a logo, an anchor) is kept and comes after the title. A rule at the beginning or the end, as below
    a table of contents that is left out, separates nothing, and is left out too.

    Args:
        blocks: the chapter.
        title: its title in front matter; may be empty.
        manuscript: its file.
        label: its title in the contents, for a chapter that has no other.
    """
    blocks, names, notes = _without_banner(_with_picture_described(blocks), title, manuscript)
    rest, printed, anchors, problems = _taken(blocks, title, manuscript, label)
    return _within_rules(rest), printed, (*names, *anchors), (*notes, *problems, *_links(printed, manuscript))


def _within_rules(blocks: Nodes) -> Nodes:
    """Return *blocks* without the rules before the first and behind the last other block, unless they are lines to write on."""
    full = [at for at, block in enumerate(blocks) if not _is_rule(block)]
    if not full:
        return blocks
    first, end = full[0], full[-1] + 1
    return blocks[0 if first >= WRITING_LINES else first : None if len(blocks) - end >= WRITING_LINES else end]


def _is_rule(block: Node) -> bool:
    return block["t"] == "HorizontalRule" or (is_wrapper(block) and all(map(_is_rule, children(block))))


def _without_banner(
    blocks: Nodes, title: Nodes, manuscript: Manuscript
) -> tuple[Nodes, tuple[str, ...], tuple[Problem, ...]]:
    """Return *blocks* without the heading that most chapters share, its ids, and a note; without a *title* the next heading moves up."""
    tops = [at for at, block in enumerate(blocks) if block["t"] == "Header"]
    if not manuscript.banner or not tops or level(blocks[tops[0]]) != 1:
        return blocks, (), ()
    at = tops[0]
    identifier = attributes(blocks[at])[0]
    rest = [*blocks[:at], *blocks[at + 1 :]]
    if not title:
        if len(tops) == 1 or level(blocks[tops[1]]) != 2:
            return blocks, (), ()
        rest[tops[1] - 1] = with_level(blocks[tops[1]], 1)
    place = manuscript.place(*(position(blocks[at]) or (1, 1)))
    titled = f"the title is “{_words(title)}”" if title else "the next heading is the title"
    message = f"most chapters begin with the heading “{_words(children(blocks[at]))}”; {titled}"
    fix = "remove the heading, or give the chapter that title in front matter to keep it"
    return tuple(rest), (identifier,) if identifier else (), (BANNER.at(place, message, fix=fix),)


def _taken(
    blocks: Nodes, title: Nodes, manuscript: Manuscript, label: Nodes
) -> tuple[Nodes, Nodes, tuple[str, ...], tuple[Problem, ...]]:
    """Return the same as :func:`take_title`, without the notes on links."""
    at = _own_heading(blocks, title, label)
    if at is not None:
        heading = blocks[at]
        identifier, _, _ = attributes(heading)
        printed, inner = _without_ids(children(heading))
        anchors = (*((identifier,) if identifier else ()), *inner)
        rest = (*blocks[:at], *blocks[at + 1 :])
        if title and _words(printed).casefold() != _words(title).casefold():
            place = manuscript.place(*(position(heading) or (1, 1)))
            fault = TWO_TITLES.at(place, f"the title is “{_words(title)}”, the heading “{_words(printed)}”")
            return rest, printed, anchors, (fault,)
        return rest, printed, anchors, ()
    if title or label:
        return blocks, title or label, (), ()
    first = next((block for block in blocks if block["t"] == "Header"), None)
    if first is not None:
        return blocks, _without_ids(children(first))[0], (), ()
    name = title_from_path(manuscript.path)
    if not manuscript.text.strip():  # the missing text was already reported
        return blocks, (node("Str", name),), (), ()
    fault = NO_TITLE.at(
        Place(path=manuscript.file),
        f"no title; “{name}” is made from the file name",
        fix="write title: in the front matter",
    )
    return blocks, (node("Str", name),), (), (fault,)


def _without_ids(title: Iterable[Node]) -> tuple[Nodes, tuple[str, ...]]:
    """Return *title* without the ids in it, and these: a title is printed in several places, and each id once."""
    ids: list[str] = []

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] == "RawInline":
            ids.extend(html.unescape(match["id"]) for match in _ID.finditer(literal(item)))
            return [node("RawInline", "html", _ID.sub("", literal(item)))]
        identifier, classes, values = attributes(item)
        if not identifier:
            return None
        ids.append(identifier)
        return [with_attributes(item, "", classes, values)]

    return rewrite(title, change), tuple(ids)


def _links(title: Nodes, manuscript: Manuscript) -> tuple[Problem, ...]:
    """Return a note for each link in *title*: a title is printed in contents, running heads and bookmarks, without addresses."""
    problems = []
    for item, spot in walk(title):
        address = target(item) if item["t"] == "Link" else ""
        if item["t"] == "RawInline" and (match := _ADDRESS.search(literal(item))):
            address = html.unescape(match["address"])
        if address:
            line, column = spot or (1, 1)
            typed = line <= manuscript.text.count("\n") + 1
            place = (
                manuscript.place(line, column) if typed else manuscript.front.places.get("title", manuscript.place(1))
            )
            message = f"a title has no links; “{address}” is left out, its words stay"
            problems.append(LINKED.at(place, message, fix="write the link in the text below the title"))
    return tuple(problems)


def _own_heading(blocks: Nodes, title: Nodes, label: Nodes) -> int | None:
    """Return the index in *blocks* of the heading that is the chapter's own title; None if there is none.

    That is the first H1, wherever it stands. If front matter gives a *title*, the H1 must begin the text or repeat that title;
    in that case a heading of any other level that begins the text or repeats the title counts, too. One of several H1 that does not
    repeat it is a section. Without both, it is a heading
    that begins the text, unless it is the first of several sections of a chapter with another *label*.
    """
    headings = [at for at, block in enumerate(blocks) if block["t"] == "Header"]
    first = headings[0] if headings else None
    top = next((at for at in headings if level(blocks[at]) == 1), None)
    if not title:
        is_section = label and first == 0 and not _repeats(blocks[0], label) and _recurs(blocks, headings)
        return top if top is not None else 0 if first == 0 and not is_section else None
    several = sum(level(blocks[at]) == 1 for at in headings) > 1
    if top is not None and ((_begins(blocks, top) and not several) or _repeats(blocks[top], title)):
        return top
    repeated = first is not None and _begins(blocks, first) and _repeats(blocks[first], title)
    return first if repeated else None


def _recurs(blocks: Nodes, headings: Sequence[int]) -> bool:
    return any(level(blocks[at]) <= level(blocks[headings[0]]) for at in headings[1:])


def _repeats(heading: Node, title: Nodes) -> bool:
    return _words(children(heading)).casefold() == _words(title).casefold()


def _words(inlines: Iterable[Node]) -> str:
    return plain(unwrap(tuple(inlines))).strip()


def _begins(blocks: Nodes, at: int) -> bool:
    """Return whether nothing with words precedes the block *at*; pictures and pictures in links have none."""
    return not any(_has_words_of_its_own(block) for block in blocks[:at])


def _has_words_of_its_own(block: Node) -> bool:
    inner = core(block)
    if inner["t"] == "RawBlock":
        words = re.sub(r"<!--.*?-->|<[^<>]*>", "", literal(inner), flags=re.DOTALL)
    else:
        words = plain(unwrap(rewrite((block,), lambda item: [] if item["t"] == "Image" else None)))
    return bool(words.strip(" \t\n|·•—–-"))


def with_headings_of_html(blocks: Nodes) -> Nodes:
    """Return *blocks* with each ``<h1>…</h1>`` outside tables and lists turned into a Markdown heading."""
    return tuple(piece for block in blocks for piece in _headings_of(block))


def _headings_of(block: Node) -> Nodes:
    inner = core(block)
    match = _H1.match(literal(inner)) if inner["t"] == "RawBlock" else None
    if match is None:
        return (block,)
    words: list[Node] = []
    for piece in re.split(r"(<[^<>]*>)", " ".join(match["words"].split())):
        if piece.startswith("<br") and not plain(words).strip():
            continue  # it parts the words from a picture
        words += [node("RawInline", "html", piece)] if piece.startswith("<") else text(html.unescape(piece))
    pieces = (match["before"].strip(), literal(inner)[match.end() :].strip())
    before, after = ((node("RawBlock", "html", piece),) if piece else () for piece in pieces)
    return (*before, node("Header", 1, attribute(), words), *after)


def _with_picture_described(blocks: Nodes) -> Nodes:
    """Return *blocks* with a first H1 that is only an image replaced by the image's description; the image follows it."""
    at = next((at for at, block in enumerate(blocks) if block["t"] == "Header" and level(block) == 1), None)
    if at is None:
        return blocks
    first = blocks[at]
    if _words(rewrite(unwrap(children(first)), lambda item: [] if item["t"] == "Image" else None)):
        return blocks
    description = ""
    for item, _ in walk(children(first)):
        if item["t"] == "Image":
            description = description or plain(unwrap(children(item))).strip()
        elif item["t"] == "RawInline" and (match := re.search(r"<img\b[^>]*\balt=\"([^\"]*)\"", literal(item))):
            description = description or html.unescape(match[1]).strip()
    if not description:
        return blocks
    named = (with_children(first, text(description)), node("Para", children(first)))
    return (*blocks[:at], *named, *blocks[at + 1 :])


def without_empty_headings(blocks: Nodes, manuscript: Manuscript) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* without headings that have no words, and a warning for each: nothing could link to them."""
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
    """Return whether *heading* contains words, a formula, or an image with a description."""
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
    """Return *blocks* with headings from level 2 and no level skipped, and a note for each heading that skipped one."""
    problems: list[Problem] = []
    above: list[tuple[int, int]] = []
    sunk = 0

    def change(item: Node) -> Iterable[Node] | None:
        nonlocal sunk
        if item["t"] != "Header":
            return None
        # A second H1 cannot be a title: it moves down one level, and so does everything below it.
        if level(item) == 1 and not sunk:
            sunk = 1
            place = manuscript.place(*(position(item) or (1, 1)))
            words = plain(unwrap(children(item)))
            message = f"“{words}” is a second heading of the first level; it is printed as a section"
            problems.append(SECOND_TITLE.at(place, message, fix=SPLIT))
        typed = level(item) + sunk
        while above and above[-1][0] >= typed:
            above.pop()
        printed = min(6, (above[-1][1] if above else 1) + 1)
        if above and typed > above[-1][0] + 1:
            place = manuscript.place(*(position(item) or (1, 1)))
            words = plain(unwrap(children(item)))
            message = f"the heading “{words}” is {typed - above[-1][0]} levels below the one above"
            problems.append(SKIPPED_LEVEL.at(place, message))
        above.append((typed, printed))
        return [with_level(item, printed)]

    return rewrite(blocks, change, within=BOXES), tuple(problems)
