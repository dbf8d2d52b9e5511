#ifndef ISOSHAPE_COMMON_STATUS_WIRE_FORMAT_H_
#define ISOSHAPE_COMMON_STATUS_WIRE_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// The wire format of protocol buffers, as far as the messages of google.rpc
// need it that statuses carry: this folder has no messages, and Debian no
// library of google.rpc's.

// A field of numbers or of bytes; those of a message are its fields.
struct WireField {
  int number = 0;
  absl::string_view bytes = {};  // empty of a number
  uint64_t value = 0;            // of a number
};

void AddNumber(int field, uint64_t value, std::string& out);
void AddBytes(int field, absl::string_view bytes, std::string& out);

// Takes the first field off the text; nothing if it is malformed.
std::optional<WireField> TakeField(absl::string_view& text);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_STATUS_WIRE_FORMAT_H_
