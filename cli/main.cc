#include "cli/app.h"
#include "common/program_log.h"

int main(int argc, char** argv) {
  isoshape::KeepLibraryLogsOffScreen();
  return isoshape::RunApp(argc, argv);
}
