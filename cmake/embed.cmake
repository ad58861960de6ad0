# Files that travel inside the binary: the page, the API description, the rules, the demo's recordings.
# scripts/embed.py writes embedded.S (.incbin) and embedded.cpp (tables); their shape is src/app/embedded.h.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(FM_WEB_DIST "")
if(FM_WEB AND EXISTS ${CMAKE_SOURCE_DIR}/web/dist/index.html)
  set(FM_WEB_DIST ${CMAKE_SOURCE_DIR}/web/dist)
elseif(FM_WEB)
  message(STATUS "web/dist is absent: the binary goes without its page (scripts/build_web.sh builds it)")
endif()
file(GLOB_RECURSE embed_inputs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/dist/* ${CMAKE_SOURCE_DIR}/data/rules/*.yaml
  ${CMAKE_SOURCE_DIR}/data/demo/*.log ${CMAKE_SOURCE_DIR}/data/demo/*.json)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/embedded.S ${CMAKE_BINARY_DIR}/embedded.cpp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/embed.py ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR} "${FM_WEB_DIST}"
  DEPENDS ${CMAKE_SOURCE_DIR}/scripts/embed.py ${CMAKE_SOURCE_DIR}/src/api/openapi.json ${embed_inputs}
  COMMENT "Embedding the page, rules and demo data" VERBATIM)
add_library(fm_embedded STATIC ${CMAKE_BINARY_DIR}/embedded.S ${CMAKE_BINARY_DIR}/embedded.cpp)
target_link_libraries(fm_embedded PUBLIC fm_flags fm_base fm_api)
set_source_files_properties(${CMAKE_BINARY_DIR}/embedded.S PROPERTIES OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/embedded.cpp)
