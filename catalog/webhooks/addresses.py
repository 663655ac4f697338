"""Where a webhook may go: over http or https to the public internet, unless WEBHOOK_ALLOW_PRIVATE widens that.

Whoever names an address makes this server send a request to it, from inside its own network: without a check they
could reach what only insiders should (server-side request forgery). A URL is checked when it is written down, as far
as that goes without asking anybody; what its name stands for is checked by `posting` when it connects, because a name
may stand for something else a moment later.
"""

import re
import socket
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings

MAX_URL_CHARACTERS = 2_000
PLAIN = re.compile(r"[!-~]+")  # printable ASCII without the blank
HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}|[0-9A-Fa-f:.]{2,45}")

# Global by the book, and yet of the machine's own surroundings: metadata of Oracle's cloud, Azure's host, and IPv4
# addresses dressed as IPv6 ones by a translator.
SURROUNDINGS = [ip_network(block) for block in ("192.0.0.0/24", "168.63.129.16/32", "64:ff9b::/96")]


class BadAddress(ValueError):
    """The URL cannot be a webhook's; the message says why in words for the person who gave it."""


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet: none of this machine, its network or its cloud.

    IPv6 addresses that stand for IPv4 ones are not, whatever they stand for.
    """
    ip = ip_address(address)
    if not ip.is_global or ip.is_multicast or ip.is_reserved or any(ip in block for block in SURROUNDINGS):
        return False
    return not (isinstance(ip, IPv6Address) and (ip.is_site_local or ip.ipv4_mapped or ip.sixtofour))


def may_reach(address: str) -> bool:
    return settings.WEBHOOK_ALLOW_PRIVATE or is_public(address)


def check(url: str) -> None:
    """Raises BadAddress. Asks no name server: whoever writes a URL down must not wait for a stranger's."""
    if len(url) > MAX_URL_CHARACTERS:
        raise BadAddress(f"may have at most {MAX_URL_CHARACTERS:,} characters")
    if not PLAIN.fullmatch(url):
        raise BadAddress("must be of printable ASCII without blanks; write other letters of a name as xn--…")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadAddress("is not a URL") from None
    if parts.scheme not in ("http", "https"):
        raise BadAddress("must begin with https:// or http://")
    if "@" in parts.netloc:
        raise BadAddress("must not carry a name and password")
    if parts.fragment or not host or not HOST.fullmatch(host) or port == 0:
        raise BadAddress("must be a URL with a host and without a fragment")
    if settings.WEBHOOK_ALLOW_PRIVATE:
        return
    if host == "localhost" or host.endswith(".localhost") or not all(map(is_public, _numeric(host))):
        raise BadAddress("must be on the public internet; WEBHOOK_ALLOW_PRIVATE=1 lets it be elsewhere")


def _numeric(host: str) -> list[str]:
    """The address that a host spells in numbers, in any of the ways the resolver knows (127.1, 0x7f000001)."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_, address in found]
