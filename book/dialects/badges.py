"""Badges: small linked remote images with the state of a build, a version or a licence. They are removed from editions."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.nodes import attribute, children, node, position, target, with_children
from book.markdown.tree import plain, rewrite, unwrap, walk
from book.model import Manuscript, Node, Nodes
from book.patterns import regex
from book.problems import Kind, Place, Severity

BADGE = Kind("G151", Severity.NOTE, "badges, which are not printed")

_BADGE = regex(
    r"https?://(?:img\.shields\.io|shields\.io|badges?\.|[^/]*badgen\.net|[^/]*codecov\.io|coveralls\.io|(?:www\.)?travis-ci|"
    r"[^/]*circleci\.com|ci\.appveyor\.com|api\.netlify\.com|mybinder\.org/badge|zenodo\.org/badge|readthedocs\.org/projects/|"
    r"[^/]*badge\.fury\.io|opencollective\.com/[^/]+/[^/]+/badge|github\.com/[^/]+/[^/]+/(?:actions/)?workflows/|"
    r"colab\.research\.google\.com/assets/|deploy\.workers|hitsofcode\.com)|https?://[^?#]*/badges?[/.]|https?://[^?#]*badge\.svg"
)
_MARKS = ("badge", "shields.io", "workflows/", "codecov", "travis-ci", "coveralls", "colab.research")
"""One of them stands in the address of nearly every badge: a chapter without any is not searched."""
_IMAGE = r"<img\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_HTML = regex(rf"<a\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>(?:\s*{_IMAGE})+\s*</a>|{_IMAGE}", re.IGNORECASE)
_SOURCE = regex(r"\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_HOLDER = regex(r"<(p|div|center|h\d)\b[^<>]*>(?:\s|&nbsp;|<br\s*/?>)*</\1>", re.IGNORECASE)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without badges in HTML, linked or not, and without HTML paragraphs that contained nothing else."""
    if "<img" not in manuscript.text or not any(mark in manuscript.text for mark in _MARKS):
        return manuscript
    page = Passage(manuscript)
    spans = []
    for match in _HTML.finditer(page.visible):
        sources = [next(filter(None, source.groups()), "") for source in _SOURCE.finditer(match[0])]
        if sources and all(map(_BADGE.match, sources)):
            spans.append(match.span())
    if not spans:
        return manuscript
    letters = list(page.visible)
    for start, end in spans:
        letters[start:end] = [letter if letter == "\n" else " " for letter in letters[start:end]]
    rest = "".join(letters)
    starts = [start for start, _ in spans]
    holders = (match.span() for match in _HOLDER.finditer(rest))
    spans += [(start, end) for start, end in holders if bisect_left(starts, end) > bisect_left(starts, start)]
    _tell(context, page.place(spans[0][0]))
    for start, end in spans:
        context.take(page.text[start:end])
    return page.with_edits(Edit(start=start, end=end, new=(page.made("", start),)) for start, end in spans)


def _tell(context: Context, place: Place) -> None:
    """Report once in a chapter that badges are left out."""
    message = "badges are left out: they show the state of a project on the day of a visit"
    context.tell_once(BADGE, place, "badge", message, "write as text what readers of a book need of it")


_GONE = node("Span", attribute(["badge"]), [])


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* without badges, and without paragraphs that contained nothing else."""
    if not any(mark in context.manuscript.text for mark in _MARKS):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] == "Image" and _BADGE.match(target(item)):
            context.take(plain(unwrap(children(item))))
            _tell(context, context.manuscript.place(*(position(item) or (1, 1))))
            return [_GONE]
        if item["t"] in ("Link", "Span") and item is not _GONE and any(child is _GONE for child in children(item)):
            rest = [child for child in children(item) if child is not _GONE]
            return [with_children(item, rest)] if _says(rest) else [_GONE]
        if item["t"] in ("Para", "Plain", "Header") and any(child is _GONE for child in children(item)):
            rest = [child for child in children(item) if child is not _GONE]
            return [with_children(item, rest)] if item["t"] != "Para" or _says(rest) else []
        return None

    return rewrite(blocks, change)


def _says(items: Iterable[Node]) -> bool:
    """Return whether *items* hold anything for readers: words, an image, HTML, a formula, code or a note."""
    return bool(plain(unwrap(items)).strip()) or any(
        item["t"] in ("Image", "RawInline", "Math", "Code", "Note") for item, _ in walk(items)
    )
