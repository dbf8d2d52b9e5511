"""Trainers of your own: a function that trains one run, and `serve` around it.

    from isoshape.trainer import Run, serve

    def train(run: Run):
        model = MyModel(run.shape)
        ...
        for inputs, targets in run.batches():
            ...
            run.report(train_loss=loss)
        return run.evaluate(lambda inputs, targets: ...)

    serve(train)

`python -m isoshape.trainer check my_trainer.py` plays the worker and says what is wrong;
`isoshape worker --trainer "python3 my_trainer.py"` trains a campaign with it. See
docs/python-trainers.md. Importing this imports the standard library alone; run.batches needs
numpy.
"""

from isoshape.trainer.card import Evaluation
from isoshape.trainer.data import Corpus, DataError
from isoshape.trainer.outcome import Diverged, Stopped, TrainerError
from isoshape.trainer.run import Run
from isoshape.trainer.serve import serve

__all__ = [
    "Corpus",
    "DataError",
    "Diverged",
    "Evaluation",
    "Run",
    "Stopped",
    "TrainerError",
    "serve",
]
