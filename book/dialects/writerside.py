"""Tags and values of Writerside in Markdown topics: `<procedure>`, `<tabs>`, `<ui-path>`, `%product%`; as components and plain HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

from book.dialects.context import Context, value_of, words
from book.dialects.tags import UNREAD, Edit, Passage, arguments
from book.model import Manuscript
from book.patterns import regex

_TAG = regex(
    r"<(?P<slash>/)?(?P<name>[a-z][a-z-]*)(?P<rest>(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<self>/)?>"
)
_VARIABLE = regex(r"(?<![\w%])%(?P<name>[A-Za-z][\w.-]*)%(?![\w%])")
COMPONENTS: Mapping[str, str] = {
    "note": "Note", "warning": "Warning", "tip": "Tip", "tldr": "Tldr", "tabs": "Tabs", "tab": "Tab", "chapter": "Expandable",
}  # fmt: skip
PLAIN: Mapping[str, tuple[str, str]] = {
    "shortcut": ("<kbd>", "</kbd>"), "ui-path": ("<strong>", "</strong>"), "control": ("<strong>", "</strong>"),
    "path": ("<code>", "</code>"), "emphasis": ("<em>", "</em>"), "format": ("<em>", "</em>"), "procedure": ("<ol>", "</ol>"),
    "step": ("<li>", "</li>"), "deflist": ("<dl>", "</dl>"), "def": ("<dt>", "</dd>"), "list": ("<ul>", "</ul>"),
    "code-block": ("<pre><code>", "</code></pre>"), "tooltip": ("", ""), "snippet": ("", ""), "seealso": ("", ""), "category": ("", ""),
    "title": ("", ""), "anchor": ("", ""),
}  # fmt: skip
"""HTML that stands for a tag."""
OF_THE_SITE = frozenset(
    "show-structure primary-label secondary-label link-summary card-summary web-summary web-file-name help-id no-index".split()
)
"""Tags that tell the site how to show a topic; those with words give summaries of it."""
UNKNOWN = frozenset({"include", "resource", "api-doc", "api-endpoint", "property"})
KNOWN = frozenset({*COMPONENTS, *PLAIN, *OF_THE_SITE, *UNKNOWN, "a", "var"})


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these tags as components or HTML, and with the values of the project."""
    if "<" in manuscript.text:
        page = Passage(manuscript)
        manuscript = page.with_edits(_tags(page, context))
    if "%" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    pieces = []
    for match in _VARIABLE.finditer(page.text):
        value = value_of(match["name"], context.library.parameters)
        if value is not None and context.has_room(value):
            context.taken.subtract(words(value))
            pieces.append((*match.span(), value))
    return page.with_texts(context, pieces)


def _tags(page: Passage, context: Context) -> Iterator[Edit]:
    done = 0
    for match in _TAG.finditer(page.text):
        start, end, name = match.start(), match.end(), match["name"]
        if start < done or page.visible[start] != "<" or name not in KNOWN:
            continue
        _, values = arguments(match["rest"])
        done = end
        if name in OF_THE_SITE or name == "var":
            closing = page.text.find(f"</{name}>", end) if not match["self"] and not match["slash"] else -1
            done = closing + len(name) + 3 if closing >= 0 else end
            context.take(page.text[start:done])
            yield Edit(start=start, end=done, new=(page.made("", start),))
            continue
        if name in UNKNOWN and not match["slash"]:
            page.tell(context, UNREAD, start, f"{match[0][:60]} is not read; it is left out", "write what it shows")
        if name == "a" and not (match["self"] and values.get("href")):
            continue
        new = "" if name in UNKNOWN else _made(name, values, slash=bool(match["slash"]), alone=bool(match["self"]))
        context.take(match[0])
        context.taken.subtract(words(new))
        block = name in COMPONENTS and page.is_alone(start, end)
        rows = (
            (page.made("", start), page.made(new, start), page.made("", start)) if block else (page.made(new, start),)
        )
        yield Edit(start=start, end=end, new=rows, block=block)


def _made(name: str, values: Mapping[str, str], *, slash: bool, alone: bool) -> str:
    """Return what stands for one tag."""
    title = html.escape(values.get("title", ""))
    if name == "a":
        return f"[](<{values['href']}>)"
    if component := COMPONENTS.get(name):
        return f"</{component}>" if slash else f'<{component} title="{title}">' if title else f"<{component}>"
    opening, closing = PLAIN[name]
    if slash:
        return closing
    if name == "def":
        return f"<dt>{title}</dt><dd>"
    if name == "procedure" and title:
        return f"<p><strong>{title}</strong></p>{opening}"
    if name == "list" and values.get("type") in ("decimal", "alpha-lower"):
        return "<ol>"
    if name == "code-block" and values.get("lang"):
        return f'<pre><code class="language-{re.sub(r"[^a-z0-9+-]", "", values["lang"].casefold())}">'
    return f"{opening}{closing}" if alone else opening
