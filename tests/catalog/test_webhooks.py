"""Webhooks: nothing is told that did not happen, nothing that happened is forgotten, and receivers can tell both."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission, User
from django.db import connection, connections, transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import tasks
from catalog.importing.report import ImportRefused
from catalog.models import CatalogImport, Delivery, Webhook
from catalog.webhooks import managing, outbox, posting, sending, signing
from catalog.webhooks.managing import BadWebhook
from catalog.webhooks.outbox import announce
from catalog.webhooks.posting import NOT_REACHED
from reco_site import schedule
from tests import others
from tests.catalog import receiver
from tests.catalog.conftest import ImportText
from tests.catalog.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)  # where others have to see it
Event, Status = Webhook.Event, Delivery.Status
FILE = "external_id,title,year\ntt1,Alpha,1990\ntt2,Beta,1991\n"


@pytest.fixture
def there(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with receiving() as found:
        yield found


@pytest.fixture
def webhook(there: Receiver) -> Webhook:
    return managing.create(url=there.url, events=[Event.PROMOTED, Event.IMPORTED], owner=None)


def told(event: Webhook.Event = Event.PROMOTED, **data: Any) -> Delivery:
    before = set(Delivery.objects.values_list("pk", flat=True))
    announce(event, data)
    return Delivery.objects.exclude(pk__in=before).get()


def wait_over(delivery: Delivery) -> None:
    """As if its next try had come."""
    Delivery.objects.filter(pk=delivery.pk).update(next_try=Now())


def seconds_until_next_try(delivery: Delivery) -> float:
    delivery.refresh_from_db()
    return (delivery.next_try - timezone.now()).total_seconds()


def test_it_works(webhook: Webhook, there: Receiver) -> None:
    delivery = told(version=7, previous=6)
    assert tasks.send_webhooks() == "1 tried"
    [said] = there.told()
    assert said == {
        "id": str(delivery.event_id),
        "type": "model.promoted",
        "timestamp": delivery.created.isoformat().replace("+00:00", "Z"),
        "data": {"version": 7, "previous": 6},
    }
    assert there.ids() == [said["id"]]
    there.verify(webhook.secret)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.n_tries, delivery.last_status, delivery.last_error) == ("sent", 1, 204, "")
    assert delivery.sent is not None
    assert tasks.send_webhooks() == "nothing to do"
    assert len(there.heard) == 1


def test_only_who_asked_for_it_is_told(webhook: Webhook, there: Receiver) -> None:
    managing.create(url=there.url, events=[Event.REFUSED], owner=None)
    off = managing.create(url=there.url, events=[Event.PROMOTED], owner=None)
    managing.update(off, is_active=False)
    both = managing.create(url=there.url, events=[Event.PROMOTED], owner=None)
    announce(Event.PROMOTED, {})
    assert set(Delivery.objects.values_list("webhook", flat=True)) == {webhook.pk, both.pk}
    assert len(set(Delivery.objects.values_list("event_id", "created"))) == 1
    announce(Event.ROLLED_BACK, {})
    assert Delivery.objects.count() == 2


def test_what_did_not_happen_is_not_told(webhook: Webhook) -> None:
    with transaction.atomic():
        announce(Event.PROMOTED, {})
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


@committed
def test_a_webhook_deleted_meanwhile_does_not_take_the_thing_with_it(
    webhook: Webhook, at_once: Callable[..., list[Any]]
) -> None:
    """Both orders, many times: neither side may fail, whoever is first."""

    def announces() -> str:
        with transaction.atomic():
            announce(Event.PROMOTED, {})
            CatalogImport.objects.create(file_name="it", layout="x", sha256="", importer_version=1)
        return "happened"

    for round_ in range(12):
        each = managing.create(url=webhook.url, events=[Event.PROMOTED], owner=None)
        assert at_once(announces, lambda each=each: managing.delete(each)) == ["happened", None]
        assert CatalogImport.objects.count() == round_ + 1
        assert not Webhook.objects.filter(pk=each.pk).exists()


@committed
def test_a_test_is_sent_even_to_one_that_is_switched_off(webhook: Webhook, there: Receiver) -> None:
    waiting = told()
    managing.update(webhook, is_active=False)
    test = managing.send_test(webhook)
    assert sending.send_due() == 1
    assert [said["type"] for said in there.told()] == ["webhook.test"]
    assert list(managing.deliveries_of(webhook)) == [test, waiting]
    managing.update(webhook, is_active=True)
    assert sending.send_due() == 1
    assert there.ids()[1] == str(waiting.event_id)


@pytest.mark.parametrize("answer", [receiver.status(503), receiver.closes_half_way, receiver.status(302)])
def test_what_did_not_arrive_is_tried_again_with_the_same_words(
    webhook: Webhook, there: Receiver, answer: Any
) -> None:
    delivery = told(version=7)
    there.answers = [answer, receiver.status(200)]
    assert sending.send_due() == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.n_tries) == ("due", 1)
    assert delivery.last_error
    assert sending.send_due() == 0
    wait_over(delivery)
    assert sending.send_due() == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.n_tries, delivery.last_error) == ("sent", 2, "")
    (first, words), (second, same_words) = there.heard
    assert words == same_words
    assert first["webhook-id"] == second["webhook-id"]
    there.verify(webhook.secret)


def test_tries_come_later_and_later_and_then_end(webhook: Webhook, there: Receiver) -> None:
    delivery = told()
    there.answers = [receiver.status(500)]
    for delay in sending.DELAYS:
        wait_over(delivery)
        assert sending.send_due() == 1
        assert delay * 0.8 - 5 < seconds_until_next_try(delivery) <= delay * 1.2
        assert delivery.status == Status.DUE
    wait_over(delivery)
    assert sending.send_due() == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.n_tries, delivery.last_status) == ("failed", 8, 500)
    wait_over(delivery)
    assert sending.send_due() == 0
    webhook.refresh_from_db()
    assert webhook.is_active
    assert webhook.failing_since is not None


def test_delays_are_not_all_alike() -> None:
    delays = {sending._delay(3).total_seconds() for _ in range(50)}
    assert len(delays) > 40
    assert all(96 <= delay <= 144 for delay in delays)


@committed
def test_an_address_that_fails_does_not_hold_up_the_others(webhook: Webhook, there: Receiver) -> None:
    there.answers = [receiver.status(500)]
    with receiving() as other:
        managing.create(url=other.url, events=[Event.PROMOTED], owner=None)
        for version in range(4):
            announce(Event.PROMOTED, {"version": version})
        assert sending.send_due() == 5
        assert len(there.heard) == 1
        assert [said["data"]["version"] for said in other.told()] == [0, 1, 2, 3]
    assert not outbox.due().exists()


def test_what_breaks_here_does_not_hold_up_the_others(
    webhook: Webhook, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = told(version=1), told(version=2)
    inner = signing.headers

    def breaks(message_id: str, *arguments: Any) -> dict[str, str]:
        if message_id == str(broken.event_id):
            raise TypeError("secret words")
        return inner(message_id, *arguments)

    monkeypatch.setattr(signing, "headers", breaks)
    monkeypatch.setattr(sending, "PAUSE", timedelta(0))
    assert sending.send_due() == 2
    assert there.ids() == [str(good.event_id)]
    broken.refresh_from_db()
    assert broken.last_error.startswith("it broke here")
    assert not any(word in broken.last_error for word in ("TypeError", "secret words"))


@committed
def test_two_senders_tell_everything_once(
    webhook: Webhook, there: Receiver, at_once: Callable[..., list[Any]]
) -> None:
    for version in range(30):
        announce(Event.PROMOTED, {"version": version})
    shares = at_once(sending.send_due, sending.send_due, sending.send_due)
    assert sum(shares) == 30
    assert sorted(said["data"]["version"] for said in there.told()) == list(range(30))
    assert len(set(there.ids())) == 30
    assert Delivery.objects.filter(status=Status.SENT, n_tries=1).count() == 30


@committed
def test_no_transaction_is_open_while_a_stranger_thinks(
    webhook: Webhook, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would hold up the windows of the learning log."""
    told()
    inner = posting.post

    def looks(*arguments: Any) -> posting.Outcome:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned()")
            assert cursor.fetchone() == (None,)
        assert not connection.in_atomic_block
        return inner(*arguments)

    monkeypatch.setattr(posting, "post", looks)
    assert sending.send_due() == 1
    assert Delivery.objects.get().status == Status.SENT


@committed
def test_killed_between_sending_and_writing_it_is_sent_again(webhook: Webhook, there: Receiver) -> None:
    """A real process, and SIGKILL."""
    delivery = told(version=7)
    environment = others.environment() | {"WEBHOOK_ALLOW_PRIVATE": "1"}
    code = (
        "import django; django.setup()\n"
        "import os, signal\n"
        "from catalog.webhooks import sending\n"
        "sending._settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "sending.send_due()\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], env=environment, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    others.wait_until_gone()
    assert len(there.heard) == 1
    assert 100 < seconds_until_next_try(delivery) <= sending.CLAIM.total_seconds()
    assert (delivery.status, delivery.n_tries) == ("due", 1)
    assert sending.send_due() == 0
    wait_over(delivery)
    assert sending.send_due() == 1
    assert there.ids() == [str(delivery.event_id)] * 2
    assert there.heard[0][1] == there.heard[1][1]
    delivery.refresh_from_db()
    assert (delivery.status, delivery.n_tries) == ("sent", 2)


def test_what_a_slow_sender_learns_late_does_not_undo_what_another_wrote(webhook: Webhook, there: Receiver) -> None:
    delivery = told()
    slow = sending._claim()
    assert slow is not None
    wait_over(delivery)
    fast = sending._claim()
    assert fast is not None
    sending._settle(slow, posting.Outcome(500, "answered 500"))
    delivery.refresh_from_db()
    assert delivery.last_error == ""
    sending._settle(fast, posting.Outcome(204))
    sending._settle(slow, posting.Outcome(500, "answered 500"))
    delivery.refresh_from_db()
    assert delivery.status == Status.SENT


def test_where_nothing_arrived_for_three_days_it_is_switched_off(webhook: Webhook, there: Receiver) -> None:
    there.answers = [receiver.status(500)]
    last_tries = len(sending.DELAYS)
    young = told()
    Delivery.objects.update(n_tries=last_tries)
    Webhook.objects.update(failing_since=Now() - timedelta(days=2, hours=23))
    sending.send_due()
    webhook.refresh_from_db()
    assert webhook.is_active

    Webhook.objects.update(failing_since=Now() - timedelta(days=3, seconds=1))
    first_try = told()
    sending.send_due()
    webhook.refresh_from_db()
    assert webhook.is_active  # its other tries may still arrive
    Delivery.objects.filter(pk=first_try.pk).update(n_tries=last_tries, next_try=Now())
    sending.send_due()
    off = Webhook.objects.get()
    assert not off.is_active
    assert off.note == "Switched off: nothing has arrived for 3 days; answered 500."
    assert set(Delivery.objects.values_list("pk", "status")) == {(young.pk, "failed"), (first_try.pk, "failed")}

    managing.update(off, is_active=True)
    on = Webhook.objects.get()
    assert (on.is_active, on.note, on.failing_since) == (True, "", None)


def test_an_arrival_ends_the_count_of_days(webhook: Webhook, there: Receiver) -> None:
    Webhook.objects.update(failing_since=Now() - timedelta(days=10))
    told()
    sending.send_due()
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_gone_means_gone(webhook: Webhook, there: Receiver) -> None:
    there.answers = [receiver.status(410)]
    delivery = told()
    sending.send_due()
    for row in (delivery, webhook):
        row.refresh_from_db()
    assert (delivery.status, delivery.n_tries) == ("failed", 1)
    assert not webhook.is_active
    assert "410" in webhook.note


def test_a_private_address_is_refused_when_it_is_sent_too(webhook: Webhook, there: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    delivery = told()
    sending.send_due()
    delivery.refresh_from_db()
    assert delivery.last_error == NOT_REACHED
    assert there.heard == []


def test_a_new_secret_signs_beside_the_former_for_a_day(webhook: Webhook, there: Receiver) -> None:
    former = webhook.secret
    new = managing.rotate_secret(webhook)
    assert new != former
    assert webhook.secret == new
    told()
    sending.send_due()
    for secret in (former, new):
        there.verify(secret)
    Webhook.objects.update(rotated=Now() - timedelta(hours=25))
    there.heard.clear()
    told()
    sending.send_due()
    there.verify(new)
    with pytest.raises(Exception, match="No matching signature"):
        there.verify(former)
    assert tasks.tidy_webhooks() == "0 deliveries and 1 secrets forgotten"
    webhook.refresh_from_db()
    assert (webhook.secret, webhook.former_secret) == (new, "")


def test_old_deliveries_are_let_go_of(webhook: Webhook, there: Receiver) -> None:
    old, older = timezone.now() - timedelta(days=31), timezone.now() - timedelta(days=29)
    sent, failed, waiting, young = (told() for _ in range(4))
    made = {sent: (Status.SENT, old), failed: (Status.FAILED, old), waiting: (Status.DUE, old)}
    for delivery, (status, created) in {**made, young: (Status.SENT, older)}.items():
        Delivery.objects.filter(pk=delivery.pk).update(status=status, created=created)
    assert outbox.prune() == 2
    assert set(Delivery.objects.all()) == {waiting, young}  # nothing that happened is forgotten
    managing.update(webhook, is_active=False)
    assert outbox.prune() == 1
    assert set(Delivery.objects.all()) == {young}


@committed
def test_making_and_changing(there: Receiver, django_user_model: Any) -> None:
    anna = django_user_model.objects.create_user("anna")
    one = managing.create(url=there.url, events=["import.done", "import.done"], owner=anna, description="mine")
    assert (one.events, one.owner, one.description, one.is_active) == (["import.done"], anna, "mine", True)
    secret, changed = one.secret, one.changed
    managing.update(one, url=there.url + "2", events=["model.refused"])
    one.refresh_from_db()
    assert (one.url, one.events, one.description, one.secret) == (there.url + "2", ["model.refused"], "mine", secret)
    assert one.changed > changed
    other = managing.create(url=there.url, events=["import.done"], owner=anna)
    assert other.secret != secret
    assert list(managing.listed()) == [other, one]
    managing.send_test(one)
    managing.delete(one)
    assert list(managing.listed()) == [other]
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"url": "ftp://x"}, "url"), ({"url": "http://127.0.0.1/"}, "url"), ({"events": []}, "events"),
        ({"events": ["model.eaten"]}, "events"), ({"events": ["webhook.test"]}, "events"),
        ({"description": "x" * 501}, "description"), ({"description": "\0"}, "description"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_kept(facts: dict[str, Any], field: str) -> None:
    good: dict[str, Any] = {"url": "https://example.com/", "events": ["import.done"], "description": ""}
    with pytest.raises(BadWebhook) as refused:
        managing.create(**good | facts, owner=None)
    assert refused.value.field == field
    assert not Webhook.objects.exists()
    webhook = managing.create(**good, owner=None)
    with pytest.raises(BadWebhook):
        managing.update(webhook, **facts)
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events, webhook.description) == tuple(good.values())


@committed
@pytest.mark.parametrize(
    "change",
    [lambda one: managing.update(one, description="x"), managing.rotate_secret, managing.send_test],
    ids=["update", "rotate", "test"],
)
def test_who_deletes_it_meanwhile_was_first(change: Callable[[Webhook], Any]) -> None:
    one = managing.create(url="https://example.com/", events=["import.done"], owner=None)
    managing.delete(Webhook.objects.get())
    with pytest.raises(Webhook.DoesNotExist):
        change(one)
    assert not Delivery.objects.exists()


@committed
def test_failures_of_one_address_and_its_end_at_once(webhook: Webhook, at_once: Callable[..., list[Any]]) -> None:
    """Each puts off what the others are at; whoever locks their own first waits in a circle."""
    rows = [told(n=n) for n in range(12)]
    Delivery.objects.update(n_tries=1)
    for row in rows:
        row.n_tries = 1
    fail = posting.Outcome(error="no")
    ends = [partial(sending._settle, row, fail) for row in rows]
    assert at_once(*ends, lambda: managing.delete(webhook)) == [None] * 13
    assert not Delivery.objects.exists()


def test_there_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(managing, "MAX_WEBHOOKS", 1)
    managing.create(url="https://example.com/", events=["import.done"], owner=None)
    with pytest.raises(BadWebhook, match="more than 1"):
        managing.create(url="https://example.com/", events=["import.done"], owner=None)


def test_an_import_is_told_once_and_only_if_it_was_done(webhook: Webhook, import_text: ImportText) -> None:
    import_text(FILE, dry_run=True)
    with pytest.raises(ImportRefused):
        import_text("external_id,title\n")
    assert not Delivery.objects.exists()
    report = import_text(FILE)
    delivery = Delivery.objects.get()
    assert delivery.event == "import.done"
    assert delivery.data == {"name": "titles.csv", "layout": "marquee", "counts": report.counts()}


def test_the_desk_shows_no_secret_and_sends_again(webhook: Webhook, there: Receiver, client: Client) -> None:
    managing.rotate_secret(webhook)
    delivery = told()
    sending.send_due()
    client.force_login(User.objects.create_superuser("desk"))
    for page in (
        reverse("admin:catalog_webhook_changelist"),
        reverse("admin:catalog_webhook_change", args=[webhook.pk]),
        reverse("admin:catalog_delivery_changelist"),
        reverse("admin:catalog_delivery_change", args=[delivery.pk]),
    ):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "whsec_" not in answer.content.decode()
    sends = {"action": "send_again", "_selected_action": [delivery.pk]}
    client.post(reverse("admin:catalog_delivery_changelist"), sends)
    assert sending.send_due() == 1
    assert there.ids() == [str(delivery.event_id)] * 2

    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_delivery"))
    client.force_login(looker)
    client.post(reverse("admin:catalog_delivery_changelist"), sends)
    assert sending.send_due() == 0


def test_it_is_rung_for_every_few_seconds() -> None:
    rung = {entry["task"] for entry in schedule.beat_schedule.values()}
    assert rung >= {tasks.send_webhooks.name, tasks.tidy_webhooks.name}
    assert schedule.beat_schedule[tasks.send_webhooks.name]["schedule"] == django_settings.TICK_SECONDS
