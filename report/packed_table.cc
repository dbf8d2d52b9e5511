#include "report/packed_table.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/files/gzip.h"

namespace isoshape {
namespace {

std::string Column(const v1::TrialColumn& column) {
  std::string out =
      absl::StrCat("{\"name\":", nlohmann::json(column.name()).dump());
  if (column.codes_size() > 0 || column.texts_size() > 0) {
    nlohmann::json texts = nlohmann::json::array();
    for (const std::string& text : column.texts()) texts.push_back(text);
    absl::StrAppend(
        &out, ",\"texts\":",
        texts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
        ",\"codes\":[");
    for (int i = 0; i < column.codes_size(); ++i) {
      absl::StrAppend(&out, i > 0 ? "," : "", column.codes(i));
    }
  } else {
    absl::StrAppend(&out, ",\"numbers\":[");
    for (int i = 0; i < column.numbers_size(); ++i) {
      const double number = column.numbers(i);
      if (i > 0) out += ',';
      // Whole numbers as they are, such as parameters and times.
      if (!std::isfinite(number)) {
        out += "null";
      } else if (std::abs(number) < 1e15 && number == std::round(number)) {
        absl::StrAppendFormat(&out, "%.0f", number);
      } else {
        absl::StrAppendFormat(&out, "%.7g", number);
      }
    }
  }
  return out + "]}";
}

}  // namespace

std::string PackTable(const v1::ListTrialTableResponse& table) {
  std::string json =
      absl::StrCat("{\"total\":", table.total(), ",\"columns\":[");
  for (int i = 0; i < table.columns_size(); ++i) {
    absl::StrAppend(&json, i > 0 ? "," : "", Column(table.columns(i)));
  }
  return absl::Base64Escape(Gzip(json + "]}", GzipLevel::kSmall));
}

}  // namespace isoshape
