#include "scaling/tables/text_encoding.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "scaling/tables/file_error.h"

namespace isoshape {
namespace {

// The error at a byte of a text of which all before that byte is sound.
absl::Status ErrorAtByte(absl::string_view text, size_t at,
                         absl::string_view file, absl::string_view message) {
  int line = 1;
  size_t begin = 0;
  for (size_t i = 0; i < at; ++i) {
    const bool ends =
        text[i] == '\n' ||
        (text[i] == '\r' && i + 1 < text.size() && text[i + 1] != '\n');
    if (!ends) continue;
    ++line;
    begin = i + 1;
  }
  return ErrorAt(file, line, static_cast<int>(at - begin) + 1, message);
}

absl::Status CheckUtf8(absl::string_view text, absl::string_view file) {
  size_t at = 0;
  while (at < text.size()) {
    // Eight bytes of ASCII at a time: none has its high bit set or is 0.
    if (at + 8 <= text.size()) {
      uint64_t word = 0;
      std::memcpy(&word, text.data() + at, sizeof(word));
      const uint64_t zero =
          (word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL;
      if ((word & 0x8080808080808080ULL) == 0 && zero == 0) {
        at += 8;
        continue;
      }
    }
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t length = Utf8CharacterBytes(text.substr(at));
    if (byte != 0 && length > 0) {
      at += length;
      continue;
    }
    return ErrorAtByte(
        text, at, file,
        byte == 0
            ? "a NUL byte (0x00), which no text has; save the file as UTF-8, "
              "or as UTF-16 with a byte order mark"
            : absl::StrFormat("the byte 0x%02X is not UTF-8; save the file as "
                              "UTF-8",
                              byte));
  }
  return absl::OkStatus();
}

void AppendUtf8(uint32_t character, std::string& text) {
  const auto add = [&text](uint32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) {
    add(character);
  } else if (character < 0x800) {
    add(0xC0 | character >> 6);
    add(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    add(0xE0 | character >> 12);
    add(0x80 | (character >> 6 & 0x3F));
    add(0x80 | (character & 0x3F));
  } else {
    add(0xF0 | character >> 18);
    add(0x80 | (character >> 12 & 0x3F));
    add(0x80 | (character >> 6 & 0x3F));
    add(0x80 | (character & 0x3F));
  }
}

// `bytes` without the mark.
absl::StatusOr<std::string> FromUtf16(absl::string_view bytes, bool big_endian,
                                      absl::string_view file) {
  std::string text;
  text.reserve(bytes.size() / 2);
  const auto unit = [&](size_t at) {
    const uint32_t first = static_cast<unsigned char>(bytes[at]);
    const uint32_t second = static_cast<unsigned char>(bytes[at + 1]);
    return big_endian ? first << 8 | second : second << 8 | first;
  };
  for (size_t at = 0; at < bytes.size(); at += 2) {
    if (at + 1 == bytes.size()) {
      return ErrorAtByte(text, text.size(), file,
                         "the UTF-16 text ends in half a character; copy the "
                         "file again, or save it as UTF-8");
    }
    uint32_t character = unit(at);
    if (character >= 0xD800 && character < 0xE000) {
      const uint32_t next = at + 3 < bytes.size() ? unit(at + 2) : 0;
      if (character >= 0xDC00 || next < 0xDC00 || next >= 0xE000) {
        return ErrorAtByte(text, text.size(), file,
                           absl::StrFormat("0x%04X is half a character of "
                                           "UTF-16; save the file as UTF-8",
                                           character));
      }
      character = 0x10000 + ((character - 0xD800) << 10) + (next - 0xDC00);
      at += 2;
    }
    AppendUtf8(character, text);
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> AsUtf8(std::string bytes, absl::string_view file) {
  const bool little = absl::StartsWith(bytes, "\xFF\xFE");
  if (little || absl::StartsWith(bytes, "\xFE\xFF")) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        bytes, FromUtf16(absl::string_view(bytes).substr(2), !little, file));
  } else if (absl::StartsWith(bytes, "\xEF\xBB\xBF")) {
    bytes.erase(0, 3);
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckUtf8(bytes, file));
  return bytes;
}

}  // namespace isoshape
