"""The `run` lines that the check gives to trainers, and the data they name."""
import array
import os
import random
from typing import NamedTuple

BYTES = "text"          # 256 tokens
WORDS = "tokens.bin"    # 50,304 tokens
LARGE_VOCABULARY = 50304


def write_data(folder):
    """Writes both files. They can be learned: a rising loss would end a run."""
    generator = random.Random(7)
    ranks = range(300)
    words = ["".join(generator.choices("etaoinshrdlu",
                                       k=generator.randint(2, 7)))
             for _ in ranks]
    text = generator.choices(words, weights=[1 / (rank + 1) for rank in ranks],
                             k=200_000)
    with open(os.path.join(folder, BYTES), "w", encoding="ascii") as file:
        file.write(" ".join(text))
    ranks = range(LARGE_VOCABULARY)
    tokens = array.array("H", generator.choices(
        ranks, weights=[1 / (rank + 10) for rank in ranks], k=600_000))
    tokens[0] = LARGE_VOCABULARY - 1  # the largest, so that the file tells it
    with open(os.path.join(folder, WORDS), "wb") as file:
        tokens.tofile(file)


class Size(NamedTuple):
    """A model and its batch, as the speeds are measured; names as in Shape."""

    depth: int
    width: int
    head_dim: int
    context: int
    sequences: int
    vocab: int

    @property
    def tokens(self):
        return self.context * self.sequences


SMALL = Size(depth=4, width=128, head_dim=32, context=128, sequences=16,
             vocab=256)
TINY = Size(depth=2, width=64, head_dim=16, context=128, sequences=16,
            vocab=256)


class RunLines:
    """Makes `run` lines over the data in a folder."""

    def __init__(self, folder):
        self._folder = folder

    def path(self, name):
        return os.path.join(self._folder, name)

    def line(self, size, steps, *, precision="fp32", data=BYTES, run="r",
             shape=None, recipe=None, **fields):
        """A run of the default architecture, with what `shape` overrides."""
        ffn_width = (8 * size.width // 3 + 7) // 8 * 8
        return {
            "type": "run",
            "run": run,
            "shape": {"depth": size.depth, "width": size.width,
                      "head_dim": size.head_dim, "vocab": size.vocab,
                      "context": size.context, "ffn_width": ffn_width,
                      **(shape or {})},
            "recipe": {"precision": precision, **(recipe or {})},
            "data": {"path": data if ":" in data else self.path(data)},
            "steps": steps,
            "tokens_per_step": size.tokens,
            "seed": 0,
            "report_seconds": 0,
            **fields,
        }

    def gpt2(self, size, steps, **how):
        """The same decoder as bench/torch_peer.py trains."""
        large = size.vocab > 256
        return self.line(size, steps, data=WORDS if large else BYTES,
                         shape={"ffn_width": 4 * size.width, "norm": "layer",
                                "positions": "learned", "activation": "gelu",
                                "tied_embedding": True}, **how)


def with_seeds(line, count):
    """The line as that many replicas, which differ in their seeds."""
    if count == 1:
        return line
    return {**line, "replicas": [{"run": f"x{seed}", "seed": seed}
                                 for seed in range(count)]}


def names(line):
    """Under which names a line's answers come."""
    return [own["run"] for own in line.get("replicas", [line])]
