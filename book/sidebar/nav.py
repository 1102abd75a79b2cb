"""The order from the navigation of the handbook's own site, settled."""

from __future__ import annotations

from msgspec.structs import replace

from book import sites
from book.model import Sidebar
from book.problems import Problem
from book.sidebar.settle import Settling
from book.sidebar.way import Answer, Folder, paths
from book.sites.finder import finder_of
from book.sites.keys import addresses


def order(folder: Folder) -> Answer | None:
    """Return the order of the site to which the folder belongs; None if there is no site, or if it names no chapter."""
    site = folder.site
    if site is None:
        return None
    items, problems = sites.order(folder.root, site, folder.chapters, folder.settings.limits.chapters)
    if items is None:
        return _unused(folder, problems)
    routes = {**addresses(folder.manuscripts), **items.routes}
    own = site.system == "readme"
    settling = Settling(
        folder=folder,
        finder=finder_of(folder.chapters, site, routes),
        items=items,
        numbered=site.numbered or "number_chapters" in folder.settings.places or (own and folder.settings.present),
    )
    entries = settling.settled()
    if not paths(entries):
        return _unused(folder, (*problems, *settling.problems))
    rest = settling.rest()
    sidebar = Sidebar(source=f"{items.source} ({site.label})", entries=(*entries, *rest), routes=routes)
    nav = items.nav or site.config
    return Answer(sidebar=sidebar, problems=(*problems, *settling.problems), by="nav", nav=nav, listed=bool(items.nav))


def _unused(folder: Folder, problems: tuple[Problem, ...]) -> Answer | None:
    """Return the answer of the next source, with the *problems* of a site that gives no order."""
    otherwise = folder.otherwise
    return replace(otherwise, problems=(*otherwise.problems, *problems)) if otherwise else None
