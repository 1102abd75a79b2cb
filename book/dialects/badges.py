"""Badges: small remote images in a link that say the state of a build, a version or a licence. They say nothing on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable

from book.dialects.context import Context
from book.markdown.nodes import attribute, children, node, target, with_children
from book.markdown.tree import plain, rewrite, unwrap, walk
from book.model import Node, Nodes

_BADGE = re.compile(
    r"https?://(?:img\.shields\.io|shields\.io|badges?\.|[^/]*badgen\.net|[^/]*codecov\.io|coveralls\.io|(?:www\.)?travis-ci|"
    r"[^/]*circleci\.com|ci\.appveyor\.com|api\.netlify\.com|mybinder\.org/badge|zenodo\.org/badge|readthedocs\.org/projects/|"
    r"[^/]*badge\.fury\.io|opencollective\.com/[^/]+/[^/]+/badge|github\.com/[^/]+/[^/]+/(?:actions/)?workflows/|"
    r"colab\.research\.google\.com/assets/|deploy\.workers|hitsofcode\.com)|https?://[^?#]*/badges?[/.]|https?://[^?#]*badge\.svg"
)


_GONE = node("Span", attribute(["badge"]), [])


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* without badges, and without paragraphs that held nothing else."""
    if not any(mark in context.manuscript.text for mark in _MARKS):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] == "Image" and _BADGE.match(target(item)):
            context.take(plain(unwrap(children(item))))
            return [_GONE]
        if item["t"] in ("Link", "Span") and item is not _GONE and any(one is _GONE for one in children(item)):
            rest = [one for one in children(item) if one is not _GONE]
            return [_GONE] if not plain(unwrap(rest)).strip() and not _has_image(rest) else [with_children(item, rest)]
        if item["t"] in ("Para", "Plain", "Header") and any(one is _GONE for one in children(item)):
            rest = [one for one in children(item) if one is not _GONE]
            if item["t"] == "Para" and not plain(unwrap(rest)).strip() and not _has_image(rest):
                return []
            return [with_children(item, rest)]
        return None

    return rewrite(blocks, change)


_MARKS = ("badge", "shields.io", "workflows/", "codecov", "travis-ci", "coveralls", "colab.research")


def _has_image(items: Iterable[Node]) -> bool:
    return any(item["t"] in ("Image", "RawInline", "Math", "Code", "Note") for item, _ in walk(items))
