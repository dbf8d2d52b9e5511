"""`isoshape.sweep(model=make_model, data=batches, budgets=[…])`: the best depth and width of any
PyTorch module, from a factory and data alone (docs/python-trainers.md).

The grid is proposed here, by what modules cost as PyTorch counts it; if that is what transformers
cost, a coordinator keeps, leases and fits the runs. Importing this imports the standard library
alone.
"""

from isoshape.sweep.api import sweep
from isoshape.sweep.result import Prediction, Sweep
from isoshape.sweep.train import SweepRun

__all__ = ["Prediction", "Sweep", "SweepRun", "sweep"]
