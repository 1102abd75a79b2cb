"""Tests assert something: none of their loops passes because it is empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loops import some, unproved

HOME = Path(__file__).parent


def test_no_assertion_stands_in_a_loop_that_may_be_empty() -> None:
    loops = {path: list(unproved(path.read_text(encoding="utf-8"))) for path in some(sorted(HOME.rglob("*.py")))}
    assert {path.relative_to(HOME).as_posix(): lines for path, lines in loops.items() if lines} == {}


@pytest.mark.parametrize(
    ("loop", "sound"),
    [
        ("for page in pages:", False),
        ("for page in some(pages):", True),
        ("for number, page in enumerate(some(pages)):", True),
        ("for page in sorted(folder.glob('*.md')):", False),
        ("for page in sorted((*pages, *others)):", False),
        ("for page in sorted((*pages, 'a last one')):", True),
        ("for page in (1, 2):", True),
        ("for page in 'a b'.split():", True),
        ("for page in ():", False),
        ("for page in PAGES.items():", True),
        ("for page in range(3):", True),
        ("for page in range(count):", False),
        ("for page in zip((1, 2), pages):", False),
        ("for page in pages:  # may be empty: a book without pages", True),
        ("assert pages\n    for page in pages:", True),
    ],
)
def test_a_loop_that_may_be_empty_is_found(loop: str, sound: bool) -> None:
    source = f"def test(pages):\n    {loop}\n        assert page\n"
    assert (not list(unproved(source))) == sound


def test_a_law_may_draw_nothing() -> None:
    assert not list(unproved("@given(pages)\ndef test(pages):\n    for page in pages:\n        assert page\n"))


def test_some_is_at_least_one() -> None:
    assert some(iter("ab")) == ("a", "b")
    with pytest.raises(AssertionError, match="proves nothing"):
        some([])
