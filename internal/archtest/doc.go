// Package archtest holds, as tests, what each package of tasktrail may import.
package archtest
