#ifndef ISOSHAPE_COMMON_THREADS_BACKGROUND_THREAD_H_
#define ISOSHAPE_COMMON_THREADS_BACKGROUND_THREAD_H_

namespace isoshape {

// Gives the calling thread, and those that it starts, less of a busy processor
// than the other threads of this process (nice 10, about a tenth of one at nice
// 0): long computations then hold up no call that is answered in passing. It
// cannot be taken back without privileges.
void BecomeBackgroundThread();

// The same, for what nobody waits for: where the other threads leave nothing,
// it takes a thirtieth of a processor (nice 15).
void BecomePatientThread();

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_THREADS_BACKGROUND_THREAD_H_
