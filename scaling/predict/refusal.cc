#include "scaling/predict/refusal.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// Payloads of a status.
constexpr char kDetail[] = "isoshape/detail";
constexpr char kSide[] = "isoshape/names_side";
constexpr char kReasons[] = "isoshape/reasons_by_law";
// What separates them there: no reason has a line break.
constexpr char kBetweenLaws = '\n';
constexpr char kBehindLaw = '\t';

// A line that people read: it holds the reasons of four laws as they are.
constexpr size_t kLine = 500;
// The longest reason of a law: those of four laws go with a status over gRPC,
// whose metadata have 8 kB.
constexpr size_t kReason = 700;
// The most bytes of what laws share, which goes in the message and in the
// details.
constexpr size_t kShared = 400;

// Laws that say the same.
struct Group {
  std::string what;
  bool side = false;  // Remedy::kSide
  std::vector<std::string> laws = {};

  std::pair<size_t, bool> weight() const { return {laws.size(), side}; }
};

// By rank of the first law of each.
std::vector<Group> Grouped(const std::vector<RefusedLaw>& refused) {
  std::vector<Group> groups;
  for (const auto& [law, why] : refused) {
    const absl::string_view what = why.message();
    auto group =
        std::find_if(groups.begin(), groups.end(),
                     [&](const Group& one) { return one.what == what; });
    if (group == groups.end()) {
      group = groups.insert(
          groups.end(), {std::string(what), why.GetPayload(kSide).has_value()});
    }
    group->laws.emplace_back(LawName(law));
  }
  return groups;
}

// What is said before the remedy.
absl::string_view WithoutRemedy(absl::string_view what) {
  return what.substr(0, what.find("; "));
}

std::string PayloadOf(const std::vector<RefusedLaw>& refused) {
  return absl::StrJoin(refused, std::string(1, kBetweenLaws),
                       [](std::string* out, const RefusedLaw& one) {
                         absl::StrAppend(out, LawName(one.law),
                                         std::string(1, kBehindLaw),
                                         OneLine(WithDetail(one.why), kReason));
                       });
}

}  // namespace

absl::Status NotFollowed(absl::string_view what, absl::string_view detail,
                         Remedy remedy) {
  absl::Status status = absl::FailedPreconditionError(what);
  if (remedy == Remedy::kSide) status.SetPayload(kSide, absl::Cord());
  if (!detail.empty()) status.SetPayload(kDetail, absl::Cord(detail));
  return status;
}

std::string WithDetail(const absl::Status& status) {
  const auto detail = status.GetPayload(kDetail);
  if (!detail) return std::string(status.message());
  return absl::StrCat(status.message(), " (", std::string(*detail), ")");
}

absl::Status Refusal(absl::string_view subject,
                     const std::vector<RefusedLaw>& refused) {
  std::vector<Group> groups = Grouped(refused);
  const auto shared = std::max_element(
      groups.begin(), groups.end(),
      [](const Group& a, const Group& b) { return a.weight() < b.weight(); });
  std::rotate(groups.begin(), shared, shared + 1);
  std::string line = absl::StrCat("the runs do not identify ", subject, ": ",
                                  OneLine(groups.front().what, kShared));
  size_t left = refused.size() - groups.front().laws.size();
  for (size_t g = 1; g < groups.size(); ++g) {
    const std::string more =
        absl::StrCat("; ", absl::StrJoin(groups[g].laws, ", "), ": ",
                     WithoutRemedy(groups[g].what));
    if (line.size() + more.size() > kLine) continue;
    line += more;
    left -= groups[g].laws.size();
  }
  if (left > 0) {
    absl::StrAppend(&line, "; ", left, left == 1 ? " other law" : " other laws",
                    " for ", left == 1 ? "a reason" : "reasons", " of ",
                    left == 1 ? "its" : "their",
                    " own, in full by --output json");
  }
  absl::Status status = absl::FailedPreconditionError(line);
  status.SetPayload(kReasons, absl::Cord(PayloadOf(refused)));
  return status;
}

std::vector<LawReason> ReasonsOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasons);
  if (!payload) return {};
  std::vector<LawReason> reasons;
  const std::string text(*payload);
  for (const absl::string_view one : absl::StrSplit(text, kBetweenLaws)) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(one, absl::MaxSplits(kBehindLaw, 1));
    reasons.push_back({parts.first, parts.second});
  }
  return reasons;
}

}  // namespace isoshape
