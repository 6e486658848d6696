# Unit tests are gtest programs that ctest runs; lit runs the rest. `check-auxact`
# runs both, `check-auxact-quick` leaves out what takes more than seconds.

find_package(GTest QUIET)
if(NOT GTest_FOUND)
  message(STATUS "no GoogleTest: unit tests are left out (Debian: libgtest-dev)")
endif()
include(GoogleTest)

# A pattern set that does not terminate can eat all memory before the time limit:
# tests run under the same limit of address space as lit's (ctest puts an
# "emulator" in front of the program).
find_program(AUXACT_PRLIMIT prlimit)
mark_as_advanced(AUXACT_PRLIMIT)

# auxact_add_unit_test(<name> <sources...> [LINK <libraries...>] [SLOW])
# A gtest program; each of its cases is a test of ctest's. A slow one does not
# belong to the quick suite.
function(auxact_add_unit_test name)
  cmake_parse_arguments(ARG "SLOW" "" "LINK" ${ARGN})
  if(NOT GTest_FOUND)
    return()
  endif()
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test/Unit)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
  if(AUXACT_PRLIMIT)
    set_target_properties(${name} PROPERTIES CROSSCOMPILING_EMULATOR "${AUXACT_PRLIMIT};--as=8000000000")
  endif()
  set(labels unit)
  if(ARG_SLOW)
    list(APPEND labels slow)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}."
    PROPERTIES LABELS "${labels}" TIMEOUT 120)
  set_property(GLOBAL APPEND PROPERTY AUXACT_TEST_PROGRAMS ${name})
endfunction()
