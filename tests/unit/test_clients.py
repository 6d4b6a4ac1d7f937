"""Who a client is, and what an origin is: kds/web/clients/addresses.py."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from kds.config import Config
from kds.config.origins import dotted_origin, normal_origin
from kds.errors import Malformed, NotAllowed
from kds.web.clients.addresses import counted_networks
from kds.web.clients.proxies import check_origin, client_address, is_secure, public_origin

FORMS = [
    "{four}", "{four}:4711", " {four} ", '"{four}:4711"', "::ffff:{four}", "::FFFF:{four}", "[::ffff:{four}]:4711",
    "::ffff:{high}:{low}", "64:ff9b::{high}:{low}", "[64:ff9b::{four}]:443", "64:ff9b:1::{four}", "::{four}",
    "0:0:0:0:0:ffff:{high}:{low}", "0000:0000:0000:0000:0000:ffff:{high}:{low}:4711", "::ffff:{four}%eth0",
    "2002:{high}:{low}::1", "2001:0:c000:201:8000:3cfc:{not_high}:{not_low}",
]  # fmt: skip


def config(**changes: object) -> Config:
    return Config("postgresql:///kds", "s", **changes)  # type: ignore[arg-type]


@hypothesis_settings(deadline=None)  # a deadline measures the machine
@given(st.integers(0x0100_0000, 0xDFFF_FFFF), st.sampled_from(FORMS))
def test_an_ipv4_client_is_itself_in_every_form_a_proxy_writes(number: int, form: str) -> None:
    written = form.format(
        four=IPv4Address(number), high=f"{number >> 16:x}", low=f"{number & 0xFFFF:x}",
        not_high=f"{number >> 16 ^ 0xFFFF:x}", not_low=f"{number & 0xFFFF ^ 0xFFFF:x}",
    )  # fmt: skip
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": f"198.51.100.1, {written}"})
    assert client_address(request, config(trust_proxy=True)) == str(IPv4Address(number))
    assert counted_networks(str(IPv4Address(number))) == {str(IPv4Address(number)): 1}


@hypothesis_settings(deadline=None)
@given(st.one_of(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])), st.text("0af:.%[]/64")))
@example("f:/64")
def test_whatever_a_header_holds_counts_as_somebody(written: str) -> None:
    for name, value in (("X-Forwarded-For", written), ("Forwarded", f"for={written}")):
        request = make_mocked_request("GET", "/", headers={name: value})
        client = client_address(request, config(trust_proxy=True))
        assert client in counted_networks(client)


@hypothesis_settings(deadline=None)
@given(
    st.integers(0x2003 << 112, (0x3FFF << 112) - 1),
    st.integers(0, 2**80 - 1),
    st.sampled_from(["{}", "[{}]:443", "{}%1"]),
)
def test_an_ipv6_client_is_its_network_and_a_part_of_a_wider_one(number: int, other: int, form: str) -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": form.format(IPv6Address(number))})
    client = client_address(request, config(trust_proxy=True))
    neighbour = f"{IPv6Address(number >> 80 << 80 | other)}"
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": neighbour})
    networks = counted_networks(client)
    assert client.endswith("/64") and len(networks) == 2
    # however it changes its last 80 bits, it stays in the network that a customer may have
    assert set(counted_networks(client_address(request, config(trust_proxy=True)))) & set(networks)


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([("Forwarded", "for=198.51.100.1, for=192.0.2.60;proto=http;by=203.0.113.43")], "192.0.2.60"),
        ([("Forwarded", 'for="[::ffff:192.0.2.1]:4711"')], "192.0.2.1"),
        ([("Forwarded", 'For="[2001:db8:cafe::17]:4711"')], "2001:db8:cafe::/64"),
        ([("Forwarded", "for=unknown")], "unknown"),
        ([("Forwarded", "for=_hidden")], "_hidden"),
        # a proxy that writes X-Forwarded-For leaves a client's Forwarded as it was
        ([("Forwarded", "for=192.0.2.60"), ("X-Forwarded-For", "192.0.2.1")], "192.0.2.1"),
        ([("X-Forwarded-For", "unknown")], "unknown"),
    ],
)
def test_what_a_hop_says_of_its_client(headers: list[tuple[str, str]], address: str) -> None:
    request = make_mocked_request("GET", "/", headers=CIMultiDict(headers))
    assert client_address(request, config(trust_proxy=True)) == address
    assert client_address(request, config()) == "unknown"


@pytest.mark.parametrize("header", ["X-Forwarded-For: {}", "Forwarded: for={}"])
@pytest.mark.parametrize(
    ("proxies", "hops", "address"),
    [
        (1, ["198.51.100.1", "203.0.113.9", "192.0.2.10"], "192.0.2.10"),
        (2, ["198.51.100.1", "203.0.113.9", "192.0.2.10"], "203.0.113.9"),
        (3, ["203.0.113.9", "192.0.2.10", "192.0.2.11"], "203.0.113.9"),
        (3, ["203.0.113.9", "192.0.2.10"], "203.0.113.9"),  # one of them adds nothing
        (0, ["203.0.113.9"], "unknown"),
    ],
)
def test_of_several_proxies_the_first_one_knows_the_client(
    header: str, proxies: int, hops: list[str], address: str
) -> None:
    name, _, form = header.partition(": ")
    in_one = CIMultiDict([(name, ", ".join(map(form.format, hops)))])
    in_lines = CIMultiDict([(name, form.format(hop)) for hop in hops])
    for headers in (in_one, in_lines):
        request = make_mocked_request("GET", "/", headers=headers)
        assert client_address(request, config(trust_proxy=proxies)) == address


def test_of_several_proxies_the_first_one_knows_the_name() -> None:
    name = "https://kitchen.example.com"
    behind = {"Origin": name, "Host": "inner", "X-Forwarded-Proto": "https, http"}
    for hosts in ("kitchen.example.com", "kitchen.example.com, router.internal"):
        request = make_mocked_request("GET", "/", headers={**behind, "X-Forwarded-Host": hosts})
        assert public_origin(request, config(trust_proxy=2)) == name
        assert accepted({**behind, "X-Forwarded-Host": hosts}, trust_proxy=2)


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Order.Example.com", "https://order.example.com"),
        ("https://order.example.com:443", "https://order.example.com"),
        ("http://order.example.com:80/", "http://order.example.com"),
        ("http://order.example.com:443", "http://order.example.com:443"),
        ("https://order.example.com.", "https://order.example.com"),
        ("https://order.example.com.:443", "https://order.example.com"),
        ("HTTPS://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://küche.example", "https://xn--kche-0ra.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        *((wrong, None) for wrong in (
            "null", "", "*", "https://", "https://a.example/path", "ftp://a.example", "https://u@a.example",
            "https://a.example?", "https://a.example#x", "https://a b", "https://a.example:99999", "https://a..b",
            "//a", "https://a.example:x", "https://[::1", "https://<script>", "https://*.example.com",
        )),
    ],
)  # fmt: skip
def test_an_origin_is_what_a_browser_means(written: str, origin: str | None) -> None:
    assert normal_origin(written) == origin


@pytest.mark.parametrize(
    ("origin", "dotted"),
    [
        ("https://kitchen.example.com", "https://kitchen.example.com."),
        ("https://kitchen.example.com:8443", "https://kitchen.example.com.:8443"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_has_its_dot_after_the_host(origin: str, dotted: str) -> None:
    assert dotted_origin(origin) == dotted and normal_origin(dotted) == origin


@hypothesis_settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    for written in (text, f"https://{text}", f"https://{text}:443"):
        origin = normal_origin(written)
        assert origin is None or normal_origin(origin) == origin
    request = make_mocked_request(
        "GET", "/", headers={"X-Forwarded-For": text.encode(errors="ignore").decode("latin-1")}
    )
    assert len(client_address(request, config(trust_proxy=True))) <= 64


def accepted(headers: dict[str, str], **settings: object) -> bool:
    """Whether a page of this Origin may open a socket here."""
    try:
        check_origin(make_mocked_request("GET", "/kitchen/display", headers=headers), config(**settings))
    except NotAllowed:
        return False
    return True


PAGE = "https://kitchen.example.com"


@pytest.mark.parametrize(
    "host", ["kitchen.example.com", "kitchen.example.com:443", "Kitchen.Example.COM.", "kitchen.example.com.:443"]
)
@pytest.mark.parametrize("origin", [PAGE, "https://kitchen.example.com.", "https://kitchen.example.com:443"])
def test_our_own_page_may_open_a_socket_however_its_host_is_written(host: str, origin: str) -> None:
    for settings in ({}, {"trust_proxy": True}):
        assert accepted({"Origin": origin, "Host": host}, **settings)
    assert accepted({"Origin": origin, "Host": host, "X-Forwarded-Proto": "https"}, trust_proxy=True)


def test_a_rewritten_host_is_known_by_what_the_proxy_says_or_by_public_url() -> None:
    behind = {"Origin": PAGE, "Host": "127.0.0.1:8000", "X-Forwarded-Proto": "https"}
    assert not accepted(behind, trust_proxy=True)
    assert accepted({**behind, "X-Forwarded-Host": "evil.example, kitchen.example.com"}, trust_proxy=True)
    assert not accepted({**behind, "X-Forwarded-Host": "kitchen.example.com"})
    assert accepted(behind, public_url=PAGE)
    assert accepted(behind, cors_origins=(PAGE,))


def test_another_page_may_not() -> None:
    for origin in (
        "https://evil.example",
        "null",
        "https://kitchen.example.com.evil.example",
        "https://kitchen.example.com:8443",
        "",
    ):
        assert not accepted({"Origin": origin, "Host": "kitchen.example.com"}, trust_proxy=True)
    plain = {"Origin": "http://kitchen.example.com", "Host": "kitchen.example.com"}
    assert accepted(plain), "without a proxy that is trusted nobody knows whether TLS ended before us"
    assert not accepted({**plain, "X-Forwarded-Proto": "https"}, trust_proxy=True)
    assert not accepted(plain, public_url=PAGE)
    inside = {"Origin": "http://192.168.1.5:8000", "Host": "192.168.1.5:8000"}
    assert accepted(inside, public_url=PAGE), "the kitchen's own network, without TLS"
    assert accepted({"Host": "kitchen.example.com"}), "no Origin: not a browser"


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({"X-Forwarded-Proto": "https"}, True),
        ({"X-Forwarded-Proto": "https,http"}, True),
        ({"X-Forwarded-Proto": "HTTPS"}, True),
        ({"X-Forwarded-Proto": " https , http"}, True),
        ({"X-Forwarded-Proto": "http,https"}, False),
        ({"Forwarded": "for=1.2.3.4;proto=https, for=10.0.0.1;proto=http"}, True),
        ({}, False),
    ],
)
def test_the_first_proxy_says_whether_it_was_tls(headers: dict[str, str], secure: bool) -> None:
    request = make_mocked_request("GET", "/", headers={"Host": "k.example", **headers})
    assert is_secure(request, config(trust_proxy=True)) is secure
    assert not is_secure(request, config())
    assert is_secure(request, config(public_url="https://k.example"))
    assert not is_secure(request, config(public_url=PAGE))
    assert public_origin(request, config(trust_proxy=True)) == ("https://k.example" if secure else "http://k.example")


def test_what_is_printed_follows_public_url_and_never_what_is_no_host() -> None:
    hostile = make_mocked_request("GET", "/", headers={"Host": "evil.example"})
    assert public_origin(hostile, config(public_url=PAGE)) == PAGE
    for host in ("evil.example/path?", "a b", "u@evil.example", "<b>", ""):
        with pytest.raises(Malformed):
            public_origin(make_mocked_request("GET", "/", headers={"Host": host}), config())
