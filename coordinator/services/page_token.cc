#include "coordinator/services/page_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

absl::Status Malformed(absl::string_view token) {
  return absl::InvalidArgumentError(absl::StrCat(
      "page_token '", absl::CHexEscape(token.substr(0, 100)),
      "' is not one of this listing; give the next_page_token of the page "
      "before and change nothing else, or leave it empty"));
}

}  // namespace

std::string MakePageToken(absl::string_view listing, absl::string_view last) {
  return absl::WebSafeBase64Escape(absl::StrCat("1\n", listing, "\n", last));
}

absl::StatusOr<std::optional<std::string>> ParsePageToken(
    absl::string_view listing, absl::string_view token) {
  if (token.empty()) return std::nullopt;
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text)) return Malformed(token);
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, absl::StrCat("1\n", listing, "\n"))) {
    return Malformed(token);
  }
  return std::string(rest);
}

absl::StatusOr<std::optional<int64_t>> ParseNumberToken(
    absl::string_view listing, absl::string_view token) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::optional<std::string> last,
                            ParsePageToken(listing, token));
  if (!last.has_value()) return std::nullopt;
  int64_t number = 0;
  if (!absl::SimpleAtoi(*last, &number)) return Malformed(token);
  return number;
}

absl::StatusOr<int> CheckPageSize(int32_t page_size, int standard, int max) {
  if (page_size < 0 || page_size > max) {
    return absl::InvalidArgumentError(
        absl::StrCat("page_size ", page_size, " is out of range; give 1 to ",
                     max, ", or 0 for ", standard));
  }
  return page_size == 0 ? standard : page_size;
}

}  // namespace isoshape
