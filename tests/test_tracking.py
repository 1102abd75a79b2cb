"""Letters of very loose lines stand a hair apart."""

from __future__ import annotations

import pytest

from tests.test_even_lines import boxes, lay_out, lines, texts

LOOSE = "Before <em>work</em>, read it aloud and counterrevolutionarily misunderstood tests of mine."


@pytest.mark.needs_pango
def test_the_letters_of_a_very_loose_line_stand_a_hair_apart_and_its_text_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from book.paged.render import tracking

    apart = lay_out(f'<p style="hyphens: none">{LOOSE}')
    monkeypatch.setattr(tracking, "MOST", 0.0)
    natural = lay_out(f'<p style="hyphens: none">{LOOSE}')
    assert lines(apart) == lines(natural)
    line, plain = next(boxes(apart)), next(boxes(natural))
    assert line.width == pytest.approx(plain.width, abs=0.05) == pytest.approx(300, abs=0.05)
    letters = sum(len(text.text.strip()) for text in texts(line))
    gained = sum(extra * text.text.count(" ") for text in texts(plain) if (extra := text.justification_spacing))
    gained -= sum(extra * text.text.count(" ") for text in texts(line) if (extra := text.justification_spacing))
    assert 0.8 * 0.14 * letters < gained <= 0.14 * letters + 0.5  # a hundredth of 14 pixels for each letter
    assert [text.style["letter_spacing"] for text in texts(line)] == [pytest.approx(0.14)] * 3
    assert {text.style["letter_spacing"] for text in texts(list(boxes(apart))[-1])} == {"normal"}


@pytest.mark.needs_pango
@pytest.mark.parametrize("text", ["क्या यह काम करता है और क्योंकि", "แม่ น้ำ กิน ข้าว ใหญ่ มาก"])
def test_letters_that_are_joined_stay_together(text: str) -> None:
    layout = lay_out(f"<p>{text} {'M' * 30}")
    assert {part.style["letter_spacing"] for line in boxes(layout) for part in texts(line)} == {"normal"}
