"""The house style as a function for other programs."""

from __future__ import annotations

import pytest

import book
from tests.typeset import ruler
from tests.typeset.glyphs import straighten

TEXTS = {text.name: text for text in ruler.sample()}


@pytest.mark.parametrize("name", TEXTS)
def test_no_more_marks_of_an_edited_text_are_wrong_than_before(name: str) -> None:
    text = TEXTS[name]
    score = ruler.measure(text, "straight")
    assert score is not None
    assert score.marks > 15
    assert score.wrong <= text.wrong, score.places


@pytest.mark.parametrize("name", TEXTS)
def test_right_marks_stay_as_they_are(name: str) -> None:
    score = ruler.measure(TEXTS[name], "curly")
    assert score is not None
    assert score.wrong == 0, score.places


@pytest.mark.parametrize("name", [text.name for text in TEXTS.values() if text.group == "novels"])
def test_a_text_with_singles_outside_is_set_as_well(name: str) -> None:
    score = ruler.measure(TEXTS[name], "swapped")
    assert score is not None
    assert score.marks > 100
    assert score.wrong == 0, score.places


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_is_set_again_does_not_change(name: str) -> None:
    text = TEXTS[name]
    given = ruler.paragraphs(straighten(text.chapters[0], text.language.partition("-")[0]))
    follows = list(ruler.follow(given))
    once = book.typeset([words for words, _ in given], text.language, follows=follows).paragraphs
    assert book.typeset(once, text.language, follows=follows).paragraphs == once


def test_the_ruler_sees_what_is_wrong() -> None:
    text = ruler.Text("a", "en", "novels", ("“It ‘was,’ and ‘Dam bust an’ flooded”, pages 5–9 and 3-2.",))
    assert ruler.measure(ruler.Text("b", "en", "novels", ("‘A “wrong’ text.”",)), "straight").wrong > 0  # type: ignore[union-attr]
    ranges = ruler.measure(text, "ranges")
    assert ranges is not None
    assert (ranges.ranges, ranges.missed, ranges.hyphens, ranges.joined) == (1, 0, 1, 0)


def test_paragraphs_teach_each_other_and_quotations_go_on() -> None:
    done = book.typeset(
        [
            '"I seed \'low water," he said. "We was goin\' home.',
            "\"They was 'low in de water, en goin' 'roun' it!\"",
            "See Listing 2-3 -- it's on pages 5-9--at last.\nIt \"ends.",
        ]
    )
    assert done.paragraphs[2] == "See Listing 2-3 – it’s on pages 5–9—at last.\nIt “ends."
    assert done.paragraphs[0] == "“I seed ’low water,” he said. “We was goin’ home."
    assert [(index, doubt.kind.code) for index, doubt in done.doubts] == [(2, "Q101")]


def test_a_quotation_does_not_go_on_where_a_paragraph_does_not_follow() -> None:
    assert len(book.typeset(['"A.', '"B."']).doubts) == 0
    assert len(book.typeset(['"A.', '"B."'], follows=[False, False]).doubts) == 1


def test_the_marks_are_those_of_the_language() -> None:
    assert book.typeset(["\"a 'b' c\" -- d"], "de").paragraphs == ("„a ‚b‘ c“ – d",)
    assert book.typeset(["It works--mostly."], double_hyphen="en").paragraphs == ("It works–mostly.",)
