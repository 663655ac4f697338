"""The first page: what to watch for somebody who has not asked yet, and three favourites to begin with."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.event_log import Visitor
from catalog.models import Title
from recommender import services
from recommender.presenting.forms import WelcomeForm
from recommender.presenting.readers import of_its_reader
from recommender.services import welcome
from recommender.visitors import remember, visitor_of

# In each language what the catalogue answers well: a translation is another example, not the same words.
EXAMPLES = (
    pgettext_lazy("example of a search", "Inception"),
    pgettext_lazy("example of a search", "the god father"),
    pgettext_lazy("example of a search", "space adventure"),
    pgettext_lazy("example of a search", "romantic drama"),
    pgettext_lazy("example of a search", "heist that goes wrong"),
)
N_ASKED_FOR = 3


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    asks_to_pick = request.GET.get("pick") == "1"
    served = services.home(
        visitor,
        with_favourites=visitor.personalise and (asks_to_pick or not visitor.is_welcomed),
        enough=None if asks_to_pick else N_ASKED_FOR,
    )
    context = {
        "rows": served.rows,
        "examples": EXAMPLES,
        "favourites": served.favourites if len(served.favourites) >= N_ASKED_FOR else [],
        "asks_to_pick": asks_to_pick,
        "knows_some": served.n_loved > 0,
        "form_id": uuid4(),
    }
    return remember(render(request, "recommender/home.html", context), visitor)


@require_POST
@of_its_reader("home")
def pick(request: HttpRequest) -> HttpResponse:
    """Favourites, or none. Works without scripts; sent again it does nothing more."""
    visitor, form = visitor_of(request), WelcomeForm(request.POST)
    if "skip" in request.POST:
        welcome.put_aside(visitor)
        return remember(HttpResponseRedirect(reverse("home")), visitor)
    titles = (
        list(Title.objects.published().filter(external_id__in=form.cleaned_data["pick"])) if form.is_valid() else []
    )
    if not titles:
        messages.info(request, gettext("Tick a film that you love, or choose “Not now”."))
        return remember(HttpResponseRedirect(reverse("home") + "?pick=1"), visitor)
    welcome.pick(titles, form.cleaned_data["form_id"], visitor)
    messages.success(request, _thanks(len(titles), visitor))
    return remember(HttpResponseRedirect(reverse("home")), visitor)


def _thanks(n: int, visitor: Visitor) -> str:
    """What really becomes of them."""
    if visitor.owner is None:
        return gettext("Your browser says that it is a robot, so nothing was kept.")
    if not visitor.personalise or not visitor.strength:
        return gettext(
            "Thank you, they are kept. Nothing here follows them while your taste is switched off, by you or by your"
            " browser’s Global Privacy Control."
        )
    said = ngettext(
        "Thank you. What is for you begins with that film.",
        "Thank you. What is for you begins with these %(n)d films.",
        n,
    )
    return said % {"n": n}
