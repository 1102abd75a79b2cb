"""Components of documentation themes, Starlight, Mintlify and Nextra among them, whose attributes are words for readers.

Cards and buttons are links, fields of an interface have a heading, trees of files are lists, listings are code. A component of these
that the book defines itself under ``[components]`` is left to it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from book.dialects import constants
from book.dialects.component_data import TARGETS, escaped
from book.dialects.component_tags import tags
from book.dialects.context import Context, words
from book.dialects.includes import included, indented
from book.dialects.rows import Row
from book.dialects.tags import UNREAD, Edit, Passage, Tag, fenced, pair
from book.model import Manuscript
from book.patterns import regex

TITLES = (
    "title",
    "heading",
    "file-name",
    "filename",
    "fileName",
    "label",
    "header",
    "name",
    "summary",
    "value",
    "text",
    "question",
)
"""Attributes that name a component, the most telling first."""
HEADINGS = ("title", "heading", "file-name", "filename", "fileName")
"""Those that can be nothing but a title."""
CARDS = frozenset({"Card", "Cards.Card", "LinkCard", "Tile", "DocCard"})
LINKS = frozenset({"Link", "LinkButton", "Button", "Anchor", "Embed"})
FIELDS = frozenset({"ParamField", "ResponseField", "Param", "Property"})
"""Parts of an interface, each with a name and a type."""
PLACES = ("path", "query", "body", "header", "cookie", "name")
"""Attributes of a field that name it."""
TREES = frozenset({"FileTree", "Tree", "Files"})
IN_TITLES = frozenset({"Update", "Prompt"})
"""Components whose description is part of their title."""
HINTS = ("tip", "headline", "content", "title")
"""Attributes with the words of a tooltip."""
PICTURE = regex(r"(?:\w*[a-zA-Z])?(?:Image|Img|Picture|Screenshot)|ImageZoom")
"""The names of components that show an image: ``Image``, ``IdealImage``, ``MDXImage``."""
SOURCES = ("src", "srcLight", "lightSrc", "srcDark", "darkSrc")
"""Attributes for the file of an image; one for each colour scheme, of which the light one is for paper."""
LISTINGS = frozenset({"CodeBlock", "Code", "CodeSnippet", "Snippet"})
TYPED = ("code", "text", "command")
"""Attributes of a listing that are its code."""
INSTALLERS = frozenset({"PackageManagers", "PackageManagerTabs"})
"""Commands that Starlight and Rspress show for several package managers; the one for npm is printed."""
RUNNERS: Mapping[str, str] = {"create": "npm create", "exec": "npx", "dlx": "npx", "run": "npm run", "remove": "npm un"}
OF_THE_SITE = frozenset({"DocCardList", "TOCInline", "InlineTOC", "TOC", "Toc", "TableOfContents"})
"""Lists of pages and sections, which the contents of a book are."""
RAW_HTML = "HTMLBlock"
IN_A_BROWSER = "BrowserOnly"
HEAD = "Head"
"""What stands in the head of the page on the site: its title there, and what search engines read."""
_RAW = regex(
    r"^[ \t]*import\s+(?P<name>\w+)\s+from\s+[\"'](?P<loader>!!raw-loader!)?(?P<path>(?:\.{1,2}/|@site/|/)[^\"'\n?]+)(?P<raw>\?raw)?[\"']",
    re.MULTILINE,
)
"""The import of the text of a file: ``import text from '!!raw-loader!./a.js'``, ``import text from './a.js?raw'``."""
_BRACKET, _BACKSLASH = regex(r"[\[\]]"), r"\\\g<0>"
_NAME = regex(r"\s*\{\s*(?P<name>\w+)\s*\}\s*")
_CODE_OF = regex(r"\bcode=\{\s*(?P<name>\w+)\s*\}")
_TEMPLATE = regex(r"\s*\{\s*(?:String\.raw)?(?P<quote>[`\"'])(?P<code>.*?)(?P=quote)\s*\}\s*", re.DOTALL)
_CODE = regex(r"\bcode=\{\s*(?P<quote>[`\"'])(?P<code>.*?)(?P=quote)\s*\}", re.DOTALL)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these components as links, lists, code and words."""
    if not re.search(r"<[A-Z]", manuscript.text):
        return manuscript
    page = Passage(manuscript)
    every = tags(page)
    opening = [tag for tag in every if not tag.words]
    pairs = {opening[at].start: opening[end] for at, end in pair(opening).items()}
    edits: list[Edit] = []
    files = {match["name"]: match["path"] for match in _RAW.finditer(page.text) if match["loader"] or match["raw"]}
    done = 0
    for number, tag in enumerate(every):
        if tag.closing or tag.start < done or tag.name in context.library.settings.components:
            continue
        end = pairs.get(tag.start)
        last = end.end if end else tag.end
        inner = [item for item in every if end and tag.end <= item.start < end.start] if tag.name in TREES else []
        rows = _tree(page, inner) or _listing(page, tag, end, files, context)
        if tag.name == HEAD and end:
            context.take(page.text[tag.start : last])
            edits.append(Edit(start=tag.start, end=last, new=(page.made("", tag.start),)))
            done = last
        elif tag.name == IN_A_BROWSER and end:
            message = f"what <{IN_A_BROWSER}> shows is made by a program in a browser; it is left out"
            page.tell(context, UNREAD, tag.start, message, "write what it shows")
            context.take(page.text[tag.start : last])
            edits.append(Edit(start=tag.start, end=last, new=(page.made("", tag.start),)))
            done = last
        elif rows:
            context.take(page.text[tag.start : last])
            indent = page.item_indent(tag.start)
            blank = page.made(indent, tag.start)
            edits.append(Edit(start=tag.start, end=last, new=(blank, *indented(rows, indent), blank), block=True))
            done = last
        elif tag.words:
            near = [other for other in every[max(number - 1, 0) : number + 2] if other is not tag and _is_card(other)]
            edits += _single(page, tag, context, listed=any(_is_beside(page, tag, other) for other in near))
        elif end:
            edits += _around(page, tag, end, context)
    return page.with_edits(edits)


def title_of(tag: Tag) -> str:
    """Return the words by which a component is named; empty if there are none."""
    return next((tag.values[key] for key in TITLES if tag.values.get(key)), "")


def heading(tag: Tag) -> str:
    """Return the heading of a component with a content, as inline Markdown: its title, a link if it has an address.

    >>> heading(Tag(name="Card", values={"title": "Start", "href": "/a"}, start=0, end=0))
    '[Start](</a>)'
    >>> heading(Tag(name="ParamField", values={"query": "limit", "type": "integer", "default": "10"}, start=0, end=0))
    '`limit` integer, default `10`'
    """
    if tag.name in FIELDS:
        return _field(tag)
    title = tag.values.get("label") or title_of(tag)
    if tag.name in IN_TITLES and (more := tag.values.get("description")):
        title = f"{title}, {more}" if title else more
    target = _target(tag)
    return f"[{title}](<{target}>)" if title and target and tag.name in CARDS else title


def description(tag: Tag) -> str:
    """Return the words of a card or panel below its title, as inline Markdown; empty if it has none, or if they are in its title."""
    return escaped(tag.values.get("description") or "") if tag.name not in IN_TITLES | FIELDS else ""


def is_titled(tag: Tag) -> bool:
    """Return whether a component, of any name, has words that can be nothing but a title."""
    return any(tag.values.get(key) for key in HEADINGS)


def caption(page: Passage, tag: Tag, end: Tag, lead: str = "") -> tuple[Row, ...]:
    """Return the lines below the content of a component, each after *lead*: its caption, with its number, in italics."""
    text = " ".join(tag.values.get("caption", "").split())
    if text and tag.values.get("number"):
        text = f"{tag.name} {tag.values['number']}: {text}"
    made = page.made(f"{lead}<em>{text}</em>", tag.start)
    blank = page.made(lead, end.start)
    # Directly below an image, words in italics are its caption.
    apart = () if page.text[tag.end : end.start].lstrip().startswith("![") else (blank,)
    return (*apart, made, blank) if text else ()


def _field(tag: Tag) -> str:
    """Return the heading of a parameter or of a part of a response: its name as code, its type, and what else is said of it."""
    name = next((tag.values[key] for key in PLACES if tag.values.get(key)), "")
    default = tag.values.get("default") or tag.values.get("initialValue")
    facts = [tag.values.get("type", ""), *(word for word in ("required", "deprecated") if _is_set(tag, word))]
    facts += [f"default `{default}`"] if default else []
    return " ".join(filter(None, (f"`{name}`" if name else "", ", ".join(filter(None, facts)))))


def _is_set(tag: Tag, name: str) -> bool:
    return bool(re.search(rf"\s{name}(?=[\s/>]|=\{{\s*true)", tag.typed))


def _target(tag: Tag) -> str:
    return next((tag.values[key] for key in TARGETS if tag.values.get(key)), "")


def _is_card(tag: Tag) -> bool:
    return bool(tag.words) and tag.name in CARDS and bool(title_of(tag))


def _is_beside(page: Passage, tag: Tag, other: Tag) -> bool:
    first, last = sorted((tag, other), key=lambda item: item.start)
    return not page.text[first.end : last.start].strip()


def _single(page: Passage, tag: Tag, context: Context, *, listed: bool) -> Iterator[Edit]:
    """Yield the edit for a component without content; *listed* is whether it is one of several cards."""
    title, target = title_of(tag), _target(tag)
    alone = page.is_alone(tag.start, tag.end)
    if tag.name in CARDS and title and alone:
        more = " ".join(tag.values.get("description", "").split())
        link = f"[{title}](<{target}>)" if target else title
        text = f"- {link}{': ' if more else ''}{more}" if listed else f"**{link}**{'. ' if more else ''}{more}"
        yield _made(page, tag, context, text, block=True)
    elif tag.name in (LINKS | CARDS) and title and target:
        yield _made(page, tag, context, f"[{title}](<{target}>)", block=alone)
    elif tag.name in FIELDS and alone:
        yield _made(page, tag, context, _field(tag), block=True)
    elif (PICTURE.fullmatch(tag.name) or tag.values.get("alt")) and (source := _source(tag, page.text)):
        shown = " ".join(tag.values.get("caption", "").split()) if alone else ""
        # Directly below an image, words in italics are its caption.
        below = (f"<em>{shown}</em>",) if shown else ()
        yield _made(page, tag, context, _image(tag, source, captioned=bool(shown)), *below, block=bool(shown))
    elif tag.name == "Icon":
        made = _made(page, tag, context, label := tag.values.get("label", ""), block=False)
        before_it = page.text[tag.start - 1 : tag.start] == " " and not page.text[tag.end : tag.end + 1].isalnum()
        yield replace(made, start=tag.start - 1) if before_it and not label else made
    elif tag.name in OF_THE_SITE:
        yield _made(page, tag, context, "", block=False)
    elif tag.name == "Color.Item" and (colour := tag.values.get("value")):
        yield _made(page, tag, context, f"- {tag.values.get('name', '')} `{colour}`", block=True)
    elif tag.name == "Badge" and title:
        yield _made(page, tag, context, title, block=False)


def _source(tag: Tag, text: str) -> str:
    """Return the path of the image that *tag*, a component of the chapter *text*, shows; empty if it names none."""
    return next((tag.values[key] for key in SOURCES if tag.values.get(key)), "") or constants.picture(tag.typed, text)


def _image(tag: Tag, source: str, *, captioned: bool) -> str:
    """Return the image of a component as HTML, or as Markdown, which a caption needs."""
    sizes = [f'{key}="{tag.values[key]}"' for key in ("width", "height") if tag.values.get(key, "").isdecimal()]
    alt = html.escape(tag.values.get("alt", ""))
    if captioned:
        braces = "{" + " ".join(sizes) + "}" if sizes else ""
        return f"![{_BRACKET.sub(_BACKSLASH, alt)}](<{source}>){braces}"
    return " ".join(("<img", f'src="{html.escape(source)}"', f'alt="{alt}"', *sizes, "/>"))


def _listing(page: Passage, tag: Tag, end: Tag | None, files: Mapping[str, str], context: Context) -> list[Row]:
    """Return what a component shows as a block of code, or as HTML; none if only a program knows it, or if it holds a block of code already.

    Args:
        page: the chapter.
        tag: the component.
        end: its end; None if it has no content.
        files: the files whose text the chapter imports, by name.
        context: the context of the chapter.
    """
    last = end.end if end else tag.end
    if tag.name in INSTALLERS and page.is_alone(tag.start, last) and (command := _installed(tag)):
        return [page.made(line, tag.start) for line in ("", "```sh", command, "```", "")]
    if tag.name == RAW_HTML and end and (match := _TEMPLATE.fullmatch(page.text, tag.end, end.start)):
        return [page.made("", tag.start), *page.between(*match.span("code")), page.made("", tag.start)]
    if tag.name not in LISTINGS or not (page.is_alone(tag.start, last) or _is_item(page, tag.start, last)):
        return []
    inside = page.text[tag.end : end.start] if end else ""
    name = _NAME.fullmatch(inside) if end else _CODE_OF.search(tag.typed)
    if path := files.get(name["name"]) if name else None:
        body = included(page.row(tag.start), path.removeprefix("@site"), context, folders=("website",))
        return fenced(body, _info(tag), page.made("", tag.start)) if body else []
    if name and (code := constants.texts(context).get(name["name"])):
        rows = [page.made(line, tag.start) for line in code.split("\n")]
        return fenced(rows, _info(tag), page.made("", tag.start))
    if match := _TEMPLATE.fullmatch(inside) if end else _CODE.search(tag.typed):
        start = tag.end if end else tag.start
        return _code(page, tag, start + match.start("code"), start + match.end("code"))
    if end is None and (key := next((key for key in TYPED if tag.values.get(key)), "")):
        bare = replace(tag, values={name: value for name, value in tag.values.items() if name != key})
        rows = [page.made(line, tag.start) for line in tag.values[key].split("\n")]
        return fenced(rows, _info(bare), page.made("", tag.start))
    is_read = not inside.strip() or inside.lstrip().startswith(("{", "```", "~~~", "<"))
    return _code(page, tag, tag.end, end.start) if end and not is_read else []


def _is_item(page: Passage, start: int, end: int) -> bool:
    """Return whether the text from *start* to before *end* is all of the lines of an item of a list."""
    number, column = page.at(end)
    return page.begins_item(start) and not page.rows[number].text[column:].strip()


def _installed(tag: Tag) -> str:
    """Return the command with which npm installs or runs what a component names; empty if it names nothing."""
    if command := tag.values.get("command"):
        return f"npm {command}"
    package, kind = tag.values.get("pkg") or tag.values.get("package") or "", tag.values.get("type") or "add"
    words = [RUNNERS.get(kind, "npm i"), "-D" if _is_set(tag, "dev") else "", package, tag.values.get("args", "")]
    return " ".join(filter(None, words)) if package or tag.values.get("args") else ""


def _info(tag: Tag) -> str:
    """Return what stands after the fence of a listing: its language and its title."""
    title = title_of(tag)
    label = f' title="{title}"' if title and '"' not in title else ""
    return f"{tag.values.get('lang') or tag.values.get('language') or ''}{label}"


def _code(page: Passage, tag: Tag, start: int, end: int) -> list[Row]:
    """Return the text from *start* to before *end* as a block of code with the language and the title of *tag*."""
    return fenced(page.between(start, end), _info(tag), page.made("", tag.start))


def _made(page: Passage, tag: Tag, context: Context, *texts: str, block: bool) -> Edit:
    context.take(tag.typed)
    context.taken.subtract(words(" ".join(texts)))
    blank = page.made("", tag.start)
    lines = tuple(page.made(text, tag.start) for text in texts)
    rows = (blank, *lines, blank) if block else lines
    return Edit(start=tag.start, end=tag.end, new=rows, block=block)


def _around(page: Passage, tag: Tag, end: Tag, context: Context) -> tuple[Edit, ...]:
    """Return the edits for a component around words of one line: a link, an abbreviation, or the words."""
    if "\n" in page.text[tag.end : end.start]:
        return ()
    target, hint = _target(tag), next((tag.values[key] for key in HINTS if tag.values.get(key)), "")
    pieces: Mapping[str, tuple[str, str]] = {"Badge": ("", "")}
    if target:
        pieces = {**pieces, **dict.fromkeys(LINKS, ("[", f"](<{target}>)"))}
    if hint and '"' not in hint:
        pieces = {**pieces, "Tooltip": (f'<abbr title="{" ".join(hint.split())}">', "</abbr>")}
    if tag.name not in pieces:
        return ()
    context.take(tag.typed + end.typed)
    start, close = pieces[tag.name]
    return (
        Edit(start=tag.start, end=tag.end, new=(page.made(start, tag.start),)),
        Edit(start=end.start, end=end.end, new=(page.made(close, end.start),)),
    )


def _tree(page: Passage, inner: Sequence[Tag]) -> list[Row]:
    """Return a tree of files as a list, none if its lines are Markdown already."""
    rows: list[Row] = []
    depth = 0
    for tag in inner:
        sort = tag.name.rpartition(".")[2]
        if sort not in ("Folder", "File") or not (tag.closing or tag.values.get("name")):
            continue
        if tag.closing:
            depth = max(depth - 1, 0)
            continue
        name = tag.values.get("name", "").strip("`/")
        slash = "/" if sort == "Folder" else ""
        rows.append(page.made(f"{'  ' * depth}- `{name}{slash}`", tag.start))
        depth += sort == "Folder" and not tag.words
    if not rows:
        return []
    first, last = inner[0].start, inner[-1].start
    # Without the comment it would go on with a list above it.
    return [page.made("", first), page.made("<!-- -->", first), page.made("", first), *rows, page.made("", last)]
