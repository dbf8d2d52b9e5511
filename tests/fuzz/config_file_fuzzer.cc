// Files of --config, of any bytes: each flag has a value that was given for it,
// or the file is refused in one line that names it.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "common/console/config_file.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/scratch_file.h"

namespace isoshape {
namespace {

void Fuzz(const std::string& bytes) {
  static const ScratchFile& file = *new ScratchFile("coordinator.yaml");
  file.Write(bytes);
  CLI::App app("", "isoshape-coordinator");
  std::string db = "isoshape.db";
  std::vector<std::string> hosts;
  int port = 0;
  bool read_only = false;
  app.add_option("--db", db);
  app.add_option("--allow-host", hosts)->allow_extra_args(false);
  app.add_option("--port", port);
  app.add_flag("--read-only", read_only);
  AddConfigFlag(app);
  try {
    app.parse(std::vector<std::string>{file.path(), "--config"});
  } catch (const CLI::ConfigError& error) {
    ExpectOneLine(error.what());
    Expect(absl::StrContains(error.what(), file.path()),
           "a message does not name the file");
    return;
  } catch (const CLI::ParseError& error) {
    // A value that the flag does not take.
    Expect(error.get_exit_code() != 0, "an error is none");
    return;
  }
  Expect(!db.empty(), "a flag has lost its value");
  for (const std::string& host : hosts) {
    Expect(!host.empty(), "a blank stands for a value");
  }
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
