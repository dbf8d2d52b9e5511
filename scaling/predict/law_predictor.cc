#include "scaling/predict/law_predictor.h"

#include "scaling/allocation/best_aspect_ratio.h"

namespace isoshape {

void LawPredictor::AddFigures(const Bootstrap<AllocatedFit>& bootstrap) {
  const auto add = [&](const char* name, const char* meaning,
                       double Allocated::*part) {
    prediction_.figures.push_back(MakeFigure(
        bootstrap, options_.fit, name, meaning,
        [part](const Allocated& allocated) { return allocated.*part; }));
  };
  if (allocation_.target_loss) {
    add("compute", "least FLOPs of training and serving that reach the loss",
        &Allocated::flops);
    add("size", "N that reaches it with the least FLOPs", &Allocated::size);
    add("tokens", "D that reaches it at that size", &Allocated::tokens);
    prediction_.figures.push_back(MakeFigure(
        "loss", "asked for, by the law; one run scatters about it",
        Estimate(*allocation_.target_loss, {}, {}, options_.fit.level)));
  } else if (allocation_.fixed()) {
    // They are what was asked for, and so have no interval.
    const Allocated& given = bootstrap.fit.law;
    const double level = options_.fit.level;
    prediction_.figures.push_back(
        MakeFigure("size", "N", Estimate(given.size, {}, {}, level)));
    prediction_.figures.push_back(
        MakeFigure("tokens", "D", Estimate(given.tokens, {}, {}, level)));
    add("loss", "by the law; one run scatters about it", &Allocated::loss);
    add("above_best", "loss above the best of the same training FLOPs",
        &Allocated::above_best);
    if (!allocation_.corpus_tokens) {
      add("wasted_compute",
          "share of these that the best size would save in reaching this loss",
          &Allocated::wasted_compute);
    }
  } else {
    add("size", "N* of least loss", &Allocated::size);
    add("tokens", "D* that the compute buys at N*", &Allocated::tokens);
    add("loss", "least loss by the law; one run scatters about it",
        &Allocated::loss);
  }
  if (allocation_.serve_tokens > 0) {
    if (!allocation_.fixed() && !allocation_.target_loss) {
      add("gain",
          "how much lower the loss is than that of the best size for training "
          "alone, at the same FLOPs in all",
          &Allocated::gain);
    }
    add("training_share", "training's share of the FLOPs",
        &Allocated::training_share);
  }
}

double Allocated::*LawPredictor::PartOf(const std::string& name) const {
  const bool fixed = allocation_.fixed();
  if (name == "size" && !fixed) return &Allocated::size;
  if (name == "tokens" && !fixed) return &Allocated::tokens;
  if (name == "compute") return &Allocated::flops;
  if (name == "loss" && !allocation_.target_loss) return &Allocated::loss;
  if (name == "above_best") return &Allocated::above_best;
  if (name == "wasted_compute") return &Allocated::wasted_compute;
  if (name == "gain") return &Allocated::gain;
  if (name == "training_share") return &Allocated::training_share;
  return nullptr;
}

absl::Status LawPredictor::AddShapes(const Bootstrap<RatioLawFit>& bootstrap) {
  const ShapeCandidates& candidates = options_.candidates;
  ISOSHAPE_ASSIGN_OR_RETURN(const ShapeOptimum optimum,
                            ShapeOptimumOf(bootstrap.fit.law, allocation_));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<ShapeChoice> choices,
                            BestShapes(optimum, candidates, prediction_.measure,
                                       allocation_, options_.choices));
  prediction_.shapes = Price(prediction_, choices, candidates);
  const auto size = [&](const RatioLaw& one) {
    return Allocate(AtBestRatio(one), allocation_).size;
  };
  const auto ratio = [&](const RatioLaw& one) {
    return std::exp(one.BestLogRatio(std::log(size(one))));
  };
  const auto nearest = [&](const RatioLaw& one) {
    return NearestShape(candidates.space, prediction_.measure, size(one),
                        ratio(one));
  };
  const auto add = [&](const char* name, const char* meaning,
                       const auto& figure) {
    prediction_.figures.push_back(
        MakeFigure(bootstrap, options_.fit, name, meaning, figure));
  };
  add("aspect_ratio", "best width / depth at N*", ratio);
  add("depth", "layers at N* and the best aspect ratio",
      [&](const RatioLaw& one) {
        return static_cast<double>(nearest(one).depth);
      });
  add("width", "d_model at N* and the best aspect ratio",
      [&](const RatioLaw& one) {
        return static_cast<double>(nearest(one).width);
      });
  // A shape is as well known as its aspect ratio.
  const LawFigure known = prediction_.Figure("aspect_ratio");
  for (LawFigure& figure : prediction_.figures) {
    if (figure.name != "depth" && figure.name != "width") continue;
    figure.prior_share = known.prior_share;
    if (known.prior_share && figure.unidentified.empty()) {
      figure.unidentified = known.unidentified;
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape
