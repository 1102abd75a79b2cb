"""The sizes that an author wants: laws. Examples are in `book/images/sizes.py` and `tests/test_illustrate.py`."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from book.images import sizes

WORDS = st.one_of(
    st.text(max_size=12),
    st.builds(
        lambda number, unit: f"{number}{unit}",
        st.one_of(st.integers(), st.floats()),
        st.sampled_from(["", "%", "px", "in", "mm", "cm", "pt", "em", "vw", "x", "%%"]),
    ),
)


@given(
    st.dictionaries(st.sampled_from(sorted(sizes.NAMES.values())), WORDS),
    st.integers(1, 100_000),
    st.integers(1, 100_000),
)
def test_any_size_gives_one_valid_width_or_none(said: dict[str, str], width: int, height: int) -> None:
    style, wrong = sizes.styled(said, (width, height))
    assert re.fullmatch(r"|(?:max-)?width: \d+(?:\.\d+)?(?:e[+-]\d+)?(?:%|[a-z]+)", style)
    assert len(wrong) <= len(said)
    if found := re.search(r"width: (.*)%", style):
        assert 0 < float(found[1]) <= 100


@given(st.text(max_size=60))
def test_any_style_is_taken_apart(style: str) -> None:
    said, rest = sizes.read({"style": style})
    assert set(said) <= set(sizes.NAMES.values())
    assert isinstance(rest, str)
