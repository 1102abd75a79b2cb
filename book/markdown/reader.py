"""Markdown -> Chapter: pandoc reads, then raw HTML is tamed and the headings are put in order.

What pandoc gives for a text is remembered; everything after it is pure.
"""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from book import cache
from book.markdown import footnotes, leaves, lines, lost_words, marks, pandoc, raw_marks, sanitise
from book.markdown.line_breaks import unbroken
from book.markdown.nodes import (
    BOXES,
    LITERALS,
    attribute,
    attributes,
    children,
    core,
    is_wrapper,
    level,
    literal,
    math_kind,
    node,
    position,
    text,
    with_attributes,
    with_children,
    with_classes,
    with_level,
    with_literal,
    wrapper,
)
from book.markdown.tree import count_words, depth, plain, rewrite, unwrap, walk
from book.model import Chapter, Manuscript, Node, Nodes
from book.problems import Kind, ManuscriptError, Place, Problem, Severity
from book.settings import Settings
from book.sidebar.way import readable
from book.source import controls

TOO_SLOW = Kind("G102", Severity.ERROR, "pandoc takes too long over a chapter")
TOO_BIG = Kind("G103", Severity.ERROR, "pandoc needs too much memory for a chapter")
UNREAD = Kind("G104", Severity.ERROR, "pandoc cannot read a chapter")
TOO_DEEP = Kind("G105", Severity.ERROR, "quotes, lists or marks are nested too deeply")
TOO_MANY_NOTES = Kind("G107", Severity.ERROR, "a chapter has too many footnotes")
LONG_PARAGRAPH = Kind("G108", Severity.ERROR, "a paragraph is too long")
TWO_TITLES = Kind("G109", Severity.NOTE, "the title and the first heading differ")
NO_TITLE = Kind("G110", Severity.WARNING, "a chapter has no title")
SKIPPED_LEVEL = Kind("G111", Severity.NOTE, "a heading skips a level")
EMPTY = Kind("G112", Severity.WARNING, "a chapter has no text")
TURNING = Kind("G115", Severity.WARNING, "a character that turns the text round it, or that no page can show")
REFERENCE = Kind("G120", Severity.WARNING, "a reference to a control character")
WORDLESS = Kind("G116", Severity.WARNING, "a heading without words")
UNFOLDED = Kind(
    "G114", Severity.ERROR, "a long address that is used so often that the chapter unfolds to a hundredfold"
)

FAILURES = {"time": TOO_SLOW, "memory": TOO_BIG, "failed": UNREAD}
CALLOUTS = frozenset("note tip important warning caution danger example quote".split())


def tree(manuscript: Manuscript, settings: Settings, folder: Path | None) -> tuple[Nodes | None, tuple[Problem, ...]]:
    """Return pandoc's tree of *manuscript* with positions; None when it has none, and why.

    Args:
        manuscript: one chapter.
        settings: for limits and formulas.
        folder: the cache, or None.

    Raises:
        ToolMissing: there is no pandoc.
    """
    limits = settings.limits
    source = lines.read(manuscript.text)
    heads = [one for one in (manuscript.front.title, manuscript.front.label) if one]
    noted = footnotes.read(manuscript, source, heads)
    if fault := _refused(manuscript, settings, noted.count):
        return None, (fault,)
    entry = cache.key(pandoc.version(), *_reader(settings), noted.text)
    try:
        data = cache.remember(folder, "tree", entry, lambda: _read(noted.text, settings))
    except pandoc.Failure as failure:
        fix = "split the chapter, or raise limits.pandoc_seconds or limits.pandoc_mebibytes in handbound.toml"
        return None, (FAILURES[failure.reason].at(manuscript.place(1), failure.detail, fix=fix),)
    try:
        blocks: Nodes | None = marks.loads(data)
    except RecursionError:
        blocks = None
    if blocks is None or depth(blocks) > limits.nesting:
        message = f"boxes are nested deeper than {limits.nesting} levels"
        begin = next((number for number, line in enumerate(manuscript.text.split("\n"), 1) if line.strip()), 1)
        deep = next((position(block) for block in blocks or () if depth([block]) > limits.nesting), None)
        return None, (
            TOO_DEEP.at(manuscript.place(*(deep or (begin, 1))), message, fix="nest less, or raise limits.nesting"),
        )
    blocks, called = footnotes.restored(blocks, noted, manuscript.text)
    if titled := [called[label] for label in footnotes.labels(heads) if label in called]:
        blocks = (*blocks, node(OF_THE_TITLE, titled))
    return blocks, (*noted.problems, *lost_words.told(manuscript, source, blocks, noted.problems))


OF_THE_TITLE = "NotesOfTheTitle"
"""A node that pandoc does not have: the last of a tree whose title in front matter calls notes; it holds the notes."""


def uncalled(title: str, blocks: Nodes | None) -> str:
    """Return *title* without the marks that call notes, when the tree *blocks* brings the notes of the title.

    >>> uncalled("A title[^1]", ({"t": OF_THE_TITLE, "c": []},)), uncalled("A title[^1]", ())
    ('A title', 'A title[^1]')
    """
    return footnotes.CALL.sub("", title) if blocks and blocks[-1]["t"] == OF_THE_TITLE else title


def inlines(texts: Sequence[str], settings: Settings, folder: Path | None) -> tuple[Nodes, ...]:
    """Return each of *texts*, read as inline Markdown, all in one run.

    A line end is a space; what would be a block (a list, a fence) stays text because each text is read as a heading.

    Args:
        texts: titles, labels, questions.
        settings: for limits and formulas.
        folder: the cache, or None.
    """
    if not texts:
        return ()
    # Not str.split: no-break spaces are the author's, or the house style's.
    lines = [re.sub(r"[ \t\n\r\v\f]+", " ", words).strip(" ") for words in texts]
    # A trailing run of # would be taken for the closing mark of the heading.
    source = "\n\n".join("# " + re.sub(r"(#+)$", r"\\\1", re.sub(r"^#", r"\\#", line)) for line in lines)
    entry = cache.key(pandoc.version(), *_reader(settings), source)
    try:
        data = cache.remember(folder, "inlines", entry, lambda: _read(source, settings))
    except pandoc.Failure as failure:
        raise ManuscriptError(FAILURES[failure.reason].at(Place(path="titles"), failure.detail)) from failure
    heads = [children(block) for block in marks.loads(data) if block["t"] == "Header"]
    if len(heads) != len(lines):  # a text that is no heading, such as one of controls only
        return tuple((node("Str", line),) for line in lines)
    return tuple(_literal(head) for head in heads)


def _reader(settings: Settings) -> tuple[str, ...]:
    """Return what the tree of a text depends on beside the text."""
    return (pandoc.READER_MATH, "money", "tabs") if settings.math else (pandoc.READER, "tabs")


def _read(text: str, settings: Settings) -> bytes:
    """Return pandoc's JSON tree of *text*; where formulas are read, money stays money.

    In pandoc's own Markdown a closing dollar is not followed by a digit: ``$5-$6`` is a price. Its GitHub reader knows no
    such rule, so a dollar that opens nothing is read again as a letter of nobody's, which keeps every position.
    """
    data = pandoc.read(text, settings.limits, math=settings.math)
    letter = next(chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in text)
    masked = text
    while settings.math and (dollars := _prices(data, masked)):
        pieces = list(masked)
        for at in dollars:
            pieces[at] = letter
        masked = "".join(pieces)
        data = pandoc.read(masked, settings.limits, math=True)
    if masked is text:
        return data
    quoted = "".join(f"%{byte:02X}" for byte in letter.encode())  # as it stands in an address
    return data.replace(letter.encode(), b"$").replace(quoted.encode(), b"$")


def _prices(data: bytes, text: str) -> frozenset[int]:
    """Return where dollars stand in *text* that *data* takes for the beginning of a formula although a digit follows its end."""
    if b'"InlineMath"' not in data:
        return frozenset()
    try:
        blocks = json.loads(data)["blocks"]
    except RecursionError:  # told by those who look at the tree
        return frozenset()
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    found = set()
    for item, _ in walk(blocks):
        formula = next(iter(children(item)), None) if item["t"] == "Span" else None
        if formula is None or formula["t"] != "Math" or math_kind(formula) != "InlineMath":
            continue
        where = re.fullmatch(r"(\d+):(\d+)-(\d+):(\d+)", attributes(item)[2].get("data-pos", ""))
        if where is None:
            continue
        first, last = (starts[int(where[n]) - 1] + int(where[n + 1]) - 1 for n in (1, 3))
        if text[last : last + 1].isdigit() and text[last - 1 : last] == "$" and text[first : first + 1] == "$":
            found.add(first)
    return frozenset(found)


PLAIN_TAG = re.compile(r"</?(?:em|i|b|strong|code|sub|sup|kbd)>|<br ?/?>")


def _literal(head: list[Node]) -> Nodes:
    """Return the inlines of a title, raw tags as text except for the plainest."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] == "RawInline" and not PLAIN_TAG.fullmatch(literal(item)):
            return [node("Str", literal(item))]
        return None

    return marks.disown(rewrite(head, change))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The short texts of one chapter, read as inlines."""

    title: Nodes = ()
    """The front matter's title; empty when it has none."""
    label: Nodes = ()
    """The nav's own name for it; empty when it has none."""
    questions: tuple[Nodes, ...] = ()


def set_in_type(
    manuscript: Manuscript, blocks: Nodes, words: Words, settings: Settings
) -> tuple[Chapter, tuple[Problem, ...]]:
    """Return *manuscript* as a chapter: one title, headings from level 2 without gaps, nothing raw that could run.

    Args:
        manuscript: one chapter.
        blocks: its tree, from :func:`tree`.
        words: its short texts, from :func:`inlines`.
        settings: language and components.
    """
    problems: list[Problem] = []
    titled: tuple[Node, ...] = ()
    if blocks and blocks[-1]["t"] == OF_THE_TITLE:
        titled, blocks = tuple(blocks[-1]["c"]), blocks[:-1]
    blocks = _boxed(_broken(footnotes.outside(blocks)))
    blocks, faults = _readable(blocks, manuscript)
    problems.extend(faults)
    language = manuscript.front.lang or settings.language
    typed = blocks
    blocks = unbroken(blocks, language)
    counted = count_words(blocks)
    blocks = marks.disown(blocks)
    blocks = _formulas(blocks) if settings.math else blocks
    blocks, faults = sanitise.tame(blocks, manuscript, settings.components)
    problems.extend(faults)
    blocks = _heading_of_html(blocks)
    blocks, faults = _headed(blocks, manuscript)
    problems.extend(faults)
    blocks, title, anchors, faults = _title(blocks, words.title, manuscript)
    problems.extend(faults)
    blocks, faults = _levels(blocks, manuscript)
    problems.extend(faults)
    if not blocks and manuscript.text.strip():
        problems.append(
            EMPTY.at(manuscript.place(1), "this chapter has no text", fix="write it, or take it out of the order")
        )
    printed = leaves.read((*title, *blocks))
    if not any(what == sanitise.DROP for what in settings.components.values()):
        problems.extend(lost_words.dropped(manuscript, _untitled(typed), printed, problems))
    problems.extend(raw_marks.told(manuscript, printed, math=settings.math))
    chapter = Chapter(
        slug=manuscript.path,
        title=(*title, *titled),
        label=words.label or words.title or footnotes.without(title),
        show_title=manuscript.front.show_title,
        role=manuscript.front.role,
        lang=language,
        source=manuscript,
        blocks=_callouts(blocks),
        discussion=words.questions,
        anchors=anchors,
        words=counted,
    )
    return chapter, tuple(problems)


# Overrides, embeddings and isolates (UAX 9 §2): they can hide what a line says. Marks and joiners are letters of their languages.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A reference such as &#x92; can name what the text itself must not hold.
_UNSEEN = re.compile(f"{controls.CONTROLS.pattern}|[\ud800-\udfff]")


def _readable(blocks: Nodes, manuscript: Manuscript) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* without characters that disguise the text, and a warning that counts them, at the first one."""
    if not _TURNS.search(manuscript.text) and "&#" not in manuscript.text:
        return blocks, ()
    first: tuple[int, int] | None = None
    meant: tuple[str, tuple[int, int]] | None = None
    count = 0
    for item, where in walk(blocks):
        words = literal(item) if item["t"] in TEXTS else ""
        strange = (
            len(_TURNS.findall(words))
            + len(_UNSEEN.findall(words))
            + (words.count("\ufffd") if "&#" in manuscript.text else 0)
        )
        if (control := controls.C1.search(words)) and meant is None:
            meant = control[0], where or (1, 1)
        first = first or ((where or (1, 1)) if strange else None)
        count += strange
    faults: list[Problem] = []
    if meant is not None:
        letter, spot = meant
        printed = controls.windows(letter)
        message = f"a reference to the control character U+{ord(letter):04X}; '{printed}' is printed instead"
        faults.append(REFERENCE.at(manuscript.place(*spot), message, fix=f"did you mean {printed}? Write it"))
    if not count and meant is None:
        return blocks, ()

    def change(item: Node) -> Iterable[Node] | None:
        return [with_literal(item, _seen(literal(item)))] if item["t"] in TEXTS else None

    if count:
        message = f"the text holds characters that turn it round or cannot be shown ({count}); they are left out"
        fix = 'take them out; write dir="rtl" where text runs the other way'
        faults.append(TURNING.at(manuscript.place(*(first or (1, 1))), message, fix=fix))
    return rewrite(blocks, change), tuple(faults)


TEXTS = LITERALS | {"Str"}


def _seen(text: str) -> str:
    return controls.C1.sub(lambda one: controls.windows(one[0]), _UNSEEN.sub("\ufffd", _TURNS.sub("", text)))


def _refused(manuscript: Manuscript, settings: Settings, count: int) -> Problem | None:
    """Return why pandoc should not see *manuscript*, which has *count* footnotes, or None."""
    limits, text = settings.limits, manuscript.text
    if count > limits.footnotes:
        message = f"{count} footnotes; the limit is {limits.footnotes}"
        return TOO_MANY_NOTES.at(manuscript.place(1), message, fix="split the chapter, or raise limits.footnotes")
    unfolded = 0
    for found in re.finditer(r"^ {0,3}\[([^\]\n]+)\]:(.*(?:\n(?!\s*$| {0,3}\[).*)*)", text, re.MULTILINE):
        if len(found[2]) > 500:  # short addresses cannot unfold to much
            unfolded += len(found[2]) * text.count(f"[{found[1]}]")
        if unfolded > 10 * limits.chapter_bytes:
            line = text.count("\n", 0, found.start()) + 1
            message = f"the address of [{found[1][:50]}] is {len(found[2])} characters long and used too often"
            return UNFOLDED.at(manuscript.place(line), message, fix="shorten the address")
    if len(text) > limits.paragraph_bytes:
        line = 1
        for paragraph in re.split(r"(\n[ \t]*\n)", text):
            if len(paragraph.encode("utf-8", "replace")) > limits.paragraph_bytes:
                message = f"a paragraph of {len(paragraph)} characters; the limit is {limits.paragraph_bytes} bytes"
                line += len(paragraph) - len(paragraph.lstrip("\n"))
                return LONG_PARAGRAPH.at(
                    manuscript.place(line), message, fix="split it, or raise limits.paragraph_bytes"
                )
            line += paragraph.count("\n")
    return None


def _title(
    blocks: Nodes, given: Nodes, manuscript: Manuscript
) -> tuple[Nodes, Nodes, tuple[str, ...], tuple[Problem, ...]]:
    """Return the blocks without the chapter's own heading, its title, the ids of that heading, and problems."""
    blocks = _pictured(blocks)
    first = blocks[0] if blocks else None
    if first is not None and first["t"] == "Header" and (level(first) == 1 or not given):
        identifier, _, _ = attributes(first)
        anchors = (identifier,) if identifier else ()
        printed = tuple(children(first))
        heading_words, typed = plain(unwrap(printed)).strip(), plain(unwrap(given)).strip()
        if given and heading_words.casefold() != typed.casefold():
            place = manuscript.place(*(position(first) or (1, 1)))
            fault = TWO_TITLES.at(place, f"the title is {typed!r}, the heading {heading_words!r}")
            return blocks[1:], printed, anchors, (fault,)
        return blocks[1:], printed, anchors, ()
    if given:
        return blocks, given, (), ()
    heading = next((block for block in blocks if block["t"] == "Header"), None)
    if heading is not None:
        return blocks, tuple(children(heading)), (), ()
    name = readable(PurePosixPath(manuscript.path).stem)
    if not manuscript.text.strip():  # that it has no text is told already
        return blocks, (node("Str", name),), (), ()
    fault = NO_TITLE.at(
        Place(path=manuscript.path),
        f"no title; {name!r} is made from the file name",
        fix="write title: in the front matter",
    )
    return blocks, (node("Str", name),), (), (fault,)


_H1 = re.compile(r"\s*<h1\b[^>]*>(.*?)</h1>\s*", re.DOTALL | re.IGNORECASE)


def _heading_of_html(blocks: Nodes) -> Nodes:
    """Return *blocks* whose first one, when it is ``<h1>…</h1>``, is a heading like that of Markdown."""
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
    """Return *blocks* whose first heading, when it is nothing but a picture, is what describes the picture; the picture follows."""
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


def _headed(blocks: Nodes, manuscript: Manuscript) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* in which every heading has words, and a warning for each that had none: nothing leads to it."""
    problems: list[Problem] = []

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Header" or _has_words(children(item)):
            return None
        place = manuscript.place(*(position(item) or (1, 1)))
        fix = "write what it is about, or take the # out"
        problems.append(WORDLESS.at(place, "this heading has no words; it is left out", fix=fix))
        identifier = attributes(item)[0]
        inside = [node("Para", children(item))] if children(item) else []
        return [node("Div", attribute((), identifier), inside)] if identifier else inside

    return rewrite(blocks, change, within=BOXES), tuple(problems)


def _has_words(heading: list[Node]) -> bool:
    """Say whether *heading* has words, a formula, or a picture that is described."""
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


def _levels(blocks: Nodes, manuscript: Manuscript) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* with headings from level 2 on and no level skipped, and a note for each that did."""
    problems: list[Problem] = []
    above: list[tuple[int, int]] = []
    sunk = 0

    def change(item: Node) -> Iterable[Node] | None:
        nonlocal sunk
        if item["t"] != "Header":
            return None
        # A second H1 cannot be a title: it sinks one level, with everything below it.
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


def _formulas(blocks: Nodes) -> Nodes:
    """Return *blocks* with GitHub's ``math`` fences as formulas: with positions on, pandoc gives them as listings."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "CodeBlock" or attributes(item)[1] != ("math",):
            return None
        tex = node("Math", {"t": "DisplayMath"}, literal(item).strip())
        where = attributes(item)[2].get("hb:pos")
        return [node("Para", [wrapper(where, tex)] if where else [tex])]

    return rewrite(blocks, change)


BREAK = re.compile(r"\\(?:newpage|pagebreak|clearpage|cleardoublepage)|\{\{<\s*pagebreak\s*>\}\}")
"""A paragraph of nothing but one of these breaks a page."""


def _broken(blocks: Nodes) -> Nodes:
    """Return *blocks* with the page breaks of LaTeX and Quarto as HTML says them."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Para" or not BREAK.fullmatch(plain(unwrap(children(item))).strip()):
            return None
        return [node("RawBlock", "html", '<hr class="page-break">')]

    return rewrite(blocks, change, within=BOXES)


ALERT = re.compile(r"\[!([A-Za-z]+)\][+-]?(?=\s|$)")
NAMED = re.compile(r"([A-Za-z]+)(?:\[(.*)\])?", re.DOTALL)


def _boxed(blocks: Nodes) -> Nodes:
    """Return *blocks* with alerts that have a title of their own, and with fences of colons, as the alerts of GitHub are."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] == "Div":
            _, classes, _ = attributes(item)
            named = NAMED.fullmatch(classes[0]) if len(classes) == 1 else None
            inside = children(item)
            if named is None or named[1].lower() not in CALLOUTS or (inside and _is_title(inside[0])):
                return None
            title = [node("Str", named[2])] if named[2] else []
            kind = named[1].lower()
            return [with_children(with_classes(item, [kind]), _box(kind, title, inside))]
        return _alert(children(item)) if item["t"] == "BlockQuote" else None

    return rewrite(blocks, change, within=BOXES)


def _alert(quote: list[Node]) -> list[Node] | None:
    """Return what stands for a *quote* that is an alert of GitHub's with a title of its own; None for any other."""
    first = quote[0] if quote else node("Null")
    first = next(iter(children(first)), first) if is_wrapper(first) else first
    if first["t"] != "Para":
        return None
    line = list(itertools.takewhile(lambda inline: not _ends_line(inline), children(first)))
    mark = ALERT.match(plain(unwrap(line)))
    if mark is None or mark[1].lower() not in CALLOUTS:
        return None
    # The mark is four or more pieces: bracket, sign, name, bracket.
    length = 0
    while line and length < len(mark[0]):
        length += len(plain([line.pop(0)]))
    while line and not plain([line[0]]).strip():
        line.pop(0)
    rest = list(itertools.dropwhile(lambda inline: not _ends_line(inline), children(first)))[1:]
    body = [*([node("Para", rest)] if rest else []), *quote[1:]]
    kind = mark[1].lower()
    return [node("Div", attribute([kind]), _box(kind, line, body))]


def _ends_line(item: Node) -> bool:
    return item["t"] in ("SoftBreak", "LineBreak") or (
        is_wrapper(item) and [inline["t"] for inline in children(item)] == ["SoftBreak"]
    )


def _is_title(item: Node) -> bool:
    return item["t"] == "Div" and "title" in attributes(item)[1]


def _box(kind: str, title: list[Node], body: Sequence[Node]) -> list[Node]:
    """Return what stands in an alert as pandoc gives one; a title of its own is its first paragraph, in bold type."""
    word = node("Div", attribute(["title"]), [node("Para", [node("Str", kind.capitalize())])])
    own = [node("Para", [node("Strong", title)])] if title else []
    return [word, *own, *body]


def _untitled(blocks: Nodes) -> Nodes:
    """Return *blocks* without the words over the alerts of GitHub, which the language sets later."""
    return rewrite(blocks, lambda item: [] if _is_title(item) else None, within=BOXES)


def _callouts(blocks: Nodes) -> Nodes:
    """Return *blocks* with the alerts of GitHub as one kind of callout; the word over it is the language's, set later."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Div":
            return None
        identifier, classes, values = attributes(item)
        inside = children(item)
        kind = next((name for name in classes if name in CALLOUTS), None)
        if kind is None or not inside or not _is_title(inside[0]):
            return None
        callout = with_children(item, inside[1:])
        return [with_attributes(callout, identifier, (), {**values, "hb:kind": f"callout callout-{kind}"})]

    return rewrite(blocks, change, within=BOXES)
