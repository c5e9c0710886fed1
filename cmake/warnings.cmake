# SPDX-License-Identifier: Apache-2.0
# What every target is compiled with: `target_link_libraries(x PRIVATE tt_build)`.
add_library(tt_build INTERFACE)
target_compile_definitions(tt_build INTERFACE _GNU_SOURCE)
# libtt/segment.h stands on the public headers.
target_include_directories(tt_build INTERFACE
	${PROJECT_SOURCE_DIR}/libtt/include)
target_compile_options(tt_build INTERFACE
	-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion
	-Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wcast-align
	-Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough -fno-common)
if(TT_WERROR)
	target_compile_options(tt_build INTERFACE -Werror)
endif()
if(TT_SANITIZE)
	target_compile_options(tt_build INTERFACE
		-fsanitize=${TT_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	target_link_options(tt_build INTERFACE -fsanitize=${TT_SANITIZE})
endif()
if(TT_COVERAGE)
	target_compile_options(tt_build INTERFACE --coverage)
	target_link_options(tt_build INTERFACE --coverage)
endif()
# assert() guards against our own bugs and stays in every build.
foreach(config RELEASE RELWITHDEBINFO MINSIZEREL)
	string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${config}
		"${CMAKE_C_FLAGS_${config}}")
	# -O3 buys nothing here, and sees uninitialised words where -O2 sees the
	# return before them.
	string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_${config}
		"${CMAKE_C_FLAGS_${config}}")
	set(CMAKE_C_FLAGS_${config} "${CMAKE_C_FLAGS_${config}}" CACHE STRING
		"" FORCE)
endforeach()
