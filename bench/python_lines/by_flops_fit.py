import flops_fit
import numpy as np
from module_job import BUDGETS, DATA, TARGET, Model, loss_of
from torch.utils.data import DataLoader, Dataset


class Rows(Dataset):
    def __len__(self):
        return sum(len(inputs) for inputs, _ in DATA)

    def __getitem__(self, index):
        inputs, targets = DATA[index // 64]
        return inputs[index % 64], targets[index % 64]


found = {}
for depth in (2, 4, 8, 16):
    found[depth] = flops_fit.find_optimal(
        model_cls=lambda width, depth=depth: Model(depth, width),
        model_size_param="width",
        dataset=DataLoader(Rows(), batch_size=64),
        loss_fn=loss_of,
        compute_budgets=BUDGETS,
        output_dir=f"depth-{depth}",
    )
best = {}
for budget in BUDGETS:
    at = {depth: result.predict(budget) for depth, result in found.items()}
    depth = min(at, key=lambda depth: at[depth]["expected_loss"])
    best[budget] = at[depth]["optimal_params"]
    print(f"{budget:g} {depth}x{round((best[budget] / 12 / depth) ** 0.5)}")
print(np.polyfit(np.log(BUDGETS), np.log(list(best.values())), 1)[0], "and no interval")
at = {depth: result.predict(TARGET) for depth, result in found.items()}
depth = min(at, key=lambda depth: at[depth]["expected_loss"])
print(f"at {TARGET:g} FLOPs: {depth}x{round((at[depth]['optimal_params'] / 12 / depth) ** 0.5)}")
