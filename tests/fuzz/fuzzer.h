#ifndef ISOSHAPE_TESTS_FUZZ_FUZZER_H_
#define ISOSHAPE_TESTS_FUZZ_FUZZER_H_

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "common/text/one_line.h"

namespace isoshape {

// Ends the program, which a fuzzer keeps the input of, if something is not so.
inline void Expect(bool holds, const std::string& otherwise) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", otherwise.c_str());
  std::abort();
}

// That a message is one line that a terminal may print.
inline void ExpectOneLine(absl::string_view message) {
  Expect(!message.empty(), "a message is empty");
  const std::string text(message);
  Expect(IsUtf8(message) && Printable(message) == text &&
             !absl::StrContains(text, '\n'),
         "a message holds raw bytes: " + OneLine(message, 10000));
}

// That it is one line which begins with the file that was refused.
inline void ExpectRefusalOf(absl::string_view file, absl::string_view message) {
  ExpectOneLine(message);
  Expect(absl::StartsWith(message, file),
         "a message does not begin with the file");
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FUZZ_FUZZER_H_
