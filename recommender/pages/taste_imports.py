"""Ratings and lists from other sites: brought in, reported on, and taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from catalog import signals
from catalog.event_log import Visitor, storable
from catalog.models import TasteImport, Title
from recommender import serving
from recommender.pages.taste import KINDS, shown
from recommender.presenting import undoing
from recommender.presenting.readers import of_its_reader
from recommender.presenting.uploads import SmallFile
from recommender.taste import imports as taste_imports
from recommender.taste.importing import rows, words
from recommender.taste.importing.files import MAX_BYTES, BadFile
from recommender.taste.imports import ImportedBefore
from recommender.visitors import remember, visitor_of


@csrf_exempt  # only until the size of the upload is bounded: the check itself reads the form
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":  # a reload, or the way back, of a page that refused a file
        return HttpResponseRedirect(reverse("taste") + "#import")
    request.upload_handlers = [SmallFile(MAX_BYTES)]
    return _bring(request)


@csrf_protect
@of_its_reader("taste")
def _bring(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    upload = request.FILES.get("file")
    holds = request.POST.get("holds", "")
    meant = holds if holds in rows.LISTS else ""
    if visitor.owner is None:
        return shown(request, status=403, import_error=_("We keep nothing of programs that look at pages."))
    try:
        if upload is None:
            raise BadFile("no_file")
        if (upload.size or 0) > MAX_BYTES:
            raise BadFile("too_large")
        name = storable(upload.name or "")
        imported = taste_imports.bring(visitor.owner, serving.current().index, name, upload.read(), meant)
    except BadFile as error:
        status = 413 if error.code == "too_large" else 422
        return shown(request, status=status, import_error=words.of_file(error), holds=meant)
    except ImportedBefore as error:
        messages.info(request, _("You imported this very file already; nothing changed. Here is what came of it."))
        imported = error.imported
    return remember(HttpResponseRedirect(reverse("taste-import-report", args=[imported.pk])), visitor)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_its_reader("taste")
def report(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """What came of a file; by POST, the answers to what it left open."""
    visitor = visitor_of(request)
    imported = _import(visitor, import_id)
    if imported is None:
        return undoing.gone(request, reverse("taste"))
    if request.method == "POST":
        _answer(request, imported)
        return remember(HttpResponseRedirect(request.path), visitor)
    open_questions = taste_imports.questions(imported)
    titles = Title.objects.published().in_bulk([pk for question in open_questions for pk in question.title_ids])
    counts = imported.counts
    context = {
        "imported": imported,
        "counts": counts,
        "tables": [(name, words.TABLES[service, what], n) for name, service, what, n in counts["tables"]],
        "kinds": [(KINDS[kind], counts["kinds"][kind]) for kind in KINDS if counts["kinds"].get(kind)],
        "questions": [
            (question, [titles[pk] for pk in question.title_ids if pk in titles]) for question in open_questions
        ],
        "not_found": counts["not_found"],
        "bad": [(table, row, words.of_row(rows.BadRow(row, *rest))) for table, row, *rest in counts["bad"]],
        "several_tables": len(counts["tables"]) > 1,
    }
    return remember(render(request, "recommender/taste_import.html", context), visitor)


@require_POST
@of_its_reader("taste")
def undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    visitor = visitor_of(request)
    imported = _import(visitor, import_id)
    if imported is None:
        return undoing.gone(request, reverse("taste"))
    n = signals.undo_import(signals.Owner(imported.user_id, imported.client_id), import_id) or 0
    sentence = ngettext(
        "“%(file)s” is taken back: %(n)d thing that it said is gone.",
        "“%(file)s” is taken back: %(n)d things that it said are gone.",
        n,
    )
    messages.success(request, sentence % {"file": imported.file_name, "n": n})
    return remember(HttpResponseRedirect(reverse("taste") + "#import"), visitor)


def _import(visitor: Visitor, import_id: UUID) -> TasteImport | None:
    return signals.imports_of(visitor.owner).filter(pk=import_id).first() if visitor.owner else None


def _answer(request: HttpRequest, imported: TasteImport) -> None:
    chosen: dict[int, int | None] = {}
    for question in taste_imports.questions(imported):
        answer = request.POST.get(f"question-{question.place}", "")
        if answer == "none":
            chosen[question.place] = None
        elif answer.isascii() and answer.isdigit():
            chosen[question.place] = int(answer)
    n = (
        taste_imports.choose(signals.Owner(imported.user_id, imported.client_id), imported.pk, chosen)
        if chosen
        else 0
    )
    said: dict[str, Any] = {"n": n or 0}
    if n:
        messages.success(request, ngettext("%(n)d more film is matched.", "%(n)d more films are matched.", n) % said)
    elif chosen:
        messages.info(request, _("Noted; those films are passed over."))
    else:
        messages.info(request, _("Nothing was chosen, so everything is as it was."))
