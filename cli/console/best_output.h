#ifndef ISOSHAPE_CLI_CONSOLE_BEST_OUTPUT_H_
#define ISOSHAPE_CLI_CONSOLE_BEST_OUTPUT_H_

#include <ostream>

#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// The shapes of each budget by rank, as a table. LOSS is in nats a token, BITS
// is the same in bits. FFN tells apart shapes of one depth and width.
void PrintBestShapes(const v1::ListBestShapesResponse& best, std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_BEST_OUTPUT_H_
