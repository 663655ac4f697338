"""A browser's history joins the account that signs in, exactly, and is parted again exactly."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog import signals
from catalog.models import HistoryJoin, SearchEvent, TasteImport, Title
from catalog.signals import Kind, Owner, Said
from recommender.accounts import joining
from tests.recommender.browsing import another, client_of, guest_of, history, sign_in, sign_up, state, text_of, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(standing_world: list[Title]) -> Client:
    return another()


def account(name: str = "Anna") -> Owner:
    return Owner(User.objects.get(username=name).pk, None)


def test_it_works(browser: Client, standing_world: list[Title]) -> None:
    client_id = history(browser, standing_world[0])
    sign_up(browser)
    (joined,) = HistoryJoin.objects.all()
    assert joined.client_id == client_id
    assert (joined.counts["searches"], joined.counts["interactions"], joined.counts["signals"]) == (1, 1, 1)
    assert not SearchEvent.objects.filter(user=None).exists()
    assert [signal.title for signal in signals.signals_of(account())] == [standing_world[0]]
    page = browser.get(reverse("account"))
    assert "What this browser had told us is now part of your account. Was it not you? Undo" in text_of(page)
    assert "1 list · 1 step · 1 opinion" in text_of(page)
    assert url_of(browser.post(reverse("part-history", args=[joined.pk]))) == reverse("account") + "#joined"
    assert not signals.signals_of(account()).exists()
    assert [signal.title for signal in signals.signals_of(Owner(None, client_id))] == [standing_world[0]]
    assert SearchEvent.objects.filter(user=None, client_id=client_id).count() == 1


def test_undoing_leaves_everything_as_it_was(browser: Client, standing_world: list[Title]) -> None:
    first, second, third, fourth = standing_world[:4]
    mine, other = another(), browser
    sign_up(mine)
    history(mine, first, second)
    signals.say(account(), Said(third.pk, Kind.NOT_FOR_ME), Said(fourth.pk, Kind.RATING, 4.0))
    client_id = history(other, first, third)
    guest = Owner(None, client_id)
    brought = TasteImport.objects.create(service="imdb", file_name="ratings.csv", **guest.columns)
    signals.bring(guest, brought, [Said(fourth.pk, Kind.RATING, 2.0), Said(second.pk, Kind.RATING, 1.0)])
    signals.set_preferences(guest, learning=False, strength=2.0)
    before = state()
    sign_in(other)
    kinds = {(s.title_id, s.kind): s for s in signals.signals_of(account())}
    assert kinds[third.pk, "not_for_me"], "the account's word stays"
    assert (third.pk, "like") not in kinds
    assert kinds[fourth.pk, "rating"].value == 4.0
    assert kinds[second.pk, "rating"].value == 1.0
    assert not signals.preferences_of(account()).learning
    other.post(reverse("part-history", args=[HistoryJoin.objects.get().pk]))
    assert state() == before


def test_what_was_said_again_since_stays_with_the_account(browser: Client, standing_world: list[Title]) -> None:
    client_id = history(browser, *standing_world[:2])
    sign_up(browser)
    signals.say(account(), Said(standing_world[0].pk, Kind.LIKE))
    signals.set_preferences(account(), strength=0.5)
    joining.part(User.objects.get(), HistoryJoin.objects.get().pk)
    assert [signal.title for signal in signals.signals_of(account())] == [standing_world[0]]
    assert [signal.title for signal in signals.signals_of(Owner(None, client_id))] == [standing_world[1]]
    assert signals.preferences_of(account()).strength == 0.5


def test_switches_of_an_account_are_its_own(browser: Client, standing_world: list[Title]) -> None:
    sign_up(another())
    signals.set_preferences(account(), strength=0.5)
    history(browser)
    signals.set_preferences(guest_of(browser), strength=2.0)
    sign_in(browser)
    assert signals.preferences_of(account()).strength == 0.5
    joining.part(User.objects.get(), HistoryJoin.objects.get().pk)
    assert signals.preferences_of(account()).strength == 0.5


def test_a_browser_without_a_history_joins_nothing(browser: Client) -> None:
    sign_up(browser)
    assert not HistoryJoin.objects.exists()
    assert "What this browser" not in text_of(browser.get("/"))


def test_joining_twice_and_parting_twice_do_it_once(browser: Client, standing_world: list[Title]) -> None:
    client_id = history(browser, standing_world[0])
    sign_up(browser)
    user = User.objects.get()
    assert joining.join(client_id, user) is None
    joined = HistoryJoin.objects.get()
    assert joining.part(user, joined.pk) is not None
    assert joining.part(user, joined.pk) is None
    assert "was parted already" in text_of(browser.post(reverse("part-history", args=[joined.pk]), follow=True))


def test_nobody_parts_what_is_anothers(browser: Client, standing_world: list[Title]) -> None:
    history(browser, standing_world[0])
    sign_up(browser)
    mallory = another()
    sign_up(mallory, "Mallory")
    mallory.post(reverse("part-history", args=[HistoryJoin.objects.get().pk]))
    assert HistoryJoin.objects.get().undone is None
    assert url_of(another().post(reverse("part-history", args=[1]))).startswith(reverse("sign-in"))


def test_the_next_person_at_the_browser_finds_nothing(browser: Client, standing_world: list[Title]) -> None:
    before = history(browser, standing_world[0])
    sign_up(browser)
    signed_in = client_of(browser)
    history(browser, standing_world[1])
    browser.post(reverse("sign-out"))
    assert client_of(browser) not in (before, signed_in)
    assert not signals.signals_of(guest_of(browser)).exists()
    sign_up(browser, "Ben")
    assert not signals.signals_of(account("Ben")).exists()
    assert not SearchEvent.objects.filter(user__username="Ben").exists()


def test_who_undid_the_join_finds_the_browsers_history_after_signing_out(
    browser: Client, standing_world: list[Title]
) -> None:
    before = history(browser, standing_world[0])
    sign_up(browser)
    browser.post(reverse("part-history", args=[HistoryJoin.objects.get().pk]))
    browser.post(reverse("sign-out"))
    assert client_of(browser) == before
    sign_in(browser)
    assert HistoryJoin.objects.filter(undone=None).count() == 1
    assert [signal.title for signal in signals.signals_of(account())] == [standing_world[0]]


def test_transaction_ids_stay_so_that_nothing_is_learnt_twice(browser: Client, standing_world: list[Title]) -> None:
    history(browser, standing_world[0])
    before = sorted(SearchEvent.objects.values_list("pk", "xid"))
    sign_up(browser)
    assert sorted(SearchEvent.objects.values_list("pk", "xid")) == before


def test_robots_join_nothing(standing_world: list[Title]) -> None:
    robot = Client(headers={"User-Agent": "Googlebot/2.1"})
    robot.get("/search/", {"q": "godfather"})
    sign_up(robot)
    assert not HistoryJoin.objects.exists()
