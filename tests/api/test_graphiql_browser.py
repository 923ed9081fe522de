"""GraphiQL in a real browser: our build, and the same page from the CDN."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
import strawberry
import uvicorn
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api import graphiql
from api.graphiql import graphiql_is_built, graphiql_routes
from tests.api.graphiql_browser import PACKAGES, Explorer, a_browser, play_cdn

TOKEN = "a-token-that-nobody-stores"
QUERIES = {"Whose": "query Whose { viewer { partner } }"}


class GraphiqlServer(NamedTuple):
    """Where GraphiQL is served, a token that its default query accepts, and how it was made."""

    url: str
    token: str
    is_built: bool


@strawberry.type
class Viewer:
    role: str = "PARTNER_FINANCE"
    partner: str = "Golden Harbour Cloud"


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self, info: strawberry.Info[str, None]) -> Viewer:
        if info.context != f"Bearer {TOKEN}":
            raise PermissionError("Not signed in.")
        return Viewer()


SCHEMA = strawberry.Schema(Query)


async def answer(request: Request) -> JSONResponse:
    body = await request.json()
    done = await SCHEMA.execute(
        body["query"], context_value=request.headers.get("authorization", "")
    )
    errors = [error.formatted for error in done.errors or []]
    return JSONResponse({"data": done.data} | ({"errors": errors} if errors else {}))


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def npm_files() -> None:
    """The page built, and what it was built from."""
    npm = shutil.which("npm")
    if graphiql_is_built() and PACKAGES.is_dir():
        return
    if npm is None:
        pytest.skip("There is no Node on this machine, so GraphiQL cannot be built.")
    for step in (("ci", "--no-audit", "--no-fund"), ("run", "build")):
        subprocess.run([npm, *step], cwd=PACKAGES.parent, check=True)


@pytest.fixture(scope="module", params=["built", "from the CDN"])
def graphiql_server(
    request: pytest.FixtureRequest, npm_files: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GraphiqlServer]:
    is_built = request.param == "built"
    with pytest.MonkeyPatch.context() as patch:
        if not is_built:
            patch.setattr(graphiql, "BUILT", tmp_path_factory.mktemp("not-built"))
        pages = graphiql_routes("query Role { viewer { role } }", QUERIES)
    with served(Starlette(routes=[*pages, Route("/graphql", answer, methods=["POST"])])) as url:
        yield GraphiqlServer(url, TOKEN, is_built)


@pytest.fixture
def explorer(chromium: Browser, graphiql_server: GraphiqlServer) -> Iterator[Explorer]:
    with chromium.new_context(viewport={"width": 1280, "height": 760}) as profile:
        page = profile.new_page()
        play_cdn(page)
        yield Explorer(page, graphiql_server.url)


built_only = pytest.mark.parametrize("graphiql_server", ["built"], indirect=True)
cdn_only = pytest.mark.parametrize("graphiql_server", ["from the CDN"], indirect=True)


def test_default_query_runs_with_the_token(
    explorer: Explorer, graphiql_server: GraphiqlServer
) -> None:
    explorer.open()
    page = explorer.page
    assert page.inner_text("output") == "No token: queries are refused"
    page.fill("#token", graphiql_server.token)
    answered = explorer.run()
    assert '"data": {' in answered and '"errors"' not in answered
    assert page.inner_text("output") == "Token set"
    assert explorer.tokens_sent[-1] == f"Bearer {graphiql_server.token}"
    assert graphiql_server.token not in explorer.stored()
    assert "viewer" not in explorer.stored()
    own = graphiql_server.url.removeprefix("http://")
    assert explorer.origins() == ({own} if graphiql_server.is_built else {own, "cdn.jsdelivr.net"})
    # The one complaint is the page's own question whether this browser checks hashes.
    refused = [] if graphiql_server.is_built else [f"{own}/graphiql/cdn/must-be-refused.js"]
    assert len(explorer.complaints) == len(refused)
    assert all(one in told for one, told in zip(refused, explorer.complaints, strict=True))


def test_editor_checks_a_query_against_the_schema(explorer: Explorer) -> None:
    explorer.open()
    explorer.type_query("{ viewer { noSuchField")
    explorer.page.wait_for_selector(".graphiql-query-editor .squiggly-error")
    explorer.type_query("{ viewer { role")
    explorer.page.wait_for_selector(".graphiql-query-editor .squiggly-error", state="detached")


@built_only
def test_query_without_a_token_is_refused(explorer: Explorer) -> None:
    explorer.open()
    assert '"message": "Not signed in."' in explorer.run()
    assert set(explorer.tokens_sent) == {None}


@built_only
def test_token_in_the_address_is_used_and_taken_out(
    explorer: Explorer, graphiql_server: GraphiqlServer
) -> None:
    explorer.open("#token=first")
    assert explorer.page.url == f"{explorer.url}/graphiql"
    assert explorer.page.input_value("#token") == "first"
    assert explorer.tokens_sent[0] == "Bearer first"
    explorer.page.goto(f"{explorer.url}/graphiql#token={graphiql_server.token}")
    explorer.page.wait_for_function("location.hash === ''")
    assert '"role": "PARTNER_FINANCE"' in explorer.run()
    assert not [url for url in explorer.asked if "token" in url]


@built_only
def test_token_is_forgotten_when_asked_and_on_reload(
    explorer: Explorer, graphiql_server: GraphiqlServer
) -> None:
    explorer.open(f"#token={graphiql_server.token}")
    explorer.page.get_by_role("button", name="Forget").click()
    assert explorer.page.input_value("#token") == ""
    assert "Not signed in." in explorer.run()
    explorer.page.fill("#token", f"  Bearer {graphiql_server.token} ")
    assert '"role": "PARTNER_FINANCE"' in explorer.run()
    explorer.open()
    explorer.page.reload()
    assert explorer.page.input_value("#token") == ""


@built_only
def test_example_opens_in_a_tab_of_its_own(
    explorer: Explorer, graphiql_server: GraphiqlServer
) -> None:
    explorer.open(f"#token={graphiql_server.token}")
    examples = explorer.page.get_by_role("region", name="Examples")
    example = examples.get_by_role("button", name="Whose")
    for _ in range(2):
        example.click()
        explorer.page.wait_for_selector(".graphiql-tab >> nth=1")
        assert explorer.page.locator(".graphiql-tab").count() == 2
        assert explorer.query() == QUERIES["Whose"]
    assert '"partner": "Golden Harbour Cloud"' in explorer.run()


@cdn_only
def test_file_altered_on_the_cdn_is_refused(
    chromium: Browser, graphiql_server: GraphiqlServer
) -> None:
    with chromium.new_context() as profile:
        page = profile.new_page()
        play_cdn(page, altered="/language/visitor.mjs")
        explorer = Explorer(page, graphiql_server.url)
        with page.expect_event("pageerror"):
            page.goto(f"{graphiql_server.url}/graphiql")
        assert page.locator(".graphiql-container").count() == 0
    refused = [told for told in explorer.complaints if "Failed to find a valid digest" in told]
    assert len(refused) == 2
    assert "must-be-refused.js" in refused[0]
    assert "/language/visitor.mjs" in refused[1]
