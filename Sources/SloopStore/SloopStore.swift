// SloopStore
