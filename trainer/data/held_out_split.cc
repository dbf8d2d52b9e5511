#include "trainer/data/held_out_split.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <sstream>

namespace isoshape {
namespace {

using Use = DataBlock::Use;

// One token in this many is held out.
constexpr int64_t kHeldOutShare = 16;
constexpr int64_t kMaxHeldOut = int64_t{64} << 20;
// Copies of less than one in this many of the held-out tokens weigh nothing.
constexpr int64_t kNegligible = 1000;
// Max tokens of a block. Short data have smaller blocks, so that there are
// enough of them to draw from.
constexpr int64_t kMaxBlock = 16384;
constexpr int64_t kMinBlock = 256;
constexpr int64_t kBlocksWanted = 512;

// The blocks of one content, as a range of the order by hash.
struct Copies {
  size_t begin = 0, end = 0;
  int64_t bytes = 0;  // of all of them
};

// Bytes by what became of them.
struct Account {
  int64_t total = 0, asked = 0;
  int64_t held_out = 0;
  int64_t left_out = 0;    // copies of what is held out
  int64_t repeated = 0;    // in groups that are too large to be held out
  int64_t also_train = 0;  // held out, with copies that are trained on
};

std::vector<size_t> OrderByHash(const std::vector<DataBlock>& blocks) {
  std::vector<size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&blocks](size_t a, size_t b) {
    return blocks[a].hash < blocks[b].hash;
  });
  return order;
}

Copies CopiesFrom(size_t begin, const std::vector<size_t>& order,
                  const std::vector<DataBlock>& blocks) {
  Copies copies{begin, begin, 0};
  while (copies.end < order.size() &&
         blocks[order[copies.end]].hash == blocks[order[begin]].hash) {
    copies.bytes += blocks[order[copies.end++]].size;
  }
  return copies;
}

std::vector<std::string> Warnings(const Account& account, int64_t token_bytes) {
  std::vector<std::string> warnings;
  const auto add = [&](int64_t bytes, const char* what) {
    if (bytes == 0) return;
    std::ostringstream out;
    out.precision(3);
    out << bytes / token_bytes << " tokens ("
        << 100.0 * static_cast<double>(bytes) /
               static_cast<double>(account.total)
        << " % of the data) " << what;
    warnings.push_back(out.str());
  };
  add(account.left_out,
      "are copies of held-out blocks and are neither trained on nor measured");
  add(account.repeated,
      "are copies of blocks that occur so often that they are trained on and "
      "not held out; the data may be padded or repeat a text");
  add(account.also_train,
      "are held out and were trained on too, because the data are little else "
      "than copies of a few blocks; the loss says nothing of new text");
  if (account.held_out < account.asked / 2 ||
      account.held_out > 2 * account.asked) {
    add(account.held_out,
        "are held out, and one in sixteen was asked for; longer data without "
        "copies are measured better");
  }
  return warnings;
}

}  // namespace

int64_t BlockTokens(int64_t tokens) {
  int64_t size = kMaxBlock;
  while (size > kMinBlock && tokens / size < kBlocksWanted) size /= 2;
  return size;
}

HeldOutSplit SplitHeldOut(int64_t token_bytes, std::vector<DataBlock>& blocks) {
  Account account;
  for (const DataBlock& block : blocks) account.total += block.size;
  account.asked = std::min(account.total / kHeldOutShare, kMaxHeldOut);
  const std::vector<size_t> order = OrderByHash(blocks);
  HeldOutSplit split;
  const auto hold_out = [&](size_t block) {
    blocks[block].use = Use::kHeldOut;
    split.held_out.push_back(block);
    account.held_out += blocks[block].size;
  };
  const auto kept_from_training = [&account] {
    return account.held_out + account.left_out;
  };
  std::vector<Copies> repeated;
  Copies copies;
  for (size_t next = 0; next < order.size(); next = copies.end) {
    copies = CopiesFrom(next, order, blocks);
    const bool copied = copies.end - copies.begin > 1;
    if (copied && copies.bytes > account.asked) {
      repeated.push_back(copies);
      account.repeated += copies.bytes;
      continue;
    }
    const bool enough = account.held_out >= account.asked ||
                        kept_from_training() >= 2 * account.asked;
    if (enough && !split.held_out.empty()) continue;
    if (copied && kept_from_training() + copies.bytes > 2 * account.asked) {
      continue;  // trained on, as all that is not held out
    }
    hold_out(order[copies.begin]);
    const int64_t others = copies.bytes - blocks[order[copies.begin]].size;
    const std::span<const size_t> group =
        std::span(order).subspan(copies.begin, copies.end - copies.begin);
    for (const size_t copy : group.subspan(1)) {
      if (others <= account.asked / kNegligible) {
        hold_out(copy);
        continue;
      }
      blocks[copy].use = Use::kLeftOut;
      account.left_out += blocks[copy].size;
    }
  }
  const bool little_else =
      split.held_out.empty() || kept_from_training() < account.asked / 2;
  for (const Copies& group : repeated) {
    if (!little_else || account.held_out >= account.asked) break;
    hold_out(order[group.begin]);
    account.also_train += blocks[order[group.begin]].size;
  }
  if (account.also_train > 0) account.repeated = 0;  // said by that
  split.warnings = Warnings(account, token_bytes);
  return split;
}

}  // namespace isoshape
