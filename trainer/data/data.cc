#include "trainer/data/data.h"

#include <exception>

#include "shape/synthetic_task.h"
#include "trainer/data/synthetic/synthetic_data.h"
#include "trainer/data/token_corpus.h"

namespace isoshape {

std::unique_ptr<const Data> OpenData(const std::string& name) {
  if (IsSyntheticName(name)) return SyntheticData::Open(name);
  return TokenCorpus::Open(name);
}

std::string ContentChange(const std::string& name, const Data& data) {
  std::string change = data.Change();
  if (change.empty()) return "";
  try {
    const auto now = OpenData(name);
    if (now->facts().fingerprint == data.facts().fingerprint) return "";
  } catch (const std::exception& error) {
    return error.what();
  }
  return change;
}

}  // namespace isoshape
