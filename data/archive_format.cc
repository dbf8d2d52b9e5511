#include "data/archive_format.h"

namespace isoshape {
namespace {

using std::string_view_literals::operator""sv;

struct Format {
  const char* name;
  std::string_view head;
  const char* remedy;
};

// The signatures are as long as their formats allow, since a file of tokens
// may begin with any two bytes: RFC 1952 (the method deflate), RFC 8878, the
// .xz format, APPNOTE 4.3.7, the frames of LZ4 (also the old one), 7z, RAR.
constexpr Format kFormats[] = {
    {"gzip", "\x1f\x8b\x08"sv, "decompress it first: zcat FILE > text"},
    {"zstd", "\x28\xb5\x2f\xfd"sv, "decompress it first: zstdcat FILE > text"},
    {"xz", "\xfd\x37zXZ\0"sv, "decompress it first: xzcat FILE > text"},
    {"zip", "PK\x03\x04"sv, "unpack it first: unzip FILE"},
    {"lz4", "\x04\x22\x4d\x18"sv, "decompress it first: lz4cat FILE > text"},
    {"lz4", "\x02\x21\x4c\x18"sv, "decompress it first: lz4cat FILE > text"},
    {"7z", "7z\xbc\xaf\x27\x1c"sv, "unpack it first: 7z x FILE"},
    {"rar", "Rar!\x1a\x07"sv, "unpack it first: unrar x FILE"},
};

// What a table is to become.
constexpr char kAsLines[] =
    "; write its column of text as JSON lines and encode these "
    "(isoshape-trainer encode), with pandas: ";
constexpr char kToLines[] =
    "[['text']].to_json('text.jsonl', orient='records', lines=True)";

std::string Problem(const char* name, const char* remedy) {
  return std::string("it is compressed (") + name + "); " + remedy;
}

unsigned ByteAt(std::string_view bytes, size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

// A frame of zstd that is skipped (RFC 8878, 3.1.2), as pzstd begins a file.
bool IsSkippableFrame(std::string_view head) {
  return head.size() >= 8 && (ByteAt(head, 0) & 0xf0) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18"sv;
}

// compress (.Z): in blocks, as it always writes, of codes of 9 to 16 bits.
bool IsUnixCompress(std::string_view head) {
  const unsigned flags = ByteAt(head, 2);
  return head.starts_with("\x1f\x9d"sv) && (flags & 0xe0) == 0x80 &&
         (flags & 0x1f) >= 9 && (flags & 0x1f) <= 16;
}

// POSIX, and as GNU tar writes.
bool IsTar(std::string_view head) {
  constexpr size_t kMagic = 257;
  return head.size() > kMagic + 8 &&
         (head.substr(kMagic, 8) == "ustar\00000"sv ||
          head.substr(kMagic, 8) == "ustar  \0"sv);
}

std::string TableProblem(std::string_view head, std::string_view tail) {
  if (head.starts_with("PAR1") && tail == "PAR1") {
    return std::string("it is a Parquet table") + kAsLines +
           "read_parquet(FILE)" + kToLines;
  }
  // Arrow IPC, which Feather is today, and Feather as it was.
  if (head.starts_with("ARROW1\0\0"sv) ||
      (head.starts_with("FEA1") && tail == "FEA1")) {
    return std::string("it is an Arrow (Feather) table") + kAsLines +
           "read_feather(FILE)" + kToLines;
  }
  if (head.starts_with("Obj\x01"sv)) {
    return std::string("it is an Avro table") + kAsLines +
           "DataFrame(fastavro.reader(open(FILE, 'rb')))" + kToLines;
  }
  return "";
}

}  // namespace

std::string ArchiveProblem(std::string_view head, std::string_view tail) {
  for (const Format& format : kFormats) {
    if (head.starts_with(format.head)) {
      return Problem(format.name, format.remedy);
    }
  }
  if (head.starts_with("BZh") && head.size() >= 10 &&
      head.substr(4, 6) == "1AY&SY") {
    return Problem("bzip2", "decompress it first: bzcat FILE > text");
  }
  if (IsSkippableFrame(head)) {
    return Problem("zstd", "decompress it first: zstdcat FILE > text");
  }
  if (IsUnixCompress(head)) {
    return Problem("compress", "decompress it first: zcat FILE > text");
  }
  if (IsTar(head)) {
    return "it is an archive (tar); unpack it first: tar xf FILE";
  }
  return TableProblem(head, tail);
}

}  // namespace isoshape
