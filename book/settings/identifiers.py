"""Identifiers of books: URNs, of which ISBNs have a check digit and UUIDs a fixed form."""

from __future__ import annotations

import re
import uuid

from book.patterns import regex

ISBN = regex(r"(?:urn:)?(?:isbn(?:-1[03])?[: ]*)?(?P<digits>[\d -]{9,20}[\dXx])", re.IGNORECASE)


def doubt(identifier: str) -> tuple[str, str] | None:
    """Return what is wrong with *identifier* and how to write it; None if nothing is.

    >>> doubt("urn:isbn:978-3-16-148410-0"), doubt("978-3-16-148410-0")
    (None, ('an ISBN without the name of its system', 'write "urn:isbn:978-3-16-148410-0"'))
    >>> doubt("urn:isbn:978-3-16-148410-1")
    ('an ISBN whose last digit does not agree with the others, which give 0', 'compare it with the one that you were given')
    """
    scheme, _, rest = identifier.partition(":")
    system, _, name = rest.partition(":")
    if scheme.lower() == "urn" and system.lower() == "uuid":
        try:
            sound = str(uuid.UUID(name)) == name.lower()
        except ValueError:
            sound = False
        return (
            None
            if sound
            else ("no UUID", f'write "urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}", or remove the key')
        )
    match = ISBN.fullmatch(identifier.strip())
    if match is None:
        is_isbn = scheme.lower() == "urn" and system.lower() == "isbn"
        return ("no ISBN: that has 10 or 13 digits", 'write it as in "urn:isbn:978-3-16-148410-0"') if is_isbn else None
    digits = re.sub(r"[ -]", "", match["digits"]).upper()
    if len(digits) not in (10, 13) or (len(digits) == 13 and not digits.isdigit()):
        return "no ISBN: that has 10 or 13 digits", 'write it as in "urn:isbn:978-3-16-148410-0"'
    if (right := check_digit(digits[:-1])) != digits[-1]:
        return (
            f"an ISBN whose last digit does not agree with the others, which give {right}",
            "compare it with the one that you were given",
        )
    if not identifier.lower().startswith("urn:isbn:"):
        return "an ISBN without the name of its system", f'write "urn:isbn:{match["digits"].strip()}"'
    return None


def of_isbn(isbn: str) -> str:
    """Return the URN of an ISBN.

    >>> of_isbn("978-3-16-148410-0"), of_isbn("urn:isbn:3161484100")
    ('urn:isbn:978-3-16-148410-0', 'urn:isbn:3161484100')
    """
    return isbn if isbn.lower().startswith("urn:isbn:") else f"urn:isbn:{isbn}"


def check_digit(digits: str) -> str:
    """Return the last digit of an ISBN whose other *digits* are 9 or 12 (ISO 2108).

    >>> check_digit("978316148410"), check_digit("316148410")
    ('0', 'X')
    """
    if len(digits) == 9:
        return "0123456789X"[-sum(int(digit) * (10 - at) for at, digit in enumerate(digits)) % 11]
    return str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits)) % 10)
