#ifndef ISOSHAPE_COORDINATOR_HTTP_ANSWER_MEMORY_H_
#define ISOSHAPE_COORDINATOR_HTTP_ANSWER_MEMORY_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/http/http_message.h"

namespace isoshape {

// How much memory answers over HTTP may take together, while they are made,
// kept and sent: many questions at once, or clients that read nothing, are
// refused for a moment before they take all that there is. Thread-safe; what it
// gave may outlive it.
class AnswerMemory {
 public:
  using Room = std::shared_ptr<const void>;  // given back when it goes
  using Body = std::shared_ptr<const std::string>;

  explicit AnswerMemory(size_t bytes);

  // Room for so many bytes; UNAVAILABLE if others have taken too much.
  absl::StatusOr<Room> Take(size_t bytes) const;
  // The text, which takes its room for as long as somebody holds it.
  absl::StatusOr<Body> Keep(std::string text) const;
  size_t taken() const;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

// A response of 200 with that body, or the error of Keep.
HttpResponse KeptResponse(const AnswerMemory& memory, std::string content_type,
                          std::string body);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_ANSWER_MEMORY_H_
