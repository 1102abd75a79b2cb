"""The house style as a function for other programs."""

from __future__ import annotations

import book


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
