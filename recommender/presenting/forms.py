"""What a page accepts."""

from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from catalog.event_log import storable
from catalog.signals import Kind
from recommender.answers.arranging import AS_JUDGED, BEST, SORTS, SURPRISES, View
from recommender.answers.paging import MAX_DEPTH, BadCursor, Cursor
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.services import PAGE_SIZE

MAX_PAGE = MAX_DEPTH // PAGE_SIZE


class SearchForm(forms.Form):
    """The search box, its paging, order and familiarity; filters are read by `filtering`.

    Of the text only the length is limited. An order or a step that there is none of is read as the plain one: an
    old link is still a search.
    """

    q = forms.CharField(required=False, strip=True)
    page = forms.CharField(required=False)
    cursor = forms.CharField(required=False)
    sort = forms.CharField(required=False, empty_value=BEST)
    surprise = forms.CharField(required=False)
    correct = forms.CharField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("q", "page", "cursor", "sort", "surprise", "correct"):
            self.fields[name].validators = []  # NUL is text like any other here; the log makes it storable

    @property
    def view(self) -> View:
        return View(
            self.cleaned_data["correct"] != "0", self.cleaned_data["sort"], self.cleaned_data["surprise"]
        )  # fmt: skip

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        if len(text) > MAX_QUERY_LENGTH:
            message = _(
                "That is %(n)s characters; a search may have up to %(most)s."
                " A sentence or two about the film is enough."
            )
            n, most = (number_format(number, force_grouping=True) for number in (len(text), MAX_QUERY_LENGTH))
            raise forms.ValidationError(message % {"n": n, "most": most})
        return text

    def clean_sort(self) -> str:
        sort: str = self.cleaned_data["sort"]
        return sort if sort in SORTS else BEST

    def clean_surprise(self) -> int:
        step = self.cleaned_data["surprise"]
        return int(step) if step in map(str, SURPRISES) else AS_JUDGED

    def clean_page(self) -> int:
        page = self.cleaned_data["page"]
        if not page:
            return 1
        if not (page.isascii() and page.isdigit() and len(page) <= 4 and 1 <= int(page) <= MAX_PAGE):
            raise forms.ValidationError(
                _("There is no such page of results: they go from 1 to %(n)d.") % {"n": MAX_PAGE}
            )
        return int(page)

    def clean_cursor(self) -> Cursor | None:
        try:
            return Cursor.decode(self.cleaned_data["cursor"]) if self.cleaned_data["cursor"] else None
        except BadCursor as error:
            raise forms.ValidationError(_("These further results are not ours to continue.")) from error


class FeedbackForm(forms.Form):
    """One opinion of one title, from the buttons under it: exactly one of action, undo and note.

    undo: what is taken back, in one field for a button that is pressed already; the same as action=undo with `of`.
    note: why a title is not for them. before: what stood of the title until the press that is undone, as
    `undoing.token` carries it.
    """

    ACTIONS = ("like", "not_for_me", "seen", "watchlist_add", "watchlist_remove", "undo")
    TAKEN_BACK = {
        "like": (Kind.LIKE,),
        "not_for_me": (Kind.NOT_FOR_ME,),
        "seen": (Kind.SEEN,),
        "hidden": (Kind.NOT_FOR_ME, Kind.SEEN),
    }
    NOTES = {
        "genre": _("Not this kind of film"),
        "person": _("Not these people"),
        "seen": _("Already seen"),
        "mood": _("Not in the mood"),
    }

    action = forms.ChoiceField(choices=[(action, action) for action in ACTIONS], required=False)
    of = forms.ChoiceField(choices=[(kind, kind) for kind in TAKEN_BACK], required=False)
    undo = forms.ChoiceField(choices=[(kind, kind) for kind in TAKEN_BACK], required=False)
    note = forms.ChoiceField(choices=list(NOTES.items()), required=False)
    query_id = forms.UUIDField(required=False)
    event_id = forms.UUIDField()
    before = forms.CharField(required=False, max_length=2_000)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        if sum(bool(said.get(name)) for name in ("action", "undo", "note")) != 1:
            raise forms.ValidationError(_("One opinion at a time."))
        if said.get("undo"):
            said |= {"action": "undo", "of": said["undo"]}
        return said

    @property
    def takes_back(self) -> tuple[Kind, ...]:
        """What an undo is of; empty for everything."""
        return self.TAKEN_BACK.get(self.cleaned_data["of"], ())


class WelcomeForm(forms.Form):
    """Favourites to begin with. pick: external ids, one parameter each; form_id: made with the page."""

    MOST = 50

    pick = forms.Field(required=False, widget=forms.MultipleHiddenInput)
    form_id = forms.UUIDField()

    def clean_pick(self) -> list[str]:
        return [storable(external_id) for external_id in self.cleaned_data["pick"] or []][: self.MOST]
