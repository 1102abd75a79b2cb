"""Lists of items and of terms in the order of HTML; what is no item goes to the one before."""

from __future__ import annotations

from collections.abc import Iterator

from book.markdown import content_model as model
from book.markdown.repair.attributes import attributes_of
from book.markdown.repair.boxes import IN_LINES, Box, Fits, Things, blank, runs, says


def fit_list(fitter: Fits, box: Box, above: frozenset[str]) -> Things:
    """Return a list of items alone: what stands between them is of the item before."""
    items: Things = []
    last: Box | None = None
    for is_item, run in runs(box.inside, lambda thing: isinstance(thing, Box) and thing.tag == "li"):
        if is_item:
            items += run
            last = next(thing for thing in reversed(run) if isinstance(thing, Box))
            continue
        lists = frozenset({"ul", "ol", "dir", "menu"})
        nested = all(blank(thing) or (isinstance(thing, Box) and thing.tag in lists) for thing in run)
        if says(run):
            first = next((thing for thing in run if isinstance(thing, Box)), box)
            fitter.say(first, f"<{box.tag}> contains something that is not an item", "write it in <li>…</li>")
            if nested and last is not None:
                last.inside = [*last.inside, *run]
            else:
                last = Box("li", {}, run)
                items.append(last)
    if last is None:
        return [" "]
    fitted: Things = []
    for item in items:
        if isinstance(item, str):
            fitted.append(item)
            continue
        pairs = attributes_of("li", item.pairs)
        if box.tag != "ol" or not model.fits("value", pairs.get("value", ""), "integer"):
            pairs.pop("value", None)
        fitted.append(Box("li", pairs, fitter.flow(item.inside, above | {"li"})))
    return [box.like(fitted)]


def fit_terms(fitter: Fits, box: Box, above: frozenset[str]) -> Things:
    """Return a list of terms, each with a description; what comes before the first term stands before the list."""
    before: Things = []
    rows: list[Box] = []
    for thing in _opened(box.inside):
        if isinstance(thing, Box) and thing.tag in ("dt", "dd"):
            if thing.tag == "dd" and not rows:
                fitter.say(thing, "<dd> describes no term", "write a <dt> before it")
                before.append(Box("div", attributes_of("div", thing.pairs), fitter.flow(thing.inside, above)))
                continue
            if thing.tag == "dt" and rows and rows[-1].tag == "dd":
                pass
            rows.append(
                Box(thing.tag, attributes_of(thing.tag, thing.pairs), fitter.flow(thing.inside, above | {thing.tag}))
            )
        elif not blank(thing) and says([thing]):
            fitter.say(
                thing if isinstance(thing, Box) else box,
                "<dl> contains something that is not a term",
                "write it in <dt> or <dd>",
            )
            fitted = fitter.flow([thing], above)
            if not rows:
                before += fitted
            elif rows[-1].tag == "dd":
                rows[-1] = rows[-1].like([*rows[-1].inside, " ", *fitted])
            else:
                rows.append(Box("dd", {}, fitted))
        elif isinstance(thing, Box) and thing.tag not in IN_LINES:
            (rows[-1].inside if rows else before).append(" ")  # it parts the words beside it
    if rows and rows[-1].tag == "dt":
        rows.append(Box("dd"))
    if not rows:
        return [box.like(before, "div")] if before else [" "]
    return [*([Box("div", {}, before)] if before else []), box.like([*rows])]


def _opened(things: Things) -> Iterator[Box | str]:
    """Yield what a list of terms holds, its groups opened (HTML §4.4.9 lets a div stand round a term and its descriptions)."""
    for thing in things:
        if (
            isinstance(thing, Box)
            and thing.tag == "div"
            and any(isinstance(inner, Box) and inner.tag in ("dt", "dd") for inner in thing.inside)
        ):
            yield from _opened(thing.inside)
        else:
            yield thing
