#include "trainer/data/token_corpus.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <stdexcept>

#include "trainer/data/batches.h"

namespace isoshape {
namespace {

// One token in this many is held out.
constexpr int64_t kHeldOutShare = 16;
constexpr int64_t kMaxHeldOut = int64_t{64} << 20;
// Held-out tokens whose entropy is measured.
constexpr int64_t kEntropyTokens = int64_t{1} << 20;
// Max tokens of a block. Short data have smaller blocks, so that there are
// enough of them to draw from.
constexpr int64_t kMaxBlock = 16384;
constexpr int64_t kMinBlock = 256;
constexpr int64_t kBlocksWanted = 512;

int64_t BlockSize(int64_t tokens) {
  int64_t size = kMaxBlock;
  while (size > kMinBlock && tokens / size < kBlocksWanted) size /= 2;
  return size;
}

// Indices of the blocks to hold out, by hash: the smallest hashes until there
// are enough; blocks of equal content go together.
std::vector<size_t> ChooseHeldOut(const std::vector<DataBlock>& blocks,
                                  int64_t bytes) {
  const int64_t enough = std::min(bytes / kHeldOutShare, kMaxHeldOut);
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

// Whether this is a tokenizer, which tells how many bytes of text each token of
// the data beside it stands for.
bool IsTokenizer(const std::string& path) {
  return std::filesystem::path(path).filename() == "tokenizer.model";
}

}  // namespace

std::unique_ptr<const TokenCorpus> TokenCorpus::Open(const std::string& path) {
  std::unique_ptr<TokenCorpus> corpus(new TokenCorpus());
  corpus->files_ = DataFiles::Open(path);
  const std::vector<Part> parts = corpus->ReadLayouts(path);
  int64_t bytes = 0;
  for (const Part& part : parts) bytes += part.size;
  if (bytes == 0) {
    throw std::invalid_argument("data " + path +
                                " is empty; name a text file or folder");
  }
  corpus->Split(parts, bytes);
  corpus->Describe();
  return corpus;
}

std::vector<TokenCorpus::Part> TokenCorpus::ReadLayouts(
    const std::string& path) {
  std::vector<Part> parts;
  const std::string* first = nullptr;
  for (const DataFiles::File& file : files_.files()) {
    if (IsTokenizer(file.path)) {
      if (Tokenizer::Available()) tokenizer_ = Tokenizer::Open(file.path);
      continue;
    }
    const TokenLayout layout = ReadTokenLayout(file.path, file.data, file.size);
    if (first == nullptr) {
      first = &file.path;
      type_ = layout.type;
    }
    if (layout.type != type_) {
      throw std::invalid_argument("data " + path + " mix tokens of " +
                                  TokenTypeName(type_) + " (" + *first +
                                  ") and " + TokenTypeName(layout.type) + " (" +
                                  file.path + "); keep one kind in a folder");
    }
    const uint8_t* data = file.data + layout.offset;
    if (type_ != TokenType::kUint8 && layout.count > 0) {
      const TokenRange range = RangeOf(type_, data, layout.count);
      if (range.min < 0 || range.max >= kMaxVocab) {
        throw std::invalid_argument(
            "data " + file.path + " have token " +
            std::to_string(range.min < 0 ? range.min : range.max) +
            ", not in 0 .. " + std::to_string(kMaxVocab - 1) +
            "; write token ids");
      }
      facts_.vocab = std::max(facts_.vocab, range.max + 1);
    }
    parts.push_back({data, layout.count * TokenBytes(type_)});
  }
  if (tokenizer_) CheckTokenizer(path);
  if (type_ == TokenType::kUint8) {
    facts_.vocab = 256;
    facts_.bytes_per_token = 1;
  }
  return parts;
}

void TokenCorpus::CheckTokenizer(const std::string& path) const {
  if (type_ == TokenType::kUint8) {
    throw std::invalid_argument(
        "data " + path +
        " have a tokenizer.model beside bytes; encode the "
        "text with it (isoshape-trainer encode), or move it away");
  }
  if (facts_.vocab > tokenizer_->vocab()) {
    throw std::invalid_argument("data " + path + " have token " +
                                std::to_string(facts_.vocab - 1) +
                                ", and their tokenizer.model has tokens 0 .. " +
                                std::to_string(tokenizer_->vocab() - 1) +
                                "; encode the text with that model");
  }
}

void TokenCorpus::Split(const std::vector<Part>& parts, int64_t bytes) {
  const int64_t unit = TokenBytes(type_);
  const int64_t block_size = BlockSize(bytes / unit) * unit;
  std::vector<DataBlock> blocks;
  for (const Part& part : parts) {
    AppendBlocks(part.data, part.size, block_size, blocks);
  }
  for (const size_t i : ChooseHeldOut(blocks, bytes)) {
    DataBlock& block = blocks[i];
    block.held_out = true;
    held_out_.insert(held_out_.end(), block.data, block.data + block.size);
  }
  uint64_t sum = 0;
  for (const DataBlock& block : blocks) {
    sum += block.hash;
    if (block.held_out) continue;
    const int64_t tokens = block.size / unit;
    if (!train_.empty() &&
        train_.back().data + train_.back().size * unit == block.data) {
      train_.back().size += tokens;
    } else {
      train_.push_back({block.data, tokens});
    }
    facts_.train_tokens += tokens;
  }
  facts_.held_out_tokens = static_cast<int64_t>(held_out_.size()) / unit;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(sum));
  facts_.fingerprint = text;
}

void TokenCorpus::Describe() {
  const int64_t count = std::min(facts_.held_out_tokens, kEntropyTokens);
  std::vector<int32_t> previous, tokens;
  Append(held_out(), 0, count - 1, previous);
  Append(held_out(), 1, count - 1, tokens);
  entropy_ = MeasureEntropy(previous, tokens);
  if (!tokenizer_) return;
  int64_t bytes = 0;
  for (const int32_t token : tokens) bytes += tokenizer_->TextBytes(token);
  facts_.bytes_per_token =
      static_cast<double>(bytes) / static_cast<double>(tokens.size());
  tokenizer_.reset();
}

void TokenCorpus::CheckShape(const Shape& shape) const {
  const bool masked = shape.objective == Objective::kMasked;
  const int64_t needed = facts_.vocab + (masked ? 1 : 0);
  if (shape.vocab >= needed) return;
  throw std::invalid_argument(
      "vocab " + std::to_string(shape.vocab) + " does not hold the " +
      std::to_string(facts_.vocab) + " token values of the data" +
      (masked ? " and the mask" : "") + "; use " + std::to_string(needed) +
      " or more");
}

std::unique_ptr<BatchStream> TokenCorpus::Train(int64_t context,
                                                int64_t sequences,
                                                int64_t seed) const {
  return std::make_unique<TrainingBatches>(*this, context, sequences, seed);
}

HeldOut TokenCorpus::Evaluation(int64_t context, int64_t sequences,
                                int64_t tokens) const {
  return {HeldOutBatches(*this, context, sequences, tokens), entropy_};
}

void TokenCorpus::Append(const Segment& segment, int64_t begin, int64_t count,
                         std::vector<int32_t>& tokens) const {
  AppendTokens(type_, segment.data + begin * TokenBytes(type_), count, tokens);
}

}  // namespace isoshape
