//go:build !linux

package db

// networkFileSystem is only known on Linux.
func networkFileSystem(string) (string, bool) { return "", false }
