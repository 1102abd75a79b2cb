"""House style of links: every address that leads out of the book is cleaned, where it stands and as it is shown.

A bare address shows what it leads to, so its text changes with it; any other text of a link is the author's and stays.
Links into the book are left for :mod:`book.assemble.references`, addresses of images and in raw HTML as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from book.markdown.nodes import (
    BREAKS,
    LITERALS,
    attr,
    children,
    is_anonymous,
    literal,
    node,
    pairs,
    position,
    target,
    with_children,
    with_pairs,
    with_target,
)
from book.markdown.tree import plain, rewrite
from book.model import Change, Draft, Node, Nodes
from book.problems import Place, Problem
from book.style.exemptions import exempted
from book.style.links.addresses import Cleaned, Doubt, Evidence, absolute, clean
from book.style.links.destinations import Source
from book.style.links.whatwg import parse, readable
from book.style.rules.urls import with_whole_urls

# Kinds whose nodes are all in one list; kinds that can hold no link.
INSIDE = frozenset({"Span", "Div", "Header", "Image", "Link", "Figure"})
LEAVES = frozenset({"Str", *BREAKS, *LITERALS, "HorizontalRule"})


@dataclass(slots=True)
class _Desk:
    """What is known and found while one chapter is read; it lives as long as one call of :func:`links`."""

    source: Source
    chapter: Draft
    evidence: Evidence
    fix: bool
    problems: dict[tuple[Place, str], Problem]
    changes: dict[tuple[Place, str], Change]
    exempt: frozenset[int]
    """Identities of the links that the author wants left as typed."""


def links(
    chapter: Draft, evidence: Evidence, *, fix: bool = True
) -> tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]:
    """Return *chapter* with the addresses of its external links cleaned.

    Args:
        chapter: its tree, positions still in it.
        evidence: hosts known to speak https, from :func:`gather`.
        fix: False leaves every address that can be followed as it is; an unsafe link is an error all the same.

    Returns:
        The chapter, and what was found and changed, in order of place: one change for each replaced piece of the
        author's text. A link that must not be followed is shown as text.
    """
    chapter = with_whole_urls(chapter)
    exempt = exempted(chapter.blocks, chapter.source.text)
    desk = _Desk(Source(chapter.source.text), chapter, evidence, fix, {}, {}, exempt)
    title = chapter.source.front.places.get("title", Place(path=chapter.source.path))
    chapter = replace(
        chapter,
        title=_fixed(chapter.title, desk, title),
        label=_fixed(chapter.label, desk, title),
        blocks=_fixed(chapter.blocks, desk, None),
        discussion=tuple(
            _fixed(question, desk, _question_place(chapter, number))
            for number, question in enumerate(chapter.discussion)
        ),
    )
    problems = sorted(desk.problems.values(), key=lambda problem: (problem.place, problem.code))
    changes = sorted(desk.changes.values(), key=lambda change: change.place)
    return chapter, tuple(problems), tuple(changes)


def _question_place(chapter: Draft, number: int) -> Place:
    places = chapter.source.front.places
    return places.get(f"discussion.{number}") or places.get("discussion") or Place(path=chapter.source.path)


def gather(chapters: Iterable[Draft], https_hosts: Iterable[str] = ()) -> Evidence:
    """Return what is known about hosts: those in the settings, and those with an https address somewhere in the book."""
    addresses = (parse(f"https://{host.strip()}") for host in https_hosts)
    in_settings = frozenset(address.host for address in addresses if address)
    return Evidence(https_hosts=in_settings.union(*map(hosts, chapters)))


def hosts(chapter: Draft) -> frozenset[str]:
    """Return the hosts to which *chapter* has an https link on the usual port, redirects followed."""
    names: set[str] = set()
    chapter = with_whole_urls(chapter)
    for link in _links(
        (
            *chapter.title,
            *chapter.label,
            *chapter.blocks,
            *(item for question in chapter.discussion for item in question),
        )
    ):
        address = target(link)
        # A bare www.example.org is no evidence: the reader of Markdown, not the author, gave it a scheme.
        if _typed(link) is None and (":" in address or address.startswith("//")):
            parts = parse(clean(address, Evidence()).address)
            if parts and parts.scheme == "https" and not parts.port:
                names.add(parts.host)
    return frozenset(names)


def _links(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield the links below *nodes*, in no order; no depth is too deep."""
    stack: list[Any] = list(nodes)
    while stack:
        value = stack.pop()
        if type(value) is list:
            stack.extend(value)
        elif type(value) is dict:
            tag = value["t"]
            if tag in LEAVES:
                continue
            if tag == "Link":
                yield value
            stack.append(children(value) if tag in INSIDE else value.get("c"))


def _fixed(nodes: Nodes, desk: _Desk, fallback: Place | None) -> Nodes:
    """Return *nodes* with their external links cleaned.

    The text of a title may come from elsewhere than the chapter's text: then *fallback* is its place.
    """

    def fix(item: Node) -> Node:
        links = list(_links((item,)))
        if any(_nested(link) for link in links):
            item = rewrite((item,), _single)[0]
            links = list(_links((item,)))
        if not any(_judged(link, desk) for link in links):
            return item
        place = fallback or desk.chapter.source.place(*(position(item) or (1, 1)))
        return rewrite((item,), lambda inner: _link(inner, desk, place) if inner["t"] == "Link" else None)[0]

    return tuple(map(fix, nodes))


def _nested(link: Node) -> bool:
    return next(_links(children(link)), None) is not None


def _single(item: Node) -> tuple[Node] | None:
    """Return a link without the links in its words: pandoc makes one of a bare address even there."""
    if item["t"] != "Link" or not _nested(item):
        return None
    words = rewrite(children(item), lambda inner: (_as_text(inner),) if inner["t"] == "Link" else None)
    return (with_children(item, words),)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the rules make of one link."""

    cleaned: Cleaned
    before: str
    """The address as the author typed it."""
    after: str
    """What is typed in its stead."""
    text: str
    """The new address as the text of a link shows it."""
    bare: bool
    """Whether the address is its own text."""


def _judged(link: Node, desk: _Desk) -> _Judged | None:
    """Return what the rules make of *link*, or None when they have nothing to say."""
    address = target(link)
    if absolute(address) is None:
        return None
    schemeless = _typed(link)
    before = schemeless or address
    bare = children(link) == [node("Str", before)]
    cleaned = clean(_unescaped(before) if bare else before, desk.evidence)
    as_typed = not desk.fix or id(link) in desk.exempt
    if (cleaned.live and as_typed) or (not cleaned.doubts and cleaned.address == address == before):
        return None
    text = cleaned.address if before.isascii() else readable(cleaned.address)
    text = _without_scheme(text) if schemeless else text
    # A bare address is one piece of text: what is shown is what is typed.
    return _Judged(cleaned, before, text if bare else cleaned.address, text, bare)


def _link(link: Node, desk: _Desk, fallback: Place) -> tuple[Node] | None:
    """Return what stands instead of one link, or None to leave it; *fallback* is where it is if nothing says better."""
    judged = _judged(link, desk)
    if judged is None:
        return None
    inside = children(link)
    spot = desk.source.destination(link, judged.before)
    place = desk.chapter.source.place(*spot) if spot else fallback
    _report(desk, place, judged.cleaned.doubts)
    if not judged.cleaned.live:
        return (_as_text(link),)
    if judged.after != judged.before:
        _note(desk, place, judged, judged.after)
    if judged.bare:
        inside = [node("Str", judged.text)]
    elif (
        judged.after != judged.before
        and plain(inside) == judged.before
        and (text_spot := desk.source.text(link, judged.before))
    ):
        # A text that is the address, letter for letter, goes with it; that is one more piece of the author's text.
        inside = [node("Str", judged.text)]
        if judged.text != judged.before:
            _note(desk, desk.chapter.source.place(*text_spot), judged, judged.text)
    return (with_target(with_children(link, inside), judged.cleaned.address),)


def _typed(link: Node) -> str | None:
    """Return the words of a bare ``www.example.org``, to which the reader gave a scheme; None for any other link."""
    inside, address = children(link), target(link)
    # Words typed in brackets stand in wrappers, those of a bare address do not.
    words = literal(inside[0]) if len(inside) == 1 and inside[0]["t"] == "Str" else ""
    return words if address == f"http://{words}" and words.lower().startswith("www.") else None


def _without_scheme(address: str) -> str:
    return address.removeprefix("https://") if address.startswith("https://www.") else address


def _unescaped(address: str) -> str:
    """Return a bare address with its ``&amp;`` read: pandoc does that in destinations only, CommonMark also here."""
    return re.sub("&(?:amp;)+", "&", address)


def _as_text(link: Node) -> Node:
    """Return the words of *link* without what they led to; the address when there are no words."""
    words = node("Span", attr(link), children(link) or [node("Str", target(link))])
    plain_span = is_anonymous(link) and all(key == "hb:pos" for key, _ in pairs(link))
    # As a wrapper it disappears with the other wrappers.
    return with_pairs(words, [*pairs(link), ("hb:wrapper", "1")]) if plain_span else words


def _report(desk: _Desk, place: Place, doubts: tuple[Doubt, ...]) -> None:
    for doubt in doubts:
        # A reference used twice is one fault.
        desk.problems.setdefault((place, doubt.message), doubt.kind.at(place, doubt.message, fix=doubt.fix))


def _note(desk: _Desk, place: Place, judged: _Judged, after: str) -> None:
    rule = judged.cleaned.steps[0] if judged.cleaned.steps else "url-form"
    desk.changes.setdefault((place, judged.before), Change(rule=rule, place=place, before=judged.before, after=after))
