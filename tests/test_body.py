"""Bodies: values that are compared, sent to other processes and serialised, and that never change."""

from __future__ import annotations

import pickle

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
