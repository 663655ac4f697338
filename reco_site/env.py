"""Typed reading of the environment: a wrong value stops the start with the variable's name.

Does not know any setting; `settings.py` names each one once.
"""

import os
import re
from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


def _read(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={raw!r} is not {expected}.") from error


def env_str(name: str, default: str) -> str:
    return _read(name, default, str, "text")


def env_int(name: str, default: int, *, at_least: int = 0, at_most: int = 1_000_000) -> int:
    def parse(raw: str) -> int:
        value = int(raw)
        if not at_least <= value <= at_most:
            raise ValueError(raw)
        return value

    return _read(name, default, parse, f"a whole number from {at_least} to {at_most}")


def env_float(name: str, default: float, *, above: float = 0.0) -> float:
    def parse(raw: str) -> float:
        value = float(raw)
        if not above < value < float("inf"):
            raise ValueError(raw)
        return value

    return _read(name, default, parse, f"a number above {above:g}")


def env_share(name: str, default: float) -> float:
    def parse(raw: str) -> float:
        value = float(raw)
        if not 0 <= value <= 1:
            raise ValueError(raw)
        return value

    return _read(name, default, parse, "a share from 0 to 1")


def env_rates(name: str, default: dict[str, int]) -> dict[str, int]:
    """`search=600,events=0`: those named are changed, the others stay as they are."""

    def parse(raw: str) -> dict[str, int]:
        pairs = [pair.split("=") for pair in raw.split(",") if pair.strip()]
        rates = {kind.strip(): int(rate) for kind, rate in pairs}
        if rates.keys() - default.keys() or min(rates.values()) < 0:
            raise ValueError(raw)
        return default | rates

    return _read(name, default, parse, f"a list like search=600,events=0 of {', '.join(default)}")


def env_bool(name: str, *, default: bool) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}

    def parse(raw: str) -> bool:
        if raw.lower() not in words:
            raise ValueError(raw)
        return words[raw.lower()]

    return _read(name, default, parse, "one of 1, 0, true, false, yes, no")


def env_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    def parse(raw: str) -> str:
        if raw.upper() not in choices:
            raise ValueError(raw)
        return raw.upper()

    return _read(name, default, parse, f"one of {', '.join(choices)}")


def env_url(name: str, schemes: tuple[str, ...]) -> str:
    """An address with one of these schemes, or "" where the variable is not set."""

    def parse(raw: str) -> str:
        if not raw.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError("an address of another kind")
        return raw

    return _read(name, "", parse, f"an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")


def env_list(name: str, default: list[str], *, starting_with: tuple[str, ...] = ("",)) -> list[str]:
    def parse(raw: str) -> list[str]:
        parts = [part.strip() for part in raw.split(",") if part.strip()]
        if not all(part.startswith(starting_with) for part in parts):
            raise ValueError(raw)
        return parts

    expected = f", each beginning with {' or '.join(starting_with)}" if starting_with != ("",) else ""
    return _read(name, default, parse, f"a list separated by commas{expected}")


def env_origins(name: str) -> list[str]:
    """Origins as browsers send them, none by default. With a path, one would never match and nobody know why."""

    def parse(raw: str) -> list[str]:
        origins = [part.strip() for part in raw.split(",") if part.strip()]
        if not all(re.fullmatch(r"https?://[\w.:\[\]-]+", origin) for origin in origins):
            raise ValueError(raw)
        return origins

    return _read(
        name, [], parse, "a list of origins separated by commas, such as https://shop.example.org, without a path"
    )
