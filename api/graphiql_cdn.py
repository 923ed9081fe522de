"""GraphiQL where it was not built: the same npm files, from a CDN, each checked by its hash.

`graphiql/cdn/files.json` lists them (`npm run cdn` writes it). The CDN hands out the files of an
npm package unchanged, so the hash of a file in the package is the hash of what a browser gets.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CDN = "https://cdn.jsdelivr.net/npm/"
_OWN = "/graphiql/cdn/"
_LOADING = (
    f"GraphiQL was not built here, so it is loaded from {CDN} (some 560 files). "
    "If this text stays, that address cannot be reached."
)


@dataclass(frozen=True, slots=True)
class CdnPage:
    """The page, what its policy must allow beside its own origin, and its stand-in modules."""

    html: str
    script_sources: tuple[str, ...]
    style_sources: tuple[str, ...]
    stand_ins: dict[str, str]


def cdn_page(sources: Path) -> CdnPage:
    """The page made from `sources`, the folder `graphiql/` of a checkout."""
    listed = json.loads((sources / "cdn" / "files.json").read_text("utf-8"))
    index = (sources / "index.html").read_text("utf-8")
    hashes = {
        f"{package}/{file}": f"sha256-{digest}"
        for package, files in listed["files"].items()
        for file, digest in files.items()
    }
    import_map = json.dumps(_import_map(listed, hashes), separators=(",", ":"))
    digest = base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode()
    changes = {
        "</title>": "</title>\n" + "\n".join(_head(listed, hashes, import_map)),
        "/src/main.js": f"{_OWN}main.js",
        "Loading GraphiQL …": _LOADING,
    }
    for written, instead in changes.items():
        index = index.replace(written, instead)
    return CdnPage(
        html=index,
        script_sources=(CDN, f"'sha256-{digest}'"),
        style_sources=(CDN,),
        stand_ins={
            _stand_in_at(package["file"]): _stand_in(name, listed["commonjs"])
            for name, package in listed["commonjs"].items()
        },
    )


def _import_map(listed: dict[str, Any], hashes: dict[str, str]) -> dict[str, Any]:
    # A relative name is one CommonJS file's name for another; no module asks for it.
    stand_ins = {
        name: _stand_in_at(package["file"])
        for name, package in listed["commonjs"].items()
        if not name.startswith(".")
    }
    suffixless = {
        CDN + file.removesuffix(".js").removesuffix("/index"): CDN + file
        for file in hashes
        if file.startswith(tuple(f"{package}/" for package in listed["suffixless"]))
    }
    return {
        "imports": _urls(listed["imports"]) | stand_ins | suffixless,
        "scopes": {CDN + scope: _urls(names) for scope, names in listed["scopes"].items()},
        # No content has this hash: main.js asks for the file to see that hashes are checked.
        "integrity": {CDN + file: digest for file, digest in hashes.items()}
        | {f"{_OWN}must-be-refused.js": f"sha256-{'A' * 43}="},
    }


def _urls(names: dict[str, str]) -> dict[str, str]:
    return {name: at if at.startswith("/") else CDN + at for name, at in names.items()}


def _head(listed: dict[str, Any], hashes: dict[str, str], import_map: str) -> Iterator[str]:
    for file in listed["styles"]:
        checked = f'integrity="{hashes[file]}" crossorigin'
        yield f'<link rel="stylesheet" href="{CDN}{file}" {checked}>'
    yield '<link rel="stylesheet" href="/graphiql/src/page.css">'
    yield f'<script type="importmap">{import_map}</script>'
    yield f'<script defer src="{_OWN}globals.js"></script>'
    for file in listed["scripts"]:
        checked = f'integrity="{hashes[file]}" crossorigin'
        yield f'<script defer src="{CDN}{file}" {checked}></script>'


def _stand_in_at(file: str) -> str:
    return f"{_OWN}package/{file}"


def _stand_in(name: str, packages: dict[str, Any]) -> str:
    """An ES module for a package that exists as CommonJS only; it imports what that requires."""
    package = packages[name]
    required = [_stand_in_at(packages[each]["file"]) for each in package["requires"]]
    first = [*required, f"{_OWN}begin.js?{name}", CDN + package["file"]]
    return "\n".join(
        [
            *(f"import {json.dumps(url)};" for url in first),
            f"import {{ end }} from {json.dumps(_OWN + 'commonjs.js')};",
            f"const whole = end({json.dumps(name)});",
            "export default whole;",
            f"export const {{ {', '.join(package['names'])} }} = whole;",
        ]
    )
