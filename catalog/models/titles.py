"""Titles and what is known of them. Knows nothing of models, scores or embeddings."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import connection, models, transaction
from django.db.models import F, OuterRef
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

# An external id is part of a URL, so it is made of what a URL carries unchanged.
EXTERNAL_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}"


class Genre(models.Model):
    name = models.TextField(unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    name = models.TextField(unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name


class TitleQuerySet(models.QuerySet["Title"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def with_details(self) -> Self:
        """Genres and credits in two further queries, for lists of titles."""
        return self.prefetch_related("genres", "credits__person")

    @transaction.atomic
    def set_published(self, *, is_published: bool) -> int:
        """Put them into search or take them out of it: how many that changed. Servers are told."""
        changed = self.exclude(is_published=is_published).update(is_published=is_published, updated=Now())
        if changed:
            CatalogRevision.bump()
        return changed

    def refresh_content_hashes(self) -> None:
        """Recompute `content_hash` from the rows of every title here; the caller bumps the revision.

        `updated` is set for each: who calls this has just written to them.
        """
        title_ids = list(self.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(title_ids), 2000):
            batch = Title.objects.filter(pk__in=title_ids[start : start + 2000]).order_by()
            digests = {row.pop("pk"): content_digest(**row) for row in batch.content()}
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE catalog_title t SET content_hash = new.digest, updated = now()"
                    " FROM unnest(%s::bigint[], %s::text[]) AS new (id, digest) WHERE t.id = new.id",
                    [list(digests), list(digests.values())],
                )

    def content(self) -> Iterator[dict[str, Any]]:
        """What embeddings are made from, the arguments of content_digest(), and the pk.

        One query: six times quicker than by objects.
        """

        def people(*roles: str) -> ArraySubquery:
            credited = Credit.objects.filter(title=OuterRef("pk"), role__in=roles)
            return ArraySubquery(credited.order_by("role", "order", "id").values("person__name"))

        lists = {
            "genres": ArraySubquery(Genre.objects.filter(titles=OuterRef("pk")).order_by("name").values("name")),
            "directors": people(Credit.Role.DIRECTOR, Credit.Role.CREATOR),
            "writers": people(Credit.Role.WRITER),
            "cast": people(Credit.Role.CAST),
        }
        columns = (
            "pk", "name", "original_name", "kind", "year",
            "description", "plot", "themes", "countries", "languages",
        )  # fmt: skip
        # An annotation may not be called as a field is, so the lists wear a prefix on the way.
        for row in self.values(*columns, **{f"listed_{name}": query for name, query in lists.items()}):
            yield {name.removeprefix("listed_"): value for name, value in row.items()}


class Title(models.Model):
    class Kind(models.TextChoices):
        MOVIE = "movie", _("Film")
        SHOW = "show", _("Show")

    external_id = models.TextField(
        unique=True,
        validators=[
            RegexValidator(rf"\A{EXTERNAL_ID_PATTERN}\Z", "Letters, digits and . _ : ~ - only, at most 100.")
        ],
        help_text="The id of the source, such as an IMDb id.",
    )
    kind = models.TextField(choices=Kind.choices, default=Kind.MOVIE)
    name = models.TextField()
    original_name = models.TextField(blank=True, default="")
    year = models.SmallIntegerField(null=True, blank=True)
    description = models.TextField(blank=True, default="")
    plot = models.TextField(
        blank=True, default="", help_text="A longer second text, searched but not shown in lists."
    )
    themes = ArrayField(models.TextField(), default=list, blank=True, help_text="Search words: time loop, heist …")
    countries = ArrayField(models.TextField(), default=list, blank=True)
    languages = ArrayField(models.TextField(), default=list, blank=True)
    runtime_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    seasons = models.PositiveSmallIntegerField(null=True, blank=True)
    maturity = models.TextField(blank=True, default="")
    added_on = models.DateField(null=True, blank=True, help_text="When the source listed it.")
    popularity = models.FloatField(
        null=True, blank=True, help_text="The prior of fame: votes, or what the source has in their place."
    )
    is_published = models.BooleanField(default=True)
    content_hash = models.TextField(
        editable=False, default="", help_text="Of everything an embedding is made from; see content_digest()."
    )
    created = models.DateTimeField(db_default=Now(), editable=False)
    updated = models.DateTimeField(db_default=Now(), editable=False)

    genres = models.ManyToManyField(Genre, related_name="titles", blank=True)
    people = models.ManyToManyField(Person, through="Credit", related_name="titles")

    objects = TitleQuerySet.as_manager()

    class Meta:
        ordering = ["name", "year"]
        indexes = [models.Index(fields=["is_published", "id"], name="title_published")]

    def __str__(self) -> str:
        return f"{self.name} ({self.year})" if self.year else self.name

    def get_absolute_url(self) -> str:
        return self._address

    @cached_property
    def _address(self) -> str:
        """Worked out once for an instance: lists keep theirs."""
        return reverse("title", args=[self.external_id])

    @cached_property
    def genre_names(self) -> list[str]:
        """Worked out once for an instance; free when the genres were prefetched."""
        return [genre.name for genre in self.genres.all()]

    def credited(self, *roles: str) -> list[str]:
        """Names in the order of the credits; free when the credits were prefetched."""
        return [c.person.name for c in self.credits.all() if c.role in roles]

    def refresh_content_hash(self) -> None:
        """Recompute `content_hash` from the rows and tell servers that the catalogue changed."""
        Title.objects.filter(pk=self.pk).refresh_content_hashes()
        CatalogRevision.bump()


def content_digest(
    *,
    name: str,
    original_name: str,
    kind: str,
    year: int | None,
    description: str,
    plot: str,
    themes: list[str],
    genres: list[str],
    countries: list[str],
    languages: list[str],
    directors: list[str],
    writers: list[str],
    cast: list[str],
) -> str:
    """sha256 of the facts a title's embedding is made from; two titles that say the same are equal.

    Genres are a set, so their order is not content; the order of people is.
    """
    facts = [
        name, original_name, kind, year, description, plot, themes, sorted(genres),
        countries, languages, directors, writers, cast,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


class TitleAlias(models.Model):
    title = models.ForeignKey(Title, models.CASCADE, related_name="aliases")
    name = models.TextField()

    class Meta:
        verbose_name_plural = "title aliases"
        constraints = [models.UniqueConstraint(fields=["title", "name"], name="alias_once_per_title")]

    def __str__(self) -> str:
        return self.name


class Credit(models.Model):
    class Role(models.TextChoices):
        DIRECTOR = "director", "Director"
        CREATOR = "creator", "Creator"
        WRITER = "writer", "Writer"
        CAST = "cast", "Cast"

    title = models.ForeignKey(Title, models.CASCADE, related_name="credits")
    person = models.ForeignKey(Person, models.CASCADE, related_name="credits")
    role = models.TextField(choices=Role.choices)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["role", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["title", "person", "role"], name="credit_once_per_role"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.role})"


class CatalogRevision(models.Model):
    """One row that counts changes of the catalogue; servers look at it to know when to reload."""

    revision = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_catalog_revision")]

    def __str__(self) -> str:
        return str(self.revision)

    @classmethod
    def bump(cls) -> None:
        """Count one change, within the caller's transaction."""
        if not cls.objects.filter(pk=1).update(revision=F("revision") + 1):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {cls._meta.db_table} (id, revision) VALUES (1, 1)"  # noqa: S608 - the table's own name
                    " ON CONFLICT (id) DO UPDATE SET revision = EXCLUDED.revision + 1"
                )

    @classmethod
    def current(cls) -> int:
        """The revision, 0 before anything was imported."""
        return cls.objects.filter(pk=1).values_list("revision", flat=True).first() or 0
