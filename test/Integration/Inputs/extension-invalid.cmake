# One wrong call, chosen by -DCALL.
cmake_minimum_required(VERSION 3.20)
include("${CMAKE_CURRENT_LIST_DIR}/../../../cmake/modules/FoveaExtension.cmake")

set(file "${CMAKE_CURRENT_LIST_FILE}") # any file that exists
if(CALL STREQUAL "no_source")
  fovea_add_extension(mine DIALECT mine "${file}")
elseif(CALL STREQUAL "no_contents")
  fovea_add_extension(mine SOURCES "${file}")
elseif(CALL STREQUAL "no_name")
  fovea_add_extension(mine SOURCES "${file}" DIALECT "${file}")
elseif(CALL STREQUAL "missing_td")
  fovea_add_extension(mine SOURCES "${file}" PASSES Mine absent.td)
elseif(CALL STREQUAL "stray_word")
  fovea_add_extension(mine lib.cpp SOURCES "${file}" PASSES Mine "${file}")
elseif(CALL STREQUAL "no_lit")
  fovea_add_lit_tests(tests folder)
endif()
