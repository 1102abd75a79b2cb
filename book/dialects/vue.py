"""Vue in the Markdown of VuePress and VitePress: values in double braces, `v-pre`, attributes that only Vue reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.tags import UNREAD, Passage
from book.model import Manuscript
from book.patterns import regex

_VUE_TAG = regex(r"<[A-Za-z][\w-]*(?P<rest>(?:\s+[@:#\w][^\s<>\"'=]*(?:=(?:\"[^\"]*\"|'[^']*'))?)+)\s*/?>")
_DIRECTIVE = regex(r"\s+(?:[@#:]|v-)[^\s<>\"'=]+(?:=(?:\"[^\"]*\"|'[^']*'))?")
_PRE_TAG = regex(r"<(?P<name>[A-Za-z][\w-]*)(?=[^<>]*\sv-pre[\s>])[^<>]*(?<!/)>")
_PRE_BOX = regex(r"[ \t]*(?P<marks>:{3,})[ \t]*v-pre[ \t]*$")


_WITH_BASE = regex(r":(?P<name>src|href)=\"\s*\$?withBase\(\s*(?P<quote>['`])(?P<path>[^'`$]*)(?P=quote)\s*\)\s*\"")
_ELEMENT = regex(
    r"</?(?P<name>router-link|code-group|code-block|client-only|vue-\w+|[a-z]\w*-[\w-]+|template|ClientOnly|Suspense|Transition|"
    r"TransitionGroup|KeepAlive|Teleport|RouterLink)(?P<rest>(?:\s[^<>]*?)?)(?P<self>/)?>"
)
BUILT_IN = frozenset(
    "code-group code-block client-only template ClientOnly Suspense Transition TransitionGroup KeepAlive Teleport".split()
)
"""Elements of Vue, VuePress and VitePress that add nothing to what they contain."""
LINKS = ("router-link", "RouterLink")
_TO = regex(r"\b(?:to|href)=\"([^\"]*)\"")
_TITLE = regex(r"\b(?:title|label|text|name)=\"([^\"]*)\"")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the values that are known, without attributes for Vue, and with its elements as links, labels or text."""
    manuscript = _with_addresses(_with_values(manuscript, context), context)
    return _without_elements(_without_directives(manuscript, context), context)


def _with_addresses(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the addresses of images and links to which Vue adds the base of the site."""
    if "withBase(" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    pieces = [(*match.span(), f'{match["name"]}="{match["path"]}"') for match in _WITH_BASE.finditer(page.visible)]
    return page.with_texts(context, pieces)


def _without_elements(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with custom elements, which have a hyphen in their names, as links, as labels, or as what they contain."""
    if "<" not in manuscript.text or not _ELEMENT.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    pieces = []
    for match in _ELEMENT.finditer(page.visible):
        rest, is_end = match["rest"], match[0].startswith("</")
        to, title = _TO.search(rest), _TITLE.search(rest)
        new = ""
        if match["name"] in LINKS:
            new = "</a>" if is_end else f'<a href="{to[1]}">' if to else "<a>"
        elif title and not is_end:
            new = f"**{title[1]}**\n\n" if match["name"] == "code-block" else title[1] if match["self"] else ""
        if match["name"] not in {*BUILT_IN, *LINKS} and not is_end:
            message = f"<{match['name']}> is an element of the author's site; only its text is printed"
            context.tell_once(UNREAD, page.place(match.start()), match["name"], message, "write what it shows")
        context.taken.subtract(re.findall(r"\w+", new))
        pieces.append((*match.span(), new))
    return page.with_texts(context, pieces)


def _without_directives(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without the attributes of tags that only Vue reads: `:x="…"`, `@x="…"`, `v-x`, `#x`."""
    page = Passage(manuscript)
    pieces = []
    for tag in _VUE_TAG.finditer(page.visible):
        for match in _DIRECTIVE.finditer(tag["rest"]):
            start, end = tag.start("rest") + match.start(), tag.start("rest") + match.end()
            pieces.append((start, end, ""))
    return page.with_texts(context, pieces)


def _with_values(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the values that Vue prints in double braces: front matter and literals; all others are left out."""
    if "{{" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    pieces = []
    typed = bytearray(len(page.text))  # 1 for each letter that is printed as it is typed
    for start, end in _typed(page):
        typed[start:end] = b"\1" * (end - start)
    for match in re.finditer(r"\{\{\s*(.{1,200}?)\s*\}\}", page.visible):
        if typed[match.start()]:
            # An entity is no template, and no mark that was left by mistake.
            pieces.append((match.start(), match.start() + 2, "&#123;&#123;"))
            continue
        front = re.fullmatch(r"\$?(?:frontmatter|page\.frontmatter)\.(\w+)", match[1])
        literal = re.fullmatch(r"\"([^\"]*)\"|'([^']*)'|(\d+)", match[1])
        value = context.manuscript.front.values.get(front[1]) if front else None
        text = (
            next(filter(None, literal.groups()), "") if literal else str(value) if isinstance(value, str | int) else ""
        )
        if not text:
            message = f"'{match[0][:60]}' is known only to the site; it is left out"
            context.tell_once(UNREAD, page.place(match.start()), match[1], message, "write what it prints")
        pieces.append((*match.span(), text))
    return page.with_texts(context, pieces)


def _typed(page: Passage) -> Iterator[tuple[int, int]]:
    """Yield start and end of what Vue prints as it is typed: containers and elements with `v-pre`."""
    if "v-pre" not in page.text:
        return
    opening: tuple[int, str] | None = None
    for number, row in enumerate(page.rows):
        if ":::" not in row.text or not boxes.is_text(page.source, number):
            continue
        box = _PRE_BOX.match(row.text)
        if box is not None and opening is None:
            opening = number, box["marks"]
        elif opening is not None and row.text.strip() == opening[1]:
            yield page.starts[opening[0]], page.starts[number]
            opening = None
    done = 0
    for tag in _PRE_TAG.finditer(page.visible):
        if tag.start() >= done:
            done = _end(page.visible, tag)
            yield tag.start(), done


def _end(text: str, tag: re.Match[str]) -> int:
    """Return the offset of the end of the element that *tag* opens; that of the text if it is never closed."""
    depth = 1
    for other in re.compile(rf"<(/?){tag['name']}\b[^<>]*>").finditer(text, tag.end()):
        depth += -1 if other[1] else 1
        if not depth:
            return other.start()
    return len(text)
