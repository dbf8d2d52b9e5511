#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "claims/report.h"
#include "cli/claims/claim_figures.h"
#include "common/text/counted.h"
#include "figures/parts/axis_range.h"
#include "figures/parts/marks.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// What is told on one axis.
struct Unit {
  const char* name;
  const char* title;
  const char* axis;
  bool log;
};

constexpr Unit kFactors = {"effects-factors", "Factors, with 95 % intervals",
                           "factor", true};
constexpr Unit kNats = {"effects-nats",
                        "Differences in nats, with 95 % intervals",
                        "nats a token", false};
constexpr Unit kNumbers = {"effects-numbers",
                           "Exponents, shares and ratios, with 95 % intervals",
                           "value", false};

bool IsOf(const v1::ClaimPart& part, const Unit& unit) {
  const bool nats = absl::StrContains(part.figure(), "nats");
  if (part.is_log_factor()) return unit.log;
  return !unit.log && nats == (unit.name == kNats.name);
}

Series::Role RoleOf(const v1::PartResult& result) {
  switch (result.verdict()) {
    case v1::PartResult::SUPPORTED:
      return Series::OPTIMUM;
    case v1::PartResult::CONTRADICTED:
      return Series::VERIFICATION;
    default:
      return Series::EDGE;
  }
}

Interval IntervalOf(const v1::PartResult& result) {
  Interval interval;
  interval.value = result.effect();
  interval.lower = result.lower();
  interval.upper = result.upper();
  return interval;
}

// The plot of one unit while it grows, row by row.
class Forest {
 public:
  explicit Forest(const Unit& unit) : unit_(unit), x_(unit.log) {
    figure_.set_title(unit.title);
    for (const char* column :
         {"claim", "figure", "effect", "lower", "upper", "verdict"}) {
      figure_.mutable_table()->add_columns(column);
    }
    panel_ = figure_.add_panels();
  }

  void Add(const v1::ClaimResult& result, const v1::ClaimPart& part,
           const v1::PartResult& of_part) {
    panel_->mutable_y()->add_categories(
        absl::StrCat(result.claim().id(), ": ", part.name()));
    for (const auto& [has, bound] :
         {std::pair(part.has_above(), part.above()),
          std::pair(part.has_below(), part.below())}) {
      if (!has) continue;
      AddMark("boundary", Series::REFERENCE,
              Alone(unit_.log ? std::exp(bound) : bound), "");
    }
    AddMark(VerdictText(of_part), RoleOf(of_part), IntervalOf(of_part),
            absl::StrCat(part.figure(), ": ", EffectText(part, of_part)));
    AddRow({absl::StrCat(result.claim().id(), ": ", part.name()), part.figure(),
            Cell(of_part.effect()), Cell(of_part.lower()),
            Cell(of_part.upper()), VerdictText(of_part)},
           *figure_.mutable_table());
    ++rows_;
  }

  // A part that has an effect of this unit and cannot be judged.
  void LeaveOut() { ++left_out_; }

  int rows() const { return rows_; }

  v1::Figure Finish() {
    *panel_->mutable_x() = x_.Axis(unit_.axis);
    panel_->mutable_y()->set_min(-0.5);
    panel_->mutable_y()->set_max(rows_ - 0.5);
    figure_.set_sentence(absl::StrCat(
        Counted(rows_, "figure"),
        " of claims: the mean over seeds with its 95 % interval by Student's "
        "t, and the boundary that the statement draws. A verdict is corrected "
        "for all parts of the report (Holm), so that an interval may clear its "
        "boundary and decide nothing."));
    if (left_out_ > 0) {
      figure_.add_warnings(
          absl::StrCat("left out: ", Counted(left_out_, "figure"),
                       " on which no verdict can rest; the report says why"));
    }
    if (x_.Beyond() > 0) {
      figure_.add_warnings(
          absl::StrCat(Counted(x_.Beyond(), "value"),
                       " beyond the axis at its edge; the table has them"));
    }
    figure_.set_drawn(rows_);
    figure_.set_total(rows_ + left_out_);
    return figure_;
  }

 private:
  void AddMark(const std::string& name, Series::Role role,
               const Interval& interval, const std::string& label) {
    Series& series = SeriesOf(name, role);
    AddPoint(interval.value, rows_, series);
    // However far an effect lies from the others, it is what is shown.
    x_.Include(interval.value);
    if (role == Series::REFERENCE) return;
    AddXInterval(interval, series);
    series.add_labels(label);
    x_.Add(*interval.lower);
    x_.Add(*interval.upper);
  }

  // The one of that name.
  Series& SeriesOf(const std::string& name, Series::Role role) {
    for (Series& series : *panel_->mutable_series()) {
      if (series.name() == name) return series;
    }
    return *AddSeries(*panel_, name, Series::POINTS, role);
  }

  const Unit unit_;
  AxisRange x_;
  v1::Figure figure_;
  v1::FigurePanel* panel_;
  int rows_ = 0;
  int left_out_ = 0;
};

}  // namespace

std::vector<ClaimFigure> EffectFigures(const v1::ClaimsReport& report) {
  std::vector<ClaimFigure> figures;
  for (const Unit& unit : {kFactors, kNats, kNumbers}) {
    Forest forest(unit);
    for (const v1::ClaimResult& result : report.claims()) {
      for (int i = 0; i < result.parts_size(); ++i) {
        const v1::ClaimPart& part = result.claim().parts(i);
        if (!result.parts(i).has_effect() || !IsOf(part, unit)) continue;
        // One that is far from known would be all that is seen.
        if (!result.parts(i).has_p_value()) {
          forest.LeaveOut();
          continue;
        }
        forest.Add(result, part, result.parts(i));
      }
    }
    if (forest.rows() > 0) figures.push_back({"", unit.name, forest.Finish()});
  }
  return figures;
}

}  // namespace isoshape
