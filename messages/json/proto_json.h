#ifndef ISOSHAPE_MESSAGES_JSON_PROTO_JSON_H_
#define ISOSHAPE_MESSAGES_JSON_PROTO_JSON_H_

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"

namespace isoshape {

// JSON as people and trainers write it, by reflection: names as in the .proto
// file, 64-bit integers as numbers, enum values in lower case without the
// prefix of their type (`rms` for NORM_RMS), timestamps as RFC 3339 text,
// durations as seconds, numbers that are not finite as null.

// With `defaults`, also fields that are not set and have a default.
nlohmann::ordered_json ToJson(const google::protobuf::Message& message,
                              bool defaults = false);

// Fills `message` from a JSON object. INVALID_ARGUMENT if a field is
// unknown, of the wrong type or out of its type's range: `field recipe.beta1:
// "x" is not a number`. With `ignore_unknown`, unknown fields are passed over.
// If it fails and `error_field` is given, that is set to the path of the
// field (`recipe.beta1`).
absl::Status FromJson(const nlohmann::json& json,
                      google::protobuf::Message* message,
                      bool ignore_unknown = false,
                      std::string* error_field = nullptr);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_JSON_PROTO_JSON_H_
