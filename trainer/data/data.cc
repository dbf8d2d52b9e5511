#include "trainer/data/data.h"

#include <exception>
#include <utility>

#include "shape/synthetic_task.h"
#include "trainer/data/synthetic/synthetic_data.h"
#include "trainer/data/token_corpus.h"

namespace isoshape {

std::unique_ptr<const Data> OpenData(const std::string& name) {
  if (IsSyntheticName(name)) return SyntheticData::Open(name);
  return TokenCorpus::Open(name);
}

const std::string& DataWatch::Change() {
  if (!change_.empty()) return change_;
  const std::string change = (same_ != nullptr ? *same_ : data_).Change();
  if (change.empty()) return change_;
  try {
    auto now = OpenData(name_);
    if (now->facts().fingerprint == data_.facts().fingerprint) {
      same_ = std::move(now);
      return change_;
    }
    change_ = change;
  } catch (const std::exception& error) {
    change_ = error.what();
  }
  return change_;
}

}  // namespace isoshape
