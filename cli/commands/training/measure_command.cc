#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/flags/shape_flags.h"
#include "cli/flags/trainer_flags.h"
#include "cli/output/progress.h"
#include "cli/output/shape_costs_output.h"
#include "common/console/one_of.h"
#include "common/status/status_macros.h"
#include "common/text/time_text.h"
#include "common/threads/clock.h"
#include "isoshape/v1/shape_costs.pb.h"
#include "machine/cpus.h"
#include "messages/campaign/campaign_recipe.h"
#include "messages/json/proto_json.h"
#include "messages/shape/shape_proto.h"
#include "scaling/statistics/intervals.h"
#include "shape/accounting.h"
#include "shape/default_step.h"
#include "worker/trainer/sample_text.h"
#include "worker/trainer/trainer_session.h"

namespace isoshape {
namespace {

// Steps of the run that warms a shape up and says how long a step takes.
constexpr int64_t kWarmSteps = 12;
constexpr int64_t kMaxSteps = 5000;
// The sample text is as long as its held-out part, a sixteenth, needs to be.
constexpr size_t kSampleBytes = 400'000;

struct MeasureFlags {
  std::vector<std::string> shapes;
  int64_t depth = 0, width = 0;  // of one more; both or neither
  ShapeFlags family;
  WorkerOptions trainer;
  std::string data;
  std::string precision = "fp32";
  int64_t tokens_per_step = kDefaultTokensPerStep;
  int runs = 5;
  double seconds = 1;
  double timeout = 600;  // seconds, of all of it
};

// One shape with what its runs have said so far.
struct Measured {
  Shape shape;
  int64_t steps = kWarmSteps;
  std::vector<double> step, memory, prefill, decode;
  std::set<std::string> engines;
  std::optional<int64_t> passes;
  std::string error;
};

v1::MeasuredShape ToProto(const Measured& measured, int64_t tokens_per_step) {
  v1::MeasuredShape shape;
  *shape.mutable_shape() = ToProto(measured.shape);
  shape.set_parameters(CountParameters(measured.shape).total());
  shape.set_runs(static_cast<int32_t>(measured.step.size()));
  shape.set_steps(measured.steps);
  shape.set_error(measured.error);
  shape.mutable_engines()->Add(measured.engines.begin(),
                               measured.engines.end());
  if (measured.passes.has_value()) shape.set_passes(*measured.passes);
  if (!measured.step.empty()) {
    const auto [min, max] =
        std::minmax_element(measured.step.begin(), measured.step.end());
    shape.set_step_seconds(Median(measured.step));
    shape.set_tokens_per_second(static_cast<double>(tokens_per_step) /
                                shape.step_seconds());
    shape.set_step_seconds_min(*min);
    shape.set_step_seconds_max(*max);
  }
  if (!measured.memory.empty()) {
    shape.set_peak_memory_bytes(
        static_cast<int64_t>(std::llround(Median(measured.memory))));
  }
  if (!measured.prefill.empty()) {
    shape.set_prefill_seconds(Median(measured.prefill));
  }
  if (!measured.decode.empty()) {
    shape.set_decode_seconds(Median(measured.decode));
  }
  return shape;
}

absl::StatusOr<v1::Recipe> RecipeOf(const MeasureFlags& flags,
                                    int64_t context) {
  v1::Recipe recipe;
  ISOSHAPE_RETURN_IF_ERROR(FromJson({{"precision", flags.precision}}, &recipe));
  recipe.set_tokens_per_step(
      std::max<int64_t>(1, flags.tokens_per_step / context) * context);
  FillRecipeDefaults(context, &recipe);
  return recipe;
}

// When the measurement is to be over.
class Deadline {
 public:
  explicit Deadline(absl::Duration after)
      : end_(Clock::Real()->Elapsed() + after) {}
  bool Passed() const { return Clock::Real()->Elapsed() >= end_; }

 private:
  const absl::Duration end_;
};

class Measurement {
 public:
  Measurement(const MeasureFlags& flags, TrainerSession& session,
              std::string data, const v1::Recipe& recipe)
      : flags_(flags),
        session_(session),
        data_(std::move(data)),
        recipe_(recipe),
        line_(std::cerr) {}

  // Errors are those of the trainer's process; those of one shape are its own.
  // Ends, with what there is, when `end` is past.
  absl::Status Execute(const Deadline& end, std::vector<Measured>& shapes) {
    for (int run = 0; run <= flags_.runs; ++run) {
      for (size_t i = 0; i < shapes.size(); ++i) {
        if (!shapes[i].error.empty()) continue;
        Draw(run, i, shapes);
        const absl::Status trained = TrainOnce(run == 0, shapes[i]);
        if (end.Passed()) return OutOfTime(run, shapes);
        ISOSHAPE_RETURN_IF_ERROR(trained);
      }
    }
    line_.Clear();
    return absl::OkStatus();
  }

 private:
  void Draw(int run, size_t shape, const std::vector<Measured>& shapes) {
    const std::string text =
        absl::StrCat(run == 0 ? "warming up"
                              : absl::StrCat("run ", run, " of ", flags_.runs),
                     ": ", ShapeLabel(shapes[shape].shape));
    if (ProgressLine::CanDraw()) return line_.Draw(text);
    // A file, or a pipe: now and then, so that it shows that it is at work.
    constexpr absl::Duration kPause = absl::Seconds(5);
    const absl::Duration now = Clock::Real()->Elapsed();
    if (now < next_line_) return;
    next_line_ = now + kPause;
    std::cerr << "isoshape: " << text << '\n' << std::flush;
  }

  // Shapes that no run has measured yet say so.
  absl::Status OutOfTime(int run, std::vector<Measured>& shapes) {
    line_.Clear();
    const std::string limit = WrittenDuration(absl::Seconds(flags_.timeout));
    for (Measured& measured : shapes) {
      if (measured.step.empty() && measured.error.empty()) {
        measured.error = absl::StrCat("not measured within ", limit,
                                      "; give a longer --timeout");
      }
    }
    std::cerr << "isoshape: " << limit << " are over (--timeout) "
              << (run == 0 ? std::string("before the shapes were warm")
                           : absl::StrCat("in run ", run, " of ", flags_.runs))
              << '\n';
    return absl::OkStatus();
  }

  absl::Status TrainOnce(bool warms_up, Measured& measured) {
    const v1::Lease lease =
        MakeOwnLease(measured.shape, recipe_, measured.steps, /*seed=*/0);
    ISOSHAPE_ASSIGN_OR_RETURN(
        const TrainerLine result,
        session_.Train({absl::StrCat("measure-", ++runs_), lease, ""}, data_,
                       [](const TrainerLine&) {}));
    if (result.outcome == Outcome::kDeviceLost) {
      return absl::UnavailableError(result.error);
    }
    // By the deadline alone: what was measured before stays.
    if (result.outcome == Outcome::kStopped) return absl::OkStatus();
    if (result.outcome != Outcome::kSucceeded) {
      measured.error =
          result.error.empty() ? "the trainer gives no reason" : result.error;
      return absl::OkStatus();
    }
    const v1::ShapeCard& card = *result.shape_card;
    const double step = card.has_step_seconds_median()
                            ? card.step_seconds_median()
                            : card.step_seconds();
    if (warms_up) {
      if (step > 0) {
        measured.steps = static_cast<int64_t>(std::clamp(
            std::ceil(flags_.seconds / step), static_cast<double>(kWarmSteps),
            static_cast<double>(kMaxSteps)));
      }
      return absl::OkStatus();
    }
    if (step > 0) measured.step.push_back(step);
    if (card.has_peak_memory_bytes()) {
      measured.memory.push_back(static_cast<double>(card.peak_memory_bytes()));
    }
    if (card.has_prefill_seconds()) {
      measured.prefill.push_back(card.prefill_seconds());
    }
    if (card.has_decode_seconds()) {
      measured.decode.push_back(card.decode_seconds());
    }
    if (!card.engine().empty()) measured.engines.insert(card.engine());
    if (card.has_passes()) measured.passes = card.passes();
    return absl::OkStatus();
  }

  const MeasureFlags& flags_;
  TrainerSession& session_;
  const std::string data_;
  const v1::Recipe recipe_;
  ProgressLine line_;
  int runs_ = 0;
  // By Clock::Elapsed; of lines that are not drawn in place.
  absl::Duration next_line_ = -absl::InfiniteDuration();
};

absl::Status Measure(const CommandContext& context, const MeasureFlags& flags) {
  std::vector<Measured> shapes;
  std::vector<std::string> named = flags.shapes;
  if (flags.depth > 0) {
    named.push_back(absl::StrCat(flags.depth, "x", flags.width));
  }
  if (named.empty()) {
    return UsageError("measure takes shapes, DEPTHxWIDTH, such as 4x128 16x64");
  }
  for (const std::string& text : named) {
    ISOSHAPE_ASSIGN_OR_RETURN(const DepthAndWidth size,
                              ParseDepthAndWidth(text));
    ShapeFlags shape = flags.family;
    shape.shape.set_depth(size.depth);
    shape.shape.set_width(size.width);
    ISOSHAPE_ASSIGN_OR_RETURN(shapes.emplace_back().shape, ShapeOfFlags(shape));
  }
  const int64_t sequence = shapes.front().shape.context;
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Recipe recipe, RecipeOf(flags, sequence));
  std::unique_ptr<SampleText> sample;
  std::string data = flags.data;
  if (data.empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        sample, SampleText::Write(std::max(
                    kSampleBytes, 64 * static_cast<size_t>(sequence))));
    data = sample->path();
  }
  v1::ShapeCosts costs;
  if (double load[1]; getloadavg(load, 1) == 1) costs.set_load_average(load[0]);
  costs.set_cpus(UsableCpus());
  costs.set_precision(flags.precision);
  costs.set_tokens_per_step(recipe.tokens_per_step());
  const Deadline end(absl::Seconds(flags.timeout));
  if (!ProgressLine::CanDraw()) {
    std::cerr << "isoshape: starting the trainer\n" << std::flush;
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::unique_ptr<TrainerSession> session,
      TrainerSession::Start(flags.trainer, /*all_processors=*/false,
                            [&end] { return end.Passed(); }));
  costs.set_trainer(session->ready().trainer);
  costs.set_device(session->ready().device);
  costs.set_device_name(session->ready().device_name);
  if (const absl::Status status =
          Measurement(flags, *session, data, recipe).Execute(end, shapes);
      !status.ok()) {
    return absl::UnavailableError(
        absl::StrCat("the trainer was lost: ", status.message()));
  }
  session->Finish(absl::Seconds(10));
  for (const Measured& measured : shapes) {
    *costs.add_shapes() = ToProto(measured, recipe.tokens_per_step());
  }
  if (context.json()) {
    PrintJson(costs);
  } else {
    PrintShapeCosts(costs, std::cout);
  }
  const bool any = std::any_of(
      shapes.begin(), shapes.end(),
      [](const Measured& measured) { return measured.error.empty(); });
  return any ? absl::OkStatus()
             : absl::UnavailableError("no shape could be measured: " +
                                      shapes.front().error);
}

}  // namespace

void RegisterMeasure(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "measure",
      "Step time, memory and latency of shapes on this machine (no "
      "coordinator needed)",
      "isoshape measure 4x128 16x64\n"
      "isoshape measure 12x768 --head-dim 64 --vocab 50304 --context 1024 "
      "--precision bf16\n"
      "isoshape measure 2x64 --runs 9 --output=json");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<MeasureFlags>();
  command
      ->add_option("shapes", flags->shapes,
                   "Shapes, DEPTHxWIDTH, which take turns")
      ->type_name("SHAPE");
  CLI::Option* const depth =
      command
          ->add_option("--depth", flags->depth, "One more shape, with --width")
          ->transform(WholeNumber(1));
  CLI::Option* const width =
      command->add_option("--width", flags->width, "Its width, with --depth")
          ->transform(WholeNumber(1));
  depth->needs(width);
  width->needs(depth);
  command
      ->add_option("--runs", flags->runs,
                   "Runs of each shape, after one that warms up (default 5)")
      ->transform(WholeNumber(1, 1000));
  command
      ->add_option("--seconds", flags->seconds,
                   "Training time of a run, about (default 1)")
      ->transform(PositiveSeconds());
  command
      ->add_option("--timeout", flags->timeout,
                   "End with what was measured after this time (default 10m)")
      ->transform(PositiveSeconds());
  command
      ->add_option("--tokens-per-step", flags->tokens_per_step,
                   "Tokens of one step (default 2048), whole sequences")
      ->transform(WholeNumber(1));
  command
      ->add_option("--precision", flags->precision,
                   "fp32, tf32 or bf16 (default fp32)")
      ->check(OneOf({"fp32", "tf32", "bf16"}));
  command
      ->add_option("--data", flags->data,
                   "Text or tokens to train on (default: words made for it)")
      ->check(ExistingPath())
      ->type_name("PATH");
  AddShapeFamilyFlags(*command, flags->family);
  AddTrainerFlags(*command, flags->trainer);
  AddOutputFlag(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Measure(context, *flags); };
  });
}

}  // namespace isoshape
