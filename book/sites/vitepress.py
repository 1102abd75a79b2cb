"""VitePress and VuePress: the sidebar of their configuration, which is read but never run."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from book.model import Manuscript
from book.notation import Spot
from book.problems import Place
from book.sites.files import Document, Files, items_of, leaves, table_of, text_of
from book.sites.finder import ADDRESS, repository_of
from book.sites.folders import Folder, Node, folder_of, items_of_folder
from book.sites.heroes import has_text
from book.sites.keys import is_true, text_under
from book.sites.markdown_lists import flat
from book.sites.names import TAG, natural_key
from book.sites.site import Item, Items, Library, Quota, Site
from book.source.translations import tag_of

FOLDERS = {".vitepress": "VitePress", ".vuepress": "VuePress"}
ENDINGS = (".js", ".ts", ".mts", ".mjs", ".cjs")
THEMES = (
    ("themeConfig",),
    ("theme",),
    ("locales", "/", "themeConfig"),
    ("themeConfig", "locales", "/"),
    ("theme", "locales", "/"),
    ("locales", "root", "themeConfig"),
)
"""Where the settings of the theme may be."""
SORTED = "sortMenusByFrontmatterOrder: true"
"""What the settings say if the sidebar is made by the plugin of that name and sorted by ``order`` in front matter."""
TITLES, TARGETS, CHILDREN = ("text", "title"), ("link", "path"), ("items", "children")


def recognise(files: Files, home: str) -> Site | None:
    """Return what the configuration in ``.vitepress`` or ``.vuepress`` states."""
    paths = {
        f"{home}{folder}/{name}{ending}": label
        for folder, label in FOLDERS.items()
        for name in ("config", "config/index")
        for ending in ENDINGS
    }
    path = files.first_file(*paths)
    if path is None:
        return None
    document = files.javascript(path)
    if document is None:
        return None
    source = document.text("srcDir")
    base = home
    if source and not leaves(posixpath.join(home, source)):
        base = f"{posixpath.normpath(posixpath.join(home, source))}/".removeprefix("./")
    theme = _theme(document)
    math = document.text("markdown", "math")
    return Site(
        system="vitepress",
        label=paths[path],
        config=path,
        nav=path if theme.get("sidebar") and theme["sidebar"].value is not None else "",
        base=base,
        excluded=tuple(f"{base}{glob.lstrip('/').replace('**/', '*')}" for glob in document.texts("srcExclude")),
        title=document.text("title") or document.text("locales", "/", "title"),
        description=document.text("description") or document.text("locales", "/", "description"),
        language=document.text("lang") or document.text("locales", "/", "lang"),
        repository=repository_of(text_of(theme.get("repo"))),
        static=(base, f"{base}public/", f"{home}{path.removeprefix(home).partition('/')[0]}/public/"),
        site_url=document.text("sitemap", "hostname"),
        mount=document.text("base") or "",
        dialects=("vitepress",),
        guests=True,
        formulas=True if math == "true" else None,
    )


def _theme(document: Document) -> Mapping[str, Spot]:
    """Return the settings of the theme, which contain the sidebar; in VuePress 2 they are the argument of a function."""
    for keys in THEMES:
        table = table_of(document.get(*keys))
        if "sidebar" in table:
            return table
    return table_of(document.get("themeConfig"))


def order(library: Library) -> Items | None:
    """Return the sidebars one after the other; else the folders, each with its files before its folders."""
    site = library.site
    document = library.files.javascript(site.config)
    if document is None:
        return None
    folder = folder_of(library.chapters, site.base, ("index", "readme"))
    place = Place(path=site.config)
    routes = _rewritten(library, document)
    home = folder.page or library.chapters.get(routes.get("/index.md", ""))
    first = (
        (Item(path=home.path, place=place, reason="page of the site", numbered=False),)
        if home and not _is_landing(home)
        else ()
    )
    if (document.text("theme") or "").removeprefix("vuepress-theme-") == "cosmos":
        items = (*first, *items_of_folder(folder, _by_number, "order", place))
        return Items(items=items, source="front matter: `order`, folder by folder")
    sidebar = _theme(document).get("sidebar")
    items = _Reading(document, library, library.quota()).sidebar(sidebar)
    if sidebar:
        library.files.tell_left_out(document, sidebar)
    if items:
        named = any(_is_home(item.target) for item in items)
        if home and _is_landing(home):
            items = tuple(item for item in items if not _is_home(item.target) or item.children)
        return Items(
            items=(*(() if named else first), *items),
            source=f"{site.config}: its sidebar",
            nav=site.config,
            folder=site.base,
            routes=routes,
        )
    if SORTED in (library.files.text(site.config) or ""):
        items = (*first, *items_of_folder(folder, _by_number, "order", place))
        return Items(items=items, source="front matter: `order`, folder by folder")
    items = (*first, *items_of_folder(folder, _natural, "order of the folders", place))
    return Items(
        items=items, source=f"the file names in '{site.base or '.'}': '{site.config}' has no sidebar that can be read"
    )


def _is_landing(page: Manuscript) -> bool:
    """Return whether a home page has nothing but components, and no more than a name in its front matter."""
    if has_text(page):
        return False
    is_home = is_true(page, "home") or text_under(page, "layout") == "home"
    text = (
        re.sub(r"<(script|style)\b.*?</\1>|</?[A-Za-z][^<>]*>", "", page.text, flags=re.DOTALL)
        if is_home
        else page.text
    )
    return not text.strip()


def _rewritten(library: Library, document: Document) -> dict[str, str]:
    """Return the addresses of pages that differ from their paths (``rewrites``)."""
    routes: dict[str, str] = {}
    base = library.site.base
    for source, spot in table_of(document.get("rewrites")).items():
        pieces = re.split(r"(\(\.\*\)|:\w+\*?)", source)
        pattern = re.compile("".join(_wildcard(piece) for piece in pieces))
        for path in library.chapters:
            if match := pattern.fullmatch(path.removeprefix(base)):
                values = iter(match.groups())
                by_name = {piece: next(values) for piece in pieces[1::2]}
                address = text_of(spot) or ""
                for name, value in sorted(by_name.items(), reverse=True):
                    address = address.replace(name, value)
                routes.setdefault(f"/{address}", path)
    return routes


def _wildcard(piece: str) -> str:
    if piece == "(.*)" or piece.endswith("*"):
        return "(.*)"
    return "([^/]+)" if piece.startswith(":") else re.escape(piece)


def _is_home(target: str | None) -> bool:
    return (target or "x").strip("/").lower() in ("", "index", "index.md", "readme.md")


def _by_number(folder: Folder) -> tuple[Node, ...]:
    """Return files and folders by ``order``, as the theme of Cosmos sorts them; a page with ``order: false`` is not shown.

    A folder has the ``order`` under ``parent`` in its page.
    """

    def number(node: Node) -> float:
        page = node if isinstance(node, Manuscript) else node.page
        values = page.front.values if page else {}
        parent = values.get("parent")
        own = parent if isinstance(parent, Mapping) and not isinstance(node, Manuscript) else values
        order = own.get("order")
        text = str(order) if isinstance(order, str | int | float) and not isinstance(order, bool) else ""
        return float(text) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else math.inf

    shown = (
        node
        for node in folder.nodes
        if not (isinstance(node, Manuscript) and str(node.front.values.get("order")).casefold() == "false")
    )
    return tuple(sorted(shown, key=lambda node: (number(node), natural_key(node.path))))


def _natural(folder: Folder) -> tuple[Node, ...]:
    return (
        *sorted(folder.files, key=lambda chapter: natural_key(chapter.path)),
        *sorted(folder.folders, key=lambda child: natural_key(child.path)),
    )


class _Reading(Struct):
    """One pass through the sidebars."""

    document: Document
    library: Library
    quota: Quota

    def sidebar(self, spot: Spot | None) -> tuple[Item, ...]:
        """Return the items of a sidebar: a list, or a table of lists by the addresses at which they are shown."""
        if items_of(spot):
            return self.items(spot, "")
        lists: dict[str, tuple[Item, ...]] = {}
        addresses = table_of(spot)
        # Each language of a site has addresses of its own; those without one are the book.
        plain = [address for address in addresses if tag_of(address.strip("/").partition("/")[0]) is None]
        # VuePress needs the address of the whole site last, because the first one that fits counts; readers begin with it.
        for address, inner in sorted(addresses.items(), key=lambda pair: pair[0] != "/"):
            if plain and address not in plain and self.is_locale(address):
                continue
            table = table_of(inner)
            base = text_of(table.get("base")) or (address if address.startswith("/") else "")
            lists[address] = self.items(table.get("items") or inner, base)
        return _apart(lists)

    def is_locale(self, address: str) -> bool:
        """Return whether the settings name the language with which *address* begins."""
        first = address.strip("/").partition("/")[0]
        locales = {name.strip("/") for name in table_of(self.document.get("locales"))}
        return first in locales - {"", "root"}

    def items(self, spot: Spot | None, base: str) -> tuple[Item, ...]:
        """Return the items of a list of texts, pairs and tables; *base* is the address to which their links are relative."""
        made: list[Item] = []
        for entry in self.quota.of(items_of(spot)):
            made.extend(self.entry(entry, base))
        return tuple(made)

    def entry(self, entry: Spot, base: str) -> tuple[Item, ...]:
        place = self.document.place(entry)
        pair = items_of(entry)
        if len(pair) == 2 and all(text_of(spot) is not None for spot in pair):
            return (Item(title=text_of(pair[1]), target=_joined(text_of(pair[0]) or "", base), place=place),)
        if (text := text_of(entry)) is not None:
            return (Item(target=_joined(text, base), place=place),)
        table = table_of(entry)
        label = next((text for key in TITLES if (text := text_of(table.get(key)))), None)
        title = None if label is None else _words(label)
        target = next((text for key in TARGETS if (text := text_of(table.get(key))) is not None), None)
        inner = text_of(table.get("base")) or base
        children = tuple(item for key in CHILDREN for item in self.items(table.get(key), inner))
        if target is None and not children:
            return ()
        return (
            Item(
                title=title, target=None if target is None else _joined(target, inner), place=place, children=children
            ),
        )


def _apart(lists: Mapping[str, tuple[Item, ...]]) -> tuple[Item, ...]:
    """Return the items of all *lists*; a page of several of them is in the one whose address is most of its own."""
    homes: dict[str, str] = {}
    for address in sorted(lists, key=len):
        within = address.rstrip("/")
        homes |= {page: address for item in flat(lists[address]) if (page := _page(item)).startswith(within) and page}

    def remaining(items: tuple[Item, ...], address: str) -> Iterator[Item]:
        for item in items:
            children = tuple(remaining(item.children, address))
            if homes.get(_page(item), address) == address:
                yield replace(item, children=children)
            elif children:
                yield replace(item, target=None, children=children)

    return tuple(item for address, items in lists.items() for item in remaining(items, address))


def _page(item: Item) -> str:
    """Return the address of the page that *item* names, without what its links may leave out; empty for an address elsewhere."""
    target = (item.target or "").partition("#")[0]
    return re.sub(r"(?:\.md|\.html|/index|/)$", "", target) if target.startswith("/") else ""


def _words(label: str) -> str:
    """Return the words of a label, which is HTML.

    >>> _words('Site <Badge type="tip" text="new"/>'), _words("<b>Array</b>&lt;T>")
    ('Site new', 'Array&lt;T>')
    """

    def words(tag: re.Match[str]) -> str:
        text = re.search(r"\btext=(?P<quote>[\"'])(?P<words>.*?)(?P=quote)", tag[0])
        return text["words"] if text else ""

    return " ".join(TAG.sub(words, label).split())


def _joined(target: str, base: str) -> str:
    """Return a link of a sidebar as an address of the site; a link that does not begin with a slash is relative to *base*.

    >>> _joined("start", "/guide/"), _joined("/api/", "/guide/"), _joined("", "/guide/")
    ('/guide/start', '/api/', '/guide/')
    """
    if ADDRESS.match(target) or target.startswith("/"):
        return target or "/"
    return posixpath.join("/" + base.strip("/"), target) if base.strip("/") else f"/{target}"
