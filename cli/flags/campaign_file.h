#ifndef ISOSHAPE_CLI_FLAGS_CAMPAIGN_FILE_H_
#define ISOSHAPE_CLI_FLAGS_CAMPAIGN_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// A campaign as it is written in a file; docs/campaign-file.md.
struct CampaignFile {
  std::string id;  // of the field `id`; may be empty
  v1::Campaign campaign;
};

// Reads YAML, of which JSON is a part. A usage error, in one line that begins
// with `file:line:column:`, if the text is malformed, a field is unknown,
// given twice or of the wrong type.
absl::StatusOr<CampaignFile> ParseCampaignFile(const std::string& path,
                                               const std::string& text);

// Reads the file from disk and parses it. A usage error also if it cannot be
// read.
absl::StatusOr<CampaignFile> ReadCampaignFile(const std::string& path);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_CAMPAIGN_FILE_H_
