// Runs that were trained elsewhere, as trials of a campaign.
#include <limits>
#include <string>
#include <vector>

#include "tests/coordinator/scheduler/trials_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

v1::ImportedRun RunOf(const std::string& source, double parameters,
                      double tokens, double loss) {
  v1::ImportedRun run;
  run.set_source(source);
  run.set_parameters(parameters);
  run.set_tokens(tokens);
  run.set_validation_loss(loss);
  return run;
}

class Imports : public Trials {
 protected:
  static v1::Campaign External() {
    v1::Campaign campaign;
    campaign.mutable_algorithm()->mutable_external();
    return campaign;
  }
  v1::ImportTrialsRequest RequestOf(const std::vector<v1::ImportedRun>& runs,
                                    const std::string& request_id = "") {
    v1::ImportTrialsRequest request;
    request.set_parent(name_);
    request.mutable_runs()->Add(runs.begin(), runs.end());
    request.set_request_id(request_id);
    return request;
  }
  v1::ImportTrialsResponse Import(const v1::ImportTrialsRequest& request) {
    const auto imported = Do(&Scheduler::ImportTrials, request);
    EXPECT_TRUE(imported.ok()) << imported.status();
    return imported.value_or(v1::ImportTrialsResponse());
  }
  std::string RefusedRun(Code code, const v1::ImportedRun& run) {
    return Refused(code, &Scheduler::ImportTrials,
                   RequestOf({RunOf("good", 1e6, 2e7, 3), run}));
  }

  std::string name_;
};

TEST_F(Imports, AnExternalCampaignIsCompletedWhileNobodyTrains) {
  name_ = Create(External());
  EXPECT_EQ(GetCampaign(name_).state(), v1::Campaign::COMPLETED);
  EXPECT_THAT(GetCampaign(name_).planner_note(), HasSubstr("clients create"));
  Register();
  v1::CreateTrialRequest request;
  request.set_parent(name_);
  request.mutable_trial()->mutable_shape()->set_depth(2);
  request.mutable_trial()->mutable_shape()->set_width(64);
  request.mutable_trial()->set_budget_flops(1e11);
  ASSERT_TRUE(Do(&Scheduler::CreateTrial, request).ok());
  EXPECT_EQ(GetCampaign(name_).state(), v1::Campaign::RUNNING);
  const v1::Lease lease = LeaseOne();
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial,
                 Failure(lease, v1::Trial::FAILURE_UNSPECIFIED))
                  .ok());
  // Nobody but its client asked for the result that is missing.
  EXPECT_EQ(GetCampaign(name_).state(), v1::Campaign::COMPLETED);
  EXPECT_EQ(GetCampaign(name_).missing(), "");
  Restart();
  EXPECT_EQ(GetCampaign(name_).state(), v1::Campaign::COMPLETED);
  // Only an algorithm that proposes something needs budgets.
  v1::CreateCampaignRequest grid;
  grid.mutable_campaign()->mutable_algorithm()->mutable_grid();
  EXPECT_THAT(Refused(Code::kInvalidArgument, &Scheduler::CreateCampaign, grid),
              HasSubstr("budgets is empty"));
}

TEST_F(Imports, ARunBecomesATrialThatHasEndedAndThatNobodyElseCounts) {
  name_ = Create(OneBudget());
  const v1::TrialCounts before = GetCampaign(name_).trial_counts();
  const double planned =
      scheduler_->campaigns().at(name_).history.planned_flops();
  const v1::ImportTrialsResponse response =
      Import(RequestOf({RunOf("runs.csv:2", 1e6, 2e7, 3.25)}));
  ASSERT_EQ(response.trials_size(), 1);
  EXPECT_EQ(response.known(), 0);
  const v1::Trial stored = *store_.GetTrial(response.trials(0).name());
  EXPECT_EQ(stored.state(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(stored.purpose(), v1::Trial::IMPORTED);
  EXPECT_EQ(stored.source(), "runs.csv:2");
  EXPECT_EQ(stored.budget_flops(), 6 * 1e6 * 2e7);
  EXPECT_EQ(stored.flops_per_token(), 6e6);
  EXPECT_EQ(stored.tokens(), 20'000'000);
  EXPECT_EQ(stored.shape_card().validation_loss(), 3.25);
  EXPECT_FALSE(stored.has_shape());
  EXPECT_TRUE(stored.has_end_time());
  EXPECT_THAT(stored.reason(), HasSubstr("flops = 6 parameters tokens"));
  const auto unchanged = [&] {
    EXPECT_EQ(GetCampaign(name_).trial_counts().SerializeAsString(),
              before.SerializeAsString());
    const CampaignState& state = scheduler_->campaigns().at(name_);
    EXPECT_EQ(state.history.planned_flops(), planned);
    EXPECT_EQ(state.history.Snapshot().PastTrials().size(),
              state.trials.size() - 1);
  };
  unchanged();
  Restart();
  unchanged();
  // The search goes on as if it were not there.
  Register();
  TrainAll();
  EXPECT_EQ(GetCampaign(name_).state(), v1::Campaign::COMPLETED);
}

TEST_F(Imports, TheThirdOfParametersTokensAndFlopsIsDerived) {
  name_ = Create(External());
  v1::ImportedRun flops = RunOf("b", 1e6, 0, 3);
  flops.set_flops(1.2e14);
  v1::ImportedRun parameters = RunOf("c", 0, 2e7, 3);
  parameters.set_flops(1.2e14);
  // By another convention: N is what the FLOPs of a token say.
  v1::ImportedRun both = RunOf("d", 1e6, 2e7, 3);
  both.set_flops(2.4e14);
  v1::ImportedRun shape = RunOf("e", 0, 2e7, 3);
  shape.mutable_shape()->set_depth(2);
  shape.mutable_shape()->set_width(64);
  const auto response = Import(RequestOf({flops, parameters, both, shape}));
  ASSERT_EQ(response.trials_size(), 4);
  EXPECT_EQ(response.trials(0).tokens(), 20'000'000);
  EXPECT_EQ(response.trials(1).parameters(), 1'000'000);
  EXPECT_EQ(response.trials(2).flops_per_token(), 12e6);
  EXPECT_EQ(response.trials(2).parameters(), 1'000'000);
  const v1::Trial& shaped = response.trials(3);
  EXPECT_EQ(shaped.shape().heads(), 4);
  EXPECT_EQ(shaped.budget_flops(), shaped.flops_per_token() * 2e7);
  EXPECT_GT(shaped.parameters(), 0);
}

TEST_F(Imports, ASourceIsImportedOnce) {
  name_ = Create(External());
  const std::vector<v1::ImportedRun> runs = {RunOf("a", 1e6, 2e7, 3),
                                             RunOf("b", 2e6, 2e7, 2.9)};
  const auto first = Import(RequestOf(runs, "r1"));
  // The same request, then the same runs in another, after a restart too.
  EXPECT_EQ(Import(RequestOf(runs, "r1")).SerializeAsString(),
            first.SerializeAsString());
  Restart();
  const auto again =
      Import(RequestOf({runs[1], RunOf("c", 4e6, 2e7, 2.8), runs[0]}, "r2"));
  EXPECT_EQ(again.known(), 2);
  ASSERT_EQ(again.trials_size(), 3);
  EXPECT_EQ(again.trials(0).name(), first.trials(1).name());
  EXPECT_EQ(again.trials(1).name(), name_ + "/trials/3");
  EXPECT_EQ(scheduler_->campaigns().at(name_).trials.size(), 3);
  // Of a source that says something else now nothing is taken.
  EXPECT_THAT(Refused(Code::kAlreadyExists, &Scheduler::ImportTrials,
                      RequestOf({RunOf("new", 1e6, 2e7, 3),
                                 RunOf("a", 1e6, 2e7, 3.1)})),
              HasSubstr("runs[1].source 'a' is that of trial " + name_ +
                        "/trials/1, which is not the same: validation_loss 3 "
                        "there and 3.1 now"));
  EXPECT_EQ(scheduler_->campaigns().at(name_).trials.size(), 3);
}

TEST_F(Imports, ARunThatIsRefusedTakesAllWithIt) {
  name_ = Create(External());
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, RunOf("x", 1e6, -5, 3)),
              HasSubstr("runs[1].tokens -5 "));
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, RunOf("x", kNan, 2e7, 3)),
              HasSubstr("runs[1].parameters nan "));
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, RunOf("x", 1e6, 2e7, 0)),
              HasSubstr("runs[1].validation_loss 0 "));
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, RunOf("", 1e6, 2e7, 3)),
              HasSubstr("runs[1].source is empty; say where"));
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, RunOf("good", 1e6, 2e7, 3)),
              HasSubstr("runs[1].source 'good' is that of runs[0] as well"));
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, RunOf("x", 1e6, 0, 3)),
              HasSubstr("runs[1] has one of parameters, tokens and flops"));
  v1::ImportedRun tiny = RunOf("x", 1e12, 0, 3);
  tiny.set_flops(1e10);
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, tiny),
              HasSubstr("look at the units"));
  v1::ImportedRun odd = RunOf("x", 1e6, 2e7, 3);
  odd.mutable_shape()->set_depth(2);
  odd.mutable_shape()->set_width(100);
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, odd),
              HasSubstr("runs[1].shape: width 100"));
  v1::ImportedRun negative = RunOf("x", 1e6, 2e7, 3);
  negative.set_seed(-1);
  EXPECT_THAT(RefusedRun(Code::kInvalidArgument, negative),
              HasSubstr("runs[1].seed -1"));
  v1::ImportedRun scattered = RunOf("x", 1e6, 2e7, 3);
  scattered.set_validation_loss_stderr(1.7e308);
  EXPECT_EQ(RefusedRun(Code::kInvalidArgument, scattered),
            "runs[1].validation_loss_stderr 1.7e+308 is out of range; give 0 "
            "to 10000");
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::ImportTrials, RequestOf({})),
      HasSubstr("runs is empty"));
  std::vector<v1::ImportedRun> many;
  for (int i = 0; i <= 1000; ++i) {
    many.push_back(RunOf(std::to_string(i), 1e6, 2e7, 3));
  }
  EXPECT_THAT(Refused(Code::kInvalidArgument, &Scheduler::ImportTrials,
                      RequestOf(many)),
              HasSubstr("runs has 1001 entries; give at most 1000"));
  EXPECT_THAT(scheduler_->campaigns().at(name_).trials, IsEmpty());
  name_ = "campaigns/none";
  Refused(Code::kNotFound, &Scheduler::ImportTrials,
          RequestOf({RunOf("a", 1e6, 2e7, 3)}));
}

TEST_F(Imports, NothingIsImportedIntoACancelledCampaign) {
  name_ = Create(OneBudget());
  v1::CancelCampaignRequest cancel;
  cancel.set_name(name_);
  ASSERT_TRUE(Do(&Scheduler::CancelCampaign, cancel).ok());
  EXPECT_THAT(Refused(Code::kFailedPrecondition, &Scheduler::ImportTrials,
                      RequestOf({RunOf("a", 1e6, 2e7, 3)})),
              HasSubstr("is cancelled and cannot be given runs"));
}

TEST_F(Imports, AnImportedTrialIsExcludedAndIncludedButNotTriedAgain) {
  name_ = Create(OneBudget());
  const std::string trial =
      Import(RequestOf({RunOf("a", 1e6, 2e7, 3)})).trials(0).name();
  const auto excluded = Exclude(trial, "another tokenizer");
  ASSERT_TRUE(excluded.ok()) << excluded.status();
  EXPECT_TRUE(store_.GetTrial(trial)->excluded());
  v1::IncludeTrialRequest include;
  include.set_name(trial);
  ASSERT_TRUE(Do(&Scheduler::IncludeTrial, include).ok());
  EXPECT_FALSE(store_.GetTrial(trial)->excluded());
  v1::RetryTrialRequest retry;
  retry.set_name(trial);
  EXPECT_THAT(Refused(Code::kFailedPrecondition, &Scheduler::RetryTrial, retry),
              HasSubstr("it was trained elsewhere"));
  v1::DeleteCampaignRequest remove;
  remove.set_name(name_);
  remove.set_force(true);
  ASSERT_TRUE(Do(&Scheduler::DeleteCampaign, remove).ok());
  EXPECT_EQ(store_.GetTrial(trial).status().code(), Code::kNotFound);
}

// What somebody trained elsewhere keeps nobody from training it here.
TEST_F(Imports, AShapeThatWasImportedIsTrainedAllTheSame) {
  name_ = Create(External());
  v1::ImportedRun run = RunOf("a", 0, 2e6, 3);
  run.mutable_shape()->set_depth(2);
  run.mutable_shape()->set_width(64);
  const v1::Trial imported = Import(RequestOf({run})).trials(0);
  v1::CreateTrialRequest request;
  request.set_parent(name_);
  request.mutable_trial()->mutable_shape()->set_depth(2);
  request.mutable_trial()->mutable_shape()->set_width(64);
  request.mutable_trial()->set_budget_flops(imported.budget_flops());
  const auto created = Do(&Scheduler::CreateTrial, request);
  ASSERT_TRUE(created.ok()) << created.status();
  request.mutable_trial()->set_seed(1);
  request.mutable_trial()->set_purpose(v1::Trial::IMPORTED);
  EXPECT_THAT(Refused(Code::kInvalidArgument, &Scheduler::CreateTrial, request),
              HasSubstr("bring them by ImportTrials"));
}

}  // namespace
}  // namespace isoshape
