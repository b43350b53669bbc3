// SloopCLI
