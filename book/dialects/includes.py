"""Files that a chapter includes: mdBook's `{{#include}}`, MkDocs snippets, includes of MyST and Quarto; only inside the book."""

from __future__ import annotations

import codecs
import html
import posixpath
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_from, rows_of, with_rows
from book.dialects.tags import LEADING, Edit, Passage
from book.model import Manuscript
from book.notation import count
from book.patterns import regex
from book.problems import Kind, Severity, place_of, printable
from book.safe_open import Refusal, open_file
from book.source.controls import cleaned
from book.source.front_matter import CONTROL

MISSING = Kind("G143", Severity.WARNING, "a file to include that is not in the book; its name is printed")
CYCLE = Kind("G144", Severity.WARNING, "a file that includes itself, or files included too deeply")

DEEPEST = 10
LANGUAGES: Mapping[str, str] = {
    "yml": "yaml",
    "htm": "html",
    "mjs": "js",
    "cjs": "js",
    "txt": "text",
    "h": "c",
    "hpp": "cpp",
}
"""Languages of files by suffix, if the suffix is not the name of the language."""


def included(
    row: Row, name: str, context: Context, *, folders: Sequence[str] = (), first: Sequence[str] = (), at: int = 0
) -> list[Row] | None:
    """Return the lines of the file *name* that the line *row* includes, each with its own place; None, with a problem, if there is none.

    Args:
        row: the line with the include; the folder of its file is searched first.
        name: a path relative to that folder or to one of *folders*; never outside the book.
        context: the context of the chapter.
        folders: further folders in which the system looks, relative to the book.
        first: folders in which it looks before that of the file.
        at: the offset of the name in *row*.
    """
    home = posixpath.dirname(row.origin.path)
    chain = context.chains.get(row.origin.path, ())
    limit = context.library.settings.limits.chapter_bytes
    reasons = []
    circle = ""
    for path in _paths(name, home, folders, context, first):
        if path in chain or path == context.manuscript.path or len(chain) >= DEEPEST:
            circle = circle or path  # another folder may have a file of that name: docs/README.md includes README.md
            continue
        data = open_file(context.library.root, path, limit=limit)
        if isinstance(data, Refusal):
            reasons.append(data)
            continue
        context.brought += len(data)
        if context.brought > limit:
            message = f"more than {limit:,} bytes are included in this chapter: '{printable(name, 80)}' is left out"
            context.tell_at(CYCLE, row, at, message, "include less, or raise limits.chapter_bytes in handbound.toml")
            return []
        context.chains[path] = (*chain, path)
        return rows_from(_text(data, path, context).removesuffix("\n").split("\n"), path, 1)
    if circle:
        chain_ = " -> ".join((context.manuscript.path, *chain, circle))
        fix = "remove one of the includes"
        context.tell_at(CYCLE, row, at, f"included again, or too deeply: {printable(chain_, 300)}", fix)
        return []
    outside = next((refusal for refusal in reasons if refusal.reason != "missing"), reasons[0])
    message = f"cannot include '{printable(name, 80)}': {outside.detail}"
    context.tell_at(MISSING, row, at, message, "put the file into the book, or paste its text")
    return None


def _text(data: bytes, path: str, context: Context) -> str:
    """Return the text of an included file, as of a chapter; a letter that is not UTF-8 is shown as �, and reported."""
    code = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    typed = data.decode(code, "replace").replace("\r\n", "\n").replace("\r", "\n")
    text, strange = cleaned(typed)
    for finding in strange:
        place = place_of(typed, finding.at, path)
        context.tell_once(CONTROL, place, str(place), finding.message, finding.fix)
    return text


def _paths(
    name: str, home: str, folders: Sequence[str], context: Context, first_folders: Sequence[str] = ()
) -> list[str]:
    """Return the paths at which the file *name* may be; the first slash is the book's folder, or a folder that contains it."""
    inside = name.lstrip("/")
    order = ("", home, *folders) if name.startswith("/") else (home, *folders, "")
    paths = [posixpath.join(folder, inside) for folder in order]
    first, _, rest = inside.partition("/")
    if rest and name.startswith("/") and first == context.library.root.resolve().name:
        paths.append(rest)
    # PyMdown's `base_path` may name a file, too.
    named = (
        folder if posixpath.basename(folder) == inside else posixpath.join(folder, inside) for folder in first_folders
    )
    paths = [*named, *paths]
    return list(dict.fromkeys(map(posixpath.normpath, paths)))


def is_there(row: Row, name: str, context: Context, folders: Sequence[str]) -> bool:
    """Return whether :func:`included` would find the file *name*; nothing is reported."""
    paths = _paths(name, posixpath.dirname(row.origin.path), folders, context)
    limit = context.library.settings.limits.chapter_bytes
    return any(not isinstance(open_file(context.library.root, path, limit=limit), Refusal) for path in paths)


def tell_missing_part(rows: Sequence[Row], part: str, name: str, row: Row, context: Context, *, at: int) -> None:
    """Report that *rows*, the *part* of the file *name* that the line *row* includes at the offset *at*, is nothing."""
    if part and not rows:
        message = f"cannot include a part of '{printable(name, 80)}': it has no part '{printable(part, 80)}'"
        context.tell_at(MISSING, row, at, message, "write the name of a part that is marked in the file, or its lines")


def without_front_matter(rows: Sequence[Row]) -> list[Row]:
    """Return the lines of a Markdown file without its front matter."""
    if rows and rows[0].text.rstrip() == "---":
        end = next((at for at, row in enumerate(rows[1:], 1) if row.text.rstrip() in ("---", "...")), None)
        if end is not None:
            return list(rows[end + 1 :])
    return list(rows)


def dedented(rows: Sequence[Row]) -> list[Row]:
    """Return *rows* shifted left by their common indent."""
    width = min((row.indent for row in rows if not row.is_blank), default=0)
    return [row.dedented(width) for row in rows]


def indented(rows: Sequence[Row], indent: str) -> list[Row]:
    """Return *rows* shifted right."""
    return [join(row.made(indent), row) if indent and not row.is_blank else row for row in rows]


# mdBook.

_MDBOOK = regex(
    r"(?P<escape>\\)?\{\{\s*#(?P<name>include|rustdoc_include|playground|playpen|title|shiftinclude)\s+(?P<rest>[^}]*?)\s*\}\}"
)
BRACES = "&#123;&#123;"
_ANCHOR = regex(r"ANCHOR(?:_END)?:\s*[\w-]+")


def mdbook(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the includes of mdBook resolved, in text and in code."""
    if "{{" not in manuscript.text or "#" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_mdbook_edits(page, context, everywhere="mdbook" in context.library.names))


def _mdbook_edits(page: Passage, context: Context, *, everywhere: bool) -> list[Edit]:
    edits: list[Edit] = []
    for match in _MDBOOK.finditer(page.text):
        start, end = match.span()
        if not everywhere and not page.visible[start:end].strip():
            continue
        if match["escape"]:
            in_text = page.visible[start : start + 3] == r"\{{"
            # In text an entity: the mark is no longer read as one that was left by mistake.
            edits.append(
                Edit(start=start, end=start + (3 if in_text else 1), new=(page.made(BRACES if in_text else "", start),))
            )
            continue
        if not match["rest"]:
            continue
        context.take(match[0])
        if match["name"] == "title":
            edits.append(Edit(start=start, end=end, new=(page.made("", start),)))
            continue
        rows = _mdbook_rows(page, match, context)
        if rows is None:
            edits.append(Edit(start=start, end=end, new=(page.made(match["rest"].split()[0].split(":")[0], start),)))
        else:
            edits.append(Edit(start=start, end=end, new=tuple(indented(rows, page.indent(start))), block=True))
    return edits


def _mdbook_rows(page: Passage, match: re.Match[str], context: Context) -> list[Row] | None:
    """Return the lines that one include inserts."""
    target = match["rest"].split()[0] if match["rest"] else ""
    if match["name"] == "shiftinclude":
        target = target.partition(":")[2]
    name, _, part = target.partition(":")
    number, column = page.at(match.start())
    rows = included(page.rows[number], name, context, at=column)
    if rows is None:
        return None
    rows = _part(rows, part)
    tell_missing_part(rows, part, name, page.rows[number], context, at=column)
    if name.lower().endswith((".md", ".markdown")):
        rows = without_front_matter(rows) if not part else rows
        inner = Passage(page.manuscript, rows)
        rows = inner.edited(_mdbook_edits(inner, context, everywhere=True)) or rows
    return rows


def _part(rows: list[Row], part: str) -> list[Row]:
    """Return the lines that *part* selects: a range, one line, an anchor, or all; marks of anchors are removed."""
    whole = [row for row in rows if not _ANCHOR.search(row.text)]
    if not part:
        return whole
    first, colon, last = part.partition(":")
    start, end = count(first or "1"), count(last or str(len(rows)))
    if start is not None and end is not None:
        end = end if colon else start
        return [row for row in rows[max(start, 1) - 1 : end] if not _ANCHOR.search(row.text)]
    inside, chosen = False, []
    for row in rows:
        if re.search(rf"ANCHOR:\s*{re.escape(part)}\b", row.text):
            inside = True
        elif re.search(rf"ANCHOR_END:\s*{re.escape(part)}\b", row.text):
            inside = False
        elif inside and not _ANCHOR.search(row.text):
            chosen.append(row)
    return chosen


# PyMdown snippets.

_SNIPPET = regex(
    rf"^(?P<lead>{LEADING.pattern})(?P<escape>;*)(?P<mark>-+8<-+)(?:[ \t]+(?P<quote>[\"'])(?P<name>.*?)(?P=quote))?[ \t]*$",
    re.M,
)
SNIPPET_FOLDERS = ("docs", "includes", "snippets", "docs/includes", "docs/snippets")


def snippets(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with PyMdown snippets resolved."""
    if "8<" in manuscript.text:
        page = Passage(manuscript)
        manuscript = page.with_edits(_snippet_edits(page, context, everywhere="mkdocs" in context.library.names))
    return _appended(manuscript, context) if context.library.appended else manuscript


def _appended(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the files at its end that its site adds to every chapter."""
    rows = list(rows_of(manuscript))
    last = rows[-1]
    for path in context.library.appended:
        more = included(last, posixpath.relpath(path, posixpath.dirname(last.origin.path)), context)
        rows += [last.made(""), *_resolved(without_front_matter(more), manuscript, context)] if more else []
    return with_rows(manuscript, rows)


def _snippet_edits(page: Passage, context: Context, *, everywhere: bool) -> list[Edit]:
    edits: list[Edit] = []
    block: re.Match[str] | None = None
    for match in _SNIPPET.finditer(page.text):
        if block is not None:
            if not match["name"]:
                edits.append(_snippet_block(page, block, match, context))
                block = None
            continue
        line = page.at(match.start("mark"))[0]
        in_code = page.source.sorts[line].name in ("CODE", "FENCE", "COMMENT")
        if in_code and not everywhere:
            continue
        if match["escape"]:
            at = match.start("escape")
            edits.append(Edit(start=at, end=at + 1, new=(page.made("", at),)))
        elif match["name"] is None:
            block = match
        else:
            rows = _snippet(page, match.start("mark"), match["name"], context)
            edits.append(_in_place(page, match.start("mark"), match.end(), rows))
            context.take(match[0])
    return edits


def _snippet_block(page: Passage, first: re.Match[str], last: re.Match[str], context: Context) -> Edit:
    """Return the edit for a list of files between two marks."""
    rows: list[Row] = []
    names = page.text[first.end() : last.start()]
    context.take(page.text[first.start() : last.end()])
    at = first.end()
    for line in names.split("\n"):
        name = line.lstrip(" \t>")
        if name.strip() and not name.startswith(";"):
            rows += _snippet(page, at + len(line) - len(name), name.rstrip(), context)
        at += len(line) + 1
    return _in_place(page, first.start("mark"), last.end(), rows)


def _in_place(page: Passage, start: int, end: int, rows: Sequence[Row]) -> Edit:
    """Return the edit that puts *rows* of files in place of a mark, or of a list of files, in the list or quotation with it."""
    new = indented(rows, page.indent(start))
    return Edit(start=start, end=end, new=tuple(new) or (page.made("", start),), block=True)


def _snippet(page: Passage, at: int, target: str, context: Context) -> list[Row]:
    """Return the lines of one snippet, with the snippets in it resolved."""
    number, column = page.at(at)
    name, _, part = target.partition(":") if "://" not in target else (target, "", "")
    rows = included(
        page.rows[number], name, context, folders=SNIPPET_FOLDERS, first=context.library.snippets, at=column
    )
    if rows is None:
        return [page.made(name, at)]
    path = rows[0].origin.path if rows else name
    if path.lower().endswith(".svg"):
        # A drawing is shown as an image: its code inside raw HTML is rarely valid, and its words are labels.
        words = html.escape(posixpath.splitext(posixpath.basename(path))[0].replace("-", " "))
        return [page.made(f'<img src="/{html.escape(quote(path))}" alt="{words}">', at)]
    rows = _section(rows, part)
    tell_missing_part(rows, part, name, page.rows[number], context, at=column)
    return _resolved(rows, page.manuscript, context)


def _resolved(rows: list[Row], manuscript: Manuscript, context: Context) -> list[Row]:
    """Return *rows* of a file that is added to a *manuscript* with what that file includes itself."""
    inner = Passage(manuscript, rows)
    edits = [*_snippet_edits(inner, context, everywhere=True), *_mdbook_edits(inner, context, everywhere=False)]
    return inner.edited(edits) or rows


def _section(rows: list[Row], part: str) -> list[Row]:
    """Return the lines that *part* selects: ranges of lines, or a section between `--8<-- [start:x]` and `[end:x]`."""
    marks = re.compile(r"-{1,}8<-{1,}[ \t]*\[(start|end)(?:[: ]+([\w-]+))?[ \t]*\]")
    if not part:
        return [row for row in rows if not marks.search(row.text)]
    ranges = [re.fullmatch(r"(-?\d*)(?::(-?\d*))?", piece.strip()) for piece in part.split(",")]
    if all(ranges):
        chosen: list[Row] = []
        for span in filter(None, ranges):
            start = int(span[1]) if span[1] else 1
            end = (int(span[2]) if span[2] else len(rows)) if span[2] is not None or not span[1] else start
            start = start + len(rows) + 1 if start < 0 else start
            end = end + len(rows) + 1 if end < 0 else end
            if ":" not in part:
                end = start
            chosen += rows[max(0, start - 1) : end]
        return [row for row in chosen if not marks.search(row.text)]
    inside, chosen = False, []
    for row in rows:
        mark = marks.search(row.text)
        if mark is not None:
            if mark[2] == part or (mark[1] == "end" and not mark[2]):
                inside = mark[1] == "start"
        elif inside:
            chosen.append(row)
    return dedented(chosen)
