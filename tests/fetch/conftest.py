"""What tests of `book fetch` share: a web of one server, on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fetch.web_server import Web, running


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The web; see :class:`Web`."""
    with running(monkeypatch) as web:
        yield web
