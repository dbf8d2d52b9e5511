// An empty library: only its name matters (CMakeLists.txt).
