"""The one-page HTML edition: one file that asks for nothing, readable without script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace

from lxml import etree

from book import markup, pages
from book.editions import drawings, view
from book.labels import labels
from book.model import Asset, Book, Chapter, Edition, Made
from book.theme import Theme, trusted

SAID = tuple(
    "theme light dark system search search_all results no_results copy copied copy_link copy_code close go_on go_on_to "
    "table code formula contents page_numbers".split()
)
"""The words that the script needs: names of :mod:`book.labels`."""


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return the page of *book*.

    Args:
        book: composed, references resolved, images taken in.
        edition: names the file.
        theme: its look.
    """
    about = view.about(book.metadata)
    book = pages.marks(book, epub=False)
    bodies = _Bodies({asset.name: asset for asset in book.assets})
    items = view.items(book, bodies.body)
    shown = view.characters(book) | view.letters(bodies.drawn)
    fonts = view.faces(theme, shown, roles=("serif", "sans", "mono", "symbols", "emoji"), scripts=True)
    fonts += view.math_face(book, theme)
    words = labels(book.metadata.language)
    script = theme.page("web/book.js.j2", names={name: words[name] for name in SAID}, key=book.metadata.identifier)
    page = theme.page(
        "web/book.html.j2",
        about=about,
        say=view.speaker(about.language),
        contents=view.contents(book, lambda name: f"#{name}"),
        items=items,
        sheet=trusted(theme.sheet("web", view.embedded(fonts))),
        script=trusted(script),
        policy=policy(f"\n{script}"),
        faces=view.typefaces(theme, book),
        page_mark=view.page_marks(book, epub=False),
    )
    return Made(files={f"{book.metadata.slug}{edition.suffix}": page.encode("utf-8")})


class _Bodies:
    """The bodies of the chapters for one page, and the letters of the drawings that stand in them."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        self.assets = assets
        self.drawn = ""
        self.count = 0

    def body(self, chapter: Chapter) -> str:
        """Return the chapter's body: drawings in the page itself, boxes without a heading no sections."""
        body = markup.restore(chapter.body)
        for image in list(body.iter("img")):
            self.draw(image)
        for section in body.iter("section"):
            # An outline knows sections by their headings (HTML 4.3.3); the notes have a role of their own.
            if not any(heading in markup.HEADINGS for heading in (child.tag for child in section.iter())):
                section.tag = "div"
                if section.get("role") == "doc-endnotes":
                    section.set("aria-label", view.text_of("".join(str(piece) for piece in section[0].itertext())))
        return view.html_body(replace(chapter, body=markup.spell(body)), image=self.address, shift=1)

    def address(self, name: str) -> str:
        """Return the image called *name* as data."""
        return view.data_uri(self.assets[name].media_type, self.assets[name].data)

    def draw(self, image: etree._Element) -> None:
        """Put the drawing that *image* shows into the page, where that can be done."""
        asset = self.assets.get(str(image.get("src", "")))
        if asset is None or asset.media_type != "image/svg+xml":
            return
        self.count += 1
        drawing = drawings.inlined(asset.data, f"drawing-{self.count}-")
        image.set("class", f"{image.get('class', '')} drawing".strip())
        if drawing is None:
            return
        self.drawn += drawings.text(drawing)
        drawing.set("width", str(asset.width))
        drawing.set("height", str(asset.height))
        if not drawing.get("viewBox"):
            drawing.set("viewBox", f"0 0 {asset.width} {asset.height}")
        alternative = str(image.get("alt", "")).strip()
        image.tag = "span"
        for name in ("src", "alt", "width", "height"):
            image.attrib.pop(name, None)
        if alternative:
            image.set("role", "img")
            image.set("aria-label", alternative)
        else:
            image.attrib.pop("role", None)
        image.append(drawing)


def policy(script: str = "") -> str:
    """Return a content security policy that allows this page what it carries, and nothing else.

    Args:
        script: the text of the one script element, exactly as it stands between its tags; empty for none.
    """
    allowed = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    # Where a hash is given every browser of this decade passes over 'unsafe-inline' (CSP 3 §6.7.3.2); the HTML checker wants it.
    scripts = f"script-src 'sha256-{allowed}' 'unsafe-inline'; " if script else ""
    return f"default-src 'none'; {scripts}style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
