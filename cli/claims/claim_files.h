#ifndef ISOSHAPE_CLI_CLAIMS_CLAIM_FILES_H_
#define ISOSHAPE_CLI_CLAIMS_CLAIM_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// Reads one claim; docs/claims-files.md. Its id is the name of the file without
// `.yaml` if it gives none. A usage error that begins with the place.
absl::StatusOr<v1::Claim> ParseClaimFile(const std::string& path,
                                         const std::string& text);

// The claims of this project and those of the given files and folders
// (`*.yaml`), which replace one of the same id. Those of `only` in its order,
// all if it is empty; a usage error with the nearest if there is no such one.
absl::StatusOr<std::vector<v1::Claim>> LoadClaims(
    const std::vector<std::string>& paths,
    const std::vector<std::string>& only);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_CLAIM_FILES_H_
