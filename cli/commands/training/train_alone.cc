#include "cli/commands/training/train_alone.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/commands/training/training_progress.h"
#include "cli/console/interruption.h"
#include "common/files/output_folder.h"
#include "common/status/status_macros.h"
#include "worker/trainer/lease_contract.h"
#include "worker/trainer/trainer_session.h"

namespace isoshape {
namespace {

bool IsEmpty(const std::string& out) {
  std::error_code error;
  return std::filesystem::is_empty(out, error) || error;
}

// What is left of a run that was interrupted.
absl::Status Interrupted(const std::string& out) {
  return absl::CancelledError(absl::StrCat(
      "interrupted; ",
      IsEmpty(out)
          ? absl::StrCat("nothing of the run is in ", out,
                         " yet, and the same command begins anew")
          : absl::StrCat(out,
                         " keeps what the run has written, and the same "
                         "command goes on from its last checkpoint, if there "
                         "is one yet")));
}

}  // namespace

std::string WeightsPath(const std::string& out) {
  std::error_code error;
  std::filesystem::path path =
      std::filesystem::absolute(out, error).lexically_normal();
  // `model/` is the folder `model`.
  if (!path.has_filename()) path = path.parent_path();
  return path.string();
}

absl::StatusOr<std::string> MakeWeightsFolder(const std::string& out) {
  std::string path = WeightsPath(out);
  ISOSHAPE_RETURN_IF_ERROR(MakeOutputFolder("--out", path));
  return path;
}

absl::Status CheckWeights(const std::string& out, const std::string& trainer) {
  std::error_code error;
  if (!std::filesystem::is_empty(out, error)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the trainer ", trainer, " has trained the model and kept no weights in ",
      out, "; it must write what `checkpoint` asks for"));
}

absl::Status TrainAlone(const WorkerOptions& options, const std::string& out,
                        const std::string& data, v1::Lease& lease) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string path, MakeWeightsFolder(out));
  const Interruption interruption;
  absl::StatusOr<std::unique_ptr<TrainerSession>> started =
      TrainerSession::Start(options, /*all_processors=*/true,
                            Interruption::Seen);
  if (!started.ok() && Interruption::Seen()) return Interrupted(out);
  ISOSHAPE_RETURN_IF_ERROR(started.status());
  const std::unique_ptr<TrainerSession> session = *std::move(started);
  TrainingProgress progress(lease.trial().steps());
  const absl::Time start = absl::Now();
  const absl::StatusOr<TrainerLine> result = session->Train(
      {"train", lease, path}, data,
      [&progress](const TrainerLine& line) { progress.Take(line); });
  progress.Clear();
  // A run that ends well all the same is a model.
  if (Interruption::Seen() &&
      !(result.ok() && result->outcome == Outcome::kSucceeded)) {
    session->Finish(kStopPatience);
    return Interrupted(out);
  }
  if (!result.ok()) {
    return absl::UnavailableError(absl::StrCat(
        "the trainer was lost: ", result.status().message(),
        "; run the same command again to go on from its last checkpoint"));
  }
  if (result->outcome != Outcome::kSucceeded) {
    return absl::AbortedError(absl::StrCat(
        "the run did not succeed: ",
        result->error.empty() ? "the trainer gives no reason" : result->error));
  }
  v1::Trial& trial = *lease.mutable_trial();
  trial.set_state(v1::Trial::SUCCEEDED);
  *trial.mutable_shape_card() = *result->shape_card;
  FillIn(trial, absl::Now() - start, session->ready(),
         trial.mutable_shape_card());
  session->Finish(absl::Seconds(10));
  return CheckWeights(out, session->ready().trainer);
}

}  // namespace isoshape
