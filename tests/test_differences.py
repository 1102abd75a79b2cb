"""The explanation of a failed comparison of editions: short, and soon there."""

from __future__ import annotations

from tests.differences import LONG, pytest_assertrepr_compare


def test_long_contents_are_explained_by_the_first_byte_that_differs() -> None:
    one, other = b"a" * LONG + b"b", b"a" * LONG + b"cd"
    assert pytest_assertrepr_compare("==", one, other) == [
        "two contents are equal",
        "10,001 and 10,002 bytes, equal up to byte 10,000",
        "b'b' and b'cd'",
    ]


def test_sets_of_long_files_are_explained_by_their_names() -> None:
    one = {"a": b"x" * 2 * LONG, "b": b"", "same": b"1"}
    other = {"a": b"x" * 2 * LONG + b"y", "c": b"", "same": b"1"}
    assert pytest_assertrepr_compare("==", one, other) == [
        "two sets of files are equal",
        "a: 20,000 and 20,001 bytes, equal up to byte 20,000; b'' and b'y'",
        "b: only in the left set",
        "c: only in the right set",
    ]


def test_what_is_short_or_no_file_is_left_to_pytest() -> None:
    for pair in ((b"a", b"b"), ({"a": b"1"}, {"a": b"2"}), ({"a": 1}, {"a": b"x" * 2 * LONG}), ("a" * 2 * LONG, "b")):
        assert pytest_assertrepr_compare("==", *pair) is None
    assert pytest_assertrepr_compare("!=", b"a" * 2 * LONG, b"a" * 2 * LONG) is None
