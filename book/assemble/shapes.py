"""Structures that print needs in a chapter's XHTML, one function each, in the list :data:`SHAPES`."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from lxml import etree

from book import highlight
from book.assemble import callouts, formulas, notes
from book.body import BREAK, HEADINGS, KIND, POS, TABLE, Body, Element, kinds, mark, take_out
from book.markdown import content_model
from book.markdown.headings import WRITING_LINES
from book.markdown.marks import AUTHORS
from book.patterns import regex


def shaped(root: Element, language: str) -> Body:
    """Return the body in *root* after every function of :data:`SHAPES`; *root* is changed."""
    for shape in SHAPES:
        shape(root, language)
    return Body(root)


def _figures(body: Element, _: str) -> None:
    """Turn a paragraph that contains only an image into a figure; its caption is the title of the image, or words in italics below it."""
    for image in list(body.iter("img")):
        mark(image, "image")
        if _stands_alone(image):
            figure = etree.Element("figure")
            figure.text, figure.tail, image.tail = "\n", image.tail, "\n"
            image.addprevious(figure)
            figure.append(image)
            continue
        parent = image.getparent()
        if parent is None or parent.tag != "p" or parent[0] is not image or (parent.text or "").strip():
            continue
        calls = list(parent)[1:]
        if any((child.tail or "").strip() for child in parent):
            continue
        words = [call for call in calls if "".join(call.itertext()).strip()]
        if len(words) == 1 and words[0].tag == "em" and not image.get("title"):
            parent.tag, words[0].tag = "figure", "figcaption"
            parent[:] = [image, *words]
            parent.text, image.tail = "\n", "\n"
            _unbox(parent)
            continue
        if any(call.get(KIND) != "noteref" for call in calls):
            continue
        around = parent.getparent()
        if around is not None and around.tag == "figure":
            image.tail = "\n"
            around[around.index(parent) : around.index(parent) + 1] = list(parent)
            continue
        title = image.attrib.pop("title", "")
        parent.tag = "figure"
        parent.text, image.tail = "\n", "\n"
        if title or calls:
            below = etree.SubElement(parent, "figcaption")
            below.text = str(title)
            below.extend(calls)
        _unbox(parent)
    for image in body.iter("img"):
        parent = image.getparent()
        paragraph = parent.getparent() if parent is not None and parent.tag == "a" else parent
        if paragraph is not None and paragraph.tag == "p" and not "".join(paragraph.itertext()).strip():
            mark(paragraph, "pictures")
    for caption in list(body.iter("figcaption")):
        if len(caption) == 1 and caption[0].tag == "p" and not (caption.text or "").strip():
            inner = caption[0]
            caption.text, caption[:] = inner.text, list(inner)
        if not len(caption) and not (caption.text or "").strip():
            take_out(caption)
    # A figure with a caption can be in a list, so it needs an id.
    captioned = (figure for figure in body.iter("figure") if "".join(figure.xpath("figcaption//text()")).strip())
    for number, figure in enumerate(captioned, 1):
        if not figure.get("id"):
            figure.set("id", f"plate-{number}")


def _stands_alone(image: Element) -> bool:
    """Return whether *image*, of an author's HTML, is between blocks."""
    parent, before, after = image.getparent(), image.getprevious(), image.getnext()
    if parent is None or parent.tag not in ("section", "div", "details", "blockquote"):
        return False
    text = (parent.text if before is None else before.tail) or ""
    beside = (before, after)
    return not (text + (image.tail or "")).strip() and not any(
        other is not None and other.tag in content_model.KINDS["PHRASING"] for other in beside
    )


def _set_head(table: Element) -> None:
    """Make a first row of head cells alone the head of *table*, which pages repeat, if the author's HTML does not say that it is."""
    group = table.find("tbody")
    if group is None or table.find("thead") is not None or len(group) < 2 or group[0].tag != "tr":
        return
    first, *others = group
    is_head = len(first) and all(cell.tag == "th" and cell.get("rowspan", "1") == "1" for cell in first)
    if (
        is_head
        and not any(cell.get("scope") == "row" for cell in first)
        and any(row.find("td") is not None for row in others)
    ):
        head = etree.Element("thead")
        head.tail = "\n"
        group.addprevious(head)
        head.append(first)


def _unbox(part: Element) -> None:
    """Put *part* in place of the box around it that only gives it an id and classes: so it is a block of the chapter."""
    box = part.getparent()
    around = box.getparent() if box is not None else None
    if box is None or around is None or box.tag != "div" or len(box) > 1 or not set(box.attrib) <= {"id", "class", POS}:
        return
    if part.get("id") or (box.text or "").strip() or (part.tail or "").strip():
        return
    part.attrib.update(box.attrib)
    part.tail = box.tail
    around.replace(box, part)


def _tables(body: Element, _: str) -> None:
    """Give head cells their scope, and each table a box that can scroll."""
    for number, table in enumerate(list(body.iter("table")), 1):
        _set_head(table)
        for cell in table.iter("th"):
            if not cell.get("scope"):
                row = cell.getparent()
                in_head = row is not None and any(above.tag == "thead" for above in row.iterancestors())
                cell.set("scope", "col" if in_head else "row")
        for head in table.findall("thead"):
            if not "".join(
                head.itertext()
            ).strip():  # a head of empty cells, which Markdown requires but readers do not need
                take_out(head)
        if "".join(table.xpath("caption//text()")).strip() and not table.get("id"):
            table.set("id", f"plate-table-{number}")
        box = etree.Element("div", {KIND: "table", TABLE: str(number)})
        box.tail, table.tail = table.tail, None
        parent = table.getparent()
        if parent is not None:
            parent.replace(table, box)
            box.append(table)
            _unbox(box)


def _lists(body: Element, _: str) -> None:
    """Mark task lists, and make lists tight that have no blank lines between their items."""
    for items in body.iter("ul", "ol"):
        boxes = (box for item in items.findall("li") for box in (item.find("span"), item.find("p/span")))
        if any(box is not None and "task" in kinds(box) for box in boxes):
            mark(items, "tasks")


WRITING_LINE = "writing-line"
"""Kind of a rule in a row of them, which is a line to write on."""


def _writing_lines(body: Element, _: str) -> None:
    """Mark the rules that stand in a row, with nothing between them: those of a form, which are written on. Two are one rule."""
    for first in list(body.iter("hr")):
        if first.getparent() is None:
            continue  # the second of two
        row = [first]
        while not (row[-1].tail or "").strip() and (after := row[-1].getnext()) is not None and after.tag == "hr":
            row.append(after)
        if len(row) >= WRITING_LINES or WRITING_LINE in kinds(first):
            for line in row:
                mark(line, WRITING_LINE)
        else:
            for line in row[1:]:
                if not line.get("id"):
                    take_out(line)


PAGE_BREAK = "page-break"
"""Kind of a page break on paper, which other editions do not show: ``<hr class="page-break"/>`` in any form an author may write."""


def _breaks(body: Element, _: str) -> None:
    """Turn every mark for a new page into an empty box at which paper breaks, and which nothing else shows.

    The marks are a ``hr`` or an empty ``div`` or ``p`` with the class ``page-break``, and styles in which
    :func:`book.markdown.html_policy.broken` finds a break. A mark at the beginning or end of the chapter, or next to another one, is
    removed, because it would make an empty page.
    """
    for element in list(body.iter(etree.Element)):
        where = element.attrib.pop(BREAK, "")
        marked = element.tag in {"hr", "div", "p"} and (where or PAGE_BREAK in kinds(element))
        if marked and not element.get("id") and not _has_content(element):
            element.tag = "div"
            element.attrib.clear()
            element.set(KIND, PAGE_BREAK)
            element.text = None
            for child in list(element):
                element.remove(child)
            continue
        if where in {"before", "both"}:
            element.addprevious(etree.Element("div", {KIND: PAGE_BREAK}))
        if where in {"after", "both"}:
            after = etree.Element("div", {KIND: PAGE_BREAK})
            after.tail, element.tail = element.tail, None
            element.addnext(after)
    if not any(element.get(KIND) == PAGE_BREAK for element in body.iter("div")):
        return
    has_content = False
    last: Element | None = None
    for element in list(body.iter(etree.Element)):
        if element.get(KIND) == PAGE_BREAK and element.tag == "div" and not len(element):
            if not has_content or any(above.tag in {"td", "th", "p"} for above in element.iterancestors()):
                take_out(element)
            else:
                has_content, last = False, element
            has_content = has_content or bool((element.tail or "").strip())
        elif (
            (element.text or "").strip() or (element.tail or "").strip() or element.tag in {"img", "hr", "svg", "math"}
        ):
            has_content = True
    if last is not None and not has_content:
        take_out(last)


def _has_content(element: Element) -> bool:
    """Return whether *element* has visible content."""
    return (
        bool("".join(element.itertext()).strip()) or next(element.iter("img", "svg", "math", "table"), None) is not None
    )


def _paragraphs(body: Element, _: str) -> None:
    """Remove empty paragraphs and spans."""
    for element in list(body.iter("p", "span")):
        if not len(element) and not (element.text or "").strip() and not element.get("id"):
            if element.tag == "p" or element.text:
                element.tail = f" {element.tail or ''}"  # it separated the words on both sides
            take_out(element)
    for heading in list(body.iter("h1", *HEADINGS)):
        # An HTML heading without words; the Markdown reader has reported those in Markdown.
        pictures = [part for part in heading.iter(etree.Element) if part.get("alt") or part.get("alttext")]
        if not pictures and not "".join(heading.itertext()).strip():
            heading.tag = "div"
        elif heading.tag == "h1":  # only the title of a chapter is one
            heading.tag = "h2"
    for group in body.iter("hgroup"):  # of a heading with lines beside it, or of none (HTML §4.3.7)
        if not content_model.holds("hgroup", [str(inner.tag) for inner in group]):
            group.tag = "div"


LONGEST_LABEL = 80
"""Characters of a line in bold type that still is a label; a path or an address may be longer."""


def _labels(body: Element, _: str) -> None:
    """Mark a paragraph that is a short line in bold type above other text: a tab's name, or a heading that is none.

    >>> root = etree.fromstring("<body><p><b>On a Mac</b></p><p><b>a</b> b</p><p><b>Do not stop.</b></p><p><b>The end</b></p></body>")
    >>> _labels(root, "en")
    >>> [kinds(part) for part in root]
    [('label',), (), (), ()]
    >>> root = etree.fromstring(f"<body><p><b>{'src/' * 21}a.py</b></p><p><b>{'words ' * 21}</b></p><pre/></body>")
    >>> _labels(root, "en")
    >>> [kinds(part) for part in root]
    [('label',), (), ()]
    """
    for strong in body.iter("strong", "b"):
        line = strong.getparent()
        if line is None or line.tag != "p" or len(line) > 1 or (line.text or "").strip() or (strong.tail or "").strip():
            continue
        words = "".join(map(str, strong.itertext())).strip()
        if (
            words
            and (len(words) <= LONGEST_LABEL or " " not in words)
            and words[-1] not in ".!?…"
            and line.getnext() is not None
        ):
            mark(line, "label")


def _code(body: Element, _: str) -> None:
    """Put the language of a listing into a class of its code, as HTML 4.8 suggests, and colour the code."""
    for box in body.iter("pre"):
        language = (box.get("class") or "").split()
        box.attrib.pop("class", None)
        inner = box.find("code")
        if inner is not None and language:
            inner.set("class", f"language-{html.escape(language[0])}")
            highlight.dress(inner, language[0])


OPTION = regex(r"-(?=.{1,17}\Z)[^ ]+(?: [^ ]+)?|[^\w\s]{2,18}")
"""A short name that begins with a hyphen, perhaps with its value, or a run of signs: ``-e epub``, ``--strict``, ``---``."""


def _options(body: Element, _: str) -> None:
    """Keep a short option or a run of signs in one line: some readers divide it after a hyphen.

    >>> root = etree.fromstring("<body><p><code>---</code> <code>-o out</code> <code>a-b</code></p></body>")
    >>> _options(root, "en")
    >>> [kinds(code) for code in root.iter("code")]
    [('nobr',), ('nobr',), ()]
    """
    for code in body.iter("code", "kbd", "samp"):
        words = "".join(code.itertext())
        if OPTION.fullmatch(words) and next(code.iterancestors("pre"), None) is None:
            mark(code, "nobr")


# An author's tags for the whole page (main, header, footer) only apply to a chapter.
PAGE_WIDE = {"main": "div", "header": "div", "footer": "div"}


def _author_tags(body: Element, _: str) -> None:
    """Replace an author's tags that are not allowed in a chapter: no landmarks of a page, no sections without a heading."""
    for element in body.iter(etree.Element):
        tag = str(element.tag)
        if tag in PAGE_WIDE:
            element.tag = PAGE_WIDE[tag]
        if tag in {"article", "section"} and element is not body:
            if next(element.iter(*HEADINGS), None) is None:
                element.tag = "div"
        elif tag == "aside" and not element.get("role"):
            element.set("role", "note")  # otherwise each would be a landmark that needs a name


def _authors(body: Element, _: str) -> None:
    """Mark elements whose class, given by the author, has a meaning."""
    for element in body.iter(etree.Element):
        if names := AUTHORS.intersection((element.get("class") or "").split()):
            mark(element, *sorted(names))


def _formulas(body: Element, _: str) -> None:
    """Give each display formula a box of its own."""
    formulas.box(body)


Shape = Callable[[Element, str], None]
SHAPES: Sequence[Shape] = (
    _authors,
    callouts.read_html,
    _author_tags,
    _breaks,
    _writing_lines,
    notes.number,
    _figures,
    callouts.set_titles,
    _tables,
    _lists,
    _formulas,
    _paragraphs,
    _labels,
    _code,
    _options,
)
