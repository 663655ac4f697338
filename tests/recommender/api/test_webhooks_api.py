"""`/api/v1/webhooks`: made, tried, rotated, and what became of what was sent."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from catalog.models import Delivery, Webhook
from catalog.webhooks import managing
from catalog.webhooks.outbox import announce
from recommender.api.views import webhooks
from tests.recommender.api.contract import conforms
from tests.recommender.api.desk import by_key, desk, member, send
from tests.recommender.api.test_search import problem

pytestmark = pytest.mark.django_db
URL = "/api/v1/webhooks"
HOOK: dict[str, Any] = {"url": "https://example.com/in", "events": ["import.done", "model.promoted"]}
DEEDS = ("view", "add", "change", "delete")
MAY = [*(f"catalog.{deed}_webhook" for deed in DEEDS), "catalog.view_delivery", "catalog.change_delivery"]


@pytest.fixture
def keeper(db: None) -> Client:
    return desk("keeper", *MAY)


def made(client: Client, **changes: Any) -> dict[str, Any]:
    answer = send(client, "post", URL, HOOK | changes)
    assert answer.status_code == 201, answer.content
    webhook: dict[str, Any] = conforms(answer, "create_webhook")
    assert answer["Location"] == f"{URL}/{webhook['webhook_id']}"
    return webhook


def deliveries(client: Client, url: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = conforms(client.get(f"{url}/deliveries", asked), "list_deliveries")["items"]
    return found


def test_a_secret_is_shown_once(keeper: Client) -> None:
    webhook = made(keeper, description="Ours")
    secret = webhook.pop("secret")
    assert secret == Webhook.objects.get().secret
    assert (webhook["owner"], webhook["description"], webhook["is_active"]) == ("keeper", "Ours", True)
    url = f"{URL}/{webhook['webhook_id']}"
    assert conforms(keeper.get(url), "get_webhook") == webhook
    assert conforms(keeper.get(URL), "list_webhooks")["items"] == [webhook]
    rotated = conforms(send(keeper, "post", f"{url}/rotate"), "rotate_webhook")
    fresh = rotated.pop("secret")
    assert fresh != secret
    assert (Webhook.objects.get().secret, Webhook.objects.get().former_secret) == (fresh, secret)
    assert rotated["rotated"] is not None
    for told in (keeper.get(url), keeper.get(URL), send(keeper, "patch", url, {"description": "x"})):
        assert not any(kept in json.dumps(told.json()) for kept in (secret, fresh))


def test_it_is_changed_and_removed(keeper: Client) -> None:
    url = f"{URL}/{made(keeper)['webhook_id']}"
    change = {"url": "https://example.org/", "events": ["model.refused"], "is_active": False}
    changed = conforms(send(keeper, "patch", url, change), "change_webhook")
    assert {name: changed[name] for name in change} == change
    answer = keeper.delete(url)
    conforms(answer, "delete_webhook")
    assert (answer.status_code, Webhook.objects.exists()) == (204, False)
    problem(keeper.get(url), 404)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"url": "https://localhost/"}, "url", "This must be on the public internet"),
        ({"url": "http://169.254.169.254/"}, "url", "public internet"),
        ({"url": "http://0x7f000001/"}, "url", "public internet"),
        ({"url": "ftp://example.com/"}, "url", "This must begin with https:// or http://."),
        ({"url": "https://a:b@example.com/"}, "url", "name and password"), ({"url": 7}, "url", "string"),
        ({"url": "https://example.com/\ud800"}, "url", ""), ({"url": "https://" + "x" * 2_000}, "url", ""),
        ({"events": []}, "events", ""), ({"events": ["webhook.test"]}, "events.0", "not a valid choice"),
        ({"events": "import.done"}, "events", "list"), ({"description": "x" * 501}, "description", ""),
        ({"secret": "mine"}, "secret", "Unknown field."),
    ],
)  # fmt: skip
def test_what_cannot_be_a_webhook_is_named(keeper: Client, change: Any, field: str, words: str) -> None:
    answer = send(keeper, "post", URL, HOOK | change)
    conforms(answer, "create_webhook")
    refused = problem(answer, 400)
    assert (refused["field"], words in refused["detail"]) == (field, True)
    assert not Webhook.objects.exists()
    url = f"{URL}/{made(keeper)['webhook_id']}"
    answer = send(keeper, "patch", url, change)
    conforms(answer, "change_webhook")
    problem(answer, 400)
    assert Webhook.objects.get().url == HOOK["url"]


def test_there_are_so_many_and_no_more(keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(managing, "MAX_WEBHOOKS", 1)
    made(keeper)
    refused = problem(send(keeper, "post", URL, HOOK), 400)
    assert refused["detail"] == "This would be one more than 1 webhooks; delete another first."
    assert "field" not in refused


def test_a_test_is_sent_and_its_delivery_told(keeper: Client) -> None:
    url = f"{URL}/{made(keeper)['webhook_id']}"
    answer = send(keeper, "post", f"{url}/test")
    told = conforms(answer, "test_webhook")
    assert (answer.status_code, told["event"], told["status"], told["n_tries"]) == (202, "webhook.test", "due", 0)
    announce(Webhook.Event.IMPORTED, {"rows": 3})
    found = deliveries(keeper, url)
    assert [delivery["event"] for delivery in found] == ["import.done", "webhook.test"]
    assert (found[0]["data"], found[1]) == ({"rows": 3}, told)
    first = conforms(keeper.get(f"{url}/deliveries", {"limit": 1}), "list_deliveries")
    second = deliveries(keeper, url, limit=1, cursor=first["next_cursor"])
    assert first["items"] + second == found


def test_what_was_given_up_is_sent_again(keeper: Client) -> None:
    url = f"{URL}/{made(keeper)['webhook_id']}"
    told = send(keeper, "post", f"{url}/test").json()
    Delivery.objects.update(status="failed", n_tries=8, last_status=500, last_error="500")
    failed = deliveries(keeper, url, status="failed")
    assert [(one["n_tries"], one["last_status"], one["next_try"]) for one in failed] == [(8, 500, None)]
    assert deliveries(keeper, url, status="sent") == []
    retry = f"{url}/deliveries/{told['delivery_id']}/retry"
    again = conforms(send(keeper, "post", retry), "retry_delivery")
    assert (again["status"], again["n_tries"], again["delivery_id"]) == ("due", 0, told["delivery_id"])
    assert again["next_try"] is not None


def test_what_is_not_there_looks_alike(keeper: Client) -> None:
    mine, other = made(keeper), made(keeper)
    told = send(keeper, "post", f"{URL}/{other['webhook_id']}/test").json()
    Delivery.objects.update(status="failed")
    mixed = send(keeper, "post", f"{URL}/{mine['webhook_id']}/deliveries/{told['delivery_id']}/retry")
    unknown = send(keeper, "post", f"{URL}/{mine['webhook_id']}/deliveries/{uuid4()}/retry")
    assert problem(mixed, 404)["detail"] == problem(unknown, 404)["detail"]
    assert Delivery.objects.get().status == "failed"
    for path in ("", "/deliveries"):
        problem(keeper.get(f"{URL}/{uuid4()}{path}"), 404)
    for path in ("/rotate", "/test", f"/deliveries/{told['delivery_id']}/retry"):
        problem(send(keeper, "post", f"{URL}/{uuid4()}{path}"), 404)


def test_who_may_only_look_changes_nothing(keeper: Client) -> None:
    webhook = made(keeper)
    url = f"{URL}/{webhook['webhook_id']}"
    delivery = send(keeper, "post", f"{url}/test").json()["delivery_id"]
    viewer = desk("viewer", "catalog.view_webhook", "catalog.view_delivery")
    assert viewer.get(url).status_code == viewer.get(f"{url}/deliveries").status_code == 200
    writes = [("post", URL, HOOK), ("patch", url, {"is_active": False}), ("delete", url, None)]
    writes += [("post", f"{url}{path}", None) for path in ("/rotate", "/test", f"/deliveries/{delivery}/retry")]
    reader = by_key(member("owner", *MAY), "webhooks:read")
    for client in (viewer, reader):
        for method, address, body in writes:
            problem(send(client, method, address, body), 403)
    changer = desk("changer", "catalog.view_webhook", "catalog.change_webhook")
    problem(send(changer, "post", URL, HOOK), 403)
    problem(changer.delete(url), 403)
    assert send(changer, "post", f"{url}/rotate").status_code == 200
    problem(changer.get(f"{url}/deliveries"), 403)
    problem(Client().get(URL), 401)
    assert (Webhook.objects.get().is_active, Delivery.objects.count()) == (True, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [("patch", "", {"description": "x"}), ("post", "/rotate", None), ("post", "/test", None)],
)
def test_who_changes_it_while_it_goes_is_told_that_it_is_gone(
    keeper: Client, monkeypatch: pytest.MonkeyPatch, verb: str, path: str, body: Any
) -> None:
    url = f"{URL}/{made(keeper)['webhook_id']}"
    found = webhooks._webhook

    def goes_then(webhook_id: Any) -> Webhook:
        webhook = found(webhook_id)
        managing.delete(found(webhook_id))
        return webhook

    monkeypatch.setattr(webhooks, "_webhook", goes_then)
    assert problem(send(keeper, verb, url + path, body), 404)["detail"] == "There is no such webhook."
