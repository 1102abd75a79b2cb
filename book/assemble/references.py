"""Ids, links and notes: every href is resolved here, once, before any format uses it.

After this stage every id is unique in the book and begins with the name of its chapter; a link inside the book is ``#id``; any
other href is an absolute address. A link that cannot be resolved becomes text, with a warning that names the nearest target.
"""

from __future__ import annotations

import copy
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, unquote, urljoin, urlsplit

from lxml import etree

from book.assemble import compose
from book.assemble.anchors import Index, folded, place_of
from book.body import EMPTY_BODY, HEADINGS, HREF, KIND, POS, Body, Element, mark, take_out
from book.model import Chapter, Collation, Manuscript, Placed, Section, changed
from book.problems import Kind, Place, Problem, Severity, nearest
from book.schemes import SCHEMES, UNSAFE, scheme
from book.settings import Links
from book.sites import Site
from book.sites.finder import file_address, trimmed
from book.sites.names import is_folder_page
from book.source.manuscript import SUFFIXES
from book.style.links.addresses import INVALID, short, suggestion
from book.style.links.whatwg import parse

MISSING_FILE = Kind("R101", Severity.WARNING, "a link to a chapter that is not in the book")
MISSING_ANCHOR = Kind("R102", Severity.WARNING, "a link to a heading that its chapter does not have")
OUTSIDE = Kind("R103", Severity.WARNING, "a link that leaves the book's folder")
NO_SITE = Kind("R104", Severity.WARNING, "a link to a page of the site, whose address is not known")
CASE = Kind("R105", Severity.NOTE, "a link whose path differs in case")
ANCHOR_FORM = Kind("R106", Severity.NOTE, "an anchor written in another form than its heading")
SCHEME = Kind("R108", Severity.WARNING, "an address of a kind that readers' devices cannot open")
RUNS = Kind("R109", Severity.WARNING, "an address that could run something or open a file")
EMPTY = Kind("R110", Severity.WARNING, "a link without an address")
BACKSLASH = Kind("R111", Severity.WARNING, "a link whose path is written with backslashes")
NO_CHAPTER = Kind("R112", Severity.WARNING, "a link to a file in the folder that is not part of the book")
DEAD_ROUTE = Kind("R113", Severity.WARNING, "a route to a chapter that is not in the book")

NOT_IN_AN_ADDRESS = re.compile(r"""[\s"<>`]""")
"""Characters that must be escaped in an address (WHATWG URL §1.3); unescaped, they could end the attribute."""
LOST = re.compile(r"/(?=[!-/:-@\[-`{-~])")
"""Characters after which a backslash would be an escape in Markdown (CommonMark 0.31 §2.4)."""


def resolve(
    collation: Collation[Placed],
    links: Links,
    root: Path | None = None,
    places: Mapping[str, Place] = MappingProxyType({}),
    site: Site | None = None,
    routes: Mapping[str, str] = MappingProxyType({}),
    broken: Collection[str] = (),
) -> tuple[Collation[Chapter], tuple[Problem, ...]]:
    """Return the chapters of *collation* with unique ids and resolved links, and the problems.

    Args:
        collation: the composed chapters in order.
        links: the address of the site, and routes into the book.
        root: the book's folder, to distinguish a file that is not a chapter from a missing one; nothing in it is opened.
        places: the places of the settings, for routes that lead nowhere.
        site: the site of the handbook.
        routes: addresses of the site: address, or id -> chapter.
        broken: files that were reported as errors; a link to a chapter that cannot be read is not reported, too.
    """
    index = Index(links=links, ids=set(_names(collation)), root=root, site=site, routes=routes, broken=broken)
    bodies = {placed.slug: placed.composed.body.copy() for placed in collation.spine}
    for placed in collation.spine:
        index.enter(placed, bodies[placed.slug])
    index.close()
    index.problems.extend(_dead_routes(index, places))
    chapters = {placed.slug: _resolved(index, placed, bodies[placed.slug]) for placed in collation.spine}

    def chapter(placed: Placed) -> Chapter:
        return chapters[placed.slug]

    resolved = Collation(
        metadata=collation.metadata,
        front=tuple(map(chapter, collation.front)),
        main=changed(collation.main, chapter),
        back=tuple(map(chapter, collation.back)),
    )
    return resolved, tuple(index.problems)


def _resolved(index: Index, placed: Placed, body: Element) -> Chapter:
    """Return the chapter *placed* with resolved links in *body* and elsewhere."""
    composed = placed.composed
    _Linker(index, placed).resolve(body)
    calls = _title_calls(body) if composed.show_title else EMPTY_BODY
    return Chapter(
        slug=placed.slug,
        source=composed.source,
        lang=composed.lang,
        role=composed.role,
        matter=placed.matter,
        number=placed.number,
        depth=placed.depth,
        title=composed.title,
        show_title=composed.show_title,
        heading=composed.heading,
        title_calls=calls,
        entry=composed.entry,
        description=composed.description,
        body=Body(body),
        questions=tuple(_question(index, placed, number) for number in range(len(composed.questions))),
        sections=tuple(_sections(body)),
        address=site_address(composed.source, index.links),
        words=composed.words,
        wording=composed.wording,
        has_html=composed.has_html,
    )


def _title_calls(body: Element) -> Body:
    """Remove the references to the notes of the title from *body*, and return them."""
    first = body[0] if len(body) else None
    holder = first[0] if first is not None and first.tag == "p" and len(first) else None
    if first is None or holder is None or holder.get(KIND) != compose.TITLE_NOTES:
        return EMPTY_BODY
    take_out(first)
    return Body.inside(holder)


def _question(index: Index, placed: Placed, number: int) -> Body:
    """Return one question for discussion with resolved links; it has no ids, because nothing links to it."""
    places = placed.source.front.places
    place = places.get(f"discussion.{number}") or places.get("discussion") or placed.source.place(1)

    def resolve(question: Element) -> None:
        _Linker(index, placed, place).resolve(question)
        for element in question.iter(etree.Element):
            element.attrib.pop("id", None)

    return placed.composed.questions[number].changed(resolve)


def _dead_routes(index: Index, places: Mapping[str, Place]) -> Iterator[Problem]:
    for route, target in index.links.routes.items():
        place = places.get(f"links.routes.{route}")
        if place and index.find(target)[0] is None:
            near = nearest(target, index.paths)
            message = f"the route {route!r} leads to {target!r}, which is not a chapter of this book"
            fix = f'write "{near}"' if near else "write the path of a chapter, or remove the route"
            yield DEAD_ROUTE.at(place, message, fix=fix)


def site_address(source: Manuscript, links: Links) -> str:
    """Return the address of the chapter in *source* on the book's site: from its route, its permalink, or its file.

    Returns:
        An absolute address; empty if the settings have no ``site_url``.
    """
    if not links.site_url:
        return ""
    path = source.path
    bare = re.sub(r"(?:^|(?<=/))(?:index|README|readme|_index)$", "", re.sub(r"\.(?:mdx?|markdown)$", "", path))
    routes = [route for route, target in links.routes.items() if target in (path, bare)]
    written = (source.front.values.get("permalink"), source.front.slug)
    permalinks = [address for address in written if isinstance(address, str) and address.startswith("/")]
    route = (*routes, *permalinks, bare)[0]
    return urljoin(links.site_url.rstrip("/") + "/", quote(route.lstrip("/"), safe="/?#[]@!$&'()*+,;=%:~-._"))


def _names(collation: Collation[Placed]) -> Iterator[str]:
    yield from (placed.slug for placed in collation.spine)
    yield from (part.slug for part in collation.parts)


def _sections(body: Element) -> Iterator[Section]:
    """Yield the headings of *body* that have an id."""
    for heading in body.iter(*HEADINGS):
        name = heading.get("id")
        if not name:
            continue
        words = _heading_words(heading) if len(heading) else Body.text_line(heading.text or "")
        if words:
            yield Section(level=int(str(heading.tag)[1]), identifier=name, heading=words)


def _heading_words(heading: Element) -> Body:
    inner = copy.deepcopy(heading)
    inner.tail = None
    for element in list(inner.iter("a", "span", "img")):
        if element.get(KIND) == "noteref" or element.tag == "img":
            _drop(element, keep=False)
        else:
            _drop(element, keep=True)
    return Body.inside(inner).line()


def _drop(element: Element, *, keep: bool) -> None:
    """Remove *element*; with *keep*, its content stays."""
    if not keep:
        for inner in list(element):
            element.remove(inner)
        element.text = None
    # etree can strip this tag only: no other element has its name.
    element.tag = "handbound-strip"
    root = element.getroottree().getroot()
    etree.strip_tags(root, "handbound-strip")


@dataclass(slots=True)
class _Linker:
    """Resolves the links of one chapter."""

    index: Index
    chapter: Placed
    place: Place | None = None
    """The place of all links, for a text outside the body."""

    def resolve(self, body: Element) -> None:
        """Resolve every href of *body*, and remove the marks of addresses and positions."""
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
            if not link.get("href"):  # an anchor: readers would take it for a link that leads nowhere
                link.tag = "span"
        for element in body.iter(etree.Element):
            element.attrib.pop(POS, None) if element.tag != "img" else None

    def say(self, kind: Kind, link: Element, message: str, fix: str = "") -> None:
        """Record a problem at *link*."""
        self.index.problems.append(kind.at(self.place or place_of(link, self.chapter.source), message, fix=fix))

    def href(self, link: Element, address: str) -> str | None:
        """Return the href for *link*, or None if it must become text."""
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
                # Only in an author's HTML: house style has checked the links of Markdown.
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
            return self.own_site(address) or NOT_IN_AN_ADDRESS.sub(lambda match: quote(match[0]), address)
        if not address:
            if link.get("id") is None:
                self.say(EMPTY, link, "this link has no address", "write one between the round brackets")
            return None
        typed, _, fragment = address.partition("#")
        path = unquote(typed.partition("?")[0])
        if not path:
            return self.anchor(link, self.chapter, fragment)
        if self.index.site and path.startswith("@"):
            path = self.index.site.rooted(path)
        slashed = path.replace("\\", "/")
        resolve = self.routed if slashed.startswith("/") else self.beside
        known = len(self.index.problems)
        href = resolve(link, slashed, address, fragment)
        if href and slashed != path and all(problem.code != BACKSLASH.code for problem in self.index.problems[known:]):
            right = re.sub(r"\\|%5C", "/", typed, flags=re.IGNORECASE) + address[len(typed) :]
            message = f"the link '{address}' is written with backslashes; they are read as slashes"
            self.say(BACKSLASH, link, message, f"write {right}")
        return href

    def own_site(self, address: str) -> str | None:
        """Return the id to which an absolute address of the book's own site leads; None if there is none."""
        site = (self.index.links.site_url or "").rstrip("/")
        local = self.index.finder.local(address)
        if site and (address == site or address.startswith(f"{site}/")):
            local = address[len(site) :]
        if local is None:
            return None
        path, _, fragment = local.partition("#")
        chapter = self.at_route(unquote(path.partition("?")[0]) or "/")
        if chapter is None or (fragment and fragment not in self.index.anchors[chapter.slug]):
            return None
        return f"#{self.index.anchors[chapter.slug][fragment] if fragment else chapter.slug}"

    def at_route(self, path: str) -> Placed | None:
        """Return the chapter at *path* of the site; None if there is none."""
        key = trimmed(path)
        for route, target in self.index.links.routes.items():
            if trimmed(route) == key:
                return self.index.find(target)[0]
        if key in self.index.addresses:
            return self.index.addresses[key]
        for base in self.index.bases:
            chapter, _ = self.index.find(posixpath.join(base, path.strip("/")) if path.strip("/") else base or "index")
            if chapter is not None:
                return chapter
        hit = self.index.finder.find(f"/{path.lstrip('/')}")
        if hit is None and self.index.site and (rooted := self.index.site.rooted(path)) != path:
            return self.at_route(rooted)
        return self.index.paths[hit.path] if hit else None

    def routed(self, link: Element, path: str, address: str, fragment: str) -> str | None:
        """Resolve a link that begins with a slash: a route, a page address, a file, or else the site."""
        if (chapter := self.at_route(posixpath.normpath(path))) is not None:
            return self.anchor(link, chapter, fragment)
        if site := self.index.links.site_url:
            if self.index.site and urlsplit(site).path.strip("/"):
                address = self.index.site.rooted(address)
            return urljoin(site.rstrip("/") + "/", quote(address.lstrip("/"), safe="/?#[]@!$&'()*+,;=%:~-._"))
        fix = f'set site_url = "https://…" under [links] in handbound.toml{self.nearest(path)}'
        self.say(NO_SITE, link, f"the link {short(address)} leads to a page of the site; it is shown as text", fix)
        return None

    def beside(self, link: Element, path: str, address: str, fragment: str) -> str | None:
        """Resolve a link relative to the chapter's file, or to the address of its page on a site."""
        folder = posixpath.dirname(self.chapter.source.path)
        stem = re.sub(r"\.[^./]*$", "", self.chapter.source.path)
        # On a site, `../x/` is relative to the address of the page, which is one folder deeper than its file.
        site = self.index.site is not None and self.index.site.system != "readme"
        public = site and path.startswith("../") and path.endswith("/") and not is_folder_page(self.chapter.source.path)
        bases = (stem, folder) if public else (folder, stem)
        readings = [posixpath.normpath(posixpath.join(base, path)) for base in bases]
        readings += [posixpath.normpath(posixpath.join(base, path)) for base in self.index.bases]
        within = [reading for reading in readings if reading != ".." and not reading.startswith("../")]
        for reading in within:
            chapter, wrong_case = self.index.find("" if reading == "." else reading)
            if chapter is not None:
                if wrong_case:
                    self.say(CASE, link, f"the link '{address}' means {chapter.source.path}")
                return self.anchor(link, chapter, fragment)
        if (other := self.index.finder.find(path, f"{folder}/" if folder else "")) is not None:
            return self.anchor(link, self.index.paths[other.path], fragment)
        if written := self.unescaped(path, folder):
            message = f"the link '{address}' was written with backslashes, which Markdown reads as escapes"
            self.say(BACKSLASH, link, message, f"write {written}{address[len(address.partition('#')[0]) :]}")
            return self.anchor(link, self.index.paths[posixpath.normpath(posixpath.join(folder, written))], fragment)
        # The address of a page is one folder deeper than its file; a name with an extension is not such an address.
        leaves = posixpath.normpath(posixpath.join(folder, path)) not in within and re.search(r"\.\w+$", path)
        if not within or leaves:
            message = f"the link '{address}' leaves the book's folder; it is shown as text"
            self.say(OUTSIDE, link, message, "link to a chapter, or to a web address")
            return None
        if file := next((name for reading in within if (name := self.index.file(reading))), None):
            return self.no_chapter(link, address, file)
        near = self.nearest(path)[2:]
        fix = f"did you mean {written}?" if (written := suggestion(address)) else near
        fix = fix or "link to a chapter of this book, or remove the link"
        self.say(
            MISSING_FILE, link, f"the link {short(address)} leads to no chapter of this book; it is shown as text", fix
        )
        return None

    def unescaped(self, path: str, folder: str) -> str | None:
        r"""Return the relative path that *path* was before Markdown read its backslashes as escapes: ``..\..\b.md``."""
        if "\\" not in self.chapter.source.text:
            return None
        ways = (posixpath.relpath(known, folder or ".") for known in self.index.paths)
        return next((way for way in ways if path in (LOST.sub("", way), LOST.sub("", f"./{way}"))), None)

    def no_chapter(self, link: Element, address: str, file: str) -> str | None:
        """Resolve a link to a *file* in the folder that is not a chapter: its address on the site, if that is known."""
        if file in self.index.broken:
            return None
        repository = self.index.site.repository if self.index.site else None
        if repository:
            return file_address(file, repository)
        if site := self.index.links.site_url:
            name = file if not file.endswith(SUFFIXES) else posixpath.splitext(file)[0]
            return urljoin(site.rstrip("/") + "/", quote(name, safe="/!$&'()*+,;=:@~"))
        message = f"the link {short(address)} leads to a file that is not in the book; it is shown as text"
        fix = 'set site_url = "https://…" under [links] in handbound.toml, or write a web address'
        self.say(NO_CHAPTER, link, message, fix)
        return None

    def nearest(self, path: str) -> str:
        """Return a clause with the chapter whose path is most like *path*; empty if none is."""
        # Compare without extensions, which would make any two short names alike.
        known = {posixpath.splitext(posixpath.basename(known))[0]: known for known in self.index.paths}
        name = nearest(posixpath.splitext(posixpath.basename(path.rstrip("/")))[0], known)
        folder = posixpath.dirname(self.chapter.source.path)
        if name is None:
            return ""
        return f"; did you mean {posixpath.relpath(known[name], folder or '.')}?"

    def anchor(self, link: Element, chapter: Placed, fragment: str) -> str:
        """Return the id to which *fragment* leads in *chapter*; the top of the chapter if there is none."""
        name = unquote(fragment)
        # Only browsers use text fragments: https://wicg.github.io/scroll-to-text-fragment/
        if not name or name.startswith(":~:"):
            return f"#{chapter.slug}"
        anchors = self.index.anchors[chapter.slug]
        if name in anchors:
            return f"#{anchors[name]}"
        loose = self.index.loose[chapter.slug].get(folded(name))
        if loose is not None and folded(name):
            self.say(
                ANCHOR_FORM, link, f"the anchor #{fragment} is taken for #{loose.removeprefix(chapter.slug + '-')}"
            )
            return f"#{loose}"
        known = [alias for alias in anchors if not re.fullmatch(r"(?:note(?:ref)?|plate(?:-table)?)-\d+", alias)]
        near = nearest(name, known)
        fix = f"did you mean #{near}?" if near else "link to a heading of that chapter"
        where = "" if chapter is self.chapter else f" in {chapter.source.path}"
        self.say(
            MISSING_ANCHOR,
            link,
            f"there is no heading #{fragment}{where}; the link leads to the top of the chapter",
            fix,
        )
        return f"#{chapter.slug}"
