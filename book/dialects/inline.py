"""Inline syntax that pandoc's GitHub reader does not know: `==mark==`, `H~2~O`, `x^2^`, `++Ctrl++`, `^[a note]`, `[[page]]`.

It is read in every book: directly next to a word, it has no other meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from book.characters import CURVED_MARKS, reference_to
from book.dialects import block_marks
from book.dialects.block_marks import ABSENT
from book.dialects.context import Context
from book.dialects.formulas import BLOCK, INLINE
from book.dialects.rows import Row, join
from book.dialects.tags import Edit, Passage
from book.images import ENDINGS
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity

SPACED = Kind("G149", Severity.NOTE, "an address that contains spaces")

_MARK = regex(r"(?<![=\w\\])==(?=[^\s=])(?P<inside>[^=\n]+)(?<=[^\s=])==(?![=\w])")
_KEYS = regex(r"(?<![+\w\\])\+\+(?=[^\s+])(?P<inside>[^+\n]+(?:\+[^+\n]+)*)(?<=[^\s+])\+\+(?![+\w])")
_ABOVE = regex(r"(?<=[\w)\]])\^(?P<inside>[\w+-]{1,12}|\([^()\n]{1,20}\))\^(?!\w)")
_ABOVE_ANYWHERE = regex(_ABOVE.pattern.removesuffix(r"(?!\w)"))
"""The same before a letter, as Python-Markdown and pandoc read it: ``A^T^A``."""
_BELOW = regex(r"(?<=[\w)\]])(?<!~)~(?P<inside>[\w+-]{1,12})~(?!~)")
_STRUCK = regex(r"(?<![\w~\\/])~(?=[^\s~/])(?P<inside>[^~\n]+)(?<=[^\s~])~(?![\w~/])")
"""Words between single tildes, which GitHub strikes out."""
_NOTE = regex(r"(?<!\\)\^\[(?P<inside>(?:[^\[\]\n]|\[[^\[\]\n]*\]|\n(?![ \t]*\n))+)\]")
_NOTE_IN_BRACKETS = regex(
    r"(?<![\\!\]])\[\^(?=[^\W\d_])(?=[^\[\]\n^|]*+\](?![:(\[{]))(?P<inside>[^\[\]\n^|]*[^\W_][,;]?[ ][^\[\]\n^|]*)\](?![:(\[{])"
)
"""The same as MultiMarkdown and iA Writer write it, ``[^a note]``: the name of a note has no spaces."""
_WIKI = regex(r"(?P<embed>!)?\[\[(?P<target>[^\[\]\n|#]*)(?P<fragment>#[^\[\]\n|]*)?(?:\|(?P<words>[^\[\]\n]*))?\]\]")
_OUTWARD = regex(
    r"(?<!!)\[\[(?:(?P<words>[^\[\]\n|]+)\|)?[ \t]*(?P<address>https?://[^\s\[\]|<>]+)[ \t]*(?:\|(?P<more>[^\[\]\n|]+))?\]\]"
)
_HIDDEN = regex(r"(?<!%)%%(?!%)(?:[^%]|%(?!%))+%%(?!%)")
_ADDRESS = regex(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*[^()\n]*\)|<[^<>\n]*>|(?:https?|ftp)://[^\s<>]+")
_IMAGE = regex(r"!\[[^\[\]\n]*\]\(<?(?P<target>[^()<>\s]+)>?(?:[ \t]+\"[^\"\n]*\")?\)")
_WIDE = regex(r"!\[[^\[\]\n|]*(?P<size>(?:\||(?<=\[))(?P<width>\d+)(?:x\d+)?)\]\(<?[^()<>\n]+>?\)(?!\{)")
_TASK = regex(
    rf"^[ \t>]*{LIST_MARKER}[ \t]+\[(?P<state>[-/~<>!?*\"ilbSIpcfkwudn])\][ \t]+(?P<text>\S(?:.*\S)?)[ \t]*$",
    re.MULTILINE,
)
_NO_SPACE = r"(?:[^()<>\n\"' ]|(?<=\w)'(?=\w)|\([^()<>\n\"]*\))"
"""A sign of an address: a quotation mark may begin a title, so it stands inside a word, and brackets are closed."""
_SPACED = regex(
    r"(?P<image>!)?\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]\((?P<target>"
    rf"{_NO_SPACE}+(?: +(?!=){_NO_SPACE}+)+)"
    r"(?:[ \t]+\"[^\"\n]*\")?[ \t]*\)"
)
_PLACED = r"(?:left-50|right-50|full-width)"
_SIZE = regex(
    rf"(?:(?<=\.\w{{3}})|(?<=\.\w{{4}}))[ \t]+(?P<quote>\"?)(?:[ ]*{_PLACED}?[ ]*=(?P<width>\d*)x(?P<height>\d*)|{_PLACED})(?P=quote)(?=\))"
    r"|(?<=[^\s\"])(?P<behind>[ ]=(?P<wide>\d+)x(?P<high>\d+))(?=\"\))"
)
"""The size of an image, and where Outline places it; behind the words of a title, too."""
_MORE = regex(rf"{_TASK.pattern}|{_SPACED.pattern.replace('?P<image>', '').replace('?P<target>', '')}", re.MULTILINE)
_MARKS = regex(
    r"\^(?:\[|(?<=[\w)\]]\^)[\w+(-]|(?<=[ \t\n]\^)[a-zA-Z0-9-])|~(?:(?<=[\w)\]]~)[\w+-]{1,12}~|(?<![\w~]~)[^\s~/])"
    r"|=(?:(?<=[ \t]=)|(?<=[ \t]\"=))\d*x\d*\"?\)|\[\[|%%"
)
"""Something in every text in which there is any of this syntax but for pairs of ``==`` and ``++``; most texts have nothing of it.

Each branch begins with its sign, so that the others are passed over fast.
"""
_STATE = regex(r"\[[-/~<>!?*\"ilbSIpcfkwudn]\][ \t]")
_APART = regex(r"\]\((?:[^()<>\n\" ]|\([^()<>\n\"]*\))+ ")
_ESCAPED = regex(rf"(?<!\\)(?:\\\\)*(?P<escape>\\(?P<mark>[{''.join(sorted(CURVED_MARKS))}]))")
"""A quotation mark that an author escaped: it stays as typed, without the backslash."""
PAIR = 2
DRAWING = (".excalidraw", ".excalidraw.md")
_STRONG = regex(r"(?<![*\\])\*\*(?=[^\s*])(?P<inside>[^*\n]+)(?<=[^\s*])\*\*(?!\*)")
_UNSPACED = regex(
    r"[\u0600-\u06ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9f]"
)
"""Letters of scripts whose words often touch marks: Arabic, Thai, Lao, Burmese, Khmer, Japanese, Chinese, Korean."""
KEYS: Mapping[str, str] = {
    "ctrl": "Ctrl", "control": "Ctrl", "alt": "Alt", "shift": "Shift", "cmd": "Cmd", "command": "Cmd", "enter": "Enter", "esc": "Esc",
    "escape": "Esc", "tab": "Tab", "space": "Space", "del": "Del", "delete": "Del", "backspace": "Backspace", "up": "↑", "down": "↓",
    "left": "←", "right": "→", "home": "Home", "end": "End", "meta": "Meta", "windows": "Win", "option": "Option",
}  # fmt: skip


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with this syntax as HTML, notes and links."""
    text = manuscript.text
    if (
        text.count("==") < PAIR
        and text.count("++") < PAIR
        and not _MARKS.search(text)
        and not ((_STATE.search(text) or _APART.search(text)) and _MORE.search(text))
        and not ("\\" in text and _ESCAPED.search(text))
        and not ("**" in text and _UNSPACED.search(text))
        and not ("![" in text and "obsidian" in context.library.names)
        and not ("[^" in text and _NOTE_IN_BRACKETS.search(text))
        and not ('-50")' in text or 'full-width")' in text)
    ):
        return manuscript
    page = Passage(manuscript)
    taken = [match.span() for pattern in (_ADDRESS, BLOCK, INLINE) for match in pattern.finditer(page.visible)]
    letters = list(page.visible)
    for start, end in taken:
        letters[start:end] = [letter if letter == "\n" else " " for letter in page.visible[start:end]]
    for number, sort in enumerate(page.source.sorts):
        if sort is not Sort.TEXT:
            start = page.starts[number]
            letters[start : start + len(page.rows[number].text)] = " " * len(page.rows[number].text)
    plain = "".join(letters)
    edits: list[Edit] = []
    above = _ABOVE_ANYWHERE if {"mkdocs", "quarto"} & context.library.names else _ABOVE
    struck = () if {"mkdocs", "quarto"} & context.library.names else ((_STRUCK, "del"),)
    for pattern, tag in ((_MARK, "mark"), (above, "sup"), (_BELOW, "sub"), *struck):
        edits += _tagged(page, plain, pattern, tag)
    edits += [*_keys(page, plain, context), *_strong(page)]
    edits += [*_outward(page), *_wiki(page, plain, context)]
    edits += [*_sizes(page, context), *_tasks(page, context), *_spaced(page, context)]
    for match in _ESCAPED.finditer(page.visible):
        start, end = match.span("escape")
        edits.append(Edit(start=start, end=end, new=(page.made(reference_to(match["mark"]), start),)))
    if "obsidian" in context.library.names:
        edits += [*_elsewhere(page, context), *_sized(page, context), *block_marks.edits(page, plain, context)]
        for match in _HIDDEN.finditer(plain):
            context.take(page.text[match.start() : match.end()])
            edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
    manuscript = page.with_edits(edits)
    return _notes(manuscript) if "^[" in plain or _NOTE_IN_BRACKETS.search(plain) else manuscript


def _strong(page: Passage) -> Iterator[Edit]:
    """Yield what stands between double asterisks where CommonMark sees none: against a letter of a script that has no spaces.

    CommonMark 0.31 §6.2: a mark next to punctuation must have a space, or punctuation, on its other side.
    """
    plain = page.visible
    for match in _STRONG.finditer(plain):
        start, end = match.span("inside")
        if page.source.sorts[page.at(start)[0]] is not Sort.TEXT:
            continue
        outside = plain[match.start() - 1 : match.start()], plain[match.end() : match.end() + 1]
        inside = plain[start], plain[end - 1]
        if any(
            _UNSPACED.fullmatch(letter) and not edge.isalnum() for letter, edge in zip(outside, inside, strict=True)
        ):
            for first, last, tag in ((match.start(), start, "<strong>"), (end, match.end(), "</strong>")):
                yield Edit(start=first, end=last, new=(page.made(tag, first),))


def _spaced(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield addresses with spaces, as many systems read them, in angle brackets: those of images, and of chapters of the book."""
    for match in _SPACED.finditer(page.visible):
        target = match["target"].strip()
        if not match["image"] and "\\" in target and context.address(target.replace("\\", "/")):
            start, end = match.span("target")
            context.take(target)
            new = quote(target.replace("\\", "/"), safe="/#%")
            yield Edit(start=start, end=end, new=(page.made(new, start),))
            continue
        if not (target.lower().endswith(ENDINGS) if match["image"] else context.address(target)):
            continue
        if match["image"] and "obsidian" in context.library.names and (path := context.picture(target)):
            start, end = match.span("target")
            context.take(target)
            yield Edit(start=start, end=end, new=(page.made(quote(path), start),))
            continue
        message = f"the address '{target[:60]}' contains spaces; it is read as if they were written as %20"
        page.tell(context, SPACED, match.start("target"), message, "write spaces in an address as %20")
        for at, mark in ((match.start("target"), "<"), (match.start("target") + len(match["target"].rstrip()), ">")):
            yield Edit(start=at, end=at, new=(page.made(mark, at),))


def _tasks(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the states of tasks that are neither open nor done as open tasks; what is given up is struck out."""
    obsidian = "obsidian" in context.library.names
    for match in _TASK.finditer(page.visible):
        if match["state"] not in "/-~" and not obsidian:
            continue
        start, end = match.span("state")
        yield Edit(start=start, end=end, new=(page.made(" ", start),))
        if match["state"] == "-":
            start, end = match.span("text")
            yield Edit(start=start, end=start, new=(page.made("~~", start),))
            yield Edit(start=end, end=end, new=(page.made("~~", end),))


def _tagged(page: Passage, plain: str, pattern: re.Pattern[str], tag: str) -> Iterator[Edit]:
    for match in pattern.finditer(plain):
        start, end = match.span("inside")
        if tag == "sup" and plain[start] == "(":
            start, end = start + 1, end - 1
        yield Edit(start=match.start(), end=start, new=(page.made(f"<{tag}>", match.start()),))
        yield Edit(start=end, end=match.end(), new=(page.made(f"</{tag}>", end),))


def _keys(page: Passage, plain: str, context: Context) -> Iterator[Edit]:
    """Yield keys between double plus signs, as in PyMdown; other words there are an insertion."""
    for match in _KEYS.finditer(plain):
        names = match["inside"].split("+")
        quoted = all(re.fullmatch(r"[\"'].*[\"']", name) for name in names)
        inside = match["inside"].casefold()
        known = len(names) > 1 or inside in KEYS or re.fullmatch(r"[a-z]|f\d+", inside)
        if quoted or (known and all(re.fullmatch(r"[\w-]+", name) for name in names)):
            context.take(match["inside"])
            keys = "+".join(f"<kbd>{_key(name)}</kbd>" for name in names)
            yield Edit(start=match.start(), end=match.end(), new=(page.made(keys, match.start()),))
        else:
            yield Edit(start=match.start(), end=match.start("inside"), new=(page.made("<ins>", match.start()),))
            yield Edit(start=match.end("inside"), end=match.end(), new=(page.made("</ins>", match.end("inside")),))


def _key(name: str) -> str:
    name = name.strip("\"'")
    return KEYS.get(name.casefold(), name.upper() if len(name) == 1 else name[:1].upper() + name[1:].replace("-", " "))


def _outward(page: Passage) -> Iterator[Edit]:
    """Yield links for addresses of the web in double brackets, with the words before or after them, as Gollum and GitHub read them."""
    for match in _OUTWARD.finditer(page.visible) if "[[" in page.text and "://" in page.text else ():
        key = next((key for key in ("words", "more") if match[key] and match[key].strip()), "")
        start, end = match.span("address")
        pieces = (
            [page.made("[", match.start()), page.piece(*match.span(key)), page.made("](<", start)]
            if key
            else [page.made("<", start)]
        )
        last = page.made(">)" if key else ">", end)
        yield Edit(start=match.start(), end=match.end(), new=(join(*pieces, page.piece(start, end), last),))


def _wiki(page: Passage, plain: str, context: Context) -> Iterator[Edit]:
    """Yield links for page names in double brackets: for pages in the book, and in Obsidian books for all names."""
    absent: list[re.Match[str]] = []
    for match in _WIKI.finditer(plain):
        # In a table, the bar is escaped.
        target, fragment, words = match["target"].strip().removesuffix("\\"), match["fragment"] or "", match["words"]
        if not target and not fragment:
            continue
        address = _address(target, context) if target else ""
        if address is None and not fragment and "/" in target:  # Bear: a heading of a note
            page_, _, heading = target.rpartition("/")
            if (address := _address(page_, context)) is not None:
                words, target, fragment = words or target, page_, f"#{heading}"
        if (
            address is None
            and words
            and not match["embed"]
            and (swapped := _address(words.strip(), context)) is not None
        ):
            address, target, words = swapped, words, target  # GitHub: the words come first
        slug = re.sub(r"[^\w-]", "", fragment.rpartition("#")[2].strip().casefold().replace(" ", "-"))
        anchor = f"#{slug}" if slug and "^" not in fragment else ""
        if fragment.startswith("#^") and address is not None and "obsidian" in context.library.names:
            anchor = block_marks.anchor(fragment.removeprefix("#^"), address, page.place(match.start()), context)
        if target == "_TOC_":
            new = ""
        elif match["embed"] and target.lower().endswith(DRAWING) and (drawn := _drawn(target, context)):
            new = _picture(drawn, words or "", context)
        elif target.lower().endswith(ENDINGS) and (match["embed"] or "wiki" in context.library.names):
            new = _picture(target, words or "", context)
        elif address is not None and (target or anchor):
            is_number = target.isdecimal() and target in context.library.numbered
            own = _title(target, slug, context) if is_number or "dendron" in context.library.names else ""
            parts = fragment.split("#") if not target or "obsidian" in context.library.names else ()
            headings = (part for part in parts if part and not part.startswith("^"))
            names = [own] if own else [target, *headings]
            shown = words or " > ".join(filter(None, names)) or context.library.title(context.manuscript.path, "")
            new = f"[{shown}](<{address}{anchor}>)"
        elif {"obsidian", "wiki"} & context.library.names:
            new = words or target
            absent.append(match)
        else:
            continue
        context.take(match[0])
        yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))
    if absent:
        times = f" ({len(absent)} such links in this chapter)" if len(absent) > 1 else ""
        message = f"{absent[0][0]!r} leads to no page of this book; its words are printed without a link{times}"
        context.tell(
            ABSENT, page.place(absent[0].start()), message, "add the page, or write the words without brackets"
        )


def _drawn(target: str, context: Context) -> str:
    """Return the image beside the drawing *target* of Excalidraw, into which the plugin exports it; empty if there is none."""
    names = (f"{target.removesuffix('.md')}{ending}" for ending in (".svg", ".png"))
    return next((name for name in names if name.rpartition("/")[2].casefold() in context.library.pictures), "")


def _address(target: str, context: Context) -> str | None:
    """Return the address of the chapter that a wiki calls *target*: by its path, its title, or its name with hyphens for spaces."""
    address = context.address(target) or context.address_of_title(target) or context.address_of_number(target)
    return address or (context.address(target.replace(" ", "-")) if " " in target else None)


def _title(target: str, slug: str, context: Context) -> str:
    """Return the title of the chapter that a wiki calls *target*, or of its section *slug*; empty if it is named by its title."""
    own, library = context.manuscript.path, context.library
    path = (library.chapter(target, own) or library.numbered.get(target)) if target else own
    return context.library.title(path, slug) if path else ""


def _picture(target: str, words: str, context: Context) -> str:
    """Return the image *target*; *words* are what it shows, its size, or both: `words|300`, `alt=words|width=40px`."""
    pieces = [piece.strip() for piece in words.replace("\\|", "|").split("|")]
    size, shown = "", []
    in_wiki = "wiki" in context.library.names
    for piece in pieces:
        name, _, value = piece.partition("=")
        if match := re.fullmatch(r"(\d+)(?:x(\d+))?", piece):
            size = f"{{width={match[1]}px}}"
        elif name == "width" and re.fullmatch(r"\d+(?:px|%)?", value):
            size = f"{{width={value}}}"
        elif value and name == "alt":
            shown.append(value)
        elif piece and not (value and name in ("height", "align")) and not (in_wiki and name in ("frame", "float")):
            shown.append(piece)
    return f"![{' '.join(shown)}](<{context.picture(target) or target}>){size}"


def _elsewhere(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the addresses of images that a vault names by the end of their paths."""
    for match in _IMAGE.finditer(page.visible):
        target = match["target"]
        if target.lower().endswith(ENDINGS) and (path := context.picture(target)):
            start, end = match.span("target")
            yield Edit(start=start, end=end, new=(page.made(quote(path), start),))


def _sized(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the width that Obsidian reads in the words of an image, `![words|300](a.png)` or `![300x200](a.png)`, as an attribute."""
    for match in _WIDE.finditer(page.visible):
        start, end = match.span("size")
        context.take(match["size"])
        yield Edit(start=start, end=end, new=(page.made("", start),))
        yield Edit(start=match.end(), end=match.end(), new=(page.made(f"{{width={match['width']}px}}", start),))


def _sizes(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the size after the address of an image, `![x](y.png =200x)`, as attributes."""
    for match in _SIZE.finditer(page.visible):
        typed = {"width": match["width"] or match["wide"], "height": match["height"] or match["high"]}
        sizes = " ".join(f"{key}={value}" for key, value in typed.items() if value)
        context.take(match[0])
        yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))
        if sizes:
            end = match.end() + (2 if match["behind"] else 1)
            yield Edit(start=end, end=end, new=(page.made(f"{{{sizes}}}", match.end()),))


def _notes(manuscript: Manuscript) -> Manuscript:
    """Return *manuscript* with inline notes turned into named notes, with their texts at the end."""
    page = Passage(manuscript)
    edits: list[Edit] = []
    below: list[Row] = []
    in_brackets = [match for match in _NOTE_IN_BRACKETS.finditer(page.visible) if f"{match[0]}:" not in page.visible]
    matches = [*_NOTE.finditer(page.visible), *in_brackets]
    for number, match in enumerate(sorted(matches, key=lambda match: match.start()), 1):
        name = f"inline-{number}"
        start, end = match.span("inside")
        below += [page.made("", start), *_named(page, name, start, end)]
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made(f"[^{name}]", match.start()),)))
    if not edits:
        return manuscript
    last = len(page.text)
    edits.append(Edit(start=last, end=last, new=tuple(below), block=True))
    return page.with_edits(edits)


def _named(page: Passage, name: str, start: int, end: int) -> list[Row]:
    """Return the definition of a note."""
    first, *rest = page.between(start, end)
    return [join(page.made(f"[^{name}]: ", start), first), *rest]
