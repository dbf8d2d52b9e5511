"""Which blocks of data are held out, as trainer/data/held_out_split.h decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HELD_OUT_SHARE = 16
MAX_HELD_OUT = 64 << 20
NEGLIGIBLE = 1000
MAX_BLOCK, MIN_BLOCK, BLOCKS_WANTED = 16384, 256, 512

TRAIN, HELD_OUT, LEFT_OUT = range(3)


@dataclass
class Block:
    """A piece of one file."""

    file: int
    offset: int  # bytes
    size: int  # bytes
    hash: int  # of the content
    use: int = TRAIN


@dataclass
class _Account:
    """Bytes by what became of them."""

    total: int
    asked: int
    held_out: int = 0
    left_out: int = 0  # copies of what is held out
    repeated: int = 0  # in groups that are too large to be held out
    also_train: int = 0  # held out, with copies that are trained on

    @property
    def kept(self) -> int:
        return self.held_out + self.left_out


def block_tokens(tokens: int) -> int:
    """Tokens of a block of data that have so many."""
    size = MAX_BLOCK
    while size > MIN_BLOCK and tokens // size < BLOCKS_WANTED:
        size //= 2
    return size


def split_held_out(token_bytes: int, blocks: Sequence[Block]) -> tuple[list[Block], list[str]]:
    """Sets the use of each block; returns those held out, by their hashes, and warnings: what a
    reader of losses should know. `token_bytes`: bytes of a token."""
    total = sum(block.size for block in blocks)
    account = _Account(total, min(total // HELD_OUT_SHARE, MAX_HELD_OUT))
    held_out: list[Block] = []
    repeated: list[list[Block]] = []

    def hold_out(block: Block) -> None:
        block.use = HELD_OUT
        held_out.append(block)
        account.held_out += block.size

    for group in _copies(blocks):
        size = sum(block.size for block in group)
        if len(group) > 1 and size > account.asked:
            repeated.append(group)
            account.repeated += size
            continue
        enough = account.held_out >= account.asked or account.kept >= 2 * account.asked
        if enough and held_out:
            continue
        if len(group) > 1 and account.kept + size > 2 * account.asked:
            continue
        hold_out(group[0])
        others = size - group[0].size
        for copy in group[1:]:
            if others <= account.asked // NEGLIGIBLE:
                hold_out(copy)
            else:
                copy.use = LEFT_OUT
                account.left_out += copy.size
    little_else = not held_out or account.kept < account.asked // 2
    for group in repeated:
        if not little_else or account.held_out >= account.asked:
            break
        hold_out(group[0])
        account.also_train += group[0].size
    if account.also_train:
        account.repeated = 0  # said by that
    return held_out, _warnings(account, token_bytes)


def _copies(blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks of one content together, in the order of their hashes."""
    groups: dict[int, list[Block]] = {}
    for block in blocks:
        groups.setdefault(block.hash, []).append(block)
    return [groups[key] for key in sorted(groups)]


def _warnings(account: _Account, token_bytes: int) -> list[str]:
    said = [
        (account.left_out, "are copies of held-out blocks and are neither trained on nor measured"),
        (
            account.repeated,
            "are copies of blocks that occur so often that they are trained on and not held out; "
            "the data may be padded or repeat a text",
        ),
        (
            account.also_train,
            "are held out and were trained on too, because the data are little else than copies "
            "of a few blocks; the loss says nothing of new text",
        ),
    ]
    if not account.asked // 2 <= account.held_out <= 2 * account.asked:
        said.append(
            (
                account.held_out,
                "are held out, and one in sixteen was asked for; longer data without copies are "
                "measured better",
            )
        )
    return [
        f"{size // token_bytes} tokens ({100 * size / account.total:.3g} % of the data) {what}"
        for size, what in said
        if size
    ]
