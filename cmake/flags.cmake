# What every translation unit of ours is compiled with. Warnings are errors.
add_library(fm_flags INTERFACE)
target_compile_options(fm_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror
  # Options structs are filled by name; what is left out has its default.
  -Wno-missing-field-initializers -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own std::stable_sort calls a function that it marks deprecated.
  target_compile_options(fm_flags INTERFACE -Wthread-safety -Wno-deprecated-declarations
    -Wno-missing-designated-field-initializers)
else()
  # g++ 12 reports false positives for these in inlined library code (GCC bugs 105651, 105329).
  target_compile_options(fm_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow
    -Wno-array-bounds -Wno-dangling-pointer -Wno-stringop-overread -Wno-free-nonheap-object)
endif()
target_compile_definitions(fm_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_BEAST_USE_STD_STRING_VIEW
  FM_VERSION="${PROJECT_VERSION}")
target_include_directories(fm_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(FM_SANITIZE)
  string(REPLACE ";" "," FM_SANITIZE_LIST "${FM_SANITIZE}")
  add_compile_options(-fsanitize=${FM_SANITIZE_LIST} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FM_SANITIZE_LIST})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
find_program(LLD NAMES ld.lld-19 ld.lld)
if(LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()
