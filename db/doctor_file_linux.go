package db

import "syscall"

// networkFileSystems are told by their magic numbers, see statfs(2).
var networkFileSystems = map[uint32]string{
	0x6969: "NFS", 0x517b: "SMB", 0xff534d42: "CIFS", 0xfe534d42: "SMB2", 0x65735546: "FUSE", 0x01021997: "9P", 0x00c36400: "Ceph",
	0x5346414f: "AFS", 0x0bd00bd0: "Lustre", 0x47504653: "GPFS", 0x7461636f: "OCFS2", 0x01161970: "GFS2",
}

// networkFileSystem names the network file system that a file is on.
func networkFileSystem(path string) (string, bool) {
	var fs syscall.Statfs_t
	if syscall.Statfs(path, &fs) != nil {
		return "", false
	}
	kind, network := networkFileSystems[uint32(fs.Type)] //nolint:gosec // magic numbers have 32 bits
	return kind, network
}
