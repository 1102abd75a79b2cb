"""Ids, links and notes: every href is resolved here, once, before any format sees it.

After this stage each id is unique in the book and begins with its chapter's name; a link inside the book is ``#id``; any
other href is an absolute address. What cannot be resolved is text, with a warning that names the nearest thing there is.
"""

from __future__ import annotations

import copy
import os
import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, unquote, urljoin, urlsplit

from lxml import etree

from book.assemble import compose, slugs
from book.body import HEADINGS, HREF, KIND, MARKS, NOTHING, POS, Body, Element, mark, take_out
from book.html_names import SVG
from book.markdown.tree import plain
from book.model import Book, Chapter, Section
from book.problems import Kind, Place, Problem, Severity, nearest
from book.safe_open import inside
from book.schemes import SCHEMES, UNSAFE, scheme
from book.settings import Links
from book.style.links.addresses import INVALID, short, suggestion
from book.style.links.whatwg import parse

MISSING_FILE = Kind("R101", Severity.WARNING, "a link to a chapter that is not in the book")
MISSING_ANCHOR = Kind("R102", Severity.WARNING, "a link to a heading that its chapter does not have")
OUTSIDE = Kind("R103", Severity.WARNING, "a link that leaves the book's folder")
NO_SITE = Kind("R104", Severity.WARNING, "a link to a page of the site, whose address is not known")
CASE = Kind("R105", Severity.NOTE, "a link whose path differs in case")
ANCHOR_FORM = Kind("R106", Severity.NOTE, "an anchor written in another form than its heading")
TWICE = Kind("R107", Severity.WARNING, "a duplicate id")
SCHEME = Kind("R108", Severity.WARNING, "an address of a kind that readers' devices cannot open")
RUNS = Kind("R109", Severity.WARNING, "an address that could run something or open a file")
EMPTY = Kind("R110", Severity.WARNING, "a link without an address")
BACKSLASH = Kind("R111", Severity.WARNING, "a link whose path is written with backslashes")
NO_CHAPTER = Kind("R112", Severity.WARNING, "a link to a file in the folder that is not part of the book")
DEAD_ROUTE = Kind("R113", Severity.WARNING, "a route to a chapter that is not in the book")

ENDINGS = (".md", ".markdown", ".mdx")
INDEXES = ("index", "README", "readme", "_index")
NOT_IN_AN_ADDRESS = re.compile(r"""[\s"<>`]""")
"""What an address may hold only as an escape (WHATWG URL §1.3); as typed, it could end the attribute it stands in."""
LOST = re.compile(r"/(?=[!-/:-@\[-`{-~])")
"""The slashes that, written as back slashes, would be escapes (CommonMark 0.31 §2.4)."""
# XML 1.0 §2.3: what a name may hold, without the colon.
NOT_IN_A_NAME = re.compile(r"[^\w.\u00b7-]")


def resolve(
    book: Book, links: Links, root: Path | None = None, places: Mapping[str, Place] = MappingProxyType({})
) -> tuple[Book, tuple[Problem, ...]]:
    """Return *book* with true ids and links, and what was wrong with them.

    Args:
        book: composed by :func:`book.assemble.compose.compose`.
        links: address of the site, and routes into the book.
        root: the book's folder, to tell a file that is no chapter from one that is not there; nothing in it is opened.
        places: of the settings, for routes that lead nowhere.
    """
    index = _Index(links=links, taken=set(_names(book)), root=root)
    bodies = {chapter.slug: chapter.body.copy() for chapter in book.spine}
    for chapter in book.spine:
        index.enter(chapter, bodies[chapter.slug])
    index.close()
    index.problems.extend(_dead_routes(index, places))
    resolved: dict[str, Chapter] = {}
    for chapter in book.spine:
        body = bodies[chapter.slug]
        _Linker(index, chapter).resolve(body)
        calls = _title_calls(body) if chapter.show_title and compose.has_notes(chapter.title) else NOTHING
        resolved[chapter.slug] = replace(
            chapter,
            body=Body(body),
            title_calls=calls,
            questions=tuple(_question(index, chapter, number) for number in range(len(chapter.questions))),
            sections=tuple(_sections(body)),
            address=site_address(chapter, links),
        )

    return book.each(lambda chapter: resolved[chapter.slug]), tuple(index.problems)


def _title_calls(body: Element) -> Body:
    """Take the calls of the notes of the title out of *body*, and return them."""
    first = body[0] if len(body) else None
    holder = first[0] if first is not None and first.tag == "p" and len(first) else None
    if first is None or holder is None or holder.get(KIND) != compose.TITLE_NOTES:
        return NOTHING
    take_out(first)
    return Body.inside(holder)


def _question(index: _Index, chapter: Chapter, number: int) -> Body:
    """Return one question for discussion with true links; it has no ids of its own, and nothing leads to it."""
    places = chapter.source.front.places
    place = places.get(f"discussion.{number}") or places.get("discussion") or chapter.source.place(1)

    def resolve(question: Element) -> None:
        _Linker(index, chapter, place).resolve(question)
        for element in question.iter(etree.Element):
            element.attrib.pop("id", None)

    return chapter.questions[number].changed(resolve)


def _dead_routes(index: _Index, places: Mapping[str, Place]) -> Iterator[Problem]:
    for route, target in index.links.routes.items():
        place = places.get(f"links.routes.{route}")
        if place and index.find(target)[0] is None:
            near = nearest(target, index.paths)
            message = f"the route {route!r} leads to {target!r}, which is not a chapter of this book"
            fix = f'write "{near}"' if near else "write the path of a chapter, or remove the route"
            yield DEAD_ROUTE.at(place, message, fix=fix)


def site_address(chapter: Chapter, links: Links) -> str:
    """Return the address of *chapter* on the book's site: by its route, its permalink, else by its file.

    Returns:
        An absolute address; empty when the settings have no ``site_url``.
    """
    if not links.site_url:
        return ""
    path = chapter.source.path
    bare = re.sub(r"(?:^|(?<=/))(?:index|README|readme|_index)$", "", re.sub(r"\.(?:mdx?|markdown)$", "", path))
    routes = [route for route, target in links.routes.items() if target in (path, bare)]
    front = chapter.source.front
    said = [one for one in (front.values.get("permalink"), front.slug) if isinstance(one, str) and one.startswith("/")]
    route = (*routes, *said, bare)[0]
    return urljoin(links.site_url.rstrip("/") + "/", quote(route.lstrip("/"), safe="/?#[]@!$&'()*+,;=%:~-._"))


def _names(book: Book) -> Iterator[str]:
    yield from (chapter.slug for chapter in book.spine)
    yield from (part.slug for part in book.parts if part.slug)


def _sections(body: Element) -> Iterator[Section]:
    """Yield the headings of *body* that have an id."""
    for heading in body.iter(*HEADINGS):
        name = heading.get("id")
        if not name:
            continue
        inner = copy.deepcopy(heading)
        inner.tail = None
        for element in list(inner.iter("a", "span", "img")):
            if element.get(KIND) == "noteref" or element.tag == "img":
                _drop(element, keep=False)
            else:
                _drop(element, keep=True)
        words = Body.inside(inner).line()
        if words:
            yield Section(level=int(str(heading.tag)[1]), identifier=name, heading=words)


def _drop(element: Element, *, keep: bool) -> None:
    """Take *element* away; *keep* leaves what it holds."""
    if not keep:
        for inner in list(element):
            element.remove(inner)
        element.text = None
    # A tag that etree strips, and only it: a name nothing else has.
    element.tag = "handbound-strip"
    root = element.getroottree().getroot()
    etree.strip_tags(root, "handbound-strip")


@dataclass(slots=True, kw_only=True)
class _Index:
    """Everything a link can lead to."""

    links: Links
    taken: set[str]
    paths: dict[str, Chapter] = field(default_factory=dict)
    composed: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, Chapter] = field(default_factory=dict)
    anchors: dict[str, dict[str, str]] = field(default_factory=dict)
    """Chapter name -> every anchor that leads into it -> id."""
    loose: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same without regard to case and punctuation."""
    typed: set[str] = field(default_factory=set)
    """The ids that the author gave in the chapter at hand."""
    problems: list[Problem] = field(default_factory=list)
    bases: tuple[str, ...] = ("",)
    root: Path | None = None

    def enter(self, chapter: Chapter, body: Element) -> None:
        """Give every element of the *body* of *chapter* its id, and note what leads to it."""
        self.paths[chapter.source.path] = chapter
        anchors: dict[str, str] = {}
        counts: Counter[str] = Counter()
        drawn: dict[str, str] = {}
        own = {chapter.slug: chapter.slug, **dict.fromkeys(chapter.anchors, chapter.slug)}
        self.typed = set(chapter.anchors)
        for alias in slugs.dialects(plain(chapter.title)):
            own.setdefault(alias, chapter.slug)
            counts[alias] += 1
        for element in body.iter(etree.Element):
            if element.tag == "a" and element.get("name"):
                name = element.attrib.pop("name")
                if not element.get("id"):
                    element.set("id", name)
            typed = element.get("id")
            if _in_picture(element):
                if typed is not None:
                    element.set("id", self.free(f"{chapter.slug}-{typed}"))
                    drawn.setdefault(typed, str(element.get("id")))
                continue
            if element.tag in HEADINGS:
                self.heading(chapter, element, typed, anchors, counts)
            elif typed is not None:
                self.name(chapter, element, typed, anchors)
        for element in body.iter(f"{{{SVG}}}*") if drawn else ():
            for key, value in element.attrib.items():
                if found := re.fullmatch(r"\s*url\(\s*[\"']?#([^\"')]+)[\"']?\s*\)\s*", str(value)):
                    element.set(key, f"url(#{drawn.get(found[1], found[1])})")
        self.anchors[chapter.slug] = {**own, **anchors}
        self.loose[chapter.slug] = {_fold(alias): name for alias, name in reversed(self.anchors[chapter.slug].items())}
        for address in (
            *chapter.source.front.addresses,
            *((chapter.source.front.slug,) if chapter.source.front.slug else ()),
        ):
            self.addresses.setdefault(_trim(address), chapter)

    def heading(
        self, chapter: Chapter, element: Element, typed: str | None, anchors: dict[str, str], counts: Counter[str]
    ) -> None:
        """Name a heading ``chapter-heading``; its slug in every dialect leads to it, so does the author's own id."""
        words = "".join(
            str(text)
            for text in element.xpath(".//text()[not(ancestor::a[@hb:kind='noteref'])]", namespaces={"hb": MARKS})
        )
        name = self.free(f"{chapter.slug}-{slugs.github(words) or 'section'}")
        element.set("id", name)
        for alias in slugs.dialects(words):
            seen = counts[alias]
            counts[alias] += 1
            if not seen:
                anchors.setdefault(alias, name)
            else:  # the second of its name: GitHub and kramdown write -1, Python-Markdown _1
                anchors.setdefault(f"{alias}-{seen}", name)
                anchors.setdefault(f"{alias}_{seen}", name)
        if typed:
            self.own(chapter, element, typed, name, anchors)

    def name(self, chapter: Chapter, element: Element, typed: str, anchors: dict[str, str]) -> None:
        """Give an element that is no heading its id."""
        name = self.free(f"{chapter.slug}-{typed}")
        element.set("id", name)
        self.own(chapter, element, typed, name, anchors)

    def own(self, chapter: Chapter, element: Element, typed: str, name: str, anchors: dict[str, str]) -> None:
        """Let the id that the author typed lead to *name*."""
        if typed in self.typed:
            message = f"the id '{typed}' is used twice; links lead to the first"
            self.problems.append(TWICE.at(_place(chapter, element), message, fix="give the second one another id"))
            return
        anchors[typed] = name
        self.typed.add(typed)

    def free(self, wanted: str) -> str:
        """Return *wanted*, fit for XML, or the first form of it that is free in the book."""
        wanted = NOT_IN_A_NAME.sub("-", wanted)
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}-{number}", number + 1
        self.taken.add(name)
        return name

    def close(self) -> None:
        """Finish the tables that need every chapter."""
        for path in self.paths:  # a name may be typed composed, and lie decomposed on the disk
            self.composed.setdefault(_composed(path), path)
            self.folded.setdefault(_composed(path).casefold(), path)
        common = posixpath.commonpath([posixpath.dirname(path) or "." for path in self.paths]) if self.paths else ""
        steps = [] if common in ("", ".") else common.split("/")
        self.bases = ("", *("/".join(steps[: count + 1]) for count in range(len(steps))))

    def find(self, path: str) -> tuple[Chapter | None, bool]:
        """Return the chapter at *path*, in any of the ways a link may write it, and whether its case was wrong."""
        stem = re.sub(r"\.(?:html?|mdx?|markdown)$", "", path)
        tries = [path, *(stem + ending for ending in ENDINGS)]
        folder = path.rstrip("/")
        tries += [f"{folder}/{index}{ending}".lstrip("/") for index in INDEXES for ending in ENDINGS]
        for wanted in tries:
            if wanted in self.paths:
                return self.paths[wanted], False
        for wanted in map(_composed, tries):
            if (path_ := self.composed.get(wanted)) is not None:
                return self.paths[path_], False
        for wanted in map(_composed, tries):
            if (path_ := self.folded.get(wanted.casefold())) is not None:
                return self.paths[path_], True
        return None, False

    def file(self, path: str) -> str | None:
        """Return *path* if a file of the book's folder is called so; nobody opens it."""
        if self.root is None or not path or path.startswith("/"):
            return None
        home = os.path.realpath(self.root)
        for name in dict.fromkeys((path, _composed(path), unicodedata.normalize("NFD", path))):
            real = os.path.realpath(f"{home}/{name}") if "\0" not in name else home
            if inside(real, home) and os.path.isfile(real):  # noqa: PTH113 - no path of a stranger raises here
                return name
        return None


def _composed(path: str) -> str:
    return unicodedata.normalize("NFC", path)


def _in_picture(element: Element) -> bool:
    """Say whether *element* is inside an inline drawing: its ids are for the drawing's own use."""
    return any(etree.QName(above).namespace == SVG for above in (element, *element.iterancestors()))


def _fold(anchor: str) -> str:
    return re.sub(r"[\W_]+", "", _composed(anchor).casefold())


def _trim(address: str) -> str:
    """Return a site address without the parts that make no difference."""
    path = unquote(urlsplit(address).path).strip("/")
    return re.sub(r"(?:^|/)index$", "", re.sub(r"\.(?:html?|md|mdx)$", "", path)).casefold()


def _place(chapter: Chapter, element: Element) -> Place:
    """Return where *element* stands in the author's file."""
    for near in (element, *element.iterancestors()):
        if found := re.match(r"(\d+):(\d+)", near.get(POS, "")):
            return chapter.source.place(int(found[1]), int(found[2]))
    return chapter.source.place(1)


@dataclass(slots=True)
class _Linker:
    """Resolves the links of one chapter."""

    index: _Index
    chapter: Chapter
    place: Place | None = None
    """Of all links, for a text that does not stand in the body."""

    def resolve(self, body: Element) -> None:
        """Make every href of *body* true, and take the sleeping ones and the positions away."""
        for link in list(body.iter("a")):
            kind = link.get(KIND)
            if kind in ("noteref", "backlink"):
                link.set("href", f"#{self.index.anchors[self.chapter.slug][link.get('href', '')[1:]]}")
                continue
            address = link.attrib.pop(HREF, None)
            if address is None:
                continue
            href = self.href(link, str(address))
            if href is None:
                link.tag = "span"
                mark(link, "dead-link")
            else:
                link.set("href", href)
                if not href.startswith("#"):
                    mark(link, "external")
        for link in body.iter("a"):
            if not link.get("href"):  # an anchor: readers take it for a link that leads nowhere
                link.tag = "span"
        for element in body.iter(etree.Element):
            element.attrib.pop(POS, None) if element.tag != "img" else None

    def say(self, kind: Kind, link: Element, message: str, fix: str = "") -> None:
        """Keep a problem at *link*."""
        self.index.problems.append(kind.at(self.place or _place(self.chapter, link), message, fix=fix))

    def href(self, link: Element, address: str) -> str | None:
        """Return what stands in the href of *link*, or None when it is to be text."""
        address = address.strip()
        kind = scheme(address)
        if kind in UNSAFE:
            message = f"a link to {kind}: is shown as text: '{address}'"
            self.say(RUNS, link, message, "write a web address, or remove the link")
            return None
        if address.startswith("//"):
            address, kind = f"https:{address}", "https"
        if kind:
            if kind not in SCHEMES:
                self.say(
                    SCHEME, link, f"the link '{address}' is shown as text", "write an address that starts with https:"
                )
                return None
            if kind in ("http", "https") and parse(address) is None:
                # Of an author's HTML alone: house style has looked at the links of Markdown.
                message = f"this address cannot be read: {short(address)}"
                self.say(INVALID, link, message, "write the address as the browser shows it")
                return None
            if not address.partition(":")[2].strip("/ "):
                self.say(
                    EMPTY,
                    link,
                    f"the link '{address}' has no address after its scheme",
                    "write one, or remove the link",
                )
                return None
            return self.own_site(address) or NOT_IN_AN_ADDRESS.sub(lambda found: quote(found[0]), address)
        if not address:
            if link.get("id") is None:
                self.say(EMPTY, link, "this link has no address", "write one between the round brackets")
            return None
        typed, _, fragment = address.partition("#")
        path = unquote(typed.partition("?")[0])
        if not path:
            return self.anchor(link, self.chapter, fragment)
        slashed = path.replace("\\", "/")
        found = self.routed if slashed.startswith("/") else self.beside
        known = len(self.index.problems)
        href = found(link, slashed, address, fragment)
        if href and slashed != path and all(one.code != BACKSLASH.code for one in self.index.problems[known:]):
            right = re.sub(r"\\|%5C", "/", typed, flags=re.IGNORECASE) + address[len(typed) :]
            message = f"the link '{address}' is written with backslashes; they are read as slashes"
            self.say(BACKSLASH, link, message, f"write {right}")
        return href

    def own_site(self, address: str) -> str | None:
        """Return the id that an absolute address of the book's own site means, if it means one."""
        site = (self.index.links.site_url or "").rstrip("/")
        if not site or not (address == site or address.startswith(f"{site}/")):
            return None
        path, _, fragment = address[len(site) :].partition("#")
        chapter = self.at_route(unquote(path.partition("?")[0]) or "/")
        if chapter is None or (fragment and fragment not in self.index.anchors[chapter.slug]):
            return None
        return f"#{self.index.anchors[chapter.slug][fragment] if fragment else chapter.slug}"

    def at_route(self, path: str) -> Chapter | None:
        """Return the chapter that stands at *path* of the site."""
        wanted = _trim(path)
        for route, target in self.index.links.routes.items():
            if _trim(route) == wanted:
                return self.index.find(target)[0]
        if wanted in self.index.addresses:
            return self.index.addresses[wanted]
        for base in self.index.bases:
            found, _ = self.index.find(posixpath.join(base, path.strip("/")) if path.strip("/") else base or "index")
            if found is not None:
                return found
        return None

    def routed(self, link: Element, path: str, address: str, fragment: str) -> str | None:
        """Resolve a link that begins with a slash: route, page address, file; else the site."""
        if (found := self.at_route(posixpath.normpath(path))) is not None:
            return self.anchor(link, found, fragment)
        if site := self.index.links.site_url:
            return urljoin(site.rstrip("/") + "/", quote(address.lstrip("/"), safe="/?#[]@!$&'()*+,;=%:~-._"))
        fix = f'set site_url = "https://…" under [links] in handbound.toml{self.nearest(path)}'
        self.say(NO_SITE, link, f"the link '{address}' leads to a page of the site; it is shown as text", fix)
        return None

    def beside(self, link: Element, path: str, address: str, fragment: str) -> str | None:
        """Resolve a link relative to the chapter's file, or to the place its page has on a site."""
        folder = posixpath.dirname(self.chapter.source.path)
        stem = re.sub(r"\.[^./]*$", "", self.chapter.source.path)
        readings = [posixpath.normpath(posixpath.join(base, path)) for base in (folder, stem)]
        readings += [posixpath.normpath(posixpath.join(base, path)) for base in self.index.bases]
        within = [reading for reading in readings if reading != ".." and not reading.startswith("../")]
        for reading in within:
            found, wrong_case = self.index.find("" if reading == "." else reading)
            if found is not None:
                if wrong_case:
                    self.say(CASE, link, f"the link '{address}' means {found.source.path}")
                return self.anchor(link, found, fragment)
        if meant := self.unescaped(path, folder):
            message = f"the link '{address}' was written with backslashes, which Markdown reads as escapes"
            self.say(BACKSLASH, link, message, f"write {meant}{address[len(address.partition('#')[0]) :]}")
            return self.anchor(link, self.index.paths[posixpath.normpath(posixpath.join(folder, meant))], fragment)
        # A page's public address lies one folder deeper than its file; a name with an ending is no such address.
        leaves = readings[0] not in within and re.search(r"\.\w+$", path)
        if not within or leaves:
            message = f"the link '{address}' leaves the book's folder; it is shown as text"
            self.say(OUTSIDE, link, message, "link to a chapter, or to a web address")
            return None
        if file := next((name for reading in within if (name := self.index.file(reading))), None):
            return self.no_chapter(link, address, file)
        near = self.nearest(path)[2:]
        fix = f"did you mean {meant}?" if (meant := suggestion(address)) else near
        fix = fix or "link to a chapter of this book, or remove the link"
        self.say(MISSING_FILE, link, f"the link '{address}' leads to no chapter of this book; it is shown as text", fix)
        return None

    def unescaped(self, path: str, folder: str) -> str | None:
        r"""Return the relative path that *path* was before Markdown took its back slashes for escapes: ``..\..\b.md``."""
        if "\\" not in self.chapter.source.text:
            return None
        ways = (posixpath.relpath(known, folder or ".") for known in self.index.paths)
        return next((way for way in ways if path in (LOST.sub("", way), LOST.sub("", f"./{way}"))), None)

    def no_chapter(self, link: Element, address: str, file: str) -> str | None:
        """Resolve a link to a *file* of the folder that is no chapter: its address on the site, if that is known."""
        if site := self.index.links.site_url:
            name = file if not file.endswith(ENDINGS) else posixpath.splitext(file)[0]
            return urljoin(site.rstrip("/") + "/", quote(name, safe="/!$&'()*+,;=:@~"))
        message = f"the link '{address}' leads to a file that is not in the book; it is shown as text"
        fix = 'set site_url = "https://…" under [links] in handbound.toml, or write a web address'
        self.say(NO_CHAPTER, link, message, fix)
        return None

    def nearest(self, path: str) -> str:
        """Return a clause that names the chapter whose path looks most like *path*, or nothing."""
        # By the name without its ending, which would make any two short names look alike.
        known = {posixpath.splitext(posixpath.basename(known))[0]: known for known in self.index.paths}
        found = nearest(posixpath.splitext(posixpath.basename(path.rstrip("/")))[0], known)
        here = posixpath.dirname(self.chapter.source.path)
        if found is None:
            return ""
        return f"; did you mean {posixpath.relpath(known[found], here or '.')}?"

    def anchor(self, link: Element, chapter: Chapter, fragment: str) -> str:
        """Return the id that *fragment* means in *chapter*; the top of the chapter when it means none."""
        wanted = unquote(fragment)
        # Text fragments are for browsers: https://wicg.github.io/scroll-to-text-fragment/
        if not wanted or wanted.startswith(":~:"):
            return f"#{chapter.slug}"
        anchors = self.index.anchors[chapter.slug]
        if wanted in anchors:
            return f"#{anchors[wanted]}"
        loose = self.index.loose[chapter.slug].get(_fold(wanted))
        if loose is not None and _fold(wanted):
            self.say(
                ANCHOR_FORM, link, f"the anchor #{fragment} is taken for #{loose.removeprefix(chapter.slug + '-')}"
            )
            return f"#{loose}"
        known = [alias for alias in anchors if not re.fullmatch(r"(?:note(?:ref)?|plate(?:-table)?)-\d+", alias)]
        near = nearest(wanted, known)
        fix = f"did you mean #{near}?" if near else "link to a heading of that chapter"
        where = "" if chapter is self.chapter else f" in {chapter.source.path}"
        self.say(
            MISSING_ANCHOR,
            link,
            f"there is no heading #{fragment}{where}; the link leads to the top of the chapter",
            fix,
        )
        return f"#{chapter.slug}"
