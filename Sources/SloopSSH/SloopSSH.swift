// SloopSSH
