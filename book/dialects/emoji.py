"""Names of emoji that pandoc does not know: those of people with their gender (`:man_raising_hand:`), and of flags (`:flag-fr:`); names inside words are no emoji.

Slack, Discord and the icon sets of MkDocs use them. A person is a sign with a joiner and a second sign (UTS #51 §2.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.nodes import attributes, children, core, has_children, is_wrapper, node, with_children
from book.markdown.tree import plain, rewrite
from book.model import Manuscript, Node, Nodes
from book.patterns import regex

_NAME = regex(r":(?<![\w:]:)(?P<name>[a-z][a-z0-9_-]{2,40}):(?![\w:])")
_INSIDE = regex(r"[A-Za-z0-9]:[\w+-]+:[A-Za-z0-9]")
"""What looks like a name inside a word, such as an address or a time: `urn:key:1`."""
_PERSON = regex(r"(?P<gender>man|male|woman|female|person)_(?P<person>\w+)")
_FLAG = regex(r"flag_(?P<country>[a-z]{2})")

GENDERS = {"man": "♂", "male": "♂", "woman": "♀", "female": "♀"}
ADULTS = {"man": "👨", "male": "👨", "woman": "👩", "female": "👩", "person": "🧑"}
JOINER, PRESENTATION = "\u200d", "\ufe0f"
PEOPLE: Mapping[str, str] = {
    "biking": "🚴", "bouncing_ball": "⛹", "bowing": "🙇", "cartwheeling": "🤸", "climbing": "🧗", "construction_worker": "👷",
    "detective": "🕵", "elf": "🧝", "facepalming": "🤦", "fairy": "🧚", "frowning": "🙍", "genie": "🧞", "gesturing_no": "🙅",
    "gesturing_ok": "🙆", "getting_haircut": "💇", "getting_massage": "💆", "golfing": "🏌", "guard": "💂", "in_lotus_position": "🧘",
    "in_steamy_room": "🧖", "juggling": "🤹", "lifting_weights": "🏋", "mage": "🧙", "mountain_biking": "🚵", "playing_handball": "🤾",
    "playing_water_polo": "🤽", "police_officer": "👮", "pouting": "🙎", "raising_hand": "🙋", "rowing_boat": "🚣", "running": "🏃",
    "shrugging": "🤷", "standing": "🧍", "superhero": "🦸", "supervillain": "🦹", "surfing": "🏄", "swimming": "🏊",
    "tipping_hand": "💁", "vampire": "🧛", "walking": "🚶", "wearing_turban": "👳", "zombie": "🧟",
}  # fmt: skip
"""Signs of people, which a second sign makes a man or a woman."""
PROFESSIONS: Mapping[str, str] = {
    "artist": "🎨", "astronaut": "🚀", "cook": "🍳", "doctor": "⚕", "factory_worker": "🏭", "farmer": "🌾", "firefighter": "🚒",
    "health_worker": "⚕", "judge": "⚖", "mechanic": "🔧", "office_worker": "💼", "pilot": "✈", "scientist": "🔬", "singer": "🎤",
    "student": "🎓", "teacher": "🏫", "technologist": "💻",
}  # fmt: skip
"""Signs that make a man or a woman a member of a profession."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these names as the signs for which they stand."""
    if not _NAME.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _edits(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _NAME.finditer(page.visible):
        sign = signs(match["name"])
        if sign:
            context.take(match[0])
            yield Edit(start=match.start(), end=match.end(), new=(page.made(sign, match.start()),))


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with text in place of emoji between letters or numbers: no author means them in `urn:key:1` or `10:100:30`."""
    if not _INSIDE.search(context.manuscript.text):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if not has_children(item) or is_wrapper(item):
            return None
        inside = children(item)
        new = [*inside]
        for at in range(1, len(inside) - 1):
            name = attributes(core(inside[at]))[2].get("data-emoji")
            beside = plain([inside[at - 1]])[-1:], plain([inside[at + 1]])[:1]
            if name and all(letter.isascii() and letter.isalnum() for letter in beside):
                typed = node("Str", f":{name}:")
                new[at] = with_children(inside[at], [typed]) if is_wrapper(inside[at]) else typed
        return [with_children(item, new)] if new != inside else None

    return rewrite(blocks, change)


def signs(name: str) -> str:
    r"""Return the emoji that *name* stands for, empty if it is no name of this kind.

    >>> signs("man_raising_hand") == "🙋\u200d♂\ufe0f", signs("female-technologist") == "👩\u200d💻", signs("flag-fr"), signs("tada")
    (True, True, '🇫🇷', '')
    """
    name = name.replace("-", "_")
    flag = _FLAG.fullmatch(name)
    if flag is not None:
        return "".join(chr(ord(letter) - ord("a") + 0x1F1E6) for letter in flag["country"])
    match = _PERSON.fullmatch(name)
    if match is None:
        return ""
    if match["person"] in PEOPLE:
        gender = GENDERS.get(match["gender"])
        return PEOPLE[match["person"]] + (f"{JOINER}{gender}{PRESENTATION}" if gender else "")
    sign = PROFESSIONS.get(match["person"])
    if sign is None:
        return ""
    return f"{ADULTS[match['gender']]}{JOINER}{sign}{PRESENTATION if sign in '⚕⚖✈' else ''}"
