#include "report/packed_table.h"

#include <zlib.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace isoshape {
namespace {

std::string Gzip(const std::string& text) {
  z_stream stream = {};
  constexpr int kGzip = 16 + MAX_WBITS;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return "";  // there is no memory for it
  }
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

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
  return absl::Base64Escape(Gzip(json + "]}"));
}

}  // namespace isoshape
