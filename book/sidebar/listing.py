"""The list of `book order --toml`: any order as the ``sidebar`` of handbound.toml, which gives the same order again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from book.model import Entry, Manuscript, Sidebar
from book.notation.toml import quoted
from book.settings import Settings
from book.settings.keys import EntryMatter
from book.sidebar.way import walk
from book.sites.names import title_of


def listing(sidebar: Sidebar, manuscripts: Iterable[Manuscript], settings: Settings) -> tuple[str, ...]:
    """Return the lines to paste into handbound.toml, above its first table.

    Args:
        sidebar: the reading order.
        manuscripts: the chapters.
        settings: the book's own, with keys that need not be printed again.
    """
    counted = any(entry.numbered for entry in walk(sidebar.entries) if entry.path and entry.matter == "main")
    lines = _Lines(
        chapters={manuscript.path: manuscript for manuscript in manuscripts}, counted=counted or not sidebar.entries
    )
    unnumbered = [
        f"{key} = false"
        for key in ("number_chapters", "number_captions")
        if not lines.counted and key not in settings.places
    ]
    # Without it, pages that a site leaves out, and translations, would be placed at the end.
    others = 'others = "leave out" # the chapters that this list does not name'
    return (*unnumbered, others, "sidebar = [", *lines.of(sidebar.entries, "  "), "]")


class _Lines(Struct, frozen=True, kw_only=True):
    """Writes entries as lines of the list."""

    chapters: Mapping[str, Manuscript]
    counted: bool
    """Whether any chapter is numbered; otherwise one key says so for all."""

    def of(self, entries: tuple[Entry, ...], indent: str, matter: EntryMatter | None = None) -> Iterator[str]:
        """Yield the lines of *entries*, which are below an entry of *matter*; None for the top level."""
        for entry in entries:
            if not entry.path and not entry.title:
                yield from self.of(entry.children, indent, matter)
                continue
            own = _matter(entry)
            below = tuple(self.of(entry.children, f"{indent}  ", own))
            head = [*self.head(entry), *self.number(entry, top=matter is None)]
            if own != (matter or "main"):
                head.append(f"matter = {quoted(own)}")
            if below:
                yield f"{indent}{{ {', '.join(head)}, chapters = ["
                yield from below
                yield f"{indent}] }},"
            elif len(head) > 1:
                yield f"{indent}{{ {', '.join(head)} }},"
            elif entry.path:
                yield f"{indent}{quoted(entry.path)},"

    def head(self, entry: Entry) -> Iterator[str]:
        """Yield the keys that name the entry."""
        chapter = self.chapters.get(entry.path or "")
        if entry.kind == "part":
            yield f"part = {quoted(entry.title or (title_of(chapter) if chapter else ''))}"
            if entry.path:
                yield f"page = {quoted(entry.path)}"
            return
        yield f"chapter = {quoted(entry.path or '')}"
        if entry.title and chapter and entry.title != (chapter.front.label or title_of(chapter)):
            yield f"title = {quoted(entry.title)}"

    def number(self, entry: Entry, *, top: bool) -> Iterator[str]:
        """Yield the key of an entry without a number, if it would get one: a part does at the *top* level only."""
        counted = top if entry.kind == "part" else self.counted and entry.matter == "main"
        if counted and not entry.numbered:
            yield "numbered = false"


def _matter(entry: Entry) -> EntryMatter:
    return "appendix" if entry.appendix and entry.matter == "main" else entry.matter
