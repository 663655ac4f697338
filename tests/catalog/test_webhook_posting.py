"""One request to a stranger: what arrives, what does not, and whom it never reaches."""

import re
import socket
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from django.conf import settings

from catalog.webhooks import addresses, posting, signing
from catalog.webhooks.posting import NOT_REACHED, Outcome, post
from tests.catalog import receiver
from tests.catalog.receiver import Receiver, receiving

PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "CONNECT_SECONDS", 3.0)
    monkeypatch.setattr(posting, "READ_SECONDS", 2.0)
    monkeypatch.setattr(posting, "WHOLE_SECONDS", 3.0)


@pytest.fixture
def there(settings: Any) -> Any:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as found:
        yield found


def test_it_works(there: Receiver) -> None:
    assert post(there.url, b'{"a":1}', {"webhook-id": "x"}) == Outcome(204)
    [(headers, body)] = there.heard
    assert body == b'{"a":1}'
    assert headers["webhook-id"] == "x"
    assert headers["content-type"] == "application/json"
    assert headers["host"] == there.url.split("/")[2]


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (receiver.status(200, body=b"thank you"), 200, ""),
        (receiver.status(299), 299, ""),
        (receiver.status(500), 500, "answered 500"),
        (receiver.status(404), 404, "answered 404"),
        (receiver.hangs, None, "no whole answer within"),
        (receiver.drips, None, "no whole answer within"),
        (receiver.closes_half_way, 200, "no whole answer in HTTP"),
        (receiver.closes_at_once, None, "no whole answer in HTTP"),
        (receiver.babbles, None, "no whole answer in HTTP"),
        (receiver.floods, 200, ""),
    ],
)
def test_only_a_whole_answer_of_success_is_an_arrival(
    there: Receiver, answer: Any, status: int | None, error: str
) -> None:
    there.answers = [answer]
    outcome = post(there.url, b"{}", {})
    assert outcome.status == status
    assert outcome.error.startswith(error)
    assert bool(outcome.error) == bool(error)
    assert len(there.heard) == 1


def test_a_redirect_is_not_followed(there: Receiver) -> None:
    there.answers = [receiver.status(307, Location=there.url), receiver.status(200)]
    assert post(there.url, b"{}", {}) == Outcome(307, "answered 307; redirects are not followed")
    assert len(there.heard) == 1


def test_of_an_answer_little_is_read(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    inner = posting._Hurried.read

    def counted(self: Any, max_bytes: int, timeout: float | None = None) -> bytes:
        data = inner(self, max_bytes, timeout)
        read.append(len(data))
        return data

    monkeypatch.setattr(posting._Hurried, "read", counted)
    there.answers = [receiver.floods]
    assert post(there.url, b"{}", {}) == Outcome(200)
    assert sum(read) < 4 * posting.MAX_BODY_BYTES


def test_nobody_listens(there: Receiver) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert post(f"http://127.0.0.1:{port}/", b"{}", {}) == Outcome(None, NOT_REACHED)


def _stands_for(address: str) -> Any:
    return lambda _host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


def _fails(error: OSError) -> Any:
    def failing(*_: Any, **__: Any) -> None:
        raise error

    return failing


@pytest.mark.parametrize(
    ("asked", "connecting", "logged"),
    [
        (_fails(socket.gaierror(socket.EAI_NONAME, "unknown")), None, "stands for no address"),
        (_fails(socket.gaierror(socket.EAI_AGAIN, "later")), None, "stands for no address"),
        (_stands_for("10.0.0.7"), None, "not on the public internet"),
        (_stands_for("127.0.0.1"), None, "not on the public internet"),
        (_stands_for(PUBLIC), ConnectionRefusedError("refused"), "refused"),
        (_stands_for(PUBLIC), TimeoutError("too slow"), "too slow"),
        (_stands_for(PUBLIC), OSError("no route"), "no route"),
    ],
)
def test_which_names_are_known_inside_is_for_the_log_alone(
    asked: Any,
    connecting: OSError | None,
    logged: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Else whoever may write a webhook down could read the network from what becomes of it."""
    caplog.set_level("INFO")
    monkeypatch.setattr(socket, "getaddrinfo", asked)
    monkeypatch.setattr(socket, "create_connection", _fails(connecting or AssertionError("reached")))  # type: ignore[arg-type]
    assert post("http://db.inner.example:5432/", b"{}", {}) == Outcome(None, NOT_REACHED)
    assert logged in caplog.text


def test_proxies_of_the_environment_are_not_asked(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert post(there.url, b"{}", {}) == Outcome(204)


def test_private_addresses_are_not_reached(there: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    for host in ("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433"):
        url = there.url.replace("127.0.0.1", host)
        assert post(url, b"{}", {}).error == NOT_REACHED
    assert there.heard == []


def test_a_name_that_changes_its_mind_is_reached_where_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: public when asked first, this machine when asked again."""
    answers, connected = [PUBLIC, "127.0.0.1"], []

    def asked(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> None:
        connected.append(address)
        raise OSError("as far as this test goes")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert post("http://two-faced.example:8080/", b"{}", {}).error == NOT_REACHED
    assert connected == [(PUBLIC, 8080)]
    assert post("http://two-faced.example:8080/", b"{}", {}).error == NOT_REACHED
    assert connected == [(PUBLIC, 8080)]


def test_of_a_names_addresses_only_public_ones_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[str] = []

    def asked(host: str, port: int, **_: Any) -> list[Any]:
        found = ["10.0.0.1", "::1", PUBLIC, "2606:2800:220:1::1", "169.254.169.254"]
        return [(0, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> None:
        connected.append(address[0])
        raise OSError("not today")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    monkeypatch.setattr(socket, "create_connection", connect)
    post("https://mixed.example/", b"{}", {})
    assert connected == [PUBLIC, "2606:2800:220:1::1"]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of localhost, signed by itself."""
    if which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    file = tmp_path / "localhost.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(tmp_path / "key"), "-out", str(file)]
    subprocess.run(made, check=True, capture_output=True)
    file.write_text((tmp_path / "key").read_text() + file.read_text())
    return file


def test_certificates_are_checked(
    settings: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiving(context) as there:
        named = there.url.replace("127.0.0.1", "localhost")
        caplog.set_level("INFO")
        assert post(named, b"{}", {}).error == NOT_REACHED
        assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post(named, b"{}", {}) == Outcome(204)
        assert post(there.url, b"{}", {}).error == NOT_REACHED  # it is not for that name
    assert len(there.heard) == 1


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:220:1::1", "2001:4860:4860::8888"])
def test_these_are_public(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1",
        "203.0.113.5", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808",
        "2002:7f00:1::", "2001:0:1::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_these_are_not(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook", "http://example.com", "https://example.com:8443/a?b=c", "https://xn--bcher-kva.de/",
        f"https://{PUBLIC}/", "https://[2606:2800:220:1::1]:8443/", "HTTPS://EXAMPLE.COM/",
    ],
)  # fmt: skip
def test_these_may_be_written_down(url: str) -> None:
    addresses.check(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "ASCII"), ("example.com", "begin with"), ("ftp://example.com/", "begin with"), ("https://", "a host"),
        ("https:///path", "with a host"), ("javascript:alert(1)", "begin with"), ("https://a b/", "blanks"),
        ("https://bücher.de/", "xn--"), ("https://me:secret@example.com/", "password"),
        ("https://me@example.com/", "password"), ("https://example.com/#top", "fragment"),
        ("https://example.com:99999/", "not a URL"), ("https://example.com:0/", "with a host"),
        ("https://[::1/", "a URL"), ("https://ex\x00am.com/", "ASCII"), ("https://example.com\\@10.0.0.1/", "pass"),
        ("https://" + "a" * 2_000, "at most"), ("http://localhost/", "public"), ("http://me.localhost:80/", "public"),
        ("http://127.0.0.1/", "public"), ("http://127.1/", "public"), ("http://0x7f000001/", "public"),
        ("http://2130706433/", "public"), ("http://[::1]/", "public"), ("http://[::ffff:10.0.0.1]/", "public"),
        ("http://169.254.169.254/latest/meta-data/", "public"), ("http://10.0.0.1:9200/", "public"),
    ],
)  # fmt: skip
def test_these_may_not(url: str, why: str) -> None:
    with pytest.raises(addresses.BadAddress, match=why):
        addresses.check(url)


def test_a_url_is_written_down_without_asking_a_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    inner = socket.getaddrinfo

    def watched(*arguments: Any, **options: Any) -> Any:
        asked.append(options["flags"] & socket.AI_NUMERICHOST)
        return inner(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    addresses.check("https://does-not-exist.example/")
    assert asked == [socket.AI_NUMERICHOST]


def test_inner_addresses_where_they_are_allowed(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    for url in ("http://localhost:8001/", "http://receiver:80/", "https://10.0.0.1/"):
        addresses.check(url)
    with pytest.raises(addresses.BadAddress):
        addresses.check("ftp://localhost/")


def test_the_specifications_example() -> None:
    """The published test vector of Standard Webhooks."""
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    signed = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    )
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def _recipe() -> Callable[..., bool]:
    """The program that stands in the manual."""
    text = (settings.BASE_DIR / "docs" / "api" / "staff.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)
    found: Callable[..., bool] = names["is_from_marquee"]
    return found


BODY = '{"type":"webhook.test","data":{"message":"Ämélie"}}'.encode()


@pytest.mark.parametrize(
    ("change", "is_good"),
    [
        ({}, True),
        ({"body": BODY + b" "}, False),
        ({"secret": signing.new_secret()}, False),
        ({"webhook-id": "another"}, False),
        ({"webhook-timestamp": "1614265330"}, False),
        ({"webhook-timestamp": "soon"}, False),
        ({"webhook-signature": "v1,x v2,y"}, False),
        ({"webhook-signature": ""}, False),
    ],
)
@pytest.mark.parametrize("n_seconds", [0, -290])
def test_the_recipe_of_the_manual_knows_what_is_ours(change: dict[str, Any], is_good: bool, n_seconds: int) -> None:
    former, secret = signing.new_secret(), signing.new_secret()
    sent = signing.headers("msg_1", BODY, datetime.now(UTC) + timedelta(seconds=n_seconds), [secret, former])
    headers = sent | {name: value for name, value in change.items() if name in sent}
    for known in (secret, former):
        assert _recipe()(change.get("secret", known), headers, change.get("body", BODY)) is is_good


@pytest.mark.parametrize("n_seconds", [-310, 310])
def test_the_recipe_of_the_manual_takes_nothing_that_is_old(n_seconds: int) -> None:
    secret = signing.new_secret()
    sent = signing.headers("msg_1", BODY, datetime.now(UTC) + timedelta(seconds=n_seconds), [secret])
    assert not _recipe()(secret, sent, BODY)


def test_secrets_differ_and_are_long_enough() -> None:
    one, other = signing.new_secret(), signing.new_secret()
    assert one != other
    assert one.startswith("whsec_")
    assert len(one) == len("whsec_") + 44
