#ifndef ISOSHAPE_WORKER_TRAINER_LEASE_CONTRACT_H_
#define ISOSHAPE_WORKER_TRAINER_LEASE_CONTRACT_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker.pb.h"
#include "worker/trainer/trainer_line.h"

namespace isoshape {

// How long a trainer may take to answer `stop`, and to end
// (docs/trainer-protocol.md).
inline constexpr absl::Duration kStopPatience = absl::Seconds(10);

// Why a lease that `worker` (`workers/{id}`) was given is of no use to it, in
// one line, or an empty string.
std::string LeaseProblem(const v1::Lease& lease, const std::string& worker);

// Says how a `started` or `result` line contradicts the trial
// (messages/trial/trial_contract.h), in one line, or an empty string. A run
// that did not succeed ended where it ended.
std::string ContradictionOf(const TrainerLine& line, const v1::Trial& trial);

// How a measurement contradicts the trial, or what of it no coordinator stores
// (messages/checks/number_limits.h), in one line, or an empty string.
std::string PointProblem(const v1::Measurement& point, const v1::Trial& trial);

// Fills in what the trainer leaves out and the worker knows: of a measurement
// tokens, FLOPs and time; of a card of a whole run parameters, FLOPs, tokens,
// steps, wall time, device and trainer. `elapsed`: since the run began, if this
// worker has seen it all.
void FillIn(const v1::Trial& trial, std::optional<absl::Duration> elapsed,
            v1::Measurement* point);
void FillIn(const v1::Trial& trial, std::optional<absl::Duration> elapsed,
            const TrainerLine& ready, v1::ShapeCard* card);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_LEASE_CONTRACT_H_
