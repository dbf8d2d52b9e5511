#ifndef ISOSHAPE_TRAINER_AUTOGRAD_TEAM_ENGINE_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_TEAM_ENGINE_H_

#include <memory>
#include <string>
#include <vector>

#include "trainer/autograd/autograd_engine.h"
#include "trainer/parallel/process_team.h"

namespace isoshape::parallel {

// The engine of rank 0: data parallel training by all processes of a team, each
// on its share of every batch's sequences. Tells the others what to do, so that
// they need neither data nor schedule.
class TeamEngine : public Engine {
 public:
  // Throws std::invalid_argument where the sequences of a step cannot be dealt
  // out evenly. `team` must outlive it.
  TeamEngine(const RunSpec& spec, ProcessTeam& team);
  ~TeamEngine() override;

  void Step(const Batch& batch, double rate_factor) override;
  StepSums Drain() override { return engine_->Drain(); }
  // By this process alone.
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

 private:
  ProcessTeam& team_;
  std::unique_ptr<AutogradEngine> engine_;
};

// What the other processes do, until rank 0 ends.
void Follow(ProcessTeam& team);

}  // namespace isoshape::parallel

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_TEAM_ENGINE_H_
