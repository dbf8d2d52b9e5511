#include "shape/synthetic_task.h"

#include <charconv>
#include <cmath>
#include <map>
#include <sstream>
#include <type_traits>
#include <vector>

namespace isoshape {
namespace {

constexpr char kPrefix[] = "synthetic:";
// Entries of a table of probabilities or rules.
constexpr double kMaxEntries = 1 << 22;
constexpr int64_t kMaxSeed = int64_t{1} << 53;

// An option of a task: its name, its range and where it is kept.
struct Option {
  const char* name;
  std::variant<int64_t*, double*> value;
  double min, max;
};

std::vector<Option> OptionsOf(MarkovTask& task) {
  return {{"order", &task.order, 1, 8},
          {"vocab", &task.vocab, 2, 1024},
          {"alpha", &task.alpha, 0.05, 100}};
}
std::vector<Option> OptionsOf(HierarchyTask& task) {
  return {{"levels", &task.levels, 1, 12},
          {"vocab", &task.vocab, 2, 1024},
          {"synonyms", &task.synonyms, 1, 1024},
          {"branching", &task.branching, 2, 6}};
}
std::vector<Option> OptionsOf(PointerTask& task) {
  return {{"hops", &task.hops, 1, 1023}, {"nodes", &task.nodes, 2, 1024}};
}
std::vector<Option> OptionsOf(RecallTask& task) {
  return {{"pairs", &task.pairs, 1, 4096}, {"vocab", &task.vocab, 4, 65536}};
}

const char* KindName(const MarkovTask&) { return "markov"; }
const char* KindName(const HierarchyTask&) { return "hierarchy"; }
const char* KindName(const PointerTask&) { return "pointer"; }
const char* KindName(const RecallTask&) { return "recall"; }

std::vector<Option> OptionsOf(SyntheticTask& task) {
  std::vector<Option> options =
      std::visit([](auto& kind) { return OptionsOf(kind); }, task.options);
  options.push_back({"seed", &task.seed, 0, static_cast<double>(kMaxSeed)});
  return options;
}

// Puts the task of that name into `task`; false if there is none.
bool ChooseKind(const std::string& name, SyntheticTask& task) {
  if (name == "markov") {
    task.options = MarkovTask();
  } else if (name == "hierarchy") {
    task.options = HierarchyTask();
  } else if (name == "pointer") {
    task.options = PointerTask();
  } else if (name == "recall") {
    task.options = RecallTask();
  } else {
    return false;
  }
  return true;
}

// Sets `option` to `text`, or returns what is wrong with it.
std::string SetOption(const Option& option, const std::string& text) {
  const char* end = text.data() + text.size();
  const bool good = std::visit(
      [&](auto* value) {
        const auto [rest, error] = std::from_chars(text.data(), end, *value);
        return error == std::errc() && rest == end &&
               static_cast<double>(*value) >= option.min &&
               static_cast<double>(*value) <= option.max;
      },
      option.value);
  if (good) return "";
  std::ostringstream problem;
  problem.precision(16);
  problem << option.name << " '" << text << "' is not a "
          << (std::holds_alternative<int64_t*>(option.value) ? "whole " : "")
          << "number in " << option.min << " .. " << option.max;
  return problem.str();
}

// What is wrong with options that are each in range but contradict each other.
std::string Conflict(const MarkovTask& task) {
  if (std::pow(task.vocab, task.order + 1) <= kMaxEntries) return "";
  return "vocab " + std::to_string(task.vocab) +
         " to the power of order + 1, " + std::to_string(task.order + 1) +
         ", is more than 4194304 probabilities; give a smaller order or vocab";
}
std::string Conflict(const HierarchyTask& task) {
  const double vocab = static_cast<double>(task.vocab);
  const double max = std::pow(vocab, task.branching - 1);
  if (static_cast<double>(task.synonyms) > max) {
    std::ostringstream problem;
    problem << "synonyms " << task.synonyms
            << " are more than vocab^(branching - 1) = " << max
            << " tuples a feature; give fewer, or a larger vocab";
    return problem.str();
  }
  if (std::pow(task.branching, task.levels) > 8191) {
    return "levels " + std::to_string(task.levels) + " with branching " +
           std::to_string(task.branching) +
           " make strings of more than 8191 tokens; give fewer levels";
  }
  if (vocab *
          static_cast<double>(task.levels * task.synonyms * task.branching) >
      kMaxEntries) {
    return "vocab, levels, synonyms and branching make more than 4194304 "
           "entries of rules; give fewer synonyms";
  }
  return "";
}
std::string Conflict(const PointerTask& task) {
  if (task.hops < task.nodes) return "";
  return "hops " + std::to_string(task.hops) +
         " lead around the cycle of nodes " + std::to_string(task.nodes) +
         "; give more nodes than hops";
}
std::string Conflict(const RecallTask& task) {
  if (task.vocab / 2 > task.pairs) return "";
  return "pairs " + std::to_string(task.pairs) + " need a vocab of " +
         std::to_string(2 * task.pairs + 2) + " or more, not " +
         std::to_string(task.vocab);
}

int64_t VocabOf(const MarkovTask& task) { return task.vocab; }
// The token between strings.
int64_t VocabOf(const HierarchyTask& task) { return task.vocab + 1; }
// The beginning, and the question.
int64_t VocabOf(const PointerTask& task) { return task.nodes + 2; }
int64_t VocabOf(const RecallTask& task) { return task.vocab; }

std::string AtLeast(int64_t context, int64_t min, const char* why) {
  if (context >= min) return "";
  return "context " + std::to_string(context) + " is less than the " +
         std::to_string(min) + " tokens of " + why + "; use " +
         std::to_string(min) + " or more";
}

std::string ContextProblem(const MarkovTask& task, int64_t context) {
  return AtLeast(context, task.order, "the source's memory");
}
std::string ContextProblem(const HierarchyTask& task, int64_t context) {
  const int64_t unit = StringLength(task) + 1;
  if (context % unit == 0) return "";
  const int64_t below = context / unit * unit;
  return "context " + std::to_string(context) + " is not a multiple of " +
         std::to_string(unit) +
         ", a string of the hierarchy with its end; use " +
         (below > 0 ? std::to_string(below) + " or " : "") +
         std::to_string(below + unit);
}
std::string ContextProblem(const PointerTask& task, int64_t context) {
  return AtLeast(context, EpisodeLength(task) - 1, "one pointer chase");
}
std::string ContextProblem(const RecallTask& task, int64_t context) {
  return AtLeast(context, 4 * task.pairs - 1, "the pairs and their answers");
}

}  // namespace

bool IsSyntheticName(const std::string& name) {
  return name.starts_with(kPrefix);
}

bool CountsAnswersOnly(const std::string& name) {
  if (!IsSyntheticName(name)) return false;
  const ParsedTask parsed = ParseSyntheticTask(name);
  return std::holds_alternative<PointerTask>(parsed.task.options) ||
         std::holds_alternative<RecallTask>(parsed.task.options);
}

ParsedTask ParseSyntheticTask(const std::string& name) {
  ParsedTask parsed;
  std::istringstream text(name.substr(std::string(kPrefix).size()));
  std::string item;
  std::getline(text, item, ',');
  const auto refuse = [&](const std::string& problem) {
    parsed.problem = "data " + name + ": " + problem;
    return parsed;
  };
  if (!ChooseKind(item, parsed.task)) {
    return refuse("there is no task '" + item +
                  "'; there are markov, hierarchy, pointer, recall");
  }
  std::map<std::string, Option> options;
  std::string known;
  for (const Option& option : OptionsOf(parsed.task)) {
    options.emplace(option.name, option);
    known += known.empty() ? "" : ", ";
    known += option.name;
  }
  while (std::getline(text, item, ',')) {
    const size_t equals = item.find('=');
    const auto option = options.find(item.substr(0, equals));
    if (equals == std::string::npos || option == options.end()) {
      item.insert(0, 1, '\'');
      item +=
          "' is not one of the options as OPTION=VALUE, each once; these "
          "are ";
      return refuse(item + known);
    }
    const std::string problem =
        SetOption(option->second, item.substr(equals + 1));
    if (!problem.empty()) return refuse(problem);
    options.erase(option);
  }
  const std::string conflict = std::visit(
      [](const auto& task) { return Conflict(task); }, parsed.task.options);
  return conflict.empty() ? parsed : refuse(conflict);
}

std::string TaskName(const SyntheticTask& task) {
  SyntheticTask copy = task;
  std::ostringstream name;
  name.precision(17);
  name << kPrefix
       << std::visit([](const auto& kind) { return KindName(kind); },
                     task.options);
  for (const Option& option : OptionsOf(copy)) {
    name << ',' << option.name << '=';
    std::visit([&name](const auto* value) { name << *value; }, option.value);
  }
  return name.str();
}

int64_t TaskVocab(const SyntheticTask& task) {
  return std::visit([](const auto& kind) { return VocabOf(kind); },
                    task.options);
}

std::string TaskProblem(const SyntheticTask& task, const Shape& shape) {
  if (shape.objective != Objective::kCausal) {
    return "the task " + TaskName(task) +
           " predicts the next token; use objective causal";
  }
  if (const int64_t vocab = TaskVocab(task); shape.vocab < vocab) {
    return "vocab " + std::to_string(shape.vocab) + " does not hold the " +
           std::to_string(vocab) + " tokens of " + TaskName(task) + "; use " +
           std::to_string(vocab) + " or more";
  }
  return std::visit(
      [&shape](const auto& kind) {
        return ContextProblem(kind, shape.context);
      },
      task.options);
}

int64_t StringLength(const HierarchyTask& task) {
  int64_t length = 1;
  for (int64_t level = 0; level < task.levels; ++level) {
    length *= task.branching;
  }
  return length;
}

int64_t EpisodeLength(const PointerTask& task) { return 2 * task.nodes + 4; }

}  // namespace isoshape
