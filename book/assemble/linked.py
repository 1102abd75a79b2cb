"""Chapters whose targets have ids and whose links lead somewhere, remembered: an edit makes those anew that it concerns."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from book import cache, schemes
from book.assemble import compose, endpoints, remembered, slugs
from book.assemble.anchors import Index
from book.assemble.endpoints import Endpoints, lead_links, name_targets
from book.body import EMPTY_BODY, HEADINGS, KIND, Body, Element, take_out
from book.facts import Facts
from book.model import Composed, Placed, Section


class Linked(NamedTuple):
    """The body of a chapter after references are resolved, and what is taken from it."""

    body: Body
    calls: Body
    """The references to the notes of the title."""
    sections: tuple[Section, ...]


class _Row(NamedTuple):
    """A :class:`Linked` as the cache has it."""

    calls: str
    sections: tuple[tuple[str, str, int], ...]
    """The id, the heading as XHTML, and the level of each."""
    facts: Facts


class Memory:
    """The memory for the chapters of one book."""

    def __init__(self, folder: Path | None, book: Path | None) -> None:
        """Read what is remembered in the cache *folder* for the book in the folder *book*; None remembers nothing."""
        folder = None if book is None else folder
        self._bundle = cache.Bundle(folder, "links", cache.key(cache.program(), "linked", str(book and book.resolve())))
        self._remembers = folder is not None

    def endpoints(self, body: Body) -> Endpoints:
        """Return the ends of links in *body*."""
        if not self._remembers:
            return endpoints.endpoints_of(body.root)
        entry = f"endpoints {body.digest}"
        ends = self._bundle.recall(entry, Endpoints)
        if ends is None:
            ends = endpoints.endpoints_of(body.root)
            self._bundle.keep(entry, ends)
        return ends

    def aliases(self, title: str) -> tuple[str, ...]:
        """Return what :func:`book.assemble.slugs.dialects` returns for *title*."""
        return self._bundle.remember(f"aliases {title}", lambda: slugs.dialects(title), tuple[str, ...])

    def hrefs(
        self,
        placed: Placed,
        count: int,
        state: str,
        index: Index,
        make: Callable[[], tuple[str | None, ...]],
    ) -> tuple[str | None, ...]:
        """Return where the *count* links of *placed* lead: from the last time, or from *make*.

        It is remembered only if there was nothing to say about a link, and none led to a file that is not a chapter.

        Args:
            placed: the chapter.
            count: how many links it has.
            state: the digest of *index*.
            index: the targets of links.
            make: returns the hrefs, and reports problems to *index*.
        """
        entry = f"hrefs {placed.composed.body.digest} {state} {placed.slug} {placed.source.path}"

        def holds(hrefs: tuple[str | None, ...]) -> bool:
            return len(hrefs) == count and all(href is None or _leads(href, index) for href in hrefs)

        known = self._bundle.recall(entry, tuple[str | None, ...], holds=holds) if self._remembers else None
        if known is None:
            before = (len(index.problems), index.looks)
            known = make()
            if self._remembers and before == (len(index.problems), index.looks):
                self._bundle.keep(entry, known)
        return known

    def linked(self, composed: Composed, names: Sequence[str], hrefs: Sequence[str | None]) -> Linked:
        """Return the body of *composed*, whose targets get the ids *names* and whose links lead to *hrefs*."""
        if not self._remembers:
            return _linked(composed, names, hrefs)
        entry = cache.key(composed.body.digest, repr((names, hrefs, composed.show_title)))

        known = self._bundle.recall(entry, _Row)
        if known is None:
            new = _linked(composed, names, hrefs)
            sections = [(row.identifier, row.heading.spell(), row.level) for row in new.sections]
            self._bundle.keep(entry, _Row(new.calls.spell(), tuple(sections), new.body.facts))
            return new
        later = functools.partial(_tree, composed, names, hrefs)
        return Linked(
            body=Body.later(lambda: later()[0], facts=known.facts),
            calls=remembered.unread(known.calls),
            sections=tuple(
                Section(level=level, identifier=identifier, heading=remembered.unread(heading))
                for identifier, heading, level in known.sections
            ),
        )

    def close(self) -> None:
        """Write what was asked for, if that has changed."""
        self._bundle.close()


def _leads(href: str, index: Index) -> bool:
    """Return whether a link may lead to *href*: a place in the book, or an address that readers' devices can open."""
    return href[1:] in index.ids if href.startswith("#") else schemes.scheme(href) in schemes.SCHEMES


def _linked(composed: Composed, names: Sequence[str], hrefs: Sequence[str | None]) -> Linked:
    body, calls = _tree(composed, names, hrefs)
    return Linked(body=Body(body), calls=calls, sections=tuple(_sections(body)))


def _tree(composed: Composed, names: Sequence[str], hrefs: Sequence[str | None]) -> tuple[Element, Body]:
    """Return the body of *composed* with its ids and addresses, and the references to the notes of its title."""
    body = composed.body.copy()
    name_targets(body, names)
    lead_links(body, hrefs)
    return body, _title_calls(body) if composed.show_title else EMPTY_BODY


def _title_calls(body: Element) -> Body:
    """Remove the references to the notes of the title from *body*, and return them."""
    first = body[0] if len(body) else None
    holder = first[0] if first is not None and first.tag == "p" and len(first) else None
    if first is None or holder is None or holder.get(KIND) != compose.TITLE_NOTES:
        return EMPTY_BODY
    take_out(first)
    return Body.inside(holder)


def _sections(body: Element) -> Iterator[Section]:
    """Yield the headings of *body* that have an id."""
    for heading in body.iter(*HEADINGS):
        name = heading.get("id")
        if not name:
            continue
        words = _heading_words(heading) if len(heading) else Body.text_line(heading.text or "")
        if words:
            yield Section(level=int(str(heading.tag)[1]), identifier=name, heading=words)


def _heading_words(heading: Element) -> Body:
    inner = copy.deepcopy(heading)
    inner.tail = None
    for element in list(inner.iter("a", "span", "img")):
        if element.get(KIND) == "noteref" or element.tag == "img":
            _drop(element, keep=False)
        else:
            _drop(element, keep=True)
    return Body.inside(inner).line()


def _drop(element: Element, *, keep: bool) -> None:
    """Remove *element*; with *keep*, its content stays."""
    if not keep:
        for inner in list(element):
            element.remove(inner)
        element.text = None
    # etree can strip this tag only: no other element has its name.
    element.tag = "handbound-strip"
    root = element.getroottree().getroot()
    etree.strip_tags(root, "handbound-strip")
