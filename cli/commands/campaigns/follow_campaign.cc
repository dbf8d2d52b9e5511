#include "cli/commands/campaigns/follow_campaign.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/output/campaign_output.h"
#include "cli/output/progress.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/text/text_parts.h"
#include "common/text/time_text.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_json.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

// How often the bar is drawn and an interruption is looked for.
constexpr std::chrono::milliseconds kTick{200};
// How often it is asked why trials wait: if none runs, and while others do.
constexpr absl::Duration kAskInterval = absl::Seconds(2);
constexpr absl::Duration kAskWhileOthersRun = absl::Seconds(20);

// How often a file is told how far all is, as the bar shows on a terminal.
constexpr absl::Duration kProgressInterval = absl::Seconds(30);

// What of the planner's text was not in `note`, the one before: it says all
// that it knows each time, budget by budget. A text of something else, such as
// a pause, has no part in common with it, and leaves it as it is.
std::string NewOf(const std::string& text, std::string& note) {
  const std::vector<std::string> known = absl::StrSplit(note, kBetweenParts);
  std::vector<std::string> parts = absl::StrSplit(text, kBetweenParts);
  const size_t known_parts = std::erase_if(parts, [&](const std::string& part) {
    return std::find(known.begin(), known.end(), part) != known.end();
  });
  if (known_parts > 0 || parts.size() > 1 || note.empty()) note = text;
  return absl::StrJoin(parts, kBetweenParts);
}

std::string EventLine(const v1::CampaignEvent& event,
                      const std::string& message) {
  const v1::TrialCounts& counts = event.trial_counts();
  // On one's own machine the actor is always the same, and only noise.
  const std::string actor =
      event.actor() == "local" ? "" : Printable(event.actor());
  return absl::StrCat(
      LocalClockText(FromProto(event.time())), "  ", EndedTrials(counts), "/",
      AllTrials(counts), "  ",
      message.empty()
          ? ShortName(event.trial().empty() ? event.campaign() : event.trial())
      : event.trial().empty()
          ? WithActor(message, actor)
          : absl::StrCat(message, actor.empty() ? "" : ", by ", actor));
}

// Follows one campaign to its end.
class Follower {
 public:
  Follower(Client& client, const std::string& name,
           const FollowOptions& options)
      : client_(client),
        name_(name),
        options_(options),
        after_(options.after_sequence),
        note_(options.planner_note),
        bar_(*options.err) {}

  absl::Status Run() {
    ISOSHAPE_RETURN_IF_ERROR(Begin());
    absl::Time gone = absl::InfiniteFuture();
    while (true) {
      const int64_t before = after_;
      const grpc::Status status = Stream();
      if (Interrupted()) return absl::CancelledError("interrupted");
      if (status.ok()) return Ending();
      if (status.error_code() != grpc::StatusCode::UNAVAILABLE || !answered_) {
        bar_.Clear();
        return client_.Explain(status);
      }
      if (after_ > before) gone = absl::InfiniteFuture();
      if (gone == absl::InfiniteFuture()) {
        gone = absl::Now();
        bar_.Clear();
        *options_.err << "isoshape: the coordinator at " << client_.server()
                      << " is gone; waiting for it to come back\n"
                      << std::flush;
      } else if (absl::Now() - gone > options_.patience) {
        return client_.Explain(status);
      }
      absl::SleepFor(absl::Milliseconds(500));
    }
  }

 private:
  std::string Line() const {
    return progress_.Line(absl::Now(), ProgressLine::Columns());
  }

  bool Interrupted() const {
    return options_.interrupted && options_.interrupted();
  }

  // Learns how the campaign stands: no event may come for long.
  absl::Status Begin() {
    ISOSHAPE_ASSIGN_OR_RETURN(campaign_, GetCampaign(client_, name_));
    answered_ = true;
    counts_ = campaign_.trial_counts();
    state_ = campaign_.state();
    if (options_.json) return absl::OkStatus();
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                              ListTrials(client_, name_));
    for (const v1::Trial& trial : trials) progress_.Update(trial);
    progress_.Expect(FlopsToPropose(campaign_, progress_.Planned()));
    progress_.Start(absl::Now());
    return absl::OkStatus();
  }

  // Reads one stream to its end, drawing at every tick.
  grpc::Status Stream() {
    v1::WatchCampaignRequest request;
    request.set_name(name_);
    request.set_after_sequence(after_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    v1::CampaignEvent event;
    grpc::Status status;
    enum : intptr_t { kStarted = 1, kRead = 2, kFinished = 3 };
    const auto reader = client_.campaigns().AsyncWatchCampaign(
        &context, request, &queue, reinterpret_cast<void*>(kStarted));
    while (true) {
      void* tag = nullptr;
      bool ok = false;
      const auto next =
          queue.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + kTick);
      if (next == grpc::CompletionQueue::TIMEOUT) {
        if (Interrupted()) context.TryCancel();
        SayWhyTrialsWait();
        if (options_.bar) bar_.Draw(Line());
        continue;
      }
      switch (reinterpret_cast<intptr_t>(tag)) {
        case kRead:
          if (ok) Take(event);
          if (ok) SayWhyTrialsWait();
          [[fallthrough]];
        case kStarted:
          if (Interrupted()) context.TryCancel();
          if (ok) {
            reader->Read(&event, reinterpret_cast<void*>(kRead));
          } else {
            reader->Finish(&status, reinterpret_cast<void*>(kFinished));
          }
          break;
        default:
          queue.Shutdown();
          while (queue.Next(&tag, &ok)) {
          }
          return status;
      }
    }
  }

  // Asks now and then while trials wait: nothing runs, or some wait for what
  // those that run do not need.
  void SayWhyTrialsWait() {
    if (counts_.pending() == 0) {
      waiting_.clear();
      return;
    }
    const absl::Time now = absl::Now();
    const absl::Duration since = now - asked_;
    // Less than nothing if the clock was set back.
    if (since >= absl::ZeroDuration() &&
        since < (counts_.leased() > 0 ? kAskWhileOthersRun : kAskInterval)) {
      return;
    }
    asked_ = now;
    const absl::StatusOr<v1::Campaign> campaign = GetCampaign(client_, name_);
    if (!campaign.ok() || campaign->waiting() == waiting_) return;
    waiting_ = campaign->waiting();
    if (waiting_.empty()) return;
    bar_.Clear();
    *options_.err << "isoshape: " << waiting_ << '\n' << std::flush;
  }

  void Take(const v1::CampaignEvent& event) {
    answered_ = true;
    if (event.sequence() <= after_) {
      bar_.Clear();
      *options_.err << "isoshape: event " << after_
                    << " is beyond what the database of the coordinator at "
                    << client_.server()
                    << " has, or not of it: it was put back since, or the "
                       "number is another coordinator's; all events of "
                    << name_ << " follow\n"
                    << std::flush;
    }
    after_ = event.sequence();
    counts_ = event.trial_counts();
    if (options_.json) {
      *options_.out << ToJson(event, true).dump() << '\n' << std::flush;
      return;
    }
    Learn(event);
    if (!options_.bar) Print(event);
  }

  // What the bar, and the line that stands for it in a file, are made of.
  void Learn(const v1::CampaignEvent& event) {
    if (event.kind() == v1::CampaignEvent::TRIAL_MEASURED) {
      progress_.Measure(event.trial(), event.measurement().flops());
    } else if (event.kind() == v1::CampaignEvent::TRIAL_CHANGED &&
               !progress_.HasEnded(event.trial())) {
      v1::GetTrialRequest request;
      request.set_name(event.trial());
      const absl::StatusOr<v1::Trial> trial =
          client_.Call(&Client::CampaignStub::GetTrial, request);
      // If this call failed, the trial's next event makes up for it.
      if (trial.ok()) {
        progress_.Update(*trial);
        progress_.Expect(FlopsToPropose(campaign_, progress_.Planned()));
      }
    } else if (event.kind() == v1::CampaignEvent::CAMPAIGN_CHANGED) {
      // What is expected of it may be another with each plan.
      absl::StatusOr<v1::Campaign> campaign = GetCampaign(client_, name_);
      if (!campaign.ok()) return;
      campaign_ = *std::move(campaign);
      progress_.Expect(FlopsToPropose(campaign_, progress_.Planned()));
    }
  }

  // A line for the event, unless all of it was said before. Measurements come
  // every two seconds from each trial that runs: of them one line now and then
  // says how far all is.
  void Print(const v1::CampaignEvent& event) {
    if (event.kind() == v1::CampaignEvent::TRIAL_MEASURED) {
      const absl::Time now = absl::Now();
      if (absl::AbsDuration(now - progress_said_) < kProgressInterval) return;
      progress_said_ = now;
      *options_.out << EventLine(event, progress_.Line(now)) << '\n'
                    << std::flush;
      return;
    }
    std::string message = event.message();
    if (!event.trial().empty()) {
      message = absl::StrReplaceAll(
          message, {{event.trial(), ShortName(event.trial())}});
    }
    if (event.kind() == v1::CampaignEvent::CAMPAIGN_CHANGED &&
        !message.empty()) {
      message = NewOf(message, note_);
      if (message.empty() && event.campaign_state() == state_) return;
      if (message.empty()) {
        message = absl::StrCat(ShortName(event.campaign()), " is ",
                               EnumName(event.campaign_state()));
      }
    }
    state_ = event.campaign_state();
    *options_.out << EventLine(event, message) << '\n' << std::flush;
  }

  absl::Status Ending() {
    if (options_.bar) {
      bar_.Clear();
      *options_.err << Line() << '\n';
    }
    ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                              GetCampaign(client_, name_));
    if (campaign.state() == v1::Campaign::COMPLETED) return absl::OkStatus();
    if (campaign.state() == v1::Campaign::INCOMPLETE) {
      return absl::FailedPreconditionError(
          absl::StrCat(ShortName(name_), " is incomplete: ", campaign.missing(),
                       "; 'isoshape trial retry' trains one again"));
    }
    return absl::FailedPreconditionError(
        absl::StrCat(ShortName(name_), " is ", EnumName(campaign.state()),
                     ", not completed; 'isoshape trial list ", ShortName(name_),
                     "' shows what it has measured"));
  }

  Client& client_;
  const std::string name_;
  const FollowOptions& options_;
  int64_t after_;
  bool answered_ = false;   // the coordinator has answered once
  v1::TrialCounts counts_;  // at the beginning, or of the newest event
  std::string waiting_;     // the last reason that was said
  std::string note_;        // what the planner said last
  v1::Campaign::State state_ = v1::Campaign::STATE_UNSPECIFIED;  // likewise
  absl::Time asked_ = absl::InfinitePast();
  absl::Time progress_said_ = absl::InfinitePast();
  v1::Campaign campaign_;  // as it was at the last change that was looked at
  CampaignProgress progress_;
  ProgressLine bar_;
};

}  // namespace

absl::Status FollowCampaign(Client& client, const std::string& name,
                            const FollowOptions& options) {
  return Follower(client, name, options).Run();
}

}  // namespace isoshape
