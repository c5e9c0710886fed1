# SPDX-License-Identifier: Apache-2.0
# The bindings, where their toolchains are: else skipped, with the reason.
add_executable(binding_judge binding_judge.c)
target_link_libraries(binding_judge PRIVATE tt_build tt)
add_executable(binding_writer binding_writer.c)
target_link_libraries(binding_writer PRIVATE tt_build timed_publish)
foreach(language python go rust java)
	add_test(NAME binding_${language}
		COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_binding.sh ${language})
	set_tests_properties(binding_${language} PROPERTIES LABELS system
		SKIP_RETURN_CODE 77 TIMEOUT 300
		ENVIRONMENT "LAB_BUILD=${PROJECT_BINARY_DIR}")
endforeach()
