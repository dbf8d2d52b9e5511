#ifndef ISOSHAPE_WORKER_MACHINE_H_
#define ISOSHAPE_WORKER_MACHINE_H_

#include <string>
#include <vector>

namespace isoshape {

// Name of this host.
std::string Hostname();

// `{hostname}-{process id}`, of the characters that a worker's id may have, so
// that two workers on one host differ.
std::string DefaultWorkerId();

// Processors that this process may run on, ascending; at least one.
std::vector<int> AllowedCpus();

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_MACHINE_H_
