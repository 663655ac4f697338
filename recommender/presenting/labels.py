"""Genres, countries, languages and origins in the reader's language; addresses and forms keep what is stored.

What the vocabulary of facts does not know is shown as the catalogue spells it.
"""

from dataclasses import replace

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from recommender.answers import naming
from recommender.ml.facts.vocabulary import LANGUAGES, country_of, genres_of, language_of
from recommender.ml.query.understanding import Chip

_GENRES = frozenset((
    _("Action"), _("Adventure"), _("Animation"), _("Anime"), _("Anthology"), _("Arthouse"), _("Arts"),
    _("Biography"), _("Classic"), _("Comedy"), _("Coming of age"), _("Crime"), _("Cult"), _("Dance"),
    _("Disaster"), _("Documentary"), _("Drama"), _("Faith"), _("Family"), _("Fantasy"), _("Film noir"),
    _("Fitness"), _("Game show"), _("History"), _("Horror"), _("Independent"), _("International"), _("LGBTQ"),
    _("Lifestyle"), _("Medical"), _("Melodrama"), _("Music"), _("Musical"), _("Mystery"), _("Nature"), _("News"),
    _("Parody"), _("Reality"), _("Romance"), _("Sci-Fi"), _("Science"), _("Short"), _("Soap opera"),
    _("Special interest"), _("Sport"), _("Spy"), _("Stand-up"), _("Superhero"), _("Survival"), _("TV movie"),
    _("Talk show"), _("Teen"), _("Thriller"), _("Travel"), _("Variety"), _("War"), _("Western"),
))  # fmt: skip
_COUNTRIES = frozenset((
    _("Afghanistan"), _("Albania"), _("Algeria"), _("Angola"), _("Argentina"), _("Armenia"), _("Australia"),
    _("Austria"), _("Azerbaijan"), _("Bahamas"), _("Bangladesh"), _("Belarus"), _("Belgium"), _("Bhutan"),
    _("Bolivia"), _("Bosnia and Herzegovina"), _("Botswana"), _("Brazil"), _("Bulgaria"), _("Burkina Faso"),
    _("Cambodia"), _("Cameroon"), _("Canada"), _("Chile"), _("China"), _("Colombia"), _("Costa Rica"),
    _("Croatia"), _("Cuba"), _("Cyprus"), _("Czech Republic"), _("Czechoslovakia"),
    _("Democratic Republic of the Congo"), _("Denmark"), _("Dominican Republic"), _("Ecuador"), _("Egypt"),
    _("Estonia"), _("Ethiopia"), _("Finland"), _("France"), _("Georgia"), _("Germany"), _("Ghana"), _("Greece"),
    _("Guatemala"), _("Haiti"), _("Hong Kong"), _("Hungary"), _("Iceland"), _("India"), _("Indonesia"), _("Iran"),
    _("Iraq"), _("Ireland"), _("Israel"), _("Italy"), _("Ivory Coast"), _("Jamaica"), _("Japan"), _("Jordan"),
    _("Kazakhstan"), _("Kenya"), _("Kosovo"), _("Kuwait"), _("Laos"), _("Latvia"), _("Lebanon"), _("Libya"),
    _("Liechtenstein"), _("Lithuania"), _("Luxembourg"), _("Malawi"), _("Malaysia"), _("Mali"), _("Malta"),
    _("Mauritania"), _("Mexico"), _("Moldova"), _("Monaco"), _("Mongolia"), _("Montenegro"), _("Morocco"),
    _("Mozambique"), _("Myanmar"), _("Namibia"), _("Nepal"), _("Netherlands"), _("New Zealand"), _("Nicaragua"),
    _("Nigeria"), _("North Korea"), _("North Macedonia"), _("Norway"), _("Pakistan"), _("Palestine"), _("Panama"),
    _("Paraguay"), _("Peru"), _("Philippines"), _("Poland"), _("Portugal"), _("Puerto Rico"), _("Qatar"),
    _("Romania"), _("Russia"), _("Rwanda"), _("Saudi Arabia"), _("Senegal"), _("Serbia"),
    _("Serbia and Montenegro"), _("Singapore"), _("Slovakia"), _("Slovenia"), _("Somalia"), _("South Africa"),
    _("South Korea"), _("Soviet Union"), _("Spain"), _("Sri Lanka"), _("Sudan"), _("Sweden"), _("Switzerland"),
    _("Syria"), _("Taiwan"), _("Tanzania"), _("Thailand"), _("Tunisia"), _("Turkey"), _("Uganda"), _("Ukraine"),
    _("United Arab Emirates"), _("United Kingdom"), _("United States"), _("Uruguay"), _("Uzbekistan"),
    _("Vatican City"), _("Venezuela"), _("Vietnam"), _("Yugoslavia"), _("Zambia"), _("Zimbabwe"),
))  # fmt: skip
_LANGUAGES = frozenset(LANGUAGES.values()).union((  # Django has words for most; these are the others
    _("Amharic"), _("Bhojpuri"), _("Cantonese"), _("Chinese"), _("Dari"), _("Dzongkha"), _("Filipino"),
    _("Gujarati"), _("Hausa"), _("Kurdish"), _("Lao"), _("Latin"), _("Maltese"), _("Mandarin"), _("Māori"),
    _("Norwegian"), _("Pashto"), _("Serbo-Croatian"), _("Sinhala"), _("Somali"), _("Tagalog"), _("Tibetan"),
    _("Wolof"), _("Xhosa"), _("Yiddish"), _("Yoruba"), _("Zulu"),
))  # fmt: skip
_ORIGINS = frozenset((  # adjectives that are no name of a language
    _("African"), _("American"), _("Arab"), _("Argentine"), _("Argentinian"), _("Asian"), _("Australian"),
    _("Austrian"), _("Belgian"), _("Bollywood"), _("Brazilian"), _("British"), _("Canadian"), _("Chilean"),
    _("Colombian"), _("Cuban"), _("Egyptian"), _("European"), _("Hollywood"), _("Indian"), _("Iranian"),
    _("Israeli"), _("Latin American"), _("Lebanese"), _("Mexican"), _("Moroccan"), _("Nigerian"), _("Nordic"),
    _("North Korean"), _("Pakistani"), _("Palestinian"), _("Peruvian"), _("Scandinavian"), _("Senegalese"),
    _("South African"), _("South Korean"), _("Soviet"), _("Swiss"), _("Taiwanese"), _("Tunisian"), _("Yugoslav"),
))  # fmt: skip


def of_genre(name: str) -> str:
    """However a catalogue spells it: "TV Comedies" is "Komödie" in German, and itself in English."""
    labels = genres_of(name) if _is_translated() else []
    return " · ".join(map(gettext, labels)) if labels and _GENRES.issuperset(labels) else name


def of_country(name: str) -> str:
    label = country_of(name)
    return gettext(label) if _is_translated() and label in _COUNTRIES else name


def of_language(name: str) -> str:
    label = language_of(name)
    return gettext(label) if _is_translated() and label in _LANGUAGES else name


def of_origin(name: str) -> str:
    """An adjective, "Korean"; where it has no words of its own, those of the language or the country."""
    if name in _ORIGINS:
        return gettext(name)
    return of_language(name) if language_of(name) in _LANGUAGES else of_country(name)


_OF = {  # by field of `Filters`
    "genres": of_genre,
    "any_genres": of_genre,
    "without_genres": of_genre,
    "countries": of_country,
    "languages": of_language,
    "origins": of_origin,
    "without_origins": of_origin,
}


def of_value(field: str, value: str) -> str:
    """One value by itself: "Drama", "Frankreich"."""
    return _OF[field](value) if field in _OF else value


def of_filter(field: str, value: str) -> str:
    """The filter that asks for it: "Land: Frankreich"."""
    return naming.of_value(field, of_value(field, value))


def of_chip(chip: Chip) -> str:
    """A filter that was read from the text."""
    if chip.field not in _OF or not _is_translated():
        return naming.of_chip(chip)

    def said(several: str) -> str:
        return "|".join(of_value(chip.field, one) for one in several.split("|"))

    return naming.of_chip(replace(chip, value=said(chip.value), label=said(chip.label)))


def _is_translated() -> bool:
    return not (get_language() or "en").startswith("en")
