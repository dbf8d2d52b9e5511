#include "messages/campaign/output_only.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>

namespace isoshape {
namespace {

constexpr std::array<absl::string_view, 12> kOutputOnly = {
    "name",        "state",       "trial_counts", "planner_note",
    "create_time", "update_time", "end_time",     "data_fingerprint",
    "missing",     "waiting",     "set_aside",    "expected_flops"};

}  // namespace

bool IsOutputOnly(absl::string_view field_of_campaign) {
  return std::find(kOutputOnly.begin(), kOutputOnly.end(), field_of_campaign) !=
         kOutputOnly.end();
}

void ClearOutputOnly(v1::Campaign* campaign) {
  const google::protobuf::Descriptor* type = v1::Campaign::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type->field(i);
    if (IsOutputOnly(field->name())) {
      v1::Campaign::GetReflection()->ClearField(campaign, field);
    }
  }
  for (v1::Variant& variant : *campaign->mutable_variants()) {
    variant.clear_data_fingerprint();
  }
}

}  // namespace isoshape
