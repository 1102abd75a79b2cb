"""Roles, targets and references of MyST: ``{doc}`x` ``, `(label)=`, `[](#label)`, comments after `%`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from book.dialects import citations, index_entries
from book.dialects.context import NUMBER, Context, Label, anchor_of
from book.dialects.tags import UNREAD, Edit, Passage
from book.markdown.lines import Sort
from book.markdown.nodes import BY_NUMBER
from book.model import Manuscript
from book.patterns import regex

_ROLE = regex(
    r"(?<![`{])\{(?P<name>[A-Za-z][\w:+.-]*)\}(?P<ticks>`+)(?P<text>[^`\n](?:[^\n]*?[^`\n])??)(?P=ticks)(?!`)"
)
_TARGET = regex(r"^[ \t]*\((?P<name>[^()\s][^()\n]*)\)=[ \t]*$", re.M)
_TITLED = regex(r"(?P<text>.*?)[ \t]*<(?P<target>[^<>]+)>\s*$", re.S)
_EMPTY = regex(
    r"(?<!!)\[\]\((?P<target>[^()\s]+)\)|<(?:project|path|doc):(?P<project>[^<>\s]+)>|(?<!\()<(?P<label>#[\w:./-]+)>"
)
_CITED_LABEL = regex(r"(?P<open>\[)?(?<![\w.@/\\])@(?P<name>[A-Za-z][\w:.-]*\w)(?(open)\])")
"""``@label``, by which MyST refers to a label, too."""
_LOCAL = regex(r"(?<=\]\()#(?P<name>[\w:./-]+)(?=\))")
_NAMED = regex(r"(?<=\]\()(?P<name>[^()\s<>#]+)(?=\))")
_NUMBERED = regex(r"\[(?P<words>[^\[\]\n]*(?:%s|\{(?:number|name)\})[^\[\]\n]*)\]\(#(?P<name>[\w:./-]+)\)")
_PROJECT = regex(r"(?:(?P<open><)|(?<=\]\())(?P<scheme>wiki|doi|rrid|ror):(?P<target>[^()<>\s]+)(?(open)>|(?=\)))")
PROJECTS: Mapping[str, str] = {
    "wiki": "https://en.wikipedia.org/wiki/",
    "doi": "https://doi.org/",
    "rrid": "https://scicrunch.org/resolver/RRID:",
    "ror": "https://ror.org/",
}
"""Schemes of MyST that stand for an address."""
_INVENTORY = regex(
    r"!?\[(?P<words>[^\[\]\n]*)\]\((?:inv|xref):(?P<target>[^()\s]*)\)|<(?:inv|xref):(?P<bare>[^<>\s]*)>"
)
"""A reference to another project: MyST-Parser's and MyST's form."""
_EMBEDDED = regex(r"!\[(?P<words>[^\[\]\n]*)\]\(#(?P<name>[\w:./-]+)\)")
"""Something with a label, shown again: MyST writes it like an image."""
_COMMENT = regex(r"^[ \t]*%(?!%)[^\n]*$", re.M)
_BREAK = regex(r"^\+\+\+[^\n]*$", re.M)
CODE = frozenset(
    "code literal file command program option envvar samp mimetype makevar regexp func meth class mod attr data exc obj const".split()
)
TAGS = {"kbd": "kbd", "sub": "sub", "subscript": "sub", "sup": "sup", "superscript": "sup", "del": "del", "delete": "del", "u": "u",
        "underline": "u", "dfn": "dfn", "emphasis": "em", "strong": "strong", "guilabel": "strong", "menuselection": "strong", "smallcaps": "span",
        "sc": "span"}  # fmt: skip
_SCHEME = regex(r"(?<=[^\s\[])\]\(<?(?P<scheme>(?:project|path|doc):)(?=[^\s()<>])")
"""The scheme of a link to a page or a file of the same project, in a link with words."""
_OWN = regex(r"(?:project|path|doc):")
"""These schemes, in a link without words."""
REFERENCES = frozenset("ref numref eq numref-eq any prf:ref prf:numref exercise:ref".split())
NUMBERED_TEXTS: Mapping[str, tuple[str, str]] = {
    "rfc": ("RFC", "https://www.rfc-editor.org/rfc/rfc{}.html"),
    "pep": ("PEP", "https://peps.python.org/pep-{:04}/"),
}
"""Roles of Docutils that name a text by its number: its name, and its address."""
ICONS = frozenset("octicon fab fas far material-outlined material-regular material-round material-sharp".split())
NUMBERED = frozenset({"Figure", "Table"})


def _elsewhere(page: Passage, match: re.Match[str]) -> Iterator[Edit]:
    """Yield the address that a scheme of MyST stands for, and words for a link without any."""
    address = PROJECTS[match["scheme"]] + match["target"]
    new = _outside(match["scheme"], match["target"]) if match["open"] else address
    yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))


def _outside(scheme: str, target: str) -> str:
    """Return the link to what a *scheme* of MyST stands for, with the words after the scheme as its text."""
    return f"[{target.replace('_', ' ') if scheme == 'wiki' else target}](<{PROJECTS[scheme]}{target}>)"


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with roles and references as links, marked words and text, and without comments."""
    text = manuscript.text
    if "}`" not in text and ")=" not in text and "myst" not in context.library.names:
        return manuscript
    page = Passage(manuscript)
    edits = [*_roles(page, context), *_targets(page, context)]
    if "myst" in context.library.names:
        edits += [
            *_comments(page, context),
            *_schemes(page, context),
            *_embedded(page, context),
            *_references(page, context),
        ]
    return page.with_edits(edits)


def _targets(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits that give the name of a target to the heading below it, or to whatever else follows."""
    pending: list[str] = []
    for number, row in enumerate(page.rows):
        if page.source.sorts[number] is not Sort.TEXT:
            pending = [] if not row.is_blank else pending
            continue
        match = _TARGET.match(row.text)
        start = page.starts[number]
        if match is not None:
            context.take(match["name"])
            pending.append(anchor_of(match["name"]))
            following = next(
                (line for line in page.rows[number + 1 :] if not line.is_blank and not _TARGET.match(line.text)), None
            )
            if following is None or not re.match(r"#{1,6}[ \t]", following.text):
                place = row.made(f'<span id="{anchor_of(match["name"])}"></span>')
                yield Edit(start=start, end=start + len(row.text), new=(place, row.made("")), block=True)
                pending.clear()
                continue
            yield Edit(start=start, end=start + len(row.text), new=(row.made(""),))
        elif pending and re.match(r"#{1,6}[ \t]", row.text):
            end = start + len(row.text.rstrip())
            if not row.text.rstrip().endswith("}"):
                yield Edit(start=end, end=end, new=(row.made(f" {{#{pending[-1]}}}", len(row.text.rstrip())),))
                pending.pop()
            spans = "".join(f'<span id="{name}"></span>' for name in pending)
            if spans:
                blank = re.match(r"#{1,6}[ \t]+", row.text)
                at = start + (blank.end() if blank else 0)
                yield Edit(start=at, end=at, new=(row.made(spans, at - start),))
            pending.clear()
        elif not row.is_blank:
            pending.clear()


def _comments(page: Passage, context: Context) -> Iterator[Edit]:
    for pattern in (_COMMENT, _BREAK):
        # In the text as typed: a fence inside a comment would look like code.
        for match in pattern.finditer(page.text):
            if page.source.sorts[page.at(match.start())[0]] is not Sort.TEXT:
                continue
            context.take(page.text[match.start() : match.end()])
            yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))


def _roles(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _ROLE.finditer(page.text):
        start, end = match.span()
        if page.visible[start] != "{" or page.visible[start:end].strip() != f"{{{match['name']}}}":
            continue
        if start and page.text[start - 1].isalnum() and match["name"].casefold() not in TAGS:
            continue  # TeX
        text = _role(match["name"].casefold(), match["text"], page, start, context)
        if text is None:
            name = match["name"]
            message = f"the role {{{name}}} is not known; its text is printed as code"
            context.tell_once(
                UNREAD, page.place(start), f"role {name}", message, "write a link, [words](file.md), or the words"
            )
            text = f"`{match['text']}`"
        context.take(match[0])
        yield Edit(start=start, end=end, new=(page.made(text, start),))


def _role(name: str, text: str, page: Passage, start: int, context: Context) -> str | None:
    """Return the Markdown that replaces a role; None for an unknown one."""
    last = name.rpartition(":")[2]
    titled = _TITLED.fullmatch(text)
    target, words = (titled["target"], titled["text"]) if titled else (text, "")
    if name == "doc":
        return _chapter(target, words, page, start, context)
    if name in REFERENCES:
        link = by_number(target, context) if name == "numref" and not words else reference(target, words, context)
        return link or _missing(target, words, page, start, context)
    if name in TAGS:
        tag = TAGS[name]
        text = text.replace("-->", "→") if name == "menuselection" else text
        return f"<{tag}>{text}</{tag}>"
    if name == "abbr":
        match = re.fullmatch(r"(.*?)\s*\((.*)\)", text)
        return f'<abbr title="{match[2]}">{match[1]}</abbr>' if match and '"' not in match[2] else text
    if name == "math":
        return f"${text}$"
    if last in CODE or (":" in name and name.partition(":")[0] in ("py", "c", "cpp", "js", "rst")):
        return f"`{(words or target).lstrip('~!')}`"
    if name in ("download", "button", "link", "xref") or name.startswith(("xref:", "bdg-link")):
        return f"[{words or target}](<{target}>)"
    if name in NUMBERED_TEXTS and re.fullmatch(r"\d+(?:#[\w.-]+)?", target):
        number, _, fragment = target.partition("#")
        label, address = NUMBERED_TEXTS[name]
        return f"[{words or f'{label} {number}'}]({address.format(int(number))}{f'#{fragment}' if fragment else ''})"
    if name in ICONS:
        return ""
    if name == "index":
        return index_entries.of_role(text)
    if context.library.cites and (citation := citations.in_role(name, text)) is not None:
        return citation
    if name in ("term", "title", "newterm", "span", "text", "bdg") or name.startswith(("cite", "bdg-")):
        return words or target
    return None


def _chapter(target: str, words: str, page: Passage, start: int, context: Context) -> str:
    path = context.library.chapter(target, context.manuscript.path)
    if path is None:
        return _missing(target, words, page, start, context)
    return f"[{words or context.library.title(path)}](<{context.address(target)}>)"


def _missing(target: str, words: str, page: Passage, start: int, context: Context) -> str:
    if not words:
        message = f"the reference '{target[:60]}' has no target in this book; it is printed as text"
        context.tell_once(
            UNREAD, page.place(start), f"to {target}", message, "refer to something in the book, or write its name"
        )
    return words or target


def reference(name: str, words: str, context: Context) -> str | None:
    """Return a link to the target called *name* in the book, with *words* or the target's own; None if there is no such target."""
    label: Label | None = context.library.labels.get(name.casefold())
    if label is None:
        return None
    text = label.in_words(name, words)
    if label.path == context.manuscript.path:
        return f"[{text}](#{anchor_of(name)})"
    return f"[{text}](<{context.address('/' + label.path)}#{anchor_of(name)}>)"


def by_number(name: str, context: Context) -> str | None:
    """Return a link to the target called *name* whose words are its number, if it is a figure or a table with one, else its own."""
    link, label = reference(name, "", context), context.library.labels.get(name.casefold())
    return f"{link}{{.{BY_NUMBER}}}" if link and label is not None and label.kind in NUMBERED else link


def _of_another_project(page: Passage, match: re.Match[str], context: Context) -> str:
    """Return the words of a reference to another project's documentation: as a link if the site states its address."""
    typed = (match["target"] or match["bare"] or "").rstrip("#")
    target = typed.rpartition("#")[2].rpartition(":")[2].lstrip("*.") or "another site"
    # Code in the words is hidden in the visible text.
    words = page.text[slice(*match.span("words"))] if match["words"] else f"`{target}`"
    body, hash_, anchor = typed.partition("#")
    project = re.split("[/:]", body)[0]
    address = context.library.projects.get(project)
    if address:
        # Without a page only an inventory, which is not read, tells where an anchor is.
        path = body.removeprefix(project)
        return f"[{words}](<{address}{path + hash_ + anchor if path[:1] == '/' else '/'}>)"
    message = f"'{page.text[match.start() : match.end()][:60]}' refers to another project's documentation, whose address is not known"
    fix = "write a link with its address"
    context.tell_once(UNREAD, page.place(match.start()), "inventory", message, fix)
    return words


def _schemes(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield links with words without Sphinx's own schemes."""
    for match in _SCHEME.finditer(page.visible):
        start, end = match.span("scheme")
        context.take(page.text[start:end])
        yield Edit(start=start, end=end, new=(page.made("", start),))


def _embedded(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield links in place of what is shown again: it is in the book once, and readers get the way to it."""
    for match in _EMBEDDED.finditer(page.visible):
        label = context.library.labels.get(match["name"].casefold())
        if label is not None:
            words = page.text[slice(*match.span("words"))] or label.text or context.library.title(label.path)
            text = reference(match["name"], words, context) or words
            yield Edit(start=match.start(), end=match.end(), new=(page.made(text, match.start()),))


def _references(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield words for links without any, and the file for links to names in other chapters."""
    for match in _EMPTY.finditer(page.visible):
        typed = match["target"] or match["project"] or match["label"]
        target = _OWN.sub("", typed, count=1) if _OWN.match(typed) else typed
        if target.startswith(("inv:", "xref:")):
            continue
        context.take(match[0].partition(target)[0])
        text = by_number(target.lstrip("#"), context)
        scheme, colon, rest = target.partition(":")
        if colon and scheme in PROJECTS:
            text = _outside(scheme, rest)
        if (
            text is None
            and "://" not in target
            and (path := context.library.chapter(target.partition("#")[0], context.manuscript.path))
        ):
            title = context.library.title(path, target.partition("#")[2])
            text = f"[{title}](<{context.address(target)}>)"
        if text is None and match["label"] is not None:
            continue
        yield Edit(
            start=match.start(), end=match.end(), new=(page.made(text or f"[{target}](<{target}>)", match.start()),)
        )
    for match in _CITED_LABEL.finditer(page.visible) if "@" in page.text else ():
        text = by_number(match["name"], context)
        if text is not None:
            context.take(match["name"])
            yield Edit(start=match.start(), end=match.end(), new=(page.made(text, match.start()),))
    for match in _NUMBERED.finditer(page.visible):
        label = context.library.labels.get(match["name"].casefold())
        if label is not None:
            start, end = match.span("words")
            context.take(" ".join(NUMBER.findall(match["words"])))
            words = label.in_words(match["name"], page.text[start:end])
            yield Edit(start=start, end=end, new=(page.made(words, start),))
    for match in _PROJECT.finditer(page.visible):
        yield from _elsewhere(page, match)
    for match in _INVENTORY.finditer(page.visible):
        context.take(match[0])
        new = _of_another_project(page, match, context)
        yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))
    for match in _NAMED.finditer(page.visible):
        # Sphinx looks for a name where there is no such file.
        label = context.library.labels.get(match["name"].casefold())
        is_path = "." in match["name"] or "/" in match["name"]
        if label is None or (is_path and context.address(match["name"]) is not None):
            continue
        address = context.address("/" + label.path) if label.path != context.manuscript.path else ""
        new = f"<{address}#{anchor_of(match['name'])}>"
        yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))
    for match in _LOCAL.finditer(page.visible):
        name = match["name"]
        label = context.library.labels.get(name.casefold())
        if label is None:
            continue
        address = context.address("/" + label.path) or "" if label.path != context.manuscript.path else ""
        if address or anchor_of(name) != name:
            new = f"{address}#{anchor_of(name)}"
            yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))
