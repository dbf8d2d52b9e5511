#ifndef ISOSHAPE_COORDINATOR_HTTP_RESPONSE_HEAD_H_
#define ISOSHAPE_COORDINATOR_HTTP_RESPONSE_HEAD_H_

#include <boost/beast/http/fields.hpp>

#include "coordinator/http/http_message.h"

namespace isoshape {

// The headers that every answer has. None of the values is a client's text.
void SetHeaders(const HttpResponse& response,
                boost::beast::http::fields& fields);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_RESPONSE_HEAD_H_
