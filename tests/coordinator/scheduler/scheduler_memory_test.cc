// A trial that runs out of memory: whether that is the machine or the shape.
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

class Memory : public SchedulerTest {};

// Some machines have less memory than they say.
TEST_F(Memory, OneMachineOutOfMemoryIsNoResultIfAnotherCanTry) {
  Create();
  Register("workers/a");
  Register("workers/b");
  const auto out_of_memory = [](const v1::Lease& lease) {
    auto request = For<v1::CompleteTrialRequest>(lease);
    request.set_state(v1::Trial::FAILED);
    request.set_failure(v1::Trial::OUT_OF_MEMORY);
    request.set_error("out of memory");
    return request;
  };
  const v1::Lease first = LeaseOne("workers/a");
  const auto told = Do(&Scheduler::CompleteTrial, out_of_memory(first));
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->state(), v1::Trial::PENDING);
  const std::string name = first.trial().name();
  EXPECT_NE(LeaseOne("workers/a").trial().name(), name);
  // A second machine that runs out of it shows the shape.
  const v1::Lease second = LeaseOne("workers/b");
  ASSERT_EQ(second.trial().name(), name);
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, out_of_memory(second)).ok());
  EXPECT_EQ(Get(name).state(), v1::Trial::FAILED);
  EXPECT_EQ(Get(name).failure(), v1::Trial::OUT_OF_MEMORY);
}

TEST_F(Memory, AMachineThatIsAloneAndOutOfMemoryIsBelieved) {
  Create();
  Register();
  auto request = For<v1::CompleteTrialRequest>(LeaseOne());
  request.set_state(v1::Trial::FAILED);
  request.set_failure(v1::Trial::OUT_OF_MEMORY);
  request.set_error("out of memory");
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, request).ok());
  EXPECT_EQ(Get(request.trial()).state(), v1::Trial::FAILED);
}

}  // namespace
}  // namespace isoshape
