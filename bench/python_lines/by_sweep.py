import isoshape
from module_job import BUDGETS, DATA, TARGET, Model, loss_of

print(
    isoshape.sweep(
        model=Model,
        data=DATA,
        budgets=BUDGETS,
        loss=lambda model, batch: loss_of(model(batch[0]), batch[1]),
        target=TARGET,
        seeds=2,
    )
)
