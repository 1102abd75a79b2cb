"""Markdown -> Draft: pandoc reads the text, which is cached; then, purely, raw HTML is sanitised and headings are normalised."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from book import cache
from book.markdown import (
    footnotes,
    languages,
    leaves,
    lines,
    lost_words,
    marks,
    pandoc,
    raw_marks,
    raw_piece,
    sanitise,
    too_long,
)
from book.markdown.attributions import set_apart
from book.markdown.callouts import with_callouts, without_alert_titles
from book.markdown.headings import take_title, with_headings_of_html, with_levels, without_empty_headings
from book.markdown.line_breaks import unbroken
from book.markdown.nodes import (
    BOXES,
    LITERALS,
    attributes,
    children,
    literal,
    math_kind,
    node,
    position,
    with_literal,
    wrapper,
)
from book.markdown.positions import RANGE
from book.markdown.tree import count_words, depth, plain, rewrite, unwrap, walk
from book.model import Draft, Manuscript, Node, Nodes
from book.patterns import regex
from book.problems import Kind, ManuscriptError, Problem, Severity, Subject
from book.scripts import MAYBE_WIDE
from book.settings import Settings
from book.source import controls

TOO_SLOW = Kind("G102", Severity.ERROR, "pandoc takes too long for a chapter")
TOO_BIG = Kind("G103", Severity.ERROR, "pandoc needs too much memory for a chapter")
UNREAD = Kind("G104", Severity.ERROR, "pandoc cannot read a chapter")
TOO_DEEP = Kind("G105", Severity.ERROR, "quotes, lists or marks are nested too deeply")
EMPTY = Kind("G112", Severity.WARNING, "a chapter has no text")
TURNING = Kind("G115", Severity.WARNING, "a bidirectional control character, or one that no page can show")
REFERENCE = Kind("G120", Severity.WARNING, "a reference to a control character")

FAILURES = {"time": TOO_SLOW, "memory": TOO_BIG, "failed": UNREAD}


class Prepared(Struct, frozen=True, kw_only=True):
    """A chapter before pandoc reads it."""

    manuscript: Manuscript
    source: lines.Source
    heads: tuple[str, ...]
    """The texts of its front matter that may refer to notes."""
    notes: footnotes.Notes
    """Its text and notes, prepared for pandoc."""
    refusal: Problem | None
    """Why pandoc must not read it; None if it may."""
    entry: str
    """Its key in the cache."""


def prepare(manuscript: Manuscript, settings: Settings) -> Prepared:
    """Return *manuscript*, ready for pandoc.

    Raises:
        ToolMissing: there is no pandoc.
    """
    source = lines.read(manuscript.text)
    heads = tuple(text for text in (manuscript.front.title, manuscript.front.label) if text)
    notes = footnotes.read(manuscript, source, heads)
    return Prepared(
        manuscript=manuscript,
        source=source,
        heads=heads,
        notes=notes,
        refusal=too_long.refused(manuscript, settings.limits, notes.count),
        entry=_entry(notes.text, settings),
    )


def ahead(chapters: Sequence[Prepared], settings: Settings, folder: Path | None) -> tuple[bytes | None, ...]:
    """Return pandoc's answer for each of *chapters*, read in one process; None for a chapter that is cached, refused or not answered.

    A chapter that breaks the process is skipped: :func:`tree` reads it alone and reports the reason. The next ones get another process.
    """
    rest = [
        chapter for chapter in chapters if chapter.refusal is None and not cache.holds(folder, "tree", chapter.entry)
    ]
    answers: dict[str, bytes] = {}
    while len(rest) > 1:
        texts = [chapter.notes.text for chapter in rest]
        trees = pandoc.read_many(texts, settings.limits, math=settings.math)
        answers |= {chapter.entry: tree for chapter, tree in zip(rest, trees, strict=True) if tree}
        answered = max((number for number, tree in enumerate(trees, 1) if tree), default=0)
        rest = rest[answered + 1 :] if answered else []
    return tuple(answers.get(chapter.entry) for chapter in chapters)


def tree(
    prepared: Prepared, settings: Settings, folder: Path | None, answer: bytes | None = None
) -> tuple[Nodes | None, tuple[Problem, ...]]:
    """Return pandoc's tree of a chapter with positions, or None, and the problems.

    Args:
        prepared: the chapter.
        settings: limits, and whether the book has formulas.
        folder: the cache folder, or None.
        answer: pandoc's answer from a batch; None to use the cache or run pandoc now.
    """
    manuscript, source, heads, noted = prepared.manuscript, prepared.source, prepared.heads, prepared.notes
    limits = settings.limits
    if prepared.refusal:
        return None, (prepared.refusal,)
    blocks: Nodes | None
    alone: Nodes | None = None
    try:
        blocks = _tree(noted.text, settings, folder, answer)
        if footnotes.is_swallowed(blocks, noted):
            blocks, alone = _tree(noted.bare, settings, folder), _tree(noted.alone, settings, folder)
    except pandoc.Failure as failure:
        fix = "split the chapter, or raise limits.pandoc_seconds or limits.pandoc_mebibytes in handbound.toml"
        return None, (FAILURES[failure.reason].at(manuscript.place(1), failure.detail, fix=fix),)
    except RecursionError:
        blocks = None
    if blocks is None or depth((*blocks, *(alone or ()))) > limits.nesting:
        message = f"block quotes, lists or divs are nested more than {limits.nesting} levels deep"
        begin = next((number for number, line in enumerate(manuscript.text.split("\n"), 1) if line.strip()), 1)
        deep = next((position(block) for block in blocks or () if depth([block]) > limits.nesting), None)
        spot = manuscript.place(*(deep or (begin, 1)))
        return None, (TOO_DEEP.at(spot, message, fix="reduce the nesting, or raise limits.nesting"),)
    blocks, called = footnotes.restored(blocks, noted, manuscript.text, alone)
    if titled := [called[label] for label in footnotes.labels(heads) if label in called]:
        blocks = (*blocks, node(OF_THE_TITLE, titled))
    return blocks, (*noted.problems, *lost_words.find(manuscript, source, blocks, noted.problems))


OF_THE_TITLE = "NotesOfTheTitle"
"""A node of our own, the last of a tree whose front-matter title refers to notes; it contains these notes."""


def uncalled(title: str) -> str:
    """Return *title* without its note references, for a chapter whose tree contains the notes of the title.

    >>> uncalled("A title[^1]")
    'A title'
    """
    return footnotes.CALL.sub("", title)


def has_notes_of_the_title(blocks: Nodes | None) -> bool:
    """Return whether the tree *blocks* contains the notes of the title in front matter."""
    return bool(blocks and blocks[-1]["t"] == OF_THE_TITLE)


def inlines(texts: Sequence[str], settings: Settings, folder: Path | None) -> tuple[Nodes, ...]:
    """Return each of *texts* read as inline Markdown, all in one run of pandoc.

    A line break becomes a space. Each text is read as a heading, so block syntax (a list, a fence) stays text.

    Args:
        texts: titles, labels and questions.
        settings: limits, and whether the book has formulas.
        folder: the cache folder, or None.
    """
    # Not str.split: no-break spaces are the author's, or the house style's.
    lines = [re.sub(r"[ \t\n\r\v\f]+", " ", words).strip(" ") for words in texts]
    if not any(lines):
        return ((),) * len(lines)
    # A trailing run of # would be read as the closing mark of the heading.
    source = "\n\n".join("# " + re.sub(r"(#+)$", r"\\\1", re.sub(r"^#", r"\\#", line)) for line in lines)
    entry = cache.key(*_reader(settings), source)
    try:
        data = cache.remember(folder, "inlines", entry, lambda: _read(source, settings))
    except pandoc.Failure as failure:
        raise ManuscriptError(FAILURES[failure.reason].at(Subject(name="titles"), failure.detail)) from failure
    heads = [children(block) for block in marks.loads(data) if block["t"] == "Header"]
    if len(heads) == len(lines):
        return tuple(_literal(head) for head in heads)
    if len(lines) == 1:  # a text that is not read as a heading, such as one of control characters only
        return ((node("Str", lines[0]),),)
    half = len(texts) // 2
    return (*inlines(texts[:half], settings, folder), *inlines(texts[half:], settings, folder))


def _reader(settings: Settings) -> tuple[str, ...]:
    """Return everything apart from the text that its tree depends on."""
    return cache.program(), pandoc.version(), pandoc.READER_MATH if settings.math else pandoc.READER


def _tree(text: str, settings: Settings, folder: Path | None, answer: bytes | None = None) -> Nodes:
    """Return the tree of *text*, cached in *folder*; *answer* is pandoc's answer if it is already known."""
    entry = _entry(text, settings)
    return marks.loads(cache.remember(folder, "tree", entry, lambda: _read(text, settings, answer)))


def _entry(text: str, settings: Settings) -> str:
    """Return the key of the tree of *text* in the cache."""
    return cache.key(*_reader(settings), text)


def _read(text: str, settings: Settings, answer: bytes | None = None) -> bytes:
    """Return pandoc's JSON tree of *text*, or *answer* if it is already known; with formulas on, prices stay text.

    In pandoc's own Markdown a closing dollar is not followed by a digit: ``$5-$6`` is a price. Its GitHub reader has no such rule, so
    a dollar that opens no formula is replaced by a private-use letter and the text is read again; positions stay the same.
    """
    data = answer or pandoc.read(text, settings.limits, math=settings.math)
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
    quoted = "".join(f"%{byte:02X}" for byte in letter.encode())  # its form in an address
    return data.replace(letter.encode(), b"$").replace(quoted.encode(), b"$")


def _prices(data: bytes, text: str) -> frozenset[int]:
    """Return the offsets of dollars in *text* that *data* reads as the start of a formula although a digit follows its end."""
    if b'"InlineMath"' not in data:
        return frozenset()
    try:
        blocks = json.loads(data)["blocks"]
    except RecursionError:  # reported when the tree is read
        return frozenset()
    starts = [0, *(prices.end() for prices in re.finditer("\n", text))]
    prices = set()
    for item, _ in walk(blocks):
        formula = next(iter(children(item)), None) if item["t"] == "Span" else None
        if formula is None or formula["t"] != "Math" or math_kind(formula) != "InlineMath":
            continue
        span = RANGE.fullmatch(attributes(item)[2].get("data-pos", ""))
        if span is None:
            continue
        first, last = (starts[int(span[n]) - 1] + int(span[n + 1]) - 1 for n in (1, 3))
        if text[last : last + 1].isdigit() and text[last - 1 : last] == "$" and text[first : first + 1] == "$":
            prices.add(first)
    return frozenset(prices)


PLAIN_TAG = regex(r"</?(?:em|i|b|strong|code|sub|sup|kbd)>|<br ?/?>")


def _literal(head: list[Node]) -> Nodes:
    """Return the inlines of a title, with raw tags as text except the simplest."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] == "RawInline" and not PLAIN_TAG.fullmatch(literal(item)):
            return [node("Str", literal(item))]
        return None

    return marks.disown(rewrite(head, change))


class Words(Struct, frozen=True, kw_only=True):
    """The short texts of one chapter, read as inlines."""

    title: Nodes = ()
    """The title in front matter; empty if there is none."""
    label: Nodes = ()
    """The title in the site's navigation; empty if there is none."""
    questions: tuple[Nodes, ...] = ()


After = Callable[[Manuscript, Nodes], tuple[Nodes, tuple[Problem, ...], Counter[str]]]
"""Applies the dialects to the tree of a chapter; returns the tree, the problems, and the words removed on purpose."""


def parse(
    manuscript: Manuscript, blocks: Nodes, words: Words, settings: Settings, after: After | None = None
) -> tuple[Draft, tuple[Problem, ...]]:
    """Return *manuscript* as a draft: one title, headings from level 2 without gaps, no raw HTML that could run.

    Args:
        manuscript: the chapter.
        blocks: its tree, from :func:`tree`.
        words: its short texts, from :func:`inlines`.
        settings: language and components.
        after: applies the dialects; None: the tree stays as pandoc made it.
    """
    problems: list[Problem] = []
    titled: tuple[Node, ...] = ()
    if blocks and blocks[-1]["t"] == OF_THE_TITLE:
        titled, blocks = tuple(blocks[-1]["c"]), blocks[:-1]
    blocks = _broken(footnotes.outside(blocks) if "[^" in manuscript.text else blocks, manuscript.text)
    blocks, faults = _readable(blocks, manuscript)
    problems.extend(faults)
    language = manuscript.front.lang or settings.language
    typed = blocks
    taken: Counter[str] = Counter()
    if after is not None:
        blocks, faults, taken = after(manuscript, blocks)
        problems.extend(faults)
    blocks = unbroken(blocks, language) if MAYBE_WIDE.search(manuscript.text) else blocks
    blocks = set_apart(blocks, manuscript.text)
    counted = count_words(blocks)
    blocks = _formulas(marks.disown(blocks)) if settings.math else marks.disown(blocks)
    blocks, faults = sanitise.tame(blocks, manuscript, settings.components)
    problems.extend(faults)
    blocks, faults = without_empty_headings(with_headings_of_html(blocks), manuscript)
    problems.extend(faults)
    blocks, title, anchors, faults = take_title(blocks, words.title, manuscript, words.label)
    problems.extend(faults)
    blocks, faults = with_levels(blocks, manuscript)
    problems.extend(faults)
    if not blocks and manuscript.text.strip():
        problems.append(EMPTY.at(manuscript.place(1), "this chapter is empty", fix="write it or mark it `draft: true`"))
    printed = leaves.read((*title, *blocks))
    if not any(policy == raw_piece.DROP for policy in settings.components.values()):
        problems.extend(
            lost_words.find_dropped(manuscript, without_alert_titles(typed, manuscript.text), printed, problems, taken)
        )
    problems.extend(raw_marks.find(manuscript, printed, math=settings.math))
    problems.extend(languages.find(manuscript, printed))
    draft = Draft(
        title=(*title, *titled),
        label=words.label or words.title or footnotes.without(title),
        show_title=manuscript.front.show_title,
        role=manuscript.front.role,
        lang=language,
        source=manuscript,
        blocks=with_callouts(blocks, manuscript.text),
        discussion=words.questions,
        anchors=anchors,
        words=counted,
        description=marks.without_index(manuscript.front.description or ""),
        signs=raw_marks.printed_signs(printed),
    )
    return draft, tuple(problems)


# Overrides, embeddings and isolates (UAX 9 §2) can disguise the content of a line. Marks and joiners are needed by some languages.
_TURNS = regex("[\u202a-\u202e\u2066-\u2069]")
# A reference such as &#x92; can name a character that the text itself must not contain.
_UNSEEN = regex(f"{controls.CONTROLS.pattern}|[\ud800-\udfff]")


def _readable(blocks: Nodes, manuscript: Manuscript) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* without characters that disguise the text, and a warning with their number at the first one."""
    by_number = "&#" in manuscript.text
    if not by_number and not _TURNS.search(manuscript.text):
        return blocks, ()
    first: tuple[int, int] | None = None
    intended: tuple[str, tuple[int, int]] | None = None
    count = 0
    for item, place in walk(blocks):
        words = literal(item) if item["t"] in TEXTS else ""
        strange = len(_TURNS.findall(words)) + len(_UNSEEN.findall(words))
        strange += words.count("\ufffd") if by_number else 0
        if (control := controls.C1.search(words)) and intended is None:
            intended = control[0], place or (1, 1)
        first = first or ((place or (1, 1)) if strange else None)
        count += strange
    faults: list[Problem] = []
    if intended is not None:
        letter, spot = intended
        printed = controls.windows(letter)
        message = f"a reference to the control character U+{ord(letter):04X}; '{printed}' is printed instead"
        faults.append(REFERENCE.at(manuscript.place(*spot), message, fix=f"did you mean {printed}? Write it"))
    if not count and intended is None:
        return blocks, ()

    def change(item: Node) -> Iterable[Node] | None:
        return [with_literal(item, _visible(literal(item)))] if item["t"] in TEXTS else None

    if count:
        message = f"the text contains bidirectional control characters or characters that cannot be shown ({count}); they are left out"
        fix = 'remove them; write dir="rtl" where text runs the other way'
        faults.append(TURNING.at(manuscript.place(*(first or (1, 1))), message, fix=fix))
    return rewrite(blocks, change), tuple(faults)


TEXTS = LITERALS | {"Str"}


def _visible(text: str) -> str:
    return controls.C1.sub(lambda match: controls.windows(match[0]), _UNSEEN.sub("\ufffd", _TURNS.sub("", text)))


def _formulas(blocks: Nodes) -> Nodes:
    """Return *blocks* with GitHub's ``math`` fences as formulas; with positions on, pandoc returns them as code blocks."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "CodeBlock" or attributes(item)[1] != ("math",):
            return None
        tex = node("Math", {"t": "DisplayMath"}, literal(item).strip())
        spot = attributes(item)[2].get("hb:pos")
        return [node("Para", [wrapper(spot, tex)] if spot else [tex])]

    return rewrite(blocks, change)


BREAK = regex(r"\\(?:newpage|pagebreak|clearpage|cleardoublepage)|\{\{<\s*pagebreak\s*>\}\}")
"""A paragraph that consists of one of these is a page break."""
LONGEST_BREAK = 20
"""The most nodes of such a paragraph: words, signs and spaces."""


def _broken(blocks: Nodes, text: str) -> Nodes:
    """Return *blocks*, read from *text*, with the page breaks of LaTeX and Quarto as HTML."""
    if not re.search("(?:new|clear|double)page|pagebreak", text):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Para" or len(children(item)) > LONGEST_BREAK:
            return None
        if not BREAK.fullmatch(plain(unwrap(children(item))).strip()):
            return None
        return [node("RawBlock", "html", '<hr class="page-break">')]

    return rewrite(blocks, change, within=BOXES)
