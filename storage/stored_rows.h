#ifndef ISOSHAPE_STORAGE_STORED_ROWS_H_
#define ISOSHAPE_STORAGE_STORED_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// What the backends keep in a row is the same bytes, so that `isoshape db copy`
// takes rows from one to another as they are.

// CRC-32 (ISO 3309) of a column, kept in the column after it.
int64_t RowChecksum(absl::string_view bytes);

// DATA_LOSS: a stored message is not one of its kind.
template <typename Message>
absl::Status Unreadable() {
  return absl::DataLossError(
      absl::StrCat("a stored ", Message::descriptor()->name(),
                   " cannot be read: the database is damaged"));
}

// The counter of the last event that PruneEvents looked at.
inline constexpr char kPrunedEvents[] = "pruned_events";

// Counters are decimal text. DATA_LOSS if it is none.
absl::StatusOr<int64_t> CounterValue(absl::string_view name,
                                     absl::string_view digits);

// What a row of events holds beside its columns. Of a measurement only the
// step: the point is in the table of measurements.
std::string StoredEvent(const v1::CampaignEvent& event);

// Completes the stored event of a measurement: with the stored point, if there
// is one, and the line that tells it.
absl::Status FillPoint(absl::string_view point, bool found,
                       v1::CampaignEvent* event);

// The error for a reference to a row that is not there, with the name that the
// caller gave; any other error as it is.
absl::Status MissingReference(const absl::Status& status,
                              absl::string_view what, absl::string_view name);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_STORED_ROWS_H_
