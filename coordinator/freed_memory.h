#ifndef ISOSHAPE_COORDINATOR_FREED_MEMORY_H_
#define ISOSHAPE_COORDINATOR_FREED_MEMORY_H_

namespace isoshape {

// Has the memory that this process frees go back to the system within some ten
// seconds, by a thread of the allocator's own. After a burst of calls glibc
// keeps what they had, in pages between few that are used, for as long as the
// process lives: of 30,000 calls that one client opened and reset in four
// seconds 600 MB, of which one was in use.
//
// Whoever links this has jemalloc as its allocator, but for builds with a
// sanitizer, which have their own and where this does nothing. What a call
// takes is allocated by the thread that reads it and freed by the one that
// answers it, for which glibc takes a lock of the other's: docs/benchmarks.md.
void GiveBackFreedMemory();

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_FREED_MEMORY_H_
