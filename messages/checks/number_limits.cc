#include "messages/checks/number_limits.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "messages/checks/field_walk.h"

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Those that may be below 0: differences of what is not.
constexpr absl::string_view kSigned[] = {
    "isoshape.v1.ShapeCard.generalization_gap"};

bool IsSigned(const FieldDescriptor& field) {
  return std::find(std::begin(kSigned), std::end(kSigned),
                   absl::string_view(field.full_name())) != std::end(kSigned);
}

// Looks at the numbers of a message whose fields are written under a path.
class NumberRule {
 public:
  struct Limit {
    bool each = true;
    bool is_signed = false;
  };
  static std::optional<Limit> LimitOf(const FieldDescriptor& field);

  explicit NumberRule(absl::string_view path) : path_(path) {}

  void Enter(const Reflection& /*of*/, const Message& /*message*/) {}
  absl::Status CheckList(const FieldPlace& /*place*/, int /*entries*/,
                         const Limit& /*limit*/) {
    return absl::OkStatus();
  }
  absl::Status CheckValue(const FieldPlace& place, const Reflection& of,
                          const Message& message, const Limit& limit) const;

 private:
  absl::Status CheckReal(const FieldPlace& place, double value,
                         const Limit& limit) const;
  absl::Status CheckWhole(const FieldPlace& place, int64_t value) const;
  // `of`: the value as text.
  absl::Status Refused(const FieldPlace& place, absl::string_view of,
                       absl::string_view why) const;

  const absl::string_view path_;
};

std::optional<NumberRule::Limit> NumberRule::LimitOf(
    const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Limit{.is_signed = IsSigned(field)};
    default:
      return std::nullopt;
  }
}

absl::Status NumberRule::Refused(const FieldPlace& place, absl::string_view of,
                                 absl::string_view why) const {
  return absl::InvalidArgumentError(absl::StrCat(
      path_, path_.empty() ? "" : ".", PathOf(place), " ", of, " ", why));
}

absl::Status NumberRule::CheckReal(const FieldPlace& place, double value,
                                   const Limit& limit) const {
  const bool is_signed = value < 0 && limit.is_signed;
  // NaN is none of these.
  if (std::abs(value) <= kMaxReal && (value >= 0 || is_signed)) {
    return absl::OkStatus();
  }
  const std::string text = absl::StrFormat("%g", value);
  if (!std::isfinite(value)) {
    return Refused(place, absl::StrCat("is ", text, ","),
                   "not a finite number; leave it out or complete the trial "
                   "as DIVERGED");
  }
  if (value < 0 && !is_signed) {
    return Refused(place, text, "is negative; give 0 or more");
  }
  return Refused(place, text,
                 absl::StrFormat("is more than any run has; give %g to %g, or "
                                 "leave it out",
                                 is_signed ? -kMaxReal : 0, kMaxReal));
}

absl::Status NumberRule::CheckWhole(const FieldPlace& place,
                                    int64_t value) const {
  if (value >= 0 && value <= kMaxWhole) return absl::OkStatus();
  return Refused(place, absl::StrCat(value),
                 value < 0
                     ? "is negative; give 0 or more"
                     : absl::StrCat("is more than any run has; give 0 to ",
                                    kMaxWhole, ", or leave it out"));
}

absl::Status NumberRule::CheckValue(const FieldPlace& place,
                                    const Reflection& of,
                                    const Message& message,
                                    const Limit& limit) const {
  const FieldDescriptor* const field = place.field;
  const int index = place.index;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return CheckReal(place,
                       index < 0 ? of.GetDouble(message, field)
                                 : of.GetRepeatedDouble(message, field, index),
                       limit);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return CheckReal(place,
                       index < 0 ? of.GetFloat(message, field)
                                 : of.GetRepeatedFloat(message, field, index),
                       limit);
    case FieldDescriptor::CPPTYPE_INT64:
      return CheckWhole(place,
                        index < 0 ? of.GetInt64(message, field)
                                  : of.GetRepeatedInt64(message, field, index));
    case FieldDescriptor::CPPTYPE_INT32:
      return CheckWhole(place,
                        index < 0 ? of.GetInt32(message, field)
                                  : of.GetRepeatedInt32(message, field, index));
    default:
      return absl::OkStatus();
  }
}

}  // namespace

absl::Status CheckNumbers(absl::string_view path, const Message& message) {
  NumberRule rule(path);
  return FieldWalk(rule).Check(message);
}

}  // namespace isoshape
