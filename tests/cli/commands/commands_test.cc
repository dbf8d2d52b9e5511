#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/commands/commands_fixture.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

void SetEstimate(v1::Estimate* estimate, double value, double lower,
                 double upper) {
  estimate->set_value(value);
  estimate->set_lower(lower);
  estimate->set_upper(upper);
  estimate->set_level(0.95);
}

TEST_F(CommandsTest, ListsCampaigns) {
  const ProgramResult table = Run({"campaign", "list"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_EQ(CountLines(table.out), 2);
  EXPECT_THAT(table.out, HasSubstr("2.5e11, 7.5e11"));
  const json list = RunJson({"campaign", "list"});
  EXPECT_EQ(list["campaigns"][0]["name"], "campaigns/c1");
  EXPECT_EQ(list["campaigns"][0]["state"], "running");
  EXPECT_EQ(list["campaigns"][0]["trial_counts"]["succeeded"], 2);
}

TEST_F(CommandsTest, ShowsOneCampaign) {
  EXPECT_THAT(Run({"campaign", "get", "c1"}).out,
              HasSubstr("3: 0 pending, 1 leased, 2 succeeded"));
  EXPECT_EQ(RunJson({"campaign", "get", "campaigns/c1"})["display_name"],
            "first");
}

TEST_F(CommandsTest, WhatDoesNotExistIsOneLineAndExitCode1) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"campaign", "get", "c9"},
                                             {"trial", "list", "c9"},
                                             {"trial", "get", "c1/9"},
                                             {"best", "c9"},
                                             {"export", "c9"}}) {
    const ProgramResult result = Run(command);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(CountLines(result.err), 1);
    EXPECT_THAT(result.err, StartsWith("isoshape: there is no "));
  }
}

TEST_F(CommandsTest, CreatesFromFileWithFlagsOverIt) {
  const TempFolder folder;
  const std::string path =
      folder.Write("create.yaml",
                   "id: from-file\nbudgets: [1e11]\nseeds: 2\n"
                   "recipe: {learning_rate: 0.02}\n");
  const json created = RunJson({"campaign", "create", "--file", path, "--seeds",
                                "3", "--budgets", "2e11,6e11", "--sizes", "5",
                                "--context", "64", "--data", "code"});
  EXPECT_EQ(created["name"], "campaigns/c1");
  const v1::CreateCampaignRequest request = coordinator_.last_create();
  EXPECT_EQ(request.campaign_id(), "from-file");
  EXPECT_FALSE(request.request_id().empty());
  EXPECT_FALSE(request.validate_only());
  EXPECT_THAT(request.campaign().budgets(), ElementsAre(2e11, 6e11));
  EXPECT_EQ(request.campaign().seeds(), 3);
  EXPECT_EQ(request.campaign().algorithm().grid().sizes(), 5);
  EXPECT_EQ(request.campaign().space().base().context(), 64);
  EXPECT_EQ(request.campaign().dataset(), "code");
  EXPECT_DOUBLE_EQ(request.campaign().recipe().learning_rate(), 0.02);
}

TEST_F(CommandsTest, AnAlgorithmByFlagReplacesThatOfTheFile) {
  const TempFolder folder;
  const std::string path = folder.Write(
      "algorithm.yaml", "budgets: [1e11]\nalgorithm: {grid: {sizes: 5}}\n");
  RunJson({"campaign", "create", "--file", path, "--trials-per-budget", "9",
           "--algorithm", "sobol"});
  const v1::Algorithm algorithm =
      coordinator_.last_create().campaign().algorithm();
  EXPECT_FALSE(algorithm.has_grid());
  EXPECT_EQ(algorithm.sobol().trials_per_budget(), 9);
}

// A flag that several algorithms know is written for the one that is chosen.
TEST_F(CommandsTest, FlagsAreOfTheAlgorithmThatIsChosen) {
  RunJson({"campaign", "create", "--budgets", "1e11,3e11", "--algorithm",
           "asha", "--drawn-shapes", "27", "--eta", "2.5", "--in-flight", "2"});
  v1::Algorithm algorithm = coordinator_.last_create().campaign().algorithm();
  ASSERT_TRUE(algorithm.has_asha());
  EXPECT_EQ(algorithm.asha().shapes(), 27);
  EXPECT_EQ(algorithm.asha().eta(), 2.5);
  EXPECT_EQ(algorithm.asha().in_flight(), 2);
  RunJson({"campaign", "create", "--budgets", "1e11,3e11", "--algorithm", "gp",
           "--trials-per-budget", "9", "--in-flight", "2", "--tolerance",
           "1%"});
  algorithm = coordinator_.last_create().campaign().algorithm();
  ASSERT_TRUE(algorithm.has_gp());
  EXPECT_EQ(algorithm.gp().trials_per_budget(), 9);
  EXPECT_EQ(algorithm.gp().in_flight(), 2);
  EXPECT_DOUBLE_EQ(algorithm.gp().tolerance(), 0.01);
  RunJson({"campaign", "create", "--budgets", "1e11,3e11", "--algorithm",
           "hyperband", "--rounds", "2"});
  algorithm = coordinator_.last_create().campaign().algorithm();
  EXPECT_EQ(algorithm.hyperband().rounds(), 2);
}

TEST_F(CommandsTest, CostsLimitsAndPriorsAreOfTheirAlgorithms) {
  RunJson({"campaign", "create", "--budgets", "1e11,3e11", "--algorithm",
           "pareto", "--objectives", "decode_seconds,parameters",
           "--max-decode-seconds", "2ms", "--max-peak-memory-bytes", "1000000",
           "--in-flight", "2"});
  v1::Algorithm algorithm = coordinator_.last_create().campaign().algorithm();
  ASSERT_TRUE(algorithm.has_pareto());
  EXPECT_THAT(
      algorithm.pareto().objectives(),
      ElementsAre(v1::SHAPE_COST_DECODE_SECONDS, v1::SHAPE_COST_PARAMETERS));
  EXPECT_DOUBLE_EQ(algorithm.pareto().max_decode_seconds(), 0.002);
  EXPECT_EQ(algorithm.pareto().max_peak_memory_bytes(), 1000000);
  EXPECT_EQ(algorithm.pareto().in_flight(), 2);
  RunJson({"campaign", "create", "--budget-range", "1e11,9e12", "--target",
           "1e14", "--cost", "seconds", "--prior", "c1,old-one",
           "--prior-inflation", "4"});
  algorithm = coordinator_.last_create().campaign().algorithm();
  EXPECT_EQ(algorithm.optimum().cost(), v1::SEARCH_COST_SECONDS);
  EXPECT_THAT(algorithm.optimum().priors(),
              ElementsAre("campaigns/c1", "campaigns/old-one"));
  EXPECT_EQ(algorithm.optimum().prior_inflation(), 4);
  RunJson({"campaign", "create", "--budgets", "1e11,3e11", "--algorithm", "gp",
           "--cost", "flops"});
  algorithm = coordinator_.last_create().campaign().algorithm();
  EXPECT_EQ(algorithm.gp().cost(), v1::SEARCH_COST_FLOPS);
}

// A target and a range of budgets ask for the search that is made for them.
TEST_F(CommandsTest, ARangeOfBudgetsMeansOptimum) {
  RunJson({"campaign", "create", "--budget-range", "1e11,9e12", "--target",
           "1e14", "--tolerance", "0.3%", "--in-flight", "2"});
  const v1::Campaign campaign = coordinator_.last_create().campaign();
  ASSERT_TRUE(campaign.algorithm().has_optimum());
  const v1::OptimumAlgorithm& optimum = campaign.algorithm().optimum();
  EXPECT_EQ(optimum.min_budget(), 1e11);
  EXPECT_EQ(optimum.max_budget(), 9e12);
  EXPECT_DOUBLE_EQ(optimum.tolerance(), 0.003);
  EXPECT_EQ(optimum.in_flight(), 2);
  EXPECT_EQ(campaign.target_flops(), 1e14);
  EXPECT_TRUE(campaign.budgets().empty());
}

TEST_F(CommandsTest, ValidateOnlySaysThatNothingWasStored) {
  const ProgramResult result =
      Run({"campaign", "create", "--budgets", "1e11", "--validate-only"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(coordinator_.last_create().validate_only());
  EXPECT_THAT(result.err, HasSubstr("nothing was stored"));
  EXPECT_THAT(result.out, Not(HasSubstr("unspecified")));
  EXPECT_THAT(result.out, Not(HasSubstr("0 pending")));
}

TEST_F(CommandsTest, AChangeIsSentAgainWithTheSameRequestId) {
  coordinator_.pause_failures = 2;
  EXPECT_EQ(RunJson({"campaign", "pause", "c1"})["state"], "paused");
  const std::vector<std::string> ids = coordinator_.pause_request_ids();
  ASSERT_EQ(ids.size(), 3);
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_EQ(ids[1], ids[2]);
  RunJson({"campaign", "pause", "c1"});
  EXPECT_NE(coordinator_.pause_request_ids()[3], ids[0]);
}

// One that answers that it cannot, as its disk is full, is not "not there".
TEST_F(CommandsTest, WhatTheCoordinatorCannotDoIsSaidInItsOwnWords) {
  coordinator_.pause_failures = 3;
  const ProgramResult result = Run({"campaign", "pause", "c1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "isoshape: the disk is slow\n");
}

TEST_F(CommandsTest, ListsTrialsOverAllPages) {
  const ProgramResult table = Run({"trial", "list", "c1"});
  EXPECT_EQ(CountLines(table.out), 4);
  EXPECT_THAT(table.out, HasSubstr("36.1k"));
  EXPECT_EQ(RunJson({"trial", "list", "c1"})["trials"].size(), 3);
  EXPECT_EQ(
      RunJson({"trial", "list", "c1", "--state", "leased"})["trials"].size(),
      1);
}

TEST_F(CommandsTest, ShowsATrialWithItsCurveOverAllPages) {
  const ProgramResult table = Run({"trial", "get", "c1/1"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("1.9000 nats/token"));
  EXPECT_THAT(table.out, ContainsRegex("loss floor +1.2500 .* 0.6500 above"));
  EXPECT_THAT(table.out, ContainsRegex("train loss +1.8000, gap 0.1000, 2 sp"));
  EXPECT_THAT(table.out, Not(HasSubstr("bits per byte")));
  EXPECT_THAT(table.out, Not(HasSubstr("replicas")));
  EXPECT_THAT(table.out, ContainsRegex("warning +data were repeated: 2 ep"));
  EXPECT_THAT(table.out, HasSubstr("3.4000"));
  // What the trainer did not report is no zero.
  for (const char* field :
       {"bigram entropy +-\n", "throughput +- tokens/s, - FLOP/s\n",
        "wall time +-\n", "peak memory +-\n", "gradient norm +- mean, - max\n",
        "epochs +-\n", "device +- -, -\n"}) {
    EXPECT_THAT(table.out, ContainsRegex(field));
  }
  const json trial = RunJson({"trial", "get", "c1/1"});
  EXPECT_FALSE(trial["shape_card"].contains("peak_memory_bytes"));
  ASSERT_EQ(trial["measurements"].size(), 3);
  EXPECT_EQ(trial["measurements"][2]["step"], 30);
}

TEST_F(CommandsTest, WatchPrintsOneObjectALineAndEndsWithTheCampaign) {
  for (int i = 1; i <= 2; ++i) {
    v1::CampaignEvent event;
    event.set_sequence(i);
    event.set_message("something");
    coordinator_.events.push_back(event);
  }
  coordinator_.campaign.set_state(v1::Campaign::COMPLETED);
  const ProgramResult result = Run({"campaign", "watch", "c1", "-o", "json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::istringstream lines(result.out);
  std::vector<int> sequences;
  for (std::string line; std::getline(lines, line);) {
    sequences.push_back(json::parse(line)["sequence"]);
  }
  EXPECT_THAT(sequences, ElementsAre(1, 2));
  coordinator_.campaign.set_state(v1::Campaign::CANCELLED);
  EXPECT_EQ(Run({"campaign", "watch", "c1"}).exit_code, 1);
}

// Who looks at it again is not told all that was.
TEST_F(CommandsTest, WatchWithoutATerminalSaysHowItStandsAndWhatComes) {
  v1::CampaignEvent event;
  event.set_sequence(7);
  event.set_message("long ago");
  coordinator_.events.push_back(event);
  coordinator_.table.set_sequence(7);
  coordinator_.campaign.set_state(v1::Campaign::COMPLETED);
  v1::TrialCounts counts;
  counts.set_succeeded(3);
  counts.set_failed(1);
  *coordinator_.campaign.mutable_trial_counts() = counts;
  coordinator_.campaign.set_planner_note("done");
  const ProgramResult now = Run({"campaign", "watch", "c1"});
  EXPECT_EQ(now.exit_code, 0) << now.err;
  EXPECT_EQ(now.out, "c1 is completed, 4/4 trials: done\n");
  EXPECT_THAT(Run({"campaign", "watch", "c1", "--after-sequence", "0"}).out,
              HasSubstr("long ago"));
  EXPECT_THAT(coordinator_.watched_after(), ElementsAre(7, 0));
}

TEST_F(CommandsTest, ShowsTheBestShapes) {
  v1::RankedShape& shape = *coordinator_.best.add_shapes();
  shape.mutable_shape()->set_depth(4);
  shape.mutable_shape()->set_width(64);
  shape.set_budget_flops(7.5e11);
  shape.set_rank(1);
  shape.set_validation_loss(1.77018);
  coordinator_.best.add_warnings("costs of several engines");
  const ProgramResult table = Run({"best", "c1"});
  EXPECT_THAT(table.out, HasSubstr("4x64"));
  EXPECT_THAT(table.out, HasSubstr("1.7702"));
  EXPECT_THAT(table.out, HasSubstr("2.5538"));  // bits
  // Neither speed, memory, latency nor engine is known.
  EXPECT_THAT(table.out, ContainsRegex("  - +-  +- +-\n"));
  EXPECT_THAT(table.out, HasSubstr("warning: costs of several engines"));
  EXPECT_THAT(table.out, HasSubstr("next: isoshape train c1 --best --data"));
  // Of the best under a limit, `train --best` would not be the same.
  EXPECT_THAT(Run({"best", "c1", "--max-parameters", "9"}).out,
              Not(HasSubstr("next:")));
  EXPECT_EQ(RunJson({"best", "c1"})["shapes"][0]["shape"]["width"], 64);
}

TEST_F(CommandsTest, SaysThatNoShapeIsWithinTheLimits) {
  const ProgramResult limited = Run({"best", "c1", "--max-parameters", "9"});
  EXPECT_EQ(limited.exit_code, 0);
  EXPECT_THAT(limited.out, HasSubstr("is within the limits"));
  EXPECT_THAT(Run({"best", "c1"}).out,
              HasSubstr("no shape has been measured yet"));
}

TEST_F(CommandsTest, ShowsTheOptimaOfTheBudgetsByDefault) {
  v1::FitLawResponse& law = coordinator_.law;
  law.set_law("isoflop");
  v1::BudgetOptimum& optimum = *law.add_optima();
  optimum.set_budget_flops(7.5e11);
  SetEstimate(optimum.mutable_optimal_size(), 36112, 30000, 41000);
  law.add_optima()->set_problem("the least loss is at the smallest size");
  v1::LawFigure& a = *law.add_parameters();
  a.set_name("a");
  a.set_meaning("best size grows as C^a");
  SetEstimate(a.mutable_estimate(), 0.52, 0.44, 0.61);
  law.add_warnings("few budgets");
  law.mutable_basis()->set_trials(14);
  law.mutable_basis()->set_points(21);
  law.set_trials(21);
  const ProgramResult table = Run({"fit", "c1", "--max-budget", "1e12"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_EQ(coordinator_.last_law().law(), v1::FitLawRequest::LAW_ISOFLOP);
  EXPECT_EQ(coordinator_.last_law().max_budget_flops(), 1e12);
  EXPECT_THAT(table.out, HasSubstr("36.1k [30k, 41k] (95 %)"));
  EXPECT_THAT(table.out, HasSubstr("the least loss is at the smallest size"));
  // Nothing is said of what there is not.
  EXPECT_THAT(table.out, Not(HasSubstr("not identified")));
  EXPECT_THAT(table.out, Not(HasSubstr("0 [")));
  EXPECT_THAT(table.out, HasSubstr("[0.44, 0.61]"));
  EXPECT_THAT(table.out, HasSubstr("best size grows as C^a"));
  EXPECT_THAT(table.out, HasSubstr("21 points of 14 trials"));
  EXPECT_THAT(table.out, HasSubstr("warning: few budgets"));
  EXPECT_EQ(RunJson({"fit", "c1"})["parameters"][0]["estimate"]["upper"], 0.61);
}

// A law of a campaign has the printer and the JSON of a law of a file.
TEST_F(CommandsTest, AsksForALawAndPrintsItAsOfAFile) {
  v1::FitLawResponse& law = coordinator_.law;
  law.set_law("shape");
  law.set_formula("L = …");
  law.set_level(0.9);
  law.set_interval_method("case bootstrap, 70 resamples of seed 5");
  v1::LawFigure& g = *law.add_parameters();
  g.set_name("G");
  g.set_resamples(70);
  SetEstimate(g.mutable_estimate(), 5.2, 2, 13);
  v1::LawFigure& c1 = *law.add_parameters();
  c1.set_name("c1");
  c1.set_unidentified("G may be 0");
  law.mutable_optimum()->set_converged(true);
  law.add_comparison()->set_name("width-depth");
  law.add_findings("G = 0 is rejected");
  law.mutable_basis()->set_trials(21);
  law.mutable_basis()->set_newer_trials(2);
  const ProgramResult table =
      Run({"fit", "c1", "--law", "shape", "--bootstrap", "70", "--seed", "5",
           "--huber-delta", "1e-4", "--size", "params", "--cached"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("[2, 13]"));
  EXPECT_THAT(table.out, HasSubstr("not identified"));
  EXPECT_THAT(table.out, HasSubstr("width-depth"));
  EXPECT_THAT(table.out, HasSubstr("G = 0 is rejected"));
  EXPECT_THAT(table.out, HasSubstr("2 have succeeded since"));
  const v1::FitLawRequest request = coordinator_.last_law();
  EXPECT_EQ(request.law(), v1::FitLawRequest::LAW_SHAPE);
  EXPECT_EQ(request.size(), v1::FitLawRequest::SIZE_PARAMS);
  EXPECT_EQ(request.resamples(), 70);
  EXPECT_EQ(request.seed(), 5);
  EXPECT_EQ(request.huber_delta(), 1e-4);
  EXPECT_FALSE(request.wait_for_newest());
  const json answer = RunJson({"fit", "c1", "--law", "shape"});
  EXPECT_EQ(answer["parameters"][0]["estimate"]["value"], 5.2);
  EXPECT_EQ(answer["parameters"][0]["estimate"]["upper"], 13);
  EXPECT_EQ(answer["parameters"][1]["unidentified"], "G may be 0");
  EXPECT_EQ(answer["optimum"]["converged"], true);
  EXPECT_TRUE(coordinator_.last_law().wait_for_newest());
  EXPECT_EQ(coordinator_.last_law().size(),
            v1::FitLawRequest::SIZE_UNSPECIFIED);
}

TEST_F(CommandsTest, PredictsAtTheTargetOfTheFlag) {
  coordinator_.prediction.mutable_shape()->set_depth(5);
  coordinator_.prediction.mutable_shape()->set_width(96);
  coordinator_.prediction.set_extrapolation(3);
  SetEstimate(coordinator_.prediction.mutable_loss(), 1.2, 1.1, 1.3);
  const ProgramResult table =
      Run({"predict", "c1", "--target", "1e13", "--bootstrap", "50"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("1.2000 [1.1000, 1.3000] (95 %)"));
  EXPECT_THAT(table.out, HasSubstr("3 x the largest measured"));
  EXPECT_EQ(coordinator_.last_predict().target_flops(), 1e13);
  EXPECT_EQ(coordinator_.last_predict().resamples(), 50);
  EXPECT_EQ(coordinator_.last_predict().law(),
            v1::FitLawRequest::LAW_UNSPECIFIED);
  // Answers wait for the newest trials unless told not to.
  EXPECT_TRUE(coordinator_.last_predict().wait_for_newest());
  RunJson({"predict", "c1", "--cached"});
  EXPECT_FALSE(coordinator_.last_predict().wait_for_newest());
  EXPECT_EQ(RunJson({"predict", "c1"})["shape"]["depth"], 5);
}

}  // namespace
}  // namespace isoshape
