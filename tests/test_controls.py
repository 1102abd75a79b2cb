"""Characters that no page can show: reported at their lines, and replaced one for one."""

import pytest

from book.source.controls import KINDS, MOST, cleaned
from tests.loops import some


@pytest.mark.parametrize(
    ("typed", "printed", "told", "fix"),
    [
        ("It\x92s \x93so\x94", "It’s “so”", "U+0092 (3 on this line)", "did you mean ’?"),
        ("and\x85", "and…", "U+0085", "did you mean …?"),
        ("a\x81", "a\ufffd", "U+0081", "\ufffd"),
        ("a\x00\x0cb", "a\ufffd b", "U+0000 (2 on this line)", "remove it"),
        ("a\ufdd0\U0001ffff", "a\ufffd\ufffd", "U+FDD0 (2 on this line)", "remove it"),
        ("a\u2028b", "a b", "U+2028", "a space is printed"),
        ("a\ufeffb", "a\u2060b", "U+FEFF", "remove it"),
        ("hid\U000e0041\U000e0042", "hid\u2060\u2060", "U+E0041", "hides words"),
        ("\ue000", "\ue000", "U+E000", "from Unicode"),
        ("It\ufffds", "It\ufffds", "U+FFFD", "write the letter"),
        ("Itâ€™s", "Itâ€™s", "read as Windows-1252", "did you mean ’?"),
        ("cafÃ©", "cafÃ©", "read as Windows-1252", "did you mean é?"),
    ],
)
def test_a_strange_character_is_reported_and_made_harmless(typed: str, printed: str, told: str, fix: str) -> None:
    text, findings = cleaned(f"First.\n{typed}\n")
    assert text == f"First.\n{printed}\n"
    assert len(findings) == 1
    assert told in findings[0].message
    assert fix in findings[0].fix
    assert findings[0].at >= len("First.\n")


@pytest.mark.parametrize(
    "text",
    [
        "« CAFÉ» et «NÃ»",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f of England",
        "1\ufe0f\u20e3, \u2764\ufe0f\u200d\U0001f525, \U0001f44d\U0001f3fd, \U0001f1f3\U0001f1ff",
        "Zwölf Āpfel, ﬁn, tab\there",
    ],
)
def test_an_ordinary_text_is_left_alone(text: str) -> None:
    assert cleaned(text) == (text, ())


def test_a_file_full_of_slips_gives_a_short_list() -> None:
    _, findings = cleaned("\x92\n" * (MOST + 5))
    assert len(findings) == MOST
    assert "5 more lines" in findings[-1].message


def test_no_character_of_any_kind_is_overlooked_in_a_text_that_is_looked_at_quickly() -> None:
    every = "\n".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    matches = [match[0] for kind in KINDS for match in kind.pattern.finditer(every)]
    assert len(matches) > 100_000
    for letters in some((*matches[:300], *matches[300::97], matches[-1], "Â©", "Ã©", "â€™")):
        assert cleaned(f"a {letters} b")[1] != (), letters
