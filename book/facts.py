"""What stages and editions ask of a body of XHTML most, as a value: an unchanged chapter is not parsed to answer it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from lxml import etree


LONGEST = 2_000
"""The most letters of the address of an image that are kept; a longer one is a picture itself, and is given as empty."""


class Image(NamedTuple):
    """An image of a body."""

    address: str
    """Its file, or its address as the author wrote it; empty if that is longer than :data:`LONGEST`."""
    alt: str
    role: str


class Facts(Struct, frozen=True):
    """The facts of a body."""

    digest: str
    """The digest of its XHTML."""
    letters: str
    """The letters of its text and of its attributes, which hold alternative texts and titles; each once, in order."""
    ids: tuple[str, ...]
    addresses: tuple[str, ...]
    """Where its links lead, in order."""
    tags: frozenset[str]
    kinds: frozenset[str]
    images: tuple[Image, ...] = ()
    """Its images, in order."""


def digest(xhtml: str) -> str:
    """Return the digest of *xhtml*."""
    return hashlib.sha256(xhtml.encode("utf-8", "surrogatepass")).hexdigest()


def taken(
    elements: Iterable[etree._Element], text: str, xhtml: str, kinds: Callable[[etree._Element], Iterable[str]]
) -> Facts:
    """Return the facts of a body.

    Args:
        elements: its elements in order.
        text: all its text.
        xhtml: the whole body as XHTML.
        kinds: returns the kinds of an element.
    """
    ids: list[str] = []
    addresses: list[str] = []
    images: list[Image] = []
    tags, names, letters = set[str](), set[str](), set(text)
    for element in elements:
        tags.add(str(element.tag))
        names.update(kinds(element))
        if element.tag == "img":
            images.append(_image(element))
        for name, value in element.attrib.items():
            letters.update(value)
            if name == "id" and value:
                ids.append(str(value))
            elif name == "href" and element.tag == "a":
                addresses.append(str(value))
    return Facts(
        digest=digest(xhtml),
        letters="".join(sorted(letters)),
        ids=tuple(ids),
        addresses=tuple(addresses),
        tags=frozenset(tags),
        kinds=frozenset(names),
        images=tuple(images),
    )


def _image(element: etree._Element) -> Image:
    # An address is a mark until the image is read: its name ends like that of the attribute.
    address = next((str(value) for name, value in element.attrib.items() if str(name).rpartition("}")[2] == "src"), "")
    return Image(
        address if len(address) <= LONGEST else "", str(element.get("alt") or ""), str(element.get("role") or "")
    )
