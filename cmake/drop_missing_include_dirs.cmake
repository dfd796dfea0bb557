# Makes the ROS 2 wheels from PyPI usable for building. Nobody with a normal ROS 2 install needs it.
#
# The wheels' exported targets name include directories of the machine that the wheels were made on, and CMake
# refuses a target whose include directory does not exist. Given by .ci/run as -DCMAKE_PROJECT_INCLUDE=<this file>,
# it takes such directories out once every package has been found.
# DEFER: CMake 3.19.

function(drop_missing_include_dirs)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(directories ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(NOT directories)
      continue()
    endif()
    set(existing "")
    foreach(directory IN LISTS directories)
      if(EXISTS "${directory}" OR NOT IS_ABSOLUTE "${directory}")  # not absolute: a generator expression
        list(APPEND existing "${directory}")
      endif()
    endforeach()
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${existing}")
  endforeach()
endfunction()

cmake_language(DEFER CALL drop_missing_include_dirs)
