# What is installed, and the packages of it (tools/package.sh makes them). Each
# kind of package has the same folders, below a folder that may be anywhere:
#
#   bin/           isoshape, isoshape-coordinator     component `coordinator`
#                  isoshape-worker, isoshape-trainer  component `worker`
#   lib/isoshape/  what bin/isoshape-trainer becomes once it has found LibTorch,
#                  of `worker`, and Debian's libraries that all of it needs,
#                  component `libraries`, of the tarball alone
#
# and for the .debs the components `coordinator_system` and `worker_system`:
# units, users and files of /etc.
include_guard(GLOBAL)

# LibTorch is the user's: a C++ interface that changes with each minor version.
# Its version is in a file of its own in a wheel, in another in LibTorch's archives.
set(torch_version "")
if(EXISTS "${ISOSHAPE_TORCH_FOUND}/version.py")
  file(STRINGS "${ISOSHAPE_TORCH_FOUND}/version.py" torch_version
       REGEX "^__version__ = ")
elseif(EXISTS "${ISOSHAPE_TORCH_FOUND}/build-version")
  file(STRINGS "${ISOSHAPE_TORCH_FOUND}/build-version" torch_version)
endif()
if(NOT torch_version MATCHES "([0-9]+\\.[0-9]+)\\.[0-9]+")
  message(STATUS "Packages: none, as neither version.py nor build-version in ${ISOSHAPE_TORCH_FOUND} says which version it is")
  return()
endif()
set(ISOSHAPE_TORCH_SERIES "${CMAKE_MATCH_1}")

# DT_RPATH, not DT_RUNPATH, for it holds for the libraries of libraries too.
set(linked_with_libraries isoshape isoshape-coordinator isoshape-worker)
set_target_properties(${linked_with_libraries} PROPERTIES
  INSTALL_RPATH "$ORIGIN/../lib/isoshape")
install(TARGETS isoshape isoshape-coordinator DESTINATION bin COMPONENT coordinator)
install(TARGETS isoshape-worker DESTINATION bin COMPONENT worker)

set(trainers isoshape-trainer)
foreach(target IN ITEMS isoshape-trainer-cuda isoshape-sentencepiece)
  if(TARGET ${target})
    list(APPEND trainers ${target})
  endif()
endforeach()
set_target_properties(${trainers} PROPERTIES INSTALL_RPATH "$ORIGIN")
install(TARGETS ${trainers} DESTINATION lib/isoshape COMPONENT worker)
# LibTorch is found by LD_LIBRARY_PATH there. Where it was built against is a run
# path of the linker's options (FindLibTorch.cmake), which CMake leaves alone.
foreach(target IN LISTS trainers)
  install(CODE "file(RPATH_SET FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/isoshape/$<TARGET_FILE_NAME:${target}>\"
    NEW_RPATH [[$ORIGIN]])" COMPONENT worker)
endforeach()
if(TARGET isoshape-sentencepiece)
  list(APPEND linked_with_libraries isoshape-sentencepiece)
endif()
foreach(target IN LISTS linked_with_libraries)
  target_link_options(${target} PRIVATE -Wl,--disable-new-dtags)
endforeach()

set(packages "${CMAKE_BINARY_DIR}/packages")
configure_file(deploy/isoshape-trainer.sh.in "${packages}/isoshape-trainer" @ONLY
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
    GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
install(PROGRAMS "${packages}/isoshape-trainer" DESTINATION bin COMPONENT worker)

# Component `licenses` is what the bundled libraries ask for, of the wheel too.
list(TRANSFORM linked_with_libraries REPLACE "(.+)" "$<TARGET_FILE:\\1>"
     OUTPUT_VARIABLE linked_files)
foreach(component IN ITEMS libraries licenses)
  install(CODE "set(linked \"${linked_files}\")" COMPONENT ${component})
  install(SCRIPT cmake/InstallLibraries.cmake COMPONENT ${component})
endforeach()
install(FILES LICENSE README.md CHANGELOG.md DESTINATION share/doc/isoshape
  COMPONENT documents)
install(DIRECTORY examples/ DESTINATION share/doc/isoshape/examples
  COMPONENT documents)

# The .debs: a unit, a user, a file of settings and three scripts each.
foreach(part IN ITEMS coordinator worker)
  set(UNIT isoshape-${part})
  set(TIMER "")
  if(part STREQUAL coordinator)
    set(TIMER " isoshape-backup.timer")
  endif()
  set(scripts "${packages}/${part}")
  foreach(script IN ITEMS postinst prerm postrm)
    configure_file(deploy/debian/${script}.in "${scripts}/${script}" @ONLY
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
        GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endforeach()
  set(component ${part}_system)
  install(FILES deploy/systemd/${UNIT}.service
    DESTINATION lib/systemd/system COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES deploy/systemd/${UNIT}.conf
    DESTINATION lib/sysusers.d COMPONENT ${component} EXCLUDE_FROM_ALL)
  set(settings "${packages}/config/${part}.yaml")
  configure_file(deploy/config/${part}.yaml "${settings}" COPYONLY)
  if(EXISTS "${CMAKE_SOURCE_DIR}/deploy/config/${part}.env.in")
    list(APPEND settings "${packages}/config/${part}.env")
    configure_file(deploy/config/${part}.env.in "${packages}/config/${part}.env" @ONLY)
  endif()
  # Of the .debs alone: a plain `cmake --install` would write over the settings of
  # this machine.
  install(FILES ${settings} DESTINATION /etc/isoshape COMPONENT ${component}
    EXCLUDE_FROM_ALL)
  list(TRANSFORM settings REPLACE ".*/" "/etc/isoshape/")
  list(JOIN settings "\n" conffiles)
  file(WRITE "${scripts}/conffiles" "${conffiles}\n")
  string(TOUPPER isoshape_${part} group)
  set(CPACK_DEBIAN_${group}_PACKAGE_CONTROL_EXTRA
    "${scripts}/postinst" "${scripts}/prerm" "${scripts}/postrm" "${scripts}/conffiles")
endforeach()
# Of the coordinator's .deb, for those who enable the timer.
install(FILES deploy/systemd/isoshape-backup.service deploy/systemd/isoshape-backup.timer
  DESTINATION lib/systemd/system COMPONENT coordinator_system EXCLUDE_FROM_ALL)
install(FILES LICENSE DESTINATION share/doc/isoshape RENAME copyright
  COMPONENT coordinator_system)
install(FILES LICENSE DESTINATION share/doc/isoshape-worker RENAME copyright
  COMPONENT worker_system)

set(CPACK_PACKAGE_NAME isoshape)
set(CPACK_PACKAGE_VENDOR "isoshape")
set(CPACK_PACKAGE_CONTACT "The isoshape developers <developers@isoshape.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
  "best depth and width of a transformer at a training compute, by measurement")
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_GENERATOR TGZ)
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_SOURCE_DIR}/cmake/IsoshapeCPack.cmake")
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
string(TOLOWER "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" system)
set(CPACK_PACKAGE_FILE_NAME "isoshape-${PROJECT_VERSION}-${system}")
set(CPACK_ARCHIVE_FILE_NAME "${CPACK_PACKAGE_FILE_NAME}")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# LibTorch is in no package. dpkg-shlibdeps wants to see it all the same, and
# would read 400 MB for minutes: empty libraries of the same names pass for it.
file(GLOB cudart RELATIVE "${ISOSHAPE_TORCH_FOUND}/../nvidia/cu13/lib"
  "${ISOSHAPE_TORCH_FOUND}/../nvidia/cu13/lib/libcudart.so.*")
set(stand_ins "${packages}/stand-ins")
file(MAKE_DIRECTORY "${stand_ins}")
foreach(library IN ITEMS libtorch_cpu.so libtorch_cuda.so libc10.so libc10_cuda.so ${cudart})
  if(NOT EXISTS "${stand_ins}/${library}")
    execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -shared -nostdlib "-Wl,-soname,${library}"
      -o "${stand_ins}/${library}" -x c++ /dev/null COMMAND_ERROR_IS_FATAL ANY)
  endif()
endforeach()
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${stand_ins}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(sysusers "systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_ISOSHAPE_COORDINATOR_PACKAGE_NAME isoshape)
set(CPACK_DEBIAN_ISOSHAPE_COORDINATOR_PACKAGE_DEPENDS "${sysusers}")
set(CPACK_DEBIAN_ISOSHAPE_COORDINATOR_PACKAGE_RECOMMENDS gnuplot-nox)
set(CPACK_DEBIAN_ISOSHAPE_COORDINATOR_PACKAGE_SUGGESTS isoshape-worker)
set(CPACK_DEBIAN_ISOSHAPE_COORDINATOR_DESCRIPTION
  "The coordinator, which proposes, leases and keeps trials, and the command\nline isoshape.")
set(CPACK_DEBIAN_ISOSHAPE_WORKER_PACKAGE_NAME isoshape-worker)
set(CPACK_DEBIAN_ISOSHAPE_WORKER_PACKAGE_DEPENDS "${sysusers}")
set(CPACK_DEBIAN_ISOSHAPE_WORKER_PACKAGE_SUGGESTS "isoshape, python3-venv")
set(CPACK_DEBIAN_ISOSHAPE_WORKER_DESCRIPTION
  "The worker and its trainer. The trainer needs LibTorch ${ISOSHAPE_TORCH_SERIES}, of which Debian\nhas no package: /etc/isoshape/worker.env says where it is.")
include(CPack)
foreach(part IN ITEMS coordinator worker)
  cpack_add_component_group(isoshape_${part})
  cpack_add_component(${part} GROUP isoshape_${part})
  cpack_add_component(${part}_system GROUP isoshape_${part})
endforeach()
