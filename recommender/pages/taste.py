"""What the visitor said of films, what it counts for, and how they want to be served: all theirs to change."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import signals
from catalog.event_log import Visitor, storable
from catalog.models import Signal, Title
from catalog.signals import Kind, Owner
from recommender import serving
from recommender.presenting import undoing
from recommender.presenting.readers import of_its_reader
from recommender.taste import personal
from recommender.visitors import asks_for_privacy, remember, visitor_of

PAGE_SIZE = 50
N_HIDDEN = 12  # on the page; the others have a page of their own
KINDS = {
    Kind.LIKE: gettext_lazy("Liked"),
    Kind.RATING: gettext_lazy("Rated"),
    Kind.NOT_FOR_ME: gettext_lazy("Not for me"),
    Kind.SEEN: gettext_lazy("Seen"),
    Kind.WATCHLIST: gettext_lazy("On your watchlist"),
    Kind.OPENED: gettext_lazy("Looked at"),
}
STRENGTHS = (
    ("0", gettext_lazy("Off")),
    ("0.5", gettext_lazy("A little")),
    ("1", gettext_lazy("As measured")),
    ("2", gettext_lazy("More")),
)
SWITCHES = ("personalise", "learning")
N_BULBS, BRIGHTEST = 5, personal.WEIGHTS[Kind.LIKE]  # the weight that lights all of them
FAINT = 0.005  # a weight that would be written as 0.00


@dataclass(frozen=True)
class Line:
    """A signal as the page shows it. weight: what it counts for now, signed; None where taste orders nothing."""

    signal: Signal
    weight: float | None

    @property
    def kind(self) -> str:
        return str(KINDS[Kind(self.signal.kind)])

    @property
    def is_faint(self) -> bool:
        return bool(self.weight) and abs(self.weight or 0) < FAINT

    @property
    def bulbs(self) -> tuple[str, str]:
        """(lit, dark), one letter each."""
        lit = min(N_BULBS, round(abs(self.weight or 0) / BRIGHTEST * N_BULBS) or int(bool(self.weight)))
        return "●" * lit, "○" * (N_BULBS - lit)


@never_cache
@require_safe
def taste(request: HttpRequest) -> HttpResponse:
    return shown(request)


def shown(request: HttpRequest, *, status: int = 200, import_error: str = "", holds: str = "") -> HttpResponse:
    """The page. import_error: why a file was not imported; holds: what the form said that it holds."""
    visitor = visitor_of(request)
    mine = _signals(visitor)
    counts = dict(mine.order_by().values_list("kind").annotate(n=Count("pk")))
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    said = mine.filter(kind=kind) if kind else mine
    page = Paginator(said.select_related("title", "imported"), PAGE_SIZE).get_page(request.GET.get("page"))
    weights = _weights(visitor)
    hidden_titles, n_hidden = _hidden_titles(visitor)
    context = {
        "page": page,
        "lines": [Line(signal, _weight(weights, signal)) for signal in page.object_list],
        "kinds": [(value, words, counts[value]) for value, words in KINDS.items() if value in counts],
        "kind": kind,
        "n_signals": sum(counts.values()),
        "hidden": hidden_titles,
        "n_hidden": n_hidden,
        "imports": signals.imports_of(visitor.owner) if visitor.owner else (),
        "import_error": import_error,
        "holds": holds,
        "here": request.get_full_path() if request.method == "GET" else reverse("taste"),
        "address_of_pages": f"?kind={kind}&page=" if kind else "?page=",
        **_wishes(request, visitor),
    }
    return remember(render(request, "recommender/taste.html", context, status=status), visitor)


@never_cache
@require_safe
def hidden(request: HttpRequest) -> HttpResponse:
    """Every title that lists leave out, the last said first."""
    visitor = visitor_of(request)
    page = Paginator(_hidden(visitor), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "here": request.get_full_path(), "address_of_pages": "?page="}
    return remember(render(request, "recommender/hidden.html", context), visitor)


@require_POST
@of_its_reader("taste")
def change(request: HttpRequest, signal_id: UUID) -> HttpResponse:
    """Mute, count again or delete one signal. Another person's is answered like one that never was."""
    visitor = visitor_of(request)
    back = undoing.way_back(request, "taste")
    signal = _signals(visitor).select_related("title", "imported").filter(pk=signal_id).first()
    if signal is None:
        return undoing.gone(request, back)
    owner, action = _owner(visitor), request.POST.get("action")
    if action in ("mute", "unmute"):
        signals.mute(owner, signal_id, is_muted=action == "mute")
        signal.is_muted = action == "mute"
        if request.htmx:  # type: ignore[attr-defined]
            line = Line(signal, _weight(_weights(visitor), signal))
            return render(request, "recommender/_signal.html", {"line": line, "here": back})
        messages.success(request, _muted(signal))
    elif action == "delete":
        signals.forget(owner, [signal_id])
        sentence = _("“%(title)s” (%(kind)s) is deleted.") % {
            "title": signal.title.name,
            "kind": KINDS[Kind(signal.kind)],
        }
        token = undoing.token(owner, [signal])
        if request.htmx:  # type: ignore[attr-defined]
            context = {"sentence": sentence, "token": token, "back": back, "undo_id": f"undo-{signal_id}"}
            return render(request, "recommender/_signal_gone.html", context)
        undoing.offer(request, sentence, token, back)
    else:
        messages.error(request, _("That did not reach us whole, and nothing was changed. Please try once more."))
    return undoing.see_again(request, back)


@require_POST
@of_its_reader("taste")
def show_again(request: HttpRequest) -> HttpResponse:
    """Take back what keeps a title out of lists: "not for me" and "seen"."""
    film = get_object_or_404(Title.objects.all(), external_id=storable(request.POST.get("title", "")))
    visitor = visitor_of(request)
    back = undoing.way_back(request, "taste")
    said = list(_signals(visitor).filter(title=film, kind__in=signals.HIDDEN, is_muted=False))
    if not said:
        messages.info(request, _("Lists may show “%(title)s” already, so nothing changed.") % {"title": film.name})
        return undoing.see_again(request, back)
    signals.forget(_owner(visitor), [signal.pk for signal in said])
    sentence = _("Lists may show “%(title)s” again.") % {"title": film.name}
    undoing.offer(request, sentence, undoing.token(_owner(visitor), said), back)
    return undoing.see_again(request, back)


@require_POST
@of_its_reader("taste")
def undo(request: HttpRequest) -> HttpResponse:
    """Put back what was taken away on a page of the visitor's."""
    visitor = visitor_of(request)
    forgotten = undoing.forgotten(visitor.owner, request.POST.get("token", "")) if visitor.owner else []
    back = undoing.way_back(request, "taste")
    if not forgotten:
        messages.error(
            request, _("That can no longer be undone here: it is too long ago, or this is another browser.")
        )
    elif signals.restore(_owner(visitor), forgotten):
        messages.success(request, _("It is back as it was."))
    else:
        messages.info(request, _("You have said something newer of it since, and that stays."))
    return undoing.see_again(request, back)


@require_POST
@of_its_reader("taste")
def preferences(request: HttpRequest) -> HttpResponse:
    """One wish at a time: personalise or learning on or off, or the strength of taste."""
    visitor = visitor_of(request)
    changes: dict[str, bool | float] = {
        name: request.POST[name] == "on" for name in SWITCHES if request.POST.get(name) in ("on", "off")
    }
    if request.POST.get("strength") in dict(STRENGTHS):
        changes["strength"] = float(request.POST["strength"])
    if not changes or visitor.owner is None:
        messages.error(request, _("That did not reach us whole, and nothing was changed. Please try once more."))
    else:
        signals.set_preferences(visitor.owner, **changes)
        messages.success(request, _("Noted. It holds from the next page on."))
    return remember(HttpResponseRedirect(reverse("taste") + "#wishes"), visitor)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_its_reader("taste")
def reset(request: HttpRequest) -> HttpResponse:
    """Asks first, says what would go, and does it when told so."""
    visitor = visitor_of(request)
    if request.method == "POST":
        n = signals.reset(visitor.owner) if visitor.owner else 0
        messages.success(
            request,
            ngettext("%(n)d thing that you said is deleted.", "%(n)d things that you said are deleted.", n) % {"n": n}
            if n
            else _("There was nothing to delete any more."),
        )
        return remember(HttpResponseRedirect(reverse("taste")), visitor)
    n_imports = signals.imports_of(visitor.owner).count() if visitor.owner else 0
    context = {"n_signals": _signals(visitor).count(), "n_imports": n_imports}
    return remember(render(request, "recommender/taste_reset.html", context), visitor)


def _owner(visitor: Visitor) -> Owner:
    if visitor.owner is None:
        raise Http404
    return visitor.owner


def _signals(visitor: Visitor) -> Any:
    return signals.signals_of(visitor.owner) if visitor.owner else Signal.objects.none()


def _hidden(visitor: Visitor) -> Any:
    """One signal for each title that lists leave out."""
    titles = _signals(visitor).filter(kind__in=signals.HIDDEN, is_muted=False)
    newest = titles.order_by("title_id", "-said", "-pk").distinct("title_id").values("pk")
    return titles.filter(pk__in=newest)


def _hidden_titles(visitor: Visitor) -> tuple[list[Signal], int]:
    """The newest few, and how many there are."""
    few = list(_hidden(visitor)[: N_HIDDEN + 1])
    return few[:N_HIDDEN], len(few) if len(few) <= N_HIDDEN else _hidden(visitor).count()


def _weights(visitor: Visitor) -> dict[UUID, float] | None:
    """What each signal counts for now, faded by its age and by what was chosen since; None where taste is off.

    Signals that are not named count for nothing: muted, too old, or outweighed by an opinion on the same title.
    """
    if not visitor.personalise or not visitor.strength:
        return None
    try:
        mine = personal.of(visitor, serving.current())
    except serving.NotReady:
        return None
    if mine is None:
        return {}
    weights = (mine.taste.pull - mine.taste.push).tolist()
    return {mine.said[place].pk: weight for place, weight in zip(mine.taste.places.tolist(), weights, strict=True)}


def _weight(weights: dict[UUID, float] | None, signal: Signal) -> float | None:
    return None if weights is None else weights.get(signal.pk, 0.0)


def _wishes(request: HttpRequest, visitor: Visitor) -> dict[str, Any]:
    """How the visitor is served. A browser that asks for privacy switches both off, and what was set stays set."""
    kept = signals.preferences_of(visitor.owner) if visitor.owner else None
    nearest = min(STRENGTHS, key=lambda choice: abs(float(choice[0]) - visitor.strength))[0]
    return {
        "personalise": (kept.personalise if kept else True) and not asks_for_privacy(request),
        "may_teach": visitor.may_teach,
        "strength": nearest,
        "strengths": STRENGTHS,
        "asks_for_privacy": asks_for_privacy(request),
        "is_robot": visitor.is_robot,
    }


def _muted(signal: Signal) -> str:
    facts = {"title": signal.title.name}
    if signal.is_muted:
        return _("“%(title)s” is muted: it stays here and counts for nothing.") % facts
    return _("“%(title)s” counts again.") % facts
