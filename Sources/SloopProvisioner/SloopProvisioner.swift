// SloopProvisioner
