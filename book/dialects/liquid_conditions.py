"""Conditions of Liquid and Jinja, `{% if x %} … {% else %} … {% endif %}`: one branch of each is printed.

What the settings of the site, the front matter or the arguments of an include decide is decided. Nothing is run: of a condition that only
the site can decide, the first branch is printed, because several branches together say what their author says nowhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from book.dialects.conditional import ONE_FORMAT
from book.dialects.context import Context
from book.dialects.liquid_data import look_up
from book.dialects.tags import UNREAD, Edit, Passage
from book.patterns import regex

OPENING = frozenset({"if", "unless", "case"})
_NEXT = frozenset({"elsif", "elif", "when", "else"})
_ENDS = {f"end{name}": name for name in OPENING}
_PIECE = regex(r"\"[^\"]*\"|'[^']*'|[=!<>]=|<>|[<>]|,|[^\s\"'=<>!,]+")
_NUMBER = regex(r"-?\d{1,9}(?:\.\d{1,9})?")
_ORDER = {"<": -1, ">": 1}
GENERATED = frozenset(
    "content id path name dir url date next previous excerpt layout collection relative_path output".split()
)
"""Values of a page that Jekyll makes itself."""
ENVIRONMENT = "production"
"""The environment in which a site is published."""


class Branch(Struct, frozen=True):
    """One branch of a condition."""

    tag: re.Match[str]
    start: int
    """Where its words begin."""
    end: int
    """Where they end."""


class Unknown(Struct, frozen=True):
    """The value of a name that only the site knows."""


UNKNOWN = Unknown()


def conditions(tags: Sequence[re.Match[str]]) -> Mapping[int, tuple[Sequence[Branch], re.Match[str]]]:
    """Return for the place of each tag that opens a condition its branches, and the tag that ends it; those without an end are missing."""
    stack: list[list[re.Match[str]]] = []
    depths = Counter[str]()
    is_comment = False
    complete: dict[int, tuple[Sequence[Branch], re.Match[str]]] = {}
    for tag in tags:
        name = tag["name"]
        is_comment = name == "comment" or (is_comment and name != "endcomment")
        if is_comment:
            continue
        if name in OPENING:
            depths[name] += 1
            stack.append([tag])
        elif name in _NEXT and stack:
            stack[-1].append(tag)
        elif name in _ENDS and depths[_ENDS[name]]:
            while (opened := stack.pop())[0]["name"] != _ENDS[name]:
                depths[opened[0]["name"]] -= 1
            depths[_ENDS[name]] -= 1
            starts = zip(opened, [*opened[1:], tag], strict=True)
            complete[opened[0].start()] = [Branch(own, own.end(), following.start()) for own, following in starts], tag
    return complete


def edits(
    page: Passage, branches: Sequence[Branch], end: re.Match[str], values: Mapping[str, str] | None, context: Context
) -> Iterator[Edit]:
    """Yield the edits that leave one branch of a condition, or none.

    Args:
        page: the text.
        branches: the branches; the first tag of ``case`` has none, and its words, which the site never prints, are left out.
        end: the tag at the end.
        values: the arguments of the include with which the text is in the chapter; None if it is the chapter's own.
        context: the context of the chapter.
    """
    first = branches[0].tag
    chosen, is_known = _chosen(branches, values, context)
    start, last = first.start(), end.end()
    inside = (chosen.start, chosen.end) if chosen else (last, last)
    dropped = [branch for branch in branches if branch is not chosen and page.text[branch.start : branch.end].strip()]
    typed = " ".join((first if is_known or chosen is None else chosen.tag)[0].split())[:60]
    if not is_known:
        rest = "; those for other cases are left out" if dropped else ""
        message = f"only the site knows whether '{typed}' holds; its words are printed{rest}"
        context.tell_once(UNREAD, page.place(start), typed, message, "write what the book should say")
    elif dropped:
        words = " ".join(page.text[dropped[0].start : dropped[0].end].split())[:40]
        message = f"'{typed}' decides: '{words}' is left out"
        context.tell_once(ONE_FORMAT, page.place(start), typed, message, "remove the condition to print it")
    for left, right in ((start, inside[0]), (inside[1], last)):
        if left < right:
            apart = page.text[left - 1 : left].isalnum() and page.text[right : right + 1].isalnum()
            yield Edit(start=left, end=right, new=(page.made(" " if apart else "", left),))


def _chosen(
    branches: Sequence[Branch], values: Mapping[str, str] | None, context: Context
) -> tuple[Branch | None, bool]:
    """Return the branch that is printed, None for none, and whether it is known to be the one that the site prints."""
    first = branches[0].tag
    subject = _value(first["rest"].strip(), values, context) if first["name"] == "case" else None
    for branch in branches[1:] if first["name"] == "case" else branches:
        name = branch.tag["name"]
        if name == "else":
            return branch, True
        if name == "when":
            holds = _is_among(subject, branch.tag["rest"], values, context)
        else:
            holds = _holds(_PIECE.findall(branch.tag["rest"]), values, context)
            holds = not holds if name == "unless" and holds is not None else holds
        if holds is not False:
            return branch, holds is True
    return None, True


def _is_among(subject: object, choices: str, values: Mapping[str, str] | None, context: Context) -> bool | None:
    """Return whether the value of a ``case`` is one of the *choices* of a ``when``; None if that is not known."""
    options = [_value(piece, values, context) for piece in _PIECE.findall(choices) if piece not in (",", "or")]
    if subject is UNKNOWN or UNKNOWN in options:
        return None
    return any(_is_equal(subject, option) for option in options)


def _holds(pieces: Sequence[str], values: Mapping[str, str] | None, context: Context) -> bool | None:
    """Return whether a condition holds; None if that is not known, or if it is no condition of Liquid.

    In Liquid, ``and`` and ``or`` bind alike, the last one first.
    """
    at = next((number for number, piece in enumerate(pieces) if piece in ("and", "or")), len(pieces))
    own = _compared(pieces[:at], values, context)
    if at == len(pieces):
        return own
    rest = _holds(pieces[at + 1 :], values, context) if len(pieces) < MOST_PIECES else None
    decisive = pieces[at] == "or"
    if decisive in (own, rest):
        return decisive
    return None if own is None or rest is None else not decisive


MOST_PIECES = 100
"""The most names, values and signs of a condition that is read."""


def _compared(pieces: Sequence[str], values: Mapping[str, str] | None, context: Context) -> bool | None:
    """Return whether one comparison, or one value alone, holds; None if that is not known."""
    if pieces[:1] == ["not"]:  # of Jinja
        holds = _compared(pieces[1:], values, context)
        return None if holds is None else not holds
    if len(pieces) == 1:
        value = _value(pieces[0], values, context)
        return None if value is UNKNOWN else _text(value) not in ("", "false")
    if len(pieces) != len(("left", "sign", "right")):
        return None
    left, right = _value(pieces[0], values, context), _value(pieces[2], values, context)
    if left is UNKNOWN or right is UNKNOWN:
        return None
    sign = pieces[1]
    if sign in ("==", "!=", "<>"):
        return _is_equal(left, right) is (sign == "==")
    if sign == "contains":
        return (
            isinstance(left, str | list)
            and right is not None
            and (str(right) if isinstance(left, str) else right) in left
        )
    if sign[:1] in _ORDER and (numbers := [*map(_NUMBER.fullmatch, map(_text, (left, right)))]) and all(numbers):
        difference = (float(_text(left)) - float(_text(right))) * _ORDER[sign[0]]
        return difference > 0 or (sign.endswith("=") and not difference)
    return None


def _is_equal(left: object, right: object) -> bool:
    """Return whether two values are equal; those of YAML are texts without a type, ``true``, ``2``."""
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Emptiness):
            return not _text(other) or other in ([], {})
    return left == right or _text(left) == _text(right)


def _text(value: object) -> str:
    """Return a value as YAML writes it; nothing for none."""
    text = str(value).casefold() if isinstance(value, bool) else "" if value is None else str(value)
    return "" if text in ("null", "~") else text


class Emptiness(Struct, frozen=True):
    """The value of the words ``blank`` and ``empty``."""


EMPTY = Emptiness()
_CONSTANTS: Mapping[str, object] = {
    "true": True,
    "false": False,
    "nil": None,
    "null": None,
    "blank": EMPTY,
    "empty": EMPTY,
    "jekyll.environment": ENVIRONMENT,
}


def _value(name: str, values: Mapping[str, str] | None, context: Context) -> object:
    """Return the value of a *name* or a literal; None for one that the site does not have, :data:`UNKNOWN` for one that only it knows."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if re.fullmatch(r"\"[^\"]*\"|'[^']*'", name):
        return name[1:-1]
    if _NUMBER.fullmatch(name):
        return name
    room, _, rest = name.partition(".")
    library = context.library
    if room == "include" and values is not None:
        return values.get(rest)
    value: object = None
    if room == "page" and rest:
        value = _within(context.manuscript.front.values, rest)
        # The site may have values for pages that do not say theirs.
        is_whole = library.variables and "defaults" not in library.variables and rest.split(".")[0] not in GENERATED
        return None if value is None and is_whole else value if value is not None else UNKNOWN
    if room == "site" and rest:
        value = look_up(name, context) if rest.startswith("data.") else _within(library.variables, rest)
    elif not rest:
        value = library.parameters.get(name)
    return UNKNOWN if value is None else value  # other settings of the site may have it


def _within(values: object, name: str) -> object:
    for piece in name.split("."):
        values = values.get(piece) if isinstance(values, Mapping) else None
    return values
