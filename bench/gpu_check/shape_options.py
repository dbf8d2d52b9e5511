"""Every option of a shape and of its recipe, eager and by graphs."""
from concurrent.futures import ThreadPoolExecutor

from .run_lines import TINY
from .setting import NOT_RUN
from .trainer_process import NO_ANSWER, Answer

_MASKED = {"objective": "masked"}
# By name: what the run has beyond the default. A masked shape takes one more
# token, the mask.
OPTIONS = {
    "layer_norm": {"shape": {"norm": "layer"}},
    "learned_positions": {"shape": {"positions": "learned"}},
    "no_positions": {"shape": {"positions": "none"}},
    "gelu": {"shape": {"activation": "gelu"}},
    "relu2": {"shape": {"activation": "relu2"}},
    "grouped_queries": {"shape": {"kv_heads": 2}},
    "qk_norm": {"shape": {"qk_norm": True}},
    "post_norm": {"shape": {"norm_placement": "post"}},
    "no_norm": {"shape": {"norm_placement": "none"}},
    "no_residual": {"shape": {"residual": "none"}},
    "bias": {"shape": {"bias": True}},
    "tied_embedding": {"shape": {"tied_embedding": True}},
    "masked": {"shape": {**_MASKED, "vocab": 257}},
    "bert": {"shape": {**_MASKED, "vocab": 257, "norm_placement": "post",
                       "bias": True}},
    "recall": {"data": "synthetic:recall"},
    "z_loss": {"recipe": {"z_loss": 0.001}},
    "no_clipping": {"recipe": {"gradient_clip": 0}},
    "cosine": {"recipe": {"schedule": "cosine"}},
    "muon": {"recipe": {"optimizer": "muon"}},
    "standard": {"recipe": {"parameterization": "standard"}},
}


def check_options(setting):
    """All options one after another in one trainer of each kind."""
    with ThreadPoolExecutor(3) as pool:
        on_cpu, eager, graphs = (
            pool.submit(_sweep, setting, **how)
            for how in ({"device": "cpu"}, {}, {"graphs": True}))
        for name in OPTIONS:
            for way, answers in (("eager", eager), ("graphs", graphs)):
                setting.compare(f"option_{name}_{way}", answers.result()[name],
                                on_cpu.result()[name], 3e-3)


def _sweep(setting, **how):
    """The answers of all options, from one process."""
    answers = {}
    with setting.trainer(**how) as trainer:
        for name, option in OPTIONS.items():
            line = setting.lines.line(TINY, 8, run=name, **option)
            answers[name] = setting.ask_one(trainer, line)
            if answers[name].outcome in (NO_ANSWER, NOT_RUN):
                break  # it has ended; the rest got no answer either
    last = answers[name]
    return {option: answers.get(option, Answer({}, last.result))
            for option in OPTIONS}
