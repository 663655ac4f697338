"""What people of a drill type: thousands of different themes, none of them a title, a name or a filter."""

import random
from collections.abc import Sequence

MANNERS = (
    "tender", "gritty", "slow burning", "bittersweet", "tense", "uplifting", "haunting", "offbeat", "quiet", "epic",
    "dreamlike", "heartfelt", "bleak", "witty", "stylish", "unsettling", "sunny", "raw", "clever", "nostalgic",
)  # fmt: skip
SUBJECTS = (
    "heist that goes wrong", "friendship between rivals", "family secret", "road trip", "lonely lighthouse keeper",
    "struggling musician", "chess prodigy", "small town sheriff", "undercover policeman", "ghost in a mansion",
    "treasure hunt", "prison escape", "alien visitor", "time loop", "first love", "wedding gone wrong", "lost dog",
    "boxing champion", "journalist chasing the truth", "kidnapped child", "stranded astronaut", "haunted hotel",
    "spy betrayed by friends", "samurai seeking revenge", "young witch", "robot with feelings", "pirate captain",
    "courtroom battle", "cooking contest", "mountain rescue", "submarine crew", "circus performer", "old teacher",
    "amnesia", "twin sisters", "war photographer", "bank robbers", "dancer with a dream", "old man and his memories",
    "dragon rider",
)  # fmt: skip
PLACES = (
    "in winter", "by the sea", "in a big city", "in the desert", "on an island", "in a village", "in the jungle",
    "at night", "after the war", "in the mountains", "on a train", "far from home",
)  # fmt: skip


def about(subject: str) -> list[str]:
    """Every way to ask for a subject, in an order that is always the same."""
    ways = [f"{manner} {subject} {place}" for manner in MANNERS for place in PLACES]
    random.Random(subject).shuffle(ways)
    return ways


def subject_of(text: str) -> str:
    """Raises StopIteration for a text that is none of ours."""
    return next(subject for subject in SUBJECTS if subject in text)


def themes(n: int, subjects: Sequence[str] = SUBJECTS) -> list[str]:
    """n different texts, always the same ones, the subjects taking turns. Raises ValueError if there are fewer."""
    texts = [text for turn in zip(*map(about, subjects), strict=True) for text in turn]
    if n > len(texts):
        raise ValueError(f"there are {len(texts):,} texts about these subjects, not {n:,}")
    return texts[:n]


def as_people_ask(texts: Sequence[str], n: int, seed: int) -> list[str]:
    """n searches for these texts, the k-th text k times as seldom as the first (Zipf's law)."""
    weights = [1 / place for place in range(1, len(texts) + 1)]
    return random.Random(seed).choices(texts, weights, k=n)
