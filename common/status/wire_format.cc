#include "common/status/wire_format.h"

namespace isoshape {
namespace {

// How a field is written.
constexpr int kVarint = 0, kBytes = 2;

void AddVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) {
    out += static_cast<char>(value | 0x80);
  }
  out += static_cast<char>(value);
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

}  // namespace

void AddNumber(int field, uint64_t value, std::string& out) {
  AddVarint(static_cast<uint64_t>(field << 3 | kVarint), out);
  AddVarint(value, out);
}

void AddBytes(int field, absl::string_view bytes, std::string& out) {
  AddVarint(static_cast<uint64_t>(field << 3 | kBytes), out);
  AddVarint(bytes.size(), out);
  out.append(bytes.data(), bytes.size());
}

std::optional<WireField> TakeField(absl::string_view& text) {
  const std::optional<uint64_t> tag = TakeVarint(text);
  if (!tag) return std::nullopt;
  const std::optional<uint64_t> value = TakeVarint(text);
  if (!value) return std::nullopt;
  WireField field{.number = static_cast<int>(*tag >> 3)};
  if ((*tag & 7) == kVarint) {
    field.value = *value;
    return field;
  }
  if ((*tag & 7) != kBytes || *value > text.size()) return std::nullopt;
  field.bytes = text.substr(0, *value);
  text.remove_prefix(*value);
  return field;
}

}  // namespace isoshape
