#include "claims/part_figure.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "claims/pipeline.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"

namespace isoshape {
namespace {

// The figure of each seed, and what it is divided by if the part says so.
struct SeedFigures {
  std::vector<double> values;
  std::vector<double> divisors;  // empty if it is not divided
};

absl::StatusOr<SeedFigures> SeedFiguresOf(const v1::ClaimPart& part,
                                          const std::vector<ClaimRuns>& runs) {
  ISOSHAPE_ASSIGN_OR_RETURN(const auto values,
                            RunPipeline(part.pipeline(), runs));
  std::map<std::string, double> divisors;
  if (part.has_divided_by()) {
    ISOSHAPE_ASSIGN_OR_RETURN(divisors, RunPipeline(part.divided_by(), runs));
  }
  SeedFigures figures;
  for (const auto& [seed, value] : values) {
    if (part.has_divided_by()) {
      const auto divisor = divisors.find(seed);
      if (divisor == divisors.end()) continue;
      figures.divisors.push_back(divisor->second);
    }
    figures.values.push_back(value);
  }
  return figures;
}

// How many runs ended without telling a measure.
int64_t RunsWithout(const std::string& measure,
                    const std::vector<ClaimRuns>& runs) {
  const auto cells = CellsOf(runs, measure);
  if (!cells.ok()) return 0;
  return std::count_if(cells->begin(), cells->end(), [](const ClaimCell& cell) {
    return std::isnan(cell.value);
  });
}

std::string TooFewSeeds(const v1::ClaimPart& part,
                        const std::vector<ClaimRuns>& runs, size_t seeds) {
  std::string problem = absl::StrCat(
      "the runs tell it of ", Counted(static_cast<int64_t>(seeds), "seed"),
      "; a verdict takes ", kMinSeeds);
  std::set<std::string> measures;
  for (const v1::ClaimPipeline* pipeline : PipelinesOf(part)) {
    measures.insert(pipeline->measure());
  }
  for (const std::string& measure : measures) {
    if (const int64_t without = RunsWithout(measure, runs); without > 0) {
      absl::StrAppend(&problem, ", and ", Counted(without, "run"),
                      " ended without ", measure);
    }
  }
  return problem;
}

// Whether the measure itself is the same with all seeds that tell it, as counts
// of bytes are.
bool IsExact(const v1::ClaimPipeline& pipeline,
             const std::vector<ClaimRuns>& runs) {
  const auto cells = CellsAfter(pipeline, 0, runs);
  if (!cells.ok()) return false;
  std::map<std::map<std::string, std::string>, double> by_place;
  for (const ClaimCell& cell : *cells) {
    if (std::isnan(cell.value)) continue;
    auto place = cell.place;
    place.erase("seed");
    const double first = by_place.emplace(place, cell.value).first->second;
    if (cell.value != first) return false;
  }
  return true;
}

// Why no figure of a part could be one that a verdict rests on.
std::string WhyNeverKnown(const v1::ClaimPart& part,
                          const std::vector<ClaimRuns>& runs) {
  for (const v1::ClaimPipeline* pipeline : PipelinesOf(part)) {
    const auto extrapolation = ExtrapolationOf(*pipeline, runs);
    if (!extrapolation.ok() ||
        extrapolation->value_or(0) <= kMaxExtrapolation) {
      continue;
    }
    return absl::StrFormat(
        "the model is %s times as large as the largest shape that was "
        "trained; a verdict takes at most %g times",
        FormatRatio(**extrapolation), kMaxExtrapolation);
  }
  return "";
}

// Why this figure of it is none.
std::string WhyNotKnown(const v1::ClaimPart& part,
                        const std::vector<ClaimRuns>& runs,
                        const std::optional<SeedSummary>& summary) {
  if (!summary.has_value()) {
    return "what it is divided by may be 0, by its 95 % interval over the "
           "seeds";
  }
  const std::vector<const v1::ClaimPipeline*> pipelines = PipelinesOf(part);
  for (const v1::ClaimPipeline* pipeline : pipelines) {
    int minima = 0;
    int at_ends = 0;
    const auto cells = CellsAfter(*pipeline, pipeline->steps_size(), runs);
    if (!cells.ok()) return "";
    for (const ClaimCell& cell : *cells) {
      minima += cell.minima;
      at_ends += cell.at_ends;
    }
    if (2 * at_ends > minima) {
      return absl::StrCat(at_ends, " of ", minima,
                          " least values lie at an end of what was tried, so "
                          "that the least may lie beyond");
    }
  }
  if (summary->standard_error == 0 && summary->p_value == 0 &&
      !std::all_of(pipelines.begin(), pipelines.end(),
                   [&](const v1::ClaimPipeline* pipeline) {
                     return IsExact(*pipeline, runs);
                   })) {
    return "all seeds give one figure, though their runs differ: it is only as "
           "fine as the places that were tried";
  }
  return "";
}

}  // namespace

ClaimBounds BoundsOf(const v1::ClaimPart& part) {
  ClaimBounds bounds;
  if (part.has_above()) bounds.above = part.above();
  if (part.has_below()) bounds.below = part.below();
  return bounds;
}

PartFigure FigureOf(const v1::ClaimPart& part,
                    const std::vector<ClaimRuns>& runs, int runs_missing) {
  PartFigure figure;
  const absl::StatusOr<SeedFigures> figures = SeedFiguresOf(part, runs);
  if (!figures.ok()) {
    figure.problem = std::string(figures.status().message());
    return figure;
  }
  const std::vector<double>& values = figures->values;
  figure.seeds = values;
  for (size_t i = 0; i < figures->divisors.size(); ++i) {
    figure.seeds[i] /= figures->divisors[i];
  }
  const ClaimBounds bounds = BoundsOf(part);
  if (values.size() >= 2) {
    figure.summary = part.has_divided_by()
                         ? SummaryOfRatio(values, figures->divisors, bounds)
                         : SummaryOf(values, bounds);
  }
  if (runs_missing > 0) {
    // What is there by now may be the easier part.
    figure.problem =
        absl::StrCat(runs_missing, runs_missing == 1 ? " run is" : " runs are",
                     " still to come");
  } else if (values.size() < kMinSeeds) {
    figure.problem = TooFewSeeds(part, runs, values.size());
  } else {
    figure.problem = WhyNeverKnown(part, runs);
    figure.counts = figure.problem.empty();
    if (figure.counts) {
      figure.problem = WhyNotKnown(part, runs, figure.summary);
    }
  }
  return figure;
}

}  // namespace isoshape
