#include "trainer/data/data.h"

#include "shape/synthetic_task.h"
#include "trainer/data/synthetic/synthetic_data.h"
#include "trainer/data/token_corpus.h"

namespace isoshape {

std::unique_ptr<const Data> OpenData(const std::string& name) {
  if (IsSyntheticName(name)) return SyntheticData::Open(name);
  return TokenCorpus::Open(name);
}

}  // namespace isoshape
