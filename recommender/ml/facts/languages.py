"""The languages of titles, under the names and ISO codes that catalogues use."""

from recommender.ml.names.folding import fold

# language | ISO 639-1 and 639-2 codes | other names, dialects with it
_LANGUAGES = """
Afrikaans | af, afr |
Albanian | sq, sqi, alb |
Amharic | am, amh |
Arabic | ar, ara | egyptian arabic, classical arabic, modern standard arabic, levantine arabic
Armenian | hy, hye, arm |
Azerbaijani | az, aze | azeri
Basque | eu, eus, baq | euskara
Belarusian | be, bel |
Bengali | bn, ben | bangla
Bhojpuri | bho |
Bosnian | bs, bos |
Bulgarian | bg, bul |
Burmese | my, mya, bur |
Cantonese | cn, yue | yue chinese, cantonese chinese
Catalan | ca, cat | valencian
Chinese | zh, zho, chi |
Croatian | hr, hrv |
Czech | cs, ces, cze |
Danish | da, dan |
Dari | prs | zoroastrian dari
Dutch | nl, nld, dut | flemish, flemish dutch
Dzongkha | dz, dzo |
English | en, eng | american english, british english, australian english
Estonian | et, est |
Filipino | fil |
Finnish | fi, fin |
French | fr, fra, fre | francais, quebec french
Galician | gl, glg |
Georgian | ka, kat, geo |
German | de, deu, ger | deutsch, swiss german
Greek | el, ell, gre | modern greek
Gujarati | gu, guj |
Hausa | ha, hau |
Hebrew | he, heb, iw |
Hindi | hi, hin |
Hungarian | hu, hun |
Icelandic | is, isl, ice |
Igbo | ig, ibo |
Indonesian | id, ind | bahasa indonesia
Irish | ga, gle | irish gaelic
Italian | it, ita | italiano
Japanese | ja, jpn, jp |
Kannada | kn, kan |
Kazakh | kk, kaz |
Khmer | km, khm |
Korean | ko, kor |
Kurdish | ku, kur |
Lao | lo, lao |
Latin | la, lat |
Latvian | lv, lav |
Lithuanian | lt, lit |
Macedonian | mk, mkd, mac |
Malay | ms, msa, may | bahasa melayu
Malayalam | ml, mal |
Maltese | mt, mlt |
Mandarin | cmn | mandarin chinese, standard chinese, putonghua, standard taiwanese mandarin
Māori | mi, mri, mao |
Marathi | mr, mar |
Mongolian | mn, mon |
Nepali | ne, nep |
Norwegian | no, nor, nb, nn | bokmal, nynorsk
Pashto | ps, pus | pushto
Persian | fa, fas, per | farsi
Polish | pl, pol |
Portuguese | pt, por | brazilian portuguese
Punjabi | pa, pan | panjabi
Romanian | ro, ron, rum |
Russian | ru, rus |
Serbian | sr, srp |
Serbo-Croatian | sh, hbs |
Sinhala | si, sin | sinhalese
Slovak | sk, slk, slo |
Slovenian | sl, slv | slovene
Somali | so, som |
Spanish | es, spa | castilian, espanol, latin american spanish
Swahili | sw, swa |
Swedish | sv, swe |
Tagalog | tl, tgl |
Tamil | ta, tam |
Telugu | te, tel |
Thai | th, tha |
Tibetan | bo, bod, tib |
Turkish | tr, tur |
Ukrainian | uk, ukr |
Urdu | ur, urd |
Uzbek | uz, uzb |
Vietnamese | vi, vie |
Welsh | cy, cym, wel |
Wolof | wo, wol |
Xhosa | xh, xho |
Yiddish | yi, yid |
Yoruba | yo, yor |
Zulu | zu, zul |
"""

LANGUAGES: dict[str, str] = {}  # folded name → label
_CODES: dict[str, str] = {}
for _row in _LANGUAGES.strip().splitlines():
    _label, _codes, _names = (column.strip() for column in _row.split("|"))
    LANGUAGES |= {fold(name): _label for name in [_label, *_names.split(",")] if name.strip()}
    _CODES |= {code.strip(): _label for code in _codes.split(",")}


def language_of(name: str) -> str:
    """Canonical language: "en" → "English"; an unknown name is kept, without "language" behind it."""
    folded = fold(name).removesuffix(" language")
    return LANGUAGES.get(folded) or _CODES.get(folded) or " ".join(name.split()).removesuffix(" language")
