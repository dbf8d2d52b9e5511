#ifndef ISOSHAPE_MESSAGES_CAMPAIGN_ALGORITHM_ARM_H_
#define ISOSHAPE_MESSAGES_CAMPAIGN_ALGORITHM_ARM_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// The arms of Algorithm.kind, each an algorithm of its name, so that a new one
// is named in the registry of searches (search/registry.h) and nowhere else.
std::vector<const google::protobuf::FieldDescriptor*> AlgorithmArms();

// The arm that is set, which is the campaign's algorithm; nullptr if none is.
const google::protobuf::FieldDescriptor* ArmOf(const v1::Algorithm& algorithm);

// Whether the algorithm ever proposes a trial; else clients create them all,
// and the campaign needs no budgets.
bool ProposesTrials(const v1::Algorithm& algorithm);

// The single number or flag of that name of an arm; nullptr if it has none.
const google::protobuf::FieldDescriptor* OptionOf(
    const google::protobuf::FieldDescriptor& arm, const std::string& name);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CAMPAIGN_ALGORITHM_ARM_H_
