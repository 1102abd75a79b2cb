"""Documents of built editions, which are parsed only if a proof must look at them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from book.problems import Place
from book.seal import digest as digest_of


class Unreadable(Exception):
    """The file exists but cannot be opened; *reason* is the error of its reader."""

    def __init__(self, reason: object) -> None:
        """Keep the first line of *reason*."""
        super().__init__((str(reason) or type(reason).__name__).splitlines()[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One markup document."""

    name: str
    """Name inside the EPUB; empty for a single file."""
    path: str
    """Path in the places of problems: the file name of the work, and the name inside it."""
    parsed: Callable[[], etree._Element] = field(repr=False)
    """Returns the root element, always the same."""
    digest: str = ""
    """The digest of its bytes, and of anything else on which its tree depends; empty if its verdicts are not remembered."""

    @property
    def root(self) -> etree._Element:
        """The root element."""
        return self.parsed()

    def place(self, line: int = 1) -> Place:
        """Return the place of *line*."""
        return Place(path=self.path, line=max(line, 1))


class Members(dict[str, bytes]):
    """The files inside an EPUB by name."""

    def __init__(self, files: dict[str, bytes]) -> None:
        """Take the *files*; their roots and digests are made when they are asked for."""
        super().__init__(files)
        self._roots: dict[str, etree._Element] = {}
        self._documents: dict[tuple[str, str], Document] = {}
        self.readable: tuple[str, ...] | None = None
        """The names of the documents that can be parsed; None before somebody has looked."""

    def root(self, name: str) -> etree._Element:
        """Return the root element of the file *name*.

        Raises:
            lxml.etree.XMLSyntaxError: the file is not XML.
        """
        if name not in self._roots:
            # The file is our own, but still no entity is expanded and nothing is fetched.
            reader = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
            self._roots[name] = etree.fromstring(self[name], reader)
        return self._roots[name]

    def document(self, path: str, name: str) -> Document:
        """Return the file *name* of the EPUB *path* as a document."""
        if (known := self._documents.get((path, name))) is None:
            own = functools.partial(self.root, name)
            known = Document(name=name, path=f"{path}/{name}", parsed=own, digest=digest_of(self[name]))
            self._documents[path, name] = known
        return known
