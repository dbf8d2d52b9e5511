"""FLOPs, the grid, rates and held-out batches of a sweep."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from formula import TOKENS, Formula, batches, best_size, loss_of, size_of  # noqa: E402

from isoshape.errors import (  # noqa: E402
    Aborted,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    ResourceExhausted,
)
from isoshape.sweep.data import Batches, default_loss, target_tokens  # noqa: E402
from isoshape.sweep.flops import Counter  # noqa: E402
from isoshape.sweep.plan import Grid, GridOptions, Job  # noqa: E402
from isoshape.sweep.result import Sweep  # noqa: E402
from isoshape.sweep.runner import Runner  # noqa: E402
from isoshape.sweep.train import SweepRun, Training, train  # noqa: E402

BUDGETS = (1e10, 3e10, 9e10)


def counter() -> Counter:
    return Counter(Formula, loss_of, batches()[0], TOKENS)


def grid(**options: Any) -> Grid:
    found = {"center_aspect_ratio": 8, "width_multiple": 4, **options}
    return Grid(GridOptions(BUDGETS, **found), counter(), TOKENS)


@pytest.mark.parametrize(("depth", "width"), [(1, 8), (2, 8), (5, 64)])
def test_flops_are_counted_to_the_product(depth: int, width: int) -> None:
    cost = counter().cost(depth, width)
    assert cost.size == size_of(depth, width)
    assert cost.parameters == depth * width**2


def test_a_model_that_needs_values_is_counted_on_the_cpu() -> None:
    def loss(model: Any, batch: Any) -> Any:
        found = loss_of(model, batch)
        assert float(found.detach()) > 0  # no meta tensor has a value
        return found

    class Multiplied(Formula):
        multiplies = True

    assert Counter(Multiplied, loss, batches()[0], TOKENS).cost(3, 16).size == size_of(3, 16)


def test_attention_is_counted_over_the_full_context() -> None:
    class Attention(torch.nn.Module):
        def __init__(self, depth: int, width: int) -> None:
            super().__init__()
            self.qkv = torch.nn.Linear(width, 3 * width, bias=False)

        def forward(self, x: Any) -> Any:
            q, k, v = self.qkv(x)[:, None].chunk(3, dim=-1)
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)

    batch = torch.zeros(2, 32, 16)
    cost = Counter(Attention, lambda model, x: model(x).mean(), batch, 64).cost(1, 16)
    # Products: 2 w 3w forward and again for the weights; attention 4 T w, three times.
    assert cost.flops_per_token == 2 * (2 * 16 * 48) + 3 * (4 * 32 * 16)


@pytest.mark.parametrize("shift", [0.5, 1.0, 4.0])
def test_the_grid_follows_the_optimum(shift: float) -> None:
    """The losses are those of a best size `shift` times that which the grid begins with."""
    planned = grid()
    losses: dict[Job, float | None] = {}
    for _ in range(30):
        jobs = planned.jobs(losses)
        if not jobs:
            break
        assert len(set(jobs)) == len(jobs)
        for job in jobs:
            assert job not in losses
            size = size_of(job.depth, job.width)
            best = best_size(job.budget) * shift
            bent = 0.001 * math.log(job.width / job.depth / 8) ** 2
            losses[job] = 2 + 0.05 * math.log(size / best) ** 2 + bent
    assert jobs == []
    for budget, note in zip(BUDGETS, planned.notes, strict=True):
        assert "least loss near size" in note
        found = float(note.rsplit(" ", 1)[1])
        assert abs(math.log(found / (best_size(budget) * shift))) < 0.25
    aspects = {job.width / job.depth for job in losses if job.budget == BUDGETS[-1]}
    assert max(aspects) / min(aspects) > 8
    assert all(planned.steps(*job[:3]) >= 20 for job in losses)


def test_the_order_in_which_runs_end_changes_nothing() -> None:
    first = grid().jobs({})
    some = dict.fromkeys(first[2:], 2.0)
    assert grid().jobs(some) == first[:2]


def test_a_budget_without_losses_is_noted_and_passed_over() -> None:
    planned = grid()
    losses: dict[Job, float | None] = {}
    while jobs := planned.jobs(losses):
        losses.update({job: None if job.budget == BUDGETS[0] else 2.0 for job in jobs})
    assert planned.notes[0] == "1e10 FLOPs: 0 shapes with a loss, too few"


def test_the_rate_falls_with_the_width_where_inputs_are_wide() -> None:
    class Model(torch.nn.Module):
        def __init__(self, depth: int, width: int) -> None:
            super().__init__()
            self.embedding = torch.nn.Embedding(10, width)
            self.hidden = torch.nn.ModuleList(torch.nn.Linear(width, width) for _ in range(depth))
            self.logits = torch.nn.Linear(width, 10)

        def forward(self, x: Any) -> Any:
            return self.logits(self.embedding(x))

    batch = (torch.zeros(4, 3, dtype=torch.long), torch.zeros(4, 3, dtype=torch.long))
    counted = Counter(Model, default_loss, batch, 12)
    names = counted.growing(2, 32)
    # The embedding [10, width] has rows as wide as the model, and one row for a token.
    assert names == {"hidden.0.weight", "hidden.1.weight", "logits.weight"}
    training = Training(
        Model,
        default_loss,
        Batches([batch] * 8, None, target_tokens),
        0.01,
        8,
        counted.growing,
        None,
    )
    model = Model(2, 32)
    groups = training.optimizer(model, 2, 32).param_groups
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert rates[id(model.logits.weight)] == 0.01 * 8 / 32
    assert rates[id(model.embedding.weight)] == 0.01
    assert len(rates) == len(list(model.parameters()))


def test_held_out_batches_are_never_trained_on() -> None:
    data = [(torch.tensor([i]), torch.tensor([i])) for i in range(40)]
    found = Batches(data, None, target_tokens)
    held = {int(x) for x, _ in found.held_out}
    assert held == set(range(10))  # a quarter of 40
    stream = found.train(seed=0)
    seen = [int(next(stream)[0]) for _ in range(60)]
    assert seen == [*range(10, 40), *range(10, 40)]


def test_a_function_of_a_seed_gives_each_pass_its_own_order() -> None:
    def data(seed: int) -> Any:
        return [(torch.tensor([i + 100 * seed]), torch.tensor([i])) for i in range(2)]

    found = Batches(data, data(9), target_tokens)
    stream = found.train(seed=3)
    assert [int(next(stream)[0]) for _ in range(4)] == [300, 301, 100300, 100301]


def test_runs_that_fix_nothing_are_kept_and_told() -> None:
    result = Sweep(runs=[], fit=None, prediction=None, problem="too few sizes", notes=[])
    assert "  too few sizes" in str(result)
    with pytest.raises(FailedPrecondition, match="too few sizes"):
        _ = result.depth


def reported(error: Exception) -> SweepRun:
    """A run whose reports end by this."""

    def report(step: int, loss: float) -> bool:
        raise error

    data = Batches(batches(), None, target_tokens)
    training = Training(Formula, loss_of, data, 0.01, 8, counter().growing, None)
    job = Job(BUDGETS[0], 1, 8, 0)
    return train(training, job, 20, 100.0, "cpu", threading.Event(), report)


@pytest.mark.parametrize("error", [ResourceExhausted, Internal, Aborted])
def test_a_busy_coordinator_is_no_fault_of_a_run(error: type[Exception]) -> None:
    with pytest.raises(error, match="too many calls"):
        reported(error("too many calls; ask again"))


def test_a_value_that_is_refused_fails_the_run() -> None:
    run = reported(InvalidArgument("measurements[0].tokens -1 is negative"))
    assert (run.outcome, run.loss) == ("failed", None)


def test_runs_that_never_end_are_not_asked_for_for_ever() -> None:
    class Nothing:
        where, campaign = "campaigns/gone", "campaigns/gone"

        def ended(self) -> list[SweepRun]:
            return []

        def train(self, jobs: Any) -> None:
            pass

    runner = Runner(grid(), counter(), Nothing(), lambda line: None)  # type: ignore[arg-type]
    with pytest.raises(FailedPrecondition, match="campaigns/gone has no end of 5 of the 5 runs"):
        runner.sweep(3 * BUDGETS[-1], 0)


def test_tokens_of_a_batch() -> None:
    assert target_tokens((torch.zeros(4, 8), torch.zeros(4, 8))) == 32
    assert target_tokens({"input_ids": torch.zeros(2, 3), "labels": torch.zeros(2, 3)}) == 6


def test_default_loss_is_the_cross_entropy() -> None:
    logits = torch.randn(2, 3, 5)
    targets = torch.tensor([[0, 1, 2], [3, 4, 0]])
    found = default_loss(lambda inputs: logits, (None, targets))
    expected = -torch.log_softmax(logits, -1).gather(-1, targets[..., None]).mean()
    assert float(found) == pytest.approx(float(expected), rel=1e-6)
