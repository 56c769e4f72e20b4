#include "app/version.h"

namespace kai::app {

std::string_view program_version() { return KAI_VERSION; }  // of the project, by its CMakeLists.txt

}  // namespace kai::app
