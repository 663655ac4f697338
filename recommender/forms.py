"""What a page accepts."""

from typing import Any

from django import forms

from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.paging import MAX_DEPTH, BadCursor, Cursor
from recommender.services import PAGE_SIZE

MAX_PAGE = MAX_DEPTH // PAGE_SIZE


class SearchForm(forms.Form):
    """The search box and its paging; filters are read by `filtering`. Only the length of a text is limited."""

    q = forms.CharField(required=False, strip=True)
    page = forms.IntegerField(required=False, min_value=1, max_value=MAX_PAGE)
    cursor = forms.CharField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].validators = []  # NUL is text like any other here; the log makes it storable

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        if len(text) > MAX_QUERY_LENGTH:
            raise forms.ValidationError(
                f"That is {len(text):,} characters; a search may have up to {MAX_QUERY_LENGTH:,}."
                " A sentence or two about the film is enough."
            )
        return text

    def clean_cursor(self) -> Cursor | None:
        try:
            return Cursor.decode(self.cleaned_data["cursor"]) if self.cleaned_data["cursor"] else None
        except BadCursor as error:
            raise forms.ValidationError("These further results are not ours to continue.") from error


class FeedbackForm(forms.Form):
    """One opinion about one title, from the buttons on its page."""

    ACTIONS = ("like", "not_for_me", "seen", "watchlist_add")

    action = forms.ChoiceField(choices=[(action, action) for action in ACTIONS])
    query_id = forms.UUIDField(required=False)
    event_id = forms.UUIDField()
