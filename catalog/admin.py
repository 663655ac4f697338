"""The catalogue's desk: titles are edited here, the learning log and past imports are only looked at."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.models import (
    BulkTask,
    CatalogImport,
    CatalogRevision,
    Credit,
    Delivery,
    Genre,
    Interaction,
    Person,
    SearchEvent,
    Title,
    TitleAlias,
    Webhook,
)
from catalog.read_only_admin import ReadOnlyAdmin, as_json
from catalog.webhooks import outbox


class CreditInline(admin.TabularInline):
    model = Credit
    autocomplete_fields = ["person"]
    extra = 0


class AliasInline(admin.TabularInline):
    model = TitleAlias
    extra = 0


@admin.register(Title)
class TitleAdmin(admin.ModelAdmin):
    list_display = ["name", "year", "kind", "external_id", "popularity", "is_published", "updated"]
    list_filter = ["is_published", "kind", "genres"]
    search_fields = ["name", "original_name", "aliases__name", "=external_id"]
    autocomplete_fields = ["genres"]
    readonly_fields = ["content_hash", "created", "updated"]
    inlines = [CreditInline, AliasInline]
    actions = ["publish", "unpublish"]
    show_full_result_count = False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """The hash is of the related rows too, so it waits for them; the admin's view is one transaction."""
        super().save_related(request, form, formsets, change)
        form.instance.refresh_content_hash()

    def delete_model(self, request: HttpRequest, obj: Title) -> None:
        super().delete_model(request, obj)
        CatalogRevision.bump()

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        super().delete_queryset(request, queryset)
        CatalogRevision.bump()

    @admin.action(description="Publish the selected titles")
    def publish(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        self._set_published(request, queryset, is_published=True)

    @admin.action(description="Take the selected titles out of search")
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Title]) -> None:
        self._set_published(request, queryset, is_published=False)

    def _set_published(self, request: HttpRequest, titles: Any, *, is_published: bool) -> None:
        n_changed = titles.set_published(is_published=is_published)
        done = "published" if is_published else "taken out of search"
        self.message_user(request, f"{n_changed} titles {done}.")


class SharedNameAdmin(admin.ModelAdmin):
    """A genre or person: its name is content of every title that bears it."""

    search_fields = ["name"]
    list_display = ["name"]
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        if change:
            _refresh(Title.objects.filter(pk__in=obj.titles.values("pk")))

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, type(obj).objects.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        title_ids = list(queryset.values_list("titles", flat=True))
        super().delete_queryset(request, queryset)
        _refresh(Title.objects.filter(pk__in=title_ids))


admin.site.register(Genre, SharedNameAdmin)
admin.site.register(Person, SharedNameAdmin)


def _refresh(titles: QuerySet[Title]) -> None:
    Title.objects.filter(pk__in=titles.values("pk")).refresh_content_hashes()
    CatalogRevision.bump()


@admin.register(SearchEvent)
class SearchEventAdmin(ReadOnlyAdmin):
    list_display = ["created", "raw_text", "surface", "query_class", "model_version", "latency_ms"]
    list_filter = ["surface", "query_class", "is_robot", "model_version"]
    search_fields = ["normalised_text", "=id", "=search_id"]
    list_select_related = ["user"]


@admin.register(Interaction)
class InteractionAdmin(ReadOnlyAdmin):
    list_display = ["created", "action_name", "title", "position", "value", "is_robot"]
    list_filter = ["action_name", "is_robot"]
    search_fields = ["title__name", "=query_id"]
    list_select_related = ["title"]


@admin.register(CatalogImport)
class CatalogImportAdmin(ReadOnlyAdmin):
    list_display = ["created", "file_name", "layout", "source", "counts"]
    list_filter = ["layout", "source"]


@admin.register(BulkTask)
class BulkTaskAdmin(ReadOnlyAdmin):
    list_display = ["created", "user", "n_rows", "status", "started", "ended", "error"]
    list_filter = ["status"]
    list_select_related = ["user"]
    fields = ["user", "status", "n_rows", "n_tries", "digest", "created", "started", "ended", "error", "told"]

    @admin.display(description="report")
    def told(self, task: BulkTask) -> str:
        return as_json(task.report)


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Made and changed through the API; no secret is shown a second time."""

    list_display = ["url", "events", "is_active", "failing_since", "note", "owner", "created"]
    list_filter = ["is_active"]
    search_fields = ["url", "description"]
    list_select_related = ["owner"]
    exclude = ["secret", "former_secret"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["created", "event", "webhook", "status", "n_tries", "next_try", "last_status", "last_error"]
    list_filter = ["status", "event", "webhook"]
    search_fields = ["=event_id", "webhook__url"]
    list_select_related = ["webhook"]
    actions = ["send_again"]

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.change_delivery")

    @admin.action(description="Send again, from the first try on", permissions=["send"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        self.message_user(request, f"{outbox.send_again(chosen)} deliveries are sent again within seconds.")


@admin.register(CatalogRevision)
class CatalogRevisionAdmin(ReadOnlyAdmin):
    pass
