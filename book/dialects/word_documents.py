"""What pandoc writes of a document of Word: links inside links, as in a table of contents, and the marks of its reviewers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from book.dialects.context import Context
from book.dialects.tags import UNREAD, Edit, Passage
from book.markdown.nodes import BOXES, children, core, with_children
from book.markdown.tree import rewrite
from book.model import Manuscript, Node, Nodes
from book.patterns import regex

_NESTED = regex(
    r"(?<![!\\\]])\[(?P<before>[^\[\]]{0,400}?)(?P<open>(?<![!\\])\[)(?P<inner>[^\[\]^][^\[\]]{0,200}|)(?P<close>\]\([^()\s]*\))"
    r"(?P<after>[^\[\]]{0,400}?)\]\((?P<target>[^()\s]+)\)"
)
_MARK = regex(
    r"\[(?P<words>(?:[^\[\]\\]|\\.){0,2000}?)\]\{\.(?P<kind>deletion|insertion|comment-start|comment-end|paragraph-deletion|paragraph-insertion)"
    r"(?:[ \t\n>]+[\w-]+=\"[^\"]*\")*[ \t]*\}"
)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with a link inside another as its words, and as its reviewers want it, without their comments."""
    text = manuscript.text
    nested = ")](" in text and _NESTED.search(text)
    marked = "]{." in text and _MARK.search(text)
    if not nested and not marked:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits([*_links(page, context), *_marks(page, context)])


def _links(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _NESTED.finditer(page.visible):
        if "\n\n" in match[0]:
            continue
        context.take(match["close"])
        for key in ("open", "close"):
            start, end = match.span(key)
            yield Edit(start=start, end=end, new=(page.made("", start),))


def _marks(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _MARK.finditer(page.visible):
        start, end = match.span()
        context.take(page.text[match.end("words") : end])
        if match["kind"] == "insertion":
            first, last = match.span("words")
            yield Edit(start=start, end=first, new=(page.made("", start),))
            yield Edit(start=last, end=end, new=(page.made("", last),))
            continue
        if match["words"].strip():
            sort = "comment" if match["kind"].startswith("comment") else "deleted passage"
            shown = " ".join(match["words"].split())[:60]
            message = f"a {sort} of a document of Word is left out: '{shown}'"
            context.tell_once(UNREAD, page.place(start), sort, message, "remove it, or write it as text")
            context.take(match["words"])
        yield Edit(start=start, end=end, new=(page.made("", start),))


def after(blocks: Nodes, _: Context) -> Nodes:
    """Return *blocks* with headings that are bold as a whole, as Google Docs writes them, in the type of headings."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Header":
            return None
        inside = [child for child in children(item) if core(child)["t"] not in ("Space", "SoftBreak")]
        if not inside or any(core(child)["t"] != "Strong" for child in inside):
            return None
        plain = [piece for child in children(item) for piece in (children(core(child)) if child in inside else [child])]
        return [with_children(item, plain)]

    return rewrite(blocks, change, within=BOXES)
