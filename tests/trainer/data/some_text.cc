#include "tests/trainer/data/some_text.h"

#include "trainer/data/permutation.h"

namespace isoshape {

std::string SomeText(int64_t bytes, uint64_t seed) {
  std::string text;
  for (uint64_t i = 0; static_cast<int64_t>(text.size()) < bytes; ++i) {
    const uint64_t word = Mix(Mix(seed) + i) % 97;
    for (uint64_t letter = 0; letter < 2 + word % 5; ++letter) {
      text += static_cast<char>('a' + Mix(word * 7 + letter) % 26);
    }
    text += word % 11 == 0 ? '\n' : ' ';
  }
  text.resize(static_cast<size_t>(bytes));
  return text;
}

}  // namespace isoshape
