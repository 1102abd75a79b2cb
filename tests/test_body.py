"""Bodies: values that are compared, sent to other processes and serialised, and that never change."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

from book.body import Body, Element

TEXT = '<p>One &amp; <em>two</em><br/></p><p><img src="a.png" alt=""/></p>'


def test_a_body_is_spelled_as_it_was_read() -> None:
    assert Body.of(TEXT).spell() == TEXT
    assert str(Body.of("")) == ""


def test_a_change_makes_another_body_and_leaves_the_first() -> None:
    first = Body.of(TEXT)

    def remove(root: Element) -> None:
        del root[1]

    second = first.changed(remove)
    assert second.spell() == "<p>One &amp; <em>two</em><br/></p>"
    assert first.spell() == TEXT
    assert first.html(remove) == "<p>One &amp; <em>two</em><br></p>"
    assert first.spell() == TEXT


def test_bodies_are_equal_when_they_are_spelled_alike_and_travel_to_another_process() -> None:
    first = Body.of(TEXT)
    there = pickle.loads(pickle.dumps(first))  # noqa: S301 - our own
    assert there == first
    assert len({first, there, Body.of("x")}) == 2


def test_html_has_no_attribute_of_epub_and_every_attribute_in_double_quotes() -> None:
    body = Body.of('<a epub:type="noteref" title=\'say "a"\'>1</a>a<wbr/>b')
    assert body.html() == '<a title="say &quot;a&quot;">1</a>a<wbr>b'


def test_a_line_has_no_space_at_its_ends_and_no_end_of_line() -> None:
    assert str(Body.of("\n a\n<b>b\nc</b> \n").line()) == "a <b>b c</b>"


def test_a_body_at_rest_has_no_tree_until_somebody_needs_one() -> None:
    text = 'A <em class="x">word</em>, <a hb:to="#b" id="c">b</a><img src="d.png" alt="e"/>'
    body, other = Body.of(text), Body.of(text)
    body.rest()
    there = pickle.loads(pickle.dumps(other))  # noqa: S301 - our own
    for rested in (body, there):
        assert rested == other
        assert (rested.text, rested.digest, rested.facts) == (other.text, other.digest, other.facts)
        assert (rested.xhtml(), rested.html(paper=True)) == (other.xhtml(), other.html(paper=True))
        first, second = rested.copy(), rested.copy()
        first.clear()
        assert len(second) == 3
        assert rested._root is None
        assert [element.tag for element in rested.iter()] == ["em", "a", "img"]
        assert rested.root is rested.root
    assert Body.of("").xhtml() == pickle.loads(pickle.dumps(Body.of(""))).xhtml() == ""  # noqa: S301 - our own


def test_a_body_at_rest_does_not_ask_again_for_what_was_remembered() -> None:
    count = 0

    def make() -> Element:
        nonlocal count
        count += 1
        return Body.of("a <b>c</b>").root

    body = Body.later(make, xhtml="a <b>c</b>")
    body.rest()
    assert (count, body._make) == (0, make)
    assert body.root[0].text == "c"
    body.rest()
    assert (body.root[0].text, count) == ("c", 1)


def test_threads_that_need_a_tree_at_the_same_time_get_one() -> None:
    both = threading.Barrier(2, timeout=60)

    def make() -> Element:
        both.wait()
        return Body.of("a <b>c</b>").root

    body = Body.later(make)
    with ThreadPoolExecutor(2) as pool:
        spelled = list(pool.map(lambda _: body.spell(), range(2)))
    body.rest()
    assert [*spelled, body.spell()] == ["a <b>c</b>"] * 3
