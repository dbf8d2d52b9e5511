#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/format_number.h"
#include "figures/kinds/builders.h"
#include "figures/parts/axis_range.h"
#include "figures/parts/marks.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// The pace of what is to come is that of the last share of the time so far.
constexpr double kRecent = 0.25;

std::string NameOf(v1::Trial::State state) {
  return absl::AsciiStrToLower(v1::Trial::State_Name(state));
}

bool Ended(const TrialSpan& span) {
  return std::isfinite(span.end) && span.state != v1::Trial::PENDING &&
         span.state != v1::Trial::LEASED;
}

// Sums over the trials that ended, in the order of their ends.
struct Sums {
  std::vector<double> time, flops, count;
};

void AddState(v1::Trial::State state, const Sums& sums, double start,
              double now, int max_marks, v1::FigurePanel& flops,
              v1::FigurePanel& counts) {
  const Series::Role role =
      state == v1::Trial::SUCCEEDED ? Series::MEASURED : Series::FAILED;
  const auto steps = static_cast<size_t>(max_marks) / 2;
  const size_t stride = std::max<size_t>(1, sums.time.size() / steps);
  for (const auto& [panel, values] :
       {std::pair{&flops, &sums.flops}, std::pair{&counts, &sums.count}}) {
    Series* line = AddSeries(*panel, NameOf(state), Series::LINE, role);
    AddPoint(start, 0, *line);
    for (size_t i = 0; i < sums.time.size(); ++i) {
      if (i % stride != 0 && i + 1 != sums.time.size()) continue;
      AddPoint(sums.time[i], (*values)[i], *line);
    }
    if (now > sums.time.back()) AddPoint(now, values->back(), *line);
  }
}

// When what is left will be done at the pace of late; NaN: not known.
double EndOf(const FigureData& data, double start, double left) {
  if (!(left > 0) || !(data.now > start)) return NAN;
  const double since = data.now - kRecent * (data.now - start);
  double spent = 0;
  for (const TrialSpan& span : data.spans) {
    const double end = Ended(span) ? span.end : data.now;
    if (!std::isfinite(span.start) || end <= since || end <= span.start) {
      continue;
    }
    if (!Ended(span) && span.state != v1::Trial::LEASED) continue;
    spent +=
        span.flops * (end - std::max(span.start, since)) / (end - span.start);
  }
  return spent > 0 ? data.now + left / spent * (data.now - since) : NAN;
}

}  // namespace

absl::StatusOr<v1::Figure> ProgressFigure(const FigureData& data,
                                          const FigureOptions& options) {
  std::vector<TrialSpan> ended;
  std::map<v1::Trial::State, int64_t> counts;
  double start = INFINITY;
  double running = 0;
  int lost = 0;
  for (const TrialSpan& span : data.spans) {
    ++counts[span.state];
    lost += span.lost_leases;
    if (std::isfinite(span.start)) start = std::min(start, span.start);
    if (Ended(span)) {
      ended.push_back(span);
      start = std::min(start, span.end);
    } else if (span.state == v1::Trial::LEASED) {
      running += span.flops;
    }
  }
  if (!std::isfinite(start)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no trial of %s has been started yet; 'isoshape campaign watch' says "
        "what they wait for",
        data.name));
  }
  std::sort(
      ended.begin(), ended.end(),
      [](const TrialSpan& a, const TrialSpan& b) { return a.end < b.end; });
  std::map<v1::Trial::State, Sums> by_state;
  double spent = 0;
  for (const TrialSpan& span : ended) {
    Sums& sums = by_state[span.state];
    sums.time.push_back(span.end);
    sums.flops.push_back(span.flops +
                         (sums.flops.empty() ? 0 : sums.flops.back()));
    sums.count.push_back(static_cast<double>(sums.time.size()));
    spent += span.flops;
  }
  v1::Figure figure;
  figure.set_title(absl::StrCat("Progress of ", data.name));
  v1::FigurePanel& flops = *figure.add_panels();
  v1::FigurePanel& trials = *figure.add_panels();
  flops.set_title("FLOPs spent");
  trials.set_title("trials ended");
  AxisRange time(false);
  AxisRange flops_range(false);
  AxisRange count_range(false);
  time.Include(start);
  flops_range.Include(0);
  count_range.Include(0);
  const bool busy = counts[v1::Trial::LEASED] > 0;
  double last = ended.empty() ? start : ended.back().end;
  if (busy || counts[v1::Trial::PENDING] > 0) last = std::max(last, data.now);
  time.Include(last);
  for (const auto& [state, sums] : by_state) {
    AddState(state, sums, start, last, options.max_marks, flops, trials);
    flops_range.Include(sums.flops.back());
    count_range.Include(sums.count.back());
  }
  const double end = EndOf(data, start, data.planned_flops);
  if (busy && std::isfinite(end)) {
    for (v1::FigurePanel* panel : {&flops, &trials}) {
      AddRuleX(end, "end at the pace of late", Series::TARGET, *panel);
    }
    time.Include(end);
  }
  for (const auto& [panel, range, label] :
       {std::tuple{&flops, &flops_range, "training FLOPs"},
        std::tuple{&trials, &count_range, "trials"}}) {
    // A picture without an ended trial has its axes all the same.
    if (panel->series().empty()) {
      AddLine({start, last}, {0, 0}, "succeeded", Series::MEASURED, {}, *panel);
    }
    *panel->mutable_x() = time.Axis("time");
    panel->mutable_x()->set_time(true);
    *panel->mutable_y() = range->Axis(label);
  }
  std::vector<std::string> parts;
  for (const auto& [state, count] : counts) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", NameOf(state)));
  }
  std::string sentence =
      absl::StrFormat("%s FLOPs spent; trials: %s.",
                      FormatFlops(spent + running), absl::StrJoin(parts, ", "));
  if (busy && std::isfinite(end)) {
    absl::StrAppendFormat(
        &sentence, " At the pace of late the rest takes %s more.",
        absl::FormatDuration(
            absl::Seconds(std::max(1.0, std::round(end - data.now)))));
  }
  if (lost > 0) {
    absl::StrAppendFormat(&sentence, " %d %s lost on the way.", lost,
                          lost == 1 ? "lease was" : "leases were");
  }
  figure.set_sentence(sentence);
  v1::FigureTable& table = *figure.mutable_table();
  for (const char* column : {"state", "trials", "FLOPs"}) {
    table.add_columns(column);
  }
  for (const auto& [state, count] : counts) {
    if (count == 0) continue;
    const auto sums = by_state.find(state);
    AddRow({NameOf(state), absl::StrCat(count),
            sums != by_state.end()       ? Cell(sums->second.flops.back())
            : state == v1::Trial::LEASED ? Cell(running)
                                         : "-"},
           table);
  }
  figure.set_drawn(static_cast<int64_t>(ended.size()));
  figure.set_total(figure.drawn());
  return figure;
}

}  // namespace isoshape
