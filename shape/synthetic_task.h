#ifndef ISOSHAPE_SHAPE_SYNTHETIC_TASK_H_
#define ISOSHAPE_SHAPE_SYNTHETIC_TASK_H_

#include <cstdint>
#include <string>
#include <variant>

#include "shape/shape.h"

namespace isoshape {

// Data that the trainer generates: tasks whose difficulty is dialled by options
// and whose least loss is known (docs/data.md). Their requirements on a shape
// are here, so that a campaign can be refused before anything is trained.

// A Markov source: the next token depends on the last `order` ones, by rows of
// probabilities drawn from a symmetric Dirichlet distribution.
struct MarkovTask {
  int64_t order = 1;
  int64_t vocab = 16;
  double alpha = 0.3;  // small: predictable, large: uniform
};

// The random hierarchy model (Cagnetta et al. 2024, arXiv 2307.02129): a string
// is derived from one of `vocab` features over `levels` levels; at each, a
// feature becomes one of its `synonyms` tuples of `branching` features, and no
// two features share one.
struct HierarchyTask {
  int64_t levels = 3;
  int64_t vocab = 16;
  int64_t synonyms = 4;
  int64_t branching = 2;
};

// Pointer chasing: a cyclic permutation of the nodes as pairs in random order,
// then a node; the answer is the node `hops` steps on.
struct PointerTask {
  int64_t hops = 2;
  int64_t nodes = 16;
};

// Multi-query associative recall (Arora et al. 2023, arXiv 2312.04927): pairs
// of a key and a value, then the keys again at distances that follow a power
// law; the answers are their values.
struct RecallTask {
  int64_t pairs = 8;
  int64_t vocab = 64;
};

struct SyntheticTask {
  std::variant<MarkovTask, HierarchyTask, PointerTask, RecallTask> options;
  int64_t seed = 0;  // of what stays the same: rows, rules
};

// Whether a name of data is that of a task: it begins with `synthetic:`.
bool IsSyntheticName(const std::string& name);

// Whether the name is that of a task in which only answers are to be predicted.
bool CountsAnswersOnly(const std::string& name);

// Reads `synthetic:KIND,OPTION=VALUE,…`: `synthetic:markov,order=2,alpha=0.1`;
// options that are not given have their defaults. `problem` says in one line
// what is wrong with the name, with the value and the remedy, or is empty.
struct ParsedTask {
  SyntheticTask task;
  std::string problem;
};
ParsedTask ParseSyntheticTask(const std::string& name);

// The name with every option.
std::string TaskName(const SyntheticTask& task);

// Tokens of the task are below this.
int64_t TaskVocab(const SyntheticTask& task);

// Returns why a shape cannot be trained on the task (vocabulary, context,
// objective), in one line with the remedy, or an empty string.
std::string TaskProblem(const SyntheticTask& task, const Shape& shape);

// Tokens of one string of the hierarchy, without the token between strings.
int64_t StringLength(const HierarchyTask& task);

// Tokens from the beginning of one pointer chase to its answer.
int64_t EpisodeLength(const PointerTask& task);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_SYNTHETIC_TASK_H_
