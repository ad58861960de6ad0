#include "app/commands.h"

int main(int argc, char** argv) { return fm::app::run_cli(argc, argv); }
