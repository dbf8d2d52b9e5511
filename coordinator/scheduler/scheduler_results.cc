// What workers report of their trials, and how trials end.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/checks/number_limits.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_time.h"
#include "messages/names/name_parts.h"
#include "messages/trial/measured_points.h"
#include "messages/trial/trial_contract.h"

namespace isoshape {
namespace {

absl::Status CheckMeasurements(
    const google::protobuf::RepeatedPtrField<v1::Measurement>& points,
    int64_t start_step) {
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("start_step", start_step, 0, kMaxWhole));
  if (points.size() > 1000) {
    return absl::InvalidArgumentError(
        absl::StrCat("measurements has ", points.size(),
                     " points; give at most 1000 in one call"));
  }
  for (int i = 0; i < points.size(); ++i) {
    const v1::Measurement& point = points[i];
    const std::string path = absl::StrCat("measurements[", i, "]");
    ISOSHAPE_RETURN_IF_ERROR(CheckNumbers(path, point));
    // Step 0 is that of a run before its first step.
    const int64_t before = i > 0 ? points[i - 1].step() : start_step - 1;
    if (point.step() <= before) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ".step ", point.step(), " does not exceed ", before,
          i > 0 ? " of the point before it" : ", that the run went on from",
          "; give the points of a run in the order of its steps"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckLoss(absl::string_view field, double loss) {
  if (loss >= kMinLoss && loss <= kMaxLoss) return absl::OkStatus();
  return OutOfRange(field, loss,
                    absl::StrFormat("%g to %g nats per token, or complete the "
                                    "trial as DIVERGED",
                                    kMinLoss, kMaxLoss));
}

absl::Status CheckResult(const v1::CompleteTrialRequest& request) {
  const std::string state = EnumName(request.state());
  switch (request.state()) {
    case v1::Trial::SUCCEEDED:
    case v1::Trial::DIVERGED:
    case v1::Trial::STOPPED:
    case v1::Trial::FAILED:
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("state ", state,
                       " does not end a trial; give SUCCEEDED, DIVERGED, "
                       "STOPPED or FAILED"));
  }
  if (request.state() == v1::Trial::SUCCEEDED) {
    ISOSHAPE_RETURN_IF_ERROR(CheckLoss("shape_card.validation_loss",
                                       request.shape_card().validation_loss()));
  } else if (request.state() != v1::Trial::STOPPED &&
             absl::StripAsciiWhitespace(request.error()).empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("error is empty; say in one line why the trial ", state));
  }
  if (!v1::Trial::Failure_IsValid(request.failure())) {
    return absl::InvalidArgumentError(
        absl::StrCat("failure ", static_cast<int>(request.failure()),
                     " is unknown; give OUT_OF_MEMORY or INVALID"));
  }
  for (int i = 0; i < request.shape_card().branches_size(); ++i) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckLoss(absl::StrCat("shape_card.branches[", i, "].validation_loss"),
                  request.shape_card().branches(i).validation_loss()));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckNumbers("shape_card", request.shape_card()));
  return CheckMeasurements(request.measurements(), request.start_step());
}

// That no point lies beyond the end of the trial.
absl::Status CheckLastStep(
    const google::protobuf::RepeatedPtrField<v1::Measurement>& points,
    const v1::Trial& trial) {
  // Steps grow within a call.
  if (points.empty() || trial.steps() == 0) return absl::OkStatus();
  const int64_t last = points.rbegin()->step();
  if (last <= trial.steps()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "measurements[", points.size() - 1, "].step ", last, " is beyond the ",
      Counted(trial.steps(), "step"), " of trial ", trial.name(),
      "; give points of this trial's own run"));
}

// That the card is of the trial, and not of another shape or budget.
absl::Status CheckCard(const v1::CompleteTrialRequest& request,
                       const v1::Trial& trial) {
  if (request.state() != v1::Trial::SUCCEEDED) return absl::OkStatus();
  const std::string problem = CardProblem(request.shape_card(), trial);
  if (problem.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "shape_card contradicts trial ", trial.name(), ": ", problem));
}

// The end of a trial, and the text of its event.
struct Outcome {
  v1::Trial::State state = v1::Trial::STATE_UNSPECIFIED;
  v1::Trial::Failure failure = v1::Trial::FAILURE_UNSPECIFIED;
  std::string error;
  std::string message;
};

// Returns what the worker says, but for a run that was stopped for the
// campaign's end or since it took too long.
Outcome OutcomeOf(const v1::CompleteTrialRequest& request,
                  const v1::Campaign& campaign, bool overtime) {
  if (request.state() == v1::Trial::STOPPED &&
      campaign.state() == v1::Campaign::CANCELLED) {
    return {.state = v1::Trial::CANCELLED,
            .error = OneLine(request.error()),
            .message = "cancelled with its campaign"};
  }
  if (request.state() == v1::Trial::STOPPED && overtime) {
    const std::string error =
        absl::StrCat("it took longer than the trial timeout, ",
                     WrittenDuration(FromProto(campaign.trial_timeout())));
    return {.state = v1::Trial::FAILED,
            .failure = v1::Trial::TIMEOUT,
            .error = error,
            .message = absl::StrCat("failed: ", error)};
  }
  Outcome outcome;
  outcome.state = request.state();
  outcome.message = EnumName(request.state());
  if (request.state() == v1::Trial::FAILED) outcome.failure = request.failure();
  if (request.state() == v1::Trial::SUCCEEDED) {
    absl::StrAppendFormat(&outcome.message, " with validation loss %.4f",
                          request.shape_card().validation_loss());
    return outcome;
  }
  outcome.error = OneLine(request.error());
  if (!outcome.error.empty()) {
    absl::StrAppend(&outcome.message, ": ", outcome.error);
  }
  return outcome;
}

}  // namespace

absl::StatusOr<v1::ReportMeasurementsResponse> Scheduler::ReportMeasurements(
    const v1::ReportMeasurementsRequest& request) {
  // No answer is kept: points that come again change nothing.
  ExpireLeases();
  ISOSHAPE_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  if (request.measurements().empty()) {
    return absl::InvalidArgumentError(
        "measurements is empty; give 1 to 1000 points, or send a heartbeat");
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckMeasurements(request.measurements(), request.start_step()));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const TrialRef ref,
      CheckLease(request.worker(), request.trial(), request.fencing_token()));
  ISOSHAPE_RETURN_IF_ERROR(CheckLastStep(request.measurements(), *ref.trial));
  Extend(ref);
  StoreMeasurements(ref, request.measurements(), request.start_step());
  v1::ReportMeasurementsResponse response;
  *response.mutable_expire_time() = ref.trial->lease_expire_time();
  response.set_directive(DirectiveFor(ref));
  *response.mutable_heartbeat_interval() = ToProto(pace_.interval());
  return response;
}

void Scheduler::StoreMeasurements(
    const TrialRef& ref,
    const google::protobuf::RepeatedPtrField<v1::Measurement>& points,
    int64_t start_step) {
  v1::Trial& trial = *ref.trial;
  if (!points.empty()) {
    changes_.TrialChanged(ref.campaign->campaign.name(),
                          TrialNumber(trial.name()));
  }
  if (trial.curve_token() != trial.fencing_token()) {
    if (trial.curve_token() != 0) {
      changes_.DropMeasurements(trial.name(), start_step > 0 ? start_step : -1);
    }
    trial.set_curve_token(trial.fencing_token());
    trial.clear_last_measurement();
  }
  for (const v1::Measurement& point : points) {
    const int64_t newest =
        trial.has_last_measurement() ? trial.last_measurement().step() : -1;
    changes_.AddMeasurement(trial.name(), point);
    if (point.step() >= newest) *trial.mutable_last_measurement() = point;
    if (point.step() <= newest) continue;
    v1::CampaignEvent& event = changes_.AddEvent(
        ref.campaign->campaign, v1::CampaignEvent::TRIAL_MEASURED, Now());
    event.set_trial(trial.name());
    event.set_trial_state(trial.state());
    // The store lists it with the point, and the line that tells it.
    event.mutable_measurement()->set_step(point.step());
  }
}

absl::StatusOr<v1::CompleteTrialResponse> Scheduler::CompleteTrial(
    const v1::CompleteTrialRequest& request) {
  return Once(request, [&] { return Complete(request); });
}

absl::StatusOr<v1::CompleteTrialResponse> Scheduler::Complete(
    const v1::CompleteTrialRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckResult(request));
  // Before the lease, which a call may take back.
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialRef named, FindLeased(request.trial()));
  ISOSHAPE_RETURN_IF_ERROR(CheckCard(request, *named.trial));
  ISOSHAPE_RETURN_IF_ERROR(CheckLastStep(request.measurements(), *named.trial));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const TrialRef ref,
      CheckLease(request.worker(), request.trial(), request.fencing_token()));
  Touch(request.worker());
  v1::Trial& trial = *ref.trial;
  v1::CompleteTrialResponse response;
  const std::string& fingerprint = request.shape_card().data_fingerprint();
  const v1::Campaign& campaign = ref.campaign->campaign;
  if (!fingerprint.empty()) {
    const std::string& dataset = DatasetOf(campaign, trial);
    const std::string& known = DataFingerprint(campaign, dataset);
    NoteData(request.worker(), dataset, fingerprint);
    if (known.empty()) {
      SetDataFingerprint(dataset, fingerprint, &ref.campaign->campaign);
    } else if (known != fingerprint) {
      BlameWorker(
          ref, Loss::kNone, /*certain=*/true,
          absl::StrCat("its data '", dataset, "' are ", OneLine(fingerprint),
                       ", and the campaign's results rest on ", known));
      response.set_state(trial.state());
      return response;
    }
  }
  if (request.state() == v1::Trial::FAILED &&
      request.failure() == v1::Trial::OUT_OF_MEMORY &&
      trial.worker_faults() == 0 && AnotherWorks(ref)) {
    // The worker's memory was held to be enough for it. One machine may have
    // less than it says; a second that runs out of it shows the shape.
    BlameWorker(ref, Loss::kNone, /*certain=*/false, OneLine(request.error()));
    response.set_state(trial.state());
    return response;
  }
  const bool overtime = IsOvertime(ref);
  StoreMeasurements(ref, request.measurements(), request.start_step());
  if (request.has_shape_card()) {
    *trial.mutable_shape_card() = request.shape_card();
  }
  const Outcome outcome = OutcomeOf(request, campaign, overtime);
  if (outcome.state == v1::Trial::SUCCEEDED) {
    Forgive(*ref.campaign, request.worker(), "it trained a trial");
  }
  EndTrial(ref, outcome.state, outcome.failure, outcome.error, outcome.message);
  response.set_state(outcome.state);
  return response;
}

void Scheduler::EndTrial(const TrialRef& ref, v1::Trial::State state,
                         v1::Trial::Failure failure, absl::string_view error,
                         absl::string_view message) {
  v1::Trial& trial = *ref.trial;
  trial.clear_avoided();
  ref.campaign->avoided.erase(TrialNumber(trial.name()));
  trial.set_failure(failure);
  if (trial.state() == v1::Trial::LEASED) DropLease(trial);
  trial.set_error(std::string(error));
  *trial.mutable_end_time() = ToProto(Now());
  SetState(*ref.campaign, trial, state);
  AppendTrialEvent(*ref.campaign, trial,
                   absl::StrCat(trial.name(), " ", message));
  ref.campaign->plan_old = true;
  Advance(*ref.campaign);
}

void Scheduler::SetState(CampaignState& campaign, v1::Trial& trial,
                         v1::Trial::State state) {
  const int64_t number = TrialNumber(trial.name());
  v1::TrialCounts* const counts = campaign.campaign.mutable_trial_counts();
  AddToTrialCount(trial.state(), -1, counts);
  AddToTrialCount(state, 1, counts);
  if (trial.state() == v1::Trial::PENDING) {
    campaign.pending.Remove(number, trial);
  }
  trial.set_state(state);
  campaign.history.Set(number, trial);
  expired_.erase(trial.name());
  if (state == v1::Trial::PENDING) {
    campaign.pending.Add(number, trial);
    offers_.Add({.campaign = campaign.campaign.name(),
                 .trial = number,
                 .worker = trial.reserved_worker()});
  }
  RefreshLeasable(campaign);
  changes_.TrialChanged(campaign.campaign.name(), number);
  MarkChanged(campaign);
}

}  // namespace isoshape
