#ifndef ISOSHAPE_COMMON_STATUS_AWAIT_ERROR_H_
#define ISOSHAPE_COMMON_STATUS_AWAIT_ERROR_H_

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace isoshape {

// For co_await of a call of Asio: its error goes into `error`, not into an
// exception.
inline auto Until(boost::system::error_code& error) {
  return boost::asio::redirect_error(boost::asio::use_awaitable, error);
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_STATUS_AWAIT_ERROR_H_
