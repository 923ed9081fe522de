"""A Chromium that looks at GraphiQL and writes down what the page does."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

from api.graphiql_cdn import CDN

PACKAGES = Path(__file__).parents[2] / "graphiql" / "node_modules"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# 560 files, each passed on by this process, take their time on a busy machine.
PATIENCE_MS = 120_000
# What the CDN calls the files that GraphiQL is made of; a browser runs no other kind of script.
MEDIA_TYPES = {
    ".js": "application/javascript; charset=utf-8",
    ".mjs": "application/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}


@contextmanager
def a_browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        pytest.skip("There is no Chromium on this machine: install it, or set CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Explorer:
    """GraphiQL in a fresh profile, with what it asked for and what it complained of."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.asked: list[str] = []
        self.tokens_sent: list[str | None] = []
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", self._note_request)
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, fragment: str = "") -> None:
        self.page.goto(f"{self.url}/graphiql{fragment}")
        self.page.wait_for_selector(".graphiql-query-editor .view-line")

    def run(self) -> str:
        """Press Run; the answer as text."""
        with self.page.expect_response(f"{self.url}/graphql"):
            self.page.click(".graphiql-execute-button")
        self.page.wait_for_selector(".result-window .view-line >> text=/data|errors/")
        return self._lines(".result-window")

    def query(self) -> str:
        return self._lines(".graphiql-query-editor")

    def type_query(self, text: str) -> None:
        """Type over what is there; the editor closes every brace by itself."""
        self.page.click(".graphiql-query-editor .view-lines")
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def stored(self) -> str:
        """All that would outlive the page."""
        kept = self.page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]")
        return json.dumps(kept)

    def origins(self) -> set[str]:
        return {url.split("/")[2] for url in self.asked if not url.startswith("data:")}

    def _lines(self, pane: str) -> str:
        lines = self.page.locator(f"{pane} .view-lines").inner_text()
        return " ".join(lines.replace("\N{NO-BREAK SPACE}", " ").split())

    def _note_request(self, request: Request) -> None:
        self.asked.append(request.url)
        if request.url == f"{self.url}/graphql":
            self.tokens_sent.append(request.headers.get("authorization"))

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.complaints.append(message.text)


def play_cdn(page: Page, altered: str = "no file") -> None:
    """Answer for the CDN with the files of node_modules, byte for byte, save the altered one."""

    def answer(route: Route) -> None:
        file = _npm_file(route.request.url.removeprefix(CDN))
        body = file.read_bytes() + (b"\n" if route.request.url.endswith(altered) else b"")
        headers = {
            "content-type": MEDIA_TYPES[file.suffix],
            "access-control-allow-origin": "*",
            "x-content-type-options": "nosniff",
        }
        route.fulfill(body=body, headers=headers)

    page.route(f"{CDN}**", answer)


def _npm_file(path: str) -> Path:
    match = re.fullmatch(r"((?:@[^/]+/)?[^/@]+)@([^/]+)/(.+)", path)
    assert match is not None, path
    name, version, file = match.groups()
    for folder in (PACKAGES / name, *PACKAGES.glob(f"*/node_modules/{name}")):
        if json.loads((folder / "package.json").read_text("utf-8"))["version"] == version:
            return folder / file
    raise AssertionError(f"{path} is not installed")
