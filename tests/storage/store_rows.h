#ifndef ISOSHAPE_TESTS_STORAGE_STORE_ROWS_H_
#define ISOSHAPE_TESTS_STORAGE_STORE_ROWS_H_

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "storage/store.h"

namespace isoshape {

// Rows to put into a store under test, and how they are compared.

MATCHER_P(EqualsProto, expected, "equals " + expected.ShortDebugString()) {
  return google::protobuf::util::MessageDifferencer::Equals(arg, expected);
}

inline v1::Campaign CampaignAt(absl::string_view name, int64_t seconds) {
  v1::Campaign campaign;
  campaign.set_name(std::string(name));
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.add_budgets(2.5e11);
  *campaign.mutable_create_time() = ToProto(absl::FromUnixSeconds(seconds));
  return campaign;
}

inline v1::Trial TrialOf(absl::string_view campaign, int64_t number,
                         v1::Trial::State state = v1::Trial::PENDING) {
  v1::Trial trial;
  trial.set_name(MakeTrialName(campaign, number));
  trial.set_state(state);
  trial.mutable_shape()->set_depth(4);
  trial.mutable_shape()->set_width(64);
  trial.set_budget_flops(2.5e11);
  trial.set_seed(number);
  v1::TrialBranch* branch = trial.add_branches();
  branch->set_budget_flops(1e11);
  branch->set_steps(40);
  return trial;
}

inline PutMeasurement MeasurementOf(absl::string_view trial, int64_t step,
                                    double loss = 2.0) {
  PutMeasurement put;
  put.trial = std::string(trial);
  put.measurement.set_step(step);
  put.measurement.set_tokens(step * 2048);
  put.measurement.set_validation_loss(loss);
  return put;
}

inline AppendEvent EventOf(absl::string_view campaign, int64_t sequence) {
  AppendEvent append;
  append.event.set_sequence(sequence);
  append.event.set_campaign(std::string(campaign));
  append.event.set_kind(v1::CampaignEvent::TRIAL_CHANGED);
  return append;
}

inline v1::Worker WorkerNamed(absl::string_view name, int slots = 1) {
  v1::Worker worker;
  worker.set_name(std::string(name));
  worker.set_slots(slots);
  return worker;
}

// The names, steps and sequences of rows that were listed.
template <typename Row>
std::vector<std::string> Names(const absl::StatusOr<std::vector<Row>>& rows) {
  std::vector<std::string> names;
  if (!rows.ok()) return {std::string(rows.status().ToString())};
  for (const Row& row : *rows) names.push_back(row.name());
  return names;
}

inline std::vector<int64_t> Steps(
    const absl::StatusOr<std::vector<v1::Measurement>>& rows) {
  std::vector<int64_t> steps;
  EXPECT_TRUE(rows.ok()) << rows.status();
  if (!rows.ok()) return steps;
  for (const v1::Measurement& row : *rows) steps.push_back(row.step());
  return steps;
}

inline std::vector<int64_t> Sequences(
    const absl::StatusOr<std::vector<v1::CampaignEvent>>& rows) {
  std::vector<int64_t> sequences;
  EXPECT_TRUE(rows.ok()) << rows.status();
  if (!rows.ok()) return sequences;
  for (const v1::CampaignEvent& row : *rows) {
    sequences.push_back(row.sequence());
  }
  return sequences;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_STORAGE_STORE_ROWS_H_
