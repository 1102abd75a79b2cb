"""The one-page HTML edition: one file that asks for nothing, readable without script."""

from __future__ import annotations

import base64
import hashlib

from book.editions import view
from book.labels import labels
from book.model import Book, Chapter, Edition
from book.problems import Problem
from book.theme import Theme, trusted


def make(book: Book, edition: Edition, theme: Theme) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """Return the page of *book*.

    Args:
        book: composed, references resolved, images taken in.
        edition: names the file.
        theme: its look.
    """
    about = view.about(book.metadata)
    images = {asset.name: view.data_uri(asset.media_type, asset.data) for asset in book.assets}

    def body(chapter: Chapter) -> str:
        return view.html_body(chapter, image=images.__getitem__, shift=1)

    fonts = view.faces(theme, view.characters(book), roles=("serif", "sans", "mono", "symbols", "emoji"))
    words = labels(book.metadata.language)
    script = theme.page("web/book.js.j2", names={name: words[name] for name in ("theme", "light", "dark", "system")})
    page = theme.page(
        "web/book.html.j2",
        about=about,
        say=view.speaker(about.language),
        contents=view.contents(book, lambda name: f"#{name}"),
        items=view.items(book, body),
        sheet=trusted(theme.sheet("web", view.embedded(fonts))),
        script=trusted(script),
        policy=policy(f"\n{script}"),
        faces=view.typefaces(theme),
    )
    return {f"{book.metadata.slug}{edition.suffix}": page.encode("utf-8")}, ()


def policy(script: str = "") -> str:
    """Return a content security policy that allows this page what it carries, and nothing else.

    Args:
        script: the text of the one script element, exactly as it stands between its tags; empty for none.
    """
    allowed = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    scripts = f"script-src 'sha256-{allowed}'; " if script else ""
    return f"default-src 'none'; {scripts}style-src 'unsafe-inline'; img-src data: 'self'; font-src data:; base-uri 'none'; form-action 'none'"
