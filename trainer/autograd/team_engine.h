#ifndef ISOSHAPE_TRAINER_AUTOGRAD_TEAM_ENGINE_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_TEAM_ENGINE_H_

#include <torch/torch.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "trainer/autograd/autograd_engine.h"
#include "trainer/parallel/process_team.h"

namespace isoshape::parallel {

struct Message;  // from rank 0 to the others

// The engine of rank 0: data parallel training by all processes of a team, each
// on its share of every batch's sequences. Tells the others what to do, so that
// they need neither data nor schedule: a step is one message, and while it is
// sent this process computes.
class TeamEngine : public Engine {
 public:
  // Throws std::invalid_argument if the sequences of a step cannot be dealt out
  // evenly. `team` must outlive the engine. `passes` means what it means to
  // ReplicaEngine.
  TeamEngine(const RunSpec& spec, ProcessTeam& team, int64_t passes = 1);
  ~TeamEngine() override;

  void Step(const Batch& batch, double rate_factor) override;
  StepSums Drain() override { return engine_->Drain(); }
  // Evaluates with this process alone.
  std::vector<double> Evaluate(const Batch& batch) override {
    return engine_->Evaluate(batch);
  }
  double Gradients(const Batch& batch, std::vector<float>* gradients) override;
  EngineState Save() override { return engine_->Save(); }
  void Restore(const EngineState& state) override;
  std::string name() const override { return engine_->name(); }
  int64_t parameter_count() const override {
    return engine_->parameter_count();
  }
  double communication_seconds() const override {
    return engine_->communication_seconds();
  }
  int64_t passes() const override { return engine_->passes(); }

 private:
  // A message in one of two buffers, so that one is filled while the other may
  // still be on its way.
  struct Letter {
    torch::Tensor words;         // int32
    std::function<void()> sent;  // waits until it is; empty: none was sent
  };

  // Sends a message, with a batch or null.
  void Tell(const Message& message, const Batch* batch);

  ProcessTeam& team_;
  std::unique_ptr<AutogradEngine> engine_;
  std::array<Letter, 2> letters_;
  size_t next_letter_ = 0;
};

// Serves rank 0 until it ends. This is all that the other processes do.
void Follow(ProcessTeam& team);

}  // namespace isoshape::parallel

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_TEAM_ENGINE_H_
