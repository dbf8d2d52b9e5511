#ifndef ISOSHAPE_MESSAGES_TRIAL_IMPORT_REQUEST_H_
#define ISOSHAPE_MESSAGES_TRIAL_IMPORT_REQUEST_H_

namespace isoshape {

// Runs in one ImportTrialsRequest: the most that the coordinator takes, and
// what a client of many gives at a time.
inline constexpr int kMaxImportedRuns = 1000;

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_TRIAL_IMPORT_REQUEST_H_
