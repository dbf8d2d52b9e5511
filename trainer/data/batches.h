#ifndef ISOSHAPE_TRAINER_DATA_BATCHES_H_
#define ISOSHAPE_TRAINER_DATA_BATCHES_H_

#include <cstdint>
#include <vector>

#include "trainer/data/batch.h"
#include "trainer/data/data.h"
#include "trainer/data/permutation.h"
#include "trainer/data/token_corpus.h"

namespace isoshape {

// Training batches of a corpus: it is cut into sequences that follow one
// another, and each epoch takes all of them once, in a random order that `seed`
// fixes. Later epochs cut at other places. Not thread-safe.
class TrainingBatches : public BatchStream {
 public:
  // `corpus` must outlive it. Throws std::invalid_argument if there are fewer
  // than `sequences` sequences.
  TrainingBatches(const TokenCorpus& corpus, int64_t context, int64_t sequences,
                  int64_t seed);

  // The next batch, valid until the next call.
  const Batch& Next() override;

  void Skip(int64_t batches) override;

 private:
  void BeginEpoch();
  void CountSequences();
  int64_t Longest() const;  // tokens of the longest segment

  const TokenCorpus& corpus_;
  const uint64_t seed_;
  Batch batch_;
  uint64_t epoch_ = 0;
  int64_t phase_ = 0;           // where the first sequence begins
  std::vector<int64_t> first_;  // number of each segment's first sequence
  int64_t count_ = 0;           // sequences in an epoch
  int64_t next_ = 0;            // in the order of the epoch
  Permutation order_{1, 0};
};

// Held-out batches: sequences spread evenly over the held-out tokens, the same
// in every run, at most `tokens` tokens of them (rounded up to a sequence).
// Throws std::invalid_argument if there is not one sequence.
std::vector<Batch> HeldOutBatches(const TokenCorpus& corpus, int64_t context,
                                  int64_t sequences, int64_t tokens);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_BATCHES_H_
