#ifndef ISOSHAPE_COORDINATOR_PLANNING_OUTLOOK_TEXT_H_
#define ISOSHAPE_COORDINATOR_PLANNING_OUTLOOK_TEXT_H_

#include <string>

#include "isoshape/v1/campaign.pb.h"
#include "search/outlook.h"

namespace isoshape {

// `about 39 trials in all would be trained, 27 at 1e12, 9 at 3e12, 3 at 9e12
// FLOPs, about 8.1e13 FLOPs together`, variants counted; empty if the outlook
// is unknown. Where total_flops does not pay for all, they `would be asked for`
// and what it pays for is named.
std::string OutlookText(const v1::Campaign& campaign, const Outlook& outlook);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_OUTLOOK_TEXT_H_
