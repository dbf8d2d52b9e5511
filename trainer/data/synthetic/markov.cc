#include "trainer/data/synthetic/markov.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

namespace isoshape {
namespace {

// Sum of |change| of one step at which the stationary distribution is found.
constexpr double kConverged = 1e-13;
// Entries that the iteration may visit in all.
constexpr int64_t kMaxWork = int64_t{1} << 32;

// -sum of p ln p.
double Entropy(const std::vector<double>& probabilities) {
  double sum = 0;
  for (const double p : probabilities) {
    if (p > 0) sum -= p * std::log(p);
  }
  return sum;
}

double Normal(RandomStream& random) {
  const double radius = std::sqrt(-2 * std::log(random.Uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.Uniform());
}

// Gamma(shape, 1) by Marsaglia and Tsang 2000; below shape 1 by their
// Gamma(shape + 1) U^(1 / shape).
double Gamma(double shape, RandomStream& random) {
  if (shape < 1) {
    const double boost = std::pow(random.Uniform(), 1 / shape);
    return Gamma(shape + 1, random) * boost;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = Normal(random);
    const double v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(random.Uniform()) <
                     0.5 * x * x + d - d * v + d * std::log(v)) {
      return d * v;
    }
  }
}

// The index at which a cumulative distribution passes a uniform draw.
int64_t Draw(const double* cumulative, int64_t size, RandomStream& random) {
  const double* at =
      std::upper_bound(cumulative, cumulative + size, random.Uniform());
  return std::min<int64_t>(at - cumulative, size - 1);
}

}  // namespace

MarkovSource::MarkovSource(const MarkovTask& task, int64_t seed)
    : order_(task.order), vocab_(task.vocab) {
  for (int64_t i = 0; i < order_; ++i) states_ *= vocab_;
  DrawRows(task.alpha, seed);
  FindStationary();
  MeasureEntropy();
}

void MarkovSource::DrawRows(double alpha, int64_t seed) {
  RandomStream random(static_cast<uint64_t>(seed));
  rows_.resize(static_cast<size_t>(states_ * vocab_));
  for (int64_t state = 0; state < states_; ++state) {
    double* row = &rows_[static_cast<size_t>(state * vocab_)];
    double sum = 0;
    for (int64_t token = 0; token < vocab_; ++token) {
      row[token] = sum += Gamma(alpha, random);
    }
    for (int64_t token = 0; token < vocab_; ++token) row[token] /= sum;
    row[vocab_ - 1] = 1;
  }
}

double MarkovSource::Probability(int64_t state, int64_t token) const {
  const double* row = &rows_[static_cast<size_t>(state * vocab_)];
  return row[token] - (token > 0 ? row[token - 1] : 0);
}

void MarkovSource::FindStationary() {
  // Power iteration of the chain that stays where it is half of the time: it
  // has the same stationary distribution and no period.
  const auto size = static_cast<size_t>(states_);
  const int64_t older = states_ / vocab_;  // states without the oldest token
  stationary_.assign(size, 1 / static_cast<double>(states_));
  std::vector<double> next(size);
  for (int64_t work = 0; work < kMaxWork; work += states_ * vocab_) {
    for (size_t i = 0; i < size; ++i) next[i] = stationary_[i] / 2;
    for (int64_t state = 0; state < states_; ++state) {
      const double* row = &rows_[static_cast<size_t>(state * vocab_)];
      // NOLINTNEXTLINE(clang-analyzer-core.*): states_ is a power of vocab_.
      double* to = &next[static_cast<size_t>(state % older * vocab_)];
      const double half = stationary_[static_cast<size_t>(state)] / 2;
      double before = 0;
      for (int64_t token = 0; token < vocab_; ++token) {
        to[token] += half * (row[token] - before);
        before = row[token];
      }
    }
    double change = 0;
    for (size_t i = 0; i < size; ++i) {
      change += std::abs(next[i] - stationary_[i]);
    }
    stationary_.swap(next);
    if (change < kConverged) return;
  }
  throw std::invalid_argument(
      "the Markov source forgets its beginning too slowly for its entropy to "
      "be computed; give a larger alpha, or another seed");
}

void MarkovSource::MeasureEntropy() {
  begin_.reserve(stationary_.size());
  double sum = 0;
  for (int64_t state = 0; state < states_; ++state) {
    double entropy = 0;
    for (int64_t token = 0; token < vocab_; ++token) {
      const double p = Probability(state, token);
      if (p > 0) entropy -= p * std::log(p);
    }
    const double weight = stationary_[static_cast<size_t>(state)];
    rate_ += weight * entropy;
    begin_.push_back(sum += weight);
  }
  // The first token alone: sums over all later ones.
  std::vector<double> first(static_cast<size_t>(vocab_));
  for (int64_t state = 0; state < states_; ++state) {
    first[static_cast<size_t>(state / (states_ / vocab_))] +=
        stationary_[static_cast<size_t>(state)];
  }
  early_ = Entropy(stationary_) - Entropy(first);
}

void MarkovSource::Append(int64_t context, RandomStream& random,
                          Batch& batch) const {
  int64_t state = Draw(begin_.data(), states_, random);
  for (int64_t unit = states_ / vocab_; unit > 0; unit /= vocab_) {
    batch.tokens.push_back(static_cast<int32_t>(state / unit % vocab_));
  }
  for (int64_t i = order_; i <= context; ++i) {
    const int64_t token =
        Draw(&rows_[static_cast<size_t>(state * vocab_)], vocab_, random);
    batch.tokens.push_back(static_cast<int32_t>(token));
    state = state % (states_ / vocab_) * vocab_ + token;
  }
}

double MarkovSource::LossFloor(int64_t context) const {
  // Targets are tokens 2 .. context + 1.
  return (early_ + static_cast<double>(context - order_ + 1) * rate_) /
         static_cast<double>(context);
}

}  // namespace isoshape
