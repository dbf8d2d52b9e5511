#ifndef ISOSHAPE_TRAINER_DATA_SYNTHETIC_SYNTHETIC_DATA_H_
#define ISOSHAPE_TRAINER_DATA_SYNTHETIC_SYNTHETIC_DATA_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "trainer/data/data.h"
#include "trainer/data/synthetic/sequence_source.h"

namespace isoshape {

// A generated task as data: an endless stream of independent sequences for
// every seed, and one of their own for evaluation. Sequence i of a stream
// follows from the task, the seed and i alone.
class SyntheticData : public Data {
 public:
  // Throws std::invalid_argument, one line with the remedy, if the name or an
  // option is wrong.
  static std::unique_ptr<const SyntheticData> Open(const std::string& name);

  const DataFacts& facts() const override { return facts_; }
  std::unique_ptr<BatchStream> Train(int64_t context, int64_t sequences,
                                     int64_t seed) const override;
  HeldOut Evaluation(int64_t context, int64_t sequences,
                     int64_t tokens) const override;
  std::optional<double> LossFloor(int64_t context) const override {
    return source_->LossFloor(context);
  }
  void CheckShape(const Shape& shape) const override;

 private:
  explicit SyntheticData(const SyntheticTask& task);

  const SyntheticTask task_;
  const std::unique_ptr<const SequenceSource> source_;
  DataFacts facts_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_SYNTHETIC_SYNTHETIC_DATA_H_
