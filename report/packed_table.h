#ifndef ISOSHAPE_REPORT_PACKED_TABLE_H_
#define ISOSHAPE_REPORT_PACKED_TABLE_H_

#include <string>

#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// The trials as JSON in columns, as gzip in base64: what the page's script
// unpacks. Numbers have seven digits; those that are not finite are null.
std::string PackTable(const v1::ListTrialTableResponse& table);

}  // namespace isoshape

#endif  // ISOSHAPE_REPORT_PACKED_TABLE_H_
