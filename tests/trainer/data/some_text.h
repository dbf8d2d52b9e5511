#ifndef ISOSHAPE_TESTS_TRAINER_DATA_SOME_TEXT_H_
#define ISOSHAPE_TESTS_TRAINER_DATA_SOME_TEXT_H_

#include <cstdint>
#include <string>

namespace isoshape {

// Words drawn from a small vocabulary: `bytes` bytes that are far from random
// and the same for equal seeds.
std::string SomeText(int64_t bytes, uint64_t seed);

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TRAINER_DATA_SOME_TEXT_H_
