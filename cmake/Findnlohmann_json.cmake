# Finds nlohmann-json, which is headers alone. ISOSHAPE_JSON_DIR (CMake variable,
# then environment) names the folder that holds nlohmann/json.hpp, for machines
# that reach no package registry; without it a package is looked for, then the
# header. Target: nlohmann_json::nlohmann_json
set(ISOSHAPE_JSON_DIR "$ENV{ISOSHAPE_JSON_DIR}" CACHE PATH
    "Folder that holds nlohmann/json.hpp")
set(nlohmann_json_FOUND FALSE)
if(TARGET nlohmann_json::nlohmann_json)
  set(nlohmann_json_FOUND TRUE)
  return()
endif()
if(NOT ISOSHAPE_JSON_DIR)
  find_package(nlohmann_json CONFIG QUIET)
endif()
if(NOT nlohmann_json_FOUND)
  unset(json_include CACHE)
  if(ISOSHAPE_JSON_DIR)
    find_path(json_include nlohmann/json.hpp
      PATHS "${ISOSHAPE_JSON_DIR}" "${ISOSHAPE_JSON_DIR}/include"
      NO_DEFAULT_PATH NO_CACHE)
  else()
    find_path(json_include nlohmann/json.hpp NO_CACHE)
  endif()
  if(NOT json_include)
    message(FATAL_ERROR "nlohmann/json.hpp was not found in '${ISOSHAPE_JSON_DIR}': install nlohmann-json (Debian: nlohmann-json3-dev), or set ISOSHAPE_JSON_DIR to a folder that holds nlohmann/json.hpp")
  endif()
  add_library(nlohmann_json::nlohmann_json INTERFACE IMPORTED)
  target_include_directories(nlohmann_json::nlohmann_json
    SYSTEM INTERFACE "${json_include}")
  set(nlohmann_json_FOUND TRUE)
endif()
