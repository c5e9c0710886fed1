# SPDX-License-Identifier: Apache-2.0
find_program(SCDOC scdoc)

# man_page(NAME SECTION ALIAS...): NAME.SECTION.scd becomes a man page, where scdoc
# is there; other names lead to it.
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
	foreach(alias ${ARGN})
		file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/man/${alias}.${section}
			".so man${section}/${name}.${section}\n")
		install(FILES ${CMAKE_CURRENT_BINARY_DIR}/man/${alias}.${section}
			DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
	endforeach()
endfunction()
