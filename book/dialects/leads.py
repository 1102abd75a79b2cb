"""What Mintlify and GitBook show between title and text: the description in the front matter, and an endpoint, `api: "GET /pets"`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.component_data import escaped
from book.dialects.context import Context
from book.dialects.rows import rows_of, with_rows
from book.model import Manuscript
from book.patterns import regex

DESCRIPTION = "description"
ENDPOINTS = ("api", "openapi")
_ENDPOINT = regex(
    r"(?:\S+\.(?:json|ya?ml)\s+)?(?P<method>GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|WEBHOOK)\s+(?P<path>[^\s`]+)",
    re.IGNORECASE,
)


def before(manuscript: Manuscript, context: Context) -> Manuscript:  # noqa: ARG001 - every dialect has a context
    """Return *manuscript* with these as its first lines; a description with which the text itself begins stands once."""
    rows = rows_of(manuscript)
    lead = [rows[0].made(line) for line in _lines(manuscript)]
    return with_rows(manuscript, [*lead, *rows]) if lead else manuscript


def _lines(manuscript: Manuscript) -> Iterator[str]:
    values = manuscript.front.values
    description = values.get(DESCRIPTION) or manuscript.front.description
    text = " ".join(description.split()) if isinstance(description, str) else ""
    if text and text not in " ".join(manuscript.text.split()):
        yield from ("", escaped(text), "")
    for match in (_ENDPOINT.fullmatch(str(values.get(key) or "").strip()) for key in ENDPOINTS):
        if match:
            yield from ("", f"**{match['method'].upper()}** `{match['path']}`", "")
