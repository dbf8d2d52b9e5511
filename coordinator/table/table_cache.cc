#include "coordinator/table/table_cache.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/synchronization/notification.h"
#include "common/status/out_of_memory.h"
#include "coordinator/stopping_error.h"
#include "messages/names/name_parts.h"
#include "messages/names/resource_name.h"
#include "storage/forgotten_numbers.h"

namespace isoshape {
namespace {

// Noted rows beyond which the cache's own thread puts them into the table.
constexpr size_t kMaxNoted = 1000;

}  // namespace

// What is kept of a campaign. Lock order: `mutex`, then the cache's.
struct TableCache::Entry {
  // A row as it was after a commit, and the sequence after that commit.
  struct Noted {
    TrialRow row;
    int64_t sequence;
  };

  absl::Mutex mutex;
  TrialTable table ABSL_GUARDED_BY(mutex);
  // There was no memory for what was noted, which the table lacks.
  bool broken ABSL_GUARDED_BY(mutex) = false;

  // These are guarded by the cache's mutex.
  bool loaded = false;
  int64_t read_sequence = 0;       // of the store, when it was loaded
  std::vector<Use> waiting;        // for loaded
  std::map<int64_t, Noted> noted;  // by number, not in the table yet
  size_t rows = 0;
  int64_t last_use = 0;
};

TableCache::TableCache(Options options) : options_(options) {
  const absl::StatusOr<int64_t> sequence = StoredSequence();
  absl::MutexLock lock(&mutex_);
  if (sequence.ok()) sequence_ = *sequence;
}

TableCache::~TableCache() = default;

bool TableCache::Has(const std::string& campaign) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(campaign);
  return it != entries_.end() && it->second->loaded;
}

int64_t TableCache::sequence() {
  absl::MutexLock lock(&mutex_);
  return sequence_;
}

absl::StatusOr<int64_t> TableCache::StoredSequence() {
  return options_.store->GetCounter(kEventSequence);
}

void TableCache::Read(const std::string& campaign, Use use) {
  std::shared_ptr<Entry> entry;
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) {
      std::shared_ptr<Entry>& found = entries_[campaign];
      const bool added = found == nullptr;
      if (added) found = std::make_shared<Entry>();
      found->last_use = ++uses_;
      entry = found;
      if (!entry->loaded) {
        entry->waiting.push_back(std::move(use));
        if (added)
          thread_.Add([this, campaign, entry] { Load(campaign, entry); });
        return;
      }
    }
  }
  if (entry == nullptr) return use(StoppingError(), TrialTable(), 0);
  Give(*entry, use);
}

void TableCache::ReadNow(const std::string& campaign, const Use& use) {
  absl::Notification done;
  Read(campaign, [&](const absl::Status& status, const TrialTable& table,
                     int64_t sequence) {
    use(status, table, sequence);
    done.Notify();
  });
  done.WaitForNotification();
}

void TableCache::Give(Entry& entry, const Use& use) {
  absl::MutexLock table_lock(&entry.mutex);
  if (entry.broken) return use(OutOfMemoryError(), TrialTable(), 0);
  std::map<int64_t, Entry::Noted> noted;
  int64_t sequence = 0;
  {
    absl::MutexLock lock(&mutex_);
    noted.swap(entry.noted);
    // What was read may be newer than what OnCommit has told.
    sequence = std::max(sequence_, entry.read_sequence);
  }
  const absl::Status put = UnlessOutOfMemory([&] {
    entry.mutex.AssertHeld();
    for (const auto& [number, change] : noted) entry.table.Put(change.row);
    entry.table.CompareLosses();
    return absl::OkStatus();
  });
  if (!put.ok()) {
    // The next reader reads it anew; who has it already is told so too.
    entry.broken = true;
    {
      absl::MutexLock lock(&mutex_);
      std::erase_if(entries_, [&](const auto& one) {
        return one.second.get() == &entry;
      });
    }
    return use(put, TrialTable(), 0);
  }
  {
    absl::MutexLock lock(&mutex_);
    entry.rows = entry.table.rows();
  }
  use(absl::OkStatus(), entry.table, sequence);
}

void TableCache::Load(const std::string& campaign,
                      const std::shared_ptr<Entry>& entry) {
  absl::Status status;
  std::vector<std::shared_ptr<Entry>> gone;  // destroyed without the locks
  {
    absl::MutexLock table_lock(&entry->mutex);
    const absl::StatusOr<int64_t> sequence = UnlessOutOfMemory([&] {
      return options_.store->VisitTrials(campaign, kEventSequence,
                                         [&](const v1::Trial& trial) {
                                           entry->mutex.AssertHeld();
                                           entry->table.Put(trial);
                                         });
    });
    status = sequence.status();
    absl::MutexLock lock(&mutex_);
    // What was noted before the commit that was read is older than the table.
    if (sequence.ok()) {
      std::erase_if(entry->noted, [&](const auto& noted) {
        return noted.second.sequence < *sequence;
      });
      entry->read_sequence = *sequence;
    }
    entry->rows = entry->table.rows();
    entry->loaded = status.ok();
    if (!status.ok()) Forget(campaign, entry);
    gone = MakeRoom();
  }
  gone.clear();  // before the readers use what was read
  while (true) {
    std::vector<Use> waiting;
    {
      absl::MutexLock lock(&mutex_);
      waiting.swap(entry->waiting);
    }
    if (waiting.empty()) return;
    for (const Use& use : waiting) {
      if (status.ok()) {
        Give(*entry, use);
      } else {
        use(status, TrialTable(), 0);
      }
    }
  }
}

void TableCache::Forget(const std::string& campaign,
                        const std::shared_ptr<Entry>& entry) {
  const auto it = entries_.find(campaign);
  if (it != entries_.end() && it->second == entry) entries_.erase(it);
}

std::vector<std::shared_ptr<TableCache::Entry>> TableCache::MakeRoom() {
  std::vector<std::shared_ptr<Entry>> gone;
  while (true) {
    size_t rows = 0;
    auto oldest = entries_.end();
    size_t loaded = 0;
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (!it->second->loaded) continue;
      ++loaded;
      // An empty table is kept for something too.
      rows += it->second->rows + 100;
      if (oldest == entries_.end() ||
          it->second->last_use < oldest->second->last_use) {
        oldest = it;
      }
    }
    if (rows <= options_.rows || loaded <= 1) return gone;
    gone.push_back(std::move(oldest->second));
    entries_.erase(oldest);
  }
}

void TableCache::OnCommit(const std::vector<Mutation>& mutations) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Entry>> gone;
  std::optional<int64_t> first;
  int64_t last = sequence_;
  int64_t deleted = 0;  // each takes a number without an event
  for (const Mutation& mutation : mutations) {
    if (const auto* append = std::get_if<AppendEvent>(&mutation)) {
      first = std::min(first.value_or(append->event.sequence()),
                       append->event.sequence());
      last = std::max(last, append->event.sequence());
    } else if (const auto* put = std::get_if<PutCounter>(&mutation)) {
      if (put->name == kEventSequence) last = std::max(last, put->value);
    } else if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
      if (auto entry = entries_.extract(remove->name); !entry.empty()) {
        gone.push_back(std::move(entry.mapped()));
      }
      ++deleted;
    }
  }
  // A commit that was reported as failed, and was not.
  if (first.has_value() && *first > sequence_ + 1 + deleted) {
    std::erase_if(entries_, [&](const auto& entry) {
      if (entry.second->loaded) gone.push_back(entry.second);
      return entry.second->loaded;
    });
  }
  // A table may be large, and takes long to destroy.
  if (!gone.empty()) thread_.Add([gone = std::move(gone)] {});
  sequence_ = last;
  if (entries_.empty()) return;
  for (const Mutation& mutation : mutations) {
    const auto* put = std::get_if<PutTrial>(&mutation);
    if (put == nullptr) continue;
    const auto it = entries_.find(CampaignOfTrial(put->trial.name()));
    if (it == entries_.end()) continue;
    Entry& entry = *it->second;
    // What was read is newer: a commit is there before it is told.
    if (entry.loaded && sequence_ < entry.read_sequence) continue;
    TrialRow row(put->trial);
    const int64_t number = row.number();
    entry.noted.insert_or_assign(number,
                                 Entry::Noted{std::move(row), sequence_});
    if (entry.noted.size() == kMaxNoted && entry.loaded) {
      thread_.Add([this, entry = it->second] {
        Give(*entry, [](const auto&, const auto&, int64_t) {});
      });
    }
  }
}

void TableCache::Stop() {
  std::vector<Use> waiting;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const auto& [campaign, entry] : entries_) {
      std::move(entry->waiting.begin(), entry->waiting.end(),
                std::back_inserter(waiting));
      entry->waiting.clear();
    }
  }
  for (const Use& use : waiting) use(StoppingError(), TrialTable(), 0);
}

}  // namespace isoshape
