"""Collects what is removed from a drawing or corrected in it, and reports it in a few lines."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from book.problems import Kind, Severity, printable

UNSAFE_SVG = Kind("I107", Severity.WARNING, "a drawing that cannot be made safe and is left out")
CLEANED = Kind("I110", Severity.WARNING, "parts of a drawing that load or run something, left out")
LABELS = Kind("I115", Severity.WARNING, "labels of a drawing that are HTML are printed as plain text")
NUMBERS = Kind("I116", Severity.WARNING, "a drawing with invalid numbers")

LONGEST_SHOWN = 80

Fault = tuple[Kind, str, str]


class Findings(Struct):
    """Findings in one drawing."""

    name: str
    """The name used in messages."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Removed part -> number of times."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Attribute with an invalid number -> its value."""
    labels: int = 0
    """Number of HTML labels."""

    def drop(self, part: str) -> None:
        """Record that *part* is left out."""
        part = printable(part)
        part = part if len(part) <= LONGEST_SHOWN else f"{part[: LONGEST_SHOWN - 1]}…"
        if part in self.dropped or len(self.dropped) < 100:
            self.dropped[part] = self.dropped.get(part, 0) + 1

    def odd(self, name: str, value: str) -> None:
        """Record that *value*, given for *name*, is not a number."""
        if len(self.numbers) < 100:
            self.numbers.setdefault(name, printable(value[:40]))

    def faults(self) -> Iterator[Fault]:
        """Yield kind, message and fix of each finding."""
        if self.dropped:
            parts = [part if times == 1 else f"{part} ({times} times)" for part, times in self.dropped.items()]
            more = f" and {len(parts) - 4} more" if len(parts) > 4 else ""
            message = f"{self.name!r} holds {', '.join(parts[:4])}{more}; the drawing is printed without it"
            yield CLEANED, message, "remove it from the drawing, or embed what it loads"
        if self.numbers:
            parts = [f'{part}="{value}"' for part, value in self.numbers.items()]
            more = f" and {len(parts) - 3} more" if len(parts) > 3 else ""
            message = f"{self.name!r} has sizes or positions that are not numbers: {', '.join(parts[:3])}{more}; they are left out"
            yield NUMBERS, message, "save the drawing again with numbers"
        if self.labels:
            times = "a label" if self.labels == 1 else f"{self.labels} labels"
            message = f"{self.name!r} has {times} written as HTML; printed as plain text"
            yield LABELS, message, "check the drawing, or export it with labels as SVG text"
