#include "tests/coordinator/simulation/simulated_coordinator.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "coordinator/scheduler/commit_finisher.h"

namespace isoshape {
namespace {

constexpr absl::Duration kTick = absl::Seconds(2);
constexpr absl::Duration kLease = absl::Seconds(30);
// Writes and syncs of a commit, and more.
constexpr size_t kOperations = 12;
// Of a start of a database that is to be recovered, whose log of commits is
// made by 33.
constexpr size_t kStartOperations = 56;
// How often what was gathered is brought to the tables.
constexpr double kSettles = 0.2;
// Groups that may wait for the disk beside the one that it has.
constexpr int kMostWaiting = CommitFinisher::kMostWaiting;
// How often other groups are applied before one is finished.
constexpr double kFinishesLater = 0.4;

}  // namespace

SimulatedCoordinator::SimulatedCoordinator(Timeline* timeline, Witness* witness)
    : timeline_(*timeline), witness_(*witness), disk_(&timeline->random()) {
  disk_.OnSync([this] { timeline_.clock().Advance(sync_takes_); });
  Start();
}

SimulatedCoordinator::~SimulatedCoordinator() {
  scheduler_.reset();
  store_.reset();
}

void SimulatedCoordinator::Receive(std::shared_ptr<Call> call) {
  if (store_ == nullptr) return;
  inbox_.push_back(std::move(call));
  if (std::exchange(group_due_, true)) return;
  timeline_.After(timeline_.Between(0, 0.02), [this, life = life_] {
    if (life == life_) RunGroup();
  });
}

void SimulatedCoordinator::Start() {
  if (timeline_.Chance(faults_.death_in_start)) {
    disk_.DieIn(static_cast<int>(timeline_.Pick(kStartOperations)),
                timeline_.Chance(0.5) ? SimulatedDisk::Death::kPower
                                      : SimulatedDisk::Death::kProcess);
  }
  // As a coordinator opens it, but that what its thread does is done here.
  auto opened = SqliteStore::Open({.path = folder_.File("results.db"),
                                   .warn =
                                       [this](const std::string& line) {
                                         leaves_logs_ |= absl::StrContains(
                                             line, "is left in its logs");
                                       },
                                   .gather = true,
                                   .commit_log_bytes = int64_t{128} << 10,
                                   .log_pages = 100,
                                   .clock = &timeline_.clock()});
  disk_.PlanNothing();
  const absl::Status status = opened.status();
  if (status.ok()) store_ = *std::move(opened);
  if (disk_.dead()) return Die();
  if (store_ == nullptr) {
    return timeline_.Fail(
        absl::StrCat("the database cannot be opened: ", status.ToString()));
  }
  Load();
  if (scheduler_ == nullptr) {
    return timeline_.Fail("the scheduler cannot be loaded");
  }
  timeline_.Note("the coordinator has started");
  last_group_ = timeline_.clock().Elapsed();
  FindUnknown();
  witness_.CheckAll(*store_, *scheduler_);
  Tick();
}

void SimulatedCoordinator::Load() {
  auto loaded = Scheduler::Load({.store = store_.get(),
                                 .clock = &timeline_.clock(),
                                 .lease_duration = kLease,
                                 .plans_apart = true,
                                 .max_ended_trials = timeline_.Pick(40)});
  ++loads_;
  if (loaded.ok()) scheduler_ = *std::move(loaded);
}

void SimulatedCoordinator::Tick() {
  if (!DiskStalls() && timeline_.Chance(faults_.stop)) {
    Stop();
  } else {
    RunGroup();
  }
  if (store_ == nullptr) return;
  timeline_.After(kTick, [this, life = life_] {
    if (life == life_) Tick();
  });
}

void SimulatedCoordinator::RunGroup() {
  const absl::Duration now = timeline_.clock().Elapsed();
  if (now < stalled_until_) return;  // Tick comes again
  // As many wait for the disk as may.
  if (DiskStalls() && staged_groups_ > kMostWaiting) return;
  group_due_ = false;
  if (timeline_.Chance(faults_.stall / 10)) {
    const absl::Duration stall = timeline_.Between(5, 150);
    timeline_.Note(absl::StrCat("the coordinator stalls for ",
                                absl::FormatDuration(stall)));
    stalled_until_ = now + stall;
    return;
  }
  if (scheduler_ == nullptr) Load();
  if (scheduler_ == nullptr) return;
  const absl::Duration late = now - last_group_ - kTick;
  const absl::Duration away =
      std::max(late > kLease / 3 ? late : absl::ZeroDuration(), TakeStall());
  if (away > absl::ZeroDuration()) scheduler_->GiveFullLeases(away);
  last_group_ = now;
  const bool waited = timeline_.Chance(faults_.wait);
  for (int group = 0; group < 2; ++group) {
    scheduler_->NoteWait(waited ? absl::Seconds(1) : absl::ZeroDuration());
  }
  scheduler_->ExpireLeases();
  scheduler_->AddProposed();
  Calls group;
  for (std::shared_ptr<Call>& call : std::exchange(inbox_, {})) {
    Outcome outcome = call->apply(*scheduler_);
    group.emplace_back(std::move(call), std::move(outcome));
  }
  CommitGroup(std::move(group));
}

void SimulatedCoordinator::CommitGroup(Calls calls) {
  const int64_t commits = commits_;
  const absl::Status staged = Stage();
  if (disk_.dead()) {
    Fail(calls);
    Fail(std::exchange(staged_, {}));
    return Die();
  }
  if (!staged.ok()) {
    timeline_.Note(absl::StrCat("a commit failed: ", staged.ToString()));
    const bool finished = FinishGroups();
    Fail(calls);
    if (!finished) return;
    store_->TakeBack();
    scheduler_.reset();
    Load();
    return FindUnknown();
  }
  OrderPlans();
  if (!calls.empty() || commits_ > commits) ++staged_groups_;
  std::move(calls.begin(), calls.end(), std::back_inserter(staged_));
  if (DiskStalls()) return;
  absl::Duration later;
  if (changed_ && timeline_.Chance(faults_.disk_stall)) {
    later = timeline_.Between(5, 150);
    disk_asked_ = disk_counted_ = timeline_.clock().Elapsed();
    disk_answers_ = disk_asked_ + later;
    ++disk_stalls_;
    timeline_.Note(
        absl::StrCat("the disk stalls for ", absl::FormatDuration(later)));
  } else if (timeline_.Chance(kFinishesLater)) {
    later = timeline_.Between(0, 0.03);
  } else {
    FinishGroups();
    return;
  }
  timeline_.After(later, [this, life = life_] {
    if (life == life_ && !DiskStalls()) FinishGroups();
  });
}

bool SimulatedCoordinator::DiskStalls() {
  return timeline_.clock().Elapsed() < disk_answers_;
}

absl::Duration SimulatedCoordinator::TakeStall() {
  const absl::Duration end =
      std::min(timeline_.clock().Elapsed(), disk_answers_);
  if (end - disk_asked_ <= kLease / 3) return absl::ZeroDuration();
  return end - std::exchange(disk_counted_, end);
}

absl::Status SimulatedCoordinator::Stage() {
  const auto mutations = std::make_shared<const std::vector<Mutation>>(
      scheduler_->TakeMutations());
  if (mutations->empty()) return absl::OkStatus();
  changed_ = true;
  ++commits_;
  SlowDown();
  PlanFaults();
  absl::Status status = store_->Stage(mutations);
  disk_.PlanNothing();
  return status;
}

void SimulatedCoordinator::SlowDown() {
  if (!timeline_.Chance(faults_.slow_disk)) return;
  sync_takes_ = timeline_.Between(0.1, 4);
  timeline_.Note(absl::StrCat("each sync of the disk takes ",
                              absl::FormatDuration(sync_takes_)));
  timeline_.After(timeline_.Between(5, 120), [this, time = ++slow_times_] {
    if (time == slow_times_) sync_takes_ = absl::ZeroDuration();
  });
}

void SimulatedCoordinator::PlanFaults() {
  if (timeline_.Chance(faults_.death)) {
    disk_.DieIn(static_cast<int>(timeline_.Pick(kOperations)),
                timeline_.Chance(0.5) ? SimulatedDisk::Death::kPower
                                      : SimulatedDisk::Death::kProcess);
  } else if (timeline_.Chance(faults_.failure)) {
    if (timeline_.Chance(0.3)) {
      disk_.FailSync(timeline_.Chance(0.5) ? "-wal" : "-commits", 1);
    } else {
      disk_.FailIn(static_cast<int>(timeline_.Pick(kOperations)));
    }
    // One alone is made good by the tables.
    if (timeline_.Chance(0.5)) disk_.Refuse("");
  }
}

bool SimulatedCoordinator::FinishGroups() {
  const bool changed = std::exchange(changed_, false);
  if (changed) PlanFaults();
  const absl::Status finished = store_->Finish();
  if (changed && timeline_.Chance(kSettles)) store_->Settle().IgnoreError();
  // It dies though all was written, or before anything was.
  if (changed && timeline_.Chance(faults_.death / 2)) {
    disk_.Die(SimulatedDisk::Death::kPower);
  }
  disk_.PlanNothing();
  Calls calls = std::exchange(staged_, {});
  staged_groups_ = 0;
  // Here nobody has been answered yet.
  if (!finished.ok() || disk_.dead()) {
    Fail(calls);
    if (disk_.dead()) {
      Die();
      return false;
    }
    timeline_.Note(absl::StrCat("a commit failed: ", finished.ToString()));
    store_->TakeBack();
    scheduler_.reset();
    Load();
    FindUnknown();
    return false;  // clients send again what was not answered
  }
  if (changed) unknown_.clear();  // what was not there is written over
  for (const auto& [call, outcome] : calls) {
    timeline_.Note(
        absl::StrCat(call->name, ": ",
                     outcome.status.ok() ? "OK" : outcome.status.ToString()));
    outcome.committed();
    call->committed |= outcome.status.ok();
  }
  for (auto& [call, outcome] : calls) reply_(call, std::move(outcome));
  return true;
}

void SimulatedCoordinator::Fail(const Calls& calls) {
  for (const auto& [call, outcome] : calls) {
    if (outcome.status.ok()) unknown_.push_back(call);
  }
}

void SimulatedCoordinator::OrderPlans() {
  for (PlanOrder& order : scheduler_->TakePlanOrders()) {
    timeline_.After(timeline_.Between(0, 20),
                    [this, load = loads_, order]() mutable {
                      absl::StatusOr<Plan> plan = PlanTrials(order.input);
                      if (load != loads_ || scheduler_ == nullptr) return;
                      scheduler_->TakePlan(order, std::move(plan));
                    });
  }
}

void SimulatedCoordinator::Die() {
  timeline_.Note("the coordinator dies");
  ++deaths_;
  End();
}

void SimulatedCoordinator::Stop() {
  if (!FinishGroups()) return;
  PlanFaults();
  leaves_logs_ = false;
  scheduler_.reset();
  store_.reset();
  disk_.PlanNothing();
  if (disk_.dead()) return Die();
  timeline_.Note(absl::StrCat("the coordinator stops",
                              leaves_logs_ ? " and leaves the logs" : ""));
  ++stops_;
  if (leaves_logs_) ++stops_with_logs_;
  if (timeline_.Chance(0.3)) disk_.Die(SimulatedDisk::Death::kPower);
  End();
}

void SimulatedCoordinator::End() {
  ++life_;
  ++loads_;
  group_due_ = false;
  stalled_until_ = absl::ZeroDuration();
  inbox_.clear();
  staged_.clear();
  staged_groups_ = 0;
  disk_asked_ = disk_counted_ = disk_answers_ = absl::ZeroDuration();
  changed_ = false;
  scheduler_.reset();
  store_.reset();
  disk_.Recover();
  timeline_.After(timeline_.Between(0, 40), [this] { Start(); });
}

void SimulatedCoordinator::FindUnknown() {
  std::erase_if(unknown_, [this](const std::shared_ptr<Call>& call) {
    if (call->request_id.empty() || call->committed) return true;
    const auto kept = store_->GetRequest(call->method, call->request_id);
    if (!kept.ok()) return false;
    timeline_.Note(absl::StrCat(call->name, ": was stored after all"));
    call->found(kept->response);
    call->committed = true;
    return true;
  });
}

}  // namespace isoshape
