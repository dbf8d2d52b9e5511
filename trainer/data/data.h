#ifndef ISOSHAPE_TRAINER_DATA_DATA_H_
#define ISOSHAPE_TRAINER_DATA_DATA_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shape/shape.h"
#include "trainer/data/batch.h"
#include "trainer/data/token_entropy.h"

namespace isoshape {

// Facts of data that are known before a run.
struct DataFacts {
  int64_t vocab = 0;            // every token is below it
  int64_t train_tokens = 0;     // 0: endless, nothing is seen twice
  int64_t held_out_tokens = 0;  // 0: endless
  double bytes_per_token = 0;   // of text, mean; 0: not known
  std::string fingerprint;      // identifies the content; hexadecimal
  std::vector<std::string> warnings =
      {};  // what a reader of losses should know
};

// Training batches of one run. Not thread-safe.
class BatchStream {
 public:
  virtual ~BatchStream() = default;
  // The next batch, valid until the next call.
  virtual const Batch& Next() = 0;
  // Passes over `batches` batches, in a time that depends on epochs alone.
  virtual void Skip(int64_t batches) = 0;
};

// Held-out batches, the same in every run of a context and a batch.
struct HeldOut {
  std::vector<Batch> batches;
  TokenEntropy entropy;
};

// What a run is trained on and measured on: text, token files, or a generated
// task. Immutable, so that threads may share it. What is read from files throws
// std::runtime_error if they are not what they were when they were opened.
class Data {
 public:
  virtual ~Data() = default;

  virtual const DataFacts& facts() const = 0;

  // One line that says what is not as it was when the data were opened, by what
  // the file system says of it; empty if nothing is.
  virtual std::string Change() const { return ""; }

  // Throws std::invalid_argument, one line with the remedy, if `shape` cannot
  // be trained on the data: its vocabulary does not hold the tokens, say.
  virtual void CheckShape(const Shape& shape) const = 0;

  // Batches of `sequences` sequences of `context` tokens in an order that
  // `seed` fixes. The data must outlive them. Throws std::invalid_argument, one
  // line with the remedy, if the data have too few tokens.
  virtual std::unique_ptr<BatchStream> Train(int64_t context, int64_t sequences,
                                             int64_t seed) const = 0;

  // At most `tokens` held-out tokens (rounded up to a sequence) in batches of
  // `sequences`. Throws as Train does.
  virtual HeldOut Evaluation(int64_t context, int64_t sequences,
                             int64_t tokens) const = 0;

  // The minimum of the mean loss that any model can reach at this context, nats
  // per predicted token; absent if it is not known, as for text.
  virtual std::optional<double> LossFloor(int64_t context) const {
    (void)context;
    return std::nullopt;
  }
};

// Opens what docs/data.md describes: a file, a folder, or `synthetic:…`. Throws
// one line with the remedy: std::runtime_error if what is on the disk cannot be
// used, std::invalid_argument if there is no such generated task.
std::unique_ptr<const Data> OpenData(const std::string& name);

// What was found of data that were opened before.
struct DataChange {
  std::string what;         // one line; empty: they are as they were
  bool unreadable = false;  // now, and may be as they were all the same
};

// Looks whether data that OpenData(name) has opened are as they were. Not
// thread-safe.
class DataWatch {
 public:
  // `data` must outlive it.
  DataWatch(std::string name, const Data& data)
      : name_(std::move(name)), data_(data) {}

  // What Data::Change says, but empty too if the content is still the same: a
  // file was only touched, or copied over itself. The content is read again
  // once for each such change and not at each look. What has changed once stays
  // so, even if it is put back: what was read meanwhile is not known. What only
  // cannot be read now is looked at again.
  const DataChange& Change();

 private:
  const std::string name_;
  const Data& data_;
  std::unique_ptr<const Data> same_;  // opened since, with that content
  DataChange change_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_DATA_H_
