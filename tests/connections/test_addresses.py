"""Which addresses a webhook may reach."""

import pytest

from server.connections.addresses import ForbiddenAddressError, Reach, fault_of
from server.connections.groups import GROUPS, group_of
from server.connections.signing import sign

PUBLIC = ["93.184.216.34", "64:ff9b::5db8:d822", "2606:2800:220:1:248:1893:25c8:1946"]
PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
    *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    *("::127.0.0.1", "::ffff:0:7f00:1", "64:ff9b:1::7f00:1", "fec0::1", "4000::1", "192.0.0.192"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached_by_https_alone(address: str) -> None:
    assert Reach().allows(address, "https")
    assert not Reach().allows(address, "http")
    assert not Reach.of("1").allows(address, "http")


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_not_reached(address: str) -> None:
    assert not Reach().allows(address, "https")
    with pytest.raises(ForbiddenAddressError):
        Reach().check(address, "http")


def test_an_operator_opens_a_venues_networks_but_not_a_clouds_credentials() -> None:
    usual = Reach.of("1")
    assert all(
        usual.allows(address, "http") for address in ("127.0.0.1", "10.1.2.3", "192.168.1.1", "fd00::1")
    )
    assert usual.allows("::ffff:192.168.1.1", "http")
    assert not usual.allows("169.254.169.254", "http")
    one = Reach.of("10.0.0.0/8, 192.168.7.5")
    assert [one.allows(each, "http") for each in ("10.9.9.9", "192.168.7.5", "192.168.7.6")] == [
        True,
        True,
        False,
    ]
    with pytest.raises(ValueError, match="venue"):
        Reach.of("venue")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://example.com/a?b=c", ""),
        ("http://192.168.1.20:8080/x", ""),
        ("http://companion.local/", ""),
        ("http://example.com/", "insecure"),
        ("http://93.184.216.34/", "insecure"),
        ("https://example.com:99999/", "unreadable"),
        ("https://example.com/#part", "unreadable"),
        ("https://me@example.com/", "unreadable"),
    ],
)
def test_an_address_is_looked_at_when_it_is_typed(url: str, fault: str) -> None:
    assert fault_of(url) == fault


def test_changes_are_grouped_as_people_choose_them() -> None:
    assert group_of("cue.go", "cue") == "go"
    assert group_of("track.hold", "track") == "halt"
    assert group_of("cue.edit", "cue") == group_of("cue.go", "baseline") == "sheet"
    assert group_of("comment.add", "comment") == "said"
    assert {
        group_of("x", of) for of in ("member", "contact", "note", "me", "job", "blob", "notice", "webhook")
    } == {None}
    assert set(GROUPS) == {"go", "standby", "halt", "time", "sheet", "said"}


def test_signatures_are_those_of_the_standards_own_example() -> None:
    """From the specification's test vectors (standardwebhooks.com)."""
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    found = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, secret)
    assert found == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
