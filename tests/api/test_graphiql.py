"""The GraphiQL page as the server hands it out, built and from the CDN."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api import graphiql
from api.graphiql import graphiql_is_built, graphiql_routes
from api.graphiql_cdn import CDN

SOURCES = Path(__file__).parents[2] / "graphiql"
LISTED = json.loads((SOURCES / "cdn" / "files.json").read_text("utf-8"))
WITHOUT_SCRIPTS_AND_STYLES = (
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def a_client() -> TestClient:
    routes = graphiql_routes("{ viewer { role } }", {"Who am I": "{ viewer { role } }"})
    return TestClient(Starlette(routes=routes))


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-a1b2c3.js").write_text("export {};")
    (tmp_path / "index.html").write_text("<title>Built</title>")
    monkeypatch.setattr(graphiql, "BUILT", tmp_path)
    return a_client()


@pytest.fixture
def from_cdn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(graphiql, "BUILT", tmp_path)
    return a_client()


def test_page_when_built_allows_only_its_own_origin(built: TestClient) -> None:
    answer = built.get("/graphiql")
    assert graphiql_is_built()
    assert answer.text == "<title>Built</title>"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        + WITHOUT_SCRIPTS_AND_STYLES
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_file_is_kept_for_ever(built: TestClient) -> None:
    answer = built.get("/graphiql/assets/index-a1b2c3.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_config_names_the_queries(built: TestClient) -> None:
    assert built.get("/graphiql/config.json").json() == {
        "defaultQuery": "{ viewer { role } }",
        "queries": {"Who am I": "{ viewer { role } }"},
    }


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/config.json"])
def test_page_is_read_only(built: TestClient, path: str) -> None:
    assert built.post(path).status_code == 405


def test_page_when_not_built_allows_the_cdn_and_its_import_map(from_cdn: TestClient) -> None:
    answer = from_cdn.get("/graphiql")
    digest = base64.b64encode(hashlib.sha256(an_import_map(answer.text).encode()).digest())
    assert not graphiql_is_built()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; script-src 'self' {CDN} 'sha256-{digest.decode()}'; "
        f"style-src 'self' 'unsafe-inline' {CDN}; " + WITHOUT_SCRIPTS_AND_STYLES
    )


def test_everything_from_the_cdn_has_a_hash(from_cdn: TestClient) -> None:
    page = from_cdn.get("/graphiql").text
    import_map = json.loads(an_import_map(page))
    names = [import_map["imports"], *import_map["scopes"].values()]
    modules = {url for each in names for url in each.values() if url.startswith(CDN)}
    tags = re.findall(rf'<(?:script|link)[^>]*"{re.escape(CDN)}[^>]*>', page)
    assert len(modules) > 100
    assert modules - import_map["integrity"].keys() == set()
    assert len(tags) == 6
    assert [
        tag for tag in tags if 'integrity="sha256-' not in tag or "crossorigin" not in tag
    ] == []


def test_stand_ins_are_served_where_the_import_map_points(from_cdn: TestClient) -> None:
    imports = json.loads(an_import_map(from_cdn.get("/graphiql").text))["imports"]
    own = sorted({url for url in imports.values() if not url.startswith(CDN)})
    answers = [from_cdn.get(url) for url in own]
    assert {answer.headers["content-type"] for answer in answers} == {
        "text/javascript; charset=utf-8"
    }
    assert f'import "{CDN}react@' in from_cdn.get(imports["react"]).text


def test_page_of_a_package_without_either_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphiql, "BUILT", tmp_path)
    monkeypatch.setattr(graphiql, "SOURCES", tmp_path / "none")
    answer = a_client().get("/graphiql")
    assert answer.status_code == 404
    assert answer.text.startswith("GraphiQL was left out of this package")


def test_cdn_has_the_versions_of_the_build() -> None:
    locked = json.loads((SOURCES / "package-lock.json").read_text("utf-8"))["packages"]
    versions = {
        f"{path.rpartition('node_modules/')[2]}@{package['version']}"
        for path, package in locked.items()
        if path
    }
    assert LISTED["files"].keys() - versions == set()
    assert {name for name in LISTED["files"] if name.startswith("graphiql@5.")} != set()


def test_lock_names_no_index() -> None:
    locked = json.loads((SOURCES / "package-lock.json").read_text("utf-8"))["packages"]
    assert {path for path, package in locked.items() if "resolved" in package} == set()


def an_import_map(page: str) -> str:
    found = re.search(r'<script type="importmap">(.*?)</script>', page)
    assert found is not None
    return found[1]
