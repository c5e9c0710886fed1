# SPDX-License-Identifier: Apache-2.0
# The gnss driver with a real gpsd (gnss_lab.sh): a receiver of our own speaks
# to it, and pulses come from a device that is preloaded.
add_executable(nmea-source nmea_source.c)
target_link_libraries(nmea-source PRIVATE tt_build)
add_library(fake-pps MODULE fake_pps.c)
target_link_libraries(fake-pps PRIVATE tt_build dl)
set_target_properties(fake-pps PROPERTIES C_VISIBILITY_PRESET default PREFIX "")
foreach(name gnss_messages gnss_verdicts gnss_pulse gnss_labels)
	system_test(${name})
endforeach()
