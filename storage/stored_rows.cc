#include "storage/stored_rows.h"

#include <zlib.h>

#include "absl/strings/numbers.h"
#include "messages/trial/measurement_line.h"

namespace isoshape {

int64_t RowChecksum(absl::string_view bytes) {
  return static_cast<int64_t>(crc32_z(
      0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

absl::StatusOr<int64_t> CounterValue(absl::string_view name,
                                     absl::string_view digits) {
  int64_t value = 0;
  if (absl::SimpleAtoi(digits, &value)) return value;
  return absl::DataLossError(absl::StrCat("counter ", name, " is '", digits,
                                          "': the database is damaged"));
}

std::string StoredEvent(const v1::CampaignEvent& event) {
  v1::CampaignEvent stored = event;
  stored.clear_sequence();
  stored.clear_campaign();
  if (event.kind() == v1::CampaignEvent::TRIAL_MEASURED) {
    stored.clear_message();
    stored.clear_measurement();
    stored.mutable_measurement()->set_step(event.measurement().step());
  }
  return stored.SerializeAsString();
}

absl::Status FillPoint(absl::string_view point, bool found,
                       v1::CampaignEvent* event) {
  if (found && !event->mutable_measurement()->ParseFromArray(
                   point.data(), static_cast<int>(point.size()))) {
    return Unreadable<v1::Measurement>();
  }
  event->set_message(MeasurementLine(event->trial(), event->measurement()));
  return absl::OkStatus();
}

absl::Status MissingReference(const absl::Status& status,
                              absl::string_view what, absl::string_view name) {
  if (!absl::IsFailedPrecondition(status)) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("there is no ", what, " ", name));
}

}  // namespace isoshape
