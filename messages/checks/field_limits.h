#ifndef ISOSHAPE_MESSAGES_CHECKS_FIELD_LIMITS_H_
#define ISOSHAPE_MESSAGES_CHECKS_FIELD_LIMITS_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"

namespace isoshape {

// How much a request may hold, at any depth, so that nothing of a stranger is
// stored or kept without a bound: bytes of a text, entries of a list or map.
// One table has the fields that may hold more than others. Also that each enum
// is a value that there is: proto3 takes any number.
//
// OK, or INVALID_ARGUMENT with the field's path and the remedy in one line:
// `trial.shape.norm 99 is unknown; give RMS_NORM, LAYER_NORM`.
absl::Status CheckFields(const google::protobuf::Message& request);

// Makes a request fit to be stored: drops the fields that this program does not
// know, and checks the others.
absl::Status AdmitRequest(google::protobuf::Message* request);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CHECKS_FIELD_LIMITS_H_
