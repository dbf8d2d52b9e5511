#ifndef ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_RING_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_RING_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "isoshape/v1/campaign_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// The changes of a campaign since a place in the ring.
struct ChangesOfCampaign {
  bool deleted = false;          // and what follows is of a new one of its name
  bool changed = false;          // it, or one of the trials
  std::set<int64_t> trials{};    // that changed
  std::set<int64_t> measured{};  // that were measured
};
using Changes = std::map<std::string, ChangesOfCampaign>;

// Adds what an event tells.
void AddEvent(const v1::CampaignEvent& event, Changes* changes);

// The newest events of all campaigns in few bytes each, so that any number of
// readers, each at a place of its own, can be told what changed since then. A
// place is an index that grows by one with each entry. Not thread-safe, but for
// what it gives.
class ChangeRing {
  struct Entry {
    int64_t sequence = 0;  // of a deletion, of the event before it
    std::string campaign;
    int64_t trial = 0;  // 0: the campaign
    bool measured = false;
    bool deleted = false;
  };
  // The entries of a commit, the first of them at `begin`. They never change.
  struct Segment {
    int64_t begin = 0;
    std::vector<Entry> entries{};

    int64_t end() const { return begin + static_cast<int64_t>(entries.size()); }
  };
  using SharedSegment = std::shared_ptr<const Segment>;

 public:
  // What lies from a place to what was the end of the ring when it was taken.
  // Taking it costs little, and the rest needs no lock of the ring's.
  class Span {
   public:
    void AddTo(Changes* changes) const;

   private:
    friend class ChangeRing;
    int64_t begin_ = 0;
    std::vector<SharedSegment> segments_;
  };

  // Makes a ring of at most `entries`, which holds what happens after
  // `sequence`.
  ChangeRing(size_t entries, int64_t sequence)
      : limit_(static_cast<int64_t>(entries)),
        base_(sequence),
        newest_(sequence) {}

  // Adds the events and deletions of a commit. False if there are none.
  bool Add(const std::vector<Mutation>& mutations);

  int64_t begin() const { return begin_; }
  int64_t end() const { return end_; }
  // Largest sequence that was added.
  int64_t newest() const { return newest_; }
  // The entries are all that happened after this sequence.
  int64_t base() const { return base_; }
  // The place from which on lies what happened after a sequence; nothing if
  // that has gone.
  std::optional<int64_t> PlaceAfter(int64_t sequence) const;

  // What lies from `place` to the end.
  Span From(int64_t place) const;

 private:
  void Push(std::vector<Entry> entries);
  // The first segment that has something at `place` or behind it.
  std::deque<SharedSegment>::const_iterator SegmentAt(int64_t place) const;

  const int64_t limit_;
  // Together from `begin_` or before it to `end_`.
  std::deque<SharedSegment> segments_;
  int64_t begin_ = 0;
  int64_t end_ = 0;
  int64_t base_;
  int64_t newest_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_RING_H_
