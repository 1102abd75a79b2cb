"""Zola: ``config.toml`` with ``base_url``, and pages below ``content`` by weight, date and title, as in Hugo."""

from __future__ import annotations

from book.sites.files import Files
from book.sites.hugo import order
from book.sites.site import Site

__all__ = ["order", "recognise"]

CONFIGS = ("zola.toml", "config.toml")
CONTENT = "content/"


def recognise(files: Files, home: str) -> Site | None:
    """Return what the configuration states; its address is written otherwise than in Hugo's."""
    for name in CONFIGS:
        document = files.toml(f"{home}{name}") if files.is_file(f"{home}{name}") else None
        if document and document.text("base_url") and files.is_folder(f"{home}{CONTENT}"):
            language = document.text("default_language")
            url = document.text("base_url") or ""
            base = f"{home}{CONTENT}"
            return Site(
                system="zola",
                label="Zola",
                config=document.path,
                base=base,
                title=document.text("title"),
                description=document.text("description"),
                language=language,
                site_url=url.rstrip("/") if url.startswith("http") else None,
                alias="@",
                static=(base, f"{home}static/"),
                dialects=("zola",),
                guests=True,
            )
    return None
