"""MDX, and the components of Vue: components, `import` and `export` lines, comments and expressions between braces.

A component on lines of its own is a block: a box, a panel of tabs, or its content. A component inside a line is left to
:mod:`book.markdown.sanitise`, which prints its text. Nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from book.dialects import (
    boxes,
    component_lines,
    component_tags,
    components,
    constants,
    expressions,
    html_indent,
    html_lines,
)
from book.dialects.context import Context, words
from book.dialects.quotations import in_items
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import Edit, Passage, Tag, arguments, pair
from book.markdown import lines
from book.markdown.callouts import is_known
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_COMMENT = regex(r"\{\s*/\*.*?\*/\s*\}", re.S)
_ID = regex(
    r"^[ ]{0,3}#{1,6}[ \t][^\n]*?(?P<comment>(?:\{[ \t]*/\*|<!--)[ \t]*#(?P<id>[\w:.-]+)[ \t]*(?:\*/[ \t]*\}|-->))[ \t]*$",
    re.M,
)
_ONE_IMPORT = r"import\s+(?:[\w*{}\s,$]+\s+from\s+)?[\"'][^\"'\n]+[\"'];?"
_IMPORT = regex(
    rf"^(?:{_ONE_IMPORT}(?:[ \t]*{_ONE_IMPORT})*|export\s+(?:const|let|var|default|function|async|class|\{{).*)[ \t]*$",
    re.M,
)
_CODE = regex(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`|/\*.*?\*/|//[^\n]*|[()\[\]{}\n]", re.S)
"""What counts in a program up to the end of a declaration: strings and comments, whose brackets do not count, brackets, ends of lines."""
_PROGRAM = regex(r"^<(?P<tag>script|style|head)(?=[\s>])[^<>]*>.*?</(?P=tag)>[ \t]*$", re.S | re.M)
_QUOTE = regex(r"[ \t]*(?:>[ \t]*)*>[ \t]+")
_ELEMENT = regex(r"<[a-z][\w-]*(?=\s)(?:[^<>{}\"']|\"[^\"]*\"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\})*>")
_THEMED = regex(r"<ThemedImage\s[^<>]*?sources=\{\{[^{}]*\}\}[^<>]*?/>")
_ATTRIBUTE = regex(r"\s+(?P<name>[\w:@-]+)=\{(?P<value>(?:[^{}]|\{[^{}]*\})*)\}")
_OWN = regex(r"^[ \t]*<(?:[A-Z][\w.]*\s(?:[^<>{}]*\s)?\w+=\{|[a-z]\w*\s(?:[^<>{}]*\s)?style=\{\{)", re.M)
_DOTTED = regex(r"</?[A-Z]\w*\.\w")
_TYPED_CODE = regex(r"(?<!`)`[^`\n]+(?P<mark>\{:[\w.+-]+\})`(?!`)")
_PLAYER = regex(r"youtube|vimeo|wistia|loom|player|video", re.IGNORECASE)
FILM_KEYS = ("id", "videoId", "videoID", "video", "youTubeId", "youtubeId", "embedId", "code")
FILM_SITES: Mapping[str, str] = {
    "youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/", "wistia": "https://fast.wistia.net/embed/iframe/",
    "loom": "https://www.loom.com/share/",
}  # fmt: skip
"""Sites with films, by what is in the name of a component, and the address before the id of a film."""
BOXES: Mapping[str, str] = {
    "Callout": "",
    "CalloutBox": "",
    "Admonition": "",
    "Alert": "",
    "Aside": "",
    "Note": "note",
    "Tip": "tip",
    "Warning": "warning",
    "Info": "info",
    "Caution": "caution",
    "Danger": "danger",
    "Important": "important",
    "Success": "success",
    "Error": "error",
    "Check": "check",
    "Hint": "hint",
    "Quote": "quote",
    "Example": "example",
    "Banner": "note",
    "Tldr": "tldr",
}
PANELS = frozenset(
    "TabItem Tab TabPanel Tab.Panel Tabs.Tab CodeGroupItem CodeTab Accordion Details Step Card Expandable Collapse Collapsible "
    "AccordionItem Toggle Spoiler Disclosure FAQ Update Cards.Card View Prompt".split()
)
LAYOUT = component_lines.COLUMNS | {"Columns", "Panel", "Visibility", "Bleed", "Center", "Grid", "Row"}
"""Components that only place what they contain."""
FRAGMENTS = ("", "Fragment", "Translate", "Interpolate")
"""The names of what adds nothing to its content; the first is that of `<>`."""
_PANEL = regex(r"\w(?:Tab|TabItem|TabPane|TabPanel|GroupItem)")
"""The name of a panel that a site defines itself, such as ``VTCodeGroupTab``."""


def is_of(text: str) -> bool:
    """Return whether *text*, outside code, has tags that only MDX reads: ``style={{…}}``, or attributes of a component in braces.

    >>> is_of("<div style={{ width: 1 }}>"), is_of("<Image width={8} />"), is_of("`<Image width={8} />`")
    (True, True, False)
    """
    return _OWN.search(text) is not None and _OWN.search(lines.read(text).visible) is not None


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without code for the site generator, and with its components as boxes or their content."""
    if {"mdx", "vue"} & context.library.names:
        manuscript = in_items(manuscript, "<", lambda inside: before(inside, context))
    manuscript = _uncommented(_with_ids(manuscript, context), context)
    if "mdx" in context.library.names:
        manuscript = _without_languages(manuscript, context)
    if {"mdx", "vue"} & context.library.names:
        manuscript = _without_programs(manuscript, context)
    elif not re.search(r"<[A-Z]", manuscript.text):
        return manuscript
    if "mdx" in context.library.names:
        manuscript = _with_details(_without_imports(manuscript, context), context)
        manuscript = html_indent.before(expressions.unrolled(_with_attributes(manuscript, context), context))
    manuscript = component_lines.apart(manuscript, PANELS | BOXES.keys() | components.FIELDS | components.CARDS)
    while (made := _with_components(manuscript, context)) is not manuscript:
        # What is in a component and looked like indented code does so no longer.
        manuscript = components.before(made, context) if "mdx" in context.library.names else made
    if "mdx" not in context.library.names:
        return manuscript
    manuscript = expressions.before(_with_plain_tags(manuscript, context), context)
    return html_lines.before(_with_dotted_tags(manuscript, context), context)


def _with_plain_tags(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the tags of components that are still there without attributes that only MDX reads: ``items={[1, 2]}``."""
    if not re.search(r"<[A-Z][^<]*\{", manuscript.text):
        return manuscript
    page = Passage(manuscript)
    pieces = []
    for match in component_tags.TAG.finditer(page.visible):
        typed = page.text[match.start() : match.end()]
        if "{" not in typed or match["slash"] or not match["name"]:
            continue
        _, values = arguments(page.text[match.start("rest") : match.end("rest")])
        plain = [
            f' {key}="{value}"' for key, value in values.items() if value and '"' not in value and "\n" not in value
        ]
        text = f"<{match['name']}{''.join(plain)}{' /' if match['self'] else ''}>"
        context.taken.subtract(words(text))
        pieces.append((*match.span(), text))
    return page.with_texts(context, pieces)


def _with_dotted_tags(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the names of components as pandoc reads them, `<Color--Item />` for `<Color.Item />`, which it takes for text."""
    if not _DOTTED.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    names = (match for match in component_tags.TAG.finditer(page.visible) if "." in match["name"])
    return page.with_texts(context, [(*match.span("name"), match["name"].replace(".", "--")) for match in names])


def _without_programs(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without programs, style sheets and metadata of its page, which are no part of the text."""
    if not re.search(r"^<(?:script|style|head)\b", manuscript.text, re.MULTILINE):
        return manuscript
    page = Passage(manuscript)
    return page.with_texts(context, ((*match.span(), "") for match in _PROGRAM.finditer(page.visible)))


def _with_attributes(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with HTML attributes that are expressions as plain ones: the file of an image, a literal, or nothing."""
    if "={" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    pieces = []
    for match in _THEMED.finditer(page.visible):
        tag = page.text[match.start() : match.end()]
        picture = re.search(r"light\s*:[^\"'`]*[\"'`]([^\"'`$<>]+)[\"'`]", tag)
        alt = re.search(r"\balt=\"([^\"<>]*)\"", tag)
        if picture:
            pieces.append((*match.span(), f'<img src="{picture[1]}" alt="{alt[1] if alt else ""}" />'))
            context.taken.subtract(words(pieces[-1][2]))
    themed = [piece[:2] for piece in pieces]
    elements = [
        *_elements(page),
        *(tag for tag in component_tags.TAG.finditer(page.visible) if tag["self"]),
    ]
    for element in elements:
        if element.span() in themed or element.group().startswith("<Tab"):
            continue
        changes = list(_changes(page, element, context))
        if changes and "\n" in element.group():  # what is left of a tag on several lines stands on one
            typed = page.text[element.start() : element.end()]
            for start, end, text in reversed(changes):
                typed = typed[: start - element.start()] + text + typed[end - element.start() :]
            changes = [(*element.span(), re.sub(r"\s+(>?)", lambda match: match[1] or " ", typed))]
        for change in changes:
            context.taken.subtract(words(change[2]))
        pieces += changes
    return page.with_texts(context, pieces)


def _changes(page: Passage, element: re.Match[str], context: Context) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and text of the attributes of *element* that are expressions, and of what stands for them."""
    for match in _ATTRIBUTE.finditer(page.text, element.start(), element.end()):
        value = re.search(r"[\"'`]([^\"'`$<>]+)[\"'`]", match["value"])
        is_plain = match["name"] in ("src", "href", "alt", "title", "width", "height")
        if not is_plain and element.group()[1].isupper() and not match["value"].startswith("{"):
            continue  # a component may print what a literal says
        path = "" if value or match["name"] != "src" else constants.picture(match[0], context.manuscript.text)
        shown = value[1] if value else path
        yield match.start(), match.end(), f' {match["name"]}="{shown}"' if shown and is_plain else ""


def _elements(page: Passage) -> Iterator[re.Match[str]]:
    """Yield the tags of HTML with attributes; the end of one, > on a line of its own, looks like the mark of a quotation."""
    for sign in re.finditer(r"<(?=[a-z])", page.visible):
        if match := _ELEMENT.match(page.visible, sign.start()) or _ELEMENT.match(page.text, sign.start()):
            yield match


def _with_ids(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with ids of headings in braces; Docusaurus writes them as comments: ``## Words {/* #id */}``."""
    if not _ID.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    headings = (match for match in _ID.finditer(page.text) if page.source.sorts[page.at(match.start())[0]] is Sort.TEXT)
    return page.with_texts(context, [(*match.span("comment"), f"{{#{match['id']}}}") for match in headings])


def _without_languages(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without the languages at the end of code in a line, `words{:js}`, which Nextra and Rehype Pretty Code read."""
    if "{:" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    marks = (match.span("mark") for match in _TYPED_CODE.finditer(page.text))
    in_text = ((*span, "") for span in marks if page.source.sorts[page.at(span[0])[0]] is Sort.TEXT)
    return page.with_texts(context, in_text)


def _uncommented(manuscript: Manuscript, context: Context) -> Manuscript:
    if "/*" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_texts(context, ((*match.span(), "") for match in _COMMENT.finditer(page.visible)))


def _without_imports(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without import and export lines; a declaration extends to the line on which its brackets close."""
    if "import " not in manuscript.text and "export " not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    pieces = []
    done = 0
    for match in _IMPORT.finditer(page.visible):
        if match.start() < done:
            continue
        end = _declared(page.text, match.start()) if match[0].startswith("export") else match.end()
        pieces.append((match.start(), end, ""))
        done = end
    return page.with_texts(context, pieces)


def _declared(text: str, start: int) -> int:
    """Return the offset of the end of the line on which the brackets of the declaration at *start*, and its strings, are closed."""
    depth = 0
    for piece in _CODE.finditer(text, start):
        if piece[0] == "\n" and depth <= 0:
            return piece.start()
        depth += (piece[0] in "([{") - (piece[0] in ")]}")
    return len(text)


def _with_details(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with Docusaurus's ``<Details>`` as the element of HTML, if it has that element's ``<summary>``."""
    if "<Details" not in manuscript.text or "Details" in context.library.settings.components:
        return manuscript
    page = Passage(manuscript)
    details = [tag for tag in component_tags.tags(page) if tag.name == "Details"]
    pieces = []
    for at, end in pair(details).items():
        if page.visible[details[at].end :].lstrip().startswith("<summary"):
            names = (details[at].start + len("<"), details[end].start + len("</"))
            pieces += [(start, start + len("Details"), "details") for start in names]
    return page.with_texts(context, sorted(pieces))


def _with_components(manuscript: Manuscript, context: Context) -> Manuscript:
    page = Passage(manuscript)
    tags = component_tags.tags(page)
    opening = [tag for tag in tags if not tag.words]
    pairs = {opening[at].start: opening[end] for at, end in pair(opening).items()}
    edits: list[Edit] = []
    inner: list[tuple[Tag, Tag]] = []
    done = 0
    for tag in tags:
        if tag.start < done or tag.closing:
            continue
        end = pairs.get(tag.start)
        if address := _film(tag, context):
            title = next((tag.values[key] for key in ("title", "caption", "label", "alt") if tag.values.get(key)), "")
            context.take(tag.typed + (page.text[tag.end : end.end] if end else ""))
            context.taken.subtract(words(title))
            text = f"[{title}](<{address}>)" if title else f"<{address}>"
            done = end.end if end else tag.end
            edits.append(Edit(start=tag.start, end=done, new=(page.made(text, tag.start),)))
            continue
        quote = _quote(page, tag.start)
        if end is not None and quote == _quote(page, end.start):
            block = _is_alone(page, tag.start, tag.end) and _is_alone(page, end.start, end.end)
        else:
            block = page.is_alone(tag.start, tag.end) and (end is None or page.is_alone(end.start, end.end))
        in_line = (
            end is not None
            and tag.name in {*PANELS, *BOXES, *LAYOUT, *components.FIELDS, *components.CARDS}
            and _is_alone(page, tag.start, end.end)
        )
        block = block or in_line
        if tag.name in FRAGMENTS and end is not None:
            context.take(tag.typed + end.typed)
            edits += [_gone(page, tag, block=block), _gone(page, end, block=block)]
        elif end is not None and block:
            lead = quote or page.item_indent(tag.start)
            made = _block(page, tag, end, context, lead)
            if made is None:
                continue
            if quote and in_line and len(made) > 1:
                made = [_in_quotation(page, tag, end, made, quote)]
            edits += [_to_line_end(page, edit) if quote and edit.block else edit for edit in made]
            done = end.end if len(made) == 1 else done
            if not quote:
                inner.append((tag, end))
    manuscript = page.with_edits(edits)
    return _moved(manuscript, page, inner) if inner else manuscript


def _quote(page: Passage, offset: int) -> str:
    """Return the marks of the quotation before *offset*, if there is nothing else before it on its line; empty outside quotations."""
    number, column = page.at(offset)
    match = _QUOTE.match(page.rows[number].text)
    return match[0].lstrip() if match and not page.rows[number].text[match.end() : column].strip() else ""


def _is_alone(page: Passage, start: int, end: int) -> bool:
    """Return whether the lines contain nothing outside *start* to before *end*, but for the marks of a quotation or an item."""
    last, to = page.at(end)
    is_led = bool(_quote(page, start)) or page.begins_item(start)
    return page.is_alone(start, end) or (is_led and not page.rows[last].text[to:].strip())


def _in_quotation(page: Passage, tag: Tag, end: Tag, edits: Sequence[Edit], quote: str) -> Edit:
    """Return *edits*, of the two tags of a component that begins and ends in lines of a quotation with words, as one."""
    first, *others = page.between(tag.end, end.start)
    inside = (join(page.made(quote, tag.end), first), *others)
    return Edit(start=tag.start, end=end.end, new=(*edits[0].new, *inside, *edits[-1].new), block=True)


def _to_line_end(page: Passage, edit: Edit) -> Edit:
    """Return *edit* with the end of its line: a blank line without marks would end the quotation."""
    last, _ = page.at(edit.end)
    return replace(edit, end=page.starts[last + 1] if last + 1 < len(page.starts) else len(page.text))


def _film(tag: Tag, context: Context) -> str:
    """Return the address of the film that a component plays, empty for any other component, or if the book says what it prints."""
    match = _PLAYER.search(tag.name)
    if match is None or tag.name in context.library.settings.components:
        return ""
    identity = next((tag.values[key] for key in FILM_KEYS if re.fullmatch(r"[\w-]+", tag.values.get(key, ""))), "")
    address = next((tag.values[key] for key in ("url", "src", "href", "link") if "://" in tag.values.get(key, "")), "")
    site = FILM_SITES.get(match[0].casefold(), "")
    return site + identity if site and identity else address


def _gone(page: Passage, tag: Tag, *, block: bool) -> Edit:
    return Edit(start=tag.start, end=tag.end, new=(page.made("", tag.start),), block=block)


def _block(page: Passage, tag: Tag, end: Tag, context: Context, quote: str = "") -> list[Edit] | None:
    """Return the edits for a component on lines of its own, which may begin with the marks of a *quote*; None to leave it to others."""
    name, policy = tag.name, context.library.settings.components.get(tag.name)
    if policy == "drop" or (policy is None and name == "Tab.List" and "<Tab.Panel" in page.text[end.end :]):
        context.take(page.text[tag.start : end.end])
        return [Edit(start=tag.start, end=end.end, new=(page.made("", tag.start),))]
    if (
        policy is not None
        and policy not in ("children", "callout", "block", "text")
        and not policy.startswith("callout:")
    ):
        return None
    context.take(tag.typed + end.typed)
    title = components.title_of(tag)
    rest: tuple[Row, ...] = (page.made(quote, tag.start),)
    caption = components.caption(page, tag, end, quote) if policy is None else ()
    if (policy or "").startswith("callout") or (policy is None and name in BOXES):
        kinds = (tag.values.get(key) for key in ("type", "variant", "kind", "intent", "status"))
        own = (policy or "").removeprefix("callout").strip(" :")
        typed_kind = own or BOXES.get(name) or next(filter(None, kinds), "note")
        kind = typed_kind if is_known(typed_kind) else "note"
        heading = tag.values.get("title") or tag.values.get("heading") or tag.values.get("label") or ""
        rows = boxes.opened(page.made("", tag.start), boxes.CALLOUT + kind, page.made(heading, tag.start), indent=quote)
    elif policy is None and (
        name in PANELS or name in components.FIELDS or components.is_titled(tag) or (title and _PANEL.search(name))
    ):
        rows = boxes.opened(
            page.made("", tag.start), boxes.PANEL, page.made(components.heading(tag), tag.start), indent=quote
        )
        if more := components.description(tag):
            rows += [page.made(quote + more, tag.start), page.made(quote, tag.start)]
    else:
        if policy == "text" and title:
            rest = (*rest, page.made(quote + title, tag.start), *rest)
        return [
            Edit(start=tag.start, end=tag.end, new=rest, block=True),
            Edit(start=end.start, end=end.end, new=(*caption, page.made(quote, end.start)), block=True),
        ]
    if not quote and _is_below_html(page, tag.start):
        rows = [page.made("", tag.start), *rows]
    closing = (*caption, *boxes.closed(page.made("", end.start), quote))
    return [
        Edit(start=tag.start, end=tag.end, new=tuple(rows), block=True),
        Edit(start=end.start, end=end.end, new=closing, block=True),
    ]


def _is_below_html(page: Passage, offset: int) -> bool:
    """Return whether the line above that at *offset* is HTML, which goes on to the next blank line."""
    above = page.at(offset)[0] - 1
    return above >= 0 and page.source.sorts[above] is Sort.HTML and not page.rows[above].is_blank


def _moved(manuscript: Manuscript, page: Passage, inner: Sequence[tuple[Tag, Tag]]) -> Manuscript:
    """Return *manuscript* with the lines inside components shifted left to the tags, because MDX has no indented code."""
    widths: dict[tuple[str, int], int] = {}
    for tag, end in inner:
        numbers = range(page.at(tag.end)[0] + 1, page.at(end.start)[0])
        inside = [page.rows[number] for number in numbers]
        origin = page.row(tag.start).origin
        edge = max(len(page.item_indent(tag.start)) - widths.get((origin.path, origin.line), 0), 0)
        width = max(min((row.indent for row in inside if not row.is_blank), default=0) - edge, 0)
        for row in inside:
            widths[row.origin.path, row.origin.line] = max(width, widths.get((row.origin.path, row.origin.line), 0))
    rows = [
        row.dedented(widths.get((row.origin.path, row.origin.line), 0)) if row.text[:1] in (" ", "\t") else row
        for row in rows_of(manuscript)
    ]
    return with_rows(manuscript, rows)
