"""A certificate of one's own: an authority that stays, a server's certificate for the names that are typed."""

from __future__ import annotations

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doudi.cli import certificates
from doudi.cli.home import Home
from doudi.values.refusals import Refusal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_renewing_keeps_the_authority_that_phones_trust(home: Home) -> None:
    first = certificates.make(home, ["doudi.county.test", "10.1.2.3", "fd00::1"], now=NOW)
    trusted, shown = first.authority.read_bytes(), first.certificate.read_bytes()
    assert certificates.names_of(first.certificate) == ["doudi.county.test", "10.1.2.3", "fd00::1"]
    second = certificates.make(home, ["doudi.county.test"], now=NOW + timedelta(days=300))
    assert second.authority.read_bytes() == trusted
    assert second.certificate.read_bytes() != shown
    assert certificates.of_server(home, on=NOW + timedelta(days=600)) == second


def test_the_keys_are_this_users_alone(home: Home) -> None:
    papers = certificates.make(home, ["doudi"], now=NOW)
    assert {oct(path.stat().st_mode & 0o777) for path in (papers.key, papers.authority_key)} == {"0o600"}
    assert papers.folder.stat().st_mode & 0o077 == 0


def test_openssl_takes_the_chain(home: Home) -> None:
    papers = certificates.make(home, ["doudi.county.test"], now=datetime.now(UTC))
    ssl.create_default_context().load_cert_chain(papers.certificate, papers.key)
    ssl.create_default_context(cafile=str(papers.authority))
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "doudi.county.test",
         "-CAfile", papers.authority, papers.certificate],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["https://doudi", "doudi:8443", "", "a b", "-a", "县.cn", "a" * 64, "*.county.test"])
def test_what_is_no_name_is_refused(home: Home, name: str) -> None:
    with pytest.raises(Refusal):
        certificates.make(home, [name], now=NOW)
    assert not certificates.papers_of(home).certificate.exists()


def test_serving_without_one_or_with_one_that_is_over_says_what_to_do(home: Home) -> None:
    with pytest.raises(Refusal, match="doudi certificate"):
        certificates.of_server(home, on=NOW)
    certificates.make(home, ["doudi"], now=NOW)
    with pytest.raises(Refusal, match="到期"):
        certificates.of_server(home, on=NOW + timedelta(days=398))
