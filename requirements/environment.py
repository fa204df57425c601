"""Make the environment: `python3 requirements/environment.py app|test|spark|openfisca`.

Only the standard library is at hand here. Every package is pinned with hashes; the folder itself is put on the
environment's path, and `.venv/bin/doudi` runs it. Nothing is done when the lists have not changed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PLACES = {"app": ".venv", "test": ".venv", "spark": "build/spark", "openfisca": "build/openfisca"}
ABOVE = {"app": ["app", "test"]}  # a list that holds all of another's packages serves for it


def main(name: str) -> None:
    """Bring the environment of one list up to date."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it is run by whatever Python is there
        sys.exit(f"doudi needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    place = TOP / PLACES[name]
    marks = [place / f".doudi-{other}" for other in ABOVE.get(name, [name])]
    if any(_matches(mark, TOP / "requirements" / f"{mark.name.removeprefix('.doudi-')}.txt") for mark in marks):
        return
    _make(place)
    _install(place, TOP / "requirements" / f"{name}.txt")
    marks[0].write_text(_hash(TOP / "requirements" / f"{name}.txt"), encoding="ascii")


def _matches(mark: Path, listed: Path) -> bool:
    return mark.exists() and mark.read_text(encoding="ascii") == _hash(listed)


def _hash(listed: Path) -> str:
    """The list, this file and the interpreter: what an environment depends on."""
    parts = (listed.read_bytes(), Path(__file__).read_bytes(), sys.version.encode(), str(TOP).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _make(place: Path) -> None:
    """A new environment where there is none, or where its Python has gone."""
    python = place / "bin" / "python"
    if python.exists() and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    print(f"Making {place.name} ...", file=sys.stderr, flush=True)
    shutil.rmtree(place, ignore_errors=True)
    try:
        venv.create(place, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(place, ignore_errors=True)
        sys.exit(f"The environment could not be made: {error}. On Debian: apt-get install python3-venv.")


def _install(place: Path, listed: Path) -> None:
    print(f"Installing {listed.name} into {place.name} ...", file=sys.stderr, flush=True)
    done = subprocess.run(
        [place / "bin" / "python", "-m", "pip", "install", "--require-hashes", "--disable-pip-version-check", "-qq",
         "--requirement", listed],
        check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit("The packages could not be installed; pip's words stand above. Run the same command again.")
    site = next(place.glob("lib/python*/site-packages"))
    (site / "doudi-here.pth").write_text(f"{TOP}\n", encoding="utf-8")
    script = place / "bin" / "doudi"
    script.write_text(f'#!/bin/sh\nexec "{place}/bin/python" -m doudi "$@"\n', encoding="utf-8")
    script.chmod(0o755)


main(sys.argv[1])
