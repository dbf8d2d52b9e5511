#include "cli/app.h"
#include "common/process/program_log.h"

int main(int argc, char** argv) {
  isoshape::KeepLibraryLogsOffScreen();
  return isoshape::RunApp(argc, argv);
}
