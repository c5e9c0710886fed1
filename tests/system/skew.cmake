# SPDX-License-Identifier: Apache-2.0
# A fleet of five nodes and its agents (skew_lab.sh).
add_executable(udprelay udprelay.c)
target_link_libraries(udprelay PRIVATE tt_build)
system_test(skew_lab)
set_tests_properties(skew_lab PROPERTIES COST 300)
