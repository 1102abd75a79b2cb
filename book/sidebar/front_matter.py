"""The order from the chapters' own front matter: ``sidebar: 3``.

======================================  =================================================================
``sidebar: 3``, ``3.5``, ``"3"``        the chapter's place
``sidebar: Culture``                    no place; the part the chapter belongs to
``sidebar: {part: Culture, order: 2}``  both
no key, null, ``~``, nothing            no place: after the chapters that have one
``sidebar: #TODO``                      the same, explained: the value is a comment
anything else                           the same, with a warning that shows it
======================================  =================================================================

If no chapter has ``sidebar``, the keys of other systems count: ``sidebar_position``, ``nav_order``, ``weight`` and
``order``, each among the files of one folder, as those systems do.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from book.amounts import amount
from book.model import Entry, FrontMatter, Manuscript, Sidebar
from book.notation import number
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, printable
from book.sidebar.natural import entries_of
from book.sidebar.way import Answer, Folder, paths
from book.sites.names import Key, is_folder_page, path_key
from book.source.front_matter_keys import ORDER_KEYS, ROLES

TODO = Kind("O102", Severity.WARNING, "a placeholder value for `sidebar`")
NO_NUMBER = Kind("O103", Severity.WARNING, "an order key with an invalid value")
NO_PLACE = Kind("O104", Severity.WARNING, "a chapter without a position among chapters that have one")
TIE = Kind("O105", Severity.WARNING, "two chapters with the same position")
LONE = Kind("O123", Severity.WARNING, "a single chapter with a position")

OWN = ORDER_KEYS[0]
FEW = 3
"""The least chapters of a book in which a single position is reported."""
STILL_TO_DO = regex(r"#|(?:TODO|TO DO|TBD|FIXME|XXX)\b", re.IGNORECASE)
NAME = regex(r"[^\W\d_]")
NO_NAMES = frozenset({"nan", "inf", "infinity", "true", "false", "yes", "no", "on", "off", "null", "none"})


class Claim(Struct, frozen=True, kw_only=True):
    """What one chapter states about its own position."""

    number: int | float | None = None
    part: str | None = None
    key: str = OWN
    fault: str = ""
    """A value that is neither a number nor a part, as messages show it."""
    todo: bool = False
    """Whether the value is a comment, or a word for "later"."""


def order(folder: Folder) -> Answer | None:
    """Return the order by the numbers of the chapters; None if no chapter gives a usable number."""
    otherwise = folder.otherwise or Answer(sidebar=Sidebar(source=""))
    # The keys of a site generator count only if its site is read.
    keys = (OWN,) if otherwise.nav else ORDER_KEYS
    manuscripts = folder.manuscripts
    claims = claims_of(manuscripts, keys)
    if folder.site and folder.site.places_in_tables:
        claims = {
            chapter.path: Claim() if isinstance(chapter.front.values.get(OWN), dict) else claims[chapter.path]
            for chapter in manuscripts
        }
    numbered = {claim.key for claim in claims.values() if claim.number is not None}
    if OWN in numbered:
        return _flat(manuscripts, claims, otherwise)
    if numbered:
        return _by_folder(manuscripts, claims, otherwise)
    return None


def parts(folder: Folder) -> Answer | None:
    """Return natural order in the parts that the chapters name; None if they name none or if the folders are parts."""
    claims = claims_of(folder.manuscripts, (OWN,))
    natural = folder.otherwise
    if natural is None or any(entry.kind == "part" for entry in natural.sidebar.entries):
        return None
    if not any(claim.part for claim in claims.values()):
        return None
    ordered = tuple(folder.chapters[path] for path in paths(natural.sidebar.entries))
    source = f"natural order of the file names, in the parts that `{OWN}` names: no chapter gives a number"
    return Answer(sidebar=Sidebar(source=source, entries=_in_parts(ordered, claims)))


def claims_of(manuscripts: Iterable[Manuscript], keys: Iterable[str]) -> Mapping[str, Claim]:
    """Return for each path the claim of the chapter: the number under the first of *keys* that gives one."""
    manuscripts, keys = tuple(manuscripts), tuple(keys)
    named = Counter(name.casefold() for manuscript in manuscripts if (name := _word(manuscript.front.values.get(OWN))))
    return {manuscript.path: _claim(manuscript, keys, named) for manuscript in manuscripts}


def _claim(manuscript: Manuscript, keys: tuple[str, ...], named: Mapping[str, int]) -> Claim:
    readings = [_reading(manuscript, key, named) for key in keys if key in manuscript.front.places]
    own = next((reading for reading in readings if reading.key == OWN), Claim())
    usable = next((reading for reading in readings if reading.number is not None), None)
    if usable:
        return replace(usable, part=own.part, fault=own.fault, todo=own.todo)
    return own if own.part or own.todo or own.fault else next((reading for reading in readings if reading.fault), own)


def _reading(manuscript: Manuscript, key: str, named: Mapping[str, int]) -> Claim:
    """Return the meaning of the value of *key*; the first kind of value that fits."""
    value = manuscript.front.values[key]
    raw = manuscript.front.titles.get(key, "")
    shown = printable(" ".join((raw or _shown(value)).split()), 80)
    if isinstance(value, dict) and key == OWN:
        part, place = _word(value), value.get("order")
        position = number(str(place)) if place is not None else None
        fault = position is None and (place is not None or not part)
        return Claim(number=position, part=part, key=key, fault=_shown(value) if fault else "")
    if value is None:
        return Claim(key=key, todo=raw.startswith("#"))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return Claim(key=key, fault=shown)
    if not isinstance(value, str):
        return Claim(
            key=key, number=value if math.isfinite(value) else None, fault="" if math.isfinite(value) else shown
        )
    if (position := number(value)) is not None:
        return Claim(key=key, number=position)
    word = _word(value)
    if key == OWN and STILL_TO_DO.match(value.strip()):
        return Claim(key=key, todo=True)
    if key == OWN and word and (named[word.casefold()] > 1 or word[0].isupper()):
        return Claim(key=key, part=word)
    return Claim(key=key, fault=shown) if value.strip() else Claim(key=key)


def _shown(value: object) -> str:
    """Return a plain value on one line, as the author would type it."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_shown(item)}' for key, item in value.items())}}}"
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, list) else str(value)


def _word(value: object) -> str | None:
    """Return *value* if it may be the name of a part: text that begins with a letter and is neither a number nor a boolean."""
    text = value.get("part") if isinstance(value, dict) else value
    if not isinstance(text, str):
        return None
    text = " ".join(text.split())
    return text if NAME.match(text) and text.lower() not in NO_NAMES and not STILL_TO_DO.match(text) else None


def _flat(manuscripts: tuple[Manuscript, ...], claims: Mapping[str, Claim], otherwise: Answer) -> Answer:
    """Return one list of all chapters by number, with parts kept together."""
    ranks = {path: rank for rank, path in enumerate(paths(otherwise.sidebar.entries))}

    def key(manuscript: Manuscript) -> Key:
        claim = claims[manuscript.path]
        placed = (0, claim.number) if claim.number is not None else (1, 0)
        return (*placed, ranks.get(manuscript.path, len(ranks)), path_key(manuscript.path))

    ordered = sorted(manuscripts, key=key)
    problems = [*_ties(ordered, claims, otherwise), *_without_place(ordered, claims)]
    used = dict.fromkeys(claim.key for claim in claims.values() if claim.number is not None)
    source = f"front matter: the numbers under {listing([f'`{key}`' for key in ORDER_KEYS if key in used])}"
    return Answer(
        sidebar=Sidebar(source=source, entries=_in_parts(ordered, claims)), problems=tuple(problems), by="numbers"
    )


def _by_folder(manuscripts: tuple[Manuscript, ...], claims: Mapping[str, Claim], otherwise: Answer) -> Answer:
    """Return the tree of folders, with the numbered files and folders of each first."""

    def rank(_stem: str, page: Manuscript | None) -> Key:
        claim = claims[page.path] if page else Claim()
        return (0, claim.number) if claim.number is not None else (1, 0)

    entries = _with_sources(entries_of(manuscripts, rank), claims)
    used = dict.fromkeys(claim.key for claim in claims.values() if claim.number is not None)
    keys = listing([f"`{key}`" for key in ORDER_KEYS if key in used])
    source = f"front matter: the numbers under {keys}, folder by folder"
    problems = []
    groups: dict[str, list[Manuscript]] = {}
    for manuscript in manuscripts:
        where = PurePosixPath(manuscript.path)
        # A folder's page represents the folder among its siblings.
        beside = where.parent.parent if is_folder_page(manuscript.path) else where.parent
        groups.setdefault(str(beside), []).append(manuscript)
    for group in groups.values():
        problems += _ties(sorted(group, key=lambda chapter: path_key(chapter.path)), claims, otherwise)
    silent = [
        chapter
        for chapter in manuscripts
        if claims[chapter.path].number is None
        and chapter.sound
        and not chapter.front.role
        and not is_folder_page(chapter.path)
    ]
    if lone := _lone(manuscripts, claims, len(silent)):
        problems.append(lone)
    elif silent:
        key = next(iter(used)) if len(used) == 1 else OWN
        clause = (
            "has no position and comes last in its folder"
            if len(silent) == 1
            else "have no position and come last in their folders"
        )
        message = f"{len(silent)} of {amount(len(manuscripts), 'chapter')} {clause}: "
        message += listing([f"'{printable(chapter.path)}'" for chapter in silent[:5]]) + (
            " …" if len(silent) > 5 else ""
        )
        problems.append(NO_PLACE.at(Place(path=silent[0].path), message, fix=f"write a number after `{key}:` in each"))
    return Answer(sidebar=Sidebar(source=source, entries=entries), problems=tuple(problems), by="numbers")


def _with_sources(entries: tuple[Entry, ...], claims: Mapping[str, Claim]) -> tuple[Entry, ...]:
    def source(entry: Entry) -> str:
        claim = claims[entry.path] if entry.path else Claim()
        return f"{claim.key}: {claim.number}" if claim.number is not None else entry.source

    return tuple(
        replace(entry, source=source(entry), children=_with_sources(entry.children, claims)) for entry in entries
    )


def _in_parts(ordered: Iterable[Manuscript], claims: Mapping[str, Claim]) -> tuple[Entry, ...]:
    """Return the entries of the chapters; a part with all its chapters takes the position of its first chapter."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    names: dict[str, str] = {}
    for manuscript in ordered:
        claim = claims[manuscript.path]
        source = f"{claim.key}: {claim.number}" if claim.number is not None else "no number"
        place = manuscript.front.places.get(claim.key)
        entry = Entry(kind="chapter", path=manuscript.path, place=place, source=source)
        # A chapter with a role comes before or after the parts, never in one.
        part = claim.part if not manuscript.front.role else None
        names.setdefault((part or "").casefold(), part or "")
        groups.setdefault(("part", part.casefold()) if part else ("chapter", manuscript.path), []).append(entry)
    return tuple(
        Entry(kind="part", title=names[name], place=group[0].place, source=group[0].source, children=tuple(group))
        if kind == "part"
        else group[0]
        for (kind, name), group in groups.items()
    )


def _ties(ordered: Iterable[Manuscript], claims: Mapping[str, Claim], otherwise: Answer) -> list[Problem]:
    groups: dict[tuple[object, ...], list[Manuscript]] = {}
    for manuscript in ordered:
        claim = claims[manuscript.path]
        if claim.number is not None:
            where = ROLES.get(manuscript.front.role or "", (claim.part or "").casefold())
            groups.setdefault((claim.number, where), []).append(manuscript)
    by = f"the order of {otherwise.nav}" if otherwise.nav else "natural order"
    problems = []
    for group in groups.values():
        if len(group) > 1:
            names = listing([f"'{printable(chapter.path)}'" for chapter in group[:5]])
            claim = claims[group[1].path]
            message = f"{names} have the same position, {claim.number}: they are in {by}"
            problem = TIE.at(group[1].front.places[claim.key], message, fix="give one of them another number")
            # Other systems give many pages the same weight, and then sort by title.
            problems.append(problem if claim.key == OWN else replace(problem, severity=Severity.NOTE))
    return problems


def free_numbers(ordered: Iterable[str], claims: Mapping[str, Claim]) -> Mapping[str, int]:
    """Return for each chapter without a number the number that keeps it in its position among the *ordered* paths."""
    top = max((claim.number for claim in claims.values() if claim.number is not None), default=0)
    open_ones = (path for path in ordered if claims[path].number is None)
    return {path: max(math.floor(top), 0) + at for at, path in enumerate(open_ones, 1)}


def _without_place(ordered: Sequence[Manuscript], claims: Mapping[str, Claim]) -> list[Problem]:
    problems = []
    silent = sum(1 for chapter in ordered if claims[chapter.path] == Claim() and not chapter.front.role)
    if lone := _lone(ordered, claims, silent):
        return [lone]
    free = free_numbers((chapter.path for chapter in ordered), claims)
    for manuscript in ordered:
        claim = claims[manuscript.path]
        silent = not (claim.part or claim.fault or claim.todo or manuscript.front.role)
        if claim.number is None and silent and manuscript.sound:
            place = manuscript.front.places.get(OWN, Place(path=manuscript.path))
            message = f"'{printable(manuscript.path)}' has no position; it is placed after the chapters that have one"
            problems.append(
                NO_PLACE.at(place, message, fix=f"write `{OWN}: {free[manuscript.path]}` in its front matter")
            )
    return problems


def _lone(chapters: Sequence[Manuscript], claims: Mapping[str, Claim], silent: int) -> Problem | None:
    """Return the problem of a book in which one chapter has a number, and all others, *silent* in number, have none."""
    numbered = [chapter for chapter in chapters if claims[chapter.path].number is not None]
    if len(numbered) != 1 or not FEW <= silent == len(chapters) - 1:
        return None
    (only,) = numbered
    claim = claims[only.path]
    message = (
        f"'{printable(only.path)}' alone has a position, {claim.number}; the other {silent} chapters come after it"
    )
    return LONE.at(only.front.places[claim.key], message, fix=f"write `{claim.key}:` in all chapters, or in none")


def listing(words: Sequence[str]) -> str:
    """Return *words* as a sentence lists them.

    >>> listing(["a", "b", "c"]), listing(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def is_of_the_site(manuscript: Manuscript) -> bool:
    """Return whether the value under `sidebar` is one for a site generator: `false`, `auto`, `{nav: docs}`."""
    value = manuscript.front.values.get(OWN)
    if isinstance(value, dict):
        return not {"part", "order"} & value.keys()
    return isinstance(value, bool | list) or value == "auto"


def shown_under(key: str, front: FrontMatter) -> str:
    """Return the value of *key* as typed, for a message."""
    return printable(front.titles.get(key, ""), 80)


def unusable(ordered: Iterable[Manuscript], nav: str, keys: Iterable[str]) -> tuple[Problem, ...]:
    """Return a problem for every value under `sidebar`, and under the *keys* of other systems, that is not usable.

    Args:
        ordered: the chapters in reading order.
        nav: the navigation file that gives the order, "" if none does. A number would replace its order.
        keys: those of `ORDER_KEYS` that the order follows, too; with *nav*, they count if another chapter has a number there.
    """
    problems = []
    ordered = tuple(ordered)
    fronts = {manuscript.path: manuscript.front for manuscript in ordered}
    claims = claims_of(ordered, (OWN,))
    free = free_numbers(fronts, claims)
    for path in sorted(fronts):
        claim, front = claims[path], fronts[path]
        fix = f"remove the key: '{printable(nav)}' gives the order" if nav else f"write `{OWN}: {free.get(path, 1)}`"
        if claim.todo:
            raw = shown_under(OWN, front)
            why = (
                "what follows a # is a comment in YAML, so there is no value"
                if raw.startswith("#")
                else "it gives no position"
            )
            problem = TODO.at(front.places[OWN], f"`{OWN}: {raw}` is still to be written: {why}", fix=fix)
            problems.append(replace(problem, severity=Severity.NOTE) if nav else problem)
        elif claim.fault:
            message = f"`{OWN}` takes a number, the name of a part or both; `{claim.fault}` is none"
            problems.append(NO_NUMBER.at(front.places[OWN], message, fix=fix))
    for key in keys:
        claims = claims_of(ordered, (key,))
        free = free_numbers(fronts, claims)
        if nav and all(claim.number is None for claim in claims.values()):
            continue
        for path, claim in sorted(claims.items()):
            word = fronts[path].values.get(key)
            if (claim.fault or claim.todo) and not isinstance(word, bool):  # VuePress has `order: false`
                message = f"`{key}` takes a number; `{claim.fault or shown_under(key, fronts[path])}` is none"
                fix = f"write `{key}: {free.get(path, 1)}`, or remove the key"
                problems.append(NO_NUMBER.at(fronts[path].places[key], message, fix=fix))
    return tuple(problems)
