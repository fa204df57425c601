"""`doudi certificate`: a small authority for the county's network, and the server's certificate signed by it.

A phone keeps pages for use without signal only from an address it trusts over HTTPS. A county network has names and
addresses no public authority signs for, so the county signs for itself: `authority.pem` is put on every phone once.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from doudi.cli import frame, options
from doudi.cli.home import Home, write_whole
from doudi.values.refusals import Refusal

YEARS, DAYS = 10, 397  # of the authority; of a server's certificate: browsers take no longer one
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Papers:
    """Where the keys and certificates of a home lie. Only `authority.pem` is for others."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The county's own authority: what phones are told to trust."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """Its key: whoever has it can pass for this server on every phone."""
        return self.folder / "authority.key"

    @property
    def certificate(self) -> Path:
        """The server's certificate."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The server's key, as PKCS#8."""
        return self.folder / "server.key"


def papers_of(home: Home) -> Papers:
    """The papers of a home, made or not."""
    return Papers(home.path / "tls")


@click.command("certificate")
@click.argument("names", nargs=-1, required=True)
@click.pass_context
def certificate(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Make the certificate `doudi serve --tls` shows, for NAMES: host names and addresses phones will type.

    Run it again to renew, or for other names: the authority stays, so phones need nothing new.
    """
    papers = make(frame.open_home(ctx), names, now=options.now())
    click.echo(f"For {', '.join(names)}, {DAYS} days: {papers.certificate}")
    click.echo(f"Put this one file on every phone and computer, as an authority to trust: {papers.authority}")
    click.echo("Keep authority.key to yourself. Then: doudi serve --tls --host 0.0.0.0 --port 8443")


def make(home: Home, names: Iterable[str], *, now: datetime) -> Papers:
    """Write a server certificate for those names, and the authority when there is none."""
    papers, listed = papers_of(home), [_general(each) for each in names]
    papers.folder.mkdir(mode=0o700, exist_ok=True)
    if not papers.authority_key.exists():
        _make_authority(papers, now)
    key = ec.generate_private_key(ec.SECP256R1())
    signer = serialization.load_pem_private_key(papers.authority_key.read_bytes(), None)
    above = x509.load_pem_x509_certificate(papers.authority.read_bytes())
    built = (
        _begun(_called("doudi"), above.subject, key, signer.public_key(), now, DAYS)  # type: ignore[arg-type]
        .add_extension(x509.SubjectAlternativeName(listed), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    )
    _write(papers.key, papers.certificate, key, built)
    return papers


def names_of(path: Path) -> list[str]:
    """The names and addresses a certificate is for."""
    found = x509.load_pem_x509_certificate(path.read_bytes())
    listed = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [*listed.get_values_for_type(x509.DNSName), *map(str, listed.get_values_for_type(x509.IPAddress))]


def of_server(home: Home, *, on: datetime) -> Papers:
    """What `serve --tls` shows. Refused when it is missing or over, with the command that makes it."""
    papers = papers_of(home)
    if not (papers.certificate.exists() and papers.key.exists()):
        raise Refusal(
            "还没有证书。请先运行 doudi certificate 主机名或地址(手机上要输入的那个),再用 --tls。",
            "There is no certificate yet. Run doudi certificate NAME (what phones will type), then use --tls.",
        )
    ends = x509.load_pem_x509_certificate(papers.certificate.read_bytes()).not_valid_after_utc
    if ends <= on:
        raise Refusal(
            f"证书已于 {ends:%Y-%m-%d} 到期。请再运行一次 doudi certificate;手机上不用重装。",
            f"The certificate ended on {ends:%Y-%m-%d}. Run doudi certificate again; phones need nothing new.",
        )
    return papers


def _make_authority(papers: Papers, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _called("doudi county authority")
    built = (
        _begun(name, name, key, key.public_key(), now, YEARS * 365)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(papers.authority_key, papers.authority, key, built)


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    above: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    """A day back: a phone's clock is rarely right."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(now.astimezone(UTC) + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )


def _write(key_at: Path, certificate_at: Path, key: ec.EllipticCurvePrivateKey, built: x509.Certificate) -> None:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_whole(key_at, private.decode())
    key_at.chmod(0o600)
    write_whole(certificate_at, built.public_bytes(serialization.Encoding.PEM).decode())


def _general(name: str) -> x509.GeneralName:
    """A host name or an address, as a certificate says it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        pass
    if not _NAME.fullmatch(name.lower()):
        raise Refusal(
            f"“{name}”不是主机名或地址。请写成 doudi.example.cn 或 10.1.2.3,不带 https:// 和端口。",
            f"“{name}” is no host name or address. Write doudi.example.cn or 10.1.2.3, without https:// or port.",
        )
    return x509.DNSName(name.lower())


commands = [certificate]
