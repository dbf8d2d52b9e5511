#include "common/files/gzip.h"

#include <zlib.h>

#include <limits>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"

namespace isoshape {
namespace {

// zlib's numbers: a window of 2^15 bytes, in gzip's frame.
constexpr int kGzipWindow = 15 + 16;

constexpr size_t kChunk = size_t{1} << 16;

constexpr int kMemory = 9;  // the most that zlib may take: 256 KiB

Bytef* BytesOf(absl::string_view text) {
  // zlib only reads its input, but says so only if it is built to.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string Gzip(absl::string_view text, GzipLevel level) {
  z_stream stream = {};
  deflateInit2(&stream, static_cast<int>(level), Z_DEFLATED, kGzipWindow,
               kMemory, Z_DEFAULT_STRATEGY);
  std::string bytes(deflateBound(&stream, text.size()), '\0');
  stream.next_in = BytesOf(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = BytesOf(bytes);
  stream.avail_out = static_cast<uInt>(bytes.size());
  deflate(&stream, Z_FINISH);  // in one go: the bound is large enough
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

bool IsGzip(absl::string_view bytes) {
  return absl::StartsWith(bytes, "\x1F\x8B");
}

Inflated Inflate(absl::string_view bytes, size_t most) {
  using End = Inflated::End;
  Inflated inflated;
  const auto ended = [&inflated](End end, const char* reason = nullptr) {
    inflated.end = end;
    if (end == End::kDamaged) {
      inflated.reason = reason == nullptr ? "unknown" : reason;
    }
    return std::move(inflated);
  };
  z_stream stream = {};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) {
    return ended(End::kDamaged, "zlib has no memory to begin");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> freed(&stream,
                                                            inflateEnd);
  std::string chunk(kChunk, '\0');
  stream.next_in = BytesOf(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  while (true) {
    stream.next_out = BytesOf(chunk);
    stream.avail_out = kChunk;
    const int result = inflate(&stream, Z_NO_FLUSH);
    inflated.text.append(chunk, 0, kChunk - stream.avail_out);
    if (inflated.text.size() > most) return ended(End::kTooLong);
    if (result == Z_STREAM_END) {
      if (!IsGzip(bytes.substr(bytes.size() - stream.avail_in))) {
        return ended(End::kWhole);
      }
      if (inflateReset(&stream) != Z_OK) return ended(End::kDamaged, "reset");
    } else if (result == Z_BUF_ERROR ||
               (result == Z_OK && stream.avail_in == 0 &&
                stream.avail_out > 0)) {
      return ended(End::kEndsEarly);
    } else if (result != Z_OK) {
      return ended(End::kDamaged, stream.msg);
    }
  }
}

absl::StatusOr<std::string> Gunzip(absl::string_view bytes) {
  Inflated inflated = Inflate(bytes, std::numeric_limits<size_t>::max());
  if (inflated.end != Inflated::End::kWhole) {
    return absl::DataLossError("these bytes are not a whole gzip file");
  }
  return std::move(inflated.text);
}

}  // namespace isoshape
