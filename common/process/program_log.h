#ifndef ISOSHAPE_COMMON_PROCESS_PROGRAM_LOG_H_
#define ISOSHAPE_COMMON_PROCESS_PROGRAM_LOG_H_

#include <string>
#include <vector>

namespace isoshape {

// The one form of all lines that a program logs, on standard error:
// `2026-11-28T03:36:42.273+01:00 info registered with HOST:PORT as workers/w1`.
// Of `level` (`debug`, `info`, `warn`, `error`) and above. Who logs never waits
// for who reads (error_output.h). Call it before any thread is started.
void StartProgramLog(const std::string& level = "info");

// The levels that StartProgramLog knows.
std::vector<std::string> LogLevels();

// gRPC and protobuf have lines of their own for standard error. What they tell
// of comes back as a status too, which is reported in words of ours, so none of
// them is written, unless the environment asks for gRPC's (GRPC_VERBOSITY).
// StartProgramLog does it; a program without a log calls it by itself. The
// others have such a call beside their use: Ceres in scaling/laws/ceres_log.h,
// LibTorch in trainer/engine/library_log.h.
void KeepLibraryLogsOffScreen();

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_PROGRAM_LOG_H_
