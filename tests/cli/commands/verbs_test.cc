// The verbs on trials, campaigns and workers, by the built program against a
// real coordinator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/channel.h"
#include "coordinator/server.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "messages/lease_request.h"
#include "tests/cli/run_program.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A law that fits can find.
double LossOf(const v1::Trial& trial) {
  return 1.5 + 40 * std::pow(static_cast<double>(trial.parameters()), -0.4) +
         300 * std::pow(static_cast<double>(trial.tokens()), -0.45);
}

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

TEST_F(VerbsTest, AFailedTrialIsTriedAgain) {
  RegisterWorker();
  std::string failed;
  for (const v1::Lease& lease : Lease(3)) {
    Complete(lease, failed.empty() ? v1::Trial::FAILED : v1::Trial::SUCCEEDED);
    if (failed.empty()) failed = lease.trial().name();
  }
  const ProgramResult watch = Run({"campaign", "watch", "c1"});
  EXPECT_EQ(watch.exit_code, 1);
  EXPECT_THAT(watch.err, AllOf(HasSubstr("c1 is incomplete: budget 1e+10"),
                               HasSubstr("no such norm")));
  EXPECT_THAT(Ok({"campaign", "get", "c1"}), HasSubstr("incomplete"));
  EXPECT_THAT(Ok({"trial", "retry", failed}), HasSubstr("waits again"));
  Complete(Lease(1).front(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(Run({"campaign", "watch", "c1"}).exit_code, 0);
  EXPECT_THAT(Fails(1, {"trial", "retry", failed}),
              HasSubstr("is succeeded and cannot be tried again"));
  EXPECT_THAT(Fails(2, {"trial", "retry", "c1"}), HasSubstr("c1"));
}

TEST_F(VerbsTest, TrialsAreExcludedIncludedAndAdded) {
  RegisterWorker();
  for (const v1::Lease& lease : Lease(3)) Complete(lease, v1::Trial::SUCCEEDED);
  EXPECT_THAT(Fails(2, {"trial", "exclude", "c1/1"}), HasSubstr("--reason"));
  Ok({"trial", "exclude", "c1/1", "--reason", "wrong corpus"});
  EXPECT_THAT(Ok({"trial", "list", "c1"}), HasSubstr("excluded: wrong corpus"));
  EXPECT_THAT(Ok({"trial", "get", "c1/1"}), HasSubstr("wrong corpus"));
  EXPECT_EQ(CountLines(Ok({"export", "c1", "--points"})), 1 + 2);
  Ok({"trial", "include", "c1/1"});
  EXPECT_EQ(CountLines(Ok({"export", "c1", "--points"})), 1 + 3);
  EXPECT_THAT(Ok({"trial", "create", "c1", "--depth", "2", "--width", "32",
                  "--budget", "1e10", "--seed", "7"}),
              HasSubstr("waits: 2x32 at 1e+10 FLOPs"));
}

TEST_F(VerbsTest, CampaignsAreExtendedClonedAndFoundByLabels) {
  EXPECT_THAT(Fails(2, {"campaign", "extend", "c1"}),
              HasSubstr("nothing is to be changed"));
  EXPECT_THAT(Fails(1, {"campaign", "extend", "c1", "--budgets", "1e9"}),
              HasSubstr("below the smallest"));
  const json extended = json::parse(
      Ok({"campaign", "extend", "c1", "--budgets", "3e10,90G", "--seeds", "2",
          "--label", "owner=ann", "--trial-timeout", "10m", "-o", "json"}));
  EXPECT_EQ(extended["budgets"], json({1e10, 3e10, 9e10}));
  EXPECT_EQ(extended["seeds"], 2);
  EXPECT_EQ(extended["trial_timeout"], 600);
  EXPECT_EQ(extended["target_flops"], 2.7e11);
  EXPECT_THAT(Fails(2, {"campaign", "extend", "c1", "--trial-timeout", "soon"}),
              HasSubstr("'soon' is not a duration"));
  EXPECT_FALSE(json::parse(Ok({"campaign", "clone", "c1", "--id", "free",
                               "--trial-timeout", "none", "--label",
                               "owner=bob", "-o", "json"}))
                   .contains("trial_timeout"));
  Ok({"campaign", "delete", "free", "--force"});
  EXPECT_EQ(CountLines(Ok({"campaign", "list", "--label", "owner=ann"})), 2);
  EXPECT_EQ(CountLines(Ok({"campaign", "list", "--label", "owner=bob"})), 1);
  EXPECT_EQ(CountLines(Ok({"campaign", "list", "--state", "completed"})), 1);
  const json clone = json::parse(Ok(
      {"campaign", "clone", "c1", "--id", "c2", "--seeds", "3", "-o", "json"}));
  EXPECT_EQ(clone["budgets"], extended["budgets"]);
  EXPECT_EQ(clone["seeds"], 3);
  EXPECT_EQ(clone["labels"]["owner"], "ann");
  Ok({"campaign", "extend", "c1", "--label", "owner="});
  EXPECT_EQ(CountLines(Ok({"campaign", "list", "--label", "owner"})), 2);
}

TEST_F(VerbsTest, ATrialSaysItsDataAndItsStateInThePersonsWords) {
  RegisterWorker();
  const std::vector<v1::Lease> leases = Lease(2);
  Complete(leases[0], v1::Trial::SUCCEEDED);
  EXPECT_THAT(Ok({"trial", "get", leases[0].trial().name()}),
              HasSubstr("9dd1091dfd1259e3"));
  EXPECT_THAT(Ok({"campaign", "get", "c1"}), HasSubstr("9dd1091dfd1259e3"));
  EXPECT_EQ(CountLines(Ok({"trial", "list", "c1", "--state", "running"})), 2);
  EXPECT_EQ(Ok({"trial", "list", "c1", "--state", "running"}),
            Ok({"trial", "list", "c1", "--state", "leased"}));
  // Shapes of one depth and width differ in it.
  const json trials = json::parse(Ok({"trial", "list", "c1", "-o", "json"}));
  const std::string table = Ok({"trial", "list", "c1"});
  EXPECT_THAT(table, HasSubstr("FFN"));
  EXPECT_THAT(
      table, HasSubstr(absl::StrCat(
                 "  ", trials["trials"][0]["shape"]["ffn_width"].get<int64_t>(),
                 " ")));
}

TEST_F(VerbsTest, NumbersAreTakenAsPeopleWriteThem) {
  const json campaign = json::parse(
      Ok({"campaign", "create", "--id", "numbers", "--budgets", "10T,3e13",
          "--vocab", "50e3", "--max-parameters", "2e6", "--context", "64",
          "--tokens-per-step", "6.4k", "-o", "json"}));
  EXPECT_EQ(campaign["budgets"], json({1e13, 3e13}));
  EXPECT_EQ(campaign["space"]["base"]["vocab"], 50'000);
  EXPECT_EQ(campaign["space"]["max_parameters"], 2'000'000);
  EXPECT_EQ(campaign["recipe"]["tokens_per_step"], 6400);
  EXPECT_THAT(Fails(2, {"campaign", "create", "--budgets", "1e11", "3e11"}),
              HasSubstr("3e11"));
  EXPECT_THAT(Fails(2, {"best", "c1", "--max-memory-bytes", "4Gib"}),
              HasSubstr("4Gib"));
  // It is read as 4 GiB, and then there is no result yet.
  EXPECT_THAT(Fails(1, {"best", "c1", "--max-memory-bytes", "4GiB"}),
              HasSubstr("no result"));
}

TEST_F(VerbsTest, AWaitingCampaignSaysWhy) {
  EXPECT_THAT(Run({"campaign", "create", "--id", "later", "--budgets", "10G",
                   "--context", "64", "--tokens-per-step", "512"})
                  .err,
              HasSubstr("trials wait: no worker is connected"));
  EXPECT_THAT(Ok({"campaign", "get", "c1"}),
              HasSubstr("3 trials wait: no worker is connected"));
  RegisterWorker("code");
  EXPECT_THAT(
      Ok({"campaign", "get", "c1"}),
      HasSubstr("3 trials wait: no connected worker has data 'text' (w1: "
                "code)"));
  RegisterWorker("text");
  EXPECT_THAT(Ok({"campaign", "get", "c1"}), Not(HasSubstr("waiting  ")));
}

// What it takes, for how long, and why nothing would happen yet.
TEST_F(VerbsTest, ACheckSaysWhatACampaignTakesAndWhyItWouldWait) {
  const std::vector<std::string> check = {"campaign",
                                          "create",
                                          "--validate-only",
                                          "--budgets",
                                          "10G,30G",
                                          "--sizes",
                                          "3",
                                          "--aspect-ratios",
                                          "1",
                                          "--seeds",
                                          "2",
                                          "--context",
                                          "64",
                                          "--tokens-per-step",
                                          "512"};
  // 3 sizes and 2 seeds at 1e10 and 3e10 FLOPs.
  EXPECT_EQ(Run(check).err,
            "isoshape: the campaign is valid; nothing was stored; it takes "
            "about 2.4e+11 FLOPs in all\n"
            "isoshape: as of now, 6 trials wait: no worker is connected; start "
            "one with 'isoshape worker'\n");
  RegisterWorker();
  EXPECT_THAT(Run(check).err,
              HasSubstr("; no trial has measured how fast AMD EPYC is"));
  for (const v1::Lease& lease : Lease(3)) Complete(lease, v1::Trial::SUCCEEDED);
  // Each of the three took 1e10 FLOPs and 2 s, and there are 64 slots.
  EXPECT_EQ(Run(check).err,
            "isoshape: the campaign is valid; nothing was stored; it takes "
            "about 2.4e+11 FLOPs in all, about 0s on 64 slots of the connected "
            "workers, as fast as trials were there\n");
  std::vector<std::string> with = check;
  with.insert(with.end(), {"--total-flops", "150G", "--data", "code"});
  EXPECT_THAT(Run(with).err,
              AllOf(HasSubstr("about 1.5e+11 FLOPs in all\n"),
                    HasSubstr("no connected worker has data 'code' (w1: "
                              "text)")));
  with = check;
  with.insert(with.end(), {"--variant", "wide:recipe.learning_rate=0.01"});
  EXPECT_THAT(Run(with).err, HasSubstr("about 4.8e+11 FLOPs in all"));
  EXPECT_EQ(CountLines(Ok({"campaign", "list"})), 2);
  EXPECT_THAT(Ok(check), AllOf(HasSubstr("rms norm (pre)"),
                               HasSubstr("warmup 5 % of the steps")));
}

// The first coordinator that answers is asked, as workers do.
TEST_F(VerbsTest, CommandsTakeSeveralCoordinators) {
  const auto list = [&](const std::string& servers) {
    return RunIsoshape({"campaign", "list", "--server", servers});
  };
  EXPECT_EQ(list("127.0.0.1:1," + address_).exit_code, 0);
  const std::string path = folder_.File("servers");
  const ProgramResult early = list("@" + path);
  EXPECT_EQ(early.exit_code, 2);
  EXPECT_THAT(early.err, HasSubstr("names no coordinator yet"));
  std::ofstream(path) << address_ << '\n';
  EXPECT_EQ(list("@" + path).exit_code, 0);
  setenv("ISOSHAPE_SERVER", ("127.0.0.1:1, " + address_).c_str(), 1);
  EXPECT_EQ(RunIsoshape({"campaign", "list"}).exit_code, 0);
  unsetenv("ISOSHAPE_SERVER");
  const ProgramResult none = list("127.0.0.1:1,127.0.0.1:2");
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("no coordinator answers at "
                                  "127.0.0.1:1,127.0.0.1:2"));
  EXPECT_EQ(list(address_ + ",localhost").exit_code, 2);
}

TEST_F(VerbsTest, WhatCannotBeDoneChangesNothing) {
  RegisterWorker();
  const std::string running = Lease(1).front().trial().name();
  const std::string before = Ok({"trial", "list", "c1", "-o", "json"});
  EXPECT_THAT(Fails(1, {"trial", "retry", running}),
              HasSubstr("is leased and cannot be tried again"));
  EXPECT_THAT(Fails(1, {"trial", "exclude", running, "--reason", "odd"}),
              HasSubstr("has no result to exclude"));
  EXPECT_THAT(Fails(1, {"trial", "exclude", "c1/99", "--reason", "odd"}),
              HasSubstr("there is no trial campaigns/c1/trials/99"));
  EXPECT_THAT(Fails(1, {"trial", "retry", "c9/1"}), HasSubstr("there is no"));
  EXPECT_THAT(Fails(1, {"trial", "create", "c1", "--depth", "1", "--width",
                        "30", "--budget", "1e10"}),
              HasSubstr("isoshape: --width 30 is not a multiple of"));
  EXPECT_THAT(
      Fails(1, {"campaign", "extend", "c1", "--trials-per-budget", "9"}),
      HasSubstr("isoshape: --trials-per-budget is of another "
                "algorithm"));
  EXPECT_EQ(Ok({"trial", "list", "c1", "-o", "json"}), before);
  Ok({"campaign", "cancel", "c1"});
  EXPECT_THAT(Fails(1, {"campaign", "extend", "c1", "--seeds", "4"}),
              HasSubstr("is cancelled and cannot be changed"));
  EXPECT_EQ(Run({"campaign", "cancel", "c1"}).exit_code, 0);
}

// Of what several ask at the same time, everything is done.
TEST_F(VerbsTest, TwoOperatorsAtOnceLoseNothing) {
  std::vector<std::thread> operators;
  std::vector<int> codes(4, -1);
  for (size_t i = 0; i < codes.size(); ++i) {
    operators.emplace_back([&, i] {
      codes[i] = Run({"campaign", "extend", "c1", "--label",
                      absl::StrCat("operator", i, "=here"), "--budgets",
                      absl::StrCat(i + 2, "0G")})
                     .exit_code;
    });
  }
  for (std::thread& one : operators) one.join();
  EXPECT_EQ(codes, std::vector<int>(4, 0));
  const json campaign =
      json::parse(Ok({"campaign", "get", "c1", "-o", "json"}));
  EXPECT_EQ(campaign["labels"].size(), 4) << campaign;
  EXPECT_EQ(campaign["budgets"], json({1e10, 2e10, 3e10, 4e10, 5e10}));
}

TEST_F(VerbsTest, WorkersAreInSight) {
  RegisterWorker();
  for (int i = 0; i < 3; ++i) GiveBack(Lease(1).front());
  EXPECT_THAT(Ok({"worker", "list"}),
              AllOf(HasSubstr("w1"), HasSubstr("online"), HasSubstr("text"),
                    HasSubstr("c1: 3 faults in a row, set aside until"),
                    HasSubstr("no space left on device")));
  const json worker = json::parse(Ok({"worker", "get", "w1", "-o", "json"}));
  EXPECT_EQ(worker["set_aside"][0]["faults"], 3);
  EXPECT_THAT(Ok({"worker", "readmit", "w1", "--campaign", "c1"}),
              Not(HasSubstr("set aside")));
  EXPECT_THAT(Ok({"worker", "drain", "workers/w1"}), HasSubstr("draining"));
  EXPECT_THAT(Fails(1, {"worker", "delete", "w1"}), HasSubstr("is online"));
  EXPECT_THAT(Fails(1, {"worker", "get", "w9"}), HasSubstr("no worker"));
  EXPECT_THAT(Fails(2, {"worker", "get", "w/9"}), HasSubstr("w/9"));
}

TEST_F(VerbsTest, EveryExportIsACsvThatPythonReads) {
  RegisterWorker();
  for (const v1::Lease& lease : Lease(3)) Complete(lease, v1::Trial::SUCCEEDED);
  const std::string path = folder_.File("trials.csv");
  const auto read = [&] {
    const ProgramResult python = RunProgram(
        {"python3", "-c",
         "import csv, json, sys\n"
         "rows = list(csv.reader(open(sys.argv[1], newline='')))\n"
         "assert {len(row) for row in rows} == {len(rows[0])}, 'ragged'\n"
         "print(json.dumps([dict(zip(rows[0], row)) for row in rows[1:]]))",
         path});
    EXPECT_EQ(python.exit_code, 0) << python.err;
    return json::parse(python.out);
  };
  Ok({"export", "c1", "--file", path});
  const json rows = read();
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0]["shape_card.layer_gradient_norms"], "[0.5,0.25]");
  EXPECT_EQ(json::parse(rows[0]["shape_card.warnings"].get<std::string>())[0],
            "a \"quoted\", with a comma\nand a break");
  Ok({"export", "c1", "--explode", "--file", path});
  EXPECT_EQ(read()[0]["shape_card.layer_gradient_norms.1"], "0.25");
  Ok({"export", "c1", "--measurements", "--file", path});
  read();
  Ok({"export", "c1", "--points", "--file", path});
  read();
}

// As the library reads them that people use: losses are numbers, and a text
// with a line end is one cell.
TEST_F(VerbsTest, EveryExportIsACsvThatPandasReads) {
  const char* const venv = std::getenv("ISOSHAPE_TEST_VENV");
  if (venv == nullptr) {
    GTEST_SKIP() << "pandas is in the venv that ISOSHAPE_TEST_VENV names";
  }
  const std::string pandas = absl::StrCat(venv, "/bin/python");
  const std::string path = folder_.File("trials.csv");
  RegisterWorker();
  for (const v1::Lease& lease : Lease(3)) Complete(lease, v1::Trial::SUCCEEDED);
  for (const auto& [form, check] : std::map<std::string, std::string>{
           {"--file", "frame['shape_card.warnings'].str.contains('a break')"},
           {"--explode", "frame['shape_card.layer_gradient_norms.1'] == 0.25"},
           {"--points", "frame['loss'] > 0"}}) {
    std::vector<std::string> arguments = {"export", "c1", "--file", path};
    if (form != "--file") arguments.push_back(form);
    Ok(arguments);
    const ProgramResult read_by_pandas =
        RunProgram({pandas, "-c",
                    absl::StrCat("import pandas, sys\n"
                                 "frame = pandas.read_csv(sys.argv[1])\n"
                                 "assert len(frame) == 3, frame\n"
                                 "assert (",
                                 check, ").all(), frame\n"),
                    path});
    EXPECT_EQ(read_by_pandas.exit_code, 0) << form << read_by_pandas.err;
  }
}

// The whole export, as it is: warnings and lists stand in it.
TEST_F(VerbsTest, AFitTakesAnExport) {
  Ok({"campaign", "create", "--id", "fits", "--shapes", "1x16,1x32,2x32,3x32",
      "--budgets", "10G,30G,90G", "--context", "64", "--tokens-per-step",
      "512"});
  RegisterWorker();
  for (const v1::Lease& lease : Lease(64)) {
    Complete(lease, v1::Trial::SUCCEEDED);
  }
  const std::string path = folder_.File("fits.csv");
  Ok({"export", "fits", "--file", path});
  const ProgramResult fit = RunIsoshape(
      {"fit", "--input", path, "--law", "parametric", "--bootstrap", "0",
       "--column", "params=parameters", "--column",
       "loss=shape_card.validation_loss", "--where", "state=succeeded"});
  EXPECT_EQ(fit.exit_code, 0) << fit.err;
  EXPECT_THAT(fit.out, HasSubstr("runs  12\n"));
}

}  // namespace
}  // namespace isoshape
