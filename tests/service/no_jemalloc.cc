// What the coordinator asks of jemalloc, done by nobody: see CMakeLists.txt.
#include <cstddef>

extern "C" int mallctl(const char* /*name*/, void* /*old_value*/,
                       size_t* /*old_size*/, void* /*new_value*/,
                       size_t /*new_size*/) {
  return 0;
}
