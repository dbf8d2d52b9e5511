#ifndef ISOSHAPE_TRAINER_DATA_HELD_OUT_SPLIT_H_
#define ISOSHAPE_TRAINER_DATA_HELD_OUT_SPLIT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace isoshape {

// A piece of one file.
struct DataBlock {
  enum class Use { kTrain, kHeldOut, kLeftOut };
  size_t file = 0;
  int64_t offset = 0;  // bytes
  int64_t size = 0;    // bytes
  uint64_t hash = 0;   // of the content
  Use use = Use::kTrain;
};

// Tokens of a block of data that have so many.
int64_t BlockTokens(int64_t tokens);

// What was held out.
struct HeldOutSplit {
  std::vector<size_t> held_out;       // indices of blocks, by their hashes
  std::vector<std::string> warnings;  // what a reader of losses should know
};

// Decides which blocks are held out, and sets their use: those with the
// smallest hashes of their content, one byte in sixteen and at most 64 MiB. So
// the split does not depend on the order or the names of files.
//
// Of a block that occurs several times one copy is held out and the others are
// left out, so that nothing that is measured was trained on. (If the others are
// less than a thousandth of the share, they are held out with it: they weigh
// nothing, and a small file that is there twice is nothing to warn of.) One
// whose copies together exceed the share (padding, a licence in every file), or
// what is left of twice the share, is not held out but trained on, unless the
// data are little else: then one copy is measured and the others are trained
// on. So never more than twice the share is kept from training, give or take a
// block.
//
// `token_bytes` is the size of a token, for the warnings.
HeldOutSplit SplitHeldOut(int64_t token_bytes, std::vector<DataBlock>& blocks);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_HELD_OUT_SPLIT_H_
