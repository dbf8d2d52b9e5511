// The verbs on trials, campaigns and workers.
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/commands/verbs_fixture.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(VerbsTest, AFailedTrialIsTriedAgain) {
  RegisterWorker();
  std::string failed;
  for (const v1::Lease& lease : Lease(3)) {
    Complete(lease, failed.empty() ? v1::Trial::FAILED : v1::Trial::SUCCEEDED);
    if (failed.empty()) failed = lease.trial().name();
  }
  const ProgramResult watch = Run({"campaign", "watch", "c1"});
  EXPECT_EQ(watch.exit_code, 1);
  EXPECT_THAT(watch.err, AllOf(HasSubstr("c1 is incomplete: budget 1e10"),
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
              HasSubstr("waits: 2x32 at 1e10 FLOPs"));
}

TEST_F(VerbsTest, ATrialOfOneWorkerIsShownAndCancelledWithIt) {
  EXPECT_THAT(Ok({"trial", "create", "c1", "--depth", "2", "--width", "32",
                  "--budget", "1e10", "--seed", "7", "--worker", "w9"}),
              HasSubstr("waits for w9: 2x32 at 1e10 FLOPs"));
  EXPECT_THAT(Ok({"trial", "get", "c1/4"}),
              testing::ContainsRegex("reserved for +w9"));
  EXPECT_THAT(Ok({"trial", "list", "c1"}), HasSubstr("waits for w9 alone"));
  EXPECT_THAT(Ok({"campaign", "get", "c1"}),
              HasSubstr("1 trial waits for worker w9, which is not connected"));
  EXPECT_THAT(Fails(2, {"trial", "create", "c1", "--depth", "2", "--width",
                        "32", "--budget", "1e10", "--worker", "w/9"}),
              HasSubstr("w/9"));
  Ok({"worker", "delete", "w9"});
  EXPECT_THAT(Ok({"trial", "get", "c1/4"}),
              HasSubstr("it waited for workers/w9, which was deleted"));
}

// It may be a slip, or come later; and who runs meanwhile hides nothing.
TEST_F(VerbsTest, AWorkerThatATrialWaitsForInVainIsTold) {
  RegisterWorker();
  const auto reserve = [&](const std::string& seed, const std::string& worker) {
    const ProgramResult added =
        Run({"trial", "create", "c1", "--depth", "2", "--width", "32",
             "--budget", "1e10", "--seed", seed, "--worker", worker});
    EXPECT_EQ(added.exit_code, 0);
    return added.err;
  };
  EXPECT_EQ(reserve("7", "wide"),
            "isoshape: no worker is known as wide, and nobody else "
            "is given the trial\n");
  EXPECT_EQ(reserve("8", "w11"),
            "isoshape: no worker is known as w11, and nobody else "
            "is given the trial; did you mean 'w1'?\n");
  ASSERT_EQ(Lease(1).size(), 1);
  const std::string campaign = Ok({"campaign", "get", "c1"});
  EXPECT_THAT(campaign, HasSubstr("1 leased"));
  EXPECT_THAT(campaign, AllOf(HasSubstr("1 trial waits for worker wide, which "
                                        "is not connected"),
                              HasSubstr("1 trial waits for worker w11")));
  Ok({"worker", "delete", "wide"});
  Ok({"worker", "delete", "w11"});
  EXPECT_EQ(reserve("9", "w1"), "");
  Ok({"worker", "drain", "w1"});
  EXPECT_THAT(reserve("10", "w1"),
              HasSubstr("2 trials wait for worker w1 alone: it drains"));
}

TEST_F(VerbsTest, CampaignsAreExtendedClonedAndFoundByLabels) {
  EXPECT_THAT(Fails(2, {"campaign", "extend", "c1"}),
              HasSubstr("nothing is to be changed"));
  EXPECT_THAT(Fails(2, {"campaign", "extend", "c1", "--budgets", "1e9"}),
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
  Ok({"campaign", "delete", "free", "--force", "--yes"});
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

// A budget between two others moves the sizes of the larger one.
TEST_F(VerbsTest, ExtendSaysHowManyTrialsItAddsAtEachBudget) {
  const ProgramResult seeds = Run({"campaign", "extend", "c1", "--seeds", "2"});
  EXPECT_EQ(seeds.exit_code, 0) << seeds.err;
  EXPECT_EQ(seeds.err,
            "isoshape: 3 trials are added: 3 at 1e10 FLOPs; more may follow "
            "as results come\n");
  const ProgramResult name = Run({"campaign", "extend", "c1", "--name", "x"});
  EXPECT_EQ(name.err, "");
  EXPECT_THAT(Run({"campaign", "extend", "c1", "--budgets", "9e10"}).err,
              AllOf(StartsWith("isoshape: no trial is added: "),
                    HasSubstr("waiting for"),
                    EndsWith("; more may follow as results come\n")));
  EXPECT_THAT(Run({"campaign", "extend", "c1", "--budgets", "3e10"}).err,
              AllOf(StartsWith("isoshape: no trial is added: "),
                    EndsWith("; more may follow as results come, also at "
                             "9e10, since the sizes of a budget lie around "
                             "what smaller ones tell\n")));
}

// What ends the search is told while its trials run, and nothing is promised of
// one that proposes all at once.
TEST_F(VerbsTest, ExtendPromisesNoTrialsThatWillNotCome) {
  const std::string limited =
      Run({"campaign", "extend", "c1", "--seeds", "2", "--total-flops", "35G"})
          .err;
  EXPECT_THAT(limited, AllOf(StartsWith("isoshape: no trial is added: stopped "
                                        "by total_flops 3.5e10: "),
                             Not(HasSubstr("more may follow"))));
  Ok({"campaign", "create", "--id", "c2", "--algorithm", "sobol", "--budgets",
      "10G", "--trials-per-budget", "3", "--context", "64", "--tokens-per-step",
      "512"});
  EXPECT_EQ(Run({"campaign", "extend", "c2", "--trials-per-budget", "5"}).err,
            "isoshape: 2 trials are added: 2 at 1e10 FLOPs\n");
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
  const ProgramResult checked = Run(check);
  EXPECT_THAT(checked.err,
              EndsWith("isoshape: the campaign is valid; nothing was "
                       "stored; it takes about 2.4e11 FLOPs in all\n"
                       "isoshape: as of now, 6 trials wait: no worker is "
                       "connected; start one with 'isoshape worker --data "
                       "text=PATH'\n"));
  // The space's smallest shape is too large for budgets of a test.
  EXPECT_THAT(checked.out,
              HasSubstr("budget 1e10 (and 1 more) may be too small"));
  RegisterWorker();
  EXPECT_THAT(Run(check).err,
              HasSubstr("; no trial has measured how fast AMD EPYC is"));
  for (const v1::Lease& lease : Lease(3)) Complete(lease, v1::Trial::SUCCEEDED);
  // Each of the three took 1e10 FLOPs and 2 s, and there are 64 slots.
  EXPECT_THAT(Run(check).err,
              EndsWith("isoshape: the campaign is valid; nothing was stored; "
                       "it takes about 2.4e11 FLOPs in all, about 0s on 64 "
                       "slots of the connected workers, as fast as trials were "
                       "there\n"));
  std::vector<std::string> with = check;
  with.insert(with.end(), {"--total-flops", "150G", "--data", "code"});
  EXPECT_THAT(Run(with).err,
              AllOf(HasSubstr("about 1.5e11 FLOPs in all\n"),
                    HasSubstr("no connected worker has data 'code' (w1: "
                              "text)")));
  with = check;
  with.insert(with.end(), {"--variant", "wide:recipe.learning_rate=0.01"});
  EXPECT_THAT(Run(with).err, HasSubstr("about 4.8e11 FLOPs in all"));
  // The limit cuts what sobol proposes at once, 3 shapes and 2 seeds at both.
  const std::vector<std::string> sobol = {"campaign",
                                          "create",
                                          "--validate-only",
                                          "--budgets",
                                          "10G,30G",
                                          "--seeds",
                                          "2",
                                          "--context",
                                          "64",
                                          "--algorithm",
                                          "sobol",
                                          "--trials-per-budget",
                                          "3",
                                          "--tokens-per-step",
                                          "512"};
  EXPECT_THAT(Run(sobol).err, HasSubstr("about 2.4e11 FLOPs in all"));
  with = sobol;
  with.insert(with.end(), {"--total-flops", "150G"});
  EXPECT_THAT(Run(with).err, HasSubstr("about 1.2e11 FLOPs in all"));
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
  EXPECT_THAT(Fails(2, {"trial", "create", "c1", "--depth", "1", "--width",
                        "30", "--budget", "1e10"}),
              HasSubstr("isoshape: --width 30 is not a multiple of"));
  EXPECT_THAT(
      Fails(2, {"campaign", "extend", "c1", "--trials-per-budget", "9"}),
      HasSubstr("isoshape: --trials-per-budget is of another "
                "algorithm"));
  EXPECT_EQ(Ok({"trial", "list", "c1", "-o", "json"}), before);
  Ok({"campaign", "cancel", "c1", "--yes"});
  EXPECT_THAT(Fails(1, {"campaign", "extend", "c1", "--seeds", "4"}),
              HasSubstr("is cancelled and cannot be changed"));
  EXPECT_EQ(Run({"campaign", "cancel", "c1", "--yes"}).exit_code, 0);
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

}  // namespace
}  // namespace isoshape
