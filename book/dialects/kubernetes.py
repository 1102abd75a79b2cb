"""Shortcodes of the documentation of Kubernetes, which other sites of Hugo took over: versions, states, headings and the glossary."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from book.dialects.context import Context, value_of
from book.dialects.includes import included, without_front_matter
from book.dialects.rows import Row
from book.dialects.tags import Tag
from book.notation import NotationError, read_loose_yaml
from book.patterns import regex

HEADINGS: Mapping[str, str] = {
    "cleanup": "Cleaning up",
    "envvars": "Environment variables",
    "errors": "Errors",
    "examples": "Examples",
    "files": "Files",
    "objectives": "Objectives",
    "options": "Options",
    "optionsinherited": "Inherited options",
    "prerequisites": "Before you begin",
    "seealso": "See also",
    "synopsis": "Synopsis",
    "whatsnext": "What's next",
}
"""Headings by their names, where the site has no file with its words."""
STATE = "feature_state"
"""The name of the words above the state of a feature."""
FOLDERS = ("reference/glossary", "reference/command-line-tools-reference/feature-gates", "glossary", "feature-gates")
"""Where the files of definitions are, below a folder above the chapter."""
_VERSION = regex(r"v?(?P<major>\d+)\.(?P<minor>\d+)(?:\..*)?")
_TERM = regex(r"[\w-]+")
_BLOCK = regex(r"---[ \t]*\n(?P<yaml>.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_MORE = regex(r"\s*<!--\s*more\s*-->\s*")


def _heading(tag: Tag, context: Context) -> str | None:
    name = tag.first("name")
    return _words(f"{name}_heading", context) or HEADINGS.get(name)


def _state(tag: Tag, context: Context) -> str | None:
    """Return since when a feature is in which state; None if only the site knows it."""
    version, state = tag.values.get("for_k8s_version", ""), tag.values.get("state", "")
    if name := tag.values.get("feature_gate_name"):
        version, state = _stage(name, context)
    if not (version and state):
        return None
    label = _words(STATE, context) or "Feature state:"
    maker = _words(f"{STATE}_kubernetes_label", context) or ""
    return f"**{label}** {' '.join(filter(None, (maker, version)))} ({state})"


def _stage(name: str, context: Context) -> tuple[str, str]:
    """Return since which version the feature *name* is in the stage that it has in this documentation, and the stage; both are empty if unknown."""
    stages = _front(name, context).get("stages")
    now = _VERSION.fullmatch(_parameter("version", context))
    latest = ("", "")
    for stage in stages if isinstance(stages, list) else ():
        since = _VERSION.fullmatch(str(stage.get("fromVersion", ""))) if isinstance(stage, dict) else None
        if since and (now is None or _order(since) <= _order(now)):
            latest = (f"v{since[0].removeprefix('v')}", str(stage.get("stage", "")))
    return latest


def _order(version: re.Match[str]) -> tuple[int, int]:
    return int(version["major"]), int(version["minor"])


def _skew(tag: Tag, context: Context) -> str | None:
    """Return a version that is counted from that of the documentation, or from the latest one."""
    words = [*tag.words, ""]
    kind, rest = words[0].strip(), words[1:]
    names, steps = VERSIONS.get(kind, ((), None))
    match = next(filter(None, (_VERSION.fullmatch(_parameter(name, context)) for name in names)), None)
    if match is None:
        return None
    if kind == "currentPatchVersion":
        return match[0].removeprefix("v")
    if steps is None:
        if not re.fullmatch(r"[-+]?\d{1,3}", rest[0]):
            return None
        steps = int(rest[0])
    minor = int(match["minor"]) + steps
    point = rest[1] if len(rest) > 1 and rest[1] else "."
    return f"{match['major']}{point}{minor}" if minor >= 0 else None


VERSIONS: Mapping[str, tuple[tuple[str, ...], int | None]] = {
    "currentVersion": (("version",), 0),
    "currentVersionAddMinor": (("version",), None),
    "currentPatchVersion": (("fullversion",), 0),
    "latestVersion": (("latest", "version"), 0),
    "latestVersionAddMinor": (("latest", "version"), None),
    "nextMinorVersion": (("latest", "version"), 1),
    "prevMinorVersion": (("latest", "version"), -1),
    "oldestMinorVersion": (("latest", "version"), -2),
}
"""First argument of `skew` -> the parameters of the site with the version, and how many minor ones to add; None: the next argument says it."""


def _tooltip(tag: Tag, context: Context) -> str | None:
    term = tag.first("term_id")
    if text := tag.values.get("text"):
        return text
    title = _front(term, context).get("title")
    return title if isinstance(title, str) and title else term or None


WRITTEN: Mapping[str, Callable[[Tag, Context], str | None]] = {
    "heading": _heading,
    "feature-state": _state,
    "skew": _skew,
    "glossary_tooltip": _tooltip,
    "latest-version": lambda _, context: _parameter("latest", context) or None,
    "latest-semver": lambda _, context: _parameter("latest", context).removeprefix("v") or None,
}
"""Shortcodes that are a few words; None: they are not known."""
WORDLESS = frozenset({"feature-state", "skew"})
"""Those of them whose arguments are no words for readers."""
DEFINITIONS = frozenset({"glossary_definition", "feature-gate-description"})
"""Shortcodes that print the text of another page of the site."""


def definition(row: Row, tag: Tag, context: Context, at: int) -> list[Row] | None:
    """Return the lines of the definition that *tag*, at the offset *at* of *row*, prints; None, with a problem, if there is no such page."""
    term = tag.first("term_id", "name")
    if not term:
        return None
    folders = _folders(context)
    path = context.library.identifiers.get(term) or context.library.chapter(term, context.manuscript.path)
    rows = included(row, f"/{path}" if path else f"{term}.md", context, folders=("", *folders), at=at)
    if rows is None:
        return []
    text = without_front_matter(rows)
    end = next((number for number, line in enumerate(text) if _MORE.fullmatch(line.text)), None)
    if end is not None:
        text = text[:end] if tag.values.get("length") == "short" else [*text[:end], *text[end + 1 :]]
    return _with_prefix(text, tag.values.get("prepend", ""))


def _with_prefix(rows: Sequence[Row], prefix: str) -> list[Row]:
    """Return *rows* with the words *prefix* before the first ones, which go on in small letters."""
    result = list(rows)
    first = next((number for number, line in enumerate(result) if line.text.strip()), None)
    if first is not None:
        line = result[first].text.strip()
        if prefix:
            goes_on = line[:1].lower() + line[1:] if not line[1:2].isupper() else line
            line = f"{prefix} {goes_on}"
        result[first] = result[first].made(line)
    return result


def _folders(context: Context) -> list[str]:
    """Return the folders in which the pages of definitions may be, the nearest to the chapter first."""
    above = context.manuscript.path.split("/")[:-1]
    homes = ["/".join(above[:depth]) for depth in range(len(above), 0, -1)]
    return [f"{home}/{folder}" for home in homes for folder in FOLDERS]


def _front(term: str, context: Context) -> Mapping[str, object]:
    """Return the front matter of the page that defines *term*, which need not be a chapter; empty if there is none."""
    path = context.library.identifiers.get(term)
    if path:
        front = context.library.manuscripts[path].front
        return {"title": front.title, **front.values}
    for folder in _folders(context) if _TERM.fullmatch(term) else ():
        if (table := context.table(f"{folder}/{term}.md", _block)) is not None:
            return table
    return {}


def _block(text: str) -> Mapping[str, object]:
    """Return the front matter in the *text* of a page; empty if there is none that can be read."""
    block = _BLOCK.match(text.replace("\r\n", "\n"))
    try:
        table = read_loose_yaml(block["yaml"]).plain if block else None
    except NotationError:
        return {}
    return table if isinstance(table, dict) else {}


def _parameter(name: str, context: Context) -> str:
    return value_of(name, context.library.parameters) or ""


def _words(name: str, context: Context) -> str | None:
    """Return the words that the site has under *name* in a file for its language; None if there are none."""
    language = context.library.settings.language
    for tag in dict.fromkeys((language, language.partition("-")[0], "en")):
        for stem in (f"i18n/{tag}", f"data/i18n/{tag}/{tag}"):
            for ending in (".toml", ".yaml", ".yml"):
                table = context.table(f"{stem}{ending}")
                text = value_of(f"{name}.other", table) or value_of(name, table) if table else None
                if text:
                    return " ".join(text.split())
    return None
