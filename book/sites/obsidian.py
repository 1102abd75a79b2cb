"""Vaults of Obsidian and workspaces of Foam: a folder with ``.obsidian`` or ``.foam``; notes are named by their files, templates and drawings are no chapters."""

from __future__ import annotations

from book.sites.files import Files, leaves
from book.sites.site import Items, Library, Site

MARK = ".obsidian"
FOAM = ".foam"
EXTENSIONS = ".vscode/extensions.json"
"""The extensions that an editor is to have; Foam is one."""
TEMPLATES = (
    ("templates.json", "folder"),
    ("plugins/templater-obsidian/data.json", "templates_folder"),
)
"""Settings in which a vault names the folder of its templates, and their keys."""
DRAWINGS = "*.excalidraw.md"


def recognise(files: Files, home: str) -> Site | None:
    """Return a vault; its folders and names give the order."""
    mark = next((mark for mark in (MARK, FOAM) if files.is_folder(f"{home}{mark}")), None)
    extensions = f"{home}{EXTENSIONS}"
    if mark is None and files.is_file(extensions) and "foam.foam-vscode" in (files.text(extensions) or ""):
        mark = EXTENSIONS
    if mark is None:
        return None
    return Site(
        system="obsidian",
        label="Obsidian" if mark == MARK else "Foam",
        config=f"{home}{mark}",
        base=home,
        excluded=not_notes(files, home),
        dialects=("obsidian",),
        guests=True,
        named_by_file=True,
    )


def order(_library: Library) -> Items | None:
    """Return None: the names of files and folders give the order."""
    return None


def not_notes(files: Files, home: str) -> tuple[str, ...]:
    """Return globs of the templates and drawings of the vault *home*."""
    folders = []
    for name, key in TEMPLATES:
        path = f"{home}{MARK}/{name}"
        document = files.json(path) if files.is_file(path) else None
        folder = (document.text(key) if document else None) or ""
        folders += [f"{home}{folder.strip('/')}/*"] if folder.strip("/.") and not leaves(folder) else []
    return (*folders, f"{home}Templates/*", f"{home}templates/*", f"{home}{DRAWINGS}", f"{home}*/{DRAWINGS}")
