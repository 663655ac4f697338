"""The buttons under a title: one click, effective on the next page, and taken back by another."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog import event_log, signals
from catalog.event_log import Deed, Visitor, storable
from catalog.models import Title
from catalog.signals import Kind
from recommender import services
from recommender.answers.hiding import opinions_of
from recommender.presenting import buttons, undoing
from recommender.presenting.forms import FeedbackForm
from recommender.presenting.readers import of_its_reader
from recommender.visitors import remember, visitor_of

_SAID = {
    "like": _("Noted: you like {name}."),
    "not_for_me": _("Noted: {name} is not for you, and is not recommended again."),
    "seen": _("Noted: you have seen {name}. It is not recommended again."),
    "watchlist_add": _("{name} is on your watchlist."),
    "watchlist_remove": _("{name} is no longer on your watchlist."),
    "undo": _("Taken back: {name} is as it was."),
    "": _("Noted, thank you: that is why {name} is not for you."),
}
_PUTS_AWAY = (Kind.NOT_FOR_ME, Kind.SEEN)
MAX_ADDRESS = 4_000  # characters of `next`


@require_POST
@of_its_reader("home")
def feedback(request: HttpRequest, external_id: str) -> HttpResponse:
    title = Title.objects.filter(external_id=storable(external_id)).first()
    if title is None:
        raise Http404
    form, visitor = FeedbackForm(request.POST), visitor_of(request)
    query_id = form.cleaned_data.get("query_id") if form.is_valid() else None
    back_to = _next(request) or _address(title, query_id)
    if not title.is_published:
        words = gettext("{name} has left the catalogue since that page was made. Nothing was changed.")
        return _answered(
            request, visitor, words.format(name=title.name), back_to if _next(request) else reverse("home")
        )
    if not form.is_valid():
        words = gettext("That did not reach us whole, and nothing was changed. Please try once more.")
        return _answered(request, visitor, words, back_to, status=422)
    action, note = form.cleaned_data["action"], form.cleaned_data["note"]
    before = form.cleaned_data["before"]
    if note:
        services.give_reason(title, note, visitor)
    else:
        before = "" if action == "undo" else _standing(visitor, title)
        deed = Deed(form.cleaned_data["event_id"], action, title.pk, query_id)
        services.record([deed], visitor, takes_back=form.takes_back)
        if action == "undo":
            _bring_back(deed, form.cleaned_data["before"], visitor)
    if visitor.owner is None:
        words = gettext("Your browser says that it is a robot, so nothing was kept.")
        if request.headers.get("HX-Request"):
            shown = buttons.panel(request, title, (), query_id, back_to=back_to)
            return remember(render(request, "recommender/_feedback.html", {**shown, "refused": words}), visitor)
        return _answered(request, visitor, words, back_to)
    if request.headers.get("HX-Request"):
        return remember(_drawn_again(request, title, visitor, form, back_to, before), visitor)
    undo = None if action in ("undo", "watchlist_remove") else _undo_of(action or "not_for_me")
    words = str(_SAID[action]).format(name=title.name)
    notes = buttons.NOTES if action == "not_for_me" else ()
    if undo:
        words = _with_undo(request, title, query_id, back_to, words, undo, notes, before)
    messages.success(request, words)
    return remember(HttpResponseRedirect(back_to), visitor)


def _standing(visitor: Visitor, title: Title) -> str:
    """What stands of the title, to be carried by the Undo of what is said now."""
    if visitor.owner is None:
        return ""
    opinions = list(signals.signals_of(visitor.owner).filter(title=title, kind__in=signals.OPINIONS))
    return undoing.token(visitor.owner, opinions) if opinions else ""


def _bring_back(undone: Deed, before: str, visitor: Visitor) -> None:
    """What the undone press had taken the place of stands again, for its owner and on the log."""
    if visitor.owner is None or not before:
        return
    stood = [said for said in undoing.forgotten(visitor.owner, before) if said.title_id == undone.title_id]
    stands = opinions_of(visitor).of(undone.title_id)
    signals.restore(visitor.owner, stood)
    says = {kind: action for action, kind in services.SAYS.items() if action != "dislike"}
    event_log.record_interactions(
        [
            Deed(uuid5(undone.event_id, said.kind), says[Kind(said.kind)], undone.title_id, undone.query_id)
            for said in stood
            if said.kind not in stands
        ],
        visitor,
    )


def _drawn_again(
    request: HttpRequest, title: Title, visitor: Visitor, form: FeedbackForm, back_to: str, before: str
) -> HttpResponse:
    """The buttons as they stand now, or the one line in whose favour the title steps back."""
    said, action = form.cleaned_data, form.cleaned_data["action"]
    of = Kind.NOT_FOR_ME if said["note"] else services.SAYS.get(action)
    undone = (*form.takes_back, *services.TAKES_BACK.get(action, ()))
    pressed = of or (undone[0] if undone else "")
    shown = buttons.panel(
        request, title, opinions_of(visitor).of(title.pk), said["query_id"], pressed=pressed, back_to=back_to
    )
    template = "recommender/_put_away.html" if of in _PUTS_AWAY else "recommender/_feedback.html"
    words = str(_SAID[action]).format(name=title.name)
    return render(request, template, {**shown, "of": of, "note": said["note"], "before": before, "words": words})


def _answered(request: HttpRequest, visitor: Visitor, words: str, back_to: str, status: int = 200) -> HttpResponse:
    """For what changed nothing."""
    if request.headers.get("HX-Request"):
        page = render(request, "recommender/_trouble.html", {"words": words}, status=status)
        return remember(page, visitor)
    messages.error(request, words)
    return remember(HttpResponseRedirect(back_to), visitor)


def _with_undo(
    request: HttpRequest,
    title: Title,
    query_id: UUID | None,
    back_to: str,
    words: str,
    undo: tuple[str, str],
    notes: Sequence[tuple[str, Any]],
    before: str,
) -> str:
    """A message with buttons in it, for browsers without scripts. notes: reasons, as sent and as shown."""
    context = {
        "title": title,
        "query_id": query_id,
        "event_id": uuid4(),
        "back_to": back_to,
        "words": words,
        "notes": notes,
        "before": before,
        "undo": {"name": undo[0], "value": undo[1]},
    }
    return render_to_string("recommender/_undo_message.html", context, request)


def _undo_of(action: str) -> tuple[str, str]:
    """(field, value) of the button that takes an action back."""
    return ("action", "watchlist_remove") if action == "watchlist_add" else ("undo", action)


def _next(request: HttpRequest) -> str:
    """Where the form wants to go on, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    is_ours = len(wanted) <= MAX_ADDRESS and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""


def _address(title: Title, query_id: UUID | None) -> str:
    return title.get_absolute_url() + (f"?from={query_id}" if query_id else "")
