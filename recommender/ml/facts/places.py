"""Countries and the adjectives of origin that people type, each brought to one label.

The tables are names only: they do not know what a catalogue holds. Countries that no longer exist keep
their label where films were made under it ("Soviet Union"); both Germanies are Germany.
"""

from recommender.ml.facts.languages import LANGUAGES
from recommender.ml.names.folding import fold

# country | adjectives | other names | languages meant by the adjective
_COUNTRIES = """
Afghanistan | afghan | | Dari, Pashto
Albania | albanian | | Albanian
Algeria | algerian | |
Angola | angolan | |
Argentina | argentine, argentinian, argentinean | argentine republic |
Armenia | armenian | | Armenian
Australia | australian, aussie | |
Austria | austrian | |
Azerbaijan | azerbaijani | | Azerbaijani
Bahamas | bahamian | the bahamas |
Bangladesh | bangladeshi | | Bengali
Belarus | belarusian | | Belarusian
Belgium | belgian | |
Bhutan | bhutanese | | Dzongkha
Bolivia | bolivian | |
Bosnia and Herzegovina | bosnian | bosnia | Bosnian
Botswana | | |
Brazil | brazilian | brasil |
Bulgaria | bulgarian | | Bulgarian
Burkina Faso | burkinabe | |
Cambodia | cambodian | | Khmer
Cameroon | cameroonian | |
Canada | canadian | |
Chile | chilean | |
China | chinese | prc, peoples republic of china, mainland china | Chinese, Mandarin, Cantonese
Colombia | colombian | |
Costa Rica | costa rican | |
Croatia | croatian | | Croatian, Serbo-Croatian
Cuba | cuban | |
Cyprus | cypriot | |
Czech Republic | czech | czechia | Czech
Czechoslovakia | czechoslovak, czechoslovakian | |
Democratic Republic of the Congo | congolese | congo, dr congo, drc |
Denmark | danish | | Danish
Dominican Republic | dominican | |
Ecuador | ecuadorian | |
Egypt | egyptian | |
Estonia | estonian | | Estonian
Ethiopia | ethiopian | | Amharic
Finland | finnish | | Finnish
France | french | | French
Georgia | georgian | | Georgian
Germany | german | west germany, east germany, federal republic of germany, gdr, deutschland | German
Ghana | ghanaian | |
Greece | greek | | Greek
Guatemala | guatemalan | |
Haiti | haitian | |
Hong Kong | hong kong, hongkong | british hong kong, hong kong sar china | Cantonese
Hungary | hungarian | | Hungarian
Iceland | icelandic | | Icelandic
India | indian | bharat | Hindi, Tamil, Telugu, Malayalam, Kannada, Bengali, Marathi, Punjabi, Gujarati
Indonesia | indonesian | | Indonesian
Iran | iranian, persian | islamic republic of iran, persia | Persian
Iraq | iraqi | |
Ireland | irish | republic of ireland, eire | Irish
Israel | israeli | | Hebrew
Italy | italian | kingdom of italy, italia | Italian
Ivory Coast | ivorian | cote d ivoire, cote divoire |
Jamaica | jamaican | |
Japan | japanese | nippon | Japanese
Jordan | jordanian | |
Kazakhstan | kazakh | | Kazakh
Kenya | kenyan | |
Kosovo | kosovan | |
Kuwait | kuwaiti | |
Laos | laotian | lao | Lao
Latvia | latvian | | Latvian
Lebanon | lebanese | |
Libya | libyan | |
Liechtenstein | | |
Lithuania | lithuanian | | Lithuanian
Luxembourg | luxembourgish | |
Malawi | malawian | |
Malaysia | malaysian | | Malay
Mali | malian | |
Malta | maltese | | Maltese
Mauritania | mauritanian | |
Mexico | mexican | |
Moldova | moldovan | |
Monaco | | |
Mongolia | mongolian | | Mongolian
Montenegro | montenegrin | |
Morocco | moroccan | |
Mozambique | mozambican | |
Myanmar | burmese | burma | Burmese
Namibia | namibian | |
Nepal | nepali, nepalese | | Nepali
Netherlands | dutch | the netherlands, holland | Dutch
New Zealand | kiwi | nz, aotearoa | Māori
Nicaragua | nicaraguan | |
Nigeria | nigerian, nollywood | | Yoruba, Igbo, Hausa
North Korea | north korean | dprk |
North Macedonia | macedonian | macedonia, republic of macedonia | Macedonian
Norway | norwegian | | Norwegian
Pakistan | pakistani | | Urdu
Palestine | palestinian | occupied palestinian territory, palestinian territory, state of palestine |
Panama | panamanian | |
Paraguay | paraguayan | |
Peru | peruvian | |
Philippines | filipino, philippine | the philippines | Filipino, Tagalog
Poland | polish | | Polish
Portugal | portuguese | | Portuguese
Puerto Rico | puerto rican | |
Qatar | qatari | |
Romania | romanian | | Romanian
Russia | russian | russian federation | Russian
Rwanda | rwandan | |
Saudi Arabia | saudi, saudi arabian | ksa |
Senegal | senegalese | | Wolof
Serbia | serbian | | Serbian, Serbo-Croatian
Serbia and Montenegro | | |
Singapore | singaporean | |
Slovakia | slovak, slovakian | slovak republic | Slovak
Slovenia | slovenian, slovene | | Slovenian
Somalia | somali | | Somali
South Africa | south african | | Afrikaans, Zulu, Xhosa
South Korea | korean, south korean | korea, republic of korea, korea south | Korean
Soviet Union | soviet | ussr, union of soviet socialist republics |
Spain | spanish | espana | Spanish
Sri Lanka | sri lankan | ceylon | Sinhala
Sudan | sudanese | |
Sweden | swedish | | Swedish
Switzerland | swiss | |
Syria | syrian | syrian arab republic |
Taiwan | taiwanese | republic of china, taiwan province of china |
Tanzania | tanzanian | |
Thailand | thai | | Thai
Tunisia | tunisian | |
Turkey | turkish | turkiye | Turkish
Uganda | ugandan | |
Ukraine | ukrainian | | Ukrainian
United Arab Emirates | emirati | uae, u a e |
United Kingdom | british, uk | uk, great britain, britain, england, scotland, wales, northern ireland |
United States | american, hollywood | usa, us, u s, u s a, united states of america, the us, america, the states |
Uruguay | uruguayan | |
Uzbekistan | uzbek | | Uzbek
Vatican City | | holy see |
Venezuela | venezuelan | |
Vietnam | vietnamese | viet nam | Vietnamese
Yugoslavia | yugoslav, yugoslavian | federal republic of yugoslavia, socialist federal republic of yugoslavia |
Zambia | zambian | |
Zimbabwe | zimbabwean | |
"""

# Origins that are no adjective of one country. Other adjectives come from the two tables above.
_REGIONS = """
arab | Algeria, Egypt, Iraq, Jordan, Kuwait, Lebanon, Morocco, Palestine, Qatar, Saudi Arabia, Syria, Tunisia,
    United Arab Emirates
african | Algeria, Angola, Botswana, Burkina Faso, Cameroon, Democratic Republic of the Congo, Egypt, Ethiopia,
    Ghana, Ivory Coast, Kenya, Libya, Malawi, Mali, Mauritania, Morocco, Mozambique, Namibia, Nigeria, Rwanda,
    Senegal, Somalia, South Africa, Sudan, Tanzania, Tunisia, Uganda, Zambia, Zimbabwe
asian | Bangladesh, Bhutan, Cambodia, China, Hong Kong, India, Indonesia, Japan, Kazakhstan, Laos, Malaysia,
    Mongolia, Myanmar, Nepal, North Korea, Pakistan, Philippines, Singapore, South Korea, Sri Lanka, Taiwan,
    Thailand, Vietnam
european | Albania, Austria, Belarus, Belgium, Bosnia and Herzegovina, Bulgaria, Croatia, Cyprus, Czech Republic,
    Czechoslovakia, Denmark, Estonia, Finland, France, Germany, Greece, Hungary, Iceland, Ireland, Italy, Kosovo,
    Latvia, Liechtenstein, Lithuania, Luxembourg, Malta, Moldova, Monaco, Montenegro, Netherlands, North Macedonia,
    Norway, Poland, Portugal, Romania, Russia, Serbia, Serbia and Montenegro, Slovakia, Slovenia, Soviet Union,
    Spain, Sweden, Switzerland, Ukraine, United Kingdom, Yugoslavia
latin american | Argentina, Bolivia, Brazil, Chile, Colombia, Costa Rica, Cuba, Dominican Republic, Ecuador,
    Guatemala, Mexico, Nicaragua, Panama, Paraguay, Peru, Puerto Rico, Uruguay, Venezuela
scandinavian | Denmark, Norway, Sweden
nordic | Denmark, Finland, Iceland, Norway, Sweden
bollywood | India
"""
# What a row above has no room for: other places where the language is at home, the languages of a region.
_MORE_COUNTRIES = {
    "chinese": "Hong Kong, Taiwan",
    "croatian": "Yugoslavia",
    "czech": "Czechoslovakia",
    "korean": "North Korea",
    "russian": "Soviet Union",
    "serbian": "Yugoslavia",
}
_MORE_LANGUAGES = {"arab": "Arabic", "bollywood": "Hindi", "scandinavian": "Danish, Norwegian, Swedish"}

COUNTRIES: dict[str, str] = {}  # folded name → label
ORIGINS: dict[str, tuple[frozenset[str], frozenset[str]]] = {  # folded adjective → (countries, languages)
    fold(language): (frozenset(), frozenset([language])) for language in LANGUAGES.values()
}


def _add_origin(adjective: str, countries: str, languages: str) -> None:
    ORIGINS[adjective] = (
        _labels(countries) | _labels(_MORE_COUNTRIES.get(adjective, "")),
        _labels(languages) | _labels(_MORE_LANGUAGES.get(adjective, "")),
    )


def _labels(cell: str) -> frozenset[str]:
    return frozenset(label.strip() for label in cell.split(",") if label.strip())


for _row in _COUNTRIES.strip().splitlines():
    _label, _adjectives, _names, _spoken = (column.strip() for column in _row.split("|"))
    COUNTRIES |= {fold(name): _label for name in [_label, *_names.split(",")] if name.strip()}
    for _adjective in _adjectives.split(","):
        _add_origin(_adjective.strip(), _label, _spoken)
for _row in _REGIONS.strip().replace("\n    ", " ").splitlines():
    _adjective, _countries = _row.split(" | ")
    _add_origin(_adjective, _countries, "")
del ORIGINS[""]  # of countries without an adjective
_add_origin("english", "United Kingdom", "English")


def country_of(name: str) -> str:
    """Canonical country: "USA" → "United States"; an unknown name is kept, its spaces tidied."""
    return COUNTRIES.get(fold(name)) or " ".join(name.split())


def places_of(origin: str) -> tuple[frozenset[str], frozenset[str]]:
    """(countries, languages) that an adjective of origin may mean: "Korean" → ({"South Korea", …}, {"Korean"}).

    A title fits that is from one of the countries or in one of the languages. A country's own name is
    read as its adjective without the languages. An unknown word means nothing: two empty sets.
    """
    folded = fold(origin)
    if folded in ORIGINS:
        return ORIGINS[folded]
    return frozenset([COUNTRIES[folded]] if folded in COUNTRIES else []), frozenset()
