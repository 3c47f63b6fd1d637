"""By which addresses and names phones on the venue's network reach this machine."""

import re
import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

Address = IPv4Address | IPv6Address

# A documentation address (RFC 5737): nothing is sent there, only asked by which way it would go.
_ELSEWHERE = ("192.0.2.1", 9)
_TABLE = Path("/proc/net/fib_trie")
_LOCAL = re.compile(r"\|-- ([\d.]+)\n\s+/32 host LOCAL")


def as_address(host: str) -> Address | None:
    """An address, or None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def lan_addresses(listening: str) -> list[Address]:
    """The addresses at which a server that listens on `listening` is reached, the best one first.

    Listening on everything, that is the address of the way out, then the machine's other private ones.
    """
    bound = as_address(listening or "0.0.0.0")  # noqa: S104 - read, not bound
    if bound and not bound.is_unspecified:
        return [bound]
    others = sorted((each for each in _local() if each.is_private and not each.is_loopback), key=_by_kind)
    first = _way_out()
    found = [first] if first else []
    return [*found, *(each for each in others if each != first)] or [IPv4Address("127.0.0.1")]


def local_name() -> str:
    """What this machine calls itself on the network (RFC 6762): `<hostname>.local`; "" if that is no name."""
    host = socket.gethostname().split(".")[0].lower()
    return f"{host}.local" if is_name(host) and host != "localhost" else ""


def is_name(text: str) -> bool:
    """Whether a certificate can be made for it: letters, digits and hyphens between dots (RFC 1123, 2.1)."""
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    return len(text) <= 253 and bool(re.fullmatch(rf"{label}(\.{label})*", text))  # noqa: PLR2004 - RFC 1035, 2.3.4


def _by_kind(address: Address) -> tuple[bool, int]:
    """Home and venue networks before 172.16/12, where containers live."""
    return str(address).startswith("172."), int(address)


def _way_out() -> Address | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(_ELSEWHERE)
        return ip_address(probe.getsockname()[0])
    return None


def _local() -> set[Address]:
    """Every IPv4 address of this machine, as Linux lists them."""
    with suppress(OSError):
        return {ip_address(found) for found in _LOCAL.findall(_TABLE.read_text())}
    return set()
