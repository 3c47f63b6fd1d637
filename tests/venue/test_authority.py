"""The venue's own authority: what it vouches for, how long, and that nothing else is believed."""

import ipaddress
import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.venue.addresses import is_name, lan_addresses
from server.venue.authority import Certified, Hosts, _issue, _load, certify, fingerprint

NOW = datetime(2027, 4, 10, 9, tzinfo=UTC)
HOSTS = Hosts(["192.168.1.20", "stage.local"], ["laptop.local", "10.0.0.7"])


def authority(made: Certified) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.authority.read_bytes())


def leaf(made: Certified) -> x509.Certificate:
    return x509.load_pem_x509_certificates(made.chain.read_bytes())[0]


def names(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in found}


def test_the_authority_is_bound_to_its_host_and_lasts_a_month(tmp_path: Path) -> None:
    made = certify(tmp_path / "tls", HOSTS, NOW)
    root = authority(made)
    constraint = root.extensions.get_extension_for_class(x509.NameConstraints)
    allowed = {str(each.value) for each in constraint.value.permitted_subtrees or ()}
    assert constraint.critical
    assert allowed == {"192.168.1.20/32", "10.0.0.7/32", "stage.local", "laptop.local"}
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(
        ca=True, path_length=0
    )
    assert root.not_valid_after_utc - NOW == timedelta(days=30)
    assert leaf(made).not_valid_after_utc <= root.not_valid_after_utc
    assert names(leaf(made)) == {"192.168.1.20", "stage.local", "laptop.local", "10.0.0.7"}
    assert isinstance(root.public_key(), ec.EllipticCurvePublicKey)
    assert made.fingerprint == fingerprint(root)
    assert (made.is_new, made.replaced) == (True, False)


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = certify(tmp_path / "tls", HOSTS, NOW)
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tls" / "ca.key").stat().st_mode) == 0o600


def test_a_restart_keeps_what_phones_trust(tmp_path: Path) -> None:
    first = certify(tmp_path, HOSTS, NOW)
    chain = first.chain.read_bytes()
    again = certify(tmp_path, HOSTS, NOW + timedelta(days=22))
    assert (again.fingerprint, again.is_new, again.replaced) == (first.fingerprint, False, False)
    assert again.chain.read_bytes() == chain


def test_a_week_before_the_end_there_is_a_new_authority_and_it_is_said(tmp_path: Path) -> None:
    first = certify(tmp_path, HOSTS, NOW)
    again = certify(tmp_path, HOSTS, NOW + timedelta(days=23, hours=1))
    assert again.fingerprint != first.fingerprint
    assert again.replaced
    leaf(again).verify_directly_issued_by(authority(again))


def test_another_address_that_it_may_vouch_for_needs_a_certificate_only(tmp_path: Path) -> None:
    first = certify(tmp_path, HOSTS, NOW)
    moved = certify(tmp_path, Hosts(["10.0.0.7"], ["172.16.0.1"]), NOW + timedelta(days=1))
    assert (moved.fingerprint, moved.replaced) == (first.fingerprint, False)
    assert names(leaf(moved)) == {"10.0.0.7"}


def test_an_address_that_it_may_not_vouch_for_needs_a_new_authority(tmp_path: Path) -> None:
    first = certify(tmp_path, HOSTS, NOW)
    moved = certify(tmp_path, Hosts(["192.168.7.9"]), NOW + timedelta(days=1))
    assert moved.fingerprint != first.fingerprint
    assert moved.replaced


@pytest.mark.parametrize("broken", ["ca.key", "ca.pem", "server.key", "server.pem"])
def test_what_was_damaged_is_made_anew(tmp_path: Path, broken: str) -> None:
    certify(tmp_path, HOSTS, NOW)
    (tmp_path / broken).write_bytes(b"half a")
    made = certify(tmp_path, HOSTS, NOW)
    leaf(made).verify_directly_issued_by(authority(made))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)


# What a client that trusts the authority believes


def believes(made: Certified, host: str) -> str:
    """Shake hands as a client that trusts the authority and wants `host`; "" or why not."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.chain, made.key)
    client = ssl.create_default_context(cafile=str(made.authority))
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        client.wrap_socket(ours, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        ours.close()
        thread.join(5)
    return ""


def forged(folder: Path, *hosts: str) -> Certified:
    """A certificate that whoever stole the authority's key would make."""
    made = certify(folder, HOSTS)
    root = _load(folder, "ca")
    assert root is not None
    _issue(folder, root, hosts, datetime.now(UTC))
    return made


@pytest.mark.parametrize("host", ["192.168.1.20", "stage.local", "laptop.local"])
def test_who_trusts_it_believes_the_server(tmp_path: Path, host: str) -> None:
    assert believes(certify(tmp_path, HOSTS), host) == ""


@pytest.mark.parametrize("host", ["192.168.1.20", "stage.local", "fd00::20"])
def test_one_address_or_one_name_alone_is_believed(tmp_path: Path, host: str) -> None:
    assert believes(certify(tmp_path, Hosts([host])), host) == ""


@pytest.mark.parametrize("host", ["bank.example", "192.168.1.21", "stage.local.example", "::1"])
def test_a_certificate_of_it_for_anybody_else_is_not_believed(tmp_path: Path, host: str) -> None:
    assert believes(forged(tmp_path, host), host) == "permitted subtree violation"


@pytest.mark.parametrize(("only", "host"), [("192.168.1.20", "bank.example"), ("stage.local", "192.168.1.1")])
def test_a_kind_of_name_that_the_host_lacks_is_not_free(tmp_path: Path, only: str, host: str) -> None:
    made = certify(tmp_path, Hosts([only]))
    root = _load(tmp_path, "ca")
    assert root is not None
    _issue(tmp_path, root, [host], datetime.now(UTC))
    assert believes(made, host) == "permitted subtree violation"


def test_an_authority_of_somebody_else_is_not_taken_for_ours(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Any")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    free = (
        builder.serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=999))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (tmp_path / "ca.pem").write_bytes(free.public_bytes(encoding))
    (tmp_path / "ca.key").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    assert authority(certify(tmp_path, HOSTS, NOW + timedelta(hours=1))) != free


# Addresses


def test_a_server_is_reached_where_it_listens() -> None:
    assert lan_addresses("192.168.1.20") == [ipaddress.ip_address("192.168.1.20")]
    found = lan_addresses("0.0.0.0")  # noqa: S104 - that is what is tested
    assert found
    assert not any(address.is_unspecified for address in found)


@pytest.mark.parametrize("name", ["stage.local", "cue.example.org", "x", "a-b.local"])
def test_names_of_hosts(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "a b", "-a.local", "a..b", "場控.local", "a_b", "a/b", "x" * 64])
def test_what_is_no_name_of_a_host(name: str) -> None:
    assert not is_name(name)
