"""Liquid, the templates of Jekyll: `{% link %}`, `{{ site.x }}`, `{% raw %}`, `{% include %}`, `{% highlight %}`.

It is read only in books of a system that uses it: elsewhere `{{ x }}` is text. Nothing is run: values that only running it would give
are left out and reported, and of conditions that only the site can decide the first branch is printed (`liquid_conditions.py`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from book.dialects import boxes, gitbook, liquid_conditions, liquid_data
from book.dialects.context import Context, value_of
from book.dialects.includes import included, indented
from book.dialects.shortcode_names import BOXES, PANELS
from book.dialects.shortcode_texts import box_of
from book.dialects.tags import UNREAD, Edit, Passage, Tag, arguments, fenced
from book.markdown.raw_marks import SHOW_MARKUP
from book.model import Manuscript
from book.patterns import regex

_TOKEN = regex(
    r"(?<!\{)\{%-?\s*(?P<name>[A-Za-z_][\w-]*)(?P<rest>.{0,2000}?)-?%\}|(?<!\{)\{\{(?![<%{#])-?(?P<value>.{0,2000}?)-?\}\}",
    re.S,
)
_TAG_NAME = regex(r"\{%-?\s*([A-Za-z_][\w-]*)")
_TABS = regex(r"\{%-?\s*tabs\s+([\w-]+)\s*-?%\}")
_RAW = regex(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.S)
_CAPTURE = regex(r"\{%-?\s*capture\s+(?P<name>\w+)\s*-?%\}")
_CAPTURE_END = regex(r"\{%-?\s*endcapture\s*-?%\}")
_USE = regex(r"\{\{-?\s*(?P<name>\w+)\s*(?:\|[^{}]*)?\}\}")
_LINK = regex(r"\{%-?\s*(?:link|post_url)\b")
_COMMENT = regex(r"\{#-?\s.{0,2000}?#\}", re.S)
"""A comment of Nunjucks, which Eleventy's templates may be written in."""
_BRACES = regex(r"\{[{%]")
ENTITIES = {"{{": "&#123;&#123;", "{%": "&#123;%"}
LINKS = frozenset({"link", "page", "post_url", "doc_url"})
SWALLOWED = frozenset({"comment", "for", "capture", "tablerow", "javascript", "stylesheet", "schema"})
"""Tags that are removed with their content: it is a template, not the author's words."""
ENGINE, UNTEMPLATED = "templateEngineOverride", ("md", "html", "false", False)
"""The key of the front matter with which Eleventy does not read a page as a template, and its values."""
CONDITIONS = frozenset(
    {"if", "unless", "else", "elsif", "elif", "endif", "endunless", "case", "when", "endcase", "ifchanged", "filter"}
)
PICTURES = frozenset({"image", "img", "figure", "picture", "inline_image"})
SOURCES, WORDS = ("src", "file", "url", "path", "image", "image_path"), ("content", "text", "body", "message")
"""Arguments of templates with the address of a picture, and with the words of a box."""
QUIET = frozenset(
    {
        "assign",
        "set",
        "increment",
        "decrement",
        "break",
        "continue",
        "cycle",
        "toc",
        "include_cached",
        "render",
        "seo",
        "feed_meta",
        "tabs",
        "endtabs",
    }
)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* as its template would print it, as far as that is known without running it."""
    if not any(mark in manuscript.text for mark in ("{%", "{{", "{#")):
        return manuscript
    if "eleventy" in context.library.names and manuscript.front.values.get(ENGINE) in UNTEMPLATED:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _edits(page: Passage, context: Context, values: Mapping[str, str] | None = None) -> list[Edit]:
    """Return the edits for the tags and values of *page*, and those in the files that it includes; *values* are the arguments of an include, None outside one."""
    # A tag that opens after the last end is never closed, and the search for its end would read the rest of the text each time.
    last = page.text.rfind("endraw") + len("endraw %-}")
    raw = [match.span() for match in _RAW.finditer(page.text, 0, last)]
    edits: list[Edit] = []
    for match in _RAW.finditer(page.text, 0, last):
        tags = ((match.start(), match.start(1)), (match.end(1), match.end()))
        edits += (Edit(start=start, end=end, new=(page.made("", start),)) for start, end in tags)
        context.take("raw endraw")
        # An entity is no template, and no mark that was left by mistake.
        marks = _BRACES.finditer(page.visible, *match.span(1))
        edits += (_nothing(page, *mark.span(), ENTITIES[mark[0]]) for mark in marks)
    if "eleventy" in context.library.names:
        for match in _COMMENT.finditer(page.visible):
            context.take(page.text[slice(*match.span())])
            edits.append(_nothing(page, *match.span()))
            raw.append(match.span())
    unread: dict[str, list[re.Match[str]]] = {}
    captures = _captures(page)
    tokens = [
        token for token in _TOKEN.finditer(page.text) if not any(start <= token.start() < end for start, end in raw)
    ]
    branches = liquid_conditions.conditions([token for token in tokens if page.visible[token.start()] == "{"])
    planned: dict[int, Edit] = {}
    skip = 0
    for match in tokens:
        if match.start() < skip:
            continue
        if "honkit" in context.library.names and gitbook.is_tag(match[0]):
            continue
        if match.start() in branches:
            chosen = liquid_conditions.edits(page, *branches[match.start()], values, context)
            planned |= {edit.start: edit for edit in chosen}
        edit = planned.get(match.start()) or _captured(page, match, captures, context)
        if edit is None:
            edit = _value(page, match, context) if match["value"] is not None else _tag(page, match, context)
        if edit is None:
            if page.visible[match.start() : match.end()].strip() == "":
                language = page.language(match.start())
                if language and language not in SHOW_MARKUP:
                    page.tell_in_code(
                        context, match.start(), match.end(), "Liquid tag" if match["name"] else "template variable"
                    )
                continue  # anywhere else in code it is an example
            unread.setdefault(match["name"] or match["value"].strip(), []).append(match)
            start, end = _with_marks(page.text, *match.span()) if match["value"] is not None else match.span()
            edit = Edit(start=start, end=end, new=(page.made("", start),))
        context.take(page.text[edit.start : edit.end])
        skip = edit.end
        edits.append(edit)
    for name, places in unread.items():
        times = f" ({len(places)} times in this chapter)" if len(places) > 1 else ""
        message = f"'{' '.join(places[0][0].split())[:60]}' is known only to the site; it is left out{times}"
        page.tell(context, UNREAD, places[0].start(), message, f"write what '{name[:40]}' stands for")
    return edits


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span of an expression with the marks of bold type or of code that contain nothing else.

    >>> _with_marks("a **{{ b }}** c", 4, 11)
    (2, 13)
    """
    for mark in ("**", "__", "*", "_", "`"):
        if text.endswith(mark, 0, start) and text.startswith(mark, end):
            return start - len(mark), end + len(mark)
    return start, end


def _nothing(page: Passage, start: int, end: int, text: str = "") -> Edit:
    return Edit(start=start, end=end, new=(page.made(text, start),))


def _captures(page: Passage) -> Mapping[str, tuple[int, int, int]]:
    """Return for each name under which text is kept, and which the text prints later, where its tag and this text begin and where it ends."""
    if "endcapture" not in page.text:
        return {}
    used = {match["name"] for match in _USE.finditer(page.visible)}
    captures: dict[str, tuple[int, int, int]] = {}
    done = 0
    for match in _CAPTURE.finditer(page.visible):
        close = _CAPTURE_END.search(page.visible, match.end()) if match.start() >= done else None
        if close is not None and match["name"] in used:
            captures.setdefault(match["name"], (match.start(), match.end(), close.start()))
            done = close.end()
    return captures


def _captured(
    page: Passage, match: re.Match[str], captures: Mapping[str, tuple[int, int, int]], context: Context
) -> Edit | None:
    """Return the edit that moves text which the author keeps under a name to where it is printed; None for anything else."""
    start, end = match.span()
    if match["name"] == "capture":
        capture = captures.get(match["rest"].strip())
        close = _CAPTURE_END.match(page.text, capture[2]) if capture and capture[0] == start else None
        return _nothing(page, start, close.end()) if close else None
    use = _USE.fullmatch(match[0])
    capture = captures.get(use["name"]) if use else None
    if capture is None or capture[0] > start or not page.visible[start:end].strip():
        return None
    if not context.has_room(page.text[capture[1] : capture[2]]):
        return None
    inner = Passage(page.manuscript, page.between(*capture[1:]))
    rows = inner.edited(_edits(inner, context)) or inner.rows
    blank = page.made("", start)
    return Edit(start=start, end=end, new=(blank, *rows, blank) if len(rows) > 1 else tuple(rows))


def _value(page: Passage, match: re.Match[str], context: Context) -> Edit | None:
    """Return the edit for an expression in double braces; None if its value is not known."""
    name, *filters = (piece.strip() for piece in match["value"].split("|"))
    text: str | None = None
    if (quoted := re.fullmatch(r"\"([^\"]*)\"|'([^']*)'", name)) is not None:
        text = quoted[1] or quoted[2] or ""
    elif name == "site.baseurl" and _LINK.match(page.text, match.end()):
        text = ""  # the address of the chapter that follows is complete
    elif name.startswith("site."):
        text = value_of(name.removeprefix("site."), context.library.variables)
        text = "" if text is None and name in ("site.baseurl", "site.url") else text
        data = liquid_data.look_up(name, context) if text is None and name.startswith("site.data.") else None
        text = str(data) if isinstance(data, str | int | float) and not isinstance(data, bool) else text
    elif name == "page.root" and ("lesson" in context.library.names or _LINK.match(page.text, match.end())):
        text = ""  # the way from the page to the root of the site, in lessons of The Carpentries
    elif name.startswith("page."):
        text = value_of(name.removeprefix("page."), context.manuscript.front.values)
    if text is None:
        text = value_of(name, context.library.parameters)
    if text is None and "eleventy" in context.library.names:
        text = value_of(name, context.manuscript.front.values)
    if text is None or (quoted and any(step.startswith(("date", "where", "sort")) for step in filters)):
        return None
    return _nothing(page, match.start(), match.end(), text)


def _tag(page: Passage, match: re.Match[str], context: Context) -> Edit | None:
    """Return the edit for a tag between percent signs; None if its effect is not known."""
    name = match["name"]
    if (reader := ANYWHERE.get(name)) is not None:
        return reader(page, match, context)
    if not page.visible[match.start() : match.end()].strip():
        return None  # in code
    if (reader := IN_TEXT.get(name)) is not None:
        return reader(page, match, context)
    if name.startswith("end") and name.removeprefix("end") in CONDITIONS:
        return _nothing(page, *match.span())
    if (box := _box(page, match)) is not None:
        return box
    # If there is an end, the arguments say how the content is shown.
    return None if f"end{name}" in page.text or name == "embed" else _own(page, match, context)


def _link(page: Passage, match: re.Match[str], context: Context) -> Edit:
    """Return the edit that writes the address of a chapter."""
    words, _ = arguments(match["rest"].strip())
    target = words[0] if words else ""
    return _nothing(page, *match.span(), context.address(target) or target.replace(" ", "%20"))


def _end(page: Passage, match: re.Match[str]) -> re.Match[str] | None:
    """Return the end of a tag that has content: the next one that is not inside raw text."""
    raw = [span.span() for span in _RAW.finditer(page.text, 0, page.text.rfind("endraw") + len("endraw %-}"))]
    ends = re.compile(rf"\{{%-?\s*end{match['name']}\s*-?%\}}").finditer(page.text, match.end())
    return next((span for span in ends if not any(first < span.start() < last for first, last in raw)), None)


def _without_content(page: Passage, match: re.Match[str], context: Context) -> Edit | None:
    """Return the edit that removes a tag with its content, and report it unless it is a comment."""
    end = _end(page, match)
    if end is None:
        return None
    name = match["name"]
    if name != "comment":
        message = (
            f"'{{% {name} {match['rest'].strip()[:40]} %}}' is known only to the site; it is left out with its content"
        )
        page.tell(context, UNREAD, match.start(), message, "write what it stands for")
    return _nothing(page, match.start(), end.end())


def _loop(page: Passage, match: re.Match[str], context: Context) -> Edit | None:
    """Return the edit that writes what a loop over data of the site prints; one that does more than print values is left out."""
    end = _end(page, match)
    body = page.text[match.end() : end.start()].removeprefix("\n") if end else ""
    text = liquid_data.looped(match["rest"], body, page.text[: match.start()], context) if end else None
    if end is None or text is None or not page.visible[match.start() : match.end()].strip():
        return _without_content(page, match, context)
    lines = [page.made(line, match.start()) for line in text.rstrip("\n").split("\n")]
    block = page.is_block(match.start(), end.end())
    new = tuple(lines) if block else (page.made(" ".join(text.split("\n")), match.start()),)
    return Edit(start=match.start(), end=end.end(), new=new, block=block)


def _highlighted(page: Passage, match: re.Match[str], _: Context) -> Edit | None:
    """Return the edit for code between two tags."""
    end = _end(page, match)
    if end is None:
        return None
    language, blank = match["rest"].split(maxsplit=1)[:1], page.made("", match.start())
    rows = fenced(page.between(match.end(), end.start()), "".join(language), blank, page.indent(match.start()))
    return Edit(start=match.start(), end=end.end(), new=(blank, *rows, blank))


def _condition(page: Passage, match: re.Match[str], _: Context) -> Edit:
    """Return the edit that removes a condition; its content stays, and does not run into the words beside it."""
    start, end = match.span()
    between = page.text[start - 1 : start].isalnum() and page.text[end : end + 1].isalnum()
    return _nothing(page, start, end, " " if between else "")


def _picture(page: Passage, match: re.Match[str], _: Context) -> Edit:
    """Return the edit that shows the picture of a tag; in Nunjucks, commas stand between its arguments."""
    words, values = arguments(match["rest"].strip())
    source, alt, *_rest = (*(word for word in words if word != ","), "", "")
    return _nothing(page, *match.span(), f"![{values.get('alt') or alt}](<{values.get('src') or source}>)")


def _silent(page: Passage, match: re.Match[str], _: Context) -> Edit:
    """Return the edit that removes a tag which prints nothing."""
    return _nothing(page, *match.span())


def _own(page: Passage, match: re.Match[str], context: Context) -> Edit | None:
    """Return the edit for a tag that the site defines: its last string is the one for readers; None if it has none."""
    quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", match["rest"])
    if not quoted:
        return None
    message = f"'{{% {match['name']} … %}}' is a tag of the site's own; its text is printed"
    context.tell_once(UNREAD, page.place(match.start()), match["name"], message, "write what it prints")
    return _nothing(page, *match.span(), " ".join(quoted[-1]).strip())


def _box(page: Passage, match: re.Match[str]) -> Edit | None:
    """Return the edit for the beginning or the end of a box or panel that the site defines as a tag with content; None for other tags."""
    name = match["name"].casefold()
    kind = name.removeprefix("end")
    if (kind not in BOXES and kind not in PANELS) or not {kind, f"end{kind}"} <= _names(page.visible):
        return None
    start, end = match.span()
    indent, row = page.indent(start), page.made("", start)
    if kind != name:
        return Edit(start=start, end=end, new=tuple(boxes.closed(row, indent)), block=True)
    words, values = arguments(match["rest"].replace(",", " , "))
    words = tuple(word for word in words if word != ",")
    if name == "tab" and words and words[0] in _groups(page.visible):
        words = (" ".join(words[1:]),)  # the first word names the group
    tag = Tag(name=name, words=words, values=values, start=start, end=end)
    box, title = box_of(tag)
    return Edit(
        start=start, end=end, new=tuple(boxes.opened(row, box, page.made(title, start), indent=indent)), block=True
    )


@functools.lru_cache(maxsize=1)
def _groups(text: str) -> frozenset[str]:
    """Return the names of the groups of tabs in *text*, as jekyll-tabs writes them."""
    return frozenset(_TABS.findall(text))


@functools.lru_cache(maxsize=1)
def _names(text: str) -> frozenset[str]:
    """Return the names of the tags of *text*; all tags of a chapter ask for them."""
    return frozenset(match[1].casefold() for match in _TAG_NAME.finditer(text))


def _include(page: Passage, match: re.Match[str], context: Context) -> Edit | None:
    """Return the edit that inserts the text of a Markdown file of the site; None for a template."""
    start, end = match.span()
    words, values = arguments(match["rest"].strip())
    name = words[0] if words else ""
    if not name.lower().endswith((".md", ".markdown", ".txt")):
        return _template(page, start, end, name, values)
    rows = included(page.row(start), name, context, folders=("_includes", ""), at=page.at(start)[1])
    if rows is None:
        return _nothing(page, start, end, name)
    filled = [replace(row, text=text) if (text := _filled(row.text, values)) != row.text else row for row in rows]
    inner = Passage(page.manuscript, filled)
    new = indented(inner.edited(_edits(inner, context, values)) or filled, page.indent(start))
    return Edit(start=start, end=end, new=tuple(new), block=True)


def _template(page: Passage, start: int, end: int, name: str, values: Mapping[str, str]) -> Edit | None:
    """Return the edit for a template that is named like a box or a picture, and gets its words as arguments; None for others."""
    kind = name.rpartition("/")[2].partition(".")[0].casefold()
    source = next((values[key] for key in SOURCES if values.get(key)), "")
    words = next((values[key] for key in WORDS if values.get(key)), "")
    indent, blank = page.indent(start), page.made("", start)
    if kind in BOXES and words:
        box, title = box_of(
            Tag(name=kind, values={key: values[key] for key in values if key not in WORDS}, start=start, end=end)
        )
        opening = boxes.opened(blank, box, page.made(title, start), indent=indent)
        rows = [*opening, page.made(indent + words, start), *boxes.closed(blank, indent)]
        return Edit(start=start, end=end, new=tuple(rows), block=True)
    if kind in PICTURES and source:
        caption = values.get("caption") or values.get("title") or ""
        alt = values.get("alt") or caption
        below = [page.made(f"{indent}<em>{caption}</em>", start)] if caption else []
        return Edit(
            start=start,
            end=end,
            new=(blank, page.made(f"{indent}![{alt}](<{source}>)", start), *below, blank),
            block=True,
        )
    return None


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Return *text*, a line of an included file, with the values that its tag passes to it."""
    return re.sub(r"\{\{-?\s*include\.([\w-]+)\s*-?\}\}", lambda match: values.get(match[1], ""), text)


Read = Callable[[Passage, re.Match[str], Context], "Edit | None"]
ANYWHERE: Mapping[str, Read] = {
    **dict.fromkeys(LINKS, _link),
    **dict.fromkeys(SWALLOWED, _without_content),
    "for": _loop,
    "highlight": _highlighted,
}
"""What reads a tag by its name, in text and in code."""
IN_TEXT: Mapping[str, Read] = {
    **dict.fromkeys(QUIET, _silent),
    **dict.fromkeys(PICTURES, _picture),
    **dict.fromkeys(CONDITIONS, _condition),
    **dict.fromkeys(("include", "include_relative"), _include),
}
"""What reads a tag in text; in code it is an example."""
