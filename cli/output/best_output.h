#ifndef ISOSHAPE_CLI_OUTPUT_BEST_OUTPUT_H_
#define ISOSHAPE_CLI_OUTPUT_BEST_OUTPUT_H_

#include <ostream>

#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// The shapes of each budget by rank, as a table. LOSS is in nats a token, BITS
// is the same in bits. FFN tells apart shapes of one depth and width.
void PrintBestShapes(const v1::ListBestShapesResponse& best, std::ostream& out);

// Keeps the shapes of each budget that no other shape of it is as good as in
// loss, parameters, peak memory and seconds for a decoded token together. What
// was not measured counts as worse than all that was. Where a budget has as
// many shapes as could be asked for, a warning says that more may be there. The
// warnings that are there stay: they are of all shapes that were compared.
void KeepParetoFront(int asked, v1::ListBestShapesResponse* best);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_BEST_OUTPUT_H_
