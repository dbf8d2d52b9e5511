// What the generated tasks write, held against what is said of their entropy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "trainer/data/synthetic/hierarchy.h"
#include "trainer/data/synthetic/markov.h"
#include "trainer/data/synthetic/pointer.h"
#include "trainer/data/synthetic/recall.h"

namespace isoshape {
namespace {

using Tokens = std::vector<int32_t>;

// Sequences of a source, and where their answers are.
struct Sample {
  Tokens tokens;
  std::vector<int64_t> positions;
};
std::vector<Sample> Draw(const SequenceSource& source, int64_t context,
                         int count) {
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) {
    Batch batch;
    RandomStream random(static_cast<uint64_t>(i));
    source.Append(context, random, batch);
    EXPECT_EQ(batch.tokens.size(), static_cast<size_t>(context + 1));
    EXPECT_TRUE(std::is_sorted(batch.positions.begin(), batch.positions.end()));
    samples.push_back({batch.tokens, batch.positions});
  }
  return samples;
}

// Mean of `values` and its standard error.
struct Mean {
  explicit Mean(const std::vector<double>& values) {
    const double count = static_cast<double>(values.size());
    for (const double value : values) mean += value / count;
    double squares = 0;
    for (const double value : values) squares += std::pow(value - mean, 2);
    error = std::sqrt(squares / (count - 1) / count);
  }
  double mean = 0, error = 0;
};

// -ln of the probability of the next token given all before it, by the source's
// own rows; sums over what was not seen of the first state.
double OracleLoss(const MarkovSource& source, const MarkovTask& task,
                  const Tokens& tokens) {
  // Probability of the first `count` tokens.
  const auto begin = [&](int64_t count) {
    int64_t block = 0, unit = 1;
    for (int64_t i = 0; i < count; ++i) {
      block = block * task.vocab + tokens[static_cast<size_t>(i)];
    }
    for (int64_t i = count; i < task.order; ++i) unit *= task.vocab;
    double sum = 0;
    for (int64_t rest = 0; rest < unit; ++rest) {
      sum += source.stationary()[static_cast<size_t>(block * unit + rest)];
    }
    return sum;
  };
  double loss = 0;
  for (size_t i = 1; i < tokens.size(); ++i) {
    if (static_cast<int64_t>(i) < task.order) {
      const auto seen = static_cast<int64_t>(i);
      loss -= std::log(begin(seen + 1) / begin(seen));
      continue;
    }
    int64_t state = 0;
    for (size_t j = i - static_cast<size_t>(task.order); j < i; ++j) {
      state = state * task.vocab + tokens[j];
    }
    loss -= std::log(source.Probability(state, tokens[i]));
  }
  return loss / static_cast<double>(tokens.size() - 1);
}

TEST(MarkovTest, AnOracleLosesTheFloorAndNoLess) {
  for (const MarkovTask& task :
       {MarkovTask{1, 16, 0.3}, MarkovTask{2, 5, 1.0}, MarkovTask{3, 4, 0.05},
        MarkovTask{4, 2, 0.2}}) {
    for (const int64_t context : {4, 40}) {
      const MarkovSource source(task, 5);
      std::vector<double> losses;
      for (const Sample& sample : Draw(source, context, 4000)) {
        EXPECT_TRUE(sample.positions.empty());
        losses.push_back(OracleLoss(source, task, sample.tokens));
      }
      const Mean mean(losses);
      EXPECT_NEAR(mean.mean, source.LossFloor(context), 4 * mean.error)
          << task.order << " " << context;
      EXPECT_LT(mean.error, 0.02);
    }
  }
}

TEST(MarkovTest, RowsAreDistributionsAndTheStationaryOneStays) {
  const MarkovTask task{2, 6, 0.3};
  const MarkovSource source(task, 1);
  const std::vector<double>& pi = source.stationary();
  std::vector<double> after(pi.size());
  for (int64_t state = 0; state < 36; ++state) {
    double sum = 0;
    for (int64_t token = 0; token < 6; ++token) {
      const double p = source.Probability(state, token);
      EXPECT_GE(p, 0);
      sum += p;
      after[static_cast<size_t>(state % 6 * 6 + token)] +=
          pi[static_cast<size_t>(state)] * p;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
  for (size_t i = 0; i < pi.size(); ++i) EXPECT_NEAR(after[i], pi[i], 1e-10);
}

TEST(MarkovTest, AlphaIsTheDialFromCertainToUniform) {
  double last = 0;
  for (const double alpha : {0.05, 0.3, 1.0, 10.0, 100.0}) {
    const double floor = MarkovSource({1, 16, alpha}, 0).LossFloor(1);
    EXPECT_GT(floor, last);
    last = floor;
  }
  EXPECT_NEAR(last, std::log(16.0), 0.02);
  // The mean entropy of a Dirichlet row of n alphas: digamma(n alpha + 1) -
  // digamma(alpha + 1); at alpha 1 the harmonic number H_n less 1.
  double sum = 0;
  for (int seed = 0; seed < 50; ++seed) {
    sum += MarkovSource({1, 16, 1.0}, seed).LossFloor(1) / 50;
  }
  double expected = -1;
  for (int i = 1; i <= 16; ++i) expected += 1.0 / i;
  EXPECT_NEAR(sum, expected, 0.02);
}

TEST(HierarchyTest, AllStringsOccurEquallyOften) {
  // v = 3, m = 2, s = 2, l = 2: 3 * 2^3 strings.
  const HierarchySource source({2, 3, 2, 2}, 4);
  std::map<Tokens, int> counts;
  for (const Sample& sample : Draw(source, 10, 12000)) {  // two strings each
    EXPECT_TRUE(sample.positions.empty());
    for (const size_t end : {0u, 5u, 10u}) EXPECT_EQ(sample.tokens[end], 3);
    for (const auto begin : {1, 6}) {
      ++counts[Tokens(sample.tokens.begin() + begin,
                      sample.tokens.begin() + begin + 4)];
    }
  }
  EXPECT_EQ(counts.size(), 24u);
  for (const auto& [string, count] : counts) {
    EXPECT_NEAR(count, 1000, 5 * std::sqrt(1000));
  }
  EXPECT_NEAR(source.LossFloor(10), std::log(24.0) / 5, 1e-12);
}

TEST(HierarchyTest, NoTupleHasTwoParents) {
  const HierarchyTask task{3, 8, 8, 2};  // every tuple is used
  const HierarchySource source(task, 1);
  for (int64_t level = 0; level < 3; ++level) {
    std::set<Tokens> tuples;
    for (int64_t feature = 0; feature < 8; ++feature) {
      for (int64_t synonym = 0; synonym < 8; ++synonym) {
        const int32_t* rule = source.Rule(level, feature, synonym);
        tuples.insert(Tokens(rule, rule + 2));
      }
    }
    EXPECT_EQ(tuples.size(), 64u);
  }
}

TEST(HierarchyTest, FloorIsThePublishedEntropy) {
  // Per token of the string, nats: v = 16, m = 4, s = 2.
  for (const auto& [levels, entropy] :
       {std::pair<int64_t, double>{2, 1.733}, {4, 1.473}, {6, 1.408}}) {
    const HierarchyTask task{levels, 16, 4, 2};
    const double length = static_cast<double>(StringLength(task));
    EXPECT_NEAR(HierarchySource(task, 0).LossFloor(0) * (length + 1) / length,
                entropy, 5e-4);
  }
}

TEST(PointerTest, TheAnswerIsWhereTheHopsLead) {
  const PointerTask task{5, 7};
  const PointerSource source(task);
  EXPECT_EQ(source.LossFloor(100), 0);
  std::map<int32_t, int> answers;
  for (const Sample& sample : Draw(source, 40, 2000)) {
    ASSERT_EQ(sample.positions, (std::vector<int64_t>{16, 34}));
    for (const int64_t position : sample.positions) {
      const auto answer = static_cast<size_t>(position + 1);
      const size_t begin = answer - 17;
      EXPECT_EQ(sample.tokens[begin], 7);
      EXPECT_EQ(sample.tokens[answer - 2], 8);
      std::map<int32_t, int32_t> next;
      for (size_t i = begin + 1; i < answer - 2; i += 2) {
        next[sample.tokens[i]] = sample.tokens[i + 1];
      }
      ASSERT_EQ(next.size(), 7u);
      int32_t node = sample.tokens[answer - 1];
      std::set<int32_t> visited;
      for (int hop = 0; hop < 5; ++hop) {
        node = next.at(node);
        visited.insert(node);
      }
      EXPECT_EQ(visited.size(), 5u);  // one cycle through all
      EXPECT_EQ(sample.tokens[answer], node);
      ++answers[node];
    }
    for (size_t i = 36; i <= 40; ++i) EXPECT_EQ(sample.tokens[i], 7);
  }
  for (const auto& [node, count] : answers) {
    EXPECT_NEAR(count, 4000 / 7.0, 5 * std::sqrt(4000 / 7.0)) << node;
  }
}

TEST(RecallTest, EveryKeyIsAskedForOnceAndAnsweredByItsValue) {
  const RecallSource source({8, 64});
  EXPECT_EQ(source.LossFloor(100), 0);
  std::map<int64_t, int> places;
  for (const Sample& sample : Draw(source, 63, 1000)) {
    std::map<int32_t, int32_t> values;
    std::set<int32_t> distinct;
    for (size_t i = 0; i < 16; i += 2) {
      values[sample.tokens[i]] = sample.tokens[i + 1];
      distinct.insert(sample.tokens[i + 1]);
      EXPECT_THAT(sample.tokens[i],
                  testing::AllOf(testing::Ge(1), testing::Lt(32)));
      EXPECT_THAT(sample.tokens[i + 1],
                  testing::AllOf(testing::Ge(32), testing::Lt(64)));
    }
    ASSERT_EQ(values.size(), 8u);
    ASSERT_EQ(distinct.size(), 8u);
    ASSERT_EQ(sample.positions.size(), 8u);
    std::set<int32_t> asked;
    for (const int64_t position : sample.positions) {
      const int32_t key = sample.tokens[static_cast<size_t>(position)];
      asked.insert(key);
      EXPECT_EQ(sample.tokens[static_cast<size_t>(position + 1)],
                values.at(key));
      ++places[position];
    }
    EXPECT_EQ(asked.size(), 8u);
    EXPECT_EQ(std::count(sample.tokens.begin(), sample.tokens.end(), 0), 32);
  }
  // Slots near the pairs are asked for more often: weights i^-0.99.
  EXPECT_GT(places[16], 2 * places[62]);
  EXPECT_GT(places[62], 0);
}

}  // namespace
}  // namespace isoshape
