# SPDX-License-Identifier: Apache-2.0
foreach(name check fleet instant pick verdict)
	unit_test(tools_skew_${name} SOURCES test_skew_${name}.c
		LIBS tt_skew_agent_parts)
endforeach()
