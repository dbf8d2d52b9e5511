#ifndef ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_MEMORY_H_
#define ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_MEMORY_H_

namespace isoshape::stand_in {

// Where an address is.
enum class Place { kDevice, kPinned, kPageable };
Place PlaceOf(const void* address);

}  // namespace isoshape::stand_in

#endif  // ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_MEMORY_H_
