#ifndef ISOSHAPE_TESTS_CLAIMS_WIDE_WORSE_H_
#define ISOSHAPE_TESTS_CLAIMS_WIDE_WORSE_H_

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "isoshape/v1/claim.pb.h"
#include "messages/json/proto_json.h"

namespace isoshape {

// A claim with these parts, in JSON: five seeds of a wide and a deep shape at
// one budget, with and without warmup.
inline v1::Claim ClaimOf(const std::string& parts) {
  v1::Claim claim;
  const absl::Status status = FromJson(
      nlohmann::json::parse(
          R"({"id": "wide-worse", "statement": "Wide is worse.", "parts": )" +
          parts + R"(, "designs": [{"scale": "demo", "common": {"seeds": 5,
              "budgets": [1e11], "variants": [{"name": "no-warmup",
                  "recipe": {"warmup_fraction": 0}}],
              "algorithm": {"listed": {"shapes": [
                  {"depth": 2, "width": 128}, {"depth": 8, "width": 64}]}}},
              "campaigns": [{"label": "a"}]}]})"),
      &claim);
  EXPECT_TRUE(status.ok()) << status;
  return claim;
}

// The part that says how much the wide shape loses.
inline constexpr char kLoss[] = R"([{"name": "loss", "figure": "wide less deep",
    "above": 0, "pipeline": {"measure": "validation_loss", "steps": [
        {"over": "shape", "difference": {"of": "2x128", "from": "8x64"}}]}}])";

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_CLAIMS_WIDE_WORSE_H_
