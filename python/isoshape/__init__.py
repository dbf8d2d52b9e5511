"""isoshape: the best depth and width of a model at a compute budget.

Importing this package imports nothing but the standard library.
"""

from isoshape import errors
from isoshape._campaign import Campaign, Figure
from isoshape._client import Client, connect
from isoshape._files import figure, fit, predict
from isoshape._trials import Trials
from isoshape._version import __version__
from isoshape.sweep import sweep

__all__ = [
    "Campaign",
    "Client",
    "Figure",
    "Trials",
    "__version__",
    "connect",
    "errors",
    "figure",
    "fit",
    "predict",
    "sweep",
]
