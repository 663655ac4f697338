"""What editors say of results. Checked and kept by `curation`; every server follows within seconds."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.event_log import storable
from catalog.models import Title
from recommender import curation
from recommender.api.access import staff_rows
from recommender.api.bodies import MAX_ITEM_ID, Text
from recommender.api.fields import Flag, Moment, Number, Whole
from recommender.api.lists import ListQuery, page
from recommender.api.serializers import NoQuery, StrictSerializer
from recommender.api.shapes_staff import RULE_MATCHES, RuleOut, RulesPageOut, SynonymsOut, SynonymsPageOut
from recommender.api.views.base import ApiView, no_title, valid, valid_body
from recommender.models import Rule, SynonymSet

MOST_WORDS = 100  # that are looked at; `curation` keeps fewer
NO_RULE, NO_SET = "There is no such rule.", "There are no such synonyms."
_RULES = staff_rows("curation", views="recommender.view_rule")
_SYNONYMS = staff_rows("curation", views="recommender.view_synonymset")


class RuleChange(StrictSerializer):
    """Parts of a rule; what is left out stays."""

    action = serializers.ChoiceField(choices=Rule.Action.values, required=False)
    item_id = Text(max_length=MAX_ITEM_ID, required=False, help_text="The title.")
    match = serializers.ChoiceField(choices=RULE_MATCHES, required=False)
    text = Text(max_length=curation.MAX_TEXT, required=False, help_text="The query; none where every query is meant.")
    position = Whole(
        min_value=1, max_value=curation.LAST_PLACE, required=False, allow_null=True, help_text="Of a pin."
    )
    points = Number(max_value=curation.MAX_POINTS, required=False, allow_null=True, help_text="Of a lift: above 0.")
    starts = Moment(required=False, allow_null=True)
    ends = Moment(required=False, allow_null=True)
    is_active = Flag(required=False)
    note = Text(max_length=curation.MAX_NOTE, required=False, help_text="Why; seen by staff only.")


class RuleIn(RuleChange):
    """A rule: pin (with its position), lift (with its points) or hide a title."""

    action = serializers.ChoiceField(choices=Rule.Action.values)
    item_id = Text(max_length=MAX_ITEM_ID, help_text="The title.")
    match = serializers.ChoiceField(choices=RULE_MATCHES)


class SynonymsChange(StrictSerializer):
    """Parts of a set; what is left out stays."""

    words = serializers.ListField(child=Text(max_length=curation.MAX_WORD), max_length=MOST_WORDS, required=False)
    is_one_way = Flag(required=False)
    is_active = Flag(required=False)


class SynonymsIn(SynonymsChange):
    """At least two words or phrases."""

    words = serializers.ListField(child=Text(max_length=curation.MAX_WORD), max_length=MOST_WORDS)


class RulesView(ApiView):
    """`/api/v1/rules`: all of them, the newest first, and new ones."""

    access = _RULES

    @extend_schema(operation_id="list_rules", parameters=[ListQuery], responses={200: RulesPageOut})
    def get(self, request: Request) -> Response:
        asked = valid(ListQuery, {}, request.query_params)
        rules, cursor = page(curation.rules(), asked, ["rules"])
        return Response({"items": [_rule_json(rule) for rule in rules], "next_cursor": cursor})

    @extend_schema(operation_id="create_rule", request=RuleIn, responses={201: RuleOut})
    def post(self, request: Request) -> Response:
        rule = _saved_rule(Rule(), valid_body(RuleIn, request), request)
        return Response(_rule_json(rule), status=201, headers={"Location": reverse("api-rule", args=[rule.pk])})


class RuleView(ApiView):
    """`/api/v1/rules/{rule_id}`: one, changed or removed."""

    access = _RULES

    @extend_schema(operation_id="get_rule", responses={200: RuleOut})
    def get(self, request: Request, rule_id: UUID) -> Response:
        valid(NoQuery, {}, request.query_params)
        return Response(_rule_json(_rule(rule_id)))

    @extend_schema(operation_id="change_rule", request=RuleChange, responses={200: RuleOut})
    def patch(self, request: Request, rule_id: UUID) -> Response:
        rule = _rule(rule_id)
        return Response(_rule_json(_saved_rule(rule, valid_body(RuleChange, request), request)))

    @extend_schema(operation_id="delete_rule", responses={204: None})
    def delete(self, request: Request, rule_id: UUID) -> Response:
        curation.delete([_rule(rule_id)])
        return Response(status=204)


class SynonymsView(ApiView):
    """`/api/v1/synonyms`: all sets, the newest first, and new ones."""

    access = _SYNONYMS

    @extend_schema(operation_id="list_synonyms", parameters=[ListQuery], responses={200: SynonymsPageOut})
    def get(self, request: Request) -> Response:
        asked = valid(ListQuery, {}, request.query_params)
        sets, cursor = page(curation.synonyms(), asked, ["synonyms"])
        return Response({"items": [_synonyms_json(words) for words in sets], "next_cursor": cursor})

    @extend_schema(operation_id="create_synonyms", request=SynonymsIn, responses={201: SynonymsOut})
    def post(self, request: Request) -> Response:
        words = _saved_synonyms(SynonymSet(), valid_body(SynonymsIn, request), request)
        headers = {"Location": reverse("api-synonym-set", args=[words.pk])}
        return Response(_synonyms_json(words), status=201, headers=headers)


class SynonymSetView(ApiView):
    """`/api/v1/synonyms/{synonyms_id}`: one set, changed or removed."""

    access = _SYNONYMS

    @extend_schema(operation_id="get_synonyms", responses={200: SynonymsOut})
    def get(self, request: Request, synonyms_id: UUID) -> Response:
        valid(NoQuery, {}, request.query_params)
        return Response(_synonyms_json(_synonyms(synonyms_id)))

    @extend_schema(operation_id="change_synonyms", request=SynonymsChange, responses={200: SynonymsOut})
    def patch(self, request: Request, synonyms_id: UUID) -> Response:
        words = _synonyms(synonyms_id)
        return Response(_synonyms_json(_saved_synonyms(words, valid_body(SynonymsChange, request), request)))

    @extend_schema(operation_id="delete_synonyms", responses={204: None})
    def delete(self, request: Request, synonyms_id: UUID) -> Response:
        curation.delete([_synonyms(synonyms_id)])
        return Response(status=204)


def _rule(rule_id: UUID) -> Rule:
    rule = curation.rules().filter(pk=rule_id).first()
    if rule is None:
        raise exceptions.NotFound(NO_RULE)
    return rule


def _synonyms(synonyms_id: UUID) -> SynonymSet:
    words = curation.synonyms().filter(pk=synonyms_id).first()
    if words is None:
        raise exceptions.NotFound(NO_SET)
    return words


def _saved_rule(rule: Rule, said: dict[str, Any], request: Request) -> Rule:
    if "item_id" in said:
        item_id = storable(said.pop("item_id"))
        title = Title.objects.filter(external_id=item_id).first()
        if title is None:
            raise exceptions.ValidationError({"item_id": [no_title(item_id)]})
        rule.title = title
    for name, value in said.items():
        setattr(rule, name, value)
    if refused := {name: [why] for name, why in curation.idle(rule).items() if name in said}:
        raise exceptions.ValidationError(refused)
    try:
        return curation.save_rule(rule, _author(request))
    except ValidationError as error:
        raise _by_field(error) from error


def _saved_synonyms(words: SynonymSet, said: dict[str, Any], request: Request) -> SynonymSet:
    for name, value in said.items():
        setattr(words, name, value)
    try:
        return curation.save_synonyms(words, _author(request))
    except ValidationError as error:
        raise _by_field(error) from error


def _by_field(error: ValidationError) -> exceptions.ValidationError:
    return exceptions.ValidationError(
        {"item_id" if field == "title" else field: messages for field, messages in error.message_dict.items()}
    )


def _author(request: Request) -> User:
    user: Any = request.user
    assert isinstance(user, User), "Level.STAFF"
    return user


def _rule_json(rule: Rule) -> dict[str, Any]:
    return {
        "rule_id": rule.pk,
        "action": rule.action,
        "item_id": rule.title.external_id,
        "title": rule.title.name,
        "match": rule.match,
        "text": rule.text,
        "position": rule.position,
        "points": rule.points,
        "starts": rule.starts,
        "ends": rule.ends,
        "is_active": rule.is_active,
        "standing": curation.standing(rule),
        "note": rule.note,
        "author": str(rule.author) if rule.author else None,
        "created": rule.created,
        "changed": rule.changed,
    }


def _synonyms_json(words: SynonymSet) -> dict[str, Any]:
    return {
        "synonyms_id": words.pk,
        "words": words.words,
        "is_one_way": words.is_one_way,
        "is_active": words.is_active,
        "author": str(words.author) if words.author else None,
        "created": words.created,
        "changed": words.changed,
    }
