# Runs a command and compares what it prints with a file:
#   cmake -D EXPECTED=<file> -P compare.cmake -- <command>…

set(command "")
set(in_command FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(in_command)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
    set(in_command TRUE)
  endif()
endforeach()

get_filename_component(folder "${EXPECTED}" DIRECTORY)
execute_process(COMMAND ${command} WORKING_DIRECTORY "${folder}" OUTPUT_VARIABLE printed
                RESULT_VARIABLE code ENCODING NONE)
if(NOT code STREQUAL "0")
  message(FATAL_ERROR "The example ended with ${code}. It printed:\n${printed}")
endif()
file(READ "${EXPECTED}" expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "Expected:\n${expected}\nPrinted:\n${printed}")
endif()
