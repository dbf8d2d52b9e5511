#ifndef ISOSHAPE_WORKER_OPTIONS_MACHINE_H_
#define ISOSHAPE_WORKER_OPTIONS_MACHINE_H_

#include <string>

namespace isoshape {

// Name of this host.
std::string Hostname();

// `{hostname}-{process id}`, of the characters that a worker's id may have, so
// that two workers on one host differ.
std::string DefaultWorkerId();

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_OPTIONS_MACHINE_H_
