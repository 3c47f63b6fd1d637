"""Which addresses a webhook may reach. A server that posts wherever it is told could be turned on its own."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
_NAT64 = IPv6Network("64:ff9b::/96")
# What is given to the public of IPv6. Beyond it is a site's own NAT64 (RFC 8215), IPv4 in old wrappings, what is local.
_PUBLIC = IPv6Network("2000::/3")
# IETF's own, of which a cloud uses 192.0.0.192 for its machines' credentials.
_PROTOCOLS = IPv4Network("192.0.0.0/24")
# What FIELDCUE_WEBHOOK_PRIVATE=1 opens. Not 169.254.0.0/16, where clouds keep their machines' credentials.
_USUAL = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
MOST = 500


class ForbiddenAddressError(OSError):
    """An address that no webhook may reach."""


@dataclass(frozen=True)
class Reach:
    """Public addresses over https; beside them, by http too, the networks that the operator has opened."""

    opened: tuple[str, ...] = ()

    @classmethod
    def of(cls, setting: str) -> "Reach":
        """From the setting: nothing, 1 for a venue's usual networks, or networks by commas. ValueError if not."""
        if setting.strip() in {"", "0"}:
            return cls()
        named = _USUAL if setting.strip() == "1" else tuple(part.strip() for part in setting.split(","))
        return cls(tuple(str(ip_network(part)) for part in named))

    def allows(self, address: str, scheme: str) -> bool:
        """Whether a message may go to an IP address, by that scheme."""
        found = _plain(ip_address(address.partition("%")[0]))
        if any(found in ip_network(part) for part in self.opened):
            return True
        return scheme == "https" and _is_public(found)

    def check(self, address: str, scheme: str) -> None:
        """ForbiddenAddressError unless it is allowed."""
        if not self.allows(address, scheme):
            raise ForbiddenAddressError(address)


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or _hides_private(address):
        return False
    if isinstance(address, IPv4Address):
        return address not in _PROTOCOLS
    return address in _PUBLIC or address in _NAT64


def _hides_private(address: Address) -> bool:
    """Whether a gateway would carry this IPv6 address to an IPv4 one that is not public (RFC 3056, 4380, 6052)."""
    if isinstance(address, IPv4Address):
        return False
    inner = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return any(each is not None and not each.is_global for each in inner)


def is_literal(host: str) -> bool:
    """Whether a host is written as an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def fault_of(url: str) -> str:
    """What is wrong with an address, as a code; empty if nothing is."""
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        return "unreadable"
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= MOST
    if not is_plain or not parts.hostname or parts.username is not None or parts.fragment or port == 0:
        return "unreadable"
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_near(parts.hostname)):
        return "insecure"
    return ""


def _is_near(host: str) -> bool:
    """Whether a name or an address can be of a venue's own network: only there is http anything to think of."""
    if is_literal(host):
        return not ip_address(host).is_global
    return "." not in host or host.endswith((".local", ".lan", ".internal", ".localhost"))
