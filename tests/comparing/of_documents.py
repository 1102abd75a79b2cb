"""The facts about an EPUB, an HTML page and report.json."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from lxml import etree, html
from PIL import Image

from tests.comparing.facts import Fact, Facts, Unreadable

INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em i img ins kbd mark q rp rt ruby s samp small span strong sub sup time u var wbr".split()
)
WORDLESS = frozenset({"script", "style", "template", "head"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
MEANING = (EPUB_TYPE, "role", "lang", "dir", "start", "colspan", "rowspan", "scope", "hidden")
"""Attributes with a meaning for readers; classes and ids are not compared."""


def html_facts(path: Path) -> Facts:
    """Return the facts about an HTML page.

    Raises:
        Unreadable: if there is no element in it.
    """
    try:
        tree = html.document_fromstring(path.read_bytes(), html.HTMLParser(encoding="utf-8", huge_tree=True))
    except etree.LxmlError as fault:
        raise Unreadable(str(fault)) from fault
    reader = _Reader("")
    reader.read(tree)
    return reader.facts


def epub_facts(path: Path) -> Facts:
    """Return the facts about an EPUB: its documents in the order of the spine, then everything else.

    Raises:
        Unreadable: if *path* is no archive, or its package document or one of its documents is no XML.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        return _epub_facts(parts)
    except (zipfile.BadZipFile, etree.LxmlError, KeyError, StopIteration) as fault:
        raise Unreadable(f"{type(fault).__name__} {fault}".strip()) from fault


def _epub_facts(parts: Mapping[str, bytes]) -> Facts:
    facts: defaultdict[str, list[Fact]] = defaultdict(list)
    facts["files"] += (Fact(name, name) for name in sorted(parts))
    container = _xml(parts["META-INF/container.xml"])
    package = next(container.iter("{*}rootfile")).get("full-path", "")
    opf = _xml(parts[package])
    base = package.rpartition("/")[0] + "/" if "/" in package else ""
    items = {item.get("id"): base + item.get("href", "") for item in opf.iter("{*}item")}
    spine = [items[reference.get("idref")] for reference in opf.iter("{*}itemref")]
    facts["outline"] += (Fact(package, f"spine: {name}") for name in spine)
    facts["metadata"] += (Fact(package, text) for text in _package_metadata(opf))
    rest = sorted(parts.keys() - set(spine) - {package})
    for name in (*spine, *rest):
        suffix = name.rpartition(".")[2]
        if suffix in {"xhtml", "html"}:
            reader = _Reader(name)
            reader.read(_xml(parts[name]))
            for kind, found in reader.facts.items():
                facts[kind] += found
        elif suffix == "ncx":
            facts["outline"] += _ncx(name, _xml(parts[name]))
        elif suffix == "css":
            facts["styles"] += _rules(name, parts[name].decode())
        elif suffix in {"otf", "ttf", "woff", "woff2"}:
            facts["styles"].append(Fact(name, f"typeface {_digest(parts[name])}"))
        elif suffix in {"png", "jpg", "jpeg", "gif", "svg", "webp"}:
            facts["pictures"].append(Fact(name, _picture(parts[name])))
        elif name != "mimetype" and suffix != "xml":
            facts["files"].append(Fact(name, f"contents {_digest(parts[name])}"))
    return facts


def _xml(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _package_metadata(opf: etree._Element) -> Iterator[str]:
    for element in next(opf.iter("{*}metadata")):
        name = element.get("property") or element.get("name") or _local(element)
        # The time of the build is not part of the book.
        if name != "dcterms:modified":
            yield f"{name} {_words(element) or element.get('content', '')}"


def _ncx(name: str, tree: etree._Element) -> Iterator[Fact]:
    for point in tree.iter("{*}navPoint", "{*}pageTarget"):
        label, target = next(point.iter("{*}text"), None), next(point.iter("{*}content"), None)
        depth = sum(1 for _ in point.iterancestors("{*}navPoint")) + 1
        yield Fact(
            name,
            f"{depth} {label.text if label is not None else ''} → {target.get('src') if target is not None else ''}",
        )


def _rules(name: str, sheet: str) -> Iterator[Fact]:
    yield from (Fact(name, " ".join(rule.split()) + " }") for rule in sheet.split("}") if rule.strip())


def _local(element: etree._Element) -> str:
    return _local_name(str(element.tag))


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]


def _words(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _picture(content: bytes) -> str:
    """Return the content of a picture: its pixels, if it has some, so that another compression is not a difference."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return f"{picture.width} × {picture.height} pixels {_digest(picture.convert('RGBA').tobytes())}"
    except OSError:
        return f"drawing {_digest(content)}"


class _Reader:
    """Reads one document of HTML or XHTML into facts."""

    def __init__(self, name: str) -> None:
        self.facts: defaultdict[str, list[Fact]] = defaultdict(list)
        self._name, self._where, self._word, self._silent = name, name, "", 0

    def read(self, tree: etree._Element) -> None:
        """Read all of *tree*."""
        self._add("metadata", f"language {tree.get('lang') or tree.get('{http://www.w3.org/XML/1998/namespace}lang')}")
        for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
            if event == "start":
                self._begin(element)
            elif event == "end":
                self._end(element)
            self._feed(element.text if event == "start" else element.tail)
        self._flush()

    def _add(self, kind: str, text: str) -> None:
        self.facts[kind].append(Fact(self._where, text))

    def _begin(self, element: etree._Element) -> None:
        tag = _local(element)
        if tag not in INLINE:
            self._flush()
        if tag in WORDLESS:
            self._silent += 1
        if identifier := element.get("id"):
            self._where = f"{self._name}#{identifier}"
        self._add(
            "elements",
            " ".join(
                [tag, *(f"{_local_name(name)}={element.get(name)}" for name in MEANING if name in element.attrib)]
            ),
        )
        self._describe(tag, element)

    def _describe(self, tag: str, element: etree._Element) -> None:
        if tag == "a" and (href := element.get("href")) is not None:
            self._add("links", f"{_words(element)} → {href}")
        elif tag in HEADINGS:
            self._add("outline", f"{tag} {_words(element)}")
        elif tag == "title" or (tag == "meta" and element.get("name")):
            self._add("metadata", f"{element.get('name', tag)} {element.get('content', _words(element))}")
        elif tag == "style":
            self.facts["styles"] += _rules(self._where, element.text or "")
        elif tag == "svg":
            self._add("pictures", f"drawing {_digest(etree.tostring(element, with_tail=False))}")
        if said := element.get("alt") or element.get("alttext") or element.get("aria-label"):
            self._add("alt texts", f"{tag} {said}")
        if tag == "img":
            self._add("pictures", self._source(element.get("src", "")))
        if element.get("role") == "doc-pagebreak" or "pagebreak" in element.get(EPUB_TYPE, ""):
            self._add("pages", f"page {element.get('aria-label') or element.get('title') or _words(element)}")

    @staticmethod
    def _source(address: str) -> str:
        head, comma, data = address.partition(",")
        if not comma or not head.startswith("data:"):
            return address
        return _picture(b64decode(data) if head.endswith(";base64") else unquote_to_bytes(data))

    def _end(self, element: etree._Element) -> None:
        tag = _local(element)
        if tag not in INLINE:
            self._flush()
        if tag in WORDLESS:
            self._silent -= 1

    def _feed(self, text: str | None) -> None:
        for part in re.split(r"(\s+)", text or "") if not self._silent else ():
            if not part or part.isspace():
                self._flush() if part else None
            else:
                self._word += part

    def _flush(self) -> None:
        if self._word:
            self._add("words", self._word)
        self._word = ""


def report_facts(path: Path) -> Facts:
    """Return what report.json says of the book: its page map, chapters, changes and problems. Bytes and versions are left out.

    Raises:
        Unreadable: if *path* is no JSON object.
    """
    try:
        report = json.loads(path.read_bytes())
    except ValueError as fault:
        raise Unreadable(str(fault)) from fault
    if not isinstance(report, dict):
        raise Unreadable("it is no object of JSON")
    facts = [
        Fact("page_map", f"{key}: {value}") for key, value in (report.get("page_map") or {}).items() if key != "pages"
    ]
    facts += (Fact("page_map", _line(page)) for page in (report.get("page_map") or {}).get("pages", ()))
    facts += (Fact("chapters", _line(chapter)) for chapter in report.get("chapters", ()))
    facts += (Fact("changes", _line(change)) for change in report.get("changes", ()))
    # The wording may be improved; the problems and their places belong to the book.
    named = ("severity", "code", "path", "line", "column")
    facts += (
        Fact("problems", " ".join(str(problem.get(key)) for key in named)) for problem in report.get("problems", ())
    )
    works = (
        (work.get("path"), work.get("status"), work.get("pages"), work.get("words")) for work in report.get("works", ())
    )
    facts += (Fact("works", "{} {}: {} pages, {} words".format(*work)) for work in works)
    return {"report": facts}


def _line(entry: Any) -> str:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True)
