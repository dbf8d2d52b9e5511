#ifndef ISOSHAPE_MESSAGES_JSON_ENUM_NAME_H_
#define ISOSHAPE_MESSAGES_JSON_ENUM_NAME_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_reflection.h>

#include <string>

namespace isoshape {

// `rms` for NORM_RMS, `succeeded` for SUCCEEDED.
std::string EnumName(const google::protobuf::EnumValueDescriptor& value);

// `pending` for v1::Trial::PENDING.
template <typename Enum>
std::string EnumName(Enum value) {
  const auto* descriptor =
      google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(value);
  return descriptor == nullptr ? std::to_string(static_cast<int>(value))
                               : EnumName(*descriptor);
}

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_JSON_ENUM_NAME_H_
