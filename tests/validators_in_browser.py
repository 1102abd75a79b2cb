"""Axe and checks of our own, on pages in a browser."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Error, Page, Request, Route

from tests.validators import Found, NotRun, Tools

WIDTHS = (320, 1400)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def _pages(files: Sequence[Path], tools: Tools, look: Callable[[Browser, Path], Iterator[str]]) -> Found:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NotRun("pip install playwright") from None
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=tools.browser(), args=["--no-sandbox"])
        for file in files:
            for text in look(chromium, file):
                yield file, text
        chromium.close()


def _plain(file: Path) -> Callable[[Route], None]:
    """Return a handler that serves *file* without its scripts."""
    text = re.sub(r"<script>.*?</script>", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return lambda route: route.fulfill(body=text, content_type="text/html; charset=utf-8")


def _opened(chromium: Browser, file: Path, width: int, scheme: Literal["light", "dark"], *, scripts: bool) -> Page:
    # The pages allow no script but their own; axe comes in over that.
    page = chromium.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    if not scripts:
        page.route("file:**", _plain(file))
    page.goto(file.resolve().as_uri())
    page.evaluate("document.fonts.ready.then(() => new Promise(done => setTimeout(done, 150)))")
    return page


AXE = r"""async box => {
  // Axe takes every drawing for a picture, and leaves text on pictures open: the validator "page" measures that text.
  axe.configure({rules: [{id: "color-contrast", selector: ":not(text):not(tspan)"}]});
  // Signs that stand alone ("≈") and emoji are text here: formulas and marks.
  const options = {...axe._audit.checks["color-contrast"].options, ignoreUnicode: false, ignoreLength: true};
  const checks = {"color-contrast": {options}};
  const result = await axe.run(box, {resultTypes: ["violations", "incomplete"], checks});
  const found = [["violation", result.violations]];
  for (const rule of result.incomplete.filter(one => one.id.startsWith("color-contrast")))
    for (const node of rule.nodes) {
      // What a box that scrolls shows but in part is left open: it is asked again when the reader has come to it.
      // Code that is wider than its box or its chapter lies on several grounds, of which axe cannot choose:
      // all that is around it is twice as wide as the code while it is asked.
      const seen = document.querySelector(node.target), around = [];
      const wide = seen.closest("pre") ? Math.max(seen.closest("pre").scrollWidth, seen.closest("pre").offsetWidth) : 0;
      for (let box = seen.closest("pre"); box; box = box.parentElement) {
        around.push([box, box.style.minWidth]);
        box.style.minWidth = 2 * wide + "px";
      }
      seen.scrollIntoView({block: "center", inline: "center"});
      const again = await axe.run(seen, {runOnly: [rule.id], resultTypes: ["violations", "incomplete"], checks});
      for (const [box, before] of around) box.style.minWidth = before;
      found.push(["violation", again.violations], ["left open", again.incomplete]);
    }
  return found.flatMap(([kind, rules]) => rules.flatMap(rule => rule.nodes.map(node => [
    kind, rule.id, node.html, ([...node.any, ...node.all, ...node.none][0] || {message: ""}).message])));
}"""


def axe(files: Sequence[Path], tools: Tools) -> Found:
    """Yield what axe finds at each width, light and dark, with the search open, and without scripts: violations, contrast left open.

    An EPUB is Ace's: it asks axe what can be asked of a chapter, which has no landmarks of a page.
    """
    source = tools.npm("axe-core", "axe.min.js").read_text(encoding="utf-8")

    def ask(page: Page, at: str, box: str = "html") -> Iterator[str]:
        page.evaluate(source)
        for kind, rule, html, why in page.evaluate(AXE, box):
            yield f"{kind} {rule} {' '.join(html.split())[:120]} {why[:160]} [{at}]"

    def look(chromium: Browser, file: Path) -> Iterator[str]:
        for width, scheme in product(WIDTHS, SCHEMES):
            page = _opened(chromium, file, width, scheme, scripts=True)
            yield from ask(page, f"{width}px {scheme}")
            if page.query_selector(".hb-finder"):
                page.keyboard.press("/")
                page.keyboard.type("the")
                page.wait_for_timeout(100)
                yield from ask(page, f"{width}px {scheme}, search", "dialog")
            page.close()
        page = _opened(chromium, file, WIDTHS[0], "light", scripts=False)
        yield from ask(page, f"{WIDTHS[0]}px light, no script")
        page.close()

    return _pages(files, tools, look)


FAULTS_OF_A_PAGE = r"""() => {
  const found = [], ids = new Set();
  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter(one => {
      if (one.getBoundingClientRect().right <= innerWidth + 1) return false;
      for (let above = one.parentElement; above; above = above.parentElement)
        if (getComputedStyle(above).overflowX !== "visible") return false;
      return true;
    });
    found.push("sideways scroll: " + (wide.length ? wide[wide.length - 1].outerHTML.slice(0, 100) : "?"));
  }
  for (const one of document.querySelectorAll("[id]")) {
    if (ids.has(one.id)) found.push("an id twice: " + one.id);
    ids.add(one.id);
  }
  for (const link of document.querySelectorAll("a[href^='#'], use")) {
    const name = decodeURIComponent((link.getAttribute("href") || "").slice(1));
    if (name && !ids.has(name)) found.push("a link that leads nowhere: #" + name);
  }
  for (const one of document.querySelectorAll("*"))
    for (const attribute of one.attributes)
      if (attribute.name.startsWith("on")) found.push("a handler in an attribute: " + attribute.name);
  const light = colour => {
    const [red, green, blue] = colour.match(/[\d.]+/g).map(Number).map(one => one / 255).map(
      one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  for (const words of document.querySelectorAll("svg text")) {
    const style = getComputedStyle(words), box = words.getBBox(), whole = words.getScreenCTM();
    if (!words.textContent.trim() || !/^rgb\(/.test(style.fill) || !whole) continue;
    const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2).matrixTransform(whole);
    let ground = getComputedStyle(document.documentElement).backgroundColor;
    for (const shape of words.closest("svg").querySelectorAll("rect, circle, ellipse, path, polygon")) {
      if (!(shape.compareDocumentPosition(words) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
      const fill = getComputedStyle(shape);
      if (shape.closest("defs, marker, symbol, clipPath, mask, pattern") || !/^rgb\(/.test(fill.fill)) continue;
      if (fill.fillOpacity < 0.5 || fill.opacity < 0.5) continue;
      if (shape.isPointInFill(middle.matrixTransform(shape.getScreenCTM().inverse()))) ground = fill.fill;
    }
    const [dark, bright] = [light(style.fill), light(ground)].sort((one, two) => one - two);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < (parseFloat(style.fontSize) * whole.a >= 24 ? 3 : 4.5))
      found.push(`text of a drawing at ${ratio.toFixed(1)} : 1: ${words.textContent.trim().slice(0, 40)}`);
  }
  for (const picture of document.images)
    if (!picture.naturalWidth) found.push("a picture that is not shown: " + picture.alt);
  return found;
}"""


def page(files: Sequence[Path], tools: Tools) -> Found:
    """Yield what is wrong with pages in a browser, with and without scripts.

    Requests, errors of the script, sideways scroll, an id twice, a # that leads nowhere, handlers in attributes, text of a drawing
    that is too pale (in light colours; in the dark a drawing is turned over); words that are shown only with scripts, or only without.
    """

    def look(chromium: Browser, file: Path) -> Iterator[str]:
        shown: dict[bool, Counter[str]] = {}
        buttons: set[str] = set()
        for width, scripts in product((*WIDTHS, 768), (True, False)):
            page = chromium.new_page(
                viewport={"width": width, "height": 800}, color_scheme="light", reduced_motion="reduce"
            )
            asked: list[str] = []
            _listen(page, asked)
            if not scripts:
                page.route("file:**", _plain(file))
            page.goto(file.resolve().as_uri())
            page.evaluate("document.fonts.ready.then(() => 0)")
            at = f"{width}px{'' if scripts else ', no script'}"
            yield from (f"{text} [{at}]" for text in asked[1:])
            yield from (f"{text} [{at}]" for text in page.evaluate(FAULTS_OF_A_PAGE))
            shown[scripts] = Counter(
                page.evaluate("(document.querySelector('main') || document.body).innerText").split()
            )
            buttons.update(
                page.evaluate("[...document.querySelectorAll('.hb-copy')].flatMap(one => one.innerText.split(/\\s+/))")
            )
            page.close()
        added, lost = shown[True] - shown[False], shown[False] - shown[True]
        for word in sorted(lost):
            yield f"shown only without scripts: {word!r} ({lost[word]} times)"
        for word in sorted(set(added) - buttons):
            yield f"shown only with scripts: {word!r} ({added[word]} times)"

    return _pages(files, tools, look)


def _listen(page: Page, said: list[str]) -> None:
    """Have *page* write what it asks for and what goes wrong in its script into *said*; its own address is the first."""

    def asked(request: Request) -> None:
        if not request.url.startswith("data:"):
            said.append(f"a request: {request.url}")

    def failed(fault: Error) -> None:
        said.append(f"an error of the script: {fault}")

    page.on("request", asked)
    page.on("pageerror", failed)
