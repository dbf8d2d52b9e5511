#include "trainer/data/synthetic/synthetic_data.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "trainer/data/synthetic/hierarchy.h"
#include "trainer/data/synthetic/markov.h"
#include "trainer/data/synthetic/pointer.h"
#include "trainer/data/synthetic/recall.h"

namespace isoshape {
namespace {

// Keeps the random streams of training seeds apart from that of evaluation.
constexpr uint64_t kTraining = 0x747261696eu;
constexpr uint64_t kEvaluation = 0x6576616cu;

// The sequences `first` .. of a stream, `count` of them.
void Fill(const SequenceSource& source, uint64_t stream, int64_t first,
          int64_t count, Batch& batch) {
  batch.sequences = count;
  batch.tokens.clear();
  batch.positions.clear();
  for (int64_t i = first; i < first + count; ++i) {
    RandomStream random(stream ^ Mix(static_cast<uint64_t>(i)));
    source.Append(batch.context, random, batch);
  }
}

class SyntheticStream : public BatchStream {
 public:
  SyntheticStream(const SequenceSource& source, int64_t context,
                  int64_t sequences, uint64_t stream)
      : source_(source), sequences_(sequences), stream_(stream) {
    batch_.context = context;
  }

  const Batch& Next() override {
    Fill(source_, stream_, next_, sequences_, batch_);
    next_ += sequences_;
    return batch_;
  }
  void Skip(int64_t batches) override { next_ += batches * sequences_; }

 private:
  const SequenceSource& source_;
  const int64_t sequences_;
  const uint64_t stream_;
  Batch batch_;
  int64_t next_ = 0;
};

// Entropies of the targets that count.
TokenEntropy EntropyOf(const std::vector<Batch>& batches) {
  std::vector<int32_t> previous, tokens;
  for (const Batch& batch : batches) {
    const auto add = [&](int64_t sequence, int64_t position) {
      const auto at =
          static_cast<size_t>(sequence * (batch.context + 1) + position);
      previous.push_back(batch.tokens[at]);
      tokens.push_back(batch.tokens[at + 1]);
    };
    const int64_t counted = batch.CountedPerSequence();
    for (int64_t i = 0; i < batch.sequences * counted; ++i) {
      add(i / counted, batch.positions.empty()
                           ? i % counted
                           : batch.positions[static_cast<size_t>(i)]);
    }
  }
  return MeasureEntropy(previous, tokens);
}

}  // namespace

std::unique_ptr<const SequenceSource> MakeSequenceSource(
    const SyntheticTask& task) {
  struct Maker {
    int64_t seed;
    std::unique_ptr<const SequenceSource> operator()(const MarkovTask& kind) {
      return std::make_unique<MarkovSource>(kind, seed);
    }
    std::unique_ptr<const SequenceSource> operator()(
        const HierarchyTask& kind) {
      return std::make_unique<HierarchySource>(kind, seed);
    }
    std::unique_ptr<const SequenceSource> operator()(const PointerTask& kind) {
      return std::make_unique<PointerSource>(kind);
    }
    std::unique_ptr<const SequenceSource> operator()(const RecallTask& kind) {
      return std::make_unique<RecallSource>(kind);
    }
  };
  return std::visit(Maker{task.seed}, task.options);
}

std::unique_ptr<const SyntheticData> SyntheticData::Open(
    const std::string& name) {
  const ParsedTask parsed = ParseSyntheticTask(name);
  if (!parsed.problem.empty()) throw std::invalid_argument(parsed.problem);
  return std::unique_ptr<const SyntheticData>(new SyntheticData(parsed.task));
}

SyntheticData::SyntheticData(const SyntheticTask& task)
    : task_(task), source_(MakeSequenceSource(task)) {
  facts_.vocab = TaskVocab(task);
  uint64_t hash = 0;
  for (const char letter : TaskName(task)) {
    hash = Mix(hash ^ static_cast<uint64_t>(letter));
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(hash));
  facts_.fingerprint = text;
}

std::unique_ptr<BatchStream> SyntheticData::Train(int64_t context,
                                                  int64_t sequences,
                                                  int64_t seed) const {
  const uint64_t stream =
      Mix(kTraining ^ Mix(static_cast<uint64_t>(task_.seed))) ^
      Mix(static_cast<uint64_t>(seed));
  return std::make_unique<SyntheticStream>(*source_, context, sequences,
                                           Mix(stream));
}

HeldOut SyntheticData::Evaluation(int64_t context, int64_t sequences,
                                  int64_t tokens) const {
  const uint64_t stream =
      Mix(kEvaluation ^ Mix(static_cast<uint64_t>(task_.seed)));
  HeldOut held_out;
  const int64_t count = std::max<int64_t>(1, (tokens + context - 1) / context);
  for (int64_t first = 0; first < count; first += sequences) {
    held_out.batches.emplace_back();
    held_out.batches.back().context = context;
    Fill(*source_, stream, first, std::min(sequences, count - first),
         held_out.batches.back());
  }
  held_out.entropy = EntropyOf(held_out.batches);
  return held_out;
}

void SyntheticData::CheckShape(const Shape& shape) const {
  const std::string problem = TaskProblem(task_, shape);
  if (!problem.empty()) throw std::invalid_argument(problem);
}

}  // namespace isoshape
