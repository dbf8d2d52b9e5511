#include "trainer/autograd/team_engine.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace isoshape::parallel {

// Orders of rank 0 to the other processes.
enum Order : int64_t {
  kBegin,      // a run in sizes[1] passes: sizes[0] bytes of JSON follow
  kStep,       // trains on the batch
  kGradients,  // of the batch
  kRestore,    // three buffers of sizes[0] floats follow; after step sizes[1]
  kEnd,        // of the run
};

// Sent as one tensor with the tokens of its batch. The tensor has the same size
// throughout a run, so that a step needs no second message that says how large
// the first one is. If the batch has positions, they follow in a tensor of
// their own.
struct Message {
  int64_t order = kEnd;
  std::array<int64_t, 2> sizes = {0, 0};
  int64_t counted = 0;  // positions of a sequence that count; 0: all
  double rate_factor = 0;
};

namespace {

constexpr int64_t kMessageWords = sizeof(Message) / sizeof(int32_t);

int64_t SequencesOf(const RunSpec& spec) {
  return spec.tokens_per_step / spec.shape.context;
}

// Room for a message of a run.
torch::Tensor Words(const RunSpec& spec) {
  return torch::zeros(
      {kMessageWords + SequencesOf(spec) * (spec.shape.context + 1)},
      torch::kInt32);
}

// Sends `size` items from rank 0's memory into the others'.
template <typename T>
void Share(ProcessTeam& team, T* items, size_t size, torch::Dtype type) {
  torch::Tensor tensor =
      torch::from_blob(items, {static_cast<int64_t>(size)}, type);
  team.Broadcast(tensor);
}

// A message that begins a run, for which both sides have no buffers yet.
void ShareBegin(ProcessTeam& team, Message& message) {
  Share(team, reinterpret_cast<int32_t*>(&message),
        static_cast<size_t>(kMessageWords), torch::kInt32);
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

int64_t CountedPositions(const Batch& batch) {
  return batch.positions.empty() ? 0 : batch.CountedPerSequence();
}

std::unique_ptr<AutogradEngine> MakeMember(const RunSpec& spec,
                                           ProcessTeam& team, int64_t passes) {
  const torch::Device device = team.devices() == ProcessTeam::Devices::kGpus
                                   ? torch::Device(torch::kCUDA, 0)
                                   : torch::Device(torch::kCPU);
  return std::make_unique<AutogradEngine>(spec, device, false, &team, passes);
}

void CheckShares(const RunSpec& spec, const ProcessTeam& team) {
  const int64_t sequences = SequencesOf(spec);
  if (sequences % team.size() == 0) return;
  throw std::invalid_argument(
      "the " + std::to_string(sequences) +
      " sequences of a step cannot be dealt out evenly to " +
      std::to_string(team.size()) +
      " processes; change tokens_per_step or --processes");
}

}  // namespace

TeamEngine::TeamEngine(const RunSpec& spec, ProcessTeam& team, int64_t passes)
    : team_(team) {
  CheckShares(spec, team);
  // First, as the others wait for nothing yet if there is no memory for it.
  engine_ = MakeMember(spec, team, passes);
  for (Letter& letter : letters_) letter.words = Words(spec);
  std::string text = Describe(spec);
  Message message{kBegin, {static_cast<int64_t>(text.size()), passes}};
  ShareBegin(team, message);
  Share(team, text.data(), text.size(), torch::kUInt8);
}

TeamEngine::~TeamEngine() {
  if (team_.lost()) return;
  try {
    Tell({kEnd}, nullptr);
    for (const Letter& letter : letters_) {
      if (letter.sent) letter.sent();
    }
  } catch (const TeamLost&) {
    // Said at the next call.
  }
}

void TeamEngine::Tell(const Message& message, const Batch* batch) {
  Letter& letter = letters_[next_letter_];
  next_letter_ = 1 - next_letter_;
  if (letter.sent) letter.sent();
  int32_t* words = letter.words.mutable_data_ptr<int32_t>();
  std::memcpy(words, &message, sizeof message);
  if (batch != nullptr) {
    TORCH_CHECK(kMessageWords + static_cast<int64_t>(batch->tokens.size()) ==
                    letter.words.numel(),
                "a batch of ", batch->sequences, " sequences of ",
                batch->context, " tokens is not one of this run's");
    std::copy(batch->tokens.begin(), batch->tokens.end(),
              words + kMessageWords);
  }
  letter.sent = team_.StartBroadcast(letter.words);
  if (message.counted > 0) {
    Share(team_, const_cast<int64_t*>(batch->positions.data()),
          batch->positions.size(), torch::kInt64);
  }
}

void TeamEngine::Step(const Batch& batch, double rate_factor) {
  Tell({kStep, {}, CountedPositions(batch), rate_factor}, &batch);
  engine_->Step(batch, rate_factor);
}

double TeamEngine::Gradients(const Batch& batch,
                             std::vector<float>* gradients) {
  Tell({kGradients, {}, CountedPositions(batch)}, &batch);
  return engine_->Gradients(batch, gradients);
}

void TeamEngine::Restore(const EngineState& state) {
  EngineState copy = state;
  Tell({kRestore, {static_cast<int64_t>(copy.weights.size()), copy.step}},
       nullptr);
  ShareState(team_, copy);
  engine_->Restore(copy);
}

namespace {

// Follows rank 0 through one run, from its beginning to its end.
class Follower {
 public:
  Follower(const RunSpec& spec, ProcessTeam& team, int64_t passes)
      : team_(team),
        batch_{SequencesOf(spec), spec.shape.context, {}},
        engine_(MakeMember(spec, team, passes)),
        words_(Words(spec)) {}

  void Run() {
    for (;;) {
      team_.Broadcast(words_);
      Message message;
      std::memcpy(static_cast<void*>(&message),
                  words_.const_data_ptr<int32_t>(), sizeof message);
      if (message.order == kEnd) return;
      if (message.order == kRestore) {
        Restore(message);
        continue;
      }
      ReadBatch(message);
      if (message.order == kStep) {
        engine_->Step(batch_, message.rate_factor);
      } else {
        engine_->Gradients(batch_, nullptr);
      }
    }
  }

 private:
  void Restore(const Message& message) {
    const auto size = static_cast<size_t>(message.sizes[0]);
    EngineState state{message.sizes[1], std::vector<float>(size),
                      std::vector<float>(size), std::vector<float>(size)};
    ShareState(team_, state);
    engine_->Restore(state);
  }

  void ReadBatch(const Message& message) {
    const int32_t* words = words_.const_data_ptr<int32_t>();
    batch_.tokens.assign(words + kMessageWords, words + words_.numel());
    batch_.positions.resize(
        static_cast<size_t>(batch_.sequences * message.counted));
    if (message.counted > 0) {
      Share(team_, batch_.positions.data(), batch_.positions.size(),
            torch::kInt64);
    }
  }

  ProcessTeam& team_;
  Batch batch_;
  const std::unique_ptr<AutogradEngine> engine_;
  torch::Tensor words_;
};

}  // namespace

void Follow(ProcessTeam& team) {
  for (;;) {
    Message message;
    ShareBegin(team, message);
    std::string text(static_cast<size_t>(message.sizes[0]), ' ');
    Share(team, text.data(), text.size(), torch::kUInt8);
    Follower(ParseRunSpec(nlohmann::json::parse(text)), team, message.sizes[1])
        .Run();
  }
}

}  // namespace isoshape::parallel
