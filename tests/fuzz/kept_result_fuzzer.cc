// Files of results that a worker left, of any bytes: what is read can be sent,
// and was written so; any other stays where it is.
#include <spdlog/spdlog.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/scratch_file.h"
#include "worker/run/kept_results.h"

namespace isoshape {
namespace {

constexpr char kServer[] = "c:50580";

// The bytes as a file of results has them: the seeds have its first line.
void CheckFile(ResultKeeper& keeper, const ScratchFile& file,
               const std::string& bytes) {
  file.Write(bytes);
  size_t read = 0;
  for (const KeptResult& result : keeper.TakeLeft()) {
    ++read;
    Expect(result.path() == file.path(), "a result is of another file");
    size_t held = result.completion().ByteSizeLong();
    for (const v1::ReportMeasurementsRequest& report : result.reports()) {
      Expect(!report.trial().empty(), "a report is of no trial");
      held += report.ByteSizeLong();
    }
    Expect(held <= bytes.size(), "a result grew");
  }
  Expect(read <= 1, "a file is read as several results");
  Expect(std::filesystem::exists(file.path()), "a file is gone");
}

void Fuzz(const std::string& bytes) {
  static const ScratchFile& file = *new ScratchFile("t.result");
  static ResultKeeper& keeper = [&]() -> ResultKeeper& {
    spdlog::set_level(spdlog::level::off);
    return *new ResultKeeper(file.folder(), kServer);
  }();
  CheckFile(keeper, file, bytes);
  CheckFile(keeper, file,
            "isoshape result 1 for " + std::string(kServer) + "\n" + bytes);
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
