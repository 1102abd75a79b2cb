"""Pages of Mintlify on one endpoint of an interface: the front matter names it, `api: "GET /pets"`, and the site shows it above the text."""

from __future__ import annotations

import re

from book.dialects.context import Context
from book.dialects.rows import rows_of, with_rows
from book.model import Manuscript
from book.patterns import regex

KEYS = ("api", "openapi")
_ENDPOINT = regex(
    r"(?:\S+\.(?:json|ya?ml)\s+)?(?P<method>GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|WEBHOOK)\s+(?P<path>[^\s`]+)",
    re.IGNORECASE,
)


def before(manuscript: Manuscript, context: Context) -> Manuscript:  # noqa: ARG001 - every dialect has a context
    """Return *manuscript* with the endpoint that its front matter names as its first line."""
    values = (manuscript.front.values.get(key) for key in KEYS)
    match = next((endpoint for value in values if (endpoint := _ENDPOINT.fullmatch(str(value or "").strip()))), None)
    if match is None:
        return manuscript
    rows = rows_of(manuscript)
    first = rows[0]
    line = f"**{match['method'].upper()}** `{match['path']}`"
    return with_rows(manuscript, [first.made(""), first.made(line), first.made(""), *rows])
