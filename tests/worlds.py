"""Small planted catalogues with known answers."""

from collections.abc import Sequence

from catalog.models import CatalogRevision, Credit, Genre, Person, Title
from recommender.ml.composition import TitleText, embedding_text
from recommender.ml.encoder import HashingEncoder
from recommender.ml.engine import Snapshot
from recommender.ml.index import CatalogIndex
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
POPULARITY = [float(1000 - 90 * place) for place in range(len(FILMS))]


def snapshot(films: Sequence[TitleText] = FILMS, *, version: int = 0, state: ModelState | None = None) -> Snapshot:
    """A world without a database: title ids are 101, 102, … in the order of the films."""
    encoder = HashingEncoder()
    index = CatalogIndex.build(
        range(101, 101 + len(films)),
        films,
        encoder.encode([embedding_text(film) for film in films]),
        POPULARITY[: len(films)] + [1.0] * (len(films) - len(POPULARITY)),
    )
    return Snapshot(version, index, state or ModelState.untrained(ModelConfig()), encoder)


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
