// Tasktrail is the program: a server for the API, and commands around it, one
// file each.
//
//	main.go   parses arguments, says what went wrong, and exits
//	log.go    where log lines go
//	serve.go  the server: what runs, in which order it starts and stops
//	http.go   its routes, limits, access log
//	metrics.go, hello.go  what it measures, what it says when it is ready
//	checkpoints.go, checkpointlog.go  who signs the trail, where that is kept outside
//	keys.go, checkpointkey.go  the keys for it
//	import.go, define.go, export.go  incidents from files, definitions from and to them
//	token.go, migrate.go, verify.go, version.go
//
// Exit codes: 0 done, 1 the answer is no (verification failed, a file has
// faults), 2 used wrongly, 3 could not (the database is away, a port is in
// use).
package main
