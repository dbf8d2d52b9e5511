#ifndef ISOSHAPE_COMMON_WIRE_FORMAT_H_
#define ISOSHAPE_COMMON_WIRE_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// The wire format of protocol buffers, as far as the few messages of google.rpc
// need it that travel beside a status: this folder has no messages.

// Appends field `field` with a number of at most 64 bits, or with bytes, which
// a text and a message are too.
void AddWireNumber(int field, uint64_t value, std::string& out);
void AddWireBytes(int field, absl::string_view bytes, std::string& out);

struct WireField {
  int number = 0;
  uint64_t value = 0;            // of a number
  absl::string_view bytes = {};  // empty of a number
};

// Takes the next field off `text`, into which `bytes` points; nothing if it is
// malformed or of another form.
std::optional<WireField> TakeWireField(absl::string_view& text);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_WIRE_FORMAT_H_
