#ifndef ISOSHAPE_WORKER_TRAINER_SAMPLE_TEXT_H_
#define ISOSHAPE_WORKER_TRAINER_SAMPLE_TEXT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace isoshape {

// A file of pseudo-random words for runs of which only the costs, or the
// manners of the trainer, are of interest. The same bytes each time, all below
// 128. Removed with the object.
class SampleText {
 public:
  // UNAVAILABLE if the folder of temporary files cannot be written.
  static absl::StatusOr<std::unique_ptr<SampleText>> Write(size_t bytes);
  ~SampleText();
  SampleText(const SampleText&) = delete;
  SampleText& operator=(const SampleText&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit SampleText(std::string path) : path_(std::move(path)) {}

  const std::string path_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_SAMPLE_TEXT_H_
