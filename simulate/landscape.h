#ifndef ISOSHAPE_SIMULATE_LANDSCAPE_H_
#define ISOSHAPE_SIMULATE_LANDSCAPE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/surface/surface.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// A truth to search in: the loss of every shape at every compute, and what runs
// of them would measure. Drawn from a family by a seed: exponents differ by
// 12 %, the best aspect ratio by 30 %, its bowl by 30 %, tokens for each
// parameter by 40 %, the floor by 5 % (one standard deviation).
//
// Families: chin, asym, gem, kaplan, byte, steep, of the law L = E + A N^-alpha
// (1 + gamma u^2) + B D^-beta, u = ln r - c0 - c1 ln N, by whom their exponents
// are like; and four, of the four terms width, depth, size and tokens. What is
// wrong with a law is a suffix: -bend, exponents that fall beyond the middle of
// the computes; -warm, small runs 6 or 10 % too high, falling as C^-.5;
// -ripple, a wave of .15 % over ln ratio and a fixed error of .2 % of each
// shape; -outl, 5 % of the runs up to .2 nats high. docs/search.md.
class Landscape {
 public:
  // The names of the problems by which searches are compared.
  static std::vector<std::string> Names();
  // Those of every other family with every other fault. Nothing was chosen by
  // what comes out there, so that they tell what it is worth elsewhere.
  static std::vector<std::string> HeldOutNames();

  // `noise`: of a run, nats per token. INVALID_ARGUMENT if neither list has the
  // name, with the problems that there are.
  static absl::StatusOr<Landscape> Make(absl::string_view name, uint64_t seed,
                                        double noise);

  const SearchSpace& space() const { return space_; }
  int64_t tokens_per_step() const { return tokens_per_step_; }
  // The computes of runs.
  double min_flops() const { return min_flops_; }
  double max_flops() const { return kSpan * min_flops_; }
  // The aspect ratio that people would begin with.
  double center_aspect_ratio() const { return center_aspect_ratio_; }

  double TrueLoss(const Shape& shape, double flops) const;
  // ln of the best size at the best aspect ratio, if sizes and ratios need not
  // be those of shapes; none for four and -ripple.
  std::optional<double> LnBestSize(double flops) const;
  // Returns the loss that a run of that seed measures.
  double MeasuredLoss(const Shape& shape, double flops, int64_t seed) const;

  static constexpr double kSpan = 100;

 private:
  Landscape() = default;

  struct Law {
    double e, ln_a, alpha, ln_b, beta, gamma, c0, c1;
  };
  struct Bend {  // from x on the exponent falls by `fall`
    double ln_x, fall;
  };

  void DrawLaw(absl::string_view family, uint64_t seed);
  void DrawFourTerms(uint64_t seed);
  // Returns the loss by the law and by what makes small runs worse.
  double LawLoss(double ln_size, double ln_flops, double ln_ratio) const;

  SearchSpace space_;
  int64_t tokens_per_step_ = 0;
  double min_flops_ = 0, center_aspect_ratio_ = 0;
  uint64_t seed_ = 0;
  double noise_ = 0;

  Law law_ = {};
  std::optional<Bend> size_bend_, tokens_bend_;
  double warm_ = 0;    // nats at the smallest compute
  double ripple_ = 0;  // of the loss
  double shape_error_ = 0, outliers_ = 0;
  // E, then factor and exponent of width, depth, size and tokens.
  std::optional<std::array<double, 9>> four_;
};

// The shapes that can be answered at a target, and what they are worth.
class AnswerSheet {
 public:
  AnswerSheet(const Landscape& landscape, double flops);

  // The loss of the shape that a law of ln loss takes for the best, over the
  // least, less 1. `log_loss` by the place of a shape.
  template <typename LogLoss>
  double Regret(const LogLoss& log_loss) const {
    size_t best = 0;
    double least = log_loss(places_[0]);
    for (size_t i = 1; i < places_.size(); ++i) {
      const double one = log_loss(places_[i]);
      if (one >= least) continue;
      least = one;
      best = i;
    }
    return loss_[best] / least_ - 1;
  }
  // The same of the shape nearest to a size and aspect ratio.
  double RegretNear(double ln_size, double ln_ratio) const;

  double ln_best_size() const { return ln_best_size_; }

 private:
  std::vector<SurfacePoint> places_;
  std::vector<double> loss_;
  double least_ = 0;
  double ln_best_size_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SIMULATE_LANDSCAPE_H_
