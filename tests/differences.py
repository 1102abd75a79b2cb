"""How a failed comparison of files is explained: by their names and the first byte that differs, because a diff of two editions takes minutes."""

from __future__ import annotations

from collections.abc import Iterator

LONG = 10_000
"""Bytes up to which pytest compares two contents itself."""
AROUND = 40
"""Bytes that are shown of each content, from the first that differs."""


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Return the lines that explain why *left* and *right*, two contents or two sets of files, are not equal; None: pytest does it."""
    if op != "==":
        return None
    if isinstance(left, bytes) and isinstance(right, bytes):
        return ["two contents are equal", *_differing(left, right)] if max(len(left), len(right)) > LONG else None
    if isinstance(left, dict) and isinstance(right, dict):
        files = (*left.values(), *right.values())
        if all(isinstance(data, bytes) for data in files) and any(len(data) > LONG for data in files):
            return ["two sets of files are equal", *_files(left, right)]
    return None


def _files(left: dict[str, bytes], right: dict[str, bytes]) -> Iterator[str]:
    for name in sorted(left.keys() | right.keys(), key=str):
        if name not in left or name not in right:
            yield f"{name}: only in the {'right' if name not in left else 'left'} set"
        elif left[name] != right[name]:
            yield f"{name}: {'; '.join(_differing(left[name], right[name]))}"


def _differing(left: bytes, right: bytes) -> Iterator[str]:
    """Yield where two contents begin to differ, and how they go on."""
    pairs = enumerate(zip(left, right, strict=False))
    at = next((at for at, (one, other) in pairs if one != other), min(len(left), len(right)))
    yield f"{len(left):,} and {len(right):,} bytes, equal up to byte {at:,}"
    yield f"{left[at : at + AROUND]!r} and {right[at : at + AROUND]!r}"
