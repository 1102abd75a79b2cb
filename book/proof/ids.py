"""Ids, links and images of EPUB, HTML and the download page: ids are unique, targets exist, nothing is loaded from outside."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import ada_url

from book import schemes
from book.amounts import amount
from book.model import Book, Work
from book.patterns import regex
from book.problems import BUG, Kind, Place, Problem, Severity
from book.proof import markup, opened, verdicts
from book.proof.cuts import Cut
from book.proof.document import Document
from book.proof.markup import Reference
from book.proof.opened import Findings

DUPLICATE = Kind("P121", Severity.ERROR, "a duplicate id in one document")
DANGLING = Kind("P122", Severity.ERROR, "a link inside the book to a target that does not exist")
NO_IMAGE = Kind("P123", Severity.ERROR, "an image, font or stylesheet that is not in the edition")
FORBIDDEN = Kind("P124", Severity.ERROR, "a link that no edition may carry")
OUTSIDE = Kind("P125", Severity.ERROR, "something that would be loaded from outside")
LEANS = Kind("P126", Severity.ERROR, "a reference to an id that does not exist")

STRAY = regex(r'%(?![0-9A-Fa-f]{2})|[\s"<>\[\]\\^`{|}]|#.*#')
"""Characters that must be escaped after the host of an address in an EPUB; EPUBCheck reports them as errors (RSC-020)."""
CONTROLS = "".join(map(chr, range(33)))
MARKDOWN = regex(r"\.(?:md|mdx|markdown)\Z", re.IGNORECASE)

Resolve = Callable[[str, str], str]
"""Takes path and fragment of an internal address, both decoded; returns what is missing, empty if the target exists."""


def scheme(address: str) -> str:
    r"""Return the scheme of *address* in lower case, as a browser reads it; empty if the address is relative.

    >>> scheme("java\nscript:alert(1)"), scheme("//example.org/a.png"), scheme("a.xhtml#b:c")
    ('javascript', 'https', '')
    """
    # WHATWG URL §4.4: surrounding controls and spaces, and line ends inside, are dropped.
    bare = re.sub(r"[\t\n\r]", "", address).strip(CONTROLS)
    match = schemes.NAME.match(bare)
    return match[1].lower() if match else "https" if re.match(r"[\\/]{2}", bare) else ""


def forbidden(address: str) -> str:
    """Return why *address* may not be a link in any edition; empty if it may."""
    name = scheme(address)
    if name in schemes.UNSAFE:
        return f"the scheme {name}: is not allowed in a link"
    if name in ("http", "https") and not ada_url.check_url(address):
        return "no browser can read this address"
    if not name and MARKDOWN.search(unquote(address.partition("#")[0])):
        return "it leads to a Markdown file, which no reader has"
    return ""


@opened.check("ids and links")
def epub(folder: Path, work: Work, book: Book) -> Findings:
    """Prove the ids and links of an EPUB, across its files."""
    del book
    files = opened.members(folder, work)
    documents = tuple(opened.documents(work, files))
    anchors = {document.name: _anchors(document) for document in documents}
    problems: list[Problem] = []
    count = 0
    for document in documents:
        missing = _inside(document.name, files, anchors)
        judged, faults = _of_document(document, missing)
        count += judged
        problems += faults
    for name in files:
        if name.lower().endswith(".css"):
            missing = _inside(name, files, anchors)
            for reference in markup.stylesheet(files[name].decode("utf-8", "replace")):
                count += 1
                problems += _load_faults(reference, Place(path=f"{work.path}/{name}", line=reference.line), (), missing)
    return f"{amount(count, 'reference')} in {amount(len(documents), 'document')}", problems


def _anchors(document: Document) -> frozenset[str]:
    """Return the ids of *document*."""
    return frozenset(
        verdicts.facts("ids", document, lambda page: ([name for name, _ in markup.ids(page.root)], ()), list[str])[0]
    )


class _References(NamedTuple):
    """The references of a document: their number, and the path and the fragment of those that lead to other documents."""

    number: int
    targets: list[tuple[str, str]]


class _Piece(NamedTuple):
    """A piece of a page: the number of its references, its ids, and the ids that are referred to."""

    number: int
    ids: list[str]
    targets: list[str]


def _of_document(document: Document, missing: Resolve) -> tuple[int, tuple[Problem, ...]]:
    """Return how many references *document* of an EPUB has, and the problems of its ids and of them."""

    def look(page: Document) -> tuple[_References, list[Problem]]:
        """Return the internal addresses, those of other documents only once, and what is wrong whatever these are."""
        targets: list[tuple[str, str]] = []

        def record(path: str, fragment: str) -> str:
            targets.append((path, fragment))
            return ""

        references, names = tuple(markup.references(page.root)), tuple(markup.ids(page.root))
        judged, faults = _faults(page, references, names, {name for name, _ in names}, record)
        return _References(judged, targets), [*faults, *_strays(page, references)]

    (count, targets), faults = verdicts.facts("references", document, look, _References)
    if not faults and all(not missing(path, fragment) for path, fragment in targets):
        return count, ()
    references, names = tuple(markup.references(document.root)), tuple(markup.ids(document.root))
    judged, wrong = _faults(document, references, names, {name for name, _ in names}, missing)
    return judged, (*wrong, *_strays(document, references))


def _strays(document: Document, references: Sequence[Reference]) -> Iterator[Problem]:
    """Yield the *references* with characters that must be escaped."""
    for reference in references:
        if reference.leaning != "link" or not scheme(reference.value):
            continue
        if stray := STRAY.search(re.sub(r"^\w+://[^/?#]*", "", reference.value)):
            message = f"{reference.source} '{reference.value}': {stray[0]!r} is not allowed there"
            yield FORBIDDEN.at(document.place(reference.line), message, fix=BUG)


@opened.check("ids and links")
def html(folder: Path, work: Work, book: Book) -> Findings:
    """Prove the ids and links of the HTML edition: its one file refers to no other file."""

    def missing(path: str, fragment: str) -> str:
        del fragment
        return f"'{path}' is outside the single file"

    cut = opened.cut(folder, work, book)
    count = _of_pieces(cut, missing) if cut else None
    return (amount(count, "reference"), ()) if count is not None else _single(opened.page(folder, work), missing)


class _Recorder(set[str]):
    """The ids for which a proof asked; each counts as there."""

    def __contains__(self, name: object) -> bool:
        """Return that *name* is there."""
        self.add(str(name))
        return True


def _of_pieces(cut: Cut, missing: Resolve) -> int | None:
    """Return how many references the pieces of a page have; None if anything in them is wrong: then the page is judged as a whole."""

    def look(piece: Document) -> tuple[_Piece, list[Problem]]:
        """Return the number of references, the ids, and the ids that are referred to."""
        recorder, names = _Recorder(), tuple(markup.ids(piece.root))
        count, faults = _faults(piece, tuple(markup.references(piece.root)), names, recorder, missing)
        return _Piece(count, [name for name, _ in names], sorted(recorder)), faults

    count, own, needs = 0, Counter[str](), set[str]()
    for piece in (*cut.chapters.values(), cut.shell):
        (number, ids, targets), faults = verdicts.facts("ids and links", piece, look, _Piece)
        if faults:
            return None
        count += number
        own.update(ids)
        needs.update(targets)
    own.subtract(list(cut.chapters))  # the boxes that stand for the chapters
    return count if needs <= own.keys() and set(own.values()) <= {1} else None


@opened.check("ids and links")
def download(folder: Path, work: Work, book: Book) -> Findings:
    """Prove the ids and links of the download page: every file that it offers is in the output folder."""
    del book
    home = posixpath.dirname(work.path)

    def missing(path: str, fragment: str) -> str:
        del fragment
        target = posixpath.normpath(posixpath.join(home, path))
        exists = not target.startswith(("/", "../")) and (folder / target).is_file()
        return "" if exists else f"'{path}' is not in the output folder"

    return _single(opened.page(folder, work), missing)


def _single(document: Document, missing: Resolve) -> Findings:
    names = tuple(markup.ids(document.root))
    references = tuple(markup.references(document.root))
    count, problems = _faults(document, references, names, {name for name, _ in names}, missing)
    return amount(count, "reference"), problems


def _inside(name: str, files: Mapping[str, bytes], anchors: Mapping[str, Container[str]]) -> Resolve:
    """Return the resolver for addresses in the file *name* of an EPUB."""
    folder = posixpath.join(posixpath.dirname(name), "")

    def missing(path: str, fragment: str) -> str:
        target = (path if path[0] == "/" else folder + path) if path else name
        if target not in files:  # neither as it is written, as nearly all are
            target = posixpath.normpath(target)
        if target not in files:
            return f"there is no file '{target}'"
        if fragment and target in anchors and fragment not in anchors[target]:
            return f"'{target}' has no id '{fragment}'"
        return ""

    return missing


def _faults(
    document: Document,
    references: Sequence[Reference],
    names: Sequence[tuple[str, int]],
    own: Container[str],
    missing: Resolve,
) -> tuple[int, list[Problem]]:
    """Return the number of *references* in *document*, and the problems of its ids, *names* with their lines, and of them."""
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for name, line in names:
        if name in first:
            message = f"the id '{name}' is used here and on line {first[name]}"
            problems.append(DUPLICATE.at(document.place(line), message, fix=BUG))
        first.setdefault(name, line)
        if not name or re.search(r"\s", name):
            problems.append(
                DUPLICATE.at(
                    document.place(line), f"'{name}' is not a valid id: it is empty or contains a space", fix=BUG
                )
            )
    for reference in references:
        if reference.leaning == "id":
            if reference.value not in own:
                place = document.place(reference.line)
                problems.append(
                    LEANS.at(
                        place, f"{reference.source} refers to the id '{reference.value}', which is not there", fix=BUG
                    )
                )
        elif reference.leaning == "link":
            problems += _link_faults(reference, document, own, missing)
        else:
            problems += _load_faults(reference, document.place(reference.line), own, missing)
    return len(references), problems


def _link_faults(reference: Reference, document: Document, own: Container[str], missing: Resolve) -> Iterator[Problem]:
    if reason := forbidden(reference.value):
        yield FORBIDDEN.at(document.place(reference.line), f"{reference.source} '{reference.value}': {reason}", fix=BUG)
    elif not scheme(reference.value):
        path, _, fragment = (unquote(piece) for piece in reference.value.partition("#"))
        path = path.partition("?")[0]
        reason = missing(path, fragment) if path else _anchor_fault(fragment, own)
        if reason:
            yield DANGLING.at(
                document.place(reference.line), f"{reference.source} '{reference.value}': {reason}", fix=BUG
            )


def _anchor_fault(fragment: str, own: Container[str]) -> str:
    # HTML 7.4.6.4: an empty fragment and "top" lead to the top of the document.
    exists = not fragment or fragment.lower() == "top" or fragment in own
    return "" if exists else f"there is no id '{fragment}'"


def _load_faults(reference: Reference, place: Place, own: Container[str], missing: Resolve) -> Iterator[Problem]:
    protocol = scheme(reference.value)
    if reference.source == "<base href>":
        yield OUTSIDE.at(place, f"{reference.source} '{reference.value}' turns every link elsewhere", fix=BUG)
    elif protocol == "data":
        # An image or a font may be inside the address (data:); a document or a script may not.
        if not re.match(r"data:(?:image|font|application/(?:x-)?font)[/\w.+-]*[;,]", reference.value, re.IGNORECASE):
            yield OUTSIDE.at(
                place,
                f"{reference.source} loads '{reference.value[:40]}', which is neither an image nor a font",
                fix=BUG,
            )
    elif protocol or reference.source.startswith("<meta"):
        yield OUTSIDE.at(place, f"{reference.source} would load '{reference.value}'", fix=BUG)
    elif reference.value.startswith("#"):
        if unquote(reference.value[1:]) not in own:
            yield LEANS.at(place, f"{reference.source} refers to '{reference.value}', which is not there", fix=BUG)
    else:
        path, _, fragment = (unquote(piece) for piece in reference.value.partition("#"))
        if not path or (reason := missing(path, fragment)):
            fault = reason if path else "the address is empty"
            yield NO_IMAGE.at(place, f"{reference.source} '{reference.value}': {fault}", fix=BUG)
