"""Text that only makes sense on a web site."""

from __future__ import annotations

from collections.abc import Iterator

from book.lint.passages import Text
from book.patterns import regex
from book.problems import Kind, Problem, Severity
from book.settings import Lint

NEXT_LINE = Kind("N102", Severity.WARNING, "a line that points to the next page of a site")
WEB_ONLY = Kind("N105", Severity.WARNING, "words that only make sense on a web site")

PHRASES = regex(
    r"(?i)\b(?:click(?:ing)? (?:here|this|the (?:button|link|image))|(?:form|sign-?up|button|video|widget|comments?) (?:below|above)|on this (?:web ?)?page"
    r"|(?:in|from|on|using) the (?:(?:left|right)(?:-hand)? )?(?:side ?bar|nav(?:igation)? ?(?:bar|menu)|top menu)|leave (?:us )?a comment|hover(?:ing)? (?:over|on)\b"
    r"|scroll (?:up|down|to)\b|subscribe (?:below|here|to (?:our|my) newsletter)|sign up for (?:our|my) newsletter|(?:watch|play) the video|edit this page"
    r"|klicke?n? sie (?:hier|auf)|hier klicken|auf dieser (?:web)?seite|in der seitenleiste|das formular unten"
    r"|cliquez (?:ici|sur)|sur cette page|le formulaire ci-dessous|haz clic|en esta página|el formulario de abajo)\b"
)
WORDS = (
    *(f"{thing} {side}" for thing in ("form", "up", "button", "video", "widget", "comment", "comments") for side in ("below", "above")),
    "click", "this page", "this web", "sidebar", "side bar", " nav", "top menu", "a comment", "hover", "scroll", "subscribe", "newsletter",
    "the video", "klick", "seite", "formula", "clique", "cette page", "haz clic", "página",
)  # fmt: skip
"""Each of these phrases contains one of these."""
NEXT = regex(
    r"(?i)^\W*(?:next(?: chapter| page| section| up)?|up next|previous(?: chapter| page)?|continue (?:to|with|reading)|read next|go to the next|back to"
    r"|nächste(?:s|r)?(?: kapitel| seite)?|weiter(?: zu| mit)?|zurück(?: zu)?|vorherige(?:s|r)?(?: kapitel)?|chapitre suivant|suivant|précédent|siguiente(?: capítulo)?"
    r"|anterior|próximo(?: capítulo)?|prossimo(?: capitolo)?)\b"
)
ARROW = regex(r"^\s*[←→‹›«»⟵⟶⬅➡]|[→›»⟶➡]\s*$")
SHORT = 90
"""Most letters of a line that points to the next page."""


def web_only(text: Text, settings: Lint) -> Iterator[Problem]:
    """Yield text about the page of a site: its forms, its comments, its sidebar."""
    del settings
    if not any(word in text.folded for word in WORDS):
        return
    for passage in text.passages:
        for match in PHRASES.finditer(passage.text):
            message = f"this makes no sense on paper: “{match[0]}”"
            yield WEB_ONLY.at(
                passage.place(match.start()), message, fix="rephrase it so that it also makes sense in a book"
            )


def next_lines(text: Text, settings: Lint) -> Iterator[Problem]:
    """Yield the last line of a chapter if it only points to another one."""
    del settings
    for passage in text.passages[-2:]:
        words = passage.text.strip()
        if (
            passage.kind not in ("paragraph", "item")
            or not passage.links
            or len(words) > SHORT
            or passage.linked * 3 < len(words)
        ):
            continue
        if NEXT.search(words) or ARROW.search(words):
            message = f"this line points to the next page of a site: “{words}”"
            yield NEXT_LINE.at(passage.place(0), message, fix="remove it: in a book the next chapter follows")
