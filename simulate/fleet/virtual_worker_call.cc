#include "simulate/fleet/virtual_worker_call.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lease_request.h"
#include "messages/trial/worker_data.h"

namespace isoshape {

double SimulatedLoss(const v1::Trial& trial, double noise) {
  const double u =
      std::log(static_cast<double>(trial.shape().width()) / 24 /
               std::max(1.0, static_cast<double>(trial.shape().depth())));
  return (0.8 +
          8 * std::pow(trial.flops_per_token() / 6, -0.25) *
              (1 + 0.03 * u * u) +
          20 * std::pow(static_cast<double>(trial.tokens()), -0.25)) *
         (1 + 0.003 * noise);
}

std::string VirtualWorker::Name() const {
  return absl::StrCat("workers/simulated-", ground_.options.seed, "-", number_);
}

void VirtualWorker::SendRegister(Call& call) {
  v1::Worker& worker = *call.register_request.mutable_worker();
  worker.set_name(Name());
  worker.set_hostname("simulated");
  worker.set_device("cpu");
  worker.set_device_name("simulated");
  worker.set_version("isoshape-fleet " ISOSHAPE_VERSION);
  worker.set_slots(1);
  worker.add_datasets(kSimulatedData);
  call.register_request.set_request_id(request_id_);
  stub_->async()->RegisterWorker(&call.context, &call.register_request,
                                 &call.register_response, call.finished);
}

void VirtualWorker::SendLease(Call& call) {
  v1::LeaseTrialsRequest& request = call.lease_request;
  request.set_worker(Name());
  request.set_max_trials(1);
  if (!ending_) {
    *request.mutable_wait() = ToProto(ground_.options.lease_wait);
  }
  request.set_request_id(request_id_);
  stub_->async()->LeaseTrials(&call.context, &request, &call.lease_response,
                              call.finished);
}

void VirtualWorker::SendHeartbeat(Call& call) {
  call.heartbeat_request = For<v1::HeartbeatRequest>(lease_);
  stub_->async()->Heartbeat(&call.context, &call.heartbeat_request,
                            &call.heartbeat_response, call.finished);
}

google::protobuf::RepeatedPtrField<v1::Measurement> VirtualWorker::PointsUpTo(
    int end) const {
  const v1::Trial& trial = lease_.trial();
  google::protobuf::RepeatedPtrField<v1::Measurement> points;
  for (int64_t number = reported_ + 1; number <= end; ++number) {
    v1::Measurement& point = *points.Add();
    point.set_step(std::max(number, trial.steps() / (reports_ + 1) * number));
    point.set_train_loss(SimulatedLoss(trial, 0) *
                         (1 + 1 / static_cast<double>(number)));
  }
  return points;
}

void VirtualWorker::SendReport(Call& call) {
  v1::ReportMeasurementsRequest& request = call.report_request;
  request = For<v1::ReportMeasurementsRequest>(lease_);
  *request.mutable_measurements() = PointsUpTo(sent_points_);
  request.set_request_id(request_id_);
  stub_->async()->ReportMeasurements(&call.context, &request,
                                     &call.report_response, call.finished);
}

void VirtualWorker::SendComplete(Call& call) {
  v1::CompleteTrialRequest& request = call.complete_request;
  request = For<v1::CompleteTrialRequest>(lease_);
  request.set_request_id(request_id_);
  if (stopped_) {
    request.set_state(v1::Trial::STOPPED);
  } else {
    request.set_state(v1::Trial::SUCCEEDED);
    request.mutable_shape_card()->set_validation_loss(loss_);
    *request.mutable_measurements() = PointsUpTo(reports_);
  }
  stub_->async()->CompleteTrial(&call.context, &request,
                                &call.complete_response, call.finished);
}

void VirtualWorker::SendRelease(Call& call) {
  v1::ReleaseTrialRequest& request = call.release_request;
  request = For<v1::ReleaseTrialRequest>(lease_);
  request.set_request_id(request_id_);
  request.set_reason("simulated");
  if (phase_ == Phase::kTrain) {
    request.set_cause(v1::ReleaseTrialRequest::WORKER_FAULT);
  }
  stub_->async()->ReleaseTrial(&call.context, &request, &call.release_response,
                               call.finished);
}

}  // namespace isoshape
