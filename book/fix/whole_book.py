"""What `book fix` knows about the book of a chapter: its settings, and what its chapters know together."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from book import dialects, settings, sidebar, sites
from book.fix.source_edits import Value
from book.markdown import chapters, reader, sanitise
from book.markdown.nodes import node
from book.markdown.positions import moved
from book.markdown.tree import unwrap
from book.model import Draft, Manuscript, Nodes
from book.patterns import regex
from book.problems import BookError, Problem, Severity, worst
from book.settings import Settings
from book.sidebar.way import paths
from book.sites.site import Site
from book.source import language, manuscript
from book.source.notebooks import SUFFIX as NOTEBOOK
from book.style import Style
from book.style.house_style import Styled, book_style, styled
from book.style.links import hosts as hosts_of
from book.style.links import known_hosts
from book.style.links.addresses import PLAIN_HTTP, Evidence

PLAIN_HOST = regex(r"http(?::|%3a)(?://|%2f%2f)(?:[^\s/@<>]*@)?([^\s/:?#%<>\"')\]]+)")
# Redirectors that encode the host of their target, and hosts with two spellings.
VEILED = regex(r"bing\.com/ck|urldefense|://[^\s/]*[^\x00-\x7f]|xn--")


Read = tuple[Draft | None, tuple[Problem, ...]]
"""A chapter as it is read; None if it cannot be read, and why."""


def relative(file: Path, root: Path) -> str:
    """Return the path of *file* in the folder *root*."""
    return Path(os.path.abspath(file)).relative_to(root).as_posix()  # noqa: PTH100 - as in _root


class WholeBook:
    """The settings of a book, and facts from all its chapters."""

    def __init__(self, root: Path, settings: Settings, *, whole: bool) -> None:
        self.root, self.settings = root, settings
        self.whole = whole or settings.present
        self.hosts: dict[str, frozenset[str]] = {}
        """Chapter -> hosts that it links to with https, for chapters read so far."""

    def below(self, folder: Path) -> tuple[str, ...]:
        """Return the paths of the chapters in *folder*, in reading order."""
        inside = relative(folder, self.root)
        paths_inside = (item.path for item in self.listed if inside == "." or item.path.startswith(inside + "/"))
        return tuple(path for path in paths_inside if not path.lower().endswith(NOTEBOOK))

    @functools.cached_property
    def site(self) -> Site | None:
        """The site that the book is written for."""
        return sites.recognise(self.root)[0]

    @functools.cached_property
    def spoken(self) -> Settings:
        """The settings, with the language of the site or the chapters, as in a build."""
        over = settings.over(self.settings, **self.site.about) if self.site else self.settings
        return language.settled(over, self.neighbours, is_set=sites.says_language(self.site, over))[0]

    @functools.cached_property
    def listed(self) -> tuple[Manuscript, ...]:
        """The chapters in the book's reading order."""
        site = self.site
        manuscripts, problems = manuscript.gather(self.root, self.settings, sites.scope(site, self.settings))
        manuscripts = tuple(item for item in manuscripts if item.sound)
        if not manuscripts and worst(problems) is Severity.ERROR:
            raise BookError(problem for problem in problems if problem.severity is Severity.ERROR)
        order, _ = sidebar.order(self.root, self.settings, manuscripts, (), site)
        by_path = {item.path: item for item in manuscripts}
        return tuple(by_path[path] for path in dict.fromkeys(paths(order.entries)) if path in by_path)

    @functools.cached_property
    def style(self) -> Style:
        """The house style, with what the whole book teaches about its words, as in a build."""
        return book_style((item.text for item in self.neighbours), self.spoken)

    @functools.cached_property
    def neighbours(self) -> tuple[Manuscript, ...]:
        """The chapters that may have evidence about hosts or words."""
        if self.whole:
            return self.listed
        # A file outside a book: the files next to it.
        names = sorted(file.name for file in self.root.iterdir() if file.suffix.lower() in manuscript.SUFFIXES)
        read = (manuscript.read(self.root, name, self.settings)[0] for name in names)
        return tuple(file for file in read if file is not None)

    def evidence(self, text: str, own: frozenset[str]) -> Evidence:
        """Return what the book knows about the hosts of the http addresses in *text*, and of the hosts that it knows as its *own*.

        Only chapters that name one of these hosts are read, each once.
        """
        hosts = frozenset(PLAIN_HOST.findall(text.lower()))
        witnesses = [
            item
            for item in self.neighbours
            if item.path not in self.hosts
            and (VEILED.search(words := item.text.lower()) or any(host in words for host in hosts))
        ]
        for item, (chapter, _) in zip(witnesses, self.chapters(witnesses), strict=True):
            self.hosts[item.path] = hosts_of(chapter) if chapter else frozenset()
        return Evidence(https_hosts=own.union(*self.hosts.values()))

    def chapters(self, sources: Iterable[Manuscript]) -> Iterator[Read]:
        """Yield the text of each of *sources* as pandoc reads it and the build sanitises it, with its headings unchanged."""
        readings = (dialects.read((source,), self.root, self.settings, self.site) for source in sources)
        for settings_of_all, alike in itertools.groupby(readings, key=lambda reading: reading.settings):
            every = list(alike)
            rewritten = [manuscript for reading in every for manuscript in reading.manuscripts]
            trees = chapters.trees(rewritten, settings_of_all, None)
            for reading, source, (blocks, problems) in zip(every, rewritten, trees, strict=True):
                if blocks is None:
                    yield None, problems
                    continue
                tree, _, _ = reading.after(source, blocks)
                tamed, _ = sanitise.tame(tree, source, self.settings.components)
                yield self.bound(source, tamed), ()

    def bound(self, source: Manuscript, blocks: Nodes) -> Draft:
        """Return *blocks* as the chapter of *source*."""
        return Draft(title=(), label=(), lang=source.front.lang or self.spoken.language, source=source, blocks=blocks)

    def styled(self, chapter: Draft) -> Styled:
        """Return *chapter* in house style, and what that changes."""
        own = known_hosts((hosts_of(chapter),), self.settings.links.https_hosts)
        draft = styled(chapter, Evidence(https_hosts=own), self.settings, self.style)
        if any(problem.code == PLAIN_HTTP.code for problem in draft.problems):
            draft = styled(chapter, self.evidence(chapter.source.text, own), self.settings, self.style)
        return draft

    def lines(self, source: Manuscript, values: Sequence[Value]) -> Iterator[Styled]:
        """Yield each of *values*, read as one line of Markdown, in house style."""
        read = reader.inlines([value.words for value in values], self.settings, None)
        for number, (value, words) in enumerate(zip(values, read, strict=True)):
            # They were read as headings with a blank line between; a # at either end was escaped, which shifts the columns.
            inlines = (
                unwrap(words) if value.words[0] == "#" or value.words[-1] == "#" else moved(words, -2 * number, -2)
            )
            line = Manuscript(path=source.path, text=value.words, first_line=1, front=source.front)
            yield self.styled(self.bound(line, (node("Plain", list(inlines)),)))
