"""Components whose words are data, `<Options of={[{ name: "heat", description: "How hot." }]} />`: the data becomes a list.

A tag whose braces are nested more deeply than other dialects read is left with its plain attributes, so that no program is printed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from book.dialects.context import Context, words
from book.dialects.rows import Row
from book.dialects.tags import UNREAD, Edit, Passage, fenced
from book.model import Manuscript
from book.notation import NotationError, Spot, javascript
from book.patterns import regex

_OPENING = regex(r"<(?P<name>[A-Z]\w*(?:\.\w+)*)(?=\s)")
_NAME = regex(r"\s*(?P<name>[A-Za-z_][\w:.-]*)(?:\s*=\s*)?")
_VALUE = regex(r"\"[^\"]*\"|'[^']*'")
_SPREAD = regex(r"\s*(?=\{\s*\.\.\.)")
_CLOSING = regex(r"\s*(?P<self>/)?>")
_DATA = regex(r"\{\s*(?=\[)")
"""The beginning of a value that is a list."""
_NAMED = regex(r"\{\s*(?P<name>[A-Za-z_]\w*)\s*\}")
_PIECE = regex(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`|/\*.*?\*/|//[^\n]*|[{}]", re.DOTALL)
TITLES = ("title", "name", "label", "term", "question", "heading", "key", "prop")
TARGETS = ("href", "to", "link", "url")
"""Attributes and keys that hold an address."""
TEXTS = ("description", "desc", "text", "content", "body", "answer", "summary", "subtitle", "note")
_EXPORT = "export default "
OF_LOOKS = frozenset(
    {"class", "className", "style", "sx", "icon", "image", "img", "src", "alt", "id", "slug", "color", "variant"}
)
"""Values that say how something looks, or what only the site needs."""
PIECES = frozenset({"snippet", "snippets", "code"})
"""Lists that are pieces of code."""
HANDLED = frozenset({"Tabs", "ThemedImage", "CodeGroup", "Tab"})
"""Components whose lists other dialects read."""
LONGEST = 200_000
"""The most characters of one tag."""
DEEPEST = 6
"""The deepest list in a list."""
_SPECIAL = regex(r"(?P<code>`+[^`\n]+`+)|[\\<>{$^~#|]|\[(?![^\[\]]*\]\()|^(?:[-+=*]|\d+[.)])")


class _Attribute(Struct, frozen=True, kw_only=True):
    """An attribute of a tag: its name and the place of its value, which is in braces or quotation marks."""

    name: str
    start: int
    """The offset of its name."""
    value: int
    end: int


class _Tag(Struct, frozen=True, kw_only=True):
    """The tag of a component, with braces nested to any depth."""

    name: str
    start: int
    end: int
    alone: bool
    """Whether it ends with ``/>``."""
    attributes: tuple[_Attribute, ...]


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the data of components as lists below their tags."""
    if not re.search(r"=\{\s*[\[{A-Za-z]", manuscript.text) or not re.search(r"<[A-Z]", manuscript.text):
        return manuscript
    page = Passage(manuscript)
    edits = []
    done = 0
    for match in _OPENING.finditer(page.visible):
        tag = _tag(page.text, match) if match.start() >= done else None
        if tag is not None and tag.name not in HANDLED and (edit := _edit(page, tag, context)):
            edits.append(edit)
            done = tag.end
    return page.with_edits(edits)


def _tag(text: str, opening: re.Match[str]) -> _Tag | None:
    """Return the tag that begins with *opening*; None if it is no complete one."""
    at = opening.end()
    attributes: list[_Attribute] = []
    while at < min(opening.start() + LONGEST, len(text)):
        if close := _CLOSING.match(text, at):
            return _Tag(
                name=opening["name"],
                start=opening.start(),
                end=close.end(),
                alone=bool(close["self"]),
                attributes=tuple(attributes),
            )
        if spread := _SPREAD.match(text, at):
            at = _braces_end(text, spread.end())
            if not at:
                return None
            continue
        name = _NAME.match(text, at)
        if name is None:
            return None
        start, value = name.start("name"), name.end()
        quoted = _VALUE.match(text, value)
        at = quoted.end() if quoted else value
        if text[value : value + 1] == "{" and "=" in name[0]:
            at = _braces_end(text, value)
        elif quoted is None and "=" in name[0]:
            return None
        if not at:
            return None
        attributes.append(_Attribute(name=name["name"], start=start, value=value, end=at))
    return None


def _braces_end(text: str, start: int) -> int:
    """Return the offset after the brace that closes the one at *start*; 0 if none does."""
    depth = 0
    for piece in _PIECE.finditer(text, start, min(start + LONGEST, len(text))):
        if piece[0] in "{}":
            depth += 1 if piece[0] == "{" else -1
            if not depth:
                return piece.end()
    return 0


def _edit(page: Passage, tag: _Tag, context: Context) -> Edit | None:
    """Return the tag with its plain attributes alone, and its data in a list; None if other dialects read all of it."""
    is_wanted = tag.alone and tag.name not in context.library.settings.components
    rows = [row for item in tag.attributes for row in _listed(page, tag, item, context)] if is_wanted else []
    deep = [item for item in tag.attributes if _depth(page.text[item.value : item.end])]
    if not rows and not deep:
        return None
    attributes = [
        item for item in tag.attributes if page.text[item.value : item.value + 1] != "{" or _is_plain(page, item)
    ]
    typed = " ".join((tag.name, *(" ".join(page.text[item.start : item.end].split()) for item in attributes)))
    plain = f"<{typed}{' /' if tag.alone else ''}>"
    context.take(page.text[tag.start : tag.end])
    context.taken.subtract(words(" ".join((plain, *(row.text for row in rows)))))
    indent = page.item_indent(tag.start)
    blank = page.made(indent, tag.start)
    if not rows:
        return Edit(start=tag.start, end=tag.end, new=(page.made(plain, tag.start),))
    lines = [blank, page.made(indent + plain, tag.start), blank, *(row.made(indent + row.text) for row in rows), blank]
    return Edit(start=tag.start, end=tag.end, new=tuple(lines), block=True)


def _depth(value: str) -> bool:
    """Return whether braces in *value* are nested more deeply than other dialects read, or may be part of a string."""
    depth = most = 0
    for sign in re.findall(r"[{}]", value):
        depth += 1 if sign == "{" else -1
        most = max(most, depth)
    return value.startswith("{") and (most > 2 or depth != 0)


def _is_plain(page: Passage, item: _Attribute) -> bool:
    """Return whether the value in braces is a number, a word or a string."""
    return bool(re.fullmatch(r"\{\s*(?:[\w.-]+|\"[^\"]*\"|'[^']*'|`[^`${}]*`)\s*\}", page.text[item.value : item.end]))


def _listed(page: Passage, tag: _Tag, item: _Attribute, context: Context) -> list[Row]:
    """Return the list of the data in an attribute; none if it has no words for readers."""
    if item.name in OF_LOOKS:
        return []
    shift = 0
    try:
        if named := _NAMED.fullmatch(page.text, item.value, item.end):
            spot, _ = javascript.read(page.text, f"const {named['name']}")
        elif data := _DATA.match(page.text, item.value, item.end):
            shift = data.end() - len(_EXPORT)
            spot, omitted = javascript.read(_EXPORT + page.text[data.end() : item.end - 1])
            for at, code in omitted:
                message = f"the value '{' '.join(code.split())[:60]}' of <{tag.name}> is never computed; it is left out"
                page.tell(context, UNREAD, shift + at, message, "write what it prints")
        else:
            return []
    except NotationError:
        return []
    if not isinstance(spot.value, tuple):
        return []
    if item.name in PIECES and (code := _joined(spot.value)):
        return fenced([page.made(line, item.start) for line in code.split("\n")], "", page.made("", item.start))
    return [page.made(text, min(max(shift + at, tag.start), tag.end - 1)) for at, text in _lines(spot.value)]


def _joined(items: Sequence[Spot]) -> str:
    """Return the code that is cut into *items*, strings or objects with a text, as for marks in it; empty if they are anything else."""
    values = [item.value.get("text") if isinstance(item.value, Mapping) else item for item in items]
    texts = [spot.value for spot in values if spot is not None and isinstance(spot.value, str)]
    return "".join(texts) if len(texts) == len(items) else ""


def _lines(items: Sequence[Spot], depth: int = 0) -> Iterator[tuple[int, str]]:
    """Yield place and text of each line of a list of *items*."""
    for spot in items:
        if isinstance(spot.value, Mapping):
            yield from _entry(spot, depth)
        elif isinstance(spot.value, str) and not spot.bare and re.search(r"[^\W\d_]", spot.value):
            yield spot.at, f"{'  ' * depth}- {escaped(spot.value)}"


def _entry(spot: Spot, depth: int) -> Iterator[tuple[int, str]]:
    """Yield the lines of an object: its name, type and description, and the lists in it."""
    values = spot.value if isinstance(spot.value, Mapping) else {}
    texts = {
        key: " ".join(item.value.split())
        for key, item in values.items()
        if isinstance(item.value, str) and item.value.strip() and not item.bare and key not in OF_LOOKS
    }
    text = _words(texts, {key for key, item in values.items() if item.bare and item.value == "true"})
    inner = [item.value for item in values.values() if isinstance(item.value, tuple)] if depth < DEEPEST else []
    lines = [line for items in inner for line in _lines(items, depth + 1 if text else depth)]
    if text:
        yield spot.at, f"{'  ' * depth}- {text}"
    yield from lines


def _words(texts: Mapping[str, str], flags: set[str]) -> str:
    """Return the words of an object as inline Markdown."""
    title = next((key for key in TITLES if key in texts), "")
    target = next((key for key in TARGETS if key in texts), "") if title else ""
    kind = texts.get("type", "")
    name = ""
    if title:
        name = _code(texts[title]) if kind else escaped(texts[title])
        name = f"[{name}](<{texts[target]}>)" if target and not re.search(r"[<>\s]", texts[target]) else name
    facts = [_code(kind)] if kind else []
    facts += ["optional"] if flags & {"isOptional", "optional"} else []
    facts += ["required"] if flags & {"isRequired", "required"} else []
    default = texts.get("default") or texts.get("defaultValue")
    facts += [f"default {_code(default)}"] if default else []
    known = {title, target, "type", "default", "defaultValue"}
    others = [
        escaped(text)
        for key, text in texts.items()
        if key not in known and (key in TEXTS or re.search(r"[^\W\d_]\s+[^\W\d_]", text))
    ]
    head = " ".join(filter(None, (name, ", ".join(facts))))
    return ": ".join(filter(None, (head, " ".join(others))))


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else escaped(text)


def escaped(text: str) -> str:
    """Return *text*, in which only code is marked, as inline Markdown.

    >>> escaped("a_b and `c_d` <e>")
    'a_b and `c_d` &lt;e&gt;'
    """
    return _SPECIAL.sub(_plain, " ".join(text.split()))


def _plain(match: re.Match[str]) -> str:
    sign = match[0]
    if match["code"]:
        return sign
    return html.escape(sign) if sign in "<>" else re.sub(r"([^\w\s])", r"\\\1", sign)
