"""Style sheets of authors in which something goes from one chapter to the next are recognised."""

from __future__ import annotations

import pytest

from book.theme.pagination import dependence


@pytest.mark.parametrize(
    "sheet",
    [
        "li + li { color: red } p:nth-child(2n+1) { color: red }",
        ".hb-chapter > p:first-child { color: red } .hb-chapter h2 ~ p { color: red }",
        ".hb-chapter { counter-reset: plate } figcaption::before { counter-increment: plate; content: counter(plate) }",
        "ol.steps { counter-reset: step } ol.steps > li { counter-increment: step }",
        ".hb-numbered ~ h2 { counter-increment: section }",
        "h2 { string-set: section content(text) } .hb-opener { string-set: none }",
        "@page opening:nth(1 of opening) { @bottom-center { content: none } } @page :first { margin: 0 }",
        "@media print { p { color: red } }",
        '.hb-contents a::after { content: leader(".") target-counter(attr(href url), page) }',
        ".hb-callout + .hb-callout { margin: 0 } .hb-callout > :last-child { margin: 0 }",
        ".hb-chapter { break-before: recto; break-after: page }",
        ".hb-part:has(li:nth-child(9)) .hb-opener { margin: 0 } .hb-chapter:has(> p:last-child) h2 { color: red }",
    ],
)
def test_a_sheet_in_which_each_chapter_stands_for_itself(sheet: str) -> None:
    assert not dependence(sheet)


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        (".hb-chapter + .hb-chapter { color: red }", "selects a chapter by its neighbour (.hb-chapter + .hb-chapter)"),
        ("section:first-child { color: red }", "selects a chapter by its place among the others (section:first-child)"),
        ("body > :last-child { color: red }", "selects a chapter by its place among the others (body > :last-child)"),
        (
            "body:has(:nth-child(9)) p { color: red }",
            "selects a chapter by its place among the others (body:has(:nth-child(9)) p)",
        ),
        ("p:has(+ p) { color: red }", "has a selector that is not understood (p:has(+ p))"),
        ("figure { counter-increment: plate }", "counts “plate” through the whole book"),
        (".hb-chapter { counter-increment: chapter }", "counts “chapter” through the whole book"),
        ("@page { counter-increment: sheet }", "counts “sheet” through the whole book"),
        ("h3 { string-set: part content(text) }", "carries the string “part” from page to page"),
        ("h2 { position: running(head) }", "has running elements"),
        ("@page :nth(3) { margin: 0 }", "selects pages by their number (@page :nth(3))"),
        ("a::after { content: target-counter(attr(href url), page) }", "prints page numbers of links in the text"),
        ("h2::after { content: counter(page) }", "prints page numbers in the text"),
        (".hb-part { break-after: recto }", "says on which side the next chapter begins"),
        ("@supports (color: red) { p { color: red } }", "has an @supports rule"),
        ("@media print { h2 { position: running(head) } }", "has running elements"),
    ],
)
def test_a_sheet_in_which_a_chapter_depends_on_others(sheet: str, reason: str) -> None:
    assert dependence(sheet) == reason
