"""The tags of components in a chapter of MDX or Vue, with the labels that tags around them give them."""

from __future__ import annotations

import re

from book.dialects.tags import Passage, Tag, arguments
from book.patterns import regex

TAG = regex(
    r"<(?P<slash>/)?(?P<name>[A-Z][\w]*(?:\.[\w]+)*|)(?P<rest>(?:\s+(?:[\w:@.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|"
    r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}))?|\{\.\.\.[^{}]*\}))*)\s*(?P<self>/)?>",
    re.S,
)
_SIGN = regex(r"<(?=/?[A-Z>])")
"""The beginning of a tag."""
_LABELS = regex(r"\blabel\s*:\s*(?P<quote>[\"'`])(?P<label>.*?)(?P=quote)")
_VALUES = regex(r"\bvalue\s*:\s*(?P<quote>[\"'`])(?P<value>.*?)(?P=quote)")
_LABEL = regex(r"<Tab(?:\s[^<>]*)?>([^<>]*)</Tab>")
"""The label of a panel further below."""
_COUNTED = regex(r"\W*(?:step\b|[0-9])", re.IGNORECASE)
"""The beginning of the title of a step that says its number itself."""
_ITEMS = regex(r"\bitems\s*=\s*\{\s*\[(?P<items>[^\[\]]*)\]\s*\}")
_STRING = regex(r"(?P<quote>[\"'`])(?P<text>.*?)(?P=quote)")


def tags(page: Passage) -> list[Tag]:
    """Return the tags of components; a tab gets the label that the tags around it give it."""
    made = []
    labels: dict[str, str] = {}
    names: list[str] = []
    items: list[str] = []
    done = steps = 0
    for sign in _SIGN.finditer(page.visible):
        # A tag that ends with > on a line of its own looks like a quotation, whose marks cannot be seen.
        match = TAG.match(page.visible, sign.start()) or TAG.match(page.text, sign.start())
        if match is None or sign.start() < done or (not match["name"] and match["rest"].strip()):
            continue
        done = match.end()
        typed = page.text[match.start() : match.end()]
        _, values = arguments(page.text[match.start("rest") : match.end("rest")])
        if match["name"] == "Tabs" and not match["slash"]:
            entries = (_LABELS.finditer(typed), _VALUES.finditer(typed))
            labels = {value["value"]: label["label"] for label, value in zip(*entries, strict=False)}
            listed = _ITEMS.search(typed)
            items = [item["text"] for item in _STRING.finditer(listed["items"])] if listed else []
        elif match["name"] in ("Steps", "Step") and not match["slash"]:
            steps = 0 if match["name"] == "Steps" else steps + 1
            if steps and (title := values.get("title")) and not _COUNTED.match(title):
                values["title"] = f"{steps}. {title}"
        elif match["name"] == "Tab.List" and not match["slash"]:
            end = page.visible.find("</Tab.List>", match.end())
            names = [" ".join(label[1].split()) for label in _LABEL.finditer(page.visible, match.end(), max(end, 0))]
        elif match["name"] == "Tab.Panel" and not match["slash"] and names and not values.get("label"):
            values["label"] = names.pop(0)
        elif match["name"] == "TabItem" and values.get("value") in labels and not values.get("label"):
            values["label"] = labels[values["value"]]
        elif (
            match["name"] in ("Tab", "Tabs.Tab") and not match["slash"] and items and not {"label", "title"} & {*values}
        ):
            values["label"] = items.pop(0)
        made.append(
            Tag(
                name=match["name"],
                values=values,
                words=("/",) if match["self"] else (),
                typed=typed,
                start=match.start(),
                end=match.end(),
                closing=bool(match["slash"]),
            )
        )
    return made
