#include "coordinator/log_changes.h"

#include <spdlog/spdlog.h>

#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// `, by token:alice`; nothing for what the coordinator did of itself.
std::string By(const std::string& actor) {
  return actor.empty() ? "" : absl::StrCat(", by ", OneLine(actor));
}

struct Writer {
  void operator()(const AppendEvent& append) const {
    const v1::CampaignEvent& event = append.event;
    if (event.kind() == v1::CampaignEvent::CAMPAIGN_CHANGED) {
      spdlog::info("{}: {}{}", event.campaign(), OneLine(event.message()),
                   By(event.actor()));
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

}  // namespace

void LogChanges(const std::vector<Mutation>& mutations) {
  for (const Mutation& mutation : mutations) std::visit(Writer{}, mutation);
}

}  // namespace isoshape
