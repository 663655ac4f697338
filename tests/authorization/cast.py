"""Who calls, and what belongs to the one called `user`."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib.auth.models import Permission
from django.test import Client

from catalog import bulk, signals
from catalog.models import Signal
from catalog.signals import Kind, Owner, Said
from catalog.webhooks import managing
from recommender import curation, serving
from recommender.accounts import joining, keys
from recommender.accounts.keys import SCOPES
from recommender.models import Rule, SynonymSet
from recommender.taste import imports
from recommender.visitors import CLIENT_COOKIE
from training.models import TrainingRequest, TrainingRun

WATCHED = b"Date,Name,Year,Letterboxd URI\n2024-01-01,Alien,1979,https://boxd.it/1\n"
NAMES = {"user": "user", "other user": "other", "staff viewer": "viewer", "staff": "staff", "inactive": "gone"}

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tests.authorization.test_matrix import Cast


def cast_of(titles: list[Any], users: "type[User]") -> "Cast":
    from tests.authorization.test_matrix import ROLES, Cast

    people = {role: users.objects.create_user(name, password="a long password") for role, name in NAMES.items()}
    user, viewer, staff, inactive = (people[role] for role in ("user", "staff viewer", "staff", "inactive"))
    for person in (viewer, staff):
        person.is_staff = True
        person.save()
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    staff.user_permissions.set(Permission.objects.all())
    reading = keys.create(staff, "reads", [scope for scope in SCOPES if scope.endswith(":read")])

    clients = {role: Client(raise_request_exception=False) for role in ROLES}
    for role, person in people.items():
        clients[role].force_login(person)
    inactive.is_active = False
    inactive.save()
    clients["read-only key"].defaults["HTTP_AUTHORIZATION"] = f"Bearer {reading.secret}"

    guest = uuid4()
    signals.say(Owner(None, guest), Said(titles[1].pk, Kind.LIKE))
    joined = joining.join(guest, user)
    signals.say(Owner(user.pk, None), Said(titles[0].pk, Kind.LIKE))
    imported = imports.bring(Owner(user.pk, None), serving.current().index, "watched.csv", WATCHED)
    assert joined is not None
    values = {
        "item_id": titles[0].external_id,
        "external_id": titles[0].external_id,
        "title_id": titles[0].external_id,
        "person_id": str(titles[0].people.all()[0].pk),
        "signal_id": str(Signal.objects.filter(user=user, imported=None)[0].pk),
        "import_id": str(imported.pk),
        "join_id": str(joined.pk),
        "key_id": str(keys.create(user, "mine", ["search:read"]).key.pk),
        **_of_staff(staff, titles),
        "query_id": str(uuid4()),
        "position": "1",
        "pk": "1",
        "name": "Drama",
        "form": "csv",
        "packed": "eA",
        "token": "x",
        "section": "titles",
        "anything": "nothing/here",
        "version": "0",
        "alias": "champion",
        "area": "search",
        "id": str(user.pk),
        "object_id": "1",
        "content_type_id": "1",
        "app_label": "catalog",
        "url": "nothing",
    }
    assert CLIENT_COOKIE not in clients["nobody"].cookies
    return Cast(clients, values)


def _of_staff(staff: "User", titles: list[Any]) -> dict[str, str]:
    """Things of the desk, by the parameter that names them."""
    webhook = managing.create(url="https://example.com/hook", events=["import.done"], owner=staff)
    run = TrainingRun.objects.create(trigger="request", holder=uuid4())
    rule = Rule(action=Rule.Action.HIDE, match=Rule.Match.EXACT, text="heist", title=titles[0])
    things = {
        "task_id": bulk.enqueue([{"item_id": "tt9", "title": "Nine"}], staff),
        "run_id": run,
        "request_id": TrainingRequest.objects.create(actor="staff", answered_by=run),
        "rule_id": curation.save_rule(rule, staff),
        "synonyms_id": curation.save_synonyms(SynonymSet(words=["film", "movie"]), staff),
        "webhook_id": webhook,
        "delivery_id": managing.send_test(webhook),
    }
    return {name: str(thing.pk) for name, thing in things.items()}
