"""Are the losses of a GPU those of a CPU, whichever way they are computed?"""
from concurrent.futures import ThreadPoolExecutor

from .curves import relative
from .run_lines import SMALL, WORDS, LARGE_VOCABULARY, with_seeds
from .setting import FLASH_ATTENTION, NOT_RUN

_STEPS = 50
_REPLICAS = 4
_CARD = ("peak_memory_bytes", "matmul_flops_per_second", "step_seconds",
         "forward_seconds", "backward_seconds", "optimizer_seconds",
         "prefill_seconds", "decode_seconds", "energy_joules",
         "training_activation_bytes")


def check_correctness(setting):
    """Trains a 4x128 shape in every way beside itself on the CPU."""
    with ThreadPoolExecutor(setting.parallel) as pool:
        def start(line, **how):
            return pool.submit(setting.alone, line, **how)

        base = setting.lines.line(SMALL, _STEPS)
        bf16 = setting.lines.line(SMALL, _STEPS, precision="bf16")
        jobs = {"cpu": start(base, device="cpu"),
                "eager": start(base),
                "graphs": start(base, graphs=True),
                "bf16": start(bf16, graphs=True),
                "bf16_flash": start(bf16, environment=FLASH_ATTENTION)}
        if setting.device == "cuda":
            jobs["tf32"] = start(
                setting.lines.line(SMALL, _STEPS, precision="tf32"),
                graphs=True)
        replicas = _replicas(base)
        together = start(replicas, graphs=True)
        alone = [start({**base, **own}) for own in replicas["replicas"]]
        rest = [pool.submit(part, setting)
                for part in (_check_branches, _check_divergence,
                             _check_vocabulary)]

        answers = {name: job.result()["r"] for name, job in jobs.items()}
        on_cpu = answers["cpu"]
        setting.compare("fp32_as_cpu", answers["eager"], on_cpu, 1e-3)
        setting.compare("graphs_as_eager", answers["graphs"],
                        answers["eager"], 1e-3)
        setting.compare("bf16_as_fp32", answers["bf16"], on_cpu, 1e-2)
        setting.compare("bf16_flash_as_fp32", answers["bf16_flash"], on_cpu,
                        1e-2)
        if "tf32" in answers:
            setting.compare("tf32_as_fp32", answers["tf32"], on_cpu, 5e-3)
        for job in alone:
            for name, answer in job.result().items():
                setting.compare(f"replica_{name}_as_alone",
                                together.result()[name], answer, 1e-3)
        for part in rest:
            part.result()
        if not setting.dry:
            card = answers["graphs"].card
            setting.report.say(card_of="4x128_fp32_graphs",
                               **{field: card.get(field) for field in _CARD})


def _replicas(line):
    """The line as replicas that differ in seed and rate."""
    seeds = with_seeds(line, _REPLICAS)
    for rank, own in enumerate(seeds["replicas"], start=1):
        own["recipe"] = {**line["recipe"], "learning_rate": 0.002 * rank}
    return seeds


def _check_branches(setting):
    """Cooldown branches of one run, and that they leave its trunk alone."""
    line = setting.lines.line(SMALL, 40, branch_steps=[20, 30])
    branched = setting.alone_one(line, graphs=True)
    on_cpu = setting.alone_one(line, device="cpu")
    setting.compare("branches_trunk", branched, on_cpu, 1e-3)
    if setting.dry or NOT_RUN in (branched.outcome, on_cpu.outcome):
        return
    losses, expected = (
        [point["validation_loss"] for point in answer.card.get("branches", [])]
        for answer in (branched, on_cpu))
    apart = max(map(relative, losses, expected), default=0.0)
    setting.report.check("branches_losses",
                         len(losses) == len(expected) == 2 and apart <= 1e-3,
                         branches=len(losses), difference=apart,
                         tolerance=1e-3)


def _check_divergence(setting):
    """A rate that no run survives ends in `diverged`."""
    line = setting.lines.line(
        SMALL, 60, precision="bf16",
        recipe={"learning_rate": 1e4, "gradient_clip": 0})
    answer = setting.alone_one(line, graphs=True)
    if setting.dry:
        setting.compare("diverges", answer, answer, 0)
    else:
        setting.expect("diverges", answer, "diverged")


def _check_vocabulary(setting):
    """GPT-2's vocabulary, whose loss needs an order of memory of its own."""
    size = SMALL._replace(width=256, head_dim=64, context=256, sequences=8,
                          vocab=LARGE_VOCABULARY)
    if not setting.on_gpu:
        size = size._replace(width=64, sequences=2)
    line = setting.lines.line(size, 12, precision="bf16", data=WORDS)
    plain = setting.lines.line(size, 12, data=WORDS)
    setting.compare("vocabulary_50304_bf16",
                    setting.alone_one(line, graphs=True),
                    setting.alone_one(plain, device="cpu"), 1e-2)
