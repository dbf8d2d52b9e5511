#include "worker/trainer/check_trainer.h"

#include <google/protobuf/descriptor.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "common/threads/clock.h"
#include "messages/campaign/campaign_recipe.h"
#include "worker/trainer/lease_contract.h"
#include "worker/trainer/sample_text.h"
#include "worker/trainer/trainer_session.h"

namespace isoshape {
namespace {

constexpr size_t kSampleBytes = 300'000;
constexpr int64_t kContext = 64;
constexpr int64_t kTokensPerStep = 512;
constexpr int64_t kSteps = 20;
// Longer than anyone waits: it is to be stopped.
constexpr int64_t kEndless = 10'000'000;

Shape SmallShape(int64_t depth, int64_t width) {
  Shape shape;
  shape.depth = depth;
  shape.width = width;
  shape.head_dim = 16;
  shape.heads = shape.kv_heads = width / 16;
  shape.ffn_width = 40 * width / 16;
  shape.vocab = 256;
  shape.context = kContext;
  return shape;
}

// Lines about one run, other than its result.
struct Heard {
  bool started = false;
  bool counted = false;  // with parameters and steps
  int measurements = 0;
  int64_t last_step = 0;
  bool train_loss = false;

  void Take(const TrainerLine& line) {
    if (line.type == TrainerLine::Type::kStarted) {
      started = true;
      counted = line.parameters.has_value() && line.steps.has_value();
    } else if (line.type == TrainerLine::Type::kMeasurement) {
      ++measurements;
      last_step = line.measurement.step();
      train_loss = train_loss || line.measurement.has_train_loss();
    }
  }
};

class Check {
 public:
  Check(const WorkerOptions& options, std::ostream& out)
      : options_(options), out_(out) {}

  int Execute() {
    if (!Begin()) return 1;
    const bool lives = ShortRun("first", SmallShape(1, 16)) && StoppedRun() &&
                       ImpossibleRun() && ShortRun("second", SmallShape(2, 32));
    // A trainer that is lost was told of already.
    if (lives) EndOfInput();
    out_ << absl::StrFormat("%s: %d right, %d wrong, %d absent\n",
                            wrong_ == 0 ? "passed" : "failed", right_, wrong_,
                            absent_);
    return wrong_ == 0 ? 0 : 1;
  }

 private:
  void Say(const char* verdict, int* count, absl::string_view what) {
    ++*count;
    out_ << absl::StrFormat("%-7s", verdict) << OneLine(what) << '\n'
         << std::flush;
  }
  void Right(absl::string_view what) { Say("ok", &right_, what); }
  void Wrong(absl::string_view what) { Say("wrong", &wrong_, what); }
  void Absent(absl::string_view what) { Say("absent", &absent_, what); }
  void Expect(bool holds, absl::string_view right, absl::string_view wrong) {
    holds ? Right(right) : Wrong(wrong);
  }

  bool Begin() {
    if (options_.data.empty()) {
      absl::StatusOr<std::unique_ptr<SampleText>> text =
          SampleText::Write(kSampleBytes);
      if (!text.ok()) {
        Wrong(text.status().message());
        return false;
      }
      sample_ = *std::move(text);
      data_ = sample_->path();
    } else {
      data_ = options_.data.begin()->second;
    }
    absl::StatusOr<std::unique_ptr<TrainerSession>> session =
        TrainerSession::Start(options_);
    if (!session.ok()) {
      Wrong(session.status().message());
      return false;
    }
    session_ = *std::move(session);
    const TrainerLine& ready = session_->ready();
    Right(absl::StrCat("ready: trainer '", ready.trainer, "', device ",
                       ready.device, " '", ready.device_name, "'"));
    std::vector<std::string> missing;
    if (ready.trainer.empty()) missing.emplace_back("trainer");
    if (ready.device_name.empty()) missing.emplace_back("device_name");
    if (ready.memory_limit_bytes == 0) {
      missing.emplace_back("memory_limit_bytes");
    }
    if (!missing.empty()) {
      Absent(absl::StrCat("ready line: ", absl::StrJoin(missing, ", ")));
    }
    if (!ready.branches) Absent("cooldown branches (\"branches\":true)");
    if (!ready.replicas) Absent("replicas (\"replicas\":true)");
    return true;
  }

  // Nothing if the trainer is lost, which was then told of.
  std::optional<TrainerLine> Train(const std::string& run, const Shape& shape,
                                   int64_t steps, const std::string& data,
                                   TrainerSession::OnLine on_line) {
    v1::Recipe recipe;
    recipe.set_tokens_per_step(kTokensPerStep);
    FillRecipeDefaults(kContext, &recipe);
    const v1::Lease lease = MakeOwnLease(shape, recipe, steps, /*seed=*/0);
    absl::StatusOr<TrainerLine> result =
        session_->Train({run, lease, ""}, data, on_line);
    if (result.ok()) return *std::move(result);
    Wrong(absl::StrCat(run, " run: ", result.status().message()));
    return std::nullopt;
  }

  bool ShortRun(const std::string& run, const Shape& shape) {
    Heard heard;
    const std::optional<TrainerLine> result =
        Train(run, shape, kSteps, data_,
              [&heard](const TrainerLine& line) { heard.Take(line); });
    if (!result.has_value()) return false;
    if (result->outcome != Outcome::kSucceeded) {
      Wrong(absl::StrCat(run, " run: it did not succeed: ",
                         result->error.empty() ? "no reason" : result->error));
      return true;
    }
    Right(absl::StrFormat("%s run: %d x %d trained, validation loss %g", run,
                          shape.depth, shape.width,
                          result->shape_card->validation_loss()));
    Expect(result->shape_card->validation_loss() > 0,
           absl::StrCat(run, " run: the loss is above 0"),
           absl::StrCat(run, " run: no text has a loss of 0 nats or less"));
    Expect(heard.started, absl::StrCat(run, " run: started"),
           absl::StrCat(run, " run: no line `started`"));
    if (!heard.counted) {
      Absent(absl::StrCat(run, " run: parameters and steps in `started`"));
    }
    Expect(
        heard.measurements > 0 && heard.last_step == kSteps,
        absl::StrCat(run, " run: ", Counted(heard.measurements, "measurement"),
                     " up to its last step"),
        absl::StrCat(run, " run: ", Counted(heard.measurements, "measurement"),
                     ", the last at step ", heard.last_step,
                     "; the last must be at step ", kSteps));
    if (heard.measurements > 0 && !heard.train_loss) {
      Absent(absl::StrCat(run, " run: train_loss in measurements"));
    }
    if (run == "first") CheckCard(*result->shape_card);
    return true;
  }

  // docs/trainer-protocol.md, "Fields of the shape card": recommended.
  void CheckCard(const v1::ShapeCard& card) {
    std::vector<std::string> missing;
    for (const char* name :
         {"validation_loss_stderr", "train_loss", "parameters", "tokens",
          "steps", "tokens_per_second", "step_seconds", "wall_seconds",
          "peak_memory_bytes", "data_fingerprint", "precision", "engine",
          "decode_seconds"}) {
      const google::protobuf::FieldDescriptor* field =
          v1::ShapeCard::descriptor()->FindFieldByName(name);
      if (!card.GetReflection()->HasField(card, field)) {
        missing.emplace_back(name);
      }
    }
    if (!missing.empty()) {
      Absent(absl::StrCat("shape card: ", absl::StrJoin(missing, ", ")));
    }
  }

  bool StoppedRun() {
    const std::string run = "stopped";
    absl::Duration told = absl::InfiniteDuration();
    const std::optional<TrainerLine> result = Train(
        run, SmallShape(1, 16), kEndless, data_, [&](const TrainerLine& line) {
          // It trains when it measures.
          if (told != absl::InfiniteDuration() ||
              line.type != TrainerLine::Type::kMeasurement) {
            return;
          }
          told = Clock::Real()->Elapsed();
          session_->Stop(run).IgnoreError();  // the next line says if it ended
        });
    if (!result.has_value()) return false;
    if (told == absl::InfiniteDuration()) {
      Wrong(absl::StrCat("stopped run: it ended before it reported anything",
                         result->error.empty() ? "" : ": ", result->error));
      return true;
    }
    if (result->outcome != Outcome::kStopped) {
      Wrong("stopped run: the answer to `stop` is not the outcome `stopped`");
      return true;
    }
    const absl::Duration took = Clock::Real()->Elapsed() - told;
    Expect(took <= kStopPatience,
           absl::StrFormat("stopped run: stopped after %.1f s",
                           absl::ToDoubleSeconds(took)),
           absl::StrFormat("stopped run: it took %.0f s to stop; a worker "
                           "waits 10 s",
                           absl::ToDoubleSeconds(took)));
    return true;
  }

  bool ImpossibleRun() {
    const std::optional<TrainerLine> result =
        Train("impossible", SmallShape(1, 16), kSteps,
              "/this/data/is/not/there", [](const TrainerLine&) {});
    if (!result.has_value()) return false;
    if (result->outcome != Outcome::kFailed) {
      Wrong("impossible run: data that are not there must end as `failed`");
      return true;
    }
    Expect(!result->error.empty(),
           absl::StrCat("impossible run: failed: ", result->error),
           "impossible run: failed without a reason in `error`");
    return true;
  }

  void EndOfInput() {
    const std::string ending = session_->Finish(kStopPatience);
    Expect(ending == "exit code 0", "end of input: exit code 0",
           absl::StrCat("end of input: ", ending, " instead of exit code 0"));
  }

  const WorkerOptions& options_;
  std::ostream& out_;
  std::unique_ptr<SampleText> sample_;
  std::string data_;
  std::unique_ptr<TrainerSession> session_;
  int right_ = 0;
  int wrong_ = 0;
  int absent_ = 0;
};

}  // namespace

int CheckTrainer(const WorkerOptions& options, std::ostream& out) {
  return Check(options, out).Execute();
}

}  // namespace isoshape
