# SPDX-License-Identifier: Apache-2.0
# The chrony driver against a real chronyd (chronyd.sh): always -x.
add_executable(cmdmon-dump cmdmon_dump.c
	${PROJECT_SOURCE_DIR}/timed/env_linux.c)
target_link_libraries(cmdmon-dump PRIVATE tt_build drivers confine)
add_test(NAME cmdmon_vs_chronyc
	COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cmdmon_vs_chronyc.sh
		$<TARGET_FILE:cmdmon-dump>)
add_executable(cmdmon-watch cmdmon_watch.c watch.c
	${PROJECT_SOURCE_DIR}/timed/env_linux.c)
target_link_libraries(cmdmon-watch PRIVATE tt_build drivers confine)
add_test(NAME cmdmon_containment
	COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cmdmon_containment.sh
		$<TARGET_FILE:cmdmon-watch>)
set_tests_properties(cmdmon_vs_chronyc cmdmon_containment PROPERTIES
	LABELS system SKIP_RETURN_CODE 77 TIMEOUT 180)
