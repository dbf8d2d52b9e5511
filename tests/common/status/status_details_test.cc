#include "common/status/status_details.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/cord.h"

namespace isoshape {
namespace {

TEST(StatusDetailsTest, TheBytesAreGoogleRpcStatus) {
  absl::Status status = absl::FailedPreconditionError("no");
  EXPECT_EQ(StatusDetails(status), "");
  status.SetPayload("a/b", absl::Cord("xyz"));
  // code 9; message "no"; details { type_url "a/b" value "xyz" }
  EXPECT_EQ(StatusDetails(status),
            std::string("\x08\x09\x12\x02no\x1a\x0a\x0a\x03"
                        "a/b\x12\x03xyz"));
}

TEST(StatusDetailsTest, PayloadsComeBack) {
  absl::Status status = absl::NotFoundError("no");
  const std::string bytes("\0\xff\n", 3);
  const std::string text(100000, 'x');
  status.SetPayload("a", absl::Cord(bytes));
  status.SetPayload("b", absl::Cord(text));
  absl::Status made = absl::NotFoundError("no");
  SetStatusDetails(StatusDetails(status), made);
  EXPECT_EQ(made, status);
}

// Of another server, or cut short.
TEST(StatusDetailsTest, WhatIsNoStatusHoldsNothing) {
  absl::Status status = absl::NotFoundError("no");
  status.SetPayload("a/b", absl::Cord("xyz"));
  const std::string whole = StatusDetails(status);
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    absl::Status made = absl::NotFoundError("no");
    SetStatusDetails(whole.substr(0, bytes), made);
    EXPECT_EQ(made, absl::NotFoundError("no")) << bytes;
  }
  for (const char* text : {"text", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
                           "\x1a\x7f", "\x1a\x02\x0a\x09"}) {
    absl::Status made = absl::NotFoundError("no");
    SetStatusDetails(text, made);
    EXPECT_EQ(made, absl::NotFoundError("no")) << text;
  }
}

}  // namespace
}  // namespace isoshape
