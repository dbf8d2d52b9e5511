#include "coordinator/analysis/analysis_cache.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/out_of_memory.h"
#include "common/threads/background_thread.h"
#include "common/threads/cancellation.h"
#include "common/threads/processor_time.h"
#include "coordinator/analysis/cached_answer.h"
#include "coordinator/analysis/campaign_results.h"
#include "coordinator/stopping_error.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {
namespace {

// Time between two tries to read a campaign that could not be read.
constexpr absl::Duration kRetry = absl::Seconds(1);
// For how long a question that nobody asks is remembered: longer than pages
// that were told to wait do (AnswerPace), which would find each answer
// forgotten and have it computed anew, before any rest.
constexpr absl::Duration kRemembered = absl::Minutes(2);
// How many campaigns are read at start.
constexpr int kWarm = 4;

absl::Status TookTooLong(const AnalysisCache::Options& options) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "the answer took longer than ",
      absl::FormatDuration(options.longest_answer),
      ", the most that the coordinator spends on one; ask for fewer resamples, "
      "or export the points and fit them by 'isoshape fit --input'"));
}

// What this thread has used of the processors since it had used `before`, and
// what helped it with a fit at most. Who finds no processor free takes long,
// and is not to be followed by the longer a rest.
absl::Duration MostProcessorTimeSince(absl::Duration before) {
  return static_cast<int>(std::thread::hardware_concurrency()) *
         (ThreadProcessorTime() - before);
}

// Whether an error of reading a campaign says that there is nothing to read,
// not that the store failed.
bool NothingToRead(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status) ||
         absl::IsInvalidArgument(status);
}

void Append(std::vector<AnalysisDone> more, std::vector<AnalysisDone>& all) {
  all.insert(all.end(), std::make_move_iterator(more.begin()),
             std::make_move_iterator(more.end()));
}

}  // namespace

AnalysisCache::Lock::Lock(AnalysisCache* cache) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : cache_(cache) {
  cache_->mutex_.Lock();
}

AnalysisCache::Lock::~Lock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const CachedCampaigns::Dropped dropped = cache_->campaigns_.TakeDropped();
  cache_->mutex_.Unlock();
}

AnalysisCache::AnalysisCache(Options options)
    : options_(std::move(options)),
      campaigns_({.campaigns = options_.campaigns,
                  .questions = options_.questions,
                  .computing = std::max(1, options_.threads - 1)},
                 options_.standing) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

AnalysisCache::~AnalysisCache() {
  Stop();
  for (std::thread& thread : threads_) thread.join();
}

void AnalysisCache::Stop() {
  std::vector<AnalysisDone> waiting;
  {
    const Lock lock(this);
    stopping_ = true;
    reading_.Cancel();
    for (auto& [name, campaign] : campaigns_.by_name()) {
      for (auto& [key, cached] : campaign.questions) {
        Append(cached.answer.TakeAllWaiters(), waiting);
        if (cached.computing) cached.cancellation->Cancel();
      }
    }
    news_.WakeAll();
  }
  for (const AnalysisDone& done : waiting) done(StoppingError(), {});
}

void AnalysisCache::Abandon(const void* asker) {
  std::optional<AnalysisDone> done;
  {
    const Lock lock(this);
    done = campaigns_.Abandon(asker);
  }
  if (done) (*done)(absl::CancelledError("nobody waits for the answer"), {});
}

void AnalysisCache::Ask(const AnalysisQuestion& question, AnalysisDone done,
                        const void* asker) {
  std::shared_ptr<const CampaignReading> reading;  // of a cheap question
  AnalysisAnswer answer = StoppingError();
  v1::DataBasis basis;
  bool stale = false;
  {
    const Lock lock(this);
    if (!stopping_) {
      TakeNews();
      CachedCampaign& campaign = campaigns_.FindOrAdd(question.campaign);
      const CampaignVersions& versions = campaign.versions;
      const int64_t min_version = question.wait_for_newest
                                      ? versions.newest().number
                                      : versions.oldest_valid();
      if (question.cheap && campaign.read_version() >= min_version) {
        reading = campaign.reading;
        basis = reading->Basis(versions, question);
        stale = campaign.Stale();
      } else {
        CachedQuestion& cached = campaigns_.FindOrAdd(campaign, question);
        cached.asked = true;
        cached.last_asked = options_.clock->Elapsed();
        // No memory then may be enough now: for who asks, and no sooner, lest
        // a standing question be computed without end.
        if (absl::IsUnavailable(cached.answer.answer().status()) &&
            cached.Idle()) {
          cached.answer = CachedAnswer();
        }
        if (!cached.answer.CanGive(versions, question.wait_for_newest)) {
          if (!cached.answer.HasWaiters()) {
            cached.waiting_since = cached.last_use;
          }
          cached.answer.Wait(std::move(done), versions,
                             question.wait_for_newest, asker);
          campaign.CancelRenewals();
          news_.Wake();
          return;
        }
        answer = cached.answer.answer();
        basis = cached.answer.Basis(versions);
        // What nobody asked for a while was not renewed by later readings.
        if (cached.answer.version() < campaign.read_version()) {
          news_.Wake();
        }
      }
    }
  }
  if (reading != nullptr) {
    answer = AnswerFrom(reading->results, question);
    if (!answer.ok() && stale && !question.wait_for_newest) {
      AnalysisQuestion again = question;
      again.wait_for_newest = true;
      return Ask(again, std::move(done), asker);
    }
  }
  done(answer, basis);
}

absl::Duration AnalysisCache::RestOf(const std::string& campaign) {
  const Lock lock(this);
  const CachedCampaign* const cached = campaigns_.Find(campaign);
  if (cached == nullptr) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(),
                  cached->rest_until - options_.clock->Elapsed());
}

void AnalysisCache::TakeNews() {
  for (const auto& [name, news] : news_.Take()) campaigns_.Tell(name, news);
}

void AnalysisCache::Warm() {
  const auto campaigns =
      options_.store->ListCampaigns({.after = std::nullopt, .limit = kWarm});
  if (!campaigns.ok()) return;
  const Lock lock(this);
  for (const v1::Campaign& campaign : *campaigns) {
    // A campaign that is added has no reading yet, so that a thread reads it.
    if (campaign.trial_counts().succeeded() > 0) {
      campaigns_.FindOrAdd(campaign.name());
    }
  }
  news_.WakeAll();
}

void AnalysisCache::Run() {
  BecomeBackgroundThread();
  while (true) {
    Renewal work;
    const int64_t wakes = news_.wakes();
    {
      const Lock lock(this);
      if (stopping_) return;
      TakeNews();
      work = TakeNextRenewal(campaigns_, options_.clock->Elapsed());
      if (const auto* read = std::get_if<ReadCampaign>(&work)) {
        news_.ReadingBegins(read->campaign);
      }
      if (auto* answer = std::get_if<AnswerQuestion>(&work)) {
        answer->cancellation = std::make_shared<Cancellation>(
            options_.longest_answer, options_.clock);
        campaigns_.Find(answer->campaign)
            ->questions.at(answer->question.key)
            .cancellation = answer->cancellation;
      }
      if (std::holds_alternative<NothingToRenew>(work)) {
        news_.Keep([&](const std::string& name) {
          mutex_.AssertHeld();
          return campaigns_.Find(name) != nullptr;
        });
      }
    }
    if (const auto* nothing = std::get_if<NothingToRenew>(&work)) {
      news_.Wait(wakes, nothing->patience);
    } else if (const auto* read = std::get_if<ReadCampaign>(&work)) {
      Read(*read);
    } else if (const auto& answer = std::get<AnswerQuestion>(work);
               answer.renews) {
      Renew(answer);
    } else {
      Compute(answer);
    }
  }
}

void AnalysisCache::Read(const ReadCampaign& work) {
  const absl::Time read_time = options_.clock->Now();
  const absl::Duration begin = options_.clock->Elapsed();
  if (options_.before_read) options_.before_read(work.campaign);
  const Cancellation::Scope scope(&reading_);
  absl::StatusOr<CampaignResults> results = UnlessOutOfMemory(
      [&] { return ReadCampaignResults(*options_.store, work.campaign); });
  const absl::Status status = results.status();
  // Made, and the last one destroyed, without the lock: they may be large. None
  // if this one failed.
  std::shared_ptr<const CampaignReading> reading;
  if (status.ok()) {
    reading = std::make_shared<CampaignReading>(
        CampaignReading{*std::move(results), work.version, read_time});
  }
  std::vector<AnalysisDone> refused;
  {
    const Lock lock(this);
    TakeNews();
    CachedCampaign& campaign = *campaigns_.Find(work.campaign);
    campaign.being_read = false;
    campaign.RestAfterWork(begin, options_.clock->Elapsed(), options_.rest);
    if (status.ok()) {
      if (work.version.number >= campaign.versions.oldest_valid()) {
        campaign.reading.swap(reading);
      }
      campaigns_.ForgetUnaskedSince(options_.clock->Elapsed() - kRemembered,
                                    campaign);
    } else {
      // Callers that waited for this reading get the error; it is not kept.
      for (auto& [key, cached] : campaign.questions) {
        Append(cached.answer.TakeWaiters(work.version.number), refused);
      }
      campaign.rest_until = options_.clock->Elapsed() + kRetry;
      if (NothingToRead(status)) campaign.reading.swap(reading);
    }
    news_.ReadingEnded(work.campaign, campaign.reading == nullptr
                                          ? nullptr
                                          : &campaign.reading->results);
    if (!status.ok() && campaign.reading == nullptr && campaign.Idle()) {
      campaigns_.Erase(work.campaign);
    }
    news_.WakeAll();
  }
  for (const AnalysisDone& done : refused) done(status, {});
}

// A thread's priority cannot be raised again without privileges.
void AnalysisCache::Renew(const AnswerQuestion& work) {
  std::thread patient;
  try {
    patient = std::thread([&] {
      BecomePatientThread();
      Compute(work);
    });
  } catch (const std::system_error&) {
    return Compute(work);  // no thread is to be had: as well here
  }
  patient.join();
}

void AnalysisCache::Compute(const AnswerQuestion& work) {
  const absl::Duration begin = options_.clock->Elapsed();
  const absl::Duration used = ThreadProcessorTime();
  AnalysisAnswer answer = absl::UnknownError("not computed");
  {
    const Cancellation::Scope scope(work.cancellation.get());
    answer = AnswerFrom(work.reading->results, work.question);
  }
  // Asked once: what was cut short must not count as whole a moment later.
  const bool late = work.cancellation->PastLimit();
  const bool cut_short = !late && work.cancellation->cancelled();
  if (late) answer = TookTooLong(options_);
  v1::DataBasis basis;
  // The one before, to be destroyed without the lock: it may be large.
  AnalysisAnswer before = absl::UnknownError("none");
  std::vector<AnalysisDone> answered;
  {
    const Lock lock(this);
    TakeNews();
    // Neither can have gone: what is being computed is not idle.
    CachedCampaign& campaign = *campaigns_.Find(work.campaign);
    CachedQuestion& cached = campaign.questions.at(work.question.key);
    cached.computing = cached.renewing = false;
    // A cancelled answer is nobody's; who has asked since gets one of his own.
    if (!cut_short) {
      before = cached.answer.answer();
      answered = cached.answer.Set(answer, *work.reading, campaign.versions,
                                   work.question);
      basis = cached.answer.Basis(campaign.versions);
    }
    const absl::Duration end = options_.clock->Elapsed();
    campaign.RestAfterWork(std::max(begin, end - MostProcessorTimeSince(used)),
                           end, options_.rest);
    news_.WakeAll();
  }
  for (const AnalysisDone& done : answered) done(answer, basis);
}

}  // namespace isoshape
