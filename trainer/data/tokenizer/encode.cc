#include "trainer/data/tokenizer/encode.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "trainer/data/data_files.h"
#include "trainer/files/durable_file.h"

namespace isoshape {
namespace {

// A longer document is cut at an end of line.
constexpr size_t kLongestPiece = size_t{1} << 16;
// Text that is encoded before its tokens are put into their order.
constexpr size_t kRound = size_t{1} << 26;

// A document, or a piece of one.
struct Piece {
  std::string_view text;
  const std::string* file = nullptr;
  int64_t line = 0;  // of a *.jsonl, from 1; 0: text as it is
  bool ends_document = true;
};

// The length of the first piece of `text`: all of it, or up to an end of line,
// or up to a space, or whole UTF-8 characters.
size_t PieceLength(std::string_view text) {
  if (text.size() <= kLongestPiece) return text.size();
  for (const char separator : {'\n', ' '}) {
    const size_t end = text.rfind(separator, kLongestPiece - 1);
    if (end != std::string_view::npos) return end + 1;
  }
  size_t length = kLongestPiece;
  while (length > 1 && (text[length] & 0xc0) == 0x80) --length;
  return length;
}

void AppendText(const DataFiles::File& file, std::string_view text,
                std::vector<Piece>& pieces) {
  while (!text.empty()) {
    const size_t length = PieceLength(text);
    pieces.push_back(
        {text.substr(0, length), &file.path, 0, length == text.size()});
    text.remove_prefix(length);
  }
}

void AppendLines(const DataFiles::File& file, std::string_view text,
                 std::vector<Piece>& pieces) {
  for (int64_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) pieces.push_back({text.substr(0, end), &file.path, line});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<Piece> ListPieces(DataFiles& files) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < files.files().size(); ++i) {
    const DataFiles::File& file = files.files()[i];
    for (const char* ending : {".bin", ".npy", ".model"}) {
      if (!file.path.ends_with(ending)) continue;
      throw std::invalid_argument(file.path +
                                  " is no text; name a file or folder of text");
    }
    const std::string_view text = files.Whole(i);
    file.path.ends_with(".jsonl") ? AppendLines(file, text, pieces)
                                  : AppendText(file, text, pieces);
  }
  return pieces;
}

[[noreturn]] void RefuseLine(const Piece& piece, const char* why) {
  throw std::invalid_argument(
      *piece.file + ", line " + std::to_string(piece.line) + ": " + why +
      "; a line of .jsonl is an object with the field \"text\"");
}

// The text of a line of *.jsonl.
std::string TextOfLine(const Piece& piece) {
  const nlohmann::json object =
      nlohmann::json::parse(piece.text, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) RefuseLine(piece, "it is not JSON");
  const auto field = object.is_object() ? object.find("text") : object.end();
  if (field == object.end() || !field->is_string()) {
    RefuseLine(piece, "it has no text");
  }
  return field->get<std::string>();
}

struct EncodedPiece {
  int64_t bytes = 0;
  std::vector<int32_t> tokens;
};

EncodedPiece EncodePiece(const Tokenizer& tokenizer, const Piece& piece) {
  EncodedPiece result;
  std::string line;
  std::string_view text = piece.text;
  if (piece.line > 0) text = line = TextOfLine(piece);
  tokenizer.Append(text, result.tokens);
  result.bytes = static_cast<int64_t>(text.size());
  const auto end = tokenizer.end();
  if (piece.ends_document && end) result.tokens.push_back(*end);
  return result;
}

// Encodes pieces with `threads` threads, each the next one that is left.
std::vector<EncodedPiece> EncodeAll(const Tokenizer& tokenizer,
                                    std::span<const Piece> pieces,
                                    int threads) {
  std::vector<EncodedPiece> results(pieces.size());
  std::vector<std::exception_ptr> errors(pieces.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < pieces.size(); i = next++) {
      try {
        results[i] = EncodePiece(tokenizer, pieces[i]);
      } catch (...) {
        errors[i] = std::current_exception();
        next = pieces.size();
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  return results;
}

template <typename Stored>
void AppendAs(const std::vector<int32_t>& tokens,
              std::vector<std::byte>& bytes) {
  const std::vector<Stored> stored(tokens.begin(), tokens.end());
  const auto* data = reinterpret_cast<const std::byte*>(stored.data());
  bytes.insert(bytes.end(), data, data + stored.size() * sizeof(Stored));
}

// NumPy's format 1.0 (numpy.lib.format): 128 bytes.
std::string NpyHeader(const char* descr, int64_t count) {
  constexpr size_t kSize = 128, kPrefix = 10;
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(kSize - kPrefix);
  header += '\0';
  header += std::string("{'descr': '") + descr +
            "', 'fortran_order': False, 'shape': (" + std::to_string(count) +
            ",), }";
  header.resize(kSize - 1, ' ');
  return header + '\n';
}

}  // namespace

EncodedText EncodeText(const Tokenizer& tokenizer, const std::string& text,
                       const std::string& output, int threads) {
  DataFiles files = DataFiles::Open(text);
  const std::vector<Piece> pieces = ListPieces(files);
  const bool small = tokenizer.vocab() <= 1 << 16;
  EncodedText result;
  std::vector<std::vector<std::byte>> rounds;
  for (size_t begin = 0; begin < pieces.size();) {
    size_t end = begin, bytes = 0;
    while (end < pieces.size() && bytes < kRound) {
      bytes += pieces[end++].text.size();
    }
    std::vector<std::byte>& round = rounds.emplace_back();
    const std::span<const Piece> some(&pieces[begin], end - begin);
    for (const EncodedPiece& piece : EncodeAll(tokenizer, some, threads)) {
      result.bytes += piece.bytes;
      result.tokens += static_cast<int64_t>(piece.tokens.size());
      small ? AppendAs<uint16_t>(piece.tokens, round)
            : AppendAs<uint32_t>(piece.tokens, round);
    }
    for (const Piece& piece : some) result.documents += piece.ends_document;
    begin = end;
  }
  if (result.tokens == 0) {
    throw std::invalid_argument(text +
                                " is empty; name a file or folder of "
                                "text");
  }
  const std::string header = NpyHeader(small ? "<u2" : "<u4", result.tokens);
  std::vector<std::span<const std::byte>> parts = {
      std::as_bytes(std::span(header))};
  parts.insert(parts.end(), rounds.begin(), rounds.end());
  ReplaceFile(output, parts);
  return result;
}

}  // namespace isoshape
