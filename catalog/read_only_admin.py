"""Rows in the admin that a person may look at and nobody may touch."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class ReadOnlyAdmin(admin.ModelAdmin):
    """Written only by code: evidence."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_form(self, request: HttpRequest, *arguments: Any, **options: Any) -> Any:
        """Without help texts: they tell who fills in a field what to write, and beside a value they read like one."""
        silent = {field.name: "" for field in self.model._meta.get_fields() if hasattr(field, "help_text")}
        return super().get_form(request, *arguments, **{"help_texts": silent, **options})

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def as_table(rows: Iterable[tuple[Any, Any]]) -> SafeString | str:
    """Names and what they stand for; a dash without any."""
    body = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
    return format_html("<table>{}</table>", body) if body else "–"


def as_json(value: Any) -> SafeString | str:
    """For those who want to see everything; a dash for nothing."""
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False)) if value else "–"
