package db

import (
	"fmt"
	"os"
	"path/filepath"
)

// file checks who else can write the database file, or put another in its
// place, and where it is.
func (d *Diagnosis) file(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	mode := info.Mode().Perm()
	found, remedy := fmt.Sprintf("%04o", mode), "chmod 600 the file, and run tasktrail verify if others had access"
	if d.holds(mode&0o002 == 0, Failure, "file", path, "no right to write for everybody", found, remedy) {
		d.holds(mode&0o020 == 0, Warning, "file", path, "no right to write for its group", found, remedy)
	}
	d.holds(mode&0o004 == 0, Warning, "file", path, "no right to read for everybody, since it holds secrets of webhooks", found, remedy)

	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if info, err = os.Stat(filepath.Dir(abs)); err != nil {
		return err
	}
	open := info.Mode()&0o002 != 0 && info.Mode()&os.ModeSticky == 0
	d.holds(!open, Warning, "directory", filepath.Dir(abs), "no right to write for everybody", fmt.Sprintf("%04o", info.Mode().Perm()),
		"take that right away: whoever has it can put another file in the place of the database")

	kind, network := networkFileSystem(abs)
	d.holds(!network, Warning, "file system", abs, "a local one", kind,
		"move the database to a local disk, or to PostgreSQL: SQLite needs locks and shared memory that network file systems do not give reliably")
	return nil
}
