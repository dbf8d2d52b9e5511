#ifndef ISOSHAPE_MESSAGES_JSON_JSON_TEXT_H_
#define ISOSHAPE_MESSAGES_JSON_JSON_TEXT_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// The text of ToJson(message, /*defaults=*/true), written straight down, for
// messages that are large: a table of 100,000 trials has millions of numbers.
// Numbers have the least digits that read back as the same (`3`, `1e+12`); a
// byte that is no UTF-8 becomes U+FFFD, as every JSON reader refuses it.
std::string JsonText(const google::protobuf::Message& message);

// Appends the number, or null if it is not finite.
void AppendJsonNumber(double value, std::string* text);
// Appends the text in quotes, escaped; `<` too, so that it may stand in a
// script.
void AppendJsonString(absl::string_view value, std::string* text);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_JSON_JSON_TEXT_H_
