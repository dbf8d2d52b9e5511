#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/marks.h"
#include "figures/parts/sentences.h"
#include "scaling/runs/budget_levels.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// At most so many colours of size; more sizes share one.
constexpr int kMaxColors = 9;

// The sizes of the curves as a scale of colours.
class SizeColors {
 public:
  explicit SizeColors(const std::vector<const v1::Curve*>& curves) {
    for (const v1::Curve* curve : curves) values_.push_back(curve->size());
    std::sort(values_.begin(), values_.end());
    values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
    if (values_.size() > kMaxColors) {
      values_ = LogSteps(values_.front(), values_.back(), kMaxColors);
    }
  }

  // The nearest value of the scale.
  int Of(double size) const {
    const auto nearest = std::min_element(
        values_.begin(), values_.end(), [size](double a, double b) {
          return std::abs(std::log(a / size)) < std::abs(std::log(b / size));
        });
    return static_cast<int>(nearest - values_.begin());
  }
  const std::vector<double>& values() const { return values_; }

 private:
  std::vector<double> values_;
};

// The column that is drawn as a line: the training loss, which has most
// points, or the validation loss of a trainer that reports that alone.
bool HasTraining(const v1::Curve& curve) {
  return std::any_of(curve.train_loss().begin(), curve.train_loss().end(),
                     [](double loss) { return std::isfinite(loss); });
}

bool Failed(const v1::Curve& curve) {
  return curve.state() == v1::Trial::DIVERGED ||
         curve.state() == v1::Trial::FAILED;
}

void AddCurve(const v1::Curve& curve, int color, v1::FigurePanel& lines,
              v1::FigurePanel& points, AxisRange& x, AxisRange& y) {
  const bool training = HasTraining(curve);
  const auto& losses = training ? curve.train_loss() : curve.validation_loss();
  const std::string label = absl::StrFormat("trial %d, size %s", curve.trial(),
                                            FormatCount(curve.size()));
  Series* line = AddSeries(
      lines, training ? "training loss" : "validation loss", Series::LINE,
      Failed(curve) ? Series::FAILED : Series::MEASURED, color);
  double last_x = std::numeric_limits<double>::quiet_NaN();
  double last_y = last_x;
  for (int i = 0; i < curve.tokens_size() && i < losses.size(); ++i) {
    const auto tokens = static_cast<double>(curve.tokens(i));
    if (!(tokens > 0)) continue;  // no place on a logarithmic axis
    AddPoint(tokens, losses[i], *line);
    line->add_trials(curve.trial());
    x.Add(tokens);
    if (!std::isfinite(losses[i])) continue;
    // The beginning is far from all that follows, and no outlier.
    if (!Failed(curve)) {
      if (std::isfinite(last_x)) {
        y.Add(losses[i]);
      } else {
        y.Include(losses[i]);
      }
    }
    last_x = tokens;
    last_y = losses[i];
  }
  if (line->x_size() == 0) {
    lines.mutable_series()->RemoveLast();
  } else {
    line->add_labels(label);
    while (line->labels_size() < line->x_size()) line->add_labels("");
  }
  if (training) {
    Series* measured = AddSeries(points, "validation loss", Series::POINTS,
                                 Series::MEASURED, color);
    for (int i = 0; i < curve.tokens_size(); ++i) {
      if (i >= curve.validation_loss_size()) break;
      const double loss = curve.validation_loss(i);
      if (!std::isfinite(loss) || curve.tokens(i) <= 0) continue;
      AddPoint(static_cast<double>(curve.tokens(i)), loss, *measured);
      measured->add_trials(curve.trial());
      if (!Failed(curve)) y.Add(loss);
    }
    if (measured->x_size() == 0) points.mutable_series()->RemoveLast();
  }
  if (curve.branches_size() > 0) {
    Series* branches = AddSeries(points, "cooldown branch", Series::POINTS,
                                 Series::OPTIMUM, color);
    for (const v1::BranchPoint& branch : curve.branches()) {
      AddPoint(static_cast<double>(branch.tokens()), branch.validation_loss(),
               *branches);
      branches->add_trials(curve.trial());
      x.Add(static_cast<double>(branch.tokens()));
      y.Add(branch.validation_loss());
    }
  }
  if (!Failed(curve) || !std::isfinite(last_x)) return;
  Series* end = AddSeries(
      points, curve.state() == v1::Trial::DIVERGED ? "diverged" : "failed",
      Series::POINTS, Series::FAILED, color);
  AddPoint(last_x, last_y, *end);
  end->add_trials(curve.trial());
  end->add_labels(label);
}

void AddTable(const std::vector<const v1::Curve*>& curves,
              v1::FigureTable& table) {
  for (const char* column :
       {"trial", "budget, FLOPs", "size", "state", "points", "tokens",
        "last training loss", "last validation loss"}) {
    table.add_columns(column);
  }
  const auto last = [](const auto& losses) {
    for (int i = losses.size() - 1; i >= 0; --i) {
      if (std::isfinite(losses[i])) return Cell(losses[i]);
    }
    return std::string("-");
  };
  for (const v1::Curve* curve : curves) {
    std::string state = v1::Trial::State_Name(curve->state());
    std::transform(state.begin(), state.end(), state.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    AddRow({absl::StrCat(curve->trial()), Cell(curve->budget_flops()),
            Cell(curve->size()), state, absl::StrCat(curve->points()),
            curve->tokens_size() == 0
                ? "-"
                : absl::StrCat(curve->tokens(curve->tokens_size() - 1)),
            last(curve->train_loss()), last(curve->validation_loss())},
           table);
  }
}

void Count(const FigureData& data, const std::vector<const v1::Curve*>& curves,
           int64_t hidden, int64_t without, v1::Figure& figure) {
  int64_t given = 0;
  int64_t points = 0;
  int64_t failed = 0;
  for (const v1::Curve* curve : curves) {
    given += curve->tokens_size();
    points += std::max<int64_t>(curve->points(), curve->tokens_size());
    failed += Failed(*curve) ? 1 : 0;
  }
  const auto drawn = static_cast<int64_t>(curves.size());
  figure.set_drawn(drawn);
  figure.set_total(std::max(drawn, data.matching_curves - hidden - without));
  std::string text;
  if (figure.drawn() < figure.total()) {
    text = absl::StrFormat("%d of %d curves are drawn, spread evenly over them",
                           figure.drawn(), figure.total());
  }
  if (given < points) {
    absl::StrAppendFormat(
        &text,
        "%sof %d points the first, the last, and of each stretch between them "
        "the least and the largest loss are drawn, %d points",
        text.empty() ? "" : "; ", points, given);
  }
  figure.set_thinning(text);
  std::string sentence =
      absl::StrCat("Loss over tokens of ", Counted(figure.drawn(), "trial"));
  if (failed > 0) {
    absl::StrAppendFormat(&sentence, ", of which %d failed or diverged",
                          failed);
  }
  absl::StrAppend(&sentence, ".");
  if (hidden > 0) {
    absl::StrAppendFormat(&sentence, " Not drawn: %d failed or diverged.",
                          hidden);
  }
  if (without > 0) {
    absl::StrAppend(&sentence, " ", Counted(without, "other trial"),
                    without == 1 ? " has" : " have", " no curve.");
  }
  figure.set_sentence(sentence);
}

}  // namespace

absl::StatusOr<v1::Figure> CurvesFigure(const FigureData& data,
                                        const FigureOptions& options) {
  std::map<double, std::vector<const v1::Curve*>> by_budget;
  std::vector<const v1::Curve*> drawn;
  int64_t hidden = 0;
  int64_t without = 0;  // a point
  for (const v1::Curve& curve : data.curves) {
    const double budget = curve.budget_flops();
    if (options.budget_flops > 0 && !SameBudget(budget, options.budget_flops)) {
      continue;
    }
    if (Failed(curve) && !options.show_failed) {
      ++(curve.tokens_size() > 0 ? hidden : without);
      continue;
    }
    if (curve.tokens_size() == 0 && curve.branches_size() == 0) {
      ++without;
      continue;
    }
    by_budget[budget].push_back(&curve);
    drawn.push_back(&curve);
  }
  if (drawn.empty()) {
    return absl::FailedPreconditionError(
        hidden > 0 ? absl::StrFormat("no trial of %s has a curve but %d that "
                                     "failed or diverged; set show_failed",
                                     data.name, hidden)
                   : absl::StrFormat("no trial of %s that is asked for has a "
                                     "curve: none has sent losses on its way",
                                     data.name));
  }
  v1::Figure figure;
  figure.set_title(absl::StrCat("Training curves of ", data.name));
  const SizeColors colors(drawn);
  figure.set_color_label("size N, training FLOPs per token / 6");
  figure.mutable_color_values()->Add(colors.values().begin(),
                                     colors.values().end());
  int64_t beyond = 0;
  for (const auto& [budget, curves] : by_budget) {
    v1::FigurePanel& panel = *figure.add_panels();
    panel.set_title(absl::StrCat(FormatFlops(budget), " FLOPs"));
    v1::FigurePanel points;
    AxisRange x(true);
    AxisRange y(true);
    for (const v1::Curve* curve : curves) {
      AddCurve(*curve, colors.Of(curve->size()), panel, points, x, y);
    }
    panel.mutable_series()->MergeFrom(points.series());
    *panel.mutable_x() = x.Axis("tokens");
    *panel.mutable_y() = y.Axis("loss, nats per token");
    beyond += x.Beyond() + y.Beyond();
  }
  if (beyond > 0) {
    figure.add_warnings(absl::StrFormat(
        "%d values lie so far from the others that the axes leave them out",
        beyond));
  }
  AddTable(drawn, *figure.mutable_table());
  Count(data, drawn, hidden, without, figure);
  return figure;
}

}  // namespace isoshape
