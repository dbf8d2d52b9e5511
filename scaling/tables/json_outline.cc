#include "scaling/tables/json_outline.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {
namespace {

constexpr size_t kMaxLists = 1000;
// The most bytes of a dotted name. Longer ones are data, such as text, and
// would be copied for each value below them.
constexpr size_t kMaxNameBytes = 1000;

// The keys of one object so far. Most objects have few, and few cost nothing.
class ObjectKeys {
 public:
  void Clear() {
    few_.clear();
    many_.clear();
    texts_.clear();
  }
  // False if the key is there. A text that is `escaped` is kept.
  bool Add(absl::string_view key, bool escaped) {
    constexpr size_t kFew = 16;
    if (escaped) key = texts_.emplace_back(key);
    if (few_.size() < kFew) {
      if (std::find(few_.begin(), few_.end(), key) != few_.end()) return false;
      few_.push_back(key);
      return true;
    }
    if (many_.empty()) many_.insert(few_.begin(), few_.end());
    return many_.insert(key).second;
  }

 private:
  std::vector<absl::string_view> few_;
  absl::flat_hash_set<absl::string_view> many_;  // all of them
  std::deque<std::string> texts_;
};

class OutlineEvents : public JsonEvents {
 public:
  OutlineEvents(absl::string_view text, absl::string_view file,
                JsonOutline& outline)
      : JsonEvents(text, file), outline_(outline) {}

 private:
  enum class Kind {
    kRow,     // an object that may be a run
    kNested,  // an object in it
    kList,    // a list whose objects may be runs
  };
  struct Frame {
    Kind kind;
    size_t path;  // how long path_ was before it
  };
  // A row whose end has not come.
  struct Open {
    JsonSpan span;
    size_t path;  // where names of the row begin in path_
    JsonList* list;
  };

  bool OnKey(const Cell& cell, bool escaped) override {
    if (ignored_ > 0) return true;
    if (!in_pairs() && !keys_[frames_.size() - 1].Add(cell.text, escaped)) {
      return Fail(cell, absl::StrCat("the key ", Shown(cell.text),
                                     " stands a second time in one object; "
                                     "keep one of the two"));
    }
    if (path_.size() + cell.text.size() > kMaxNameBytes) {
      return Fail(cell, absl::StrCat("the name of the value is longer than ",
                                     kMaxNameBytes, " bytes; shorten it"));
    }
    if (frames_.size() == 1 && First()) {
      member_name_ = cell;
      if (escaped) {
        member_name_.text = outline_.texts.emplace_back(cell.text);
      }
    }
    if (InMember()) {
      members_.back().keys = absl::HashOf(members_.back().keys, cell.text);
    }
    key_begin_ = path_.size();
    absl::StrAppend(&path_, cell.text);
    return true;
  }

  bool OnScalar(const Cell& cell, bool /*escaped*/) override {
    if (ignored_ > 0) return true;
    const bool in_list = !frames_.empty() && frames_.back().kind == Kind::kList;
    if (frames_.empty() || (in_list && open_.empty())) {
      return Fail(cell,
                  "a value where a run is expected; write each run as an "
                  "object, such as {\"params\": 1e9, \"loss\": 2.5}");
    }
    if (in_list) {
      ++list_->scalars;
      return true;
    }
    if (frames_.size() == 1 && First()) outline_.scalars = true;
    if (InMember()) ++members_.back().values;
    const Open& row = open_.back();
    next_ = row.list->names.Number(absl::string_view(path_).substr(row.path),
                                   cell, next_) +
            1;
    path_.resize(key_begin_);
    return true;
  }

  bool OnObject(const JsonPlace& place) override {
    if (ignored_ > 0) {
      ++ignored_;
    } else if (frames_.empty() || frames_.back().kind == Kind::kList) {
      open_.push_back(
          {{place}, path_.size(), frames_.empty() ? &outline_.top : list_});
      Enter({Kind::kRow, path_.size()});
    } else {
      if (frames_.size() == 1 && First()) {
        if (members_.size() == kMaxRunRows) return Fail(place, TooManyRows());
        members_.push_back({member_name_, {place}});
      } else if (InMember()) {
        nested_members_ = true;
      }
      Enter({Kind::kNested, key_begin_});
      path_ += '.';
    }
    return true;
  }

  bool OnObjectEnd(uint32_t end) override {
    if (ignored_ > 0) {
      --ignored_;
      return true;
    }
    const Frame frame = frames_.back();
    frames_.pop_back();
    path_.resize(frame.path);
    if (frame.kind == Kind::kNested) {
      if (frames_.size() == 1 && First()) members_.back().whole.end = end;
      return true;
    }
    Open& row = open_.back();
    row.span.end = end;
    if (frames_.empty() && outline_.top.objects.empty() && !nested_members_) {
      outline_.members = std::move(members_);
    }
    row.list->objects.push_back(row.span);
    open_.pop_back();
    next_ = 0;
    return true;
  }

  bool OnList(const JsonPlace& place) override {
    const bool at_top = frames_.empty();
    const bool in_list = !at_top && frames_.back().kind == Kind::kList;
    if (ignored_ > 0) {
      ++ignored_;
    } else if (at_top || (!in_list && open_.size() == 1 && First())) {
      if (InMember()) nested_members_ = true;
      list_ = &outline_.lists[at_top ? std::string() : path_];
      if (outline_.lists.size() > kMaxLists) {
        return Fail(place, absl::StrCat("more than ", kMaxLists,
                                        " lists in one object; keep the list "
                                        "of the runs"));
      }
      list_->whole.place = place;
      frames_.push_back({Kind::kList, at_top ? 0 : key_begin_});
    } else {
      ignored_ = 1;
      listed_ = in_list;
      if (InMember()) nested_members_ = true;
      if (in_list) {
        list_->lists.push_back({place});
      } else {
        path_.resize(key_begin_);
      }
    }
    return true;
  }

  bool OnListEnd(uint32_t end) override {
    if (ignored_ > 0) {
      --ignored_;
      if (ignored_ == 0 && listed_) list_->lists.back().end = end;
      return true;
    }
    list_->whole.end = end;
    path_.resize(frames_.back().path);
    frames_.pop_back();
    return true;
  }

  // Enters an object.
  void Enter(const Frame& frame) {
    frames_.push_back(frame);
    if (keys_.size() < frames_.size()) keys_.resize(frames_.size());
    keys_[frames_.size() - 1].Clear();
  }

  // Whether this is the first object of those that are not in a list.
  bool First() const {
    return outline_.top.objects.empty() && !frames_.empty() &&
           frames_.front().kind == Kind::kRow;
  }
  // Whether we are in an object that is a member of the first object.
  bool InMember() const {
    return frames_.size() >= 2 && frames_[1].kind == Kind::kNested && First();
  }

  JsonOutline& outline_;
  std::vector<Frame> frames_;
  // A deque does not move its elements, which have views of their own texts.
  std::deque<ObjectKeys> keys_;
  std::vector<Open> open_;
  size_t ignored_ = 0;   // how deep we are in a list that is not looked at
  bool listed_ = false;  // whether that list is one of list_
  std::string path_;     // of the value that comes, dotted
  size_t key_begin_ = 0;
  JsonList* list_ = nullptr;  // that we are in
  int next_ = 0;              // the number of the name expected next
  Cell member_name_;
  std::vector<JsonMember> members_;
  bool nested_members_ = false;  // one has objects or lists in it
};

}  // namespace

int JsonNames::Find(absl::string_view name, int expected) const {
  // Rows have mostly the names of the one before, in the same order.
  if (expected >= 0 && expected < static_cast<int>(cells_.size()) &&
      cells_[static_cast<size_t>(expected)].text == name) {
    return expected;
  }
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? -1 : found->second;
}

int JsonNames::Number(absl::string_view name, const Cell& cell, int expected) {
  if (full_) return -1;
  const int known = Find(name, expected);
  if (known >= 0) return known;
  if (cells_.size() == kMaxNames) {
    full_ = true;
    return -1;
  }
  const int number = static_cast<int>(cells_.size());
  cells_.push_back({texts_.emplace_back(name), cell.line, cell.column});
  numbers_.emplace(name, number);
  return number;
}

absl::Status JsonOutline::Read(absl::string_view text, absl::string_view file) {
  OutlineEvents events(text, file, *this);
  while (events.More()) ISOSHAPE_RETURN_IF_ERROR(events.ReadValue());
  return absl::OkStatus();
}

}  // namespace isoshape
