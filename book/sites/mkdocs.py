"""MkDocs: ``mkdocs.yml`` with its ``nav``, or the folders of its pages; literate-nav, awesome-pages and awesome-nav."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from book.model import Manuscript
from book.notation import Spot
from book.patterns import regex
from book.problems import Place, printable
from book.sites import awesome_nav, markdown_lists, snippets
from book.sites.files import Document, Files, items_of, leaves, table_of, text_of, texts_of
from book.sites.finder import ADDRESS, repository_of
from book.sites.folders import Folder, Node, folder_of, items_of_folder
from book.sites.names import glob_of, is_folder_page, readable
from book.sites.site import Item, Items, Library, Quota, Site

NAMES = ("mkdocs.yml", "mkdocs.yaml", "zensical.yml", "zensical.toml")
"""Zensical reads the settings of MkDocs, in TOML below the table ``project``."""
DOCS = "docs"
LISTS = ("SUMMARY.md", "README.md", "index.md")
"""Files that may list the pages of a folder that the nav names as ``folder/``."""
PAGES = ("index", "readme")
INCLUDE = regex(r"(?P<sign>[!*]include[ \t]+)?[\"']?(?P<path>[^\"'\s]*mkdocs\.ya?ml)[\"']?")
"""An entry of the monorepo plugin."""
GLOB = regex(r"[\w./*-]*\*[\w./*-]*")
DEEPEST = 6
"""The longest chain of settings files that inherit from one another."""


class Settings(Struct, frozen=True):
    """An ``mkdocs.yml`` and the files from which it inherits, the nearest first."""

    documents: tuple[Document, ...]

    @property
    def own(self) -> Document:
        """The file itself."""
        return self.documents[0]

    def with_key(self, *keys: str) -> tuple[Document, Spot] | None:
        """Return the nearest file with a value under *keys*, and that value."""
        return next(
            (
                (document, spot)
                for document in self.documents
                if (spot := document.get(*keys)) and spot.value is not None
            ),
            None,
        )

    def get(self, *keys: str) -> Spot | None:
        """Return the value under *keys*."""
        pair = self.with_key(*keys)
        return pair[1] if pair else None

    def text(self, *keys: str) -> str | None:
        """Return the text under *keys*; for ``!ENV [NAME, default]`` the default, because no environment is read."""
        spot = self.get(*keys)
        words = items_of(spot)
        return (text_of(words[-1] if len(words) > 1 else spot) or "").strip() or None

    def names(self, key: str) -> Mapping[str, Spot | None]:
        """Return plugins or extensions with their options, from a list or a table."""
        spot = self.get(key)
        if spot and isinstance(spot.value, Mapping):
            return spot.value
        named: dict[str, Spot | None] = {}
        for item in items_of(spot):
            named.update(table_of(item))
            if name := text_of(item):
                named[name] = None
        return named


def _document(files: Files, path: str) -> Document | None:
    """Return the settings in the file *path*, None where there are none."""
    if not path.endswith(".toml"):
        return files.yaml(path)
    document = files.toml(path) if files.is_file(path) else None
    project = document.get("project") if document else None
    return replace(document, root=project) if document and project else None


def settings_in(files: Files, home: str) -> Settings | None:
    """Return the ``mkdocs.yml`` in the folder *home* with everything that it inherits; None if there is none."""
    document = next((config for name in NAMES if (config := _document(files, f"{home}{name}"))), None)
    if document is None or not isinstance(document.root.value, Mapping):
        return None
    documents = [document]
    while len(documents) < DEEPEST and (inherit := documents[-1].get("INHERIT")):
        named = text_of(inherit) or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(documents[-1].path), named))
        if leaves(path):
            files.leaves(documents[-1].place(inherit), named)
            break
        parent = files.yaml(path)
        if parent is None and files.text(path) is None:
            why = f"there is no '{printable(path)}' to inherit from"
            files.tell(documents[-1].place(inherit), why, "remove INHERIT, or add the file")
        if parent is None or parent in documents:
            break
        documents.append(parent)
    return Settings(tuple(documents))


def recognise(files: Files, home: str) -> Site | None:
    """Return what an ``mkdocs.yml`` states."""
    settings = settings_in(files, home)
    if settings is None:
        return None
    document = settings.own
    base = files.folder(document, home, settings.get("docs_dir"), DOCS)
    plugins = settings.names("plugins")
    nav = listing[0].path if (listing := settings.with_key("nav")) else ""
    literate = _literate(plugins)
    if not nav and literate and files.is_file(f"{base}{literate}"):
        nav = f"{base}{literate}"
    extensions = settings.names("markdown_extensions")
    options = table_of(extensions.get(snippets.NAME))
    bases = snippets.folders(options, home, base) if snippets.NAME in extensions else ()
    edit = (settings.text("edit_uri") or "").strip("/").split("/")
    branch = edit[1] if len(edit) > 1 and edit[0] in ("blob", "edit", "tree", "raw") else None
    inside = "/".join(edit[2:]) if branch else None  # the folder of the pages in the repository
    redirects = table_of(table_of(plugins.get("redirects")).get("redirect_maps"))
    return Site(
        system="mkdocs",
        label="MkDocs",
        config=document.path,
        nav=nav,
        base=base,
        excluded=tuple(_globs("\n".join((settings.text("exclude_docs") or "", _list_only(literate))), base)),
        title=settings.text("site_name"),
        authors=texts_of(author) if (author := settings.get("site_author")) else (),
        description=settings.text("site_description"),
        language=settings.text("theme", "language") or settings.text("theme", "locale"),
        site_url=settings.text("site_url"),
        repository=repository_of(settings.text("repo_url"), branch, _outer(inside, base)),
        routes={old: f"/{text_of(new) or ''}" for old, new in redirects.items()},
        static=(base,),
        dialects=("mkdocs", *(name for name, marks in DIALECTS.items() if marks & {*plugins, *extensions})),
        snippets=bases,
        appended=snippets.appended(options, files, bases),
        parameters=_variables(settings) if DIALECTS["mkdocs-macros"] & plugins.keys() else {},
        unfenced=":",
        guests=True,
        formulas=True if any("arithmatex" in name or "mdx_math" in name for name in extensions) else None,
    )


DIALECTS = {
    "mkdocstrings": {"mkdocstrings", "autorefs"},
    "mkdocs-macros": {"macros", "markdownextradata", "jinja2"},
    "smartsymbols": {"pymdownx.smartsymbols"},
    "mkdocs-caption": {"caption"},
    "markdown-callouts": {"callouts"},
}
"""Dialects of plugins and extensions."""


def _variables(settings: Settings) -> Mapping[str, object]:
    """Return what pages may print by name: everything under ``extra``, and the settings under ``config``."""
    extra = settings.get("extra")
    plain = extra.plain if extra else None
    keys = "site_name site_url site_description site_author repo_url repo_name edit_uri copyright".split()
    config = {key: text for key in keys if (text := settings.text(key)) is not None}
    return {**(plain if isinstance(plain, Mapping) else {}), "config": {**config, "extra": plain}, "extra": plain}


def _outer(inside: str | None, base: str) -> str | None:
    """Return the folder of the repository that is the root of the book, if its pages are in *inside* there and in *base* here."""
    if not inside:
        return None
    return f"{inside.strip('/')}/".removesuffix(base)


def _literate(plugins: Mapping[str, Spot | None]) -> str | None:
    """Return the name of the lists of literate-nav, None without it."""
    if "literate-nav" not in plugins:
        return None
    return text_of(table_of(plugins["literate-nav"]).get("nav_file")) or "SUMMARY.md"


def _list_only(name: str | None) -> str:
    """Return the *name* of the lists of literate-nav, if they are no pages; else nothing."""
    return "" if name is None or is_folder_page(name) else name


def _implicit(plugins: Mapping[str, Spot | None]) -> bool:
    """Return whether literate-nav adds the pages of folders that the lists do not name."""
    return text_of(table_of(plugins.get("literate-nav")).get("implicit_index")) == "true"


def _globs(text: str, base: str) -> Iterable[str]:
    """Yield the patterns of ``exclude_docs``, which have the syntax of ``.gitignore``, relative to the root."""
    for line in text.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith(("#", "!")):
            continue
        if "/" in pattern.rstrip("/"):
            yield f"{base}{pattern.lstrip('/').rstrip('/')}"
        else:
            yield from (f"{base}{pattern.rstrip('/')}", f"{base}*/{pattern.rstrip('/')}")


def order(library: Library) -> Items | None:
    """Return the order of the ``nav``; else of the lists in the folders; else of the folders."""
    return replace(items, index_opens=True) if (items := _order(library)) else None


def _order(library: Library) -> Items | None:
    site, files = library.site, library.files
    settings = settings_in(files, f"{posixpath.dirname(site.config)}/".lstrip("/"))
    if settings is None:
        return None
    plugins = settings.names("plugins")
    listing = settings.with_key("nav")
    document, nav = listing or (settings.own, None)
    reading = Reading(library, document, library.quota(), _literate(plugins) or "", implicit=_implicit(plugins))
    if nav and isinstance(nav.value, tuple):
        reading.name_all(nav, site.base, library.quota())
        items = reading.items(nav)
        source = f"{document.path}: its nav"
        return Items(items=items, source=source, nav=document.path, folder=site.base, slash_leaves=True)
    if nav:
        files.tell(document.place(nav, key=True), "its nav is no list", "write `nav:` as a list of pages")
    if site.nav and site.nav != document.path:
        items = reading.listed(site.nav, site.base)
        source = f"{site.nav}: its list of links"
        return Items(items=items, source=source, nav=site.nav, folder=site.base, slash_leaves=True)
    folder = folder_of(library.chapters, site.base, PAGES)
    place = Place(path=site.config)
    ordered = awesome_nav.order(library, folder, plugins)
    if ordered is not None:
        return Items(items=ordered, source=f"the nav files in the folders of '{site.base or '.'}'")
    items = in_order(folder, "order of the folders", place)
    return Items(items=items, source=f"the file names in '{site.base or '.'}': '{site.config}' has no nav")


def in_order(folder: Folder, reason: str, place: Place) -> tuple[Item, ...]:
    """Return the pages of a folder in MkDocs' order: its index, its files by name, its folders by name."""
    own = (Item(path=folder.page.path, place=place, reason=reason),) if folder.page else ()
    return (*own, *items_of_folder(folder, by_name, reason, place))


def by_name(folder: Folder) -> tuple[Node, ...]:
    """Return the files, then the folders, both by name; a README beside an index is not a page."""
    shadowed = folder.page is not None and is_folder_page(folder.page.path)
    files = [chapter for chapter in folder.files if not (shadowed and is_folder_page(chapter.path))]
    return (*files, *folder.folders)


class Reading(Struct):
    """One pass through a nav."""

    library: Library
    document: Document
    quota: Quota
    lists: str
    """The name of the lists of literate-nav, empty without it."""
    implicit: bool = False
    """Whether the page of a folder belongs to it although its list does not name it."""
    base: str | None = None
    """The folder to which targets are relative, if it is not that of the site: that of a book within the book."""
    inside: list[str] = field(default_factory=list)
    """The folders whose lists are being read, and the settings files that include one another."""
    books: set[str] = field(default_factory=set)
    """Settings files that were included: no glob includes them again."""
    named: set[str] = field(default_factory=set)
    """Pages that an entry names, or that a glob matched: no glob adds them again."""

    def name_all(self, nav: Spot, base: str, quota: Quota) -> None:
        """Record the pages that the entries of a list name."""
        for entry in quota.of(items_of(nav)):
            for spot in table_of(entry).values() if isinstance(entry.value, Mapping) else (entry,):
                if isinstance(spot.value, tuple):
                    self.name_all(spot, base, quota)
                elif (target := text_of(spot)) and "*" not in target:
                    self.named.add(posixpath.normpath(posixpath.join(base, target)))

    def items(self, nav: Spot) -> tuple[Item, ...]:
        """Return the items of a list: files, ``title: file``, ``title: [ … ]``."""
        made: list[Item] = []
        for entry in items_of(nav):
            pairs = entry.value.items() if isinstance(entry.value, Mapping) else ((None, entry),)
            for title, spot in self.quota.of(pairs):
                place = self.document.place(spot, key=title is not None)
                if isinstance(spot.value, tuple):
                    made.append(Item(title=title, place=place, children=self.items(spot)))
                elif spot.value is None or isinstance(spot.value, str):
                    made.extend(self.entry(title, text_of(spot) or "", place))
        return tuple(made)

    def entry(self, title: str | None, target: str, place: Place) -> tuple[Item, ...]:
        """Return the items of one page, folder, glob or settings file."""
        if ADDRESS.match(target):
            return (Item(title=title, target=target, place=place),)
        included = INCLUDE.fullmatch(target)
        if target == "...":
            inner = self.rest(place)
        elif included and (
            title is None or self.library.files.is_file(posixpath.normpath(included["path"])) or included["sign"]
        ):
            inner = self.included(included["path"], place)
        elif target.endswith("/") and "*" not in target:
            where = posixpath.normpath(posixpath.join(self.base_of_targets, target)) + "/"
            inner = self.folder(where, place)
        elif "*" in target:
            inner = self.fitting(target, place)
        else:
            return (Item(title=title, target=target if self.base is None else f"/{self.base}{target}", place=place),)
        if title is None or not inner:
            return inner or (
                (Item(title=title, target=target, place=place),) if not included and "*" not in target else ()
            )
        return (Item(title=title, place=place, children=inner),)

    @property
    def base_of_targets(self) -> str:
        """The folder to which targets are relative."""
        return self.library.site.base if self.base is None else self.base

    @property
    def unnamed(self) -> dict[str, Manuscript]:
        """The chapters that no entry names."""
        return {path: chapter for path, chapter in self.library.chapters.items() if path not in self.named}

    def rest(self, place: Place) -> tuple[Item, ...]:
        """Return the chapters that no entry names, for an entry ``...`` of awesome-pages."""
        folder = folder_of(self.unnamed, self.base_of_targets, PAGES)
        plugins = Settings((self.document,)).names("plugins")
        items = awesome_nav.order(self.library, folder, plugins)
        return in_order(folder, "", place) if items is None else items

    def fitting(self, glob: str, place: Place) -> tuple[Item, ...]:
        """Return the pages and folders that match a glob and that no entry names."""
        base = self.base_of_targets
        pattern = glob_of(base + glob.lstrip("/"))
        made = []
        chapters = self.unnamed
        for path in chapters:
            if pattern.fullmatch(path):
                made.append(Item(path=path, place=place))
                self.named.add(path)
        if glob.rstrip("/").endswith("*") and "**" not in glob:
            folders = {path[: at + 1] for path in chapters for at, sign in enumerate(path) if sign == "/"}
            end = None if glob.endswith("/") else -1
            for folder in sorted(candidate for candidate in folders if pattern.fullmatch(candidate[:end])):
                inner = self.folder(folder, place)
                made += (
                    [Item(title=readable(folder[:-1].rpartition("/")[2]), place=place, children=inner)] if inner else []
                )
        return tuple(made)

    def included(self, target: str, place: Place) -> tuple[Item, ...]:
        """Return the nav of other settings files (``!include services/x/mkdocs.yml``): books within the book."""
        files, made = self.library.files, list[Item]()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.document.path), target))
        paths = tuple(set(files.fitting(path)) - self.books) if "*" in path else (path,)
        self.books.update(paths)
        for candidate in sorted(paths):
            home = f"{posixpath.dirname(candidate)}/".lstrip("/")
            settings = (
                None
                if leaves(candidate) or candidate in self.inside or not files.is_file(candidate)
                else settings_in(files, home)
            )
            if settings is None and files.text(candidate) is None:
                why = f"there is no '{printable(candidate)}', which it includes"
                files.tell(place, why, "correct the path, or remove the entry")
            if settings is None:
                continue
            base = files.folder(settings.own, home, settings.get("docs_dir"), DOCS)
            document, nav = settings.with_key("nav") or (settings.own, None)
            self.inside.append(candidate)
            reading = replace(self, document=document, base=base)
            if nav:
                reading.name_all(nav, base, self.library.quota())
                inner = reading.items(nav)
            else:
                pages = (path for path in files.markdown() if path.startswith(base))
                inner = tuple(Item(target=f"/{path}", place=place) for path in sorted(pages))
            self.inside.pop()
            title = settings.text("site_name") if "*" in path else None
            made += (Item(title=title, place=place, children=inner),) if title else inner
        return tuple(made)

    def folder(self, where: str, place: Place) -> tuple[Item, ...]:
        """Return the pages of a folder that the nav names as a whole: from its own list, else in MkDocs' order."""
        if leaves(where) or where in self.inside:
            return ()
        for name in dict.fromkeys((self.lists, *LISTS)) if self.lists else LISTS:
            path = f"{where}{name}" if name else ""
            if path and self.library.files.is_file(path):
                own = path if is_folder_page(path) else self.page_of(where) if self.implicit else None
                listed = self.listed(path, where, own)
                if not listed:
                    continue
                unnamed = own in self.library.chapters and not any(
                    item.path == own for item in markdown_lists.flat(listed)
                )
                return (*((Item(path=own, place=place),) if unnamed else ()), *listed)
        folder = folder_of(self.library.chapters, where, PAGES)
        return in_order(folder, "", place)

    def page_of(self, where: str) -> str | None:
        """Return the page of a folder."""
        page = folder_of(self.library.chapters, where, PAGES).page
        return page.path if page else None

    def listed(self, path: str, where: str, own: str | None = None) -> tuple[Item, ...]:
        """Return the pages that the Markdown list in *path* names; its targets are relative to the folder *where*.

        *own* is the page of the folder, which no glob in the list matches.
        """
        self.named.update((own,) if own else ())
        self.inside.append(where)
        read = markdown_lists.read(self.library.files.text(path) or "", path)
        targets = (item.target for item in markdown_lists.flat(read) if item.target and "*" not in item.target)
        self.named.update(posixpath.normpath(posixpath.join(where, target)) for target in targets)
        items = self.relative(read, where)
        self.inside.pop()
        local = [item for item in markdown_lists.flat(items) if item.target or item.path]
        return items if local else ()

    def relative(self, items: tuple[Item, ...], where: str) -> tuple[Item, ...]:
        """Return *items* of a list in the folder *where* as items of the nav; folders and globs in it are resolved."""
        base = self.base_of_targets
        made: list[Item] = []
        for item in items:
            target = item.target or ""
            children = self.relative(item.children, where)
            if not target and item.title and GLOB.fullmatch(item.title):  # a bullet that is not a link
                target, item = item.title, replace(item, title=None)  # noqa: PLW2901 - its title is its target
            if item.kind == "separator" or (not target and not children):
                continue
            if not target or ADDRESS.match(target) or target.startswith(("#", "/")):
                if not target or children or ADDRESS.match(target) is None:
                    made.append(replace(item, matter="main", target=target or None, children=children))
                continue
            full = posixpath.normpath(posixpath.join(where, target)) + ("/" if target.endswith("/") else "")
            if leaves(full) or not full.startswith(base):
                continue
            entries = self.entry(item.title, full.removeprefix(base), item.place)
            made += (replace(entry, children=(*entry.children, *children)) for entry in entries)
        return tuple(made)
