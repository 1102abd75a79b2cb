"""Confluence's own tags, `<ac:structured-macro>` and `<ri:page>`, which exports leave in Markdown: as HTML, code and links."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from book.dialects.context import Context, words
from book.dialects.rows import Row
from book.dialects.tags import UNREAD, Edit, Passage, Tag, arguments, fenced, pair
from book.model import Manuscript
from book.patterns import regex

_TAG = regex(
    r"<(?P<slash>/)?(?P<name>(?:ac|ri|at):[a-z-]+)(?P<rest>(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<self>/)?>"
)
_CDATA = regex(r"<!\[CDATA\[(?P<text>.*?)\]\]>", re.DOTALL)
BOXES: Mapping[str, str] = {
    "info": "information", "note": "note", "tip": "tip", "warning": "warning", "panel": "note", "error": "danger", "success": "success",
}  # fmt: skip
"""Macros that are boxes, by the class of the box."""
CODE = frozenset({"code", "noformat"})
OF_THE_SITE = frozenset(
    "toc toc-zone children pagetree pagetreesearch recently-updated contentbylabel livesearch contributors blog-posts "
    "create-from-template profile-picture labels-list listlabels popular-labels navmap spaces-list space-details attachments".split()
)
"""Macros that list or find pages of the site, which a book does not print."""
WITHOUT_WORDS = frozenset({"ac:task-id", "ac:task-uuid", "ac:task-status", "ac:parameter", "ac:placeholder"})
TAKEN_WHOLE = frozenset({"ac:link", "ac:image", "ac:emoticon", *WITHOUT_WORDS})
"""Elements that are replaced with everything in them."""
LISTS: Mapping[str, str] = {"ac:task-list": "ul", "ac:task": "li"}
EMOTICONS: Mapping[str, str] = {
    "smile": "🙂", "sad": "🙁", "cheeky": "😛", "laugh": "😀", "wink": "😉", "thumbs-up": "👍", "thumbs-down": "👎",
    "information": "ℹ️", "tick": "✅", "cross": "❌", "warning": "⚠️", "question": "❓", "light-on": "💡", "yellow-star": "⭐",
    "heart": "❤️",
}  # fmt: skip


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these tags as what they show; macros that only the site can show are left out."""
    if "<ac:" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_Reading(page, context).edits())


class _Reading(Struct):
    """One pass through the tags of a page."""

    page: Passage
    context: Context
    status: str = ""
    """The status of the task that was read last."""

    def edits(self) -> Iterator[Edit]:
        """Yield an edit for each element that is replaced as a whole, and for each tag around text."""
        tags = self._tags()
        pairs = pair(tags)
        openings = {close: first for first, close in pairs.items()}
        done = 0
        for number, tag in enumerate(tags):
            if tag.start < done:
                continue
            opening = tags[openings[number]] if number in openings else tag
            close = tags[pairs[number]] if number in pairs else tag
            inside = tags[number + 1 : pairs[number]] if number in pairs else []
            macro = opening.values.get("ac:name", "") if opening.name.startswith("ac:structured-macro") else None
            if macro in CODE and not tag.closing:
                edit = self._code(tag, close, inside)
            elif tag.closing or not (tag.name in TAKEN_WHOLE or macro in OF_THE_SITE):
                new = self._around(opening, macro, inside, closing=tag.closing, alone=close is tag)
                edit = self._made(tag.start, tag.end, new, apart=tag.name == "ac:rich-text-body")
            else:
                edit = self._made(tag.start, close.end, self._whole(tag, close, inside, macro))
            done = edit.end
            yield edit

    def _tags(self) -> list[Tag]:
        tags = []
        cdata = [match.span() for match in _texts(self.page.text)]
        for match in _TAG.finditer(self.page.text):
            start, end = match.span()
            if self.page.visible[start] != "<" or _is_inside(start, cdata):
                continue
            _, values = arguments(match["rest"])
            values = {key: html.unescape(value) for key, value in values.items()}
            name = match["name"]
            tags.append(Tag(name=name, values=values, start=start, end=end, closing=bool(match["slash"])))
            if match["self"]:
                tags.append(Tag(name=name, start=end, end=end, closing=True))
        return tags

    def _made(self, start: int, end: int, new: str, *, apart: bool = False) -> Edit:
        """Return the edit that puts *new* in place of the text; *apart* is whether what follows on a new line may be Markdown."""
        self.context.take(self.page.text[start:end])
        self.context.taken.subtract(words(html.unescape(new)))
        made = self.page.made(new, start)
        if apart and self.page.is_alone(start, end):
            blank = self.page.made("", start)
            return Edit(start=start, end=end, new=(blank, made, blank), block=True)
        return Edit(start=start, end=end, new=(made,))

    def _around(self, tag: Tag, macro: str | None, inside: Sequence[Tag], *, closing: bool, alone: bool) -> str:
        """Return what stands for a tag around text: *tag* is the one that opens the element."""
        if kind := BOXES.get(macro or ""):
            title = self._parameter(inside, "title")
            title = f'<p class="title">{html.escape(title)}</p>' if title else ""
            opening = f'<div class="confluence-information-macro confluence-information-macro-{kind}">{title}'
            return "</div>" if closing else opening
        if macro == "expand":
            title = html.escape(self._parameter(inside, "title"))
            return "</details>" if closing else f"<details><summary>{title}</summary>" if title else "<details>"
        if macro is not None and not closing:
            return self._shown(tag, macro, inside, alone=alone)
        if name := LISTS.get(tag.name):
            return f"</{name}>" if closing else f"<{name}>"
        if tag.name == "ac:task-body" and not closing:
            return "☑ " if self.status == "complete" else "☐ "
        return ""

    def _shown(self, tag: Tag, macro: str, inside: Sequence[Tag], *, alone: bool) -> str:
        """Return the words of a macro without a body; one that only the site can show is reported."""
        if macro == "status":
            return f"<strong>{html.escape(self._parameter(inside, 'title'))}</strong>"
        if macro == "anchor":
            return f'<a id="{html.escape(self._parameter(inside, ""))}"></a>'
        if macro in ("jira", "jiraissues") and (key := self._parameter(inside, "key")):
            return html.escape(key)
        if alone or not any(inner.name.endswith("-body") for inner in inside):
            message = f"the macro '{macro[:40]}' of Confluence is not read; it is left out"
            self.page.tell(self.context, UNREAD, tag.start, message, "write what it shows")
        return ""

    def _whole(self, tag: Tag, close: Tag, inside: Sequence[Tag], macro: str | None) -> str:
        """Return what stands for an element with everything in it."""
        if tag.name == "ac:task-status":
            self.status = self._text_in([*inside, close], tag)
        if macro is not None or tag.name in WITHOUT_WORDS:
            return ""
        targets = {inner.name: inner.values for inner in inside if not inner.closing}
        file = targets.get("ri:attachment", {}).get("ri:filename", "")
        if tag.name == "ac:emoticon":
            fallback = tag.values.get("ac:emoji-fallback", "")
            known = EMOTICONS.get(tag.values.get("ac:name", ""), "")
            return html.escape(known if fallback.startswith(":") or not fallback else fallback)
        if tag.name == "ac:image":
            source = targets.get("ri:url", {}).get("ri:value") or self.context.picture(file) or file
            alt = tag.values.get("ac:alt") or tag.values.get("ac:title") or ""
            return f'<img src="{html.escape(source)}" alt="{html.escape(alt)}"/>' if source else ""
        return self._link(tag, close, inside, targets, file)

    def _link(
        self, tag: Tag, close: Tag, inside: Sequence[Tag], targets: Mapping[str, Mapping[str, str]], file: str
    ) -> str:
        title = targets.get("ri:page", targets.get("ri:blog-post", {})).get("ri:content-title", "")
        bodies = [inner for inner in inside if inner.name.endswith("link-body") and not inner.closing]
        body = self._text_in(inside, bodies[0]) if bodies else ""
        shown = body.strip() if bodies and bodies[0].name == "ac:link-body" else html.escape(body.strip())
        anchor = tag.values.get("ac:anchor", "")
        shown = shown or html.escape(title or file or anchor)
        address = self.context.address_of_title(title) if title else file or None
        if anchor and (address or not title):
            address = f"{address or ''}#{anchor}"
        if not shown and "ri:user" in targets:
            message = "the name of a person is known only to Confluence; it is left out"
            self.page.tell(self.context, UNREAD, tag.start, message, "write the name")
        self.context.take(self.page.text[close.start : close.end])
        return f'<a href="{html.escape(address)}">{shown}</a>' if address and shown else shown

    def _code(self, tag: Tag, close: Tag, inside: Sequence[Tag]) -> Edit:
        """Return the edit that makes a block of code of a macro."""
        self.context.take(self.page.text[tag.start : close.end])
        title = self._parameter(inside, "title")
        rows: list[Row] = [self.page.made(f"**{title}**", tag.start), self.page.made("", tag.start)] if title else []
        body: list[Row] = []
        for match in _texts(self.page.text, tag.end, close.start):
            piece = self.page.between(match.start("text"), match.end("text"))
            body += piece
            self.context.taken.subtract(words("\n".join(row.text for row in piece)))
        self.context.taken.subtract(words(title))
        language = re.sub(r"[^\w+#-]", "", self._parameter(inside, "language"))
        blank = self.page.made("", tag.start)
        new = (blank, *rows, *fenced(body, language, self.page.made("", tag.start)), blank)
        return Edit(start=tag.start, end=close.end, new=new, block=True)

    def _parameter(self, inside: Sequence[Tag], name: str) -> str:
        """Return the value of the first parameter called *name* of a macro with the tags *inside*; empty if it has none."""
        for inner in inside:
            if inner.name.endswith("-body"):
                break
            if inner.name == "ac:parameter" and not inner.closing and inner.values.get("ac:name", "") == name:
                return html.unescape(self._text_in(inside, inner)).strip()
        return ""

    def _text_in(self, inside: Sequence[Tag], tag: Tag) -> str:
        """Return the text between *tag*, one of *inside*, and the next tag of its name that closes; CDATA as it is read."""
        close = next(
            (inner for inner in inside if inner.closing and inner.start >= tag.end and inner.name == tag.name), None
        )
        text = self.page.text[tag.end : close.start] if close else ""
        return " ".join(_CDATA.sub(lambda match: match["text"], text).split())


def _texts(text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
    """Yield the stretches of *text* that are no markup; one that is never closed is none, and nothing below it is looked at."""
    end = len(text) if end is None else end
    while (start := text.find("<![CDATA[", start, end)) >= 0:
        match = _CDATA.match(text, start, end)
        if match is None:
            return
        yield match
        start = match.end()


def _is_inside(offset: int, spans: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(spans, (offset, offset)) - 1
    return at >= 0 and spans[at][0] < offset < spans[at][1]
