#ifndef ISOSHAPE_TESTS_CLI_COMMANDS_VERBS_FIXTURE_H_
#define ISOSHAPE_TESTS_CLI_COMMANDS_VERBS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/net/channel.h"
#include "coordinator/server.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "messages/trial/lease_request.h"
#include "tests/cli/run_program.h"
#include "tests/temp_folder.h"

namespace isoshape {

// A law that fits can find.
inline double LossOf(const v1::Trial& trial) {
  return 1.5 + 40 * std::pow(static_cast<double>(trial.parameters()), -0.4) +
         300 * std::pow(static_cast<double>(trial.tokens()), -0.45);
}

// The built program against a real coordinator that has one small campaign.
class VerbsTest : public testing::Test {
 protected:
  VerbsTest() {
    Server::Options options;
    options.db = folder_.File("verbs.db");
    options.address = "127.0.0.1:0";
    auto server = Server::Start(options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = "127.0.0.1:" + std::to_string(server_->port());
    workers_ = v1::WorkerService::NewStub(MakeChannel(address_));
    Ok({"campaign", "create", "--id", "c1", "--budgets", "10G", "--sizes", "3",
        "--aspect-ratios", "1", "--context", "64", "--tokens-per-step", "512"});
  }

  ProgramResult Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", address_});
    return RunIsoshape(arguments);
  }
  std::string Ok(const std::vector<std::string>& arguments) {
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  // A run that must fail with that exit code; its one line.
  std::string Fails(int exit_code, const std::vector<std::string>& arguments) {
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(CountLines(result.err), 1) << result.err;
    return result.err;
  }
  void RegisterWorker(const std::string& dataset = "text") {
    v1::RegisterWorkerRequest request;
    request.mutable_worker()->set_name("workers/w1");
    request.mutable_worker()->set_device("cpu");
    request.mutable_worker()->set_device_name("AMD EPYC");
    request.mutable_worker()->set_slots(64);
    request.mutable_worker()->add_datasets(dataset);
    grpc::ClientContext context;
    v1::RegisterWorkerResponse response;
    EXPECT_TRUE(workers_->RegisterWorker(&context, request, &response).ok());
  }
  std::vector<v1::Lease> Lease(int max_trials) {
    v1::LeaseTrialsRequest request;
    request.set_worker("workers/w1");
    request.set_max_trials(max_trials);
    grpc::ClientContext context;
    v1::LeaseTrialsResponse response;
    EXPECT_TRUE(workers_->LeaseTrials(&context, request, &response).ok());
    return {response.leases().begin(), response.leases().end()};
  }
  void Complete(const v1::Lease& lease, v1::Trial::State state) {
    auto request = For<v1::CompleteTrialRequest>(lease);
    request.set_state(state);
    if (state == v1::Trial::SUCCEEDED) {
      v1::ShapeCard& card = *request.mutable_shape_card();
      card.set_validation_loss(LossOf(lease.trial()));
      card.set_data_fingerprint("9dd1091dfd1259e3");
      card.set_device_name("AMD EPYC");
      card.set_flops(1e10);
      card.set_wall_seconds(2);
      card.add_layer_gradient_norms(0.5);
      card.add_layer_gradient_norms(0.25);
      card.add_warnings("a \"quoted\", with a comma\nand a break");
    } else {
      request.set_error("no such norm");
      request.set_failure(v1::Trial::INVALID);
    }
    grpc::ClientContext context;
    v1::CompleteTrialResponse response;
    EXPECT_TRUE(workers_->CompleteTrial(&context, request, &response).ok());
  }
  void GiveBack(const v1::Lease& lease) {
    auto request = For<v1::ReleaseTrialRequest>(lease);
    request.set_cause(v1::ReleaseTrialRequest::WORKER_FAULT);
    request.set_reason("no space left on device");
    grpc::ClientContext context;
    v1::ReleaseTrialResponse response;
    EXPECT_TRUE(workers_->ReleaseTrial(&context, request, &response).ok());
  }

  const TempFolder folder_;
  std::unique_ptr<Server> server_;
  std::string address_;
  std::unique_ptr<v1::WorkerService::Stub> workers_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_CLI_COMMANDS_VERBS_FIXTURE_H_
