"""The GraphQL explorer at /graphiql: our own build, or the same npm files from a CDN.

`npm run build` in `graphiql/` writes the build. A checkout on a machine without Node has no build;
there the page loads from a CDN, and the browser checks every file by its hash.
"""

import mimetypes
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from api.graphiql_cdn import cdn_page

BUILT = Path(__file__).parent / "static" / "graphiql"
SOURCES = Path(__file__).parent.parent / "graphiql"

_SAFE = {
    "content-security-policy": "default-src 'none'",  # heeded by the editor's workers
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_FOR_EVER = "public, max-age=31536000, immutable"

# A Windows registry may call a script text/plain, and with nosniff it would not run.
mimetypes.add_type("text/javascript", ".js")


def graphiql_is_built() -> bool:
    """Whether the page comes from our own build and so works offline; else from a CDN."""
    return (BUILT / "index.html").is_file()


def graphiql_routes(default_query: str, queries: Mapping[str, str]) -> list[BaseRoute]:
    """The page at /graphiql, opening with `default_query` and offering `queries` by name."""
    config = {"defaultQuery": default_query, "queries": dict(queries)}
    headers = {**_SAFE, "cache-control": "no-cache"}
    return [_fixed("/graphiql/config.json", JSONResponse(config, headers=headers)), *_page_routes()]


def _page_routes() -> list[BaseRoute]:
    if graphiql_is_built():
        return _built_routes()
    if SOURCES.is_dir():
        return _cdn_routes()
    absent = "GraphiQL was left out of this package: there was no Node when it was made."
    return [_fixed("/graphiql", PlainTextResponse(absent, 404))]


def _built_routes() -> list[BaseRoute]:
    html = (BUILT / "index.html").read_text("utf-8")
    return [
        _fixed("/graphiql", _page(html)),
        Mount("/graphiql/assets", _Files(BUILT / "assets", _FOR_EVER)),
    ]


def _cdn_routes() -> list[BaseRoute]:
    page = cdn_page(SOURCES)
    return [
        _fixed("/graphiql", _page(page.html, page.script_sources, page.style_sources)),
        *(
            _fixed(path, Response(text, media_type="text/javascript", headers=_SAFE))
            for path, text in page.stand_ins.items()
        ),
        Mount("/graphiql/cdn", _Files(SOURCES / "cdn", "no-cache")),
        Mount("/graphiql/src", _Files(SOURCES / "src", "no-cache")),
    ]


def _fixed(path: str, response: Response) -> Route:
    return Route(path, response, methods=["GET"])


def _page(html: str, scripts: Iterable[str] = (), styles: Iterable[str] = ()) -> Response:
    # The editor places its lines by style attributes: without 'unsafe-inline' they lie on top of
    # each other. Scripts need no such leave.
    policy = [
        "default-src 'none'",
        " ".join(["script-src 'self'", *scripts]),
        " ".join(["style-src 'self' 'unsafe-inline'", *styles]),
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    headers = {"content-security-policy": "; ".join(policy), "cache-control": "no-cache"}
    return HTMLResponse(html, headers=_SAFE | headers)


class _Files(StaticFiles):
    def __init__(self, directory: Path, cache_control: str) -> None:
        super().__init__(directory=directory)
        self._headers = {**_SAFE, "cache-control": cache_control}

    def file_response(
        self,
        full_path: PathLike,
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(self._headers)
        return response
