"""Wide formulas on paper: a line begins with a relation or an operator, never inside brackets."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from lxml import etree

from book import press
from book.body import Element, kinds
from book.html_names import MATH
from book.paged import math_lines
from tests.loops import some
from tests.math.formulas import LONG, write

LETTER = 1000.0


def formula(text: str) -> Element:
    """Return a displayed formula: each letter of *text* is an element."""
    signs = "".join(f"<mo>{sign}</mo>" if not sign.isalnum() else f"<mi>{sign}</mi>" for sign in text)
    return etree.fromstring(f'<math xmlns="{MATH}" display="block"><semantics><mrow>{signs}</mrow></semantics></math>')


def lines(text: str, letters: int) -> list[str]:
    """Return the lines of the formula *text*, with room for so many letters."""
    table = math_lines.on_lines(formula(text), letters * LETTER, lambda piece: LETTER * len("".join(piece.itertext())))
    return ["".join(row.itertext()) for row in table.iter(f"{{{MATH}}}mtr")] if table is not None else []


def test_a_line_begins_with_a_relation_rather_than_with_an_operator() -> None:
    assert lines("s=a+b+c=d+e+f=g", 9) == ["s=a+b+c", "=d+e+f=g"]


def test_a_line_without_a_relation_begins_with_an_operator() -> None:
    assert lines("s=a+b+c+d+e+f", 8) == ["s=a+b+c", "+d+e+f"]


def test_what_is_multiplied_stays_together_while_there_is_another_place() -> None:
    assert lines("s=abc×d+efg", 8) == ["s=abc×d", "+efg"]
    assert lines("s=abcdef×ghijkl", 9) == ["s=abcdef", "×ghijkl"]


def test_nothing_is_divided_inside_brackets_or_before_a_sign_of_its_own() -> None:
    assert lines("s=(a+b+c+d)+e", 9) == ["s=(a+b+c+d)", "+e"]
    assert all(line[-1] not in "=+" for line in some(lines("s=-a+b=-c+d=-e+f", 7)))


@pytest.mark.parametrize("text", ["abcdefghijkl", "(a+b+c+d+e+f)", "", "=abcdefghijk"])
def test_what_has_no_place_to_divide_it_stays_as_it_is(text: str) -> None:
    assert lines(text, 6) == []


def test_lines_below_a_short_left_side_begin_below_its_relation() -> None:
    table = math_lines.on_lines(
        formula("s=a+b+c+d=e+f+g+h"), 12 * LETTER, lambda piece: LETTER * len("".join(piece.itertext()))
    )
    assert table is not None
    spaces = [float(space.get("width", "0em")[:-2]) for space in table.iter(f"{{{MATH}}}mspace")]
    assert spaces == [pytest.approx(LETTER / math_lines.ZIAMATH_EM, abs=0.001)]


def test_a_long_formula_may_end_lines_in_a_browser_but_not_inside_products_or_brackets() -> None:
    def parts(text: str) -> list[str]:
        body = etree.Element("div")
        body.append(formula(text)[0][0])
        (math,) = body
        math.tag = f"{{{MATH}}}math"
        math_lines.divide(body)
        return ["".join(part.itertext()) for part in math] if "divided" in kinds(math) else []

    assert parts("s=abcdefghij+(klm+nop)×qrs=tuvw") == ["s", "=abcdefghij", "+(klm+nop)×qrs", "=tuvw"]
    assert parts("s=a+b") == parts("abcdefghijklmnopqrstuvwxyz") == []


@pytest.mark.needs_pango
def test_a_wide_formula_has_lines_of_full_size_and_is_said_as_it_was_typed(tmp_path: Path) -> None:
    folder = write(tmp_path / "b", f"# P\n\n$$s = {LONG}$$\n\n- An item\n\n  $$s = {LONG}$$\n\nBehind it.\n")
    result = press.build(folder, tmp_path / "out", editions=["pdf"])
    assert [problem.message for problem in result.report.problems if problem.code in {"F104", "F105"}] == []
    with pikepdf.open(io.BytesIO((tmp_path / "out" / "formulas.pdf").read_bytes())) as pdf:
        said = [
            str(one.Alt) for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") == "/Formula"
        ]
    assert said == [f"s = {LONG}"] * 2
