#ifndef ISOSHAPE_TRAINER_SPEC_VERSION_H_
#define ISOSHAPE_TRAINER_SPEC_VERSION_H_

namespace isoshape {

// ISOSHAPE_VERSION comes from the build.
inline constexpr char kTrainerVersion[] = "isoshape-trainer " ISOSHAPE_VERSION;

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_SPEC_VERSION_H_
