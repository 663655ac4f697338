"""Accounts in the admin. Deleted there, a person is gone as if they had left by themselves."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.event_log import Visitor
from recommender.accounts import leaving

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):
    def delete_model(self, request: HttpRequest, obj: User) -> None:
        leaving.leave(Visitor(user_id=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)
