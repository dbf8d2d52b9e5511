#ifndef ISOSHAPE_CLI_FLEET_SLURM_TEMPLATE_H_
#define ISOSHAPE_CLI_FLEET_SLURM_TEMPLATE_H_

namespace isoshape {

// deploy/slurm/worker.sbatch, as it was when this was built.
extern const char kSlurmTemplate[];

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLEET_SLURM_TEMPLATE_H_
