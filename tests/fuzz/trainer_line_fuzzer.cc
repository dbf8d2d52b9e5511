// Lines of a trainer, of any bytes: what is read may be sent to the coordinator
// and shown, and what is refused is refused in one line. Then the other way:
// the line that starts a run of any names is one line of JSON.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "isoshape/v1/worker.pb.h"
#include "messages/checks/field_limits.h"
#include "tests/fuzz/fuzzer.h"
#include "worker/trainer/trainer_line.h"

namespace isoshape {
namespace {

void CheckOrders(const std::string& text) {
  v1::Lease lease;
  lease.mutable_trial()->set_name(text);
  for (const std::string& line :
       {RunLine({{.run = text, .lease = lease, .checkpoint_path = text}}, text),
        StopLine(text)}) {
    Expect(line.find_first_of("\n\r") == std::string::npos,
           "an order has more than one line");
    const auto json = nlohmann::json::parse(line, nullptr, false);
    Expect(json.is_object() && json.contains("type"), "an order is no object");
  }
}

void Fuzz(const std::string& bytes) {
  const auto line = ParseTrainerLine(bytes);
  if (!line.ok()) {
    ExpectOneLine(line.status().message());
    Expect(line.status().code() == absl::StatusCode::kInvalidArgument,
           "a line is refused as if it were our fault");
    Expect(line.status().message().size() < 2000, "a message has no bound");
  } else {
    const v1::Measurement& point = line->measurement;
    Expect(!point.has_train_loss() || std::isfinite(point.train_loss()),
           "a loss is no number");
    if (!line->error.empty()) ExpectOneLine(line->error);
    if (line->shape_card.has_value()) {
      Expect(std::isfinite(line->shape_card->validation_loss()),
             "a loss is no number");
    }
  }
  if (IsUtf8(bytes)) CheckOrders(bytes);
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
