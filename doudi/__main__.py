"""`python -m doudi`."""

from __future__ import annotations

from doudi.cli.main import main

main()
