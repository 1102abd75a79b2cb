"""Shortcodes of Hugo and Quarto: `{{< x >}}`, `{{% x %}}`, their escapes `{{</* x */>}}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from book.dialects import boxes, kubernetes, own_shortcodes
from book.dialects.context import Context, value_of
from book.dialects.includes import included, indented, without_front_matter
from book.dialects.rows import Row
from book.dialects.shortcode_names import (
    BOXES,
    CODE,
    DROPPED,
    EMBEDS,
    FORMULAS,
    FRAMES,
    ICONS,
    INCLUDES,
    LISTINGS,
    NAMING,
    PANELS,
    REFERENCES,
    VARIABLES,
)
from book.dialects.shortcode_texts import SINGLE, box_of, resource
from book.dialects.tags import UNREAD, Edit, Passage, Tag, arguments, fenced, pair
from book.markdown.lines import Sort
from book.markdown.raw_marks import SHOW_MARKUP
from book.model import Manuscript
from book.patterns import regex

_TAG = regex(
    r"\{\{(?P<mark>[<%])\s*(?P<slash>/)?\s*(?P<name>[A-Za-z_][\w/.-]*)(?P<rest>(?:\s+(?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|[^\"`])*?)?)"
    r"\s*(?P<self>/)?\s*[>%]\}\}"
)
_BOX = regex(r"<(?:div|section|article|aside|details|figure|blockquote|center|main|li|td)\b[^<>]*>$")
_ESCAPED = regex(r"\{\{([<%])/\*(.*?)\*/([>%])\}\}", re.S)
PAGE_BREAK = "pagebreak"
TITLES = ("title", "header", "heading", "summary")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with shortcodes as boxes, panels, code, links and text; unknown ones are left out and reported."""
    if "{{<" not in manuscript.text and "{{%" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _edits(page: Passage, context: Context) -> list[Edit]:
    """Return the edits for the shortcodes of *page*, and for those in the files that they include."""
    tags, edits = [], []
    items: list[str] = []
    for match in _TAG.finditer(page.visible):
        words, values = arguments(page.text[match.start("rest") : match.end("rest")])
        if match["name"] == "tabs" and not match["slash"]:
            items = [item.strip() for item in values.get("items", "").split(",") if item.strip()]
        elif (
            match["name"] == "tab" and not match["slash"] and items and not words and not {"name", "title"} & {*values}
        ):
            values["name"] = items.pop(0)
        tags.append(
            Tag(
                name=match["name"],
                words=words,
                values={**values, "<": match["mark"]},
                typed=page.text[match.start() : match.end()],
                start=match.start(),
                end=match.end(),
                closing=bool(match["slash"]),
            )
        )
    pairs = _pairs(tags)
    ends = set(pairs.values())
    unknown: dict[str, list[Tag]] = {}
    skip = 0
    for number, tag in enumerate(tags):
        if tag.start < skip:
            continue
        context.take(tag.typed)
        if tag.name.startswith("filetree/"):
            edits.append(_in_tree(page, tag, tags[:number]))
        elif number in pairs:
            end = tags[pairs[number]]
            context.take(end.typed)
            made = _paired(page, tag, end, tags[:number], context) or _by_template(page, tag, end, context)
            if made is None:
                unknown.setdefault(tag.name, []).append(tag)
                made = [_titled(page, tag), _nothing(page, end)]
            elif len(made) == 1:
                skip = end.end
            edits += made
        elif number not in ends:
            edit = None if tag.closing else _single(page, tag, context)
            if edit is None:
                unknown.setdefault(tag.name, []).append(tag)
            edits.append(edit or _nothing(page, tag))
    _report(page, unknown, context)
    if "hugo" in context.library.names:
        edits += _in_code(page, context)
        # Separates the columns of the Book theme.
        separators = re.finditer(r"^[ \t]*(<--->)[ \t]*$", page.visible, re.MULTILINE)
        edits += (Edit(start=at.start(1), end=at.end(1), new=(page.made("", at.start(1)),)) for at in separators)
    return [*edits, *_escaped(page)]


def _escaped(page: Passage) -> Iterator[Edit]:
    """Yield the edits for shortcodes that readers are meant to see: in prose with backslashes, so that they are not read again."""
    for match in _ESCAPED.finditer(page.text):
        start, end = match.span()
        if "\n" in match[0]:
            continue
        is_shown = bool(page.visible[start:end].strip())
        sort = page.source.sorts[page.at(start)[0]]
        opening = f"{{{{{match[1]}"
        if is_shown and sort is Sort.TEXT:
            opening = f"\\{{\\{{\\{match[1]}"
        elif is_shown and sort is Sort.HTML:
            opening = f"&#123;&#123;{'&lt;' if match[1] == '<' else match[1]}"
        yield Edit(start=start, end=end, new=(page.made(f"{opening}{match[2]}{match[3]}}}}}", start),))


def _in_code(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits for values in code, where Hugo also reads shortcodes; report the others unless the code shows markup."""
    escaped = [match.span() for match in _ESCAPED.finditer(page.text)]
    for match in _TAG.finditer(page.text):
        start, end = match.span()
        if page.visible[start:end].strip() or any(first <= start < last for first, last in escaped):
            continue
        number = page.at(start)[0]
        language = page.language(start)
        if page.source.sorts[number] not in (Sort.CODE, Sort.TEXT) or language in SHOW_MARKUP:
            continue
        words, values = arguments(match["rest"])
        tag = Tag(name=match["name"], words=words, values=values, typed=match[0], start=start, end=end)
        value = _known(tag, context) if tag.name == "param" else None
        if value is None:
            page.tell_in_code(context, start, end, "shortcode")
        else:
            context.take(tag.typed)
            yield Edit(start=start, end=end, new=(page.made(" ".join(value.split()), start),))


def _pairs(tags: list[Tag]) -> dict[int, int]:
    """Return for each shortcode with content the index of its end."""
    numbers = [number for number, tag in enumerate(tags) if not re.search(r"/\s*[>%]\}\}$", tag.typed)]
    return {numbers[start]: numbers[end] for start, end in pair([tags[number] for number in numbers]).items()}


def _report(page: Passage, unknown: Mapping[str, list[Tag]], context: Context) -> None:
    """Report each kind of unknown shortcode, at its first place."""
    for name, tags in unknown.items():
        times = f" ({len(tags)} times in this chapter)" if len(tags) > 1 else ""
        message = f"the shortcode '{tags[0].typed[:60]}' is not known; it is left out, and its content is kept{times}"
        page.tell(
            context,
            UNREAD,
            tags[0].start,
            message,
            f'write what it stands for, or [components] {name} = "…" in handbound.toml',
        )


def _in_tree(page: Passage, tag: Tag, tags: Sequence[Tag]) -> Edit:
    """Return the edit for a shortcode of a tree of files, `{{< filetree/file >}}`, with all *tags* above it: an item of a list."""
    sort = tag.name.rpartition("/")[2]
    if tag.closing or sort not in ("folder", "file"):
        # Without the comment, a list above the tree and indented lines below it would be part of it.
        end = "<!-- -->" if sort == "container" else ""
        return Edit(start=tag.start, end=tag.end, new=(page.made("", tag.start), page.made(end, tag.start)), block=True)
    folders = [above for above in tags if above.name == "filetree/folder"]
    depth = sum(-1 if above.closing else 1 for above in folders)
    name = tag.first("name").strip("`/") + "/" * (sort == "folder")
    return Edit(start=tag.start, end=tag.end, new=(page.made(f"{'  ' * depth}- `{name}`", tag.start),), block=True)


def _titled(page: Passage, tag: Tag) -> Edit:
    """Return the edit for the beginning of an unknown shortcode with content: its title in bold type, if it has one."""
    title = next(filter(None, map(tag.values.get, TITLES)), "").strip("*_ ")
    blank, indent = page.made("", tag.start), page.indent(tag.start)
    if not title or not page.is_block(tag.start, tag.end):
        return _nothing(page, tag)
    return Edit(
        start=tag.start, end=tag.end, new=(blank, page.made(f"{indent}**{title}**", tag.start), blank), block=True
    )


def _nothing(page: Passage, tag: Tag) -> Edit:
    return Edit(start=tag.start, end=tag.end, new=(page.made("", tag.start),))


def _paired(page: Passage, tag: Tag, end: Tag, above: list[Tag], context: Context) -> list[Edit] | None:
    """Return the edits for a shortcode with an end: two for its tags, or one for all of it; None for an unknown one."""
    name, indent = tag.name.rpartition("/")[2].casefold(), page.indent(tag.start)
    if name in DROPPED or name.endswith(".inline"):  # an inline shortcode contains a template
        context.take(page.text[tag.end : end.start])
        return [Edit(start=tag.start, end=end.end, new=(page.made("", tag.start),))]
    if name in FORMULAS:
        return [_formula(page, tag, end, context)]
    is_code = name == "tab" and ("codelang" in tag.values or _is_code(page, tag, end, above))
    if name in CODE or tag.values.get("code") == "true" or is_code:
        return [_code(page, tag, end, name)]
    if name in BOXES or name in PANELS:
        box, title = box_of(tag)
        rows = boxes.opened(page.made("", tag.start), box, page.made(title, tag.start), indent=indent)
        rows += _paragraphs(page, tag, [tag.values.get(key, "") for key in ("title", "subtitle")], indent, title)
        last = _paragraphs(page, end, [tag.values.get("footer", "")], indent, title)
        rest = (*last, *boxes.closed(page.made("", end.start), indent))
        return [
            Edit(start=tag.start, end=tag.end, new=tuple(rows), block=True),
            Edit(start=end.start, end=end.end, new=rest, block=True),
        ]
    if name == "table" and tag.values.get("caption"):
        caption = _paragraphs(page, end, [f"Table: {tag.values['caption']}"], indent, "")
        return [_nothing(page, tag), Edit(start=end.start, end=end.end, new=tuple(caption), block=True)]
    if name in REFERENCES or name in ("button", "a"):
        address = tag.first("href", "url", "path", "to", "relref", "link")
        text = " ".join(page.text[tag.end : end.start].split())
        return [Edit(start=tag.start, end=end.end, new=(page.made(f"[{text}](<{address}>)", tag.start),))]
    if name == "imgproc" and (source := resource(tag, context)):
        text = " ".join(page.text[tag.end : end.start].split())
        lines = (f"![{text}](<{source}>)", *([f"<em>{text}</em>"] if text else []))
        new = tuple(page.made(indent + line, tag.start) for line in ("", *lines, ""))
        return [Edit(start=tag.start, end=end.end, new=new, block=True)]
    if name in FRAMES:
        return [_nothing(page, tag), _nothing(page, end)]
    return None


def _by_template(page: Passage, tag: Tag, end: Tag, context: Context) -> list[Edit] | None:
    """Return the edits for a shortcode with content that the site defines itself; None for a template that is not read."""
    own = own_shortcodes.written(tag.name, tag.words, tag.values, context)
    if own is None or own.after is None:
        return None
    block = (own.markdown or tag.values["<"] == "%") and _holds_blocks(own.before) and page.is_alone(tag.start, end.end)
    indent = page.indent(tag.start) if block else ""
    opening, closing = page.made(indent + own.before, tag.start), page.made(indent + own.after, end.start)
    first, last = ((opening, opening.made("")), (closing.made(""), closing)) if block else ((opening,), (closing,))
    return [
        Edit(start=tag.start, end=tag.end, new=first, block=block),
        Edit(start=end.start, end=end.end, new=last, block=block),
    ]


def _holds_blocks(opening: str) -> bool:
    """Return whether the last element that *opening* opens may contain paragraphs, so that blank lines may stand in it."""
    return _BOX.search(opening) is not None


def _paragraphs(page: Passage, tag: Tag, texts: Iterable[str], indent: str, title: str) -> list[Row]:
    """Return arguments that readers see as paragraphs, without the *title*, which stands above them."""
    rows = []
    for text in texts:
        if text and text != title:
            rows += [page.made(indent, tag.start), page.made(indent + text, tag.start), page.made(indent, tag.start)]
    return rows


def _formula(page: Passage, tag: Tag, end: Tag, context: Context) -> Edit:
    """Return the edit that puts a formula between dollars; nothing for an empty one, which only loads a program."""
    body = page.text[tag.end : end.start].strip()
    context.take(tag.typed + end.typed)
    if "$" in body:  # the dollars are there already
        return Edit(start=tag.start, end=end.end, new=tuple(page.between(tag.end, end.start)))
    displayed = tag.first("display") in ("true", "display") or page.is_alone(tag.start, end.end)
    mark = "$$" if displayed else "$"
    if not body:
        return Edit(start=tag.start, end=end.end, new=(page.made("", tag.start),))
    lines = [line for line in page.between(tag.end, end.start) if not line.is_blank]
    if not displayed:
        words = " ".join(line.text.strip() for line in lines)
        return Edit(start=tag.start, end=end.end, new=(page.made(f"{mark}{words}{mark}", tag.start),))
    marks = (page.made("", tag.start), page.made(mark, tag.start))
    return Edit(start=tag.start, end=end.end, new=(*marks, *lines, *reversed(marks)))


def _is_code(page: Passage, tag: Tag, end: Tag, above: list[Tag]) -> bool:
    """Return whether a tab of Docsy contains code: one in angle brackets does, unless an argument denies it or it has a block of code."""
    body = page.text[tag.end : end.start]
    pane = next((outer for outer in reversed(above) if outer.name == "tabpane" and not outer.closing), None)
    plain = {**(pane.values if pane else {}), **tag.values}
    named = "lang" in plain or plain.get("langEqualsHeader") == "true"
    return tag.values["<"] == "<" and plain.get("text") != "true" and named and "```" not in body


def _code(page: Passage, tag: Tag, end: Tag, name: str) -> Edit:
    """Return the edit for code between two tags."""
    indent = page.indent(tag.start)
    language = tag.values.get("lang") or tag.values.get("language") or tag.values.get("codelang") or ""
    if name == "highlight" or (name == "code" and not language):
        language = tag.first("type")
    if name == "code-toggle":
        language = "toml" if tag.values.get("config") else "yaml"
    title = (
        tag.values.get("header")
        or tag.values.get("title")
        or tag.values.get("file")
        or tag.values.get("filename")
        or (tag.values.get("name") or next(iter(tag.words), "") if name == "tab" else "")
        or ""
    )
    if name == "tab":  # the pane says that the language is the header
        language = language or (title if re.fullmatch(r"[\w+#-]+", title) else "")
    words = [page.made(f"{indent}**{title}**", tag.start), page.made(indent, tag.start)] if title else []
    body = page.between(tag.end, end.start)
    rows = fenced(body, language if name != "mermaid" else "mermaid", page.made("", tag.start), indent)
    return Edit(start=tag.start, end=end.end, new=(page.made("", tag.start), *words, *rows, page.made("", end.start)))


def _single(page: Passage, tag: Tag, context: Context) -> Edit | None:
    """Return the edit for a shortcode without an end, None for an unknown one."""
    name = tag.name.rpartition("/")[2].casefold()
    text = SINGLE[name](tag) if name in SINGLE else None
    if name in kubernetes.WRITTEN and (text := _by_own_template(tag, context)) is None:
        text = kubernetes.WRITTEN[name](tag, context)
        if text is None and name in kubernetes.WORDLESS:
            return None
    elif name in kubernetes.DEFINITIONS:
        number, column = page.at(tag.start)
        rows = kubernetes.definition(page.rows[number], tag, context, column)
        if rows is None:
            return None
        inner = Passage(page.manuscript, rows)
        new = indented(inner.edited(_edits(inner, context)) or rows, page.indent(tag.start))
        return Edit(start=tag.start, end=tag.end, new=tuple(new), block=True)
    if name in VARIABLES:
        text = _variable(page, tag, context)
    elif name == PAGE_BREAK:
        text = '<hr class="page-break">'
    elif name in REFERENCES:
        target = tag.first("path", "page", "url", "href", "to")
        text = context.address(target) or target.replace(" ", "%20")
        if page.text[tag.start - 1 : tag.start] not in tuple("(<\"'=") or not tag.start:
            title = tag.values.get("text") or tag.values.get("title") or _title(target, context)
            text = f"[{title}](<{text}>)"
    elif EMBEDS.get(name) and (key := _embedded(name, tag)):
        address = key if "://" in key else EMBEDS[name].format(key)
        text = f"[{tag.values.get('title') or tag.values.get('text') or address}](<{address}>)"
    elif name in ICONS:
        message = f"'{tag.typed.strip()}' is an icon of the author's site; icons are left out"
        context.tell_once(UNREAD, page.place(tag.start), "icon", message, "write what it says in words")
        text = ""
    elif name in DROPPED | FORMULAS:
        text = ""
    elif (name in INCLUDES or _names_code(name, tag)) and (rows := _included(page, tag, context)) is not None:
        new = indented(rows, page.indent(tag.start))
        return Edit(start=tag.start, end=tag.end, new=tuple(new), block=True)
    if text is None and (own := _by_own_template(tag, context)) is not None:
        return Edit(start=tag.start, end=tag.end, new=(page.made(own, tag.start),))
    if text is None:
        text = next((tag.values[key] for key in NAMING if tag.values.get(key)), None)
    if text is None and not page.is_alone(tag.start, tag.end):
        # A hole in a sentence would be worse.
        values = (value for key, value in tag.values.items() if key != "<")
        text = next((word for word in (*tag.words, *values) if re.match(r"[^/.]*[^\W\d_]", word)), None)
        if text is not None:
            _tell_argument(page, tag, context)
    if text is None:
        return None
    lines = text.strip("\n").split("\n")
    if len(lines) > 1 and page.is_block(tag.start, tag.end):
        indent = page.indent(tag.start)
        made = tuple(page.made(f"{indent}{line}", tag.start) for line in lines)
        return Edit(start=tag.start, end=tag.end, new=made, block=True)
    return Edit(start=tag.start, end=tag.end, new=(page.made(" ".join(map(str.strip, lines)), tag.start),))


def _by_own_template(tag: Tag, context: Context) -> str | None:
    """Return what the site's own template writes for a shortcode without content; None if there is none that is read."""
    own = own_shortcodes.written(tag.name, tag.words, tag.values, context)
    return own.before if own is not None and own.after is None else None


def _embedded(name: str, tag: Tag) -> str:
    """Return the id or the address of what a shortcode embeds; empty if it names only a file of the site."""
    return "/".join(tag.words[:2]) if name == "gist" else tag.first("id", "src", "url", "href", "user", "cast")


def _tell_argument(page: Passage, tag: Tag, context: Context) -> None:
    """Report a shortcode in a sentence that nobody knows, once a chapter for each name."""
    message = f"the shortcode '{tag.typed[:60]}' is not known; its first argument is printed"
    fix = f'write what it stands for, or [components] {tag.name} = "…" in handbound.toml'
    context.tell_once(UNREAD, page.place(tag.start), f"shortcode {tag.name}", message, fix)


def _title(target: str, context: Context) -> str:
    """Return the title of the chapter that a reference without words leads to, else its address."""
    path = context.library.chapter(target.partition("#")[0].strip(), context.manuscript.path)
    manuscript = context.library.manuscripts.get(path or "")
    if manuscript is None:
        return target
    heading = re.search(r"^#[ \t]+(.*?)[ \t]*#*$", manuscript.text, re.MULTILINE)
    return manuscript.front.title or (heading[1] if heading else target)


def _names_code(name: str, tag: Tag) -> bool:
    """Return whether a shortcode without content shows a file as code: a listing, or the tab of one."""
    return bool(name == "tab" and tag.values.get("include")) or bool(name in LISTINGS and tag.values.get("file"))


def _included(page: Passage, tag: Tag, context: Context) -> list[Row] | None:
    """Return the lines of a file of the book, as Markdown or as code; None if it does not exist."""
    name, sort = tag.first("file", "path", "include"), tag.name.rpartition("/")[2].casefold()
    if not name:
        return None
    number, column = page.at(tag.start)
    is_code = _names_code(sort, tag)
    above = (str(folder) for folder in PurePosixPath(context.manuscript.path).parents)
    own = [f"{folder}/{'examples' if is_code else 'includes'}" for folder in above]
    rows = included(page.rows[number], name, context, folders=("content", "assets", "_includes", *own), at=column)
    if rows is None:
        return [page.made(name, tag.start)]
    if is_code or tag.values.get("code") == "true":
        language = tag.values.get("lang") or tag.values.get("codelang") or tag.values.get("language") or ""
        language = language or (PurePosixPath(name).suffix[1:] if is_code else "")
        title = tag.values.get("name", "") if sort == "tab" else ""
        words = [page.made(f"**{title}**", tag.start), page.made("", tag.start)] if title else []
        return [*words, *fenced(rows, language, page.made("", tag.start))]
    inner = Passage(page.manuscript, without_front_matter(rows))
    return inner.edited(_edits(inner, context)) or inner.rows


def _known(tag: Tag, context: Context) -> str | None:
    """Return the value of the name in *tag* from the front matter or the site's settings; None if there is none."""
    name = tag.first("name", "key")
    front = context.manuscript.front.values
    own = front.get("params")
    library = context.library
    for values in (front, own if isinstance(own, Mapping) else {}, library.parameters, library.variables):
        if (value := value_of(name, values, any_case=True)) is not None:
            return value if context.has_room(value) else None
    return None


def _variable(page: Passage, tag: Tag, context: Context) -> str | None:
    """Return the result of :func:`_known`; else report it, and return the second argument or the name, because a gap would be worse."""
    name = tag.first("name", "key")
    value = _known(tag, context)
    if value is not None or not name:
        return value
    text = tag.words[1] if len(tag.words) > 1 else name
    message = f"'{name[:60]}' is not in the front matter or the settings of the site; '{text[:60]}' is printed"
    context.tell_once(UNREAD, page.place(tag.start), f"value {name}", message, f"write what '{name[:60]}' stands for")
    return text
