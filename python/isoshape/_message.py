"""What every message of the API can do, and what reads its fields from JSON."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, ClassVar, TypeVar

M = TypeVar("M", bound="Message")


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Message:
    """A message of isoshape.v1 as a value. Fields that an answer lacks have their default."""

    READERS: ClassVar[dict[str, Callable[[Any], Any]]] = {}
    """What turns the JSON of a field into its value, of fields that JSON has otherwise."""

    @classmethod
    def from_json(cls: type[M], json: Mapping[str, Any]) -> M:
        """The message of a JSON object. Fields of a newer coordinator are passed over."""
        readers = cls.READERS
        return cls(
            **{
                name: readers[name](value) if name in readers else value
                for name, value in json.items()
                if name in cls.__dataclass_fields__
            }
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object of what is set: fields that have their default are left out."""
        return {name: plain(value) for name, value in self._set()}

    def _set(self) -> list[tuple[str, Any]]:
        found = []
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if value != default_of(each):
                found.append((each.name, value))
        return found

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self._set())
        return f"{type(self).__name__}({told})"


def default_of(each: dataclasses.Field[Any]) -> Any:
    """The default of a field."""
    if each.default_factory is not dataclasses.MISSING:
        return each.default_factory()
    return each.default


def plain(value: Any) -> Any:
    """A value, or values in lists and mappings, as JSON has it."""
    if isinstance(value, Message):
        return value.to_json()
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(each) for each in value]
    if hasattr(value, "tolist"):  # a number or an array of numpy
        return plain(value.tolist())
    return value


def number(value: Any) -> float:
    """A double: JSON has null where it is not finite or was not measured."""
    return math.nan if value is None else float(value)


def time(value: str | None) -> datetime | None:
    """A time of RFC 3339, with its zone. Digits behind microseconds are cut off."""
    if value is None:
        return None
    parts = re.fullmatch(r"([^.+Z]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", value)
    if parts is None:
        raise ValueError(f"{value!r} is no time of RFC 3339")
    zone = "+00:00" if parts[3] in (None, "Z") else parts[3]
    # Python 3.10 reads three or six digits behind the point, no others.
    return datetime.fromisoformat(f"{parts[1]}.{(parts[2] or '')[:6]:0<6}{zone}")


def several(one: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads a list, each value by `one`."""
    return lambda values: tuple(one(value) for value in values)


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class FieldMask(Message):
    """Paths of fields."""

    paths: Sequence[str] = ()


class Interval(Message):
    """A number with its interval: float(x) is the number, str(x) tells both."""

    value: float
    lower: float | None
    upper: float | None
    level: float
    unidentified: ClassVar[str] = ""
    """Why the trials do not tell the number; if set, it is NaN and has no interval."""

    def without_number(self, why: str) -> Interval:
        """The same as a figure that is not identified: NaN, as what was not measured."""
        ends = {"lower", "upper", "bca_lower", "bca_upper"} & set(self.__dataclass_fields__)
        numbers: dict[str, Any] = {"value": math.nan, **dict.fromkeys(ends)}
        bare = dataclasses.replace(self, **numbers)
        # The class is frozen; this is no field, so that JSON and == do not know it.
        object.__setattr__(bare, "unidentified", why)
        return bare

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        return f"<not identified: {self.unidentified}>" if self.unidentified else super().__repr__()

    def __str__(self) -> str:
        if self.unidentified:
            return f"not identified: {self.unidentified}"
        ends = [short(end, 4) if end is not None else "?" for end in (self.lower, self.upper)]
        if ends == ["?", "?"]:
            return f"{short(self.value, 4)} [not identified]"
        return f"{short(self.value, 4)} [{ends[0]}, {ends[1]}] ({100 * self.level:g} %)"

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)


class Depthwise(Message):
    """A shape: str(shape) is `4x128`, depth x width."""

    depth: int
    width: int

    def __str__(self) -> str:
        return f"{self.depth}x{self.width}"


def short(number: float, digits: int = 6) -> str:
    """As the command line writes it, with that many significant digits: `1e11`, `2.5e-5`."""
    mantissa, exponent, power = f"{number:.{digits}g}".partition("e")
    return f"{mantissa}e{int(power)}" if exponent else mantissa


class TrialRow(Message):
    """A trial: its repr is one line, `<c1/7 4x64 1e11 FLOPs running>`; `to_json()` has all."""

    name: str
    shape: Any
    budget_flops: float
    state: str
    shape_card: Any

    def __repr__(self) -> str:
        name = self.name.replace("campaigns/", "", 1).replace("/trials/", "/", 1)
        card = self.shape_card
        known = self.state == "succeeded" and card is not None
        stand = f"loss {card.validation_loss:.4f}" if known else self.state
        stand = "running" if stand == "leased" else stand
        return f"<{name or 'trial'} {self.shape} {short(self.budget_flops)} FLOPs {stand}>"


class RankedRow(Message):
    """A measured shape: its repr is one line, `<4x64 1e11 FLOPs loss 2.0861>`."""

    shape: Any
    budget_flops: float
    validation_loss: float

    def __repr__(self) -> str:
        return f"<{self.shape} {short(self.budget_flops)} FLOPs loss {self.validation_loss:.4f}>"


class LawReport(Message):
    """A fitted law: `fit["a"]` is the estimate of that name. One that the trials do not identify
    is NaN, without an interval, and its `unidentified` says why."""

    law: str
    formula: str
    trials: int
    parameters: Sequence[Any]
    derived: Sequence[Any]

    def __getitem__(self, name: str) -> Any:
        figures = self._estimates()
        if name not in figures:
            raise KeyError(
                f"the law {self.law} has no figure {name!r}; it has {', '.join(figures)}"
            )
        return figures[name]

    def __str__(self) -> str:
        lines = [f"{self.law}: {self.formula} ({self.trials} points)"]
        for name, estimate in self._estimates().items():
            lines.append(
                f"  {name}: {estimate}" if estimate.unidentified else f"  {name} = {estimate}"
            )
        return "\n".join(lines)

    def _estimates(self) -> dict[str, Any]:
        return {
            each.name: each.estimate.without_number(each.unidentified)
            if each.unidentified
            else each.estimate
            for each in (*self.parameters, *self.derived)
        }


class Forecast(Message):
    """A prediction: str(prediction) says shape, loss and law in a line."""

    shape: Any
    loss: Any
    law: str
    target_flops: float
    unidentified: str

    def __str__(self) -> str:
        if self.unidentified:
            return f"at {short(self.target_flops, 3)} FLOPs: not identified: {self.unidentified}"
        said = f"{self.shape}, " if self.shape is not None else ""
        return f"at {short(self.target_flops, 3)} FLOPs: {said}loss {self.loss} by {self.law}"
