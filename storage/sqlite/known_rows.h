#ifndef ISOSHAPE_STORAGE_SQLITE_KNOWN_ROWS_H_
#define ISOSHAPE_STORAGE_SQLITE_KNOWN_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "messages/names/resource_name.h"
#include "storage/store.h"

namespace isoshape {

// Rows that others refer to, so that a commit can be acknowledged before the
// tables have it: whether it would be refused there is known from these. What
// is known of is there; what is not may be there all the same. Not thread-safe.
class KnownRows {
 public:
  // Looks a row up in the tables, which need not have the newest commits.
  struct Tables {
    absl::FunctionRef<bool(absl::string_view name)> has_campaign;
    absl::FunctionRef<bool(const TrialName& name)> has_trial;
  };

  // The last event of the tables; the first that is not taken is behind it.
  explicit KnownRows(int64_t last_event = 0) : last_event_(last_event) {}

  // Whether the changes are sure to apply. A commit that deletes a campaign is
  // none that this says of: what the tables are seen to have is there as long
  // as no such commit is missing there.
  bool Cover(const std::vector<Mutation>& mutations, const Tables& tables);
  // They were committed.
  void Add(const std::vector<Mutation>& mutations);
  // Of what was committed some was taken back: only the tables know.
  void Clear();

 private:
  // Numbers of trials by their campaign.
  using Rows = absl::flat_hash_map<std::string, absl::flat_hash_set<int64_t>>;

  bool Has(const std::string& campaign, const Rows& also, const Tables& tables);
  bool Has(const TrialName& trial, const Rows& also, const Tables& tables);
  void AddTrial(const TrialName& trial);

  Rows rows_;
  size_t trials_ = 0;  // at most, of rows_
  int64_t last_event_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_KNOWN_ROWS_H_
