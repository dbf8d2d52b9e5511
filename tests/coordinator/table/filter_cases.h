#ifndef ISOSHAPE_TESTS_COORDINATOR_TABLE_FILTER_CASES_H_
#define ISOSHAPE_TESTS_COORDINATOR_TABLE_FILTER_CASES_H_

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "isoshape/v1/trial.pb.h"
#include "messages/json/proto_json.h"

namespace isoshape {

// filter_cases.json: one trial, and filters that keep it, drop it or cannot be
// read. The coordinator's filter and that of a report's page must agree on all.
struct FilterCases {
  v1::Trial trial;
  std::vector<std::string> columns;  // of the trial, as a page would have them
  std::vector<std::string> keeps, drops, refused;
};

inline FilterCases ReadFilterCases() {
  std::ifstream file(ISOSHAPE_FILTER_CASES);
  const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
  FilterCases cases;
  if (!json.is_object()) {
    ADD_FAILURE() << "no JSON in " << ISOSHAPE_FILTER_CASES;
    return cases;
  }
  const absl::Status read = FromJson(json["trial"], &cases.trial);
  EXPECT_TRUE(read.ok()) << read;
  json["columns"].get_to(cases.columns);
  json["keeps"].get_to(cases.keeps);
  json["drops"].get_to(cases.drops);
  json["refused"].get_to(cases.refused);
  return cases;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_TABLE_FILTER_CASES_H_
