"""Small planted catalogues with known answers."""

from collections.abc import Sequence

import numpy as np

from catalog.models import CatalogRevision, Credit, Genre, Person, Title
from recommender.ml.composition import TitleText
from recommender.ml.content import content_vectors
from recommender.ml.encoder import HashingEncoder
from recommender.ml.index import CatalogIndex
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import ModelConfig, ModelState

FILMS = [
    TitleText("Inception", year=2010, genres=["Sci-Fi", "Thriller"], directors=["Christopher Nolan"],
              description="A thief enters dreams to plant an idea inside the mind of an heir."),
    TitleText("The Godfather", year=1972, genres=["Crime", "Drama"], directors=["Francis Ford Coppola"],
              description="The ageing head of a mafia family hands his empire to his reluctant son."),
    TitleText("Amélie", year=2001, genres=["Comedy", "Romance"], directors=["Jean-Pierre Jeunet"],
              description="A shy waitress in Paris quietly changes the lives of people around her."),
    TitleText("Alien", year=1979, genres=["Horror", "Sci-Fi"], directors=["Ridley Scott"],
              description="The crew of a space freighter is hunted by a creature it took on board."),
    TitleText("Ocean's Eleven", year=2001, genres=["Crime", "Comedy"], directors=["Steven Soderbergh"],
              description="Eleven thieves plan a heist of three casinos in a single night."),
    TitleText("Gravity", year=2013, genres=["Sci-Fi", "Drama"], directors=["Alfonso Cuarón"],
              description="Two astronauts drift in space after debris destroys their shuttle."),
    TitleText("Rocky II", year=1979, genres=["Drama", "Sport"], directors=["Sylvester Stallone"],
              description="A boxer gets a second chance at the title against the champion."),
    TitleText("Brief Encounter", year=1945, genres=["Drama", "Romance"], directors=["David Lean"],
              description="Two married strangers fall in love in a railway station."),
    TitleText("The A-Team", year=2010, genres=["Action"], directors=["Joe Carnahan"],
              description="Four soldiers clear their name after a crime they did not commit."),
    TitleText("Heat", year=1995, genres=["Crime", "Thriller"], directors=["Michael Mann"],
              description="A detective hunts a crew of professional thieves after a heist in Los Angeles."),
]  # fmt: skip
# Every kind of fact to filter by; namesakes, a second listing, another script, a name of signs, one without facts.
LIBRARY = [
    *FILMS,
    TitleText("Parasite", year=2019, genres=["Drama", "Thriller"], countries=["South Korea"], languages=["Korean"],
              runtime_minutes=132, maturity="R", directors=["Bong Joon-ho"], cast=["Song Kang-ho", "Choi Woo-shik"],
              description="A poor family schemes its way into the household of a rich one."),
    TitleText("Okja", year=2017, genres=["Adventure", "Drama"], countries=["South Korea", "United States"],
              languages=["Korean", "English"], runtime_minutes=120, maturity="TV-MA", directors=["Bong Joon-ho"],
              cast=["Tilda Swinton"], description="A girl from the mountains saves her giant pig from a company."),
    TitleText("Seven Samurai", original_name="七人の侍", year=1954, genres=["Action", "Drama"], countries=["Japan"],
              languages=["Japanese"], runtime_minutes=207, directors=["Akira Kurosawa"], cast=["Toshirō Mifune"],
              description="Seven swordsmen defend a village of farmers against bandits."),
    TitleText("Dark", kind="show", year=2017, genres=["Sci-Fi", "Mystery"], countries=["Germany"],
              languages=["German"], runtime_minutes=60, maturity="TV-MA", directors=["Baran bo Odar"],
              description="Children vanish in a town where a cave leads through time."),
    TitleText("The Office", kind="show", year=2001, genres=["Comedy"], countries=["United Kingdom"],
              languages=["English"], runtime_minutes=30, directors=["Ricky Gervais"], cast=["Ricky Gervais"],
              description="A manager of a paper merchant embarrasses his staff in front of a camera."),
    TitleText("The Office", kind="show", year=2005, genres=["Comedy"], countries=["United States"],
              languages=["English"], runtime_minutes=22, cast=["Steve Carell"],
              description="Clerks of a paper company are filmed at work."),
    TitleText("Heat", year=1995, genres=["Crime"], countries=["United States"], runtime_minutes=170,
              description="Another listing: a detective and a thief meet over coffee."),
    TitleText("Airplane!", year=1980, genres=["Comedy"], countries=["United States"], languages=["English"],
              runtime_minutes=88, maturity="PG", description="The crew of a plane eats fish and falls ill."),
    TitleText("War and Peace", year=1966, genres=["Drama", "War"], countries=["Soviet Union"], languages=["Russian"],
              runtime_minutes=431, directors=["Sergei Bondarchuk"],
              description="Families of Moscow live through the war against Napoleon."),
    TitleText("$", year=1971, genres=["Crime", "Comedy"], countries=["United States"], runtime_minutes=121,
              description="A security expert robs the bank that he guards."),
    TitleText("1984", year=1984, genres=["Drama", "Sci-Fi"], countries=["United Kingdom"], languages=["English"],
              runtime_minutes=113, maturity="R", description="A clerk falls in love under a party that sees it all."),
    TitleText("Untold"),
]  # fmt: skip
POPULARITY = [float(1000 - 90 * place) for place in range(len(FILMS))]


def snapshot(films: Sequence[TitleText] = FILMS, *, version: int = 0, state: ModelState | None = None) -> Snapshot:
    """A world without a database: title ids are 101, 102, … in the order of the films."""
    encoder = HashingEncoder()
    index = CatalogIndex.build(
        range(101, 101 + len(films)),
        films,
        content_vectors(films, encoder.encode),
        POPULARITY[: len(films)] + [1.0] * (len(films) - len(POPULARITY)),
    )
    return Snapshot(version, index, state or ModelState.untrained(ModelConfig()), encoder)


def crowded(n: int, dimension: int = 384, seed: int = 0) -> np.ndarray:
    """float32[n, dimension], unit rows, as of real texts: a few directions hold most of what tells them apart."""
    draw = np.random.default_rng(seed)
    vectors = draw.standard_normal((n, dimension)) * np.linspace(1, 0.05, dimension) ** 3
    turned = vectors @ np.linalg.qr(draw.standard_normal((dimension, dimension)))[0]
    return np.asarray(turned / np.linalg.norm(turned, axis=1, keepdims=True), np.float32)


def plant(films: Sequence[TitleText] = FILMS) -> list[Title]:
    """The same world as rows: external ids f1, f2, …; the catalogue revision moves."""
    titles = []
    for number, film in enumerate(films, start=1):
        title = Title.objects.create(
            external_id=f"f{number}",
            name=film.name,
            kind=film.kind,
            year=film.year,
            description=film.description,
            popularity=POPULARITY[number - 1] if number <= len(POPULARITY) else None,
        )
        for genre in film.genres:
            title.genres.add(Genre.objects.get_or_create(name=genre)[0])
        for order, name in enumerate(film.directors):
            person = Person.objects.get_or_create(name=name)[0]
            Credit.objects.create(title=title, person=person, role=Credit.Role.DIRECTOR, order=order)
        titles.append(title)
    Title.objects.all().refresh_content_hashes()
    CatalogRevision.bump()
    return titles
