"""Documents of built editions, which are parsed only if a proof must look at them."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator, Mapping

from lxml import etree
from msgspec import Struct

from book.problems import Place


class Unreadable(Exception):
    """The file exists but cannot be opened; *reason* is the error of its reader."""

    def __init__(self, reason: object) -> None:
        """Keep the first line of *reason*."""
        super().__init__((str(reason) or type(reason).__name__).splitlines()[0])


class Document(Struct, frozen=True, kw_only=True):
    """One markup document."""

    name: str
    """Name inside the EPUB; empty for a single file."""
    path: str
    """Path in the places of problems: the file name of the work, and the name inside it."""
    parsed: Callable[[], etree._Element]
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


class Members(Mapping[str, bytes]):
    """The files inside an EPUB by name, in the order of the archive. Bytes are unpacked, and roots made, when they are asked for."""

    def __init__(self, digests: Mapping[str, str], unpack: Callable[[str], bytes]) -> None:
        """Take the digests of the files by name, and what returns the bytes of a file, which agree with its digest."""
        self._digests = digests
        self._unpack = unpack
        self._files: dict[str, bytes] = {}
        self._roots: dict[str, etree._Element] = {}
        self._documents: dict[tuple[str, str], Document] = {}
        self.readable: tuple[str, ...] | None = None
        """The names of the documents that can be parsed; None before somebody has looked."""

    def __getitem__(self, name: str) -> bytes:
        """Return the bytes of the file *name*."""
        if name not in self._files:
            if name not in self._digests:
                raise KeyError(name)
            self._files[name] = self._unpack(name)
        return self._files[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is a file called *name*."""
        return name in self._digests

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the files."""
        return iter(self._digests)

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._digests)

    def digest(self, name: str) -> str:
        """Return the digest of the file *name*."""
        return self._digests[name]

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
            own = functools.partial(_root_in, weakref.ref(self), name)  # no ring: all trees go with the last user
            known = Document(name=name, path=f"{path}/{name}", parsed=own, digest=self._digests[name])
            self._documents[path, name] = known
        return known


def _root_in(files: weakref.ref[Members], name: str) -> etree._Element:
    """Return the root of the file *name*; whoever looks at a document has its *files* open."""
    opened = files()
    assert opened is not None  # noqa: S101 - book.proof.opened shares them until all proofs of the file have run
    return opened.root(name)
