"""Answers the browser. Every address is below a token that nobody can guess, and only the editions are served."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from book.serve.editor import Editor
from book.serve.preview import PAGE, PAGED, Preview

HOSTS = ("127.0.0.1", "localhost")
"""Host names under which the preview answers; a request for another name that a web page resolves to this machine is refused."""
LONGEST = 20_000
"""The most bytes of a request body."""
SHELL = {
    "": ("index.html", "text/html; charset=utf-8"),
    "serve.js": ("serve.js", "text/javascript; charset=utf-8"),
    "blocks.js": ("blocks.js", "text/javascript; charset=utf-8"),
    "serve.css": ("serve.css", "text/css; charset=utf-8"),
}
"""The files of the page around the edition: address -> file of ``page/``, media type."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; object-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Security policy of the page around the edition; the edition has its own."""
HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def application(preview: Preview, editor: Editor, token: str) -> ASGIApp:
    """Return the application that shows *preview* below ``/TOKEN/`` and opens lines in *editor*."""
    home = resources.files("book.serve") / "page"

    async def shell(request: Request) -> Response:
        name, kind = SHELL[request.url.path.rpartition("/")[2]]
        return Response((home / name).read_bytes(), media_type=kind, headers={"content-security-policy": POLICY})

    async def page(request: Request) -> Response:
        version = request.query_params.get("v", preview.version)
        if version != preview.version:
            # A browser knows by the address what it shows.
            return RedirectResponse(f"html?v={preview.version}", status_code=303)
        return _file(preview.file(PAGE), "text/html; charset=utf-8")

    async def changes(request: Request) -> Response:
        return JSONResponse(preview.changes(request.query_params.get("v", "")))

    async def pages(request: Request) -> Response:
        name = request.path_params["edition"]
        return _file(preview.file(name) if name in PAGED else None, "application/pdf")

    async def events(request: Request) -> Response:
        async def news() -> AsyncIterator[str]:
            async for state in preview.states(request.query_params.get("pages", "")):
                yield f"data: {json.dumps(state)}\n\n" if state is not None else ": still here\n\n"

        return StreamingResponse(news(), media_type="text/event-stream")

    async def place(request: Request) -> Response:
        question = await _question(request)
        try:
            if "problem" in question:
                spot = preview.place_of_problem(int(question["problem"]))
            else:
                share = min(1.0, max(0.0, float(question["share"])))
                spot = preview.place_of_block(int(question["chapter"]), str(question["words"]), share)
        except (KeyError, TypeError, ValueError, OverflowError):
            return Response(status_code=400)
        if spot is None:
            return JSONResponse({"file": ""})
        file, line = spot
        name = file.relative_to(preview.source).as_posix()
        url = editor.address(file, line)
        return JSONResponse({"file": name, "line": line, "url": url, "opened": bool(url) or editor.open(file, line)})

    routes = [
        Route("/", shell),
        Route("/html", page),
        Route("/changes", changes),
        Route("/events", events),
        Route("/pages/{edition}", pages),
        Route("/place", place, methods=["POST"]),
        *(Route(f"/{name}", shell) for name in SHELL if name),
    ]
    inner = [Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS)), Middleware(_Headers)]
    return Starlette(routes=[Mount(f"/{token}", routes=routes)], middleware=inner)


def _file(data: bytes | None, kind: str) -> Response:
    return Response(status_code=404) if data is None else Response(data, media_type=kind)


async def _question(request: Request) -> dict[str, Any]:
    """Return the content of a request from one of our pages; a request from another page is refused by its origin."""
    origin = request.headers.get("origin")
    sound = request.headers.get("content-type") == "application/json"
    if not sound or (origin is not None and origin != f"{request.url.scheme}://{request.headers.get('host')}"):
        return {}
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST:
            return {}
    try:
        question = json.loads(body)
    except ValueError:
        return {}
    return question if isinstance(question, dict) else {}


class _Headers:
    """Adds :data:`HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_start(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self.app(scope, receive, send_start)
