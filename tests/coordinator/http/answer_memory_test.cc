#include "coordinator/http/answer_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "common/status/out_of_memory.h"
#include "common/status/retry_after.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(AnswerMemory, WhatIsHeldIsTakenUntilTheLastOneLetsGo) {
  const AnswerMemory memory(100);
  auto body = memory.Keep(std::string(60, 'a'));
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(memory.taken(), 60u);
  auto other = *body;
  body = absl::CancelledError();
  EXPECT_EQ(memory.taken(), 60u);
  EXPECT_EQ(*other, std::string(60, 'a'));
  other.reset();
  EXPECT_EQ(memory.taken(), 0u);
}

TEST(AnswerMemory, WhatIsTooMuchIsRefusedAndTakesNothing) {
  const AnswerMemory memory(size_t{100} << 20);
  const auto room = memory.Take(size_t{70} << 20);
  ASSERT_TRUE(room.ok()) << room.status();
  const absl::Status refused = memory.Take(size_t{31} << 20).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(refused.message(),
            "answers over HTTP take 70 MB now, and this one 31 more, beyond "
            "the 100 MB of all together; ask again in a moment, or for less at "
            "once");
  EXPECT_EQ(RetryAfter(refused), absl::Seconds(1));
  EXPECT_EQ(memory.taken(), size_t{70} << 20);
  EXPECT_TRUE(memory.Take(size_t{30} << 20).ok());
  // No sum runs over.
  EXPECT_FALSE(memory.Take(static_cast<size_t>(-1)).ok());
  EXPECT_EQ(memory.taken(), size_t{70} << 20);
}

TEST(AnswerMemory, WhatIsTooMuchKeepsNothingFromOthersMeanwhile) {
  const AnswerMemory memory(100);
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!done) EXPECT_FALSE(memory.Take(101).ok());
  });
  int refused = 0;
  for (int i = 0; i < 100'000; ++i) refused += memory.Take(60).ok() ? 0 : 1;
  done = true;
  other.join();
  EXPECT_EQ(refused, 0);
}

TEST(AnswerMemory, ABodyOutlivesWhatItWasTakenFrom) {
  std::optional<AnswerMemory> memory(std::in_place, 100);
  const HttpResponse response =
      KeptResponse(*memory, "text/plain", std::string(10, 'b'));
  memory.reset();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, std::string(10, 'b'));
  const HttpResponse refused =
      KeptResponse(AnswerMemory(5), "text/plain", std::string(10, 'b'));
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(std::string(refused.body), HasSubstr("\"retry_delay\":\"1s\""));
}

TEST(OutOfMemory, WhatThrowsIsUnavailableInOneLine) {
  const absl::StatusOr<int> answer = UnlessOutOfMemory(
      []() -> absl::StatusOr<int> { throw std::bad_alloc(); });
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(answer.status().message().find('\n'), std::string::npos);
  EXPECT_EQ(RetryAfter(answer.status()), absl::Seconds(1));
  EXPECT_EQ(*UnlessOutOfMemory([] { return absl::StatusOr<int>(7); }), 7);
}

}  // namespace
}  // namespace isoshape
