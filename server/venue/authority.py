"""A certificate authority for one server on one venue's network, and the server's certificate from it.

A phone that trusts it trusts it for nothing but this host: the constraint on its names is critical (RFC 5280,
4.2.1.10), and names every kind of address, since a kind that isn't named would be free. It lasts a month.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.venue.addresses import Address, as_address

DAYS = timedelta(days=30)
SOON = timedelta(days=7)
# A phone's clock may be behind.
EARLIER = timedelta(hours=12)
_NOWHERE = "nowhere.invalid"
# With a space: OpenSSL holds a subject that might be a host's name against the constraint, also if it is an address.
_SUBJECT = "Fieldcue server"


@dataclass(frozen=True)
class Hosts:
    """What the certificate is for. `needed` must be in it; `more` is if the authority may speak for it."""

    needed: Sequence[str]
    more: Sequence[str] = ()


@dataclass(frozen=True)
class Certified:
    """Files for serving: the key, the chain, and the authority that phones have to trust."""

    key: Path
    chain: Path
    authority: Path
    fingerprint: str
    expires: datetime
    is_new: bool
    replaced: bool


def certify(folder: Path, hosts: Hosts, now: datetime | None = None) -> Certified:
    """A certificate for these hosts, from the authority that is there if it still may, else from a new one."""
    now = now or datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    kept = _load(folder, "ca")
    usable = kept is not None and _lasts(kept.certificate, now) and _covers(kept.certificate, hosts.needed)
    authority = kept if kept and usable else _found(folder, hosts, now)
    names = [*hosts.needed, *(host for host in hosts.more if _covers(authority.certificate, [host]))]
    leaf = _load(folder, "server")
    if leaf is None or not _fits(leaf, authority, names, now):
        leaf = _issue(folder, authority, names, now)
    return Certified(
        key=folder / "server.key",
        chain=folder / "server.pem",
        authority=folder / "ca.pem",
        fingerprint=fingerprint(authority.certificate),
        expires=min(leaf.certificate.not_valid_after_utc, authority.certificate.not_valid_after_utc),
        is_new=not usable,
        replaced=kept is not None and not usable,
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 as phones show it: pairs of hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@dataclass(frozen=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _load(folder: Path, name: str) -> _Pair | None:
    """A certificate and its key; None if one is missing, or they don't belong together."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    return _Pair(certificate, key)


def _lasts(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - SOON


def _fits(leaf: _Pair, authority: _Pair, names: Sequence[str], now: datetime) -> bool:
    known = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        leaf.certificate.verify_directly_issued_by(authority.certificate)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, a new one is made
        return False
    return _lasts(leaf.certificate, now) and set(known) == set(map(_general, names))


def _covers(authority: x509.Certificate, hosts: Sequence[str]) -> bool:
    """Whether an authority of ours may speak for these hosts."""
    try:
        allowed = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    except x509.ExtensionNotFound:
        return False
    return all(any(_within(host, each) for each in allowed or ()) for host in hosts)


def _within(host: str, allowed: x509.GeneralName) -> bool:
    address = as_address(host)
    if isinstance(allowed, x509.DNSName):
        return address is None and (host == allowed.value or host.endswith(f".{allowed.value}"))
    value = allowed.value
    return isinstance(value, IPv4Network | IPv6Network) and address is not None and address in value


def _found(folder: Path, hosts: Hosts, now: datetime) -> _Pair:
    """Make the authority, and keep it."""
    key = ec.generate_private_key(ec.SECP256R1())
    every = list(dict.fromkeys([*hosts.needed, *hosts.more]))
    name = _name(f"Fieldcue {hosts.needed[0]} {now:%Y-%m-%d}")
    constraints = x509.NameConstraints(_permitted(every), None)
    usage = _usage(key_cert_sign=True, crl_sign=True)
    builder = (
        _builder(name, name, key.public_key(), now, now + DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    made = _Pair(builder.sign(key, hashes.SHA256()), key)
    _keep(folder, "ca", made, made.certificate)
    return made


def _issue(folder: Path, authority: _Pair, names: Sequence[str], now: datetime) -> _Pair:
    """Make the server's certificate, and keep it with the authority's behind it."""
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now + DAYS, authority.certificate.not_valid_after_utc)
    issuer = authority.certificate
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(_name(_SUBJECT), issuer.subject, key.public_key(), now, until)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
    )
    made = _Pair(builder.sign(authority.key, hashes.SHA256()), key)
    _keep(folder, "server", made, made.certificate, issuer)
    return made


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _permitted(hosts: Sequence[str]) -> list[x509.GeneralName]:
    """The constraint. A kind of which there is none gets a place that is nowhere, or it would be free."""
    names = [host for host in hosts if as_address(host) is None]
    networks = [_single(address) for host in hosts if (address := as_address(host))]
    return [
        *(x509.DNSName(name) for name in names or [_NOWHERE]),
        *(x509.IPAddress(network) for network in networks or [IPv4Network((IPv4Address("192.0.2.0"), 32))]),
    ]


def _single(address: Address) -> IPv4Network | IPv6Network:
    return ip_network(address)


def _general(host: str) -> x509.GeneralName:
    address = as_address(host)
    return x509.IPAddress(address) if address else x509.DNSName(host)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _keep(folder: Path, name: str, made: _Pair, *chain: x509.Certificate) -> None:
    """The key first, for nobody else's eyes; then its certificate. Two that don't fit are made anew next time."""
    secret = made.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / f"{name}.key", secret, 0o600)
    _write(folder / f"{name}.pem", b"".join(map(_pem, chain)), 0o644)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
