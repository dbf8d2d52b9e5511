#ifndef ISOSHAPE_TRAINER_DATA_SYNTHETIC_MARKOV_H_
#define ISOSHAPE_TRAINER_DATA_SYNTHETIC_MARKOV_H_

#include <cstdint>
#include <vector>

#include "trainer/data/synthetic/sequence_source.h"

namespace isoshape {

// A stationary Markov source: each sequence begins with `order` tokens drawn
// from the stationary distribution. A state is the last `order` tokens, the
// newest in the lowest digit of a number in base `vocab`.
class MarkovSource : public SequenceSource {
 public:
  MarkovSource(const MarkovTask& task, int64_t seed);

  void Append(int64_t context, RandomStream& random,
              Batch& batch) const override;

  // Entropy rate h = sum of pi(s) H(row s) from the token on that has `order`
  // ones before it; the earlier ones have the entropy that their place in the
  // stationary distribution leaves them.
  double LossFloor(int64_t context) const override;

  // Probability of `token` after `state`.
  double Probability(int64_t state, int64_t token) const;
  // Probability of each state, [vocab^order].
  const std::vector<double>& stationary() const { return stationary_; }

 private:
  void DrawRows(double alpha, int64_t seed);
  void FindStationary();
  void MeasureEntropy();

  const int64_t order_, vocab_;
  int64_t states_ = 1;
  std::vector<double> rows_;        // cumulative, [states, vocab]
  std::vector<double> stationary_;  // [states]
  std::vector<double> begin_;       // cumulative, [states]
  double rate_ = 0;                 // entropy rate, nats
  double early_ = 0;                // entropy of tokens 2 .. order, nats
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_SYNTHETIC_MARKOV_H_
