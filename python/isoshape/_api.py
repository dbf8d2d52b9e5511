"""The messages of isoshape.v1 as values, and the names of the calls.

Written by python/types_of_protos.mjs from proto/isoshape/v1; do not edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from isoshape._message import (
    Depthwise,
    FieldMask,
    Forecast,
    Interval,
    LawReport,
    Message,
    RankedRow,
    TrialRow,
    number,
    several,
    time,
)

Norm = Literal[
    "unspecified",
    "rms",
    "layer",
]
"""Normalisation of the residual stream; NormPlacement says where."""

NormPlacement = Literal[
    "unspecified",
    "pre",
    "post",
    "none",
]
"""Where the residual stream is normalised."""

Residual = Literal[
    "unspecified",
    "add",
    "none",
]
"""How a branch (attention, feed-forward) meets the residual stream."""

Objective = Literal[
    "unspecified",
    "causal",
    "masked",
]
"""What a model sees and predicts."""

Positions = Literal[
    "unspecified",
    "rope",
    "learned",
    "none",
]
"""How the model learns the position of a token."""

Activation = Literal[
    "unspecified",
    "swiglu",
    "gelu",
    "relu2",
]
"""Feed-forward block."""

ShapeCost = Literal[
    "unspecified",
    "decode_seconds",
    "peak_memory_bytes",
    "parameters",
    "step_seconds",
]
"""A cost of a shape that is weighed against its loss; less is better."""

FlopConvention = Literal[
    "unspecified",
    "exact",
    "chinchilla",
    "kaplan",
    "6n",
    "palm",
]
"""How training FLOPs per token are counted; docs/accounting.md."""

FitLawRequestLaw = Literal[
    "unspecified",
    "parametric",
    "shape",
    "levine",
    "isoflop",
    "envelope",
    "methods",
    "surface",
    "ladder",
]
"""Which law; docs/science.md and docs/shape-laws.md have the formulas."""

FitLawRequestIsoflopRule = Literal[
    "unspecified",
    "near_minimum",
    "akima",
    "full_range",
]
"""How the best size of an isoFLOP curve is found; docs/science.md."""

FitLawRequestPrior = Literal[
    "unspecified",
    "none",
    "weak",
]
"""What is known before any trial (docs/surface.md), weakly."""

FitLawRequestSize = Literal[
    "unspecified",
    "flops",
    "params",
]
"""What N is."""

CampaignState = Literal[
    "unspecified",
    "running",
    "paused",
    "completed",
    "cancelled",
    "incomplete",
]
"""Changed by verbs only: Create, Pause, Resume, Cancel; COMPLETED and INCOMPLETE by the
coordinator."""

ListedAlgorithmQuantity = Literal[
    "unspecified",
    "flops",
    "params",
]
"""What the shapes of a list have in common."""

RecipeParameterization = Literal[
    "unspecified",
    "completep",
    "standard",
    "mup",
]
"""How initial scales and rates depend on width and depth."""

RecipeOptimizer = Literal[
    "unspecified",
    "adamw",
    "muon",
]
"""Who updates the weights."""

RecipeSchedule = Literal[
    "unspecified",
    "wsd",
    "cosine",
]
"""How the rate runs over the steps, after a linear warmup."""

RecipePrecision = Literal[
    "unspecified",
    "fp32",
    "bf16",
    "tf32",
]
"""Numbers that the model computes in."""

SearchCost = Literal[
    "unspecified",
    "flops",
    "seconds",
]
"""What a search spends, and so divides by when it weighs trials."""

TrialState = Literal[
    "unspecified",
    "pending",
    "leased",
    "succeeded",
    "diverged",
    "stopped",
    "failed",
    "cancelled",
]
"""The state of a trial in its life cycle. Changed by the coordinator only, on the calls named
at each value; docs/lease-states.md draws the graph."""

TrialFailure = Literal[
    "unspecified",
    "out_of_memory",
    "lost",
    "invalid",
    "timeout",
]
"""Whose fault it was that a trial FAILED."""

TrialPurpose = Literal[
    "unspecified",
    "search",
    "verification",
    "imported",
]
"""Why the trial exists; fits use SEARCH, and IMPORTED where they are asked to."""

CampaignEventKind = Literal[
    "unspecified",
    "campaign_changed",
    "trial_changed",
    "trial_measured",
]
"""What happened."""

FigureKind = Literal[
    "unspecified",
    "isoflop",
    "trends",
    "methods",
    "envelope",
    "heatmap",
    "aspect",
    "curves",
    "residuals",
    "pareto",
    "surface",
    "prediction",
    "progress",
]
"""What is drawn."""

FigureSeriesMark = Literal[
    "unspecified",
    "points",
    "line",
    "band",
    "rule_x",
    "rule_y",
    "span_x",
    "span_y",
    "cells",
]
"""How x, y and the other columns are drawn."""

FigureSeriesRole = Literal[
    "unspecified",
    "measured",
    "fit",
    "uncertainty",
    "optimum",
    "edge",
    "sampled",
    "target",
    "reference",
    "noise",
    "predicted",
    "verification",
    "failed",
    "infeasible",
    "held_out",
    "front",
    "dominated",
]
"""What the marks are: decides symbol, dash and strength, the same in every figure."""

WorkerState = Literal[
    "unspecified",
    "online",
    "offline",
]
"""Derived from the last contact. Output only."""

ReleaseTrialRequestCause = Literal[
    "unspecified",
    "trainer_lost",
    "worker_fault",
    "other_data",
]
"""Whose doing it is."""

Directive = Literal[
    "unspecified",
    "continue",
    "stop",
]
"""The coordinator's instruction for a leased trial."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Shape(Depthwise):
    """The architecture of one transformer: everything that its parameter count and its FLOPs
    per token depend on. Set by whoever proposes a trial; never changed afterwards."""

    depth: int = 0
    """Number of layers (blocks), >= 1."""
    width: int = 0
    """Size of the residual stream (d_model), >= 1; heads * head_dim for every shape that this
    service proposes."""
    head_dim: int = 0
    """Size of one attention head, >= 1, even if positions are rotary; constant over a
    campaign."""
    heads: int = 0
    """Query heads, >= 1; 0 stands for width / head_dim."""
    kv_heads: int = 0
    """Key and value heads (grouped-query attention), a divisor of heads; 0 stands for heads."""
    ffn_width: int = 0
    """Hidden size of the feed-forward block, >= 1."""
    vocab: int = 0
    """Vocabulary size, >= 2; 256 if tokens are bytes, and one more for the mask if the
    objective is masked."""
    context: int = 0
    """Tokens in one sequence, >= 1."""
    norm: Norm = "unspecified"
    """Kind of normalisation."""
    positions: Positions = "unspecified"
    """Kind of position information."""
    activation: Activation = "unspecified"
    """Kind of feed-forward block."""
    tied_embedding: bool = False
    """True if the unembedding is the embedding transposed."""
    bias: bool = False
    """True if linear layers and layer norms carry biases (GPT-2, BERT)."""
    norm_placement: NormPlacement = "unspecified"
    """Where the residual stream is normalised."""
    residual: Residual = "unspecified"
    """Whether branches are added to the residual stream."""
    objective: Objective = "unspecified"
    """What the model sees and predicts."""
    qk_norm: bool = False
    """True if each head's queries and keys pass an RMSNorm with gains of head_dim, shared by
    the heads of a layer."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Estimate(Interval):
    """A number with its uncertainty."""

    value: float = 0.0
    """Best estimate."""
    lower: float | None = None
    """Lower end of the interval; absent if it is not identified."""
    upper: float | None = None
    """Upper end of the interval; absent if it is not identified."""
    level: float = 0.0
    """Level of the interval, for example 0.95."""
    method: str = ""
    """How the interval was made, for example `case bootstrap of the trials, 1000 resamples`."""
    bca_lower: float | None = None
    """The interval corrected for bias and skewness (BCa) from the same resamples; absent if
    it was not made, or the end is not identified."""
    bca_upper: float | None = None
    """Upper end of the BCa interval; absent like bca_lower."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DataBasis(Message):
    """The data that an answer rests on."""

    trials: int = 0
    """Trials used."""
    newer_trials: int = 0
    """Trials that have succeeded since and are not in the answer yet."""
    read_time: datetime | None = None
    """When the trials were read."""
    points: int = 0
    """Their measured losses: one for each trial, and one for each cooldown that branched off
    it (Algorithm.share_trunks). Points of a trial are drawn together in every resample of
    runs."""
    variant: str = ""
    """The variant whose trials these are; empty if the campaign has none, or if the answer
    compares them."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListBestShapesRequest(Message):
    """See AnalysisService.ListBestShapes."""

    campaign: str = ""
    """`campaigns/{campaign}`."""
    top: int = 0
    """Shapes for each budget, 1..100; 0: 3."""
    budget_flops: float = 0.0
    """Only this budget, FLOPs; 0: all."""
    max_parameters: int = 0
    """Only shapes with at most this many parameters; 0: no limit."""
    max_memory_bytes: int = 0
    """Only shapes whose peak memory was measured and is at most this, bytes; 0: no limit."""
    wait_for_newest: bool = False
    """Wait until the answer rests on every trial that had succeeded when the request arrived."""
    max_decode_seconds: float = 0.0
    """Only shapes of which one decoded token was measured to take at most this, seconds
    (ShapeCard.decode_seconds); 0: no limit."""
    variant: str = ""
    """Of this variant; empty: `base`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RankedShape(RankedRow):
    """A shape at a budget with its loss over the seeds."""

    shape: Shape = field(default_factory=lambda: Shape())
    """The shape."""
    budget_flops: float = 0.0
    """The isoFLOP level, FLOPs."""
    rank: int = 0
    """Rank at its budget, 1 is best."""
    validation_loss: float = 0.0
    """Mean validation loss over the seeds, nats per token."""
    validation_loss_stderr: float = 0.0
    """Standard error over seeds if there are several, else over held-out batches."""
    loss_above_best: float = 0.0
    """validation_loss - the best of its budget."""
    trials: Sequence[str] = ()
    """Trials that it rests on."""
    parameters: int = 0
    """Parameters."""
    size: float = 0.0
    """Size, FLOPs per token / 6."""
    tokens: int = 0
    """Training tokens."""
    tokens_per_second: float | None = None
    """Mean training throughput of the trials that report it, tokens per second."""
    peak_memory_bytes: int | None = None
    """Max peak memory of the trials that report it, bytes."""
    bigram_entropy: float | None = None
    """Bigram entropy of the held-out data, nats per token."""
    decode_seconds: float | None = None
    """Max latency of one decoded token at batch 1, seconds; absent if it was not measured."""
    engines: Sequence[str] = ()
    """Engines of its trials, each once (ShapeCard.engine). Times and memory of different
    engines do not compare."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListBestShapesResponse(Message):
    """See AnalysisService.ListBestShapes."""

    shapes: Sequence[RankedShape] = ()
    """Shapes by budget, then by rank."""
    basis: DataBasis = field(default_factory=lambda: DataBasis())
    """What it rests on."""
    warnings: Sequence[str] = ()
    """Sentences for readers: costs of several engines in one list, or shapes that a limit
    leaves out because the cost was not measured."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FitLawRequest(Message):
    """See AnalysisService.FitLaw."""

    campaign: str = ""
    """`campaigns/{campaign}`."""
    law: FitLawRequestLaw = "unspecified"
    """Which law."""
    size: FitLawRequestSize = "unspecified"
    """What N is."""
    huber_delta: float = 0.0
    """Residual of ln loss beyond which it counts linearly; 0: 0.001."""
    least_absolute: bool = False
    """Least absolute deviations instead of Huber's loss."""
    fixed_e: float | None = None
    """E if it is known, nats per token."""
    resamples: int = 0
    """Bootstrap resamples, 0..100000; 0: 1000."""
    seed: int = 0
    """Seed of the bootstrap."""
    level: float = 0.0
    """Level of the intervals, in (0, 1); 0: 0.95."""
    wait_for_newest: bool = False
    """Wait until the answer rests on every trial that had succeeded when the request arrived."""
    max_budget_flops: float = 0.0
    """Use only budgets up to this, FLOPs; 0: all."""
    isoflop_rule: FitLawRequestIsoflopRule = "unspecified"
    """Of ISOFLOP."""
    prior: FitLawRequestPrior = "unspecified"
    """Of PARAMETRIC and SHAPE; LawFigure.prior_share says what the priors carry."""
    tie_exponents: bool = False
    """Of PARAMETRIC: alpha = beta, and `findings` say whether the trials reject it."""
    advise_flops: float = 0.0
    """Also name the trials that would tell most about the best size at this compute, FLOPs;
    0: none."""
    variant: str = ""
    """Of this variant; empty: `base`."""
    free_gamma: bool = False
    """Of PARAMETRIC: L = E + (A / N^alpha + B / D^beta)^gamma, gamma fitted as well
    (docs/science.md), and `findings` say whether the trials reject gamma = 1. Not with
    tie_exponents."""
    imported: bool = False
    """Also of the IMPORTED trials; a note of the answer says how many they are."""


@dataclass(frozen=True, kw_only=True, repr=False)
class LawFigure(Message):
    """One number of a law, or derived from it."""

    name: str = ""
    """Its name in the formula, for example `alpha`."""
    meaning: str = ""
    """What it is, in one line."""
    estimate: Estimate = field(default_factory=lambda: Estimate())
    """The fit of all trials, with percentile and BCa interval."""
    standard_error: float = 0.0
    """Standard deviation of the resamples."""
    resamples: int = 0
    """Resamples that could be fitted."""
    failed: int = 0
    """Resamples that could not."""
    unidentified: str = ""
    """Why the trials do not tell what it is; if set, the numbers are NaN (null in JSON)."""
    prior_share: float | None = None
    """The share of its variance that comes from priors and not from the trials, 0 to 1;
    absent of laws without priors."""


@dataclass(frozen=True, kw_only=True, repr=False)
class BudgetOptimum(Message):
    """The optimum of one isoFLOP curve."""

    budget_flops: float = 0.0
    """The isoFLOP level, FLOPs."""
    trials: int = 0
    """Points used: trials, and their branches."""
    sizes: int = 0
    """Distinct sizes used."""
    optimal_size: Estimate | None = None
    """N*, the size of least loss; absent if there is no optimum."""
    optimal_tokens: Estimate | None = None
    """D*, tokens of the runs at N*; absent if there is no optimum."""
    optimal_loss: Estimate | None = None
    """Loss at N*, nats per token; absent if there is no optimum."""
    on_edge: bool = False
    """True if the least loss is at the smallest or largest size tried: the optimum is then
    not bracketed and the budget is left out of the trends."""
    min_size: float = 0.0
    """Smallest size tried."""
    max_size: float = 0.0
    """Largest size tried."""
    parabola: Sequence[float] = ()
    """ln loss = c0 + c1 x + c2 x^2, x = ln size; c0, c1, c2."""
    best_measured_loss: float = 0.0
    """Least measured loss, nats per token."""
    best_aspect_ratio: float | None = None
    """Aspect ratio (width / depth) of the best measured shape; absent if shapes are not
    known."""
    problem: str = ""
    """Why there is no optimum, in one line, or empty."""
    optimal_size_by_noise: Estimate | None = None
    """N* with its interval from the noise of a run: losses drawn anew about the parabola."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ComparedLaw(Message):
    """A law beside others."""

    name: str = ""
    """For example `width-depth`."""
    formula: str = ""
    """As people write it."""
    parameters: int = 0
    """How many parameters it has."""
    in_sample_rmse: float = 0.0
    """Root mean square of the residuals of ln loss, all trials."""
    held_out_rmse: float = 0.0
    """Root mean square of the residuals of ln loss on the trials of most FLOPs, from a fit
    without them; NaN if that fit failed."""
    chosen: bool = False
    """True for the law of least held_out_rmse."""


@dataclass(frozen=True, kw_only=True, repr=False)
class LawOptimum(Message):
    """How good the optimum is that a fit found."""

    objective: float = 0.0
    """Sum over trials of the loss of the residual."""
    gradient_norm: float | None = None
    """Norm of the gradient relative to the objective, in coordinates in which its curvature
    is about 1."""
    condition: float | None = None
    """Condition number of the scaled Jacobian; above 1e6 the digits of the parameters mean
    nothing."""
    starts: int = 0
    """Starts tried."""
    agreeing: int = 0
    """Starts that ended in this optimum."""
    converged: bool = False
    """False if the fit is not to be trusted."""
    problem: str = ""
    """Why it is not converged."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RunTable(Message):
    """How the runs of a file were read."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """By `params`, `tokens` and so on the name of that column in the file."""
    notes: Sequence[str] = ()
    """What was read otherwise than it stands in the file, a sentence each."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FitLawResponse(LawReport):
    """See AnalysisService.FitLaw."""

    law: str = ""
    """For example `parametric`."""
    formula: str = ""
    """As people write it."""
    size: str = ""
    """What N is, in words."""
    trials: int = 0
    """Points used: trials, and their branches."""
    level: float = 0.0
    """Level of the intervals."""
    interval_method: str = ""
    """How the intervals were made, in one sentence."""
    parameters: Sequence[LawFigure] = ()
    """The law's own numbers."""
    derived: Sequence[LawFigure] = ()
    """Numbers that follow from the parameters, such as exponents of compute."""
    optimum: LawOptimum | None = None
    """Absent for laws without an objective."""
    comparison: Sequence[ComparedLaw] = ()
    """The law beside the others, if it is one of several."""
    optima: Sequence[BudgetOptimum] = ()
    """Optima of the budgets by budget, of ISOFLOP."""
    findings: Sequence[str] = ()
    """Conclusions from the numbers, a sentence each."""
    warnings: Sequence[str] = ()
    """What a reader must know before using the numbers."""
    basis: DataBasis | None = None
    """The trials that the answer rests on; absent for the runs of a file."""
    table: RunTable | None = None
    """How the runs were read; absent for those of a campaign."""
    advice: Sequence[AdvisedRun] = ()
    """If advice was asked for, as in PredictShapeResponse."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RecipeFits(Message):
    """The runs of a file by recipe, side by side."""

    column: str = ""
    """The column that tells recipes apart."""
    recipes: Sequence[RecipeFitsRecipe] = ()
    """By value."""
    tests: Sequence[RecipeFitsEqualTest] = ()
    """Exponents one by one, then all of them."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RecipeFitsRecipe(Message):
    """A law of the runs of one recipe."""

    value: str = ""
    """What the column holds in its rows."""
    fit: FitLawResponse = field(default_factory=lambda: FitLawResponse())
    """The law of its runs."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RecipeFitsEqualTest(Message):
    """Whether a figure, or several at once, is the same for all recipes."""

    figures: str = ""
    """`alpha`, or `alpha, beta`."""
    chi_squared: float = 0.0
    """Sum over recipes of the squared distance from their mean, by the covariances of the
    resamples."""
    degrees_of_freedom: int = 0
    """Of it."""
    p_value: float = 0.0
    """The chance of so much or more if they are equal."""
    problem: str = ""
    """Why it was not made, or empty; then the numbers mean nothing."""


@dataclass(frozen=True, kw_only=True, repr=False)
class PredictShapeRequest(Message):
    """See AnalysisService.PredictShape."""

    campaign: str = ""
    """`campaigns/{campaign}`."""
    target_flops: float = 0.0
    """Compute to predict for, FLOPs; 0: the campaign's target_flops, or three times the
    largest budget."""
    law: FitLawRequestLaw = "unspecified"
    """Which law: SURFACE, SHAPE, PARAMETRIC or ISOFLOP, followed whether the trials identify
    it or not."""
    max_parameters: int = 0
    """Max parameters; 0: no limit."""
    max_memory_bytes: int = 0
    """Max training memory, bytes; 0: no limit."""
    wait_for_newest: bool = False
    """Wait until the answer rests on every trial that had succeeded when the request arrived."""
    max_decode_seconds: float = 0.0
    """Max seconds for one decoded token at batch 1, by a model fitted to the shape cards
    (docs/science.md); 0: no limit. FAILED_PRECONDITION if fewer than three different shapes
    were measured."""
    choices: int = 0
    """Shapes to give, the runners-up with what they cost, 1..100; 0: 5."""
    resamples: int = 0
    """Bootstrap resamples of the fits, 0..100000; 0: 1000."""
    seed: int = 0
    """Seed of the bootstrap."""
    level: float = 0.0
    """Level of the intervals, in (0, 1); 0: 0.95."""
    max_budget_flops: float = 0.0
    """Use only budgets up to this, FLOPs; 0: all."""
    anyway: bool = False
    """Answer also if the target is more than 1,000 times beyond all trials, which is
    FAILED_PRECONDITION else."""
    serve_tokens: float = 0.0
    """The compute also serves so many tokens, a forward pass each (a third of a training
    token's FLOPs), and the best size is that of both together; 0: training alone."""
    tokens_per_size: float = 0.0
    """Overtraining: tokens per unit of size, whatever is best; 0: the best."""
    corpus_tokens: float = 0.0
    """Different tokens that there are; those beyond are repeated and count by what they are
    worth (Muennighoff et al. 2023). By PARAMETRIC alone; 0: as many as are wanted."""
    run: AskedRun | None = None
    """The loss of a run instead of an optimum; target_flops must be 0."""
    isoflop_rule: FitLawRequestIsoflopRule = "unspecified"
    """Of ISOFLOP."""
    advise: bool = False
    """Also name the trials that would tell most about the best size."""
    prior: FitLawRequestPrior = "unspecified"
    """Of PARAMETRIC and SHAPE."""
    tie_exponents: bool = False
    """Of PARAMETRIC, which is then the only law: alpha = beta."""
    target_loss: float = 0.0
    """The compute that reaches this loss, nats per token, with the least FLOPs of training
    and serving together, instead of the loss of a compute; target_flops must be 0. By
    PARAMETRIC alone; 0: not asked."""
    max_serve_flops: float = 0.0
    """With target_loss: the most FLOPs that one served token may take; 0: any."""
    variant: str = ""
    """Of this variant; empty: `base`."""
    free_gamma: bool = False
    """Of PARAMETRIC, which is then the only law, as in FitLawRequest."""
    imported: bool = False
    """Also by the IMPORTED trials, as in FitLawRequest."""


@dataclass(frozen=True, kw_only=True, repr=False)
class AskedRun(Message):
    """A run whose loss is asked for."""

    size: float = 0.0
    """Size, in the measure of the trials' sizes; or 0, and"""
    depth: int = 0
    """layers and"""
    width: int = 0
    """d_model."""
    tokens: float = 0.0
    """Training tokens."""


@dataclass(frozen=True, kw_only=True, repr=False)
class PricedShape(Message):
    """A shape at the target with what it costs beside the best one."""

    shape: Shape = field(default_factory=lambda: Shape())
    """The shape."""
    size: float = 0.0
    """Size, FLOPs per token / 6."""
    tokens: float = 0.0
    """Training tokens."""
    parameters: int = 0
    """Parameters."""
    loss: float = 0.0
    """Loss by the law, nats per token."""
    above_best: float = 0.0
    """loss - that of the best shape."""
    wasted_compute: float = 0.0
    """The share of the target that the best shape would need less to reach this loss."""
    decode_seconds: float | None = None
    """Seconds for one decoded token by the model of the shape cards; absent if there is none."""
    beyond: str = ""
    """If its depth or width is more than twice, or less than half, what was measured: which,
    in words. Then it is an extrapolation to try."""


@dataclass(frozen=True, kw_only=True, repr=False)
class HeldOutCheck(Message):
    """How a law fares on the largest runs when they are left out of its fit."""

    trials: int = 0
    """Runs left out."""
    above_flops: float = 0.0
    """FLOPs that all of them have more than."""
    miss: float = 0.0
    """Mean over them of ln loss by the law - ln loss measured."""
    standard_error: float = 0.0
    """Standard error of `miss`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class PredictShapeResponse(Forecast):
    """See AnalysisService.PredictShape."""

    shape: Shape | None = None
    """Best feasible shape; absent for runs of a file whose shapes are not known."""
    target_flops: float = 0.0
    """Compute, FLOPs."""
    optimal_size: Estimate | None = None
    """N* at the target, before snapping."""
    optimal_tokens: Estimate | None = None
    """D* at the target."""
    loss: Estimate | None = None
    """Loss of a single new run of the snapped shape (or, without one, of the optimum) at the
    target, nats per token."""
    aspect_ratio: float = 0.0
    """Aspect ratio (width / depth) aimed at; of a law, also among `figures`."""
    size: float = 0.0
    """Size of the snapped shape, in the measure of the runs' sizes."""
    parameters: int = 0
    """Parameters of the snapped shape."""
    tokens: int = 0
    """Training tokens of the snapped shape at the target."""
    extrapolation: float = 0.0
    """target_flops / the largest measured budget (or run, if there are no budgets); above 1
    it is an extrapolation."""
    warnings: Sequence[str] = ()
    """What a reader must know before using the numbers."""
    method: str = ""
    """How it was predicted, in one sentence."""
    basis: DataBasis | None = None
    """What it rests on."""
    law: str = ""
    """How it was predicted: by `surface`, `shape` or `parametric`, or by `isoflop`, the trend
    of the budgets' optima: the one that predicts the largest budget best when it is left out,
    of those that the trials identify. `method` and `warnings` say why."""
    figures: Sequence[LawFigure] = ()
    """From a prediction by a law: size, tokens and loss at the optimum, and if it tells the
    best aspect ratio that, depth and width, all from the same resamples."""
    shapes: Sequence[PricedShape] = ()
    """From a prediction by a law: the best shape and its runners-up, best first; of a law
    that tells no best aspect ratio, runners-up have other sizes."""
    decode_seconds: float | None = None
    """Seconds for one decoded token of the shape, by the model of the shape cards; absent if
    there is none."""
    constraint: str = ""
    """How compute, size and tokens are tied, for example `C = 6 N D`."""
    held_out: HeldOutCheck | None = None
    """Set if the prediction is by a law that could be tried on the largest runs."""
    unidentified: str = ""
    """Why the trials do not tell the best size, of a law that the request named. If set,
    shape, optimal_size, optimal_tokens and loss are absent. Without a named law this is
    FAILED_PRECONDITION."""
    question: str = ""
    """What optimal_size and optimal_tokens are: `optimum`, the best of the compute;
    `target-loss`, what reaches a loss with the least compute; `tokens-per-size`, what the
    asked ratio gives; `run`, the run that is asked about; `line`, where the trials' own line
    of sizes and tokens has the compute."""
    training_flops: float = 0.0
    """Training's part of target_flops."""
    advice: Sequence[AdvisedRun] = ()
    """If advice was asked for: trials worth adding, by the surface; the one that tells most
    for what it costs first, each as if those before it were done."""
    table: RunTable | None = None
    """How the runs were read; absent for those of a campaign."""


@dataclass(frozen=True, kw_only=True, repr=False)
class AdvisedRun(Message):
    """A trial that would tell about the best size at the target."""

    size: float = 0.0
    """Its size, in the measure of the trials' sizes."""
    tokens: float = 0.0
    """Training tokens."""
    flops: float = 0.0
    """Training FLOPs."""
    interval_ratio: float = 0.0
    """Width of the interval of ln N* at the target with this trial and those before it, over
    that of the trials there are; below 1."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CompareVariantsRequest(Message):
    """See AnalysisService.CompareVariants."""

    campaign: str = ""
    """`campaigns/{campaign}`."""
    reference: str = ""
    """The variant that the others are compared with; empty: `base`."""
    variants: Sequence[str] = ()
    """Only these; empty: all."""
    budget_flops: float = 0.0
    """Only this budget, FLOPs; 0: all."""
    level: float = 0.0
    """Level of the intervals, in (0, 1); 0: 0.95."""
    wait_for_newest: bool = False
    """Wait until the answer rests on every trial that had succeeded when the request arrived."""


@dataclass(frozen=True, kw_only=True, repr=False)
class VariantMeans(Message):
    """What one of the two of some pairs came to, means over the pairs; costs over those whose
    both trials report them, else absent."""

    validation_loss: float = 0.0
    """Validation loss, nats per token."""
    tokens: float = 0.0
    """Training tokens."""
    flops: float = 0.0
    """Training FLOPs, exact convention."""
    parameters: float = 0.0
    """Parameters."""
    peak_memory_bytes: float | None = None
    """ShapeCard.peak_memory_bytes."""
    step_seconds: float | None = None
    """ShapeCard.step_seconds."""


@dataclass(frozen=True, kw_only=True, repr=False)
class VariantPair(Message):
    """Two trials of one shape, budget and seed that differ in their variant alone."""

    shape: Shape = field(default_factory=lambda: Shape())
    """The shape as `base` trains it."""
    budget_flops: float = 0.0
    """The isoFLOP level, FLOPs."""
    seed: int = 0
    """The seed of both."""
    trial: str = ""
    """The trial of the variant."""
    reference_trial: str = ""
    """The trial of the reference."""
    difference: float = 0.0
    """Validation loss of `trial` - that of `reference_trial`, nats per token."""


@dataclass(frozen=True, kw_only=True, repr=False)
class PairedDifference(Message):
    """The pairs of some shapes and budgets."""

    pairs: int = 0
    """How many; 0: then nothing else is set."""
    shape: Shape | None = None
    """The shape, as `base` trains it, and"""
    budget_flops: float = 0.0
    """the budget, FLOPs, of all pairs; absent and 0 if they are of several."""
    difference: Estimate = field(default_factory=lambda: Estimate())
    """Mean difference of validation loss, variant - reference, nats per token: above 0 the
    variant is worse. Interval by Student's t over the pairs; without ends if there are fewer
    than two."""
    deviation: float | None = None
    """Standard deviation of the differences, nats per token; absent if there are fewer than
    two pairs."""
    reference: VariantMeans | None = None
    """Of the reference."""
    variant: VariantMeans | None = None
    """Of the variant."""


@dataclass(frozen=True, kw_only=True, repr=False)
class VariantComparison(Message):
    """A variant beside the reference."""

    variant: str = ""
    """Its name."""
    overall: PairedDifference = field(default_factory=lambda: PairedDifference())
    """Over all pairs."""
    shapes: Sequence[PairedDifference] = ()
    """Over the seeds of each shape and budget, by budget, depth and width."""
    pairs: Sequence[VariantPair] = ()
    """The pairs, in that order, then by seed."""
    diverged: int = 0
    """Trials of the variant that DIVERGED while their partner succeeded, which no difference
    shows; and"""
    reference_diverged: int = 0
    """the other way round."""
    incomplete: int = 0
    """Trials of either that succeeded while their partner has no result: it waits, runs,
    failed or was excluded."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CompareVariantsResponse(Message):
    """See AnalysisService.CompareVariants."""

    reference: str = ""
    """What they are compared with."""
    comparisons: Sequence[VariantComparison] = ()
    """By their order in the campaign."""
    warnings: Sequence[str] = ()
    """What a reader must know before using the numbers."""
    basis: DataBasis = field(default_factory=lambda: DataBasis())
    """What it rests on."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DescribeShapeRequest(Message):
    """See AnalysisService.DescribeShape."""

    shape: Shape | None = None
    """The shape; or"""
    reference: str = ""
    """the name of a reference shape, for example `llama-7b`."""
    budgets: Sequence[float] = ()
    """Budgets to give tokens for, FLOPs."""
    tokens_per_step: int = 0
    """Tokens of one step, for activations' memory; 0: 2048."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DescribeShapeResponse(Message):
    """See AnalysisService.DescribeShape."""

    shape: Shape = field(default_factory=lambda: Shape())
    """The shape with zeros replaced by what they stand for."""
    parameters: int = 0
    """All parameters."""
    non_embedding_parameters: int = 0
    """Parameters without embedding, position and unembedding."""
    flops: Sequence[DescribeShapeResponseFlops] = ()
    """All five conventions."""
    state_memory_bytes: int = 0
    """Estimated training memory in fp32 with AdamW, bytes: weights, gradients and optimizer
    state."""
    activation_memory_bytes: int = 0
    """Estimated activations saved for the backward pass, bytes."""
    tokens: Sequence[DescribeShapeResponseTokens] = ()
    """For each budget asked."""
    source: str = ""
    """Where the reference shape is published, and its published count."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DescribeShapeResponseFlops(Message):
    """Training FLOPs per token by convention."""

    convention: FlopConvention = "unspecified"
    """Which convention."""
    training_flops_per_token: float = 0.0
    """Training FLOPs per token."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DescribeShapeResponseTokens(Message):
    """Tokens at a budget."""

    budget_flops: float = 0.0
    """Training FLOPs."""
    tokens: float = 0.0
    """Tokens at that budget."""
    tokens_per_parameter: float = 0.0
    """tokens / parameters."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Campaign(Message):
    """A search: which shapes, at which budgets, on which data, by which recipe. Name:
    `campaigns/{campaign}`."""

    name: str = ""
    """Resource name. Output only."""
    display_name: str = ""
    """Free text for people, at most 200 bytes."""
    state: CampaignState = "unspecified"
    """See State. Output only."""
    budgets: Sequence[float] = ()
    """isoFLOP levels: training FLOPs of one trial (exact convention), each > 0, ascending, no
    two equal. Required: at least one, or the range of OptimumAlgorithm."""
    seeds: int = 0
    """Seeds of every (shape, budget): 0 .. seeds - 1. Default 1, at most 100."""
    space: SearchSpace = field(default_factory=lambda: SearchSpace())
    """Which shapes may be proposed."""
    recipe: Recipe = field(default_factory=lambda: Recipe())
    """How every trial is trained."""
    dataset: str = ""
    """Data that the trials are trained on: a name that workers map to a path of their own
    (`isoshape-worker --data NAME=PATH`); no path crosses the network. Letters, digits, `_`,
    `-`, `.`; default `text`. Or a task that the trainer generates,
    `synthetic:KIND,OPTION=VALUE,…` (docs/data.md)."""
    algorithm: Algorithm = field(default_factory=lambda: Algorithm())
    """Who proposes the trials."""
    total_flops: float = 0.0
    """Stop proposing when the trials' FLOPs would exceed this; 0: no limit."""
    target_flops: float = 0.0
    """Compute that the campaign is to predict for, FLOPs; 0: 3 x the largest budget."""
    max_lost_leases: int = 0
    """Leases lost with their trainer (Trial.lost_trainers) after which a trial is FAILED.
    Default 3."""
    trial_counts: TrialCounts = field(default_factory=lambda: TrialCounts())
    """How many trials are in which state. Output only."""
    planner_note: str = ""
    """The algorithm's last note: what it waits for, or why it is done. Output only."""
    create_time: datetime | None = None
    """Output only."""
    update_time: datetime | None = None
    """Output only."""
    end_time: datetime | None = None
    """When COMPLETED, INCOMPLETE or CANCELLED was reached. Output only."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Words of its users, for finding it: at most 64; keys of letters, digits, `_`, `-`, `.`,
    `/`, at most 63; values of at most 200 bytes."""
    trial_timeout: float | None = None
    """A trial that trains for longer is stopped and FAILED; unset: none."""
    data_fingerprint: str = ""
    """ShapeCard.data_fingerprint of its first result. Workers with other data get none of its
    trials. Output only."""
    missing: str = ""
    """What an INCOMPLETE campaign lacks, one line. Output only."""
    waiting: str = ""
    """Why trials wait, one line: that no connected worker has the data, for example. While
    others run, it tells only of trials that are reserved for a worker which does not take
    them, and of those (of a variant) none of which a connected worker can train. Empty if
    none waits. Output only, in answers of GetCampaign and of CreateCampaign with
    validate_only alone."""
    set_aside: Sequence[SetAside] = ()
    """Workers that gave trials back by their own fault. Output only."""
    max_lost_machines: int = 0
    """Leases lost with their machine, as no heartbeat came, after which a trial is FAILED.
    Default 20: machines come and go, and a trial that takes them down is rare."""
    variants: Sequence[Variant] = ()
    """The shapes are crossed with these: each shape, budget and seed is trained as this
    campaign says, which is the variant `base`, and once more for each of them. The search
    sees the losses of `base` alone. At most 50; they stay as they are."""
    expected_flops: float | None = None
    """FLOPs that all trials come to by the time that the algorithm is done, as far as it can
    tell today: those planned, and those that it expects to propose. Absent if it cannot tell.
    Output only."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Variant(Message):
    """Another way to train the same shapes, on the same seeds and batches, so that its losses
    compare with those of `base` pair by pair. What it sets replaces what the campaign says;
    at least one field must differ. A number that is 0 and a bool that is false are not set,
    unless the field is `optional`."""

    name: str = ""
    """Letters, digits, `_`, `-`, `.`; not `base`, and no two alike. Required."""
    recipe: Recipe | None = None
    """Fields of Campaign.recipe."""
    shape: Shape | None = None
    """Options of Campaign.space.base: all but head_dim and the sizes (depth, width, heads,
    kv_heads, ffn_width), which are those of the shape."""
    dataset: str = ""
    """See Campaign.dataset."""
    data_fingerprint: str = ""
    """As Campaign.data_fingerprint, of its dataset, if it has one of its own. Output only."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SetAside(Message):
    """A worker that is at fault for a campaign: it gave trials back that it could not train
    for reasons of its own."""

    worker: str = ""
    """`workers/{id}`."""
    campaign: str = ""
    """`campaigns/{campaign}`."""
    faults: int = 0
    """Faults in a row."""
    reason: str = ""
    """The last of them, one line."""
    until: datetime | None = None
    """Until then it is given no trial of the campaign, and one to try it afterwards. Unset:
    it is watched, and not set aside yet."""


@dataclass(frozen=True, kw_only=True, repr=False)
class TrialCounts(Message):
    """How many trials are in which state, without those that were IMPORTED."""

    pending: int = 0
    """Wait for a worker."""
    leased: int = 0
    """Held by a worker."""
    succeeded: int = 0
    """Ended with a loss."""
    diverged: int = 0
    """Diverged."""
    stopped: int = 0
    """Stopped by order."""
    failed: int = 0
    """Failed."""
    cancelled: int = 0
    """Cancelled with the campaign."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SearchSpace(Message):
    """Bounds within which shapes are feasible."""

    base: Shape = field(default_factory=lambda: Shape())
    """Options that all shapes share: head_dim, vocab, context, norm, norm_placement,
    residual, positions, activation, objective, qk_norm, tied_embedding, bias; depth, width,
    heads and ffn_width are ignored. Defaults: head_dim 16, vocab 256 or that of the generated
    task (one more if the objective is masked), context 128."""
    ffn_ratio: float = 0.0
    """ffn_width / width before rounding; default 8/3 for SwiGLU, else 4."""
    ffn_multiple: int = 0
    """ffn_width is a multiple of this; default 8."""
    min_depth: int = 0
    """Inclusive bounds of depth. Defaults 1 and 64."""
    max_depth: int = 0
    """See min_depth."""
    min_width: int = 0
    """Inclusive bounds of width. Defaults head_dim and 8192."""
    max_width: int = 0
    """See min_width."""
    min_tokens: int = 0
    """Min tokens of a trial; default 20 steps of the budget's batch."""
    max_parameters: int = 0
    """Max parameters of a shape; 0: no limit."""
    max_memory_bytes: int = 0
    """Max estimated training memory, bytes; 0: no limit. Workers' own limits hold in
    addition."""
    preset: str = ""
    """Options of a published family, `gpt2`, `llama` or `bert`, for what base leaves unset;
    empty: none."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Algorithm(Message):
    """How trials are proposed: one of the algorithms that the server knows."""

    grid: GridAlgorithm | None = None
    """isoFLOP grid, re-centred at each budget on what was measured."""
    sobol: SobolAlgorithm | None = None
    """Scrambled Sobol points over (log size, log aspect ratio)."""
    optimum: OptimumAlgorithm | None = None
    """Each trial where it tells most of the best shape at the target."""
    listed: ListedAlgorithm | None = None
    """Shapes that are named."""
    random: RandomAlgorithm | None = None
    """Independent points over (log size, log aspect ratio)."""
    gp: GpAlgorithm | None = None
    """Each trial where a Gaussian process expects the largest improvement for its cost."""
    asha: AshaAlgorithm | None = None
    """The best 1 / eta of each budget are trained at the next, as soon as they are known."""
    hyperband: HyperbandAlgorithm | None = None
    """Brackets of successive halving over the budgets."""
    pareto: ParetoAlgorithm | None = None
    """Each trial where it adds most to what no other shape beats in loss and in costs at
    once."""
    external: ExternalAlgorithm | None = None
    """Nothing: clients create the trials."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GridAlgorithm(Message):
    """An isoFLOP grid: sizes at every budget, then aspect ratios at the best size."""

    sizes: int = 0
    """Sizes for each budget, >= 3; default 7."""
    aspect_ratios: int = 0
    """Aspect ratios (width / depth) tried at the best size of each budget, including the one
    used for the sizes; 1..; default 3."""
    center_aspect_ratio: float = 0.0
    """Aspect ratio (width / depth) of the sizes; default 16."""
    aspect_ratio_step: float = 0.0
    """Neighbouring aspect ratios differ by this factor, > 1; default 4."""
    size_range: float = 0.0
    """Sizes span centre / size_range .. centre * size_range, > 1; default 5."""
    center_size: float = 0.0
    """Guess of the optimal size (FLOPs per token / 6) at the smallest budget; default
    sqrt(budget / 6 / 20), twenty tokens a parameter."""
    share_trunks: bool = False
    """Train a shape that several budgets want once, at the largest of them, and let a
    cooldown branch off at each smaller one (Hägele et al. 2024). Needs several budgets, the
    schedule WSD with a cooldown, and batch_exponent 0. The warmup of every trial is then
    warmup_fraction of the shape's steps at the smallest budget, so that a branch is what a
    trial of its own would be (docs/search.md)."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SobolAlgorithm(Message):
    """Points spread evenly over sizes and aspect ratios, whatever is measured."""

    trials_per_budget: int = 0
    """Trials for each budget; default 16."""
    seed: int = 0
    """Seed of the scrambling."""
    center_aspect_ratio: float = 0.0
    """Middle of the aspect ratios (width / depth); default 16."""
    aspect_ratio_range: float = 0.0
    """Aspect ratios span centre / aspect_ratio_range .. centre * aspect_ratio_range, > 1;
    default 4."""
    size_range: float = 0.0
    """Sizes span centre / size_range .. centre * size_range, > 1; default 5. The centre grows
    with the square root of the budget."""
    center_size: float = 0.0
    """Middle of the sizes (FLOPs per token / 6) at the smallest budget; default sqrt(budget /
    6 / 20), twenty tokens a parameter."""


@dataclass(frozen=True, kw_only=True, repr=False)
class OptimumAlgorithm(Message):
    """Puts each trial where it tells most, for what it costs, of the best shape at
    Campaign.target_flops, and stops when that is known; docs/search.md. The target is the
    largest budget or above it, and seeds are 1."""

    tolerance: float = 0.0
    """How much more than the least the loss of the answer may be, relative: it stops when
    that holds with 90 % certainty. In (0, 0.1]; default 0.002."""
    in_flight: int = 0
    """Trials that wait or run at a time, 1 to 1000; default 4. Not much more than there are
    workers: the fewer, the more each of them tells."""
    min_budget: float = 0.0
    """Instead of Campaign.budgets: the smallest and the largest, between which there are then
    four to a factor of ten. Both or neither."""
    max_budget: float = 0.0
    """See min_budget."""
    center_aspect_ratio: float = 0.0
    """Where to begin: aspect ratio (width / depth); default 24."""
    center_size: float = 0.0
    """And size (FLOPs per token / 6) at the smallest budget; default sqrt(budget / 6 / 20),
    twenty tokens a parameter."""
    cost: SearchCost = "unspecified"
    """What a trial costs when it is weighed against what it tells."""
    priors: Sequence[str] = ()
    """`campaigns/{campaign}`: campaigns that have results, measured or imported, from which
    it begins to learn where the best shapes are. Their losses never enter an answer. At most
    10; results that had ended when this one was created, but for those that are excluded
    later."""
    prior_inflation: float = 0.0
    """How much less certain a result of `priors` counts than one of this campaign: the factor
    of its variance, 1 to 10000; default 16."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RandomAlgorithm(Message):
    """Independent points over sizes and aspect ratios, whatever is measured: what other
    searches are compared with."""

    trials_per_budget: int = 0
    """Trials for each budget; default 16."""
    seed: int = 0
    """Seed of the points."""
    center_aspect_ratio: float = 0.0
    """Middle of the aspect ratios (width / depth); default 16."""
    aspect_ratio_range: float = 0.0
    """Aspect ratios span centre / aspect_ratio_range .. centre * aspect_ratio_range, > 1;
    default 4."""
    size_range: float = 0.0
    """Sizes span centre / size_range .. centre * size_range, > 1; default 5. The centre grows
    with the square root of the budget."""
    center_size: float = 0.0
    """Middle of the sizes (FLOPs per token / 6) at the smallest budget; default sqrt(budget /
    6 / 20), twenty tokens a parameter."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GpAlgorithm(Message):
    """Puts each trial where a Gaussian process over ln loss expects the largest improvement
    of the best loss of a budget for its FLOPs; docs/search.md."""

    trials_per_budget: int = 0
    """Max trials for each budget, not counting seeds; default 16."""
    seed: int = 0
    """Seed of the points."""
    center_aspect_ratio: float = 0.0
    """Middle of the aspect ratios (width / depth); default 16."""
    aspect_ratio_range: float = 0.0
    """Aspect ratios span centre / aspect_ratio_range .. centre * aspect_ratio_range, > 1;
    default 4."""
    size_range: float = 0.0
    """Sizes span centre / size_range .. centre * size_range, > 1; default 5. The centre grows
    with the square root of the budget."""
    center_size: float = 0.0
    """Middle of the sizes (FLOPs per token / 6) at the smallest budget; default sqrt(budget /
    6 / 20), twenty tokens a parameter."""
    in_flight: int = 0
    """Trials that wait or run at a time, 1 to 1000; default 4."""
    tolerance: float = 0.0
    """It stops when no trial is expected to improve the best loss of its budget by this
    share. In (0, 0.1]; default 0.002."""
    start_trials: int = 0
    """Sobol points at each of the two smallest budgets before there is a model, 2 to 1000;
    default 5."""
    cost: SearchCost = "unspecified"
    """What a trial costs when it is weighed against what it may improve."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ParetoAlgorithm(Message):
    """Puts each trial where the largest growth is expected, for its cost, of the volume that
    the trials of its budget dominate in loss and in the costs of a shape together (expected
    hypervolume improvement, Emmerich et al. 2006); docs/search.md."""

    objectives: Sequence[ShapeCost] = ()
    """One or two costs that are weighed against the loss, no two alike; default
    SHAPE_COST_DECODE_SECONDS."""
    trials_per_budget: int = 0
    """Max trials for each budget, not counting seeds; default 16."""
    seed: int = 0
    """Seed of the points."""
    center_aspect_ratio: float = 0.0
    """Middle of the aspect ratios (width / depth); default 16."""
    aspect_ratio_range: float = 0.0
    """Aspect ratios span centre / aspect_ratio_range .. centre * aspect_ratio_range, > 1;
    default 4."""
    size_range: float = 0.0
    """Sizes span centre / size_range .. centre * size_range, > 1; default 5. The centre grows
    with the square root of the budget."""
    center_size: float = 0.0
    """Middle of the sizes (FLOPs per token / 6) at the smallest budget; default sqrt(budget /
    6 / 20), twenty tokens a parameter."""
    in_flight: int = 0
    """Trials that wait or run at a time, 1 to 1000; default 4."""
    tolerance: float = 0.0
    """It stops at a budget when no trial is expected to add this share of the volume that is
    dominated there. In (0, 0.1]; default 0.002."""
    start_trials: int = 0
    """Sobol points at each budget before there is a model, 2 to 1000; default 5."""
    max_parameters: int = 0
    """Shapes that are expected to be above a limit add nothing; 0: no limit. Parameters,
    bytes and seconds, as ShapeCost has them."""
    max_peak_memory_bytes: int = 0
    max_decode_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, repr=False)
class ExternalAlgorithm(Message):
    """Proposes nothing: clients create the trials (CampaignService.CreateTrial), or bring
    runs that they have (ImportTrials), and read the fits. Budgets may be left out; the
    campaign is COMPLETED whenever no trial waits or runs."""


@dataclass(frozen=True, kw_only=True, repr=False)
class AshaAlgorithm(Message):
    """Asynchronous successive halving (Li et al. 2020): of the shapes that ended at a budget
    the best 1 / eta are trained at the next, anew and with a whole schedule, so that each
    loss belongs to its budget (docs/adr/0015). Needs two budgets, best a factor of eta apart."""

    shapes: int = 0
    """Shapes drawn at the smallest budget, 2 to 10000; default: as many as bring one to the
    largest, eta^(budgets - 1) for a whole eta, but 9 at least and 81 at most."""
    eta: float = 0.0
    """Of eta shapes one goes on, 1.5 to 100; default 3."""
    in_flight: int = 0
    """Trials that wait or run at a time, 1 to 1000; default 4."""
    seed: int = 0
    """Seed of the points."""
    center_aspect_ratio: float = 0.0
    """Middle of the aspect ratios (width / depth); default 16."""
    aspect_ratio_range: float = 0.0
    """Aspect ratios span centre / aspect_ratio_range .. centre * aspect_ratio_range, > 1;
    default 4."""
    size_range: float = 0.0
    """Sizes (FLOPs per token / 6) span centre / size_range .. centre * size_range, > 1, at
    every budget alike, since a shape goes from one to the next; default so that they reach
    from a third of what has twenty tokens a parameter at the smallest budget to three times
    that of the largest."""
    center_size: float = 0.0
    """Middle of the sizes; default the geometric mean of what has twenty tokens a parameter
    at the smallest and at the largest budget."""


@dataclass(frozen=True, kw_only=True, repr=False)
class HyperbandAlgorithm(Message):
    """Hyperband (Li et al. 2018): brackets of synchronous successive halving, one that begins
    at each budget, those at smaller ones with more shapes. Promoted shapes are trained anew,
    as with AshaAlgorithm."""

    eta: float = 0.0
    """Of eta shapes one goes on, 1.5 to 100; default 3."""
    rounds: int = 0
    """How often all brackets are run, each time with other shapes, 1 to 100; default 1."""
    seed: int = 0
    """Seed of the points."""
    center_aspect_ratio: float = 0.0
    """Middle of the aspect ratios (width / depth); default 16."""
    aspect_ratio_range: float = 0.0
    """Aspect ratios span centre / aspect_ratio_range .. centre * aspect_ratio_range, > 1;
    default 4."""
    size_range: float = 0.0
    """Sizes (FLOPs per token / 6) span centre / size_range .. centre * size_range, > 1, at
    every budget alike, since a shape goes from one to the next; default so that they reach
    from a third of what has twenty tokens a parameter at the smallest budget to three times
    that of the largest."""
    center_size: float = 0.0
    """Middle of the sizes; default the geometric mean of what has twenty tokens a parameter
    at the smallest and at the largest budget."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListedAlgorithm(Message):
    """Trains the shapes that are named, each at every budget and seed, whatever is measured."""

    shapes: Sequence[Shape] = ()
    """Depth and width of each, no two alike, at most 1000; what else is 0 is chosen as for
    other searches: heads that fill the width, kv_heads as many, ffn_width by space.ffn_ratio.
    Options are those of space.base and must not be set. Required."""
    equal: Sequence[ListedAlgorithmQuantity] = ()
    """All shapes agree in these within 1 %, or the campaign is refused."""
    depths: Sequence[int] = ()
    """With `equal`: adds a shape of each of these depths that agrees with the one in
    `shapes`, which must be the only one. Its width and ffn_width are chosen: of those that
    agree the ones whose ffn_width / width is nearest to that shape's. `shapes` then has them
    all."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Recipe(Message):
    """Rules of training that are fair to every shape; docs/recipes.md. A field that is not
    set gets its default; `optional` marks those of which 0 is a value."""

    parameterization: RecipeParameterization = "unspecified"
    """See Parameterization."""
    base_width: int = 0
    """Width at which learning_rate and init_std hold unchanged; default 64."""
    base_depth: int = 0
    """Depth at which learning_rate and init_std hold unchanged; default 2."""
    learning_rate: float = 0.0
    """Peak base learning rate, > 0; default 0.005."""
    weight_decay: float | None = None
    """AdamW weight decay (multiplied by the rate), >= 0; default 0.1."""
    beta1: float | None = None
    """AdamW beta1, in [0, 1); default 0.9."""
    beta2: float | None = None
    """AdamW beta2, in [0, 1); default 0.95."""
    epsilon: float = 0.0
    """AdamW epsilon at the base shape, > 0; default 1e-8."""
    init_std: float = 0.0
    """Standard deviation of initial weights at the base shape; default 0.02 * sqrt(256 /
    base_width)."""
    gradient_clip: float | None = None
    """Global gradient norm is clipped to this; 0: off; default 1."""
    warmup_fraction: float | None = None
    """Share of the steps in linear warmup, [0, 0.5]; default 0.05."""
    cooldown_fraction: float | None = None
    """Share of the steps in the 1-sqrt cooldown (Hägele et al. 2024), [0, 1]; default 0.2."""
    tokens_per_step: int = 0
    """Tokens of one step at the smallest budget, a multiple of the context; default 2048."""
    batch_exponent: float = 0.0
    """tokens_per_step grows with (budget / smallest budget)^this, rounded to whole sequences;
    default 0: the same batch at every budget."""
    precision: RecipePrecision = "unspecified"
    """See Precision."""
    input_multiplier: float = 0.0
    """Input multiplier of the embedding, > 0; default 1."""
    output_multiplier: float = 0.0
    """Output multiplier of the logits, > 0; default 1."""
    z_loss: float = 0.0
    """Weight of the z-loss, (log of the softmax's denominator)^2 a token (Chowdhery et al.
    2022, who take 1e-4), in [0, 1]; default 0. Reported losses are without it."""
    mask_fraction: float = 0.0
    """Share of the tokens that are masked if the objective is masked, in (0, 1); default
    0.15."""
    optimizer: RecipeOptimizer = "unspecified"
    """See Optimizer."""
    muon_learning_rate: float = 0.0
    """MUON: rate of the matrices inside the blocks, the same at every shape, > 0; default
    0.02."""
    muon_momentum: float | None = None
    """MUON: momentum, in [0, 1); default 0.95."""
    schedule: RecipeSchedule = "unspecified"
    """See Schedule."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Trial(TrialRow):
    """One training run: one shape, one budget, one seed. Name:
    `campaigns/{campaign}/trials/{number}`."""

    name: str = ""
    """Resource name. Output only."""
    shape: Shape = field(default_factory=lambda: Shape())
    """The shape to train, with the options of its variant. Required at creation."""
    budget_flops: float = 0.0
    """Training FLOPs of this trial (exact convention), > 0. Required at creation."""
    seed: int = 0
    """Seed of initial weights and batch order, >= 0."""
    steps: int = 0
    """Optimizer steps, >= 1. Output only: whole steps nearest to the budget."""
    tokens_per_step: int = 0
    """Tokens of one step, a multiple of shape.context. Output only, by the campaign's batch
    rule; equal for all shapes of one budget."""
    tokens: int = 0
    """steps * tokens_per_step. Output only."""
    parameters: int = 0
    """Parameters of the shape. Output only."""
    flops_per_token: float = 0.0
    """Training FLOPs per token of the shape, exact convention. Output only."""
    state: TrialState = "unspecified"
    """See State. Output only."""
    purpose: TrialPurpose = "unspecified"
    """See Purpose. May be set at creation."""
    reason: str = ""
    """Why the algorithm proposed it, one sentence. Output only."""
    lost_leases: int = 0
    """Leases lost so far, 0..: those that expired, for which a machine or its network is
    blamed, and those whose trainer died or hung (lost_trainers). RetryTrial sets it to 0.
    Output only."""
    worker: str = ""
    """Worker that holds or last held it, `workers/{id}`; empty before the first lease. Output
    only."""
    fencing_token: int = 0
    """Fencing token of the newest lease, 0 before the first; grows with every grant over the
    whole store. Output only."""
    lease_expire_time: datetime | None = None
    """When the present lease ends; unset if there is none. Output only."""
    error: str = ""
    """Why it did not succeed; empty for SUCCEEDED. Output only."""
    shape_card: ShapeCard | None = None
    """The report of the finished trial. Output only, from CompleteTrial."""
    last_measurement: Measurement | None = None
    """Newest measurement. Output only."""
    create_time: datetime | None = None
    """Output only."""
    start_time: datetime | None = None
    """Start of the newest lease. Output only."""
    end_time: datetime | None = None
    """When a final state was reached. Output only."""
    lost_trainers: int = 0
    """Of lost_leases, those whose trainer died or hung. Output only."""
    worker_faults: int = 0
    """Times that a worker gave it back by its own fault: its data, its files, its device.
    They say nothing of the trial and are not counted as lost. Output only."""
    avoided: Sequence[Avoidance] = ()
    """Workers that it is not given to for a while. Output only."""
    failure: TrialFailure = "unspecified"
    """Why it FAILED, as a kind. Output only, from CompleteTrial."""
    excluded: bool = False
    """Left out of every fit and of the search by ExcludeTrial; its result is kept and shown.
    Output only."""
    exclusion_reason: str = ""
    """Why, one line, from ExcludeTrial. Output only."""
    retries: int = 0
    """Times that RetryTrial put it back, 0.. Output only."""
    curve_token: int = 0
    """Fencing token of the lease that measured the newest point of its curve. Output only."""
    branches: Sequence[TrialBranch] = ()
    """Smaller budgets that the trial measures as well, ascending (Algorithm.share_trunks).
    Output only."""
    variant: str = ""
    """How it is trained: `base` or the name of one of Campaign.variants. Empty if the
    campaign has none. May be set at creation; default `base`."""
    reserved_worker: str = ""
    """`workers/{id}`: it waits for this worker alone and is given to no other; empty: to any
    that can train it. May be set at creation."""
    source: str = ""
    """Of an IMPORTED trial, where it comes from: file and row, or its id there. Output only,
    from ImportTrials."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Avoidance(Message):
    """A worker that a trial is not given to before a time, since it gave the trial back by
    its own fault."""

    worker: str = ""
    """`workers/{id}`."""
    until: datetime | None = None
    """The worker may be given the trial again from then on."""


@dataclass(frozen=True, kw_only=True, repr=False)
class TrialBranch(Message):
    """A smaller budget that a trial measures on its way, by a cooldown that branches off its
    trunk. What it came to is the point of as many steps in ShapeCard.branches: of a trial
    that SUCCEEDED, or DIVERGED after it."""

    budget_flops: float = 0.0
    """One of the campaign's budgets, below the trial's own, FLOPs."""
    steps: int = 0
    """Steps of the trunk and of the cooldown together, as of a trial of its own."""
    tokens: int = 0
    """steps * tokens_per_step."""
    added_flops: float = 0.0
    """Training FLOPs of the cooldown alone: what the branch adds to the trial."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Measurement(Message):
    """A point of a trial's curve. Written by the worker that holds the lease. Steps grow
    within a curve; a run that begins anew, or goes on from a checkpoint, begins it anew from
    there (ReportMeasurementsRequest.start_step). Numbers are finite, from 0 to 1e40, whole
    ones to 1e18."""

    step: int = 0
    """Optimizer steps done, >= 0."""
    tokens: int = 0
    """Tokens seen, >= 0."""
    flops: float = 0.0
    """Training FLOPs spent, exact convention, >= 0."""
    train_loss: float | None = None
    """Mean training loss since the last measurement, nats per token."""
    validation_loss: float | None = None
    """Loss on held-out data, nats per token; absent if it was not evaluated."""
    gradient_norm: float | None = None
    """Global gradient norm before clipping, mean since the last measurement."""
    learning_rate: float | None = None
    """Base learning rate at this step."""
    tokens_per_second: float | None = None
    """Training throughput since the last measurement, tokens per second."""
    elapsed_seconds: float | None = None
    """Seconds since the run began."""
    peak_memory_bytes: int | None = None
    """Peak resident (CPU) or allocated (CUDA) memory so far, bytes."""


@dataclass(frozen=True, kw_only=True, repr=False)
class BranchPoint(Message):
    """A cooldown from the constant rate of a trial's trunk, in the middle of its training:
    what a run of `tokens` tokens would have come to (docs/recipes.md, "Cooldown branches")."""

    steps: int = 0
    """Steps of the trunk and of the cooldown together."""
    tokens: int = 0
    """Tokens of both."""
    flops: float = 0.0
    """Training FLOPs in this model, exact convention: of the trunk up to the fork and of the
    cooldown."""
    added_flops: float = 0.0
    """Those of the cooldown alone: what the branch added to the trial."""
    validation_loss: float = 0.0
    """Loss on the held-out data of the trial's own loss, nats per token."""
    validation_loss_stderr: float = 0.0
    """Standard error of validation_loss, nats per token."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ShapeCard(Message):
    """All that a finished trial reports. Written once, by CompleteTrial. Numbers are finite,
    from 0 to 1e40 (generalization_gap from -1e40), whole ones to 1e18."""

    validation_loss: float = 0.0
    """Final loss on held-out data, nats per token: on at most 131,072 tokens, the same ones
    for every trial on the same data."""
    validation_loss_stderr: float | None = None
    """Standard error of validation_loss over held-out batches, nats per token."""
    train_loss: float | None = None
    """Mean training loss over the last 5 % of the steps, nats per token."""
    bits_per_byte: float | None = None
    """validation_loss / ln 2 / bytes of text in a token; absent or 0 if these are not known."""
    parameters: int | None = None
    """Counted parameters of the model that was trained."""
    flops_per_token: float | None = None
    """Training FLOPs per token, exact convention."""
    flops: float | None = None
    """Training FLOPs spent, exact convention."""
    tokens: int | None = None
    """Tokens seen in training."""
    steps: int | None = None
    """Optimizer steps done."""
    epochs: float | None = None
    """tokens / training tokens in the data; above 1 data was repeated. 0 if the data are
    endless."""
    tokens_per_second: float | None = None
    """Training throughput without evaluation, tokens per second, over timed_steps."""
    flops_per_second: float | None = None
    """Training throughput, FLOPs per second."""
    step_seconds: float | None = None
    """Mean wall time of a step, seconds, over timed_steps."""
    wall_seconds: float | None = None
    """Wall time of the run with evaluation, seconds."""
    peak_memory_bytes: int | None = None
    """Peak memory of the run, bytes: resident beyond what the process held before it (CPU),
    or allocated beyond it (CUDA)."""
    gradient_norm_mean: float | None = None
    """Mean global gradient norm before clipping."""
    gradient_norm_max: float | None = None
    """Max global gradient norm before clipping."""
    unigram_entropy: float | None = None
    """Entropy of held-out tokens under their own unigram counts, nats per token."""
    bigram_entropy: float | None = None
    """Conditional entropy of held-out tokens given the one before, under their own bigram
    counts, nats per token."""
    train_data_tokens: int = 0
    """Training tokens in the data; 0 if they are endless."""
    validation_data_tokens: int = 0
    """Held-out tokens in the data; 0 if they are endless."""
    data_fingerprint: str = ""
    """Identifies the data by content, hexadecimal."""
    device: str = ""
    """`cpu` or `cuda`."""
    device_name: str = ""
    """Name of the processor or GPU."""
    threads: int = 0
    """Threads of the run (CPU), in each of its processes."""
    precision: str = ""
    """`fp32`, `tf32` or `bf16`."""
    trainer: str = ""
    """Program and version that trained, for example `isoshape-trainer 0.1.0`."""
    warnings: Sequence[str] = ()
    """Warnings for readers of the losses, a sentence each: that data were repeated, for
    example."""
    loss_floor: float | None = None
    """Least loss that any model can reach on this data at this context, nats per predicted
    token; absent if nobody knows it (docs/data.md)."""
    branches: Sequence[BranchPoint] = ()
    """Points of the cooldown branches, in the order of their tokens; if the run diverged,
    those that had ended before."""
    engine: str = ""
    """The engine that computed the run: `cpu/` and the instruction set of its kernels, or
    `autograd/` and `cpu`, `cuda` or `cuda-graphs`. Times and memory of different engines do
    not compare. Empty: the trainer does not say."""
    timed_steps: int = 0
    """Steps that speeds were measured over: those after the start-up, or all if there were
    too few. 0: the trainer does not say."""
    step_seconds_median: float | None = None
    """Median of the time of a step over these, seconds, and the 10th and the 90th percentile.
    Of single steps on a CPU, of stretches between reports on a GPU. Absent if there were too
    few."""
    step_seconds_p10: float | None = None
    step_seconds_p90: float | None = None
    processes: int = 0
    """Processes that shared the run, each training on a part of every batch."""
    communication_fraction: float | None = None
    """Share of the training time spent in waiting for the gradients of other processes,
    beyond what the backward pass hides."""
    replicas: int = 0
    """Trials that were trained as one batched model, this one among them. If there are
    several, step_seconds, wall_seconds, peak_memory_bytes and model_flops_utilization are of
    all together; tokens_per_second, flops_per_second and energy_joules are this trial's
    share; what else a shape costs was measured of this trial alone. 0: not said, as of 1."""
    passes: int | None = None
    """Passes over equal parts of a step's sequences by which the run fitted into the memory;
    their gradients are summed."""
    generalization_gap: float | None = None
    """validation_loss - train_loss, nats per token."""
    loss_spikes: int | None = None
    """Reports in which the loss of one step lay a fifth or more above the mean of the report
    before."""
    forward_seconds: float | None = None
    """Time of one step's forward pass, backward pass, and clipping and update, seconds; the
    least of two. The last is absent if a step, recorded as a graph, took no longer than its
    passes apart."""
    backward_seconds: float | None = None
    optimizer_seconds: float | None = None
    matmul_flops_per_second: float | None = None
    """Roof of the device: FLOPs per second of the best of several large matrix products in
    the run's precision, with its threads."""
    model_flops_utilization: float | None = None
    """flops_per_second / matmul_flops_per_second."""
    state_bytes: int | None = None
    """Weights, gradients and the optimizer's state, bytes: 16 for a parameter."""
    training_activation_bytes: int | None = None
    """Peak beyond these of a step's forward and backward pass, bytes, as LibTorch computes it
    for tokens_per_step tokens: as it is, and with all but the blocks' inputs computed anew in
    the backward pass. The trainer's own engine may take less, see peak_memory_bytes."""
    recomputation_activation_bytes: int | None = None
    inference_activation_bytes: int | None = None
    """Memory of the activations of a forward pass alone, bytes."""
    prefill_seconds: float | None = None
    """Latency at batch 1, seconds: of a prompt of the context's length less 8 tokens, and of
    one token decoded after it from kept keys and values."""
    decode_seconds: float | None = None
    layer_gradient_norms: Sequence[float] = ()
    """Norms of the gradients of each block's parameters, from the first block to the last, on
    one batch after training."""
    gradient_path_ratio: float | None = None
    """The first of them over the last: below 1, gradients fade on their way to the first
    block."""
    energy_joules: float | None = None
    """Energy of the GPU during training, joules, by NVML."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CreateCampaignRequest(Message):
    """See CampaignService.CreateCampaign."""

    campaign: Campaign | None = None
    """The campaign; output-only fields are ignored."""
    campaign_id: str = ""
    """Optional id: the campaign is named `campaigns/{campaign_id}`; letters, digits, `_`,
    `-`, `.`, at most 63. ALREADY_EXISTS if it is taken. Empty: the server chooses c1, c2, ..."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""
    validate_only: bool = False
    """Only validate: nothing is stored; the answer holds the defaults filled in, in
    trial_counts.pending how many trials would be proposed first, in planner_note that and
    what would be trained in all, in waiting, why they would wait with the workers of now."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetCampaignRequest(Message):
    """See CampaignService.GetCampaign."""

    name: str = ""
    """`campaigns/{campaign}`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListCampaignsRequest(Message):
    """See CampaignService.ListCampaigns."""

    page_size: int = 0
    """At most this many, 1..1000; 0: 50."""
    page_token: str = ""
    """next_page_token of the page before; empty: the first page."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Only campaigns that have all of these labels; an empty value: any value of that key."""
    state: CampaignState = "unspecified"
    """Only campaigns in this state; unset: all."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListCampaignsResponse(Message):
    """See CampaignService.ListCampaigns."""

    campaigns: Sequence[Campaign] = ()
    """Newest first."""
    next_page_token: str = ""
    """Empty on the last page."""


@dataclass(frozen=True, kw_only=True, repr=False)
class UpdateCampaignRequest(Message):
    """See CampaignService.UpdateCampaign."""

    campaign: Campaign | None = None
    """Its name, and the new values of the fields of update_mask."""
    update_mask: FieldMask | None = None
    """Which fields to change; at least one."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class PauseCampaignRequest(Message):
    """See CampaignService.PauseCampaign."""

    name: str = ""
    """`campaigns/{campaign}`."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ResumeCampaignRequest(Message):
    """See CampaignService.ResumeCampaign."""

    name: str = ""
    """`campaigns/{campaign}`."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CancelCampaignRequest(Message):
    """See CampaignService.CancelCampaign."""

    name: str = ""
    """`campaigns/{campaign}`."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DeleteCampaignRequest(Message):
    """See CampaignService.DeleteCampaign."""

    name: str = ""
    """`campaigns/{campaign}`."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""
    force: bool = False
    """Delete even if it is RUNNING or PAUSED, or others begin from its results."""


@dataclass(frozen=True, kw_only=True, repr=False)
class WatchCampaignRequest(Message):
    """See CampaignService.WatchCampaign."""

    name: str = ""
    """`campaigns/{campaign}`."""
    after_sequence: int = 0
    """Only events with a larger sequence; 0: from the beginning."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CampaignEvent(Message):
    """Something that happened in a campaign. Kept until that is deleted, but for
    TRIAL_MEASURED, which is kept for 25 hours: the points stay (ListMeasurements)."""

    sequence: int = 0
    """Grows over the whole store, >= 1."""
    time: datetime | None = None
    """When it happened."""
    kind: CampaignEventKind = "unspecified"
    """See Kind."""
    campaign: str = ""
    """The campaign it happened in."""
    trial: str = ""
    """The trial it happened to, or empty."""
    trial_state: TrialState = "unspecified"
    """The state that the trial went to (TRIAL_CHANGED)."""
    campaign_state: CampaignState = "unspecified"
    """The state that the campaign is in."""
    message: str = ""
    """One line for people."""
    trial_counts: TrialCounts = field(default_factory=lambda: TrialCounts())
    """Counts after the event."""
    measurement: Measurement | None = None
    """The point (TRIAL_MEASURED)."""
    actor: str = ""
    """Who caused it by a call, as docs/security.md says: the name of the caller's token, of
    its certificate, or its address. Empty if the coordinator did it of itself."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CreateTrialRequest(Message):
    """See CampaignService.CreateTrial."""

    parent: str = ""
    """`campaigns/{campaign}`."""
    trial: Trial | None = None
    """shape and budget_flops are required; seed, purpose, variant and reserved_worker may be
    set."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ImportedRun(Message):
    """A run that was trained elsewhere. Of parameters, tokens and flops two are enough: flops
    = 6 parameters tokens stands for the third. If `shape` is there, its own FLOPs per token
    are used instead."""

    source: str = ""
    """Where it comes from, for people and so that it is imported once: file and row, or its
    id there; at most 200 bytes. Required, no two alike."""
    validation_loss: float = 0.0
    """Final loss on held-out data, nats per token. Required."""
    validation_loss_stderr: float | None = None
    """Its standard error, nats per token, 0 to 1e4, if it is known."""
    parameters: float = 0.0
    """Parameters, by whatever count the source has; 0: not known."""
    tokens: float = 0.0
    """Training tokens; 0: not known."""
    flops: float = 0.0
    """Training FLOPs; 0: not known."""
    shape: Shape | None = None
    """Its shape, if that is known: depth and width at least; what else is 0 is what the
    campaign's space says."""
    seed: int = 0
    """Seed, >= 0."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ImportTrialsRequest(Message):
    """See CampaignService.ImportTrials."""

    parent: str = ""
    """`campaigns/{campaign}`."""
    runs: Sequence[ImportedRun] = ()
    """At most 1000."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ImportTrialsResponse(Message):
    """See CampaignService.ImportTrials."""

    trials: Sequence[Trial] = ()
    """In the order of the runs, with their names."""
    known: int = 0
    """How many of them were there already."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RetryTrialRequest(Message):
    """See CampaignService.RetryTrial."""

    name: str = ""
    """`campaigns/{campaign}/trials/{number}`."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ExcludeTrialRequest(Message):
    """See CampaignService.ExcludeTrial."""

    name: str = ""
    """`campaigns/{campaign}/trials/{number}`."""
    reason: str = ""
    """Why, one line of at most 1024 bytes. Required."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class IncludeTrialRequest(Message):
    """See CampaignService.IncludeTrial."""

    name: str = ""
    """`campaigns/{campaign}/trials/{number}`."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetTrialRequest(Message):
    """See CampaignService.GetTrial."""

    name: str = ""
    """`campaigns/{campaign}/trials/{number}`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListTrialsRequest(Message):
    """See CampaignService.ListTrials."""

    parent: str = ""
    """`campaigns/{campaign}`."""
    page_size: int = 0
    """At most this many, 1..1000; 0: 100."""
    page_token: str = ""
    """next_page_token of the page before; empty: the first page."""
    state: TrialState = "unspecified"
    """Only trials in this state; unset: all."""
    variant: str = ""
    """Only trials of this variant; empty: all."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListTrialsResponse(Message):
    """See CampaignService.ListTrials."""

    trials: Sequence[Trial] = ()
    """Trials by number."""
    next_page_token: str = ""
    """Empty on the last page."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListMeasurementsRequest(Message):
    """See CampaignService.ListMeasurements."""

    parent: str = ""
    """`campaigns/{campaign}/trials/{number}`."""
    page_size: int = 0
    """At most this many, 1..10000; 0: 1000."""
    page_token: str = ""
    """next_page_token of the page before; empty: the first page."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListMeasurementsResponse(Message):
    """See CampaignService.ListMeasurements."""

    measurements: Sequence[Measurement] = ()
    """Measurements by step."""
    next_page_token: str = ""
    """Empty on the last page."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListTrialTableRequest(Message):
    """See CampaignService.ListTrialTable."""

    parent: str = ""
    """`campaigns/{campaign}`."""
    columns: Sequence[str] = ()
    """Names of columns, in the order wanted; docs/dashboard.md lists them. Empty: number,
    state, budget_flops, size, validation_loss."""
    filter: str = ""
    """Only trials that match: terms `column=value`, `column>value` (also <, >=, <=, !=, and
    `:` for =), all of which must hold, for example `budget=9e11 depth>4 state:succeeded`;
    values may be lists, `depth=2,4`. At most 1000 bytes; empty: all."""
    numbers: Sequence[int] = ()
    """Only these trials, by number, at most 10000; empty: all."""
    page_size: int = 0
    """At most this many rows, 1..100000; 0: 100000."""
    page_token: str = ""
    """next_page_token of the page before; empty: the first page."""


@dataclass(frozen=True, kw_only=True, repr=False)
class TrialColumn(Message):
    """One column of a table of trials: numbers, or texts as codes."""

    name: str = ""
    """Its name."""
    numbers: Sequence[float] = ()
    """One for each row, NaN (null in JSON) if there is none; losses are rounded to 7 digits."""
    texts: Sequence[str] = ()
    """Distinct texts of a column of texts, in order of appearance."""
    codes: Sequence[int] = ()
    """For each row the index into texts."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListTrialTableResponse(Message):
    """See CampaignService.ListTrialTable."""

    sequence: int = 0
    """Largest sequence of an event that the rows contain."""
    total: int = 0
    """Trials of the campaign."""
    matching: int = 0
    """Of them, those that match; rows of all pages together."""
    columns: Sequence[TrialColumn] = ()
    """As asked for, rows by number."""
    next_page_token: str = ""
    """Empty on the last page."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListCurvesRequest(Message):
    """See CampaignService.ListCurves."""

    parent: str = ""
    """`campaigns/{campaign}`."""
    trials: Sequence[int] = ()
    """These trials, by number, at most 1000; empty: those that match."""
    filter: str = ""
    """As in ListTrialTableRequest."""
    max_curves: int = 0
    """Curves at most, 1..1000; 0: 200. If more match, those are given that are spread evenly
    over them by number."""
    max_points: int = 0
    """Points of a curve at most, 4..10000; 0: 200. A longer curve is thinned: the first, the
    last, and of each stretch between them the points of the least and the largest loss."""
    min_tokens: int = 0
    """Only points from so many tokens on."""
    max_tokens: int = 0
    """Only points up to so many tokens; 0: all."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Curve(Message):
    """The curve of one trial. Columns are of equal length, NaN if a point lacks the value or
    it was not finite."""

    trial: int = 0
    """The trial, by number."""
    budget_flops: float = 0.0
    """Its budget, FLOPs."""
    size: float = 0.0
    """Size, FLOPs per token / 6."""
    state: TrialState = "unspecified"
    """State of the trial."""
    tokens: Sequence[int] = ()
    """Tokens seen."""
    flops: Sequence[float] = ()
    """Training FLOPs spent."""
    train_loss: Sequence[float] = ()
    """Training loss, nats per token."""
    validation_loss: Sequence[float] = ()
    """Validation loss, nats per token."""
    points: int = 0
    """Points that there are in the asked range; more than are given if the curve was thinned."""
    branches: Sequence[BranchPoint] = ()
    """Results of its cooldown branches."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListCurvesResponse(Message):
    """See CampaignService.ListCurves."""

    curves: Sequence[Curve] = ()
    """By number."""
    matching: int = 0
    """Trials that match; more than there are curves if max_curves left some out."""
    sequence: int = 0
    """As in ListTrialTableResponse."""


@dataclass(frozen=True, kw_only=True, repr=False)
class WatchChangesRequest(Message):
    """See CampaignService.WatchChanges."""

    campaigns: Sequence[str] = ()
    """Only these, `campaigns/{campaign}`, at most 100; empty: all."""
    after_sequence: int = 0
    """What happened after this sequence, as ListTrialTable or the last batch gave it; 0: from
    now on."""
    measured: bool = False
    """Also trials that were only measured."""
    columns: Sequence[str] = ()
    """Columns of the rows of changed trials, as in ListTrialTable; empty: no rows, the
    numbers alone."""
    interval_ms: int = 0
    """No more than one batch in this time, ms, 50..60000; 0: 250."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ChangeBatch(Message):
    """What changed since the batch before."""

    sequence: int = 0
    """Largest sequence of an event that the batch contains."""
    changes: Sequence[CampaignChange] = ()
    """Each campaign that changed."""
    reset: bool = False
    """The events after after_sequence are no longer there, or too many to tell: read
    everything anew. Changes is then empty."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CampaignChange(Message):
    """How one campaign changed."""

    campaign: Campaign = field(default_factory=lambda: Campaign())
    """It as it is now; of a deleted one the name alone."""
    deleted: bool = False
    """It is gone."""
    trials: Sequence[int] = ()
    """Its trials that were created or changed, by number."""
    columns: Sequence[TrialColumn] = ()
    """With columns: the rows of these trials as they are now, in the order of `trials`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Figure(Message):
    """A picture as data: what it shows, in the order in which it is drawn, without a word
    about pixels. `figures/` builds one for each kind; renderers (the dashboard, gnuplot,
    matplotlib) are generic over it and compute nothing."""

    kind: FigureKind = "unspecified"
    """Which one."""
    title: str = ""
    """A heading, for example `isoFLOP curves of campaigns/c1`."""
    sentence: str = ""
    """What the picture tells, in one to three sentences with figures: the caption, and what a
    screen reader says."""
    warnings: Sequence[str] = ()
    """What a reader must know before believing it, a sentence each."""
    method: str = ""
    """How intervals and bands were made, one sentence; empty if there are none."""
    basis: DataBasis | None = None
    """The trials that it rests on; absent for runs of a file."""
    drawn: int = 0
    """Points drawn, and points that there are. If `drawn` is less, `thinning` says in words
    which were left out; nothing is left out without it."""
    total: int = 0
    """See drawn."""
    thinning: str = ""
    """See drawn."""
    panels: Sequence[FigurePanel] = ()
    """One, or several side by side with the same kind of axes."""
    color_label: str = ""
    """The ordered quantity that `FigureSeries.color` counts, for example `budget, FLOPs`;
    empty if colours tell nothing."""
    color_values: Sequence[float] = ()
    """Values of the colour scale from first to last, in the unit of color_label; the same in
    every figure of a campaign."""
    table: FigureTable = field(default_factory=lambda: FigureTable())
    """What is drawn, as a table of texts for readers and screen readers."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FigurePanel(Message):
    """Axes and what is drawn between them."""

    title: str = ""
    """A heading if there are several panels, for example `1e11 FLOPs`."""
    x: FigureAxis = field(default_factory=lambda: FigureAxis())
    """Horizontal."""
    y: FigureAxis = field(default_factory=lambda: FigureAxis())
    """Vertical."""
    series: Sequence[FigureSeries] = ()
    """In the order of drawing: the last is on top."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FigureAxis(Message):
    """One axis. Limits are those of what was measured and succeeded, with room; series may go
    beyond them and are clipped."""

    label: str = ""
    """For example `N, training FLOPs per token / 6`."""
    log: bool = False
    """Logarithmic."""
    min: float = 0.0
    """Smallest value shown."""
    max: float = 0.0
    """Largest value shown."""
    categories: Sequence[str] = ()
    """If not empty the axis is one of categories: value i (0, 1, ...) is this text; y axes
    then run from top to bottom."""
    time: bool = False
    """Values are seconds since 1970-01-01 UTC."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FigureSeries(Message):
    """Marks of one kind that mean the same thing."""

    name: str = ""
    """For the legend; series of one name share an entry."""
    mark: FigureSeriesMark = "unspecified"
    """See Mark."""
    role: FigureSeriesRole = "unspecified"
    """See Role."""
    color: int | None = None
    """Index into Figure.color_values; absent: neutral."""
    x: Sequence[float] = ()
    """One value for each mark, or empty if the mark does not need it. Values that are not
    finite are drawn at the edge of the panel (POINTS) or not at all."""
    y: Sequence[float] = ()
    x_lower: Sequence[float] = ()
    """Ends of the intervals; NaN: open, drawn to the edge with an arrow."""
    x_upper: Sequence[float] = ()
    y_lower: Sequence[float] = ()
    y_upper: Sequence[float] = ()
    z: Sequence[float] = ()
    """Colour of CELLS, on a scale from the least z of the panel to the largest."""
    z_label: str = ""
    """What z is, for example `loss above the best, nats per token`."""
    trials: Sequence[int] = ()
    """The trial of each mark by number; empty if marks are of no single trial."""
    labels: Sequence[str] = ()
    """What a reader is told of each mark, one line; empty: none."""
    write_labels: bool = False
    """If true, labels are written into the picture."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FigureTable(Message):
    """Texts in columns."""

    columns: Sequence[str] = ()
    """Headings, with units."""
    rows: Sequence[FigureTableRow] = ()
    """In a useful order."""
    total: int = 0
    """Rows that there are; more than `rows` if the figure was thinned."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FigureTableRow(Message):
    """A row."""

    cells: Sequence[str] = ()
    """As many as there are columns; numbers with the digits that they have."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetFigureRequest(Message):
    """See FigureService.GetFigure. What a kind does not use must not be set."""

    campaign: str = ""
    """`campaigns/{campaign}`."""
    kind: FigureKind = "unspecified"
    """Which one; required."""
    filter: str = ""
    """Only trials that match, as in ListTrialTableRequest.filter; empty: all. Fits rest on
    these alone."""
    budget_flops: float = 0.0
    """HEATMAP, ASPECT, PARETO, CURVES: only this budget, FLOPs; 0: HEATMAP and PARETO the
    largest with results, ASPECT and CURVES all."""
    law: FitLawRequestLaw = "unspecified"
    """RESIDUALS, SURFACE, HEATMAP, PREDICTION: by which law; unset: RESIDUALS and SURFACE by
    PARAMETRIC, others by the law that predictions rest on."""
    target_flops: float = 0.0
    """TRENDS, PREDICTION, SURFACE: compute to mark, FLOPs; 0: the campaign's."""
    isoflop_rule: FitLawRequestIsoflopRule = "unspecified"
    """Of ISOFLOP and TRENDS."""
    resamples: int = 0
    """Bootstrap resamples, 0..100000; 0: 1000."""
    seed: int = 0
    """Seed of the bootstrap."""
    level: float = 0.0
    """Level of the intervals, in (0, 1); 0: 0.95."""
    max_marks: int = 0
    """Marks of one kind to draw at most, 100..100000; 0: 5000. Beyond it points are
    aggregated by shape, then thinned."""
    trials: Sequence[int] = ()
    """CURVES: these trials, by number, at most 1000; empty: those that match."""
    show_failed: bool = False
    """Also trials that failed, diverged or were excluded, as marks of their own."""
    cost: ShapeCost = "unspecified"
    """PARETO: the horizontal axis; unset: SHAPE_COST_DECODE_SECONDS if it was measured, else
    SHAPE_COST_PARAMETERS."""
    wait_for_newest: bool = False
    """Wait until the answer rests on every trial that had succeeded when the request arrived."""
    variant: str = ""
    """Of this variant; empty: `base`. PROGRESS and CURVES are of all if it is empty."""
    max_cost: float = 0.0
    """PARETO: the most that may be spent, drawn as a line, in the unit of `cost`, which must
    be given with it; 0: none."""
    imported: bool = False
    """Also of the IMPORTED trials, as in FitLawRequest."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ShapeCosts(Message):
    """What shapes cost on one machine, from short runs of a trainer that take turns
    (`isoshape measure`). Never stored."""

    shapes: Sequence[MeasuredShape] = ()
    """In the order in which they were asked for."""
    trainer: str = ""
    """Program and version that trained."""
    device: str = ""
    """`cpu` or `cuda`."""
    device_name: str = ""
    """Name of the processor or GPU."""
    precision: str = ""
    """`fp32`, `tf32` or `bf16`."""
    tokens_per_step: int = 0
    """Tokens of one step."""
    load_average: float = 0.0
    """Processes of the machine that were runnable on average over the minute before the
    measurement began (the load average): what else runs makes times longer."""
    cpus: int = 0
    """Processors that this process may use."""


@dataclass(frozen=True, kw_only=True, repr=False)
class MeasuredShape(Message):
    """One of them."""

    shape: Shape = field(default_factory=lambda: Shape())
    """The shape."""
    parameters: int = 0
    """Parameters."""
    runs: int = 0
    """Runs that were measured. One before them, which warms up, does not count."""
    steps: int = 0
    """Steps of each."""
    step_seconds: float | None = None
    """Time of a step, seconds: the median over the runs of each run's median, and the
    smallest and the largest of these."""
    step_seconds_min: float | None = None
    step_seconds_max: float | None = None
    tokens_per_second: float | None = None
    """tokens_per_step / step_seconds."""
    peak_memory_bytes: int | None = None
    """Median over the runs of the peak memory, bytes."""
    prefill_seconds: float | None = None
    """Median latency at batch 1, seconds, as in ShapeCard."""
    decode_seconds: float | None = None
    engines: Sequence[str] = ()
    """Engines of the runs, each once (ShapeCard.engine). Times and memory of different
    engines do not compare."""
    passes: int | None = None
    """Passes of a step, as in ShapeCard."""
    error: str = ""
    """Why it could not be measured; empty if it was."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Worker(Message):
    """A process with devices that trains trials. Name: `workers/{id}`."""

    name: str = ""
    """Resource name. Chosen by the worker (letters, digits, `_`, `-`, `.`), so that it keeps
    it over a restart; the coordinator makes one if this is empty."""
    hostname: str = ""
    """Host that it runs on. Set by the worker."""
    device: str = ""
    """`cpu` or `cuda`. Set by the worker."""
    device_name: str = ""
    """Name of the processor or GPU. Set by the worker."""
    slots: int = 0
    """Trials that it trains at the same time, >= 1. Set by the worker."""
    memory_limit_bytes: int = 0
    """Max training memory of one trial, or of replicas together, bytes; 0: unknown; at most
    1e18. Set by the worker."""
    datasets: Sequence[str] = ()
    """Names of the data that it has; it is given only trials on these. `synthetic` stands for
    all generated tasks. Set by the worker."""
    version: str = ""
    """Program and version, for example `isoshape-worker 0.1.0`. Set by the worker."""
    state: WorkerState = "unspecified"
    """See State. Output only."""
    trials: Sequence[str] = ()
    """Trials that it holds leases on. Output only."""
    register_time: datetime | None = None
    """Output only."""
    contact_time: datetime | None = None
    """Last contact. Output only."""
    branches: bool = False
    """True if the worker's trainer can let cooldowns branch off a run; only then is it given
    trials with branches. Set by the worker."""
    data: Sequence[DataContent] = ()
    """What is known of the content of its data. Set by the worker when it registers; the
    coordinator adds what results say."""
    draining: bool = False
    """True after DrainWorker: it is given no more trials, ends what it trains, and exits.
    Cleared when it registers anew. Output only."""
    set_aside: Sequence[SetAside] = ()
    """Campaigns that it is set aside for. Output only, in answers of GetWorker and
    ListWorkers alone."""
    left: bool = False
    """True after LeaveWorker, until it is in contact again. Output only."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DataContent(Message):
    """The content of data that a worker has under a name."""

    dataset: str = ""
    """One of Worker.datasets."""
    fingerprint: str = ""
    """ShapeCard.data_fingerprint of a run on it."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Lease(Message):
    """A worker's exclusive, expiring right to one trial."""

    trial: Trial = field(default_factory=lambda: Trial())
    """The trial, with all that is needed to train it."""
    recipe: Recipe = field(default_factory=lambda: Recipe())
    """Recipe of its campaign and variant, defaults filled in; warmup_fraction is that of this
    trial (Algorithm.share_trunks)."""
    dataset: str = ""
    """Name of the data to train on, of its campaign or variant."""
    fencing_token: int = 0
    """Must be sent with every call on this lease; an older one is refused with
    FAILED_PRECONDITION. Grows with every grant."""
    expire_time: datetime | None = None
    """When the lease ends unless a heartbeat comes."""
    replica_of: str = ""
    """Name of the trial that this one was granted beside, to be trained with it as one
    batched model (LeaseTrialsRequest.replicas); empty: none. Each has a lease of its own."""
    data_fingerprint: str = ""
    """ShapeCard.data_fingerprint of the campaign's results; a run on other data is not to
    begin, or its result is refused. Empty: there is none yet."""
    heartbeat_interval: float | None = None
    """How often to send heartbeats from now on, as in HeartbeatResponse."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RegisterWorkerRequest(Message):
    """See WorkerService.RegisterWorker."""

    worker: Worker | None = None
    """Output-only fields are ignored."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class RegisterWorkerResponse(Message):
    """See WorkerService.RegisterWorker."""

    worker: Worker = field(default_factory=lambda: Worker())
    """The worker as it is stored, with its name."""
    lease_duration: float | None = None
    """How long a lease lives without a heartbeat."""
    heartbeat_interval: float | None = None
    """How often to send heartbeats: a third of lease_duration or less."""
    note: str = ""
    """What whoever runs the worker should know, one line: that it is older than the
    coordinator, for example. Empty if there is nothing."""


@dataclass(frozen=True, kw_only=True, repr=False)
class LeaseTrialsRequest(Message):
    """See WorkerService.LeaseTrials."""

    worker: str = ""
    """`workers/{id}`."""
    max_trials: int = 0
    """At most this many, 1..64, replicas not counted."""
    wait: float | None = None
    """How long to wait for one, 0 .. 60 s."""
    request_id: str = ""
    """At most 128 bytes; a repeated call gets the same leases as long as they are valid. It
    never waits, and gets none if they are over. Empty: not idempotent."""
    replicas: int = 0
    """At most this many trials that can be trained as one batched model are granted in the
    place of one, 0..64; 0 and 1: each is trained alone. They differ in their seed only, have
    no branches, fit into the worker's memory together, and were never lost: one that was is
    trained alone."""


@dataclass(frozen=True, kw_only=True, repr=False)
class LeaseTrialsResponse(Message):
    """See WorkerService.LeaseTrials."""

    leases: Sequence[Lease] = ()
    """Empty if there was nothing to do. Replicas follow each other."""
    drain: bool = False
    """The worker is to drain (DrainWorker): it gets no more."""
    work_left: bool = False
    """If there are no leases: whether trials that have not ended are left, on any worker. A
    worker that is to end when idle ends if there are none."""


@dataclass(frozen=True, kw_only=True, repr=False)
class HeartbeatRequest(Message):
    """See WorkerService.Heartbeat."""

    worker: str = ""
    """`workers/{id}`."""
    trial: str = ""
    """`campaigns/{campaign}/trials/{number}`."""
    fencing_token: int = 0
    """The fencing token of the lease, from its grant."""


@dataclass(frozen=True, kw_only=True, repr=False)
class HeartbeatResponse(Message):
    """See WorkerService.Heartbeat."""

    expire_time: datetime | None = None
    """New end of the lease."""
    directive: Directive = "unspecified"
    """What to do."""
    heartbeat_interval: float | None = None
    """How often to send heartbeats from now on. A coordinator of many leases asks for fewer,
    and then lets each lease live longer; unset: as registered."""


@dataclass(frozen=True, kw_only=True, repr=False)
class BatchHeartbeatRequest(Message):
    """See WorkerService.BatchHeartbeat."""

    worker: str = ""
    """`workers/{id}`, of all of them."""
    heartbeats: Sequence[HeartbeatRequest] = ()
    """1..1000 leases; `worker` of each may be left empty."""


@dataclass(frozen=True, kw_only=True, repr=False)
class BatchHeartbeatResponse(Message):
    """See WorkerService.BatchHeartbeat."""

    results: Sequence[BatchHeartbeatResponseResult] = ()
    """In the order of the request."""


@dataclass(frozen=True, kw_only=True, repr=False)
class BatchHeartbeatResponseResult(Message):
    """The answer to one heartbeat."""

    code: int = 0
    """The canonical code of gRPC, 0: OK."""
    error: str = ""
    """Why it was refused, one line."""
    response: HeartbeatResponse | None = None
    """If it was not."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ReportMeasurementsRequest(Message):
    """See WorkerService.ReportMeasurements."""

    worker: str = ""
    """`workers/{id}`."""
    trial: str = ""
    """`campaigns/{campaign}/trials/{number}`."""
    fencing_token: int = 0
    """The fencing token of the lease, from its grant."""
    measurements: Sequence[Measurement] = ()
    """1..1000 points. INVALID_ARGUMENT if a number is beyond its limits (Measurement)."""
    request_id: str = ""
    """At most 128 bytes, and looked at for nothing else: no answer is kept, as points that
    come again replace themselves and are told of once."""
    start_step: int = 0
    """Step that this run went on from, of a checkpoint; 0: it began anew. The first report of
    a lease drops the points behind it, which are of a run that was given up. INVALID_ARGUMENT
    if a point is not behind it, or not behind the point before it in the request."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ReportMeasurementsResponse(Message):
    """See WorkerService.ReportMeasurements."""

    expire_time: datetime | None = None
    """New end of the lease."""
    directive: Directive = "unspecified"
    """What to do."""
    heartbeat_interval: float | None = None
    """As in HeartbeatResponse."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CompleteTrialRequest(Message):
    """See WorkerService.CompleteTrial."""

    worker: str = ""
    """`workers/{id}`."""
    trial: str = ""
    """`campaigns/{campaign}/trials/{number}`."""
    fencing_token: int = 0
    """The fencing token of the lease, from its grant."""
    state: TrialState = "unspecified"
    """SUCCEEDED, DIVERGED, STOPPED or FAILED. A STOPPED trial of a cancelled campaign becomes
    CANCELLED."""
    shape_card: ShapeCard | None = None
    """Required if SUCCEEDED, with a finite validation_loss. If DIVERGED it may hold the
    branches that had ended before."""
    error: str = ""
    """Required if DIVERGED or FAILED: one line."""
    measurements: Sequence[Measurement] = ()
    """Points not yet reported."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""
    failure: TrialFailure = "unspecified"
    """If FAILED: OUT_OF_MEMORY or INVALID. What is the worker's fault is not a result: see
    ReleaseTrial."""
    start_step: int = 0
    """See ReportMeasurementsRequest.start_step."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CompleteTrialResponse(Message):
    """See WorkerService.CompleteTrial."""

    state: TrialState = "unspecified"
    """The state that the trial is in now: PENDING if the result is of other data than the
    campaign's and was refused."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ReleaseTrialRequest(Message):
    """See WorkerService.ReleaseTrial."""

    worker: str = ""
    """`workers/{id}`."""
    trial: str = ""
    """`campaigns/{campaign}/trials/{number}`."""
    fencing_token: int = 0
    """The fencing token of the lease, from its grant."""
    reason: str = ""
    """Why, one line."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""
    cause: ReleaseTrialRequestCause = "unspecified"
    """Whose doing it is."""
    data_fingerprint: str = ""
    """ShapeCard.data_fingerprint of the data that the worker has, if it is known."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ReleaseTrialResponse(Message):
    """See WorkerService.ReleaseTrial."""

    state: TrialState = "unspecified"
    """The state that the trial is in now: PENDING, FAILED or CANCELLED."""


@dataclass(frozen=True, kw_only=True, repr=False)
class LeaveWorkerRequest(Message):
    """See WorkerService.LeaveWorker."""

    name: str = ""
    """`workers/{id}`."""
    request_id: str = ""
    """At most 128 bytes; says which process it is (RegisterWorker). No answer is kept, as
    leaving twice changes nothing."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListWorkersRequest(Message):
    """See WorkerService.ListWorkers."""

    page_size: int = 0
    """At most this many, 1..1000; 0: 100."""
    page_token: str = ""
    """next_page_token of the page before; empty: the first page."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GetWorkerRequest(Message):
    """See WorkerService.GetWorker."""

    name: str = ""
    """`workers/{id}`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DrainWorkerRequest(Message):
    """See WorkerService.DrainWorker."""

    name: str = ""
    """`workers/{id}`."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ReadmitWorkerRequest(Message):
    """See WorkerService.ReadmitWorker."""

    name: str = ""
    """`workers/{id}`."""
    campaign: str = ""
    """`campaigns/{campaign}`; empty: all."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DeleteWorkerRequest(Message):
    """See WorkerService.DeleteWorker."""

    name: str = ""
    """`workers/{id}`."""
    request_id: str = ""
    """At most 128 bytes; empty: not idempotent."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ListWorkersResponse(Message):
    """See WorkerService.ListWorkers."""

    workers: Sequence[Worker] = ()
    """Workers by name."""
    next_page_token: str = ""
    """Empty on the last page."""


Estimate.READERS = {
    "value": number,
    "lower": number,
    "upper": number,
    "level": number,
    "bca_lower": number,
    "bca_upper": number,
}
DataBasis.READERS = {
    "read_time": time,
}
ListBestShapesRequest.READERS = {
    "budget_flops": number,
    "max_decode_seconds": number,
}
RankedShape.READERS = {
    "shape": Shape.from_json,
    "budget_flops": number,
    "validation_loss": number,
    "validation_loss_stderr": number,
    "loss_above_best": number,
    "trials": tuple,
    "size": number,
    "tokens_per_second": number,
    "bigram_entropy": number,
    "decode_seconds": number,
    "engines": tuple,
}
ListBestShapesResponse.READERS = {
    "shapes": several(RankedShape.from_json),
    "basis": DataBasis.from_json,
    "warnings": tuple,
}
FitLawRequest.READERS = {
    "huber_delta": number,
    "fixed_e": number,
    "level": number,
    "max_budget_flops": number,
    "advise_flops": number,
}
LawFigure.READERS = {
    "estimate": Estimate.from_json,
    "standard_error": number,
    "prior_share": number,
}
BudgetOptimum.READERS = {
    "budget_flops": number,
    "optimal_size": Estimate.from_json,
    "optimal_tokens": Estimate.from_json,
    "optimal_loss": Estimate.from_json,
    "min_size": number,
    "max_size": number,
    "parabola": several(number),
    "best_measured_loss": number,
    "best_aspect_ratio": number,
    "optimal_size_by_noise": Estimate.from_json,
}
ComparedLaw.READERS = {
    "in_sample_rmse": number,
    "held_out_rmse": number,
}
LawOptimum.READERS = {
    "objective": number,
    "gradient_norm": number,
    "condition": number,
}
RunTable.READERS = {
    "notes": tuple,
}
FitLawResponse.READERS = {
    "level": number,
    "parameters": several(LawFigure.from_json),
    "derived": several(LawFigure.from_json),
    "optimum": LawOptimum.from_json,
    "comparison": several(ComparedLaw.from_json),
    "optima": several(BudgetOptimum.from_json),
    "findings": tuple,
    "warnings": tuple,
    "basis": DataBasis.from_json,
    "table": RunTable.from_json,
    "advice": several(AdvisedRun.from_json),
}
RecipeFits.READERS = {
    "recipes": several(RecipeFitsRecipe.from_json),
    "tests": several(RecipeFitsEqualTest.from_json),
}
RecipeFitsRecipe.READERS = {
    "fit": FitLawResponse.from_json,
}
RecipeFitsEqualTest.READERS = {
    "chi_squared": number,
    "p_value": number,
}
PredictShapeRequest.READERS = {
    "target_flops": number,
    "max_decode_seconds": number,
    "level": number,
    "max_budget_flops": number,
    "serve_tokens": number,
    "tokens_per_size": number,
    "corpus_tokens": number,
    "run": AskedRun.from_json,
    "target_loss": number,
    "max_serve_flops": number,
}
AskedRun.READERS = {
    "size": number,
    "tokens": number,
}
PricedShape.READERS = {
    "shape": Shape.from_json,
    "size": number,
    "tokens": number,
    "loss": number,
    "above_best": number,
    "wasted_compute": number,
    "decode_seconds": number,
}
HeldOutCheck.READERS = {
    "above_flops": number,
    "miss": number,
    "standard_error": number,
}
PredictShapeResponse.READERS = {
    "shape": Shape.from_json,
    "target_flops": number,
    "optimal_size": Estimate.from_json,
    "optimal_tokens": Estimate.from_json,
    "loss": Estimate.from_json,
    "aspect_ratio": number,
    "size": number,
    "extrapolation": number,
    "warnings": tuple,
    "basis": DataBasis.from_json,
    "figures": several(LawFigure.from_json),
    "shapes": several(PricedShape.from_json),
    "decode_seconds": number,
    "held_out": HeldOutCheck.from_json,
    "training_flops": number,
    "advice": several(AdvisedRun.from_json),
    "table": RunTable.from_json,
}
AdvisedRun.READERS = {
    "size": number,
    "tokens": number,
    "flops": number,
    "interval_ratio": number,
}
CompareVariantsRequest.READERS = {
    "variants": tuple,
    "budget_flops": number,
    "level": number,
}
VariantMeans.READERS = {
    "validation_loss": number,
    "tokens": number,
    "flops": number,
    "parameters": number,
    "peak_memory_bytes": number,
    "step_seconds": number,
}
VariantPair.READERS = {
    "shape": Shape.from_json,
    "budget_flops": number,
    "difference": number,
}
PairedDifference.READERS = {
    "shape": Shape.from_json,
    "budget_flops": number,
    "difference": Estimate.from_json,
    "deviation": number,
    "reference": VariantMeans.from_json,
    "variant": VariantMeans.from_json,
}
VariantComparison.READERS = {
    "overall": PairedDifference.from_json,
    "shapes": several(PairedDifference.from_json),
    "pairs": several(VariantPair.from_json),
}
CompareVariantsResponse.READERS = {
    "comparisons": several(VariantComparison.from_json),
    "warnings": tuple,
    "basis": DataBasis.from_json,
}
DescribeShapeRequest.READERS = {
    "shape": Shape.from_json,
    "budgets": several(number),
}
DescribeShapeResponse.READERS = {
    "shape": Shape.from_json,
    "flops": several(DescribeShapeResponseFlops.from_json),
    "tokens": several(DescribeShapeResponseTokens.from_json),
}
DescribeShapeResponseFlops.READERS = {
    "training_flops_per_token": number,
}
DescribeShapeResponseTokens.READERS = {
    "budget_flops": number,
    "tokens": number,
    "tokens_per_parameter": number,
}
Campaign.READERS = {
    "budgets": several(number),
    "space": SearchSpace.from_json,
    "recipe": Recipe.from_json,
    "algorithm": Algorithm.from_json,
    "total_flops": number,
    "target_flops": number,
    "trial_counts": TrialCounts.from_json,
    "create_time": time,
    "update_time": time,
    "end_time": time,
    "set_aside": several(SetAside.from_json),
    "variants": several(Variant.from_json),
    "expected_flops": number,
}
Variant.READERS = {
    "recipe": Recipe.from_json,
    "shape": Shape.from_json,
}
SetAside.READERS = {
    "until": time,
}
SearchSpace.READERS = {
    "base": Shape.from_json,
    "ffn_ratio": number,
}
Algorithm.READERS = {
    "grid": GridAlgorithm.from_json,
    "sobol": SobolAlgorithm.from_json,
    "optimum": OptimumAlgorithm.from_json,
    "listed": ListedAlgorithm.from_json,
    "random": RandomAlgorithm.from_json,
    "gp": GpAlgorithm.from_json,
    "asha": AshaAlgorithm.from_json,
    "hyperband": HyperbandAlgorithm.from_json,
    "pareto": ParetoAlgorithm.from_json,
    "external": ExternalAlgorithm.from_json,
}
GridAlgorithm.READERS = {
    "center_aspect_ratio": number,
    "aspect_ratio_step": number,
    "size_range": number,
    "center_size": number,
}
SobolAlgorithm.READERS = {
    "center_aspect_ratio": number,
    "aspect_ratio_range": number,
    "size_range": number,
    "center_size": number,
}
OptimumAlgorithm.READERS = {
    "tolerance": number,
    "min_budget": number,
    "max_budget": number,
    "center_aspect_ratio": number,
    "center_size": number,
    "priors": tuple,
    "prior_inflation": number,
}
RandomAlgorithm.READERS = {
    "center_aspect_ratio": number,
    "aspect_ratio_range": number,
    "size_range": number,
    "center_size": number,
}
GpAlgorithm.READERS = {
    "center_aspect_ratio": number,
    "aspect_ratio_range": number,
    "size_range": number,
    "center_size": number,
    "tolerance": number,
}
ParetoAlgorithm.READERS = {
    "objectives": tuple,
    "center_aspect_ratio": number,
    "aspect_ratio_range": number,
    "size_range": number,
    "center_size": number,
    "tolerance": number,
    "max_decode_seconds": number,
}
AshaAlgorithm.READERS = {
    "eta": number,
    "center_aspect_ratio": number,
    "aspect_ratio_range": number,
    "size_range": number,
    "center_size": number,
}
HyperbandAlgorithm.READERS = {
    "eta": number,
    "center_aspect_ratio": number,
    "aspect_ratio_range": number,
    "size_range": number,
    "center_size": number,
}
ListedAlgorithm.READERS = {
    "shapes": several(Shape.from_json),
    "equal": tuple,
    "depths": tuple,
}
Recipe.READERS = {
    "learning_rate": number,
    "weight_decay": number,
    "beta1": number,
    "beta2": number,
    "epsilon": number,
    "init_std": number,
    "gradient_clip": number,
    "warmup_fraction": number,
    "cooldown_fraction": number,
    "batch_exponent": number,
    "input_multiplier": number,
    "output_multiplier": number,
    "z_loss": number,
    "mask_fraction": number,
    "muon_learning_rate": number,
    "muon_momentum": number,
}
Trial.READERS = {
    "shape": Shape.from_json,
    "budget_flops": number,
    "flops_per_token": number,
    "lease_expire_time": time,
    "shape_card": ShapeCard.from_json,
    "last_measurement": Measurement.from_json,
    "create_time": time,
    "start_time": time,
    "end_time": time,
    "avoided": several(Avoidance.from_json),
    "branches": several(TrialBranch.from_json),
}
Avoidance.READERS = {
    "until": time,
}
TrialBranch.READERS = {
    "budget_flops": number,
    "added_flops": number,
}
Measurement.READERS = {
    "flops": number,
    "train_loss": number,
    "validation_loss": number,
    "gradient_norm": number,
    "learning_rate": number,
    "tokens_per_second": number,
    "elapsed_seconds": number,
}
BranchPoint.READERS = {
    "flops": number,
    "added_flops": number,
    "validation_loss": number,
    "validation_loss_stderr": number,
}
ShapeCard.READERS = {
    "validation_loss": number,
    "validation_loss_stderr": number,
    "train_loss": number,
    "bits_per_byte": number,
    "flops_per_token": number,
    "flops": number,
    "epochs": number,
    "tokens_per_second": number,
    "flops_per_second": number,
    "step_seconds": number,
    "wall_seconds": number,
    "gradient_norm_mean": number,
    "gradient_norm_max": number,
    "unigram_entropy": number,
    "bigram_entropy": number,
    "warnings": tuple,
    "loss_floor": number,
    "branches": several(BranchPoint.from_json),
    "step_seconds_median": number,
    "step_seconds_p10": number,
    "step_seconds_p90": number,
    "communication_fraction": number,
    "generalization_gap": number,
    "forward_seconds": number,
    "backward_seconds": number,
    "optimizer_seconds": number,
    "matmul_flops_per_second": number,
    "model_flops_utilization": number,
    "prefill_seconds": number,
    "decode_seconds": number,
    "layer_gradient_norms": several(number),
    "gradient_path_ratio": number,
    "energy_joules": number,
}
CreateCampaignRequest.READERS = {
    "campaign": Campaign.from_json,
}
ListCampaignsResponse.READERS = {
    "campaigns": several(Campaign.from_json),
}
UpdateCampaignRequest.READERS = {
    "campaign": Campaign.from_json,
    "update_mask": FieldMask.from_json,
}
CampaignEvent.READERS = {
    "time": time,
    "trial_counts": TrialCounts.from_json,
    "measurement": Measurement.from_json,
}
CreateTrialRequest.READERS = {
    "trial": Trial.from_json,
}
ImportedRun.READERS = {
    "validation_loss": number,
    "validation_loss_stderr": number,
    "parameters": number,
    "tokens": number,
    "flops": number,
    "shape": Shape.from_json,
}
ImportTrialsRequest.READERS = {
    "runs": several(ImportedRun.from_json),
}
ImportTrialsResponse.READERS = {
    "trials": several(Trial.from_json),
}
ListTrialsResponse.READERS = {
    "trials": several(Trial.from_json),
}
ListMeasurementsResponse.READERS = {
    "measurements": several(Measurement.from_json),
}
ListTrialTableRequest.READERS = {
    "columns": tuple,
    "numbers": tuple,
}
TrialColumn.READERS = {
    "numbers": several(number),
    "texts": tuple,
    "codes": tuple,
}
ListTrialTableResponse.READERS = {
    "columns": several(TrialColumn.from_json),
}
ListCurvesRequest.READERS = {
    "trials": tuple,
}
Curve.READERS = {
    "budget_flops": number,
    "size": number,
    "tokens": tuple,
    "flops": several(number),
    "train_loss": several(number),
    "validation_loss": several(number),
    "branches": several(BranchPoint.from_json),
}
ListCurvesResponse.READERS = {
    "curves": several(Curve.from_json),
}
WatchChangesRequest.READERS = {
    "campaigns": tuple,
    "columns": tuple,
}
ChangeBatch.READERS = {
    "changes": several(CampaignChange.from_json),
}
CampaignChange.READERS = {
    "campaign": Campaign.from_json,
    "trials": tuple,
    "columns": several(TrialColumn.from_json),
}
Figure.READERS = {
    "warnings": tuple,
    "basis": DataBasis.from_json,
    "panels": several(FigurePanel.from_json),
    "color_values": several(number),
    "table": FigureTable.from_json,
}
FigurePanel.READERS = {
    "x": FigureAxis.from_json,
    "y": FigureAxis.from_json,
    "series": several(FigureSeries.from_json),
}
FigureAxis.READERS = {
    "min": number,
    "max": number,
    "categories": tuple,
}
FigureSeries.READERS = {
    "x": several(number),
    "y": several(number),
    "x_lower": several(number),
    "x_upper": several(number),
    "y_lower": several(number),
    "y_upper": several(number),
    "z": several(number),
    "trials": tuple,
    "labels": tuple,
}
FigureTable.READERS = {
    "columns": tuple,
    "rows": several(FigureTableRow.from_json),
}
FigureTableRow.READERS = {
    "cells": tuple,
}
GetFigureRequest.READERS = {
    "budget_flops": number,
    "target_flops": number,
    "level": number,
    "trials": tuple,
    "max_cost": number,
}
ShapeCosts.READERS = {
    "shapes": several(MeasuredShape.from_json),
    "load_average": number,
}
MeasuredShape.READERS = {
    "shape": Shape.from_json,
    "step_seconds": number,
    "step_seconds_min": number,
    "step_seconds_max": number,
    "tokens_per_second": number,
    "prefill_seconds": number,
    "decode_seconds": number,
    "engines": tuple,
}
Worker.READERS = {
    "datasets": tuple,
    "trials": tuple,
    "register_time": time,
    "contact_time": time,
    "data": several(DataContent.from_json),
    "set_aside": several(SetAside.from_json),
}
Lease.READERS = {
    "trial": Trial.from_json,
    "recipe": Recipe.from_json,
    "expire_time": time,
}
RegisterWorkerRequest.READERS = {
    "worker": Worker.from_json,
}
RegisterWorkerResponse.READERS = {
    "worker": Worker.from_json,
}
LeaseTrialsResponse.READERS = {
    "leases": several(Lease.from_json),
}
HeartbeatResponse.READERS = {
    "expire_time": time,
}
BatchHeartbeatRequest.READERS = {
    "heartbeats": several(HeartbeatRequest.from_json),
}
BatchHeartbeatResponse.READERS = {
    "results": several(BatchHeartbeatResponseResult.from_json),
}
BatchHeartbeatResponseResult.READERS = {
    "response": HeartbeatResponse.from_json,
}
ReportMeasurementsRequest.READERS = {
    "measurements": several(Measurement.from_json),
}
ReportMeasurementsResponse.READERS = {
    "expire_time": time,
}
CompleteTrialRequest.READERS = {
    "shape_card": ShapeCard.from_json,
    "measurements": several(Measurement.from_json),
}
ListWorkersResponse.READERS = {
    "workers": several(Worker.from_json),
}

METHODS = frozenset(
    (
        "AnalysisService/ListBestShapes",
        "AnalysisService/FitLaw",
        "AnalysisService/PredictShape",
        "AnalysisService/CompareVariants",
        "AnalysisService/DescribeShape",
        "CampaignService/CreateCampaign",
        "CampaignService/GetCampaign",
        "CampaignService/ListCampaigns",
        "CampaignService/UpdateCampaign",
        "CampaignService/PauseCampaign",
        "CampaignService/ResumeCampaign",
        "CampaignService/CancelCampaign",
        "CampaignService/DeleteCampaign",
        "CampaignService/CreateTrial",
        "CampaignService/ImportTrials",
        "CampaignService/RetryTrial",
        "CampaignService/ExcludeTrial",
        "CampaignService/IncludeTrial",
        "CampaignService/GetTrial",
        "CampaignService/ListTrials",
        "CampaignService/ListMeasurements",
        "CampaignService/ListTrialTable",
        "CampaignService/ListCurves",
        "FigureService/GetFigure",
        "WorkerService/RegisterWorker",
        "WorkerService/LeaseTrials",
        "WorkerService/Heartbeat",
        "WorkerService/BatchHeartbeat",
        "WorkerService/ReportMeasurements",
        "WorkerService/CompleteTrial",
        "WorkerService/ReleaseTrial",
        "WorkerService/LeaveWorker",
        "WorkerService/ListWorkers",
        "WorkerService/GetWorker",
        "WorkerService/DrainWorker",
        "WorkerService/ReadmitWorker",
        "WorkerService/DeleteWorker",
    )
)
"""Calls that have one answer."""

CHANGING = frozenset(
    (
        "CampaignService/CreateCampaign",
        "CampaignService/UpdateCampaign",
        "CampaignService/PauseCampaign",
        "CampaignService/ResumeCampaign",
        "CampaignService/CancelCampaign",
        "CampaignService/DeleteCampaign",
        "CampaignService/CreateTrial",
        "CampaignService/ImportTrials",
        "CampaignService/RetryTrial",
        "CampaignService/ExcludeTrial",
        "CampaignService/IncludeTrial",
        "WorkerService/RegisterWorker",
        "WorkerService/LeaseTrials",
        "WorkerService/ReportMeasurements",
        "WorkerService/CompleteTrial",
        "WorkerService/ReleaseTrial",
        "WorkerService/LeaveWorker",
        "WorkerService/DrainWorker",
        "WorkerService/ReadmitWorker",
        "WorkerService/DeleteWorker",
    )
)
"""Calls that carry a request_id: sent again with the same one, they are made once."""
