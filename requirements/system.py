"""What the system's own packages give: `python3 requirements/system.py documents|browser`.

`documents` is what PDFs are drawn with (Pango and a Chinese font) and the voice of the village loudspeaker (espeak-ng);
`browser` is Chromium for the tests that look at pages.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
WITHOUT = {
    "documents": "PDFs and spoken announcements are refused with the reason until they are there",
    "browser": "tests in a browser are skipped",
}


def main(purpose: str) -> None:
    """Install what is missing where we may; otherwise say what to install."""
    wanted = _libraries() if purpose == "documents" else _browser()
    if not _has_chinese():
        wanted.append("fonts-noto-cjk")
    if not wanted:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"Missing: {', '.join(wanted)} ({WITHOUT[purpose]}).", file=sys.stderr)
        return
    print(f"Installing {', '.join(wanted)} ...", file=sys.stderr, flush=True)
    _install(wanted, WITHOUT[purpose])


def _install(wanted: list[str], without: str) -> None:
    surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *wanted]):
        done = subprocess.run(
            ["apt-get", "-q", *command], env=surroundings, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"apt-get {command[0]} failed; {without}.\n{done.stderr[-600:]}", file=sys.stderr)
            return


def _libraries() -> list[str]:
    missing = [package for library, package in LIBRARIES.items() if not ctypes.util.find_library(library)]
    return missing if shutil.which("espeak-ng") else [*missing, "espeak-ng"]


def _browser() -> list[str]:
    return [] if any(shutil.which(name) for name in PROGRAMS) else ["chromium"]


def _has_chinese() -> bool:
    if not shutil.which("fc-list"):
        return Path("/usr/share/fonts/opentype/noto").is_dir()
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False).stdout.strip())


main(sys.argv[1])
