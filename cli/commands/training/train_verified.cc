#include "cli/commands/training/train_verified.h"

#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/commands/training/training_progress.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/interruption.h"
#include "cli/output/format.h"
#include "common/files/hash.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_time.h"
#include "messages/names/name_parts.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/verifier_name.h"
#include "messages/trial/worker_data.h"
#include "scaling/runs/budget_levels.h"
#include "worker/options/machine.h"
#include "worker/own_trial.h"

namespace isoshape {
namespace {

using Stub = Client::CampaignStub;

// Seeds that are tried until one is new.
constexpr int64_t kMaxSeeds = 1000;

// The id of the worker that this command is: one for each folder of this
// machine, so that the command goes on with what waits there, whatever shape is
// the best by now.
std::string IdOf(const VerifiedRun& run) {
  const std::string what = absl::StrCat(run.campaign.name(), "\n", Hostname(),
                                        "\n", run.options.weights);
  return VerifierId(Fnv1a64(what));
}

// The newest trial of this folder that `is` takes; one without a name if there
// is none.
absl::StatusOr<v1::Trial> FindTrial(
    Client& client, const VerifiedRun& run,
    absl::FunctionRef<bool(const v1::Trial&)> is) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                            ListTrials(client, run.campaign.name()));
  const std::string worker = absl::StrCat("workers/", IdOf(run));
  v1::Trial newest;
  for (const v1::Trial& trial : trials) {
    if (trial.reserved_worker() == worker && is(trial)) newest = trial;
  }
  return newest;
}

absl::Status ForgetWorker(Client& client, const std::string& name) {
  v1::DeleteWorkerRequest request;
  request.set_name(name);
  request.set_request_id(NewRequestId());
  return client.Call(&Client::WorkerStub::DeleteWorker, request).status();
}

// The command ends. If the worker was forgotten, or this is not heard, nobody
// misses it.
void LeaveWorker(Client& client, const std::string& name) {
  v1::LeaveWorkerRequest request;
  request.set_name(name);
  client.Call(&Client::WorkerStub::LeaveWorker, request).status().IgnoreError();
}

// What has become of a trial by ForgetWorker, which was to cancel it.
std::string AfterForgetting(const v1::Trial& trial,
                            const absl::Status& forgotten) {
  const std::string name = ShortName(trial.name());
  if (forgotten.ok()) return absl::StrCat(name, " is cancelled");
  const std::string waits = absl::StrCat(
      name, " still waits for this command alone, and 'isoshape worker delete ",
      ShortName(trial.reserved_worker()), "'");
  return absl::IsPermissionDenied(forgotten)
             ? absl::StrCat(waits, " by an admin cancels it")
             : absl::StrCat(waits, " cancels it, which was refused: ",
                            OneLine(forgotten.message()));
}

// Whether a result has shown that the data of this command are not those of the
// campaign. False if that is not known.
bool TrainsOnOtherData(Client& client, const v1::Campaign& campaign,
                       const v1::Trial& trial) {
  v1::GetWorkerRequest request;
  request.set_name(trial.reserved_worker());
  const auto worker = client.Call(&Client::WorkerStub::GetWorker, request);
  return worker.ok() &&
         HasOtherData(*worker, campaign, DatasetOf(campaign, trial));
}

// With the first seed that no trial of that shape and compute has, whatever
// became of it: one that was stopped may go on with its own.
absl::StatusOr<v1::Trial> Create(Client& client, const VerifiedRun& run,
                                 const std::string& worker) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                            ListTrials(client, run.campaign.name()));
  std::set<int64_t> taken;
  for (const v1::Trial& other : trials) {
    if (FromProto(other.shape()) == run.shape &&
        SameBudget(other.budget_flops(), run.budget)) {
      taken.insert(other.seed());
    }
  }
  v1::CreateTrialRequest request;
  request.set_parent(run.campaign.name());
  v1::Trial& trial = *request.mutable_trial();
  *trial.mutable_shape() = ToProto(run.shape);
  trial.set_budget_flops(run.budget);
  trial.set_purpose(v1::Trial::VERIFICATION);
  trial.set_variant(run.variant);
  trial.set_reserved_worker(worker);
  for (int64_t seed = run.seed.value_or(0);; ++seed) {
    if (!run.seed.has_value() && taken.contains(seed)) continue;
    trial.set_seed(seed);
    request.set_request_id(NewRequestId());
    absl::StatusOr<v1::Trial> created =
        client.Call(&Stub::CreateTrial, request);
    if (created.ok() || run.seed.has_value() || seed >= kMaxSeeds ||
        !absl::IsAlreadyExists(created.status())) {
      return created;
    }
  }
}

// The trial of this command as it waits for it; one that has succeeded if there
// is nothing to train.
absl::StatusOr<v1::Trial> Prepare(Client& client, const VerifiedRun& run,
                                  const std::string& worker) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      v1::Trial last, FindTrial(client, run, [&](const v1::Trial& trial) {
        return trial.state() == v1::Trial::LEASED || IsTrialOf(run, trial);
      }));
  std::error_code error;
  const bool has_weights =
      !std::filesystem::is_empty(run.options.weights, error) && !error;
  switch (last.state()) {
    case v1::Trial::LEASED:
      return absl::AlreadyExistsError(absl::StrCat(
          "another such command trains ", ShortName(last.name()), " into ",
          run.options.weights,
          ", or was killed a moment ago; wait until it has ended, or its lease "
          "has, at ",
          LocalClockText(FromProto(last.lease_expire_time()))));
    case v1::Trial::PENDING:
      return last;
    case v1::Trial::SUCCEEDED:
      if (has_weights) return last;
      break;
    case v1::Trial::STOPPED:
    case v1::Trial::FAILED:
    case v1::Trial::DIVERGED: {
      v1::RetryTrialRequest request;
      request.set_name(last.name());
      request.set_request_id(NewRequestId());
      return client.Call(&Stub::RetryTrial, request);
    }
    default:
      break;
  }
  return Create(client, run, worker);
}

// The error of a trial that the coordinator does not give to this command
// though it waits for nobody else.
absl::Status NotGranted(Client& client, const VerifiedRun& run,
                        const v1::Trial& trial) {
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            GetCampaign(client, run.campaign.name()));
  std::string text =
      absl::StrCat("the coordinator does not give ", ShortName(trial.name()),
                   " to this command", campaign.waiting().empty() ? "" : ": ",
                   campaign.waiting());
  if (!TrainsOnOtherData(client, campaign, trial)) {
    return absl::FailedPreconditionError(absl::StrCat(
        text, "; the same command tries it again, and 'isoshape worker delete ",
        ShortName(trial.reserved_worker()), "' cancels it"));
  }
  // Its result was refused, as that of every such command would be: its data
  // are not the campaign's.
  const absl::Status forgotten = ForgetWorker(client, trial.reserved_worker());
  return absl::FailedPreconditionError(absl::StrCat(
      text, "; ", AfterForgetting(trial, forgotten),
      "; give the campaign's --data and another --out, or leave --verify out, "
      "as the weights in ",
      run.options.weights, " are of these data"));
}

// What became of the trial.
absl::StatusOr<v1::Trial> Result(Client& client, const VerifiedRun& run,
                                 const v1::Trial& before, bool interrupted) {
  v1::GetTrialRequest request;
  request.set_name(before.name());
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Trial trial,
                            client.Call(&Stub::GetTrial, request));
  const std::string name = ShortName(trial.name());
  if (trial.state() == v1::Trial::SUCCEEDED ||
      trial.state() == v1::Trial::CANCELLED) {
    // Nobody else was ever to use it. Whoever may not delete it leaves a row
    // that is not listed. Of a trial that the same command goes on with it
    // stays: another may have retried it by now, and would have it cancelled.
    ForgetWorker(client, trial.reserved_worker()).IgnoreError();
  }
  if (trial.state() == v1::Trial::SUCCEEDED) return trial;
  if (interrupted) {
    return absl::CancelledError(
        absl::StrCat("interrupted; ", name, " is ", EnumName(trial.state()),
                     trial.state() == v1::Trial::CANCELLED
                         ? ""
                         : ", and the same command goes on with it"));
  }
  if (trial.state() == v1::Trial::PENDING) {
    return NotGranted(client, run, trial);
  }
  if (trial.state() == v1::Trial::LEASED) {
    return absl::UnavailableError(absl::StrCat(
        name,
        " is trained, and the coordinator has not taken its result, "
        "which is kept; the same command reports it"));
  }
  return absl::AbortedError(absl::StrCat(
      name, " is ", EnumName(trial.state()), ": ",
      trial.error().empty() ? "no reason was given" : trial.error(),
      trial.state() == v1::Trial::CANCELLED
          ? ""
          : "; the same command tries it again"));
}

// Cancels the trial if no worker has ever had it: what waits for one that has
// not even come is not waited for. One that was trained may be PENDING too,
// after a lease that ended while the coordinator was away; its result is kept,
// or its weights are there, and the same command goes on with it. Returns the
// error that is to be told, with what is left behind if this may not be done.
absl::Status CancelIfNotBegun(Client& client, const v1::Trial& trial,
                              const absl::Status& error) {
  v1::GetTrialRequest get;
  get.set_name(trial.name());
  const auto now = client.Call(&Stub::GetTrial, get);
  if (!now.ok() || now->state() != v1::Trial::PENDING) return error;
  if (now->has_start_time()) {
    if (error.ok()) return error;
    return absl::Status(
        error.code(),
        absl::StrCat(error.message(), "; ", ShortName(trial.name()),
                     " waits, and the same command goes on with "
                     "it"));
  }
  const absl::Status deleted = ForgetWorker(client, trial.reserved_worker());
  if (deleted.ok() || error.ok()) return error;
  return absl::Status(
      error.code(),
      absl::StrCat(error.message(), "; ", AfterForgetting(trial, deleted)));
}

}  // namespace

bool IsTrialOf(const VerifiedRun& run, const v1::Trial& trial) {
  const bool base = run.variant.empty() || run.variant == kBaseVariant;
  return FromProto(trial.shape()) == run.shape &&
         SameBudget(trial.budget_flops(), run.budget) &&
         VariantOf(trial) == (base ? kBaseVariant : run.variant) &&
         (!run.seed.has_value() || trial.seed() == *run.seed);
}

absl::StatusOr<v1::Trial> FindWaiting(Client& client, const VerifiedRun& run) {
  return FindTrial(client, run, [](const v1::Trial& trial) {
    return trial.state() == v1::Trial::PENDING ||
           trial.state() == v1::Trial::LEASED ||
           trial.state() == v1::Trial::STOPPED;
  });
}

absl::StatusOr<v1::Trial> TrainVerified(Client& client,
                                        const VerifiedRun& run) {
  if (run.campaign.state() == v1::Campaign::PAUSED) {
    return absl::FailedPreconditionError(absl::StrCat(
        ShortName(run.campaign.name()),
        " is paused, and gives no trial to anybody; 'isoshape campaign resume ",
        ShortName(run.campaign.name()), "' first, or leave --verify out"));
  }
  WorkerOptions options = run.options;
  options.id = IdOf(run);
  options.server = client.server();
  ISOSHAPE_ASSIGN_OR_RETURN(
      v1::Trial trial,
      Prepare(client, run, absl::StrCat("workers/", options.id)));
  if (trial.state() == v1::Trial::SUCCEEDED) return trial;
  TrainingProgress progress(trial.steps());
  absl::Status trained;
  bool interrupted = false;
  {
    const Interruption interruption;
    trained = TrainOwnTrial(
        options, [&progress](const TrainerLine& line) { progress.Take(line); },
        Interruption::Seen);
    interrupted = Interruption::Seen();
  }
  progress.Clear();
  if (!trained.ok() || interrupted) {
    trained = CancelIfNotBegun(client, trial, trained);
  }
  absl::StatusOr<v1::Trial> result =
      trained.ok() ? Result(client, run, trial, interrupted) : trained;
  // Last: why it was not given a trial is known of a worker in contact alone.
  if (!absl::IsUnavailable(result.status())) {
    LeaveWorker(client, trial.reserved_worker());
  }
  return result;
}

}  // namespace isoshape
