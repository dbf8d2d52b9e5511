#include "messages/json/echoed_json.h"

#include "common/text/one_line.h"

namespace isoshape {

std::string EchoedJson(const nlohmann::json& value) {
  // dump() alone throws at what is no UTF-8.
  return OneLine(
      value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      kMaxEchoed);
}

}  // namespace isoshape
