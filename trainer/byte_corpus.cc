#include "trainer/byte_corpus.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace isoshape {
namespace {

// One byte in this many is held out.
constexpr int64_t kHeldOutShare = 16;
constexpr int64_t kMostHeldOut = int64_t{64} << 20;
// Blocks are no larger than this, and smaller where the text is short, so that
// there are enough of them to draw from.
constexpr int64_t kLargestBlock = 16384;
constexpr int64_t kLeastBlock = 256;
constexpr int64_t kBlocksWanted = 512;

int64_t BlockSize(int64_t bytes) {
  int64_t size = kLargestBlock;
  while (size > kLeastBlock && bytes / size < kBlocksWanted) size /= 2;
  return size;
}

// Indices of the blocks to hold out, by hash: the smallest hashes until there
// are enough; blocks of equal content go together.
std::vector<size_t> ChooseHeldOut(const std::vector<TextBlock>& blocks,
                                  int64_t bytes) {
  const int64_t enough = std::min(bytes / kHeldOutShare, kMostHeldOut);
  std::vector<size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&blocks](size_t a, size_t b) {
    return blocks[a].hash < blocks[b].hash;
  });
  int64_t held_out = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (held_out >= enough && i > 0 &&
        blocks[order[i]].hash != blocks[order[i - 1]].hash) {
      order.resize(i);
      break;
    }
    held_out += blocks[order[i]].size;
  }
  return order;
}

double Entropy(const int64_t* counts, size_t size) {
  double total = 0;
  double sum = 0;
  for (size_t i = 0; i < size; ++i) {
    const double count = static_cast<double>(counts[i]);
    total += count;
    if (count > 0) sum += count * std::log(count);
  }
  return total > 0 ? total * std::log(total) - sum : 0;
}

}  // namespace

ByteCorpus ByteCorpus::Open(const std::string& path) {
  ByteCorpus corpus;
  corpus.files_ = TextFiles::Open(path);
  const int64_t bytes = corpus.files_.bytes();
  if (bytes == 0) {
    throw std::invalid_argument("data " + path +
                                " is empty; name a text file or folder");
  }
  corpus.Split(corpus.files_.Blocks(BlockSize(bytes)), bytes);
  corpus.MeasureEntropy();
  return corpus;
}

void ByteCorpus::Split(std::vector<TextBlock> blocks, int64_t bytes) {
  for (const size_t i : ChooseHeldOut(blocks, bytes)) {
    TextBlock& block = blocks[i];
    block.held_out = true;
    held_out_.insert(held_out_.end(), block.data, block.data + block.size);
  }
  uint64_t sum = 0;
  for (const TextBlock& block : blocks) {
    sum += block.hash;
    if (block.held_out) continue;
    if (!train_.empty() &&
        train_.back().data + train_.back().size == block.data) {
      train_.back().size += block.size;
    } else {
      train_.push_back({block.data, block.size});
    }
    train_bytes_ += block.size;
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(sum));
  fingerprint_ = text;
}

void ByteCorpus::MeasureEntropy() {
  std::array<int64_t, 256> single = {};
  std::vector<int64_t> pairs(256 * 256);
  for (size_t i = 0; i < held_out_.size(); ++i) {
    ++single[held_out_[i]];
    if (i > 0) ++pairs[size_t{held_out_[i - 1]} * 256 + held_out_[i]];
  }
  const double count = static_cast<double>(held_out_.size());
  unigram_entropy_ = Entropy(single.data(), single.size()) / count;
  double conditional = 0;
  for (size_t row = 0; row < 256; ++row) {
    conditional += Entropy(&pairs[row * 256], 256);
  }
  bigram_entropy_ = conditional / std::max(1.0, count - 1);
}

}  // namespace isoshape
