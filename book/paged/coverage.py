"""Detects text that the paged editions cannot set: letters without a glyph, and scripts that would be wrong in a PDF.

A wrong page is never published. If a chapter would have one, no paged edition is made, and a problem says why; EPUB and HTML are
still made, because e-readers and browsers have fonts for their readers' scripts and support their directions. An occasional
foreign word is printed with a box in place of each missing letter (:mod:`book.theme.stand_ins`), and a warning names them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from lxml import etree
from msgspec import Struct

from book.body import Body, Element
from book.edition import Edition
from book.html_names import INLINE, MATH
from book.images import drawings
from book.model import Book, Chapter
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity
from book.scripts import BACKWARDS, GARBLED, RIGHT_TO_LEFT, TURNED, script, session
from book.source import controls
from book.theme import Theme, fonts

NO_GLYPH = Kind("E102", Severity.WARNING, "a character that no font of the theme has")
WRONG_WAY = Kind("E106", Severity.WARNING, "a script that paged editions cannot set; they are not made")
BOXES = Kind("E107", Severity.WARNING, "too many letters without a glyph; the paged editions are not made")
UNCERTAIN = Kind("E108", Severity.WARNING, "words whose text in a PDF is not reliable")

FEW = 12
"""The most letters of a chapter that a PDF may garble, or show as boxes, whatever its length: a word, a name."""
SHARE = 0.01
"""The largest share of a chapter's letters that a PDF may garble; with more, its text is wrong."""
MAIN = 0.1
"""The largest share of a chapter's letters that may be boxes, or run from right to left; with more, they are not just quoted."""
PASSAGE = 24
"""The least letters of a paragraph that runs from right to left; a shorter one is a word in a table or a list."""
SHOWN = 12
FEWER = "can be printed"
"""In the reason of a chapter that could be printed if it had fewer letters of a script."""
# Controls, spaces, joiners and variation selectors need no glyph.
FREE = frozenset(
    {*range(0x20), 0x7F, 0xAD, 0xFEFF, *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070),
     *range(0xFE00, 0xFE10)}
)  # fmt: skip
IN_A_LINE = INLINE | {"math"}
EDGE, BLOCK = "\ufffe", "\uffff"
"""Mark the start or end of an element inside a line, and the end of a line: noncharacters, which no text contains."""
BROKEN = regex(f"{RIGHT_TO_LEFT.pattern}[^\\w]*{EDGE}[^\\w]*{RIGHT_TO_LEFT.pattern}")


class Verdict(Struct, frozen=True, kw_only=True):
    """The result: whether the paged editions of a book can be made."""

    reason: str = ""
    """Why not, in one line; empty if they can."""
    problems: tuple[Problem, ...] = ()


def paged(edition: Edition) -> bool:
    """Return whether *edition* has pages of its own."""
    return edition.trim is not None


def judged(book: Book, look: Theme, source: str) -> Verdict:
    """Return whether *book* can be printed with the fonts of *look*, and the problems.

    Args:
        book: after composition; images and references do not matter.
        look: the theme, with its fonts.
        source: the book's folder, as the author names it.
    """
    supported = _supported(look)
    missing: dict[str, tuple[Chapter, str]] = {}
    refused: dict[Kind, dict[str, list[tuple[Place, str]]]] = {}
    boxed: list[tuple[Chapter, frozenset[str], float]] = []

    def refuse(kind: Kind, key: str, chapter: Chapter, letter: str, reason: str) -> None:
        refused.setdefault(kind, {}).setdefault(key, []).append((_place(chapter, letter), reason))

    for chapter in book.spine:
        every = _letters(chapter)
        if not (_strange(every, supported) or RIGHT_TO_LEFT.search(every) or GARBLED.search(every)):
            continue
        text = _text(chapter)
        strange = _strange(text, supported)
        for letter in strange | _strange(chapter.entry.text, supported):
            if not controls.PRIVATE.match(letter):  # a problem of its own, found where chapters are read
                missing.setdefault(letter, (chapter, letter))
        if not (strange or RIGHT_TO_LEFT.search(text) or GARBLED.search(text)):
            continue
        letters = [letter for letter in text if letter.isalpha()]
        if RIGHT_TO_LEFT.search(text):
            first, fault = _backwards(chapter, letters)
            if fault:
                refuse(WRONG_WAY, _names(text, BACKWARDS), chapter, first, fault)
                continue
        garbled = [letter for letter in letters if GARBLED.match(letter) and letter not in strange]
        most = int(max(FEW, SHARE * len(letters)))
        if len(garbled) > most:
            few = f"has {len(garbled)} letters in {{}}, of which only {most} {FEWER}"
            reason = f"{'is written in {}' if 2 * len(garbled) > len(letters) else few}: the text of a PDF would differ from what its pages show"
            refuse(WRONG_WAY, _names("".join(garbled)), chapter, garbled[0], reason)
            continue
        unseen = sum(1 for letter in letters if letter in strange)
        if unseen > max(FEW, MAIN * len(letters)):
            boxed.append((chapter, strange, unseen / len(letters)))
        elif garbled:
            refuse(UNCERTAIN, _names("".join(garbled)), chapter, garbled[0], "has words in {}")
    return _verdict(book, look, source, supported, missing=missing, boxed=boxed, refused=refused)


def lacking(book: Book, look: Theme) -> frozenset[str]:
    """Return the letters that *book* shows and no font of *look* has: in its chapters, its names and its drawings."""
    supported = _supported(look)
    elsewhere = "".join((_named(book), *(letter for _, text in _drawn(book) for letter in text)))
    letters = _strange(elsewhere, supported)
    for chapter in book.spine:
        if _strange(_letters(chapter), supported):
            letters |= _strange(_text(chapter) + chapter.entry.text, supported)
    return letters


def _supported(look: Theme) -> frozenset[int]:
    """Return the code points that a page in the fonts of *look* can show."""
    return frozenset().union(*(fonts.covered(face) for face in look.faces)) | FREE


def _strange(letters: Iterable[str], supported: frozenset[int]) -> frozenset[str]:
    """Return those of *letters* that are not *supported* and would be seen."""
    lost = (letter for letter in letters if ord(letter) not in supported)
    return frozenset(letter for letter in lost if letter.isprintable() or controls.PRIVATE.match(letter))


def _shown(chapter: Chapter) -> tuple[Body, ...]:
    """Return what pages show of *chapter*."""
    return (chapter.heading, chapter.body, *chapter.questions)


def _letters(chapter: Chapter) -> str:
    """Return the letters of *chapter*, with those of its formulas; they are remembered."""
    return "".join([body.letters for body in (*_shown(chapter), chapter.entry)])


def _text(chapter: Chapter) -> str:
    """Return the text of *chapter* without its formulas, which are drawn."""
    return " ".join(piece for body in _shown(chapter) for piece in _outside_formulas(body))


def _named(book: Book) -> str:
    """Return the text of *book* that stands in no chapter."""
    about = book.metadata
    return "".join(
        (about.title, about.subtitle, *about.authors, about.publisher, *(part.title.text for part in book.parts))
    )


def _drawn(book: Book) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the path of each drawing of *book*, and its letters."""
    for asset in book.assets:
        if asset.media_type == "image/svg+xml":
            yield asset.path, drawings.letters(asset.data)


def _outside_formulas(body: Body) -> Iterator[str]:
    """Yield the text of *body*, piece by piece, without formulas, which are drawn."""
    formula: Element | None = None
    for event, element in etree.iterwalk(body.root, events=("start", "end")):
        if formula is None and event == "start":
            formula = element if element.tag == f"{{{MATH}}}math" else None
        if formula is None:
            yield (element.text if event == "start" else element.tail) or ""
        elif formula is element and event == "end":
            formula = None
            yield element.tail or ""


def _backwards(chapter: Chapter, letters: Sequence[str]) -> tuple[str, str]:
    """Return the first letter and the fault of text that runs from right to left; no fault if WeasyPrint sets it correctly."""
    backwards = [letter for letter in letters if RIGHT_TO_LEFT.match(letter)]
    if not backwards:
        return "", ""
    if len(backwards) > MAIN * len(letters) and len(backwards) > FEW:
        return backwards[0], "is written in {} letters, from right to left"
    for line in (line for body in _shown(chapter) for line in _lines(body)):
        line_letters = [letter for letter in line if letter.isalpha()]
        backward = [letter for letter in line_letters if RIGHT_TO_LEFT.match(letter)]
        if not backward:
            continue
        if len(backward) > PASSAGE and 2 * len(backward) > len(line_letters):
            return backward[0], "has a paragraph in {} letters, from right to left"
        if BROKEN.search(line):
            return (
                backward[0],
                "has words in {} of which only some are marked, as a link or in italics: they would come out in the wrong order in a PDF",
            )
        if TURNED.search(line.replace(EDGE, "")):
            return backward[
                0
            ], "has words in {} with a figure or a bracket among them: they would come out in the wrong order in a PDF"
    return "", ""


def _lines(body: Body) -> Iterator[str]:
    """Yield the text of each block of *body* that has words from right to left, with an edge where an element inside it begins or ends."""
    pieces: list[str] = []

    def walk(element: Element) -> None:
        mark = EDGE if element.tag in IN_A_LINE else BLOCK
        pieces.append(mark)
        pieces.append(element.text or "")
        for child in element:
            if isinstance(child.tag, str):
                walk(child)
            pieces.append(child.tail or "")
        pieces.append(mark)

    walk(body.root)
    text = "".join(pieces)
    yield from (line for line in text.split(BLOCK) if RIGHT_TO_LEFT.search(line))


def _verdict(
    book: Book,
    look: Theme,
    source: str,
    supported: frozenset[int],
    *,
    missing: Mapping[str, tuple[Chapter, str]],
    boxed: Sequence[tuple[Chapter, frozenset[str], float]],
    refused: Mapping[Kind, Mapping[str, Sequence[tuple[Place, str]]]],
) -> Verdict:
    """Return the verdict with its problems."""
    problems: list[Problem] = []
    reasons: list[str] = []
    alternative = "EPUB and HTML are built and show it correctly"
    for names, places in refused.get(WRONG_WAY, {}).items():
        place, reason = places[0]
        message = f"this chapter {reason.format(names)}{_more(places)}; the paged editions are not made"
        fix = "mark such words as a whole, without figures or brackets, or " if "turn them" in reason else ""
        fix = "leave some of them out, or " if FEWER in reason else fix
        problems.append(WRONG_WAY.at(place, message, fix=f"{fix}use another tool for print: {alternative}"))
        reasons.append(f"{place.path}:{place.line} {reason.format(names)}")
    for names, places in refused.get(UNCERTAIN, {}).items():
        place, reason = places[0]
        message = f"this chapter {reason.format(names)}{_more(places)}: they look right in a PDF, but search and read-aloud get them wrong"
        problems.append(UNCERTAIN.at(place, message, fix="write them in Latin letters too, so that they can be found"))
    if boxed:
        chapter, strange, share = boxed[0]
        place = _place(chapter, min(strange, key=lambda letter: _at(chapter, letter)))
        letters = f"{share:.0%} of the letters have no glyph in the theme {look.name}: {_quoted(strange)}"
        message = f"{letters}{_more(boxed)}; the paged editions are not made"
        calls = _sessions([(call, letter) for call, strange_letters, _ in boxed for letter in strange_letters])
        problems.append(BOXES.at(place, message, fix=_fix(source, calls)))
        reasons.append(f"{place.path}:{place.line} {share:.0%} of the letters have no glyph in the theme {look.name}")
    if missing and not reasons:
        order = {chapter.source.path: number for number, chapter in enumerate(book.spine)}
        chapter, letter = min(missing.values(), key=lambda pair: (order[pair[0].source.path], _at(*pair)))
        message = f"the theme {look.name} has no glyph for {_quoted(missing)}; {_boxes(missing)}"
        calls = _sessions(missing.values())
        problems.append(NO_GLYPH.at(_place(chapter, letter), message, fix=_fix(source, calls)))
    if not reasons:
        problems += _elsewhere(book, look, source, supported)
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return Verdict(reason=f"{reasons[0]}{more}" if reasons else "", problems=tuple(problems))


def _elsewhere(book: Book, look: Theme, source: str, supported: frozenset[int]) -> Iterator[Problem]:
    """Yield the problems of letters without a glyph that stand in no chapter."""
    places = ((Place(path="handbound.toml"), frozenset(_named(book)), "title and names"),)
    pictures = ((Place(path=path), letters, "this drawing") for path, letters in _drawn(book))
    for place, letters, of in (*places, *pictures):
        if lost := _strange(letters, supported):
            calls = tuple(sorted({session(script(letter), book.metadata.language) for letter in lost} - {""}))
            message = f"the theme {look.name} has no glyph for {_quoted(lost)} of {of}; {_boxes(lost)}"
            yield NO_GLYPH.at(place, message, fix=_fix(source, calls))


def _boxes(letters: Collection[str]) -> str:
    """Return what a page shows for *letters*."""
    return "a box stands in its place on paper" if len(letters) == 1 else "a box stands in place of each on paper"


def _sessions(pairs: Iterable[tuple[Chapter, str]]) -> tuple[str, ...]:
    """Return the arguments of the nox session for the typefaces of these letters, each once."""
    calls = (session(script(letter), chapter.lang) for chapter, letter in pairs)
    return tuple(sorted({call for call in calls if call}))


def _fix(source: str, calls: Sequence[str]) -> str:
    name = "name a font that has it under [font] in a theme of your own"
    fetch = f"fetch fonts as in `book manual fonts-and-scripts`: nox -s scripts -- {source} {' '.join(calls)}"
    return fetch if calls else f"write it another way, or {name}"


def _more(places: Sequence[object]) -> str:
    return {1: "", 2: " (one other chapter, too)"}.get(len(places), f" ({len(places) - 1} other chapters, too)")


def _quoted(letters: Iterable[str]) -> str:
    """Return *letters* for a message, the first dozen by name."""
    ordered = sorted(letters)
    names = " ".join(f"{letter} (U+{ord(letter):04X})" for letter in ordered[:SHOWN])
    return f"{names} and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else names


def _names(text: str, among: frozenset[str] | None = None) -> str:
    """Return the names of the scripts in *text*, the most frequent first."""
    counts: dict[str, int] = {}
    for letter in text:
        name = script(letter)
        if name and (among is None or name in among):
            counts[name] = counts.get(name, 0) + 1
    return " and ".join(sorted(counts, key=lambda name: (-counts[name], name)))


def _at(chapter: Chapter, letter: str) -> int:
    """Return the offset of the first *letter* in the author's text; past its end if the text writes it differently."""
    at = chapter.source.text.find(letter)
    return at if at >= 0 else len(chapter.source.text)


def _place(chapter: Chapter, letter: str) -> Place:
    """Return the author's line and column of the first *letter*; the chapter's beginning if the letter is in its front matter."""
    at = chapter.source.text.find(letter)
    return chapter.source.place_at(at) if at >= 0 else chapter.source.place(1)
