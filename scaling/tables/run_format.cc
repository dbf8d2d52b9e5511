#include "scaling/tables/run_format.h"

#include <algorithm>

namespace isoshape {
namespace {

struct Entry {
  const char* name;
  std::optional<std::string> RunFormat::*member;
};

// By the number of the column.
constexpr Entry kEntries[] = {{"params", &RunFormat::params},
                              {"tokens", &RunFormat::tokens},
                              {"loss", &RunFormat::loss},
                              {"flops", &RunFormat::flops},
                              {"width", &RunFormat::width},
                              {"depth", &RunFormat::depth},
                              {"budget", &RunFormat::budget},
                              {"decode_seconds", &RunFormat::decode_seconds},
                              {"seed", &RunFormat::seed},
                              {"run", &RunFormat::run},
                              {"weight", &RunFormat::weight}};

}  // namespace

const char* RunColumnName(RunColumn column) {
  return kEntries[static_cast<int>(column)].name;
}

std::optional<std::string>& RunFormat::name(RunColumn column) {
  return this->*kEntries[static_cast<int>(column)].member;
}

const std::optional<std::string>& RunFormat::name(RunColumn column) const {
  return this->*kEntries[static_cast<int>(column)].member;
}

bool RunFormat::Needs(RunColumn column) const {
  return column == RunColumn::kParams || column == RunColumn::kTokens ||
         column == RunColumn::kLoss ||
         std::find(needed.begin(), needed.end(), column) != needed.end();
}

}  // namespace isoshape
