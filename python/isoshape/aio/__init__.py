"""The client for asyncio, with the names of the blocking one:

    iso = await isoshape.aio.connect()
    c = await iso.campaigns.create("c1", budgets=[2.5e11, 7.5e11, 2.25e12])
    async for change in c.watch():
        print(change)
    print(await c.fit())

A client belongs to the event loop that it was made in.
"""

from isoshape.aio._ask import Lease
from isoshape.aio._campaign import Campaign, Figure
from isoshape.aio._client import Campaigns, Client, connect
from isoshape.aio._trials import Trials

__all__ = ["Campaign", "Campaigns", "Client", "Figure", "Lease", "Trials", "connect"]
