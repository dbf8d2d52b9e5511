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
#include "common/text/format_number.h"
#include "common/text/time_text.h"
#include "figures/kinds/builders.h"
#include "figures/parts/axis_range.h"
#include "figures/parts/marks.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

// The pace of what is to come is that of the last share of the time so far.
constexpr double kRecent = 0.25;

std::string NameOf(v1::Trial::State state) {
  return absl::AsciiStrToLower(v1::Trial::State_Name(state));
}

bool Ended(const TrialSpan& span) {
  return std::isfinite(span.end) && IsFinal(span.state);
}

// Sums over the trials that ended, in the order of their ends.
struct Sums {
  std::vector<double> time, flops, count;
};

// `named`: its name stands at the end of its lines, as failed and diverged
// trials look alike.
void AddState(v1::Trial::State state, const Sums& sums, double start,
              double now, int max_marks, bool named, v1::FigurePanel& flops,
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
    if (!named) continue;
    for (int i = 1; i < line->x_size(); ++i) line->add_labels("");
    line->add_labels(values == &sums.count
                         ? absl::StrCat(sums.time.size(), " ", NameOf(state))
                         : NameOf(state));
    line->set_write_labels(true);
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

// Counts and sums of the trials of a campaign.
struct Tally {
  std::map<v1::Trial::State, int64_t> counts;  // of all trials
  std::map<v1::Trial::State, Sums> ended;      // of those that ended
  int64_t total_ended = 0;
  double spent = 0;         // FLOPs of those that ended
  double running = 0;       // FLOPs of those that run
  double start = INFINITY;  // of the first; infinite if there is none
  double last = INFINITY;   // the last end, or now if more is to come
  int lost = 0;             // leases
  bool busy = false;        // some run
};

Tally Count(const FigureData& data) {
  Tally tally;
  std::vector<TrialSpan> ended;
  for (const TrialSpan& span : data.spans) {
    ++tally.counts[span.state];
    tally.lost += span.lost_leases;
    if (std::isfinite(span.start)) {
      tally.start = std::min(tally.start, span.start);
    }
    if (Ended(span)) {
      ended.push_back(span);
      tally.start = std::min(tally.start, span.end);
    } else if (span.state == v1::Trial::LEASED) {
      tally.running += span.flops;
    }
  }
  std::sort(
      ended.begin(), ended.end(),
      [](const TrialSpan& a, const TrialSpan& b) { return a.end < b.end; });
  for (const TrialSpan& span : ended) {
    Sums& sums = tally.ended[span.state];
    sums.time.push_back(span.end);
    sums.flops.push_back(span.flops +
                         (sums.flops.empty() ? 0 : sums.flops.back()));
    sums.count.push_back(static_cast<double>(sums.time.size()));
    tally.spent += span.flops;
  }
  tally.total_ended = static_cast<int64_t>(ended.size());
  tally.busy = tally.counts[v1::Trial::LEASED] > 0;
  tally.last = ended.empty() ? tally.start : ended.back().end;
  if (tally.busy || tally.counts[v1::Trial::PENDING] > 0) {
    tally.last = std::max(tally.last, data.now);
  }
  return tally;
}

// The panels of FLOPs and of trials over time; `end`: NaN if it is not known.
void AddPanels(const Tally& tally, double end, int max_marks,
               v1::Figure& figure) {
  // Both before the first is used: adding one may move the other.
  figure.add_panels()->set_title("FLOPs spent");
  figure.add_panels()->set_title("trials ended");
  v1::FigurePanel& flops = *figure.mutable_panels(0);
  v1::FigurePanel& trials = *figure.mutable_panels(1);
  AxisRange time(false);
  AxisRange flops_range(false);
  AxisRange count_range(false);
  time.Include(tally.start);
  time.Include(tally.last);
  // If nothing was spent, the axes are of numbers that there can be.
  for (const double value : {0.0, 1.0}) {
    flops_range.Include(value);
    count_range.Include(value);
  }
  for (const auto& [state, sums] : tally.ended) {
    AddState(state, sums, tally.start, tally.last, max_marks,
             tally.ended.size() > 1, flops, trials);
    flops_range.Include(sums.flops.back());
    count_range.Include(sums.count.back());
  }
  if (std::isfinite(end)) {
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
      AddLine({tally.start, tally.last}, {0, 0}, "succeeded", Series::MEASURED,
              {}, *panel);
    }
    *panel->mutable_x() = time.Axis("time");
    panel->mutable_x()->set_time(true);
    *panel->mutable_y() = range->Axis(label);
  }
}

std::string Sentence(const Tally& tally, double end, double now) {
  std::vector<std::string> parts;
  for (const auto& [state, count] : tally.counts) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", NameOf(state)));
  }
  // The lines over time are of trials that ended.
  std::string sentence = absl::StrFormat(
      "%s FLOPs spent%s; trials: %s.", FormatFlops(tally.spent),
      tally.running > 0 ? absl::StrFormat(", %s more in trials that run",
                                          FormatFlops(tally.running))
                        : "",
      absl::StrJoin(parts, ", "));
  if (std::isfinite(end)) {
    absl::StrAppendFormat(&sentence,
                          " At the pace of late the rest takes about %s more.",
                          WholeSeconds(absl::Seconds(end - now)));
  }
  if (tally.lost > 0) {
    absl::StrAppendFormat(&sentence, " %d %s lost on the way.", tally.lost,
                          tally.lost == 1 ? "lease was" : "leases were");
  }
  return sentence;
}

void AddTable(const Tally& tally, v1::FigureTable& table) {
  for (const char* column : {"state", "trials", "FLOPs"}) {
    table.add_columns(column);
  }
  for (const auto& [state, count] : tally.counts) {
    if (count == 0) continue;
    const auto sums = tally.ended.find(state);
    AddRow({NameOf(state), absl::StrCat(count),
            sums != tally.ended.end()    ? Cell(sums->second.flops.back())
            : state == v1::Trial::LEASED ? Cell(tally.running)
                                         : "-"},
           table);
  }
}

}  // namespace

absl::StatusOr<v1::Figure> ProgressFigure(const FigureData& data,
                                          const FigureOptions& options) {
  const Tally tally = Count(data);
  if (!std::isfinite(tally.start)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no trial of %s has been started yet; 'isoshape campaign watch' says "
        "what they wait for",
        data.name));
  }
  const double end =
      tally.busy ? EndOf(data, tally.start, data.planned_flops) : NAN;
  v1::Figure figure;
  figure.set_title(absl::StrCat("Progress of ", data.name));
  AddPanels(tally, end, options.max_marks, figure);
  figure.set_sentence(Sentence(tally, end, data.now));
  AddTable(tally, *figure.mutable_table());
  figure.set_drawn(tally.total_ended);
  figure.set_total(figure.drawn());
  return figure;
}

}  // namespace isoshape
