#include "trainer/options.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace isoshape {
namespace {

// The value of `flag` at `index`, as `--flag=value` or `--flag value`; moves
// `index` on in the second case.
std::optional<std::string> Value(const char* flag, int argc,
                                 const char* const* argv, int& index) {
  const std::string argument = argv[index];
  const size_t length = std::strlen(flag);
  if (argument.compare(0, length, flag) != 0) return std::nullopt;
  if (argument.size() > length && argument[length] == '=') {
    return argument.substr(length + 1);
  }
  if (argument.size() > length) return std::nullopt;
  if (index + 1 == argc) {
    throw std::invalid_argument(argument + " needs a value; see --help");
  }
  return argv[++index];
}

int ParseThreads(const std::string& text) {
  int threads = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, threads);
  if (error != std::errc() || rest != end || threads < 0 || threads > 1024) {
    throw std::invalid_argument("--threads '" + text +
                                "' is not a number from 0 to 1024");
  }
  return threads;
}

}  // namespace

const char kTrainerUsage[] =
    R"(usage: isoshape-trainer [--device D] [--threads N]

Trains transformers: reads runs as JSON lines on standard input, one after
another, and answers on standard output (docs/trainer-protocol.md). A worker
starts it; by hand, for example:

  echo '{"type":"run","run":"r","shape":{"depth":2,"width":64,"head_dim":16,
    "ffn_width":168,"vocab":256,"context":128},"recipe":{},
    "data":{"path":"corpus.txt"},"steps":200,"tokens_per_step":2048,"seed":0}' |
    tr -d '\n' | cat - <(sleep 30) | isoshape-trainer --device cpu

  --device auto|cpu|cuda  what to train on (auto: a GPU where there is one)
  --threads N             threads of a run on a CPU (0: all cores; default)
  --help, --version
)";

TrainerOptions ParseTrainerOptions(int argc, const char* const* argv) {
  TrainerOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      options.help = true;
    } else if (argument == "--version") {
      options.version = true;
    } else if (const auto device = Value("--device", argc, argv, i)) {
      options.device = *device;
    } else if (const auto threads = Value("--threads", argc, argv, i)) {
      options.threads = ParseThreads(*threads);
    } else {
      throw std::invalid_argument("unknown argument '" + argument +
                                  "'; see --help");
    }
  }
  return options;
}

}  // namespace isoshape
