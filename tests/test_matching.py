"""The rules that are found once for elements of one place are those that the library finds for each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.loops import some

pytestmark = pytest.mark.needs_pango

SHEET = """
p { color: red } .a { color: red } #x, #y > b { color: red } div p.a:not(.b) { color: red } * { color: red } [title] { color: red }
[title="one" i] { color: red } [title^="t"] > em { color: red } [id|="y"] { color: red } :lang(de) { color: red } :root { color: red } a:link { color: red }
p + p, h1 ~ p em { color: red } li:nth-child(2) b, li:first-child { color: red } div:has(> em) { color: red } p:empty, p:only-child { color: red }
:is(div, ul) :where(b, em)::before { content: "x" } h1::first-line { color: red } p:first-of-type { color: red } input:disabled { color: red } [data-n] b { color: red }
[lang] { color: red } em:last-child { color: red } PRE { color: red } .b.a { color: red } a[href$=".md"] { color: red } @media print { em { color: red } }
@layer one { b { color: red } }
"""
PAGE = """<html lang="en"><head><title>T</title><meta name="author" content="x"></head><body><h1 id="x">Head</h1><p class="a">one <em>two</em></p><p class="b a">x</p>
<p></p><div title="one"><p class="a b">x <b>y</b></p></div><div title="One"><p class="a">x <b>y</b></p></div><div title="two"><em>x</em> <em>y</em></div>
<ul id="y" lang="de"><li><b>x</b><li><b>y</b> <em>z</em><li data-n="1"><b>x</b></ul><ul id="y-2"><li><b>x</b><li><b>y</b><li data-n="2"><b>x</b></ul>
<a href="a.md">x</a><a href="b.html">x</a><a>x</a><pre class="c">x</pre><fieldset disabled><input></fieldset><fieldset><input></fieldset><p title="">x</p>
<div><div lang="de-AT"><p class="a">x<em>y</em></p><p>x</p></div></div><div><div><p class="a">x<em>y</em></p><p>x</p></div></div></body></html>"""


def _sheets() -> list[tuple[Any, str, Any]]:
    from weasyprint import CSS
    from weasyprint.css.counters import CounterStyle

    own = CSS(
        string="p { color: blue } em + em { color: blue } [title] em { color: blue }", counter_style=CounterStyle()
    )
    return [(own, "user agent", (0, 0, 0)), (CSS(string=SHEET, counter_style=CounterStyle()), "author", None)]


def _wrappers(page: str) -> Any:
    from weasyprint import HTML

    return HTML(string=page).wrapper_element.iter_subtree()


def test_each_element_has_the_rules_that_the_library_finds() -> None:
    from book.paged.render.matching import Place, Places

    sheets = _sheets()
    places, seen = Places(sheets=sheets), dict[int, Any]()
    for page in (
        PAGE,
        PAGE.replace("<h1", "<h2 id=y class=a").replace("One", "ONE"),
        PAGE.replace('lang="en"', 'lang="de"'),
    ):
        place_of: dict[Any, Place] = {}
        for wrapper in some(_wrappers(page)):
            above = place_of[wrapper.parent.etree_element] if wrapper.parent else None
            place = place_of[wrapper.etree_element] = places.of(wrapper, above)
            matched, number = places.rules(place, wrapper)
            wanted = [(*sheet, selector) for sheet in sheets for selector in sheet[0].matcher.match(wrapper)]
            assert list(matched) == wanted, wrapper.etree_element.tag
            assert seen.setdefault(number, matched) == matched
    assert len(seen) > 20


def test_few_places_hold_many_elements_and_few_selectors_are_tried_for_each() -> None:
    from book.paged.render.matching import Place, Places

    places = Places(sheets=_sheets())
    page = PAGE.replace("</body>", "".join(f'<p data-n="{n}">x <a href="#p">y</a></p>' for n in range(99)))
    place_of: dict[Any, Place] = {}
    for wrapper in _wrappers(page):
        above = place_of[wrapper.parent.etree_element] if wrapper.parent else None
        place_of[wrapper.etree_element] = places.of(wrapper, above)
    assert len(place_of) > 250
    assert len(places.places) < 160
    looking = {test for place in some(place_of.values()) for test in place.tests}
    assert 0 < len(looking) < len(places.steady) / 2


def test_other_style_sheets_have_other_places() -> None:
    from book.paged.render.matching import Places

    sheets = _sheets()
    places = Places(sheets=sheets)
    assert places.holds(list(sheets))
    assert not places.holds(sheets[:1])
    assert not places.holds([(sheets[0][0], "author", None), sheets[1]])
    assert not places.holds(_sheets())
