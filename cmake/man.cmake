# SPDX-License-Identifier: Apache-2.0
find_program(SCDOC scdoc)

# man_page(NAME SECTION): NAME.SECTION.scd becomes a man page, where scdoc is
# there.
function(man_page name section)
	if(NOT SCDOC)
		return()
	endif()
	set(in ${CMAKE_CURRENT_SOURCE_DIR}/${name}.${section}.scd)
	set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.${section})
	add_custom_command(OUTPUT ${out}
		COMMAND sh -c "\"$1\" <\"$2\" >\"$3\"" scdoc ${SCDOC} ${in} ${out}
		DEPENDS ${in} VERBATIM)
	add_custom_target(man-${name} ALL DEPENDS ${out})
	install(FILES ${out} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()
