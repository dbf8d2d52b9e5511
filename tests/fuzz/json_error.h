#ifndef ISOSHAPE_TESTS_FUZZ_JSON_ERROR_H_
#define ISOSHAPE_TESTS_FUZZ_JSON_ERROR_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/text/one_line.h"
#include "tests/fuzz/fuzzer.h"

namespace isoshape {

// That a body is an error as HTTP answers it: one line of whoever asked wrong.
inline void ExpectJsonError(absl::string_view body) {
  const auto json = nlohmann::json::parse(std::string(body), nullptr,
                                          /*allow_exceptions=*/false);
  Expect(json.is_object() && json["code"].is_string() &&
             json["message"].is_string(),
         "an error is no error");
  const std::string code = json["code"];
  const std::string message = json["message"];
  Expect(code != "internal" && code != "unknown" && code != "data_loss",
         absl::StrCat("a request is refused as if it were our fault: ", code,
                      ": ", OneLine(message)));
  ExpectOneLine(message);
  Expect(message.size() < 4000, "a message has no bound");
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FUZZ_JSON_ERROR_H_
