// SloopServer
