#include "common/status_details.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"

namespace isoshape {
namespace {

// The wire format of protocol buffers, as far as these two messages need it:
// this folder has no messages, and Debian no library of google.rpc's.
// Fields of google.rpc.Status and google.protobuf.Any.
constexpr int kCode = 1, kMessage = 2, kDetails = 3;
constexpr int kTypeUrl = 1, kValue = 2;
// How a field is written.
constexpr int kVarint = 0, kBytes = 2;

void AddVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) {
    out += static_cast<char>(value | 0x80);
  }
  out += static_cast<char>(value);
}

void AddBytes(int field, absl::string_view bytes, std::string& out) {
  AddVarint(static_cast<uint64_t>(field << 3 | kBytes), out);
  AddVarint(bytes.size(), out);
  out.append(bytes.data(), bytes.size());
}

std::optional<uint64_t> TakeVarint(absl::string_view& text) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !text.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

struct Field {
  int number = 0;
  absl::string_view bytes = {};  // empty of a number
};

std::optional<Field> TakeField(absl::string_view& text) {
  const std::optional<uint64_t> tag = TakeVarint(text);
  if (!tag) return std::nullopt;
  const std::optional<uint64_t> value = TakeVarint(text);
  if (!value) return std::nullopt;
  Field field{.number = static_cast<int>(*tag >> 3)};
  if ((*tag & 7) == kVarint) return field;
  if ((*tag & 7) != kBytes || *value > text.size()) return std::nullopt;
  field.bytes = text.substr(0, *value);
  text.remove_prefix(*value);
  return field;
}

// The URL and the value of a payload; nothing if it is malformed.
std::optional<std::pair<std::string, std::string>> PayloadOf(
    absl::string_view any) {
  std::pair<std::string, std::string> payload;
  while (!any.empty()) {
    const std::optional<Field> field = TakeField(any);
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
  AddVarint(kCode << 3 | kVarint, whole);
  AddVarint(static_cast<uint64_t>(status.raw_code()), whole);
  AddBytes(kMessage, status.message(), whole);
  return whole + details;
}

void SetStatusDetails(absl::string_view details, absl::Status& status) {
  std::vector<std::pair<std::string, std::string>> payloads;
  while (!details.empty()) {
    const std::optional<Field> field = TakeField(details);
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
