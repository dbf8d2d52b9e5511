#include "coordinator/http/answer_memory.h"

#include <atomic>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status/retry_after.h"
#include "common/status/status_macros.h"
#include "coordinator/http/http_error.h"

namespace isoshape {

struct AnswerMemory::State {
  explicit State(size_t bytes) : limit(bytes) {}
  const size_t limit;
  std::atomic<size_t> taken = 0;
};

AnswerMemory::AnswerMemory(size_t bytes)
    : state_(std::make_shared<State>(bytes)) {}

size_t AnswerMemory::taken() const { return state_->taken; }

absl::StatusOr<AnswerMemory::Room> AnswerMemory::Take(size_t bytes) const {
  // One that does not fit is never counted, lest others be refused by it.
  size_t before = state_->taken;
  while (bytes <= state_->limit && before <= state_->limit - bytes) {
    if (!state_->taken.compare_exchange_weak(before, before + bytes)) continue;
    // If this throws, it is given back all the same.
    return Room(state_.get(), [state = state_, bytes](const void*) {
      state->taken -= bytes;
    });
  }
  absl::Status refused = absl::UnavailableError(absl::StrCat(
      "answers over HTTP take ", before >> 20, " MB now, and this one ",
      bytes >> 20, " more, beyond the ", state_->limit >> 20,
      " MB of all together; ask again in a moment, or for less at once"));
  SetRetryAfter(absl::Seconds(1), refused);
  return refused;
}

absl::StatusOr<AnswerMemory::Body> AnswerMemory::Keep(std::string text) const {
  struct Held {
    Room room;
    std::string text;
  };
  auto held = std::make_shared<Held>();
  ISOSHAPE_ASSIGN_OR_RETURN(held->room, Take(text.size()));
  held->text = std::move(text);
  return Body(held, &held->text);
}

HttpResponse KeptResponse(const AnswerMemory& memory, std::string content_type,
                          std::string body) {
  absl::StatusOr<AnswerMemory::Body> kept = memory.Keep(std::move(body));
  if (!kept.ok()) return ErrorResponse(kept.status());
  HttpResponse response;
  response.content_type = std::move(content_type);
  response.body = **kept;
  response.owner = *std::move(kept);
  return response;
}

}  // namespace isoshape
