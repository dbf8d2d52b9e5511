#include "messages/campaign/algorithm_arm.h"

#include <google/protobuf/message.h>

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;

const google::protobuf::OneofDescriptor& Kind() {
  return *v1::Algorithm::descriptor()->FindOneofByName("kind");
}

}  // namespace

std::vector<const FieldDescriptor*> AlgorithmArms() {
  std::vector<const FieldDescriptor*> arms;
  for (int i = 0; i < Kind().field_count(); ++i) {
    arms.push_back(Kind().field(i));
  }
  return arms;
}

const FieldDescriptor* ArmOf(const v1::Algorithm& algorithm) {
  return v1::Algorithm::GetReflection()->GetOneofFieldDescriptor(algorithm,
                                                                 &Kind());
}

bool ProposesTrials(const v1::Algorithm& algorithm) {
  return !algorithm.has_external();
}

const FieldDescriptor* OptionOf(const FieldDescriptor& arm,
                                const std::string& name) {
  const FieldDescriptor* field = arm.message_type()->FindFieldByName(name);
  return field == nullptr || field->is_repeated() ? nullptr : field;
}

}  // namespace isoshape
