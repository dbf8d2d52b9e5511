import isoshape
from job import BUDGETS, TARGET, train

c = isoshape.connect().campaigns.create(budgets=BUDGETS, seeds=2, dataset="by-hand")
while True:
    with c.ask() as t:
        if t is None:
            break
        t.tell(train(t.shape.depth, t.shape.width, t.steps, t.seed))
print(*(f"{best.budget_flops:g} {best.shape}" for best in c.best(top=1)), sep="\n")
print(c.fit()["a"])
print(c.predict(TARGET))
