#include "trainer/data.h"

#include <stdexcept>

#include "trainer/token_corpus.h"

namespace isoshape {

std::unique_ptr<const Data> OpenData(const std::string& name) {
  return TokenCorpus::Open(name);
}

void CheckVocabulary(const DataFacts& facts, const Shape& shape) {
  const bool masked = shape.objective == Objective::kMasked;
  const int64_t needed = facts.vocab + (masked ? 1 : 0);
  if (shape.vocab >= needed) return;
  throw std::invalid_argument(
      "vocab " + std::to_string(shape.vocab) + " does not hold the " +
      std::to_string(facts.vocab) + " token values of the data" +
      (masked ? " and the mask" : "") + "; use " + std::to_string(needed) +
      " or more");
}

}  // namespace isoshape
