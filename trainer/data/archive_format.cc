#include "trainer/data/archive_format.h"

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
// .xz format, bzip2 (behind the level), APPNOTE 4.3.7.
constexpr Format kFormats[] = {
    {"gzip", "\x1f\x8b\x08"sv, "decompress it first: zcat FILE > text"},
    {"zstd", "\x28\xb5\x2f\xfd"sv, "decompress it first: zstdcat FILE > text"},
    {"xz", "\xfd\x37zXZ\0"sv, "decompress it first: xzcat FILE > text"},
    {"zip", "PK\x03\x04"sv, "unpack it first: unzip FILE"},
};

std::string Problem(const char* name, const char* remedy) {
  return std::string("it is compressed (") + name + "); " + remedy;
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
  if (head.starts_with("PAR1") && tail == "PAR1") {
    return "it is a Parquet table; write its column of text as JSON lines and "
           "encode these (isoshape-trainer encode), with pandas: "
           "read_parquet(FILE)[['text']].to_json('text.jsonl', "
           "orient='records', lines=True)";
  }
  return "";
}

}  // namespace isoshape
