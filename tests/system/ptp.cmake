# SPDX-License-Identifier: Apache-2.0
# The ptp driver against a real ptp4l (ptp_lab.sh): always free_running.
add_executable(ptp-dump ptp_dump.c ${PROJECT_SOURCE_DIR}/timed/env_linux.c)
target_link_libraries(ptp-dump PRIVATE tt_build drivers confine)
add_executable(ptp-watch ptp_watch.c watch.c
	${PROJECT_SOURCE_DIR}/timed/env_linux.c)
target_link_libraries(ptp-watch PRIVATE tt_build drivers confine)
add_executable(ptprelay ptprelay.c)
target_link_libraries(ptprelay PRIVATE tt_build)
foreach(name
		ptp_vs_pmc
		ptp_containment
		ptp_silence
		ptp_masters
		ptp_no_monitor
		ptp_timed)
	system_test(${name})
endforeach()
