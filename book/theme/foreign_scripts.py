"""Guards against the templates of foreign themes: in pages and covers no script runs, and nothing is loaded.

In HTML, a policy at the top of the page prevents scripts from running; this module makes sure that
the policy is there. Not every e-reader enforces a policy, so scripts are removed from EPUBs. Both cases are reported.
"""

from __future__ import annotations

import base64
import contextlib
import io
import re
import warnings
from collections.abc import Iterable, Iterator

from lxml import etree
from lxml import html as lxml_html
from markupsafe import escape

from book.limits import Exceeded
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, ThemeError
from book.theme import Theme

Element = etree._Element  # noqa: SLF001 - lxml's only name for the type

UNSEALED = Kind("T141", Severity.ERROR, "a page that does not start with its security policy")
SCRIPT = Kind("T142", Severity.WARNING, "a script in a theme, which does not run")
LOADS = Kind(
    "T143",
    Severity.ERROR,
    "something that no page may contain and that a theme adds: an address that runs something, or something loaded from elsewhere",
)

BEGINS = regex(
    r'\s*<!DOCTYPE html>\s*<html(?: (?:lang|dir|class|id)="[^"<>]*")*>\s*<head>\s*<meta charset="utf-8">\s*'
    r'(?:<meta name="viewport" content="[^"<>]*">\s*)?<meta http-equiv="Content-Security-Policy" content="([^"<>]*)">',
    re.IGNORECASE,
)
"""The start of a page in which nothing can run before the policy applies (CSP 3 §3.3: a policy applies from its element on)."""
SCRIPTED = regex(r"\s*(?:javascript|vbscript|data\s*:\s*text/html)", re.IGNORECASE)
ADDRESSES = frozenset(
    "action background cite data formaction href icon manifest ping poster profile src srcdoc srcset".split()
)
LOADING = frozenset("applet audio base embed form frame iframe link object portal source track video".split())
"""Elements that load or send something. Of these, built-in templates only contain ``link`` for style sheets."""


def sealed(page: str, template: str, theme: Theme, policy: str, script: str = "") -> tuple[Problem, ...]:
    """Make sure that the HTML *page* begins with its *policy*, and return the problems of the scripts that it blocks.

    Args:
        page: output of the *template* of a *theme*.
        template: its name.
        theme: for the places of problems.
        policy: the text that the page must contain.
        script: the one script that may run.

    Raises:
        ThemeError: something could run before the policy applies, or would be loaded.
    """
    if not theme.foreign:
        return ()
    begins = BEGINS.match(page)
    if not begins or begins[1] != str(escape(policy)):
        place = theme.home(template).place(f"templates/{template}")
        fix = f"start the page as themes/base/templates/{template} does, up to {{{{ policy }}}}"
        raise ThemeError(UNSEALED.at(place, "the page does not begin with its policy", fix=fix))
    root = lxml_html.document_fromstring(
        page.encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
    )
    return tuple(_problems(theme, template, _strange(root, script)))


def removed(root: Element, template: str, theme: Theme) -> tuple[Problem, ...]:
    """Remove the scripts from the XHTML document *root*, output of the *template* of a *theme*, and return the problems.

    Raises:
        ThemeError: something would be loaded.
    """
    if not theme.foreign:
        return ()
    scripts = list(_strange(root, None))
    for element, attribute, _ in scripts:
        if attribute:
            element.attrib.pop(attribute, None)
        elif (parent := element.getparent()) is not None:
            # Keep the text that follows it.
            before = element.getprevious()
            if before is not None:
                before.tail = (before.tail or "") + (element.tail or "")
            else:
                parent.text = (parent.text or "") + (element.tail or "")
            parent.remove(element)
    return tuple(_problems(theme, template, scripts))


UNFIT = Kind("T139", Severity.ERROR, "a cover that cannot be drawn, or would load something")
FORBIDDEN = frozenset({"script", "foreignObject", "iframe", "audio", "video", "animate", "set", "handler", "listener"})
MOST_NODES = 20_000
"""The most elements of a cover, including copies; one step of a filter counts as a thousand."""

Strange = tuple[Element, str, str]
"""An element, one of its attributes (empty: the element itself), and its name in messages; ``!`` before it if it loads something."""


def _strange(root: Element, script: str | None) -> Iterator[Strange]:
    """Yield everything that runs or loads something in the document *root*, except our own *script*."""
    for element in list(root.iter(etree.Element)):
        name = etree.QName(element).localname.lower()
        if name == "script":
            if script is None or element.attrib or element.text != script:
                yield element, "", "<script>"
            continue
        style = name == "link" and element.get("href") == "style.css" and element.get("rel") == "stylesheet"
        if name in LOADING and not style:
            yield element, "", f"!<{name}>"
            continue
        for key, value in list(element.attrib.items()):
            short = etree.QName(key).localname.lower()
            if short.startswith("on"):
                yield element, str(key), f"{short}="
            elif short in ADDRESSES and SCRIPTED.match(re.sub(r"[\x00-\x20]", "", str(value))):
                yield element, str(key), f"!{short}={str(value)[:40]!r}"
            elif name not in {"a", "area", "blockquote", "q"} and short in ADDRESSES and _leads_outside(str(value)):
                yield element, "", f"!<{name} {short}>"
            elif short == "http-equiv" and str(value).lower() != "content-security-policy":
                yield element, "", "!<meta http-equiv>"
            elif short == "ping":
                yield element, "", "!ping="


def _leads_outside(address: str) -> bool:
    """Return whether *address* leads out of its file or package."""
    bare = re.sub(r"[\x00-\x20]", "", address)
    return bool(re.match(r"(?!data:(?:image|font)/)[A-Za-z][A-Za-z0-9+.-]*:|[\\/]{2}", bare, re.IGNORECASE))


def _problems(theme: Theme, template: str, scripts: Iterable[Strange]) -> Iterator[Problem]:
    """Yield one warning for each place in the templates; raise ThemeError for anything that would be loaded."""
    places: dict[Place, str] = {}
    for _, _, description in scripts:
        script = description.lstrip("!")
        place = _place(theme, template, script)
        if description.startswith("!"):
            fix = "remove it: an edition carries all that it needs"
            raise ThemeError(LOADS.at(place, f"the template would load, send or run something: {script}", fix=fix))
        places.setdefault(place, script)
    for place, script in places.items():
        message = f"themes cannot have scripts: {script} does not run in readers' pages"
        yield SCRIPT.at(place, message, fix="remove it; what the page can do comes from Handbound's own script")


def _place(theme: Theme, template: str, script: str) -> Place:
    """Return the line of a foreign template that *script* seems to come from."""
    needle = re.match(r"<?[A-Za-z]+", script)
    text_sought = needle[0].lower() if needle else script.lower()
    room = template.split("/", maxsplit=1)[0]
    for folder in (folder for folder in theme.chain if not folder.built_in):
        names = folder.names("templates", ".j2")
        for name in sorted(names, key=lambda path: (path != template, not path.startswith(f"{room}/"), path)):
            text = (folder.text(f"templates/{name}") or "").lower()
            if (at := text.find(text_sought)) >= 0:
                return folder.place(f"templates/{name}", text.count("\n", 0, at) + 1)
    return theme.home(template).place(f"templates/{template}")


def own_scripts(theme: Theme) -> tuple[Problem, ...]:
    """Return a warning for each foreign theme that has a script of its own: only the built-in one runs."""
    script = "templates/web/book.js.j2"
    return tuple(
        SCRIPT.at(
            folder.place(script),
            "themes cannot have scripts: the page uses Handbound's own",
            fix="remove the file from the theme",
        )
        for folder in theme.chain
        if not folder.built_in and folder.text(script) is not None
    )


# The cover.


def check_cover(root: Element, drawing: str, template: str, theme: Theme) -> None:
    """Raise ThemeError if the cover of a foreign theme would load or run something, or take too long to draw."""
    if theme.foreign and (fault := _cover_fault(root, drawing, theme.limits.image_pixels)):
        place = theme.home(template).place(f"templates/{template}")
        raise ThemeError(UNFIT.at(place, f"the cover has {fault}", fix="draw it with shapes and text of its own"))


@contextlib.contextmanager
def drawing(template: str, theme: Theme) -> Iterator[None]:
    """Turn any error that the cover of a foreign theme causes in the renderer into one line."""
    try:
        yield
    except BaseException as error:
        # A panic in a compiled module is not an Exception.
        if not theme.foreign or isinstance(error, KeyboardInterrupt | SystemExit | Exceeded):
            raise
        place = theme.home(template).place(f"templates/{template}")
        fix = "compare the template with the one in themes/base"
        raise ThemeError(UNFIT.at(place, f"the cover cannot be drawn: {error}", fix=fix)) from error


def _cover_fault(root: Element, drawing: str, pixels: int) -> str:
    """Return what is wrong with the cover of a foreign theme: anything that it would load or run, or that is too costly to draw."""
    if "<!" in re.sub(r"<!--.*?-->|<!\[CDATA\[", "", drawing, flags=re.S):
        return "a document type"
    if etree.QName(root).localname != "svg":
        return f"the root <{etree.QName(root).localname}>, not <svg>"
    for count, element in enumerate(root.iter(), 1):
        if count > MOST_NODES:
            return f"more than {MOST_NODES:,} elements"
        if not isinstance(element.tag, str):
            if isinstance(element, etree._ProcessingInstruction):  # noqa: SLF001 - it has no public name
                return "a processing instruction"
            continue
        name = etree.QName(element).localname
        if name in FORBIDDEN:
            return f"<{name}>"
        if name == "style" and _loads(element.text or ""):
            return "a style sheet that loads something"
        for key, value in element.attrib.items():
            short = etree.QName(key).localname.lower()
            own = value.strip().startswith("#")
            if short.startswith("on"):
                return f"the event attribute {short}"
            if short in {"href", "src", "base"} and not own and not _picture(name, value.strip(), pixels):
                return f"something from elsewhere: {short}={value[:80]!r}"
            if _loads(value):
                return f"something from elsewhere in {short}"
    return _expansion_fault(root)


def _expansion_fault(root: Element) -> str:
    """Return what is wrong when every reference is resolved: a reference to itself, or too many elements."""
    by_id = {str(element.get("id")): element for element in root.iter(etree.Element) if element.get("id")}
    costs: dict[Element, int] = {}
    stack: list[tuple[Element, bool]] = [(root, False)]
    opened: set[Element] = set()
    while stack:
        element, counted = stack.pop()
        names = re.findall(r"url\(\s*[\"']?\s*#([^\"')\s]+)", " ".join(map(str, element.attrib.values())))
        names += [
            str(value).strip()[1:] for key, value in element.attrib.items() if etree.QName(key).localname == "href"
        ]
        inner = [child for child in element if isinstance(child.tag, str)] + [
            by_id[name] for name in names if name in by_id
        ]
        if counted:
            opened.discard(element)
            # A step of a filter processes every pixel.
            own = 1_000 if etree.QName(element).localname.startswith("fe") else 1
            costs[element] = own + sum(costs[child] for child in inner)
            if costs[element] > MOST_NODES:
                return f"more than {MOST_NODES:,} elements, copies counted"
        elif element in opened:
            return "a part that refers to itself"
        elif element not in costs:
            opened.add(element)
            stack += [(element, True), *((child, False) for child in inner)]
    return ""


def _loads(css: str) -> bool:
    """Return whether *css* refers to anything outside the drawing."""
    return "@import" in css.lower() or "\\" in css or bool(re.search(r"url\((?!\s*[\"']?\s*#)", css, re.IGNORECASE))


def _picture(name: str, address: str, pixels: int) -> bool:
    """Return whether *address* contains an image for the element *name* that is not too large."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - slow to import

    match = re.match(r"data:image/(?:png|jpeg|gif|webp);base64,", address)
    if name != "image" or not match:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            width, height = Image.open(io.BytesIO(base64.b64decode(address[match.end() :]))).size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return False
    return int(width) * int(height) <= pixels
