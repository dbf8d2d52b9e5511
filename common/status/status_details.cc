#include "common/status/status_details.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "common/status/wire_format.h"

namespace isoshape {
namespace {

// Fields of google.rpc.Status and google.protobuf.Any.
constexpr int kCode = 1, kMessage = 2, kDetails = 3;
constexpr int kTypeUrl = 1, kValue = 2;

// The URL and the value of a payload; nothing if it is malformed.
std::optional<std::pair<std::string, std::string>> PayloadOf(
    absl::string_view any) {
  std::pair<std::string, std::string> payload;
  while (!any.empty()) {
    const std::optional<WireField> field = TakeField(any);
    if (!field) return std::nullopt;
    if (field->number == kTypeUrl) payload.first = std::string(field->bytes);
    if (field->number == kValue) payload.second = std::string(field->bytes);
  }
  return payload;
}

}  // namespace

std::string StatusDetails(const absl::Status& status) {
  std::string details;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    std::string any;
    AddBytes(kTypeUrl, url, any);
    AddBytes(kValue, std::string(value), any);
    AddBytes(kDetails, any, details);
  });
  if (details.empty()) return "";
  std::string whole;
  AddNumber(kCode, static_cast<uint64_t>(status.raw_code()), whole);
  AddBytes(kMessage, status.message(), whole);
  return whole + details;
}

void SetStatusDetails(absl::string_view details, absl::Status& status) {
  std::vector<std::pair<std::string, std::string>> payloads;
  while (!details.empty()) {
    const std::optional<WireField> field = TakeField(details);
    if (!field) return;
    if (field->number != kDetails) continue;
    auto payload = PayloadOf(field->bytes);
    if (!payload) return;
    payloads.push_back(*std::move(payload));
  }
  for (const auto& [url, value] : payloads) {
    if (!url.empty()) status.SetPayload(url, absl::Cord(value));
  }
}

}  // namespace isoshape
