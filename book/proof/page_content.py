"""What the content of a page paints: the texts that it shows, and the marked content with paths.

The content is read in the form in which a page is usually written (:data:`STEP`); everything else is read by pikepdf, which knows
all of the syntax. Both give the same, and a test compares them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf

from book.patterns import regex
from book.proof import verdicts

Shown = tuple[tuple[int, str, str], ...]
"""Each text that a page shows: its MCID, -1 outside marked content, the name of its font, and its codes, in hexadecimal digits."""

READER = f"pikepdf {pikepdf.__version__}"
"""What reads the operators of a page."""
CODES_APART = regex("(?:[0-9a-f]{2}| )*+")
CODES = regex(rb"<([0-9a-f]*)>")
TEXTS, PATHS = "TJ Tj ' \"", "f F f* B B* S s b b* Do"
OTHERS = (
    "q Q cm w J j M d ri i gs m l c v y h re n W W* BT ET Tc Tw Tz TL Tr Ts Td TD Tm T* "
    "CS cs SC SCN sc scn G g RG rg K k sh MP"
)
"""The operators that show no text, paint no path and begin no marked content."""


def _steps() -> re.Pattern[bytes]:
    """Return the pattern of one operator that matters, or of all up to the next one."""
    # Possessive throughout: 1.5 is also 1 and .5, so that a run of numbers before a damaged operator would be read in all ways.
    number, name, codes, gap = r"[+-]?(?:\d++(?:\.\d*+)?+|\.\d++)", r"/[\w.+-]++", "<(?:[0-9a-f]{2})*+>", r"[ \n\r]*+"
    operands = rf"(?:(?:{number}|{name}|\[(?:{number}|[ \n\r])*+\]){gap})*+"
    paths, others = ("|".join(map(re.escape, sorted(names.split(), reverse=True))) for names in (PATHS, OTHERS))
    steps = (
        rf"(?:{operands}(?:{others})END{gap})++",
        rf"\[(?P<texts>(?:{codes}|{number}|[ \n\r])*+)\]{gap}TJEND",
        rf"(?P<text>{codes}){gap}TjEND",
        rf"(?P<font>{name})[ \n\r]+{number}[ \n\r]+TfEND",
        rf"{name}{gap}(?:<<{gap}/MCID[ \n\r]+(?P<mark>\d+){gap}>>|{name}){gap}(?P<begin>BDC)END",
        rf"{name}{gap}(?P<plain>BMC)END",
        "(?P<end>EMC)END",
        rf"{operands}(?P<path>{paths})END",
    )
    after = r"(?=[ \n\r/\[<]|\Z)"
    return re.compile(f"(?:{'|'.join(steps)}){gap}".replace("END", after).encode(), re.ASCII)


STEP = _steps()
"""The form in which a page is usually written: hexadecimal codes, no nested values, no comments, no inline images."""


class Content(NamedTuple):
    """What a page paints."""

    shown: Shown
    paths: tuple[int, ...]
    """The MCIDs of the marked content, forms included, in which something is filled, stroked or drawn."""
    plain: bool
    """Whether it is written in the form of :data:`STEP`, which is valid syntax."""


def of(page: pikepdf.Page) -> Content:
    """Return what *page* paints.

    This depends on its content alone, so it is remembered. What the codes mean depends on the fonts of the file: it never is.
    """
    content = whole(page)
    return verdicts.remember(f"content, {READER}", (content,), lambda: parsed(content), Content, holds=_is_sound)


def whole(page: pikepdf.Page) -> bytes:
    """Return the whole content of *page*."""
    streams = page.obj.get("/Contents")
    parts = streams if isinstance(streams, pikepdf.Array) else [streams]
    return b"\n".join(stream.read_bytes() for stream in parts if isinstance(stream, pikepdf.Stream))


def _is_sound(content: Content) -> bool:
    """Return whether the codes of *content*, from the cache, are hexadecimal digits."""
    return CODES_APART.fullmatch(" ".join([code for _, _, code in content.shown])) is not None


@functools.lru_cache(maxsize=1000)
def parsed(content: bytes) -> Content:
    """Return :func:`of`, from the operators. Files of one book share pages: a handout of all chapters has those of each."""
    return _plainly(content) or _with_pikepdf(content)


def _plainly(content: bytes) -> Content | None:
    """Return what *content* paints if it has the form of :data:`STEP`, else None."""
    shown: list[tuple[int, str, str]] = []
    paths: set[int] = set()
    marks = [-1]
    font, at = "", len(content) - len(content.lstrip(b" \n\r"))
    while (step := STEP.match(content, at)) is not None:
        at = step.end()
        match step.lastgroup:
            case "texts" | "text" as name:
                shown.append((marks[-1], font, b"".join(CODES.findall(step[name])).decode()))
            case "font":
                font = step["font"].decode()
            case "begin":
                marks.append(marks[-1] if step["mark"] is None else int(step["mark"]))
            case "plain":
                marks.append(marks[-1])
            case "end":
                marks = marks[:-1] or [-1]
            case "path" if marks[-1] >= 0:
                paths.add(marks[-1])
    return Content(tuple(shown), tuple(sorted(paths)), True) if at == len(content) else None


def _with_pikepdf(content: bytes) -> Content:
    shown: list[tuple[int, str, str]] = []
    paths: set[int] = set()
    font = ""
    for mcid, word, operands in _marked(content):
        if word == "Tf":
            font = str(operands[0])
        elif word in TEXTS:
            strings = operands[0] if word == "TJ" else (operands[-1],)
            code = b"".join([bytes(piece) for piece in strings if isinstance(piece, pikepdf.String)])
            shown.append((mcid, font, code.hex()))
        elif mcid >= 0:
            paths.add(mcid)
    return Content(tuple(shown), tuple(sorted(paths)), False)


def _marked(content: bytes) -> Iterator[tuple[int, str, Any]]:
    """Yield each operator that shows or paints: the MCID of the marked content around it, -1 outside; its name; its operands."""
    marks: list[int] = []
    owner = pikepdf.new()  # a stream does not outlive its file
    try:
        instructions = pikepdf.parse_content_stream(pikepdf.Stream(owner, content), f"BDC BMC EMC Tf {TEXTS} {PATHS}")
    except TypeError as fault:  # what it raises for a word that is no operator
        raise pikepdf.PdfError(str(fault)) from fault
    for instruction in instructions:
        operands, word = instruction.operands, str(instruction.operator)
        if word in {"BDC", "BMC"}:
            properties = operands[1] if len(operands) > 1 else None
            inner = properties.get("/MCID") if isinstance(properties, pikepdf.Dictionary) else None
            marks.append(int(inner) if inner is not None else marks[-1] if marks else -1)
        elif word == "EMC":
            marks = marks[:-1]
        else:
            yield marks[-1] if marks else -1, word, operands
