# SPDX-License-Identifier: Apache-2.0
# Two labs in a row: a time master on a receiver, and its client (master_lab.sh).
foreach(name export_chrony export_ptp4l)
	system_test(${name})
	set_tests_properties(${name} PROPERTIES TIMEOUT 400)
endforeach()
