"""The client for asyncio does what the blocking one does, over a transport of its own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from conftest import Coordinator, Finished, Worker

import isoshape
import isoshape.aio
from isoshape.errors import (
    CampaignCancelled,
    DeadlineExceeded,
    InvalidArgument,
    NotFound,
    NotTold,
    Unavailable,
)

TWINS = [
    (isoshape.Client, isoshape.aio.Client),
    (isoshape.Campaign, isoshape.aio.Campaign),
    (isoshape.Trials, isoshape.aio.Trials),
    (isoshape.Figure, isoshape.aio.Figure),
]
# What has no awaitable form: these are len(), properties that ask, and what notebooks call.
ALONE = {"state"}


def run(coordinator: Coordinator, test: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    async def connected() -> None:
        async with await isoshape.aio.connect(coordinator.url) as iso:
            await test(iso)

    asyncio.run(connected())


@pytest.mark.parametrize(("blocking", "awaiting"), TWINS)
def test_twins_have_the_same_names(blocking: type, awaiting: type) -> None:
    for name, member in vars(blocking).items():
        if name.startswith("_") or name in ALONE:
            continue
        twin = getattr(awaiting, name)
        if inspect.isfunction(member):
            assert list(inspect.signature(member).parameters) == list(
                inspect.signature(twin).parameters
            ), name


def test_campaign_is_made_watched_and_fitted(coordinator: Coordinator, worker: Worker) -> None:
    async def test(iso: Any) -> None:
        c = await iso.campaigns.create("c1", budgets=["10 GFLOPs", 3e10])
        states = [change.campaign.state async for change in c.watch()]
        assert states[0] == "running" and states[-1] == "completed"
        assert (await c.wait("1m")).state == "completed"
        names = [trial.name async for trial in c.trials]
        assert len(names) == await c.trials.count()
        assert (await c.trials.get(3)).name == names[2]
        assert [trial.name for trial in await c.trials.head(2)] == names[:2]
        assert (await c.trials.to_pandas()).depth[0] >= 1
        assert len(await c.trials.where("budget=3e10").to_polars()) < len(names)
        assert [curve.trial for curve in await c.curves([1, 2])] == [1, 2]
        assert (await c.best(top=1))[0].rank == 1
        assert (await c.fit(resamples=50)).law == "isoflop"
        assert [each.name async for each in iso.campaigns] == [c.name]

    run(coordinator, test)


def test_answers_are_those_of_the_blocking_client(finished: Finished, tmp_path: Path) -> None:
    async def test(iso: Any) -> None:
        c = iso.campaign("c1")
        assert await c.fit(resamples=50) == finished.campaign.fit(resamples=50)
        figure = await c.figure("isoflop", resamples=50)
        assert figure.data == finished.campaign.figure("isoflop", resamples=50).data
        saved = await figure.save(tmp_path / "f.csv")
        assert saved.read_bytes() == finished.campaign.figure("isoflop", resamples=50).drawn("csv")

    run(finished.coordinator, test)


def test_calls_run_side_by_side(finished: Finished) -> None:
    async def test(iso: Any) -> None:
        c = iso.campaign("c1")
        trials = await asyncio.gather(*(c.trials.get(number) for number in range(1, 21)))
        assert [t.name for t in trials] == [t.name for t in finished.campaign.trials[:20]]

    run(finished.coordinator, test)


def test_errors_are_those_of_the_blocking_client(coordinator: Coordinator) -> None:
    async def test(iso: Any) -> None:
        with pytest.raises(InvalidArgument) as found:
            await iso.campaigns.create(budgets=[1e10], seeds=-2)
        assert (found.value.field, found.value.remedy) == ("seeds", "give 1 to 100")
        with pytest.raises(NotFound):
            await iso.campaigns.get("zz")
        c = await iso.campaigns.create(budgets=[1e10])
        with pytest.raises(DeadlineExceeded):
            await c.wait(0.3)
        await c.cancel()
        with pytest.raises(CampaignCancelled):
            await c.wait()

    run(coordinator, test)


def test_no_coordinator_is_said_with_the_command_that_starts_one(coordinator: Coordinator) -> None:
    with pytest.raises(Unavailable, match="`isoshape serve`"):
        asyncio.run(isoshape.aio.connect("127.0.0.1:1"))
    with pytest.raises(Unavailable, match="not that of gRPC"):
        asyncio.run(isoshape.aio.connect(coordinator.grpc))


def test_connection_that_the_coordinator_closed_is_made_anew(coordinator: Coordinator) -> None:
    async def test(iso: Any) -> None:
        for connection in iso._transport._idle:
            connection.writer.transport.abort()
        assert await iso.campaigns.list() == []

    run(coordinator, test)


def test_campaign_is_trained_by_hand(coordinator: Coordinator) -> None:
    async def test(iso: Any) -> None:
        c = await iso.campaigns.create(budgets=[1e10], algorithm={"grid": {"sizes": 3}})
        with pytest.raises(ZeroDivisionError):
            async with c.ask() as t:
                _ = 1 / 0
        with pytest.raises(NotTold):
            async with c.ask() as t:
                assert t is not None
        while True:
            async with c.ask("notebook", wait=0) as t:
                if t is None:
                    break
                assert await t.report(step=t.steps, train_loss=2.0)
                await t.tell(validation_loss=2.0)
        assert (await c.get()).state == "completed"
        assert (await c.trials.measurements(1))[0].train_loss == 2.0

    run(coordinator, test)


def test_lease_beats_while_the_task_waits(tmp_path: Path) -> None:
    coordinator = Coordinator(tmp_path, "--lease-duration", "3s")

    async def test(iso: Any) -> None:
        c = await iso.campaigns.create(budgets=[1e10])
        async with c.ask() as t:
            first = (await c.trials.get(1)).lease_expire_time
            while (await c.trials.get(1)).lease_expire_time == first:
                await asyncio.sleep(0.05)
            await t.tell(validation_loss=2.0)

    run(coordinator, test)
    coordinator.stop()
