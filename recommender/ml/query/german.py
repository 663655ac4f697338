"""German requests in English, word by word: "komödie mit bill murray" is "comedy with bill murray".

No translator: what it does not know stays as it was typed, a name mostly. Whether the English says more than the text
did is for the caller to see: "mit" is a university, too.
"""

from pathlib import Path

from recommender.ml.names.folding import fold

# A line: English, then German; a star stands for an ending of an adjective or a noun. Before the colon nothing is
# written for words that say no more than "please".
_WORDS = Path(__file__).with_name("german_words.txt")
_ENDINGS = (
    *("", "e", "er", "es", "en", "em", "n", "s", "ern", "ste", "sten"),
    *("film", "filme", "filmen", "films", "serie", "serien"),
)
# English says them too, or titles do; alone they are no sign of German.
_NO_EVIDENCE = frozenset(
    """film in die der das den dem des war action drama horror western musical mystery thriller doku ein eine einer
    regie best alter gut alt neu bis von vor aus nach im ich fantasy animation serie krimi und wie uber liebe
    comedy anime an man bank monster kind lang mann mafia ritter ki berg bergen auto autos sommer richter koch
    tod hauser fur vogel hai wald schiff engel nur angst wo schnee sohn maus junge roadtrip lowe mutter frau
    opa oma bande tote strand freund leben sie sein es ist auf zu gott prinz konig zug maler jager ehe haus
    nacht welt""".split()
)
_BEFORE_AMOUNTS = {"uber": "over", "ab": "since"}  # what they mean there
MAX_WORDS = 14  # of a text; a longer one tells a story, which word by word would be mangled


def _table() -> dict[str, str]:
    meant: dict[str, str] = {}
    for line in _WORDS.read_text(encoding="utf-8").splitlines():
        english, _, german = line.partition(":")
        for word in german.split(","):
            stem = fold(word)
            for ending in _ENDINGS if word.strip().endswith("*") else ("",):
                meant.setdefault(stem + ending, english)
    return meant


_MEANT = _table()
_LONGEST = max(phrase.count(" ") + 1 for phrase in _MEANT)


def from_german(text: str) -> tuple[str, int] | None:
    """(the text in English as far as it is understood, words that are not); None where no word is plainly German."""
    said = fold(text).split()
    if len(said) > MAX_WORDS:
        return None
    meant: list[str] = []
    is_german, n_unknown, at = False, 0, 0
    while at < len(said):
        for length in range(min(_LONGEST, len(said) - at), 0, -1):
            phrase = " ".join(said[at : at + length])
            if phrase in _MEANT:
                is_amount = said[at + 1 : at + 2] and said[at + 1][0].isdigit()
                meant.append((is_amount and _BEFORE_AMOUNTS.get(phrase)) or _MEANT[phrase])
                is_german |= phrase not in _NO_EVIDENCE
                at += length
                break
        else:
            meant.append(said[at])
            n_unknown += 1
            at += 1
    english = " ".join(filter(None, meant))
    return (english, n_unknown) if is_german and english else None
