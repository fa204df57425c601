"""Renew the phone's vendored scripts: `python3 requirements/vendor.py` (a maintainer's, never the build's; needs npm).

What npm has is fetched into a temporary folder, the parts we use are bundled there with esbuild, and the result, the
licence and the sums are put into `doudi/web/static/vendor`. Nothing of npm is left in the repository.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "doudi" / "web" / "static" / "vendor"
ESBUILD = "esbuild@0.28.2"
OLDEST = "chrome90"


@dataclass(frozen=True)
class Bundle:
    """One file of other people's code: what of it is exported, and in which form."""

    name: str
    version: str
    packages: tuple[str, ...]
    licence: str
    licence_file: str
    entry: str
    form: str

    @property
    def file(self) -> str:
        """The name under which it is served."""
        return f"{self.name}-{self.version}.js"


BUNDLES = (
    Bundle(
        "lit-html", "3.3.3", ("lit-html",), "BSD-3-Clause", "lit-html/LICENSE",
        'export { html, render, nothing } from "lit-html";\n'
        'export { live } from "lit-html/directives/live.js";\n'
        'export { repeat } from "lit-html/directives/repeat.js";\n',
        "esm",
    ),
    Bundle(
        "idb", "8.0.3", ("idb",), "ISC", "idb/LICENSE",
        'export { openDB } from "idb";\n',
        "esm",
    ),
    Bundle(
        "workbox", "7.4.1", ("workbox-precaching", "workbox-routing"), "MIT", "workbox-precaching/LICENSE",
        'import { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute }'
        ' from "workbox-precaching";\n'
        'import { NavigationRoute, registerRoute } from "workbox-routing";\n'
        "self.workbox = { addPlugins, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute,"
        " NavigationRoute, registerRoute };\n",
        "iife",
    ),
)  # fmt: skip


def main() -> None:
    """Fetch, bundle, note."""
    manifest = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
    ours = {each.file for each in BUNDLES}
    kept = [entry for entry in manifest["files"] if entry["name"] not in {each.name for each in BUNDLES}]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        wanted = [f"{package}@{each.version}" for each in BUNDLES for package in each.packages]
        subprocess.run(["npm", "install", "--silent", "--no-save", ESBUILD, *wanted], cwd=folder, check=True)
        manifest["files"] = kept + [_bundle(each, folder) for each in BUNDLES]
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print("\n".join(sorted(ours)))


def _bundle(bundle: Bundle, folder: Path) -> dict[str, str]:
    """Make one file and answer what the manifest says of it."""
    source = folder / f"{bundle.name}.entry.js"
    source.write_text(bundle.entry, encoding="utf-8")
    made = folder / bundle.file
    subprocess.run(
        ["npx", "esbuild", source.name, "--bundle", "--minify", "--legal-comments=none", f"--target={OLDEST}",
         f"--format={bundle.form}", '--define:process.env.NODE_ENV="production"', f"--outfile={made}",
         "--log-level=warning"],
        cwd=folder,
        check=True,
    )  # fmt: skip
    licence = f"{bundle.name}-LICENSE.txt"
    shutil.copyfile(made, VENDOR / bundle.file)
    shutil.copyfile(folder / "node_modules" / bundle.licence_file, VENDOR / licence)
    return {
        "file": bundle.file,
        "name": bundle.name,
        "version": bundle.version,
        "licence": bundle.licence,
        "licence_file": licence,
        "source": "npm: " + ", ".join(f"{package}@{bundle.version}" for package in bundle.packages),
        "changed": f"bundled with {ESBUILD} for {OLDEST}: {' '.join(bundle.entry.split())}",
        "sha256": hashlib.sha256(made.read_bytes()).hexdigest(),
    }


if __name__ == "__main__":
    main()
