#include "cli/claims/claims_time.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/claims/claims_data.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "machine/cpus.h"
#include "messages/campaign/campaign_recipe.h"
#include "shape/accounting.h"
#include "shape/ffn_width.h"
#include "worker/options/options.h"
#include "worker/trainer/sample_text.h"
#include "worker/trainer/trainer_session.h"

namespace isoshape {
namespace {

constexpr int64_t kSteps = 12;
// A step that is measured is of so many FLOPs at most, about a second of a
// processor at the very most.
constexpr double kMaxStepFlops = 2e10;
constexpr double kWishedStepFlops = 2e9;
// The sample text is as long as its held-out part, a sixteenth, needs to be.
constexpr int64_t kSampleBytes = 40'000;
constexpr int64_t kSampleSequences = 64;
// docs/shape-card.md: what a run takes beside its steps.
constexpr double kHeldOutShare = 1.0 / 16;
constexpr double kMaxHeldOutTokens = 131'072;
constexpr double kMinCostSeconds = 1, kCostShare = 0.05;
constexpr double kKibibyte = 1024;

// A listed shape as the coordinator fills it in, as far as costs go.
Shape ShapeOf(const v1::Shape& listed, const v1::Campaign& campaign) {
  const v1::Shape& base = campaign.space().base();
  Shape shape;
  shape.depth = listed.depth();
  shape.width = listed.width();
  if (base.head_dim() > 0) shape.head_dim = base.head_dim();
  if (base.vocab() > 0) shape.vocab = base.vocab();
  if (base.context() > 0) shape.context = base.context();
  shape.tied_embedding = base.tied_embedding();
  shape.heads = std::max<int64_t>(1, shape.width / shape.head_dim);
  shape.kv_heads = shape.heads;
  shape.ffn_width =
      listed.ffn_width() > 0
          ? listed.ffn_width()
          : FfnWidth(shape.width, DefaultFfnRatio(shape.activation));
  return shape;
}

double Distance(const Shape& a, const Shape& b) {
  const auto apart = [](int64_t x, int64_t y) {
    return std::log(static_cast<double>(x) / static_cast<double>(y));
  };
  return std::hypot(apart(a.depth, b.depth), apart(a.width, b.width));
}

double SequenceFlops(const Shape& shape) {
  return TrainingFlopsPerToken(shape) * static_cast<double>(shape.context);
}

// Shapes whose step is short, as far from each other as they come.
std::vector<Shape> SamplesOf(const std::vector<PlannedClaim>& plan) {
  std::vector<Shape> shapes;
  for (const PlannedClaimCampaign& campaign : CampaignsOf(plan)) {
    for (const v1::Shape& listed :
         campaign.campaign.algorithm().listed().shapes()) {
      const Shape shape = ShapeOf(listed, campaign.campaign);
      if (SequenceFlops(shape) <= kMaxStepFlops) shapes.push_back(shape);
    }
  }
  std::vector<Shape> samples;
  while (!shapes.empty() && samples.size() < ClaimsTime::kMaxSamples) {
    const auto nearest = [&](const Shape& shape) {
      double least = INFINITY;
      for (const Shape& sample : samples) {
        least = std::min(least, Distance(shape, sample));
      }
      return least;
    };
    const auto farthest = std::max_element(shapes.begin(), shapes.end(),
                                           [&](const Shape& a, const Shape& b) {
                                             return nearest(a) < nearest(b);
                                           });
    if (nearest(*farthest) == 0) break;
    samples.push_back(*farthest);
  }
  return samples;
}

// Training FLOPs per second of a shape in a run of a few steps.
absl::StatusOr<double> RateHere(TrainerSession& session, const Shape& shape,
                                const std::string& data, size_t number) {
  const auto sequences = static_cast<int64_t>(
      std::max(1.0, std::floor(kWishedStepFlops / SequenceFlops(shape))));
  v1::Recipe recipe;
  recipe.set_tokens_per_step(sequences * shape.context);
  FillRecipeDefaults(shape.context, &recipe);
  const v1::Lease lease = MakeOwnLease(shape, recipe, kSteps, /*seed=*/0);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const TrainerLine result,
      session.Train({absl::StrCat("claims-", number), lease, ""}, data,
                    [](const TrainerLine&) {}));
  if (result.outcome != Outcome::kSucceeded) {
    return absl::UnavailableError(
        absl::StrCat(ShapeLabel(shape), " was not trained: ", result.error));
  }
  const v1::ShapeCard& card = *result.shape_card;
  const double step = card.has_step_seconds_median()
                          ? card.step_seconds_median()
                          : card.step_seconds();
  if (!(step > 0)) {
    return absl::UnavailableError("the trainer tells no time of a step");
  }
  return TrainingFlopsPerToken(shape) *
         static_cast<double>(recipe.tokens_per_step()) / step;
}

// Whether the CPU's own engine leaves such runs to LibTorch
// (docs/adr/0004-a-cpu-engine-by-hand.md).
bool IsTaskOfAnswers(const std::string& dataset) {
  return dataset.starts_with("synthetic:pointer") ||
         dataset.starts_with("synthetic:recall");
}
bool ChangesBlocks(const v1::Variant& variant) {
  return variant.shape().residual() == v1::RESIDUAL_NONE ||
         variant.shape().norm_placement() == v1::NORM_PLACEMENT_NONE;
}

// Tokens of an evaluation; a text of unknown length is taken for a long one.
double HeldOutTokens(const std::string& dataset) {
  const int64_t kibibytes = ClaimDataOf(dataset).kibibytes;
  if (kibibytes == 0) return kMaxHeldOutTokens;
  return std::min(kMaxHeldOutTokens,
                  static_cast<double>(kibibytes) * kKibibyte * kHeldOutShare);
}

}  // namespace

absl::StatusOr<ClaimsTime> ClaimsTime::Measure(
    const std::vector<PlannedClaim>& plan) {
  const std::vector<Shape> shapes = SamplesOf(plan);
  if (shapes.empty()) {
    return absl::UnavailableError(
        "a step of these shapes takes too long here to be measured");
  }
  int64_t bytes = kSampleBytes;
  for (const Shape& shape : shapes) {
    bytes = std::max(bytes, kSampleSequences * shape.context);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<SampleText> text,
                            SampleText::Write(static_cast<size_t>(bytes)));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<TrainerSession> session,
                            TrainerSession::Start(WorkerOptions()));
  ClaimsTime time;
  for (const Shape& shape : shapes) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const double rate,
        RateHere(*session, shape, text->path(), time.samples_.size()));
    time.samples_.push_back({shape, rate});
  }
  Shape bare = shapes.front();
  bare.residual = Residual::kNone;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const double rate,
      RateHere(*session, bare, text->path(), time.samples_.size()));
  time.slower_ = std::max(1.0, time.samples_.front().flops_per_second / rate);
  const TrainerLine ready = session->ready();
  session->Finish(absl::Seconds(10));
  time.at_once_ = ready.device == "cpu" ? UsableCpus() : 1;
  time.basis_ = absl::StrCat(ready.device_name, ", ",
                             Counted(time.at_once_, "run"), " at a time");
  return time;
}

double ClaimsTime::RateOf(const Shape& shape) const {
  return std::min_element(samples_.begin(), samples_.end(),
                          [&](const Sample& a, const Sample& b) {
                            return Distance(a.shape, shape) <
                                   Distance(b.shape, shape);
                          })
      ->flops_per_second;
}

absl::Duration ClaimsTime::Of(const PlannedClaimCampaign& planned) const {
  const v1::Campaign& campaign = planned.campaign;
  const double held_out = HeldOutTokens(campaign.dataset());
  double repeats = IsTaskOfAnswers(campaign.dataset()) ? slower_ : 1;
  for (const v1::Variant& variant : campaign.variants()) {
    repeats += ChangesBlocks(variant) ? slower_ : 1;
  }
  repeats *= campaign.seeds();
  double seconds = 0;
  for (const v1::Shape& listed : campaign.algorithm().listed().shapes()) {
    const Shape shape = ShapeOf(listed, campaign);
    const double rate = RateOf(shape);
    // A forward pass is a third of a training step.
    const double evaluation =
        held_out * TrainingFlopsPerToken(shape) / 3 / rate;
    for (const double budget : campaign.budgets()) {
      const double training = budget / rate;
      seconds += repeats * (training + evaluation +
                            std::max(kMinCostSeconds, kCostShare * training));
    }
  }
  const bool side_by_side =
      !planned.alone && ClaimDataOf(campaign.dataset()).processes == 1;
  return absl::Seconds(side_by_side ? seconds / at_once_ : seconds);
}

}  // namespace isoshape
