#include "trainer/commands/options.h"

#include <sstream>
#include <stdexcept>

#include "trainer/commands/flags.h"

namespace isoshape {

const char kTrainerUsage[] =
    R"(usage: isoshape-trainer [--device D] [--threads N] [--cuda-graphs G]
                        [--processes N] [--replicas N]

Trains transformers: reads runs as JSON lines on standard input, one after
another, and answers on standard output (docs/trainer-protocol.md), until its
input has ended and its runs are done. A worker starts it; by hand, for example:

  echo '{"type":"run","run":"r","shape":{"depth":2,"width":64,"head_dim":16,
    "ffn_width":168,"vocab":256,"context":128},"recipe":{},
    "data":{"path":"corpus.txt"},"steps":200,"tokens_per_step":2048,"seed":0}' |
    tr -d '\n' | isoshape-trainer --device cpu

  --device auto|cpu|cuda  what to train on (auto: a GPU if there is one)
  --threads N             threads of a run on a CPU (0: all cores; default)
  --cuda-graphs on|off|auto
                          whole steps of AdamW as CUDA graphs, which pays for
                          small shapes. auto (default) means off: graphs have
                          not been run on a GPU yet
  --processes N           train every run with N processes of this machine, each
                          on its share of the batch; on GPUs each with one of
                          them (1; default)
  --replicas N            train every run R with N seeds as one batched model:
                          R/0 with the run's own, R/1 with the next (1; default)
  --help, --version

Other commands, each with --help:

  isoshape-trainer coordinate-check   do activations depend on the shape?
  isoshape-trainer encode             text into tokens, by SentencePiece
  isoshape-trainer export             a checkpoint as a Hugging Face folder
  isoshape-trainer logits             a checkpoint's logits for given tokens
)";

using Graphs = TrainerOptions::Graphs;

// RANK/SIZE/PORT.
static TrainerOptions::Follow ParseFollow(const std::string& text) {
  TrainerOptions::Follow follow;
  std::istringstream in(text);
  char slashes[2] = {};
  if (!(in >> follow.rank >> slashes[0] >> follow.size >> slashes[1] >>
        follow.port) ||
      slashes[0] != '/' || slashes[1] != '/' || !in.eof() || follow.rank < 1 ||
      follow.rank >= follow.size) {
    throw std::invalid_argument("--follow '" + text +
                                "' is not for people; use --processes");
  }
  return follow;
}

static Graphs ParseGraphs(const std::string& text) {
  if (text == "auto") return Graphs::kAuto;
  if (text == "on") return Graphs::kOn;
  if (text == "off") return Graphs::kOff;
  throw std::invalid_argument("--cuda-graphs '" + text +
                              "' is none of on, off, auto");
}

TrainerOptions ParseTrainerOptions(int argc, const char* const* argv) {
  TrainerOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      options.help = true;
    } else if (argument == "--version") {
      options.version = true;
    } else if (const auto device = FlagValue("--device", argc, argv, i)) {
      options.device = *device;
    } else if (const auto threads = FlagValue("--threads", argc, argv, i)) {
      options.threads =
          static_cast<int>(ParseWhole("--threads", *threads, 0, 1024));
    } else if (const auto graphs = FlagValue("--cuda-graphs", argc, argv, i)) {
      options.cuda_graphs = ParseGraphs(*graphs);
    } else if (const auto count = FlagValue("--processes", argc, argv, i)) {
      options.processes =
          static_cast<int>(ParseWhole("--processes", *count, 1, 64));
    } else if (const auto runs = FlagValue("--replicas", argc, argv, i)) {
      options.replicas =
          static_cast<int>(ParseWhole("--replicas", *runs, 1, 256));
    } else if (const auto place = FlagValue("--follow", argc, argv, i)) {
      options.follow = ParseFollow(*place);
    } else {
      throw std::invalid_argument("unknown argument '" + argument +
                                  "'; see --help");
    }
  }
  if (options.cuda_graphs == Graphs::kOn && options.processes > 1) {
    throw std::invalid_argument(
        "--cuda-graphs on is for one process; leave --processes at 1");
  }
  if (options.replicas > 1 && options.processes > 1) {
    throw std::invalid_argument(
        "--replicas " + std::to_string(options.replicas) +
        " train in one process; leave --processes at 1");
  }
  return options;
}

}  // namespace isoshape
