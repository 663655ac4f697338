"""Something of each kind, so that calls find what they ask for: ids by the parameter that names them."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User

from catalog import bulk
from catalog.models import Person
from catalog.webhooks import managing
from recommender import curation
from recommender.models import Checkpoint, Rule, SynonymSet
from training.models import TrainingRequest, TrainingRun

N = 5  # of each, as deleting uses them up
TITLES = [{"item_id": "f1", "title": "Inception"}, {"item_id": "tt10", "title": "Ten"}]  # to be sent in bulk


def of_everybody(titles: list[Any]) -> dict[str, list[str | int]]:
    staff = User.objects.create_superuser("staff", password="violet lantern orbit")
    webhooks = [
        managing.create(url=f"https://example.com/hook/{n}", events=["import.done"], owner=staff) for n in range(N)
    ]
    run = TrainingRun.objects.create(trigger="request", holder=uuid4())
    Checkpoint.objects.update(pinned=True)
    rules = [
        curation.save_rule(
            Rule(action=Rule.Action.HIDE, match=Rule.Match.EXACT, text=f"heist {n}", title=titles[n]), staff
        )
        for n in range(N)
    ]
    sets = [curation.save_synonyms(SynonymSet(words=[f"film {n}", f"movie {n}"]), staff) for n in range(N)]
    return {
        "item_id": [title.external_id for title in titles],
        "person_id": [str(pk) for pk in Person.objects.values_list("pk", flat=True)],
        "task_id": [str(bulk.enqueue([{"item_id": "tt9", "title": "Nine"}], staff).pk)],
        "run_id": [run.pk],
        "request_id": [TrainingRequest.objects.create(actor="staff", answered_by=run).pk],
        "rule_id": [str(rule.pk) for rule in rules],
        "synonyms_id": [str(words.pk) for words in sets],
        "webhook_id": [str(webhook.pk) for webhook in webhooks],
        "delivery_id": [str(managing.send_test(webhooks[0]).pk)],
        "version": [0],
        "url": ["https://example.com/hook", "https://example.com:8443/", "http://example.org/x?y=z"],
    }
