#include "common/gzip.h"

#include <zlib.h>

#include "absl/status/status.h"

namespace isoshape {
namespace {

// zlib's numbers: a window of 2^15 bytes, in gzip's frame.
constexpr int kGzipWindow = 15 + 16;

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

absl::StatusOr<std::string> Gunzip(absl::string_view bytes) {
  z_stream stream = {};
  inflateInit2(&stream, kGzipWindow);
  stream.next_in = BytesOf(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int result = Z_OK;
  while (result == Z_OK) {
    const size_t done = text.size();
    text.resize(done + 64 * 1024);
    stream.next_out = BytesOf(absl::string_view(text).substr(done));
    stream.avail_out = 64 * 1024;
    result = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) {
    return absl::DataLossError("these bytes are not a whole gzip file");
  }
  return text;
}

}  // namespace isoshape
