#include "messages/json/enum_name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace isoshape {
namespace {

// `NORM_` for enum Norm, `FLOP_CONVENTION_` for FlopConvention.
std::string EnumPrefix(const google::protobuf::EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) {
      prefix += '_';
    }
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return prefix + "_";
}

}  // namespace

std::string EnumName(const google::protobuf::EnumValueDescriptor& value) {
  absl::string_view name = value.name();
  absl::ConsumePrefix(&name, EnumPrefix(*value.type()));
  return absl::AsciiStrToLower(name);
}

}  // namespace isoshape
