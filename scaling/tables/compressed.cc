#include "scaling/tables/compressed.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/files/gzip.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

using std::string_literals::operator""s;

// Where a tar archive says what it is (POSIX.1-2017, ustar).
constexpr size_t kTarMagicPlace = 257;
constexpr size_t kChunk = size_t{1} << 16;

// A format that is not text: its first bytes, its name, what to do.
struct Foreign {
  std::string magic;
  const char* name;
  const char* remedy;
};

constexpr char kUnpack[] = "decompress it first";
constexpr char kDownload[] = "download the file itself";
constexpr char kSaveSheet[] = "save the sheet as CSV";
constexpr char kExportTable[] = "write the table as CSV or JSON";
// Debian has no library of C++ that reads it.
constexpr char kByPandas[] =
    "make CSV of it, by python3 -c 'import pandas; "
    "pandas.read_parquet(\"runs.parquet\").to_csv(\"runs.csv\", index=False)'";
constexpr char kFeatherByPandas[] =
    "make CSV of it, by python3 -c 'import pandas; "
    "pandas.read_feather(\"runs.arrow\").to_csv(\"runs.csv\", index=False)'";

const std::array<Foreign, 22>& ForeignFormats() {
  static const auto* const formats = new std::array<Foreign, 22>{{
      {"\xFD"
       "7zXZ"s,
       "xz data", kUnpack},
      {"BZh", "bzip2 data", kUnpack},
      {"PK\x03\x04", "a zip archive or an .xlsx workbook",
       "unpack it, or save the sheet as CSV"},
      {"7z\xBC\xAF\x27\x1C", "a 7z archive", kUnpack},
      {"\x04\x22\x4D\x18", "lz4 data", kUnpack},
      {"\x1F\x9D", "data of compress (.Z)", kUnpack},
      {"PAR1", "a Parquet file", kByPandas},
      {"ARROW1", "an Arrow file", kFeatherByPandas},
      {"FEA1", "a Feather file", kFeatherByPandas},
      {"\x89HDF", "an HDF5 file", kExportTable},
      {"SQLite format 3", "an SQLite database", kExportTable},
      {"\x93NUMPY", "a NumPy array", kExportTable},
      {"\xD0\xCF\x11\xE0", "an .xls workbook", kSaveSheet},
      {"%PDF", "a PDF file", kExportTable},
      {"\x80\x04", "a pickle of Python", kExportTable},
      {"\x80\x05", "a pickle of Python", kExportTable},
      {"<!DOCTYPE", "a page of the web", kDownload},
      {"<!doctype", "a page of the web", kDownload},
      {"<html", "a page of the web", kDownload},
      {"version https://git-lfs", "a pointer of Git LFS",
       "fetch the file itself by git lfs pull"},
      {"\xFF\xFE\x00\x00"s, "text in UTF-32", "save it as UTF-8"},
      {"\x00\x00\xFE\xFF"s, "text in UTF-32", "save it as UTF-8"},
  }};
  return *formats;
}

absl::Status Bad(absl::string_view file, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", message));
}

absl::Status TooLong(absl::string_view file, size_t most) {
  return Bad(file,
             absl::StrCat("there are more than ", most >> 20,
                          " MiB of text, the most that is read; leave out "
                          "columns and rows that the fit does not need"));
}

absl::Status EndsEarly(absl::string_view file, absl::string_view kind,
                       size_t have) {
  return Bad(file, absl::StrCat("the ", kind, " data end early, after ", have,
                                " bytes of text; copy or download the file "
                                "again"));
}

absl::Status Damaged(absl::string_view file, absl::string_view kind,
                     absl::string_view reason) {
  return Bad(file,
             absl::StrCat("the ", kind, " data are damaged (", OneLine(reason),
                          "); copy or download the file again"));
}

bool IsZstd(absl::string_view bytes) {
  return absl::StartsWith(bytes, "\x28\xB5\x2F\xFD");
}

absl::StatusOr<std::string> Gunzip(absl::string_view bytes,
                                   absl::string_view file, size_t most) {
  Inflated inflated = Inflate(bytes, most);
  switch (inflated.end) {
    case Inflated::End::kWhole:
      return std::move(inflated.text);
    case Inflated::End::kEndsEarly:
      return EndsEarly(file, "gzip", inflated.text.size());
    case Inflated::End::kTooLong:
      return TooLong(file, most);
    case Inflated::End::kDamaged:
      break;
  }
  return Damaged(file, "gzip", inflated.reason);
}

absl::StatusOr<std::string> Unzstd(absl::string_view bytes,
                                   absl::string_view file, size_t most) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(
      ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (context == nullptr) {
    return absl::ResourceExhaustedError("zstd has no memory to begin");
  }
  std::string text;
  std::string chunk(kChunk, '\0');
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  while (true) {
    ZSTD_outBuffer out = {chunk.data(), chunk.size(), 0};
    const size_t left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left) != 0) {
      return Damaged(file, "zstd", ZSTD_getErrorName(left));
    }
    text.append(chunk, 0, out.pos);
    if (text.size() > most) return TooLong(file, most);
    if (left == 0 && in.pos == in.size) return text;
    if (in.pos < in.size || out.pos == out.size) continue;
    return EndsEarly(file, "zstd", text.size());
  }
}

}  // namespace

absl::StatusOr<std::string> Decompressed(std::string bytes,
                                         absl::string_view file, size_t most) {
  // zlib counts what it is given in 32 bits; no file of runs is near it.
  if (bytes.size() > most) return TooLong(file, most);
  const bool gzip = IsGzip(bytes);
  if (gzip || IsZstd(bytes)) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        bytes, gzip ? Gunzip(bytes, file, most) : Unzstd(bytes, file, most));
    if (IsGzip(bytes) || IsZstd(bytes)) {
      return Bad(file,
                 "it is compressed twice; decompress it once, by gunzip "
                 "or unzstd");
    }
  }
  if (absl::StartsWith(absl::ClippedSubstr(bytes, kTarMagicPlace), "ustar")) {
    return Bad(file, "it is a tar archive, which is not read here; unpack it");
  }
  for (const Foreign& format : ForeignFormats()) {
    if (!absl::StartsWith(bytes, format.magic)) continue;
    return Bad(file, absl::StrCat("it is ", format.name,
                                  ", which is not read here; ", format.remedy));
  }
  return bytes;
}

}  // namespace isoshape
