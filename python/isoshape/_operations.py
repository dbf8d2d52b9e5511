"""What the client can ask, as operations that both transports drive (`_wire.py`)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from isoshape import _api
from isoshape._columns import CURVE_COLUMNS, TRIAL_COLUMNS, Table, joined
from isoshape._quantities import quantity
from isoshape._version import __version__
from isoshape._wire import LONG_TIMEOUT, Op, call, get
from isoshape.errors import InvalidArgument, ResourceExhausted, VersionMismatch

PAGE = 200
"""Messages on a page of a list."""
ROWS = 10000
"""Rows on a page of a table, at first."""
CURVES_AT_ONCE = 200
"""Curves in an answer, at first."""


def check_version() -> Op[str]:
    """The coordinator's version; one of another major version is refused."""
    answer = yield from get("/v1/version")
    version = str(answer.json()["version"])
    if version.split(".")[0] != __version__.split(".")[0]:
        raise VersionMismatch(
            f"the coordinator is of version {version} and this client of {__version__}; "
            f"install isoshape=={version}"
        )
    return version


def call_of_size(method: str, request: Mapping[str, Any], sizes: list[int]) -> Op[dict[str, Any]]:
    """A call for `sizes[0]` of something under the name `page_size`. The coordinator gives no
    answer of more than 4 MiB: for one that would be larger, half as many are asked for from then
    on, which is left in `sizes`."""
    while True:
        try:
            told = {**request, "page_size": sizes[0]}
            return (yield from call(method, told, timeout=LONG_TIMEOUT))
        except ResourceExhausted as error:
            if "larger than max" not in error.message or sizes[0] == 1:
                raise
            sizes[0] = max(1, sizes[0] // 2)


def campaign_name(name: str) -> str:
    """`campaigns/c1` of `c1`."""
    return name if "/" in name else f"campaigns/{name}"


def trial_name(campaign: str, number: int) -> str:
    return f"{campaign}/trials/{number}"


def create_campaign(
    campaign_id: str | None,
    source: Mapping[str, Any] | _api.Campaign | None,
    fields: Mapping[str, Any],
    validate_only: bool,
) -> Op[_api.Campaign]:
    told = source.to_json() if isinstance(source, _api.Campaign) else dict(source or {})
    told.update(fields)
    for name in ("total_flops", "target_flops"):
        if name in told:
            told[name] = quantity(told[name], name)
    if isinstance(told.get("budgets"), str | int | float):
        told["budgets"] = [told["budgets"]]
    if "budgets" in told:
        told["budgets"] = [quantity(each, "budgets") for each in told["budgets"]]
    request = {
        "campaign": told,
        "campaign_id": campaign_id or "",
        "validate_only": validate_only,
    }
    return _api.Campaign.from_json((yield from call("CampaignService/CreateCampaign", request)))


def get_campaign(name: str) -> Op[_api.Campaign]:
    return _api.Campaign.from_json((yield from call("CampaignService/GetCampaign", {"name": name})))


def campaigns(labels: Mapping[str, str] | None, state: str | None) -> Op[list[_api.Campaign]]:
    """Campaigns of all pages, newest first."""
    found: list[_api.Campaign] = []
    token = ""
    while True:
        request = {"page_size": PAGE, "page_token": token, "labels": labels, "state": state}
        answer = yield from call("CampaignService/ListCampaigns", request)
        found += [_api.Campaign.from_json(each) for each in answer.get("campaigns", ())]
        token = answer.get("next_page_token", "")
        if not token:
            return found


def update_campaign(name: str, fields: Mapping[str, Any]) -> Op[_api.Campaign]:
    """Changes the given fields; `algorithm={"grid": {"sizes": 9}}` is the path to sizes."""
    if not fields:
        raise InvalidArgument("update changes nothing; give at least one field of Campaign")
    request = {
        "campaign": {"name": name, **fields},
        "update_mask": {"paths": list(_paths(fields))},
    }
    return _api.Campaign.from_json((yield from call("CampaignService/UpdateCampaign", request)))


def _paths(fields: Mapping[str, Any], before: str = "") -> Sequence[str]:
    found: list[str] = []
    for name, value in fields.items():
        if name == "algorithm" or before:
            found += (
                _paths(value, f"{before}{name}.") if isinstance(value, Mapping) else [before + name]
            )
        else:
            found.append(name)
    return found


def campaign_verb(name: str, verb: str) -> Op[_api.Campaign]:
    answer = yield from call(f"CampaignService/{verb}Campaign", {"name": name})
    return _api.Campaign.from_json(answer)


def delete_campaign(name: str, force: bool) -> Op[None]:
    yield from call("CampaignService/DeleteCampaign", {"name": name, "force": force})


def create_trial(campaign: str, fields: Mapping[str, Any]) -> Op[_api.Trial]:
    told = dict(fields)
    if "budget_flops" in told:
        told["budget_flops"] = quantity(told["budget_flops"], "budget_flops")
    request = {"parent": campaign, "request_id": told.pop("request_id", None), "trial": told}
    return _api.Trial.from_json((yield from call("CampaignService/CreateTrial", request)))


def get_trial(name: str) -> Op[_api.Trial]:
    return _api.Trial.from_json((yield from call("CampaignService/GetTrial", {"name": name})))


def trial_verb(name: str, verb: str, reason: str | None = None) -> Op[_api.Trial]:
    request = {"name": name, "reason": reason}
    return _api.Trial.from_json((yield from call(f"CampaignService/{verb}Trial", request)))


def trial_page(campaign: str, token: str) -> Op[tuple[list[_api.Trial], str]]:
    request = {"parent": campaign, "page_token": token}
    answer = yield from call_of_size("CampaignService/ListTrials", request, [PAGE])
    found = [_api.Trial.from_json(each) for each in answer.get("trials", ())]
    return found, str(answer.get("next_page_token", ""))


def trial_numbers(campaign: str, where: str | None) -> Op[list[int]]:
    """The numbers of the trials that match, ascending."""
    table = yield from trial_table(campaign, where, ["number"])
    return table.to_dict()["number"]


def count_trials(campaign: str, where: str | None) -> Op[int]:
    request = {"parent": campaign, "columns": ["number"], "filter": where, "page_size": 1}
    answer = yield from call("CampaignService/ListTrialTable", request)
    return int(answer.get("matching", 0))


def trial_table(campaign: str, where: str | None, columns: Sequence[str] | None) -> Op[Table]:
    """All matching trials in columns."""
    names = list(columns) if columns is not None else list(TRIAL_COLUMNS)
    pages: list[Mapping[str, Any]] = []
    sizes = [ROWS]
    token = ""
    while not pages or token:
        request = {"parent": campaign, "columns": names, "filter": where, "page_token": token}
        page = yield from call_of_size("CampaignService/ListTrialTable", request, sizes)
        pages.append(page)
        token = page.get("next_page_token", "")
    return joined(pages, names)


def measurements(trial: str) -> Op[list[_api.Measurement]]:
    """The whole curve of a trial, as it was reported."""
    found: list[_api.Measurement] = []
    sizes = [ROWS]
    token = ""
    while True:
        request = {"parent": trial, "page_token": token}
        answer = yield from call_of_size("CampaignService/ListMeasurements", request, sizes)
        found += [_api.Measurement.from_json(each) for each in answer.get("measurements", ())]
        token = answer.get("next_page_token", "")
        if not token:
            return found


class Curves(Table):
    """Training curves: a list of Curve by iteration, or a table with a row for each point."""

    def __init__(self, curves: Sequence[_api.Curve]) -> None:
        self.curves = list(curves)
        columns: dict[str, list[Any]] = {name: [] for name in CURVE_COLUMNS}
        for curve in self.curves:
            count = len(curve.tokens)
            for name in ("trial", "budget_flops", "size", "state"):
                columns[name] += [getattr(curve, name)] * count
            for name in ("tokens", "flops", "train_loss", "validation_loss"):
                columns[name] += list(getattr(curve, name))
        super().__init__(columns, CURVE_COLUMNS)

    def __iter__(self) -> Any:
        return iter(self.curves)

    def __len__(self) -> int:
        return len(self.curves)


def curves(
    campaign: str, trials: Sequence[int] | None, where: str | None, max_points: int
) -> Op[Curves]:
    """The curves of the trials, or of all that match, in as many calls as it takes."""
    numbers = list(trials) if trials is not None else (yield from trial_numbers(campaign, where))
    found: list[_api.Curve] = []
    at_once = CURVES_AT_ONCE
    while numbers:
        request = {
            "parent": campaign,
            "trials": numbers[:at_once],
            "max_curves": at_once,
            "max_points": max_points,
        }
        try:
            answer = yield from call("CampaignService/ListCurves", request, timeout=LONG_TIMEOUT)
        except ResourceExhausted as error:  # as in call_of_size
            if "larger than max" not in error.message or at_once == 1:
                raise
            at_once = max(1, at_once // 2)
        else:
            found += [_api.Curve.from_json(each) for each in answer.get("curves", ())]
            numbers = numbers[at_once:]
    thinned = sum(curve.points > len(curve.tokens) for curve in found)
    if thinned:
        warnings.warn(
            f"{thinned} of {len(found)} curves are thinned to {max_points} points; "
            "trials.measurements(NUMBER) has all of one",
            stacklevel=4,
        )
    return Curves(found)


class Ranking(list[_api.RankedShape]):
    """Shapes by budget, then by rank, with what they rest on."""

    def __init__(self, answer: _api.ListBestShapesResponse) -> None:
        super().__init__(answer.shapes)
        self.basis = answer.basis
        self.warnings = list(answer.warnings)


def best(
    campaign: str,
    top: int,
    budget: float | str | None,
    limits: Mapping[str, float | str | None],
    cached: bool,
    variant: str = "",
) -> Op[Ranking]:
    request: dict[str, Any] = {"campaign": campaign, "top": top, "wait_for_newest": not cached}
    if variant:
        request["variant"] = variant
    if budget is not None:
        request["budget_flops"] = quantity(budget, "budget")
    for name, value in limits.items():
        if value is not None:
            number = quantity(value, name)
            request[name] = number if name == "max_decode_seconds" else int(number)
    answer = yield from call("AnalysisService/ListBestShapes", request, timeout=LONG_TIMEOUT)
    return Ranking(_api.ListBestShapesResponse.from_json(answer))


def compare(
    campaign: str, reference: str, cached: bool, options: Mapping[str, Any]
) -> Op[_api.CompareVariantsResponse]:
    request = {
        "campaign": campaign,
        "reference": reference,
        "wait_for_newest": not cached,
        **options,
    }
    answer = yield from call("AnalysisService/CompareVariants", request, timeout=LONG_TIMEOUT)
    return _api.CompareVariantsResponse.from_json(answer)


def fit(
    campaign: str, law: str | None, cached: bool, options: Mapping[str, Any]
) -> Op[_api.FitLawResponse]:
    request = {"campaign": campaign, "law": law, "wait_for_newest": not cached, **options}
    answer = yield from call("AnalysisService/FitLaw", request, timeout=LONG_TIMEOUT)
    return _api.FitLawResponse.from_json(answer)


def predict(
    campaign: str, target: float | str | None, cached: bool, options: Mapping[str, Any]
) -> Op[_api.PredictShapeResponse]:
    request = {"campaign": campaign, "wait_for_newest": not cached, **options}
    if target is not None:
        request["target_flops"] = quantity(target, "target")
    answer = yield from call("AnalysisService/PredictShape", request, timeout=LONG_TIMEOUT)
    return _api.PredictShapeResponse.from_json(answer)


def figure(request: Mapping[str, Any]) -> Op[_api.Figure]:
    answer = yield from call("FigureService/GetFigure", request, timeout=LONG_TIMEOUT)
    return _api.Figure.from_json(answer)


def drawing(campaign: str, kind: str, format: str, query: Mapping[str, Any]) -> Op[bytes]:
    """A figure as a file of that format, drawn by the coordinator."""
    path = f"/v1/{campaign}/figures/{kind}.{format}"
    answer = yield from get(path, query, timeout=LONG_TIMEOUT)
    if answer.status != 200:
        raise answer.error()
    return answer.body


def describe(
    shape: Mapping[str, Any] | _api.Shape | str, budgets: Sequence[float | str]
) -> Op[_api.DescribeShapeResponse]:
    request: dict[str, Any] = {"budgets": [quantity(each, "budgets") for each in budgets]}
    request["reference" if isinstance(shape, str) else "shape"] = shape
    answer = yield from call("AnalysisService/DescribeShape", request)
    return _api.DescribeShapeResponse.from_json(answer)
