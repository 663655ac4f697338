"""Who is told of what: addresses, their secrets, and what was sent to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Delivery, Webhook
from catalog.webhooks import managing, outbox
from catalog.webhooks.addresses import MAX_URL_CHARACTERS
from catalog.webhooks.managing import MAX_DESCRIPTION_CHARACTERS, BadWebhook
from recommender.api.access import staff, staff_rows
from recommender.api.fields import Flag, Words
from recommender.api.lists import ListQuery, page
from recommender.api.serializers import NoQuery, StrictSerializer
from recommender.api.shapes_staff import (
    ANNOUNCED,
    DELIVERY_STATUSES,
    DeliveriesPageOut,
    DeliveryOut,
    NewWebhookOut,
    WebhookOut,
    WebhooksPageOut,
)
from recommender.api.views.base import ApiView, valid, valid_body

NO_WEBHOOK, NO_DELIVERY = "There is no such webhook.", "There is no such delivery of this webhook."
_ROWS = staff_rows("webhooks", views="catalog.view_webhook")
_ONE = staff("webhooks", views="catalog.view_webhook")
_DELIVERIES = staff("webhooks", views="catalog.view_delivery")


class WebhookIn(StrictSerializer):
    url = Words(max_length=MAX_URL_CHARACTERS, help_text="On the public internet; best with https.")
    events = serializers.ListField(child=serializers.ChoiceField(choices=ANNOUNCED), min_length=1, max_length=20)
    description = Words(max_length=MAX_DESCRIPTION_CHARACTERS, required=False, allow_blank=True)


class WebhookChange(StrictSerializer):
    """What is left out stays."""

    url = Words(max_length=MAX_URL_CHARACTERS, required=False)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=ANNOUNCED),
        min_length=1,
        max_length=20,
        required=False,
    )
    description = Words(max_length=MAX_DESCRIPTION_CHARACTERS, required=False, allow_blank=True)
    is_active = Flag(required=False)


class DeliveriesQuery(ListQuery):
    status = serializers.ChoiceField(choices=DELIVERY_STATUSES, required=False)


class WebhooksView(ApiView):
    """`/api/v1/webhooks`: all of them, the newest first, and new ones."""

    access = _ROWS

    @extend_schema(operation_id="list_webhooks", parameters=[ListQuery], responses={200: WebhooksPageOut})
    def get(self, request: Request) -> Response:
        asked = valid(ListQuery, {}, request.query_params)
        found, cursor = page(managing.listed().select_related("owner"), asked, ["webhooks"])
        return Response({"items": [_webhook_json(webhook) for webhook in found], "next_cursor": cursor})

    @extend_schema(operation_id="create_webhook", request=WebhookIn, responses={201: NewWebhookOut})
    def post(self, request: Request) -> Response:
        wanted = valid_body(WebhookIn, request)
        try:
            webhook = managing.create(**wanted, owner=request.user)
        except BadWebhook as error:
            raise _refused(error) from error
        body = _webhook_json(webhook) | {"secret": webhook.secret}
        return Response(body, status=201, headers={"Location": reverse("api-webhook", args=[webhook.pk])})


class WebhookView(ApiView):
    """`/api/v1/webhooks/{webhook_id}`: one, changed or removed with all that was to be told it."""

    access = _ROWS

    @extend_schema(operation_id="get_webhook", responses={200: WebhookOut})
    def get(self, request: Request, webhook_id: UUID) -> Response:
        valid(NoQuery, {}, request.query_params)
        return Response(_webhook_json(_webhook(webhook_id)))

    @extend_schema(operation_id="change_webhook", request=WebhookChange, responses={200: WebhookOut})
    def patch(self, request: Request, webhook_id: UUID) -> Response:
        webhook = _webhook(webhook_id)
        try:
            with _gone_meanwhile():
                changed = managing.update(webhook, **valid_body(WebhookChange, request))
        except BadWebhook as error:
            raise _refused(error) from error
        return Response(_webhook_json(changed))

    @extend_schema(operation_id="delete_webhook", responses={204: None})
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        managing.delete(_webhook(webhook_id))
        return Response(status=204)


class WebhookRotationView(ApiView):
    """`POST /api/v1/webhooks/{webhook_id}/rotate`: a new secret; the one before signs beside it for a day."""

    access = _ONE

    @extend_schema(operation_id="rotate_webhook", request=None, responses={200: NewWebhookOut})
    def post(self, request: Request, webhook_id: UUID) -> Response:
        webhook = _webhook(webhook_id)
        with _gone_meanwhile():
            secret = managing.rotate_secret(webhook)
        return Response(_webhook_json(webhook) | {"secret": secret})


class WebhookTestView(ApiView):
    """`POST /api/v1/webhooks/{webhook_id}/test`: something is sent within seconds; its delivery tells how it went."""

    access = _ONE

    @extend_schema(operation_id="test_webhook", request=None, responses={202: DeliveryOut})
    def post(self, request: Request, webhook_id: UUID) -> Response:
        with _gone_meanwhile():
            delivery = managing.send_test(_webhook(webhook_id))
        return Response(_delivery_json(delivery), status=202)


class DeliveriesView(ApiView):
    """`GET /api/v1/webhooks/{webhook_id}/deliveries`: what it was told and is to be told, the newest first."""

    access = _DELIVERIES

    @extend_schema(operation_id="list_deliveries", parameters=[DeliveriesQuery], responses={200: DeliveriesPageOut})
    def get(self, request: Request, webhook_id: UUID) -> Response:
        asked = valid(DeliveriesQuery, {}, request.query_params)
        rows, status = managing.deliveries_of(_webhook(webhook_id)), asked.get("status")
        rows = rows.filter(status=status) if status else rows
        found, cursor = page(rows, asked, ["deliveries", str(webhook_id), status])
        return Response({"items": [_delivery_json(delivery) for delivery in found], "next_cursor": cursor})


class RetryView(ApiView):
    """`POST /api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/retry`: sent again, from the first try on."""

    access = _DELIVERIES

    @extend_schema(operation_id="retry_delivery", request=None, responses={202: DeliveryOut})
    def post(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        chosen = managing.deliveries_of(_webhook(webhook_id)).filter(pk=delivery_id)
        outbox.send_again(chosen)
        delivery = chosen.first()
        if delivery is None:
            raise exceptions.NotFound(NO_DELIVERY)
        return Response(_delivery_json(delivery), status=202)


@contextmanager
def _gone_meanwhile() -> Iterator[None]:
    """Who deletes a webhook while it is changed was first."""
    try:
        yield
    except Webhook.DoesNotExist:
        raise exceptions.NotFound(NO_WEBHOOK) from None


def _webhook(webhook_id: UUID) -> Webhook:
    webhook = managing.listed().select_related("owner").filter(pk=webhook_id).first()
    if webhook is None:
        raise exceptions.NotFound(NO_WEBHOOK)
    return webhook


def _refused(error: BadWebhook) -> exceptions.ValidationError:
    said = f"This {error}."
    return exceptions.ValidationError({error.field: [said]} if error.field else said)


def _webhook_json(webhook: Webhook) -> dict[str, Any]:
    return {
        "webhook_id": webhook.pk,
        "url": webhook.url,
        "events": webhook.events,
        "description": webhook.description,
        "is_active": webhook.is_active,
        "failing_since": webhook.failing_since,
        "note": webhook.note,
        "owner": str(webhook.owner) if webhook.owner else None,
        "created": webhook.created,
        "changed": webhook.changed,
        "rotated": webhook.rotated,
    }


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.pk,
        "event": delivery.event,
        "event_id": delivery.event_id,
        "status": delivery.status,
        "n_tries": delivery.n_tries,
        "next_try": delivery.next_try if delivery.status == Delivery.Status.DUE else None,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "created": delivery.created,
        "sent": delivery.sent,
        "data": delivery.data,
    }
