#include "trainer/autograd/team_engine.h"

#include <bit>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace isoshape::parallel {
namespace {

// What rank 0 tells the others.
enum Order : int64_t {
  kBegin,      // a run: sizes[0] bytes of JSON follow
  kStep,       // tokens [sizes[0], sizes[1] + 1] follow
  kGradients,  // the same
  kRestore,    // three buffers of sizes[0] floats follow; after step sizes[1]
  kEnd,        // of the run
};
struct Message {
  Order order;
  int64_t sizes[2] = {0, 0};
  double rate_factor = 0;
};

void Send(ProcessTeam& team, const Message& message) {
  torch::Tensor words = torch::tensor(
      {static_cast<int64_t>(message.order), message.sizes[0], message.sizes[1],
       std::bit_cast<int64_t>(message.rate_factor)});
  team.Broadcast(words);
}

Message Receive(ProcessTeam& team) {
  torch::Tensor words = torch::zeros({4}, torch::kInt64);
  team.Broadcast(words);
  const int64_t* values = words.const_data_ptr<int64_t>();
  return {static_cast<Order>(values[0]),
          {values[1], values[2]},
          std::bit_cast<double>(values[3])};
}

// Sends `size` items from rank 0's memory into the others'.
template <typename T>
void Share(ProcessTeam& team, T* items, size_t size, torch::Dtype type) {
  torch::Tensor tensor =
      torch::from_blob(items, {static_cast<int64_t>(size)}, type);
  team.Broadcast(tensor);
}

void ShareState(ProcessTeam& team, EngineState& state) {
  for (std::vector<float>* buffer :
       {&state.weights, &state.means, &state.squares}) {
    Share(team, buffer->data(), buffer->size(), torch::kFloat32);
  }
}

// A run as rank 0 has it; data and number of steps do not matter to the others.
std::string Describe(const RunSpec& spec) {
  nlohmann::ordered_json line = ShapeAndRecipeToJson(spec);
  line["type"] = "run";
  line["run"] = spec.run;
  line["data"] = {{"path", "none"}};
  line["steps"] = spec.steps;
  line["tokens_per_step"] = spec.tokens_per_step;
  line["seed"] = spec.seed;
  return line.dump();
}

std::unique_ptr<AutogradEngine> MakeMember(const RunSpec& spec,
                                           ProcessTeam& team) {
  const torch::Device device = team.devices() == ProcessTeam::Devices::kGpus
                                   ? torch::Device(torch::kCUDA, 0)
                                   : torch::Device(torch::kCPU);
  return std::make_unique<AutogradEngine>(spec, device, false, &team);
}

void CheckShares(const RunSpec& spec, const ProcessTeam& team) {
  const int64_t sequences = spec.tokens_per_step / spec.shape.context;
  if (sequences % team.size() == 0) return;
  throw std::invalid_argument(
      "the " + std::to_string(sequences) +
      " sequences of a step cannot be dealt out evenly to " +
      std::to_string(team.size()) +
      " processes; change tokens_per_step or --processes");
}

}  // namespace

TeamEngine::TeamEngine(const RunSpec& spec, ProcessTeam& team) : team_(team) {
  CheckShares(spec, team);
  std::string text = Describe(spec);
  Send(team, {kBegin, {static_cast<int64_t>(text.size())}});
  Share(team, text.data(), text.size(), torch::kUInt8);
  engine_ = MakeMember(spec, team);
}

TeamEngine::~TeamEngine() {
  if (team_.lost()) return;
  try {
    Send(team_, {kEnd});
  } catch (const TeamLost&) {
    // Said at the next call.
  }
}

void TeamEngine::Step(const Batch& batch, double rate_factor) {
  Send(team_, {kStep, {batch.sequences, batch.context}, rate_factor});
  Share(team_, const_cast<int32_t*>(batch.tokens.data()), batch.tokens.size(),
        torch::kInt32);
  engine_->Step(batch, rate_factor);
}

double TeamEngine::Gradients(const Batch& batch,
                             std::vector<float>* gradients) {
  Send(team_, {kGradients, {batch.sequences, batch.context}});
  Share(team_, const_cast<int32_t*>(batch.tokens.data()), batch.tokens.size(),
        torch::kInt32);
  return engine_->Gradients(batch, gradients);
}

void TeamEngine::Restore(const EngineState& state) {
  EngineState copy = state;
  Send(team_,
       {kRestore, {static_cast<int64_t>(copy.weights.size()), copy.step}});
  ShareState(team_, copy);
  engine_->Restore(copy);
}

void Follow(ProcessTeam& team) {
  std::unique_ptr<AutogradEngine> engine;
  while (true) {
    const Message message = Receive(team);
    const auto size = static_cast<size_t>(message.sizes[0]);
    if (message.order == kBegin) {
      std::string text(size, ' ');
      Share(team, text.data(), size, torch::kUInt8);
      engine = MakeMember(ParseRunSpec(nlohmann::json::parse(text)), team);
    } else if (message.order == kStep || message.order == kGradients) {
      Batch batch{message.sizes[0], message.sizes[1], {}};
      batch.tokens.resize(size * static_cast<size_t>(batch.context + 1));
      Share(team, batch.tokens.data(), batch.tokens.size(), torch::kInt32);
      if (message.order == kStep) {
        engine->Step(batch, message.rate_factor);
      } else {
        engine->Gradients(batch, nullptr);
      }
    } else if (message.order == kRestore) {
      EngineState state{message.sizes[1], std::vector<float>(size),
                        std::vector<float>(size), std::vector<float>(size)};
      ShareState(team, state);
      engine->Restore(state);
    } else {
      engine.reset();
    }
  }
}

}  // namespace isoshape::parallel
