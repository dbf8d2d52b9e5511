#ifndef ISOSHAPE_SEARCH_SOBOL_SOBOL_ENTRY_H_
#define ISOSHAPE_SEARCH_SOBOL_SOBOL_ENTRY_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// The entry of Sobol points in the registry; see AlgorithmEntry.
void FillSobolDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckSobol(const v1::Campaign& campaign);
int64_t SobolShapes(const v1::Algorithm& algorithm);
std::unique_ptr<SearchAlgorithm> MakeSobol(const v1::Algorithm& algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_SOBOL_SOBOL_ENTRY_H_
