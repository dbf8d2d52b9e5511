"""What can go wrong, a class for each canonical code.

The message is the coordinator's own, one line: what is wrong, with the value, and the remedy.
"""

from __future__ import annotations

import functools
import re
from typing import ClassVar


class IsoshapeError(Exception):
    """Any failure of a call.

    `field` is the field that is at fault, as the protos name it (`recipe.beta1`), and `remedy`
    what to do; each is None if the message does not say it.
    """

    code: ClassVar[str] = "unknown"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def field(self) -> str | None:
        named = re.match(r"field ([\w.\[\]]+)[: ]", self.message)
        if named:
            return named[1]
        first = re.match(r"([a-z]\w*)((?:\.\w+|\[\d+\])*)(?=[: ])", self.message)
        return first[0] if first and first[1] in _field_names() else None

    @property
    def remedy(self) -> str | None:
        _, found, rest = self.message.rpartition("; ")
        return rest if found else None


class InvalidArgument(IsoshapeError, ValueError):
    """A value that can never be right."""

    code = "invalid_argument"


class NotFound(IsoshapeError, LookupError):
    """There is no such campaign, trial or worker."""

    code = "not_found"


class AlreadyExists(IsoshapeError):
    """The name is taken."""

    code = "already_exists"


class FailedPrecondition(IsoshapeError):
    """The campaign or trial is not in a state for this."""

    code = "failed_precondition"


class OutOfRange(IsoshapeError, ValueError):
    """Beyond what there is."""

    code = "out_of_range"


class Unauthenticated(IsoshapeError):
    """No token, or a wrong one."""

    code = "unauthenticated"


class PermissionDenied(IsoshapeError):
    """The coordinator is read-only, or this host may not ask it."""

    code = "permission_denied"


class ResourceExhausted(IsoshapeError):
    """A limit of the coordinator is reached."""

    code = "resource_exhausted"


class Aborted(IsoshapeError):
    """Another change came first."""

    code = "aborted"


class Cancelled(IsoshapeError):
    """The call was given up."""

    code = "cancelled"


class DeadlineExceeded(IsoshapeError, TimeoutError):
    """No answer, or no end, in the given time."""

    code = "deadline_exceeded"


class Unavailable(IsoshapeError, ConnectionError):
    """The coordinator is not there. What was asked may or may not have been done."""

    code = "unavailable"


class Unimplemented(IsoshapeError):
    """The coordinator does not know this call."""

    code = "unimplemented"


class Internal(IsoshapeError):
    """A fault of the coordinator."""

    code = "internal"


class DataLoss(IsoshapeError):
    """Stored data are damaged."""

    code = "data_loss"


class VersionMismatch(FailedPrecondition):
    """Client and coordinator are of different major versions."""


class CampaignCancelled(FailedPrecondition):
    """The campaign that was waited for was cancelled."""


class CampaignIncomplete(FailedPrecondition):
    """Every trial has ended, and some that were asked for have no result."""


class LeaseLost(FailedPrecondition):
    """The trial was given to another worker: no heartbeat reached the coordinator in time."""


class NotTold(FailedPrecondition):
    """A trial that was asked for ended without a result."""


_BY_CODE: dict[str, type[IsoshapeError]] = {
    each.code: each for each in IsoshapeError.__subclasses__()
}


def error_of(code: str, message: str) -> IsoshapeError:
    """The error of a canonical code in lower case."""
    return _BY_CODE.get(code, IsoshapeError)(message)


@functools.cache
def _field_names() -> frozenset[str]:
    from isoshape import _api
    from isoshape._message import Message

    return frozenset(
        name
        for message in vars(_api).values()
        if isinstance(message, type) and issubclass(message, Message)
        for name in message.__dataclass_fields__
    )
