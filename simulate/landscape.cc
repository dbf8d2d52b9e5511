#include "simulate/landscape.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/files/hash.h"
#include "common/text/one_line.h"
#include "scaling/statistics/normal.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// A family of laws: the parts of the loss at the middle of the computes and its
// exponents; bowl, place and drift of the best aspect ratio; tokens for each
// unit of size.
struct LawFamily {
  const char* name;
  double e, size_part, alpha, beta, gamma, ratio, drift, tokens_per_size;
  bool large;  // in the large space, from 1e18 FLOPs; else that of bytes
};
constexpr LawFamily kFamilies[] = {
    {"chin", 1.82, .46, .347, .367, .03, 45, .05, 20, true},
    {"asym", 1.70, .45, .25, .45, .05, 30, -.10, 20, true},
    {"gem", 2.06, .55, .295, .475, .0226, 43, -.019, 12, true},
    {"kaplan", 1.50, .60, .20, .60, .04, 60, .10, 8, true},
    {"byte", .95, .36, .35, .45, .05, 18, .10, 40, false},
    {"steep", 1.0, .40, .60, .58, .06, 12, .15, 30, false}};

const char* const kNames[] = {
    "chin",        "asym",      "gem",        "kaplan",    "byte",
    "steep",       "byte-bend", "steep-bend", "chin-warm", "byte-warm",
    "chin-ripple", "asym-outl", "four"};

constexpr const char* kFaults[] = {"bend", "warm", "ripple", "outl"};

// The four-term law of Gemstones (McLeish et al. 2025) in sizes of this
// project: E, then factor and exponent of width, depth, size, tokens.
constexpr std::array<double, 9> kFourTerms = {1.96257, 16.9842, .642471,
                                              .63257,  .52705,  84.2123,
                                              .268091, 30673.8, .48721};
// Where the exponents of the four turn.
constexpr double kFourMiddles[] = {900, 24, 4e8, 5e9};

template <typename Names>
bool Holds(const Names& names, absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Numbers mixed into one seed.
uint64_t Mixed(std::initializer_list<uint64_t> numbers) {
  uint64_t state = 0;
  for (const uint64_t one : numbers) state = SplitMix64(state + one);
  return state;
}

double Uniform(uint64_t seed) {
  return (static_cast<double>(seed >> 11) + 0.5) * 0x1.0p-53;
}

uint64_t KeyOf(const Shape& shape) {
  return Mixed({static_cast<uint64_t>(shape.depth),
                static_cast<uint64_t>(shape.width),
                static_cast<uint64_t>(shape.ffn_width)});
}

SearchSpace ByteSpace() {
  SearchSpace space;
  space.base = {.head_dim = 16, .vocab = 256, .context = 128};
  space.max_depth = 64;
  space.max_width = 2048;
  return space;
}

SearchSpace LargeSpace() {
  SearchSpace space;
  space.base = {.head_dim = 128, .vocab = 32000, .context = 2048};
  space.min_width = 128;
  space.max_depth = 160;
  space.max_width = 12288;
  return space;
}

}  // namespace

std::vector<std::string> Landscape::Names() {
  return {std::begin(kNames), std::end(kNames)};
}

std::vector<std::string> Landscape::HeldOutNames() {
  std::vector<std::string> names;
  for (const LawFamily& family : kFamilies) {
    for (const char* fault : kFaults) {
      std::string name = absl::StrCat(family.name, "-", fault);
      if (!Holds(kNames, name)) names.push_back(std::move(name));
    }
  }
  return names;
}

absl::StatusOr<Landscape> Landscape::Make(absl::string_view name, uint64_t seed,
                                          double noise) {
  const std::vector<std::string> held_out = HeldOutNames();
  if (!Holds(kNames, name) && !Holds(held_out, name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "there is no landscape '", OneLine(name), "'; there are ",
        absl::StrJoin(kNames, ", "), ", ", absl::StrJoin(held_out, ", ")));
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(name, absl::MaxSplits('-', 1));
  const auto& [family, wrong] = parts;
  Landscape made;
  made.seed_ = seed;
  made.noise_ = noise;
  const bool large = family != "byte" && family != "steep";
  made.space_ = large ? LargeSpace() : ByteSpace();
  made.tokens_per_step_ = large ? 1 << 19 : 2048;
  made.min_flops_ = large ? 1e18 : 2.5e11;
  made.center_aspect_ratio_ = large ? 64 : 16;
  if (wrong == "warm") made.warm_ = large ? .06 : .10;
  if (wrong == "ripple") {
    made.ripple_ = .0015;
    made.shape_error_ = .002;
  }
  if (wrong == "outl") made.outliers_ = .05;
  if (family == "four") {
    made.DrawFourTerms(seed);
    return made;
  }
  made.DrawLaw(family, seed);
  if (wrong == "bend") {
    const auto* law = std::find_if(
        std::begin(kFamilies), std::end(kFamilies),
        [&, &family = family](const auto& f) { return f.name == family; });
    const double flops = made.min_flops_ * std::pow(kSpan, .6);
    const double size = std::sqrt(flops / 6 / law->tokens_per_size);
    made.size_bend_ = {std::log(size), .15 * law->alpha};
    made.tokens_bend_ = {std::log(flops / 6 / size), .35 * law->beta};
  }
  return made;
}

void Landscape::DrawLaw(absl::string_view family, uint64_t seed) {
  const LawFamily& of =
      *std::find_if(std::begin(kFamilies), std::end(kFamilies),
                    [&](const LawFamily& one) { return one.name == family; });
  Normal normal(Mixed({seed, 4242}));
  const auto about = [&](double value, double deviation) {
    return value * std::exp(deviation * normal());
  };
  law_.e = about(of.e, .05);
  law_.alpha = about(of.alpha, .12);
  law_.beta = about(of.beta, .12);
  const double size_part = about(of.size_part, .15);
  law_.gamma = about(of.gamma, .3);
  const double ratio = about(of.ratio, .3);
  law_.c1 = of.drift + .04 * normal();
  // The best size at the middle of the computes.
  const double flops = min_flops_ * std::sqrt(kSpan);
  const double ln_size =
      std::log(flops / 6 / about(of.tokens_per_size, .4)) / 2;
  const double ln_tokens = std::log(flops / 6) - ln_size;
  law_.ln_a = std::log(size_part) + law_.alpha * ln_size;
  law_.ln_b =
      std::log(law_.alpha * size_part / law_.beta) + law_.beta * ln_tokens;
  law_.c0 = std::log(ratio) - law_.c1 * ln_size;
}

void Landscape::DrawFourTerms(uint64_t seed) {
  Normal normal(Mixed({seed, 77}));
  four_ = kFourTerms;
  for (size_t k = 0; k < std::size(kFourMiddles); ++k) {
    double& exponent = (*four_)[2 * k + 2];
    const double drawn = exponent * std::exp(.08 * normal());
    (*four_)[2 * k + 1] *= std::pow(kFourMiddles[k], drawn - exponent);
    exponent = drawn;
  }
}

double Landscape::LawLoss(double ln_size, double ln_flops,
                          double ln_ratio) const {
  const double ln_tokens = ln_flops - std::log(6) - ln_size;
  constexpr double kBendWidth = .8;
  const auto bent = [](const std::optional<Bend>& bend, double ln_x) {
    if (!bend) return 0.0;
    const double x = (ln_x - bend->ln_x) / kBendWidth;
    return bend->fall * kBendWidth *
           (std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))));
  };
  const double size_part =
      std::exp(law_.ln_a - law_.alpha * ln_size + bent(size_bend_, ln_size));
  const double tokens_part = std::exp(law_.ln_b - law_.beta * ln_tokens +
                                      bent(tokens_bend_, ln_tokens));
  const double u = ln_ratio - law_.c0 - law_.c1 * ln_size;
  const double warm =
      warm_ * std::exp(-(ln_flops - std::log(min_flops_)) / 2 +
                       (std::log(20) + ln_size - ln_tokens) / 4);
  return law_.e + size_part * (1 + law_.gamma * u * u) + tokens_part + warm;
}

double Landscape::TrueLoss(const Shape& shape, double flops) const {
  const double ln_size = std::log(EffectiveSize(shape));
  const double ln_tokens = std::log(flops / 6) - ln_size;
  const double ln_ratio = std::log(AspectRatio(shape));
  if (four_) {
    const double ln_x[] = {std::log(static_cast<double>(shape.width)),
                           std::log(static_cast<double>(shape.depth)), ln_size,
                           ln_tokens};
    double loss = (*four_)[0];
    for (size_t k = 0; k < std::size(ln_x); ++k) {
      loss += (*four_)[2 * k + 1] * std::exp(-(*four_)[2 * k + 2] * ln_x[k]);
    }
    return loss;
  }
  const double loss = LawLoss(ln_size, std::log(flops), ln_ratio);
  return loss * (1 + ripple_ * std::sin(2 * std::numbers::pi * ln_ratio /
                                        std::log(4.0)));
}

std::optional<double> Landscape::LnBestSize(double flops) const {
  if (four_ || ripple_ > 0) return std::nullopt;
  const double middle = std::log(flops / 120) / 2;
  double best = 0;
  double least = std::numeric_limits<double>::infinity();
  constexpr double kReach = 4;
  constexpr double kStep = 0.002;
  for (double x = middle - kReach; x < middle + kReach; x += kStep) {
    const double loss = LawLoss(x, std::log(flops), law_.c0 + law_.c1 * x);
    if (loss >= least) continue;
    least = loss;
    best = x;
  }
  return best;
}

double Landscape::MeasuredLoss(const Shape& shape, double flops,
                               int64_t seed) const {
  double loss = TrueLoss(shape, flops);
  if (shape_error_ > 0) {
    loss *= 1 + shape_error_ * Normal(Mixed({seed_, 5, KeyOf(shape)}))();
  }
  const uint64_t run =
      Mixed({seed_, 9, KeyOf(shape),
             static_cast<uint64_t>(std::llround(1e6 * std::log(flops))),
             static_cast<uint64_t>(seed)});
  Normal normal(run);
  loss += noise_ * normal();
  constexpr double kOutlier = .08;
  if (outliers_ > 0 && Uniform(Mixed({run, 1})) < outliers_) {
    loss += std::abs(kOutlier * normal());
  }
  return loss;
}

AnswerSheet::AnswerSheet(const Landscape& landscape, double flops) {
  // Far wider than any answer: a factor of 60 about 20 tokens for each unit of
  // size, aspect ratios of 1.3 to 600.
  const double middle = std::log(flops / 120) / 2;
  const SearchSpace& space = landscape.space();
  least_ = std::numeric_limits<double>::infinity();
  for (int64_t depth = space.min_depth; depth <= space.max_depth; ++depth) {
    for (int64_t width = MinWidth(space); width <= MaxWidth(space);
         width += space.base.head_dim) {
      const Shape shape = ShapeInSpace(space, depth, width);
      const SurfacePoint place{.ln_flops = std::log(flops),
                               .ln_size = std::log(EffectiveSize(shape)),
                               .ln_ratio = std::log(AspectRatio(shape))};
      if (std::abs(place.ln_size - middle) > std::log(60) ||
          *place.ln_ratio < std::log(1.3) || *place.ln_ratio > std::log(600)) {
        continue;
      }
      places_.push_back(place);
      loss_.push_back(landscape.TrueLoss(shape, flops));
      least_ = std::min(least_, loss_.back());
    }
  }
  if (const auto best = landscape.LnBestSize(flops)) {
    ln_best_size_ = *best;
    return;
  }
  // The middle of the shapes that are nearly the best, as shapes are whole
  // numbers and truths may ripple.
  constexpr double kNearly = 1.0005;
  double weights = 0;
  for (size_t i = 0; i < loss_.size(); ++i) {
    const double weight = std::max(0.0, kNearly * least_ - loss_[i]);
    ln_best_size_ += weight * places_[i].ln_size;
    weights += weight;
  }
  ln_best_size_ /= weights;
}

double AnswerSheet::RegretNear(double ln_size, double ln_ratio) const {
  return Regret([&](const SurfacePoint& place) {
    const double v = place.ln_size - ln_size;
    const double u = *place.ln_ratio - ln_ratio;
    return 4 * v * v + u * u;
  });
}

}  // namespace isoshape
