#ifndef ISOSHAPE_COORDINATOR_HTTP_QUERY_MESSAGE_H_
#define ISOSHAPE_COORDINATOR_HTTP_QUERY_MESSAGE_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/http/http_message.h"

namespace isoshape {

// Fills the fields of a message that the query names: `depth=4`, lists as
// `columns=number,state`, enum values and numbers as in JSON, `true` and `1`
// for a bool. Passes over the parameters in `others`. INVALID_ARGUMENT if a
// parameter is no field, or its value not one of the field.
absl::Status FillFromQuery(const HttpRequest& request,
                           const std::vector<std::string>& others,
                           google::protobuf::Message* message);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_QUERY_MESSAGE_H_
