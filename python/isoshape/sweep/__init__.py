"""`isoshape.sweep(model=make_model, data=batches, budgets=[…])`: the best depth and width of any
PyTorch module, from a factory and data alone (docs/python-trainers.md).

The runs are planned here and not by a coordinator, which counts FLOPs of transformers by their
shape and cannot know those of any other module. Importing this imports the standard library alone.
"""

from isoshape.sweep.api import sweep
from isoshape.sweep.result import Prediction, Sweep
from isoshape.sweep.train import SweepRun

__all__ = ["Prediction", "Sweep", "SweepRun", "sweep"]
