#include "scaling/tables/column_names.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/number_text.h"

namespace isoshape {
namespace {

// Folders of W&B, MLflow and common configurations before a name.
constexpr absl::string_view kPrefixes[] = {
    "user_attrs", "system_attrs", "summary", "summary_metrics",
    "config",     "cfg",          "metrics", "params",
    "hparams",    "args",         "model",   "model_config",
    "run",        "eval_metrics", "tags",    "hyperparameters",
    "data",       "info",         "shape",   "shape_card"};

// What Optuna puts before a name, in its frames and on its dashboard.
constexpr absl::string_view kOptunaPrefixes[] = {
    "params_", "user_attrs_", "system_attrs_", "Param ", "UserAttribute "};

// How well a name fits, better ones first.
enum Fit { kExact, kOtherCase, kKnown, kBehindPrefix, kNone };

// A name in lower case, words joined by `_`.
std::string Words(absl::string_view text) {
  std::string words;
  char before = '_';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isalnum(byte) && byte < 0x80) {
      if (!words.empty() && words.back() != '_') words += '_';
    } else {
      if (absl::ascii_isupper(byte) &&
          absl::ascii_islower(static_cast<unsigned char>(before))) {
        words += '_';
      }
      words += absl::ascii_tolower(byte);
    }
    before = c;
  }
  while (!words.empty() && words.back() == '_') words.pop_back();
  return words;
}

// The words without a unit at their end, and that unit.
struct NameAndUnit {
  std::string words = {};
  double unit = 1;
  std::string unit_word = {};
};

NameAndUnit SplitUnit(RunColumn column, const std::string& words) {
  const bool counts =
      column == RunColumn::kParams || column == RunColumn::kTokens;
  const bool flops =
      column == RunColumn::kFlops || column == RunColumn::kBudget;
  if (!counts && !flops) return {.words = words};
  for (const absl::string_view end : {"pf_days", "pfs_days"}) {
    absl::string_view rest = words;
    if (flops && absl::ConsumeSuffix(&rest, end)) {
      absl::ConsumeSuffix(&rest, "_");
      return {std::string(rest), *UnitFactor(end), "petaFLOP/s-days"};
    }
  }
  std::vector<std::string> parts = absl::StrSplit(words, '_');
  const std::string last = parts.back();
  const std::optional<double> unit = UnitFactor(last);
  if (!unit || *unit == 1) return {.words = words};
  parts.pop_back();
  if (flops &&
      (absl::EndsWith(last, "flops") || absl::EndsWith(last, "flop"))) {
    parts.emplace_back("flops");
  } else if (parts.empty()) {
    return {.words = words};
  } else if (parts.size() > 1 && parts.back() == "in") {
    parts.pop_back();
  }
  return {absl::StrJoin(parts, "_"), *unit, last};
}

// The words with `toks` and `tok` spelt out.
std::string SpeltOut(absl::string_view words) {
  std::vector<std::string> parts = absl::StrSplit(words, '_');
  for (std::string& part : parts) {
    if (part == "toks") part = "tokens";
    if (part == "tok") part = "token";
  }
  return absl::StrJoin(parts, "_");
}

bool IsKnown(RunColumn column, absl::string_view given) {
  const std::string words =
      column == RunColumn::kTokens ? SpeltOut(given) : std::string(given);
  const std::vector<std::string>& names = KnownNames(column);
  return words == RunColumnName(column) ||
         std::find(names.begin(), names.end(), words) != names.end();
}

// The name as a W&B chart has it without its run: `run - val/loss`.
absl::string_view WithoutRun(absl::string_view name) {
  const size_t dash = name.rfind(" - ");
  return dash == absl::string_view::npos ? name : name.substr(dash + 3);
}

// The parts of a name between dots and slashes behind the folders of an export.
std::vector<std::string> BehindPrefixes(absl::string_view name) {
  std::vector<std::string> parts =
      absl::StrSplit(name, absl::ByAnyChar("./"), absl::SkipWhitespace());
  if (parts.size() > 1 && parts.back() == "value") parts.pop_back();
  size_t first = 0;
  while (first + 1 < parts.size() &&
         std::find(std::begin(kPrefixes), std::end(kPrefixes),
                   Words(parts[first])) != std::end(kPrefixes)) {
    ++first;
  }
  parts.erase(parts.begin(),
              parts.begin() + static_cast<std::ptrdiff_t>(first));
  return parts;
}

// The name without what Optuna puts before it; empty if it is none of these.
absl::string_view BehindOptuna(absl::string_view name) {
  for (const absl::string_view prefix : kOptunaPrefixes) {
    if (absl::ConsumePrefix(&name, prefix)) return name;
  }
  return "";
}

// Whether the columns are those of a study of Optuna: each trial has a number,
// a state and the value of its objective.
bool IsStudy(const std::vector<Cell>& header) {
  const auto has = [&](absl::string_view words) {
    return std::any_of(header.begin(), header.end(), [&](const Cell& cell) {
      return Words(cell.text) == words;
    });
  };
  return has("number") && has("state") && has("value");
}

// Whether a column of runs holds what tells them apart for certain, which a
// name that people give does not.
bool IsRunId(RunColumn column, absl::string_view name) {
  return column == RunColumn::kRun && absl::EndsWith(Words(name), "run_id");
}

bool IsLetter(RunColumn column, absl::string_view name) {
  return (column == RunColumn::kParams && name == "N") ||
         (column == RunColumn::kTokens && name == "D") ||
         (column == RunColumn::kFlops && name == "C");
}

Fit FitOf(RunColumn column, absl::string_view name, FoundColumn& found) {
  const absl::string_view own = RunColumnName(column);
  if (name == own) return kExact;
  if (absl::EqualsIgnoreCase(name, own)) return kOtherCase;
  const absl::string_view metric = WithoutRun(name);
  const std::vector<std::string> parts = BehindPrefixes(metric);
  const std::array<std::pair<std::string, Fit>, 3> tries = {
      {{std::string(metric), kKnown},
       {absl::StrJoin(parts, "_"), kBehindPrefix},
       {std::string(BehindOptuna(metric)), kBehindPrefix}}};
  for (const auto& [text, fit] : tries) {
    if (text.empty()) continue;
    if (IsLetter(column, text)) return fit;
    const NameAndUnit split = SplitUnit(column, Words(text));
    if (!IsKnown(column, split.words)) continue;
    found.unit = split.unit;
    found.unit_word = split.unit_word;
    return fit;
  }
  return kNone;
}

absl::Status Ambiguous(const std::vector<Cell>& header, absl::string_view file,
                       RunColumn column, size_t first, size_t second) {
  const Cell& place = header[second];
  if (header[first].text == place.text) {
    return ErrorAt(file, place.line, place.column,
                   absl::StrCat("a second column is named ", Shown(place.text),
                                "; rename one"));
  }
  const char* name = RunColumnName(column);
  return ErrorAt(file, place.line, place.column,
                 absl::StrCat("both ", Shown(header[first].text), " and ",
                              Shown(place.text), " may be ", name,
                              "; choose one by --column ", name, "=NAME"));
}

}  // namespace

const std::vector<std::string>& KnownNames(RunColumn column) {
  using Names = std::vector<std::string>;
  static const auto* const names = new std::array<Names, kRunColumns.size()>{{
      {"n_params",
       "num_params",
       "nparams",
       "parameters",
       "n_parameters",
       "num_parameters",
       "param_count",
       "params_count",
       "parameter_count",
       "total_params",
       "total_parameters",
       "model_params",
       "model_parameters",
       "trainable_params",
       "non_embedding_params",
       "non_embedding_parameters",
       "params_non_embedding",
       "n_params_non_embedding",
       "num_non_embedding_params",
       "model_size"},
      {"n_tokens", "num_tokens", "ntokens", "tokens_seen", "train_tokens",
       "training_tokens", "n_train_tokens", "num_train_tokens", "total_tokens",
       "token_count", "tokens_trained", "trained_tokens", "tokens_processed",
       "tokens_consumed", "consumed_tokens"},
      {"val_loss", "valid_loss", "validation_loss", "eval_loss", "final_loss",
       "loss_val", "loss_validation", "loss_eval", "final_val_loss",
       "final_validation_loss", "final_eval_loss"},
      {"flop", "compute", "total_flops", "total_flop", "train_flops",
       "train_flop", "training_flops", "training_flop", "total_compute",
       "train_compute", "training_compute", "compute_flops"},
      {"d_model", "hidden_size", "n_embd", "n_embed", "embed_dim",
       "embedding_dim", "model_dim", "hidden_dim", "dim", "model_width"},
      {"n_layers", "num_layers", "n_layer", "nlayers", "num_hidden_layers",
       "layers", "model_depth"},
      {"flop_budget", "flops_budget", "compute_budget", "budget_flops",
       "isoflop", "isoflop_budget", "iso_flop"},
      {},
      {"random_seed"},
      {"run_id", "run_name"},
      {"weights", "run_weight"},
  }};
  return (*names)[static_cast<size_t>(column)];
}

absl::Status NoColumn(const std::vector<Cell>& header, absl::string_view file,
                      const std::string& name, absl::string_view flag) {
  std::vector<std::string> names;
  names.reserve(header.size());
  for (const Cell& cell : header) names.emplace_back(cell.text);
  return ErrorAt(
      file, header.front().line, 1,
      absl::StrCat("no column is named ", Shown(name),
                   names.size() == 1
                       ? ": there is one column, "
                       : absl::StrCat(" among the ", names.size(), ", "),
                   ShownNames(names),
                   names.size() == 1 ? ", if the columns are separated by "
                                       "commas, semicolons or tabs; separate "
                                       "them so, or name another by "
                                     : "; name the one to use by ",
                   flag));
}

std::optional<size_t> FindStatus(const std::vector<Cell>& header) {
  for (size_t i = 0; i < header.size(); ++i) {
    const std::string words =
        Words(absl::StrJoin(BehindPrefixes(header[i].text), "_"));
    if (words == "state" || words == "status") return i;
  }
  return std::nullopt;
}

absl::StatusOr<size_t> FindNamed(const std::vector<Cell>& header,
                                 absl::string_view file,
                                 const std::string& name,
                                 absl::string_view flag) {
  for (const bool exact : {true, false}) {
    std::optional<size_t> place;
    for (size_t i = 0; i < header.size(); ++i) {
      if (exact ? header[i].text != name
                : !absl::EqualsIgnoreCase(header[i].text, name)) {
        continue;
      }
      if (place) {
        return ErrorAt(file, header[i].line, header[i].column,
                       absl::StrCat("a second column is named ",
                                    Shown(header[i].text), "; rename one"));
      }
      place = i;
    }
    if (place) return *place;
  }
  return NoColumn(header, file, name, flag);
}

absl::StatusOr<std::optional<FoundColumn>> FindColumn(
    const std::vector<Cell>& header, absl::string_view file, RunColumn column,
    const std::optional<std::string>& given) {
  FoundColumn best;
  if (given) {
    const std::string flag =
        absl::StrCat("--column ", RunColumnName(column), "=NAME");
    ISOSHAPE_ASSIGN_OR_RETURN(best.place,
                              FindNamed(header, file, *given, flag));
    best.name = std::string(header[best.place].text);
    NameAndUnit split = SplitUnit(column, Words(best.name));
    best.unit = split.unit;
    best.unit_word = std::move(split.unit_word);
    return best;
  }
  Fit best_fit = kNone;
  std::vector<size_t> ties;
  for (size_t i = 0; i < header.size(); ++i) {
    FoundColumn found{i, std::string(header[i].text)};
    const Fit fit = FitOf(column, header[i].text, found);
    if (fit == kNone || fit > best_fit) continue;
    if (fit == best_fit &&
        IsRunId(column, found.name) == IsRunId(column, best.name)) {
      ties.push_back(i);
      continue;
    }
    if (fit == best_fit && IsRunId(column, best.name)) continue;
    best = std::move(found);
    best_fit = fit;
    ties.clear();
  }
  if (best_fit == kNone && column == RunColumn::kLoss && IsStudy(header)) {
    const auto value = std::find_if(
        header.begin(), header.end(),
        [](const Cell& cell) { return Words(cell.text) == "value"; });
    return FoundColumn{static_cast<size_t>(value - header.begin()),
                       std::string(value->text)};
  }
  if (best_fit == kNone) return std::nullopt;
  if (!ties.empty()) {
    return Ambiguous(header, file, column, best.place, ties.front());
  }
  return best;
}

}  // namespace isoshape
