"""Numbers and times as people write them: `2e6`, `50k`, `1.5 PFLOPs`, `2GiB`, `10m`."""

from __future__ import annotations

import re
from datetime import timedelta

from isoshape.errors import InvalidArgument

_THOUSANDS = {"": 0, "k": 1, "m": 2, "g": 3, "b": 3, "t": 4, "p": 5, "e": 6, "z": 7}
_BINARY = {"kib": 1, "mib": 2, "gib": 3, "tib": 4, "pib": 5}
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = r"(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)"


def quantity(value: float | str, name: str) -> float:
    """A count, compute in FLOPs, or memory in bytes: a number, or a text with a unit."""
    if not isinstance(value, str):
        return float(value)
    text = value.strip().lower()
    found = re.fullmatch(_NUMBER + r"\s*([a-z]*)", text)
    if found:
        unit = found[2]
        if unit in _BINARY:
            return float(found[1]) * 1024.0 ** _BINARY[unit]
        for ending in ("flops", "flop", "b"):
            short = unit.removesuffix(ending)
            if unit not in _THOUSANDS and short in _THOUSANDS:
                unit = short
        if unit in _THOUSANDS:
            return float(found[1]) * 1000.0 ** _THOUSANDS[unit]
    raise InvalidArgument(
        f"{name} {value!r} is no number; give one, for example 2e6, '50k', '1.5 PFLOPs' or '2GiB'"
    )


def seconds(value: float | str | timedelta, name: str) -> float:
    """A time in seconds: a number of them, a timedelta, or a text such as `1h30m`."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if not isinstance(value, str):
        return float(value)
    text = value.strip().lower().replace(" ", "")
    parts = re.findall(_NUMBER + r"([a-z]+)", text)
    if (
        not parts
        or "".join(n + u for n, u in parts) != text
        or {u for _, u in parts} - set(_SECONDS)
    ):
        raise InvalidArgument(
            f"{name} {value!r} is no time; give seconds, or '90s', '10m', '1h30m'"
        )
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
