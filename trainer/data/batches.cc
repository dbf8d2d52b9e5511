#include "trainer/data/batches.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace isoshape {
TrainingBatches::TrainingBatches(const TokenCorpus& corpus, int64_t context,
                                 int64_t sequences, int64_t seed)
    : corpus_(corpus), seed_(static_cast<uint64_t>(seed)) {
  batch_.sequences = sequences;
  batch_.context = context;
  BeginEpoch();
  if (count_ == 0) {
    throw std::invalid_argument("the context " + std::to_string(context) +
                                " is longer than the data: they have " +
                                std::to_string(corpus.facts().train_tokens) +
                                " training tokens in stretches of at most " +
                                std::to_string(Longest()) +
                                "; give a smaller context, or longer data");
  }
  if (count_ < sequences) {
    throw std::invalid_argument(
        "the data have " + std::to_string(corpus.facts().train_tokens) +
        " training tokens, " + std::to_string(count_) + " sequences of " +
        std::to_string(context) + " tokens, and one step takes " +
        std::to_string(sequences) +
        "; give longer data, or fewer tokens per step");
  }
}

int64_t TrainingBatches::Longest() const {
  int64_t longest = 0;
  for (const Segment& segment : corpus_.train()) {
    longest = std::max(longest, segment.size);
  }
  return longest;
}

void TrainingBatches::BeginEpoch() {
  const uint64_t random = Mix(seed_ ^ Mix(epoch_));
  phase_ = epoch_ == 0 ? 0
                       : static_cast<int64_t>(
                             random % static_cast<uint64_t>(batch_.context));
  CountSequences();
  if (count_ == 0) {  // no segment is that long
    phase_ = 0;
    CountSequences();
  }
  next_ = 0;
  if (count_ > 0) order_ = Permutation(static_cast<uint64_t>(count_), random);
}

void TrainingBatches::CountSequences() {
  first_.clear();
  count_ = 0;
  for (const Segment& segment : corpus_.train()) {
    first_.push_back(count_);
    count_ += std::max<int64_t>(0, segment.size - 1 - phase_) / batch_.context;
  }
}

const Batch& TrainingBatches::Next() {
  batch_.tokens.clear();
  for (int64_t i = 0; i < batch_.sequences; ++i) {
    if (next_ == count_) {
      ++epoch_;
      BeginEpoch();
    }
    const auto number =
        static_cast<int64_t>(order_(static_cast<uint64_t>(next_++)));
    const auto after = std::upper_bound(first_.begin(), first_.end(), number);
    const auto segment = static_cast<size_t>(after - first_.begin()) - 1;
    const int64_t begin = phase_ + (number - first_[segment]) * batch_.context;
    corpus_.Append(corpus_.train()[segment], begin, batch_.context + 1,
                   batch_.tokens);
  }
  return batch_;
}

void TrainingBatches::Skip(int64_t batches) {
  int64_t left = batches * batch_.sequences;
  for (; left > count_ - next_; BeginEpoch()) {
    left -= count_ - next_;
    ++epoch_;
  }
  next_ += left;
}

std::vector<Batch> HeldOutBatches(const TokenCorpus& corpus, int64_t context,
                                  int64_t sequences, int64_t tokens) {
  const Segment held_out = corpus.held_out();
  const int64_t available = std::max<int64_t>(0, held_out.size - 1) / context;
  if (available == 0) {
    throw std::invalid_argument(
        "the context " + std::to_string(context) +
        " is longer than the data: they have " + std::to_string(held_out.size) +
        " held-out tokens; give a smaller context, or longer data");
  }
  const int64_t wanted = (tokens + context - 1) / context;
  const int64_t count = std::clamp<int64_t>(wanted, 1, available);
  std::vector<Batch> batches;
  for (int64_t i = 0; i < count; ++i) {
    if (i % sequences == 0) batches.push_back({0, context, {}});
    const int64_t begin = i * available / count * context;
    corpus.Append(held_out, begin, context + 1, batches.back().tokens);
    ++batches.back().sequences;
  }
  return batches;
}

}  // namespace isoshape
