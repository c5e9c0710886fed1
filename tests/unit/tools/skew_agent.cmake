# SPDX-License-Identifier: Apache-2.0
foreach(name check fleet instant pick probe verdict)
	unit_test(tools_skew_${name} SOURCES test_skew_${name}.c
		LIBS tt_skew_agent_parts)
endforeach()
unit_test(tools_skew_agent SOURCES test_skew_agent.c LIBS tt_skew_agent)
target_compile_definitions(tools_skew_agent PRIVATE
	DATA_DIR="${CMAKE_CURRENT_SOURCE_DIR}/data")
unit_test(tools_skew_fetch SOURCES test_skew_fetch.c LIBS tt_skew_agent)
