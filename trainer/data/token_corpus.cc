#include "trainer/data/token_corpus.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "trainer/data/batches.h"
#include "trainer/files/hash.h"

namespace isoshape {
namespace {

// Held-out tokens whose entropy is measured.
constexpr int64_t kEntropyTokens = int64_t{1} << 20;

// Whether this is a tokenizer, which tells how many bytes of text each token of
// the data beside it stands for.
bool IsTokenizer(const std::string& path) {
  return std::filesystem::path(path).filename() == "tokenizer.model";
}

[[noreturn]] void Refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error("data " + path + why);
}

}  // namespace

std::unique_ptr<const TokenCorpus> TokenCorpus::Open(const std::string& path) {
  std::unique_ptr<TokenCorpus> corpus(new TokenCorpus());
  corpus->files_ = DataFiles::Open(path);
  const std::vector<Part> parts = corpus->ReadLayouts(path);
  corpus->Split(corpus->ReadBlocks(path, parts));
  corpus->Describe();
  if (const std::string change = corpus->files_.Change(); !change.empty()) {
    throw std::runtime_error(change);
  }
  return corpus;
}

std::string TokenCorpus::Change() const {
  try {
    return files_.Change();
  } catch (const DataUnreadable& error) {
    return error.what();
  }
}

std::vector<TokenCorpus::Part> TokenCorpus::ReadLayouts(
    const std::string& path) {
  std::vector<Part> parts;
  std::vector<uint8_t> scratch;
  const std::string* first = nullptr;
  for (size_t i = 0; i < files_.files().size(); ++i) {
    const DataFiles::File& file = files_.files()[i];
    if (IsTokenizer(file.path)) {
      AddTokenizer(i);
      continue;
    }
    const uint8_t* const head =
        files_.Read(i, 0, std::min(file.size, kMaxLayoutBytes), scratch);
    const TokenLayout layout = ReadTokenLayout(file.path, head, file.size);
    if (first == nullptr) {
      first = &file.path;
      type_ = layout.type;
    }
    if (layout.type != type_) {
      Refuse(path, std::string(" mix tokens of ") + TokenTypeName(type_) +
                       " (" + *first + ") and " + TokenTypeName(layout.type) +
                       " (" + file.path + "); keep one kind in a folder");
    }
    parts.push_back({i, layout.offset, layout.count * TokenBytes(type_)});
  }
  return parts;
}

void TokenCorpus::AddTokenizer(size_t file) {
  const std::string& path = files_.files()[file].path;
  if (Tokenizer::Available()) tokenizer_ = Tokenizer::Open(path);
  const int64_t size = files_.files()[file].size;
  std::vector<uint8_t> scratch;
  hash_ += HashBytes(files_.Read(file, 0, size, scratch), size);
}

std::vector<DataBlock> TokenCorpus::ReadBlocks(const std::string& path,
                                               const std::vector<Part>& parts) {
  int64_t bytes = 0;
  for (const Part& part : parts) bytes += part.size;
  if (bytes == 0) Refuse(path, " is empty; name a text file or folder");
  const int64_t unit = TokenBytes(type_);
  const int64_t block_size = BlockTokens(bytes / unit) * unit;
  std::vector<DataBlock> blocks;
  std::vector<uint8_t> scratch;
  TokenRange all{INT64_MAX, INT64_MIN};
  for (const Part& part : parts) {
    for (int64_t begin = 0; begin < part.size; begin += block_size) {
      const int64_t size = std::min(block_size, part.size - begin);
      const int64_t offset = part.offset + begin;
      const uint8_t* const data = files_.Read(part.file, offset, size, scratch);
      const TokenRange range = RangeOf(type_, data, size / unit);
      if (range.min < 0 || range.max >= kMaxVocab) {
        Refuse(files_.files()[part.file].path,
               " have token " +
                   std::to_string(range.min < 0 ? range.min : range.max) +
                   ", not in 0 .. " + std::to_string(kMaxVocab - 1) +
                   "; write token ids");
      }
      all = {std::min(all.min, range.min), std::max(all.max, range.max)};
      blocks.push_back({part.file, offset, size, HashBytes(data, size)});
    }
  }
  if (all.min == all.max && bytes / unit > 1) {
    Refuse(path, " are constant: the token " + std::to_string(all.min) + ", " +
                     std::to_string(bytes / unit) +
                     " times; there is nothing to learn from them, name text");
  }
  const bool is_text = type_ == TokenType::kUint8;
  facts_.vocab = is_text ? 256 : all.max + 1;
  if (is_text) facts_.bytes_per_token = 1;
  if (tokenizer_) CheckTokenizer(path);
  return blocks;
}

void TokenCorpus::CheckTokenizer(const std::string& path) const {
  if (type_ == TokenType::kUint8) {
    Refuse(path,
           " have a tokenizer.model beside bytes; encode the text with it "
           "(isoshape-trainer encode), or move it away");
  }
  if (facts_.vocab > tokenizer_->vocab()) {
    Refuse(path, " have token " + std::to_string(facts_.vocab - 1) +
                     ", and their tokenizer.model has tokens 0 .. " +
                     std::to_string(tokenizer_->vocab() - 1) +
                     "; encode the text with that model");
  }
}

void TokenCorpus::Split(std::vector<DataBlock> blocks) {
  const int64_t unit = TokenBytes(type_);
  HeldOutSplit split = SplitHeldOut(unit, blocks);
  facts_.warnings = std::move(split.warnings);
  std::vector<uint8_t> scratch;
  for (const size_t i : split.held_out) {
    const DataBlock& block = blocks[i];
    const uint8_t* const data =
        files_.Read(block.file, block.offset, block.size, scratch);
    held_out_.insert(held_out_.end(), data, data + block.size);
  }
  for (const DataBlock& block : blocks) {
    hash_ += block.hash;
    if (block.use != DataBlock::Use::kTrain) continue;
    const int64_t tokens = block.size / unit;
    if (!train_.empty() &&
        files_.RunsOn(train_.back().file,
                      train_.back().offset + train_.back().size * unit,
                      block.file, block.offset)) {
      train_.back().size += tokens;
    } else {
      train_.push_back({block.file, block.offset, tokens});
    }
    facts_.train_tokens += tokens;
  }
  facts_.held_out_tokens = static_cast<int64_t>(held_out_.size()) / unit;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(hash_));
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
  thread_local std::vector<uint8_t> scratch;
  const int64_t unit = TokenBytes(type_);
  const int64_t offset = segment.offset + begin * unit;
  const uint8_t* const data =
      segment.file == Segment::kHeldOut
          ? held_out_.data() + offset
          : files_.Read(segment.file, offset, count * unit, scratch);
  if (AppendTokens(type_, data, count, facts_.vocab, tokens)) return;
  Refuse(segment.file == Segment::kHeldOut ? "held out"
                                           : files_.files()[segment.file].path,
         " have a token outside of 0 .. " + std::to_string(facts_.vocab - 1) +
             ", which they had not when they were opened; leave data alone "
             "that runs are trained on, and give other data another path");
}

}  // namespace isoshape
