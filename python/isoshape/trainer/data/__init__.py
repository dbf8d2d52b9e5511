"""The data of a worker, read and split as isoshape-trainer does (docs/data.md).

The held-out tokens, the order of training and the fingerprint are the same, so
that losses of a Python trainer and of isoshape-trainer on the same data compare.
Needs numpy.
"""

from isoshape.trainer.data.corpus import Corpus
from isoshape.trainer.data.files import DataError, DataUnreadable

__all__ = ["Corpus", "DataError", "DataUnreadable"]
