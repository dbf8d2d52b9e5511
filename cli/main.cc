#include "cli/app.h"

int main(int argc, char** argv) { return isoshape::RunApp(argc, argv); }
