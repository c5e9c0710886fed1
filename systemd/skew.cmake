# SPDX-License-Identifier: Apache-2.0
foreach(unit tt-skew tt-skew-chronyd)
	configure_file(${unit}.service.in ${unit}.service @ONLY)
	install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${unit}.service
		DESTINATION ${TT_SYSTEMD_UNIT_DIR})
endforeach()
install(FILES tt-skew.sysusers DESTINATION ${TT_SYSUSERS_DIR}
	RENAME tt-skew.conf)
if(TARGET tt-skew)
	# exposed to 2 of 10 at most: they speak with other hosts
	add_test(NAME systemd_unit_skew
		COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/exposure.sh
			${SYSTEMD_ANALYZE}
			${CMAKE_CURRENT_BINARY_DIR}/tt-skew.service
			$<TARGET_FILE:tt-skew> 20)
	add_test(NAME systemd_unit_skew_chronyd
		COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/exposure.sh
			${SYSTEMD_ANALYZE}
			${CMAKE_CURRENT_BINARY_DIR}/tt-skew-chronyd.service
			/bin/true 20)
	set_tests_properties(systemd_unit_skew systemd_unit_skew_chronyd
		PROPERTIES LABELS unit SKIP_RETURN_CODE 77)
endif()
