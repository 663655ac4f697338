"""Sets of phrases, looked up in a list of words."""

from collections.abc import Iterable, Sequence


class Phrases:
    """Phrases of words with one space between them; the longest one that starts somewhere is the one meant."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = frozenset(phrases)
        self._longest: dict[str, int] = {}  # words of the longest phrase, by its first word
        for phrase in self._phrases:
            first, n_words = phrase.split(" ")[0], phrase.count(" ") + 1
            self._longest[first] = max(n_words, self._longest.get(first, 0))

    def __contains__(self, phrase: object) -> bool:
        return phrase in self._phrases

    def at(self, words: Sequence[str], start: int) -> int:
        """How many words the longest phrase has that starts at words[start]; 0 if none does."""
        if start >= len(words) or words[start] not in self._longest:
            return 0
        for length in range(min(self._longest[words[start]], len(words) - start), 0, -1):
            if " ".join(words[start : start + length]) in self._phrases:
                return length
        return 0
