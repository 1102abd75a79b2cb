"""House style of links: cleans every address that leads out of the book, in the link and in its text.

The text of a bare address is the address, so it changes too; any other link text is the author's and stays. Links into the
book are left to :mod:`book.assemble.references`; addresses of images and in raw HTML are unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

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

# Kinds whose nodes are all in one list; kinds that cannot contain a link.
INSIDE = frozenset({"Span", "Div", "Header", "Image", "Link"})
LEAVES = frozenset({"Str", *BREAKS, *LITERALS, "HorizontalRule"})


class _State(Struct):
    """The state of one call of :func:`links`."""

    source: Source
    chapter: Draft
    evidence: Evidence
    fix: bool
    problems: dict[tuple[Place, str], Problem]
    changes: dict[tuple[Place, str], Change]
    exempt: frozenset[int]
    """Identities of the links that the author wants unchanged."""


def links(
    chapter: Draft, evidence: Evidence, *, fix: bool = True
) -> tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]:
    """Return *chapter* with the addresses of its external links cleaned.

    Args:
        chapter: its tree, with positions.
        evidence: hosts known to speak https, from :func:`known_hosts`.
        fix: False leaves every address that can be followed unchanged; an unsafe link is still an error.

    Returns:
        The chapter, the problems and the changes, in order of place: one change for each replaced piece of the author's
        text. A link that must not be followed becomes text.
    """
    chapter = with_whole_urls(chapter)
    exempt = exempted(chapter.blocks, chapter.source.text)
    state = _State(Source(chapter.source.text), chapter, evidence, fix, {}, {}, exempt)
    title = chapter.source.front.places.get("title", Place(path=chapter.source.file))
    chapter = replace(
        chapter,
        title=_fixed(chapter.title, state, title),
        label=_fixed(chapter.label, state, title),
        blocks=_fixed(chapter.blocks, state, None),
        discussion=tuple(
            _fixed(question, state, _question_place(chapter, number))
            for number, question in enumerate(chapter.discussion)
        ),
    )
    problems = sorted(state.problems.values(), key=lambda problem: (problem.place, problem.code))
    changes = sorted(state.changes.values(), key=lambda change: change.place)
    return chapter, tuple(problems), tuple(changes)


def _question_place(chapter: Draft, number: int) -> Place:
    places = chapter.source.front.places
    return places.get(f"discussion.{number}") or places.get("discussion") or Place(path=chapter.source.file)


def known_hosts(of_chapters: Iterable[frozenset[str]], https_hosts: Iterable[str]) -> frozenset[str]:
    """Return the hosts known to speak https, from those in the settings and the :func:`hosts` of each chapter."""
    addresses = (parse(f"https://{host.strip()}") for host in https_hosts)
    in_settings = frozenset(address.host for address in addresses if address)
    return in_settings.union(*of_chapters)


def hosts(chapter: Draft) -> frozenset[str]:
    """Return the hosts to which *chapter* has an https link on the default port, with redirectors unwrapped."""
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
        # A bare www.example.org is no evidence: pandoc, not the author, gave it a scheme.
        if _typed(link) is None and (":" in address or address.startswith("//")):
            parts = parse(clean(address, Evidence()).address)
            if parts and parts.scheme == "https" and not parts.port:
                names.add(parts.host)
    return frozenset(names)


def _links(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield the links below *nodes*, in no particular order, at any depth."""
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
            if tag not in INSIDE:
                stack.append(value.get("c"))
                continue
            inside = children(value)
            if len(inside) != 1 or inside[0]["t"] not in LEAVES:  # nearly every node is the wrapper of a word
                stack.extend(inside)


def _fixed(nodes: Nodes, state: _State, fallback: Place | None) -> Nodes:
    """Return *nodes* with their external links cleaned.

    A title may come from outside the chapter's text; then *fallback* is its place.
    """

    def fix(item: Node) -> Node:
        links = list(_links((item,)))
        if any(_nested(link) for link in links):
            item = rewrite((item,), _single)[0]
            links = list(_links((item,)))
        if not any(_verdict(link, state) for link in links):
            return item
        place = fallback or state.chapter.source.place(*(position(item) or (1, 1)))
        return rewrite((item,), lambda inner: _link(inner, state, place) if inner["t"] == "Link" else None)[0]

    return tuple(map(fix, nodes))


def _nested(link: Node) -> bool:
    return next(_links(children(link)), None) is not None


def _single(item: Node) -> tuple[Node] | None:
    """Return a link without links in its text: pandoc turns a bare address into a link even there."""
    if item["t"] != "Link" or not _nested(item):
        return None
    words = rewrite(children(item), lambda inner: (_as_text(inner),) if inner["t"] == "Link" else None)
    return (with_children(item, words),)


class _Verdict(Struct, frozen=True):
    """The result of the rules for one link."""

    cleaned: Cleaned
    before: str
    """The address as the author typed it."""
    after: str
    """The address to type instead."""
    text: str
    """The new address as link text."""
    bare: bool
    """Whether the link text is the address."""


def _verdict(link: Node, state: _State) -> _Verdict | None:
    """Return the result of the rules for *link*, or None if they do not apply."""
    address = target(link)
    if absolute(address) is None:
        return None
    schemeless = _typed(link)
    before = schemeless or address
    bare = children(link) == [node("Str", before)]
    cleaned = clean(_unescaped(before) if bare else before, state.evidence)
    as_typed = not state.fix or id(link) in state.exempt
    if (cleaned.live and as_typed) or (not cleaned.doubts and cleaned.address == address == before):
        return None
    text = cleaned.address if before.isascii() else readable(cleaned.address)
    text = _without_scheme(text) if schemeless else text
    # A bare address is one piece of text: its text is what is typed.
    return _Verdict(cleaned, before, text if bare else cleaned.address, text, bare)


def _link(link: Node, state: _State, fallback: Place) -> tuple[Node] | None:
    """Return the replacement of one link, or None to keep it; *fallback* is its place if no better one is known."""
    verdict = _verdict(link, state)
    if verdict is None:
        return None
    inside = children(link)
    spot = state.source.destination(link, verdict.before)
    place = state.chapter.source.place(*spot) if spot else fallback
    _report(state, place, verdict.cleaned.doubts)
    if not verdict.cleaned.live:
        return (_as_text(link),)
    if verdict.after != verdict.before:
        _note(state, place, verdict, verdict.after)
    if verdict.bare:
        inside = [node("Str", verdict.text)]
    elif (
        verdict.after != verdict.before
        and plain(inside) == verdict.before
        and (text_spot := state.source.text(link, verdict.before))
    ):
        # A link text that equals the address changes with it; that is a second piece of the author's text.
        inside = [node("Str", verdict.text)]
        if verdict.text != verdict.before:
            _note(state, state.chapter.source.place(*text_spot), verdict, verdict.text)
    return (with_target(with_children(link, inside), verdict.cleaned.address),)


def _typed(link: Node) -> str | None:
    """Return the text of a bare ``www.example.org``, to which pandoc added a scheme; None for any other link."""
    inside, address = children(link), target(link)
    # Text typed in brackets has position wrappers, the text of a bare address has none.
    words = literal(inside[0]) if len(inside) == 1 and inside[0]["t"] == "Str" else ""
    return words if address == f"http://{words}" and words.lower().startswith("www.") else None


def _without_scheme(address: str) -> str:
    return address.removeprefix("https://") if address.startswith("https://www.") else address


def _unescaped(address: str) -> str:
    """Return a bare address with ``&amp;`` decoded: pandoc decodes it in destinations only, CommonMark also here."""
    return re.sub("&(?:amp;)+", "&", address)


def _as_text(link: Node) -> Node:
    """Return the text of *link* without the link; the address if there is no text."""
    words = node("Span", attr(link), children(link) or [node("Str", target(link))])
    plain_span = is_anonymous(link) and all(key == "hb:pos" for key, _ in pairs(link))
    # Marked as a wrapper, so it is removed with the other wrappers.
    return with_pairs(words, [*pairs(link), ("hb:wrapper", "1")]) if plain_span else words


def _report(state: _State, place: Place, doubts: tuple[Doubt, ...]) -> None:
    for doubt in doubts:
        # A reference that is used twice is one fault.
        state.problems.setdefault((place, doubt.message), doubt.kind.at(place, doubt.message, fix=doubt.fix))


def _note(state: _State, place: Place, verdict: _Verdict, after: str) -> None:
    rule = verdict.cleaned.steps[0] if verdict.cleaned.steps else "url-form"
    state.changes.setdefault((place, verdict.before), Change(rule, *place.spot, verdict.before, after))
