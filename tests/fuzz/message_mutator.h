#ifndef ISOSHAPE_TESTS_FUZZ_MESSAGE_MUTATOR_H_
#define ISOSHAPE_TESTS_FUZZ_MESSAGE_MUTATOR_H_

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace isoshape {

// Changes one field of a message that is written as JSON, or of one in it,
// chosen by chance: it is set to what code may stumble over or to what names
// something of SmallBeginning, is removed, or a list has one entry more or
// less. A search over bytes alone hardly ever makes a request whose fields are
// all known and of their types.
void MutateMessage(const google::protobuf::Descriptor& type,
                   std::mt19937_64* random, nlohmann::json* message);

// A LLVMFuzzerCustomMutator: half of the time libFuzzer changes bytes, else
// `mutated` returns another input for one, by chance; one that is longer than
// `max_size` is not taken.
size_t MutateInput(
    uint8_t* data, size_t size, size_t max_size, unsigned int seed,
    const std::function<std::string(const std::string& input,
                                    std::mt19937_64* random)>& mutated);
// The same for inputs that are one message as JSON.
size_t MutateJsonInput(const google::protobuf::Descriptor& type, uint8_t* data,
                       size_t size, size_t max_size, unsigned int seed);

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FUZZ_MESSAGE_MUTATOR_H_
