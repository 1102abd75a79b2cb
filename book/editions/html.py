"""The one-page HTML edition: one file that loads nothing and is readable without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from lxml import etree

from book import cache, view
from book.assemble import formulas
from book.assemble.illustrate import CLEAR
from book.body import KIND, Element, kinds, mark
from book.edition import Edition
from book.editions import spelled
from book.images import drawings
from book.labels import label, labels
from book.model import Asset, Book, Chapter, Made
from book.paged import math_lines, page_map
from book.seal import digest
from book.theme import Theme, foreign_scripts, pictures, trusted
from book.view import lists, markup, stacks, typefaces

SPOKEN = tuple(
    "theme light dark system search search_all results no_results copy copied copy_link copy_code close go_on go_on_to "
    "contents page_numbers notes".split()
)
"""The labels that the script needs: keys of :mod:`book.labels`."""
LEGIBLE = 12.0
"""The least size of letters in a drawing, in px. On a screen that is narrower, the drawing scrolls sideways."""
WIDEST = 720.0
"""The width in px beyond which a drawing is not made wider for the sake of its letters."""
TASKS = {"task task-done": "task_done", "task task-open": "task_open"}
"""Names of the marks of a task: its kind, and a key of :mod:`book.labels`."""


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return the page of *book*.

    Args:
        book: after composition, with references resolved and images read.
        edition: the edition, which names the file.
        theme: the theme.
    """
    about = view.about_with_logo(book, lambda asset: typefaces.data_uri(asset.media_type, asset.data))
    book = markup.with_raised_calls(page_map.marks(book, epub=False))
    memory = spelled.memory(book, edition, theme)
    bodies = _Bodies({asset.name: asset for asset in pictures.coloured(book, theme, blends=True).assets}, memory)
    items = view.items(book, theme, bodies.body)
    memory.close()
    letters = typefaces.characters(book) | typefaces.drawn(book, theme)
    fonts = typefaces.faces(theme, letters, roles=("serif", "sans", "mono", "symbols", "emoji"), scripts=True)
    fonts += typefaces.math_face(book, theme)
    words = labels(book.metadata.language)
    # Always our own script, even if the theme has one of that name.
    script = theme.page(
        "base:web/book.js.j2", names={name: words[name] for name in SPOKEN}, key=book.metadata.identifier
    )
    script = script.strip()  # the HTML checker hashes it without surrounding spaces
    rules = policy(script)
    page = theme.page(
        edition.template,
        about=about,
        reading_time=view.reading_time(book),
        say=view.speaker(about.language),
        contents=lists.contents(book, lambda name: f"#{name}"),
        items=items,
        sheet=trusted(theme.sheet(*lists.sheets(book, edition), faces=typefaces.embedded(fonts))),
        script=trusted(script),
        policy=rules,
        faces=typefaces.names(theme, book),
        page_mark=view.page_marks(book, epub=False),
        cover=typefaces.data_uri(book.cover.media_type, book.cover.data) if book.cover else "",
    )
    problems = foreign_scripts.own_scripts(theme) + foreign_scripts.sealed(page, edition.template, theme, rules, script)
    return Made(files={edition.path(book.metadata.slug): page.encode("utf-8")}, problems=problems)


class _Bodies:
    """The bodies of the chapters for one page."""

    def __init__(self, assets: Mapping[str, Asset], memory: cache.Bundle) -> None:
        self.assets = assets
        self.memory = memory
        self.digests = {name: digest(asset.data) for name, asset in assets.items()}
        self.count = 0
        self.tables = 0
        self.listings = 0
        self.formulas = 0

    def body(self, chapter: Chapter) -> str:
        """Return the chapter's body, with inlined drawings, and with everything reachable by keyboard."""
        before = (self.count, self.tables, self.listings, self.formulas)
        pictures = (self.digests.get(image.address, "") for image in chapter.body.facts.images)
        entry = " ".join((chapter.body.digest, *map(str, before), *pictures, chapter.lang))
        known = self.memory.recall(entry, tuple[str, int, int, int, int])
        if known is None:
            text = self._new(chapter)
            known = (text, self.count, self.tables, self.listings, self.formulas)
            if len(text) <= spelled.LONGEST:
                self.memory.keep(entry, known)
        text, self.count, self.tables, self.listings, self.formulas = known
        return text

    def _new(self, chapter: Chapter) -> str:

        def fit(body: Element) -> None:
            for image in list(body.iter("img")):
                self.draw(image)
            self.reach(body, chapter.lang)
            markup.raise_calls(body)
            markup.divide_addresses(body)
            stacks.mark_whole(body)
            markup.wrap_output(body)
            formulas.keep_all_marks(body)
            math_lines.divide(body)

        return markup.html_body(chapter, fit, image=self.address, shift=1)

    def reach(self, body: Element, language: str) -> None:
        """Give every scrollable box a name and a place in the tab order, and give symbols a text for screen readers.

        The script removes name and place again if the box need not scroll.
        """
        self.tables = markup.name_tables(body, language, self.tables)
        for box in body.iter("pre"):
            self.listings += 1
            markup.name_region(box, f"{label(language, 'code')} {self.listings}")
        for box in body.iter("div"):
            if "formula" in kinds(box):
                self.formulas += 1
                markup.name_region(box, label(language, "formula", n=self.formulas))
        for link in body.iter("a"):
            if link.get("role") == "doc-backlink":
                for number in link:  # a part of the link's name already
                    number.set("aria-hidden", "true")
                _spell(link, "↩")
            elif link.get("href") in {text := "".join(map(str, link.itertext())), f"mailto:{text}"}:
                mark(link, "uri")  # one style is enough; it is for paper
        for box in body.iter("span"):
            state = TASKS.get(box.get(KIND) or "")
            if state:
                _spell(box, "[x] " if state == "task_done" else "[ ] ")
                box.set("role", "img")
                box.set("aria-label", label(language, state))

    def address(self, name: str) -> str:
        """Return the image called *name* as a data URI."""
        return typefaces.data_uri(self.assets[name].media_type, self.assets[name].data)

    def draw(self, image: Element) -> None:
        """Inline the drawing that *image* shows, if possible."""
        asset = self.assets.get(str(image.get("src", "")))
        if asset is None or asset.media_type != "image/svg+xml":
            return
        self.count += 1
        drawing = drawings.inlined(asset.data, f"drawing-{self.count}-")
        kind = CLEAR if drawing is None and b"<image " in asset.data else "drawing"
        mark(image, kind)
        if drawing is None:
            return
        drawing.set("width", str(asset.width))
        drawing.set("height", str(asset.height))
        if not drawing.get("viewBox"):
            drawing.set("viewBox", f"0 0 {asset.width} {asset.height}")
        alternative = str(image.get("alt", "")).strip()
        styles = [str(image.attrib.pop("style", ""))]
        if letters := drawings.smallest_letters(drawing):
            least = min(WIDEST, LEGIBLE * _width(drawing) / letters)
            styles.append(f"min-width: {least:.0f}px")
            image.set(
                "tabindex", "0"
            )  # its box scrolls where there is less room; the script takes it back where it does not
        if style := "; ".join(filter(None, styles)):
            drawing.set("style", style)
        image.tag = "span"
        for name in ("src", "alt", "width", "height"):
            image.attrib.pop(name, None)
        if alternative:
            image.set("role", "img")
            image.set("aria-label", alternative)
        else:
            image.attrib.pop("role", None)
        image.append(drawing)


def _spell(sign: Element, text: str) -> None:
    """Let *sign*, which the style sheet draws, be *text* where there is no style sheet: in text browsers and reading modes."""
    sign.text = None
    plain = etree.Element("span", {KIND: "plain added"})
    plain.text = text
    sign.insert(0, plain)


def _width(drawing: Element) -> float:
    """Return the width of *drawing* in its own coordinates."""
    try:
        return float(str(drawing.get("viewBox", "")).replace(",", " ").split()[2])
    except (IndexError, ValueError):
        return 0.0


def policy(script: str = "") -> str:
    """Return a content security policy that allows only what the page contains.

    Args:
        script: the exact text of the one script element; empty for none.
    """
    allowed = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    scripts = f"script-src 'sha256-{allowed}'; " if script else ""
    return f"default-src 'none'; connect-src 'none'; {scripts}style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
