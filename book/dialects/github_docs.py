"""GitHub Docs: `{% data variables.product.name %}`, `{% data reusables.a.b %}`, `{% ifversion %}`, `[AUTOTITLE](…)` and tools.

Of the versions of the site, the text of the first one (`fpt`) is printed: a book that says "on your own server" and "not on your own
server" would say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from book.dialects import boxes
from book.dialects.context import Context, value_of
from book.dialects.includes import included, indented, without_front_matter
from book.dialects.rows import Row
from book.dialects.tags import UNREAD, Edit, Passage, arguments
from book.model import FrontMatter, Manuscript
from book.patterns import regex
from book.sites.names import readable

VERSION = "fpt"
"""The version whose text is printed."""
VERSIONS = frozenset({"fpt", "ghec", "ghes", "ghae"})
DEEPEST = 6
"""How many values may stand in one another."""
TOOLS: Mapping[str, str] = {
    "webui": "Web browser",
    "cli": "GitHub CLI",
    "desktop": "GitHub Desktop",
    "mobile": "GitHub Mobile",
    "codespaces": "Codespaces",
    "vscode": "Visual Studio Code",
    "visualstudio": "Visual Studio",
    "jetbrains": "JetBrains IDEs",
    "xcode": "Xcode",
    "eclipse": "Eclipse",
    "importer_cli": "Importer CLI",
    "graphql": "GraphQL",
    "curl": "cURL",
    "api": "API",
    "javascript": "JavaScript",
    "bash": "Bash",
    "powershell": "PowerShell",
    "windows": "Windows",
    "mac": "macOS",
    "linux": "Linux",
}
"""Tags with content that the site shows to those who have chosen a tool or a system -> its name."""
QUIET = frozenset({"rowheaders", "endrowheaders", "prompt", "endprompt"})
_DATA = regex(
    r"\{%-?\s*(?:data\s+(?P<name>[\w.-]+)|indented_data_reference\s+(?P<indented>[\w.-]+)(?:\s+spaces\s*=\s*(?P<spaces>\d{1,2}))?)\s*-?%\}"
)
_TAG = regex(r"\{%-?\s*(?P<name>\w+)(?P<rest>[^%{}]*?)-?%\}")
_AUTOTITLE = regex(r"\[AUTOTITLE\]\((?P<address>[^()\s]+)\)")
_ATOM = regex(r"\s*(?P<no>not\s+)?(?P<name>[\w-]+)(?P<rest>\s*(?:[<>=!]+)\s*[\d.]+)?\s*")
_BOLD = regex(r"[ \t]*\*\*")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with its variables, reusable texts and titles, and with the text of one version."""
    manuscript = _with_front(manuscript, context)
    if "{%" in manuscript.text or "AUTOTITLE" in manuscript.text:
        page = Passage(manuscript)
        manuscript = page.with_edits(_data(page, context))
        page = Passage(manuscript)
        manuscript = page.with_edits(_versions(page, context))
        page = Passage(manuscript)
        manuscript = page.with_edits([*_tags(page, context), *_titles(page, context)])
    return _with_introduction(manuscript, context)


# Variables and reusable texts.


def _value(name: str, context: Context, depth: int = 0) -> str | None:
    """Return the text of a variable, ``product.name``, with the values in it; None if there is none."""
    if name not in context.values:
        context.values[name] = None  # for a variable that contains itself
        file, _, key = name.partition(".")
        table = context.table(f"{_home(context)}data/variables/{file}.yml")
        text = value_of(key, table) if table and depth <= DEEPEST else None
        text = None if text is None else _filled(text.strip(), context, depth + 1)
        context.values[name] = text
    return context.values[name]


def _filled(text: str, context: Context, depth: int = 0) -> str:
    """Return *text*, one that is printed inside a line, with its variables, and with the words of one version."""

    def value(match: re.Match[str]) -> str:
        name = match["name"] or ""
        known = _value(name.removeprefix("variables."), context, depth) if name.startswith("variables.") else None
        return match[0] if known is None or not context.has_room(known) else known

    text = _DATA.sub(value, text)
    if "{%" in text:
        for start, end in reversed([(branch.start, branch.end) for branch in _unprinted(text, context)]):
            text = text[:start] + text[end:]
    return text


def _home(context: Context) -> str:
    """Return the folder with ``content`` and ``data``, with a slash at its end."""
    return context.manuscript.path.rpartition("content/")[0]


def _data(page: Passage, context: Context, depth: int = 0) -> list[Edit]:
    edits: list[Edit] = []
    for match in _DATA.finditer(page.text):
        name, (start, end) = match["name"] or match["indented"], match.span()
        kind, _, key = name.partition(".")
        if kind == "variables" and (text := _value(key, context)) is not None and context.has_room(text):
            context.take(match[0])
            lines = text.split("\n")
            is_block = len(lines) > 1 and page.is_block(start, end)
            texts = [f"{page.indent(start)}{line}" for line in lines] if is_block else [" ".join(text.split())]
            edits.append(
                Edit(start=start, end=end, new=tuple(page.made(line, start) for line in texts), block=is_block)
            )
        elif kind == "reusables" and depth <= DEEPEST:
            rows = _reusable(page, start, key, context, depth)
            if rows is not None:
                context.take(match[0])
                indent = " " * int(match["spaces"] or 0) + page.indent(start)
                is_block = len(rows) > 1 or page.is_block(start, end)
                # Inside a sentence the words stay on their line, which is the author's.
                new = indented(rows, indent) if is_block else [page.made(row.text.strip(), start) for row in rows]
                edits.append(Edit(start=start, end=end, new=tuple(new), block=is_block))
    return edits


def _reusable(page: Passage, start: int, key: str, context: Context, depth: int) -> Sequence[Row] | None:
    """Return the lines of a reusable text; None, with a problem, if there is none."""
    number, column = page.at(start)
    path = f"{_home(context)}data/reusables/{key.replace('.', '/')}.md"
    rows = included(page.rows[number], f"/{path}", context, folders=("",), at=column)
    if rows is None:
        return []
    inner = Passage(page.manuscript, boxes.body(without_front_matter(rows)))
    return inner.edited(_data(inner, context, depth + 1)) or inner.rows


# Versions.


class _Branch(Struct, frozen=True):
    """A stretch of the text that is not printed: a tag, or the words of another version."""

    start: int
    end: int


def _unprinted(text: str, context: Context) -> Iterator[_Branch]:
    """Yield the tags of versions and the words of other versions than :data:`VERSION`, in order and apart."""
    # Of each open condition: its tag, whether one of its branches is printed already, and where words that are not printed begin.
    stack: list[tuple[str, bool | None, int | None]] = []
    for match in _TAG.finditer(text):
        name = match["name"]
        if name in ("ifversion", "if", "unless", "case"):
            hidden = any(at is not None for _, _, at in stack)
            holds = _holds(match["rest"], context) is not False if name == "ifversion" else None
            if name == "ifversion" and not hidden:
                yield _Branch(*match.span())
            stack.append((name, holds, match.end() if holds is False and not hidden else None))
        elif name in ("elsif", "else") and stack and stack[-1][0] == "ifversion":
            _, printed, at = stack.pop()
            hidden = any(outer is not None for _, _, outer in stack)
            if not hidden:
                yield _Branch(match.start() if at is None else at, match.end())
            holds = not printed and (name == "else" or _holds(match["rest"], context) is not False)
            stack.append(("ifversion", printed or holds, None if holds or hidden else match.end()))
        elif name in ("endif", "endunless", "endcase") and stack:
            opening, _, at = stack.pop()
            if opening == "ifversion" and not any(outer is not None for _, _, outer in stack):
                yield _Branch(match.start() if at is None else at, match.end())


def _holds(condition: str, context: Context) -> bool | None:
    """Return whether *condition* holds for :data:`VERSION`; None if that is not known."""
    result = False
    for choice in re.split(r"\bor\b", condition):
        together: bool | None = True
        for text in re.split(r"\band\b", choice):
            atom = _ATOM.fullmatch(text)
            known = _is_on(atom["name"], context) if atom else None
            if known is None or atom is None:
                together = None
                break
            together = together and (known is not bool(atom["no"]))
        if together is None:
            return None
        result = result or together
    return result


def _is_on(name: str, context: Context) -> bool | None:
    """Return whether a version or a feature belongs to :data:`VERSION`; None for an unknown one."""
    if name in VERSIONS:
        return name == VERSION
    table = context.table(f"{_home(context)}data/features/{name}.yml")
    versions = table.get("versions") if table else None
    return VERSION in versions if isinstance(versions, dict) else None


def _versions(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits that leave the words of one version."""
    reported = False
    stretches: list[tuple[int, int]] = []
    for branch in _unprinted(page.text, context):
        first = stretches.pop()[0] if stretches and stretches[-1][1] == branch.start else branch.start
        stretches.append((first, branch.end))
    for start, end in stretches:
        context.take(page.text[start:end])
        if not reported and _TAG.fullmatch(page.text, start, end) is None:
            reported = True
            message = f"this chapter has words for several versions of the site; those for '{VERSION}' are printed"
            context.tell_once(UNREAD, page.place(start), "versions", message, "write what the book should say")
        apart = page.text[start - 1 : start].isalnum() and page.text[end : end + 1].isalnum()
        yield Edit(start=start, end=end, new=(page.made(" " if apart else "", start),))
    for match in _TAG.finditer(page.text):
        if match["name"] == "ifversion" and _holds(match["rest"], context) is None:
            message = f"only the site knows when '{{% ifversion {match['rest'].strip()[:40]} %}}' holds; its words are printed, those for other cases are left out"
            context.tell_once(
                UNREAD, page.place(match.start()), match["rest"], message, "write what the book should say"
            )


# Tools, icons, titles.


def _tags(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits for tools, which become panels, for icons, and for tags without words."""
    names = {match["name"] for match in _TAG.finditer(page.visible)}
    for match in _TAG.finditer(page.visible):
        name, (start, end) = match["name"], match.span()
        kind = name.removeprefix("end")
        if name in QUIET:
            context.take(match[0])
            yield Edit(start=start, end=end, new=(page.made("", start),))
        elif name == "octicon":
            yield _icon(page, match, context)
        elif kind in TOOLS and {kind, f"end{kind}"} <= names:
            context.take(match[0])
            indent, row = page.indent(start), page.made("", start)
            title = page.made(TOOLS[kind], start)
            new = boxes.closed(row, indent) if kind != name else boxes.opened(row, boxes.PANEL, title, indent=indent)
            yield Edit(start=start, end=end, new=tuple(new), block=True)


def _icon(page: Passage, match: re.Match[str], context: Context) -> Edit:
    """Return the edit for an icon: its label, unless the words of the button follow."""
    context.take(match[0])
    _, values = arguments(page.text[match.start("rest") : match.end("rest")])
    label = values.get("aria-label", "")
    text = "" if _BOLD.match(page.text, match.end()) else label
    return Edit(start=match.start(), end=match.end(), new=(page.made(text, match.start()),))


def _titles(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits that put the titles of chapters into links to them; a page that is not in the book has the words of its address."""
    for match in _AUTOTITLE.finditer(page.visible):
        target, mark, fragment = match["address"].partition("#")
        own = context.manuscript.path
        path = context.library.chapter(f"{_home(context)}content/{target.strip('/')}", own)
        path = path or context.library.chapter(target, own)
        if path is not None:
            title, address = _filled(context.library.title(path), context), context.address(f"{path}{mark}{fragment}")
        else:
            title, address = readable(target.rstrip("/").rpartition("/")[2]), match["address"]
            message = f"the title of the page '{target[:80]}' is known only to the site; '{title[:60]}' is printed"
            context.tell_once(
                UNREAD, page.place(match.start()), target, message, "write the title, or put the page into the book"
            )
        context.take(match[0])
        yield Edit(start=match.start(), end=match.end(), new=(page.made(f"[{title}]({address})", match.start()),))


def _with_front(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the variables in its title, label and description."""
    front: FrontMatter = manuscript.front
    texts = {
        name: text for name in ("title", "label", "description") if (text := getattr(front, name)) and "{%" in text
    }
    if not texts:
        return manuscript
    return replace(manuscript, front=replace(front, **{name: _filled(text, context) for name, text in texts.items()}))


def _with_introduction(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the introduction in its front matter as its first paragraph, as on the site."""
    introduction = manuscript.front.values.get("intro")
    if not isinstance(introduction, str) or not introduction.strip():
        return manuscript
    page = Passage(manuscript)
    text = " ".join(_filled(introduction, context).split())
    rows = tuple(page.made(line, 0) for line in ("", text, ""))
    return page.with_edits([Edit(start=0, end=0, new=rows, block=True)])
