"""Accounts in the admin: whoever is deleted there has left, with everything."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog import event_log, signals
from catalog.event_log import Deed, Visitor
from catalog.models import Interaction, Signal, Title
from catalog.signals import Kind, Owner, Said

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("in_a_list", [False, True])
def test_deleting_an_account_deletes_all_that_it_did(admin_client: Client, *, in_a_list: bool) -> None:
    title = Title.objects.create(external_id="t1", name="Film")
    user = User.objects.create_user("anna")
    signals.say(Owner(user.pk, None), Said(title.pk, Kind.LIKE))
    event_log.record_interactions([Deed(uuid4(), "like", title.pk)], Visitor(client_id=uuid4(), user_id=user.pk))
    if in_a_list:
        form = {"action": "delete_selected", "_selected_action": user.pk, "post": "yes"}
        admin_client.post("/admin/auth/user/", form)
    else:
        admin_client.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(username="anna").exists()
    assert not Signal.objects.exists()
    assert not Interaction.objects.exists()
