#include "coordinator/log_changes.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/text/one_line.h"
#include "common/text/text_parts.h"

namespace isoshape {
namespace {

// `, by token:alice`; nothing for what the coordinator did of itself.
std::string By(const std::string& actor) {
  return actor.empty() ? "" : absl::StrCat(", by ", OneLine(actor));
}

// A text without the words that hold a number.
std::string WithoutNumbers(absl::string_view text) {
  return absl::StrJoin(
      absl::StrSplit(text, ' '), " ",
      [](std::string* out, absl::string_view word) {
        if (std::none_of(word.begin(), word.end(), absl::ascii_isdigit)) {
          absl::StrAppend(out, word);
        }
      });
}

// What of a note says more than that numbers are others than in the one before:
// its parts that were not there, and do not stand where one of the same words
// was.
std::string NewWords(absl::string_view note, absl::string_view before) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(note, kBetweenParts);
  const std::vector<absl::string_view> known =
      absl::StrSplit(before, kBetweenParts);
  std::vector<absl::string_view> fresh;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool same_words = i < known.size() && WithoutNumbers(parts[i]) ==
                                                    WithoutNumbers(known[i]);
    if (!same_words &&
        std::find(known.begin(), known.end(), parts[i]) == known.end()) {
      fresh.push_back(parts[i]);
    }
  }
  return absl::StrJoin(fresh, kBetweenParts);
}

}  // namespace

struct ChangeWriter::Visitor {
  ChangeWriter* const writer;

  void operator()(const PutCampaign& put) const {
    writer->notes_[put.campaign.name()] = put.campaign.planner_note();
  }
  void operator()(const DeleteCampaign& deleted) const {
    writer->told_.erase(deleted.name);
  }
  void operator()(const AppendEvent& append) const {
    const v1::CampaignEvent& event = append.event;
    if (event.kind() == v1::CampaignEvent::CAMPAIGN_CHANGED) {
      writer->WriteCampaign(event);
    } else if (event.kind() == v1::CampaignEvent::TRIAL_CHANGED) {
      const bool news = event.trial_state() == v1::Trial::FAILED ||
                        event.trial_state() == v1::Trial::DIVERGED;
      const auto level = news ? spdlog::level::warn : spdlog::level::debug;
      // Calls wait for this, and few logs have all of it.
      if (!spdlog::should_log(level)) return;
      spdlog::log(level, "{}{}", OneLine(event.message()), By(event.actor()));
    }
  }
  void operator()(const TellChange& tell) const {
    spdlog::info("{}{}", OneLine(tell.text), By(tell.actor));
  }
  template <typename Other>
  void operator()(const Other& /*other*/) const {}
};

void ChangeWriter::WriteCampaign(const v1::CampaignEvent& event) {
  const std::string& name = event.campaign();
  const absl::string_view note = notes_[name];
  Told& told = told_[name];
  std::string text = event.message();
  // What else is told is said once for each time that it happens.
  if (text == note && event.campaign_state() == told.state) {
    text = NewWords(note, told.note);
  }
  const auto level = text.empty() ? spdlog::level::debug : spdlog::level::info;
  spdlog::log(level, "{}: {}", name,
              WithActor(OneLine(text.empty() ? event.message() : text),
                        OneLine(event.actor())));
  if (event.campaign_state() == v1::Campaign::RUNNING ||
      event.campaign_state() == v1::Campaign::PAUSED) {
    told.state = event.campaign_state();
    // A note of this commit that another of its events tells is yet to come.
    if (absl::EndsWith(event.message(), note)) told.note = std::string(note);
  } else {
    told_.erase(name);
  }
}

void ChangeWriter::Write(const std::vector<Mutation>& commit) {
  for (const Mutation& mutation : commit) std::visit(Visitor{this}, mutation);
  notes_.clear();
}

}  // namespace isoshape
